/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "run/batch.h"
#include "run/end.h"
#include "run/stats.h"

#define ROWS(table) (sizeof(table) / sizeof *(table))

/* `^` stands under the first byte of the tail. */
static void tail_start(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t start;
    } rows[] = {{"", 0}, {"\n", 0}, {"a\n", 0}, {"a\nb\n", 0}, {"\n\n\n", 0}};
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_int_equal(batch_tail_start(slice_str(rows[i].text)), rows[i].start);
}

/* The tail must be the longest run of whole records within both limits, whatever the lengths are.
 */
static void tail_limits(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    enum { CAP = 4 * LOGWASH_TAIL_BYTES };
    uint8_t *text = malloc(CAP);
    for (int round = 0; round < 200; round++) {
        const size_t longest = (size_t[]){1, 3, 128, 129, 300, 70000}[round % 6];
        size_t len = 0, starts[1024], n = 0; /* starts of the last records, from the back */
        const size_t want = test_random(&seed) % (CAP - longest - 1);
        size_t *all = malloc(sizeof *all * (want + 1)), n_all = 0;
        while (len < want) {
            const size_t rec = test_random(&seed) % (longest + 1);
            all[n_all++] = len;
            memset(text + len, 'x', rec);
            len += rec;
            text[len++] = '\n';
        }
        while (n < n_all && n < LOGWASH_TAIL_RECORDS &&
               len - all[n_all - 1 - n] <= LOGWASH_TAIL_BYTES) {
            starts[n] = all[n_all - 1 - n];
            n++;
        }
        const size_t expected = n ? starts[n - 1] : len;
        if (batch_tail_start(slice_of(text, len)) != expected) print_error("round %d\n", round);
        assert_int_equal(batch_tail_start(slice_of(text, len)), expected);
        free(all);
    }
    free(text);
}

static void add_records(void **state) {
    (void)state;
    struct batch batch = {0};
    batch_reset(&batch);
    assert_true(batch_add(&batch, "abc", 3, 7));
    assert_true(batch_add(&batch, "", 0, INT64_MIN));
    assert_true(batch_add(&batch, "de", 2, 9));
    assert_int_equal(batch.n, 3);
    assert_int_equal(batch.records[2].off, 3);
    assert_int_equal(batch.records[2].len, 2);
    assert_int_equal(batch.records[0].time_ms, 7);
    assert_memory_equal(batch.in.ptr, "abcde", 5);
    batch_reset(&batch);
    assert_int_equal(batch.n + batch.in.len, 0);
    batch_fini(&batch);
}

struct seen {
    size_t calls, records, longest;
    uint64_t next_record;
    bool tails_ok;
    int fail_at; /* call that fails; 0: none */
};

/* Copies, records in upper case, and checks that parts come one behind the other with the records
 * before as tail. */
static enum logwash_status upper(void *ctx, struct batch *batch, struct logwash_scratch *scratch) {
    struct seen *seen = ctx;
    (void)scratch;
    seen->calls++;
    if (seen->fail_at && seen->calls == (size_t)seen->fail_at) return LOGWASH_MEMORY;
    seen->records += batch->n;
    if (batch->n > seen->longest) seen->longest = batch->n;
    if (batch->first_record != seen->next_record) seen->tails_ok = false;
    seen->next_record += batch->n;
    if (seen->calls > 1 &&
        (batch->tail.len == 0 || batch->tail.ptr + batch->tail.len != batch->in.ptr))
        seen->tails_ok = false;
    batch->out.len = 0;
    assert_true(batch_out_append(&batch->out, batch->in.ptr, batch->in.len));
    for (size_t i = 0; i < batch->n; i++)
        for (size_t k = 0; k < batch->records[i].len; k++)
            batch->out.data[batch->records[i].off + k] -= 'a' - 'A';
    batch->out.class_hits[3] = 2;
    return LOGWASH_OK;
}

static void fill(struct batch *batch, size_t records) {
    batch_reset(batch);
    for (size_t i = 0; i < records; i++) assert_true(buf_append(&batch->in, "y\n", 2));
}

static void washes_in_parts(void **state) {
    (void)state;
    static const size_t counts[] = {1, 4095, 4096, 4097, 8192, 100000};
    struct batch batch = {0};
    for (size_t c = 0; c < ROWS(counts); c++) {
        struct seen seen = {.tails_ok = true, .next_record = 5};
        fill(&batch, counts[c]);
        batch.first_record = 5;
        if (c % 2) { /* an unfinished last record */
            batch.in.len--;
            batch.at_end = true;
        }
        batch_wash(&batch, upper, &seen, NULL);
        assert_int_equal(batch.status, LOGWASH_OK);
        assert_int_equal(seen.records, counts[c]);
        assert_int_equal(batch.counts.records, counts[c]);
        assert_int_equal(batch.counts.bytes_in, counts[c]);
        assert_true(seen.longest <= BATCH_PART_RECORDS);
        assert_true(seen.tails_ok);
        assert_int_equal(batch.out.class_hits[3], 2 * seen.calls);
        assert_int_equal(batch.out.len, batch.in.len);
        for (size_t i = 0; i < batch.in.len; i++)
            assert_int_equal(batch.out.data[i], i % 2 ? '\n' : 'Y');
    }
    batch_fini(&batch);
}

static void a_failed_part_fails_the_batch(void **state) {
    (void)state;
    struct batch batch = {0};
    for (int at = 1; at <= 3; at++) {
        struct seen seen = {.fail_at = at};
        fill(&batch, 3 * BATCH_PART_RECORDS);
        batch_wash(&batch, upper, &seen, NULL);
        assert_int_equal(batch.status, LOGWASH_MEMORY);
        assert_int_equal(seen.calls, at);
    }
    batch_fini(&batch);
}

static void counts_outcomes(void **state) {
    (void)state;
    struct logwash_result results[] = {
        {.len = 4},
        {.len = 9, .verdict = {.outcome = LOGWASH_CHANGED, .malformed = true}},
        {.len = 17, .verdict = {.outcome = LOGWASH_WITHHELD}},
        {.len = 0, .verdict = {.outcome = LOGWASH_DROPPED}},
    };
    struct logwash_record records[4] = {{.len = 4}, {.len = 5}, {.len = 6}, {.len = 7}};
    struct batch batch = {.records = records, .n = 4, .out = {.results = results, .n = 4}};
    batch.out.class_hits[1] = 3;
    batch_count(&batch, &batch);
    static struct stats stats;
    stats_add_batch(&stats, &batch);
    assert_int_equal(STATS_GET(&stats, records), 4);
    assert_int_equal(STATS_GET(&stats, bytes_in), 22);
    assert_int_equal(STATS_GET(&stats, bytes_out), 30);
    assert_int_equal(STATS_GET(&stats, changed), 1);
    assert_int_equal(STATS_GET(&stats, withheld), 1);
    assert_int_equal(STATS_GET(&stats, dropped), 1);
    assert_int_equal(STATS_GET(&stats, malformed), 1);
    assert_int_equal(STATS_GET(&stats, class_hits[1]), 3);
}

static void error_is_one_line(void **state) {
    (void)state;
    struct logwash_error err;
    assert_int_equal(end_error(&err, LOGWASH_IO, "a", 5, "x\n%s\r", "y"), LOGWASH_IO);
    assert_string_equal(err.message, "x y ");
    assert_string_equal(err.where, "a");
    assert_int_equal(err.os_errno, 5);
    assert_int_equal(end_error(NULL, LOGWASH_FATAL, NULL, 0, "z"), LOGWASH_FATAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tail_start),
        cmocka_unit_test(tail_limits),
        cmocka_unit_test(add_records),
        cmocka_unit_test(washes_in_parts),
        cmocka_unit_test(a_failed_part_fails_the_batch),
        cmocka_unit_test(counts_outcomes),
        cmocka_unit_test(error_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
