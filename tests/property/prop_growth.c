/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is quadratic in the size of a record, its depth, the number of hits or the length of
 * keys: the same bytes as 100 records, as 10 of ten times the size, and as one of a hundred times
 * the size cost about the same. The processor's time is taken, with a factor that no busy machine
 * makes up and that anything quadratic exceeds by far (it would be 100). */
#include "base/buf.h"
#include "engine.h"

#include <time.h>

enum { STEPS = 3, TRIES = 5, WHOLE = 100 };
static const double factor = 4, grain_sec = 0.02;

/* `open`, n times `unit`, `middle`, n times `back`, `close`. `head`: the first byte of a
 * MessagePack object whose count, of 4 bytes, is n times `per_unit`; it stands behind `open`. */
struct growth {
    const char *name;
    size_t n; /* of the smallest records; 100 times that is within all limits */
    const char *open, *unit, *middle, *back, *close;
    unsigned head, per_unit;
};

static const struct growth texts[] = {
    {"words", 1700, "", "words ", "", "", "", 0, 0},
    {"hits", 90, "", "10.20.30.40 ", "", "", "", 0, 0},
    {"hits of several rules", 45, "", "ada@corp.example.com 4111111111111111, ", "", "", "", 0, 0},
    {"values of keys", 90, "", "password=a1b2c3d4 ", "", "", "", 0, 0},
    {"values of keys again", 40, "", "password=a1b2c3d4 x a1b2c3d4 ", "", "", "", 0, 0},
    {"a long key", 10000, "", "k", "=10.20.30.40", "", "", 0, 0},
    {"a long key in parts", 2500, "", "key_", "password=a1b2c3", "", "", 0, 0},
    {"separators", 3300, "", "a=:", "", "", "", 0, 0},
    {"quotes", 2500, "", "\"a\" ", "", "", "", 0, 0},
    {"backslashes", 10000, "", "\\", "", "", "", 0, 0},
    {"percent", 2000, "", "%2541", "", "", "", 0, 0},
    {"colours", 1600, "", "\033[32ma", "", "", "", 0, 0},
    {"coloured hits", 90, "", "\033[32m10.20.30.40\033[0m ", "", "", "", 0, 0},
    {"lines", 3300, "", "ab\n", "", "", "", 0, 0},
    {"lines with hits", 90, "", "10.20.30.40\r\n", "", "", "", 0, 0},
    {"hits of a line of several", 90, "x\n", "10.20.30.40 ", "", "", "\ny", 0, 0},
    {"keywords of a line of several", 2500, "x\n", "key ", "", "", "\ny", 0, 0},
    {"what is ours", 600, "", "[REDACTED:email] ", "", "", "", 0, 0},
};

static const struct growth jsons[] = {
    {"a long string", 10000, "{\"a\":\"", "x", "", "", "\"}", 0, 0},
    {"members", 1200, "{\"a\":1", ",\"b\":2", "", "", "}", 0, 0},
    {"items", 5000, "[1", ",2", "", "", "]", 0, 0},
    {"blanks", 10000, "[1,", " ", "", "", "2]", 0, 0},
    {"members with hits", 90, "{\"a\":1", ",\"b\":\"10.20.30.40\"", "", "", "}", 0, 0},
    {"numbers that go", 90, "[1", ", 4111111111111111", "", "", "]", 0, 0},
    {"members of keys", 90, "{\"a\":1", ",\"password\":\"a1b2c3\"", "", "", "}", 0, 0},
    {"containers of keys", 90, "{\"a\":1", ",\"password\":{\"a\":[1,2]}", "", "", "}", 0, 0},
    {"one long container of a key", 2500, "{\"password\":[1", ",\"a\"", "", "", "]}", 0, 0},
    {"keys that go", 90, "{\"a\":1", ",\"10.20.30.40\":2", "", "", "}", 0, 0},
    {"a long key", 10000, "{\"", "k", "", "", "\":\"10.20.30.40\"}", 0, 0},
    {"a long key in parts", 2500, "{\"", "key_", "", "", "password\":\"a1b2c3\"}", 0, 0},
    {"a long number", 10000, "[1", "2", "", "", "]", 0, 0},
    {"hits of one string", 90, "{\"a\":\"", "10.20.30.40 ", "", "", "\"}", 0, 0},
    {"keywords of one string", 2500, "{\"a\":\"", "key ", "", "", "\"}", 0, 0},
    {"escapes", 1600, "{\"a\":\"", "\\u0061", "", "", "\"}", 0, 0},
    {"escaped hits", 90, "{\"a\":\"", "ada\\u0040corp.example.com ", "", "", "\"}", 0, 0},
    {"JSON in a string", 600, "{\"log\":\"{\\\"a\\\":1", ",\\\"b\\\":[\\\"c\\\"]", "", "", "}\"}",
     0, 0},
    {"keys of JSON in a string", 90, "{\"log\":\"{\\\"a\\\":1", ",\\\"password\\\":4711", "", "",
     "}\"}", 0, 0},
    {"depth of arrays", 10, "", "[", "1", "]", "", 0, 0},
    {"depth of objects", 10, "", "{\"a\":", "1", "}", "", 0, 0},
    {"depth of a key's objects", 10, "", "{\"password\":", "1", "}", "", 0, 0},
    {"depth with hits", 10, "", "{\"ip\":\"10.20.30.40\",\"a\":", "1", "}", "", 0, 0},
    {"depth behind hits", 10, "", "[[\"10.20.30.40\"],", "1", "]", "", 0, 0},
    {"more than the depth", 2000, "", "[", "1", "]", "", 0, 0},
    {"broken: open objects", 2000, "", "{\"a\":", "", "", "", 0, 0},
    {"broken: open objects of keys", 90, "", "{\"password\":", "", "", "", 0, 0},
    {"broken: open arrays", 10000, "", "[", "", "", "", 0, 0},
    {"broken: documents", 600, "", "{\"a\":\"b\"} ", "", "", "", 0, 0},
    {"broken: documents with hits", 90, "", "{\"password\":\"a1b2c3\"} ", "", "", "", 0, 0},
    {"broken: quotes", 5000, "{\"a\":", "\"\"", "", "", "", 0, 0},
    {"broken: escaped quotes", 5000, "{\"a\":\"", "\\\"", "", "", "", 0, 0},
};

static const struct growth logfmts[] = {
    {"a long value", 10000, "msg=", "x", "", "", "", 0, 0},
    {"a long quoted value", 2500, "msg=\"", "x\\\"y", "", "", "\"", 0, 0},
    {"pairs", 1400, "a=1", " bcd=2", "", "", "", 0, 0},
    {"empty pairs", 2500, "a=1", " b= ", "", "", "", 0, 0},
    {"flags", 1700, "a=1", " debug", "", "", "", 0, 0},
    {"pairs with hits", 90, "a=1", " ip=10.20.30.40", "", "", "", 0, 0},
    {"quoted pairs with hits", 90, "a=1", " ip=\"from 10.20.30.40\"", "", "", "", 0, 0},
    {"pairs of keys", 90, "a=1", " password=\"a1 b2\"", "", "", "", 0, 0},
    {"headers", 90, "a=1", " authorization=Basic YWRhOnMzY3JldA==", "", "", "", 0, 0},
    {"a long key", 10000, "", "k", "=10.20.30.40", "", "", 0, 0},
    {"a long key in parts", 2500, "", "key.", "password=a1b2c3", "", "", 0, 0},
    {"open quotes", 2500, "", "a=\" ", "", "", "", 0, 0},
    {"one open quote", 1600, "a=\"", " b=\\\"", "", "", "", 0, 0},
};

static const struct growth msgpacks[] = {
    {"a long str", 10000, "", "x", "", "", "", 0xdb, 1},
    {"a long bin", 10000, "", "x", "", "", "", 0xc6, 1},
    {"items", 900, "", "\007", "", "", "", 0xdd, 1},
    {"members", 400, "", "\241a\007", "", "", "", 0xdf, 1},
    {"items with hits", 90, "", "\25310.20.30.40", "", "", "", 0xdd, 1},
    {"members with hits", 90, "", "\241a\25310.20.30.40", "", "", "", 0xdf, 1},
    {"members of keys", 90, "", "\250password\246a1b2c3", "", "", "", 0xdf, 1},
    {"containers of keys", 90, "", "\250password\221\241x", "", "", "", 0xdf, 1},
    {"keys that go", 90, "", "\25310.20.30.40\007", "", "", "", 0xdf, 1},
    {"a long key", 10000, "\201", "k", "\25310.20.30.40", "", "", 0xdb, 1},
    {"hits of one str", 90, "", "10.20.30.40 ", "", "", "", 0xdb, 12},
    {"depth of arrays", 10, "", "\221", "\007", "", "", 0, 0},
    {"depth of maps", 10, "", "\201\241a", "\007", "", "", 0, 0},
    {"depth with hits", 10, "", "\222\25310.20.30.40", "\007", "", "", 0, 0},
    {"entries", 180, "\222\243tag", "\222\001\201\241a\007", "", "", "", 0xdd, 1},
    {"entries with hits", 90, "\222\243tag", "\222\001\201\241a\25310.20.30.40", "", "", "", 0xdd,
     1},
    {"packed entries", 180, "\222\243tag", "\222\001\201\241a\007", "", "", "", 0xc6, 6},
    {"packed entries with hits", 90, "\222\243tag", "\222\001\201\241a\25310.20.30.40", "", "", "",
     0xc6, 17},
};

static void repeat(struct buf *out, const char *text, size_t n) {
    const size_t len = strlen(text);
    for (size_t i = 0; i < n; i++) buf_append(out, text, len);
}

static void make(const struct growth *g, size_t n, struct buf *out) {
    buf_reset(out);
    buf_str(out, g->open);
    if (g->head != 0) {
        const size_t count = n * g->per_unit;
        buf_byte(out, (uint8_t)g->head);
        for (int shift = 24; shift >= 0; shift -= 8) buf_byte(out, (uint8_t)(count >> shift));
    }
    repeat(out, g->unit, n);
    buf_str(out, g->middle);
    repeat(out, g->back, n);
    buf_str(out, g->close);
    assert_false(out->failed);
}

static double cpu_sec(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct subject {
    struct logwash *lw;
    struct logwash_scratch *scratch;
    struct logwash_output out;
    struct buf rec;
};

/* Of `times` washes of the record; the fewest that were seen, in `*best`. */
static void take_time(struct subject *s, const char *name, size_t times, double *best) {
    const double begin = cpu_sec();
    for (size_t i = 0; i < times; i++) {
        assert_int_equal(logwash_wash(s->lw, s->scratch, s->rec.ptr, s->rec.len, &s->out),
                         LOGWASH_OK);
        const struct logwash_verdict *v = &s->out.results[0].verdict;
        if (v->outcome == LOGWASH_WITHHELD) fail_msg("%s: withheld: %s", name, v->reason);
    }
    const double sec = cpu_sec() - begin;
    if (sec < *best) *best = sec;
}

static void check_growth(struct subject *s, const struct growth *g) {
    double best[STEPS] = {1e9, 1e9, 1e9};
    bool ok = false;
    for (int try = 0; try < TRIES && !ok; try++) { /* once, if nothing is odd */
        ok = true;
        for (size_t step = 0, n = 1; step < STEPS; step++, n *= 10) {
            make(g, g->n * n, &s->rec);
            take_time(s, g->name, WHOLE / n, &best[step]);
            ok = ok && best[step] <= factor * best[0] + grain_sec;
        }
    }
    if (!ok || getenv("LOGWASH_SHOW") != NULL)
        print_message("%-28s %8zu bytes: %.4f s as 100, %.4f s as 10, %.4f s as 1\n", g->name,
                      s->rec.len, best[0], best[1], best[2]);
    if (!ok) fail_msg("%s: grows faster than its record", g->name);
}

static void check_all(enum logwash_format format, const struct growth *all, size_t n) {
    /* A finding asks where in its record it stands. */
    static const char text[] = "rules:\n  allow:\n"
                               "    - {field: 'x.**.y.*', rule: '*', reason: for a test}\n";
    const struct logwash_source config = {"test.yaml", text, sizeof text - 1};
    struct subject s = {
        .lw = test_engine(NULL, (struct logwash_options){.config = &config,
                                                         .profiles = "request,build,strict",
                                                         .limits.depth = 1024,
                                                         .format = format})};
    s.scratch = logwash_scratch_new(s.lw);
    assert_non_null(s.scratch);
    buf_init(&s.rec, 0);
    for (size_t i = 0; i < n; i++) check_growth(&s, &all[i]);
    buf_fini(&s.rec);
    logwash_output_fini(&s.out);
    logwash_scratch_free(s.scratch);
    logwash_free(s.lw);
}
#define CHECK_ALL(format, all) check_all(format, all, sizeof(all) / sizeof *(all))

static void text(void **state) {
    (void)state;
    CHECK_ALL(LOGWASH_FORMAT_TEXT, texts);
}

static void json(void **state) {
    (void)state;
    CHECK_ALL(LOGWASH_FORMAT_JSON, jsons);
}

static void logfmt(void **state) {
    (void)state;
    CHECK_ALL(LOGWASH_FORMAT_LOGFMT, logfmts);
}

static void msgpack(void **state) {
    (void)state;
    CHECK_ALL(LOGWASH_FORMAT_MSGPACK, msgpacks);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(text), cmocka_unit_test(json),
                                       cmocka_unit_test(logfmt), cmocka_unit_test(msgpack)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
