/* SPDX-License-Identifier: Apache-2.0 */
/* No pattern runs longer than its bounds: the engine, with all bundled rules, meets for each of
 * them the worst of the texts that are grown from it (detect/hostile.h), of 64 KiB and of up to 1
 * MiB, and its work grows as the text does. Work is counted: attempts, PCRE2's steps, bytes shown
 * to validators; so the answer does not depend on the machine. What is not counted (reading keys,
 * decoding, edits) is held by the processor's time, with a generous factor.
 *
 *     prop_hostile              a sample: one rule in STRIDE up to 256 KiB, one in 4 * STRIDE up to
 * 1 MiB prop_hostile all [K N]    each rule up to 1 MiB; or every Nth from the Kth on: `make test`
 * runs them side by side */
#include "core/alone.h"
#include "detect/hostile.h"
#include "engine.h"
#include <time.h>

enum {
    PICK_BYTES = 4096, /* texts are compared at this size */
    SMALL = 64 << 10,
    MIDDLE = 256 << 10,
    LARGE = 1 << 20,
    STRIDE = 6,
    BASE_UNITS = 1 << 16, /* a little work may vary as it likes */
};
static const double slack = 1.35; /* of the work per byte, from one size to the next */

static struct {
    bool is_all;
    size_t first, step; /* which rules */
} asked = {false, 0, STRIDE};

static struct logwash *all, *counted;
static struct logwash_scratch *counting;

static void load(const char *pack) {
    all = test_engine(pack, (struct logwash_options){.profiles = "request,build,strict"});
    counted = counted_new(all);
    assert_non_null(counted);
    counting = logwash_scratch_new(counted);
    assert_non_null(counting);
}

static void unload(void) {
    logwash_scratch_free(counting);
    counted_free(counted);
    logwash_free(all);
}

static int load_all(void **state) {
    (void)state;
    return load(NULL), 0;
}

static int free_all(void **state) {
    (void)state;
    return unload(), 0;
}

struct subject {
    size_t rule;
    struct arena arena;
    struct hostile hostile;
    struct buf text;
};

static void subject_init(struct subject *s, size_t rule) {
    *s = (struct subject){.rule = rule};
    arena_init(&s->arena);
    buf_init(&s->text, 0);
    assert_true(hostile_init(&s->hostile, &all->rules.rules[rule], &s->arena));
}

static void subject_fini(struct subject *s) {
    buf_fini(&s->text);
    arena_fini(&s->arena);
}

/* The text that costs the rule most. */
static unsigned pick(struct subject *s) {
    struct logwash *alone = alone_new(all, s->rule, true);
    assert_non_null(alone);
    struct logwash_scratch *scratch = logwash_scratch_new(alone);
    assert_non_null(scratch);
    unsigned worst = 0;
    uint64_t most = 0;
    for (unsigned i = 0; i < HOSTILE_TEXTS; i++) {
        assert_true(hostile_text(&s->hostile, i, PICK_BYTES, &s->text));
        const uint64_t units = alone_measure(scratch, buf_view(&s->text)).units;
        if (units > most) most = units, worst = i;
    }
    logwash_scratch_free(scratch);
    alone_free(alone);
    return worst;
}

struct work {
    const struct regex *regex;
    uint64_t own; /* units of the rule the text was grown from */
    uint64_t all; /* of all rules together */
};

static void see_attempt(void *ctx, const struct regex *regex, enum regex_result result,
                        uint64_t steps) {
    struct work *work = ctx;
    (void)result;
    if (regex == work->regex) work->own += MATCHER_WORK_ATTEMPT + steps;
}

static struct work work_on(struct subject *s, unsigned number, size_t len) {
    struct work work = {.regex = counted->matcher->regex[s->rule]};
    assert_true(hostile_text(&s->hostile, number, len, &s->text));
    regex_scratch_watch(counting->matcher->regex, (struct regex_watch){NULL, see_attempt, &work});
    const struct alone_work sum = alone_measure(counting, buf_view(&s->text));
    regex_scratch_watch(counting->matcher->regex, (struct regex_watch){0});
    work.all = sum.units;
    if (sum.n_limits > 0)
        fail_msg("%s: a limit of PCRE2 on text %u of %zu bytes", all->rule_ids[s->rule], number,
                 len);
    return work;
}

static double per_byte(uint64_t units, size_t len) {
    return ((double)units + BASE_UNITS) / (double)len;
}

static void check_part(const struct subject *s, unsigned number, const char *what, size_t len,
                       uint64_t small_units, uint64_t units) {
    const double before = per_byte(small_units, SMALL), now = per_byte(units, len);
    if (now > slack * before)
        fail_msg("%s: text %u: %s: %.1f units a byte at %d bytes, %.1f at %zu",
                 all->rule_ids[s->rule], number, what, before, SMALL, now, len);
}

static void check_growth(struct subject *s, unsigned number, size_t len) {
    const struct work before = work_on(s, number, SMALL), work = work_on(s, number, len);
    check_part(s, number, "the rule", len, before.own, work.own);
    check_part(s, number, "all rules", len, before.all, work.all);
}

/* A test that sees no growth would hold every rule to be good. */
static void work_that_grows_faster_is_seen(void **state) {
    (void)state;
    load("pack: t\nrules:\n" RULE("t.run", "generic_secret", "pattern: '\\bA-[\\w-]*+!'"));
    struct subject s;
    subject_init(&s, 0);
    const unsigned number = pick(&s);
    const struct work before = work_on(&s, number, PICK_BYTES), work = work_on(&s, number, SMALL);
    assert_true(per_byte(work.own, SMALL) > 4 * per_byte(before.own, PICK_BYTES));
    assert_true(per_byte(work.all, SMALL) > 4 * per_byte(before.all, PICK_BYTES));
    subject_fini(&s);
    unload();
}

static void the_work_of_the_rules_grows_as_the_text_does(void **state) {
    (void)state;
    for (size_t i = asked.first; i < all->rules.n; i += asked.step) {
        struct subject s;
        subject_init(&s, i);
        const bool is_far = asked.is_all || i % (4 * STRIDE) == 0;
        check_growth(&s, pick(&s), is_far ? LARGE : MIDDLE);
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
    struct logwash_scratch *scratch = logwash_scratch_new(all);
    struct logwash_output out = {0};
    assert_non_null(scratch);
    for (size_t i = asked.first; i < all->rules.n; i += asked.step) {
        if (i % (4 * STRIDE) != 0) continue;
        struct subject s;
        subject_init(&s, i);
        const unsigned number = pick(&s);
        assert_true(hostile_text(&s.hostile, number, LARGE, &s.text));
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
        while (text.len < LARGE && !text.failed) buf_str(&text, units[i]);
        check_time(scratch, &out, slice_of(text.ptr, LARGE), units[i], i);
    }
    buf_fini(&text);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
}

#define WITH_ALL(test) cmocka_unit_test_setup_teardown(test, load_all, free_all)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_that_grows_faster_is_seen),
        WITH_ALL(the_work_of_the_rules_grows_as_the_text_does),
        WITH_ALL(the_time_of_the_engine_grows_as_the_text_does),
        WITH_ALL(the_time_of_the_engine_grows_as_what_it_looks_for_does),
    };
    asked.is_all = argc > 1 && strcmp(argv[1], "all") == 0;
    if (asked.is_all) asked.step = 1;
    if (argc == 4) {
        asked.first = strtoul(argv[2], NULL, 10);
        asked.step = strtoul(argv[3], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
