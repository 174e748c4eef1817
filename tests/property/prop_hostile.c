/* SPDX-License-Identifier: Apache-2.0 */
/* No pattern runs longer than its bounds: bundled rules meet the texts that are grown from them
 * (detect/hostile.h), of 10 KiB, 100 KiB and 1 MiB, and their work grows as the texts do. Work is
 * counted; the processor's time is looked at once more for the whole engine, with a generous
 * factor. One rule in STRIDE is taken to 100 KiB, one in 4 * STRIDE to 1 MiB; with LOGWASH_LONG all
 * are. (`rules lint` looks at each of them up to 32 KiB.) */
#include "core/alone.h"
#include "detect/hostile.h"
#include "engine.h"
#include <time.h>

enum {
    PICK_BYTES = 4096, /* texts are compared at this size */
    SMALL = 10 * 1024,
    STRIDE = 6,
    BASE_UNITS = 1 << 16, /* a little work may vary as it likes */
};
static const double slack = 1.35; /* of the work per byte, from one size to the next */

static struct logwash *all;

static int load_all(void **state) {
    (void)state;
    all = test_engine(NULL, (struct logwash_options){.profiles = "request,build,strict"});
    return all == NULL;
}

static int free_all(void **state) {
    (void)state;
    logwash_free(all);
    return 0;
}

struct subject {
    size_t rule;
    struct arena arena;
    struct hostile hostile;
    struct logwash *alone;
    struct logwash_scratch *scratch;
    struct buf text;
};

static void subject_init(struct subject *s, size_t rule) {
    *s = (struct subject){.rule = rule};
    arena_init(&s->arena);
    buf_init(&s->text, 0);
    assert_true(hostile_init(&s->hostile, &all->rules.rules[rule], &s->arena));
    s->alone = alone_new(all, rule, true);
    assert_non_null(s->alone);
    s->scratch = logwash_scratch_new(s->alone);
    assert_non_null(s->scratch);
}

static void subject_fini(struct subject *s) {
    logwash_scratch_free(s->scratch);
    alone_free(s->alone);
    buf_fini(&s->text);
    arena_fini(&s->arena);
}

static struct alone_work work_on(struct subject *s, unsigned number, size_t len) {
    assert_true(hostile_text(&s->hostile, number, len, &s->text));
    return alone_measure(s->scratch, buf_view(&s->text));
}

/* The text that costs most. */
static unsigned pick(struct subject *s) {
    unsigned worst = 0;
    uint64_t most = 0;
    for (unsigned i = 0; i < HOSTILE_TEXTS; i++) {
        const uint64_t units = work_on(s, i, PICK_BYTES).units;
        if (units > most) most = units, worst = i;
    }
    return worst;
}

static void check_growth(struct subject *s, unsigned number, size_t max_len) {
    double before = 0;
    for (size_t len = SMALL; len <= max_len; len *= 10) {
        const size_t n = len < 1 << 20 ? len : 1 << 20;
        const struct alone_work work = work_on(s, number, n);
        const double per_byte = ((double)work.units + BASE_UNITS) / (double)n;
        if (work.n_limits > 0)
            fail_msg("%s: a limit of PCRE2 on text %u of %zu bytes", all->rule_ids[s->rule], number,
                     n);
        if (len > SMALL && per_byte > slack * before)
            fail_msg("%s: text %u: %.1f units a byte at %zu bytes, %.1f at a tenth of them",
                     all->rule_ids[s->rule], number, per_byte, n, before);
        before = per_byte;
    }
}

static void the_work_of_a_rule_grows_as_the_text_does(void **state) {
    (void)state;
    const bool is_long = getenv("LOGWASH_LONG") != NULL;
    for (size_t i = 0; i < all->rules.n; i += is_long ? 1 : STRIDE) {
        struct subject s;
        subject_init(&s, i);
        const bool is_far = is_long || i % (4 * STRIDE) == 0;
        check_growth(&s, pick(&s), is_far ? 100 * SMALL : 10 * SMALL);
        subject_fini(&s);
    }
}

static double cpu_sec(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double wash_sec(struct logwash_scratch *scratch, struct slice text,
                       struct logwash_output *out) {
    const double begin = cpu_sec();
    assert_int_equal(logwash_wash(all, scratch, text.ptr, text.len, out), LOGWASH_OK);
    return cpu_sec() - begin;
}

/* Quadratic growth would be 256 times the time for 16 times the bytes. */
static void check_time(struct logwash_scratch *scratch, struct logwash_output *out,
                       struct slice whole, const char *name, unsigned number) {
    double short_sec = 1e9, long_sec = 1e9;
    for (int i = 0; i < 3; i++) { /* once, if nothing is odd */
        const double part_sec = wash_sec(scratch, slice_sub(whole, 0, whole.len / 16), out);
        const double whole_sec = wash_sec(scratch, whole, out);
        if (part_sec < short_sec) short_sec = part_sec;
        if (whole_sec < long_sec) long_sec = whole_sec;
        if (long_sec <= 16 * 4 * short_sec + 0.1) return;
    }
    fail_msg("%s: text %u: %.3f s for a 16th, %.3f s for all", name, number, short_sec, long_sec);
}

static void the_time_of_the_engine_grows_as_the_text_does(void **state) {
    (void)state;
    const bool is_long = getenv("LOGWASH_LONG") != NULL;
    struct logwash_scratch *scratch = logwash_scratch_new(all);
    struct logwash_output out = {0};
    assert_non_null(scratch);
    for (size_t i = 0; i < all->rules.n; i += is_long ? 1 : 4 * STRIDE) {
        struct subject s;
        subject_init(&s, i);
        const unsigned number = pick(&s);
        assert_true(hostile_text(&s.hostile, number, 1 << 20, &s.text));
        check_time(scratch, &out, buf_view(&s.text), all->rule_ids[i], number);
        subject_fini(&s);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
}

/* What the engine itself looks for, again and again. */
static void the_time_of_the_engine_grows_as_what_it_looks_for_does(void **state) {
    (void)state;
    static const char *const units[] = {
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN X-----\\n-----END X-----",
        "password=",
        "password: [",
        "\"token\": {",
        "{\"a\":",
        "[",
        "\\\"",
        "\\u0022",
        "%2525",
        "\x1b[0m",
        "[REDACTED:email]",
        "[REDACTED:",
        "email_x_7d2kq4zn",
        "card card ",
        "a=b&",
        "ssn 1 ",
    };
    struct logwash_scratch *scratch = logwash_scratch_new(all);
    struct logwash_output out = {0};
    struct buf text;
    assert_non_null(scratch);
    buf_init(&text, 0);
    for (unsigned i = 0; i < sizeof units / sizeof *units; i++) {
        buf_reset(&text);
        while (text.len < 1 << 20 && !text.failed) buf_str(&text, units[i]);
        check_time(scratch, &out, slice_of(text.ptr, 1 << 20), units[i], i);
    }
    buf_fini(&text);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_work_of_a_rule_grows_as_the_text_does),
        cmocka_unit_test(the_time_of_the_engine_grows_as_the_text_does),
        cmocka_unit_test(the_time_of_the_engine_grows_as_what_it_looks_for_does),
    };
    return cmocka_run_group_tests(tests, load_all, free_all);
}
