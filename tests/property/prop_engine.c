/* SPDX-License-Identifier: Apache-2.0 */
/* Generated records through the bundled rules: one meaning (P5), only edits change (P2), idempotent
 * (P4).
 *
 * Records are made of pieces of the rules' own examples between filler, in text, in JSON and under
 * escapes. */
#include "base/codec.h"
#include "core/engine.h"
#include "engine.h"

enum { RECORDS = 10000, DIFFERENTIAL_RECORDS = 400 };

struct world {
    struct logwash *lw, *slow, *portable;
    struct logwash_scratch *scratch, *slow_scratch, *portable_scratch;
    struct slice pieces[4096];
    size_t n_pieces;
    uint64_t seed;
};

static struct world world;

static int set_up(void **state) {
    (void)state;
    world.seed = test_seed();
    world.lw = test_engine(NULL, (struct logwash_options){.profiles = "request,build,strict"});
    world.slow = test_engine(NULL, (struct logwash_options){.profiles = "request,build,strict",
                                                            .without_prefilter = true});
    world.portable = test_engine(NULL, (struct logwash_options){.profiles = "request,build,strict",
                                                                .portable = true});
    world.scratch = logwash_scratch_new(world.lw);
    world.slow_scratch = logwash_scratch_new(world.slow);
    world.portable_scratch = logwash_scratch_new(world.portable);
    for (size_t r = 0; r < world.lw->rules.n; r++)
        for (size_t e = 0; e < world.lw->rules.rules[r].n_examples && world.n_pieces < 4096; e++)
            world.pieces[world.n_pieces++] = world.lw->rules.rules[r].examples[e].in;
    return world.n_pieces > 0 ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    logwash_scratch_free(world.scratch);
    logwash_scratch_free(world.slow_scratch);
    logwash_scratch_free(world.portable_scratch);
    logwash_free(world.lw);
    logwash_free(world.slow);
    logwash_free(world.portable);
    return 0;
}

static const char *const fillers[] = {" ",       " - ", "\"", "\\",       "\\\"",   "%20",
                                      "\x1b[0m", "=",   ": ", "'",        ",",      "{",
                                      "}",       "/",   "\t", "\xc3\xa9", "\xff",   "\\n",
                                      "@",       ".",   "0",  "4111",     " user=", " token: ",
                                      "[",       "]",   "&",  "\\u0040",  "::",     "1.2"};

/* Some text without line feeds: pieces of examples, whole or cut, and filler, glued together or,
 * `apart`, whole and with blanks between (glue makes words that no log has, and no two washes agree
 * about their borders). */
static void make_text(struct buf *out, uint64_t *seed, bool apart) {
    size_t n = 1 + test_random(seed) % 5;
    for (size_t i = 0; i < n; i++) {
        struct slice piece = world.pieces[test_random(seed) % world.n_pieces];
        if (!apart && test_random(seed) % 4 == 0 && piece.len > 1)
            piece.len = 1 + test_random(seed) % (piece.len - 1);
        for (size_t k = 0; k < piece.len && k < 300; k++)
            buf_byte(out, piece.ptr[k] == '\n' ? ' ' : piece.ptr[k]);
        if (apart) buf_byte(out, ' ');
        buf_str(out, fillers[test_random(seed) % (sizeof fillers / sizeof *fillers)]);
        if (apart) buf_byte(out, ' ');
    }
}

static void make_record(struct buf *out, uint64_t *seed, bool apart) {
    struct buf text;
    buf_init(&text, 0);
    size_t kind = test_random(seed) % 6;
    make_text(&text, seed, apart);
    if (kind < 3) {
        buf_slice(out, buf_view(&text));
    } else {
        static const char *const heads[] = {"{\"a\":1,\"message\":\"", "[\"",
                                            "{\"log\":\"{\\\"m\\\":1}\",\"password\":\""};
        static const char *const tails[] = {"\",\"n\":4111111111111111,\"t\":null}",
                                            "\", 1.50, true]", "\"}"};
        buf_str(out, heads[kind - 3]);
        json_escape(buf_view(&text), out);
        buf_str(out, tails[kind - 3]);
    }
    buf_fini(&text);
}

static void wash(const struct logwash *lw, struct logwash_scratch *scratch, struct slice in,
                 struct logwash_output *out) {
    assert_int_equal(logwash_wash(lw, scratch, in.ptr, in.len, out), LOGWASH_OK);
}

static void must_equal(const char *what, struct slice in, const struct logwash_output *a,
                       const struct logwash_output *b) {
    if (a->len == b->len && memcmp(a->data, b->data, a->len) == 0) return;
    fail_msg("%s\n  in   %.*s\n  one  %.*s\n  two  %.*s", what, (int)in.len, (const char *)in.ptr,
             (int)a->len, (const char *)a->data, (int)b->len, (const char *)b->data);
}

struct spans {
    struct span at[512];
    size_t n;
};

static bool collect(void *ctx, const struct logwash_finding *f) {
    struct spans *spans = ctx;
    if (spans->n < 512) spans->at[spans->n++] = (struct span){f->start, f->end};
    return true;
}

static int by_start(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The bytes between findings stand in the output, in order (a bare JSON value may have got quotes
 * around it). */
static void bytes_outside_stay(struct slice in, const struct logwash_output *out,
                               struct spans *spans) {
    qsort(spans->at, spans->n, sizeof *spans->at, by_start);
    size_t from = 0, reached = 0;
    for (size_t i = 0; i <= spans->n; i++) {
        size_t to = i < spans->n ? spans->at[i].start : in.len;
        if (to > from) {
            const uint8_t *p =
                memmem(out->data + reached, out->len - reached, in.ptr + from, to - from);
            if (p == NULL || (from == 0 && p != out->data))
                fail_msg("bytes %zu to %zu are gone\n  in   %.*s\n  out  %.*s", from, to,
                         (int)in.len, (const char *)in.ptr, (int)out->len, (const char *)out->data);
            reached = (size_t)(p - out->data) + (to - from);
        }
        if (i < spans->n && spans->at[i].end > from) from = spans->at[i].end;
    }
}

static void only_edits_change(void **state) {
    (void)state;
    struct logwash_output out = {0};
    struct buf rec;
    buf_init(&rec, 0);
    uint64_t seed = world.seed;
    for (int i = 0; i < RECORDS; i++) {
        struct spans spans = {.n = 0};
        buf_reset(&rec);
        make_record(&rec, &seed, false);
        struct logwash_record one = {.len = (uint32_t)rec.len, .time_ms = INT64_MIN};
        struct logwash_batch batch = {.data = rec.ptr,
                                      .len = rec.len,
                                      .records = &one,
                                      .n = 1,
                                      .framing = LOGWASH_FRAMING_MESSAGE};
        assert_int_equal(logwash_scan(world.lw, world.scratch, &batch, collect, &spans),
                         LOGWASH_OK);
        wash(world.lw, world.scratch, buf_view(&rec), &out);
        if (out.results[0].verdict.outcome == LOGWASH_WITHHELD) continue;
        bytes_outside_stay(buf_view(&rec), &out, &spans);
    }
    logwash_output_fini(&out);
    buf_fini(&rec);
}

static void a_second_wash_changes_nothing(void **state) {
    (void)state;
    struct logwash_output once = {0}, twice = {0};
    struct buf rec;
    buf_init(&rec, 0);
    uint64_t seed = world.seed + 1;
    for (int i = 0; i < RECORDS; i++) {
        buf_reset(&rec);
        make_record(&rec, &seed, true);
        wash(world.lw, world.scratch, buf_view(&rec), &once);
        wash(world.lw, world.scratch, slice_of(once.data, once.len), &twice);
        must_equal("washed once and twice", buf_view(&rec), &once, &twice);
    }
    logwash_output_fini(&once);
    logwash_output_fini(&twice);
    buf_fini(&rec);
}

static void prefilter_and_kernels_do_not_matter(void **state) {
    (void)state;
    struct logwash_output a = {0}, b = {0};
    struct buf rec;
    buf_init(&rec, 0);
    uint64_t seed = world.seed + 2;
    for (int i = 0; i < RECORDS; i++) {
        buf_reset(&rec);
        make_record(&rec, &seed, false);
        wash(world.lw, world.scratch, buf_view(&rec), &a);
        wash(world.portable, world.portable_scratch, buf_view(&rec), &b);
        must_equal("AVX2 and portable kernels", buf_view(&rec), &a, &b);
        if (i >= DIFFERENTIAL_RECORDS) continue;
        wash(world.slow, world.slow_scratch, buf_view(&rec), &b);
        must_equal("with and without prefilter", buf_view(&rec), &a, &b);
    }
    logwash_output_fini(&a);
    logwash_output_fini(&b);
    buf_fini(&rec);
}

/* One batch of many records, and the same cut in two at every record, give what the records give
 * alone. */
static void batches_do_not_matter(void **state) {
    (void)state;
    enum { N = 200 };
    struct logwash_output whole = {0}, alone = {0};
    struct buf all, joined;
    struct logwash_record records[N];
    size_t used;
    uint64_t seed = world.seed + 3;
    buf_init(&all, 0);
    buf_init(&joined, 0);
    for (int round = 0; round < 20; round++) {
        buf_reset(&all);
        buf_reset(&joined);
        for (int i = 0; i < N; i++) {
            make_record(&all, &seed, false);
            buf_byte(&all, '\n');
        }
        size_t n = logwash_frame(LOGWASH_FRAMING_LINE, all.ptr, all.len, true, records, N, &used);
        assert_int_equal(n, N);
        struct logwash_batch batch = {.data = all.ptr,
                                      .len = all.len,
                                      .records = records,
                                      .n = n,
                                      .framing = LOGWASH_FRAMING_LINE};
        assert_int_equal(logwash_wash_batch(world.lw, world.scratch, &batch, &whole), LOGWASH_OK);
        for (size_t i = 0; i < n; i++) {
            struct slice rec =
                slice_sub(buf_view(&all), records[i].off, (size_t)records[i].off + records[i].len);
            if (memmem(rec.ptr, rec.len, "-----BEGIN", 10) != NULL)
                goto next; /* blocks cross lines */
            wash(world.lw, world.scratch, rec, &alone);
            buf_append(&joined, alone.data, alone.len);
            buf_byte(&joined, '\n');
        }
        assert_int_equal(joined.len, whole.len);
        assert_memory_equal(joined.ptr, whole.data, whole.len);
    next:;
    }
    logwash_output_fini(&whole);
    logwash_output_fini(&alone);
    buf_fini(&all);
    buf_fini(&joined);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_edits_change),
                                       cmocka_unit_test(a_second_wash_changes_nothing),
                                       cmocka_unit_test(prefilter_and_kernels_do_not_matter),
                                       cmocka_unit_test(batches_do_not_matter)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
