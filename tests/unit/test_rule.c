/* SPDX-License-Identifier: Apache-2.0 */
/* Actions and profiles as text, and the actions classes have by default. */
#include "detect/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

static const struct {
    const char *text;
    int kind; /* -1: refused */
    unsigned keep_first, keep_last;
    const char *message; /* part of what is printed when refused */
} actions[] = {
    {"redact", ACTION_REDACT, 0, 0, NULL},
    {"pseudonym", ACTION_PSEUDONYM, 0, 0, NULL},
    {"drop", ACTION_DROP, 0, 0, NULL},
    {"keep", ACTION_KEEP, 0, 0, NULL},
    {"mask", ACTION_MASK, 0, 0, NULL},
    {"{mask: {keep_last: 4}}", ACTION_MASK, 0, 4, NULL},
    {"{mask: {keep_first: 2, keep_last: 3}}", ACTION_MASK, 2, 3, NULL},
    {"{mask: {}}", ACTION_MASK, 0, 0, NULL},
    {"{drop: record}", ACTION_DROP_RECORD, 0, 0, NULL},
    {"drop: record", ACTION_DROP_RECORD, 0, 0, NULL},
    {"'drop: record'", -1, 0, 0, "unknown action"},
    {"{drop: field}", -1, 0, 0, "expected 'record'"},
    {"redcat", -1, 0, 0, "did you mean 'redact'?"},
    {"shred", -1, 0, 0, "one of redact, pseudonym, mask, ip, drop, keep"},
    {"''", -1, 0, 0, "unknown action"},
    {"ip", -1, 0, 0, "needs to know how"},
    {"{ip: {prefix: true}}", ACTION_IP, 0, 0, NULL},
    {"{ip: {truncate: [24, 48]}}", ACTION_IP, 0, 0, NULL},
    {"{ip: {keep: [private]}}", ACTION_PSEUDONYM, 0, 0, NULL},
    {"{redact: true}", -1, 0, 0, "takes no options"},
    {"{pseudonim: 1}", -1, 0, 0, "did you mean 'pseudonym'?"},
    {"[redact]", -1, 0, 0, "not a list"},
    {"{}", -1, 0, 0, "expected one action, got 0"},
    {"{mask: {}, drop: record}", -1, 0, 0, "expected one action, got 2"},
    {"{mask: 4}", -1, 0, 0, "expected a mapping"},
    {"{mask: {keep_lsat: 4}}", -1, 0, 0, "did you mean 'keep_last'?"},
    {"{mask: {keep_last: 65}}", -1, 0, 0, "0 to 64"},
    {"{mask: {keep_last: -1}}", -1, 0, 0, "0 to 64"},
    {"{mask: {keep_last: ''}}", -1, 0, 0, "0 to 64"},
    {"{mask: {keep_last: [4]}}", -1, 0, 0, "0 to 64"},
};

static void test_action_read(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS(actions); i++) {
        const struct diag_source src = {"test.yaml", slice_str(actions[i].text)};
        struct arena arena;
        struct diags diags;
        struct buf printed;
        struct action action = {0};
        arena_init(&arena);
        diags_init(&diags);
        buf_init(&printed, 0);
        const struct yaml *node = yaml_parse(&src, &arena, &diags);
        assert_non_null(node);
        const bool ok = action_read(node, -1, &arena, &action, &diags);
        diags_print(&diags, &printed);
        buf_byte(&printed, '\0');
        if (ok != (actions[i].kind >= 0)) fail_msg("%s: %s", actions[i].text, ok ? "read" : "not");
        assert_int_equal(diags_has_error(&diags), !ok);
        if (ok) {
            assert_int_equal(action.kind, actions[i].kind);
            assert_int_equal(action.keep_first, actions[i].keep_first);
            assert_int_equal(action.keep_last, actions[i].keep_last);
        } else if (strstr((const char *)printed.ptr, actions[i].message) == NULL) {
            fail_msg("%s: printed %s", actions[i].text, (const char *)printed.ptr);
        }
        buf_fini(&printed);
        diags_fini(&diags);
        arena_fini(&arena);
    }
}

/* Where hits overlap the stronger action wins: drop > redact > pseudonym > ip > mask > keep. */
static void test_action_order_and_names(void **state) {
    (void)state;
    static const char *const ascending[] = {"keep",   "mask", "ip",          "pseudonym",
                                            "redact", "drop", "drop: record"};
    for (size_t i = 0; i < ROWS(ascending); i++)
        assert_string_equal(action_name((enum action_kind)i), ascending[i]);
}

static void test_default_actions(void **state) {
    (void)state;
    assert_int_equal(class_default_action(CLASS_password).kind, ACTION_REDACT);
    assert_int_equal(class_default_action(CLASS_generic_secret).kind, ACTION_REDACT);
    assert_int_equal(class_default_action(CLASS_ipv4).kind, ACTION_PSEUDONYM);
    assert_int_equal(class_default_action(CLASS_iban).kind, ACTION_PSEUDONYM);
    const struct action card = class_default_action(CLASS_credit_card);
    assert_int_equal(card.kind, ACTION_MASK);
    assert_int_equal(card.keep_first, 0);
    assert_int_equal(card.keep_last, 4);
}

static void test_profiles(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned bits;
        const char *bad; /* NULL: parsed */
    } rows[] = {
        {"request", PROFILE_REQUEST, NULL},
        {"request,build", PROFILE_REQUEST | PROFILE_BUILD, NULL},
        {"[request, build]", PROFILE_REQUEST | PROFILE_BUILD, NULL},
        {" [ strict ,build ] ", PROFILE_STRICT | PROFILE_BUILD, NULL},
        {"build,build", PROFILE_BUILD, NULL},
        {"requests", 0, "requests"},
        {"build,,strict", 0, ""},
        {"build,", 0, ""},
        {"", 0, ""},
        {"[]", 0, ""},
        {"[build", 0, "[build"},
        {"Build", 0, "Build"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        unsigned bits = 0;
        struct slice bad = {0};
        const bool ok = profiles_parse(slice_str(rows[i].text), &bits, &bad);
        if (ok != (rows[i].bad == NULL)) fail_msg("profiles '%s'", rows[i].text);
        if (ok)
            assert_int_equal(bits, rows[i].bits);
        else
            assert_true(slice_eq_str(bad, rows[i].bad));
    }
}

static void test_rule_set(void **state) {
    (void)state;
    struct rule_set set;
    rule_set_init(&set);
    assert_int_equal(set.n, 0);
    assert_non_null(ARENA_ARRAY(&set.arena, struct slice, 3));
    assert_true(VEC_GROW(set.rules, set.cap, 5));
    rule_set_fini(&set);
    assert_null(set.rules);
    rule_set_fini(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_action_read),     cmocka_unit_test(test_action_order_and_names),
        cmocka_unit_test(test_default_actions), cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_rule_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
