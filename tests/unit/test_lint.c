/* SPDX-License-Identifier: Apache-2.0 */
/* rules lint: each kind of problem is found in a rule that has it, and in no other. */
#include "core/alone.h"
#include "detect/hostile.h"
#include "engine.h"

#define HEAD(id)                                                                                   \
    "  - id: acme." id "\n    description: for a test\n    class: generic_secret\n"                \
    "    reference: https://example.com\n    "
#define SHOWN(in, out) "\n    examples: [{in: '" in "', out: '" out "'}, {in: none, same: true}]\n"
#define RED            "[REDACTED:generic_secret]"

/* What lint says about the pack `rules`; the caller frees. */
static char *lint(const char *rules, size_t *n_problems) {
    struct buf pack, report;
    buf_init(&pack, 0);
    buf_init(&report, 0);
    buf_printf(&pack, "pack: acme\nrules:\n%s", rules);
    struct logwash_source source = {"acme.yaml", pack.ptr, pack.len};
    const struct logwash_options options = {.packs = &source,
                                            .n_packs = 1,
                                            .without_bundled_packs = true,
                                            .report = test_print};
    size_t n_rules = 0;
    struct logwash_error err = {0};
    if (tools_rules_lint(&options, &n_rules, n_problems, &report, &err) != LOGWASH_OK)
        fail_msg("%s", err.message);
    assert_true(n_rules > 0);
    assert_true(buf_byte(&report, 0));
    buf_fini(&pack);
    return (char *)report.ptr;
}

static void says(const char *rules, const char *what) {
    size_t n = 0;
    char *report = lint(rules, &n);
    if (n != 1 || strstr(report, what) == NULL)
        fail_msg("expected one problem, \"%s\", got %zu:\n%s", what, n, report);
    free(report);
}

static void says_nothing(const char *rules) {
    size_t n = 0;
    char *report = lint(rules, &n);
    if (n != 0) fail_msg("expected no problem, got:\n%s", report);
    free(report);
}

static void a_good_rule_has_no_problem(void **unused) {
    (void)unused;
    says_nothing(HEAD("badge") "pattern: '\\bACME-\\d{6}\\b'" SHOWN("b ACME-004711", "b " RED));
    says_nothing(HEAD("pin") "keys: [door_pin]" SHOWN("door_pin=x7y8z9q1", "door_pin=" RED));
}

/* Each of the n starts runs over all that follows, and the validator refuses it. */
static void a_run_that_holds_its_own_start_grows(void **unused) {
    (void)unused;
    says(HEAD("run") "pattern: '\\bACME-[\\w-]{8}[\\w-]*+'\n    validate: [has_digits]" SHOWN(
             "b ACME-123456789", "b " RED),
         "times the work");
    says(HEAD("tail") "pattern: '\\bACME-[\\w-]*+!'" SHOWN("b ACME-123456789!", "b " RED),
         "times the work");
}

static void a_guarded_run_does_not_grow(void **unused) {
    (void)unused;
    says_nothing(HEAD("run") "pattern: '(?<![\\w-])ACME-[\\w-]{8}[\\w-]*+'\n    validate: "
                             "[has_digits]" SHOWN("b ACME-123456789", "b " RED));
}

static void growth_is_seen_through_keywords(void **unused) {
    (void)unused;
    says(HEAD("run") "pattern: '\\bACME-[\\w-]*+!'\n    keywords: [badge]\n    near: 40" SHOWN(
             "badge ACME-123456789!", "badge " RED),
         "times the work");
}

static void an_ambiguous_pattern_reaches_a_limit(void **unused) {
    (void)unused;
    says(HEAD("nested") "pattern: '\\bA(?:[a-z]{1,16}-?){1,16}!'" SHOWN("x Aabc!", "x " RED),
         "a limit of PCRE2");
}

static void a_rule_whose_examples_an_earlier_one_finds_is_needless(void **unused) {
    (void)unused;
    says(HEAD("wide") "pattern: '\\bACME-\\w{4,9}\\b'" SHOWN("b ACME-abcd", "b " RED)
             HEAD("narrow") "pattern: '\\bACME-\\d{6}\\b'" SHOWN("b ACME-004711", "b " RED),
         "acme.narrow: its examples are all found");
    /* … but one example that it alone finds is enough. */
    says_nothing(HEAD("wide") "pattern: '\\bACME-\\w{4,9}\\b'" SHOWN("b ACME-abcd", "b " RED) HEAD(
        "narrow") "pattern: '\\bACME[-.]\\d{6}\\b'" SHOWN("b ACME-004711 ACME.004711",
                                                          "b " RED " " RED));
}

static void an_earlier_rule_that_does_something_else_makes_none_needless(void **unused) {
    (void)unused;
    says_nothing(
        HEAD("wide") "pattern: '\\bACME-\\w{4,9}\\b'\n    action: keep"
                     "\n    examples: [{in: none, same: true}]\n" HEAD(
                         "narrow") "pattern: '\\bACME-\\d{6}\\b'" SHOWN("b ACME-004711", "b " RED));
}

static void twins_are_found_although_their_examples_differ(void **unused) {
    (void)unused;
    says(HEAD("one") "keys: [door_pin]" SHOWN("door_pin=x7y8z9q1", "door_pin=" RED)
             HEAD("two") "keys: [door_pin]" SHOWN("door_pin=y7y8z9q1", "door_pin=" RED),
         "acme.two: looks for just what an earlier rule looks for");
}

static void a_missing_reference_is_a_problem(void **unused) {
    (void)unused;
    says("  - id: acme.badge\n    description: for a test\n    class: generic_secret\n"
         "    pattern: '\\bACME-\\d{6}\\b'" SHOWN("b ACME-004711", "b " RED),
         "acme.badge: no reference");
}

static void a_missing_description_is_a_problem(void **unused) {
    (void)unused;
    says("  - id: acme.badge\n    reference: https://example.com\n    class: generic_secret\n"
         "    pattern: '\\bACME-\\d{6}\\b'" SHOWN("b ACME-004711", "b " RED),
         "acme.badge: no description");
}

/* ---- the texts ---- */

static const char *const patterns[] = {"(?<![\\w.+-])[\\w.+-]{1,64}@[\\w-]{1,63}\\.com",
                                       "\\bBearer (?<value>[A-Za-z0-9._~+/-]{16}[\\w.-]*+)",
                                       "^a|b(?=c)\\bd\\1?", "\\Qa.b\\E[^\\n]{2,9}"};

static void a_longer_text_begins_as_the_shorter_one(void **unused) {
    (void)unused;
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        struct arena arena;
        arena_init(&arena);
        const struct rule rule = {.pattern = slice_str(patterns[p])};
        struct hostile hostile;
        struct buf shorter, longer;
        buf_init(&shorter, 0);
        buf_init(&longer, 0);
        assert_true(hostile_init(&hostile, &rule, &arena));
        for (unsigned i = 0; i < HOSTILE_TEXTS; i++) {
            assert_true(hostile_text(&hostile, i, 1000, &shorter));
            assert_true(hostile_text(&hostile, i, 4000, &longer));
            assert_int_equal(shorter.len, 1000);
            assert_int_equal(longer.len, 4000);
            assert_memory_equal(shorter.ptr, longer.ptr, 1000);
            assert_null(memchr(longer.ptr, '\n', longer.len));
            assert_null(memchr(longer.ptr, 0, longer.len));
        }
        buf_fini(&shorter);
        buf_fini(&longer);
        arena_fini(&arena);
    }
}

/* A generator that never comes near a match would find every rule good. */
static void the_texts_hold_matches(void **unused) {
    (void)unused;
    struct logwash *lw = test_engine(
        "pack: t\nrules:\n" RULE("t.mail", "email",
                                 "pattern: '(?<![\\w.+-])[\\w.+-]{1,64}@[\\w-]{1,63}\\.com'"),
        (struct logwash_options){0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct arena arena;
    arena_init(&arena);
    struct hostile hostile;
    struct buf text;
    buf_init(&text, 0);
    assert_true(hostile_init(&hostile, &lw->rules.rules[0], &arena));
    size_t n_with_hits = 0;
    for (unsigned i = 0; i < HOSTILE_TEXTS; i++) {
        assert_true(hostile_text(&hostile, i, 4096, &text));
        n_with_hits += alone_measure(scratch, buf_view(&text)).n_hits > 0;
    }
    assert_in_range(n_with_hits, 6, HOSTILE_TEXTS - 6);
    buf_fini(&text);
    arena_fini(&arena);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

static void the_count_of_steps_is_the_same_each_time(void **unused) {
    (void)unused;
    struct logwash *lw =
        test_engine("pack: t\nrules:\n" RULE("t.x", "email", "pattern: 'ab[a-z]{1,9}!'"),
                    (struct logwash_options){0});
    struct logwash *alone = alone_new(lw, 0, true);
    assert_non_null(alone);
    struct logwash_scratch *scratch = logwash_scratch_new(alone);
    const struct alone_work once = alone_measure(scratch, SLICE("abcdef! abcdefg abab"));
    const struct alone_work again = alone_measure(scratch, SLICE("abcdef! abcdefg abab"));
    const struct alone_work none = alone_measure(scratch, SLICE("nothing here"));
    assert_int_equal(once.units, again.units);
    assert_int_equal(once.n_hits, 1);
    assert_true(once.units > 4 * MATCHER_WORK_ATTEMPT);
    assert_int_equal(none.units, 0);
    logwash_scratch_free(scratch);
    alone_free(alone);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_rule_has_no_problem),
        cmocka_unit_test(a_run_that_holds_its_own_start_grows),
        cmocka_unit_test(a_guarded_run_does_not_grow),
        cmocka_unit_test(growth_is_seen_through_keywords),
        cmocka_unit_test(an_ambiguous_pattern_reaches_a_limit),
        cmocka_unit_test(a_rule_whose_examples_an_earlier_one_finds_is_needless),
        cmocka_unit_test(an_earlier_rule_that_does_something_else_makes_none_needless),
        cmocka_unit_test(twins_are_found_although_their_examples_differ),
        cmocka_unit_test(a_missing_reference_is_a_problem),
        cmocka_unit_test(a_missing_description_is_a_problem),
        cmocka_unit_test(a_longer_text_begins_as_the_shorter_one),
        cmocka_unit_test(the_texts_hold_matches),
        cmocka_unit_test(the_count_of_steps_is_the_same_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
