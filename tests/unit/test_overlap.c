/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence of the design about the hit that supplies an edit, a test for each of its ties, and
 * those about what an attempt costs. */
#include "core/alone.h"
#include "engine.h"

static void washes(const char *pack, const char *in, const char *want) {
    struct logwash *lw = test_engine(pack, (struct logwash_options){0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    assert_non_null(scratch);
    assert_int_equal(logwash_wash(lw, scratch, in, strlen(in), &out), LOGWASH_OK);
    if (out.len != strlen(want) || memcmp(out.data, want, out.len) != 0)
        fail_msg("\n  in   %s\n  want %s\n  got  %.*s", in, want, (int)out.len,
                 (const char *)out.data);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* Two rules, in both orders. */
#define BOTH(a, b, in, want)                                                                       \
    do {                                                                                           \
        washes("pack: t\nrules:\n" a b, in, want);                                                 \
        washes("pack: t\nrules:\n" b a, in, want);                                                 \
    } while (0)
#define REDACT(id, class, pattern)                                                                 \
    RULE("t." id, class, "pattern: '" pattern "'\n    action: redact")

static void a_tie_goes_to_the_earlier_start(void **state) {
    (void)state;
    BOTH(REDACT("a", "iban", "ABC"), REDACT("b", "email", "BCDEF"), "x ABCDEF",
         "x [REDACTED:iban]");
    BOTH(REDACT("a", "email", "ABC"), REDACT("b", "iban", "BCDEF"), "x ABCDEF",
         "x [REDACTED:email]");
}

static void then_to_the_longer_hit(void **state) {
    (void)state;
    BOTH(REDACT("a", "iban", "ABCD"), REDACT("b", "email", "ABC"), "x ABCD", "x [REDACTED:iban]");
    BOTH(REDACT("a", "email", "ABCD"), REDACT("b", "iban", "ABC"), "x ABCD", "x [REDACTED:email]");
}

static void then_to_the_lower_number_in_the_class_table(void **state) {
    (void)state;
    BOTH(REDACT("a", "private_key", "ABCD"), REDACT("b", "email", "ABCD"), "x ABCD",
         "x [REDACTED:private_key]");
}

#define MASK(id, n)                                                                                \
    RULE("t." id, "iban", "pattern: 'ABCDEFGH'\n    action: {mask: {keep_last: " n "}}")

static void then_to_the_earlier_rule(void **state) {
    (void)state;
    washes("pack: t\nrules:\n" MASK("a", "1") MASK("b", "2"), "x ABCDEFGH", "x *******H");
    washes("pack: t\nrules:\n" MASK("a", "2") MASK("b", "1"), "x ABCDEFGH", "x ******GH");
}

/* ---- cost ---- */

enum { TEXT_BYTES = 6 }; /* of AB0000 */

static uint64_t work_on(const char *text, bool without_prefilter) {
    struct logwash *lw =
        test_engine("pack: t\nrules:\n" RULE("t.a", "iban",
                                             "pattern: 'AB\\d{4}(?<!9)'\n    validate: [luhn]"),
                    (struct logwash_options){.without_prefilter = without_prefilter});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    assert_non_null(scratch);
    const uint64_t units = alone_measure(scratch, slice_str(text)).units;
    logwash_scratch_free(scratch);
    logwash_free(lw);
    return units;
}

static void an_attempt_at_an_anchored_offset_costs_16(void **state) {
    (void)state;
    assert_int_equal(work_on("x AB0009 y", false), 16);
    assert_int_equal(work_on("x AB0009 AB0009", false), 32);
    assert_int_equal(work_on("nothing here", false), 0);
}

static void and_the_bytes_shown_to_validators(void **state) {
    (void)state;
    assert_int_equal(work_on("x AB0000 y", false), 16 + TEXT_BYTES);
    assert_int_equal(work_on("x AB0001 y AB0000", false), 2 * (16 + TEXT_BYTES));
}

static void attempts_made_only_because_the_prefilter_is_off_are_free(void **state) {
    (void)state;
    assert_int_equal(work_on("x AB0009 y", true), 0);
    assert_int_equal(work_on("x AB0000 y", true), TEXT_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tie_goes_to_the_earlier_start),
        cmocka_unit_test(then_to_the_longer_hit),
        cmocka_unit_test(then_to_the_lower_number_in_the_class_table),
        cmocka_unit_test(then_to_the_earlier_rule),
        cmocka_unit_test(an_attempt_at_an_anchored_offset_costs_16),
        cmocka_unit_test(and_the_bytes_shown_to_validators),
        cmocka_unit_test(attempts_made_only_because_the_prefilter_is_off_are_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
