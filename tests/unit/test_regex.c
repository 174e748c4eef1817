/* SPDX-License-Identifier: Apache-2.0 */
/* What an attempt finds, what a refusal makes it try next, and which patterns are turned down. */
#include "detect/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/byteset.h"

static struct regex *compile(const char *pattern) {
    struct diags diags;
    diags_init(&diags);
    struct regex *regex = regex_compile(slice_str(pattern), NULL, 0, 0, &diags);
    if (regex == NULL) print_error("not compiled: %s\n", pattern);
    assert_non_null(regex);
    assert_int_equal(diags.n_errors, 0);
    diags_fini(&diags);
    return regex;
}

static bool is_luhn(void *ctx, struct span value) {
    const struct slice view = *(const struct slice *)ctx;
    unsigned sum = 0, n = 0;
    for (size_t i = value.end; i-- > value.start;) {
        if (!byte_is_digit(view.ptr[i])) continue;
        unsigned digit = view.ptr[i] - '0';
        if (n++ % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return n >= 12 && sum % 10 == 0;
}

static bool is_short(void *ctx, struct span value) {
    (void)ctx;
    return value.end - value.start <= 2;
}

/* '^' stands under the match, '~' under the value (where both, '~'). Nothing: no match. */
static const struct attempt {
    const char *name, *pattern, *view, *marks;
    size_t off;
    regex_check check;
} attempts[] = {
    {"plain", "abc", "xabc", " ~~~", 1, NULL},
    {"anchored", "abc", "xabc", "", 0, NULL},
    {"group value", "pw=(?<value>\\w+)", "pw=hush.", "^^^~~~~", 0, NULL},
    {"second group of the name", "a(?<value>b)|c(?<value>d)", "xcd", " ^~", 1, NULL},
    {"first set group of the name", "(?<value>a)(?<value>b)", "ab", "~^", 0, NULL},
    {"unset value means the match", "a(?<value>b)?c", "ac", "~~", 0, NULL},
    {"empty value", "a(?<value>b*)c", "ac", "^^", 0, NULL},
    {"value in a look-ahead", "a(?=(?<value>bc))", "abc", "^~~", 0, NULL},
    {"value before the start", "(?<=(?<value>x))ab", "xab", " ~~", 1, NULL},
    {"look-behind sees the view", "(?<=x)a", "xa", " ~", 1, NULL},
    {"look-behind fails", "(?<!x)a", "xa", "", 1, NULL},
    {"start of view", "^a", "aa", "~", 0, NULL},
    {"no start of view", "^a", "aa", "", 1, NULL},
    {"end of view", "a$", "aa", " ~", 1, NULL},
    {"word border", "\\bab\\b", "ab cd", "~~", 0, NULL},
    {"bytes, not characters", "\\w+", "a\xc3\xa4", "~", 0, NULL},
    {"dot takes any byte but LF", "..", "\xff\x80", "~~", 0, NULL},
    {"flag at the start", "(?i)ab", "AB", "~~", 0, NULL},
    {"comment at the end", "(?x) a b # c", "ab", "~~", 0, NULL},
    {"comment with a bracket at the end", "(?x) a b # )", "ab", "~~", 0, NULL},
    {"quotation open at the end", "a\\Qb)", "ab)", "~~~", 0, NULL},
    {"quotation and comment", "(?x)a #\n\\Qb #", "ab #", "~~~~", 0, NULL},
    {"alternation stays inside", "a|bc", "bc", "~~", 0, NULL},
    {"empty pattern", "", "a", "", 0, NULL},
    {"refused: a shorter one", "\\d(?:[ ]?\\d){11,18}", "4111111111111111 200 512",
     "~~~~~~~~~~~~~~~~", 0, is_luhn},
    {"refused: none", "\\d(?:[ ]?\\d){11,18}", "4111111111111112", "", 0, is_luhn},
    {"refused: other branch", "(?<value>abc)|(?<value>ab)", "abc", "~~", 0, is_short},
    {"refusals count the value", "a+b(?<value>c+)", "aabcccc", "^^^~~", 0, is_short},
    {"64 refusals end it", "a+",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", 0, is_short},
    {"65 long: the 63rd refusal is the last before a yes", "a+",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "~~", 0, is_short},
};

static void show(char *marks, struct span match, struct span value) {
    memset(marks, ' ', match.start);
    memset(marks + match.start, '^', match.end - match.start);
    memset(marks + value.start, '~', value.end - value.start);
    marks[match.end] = 0;
}

static void test_attempts(void **state) {
    (void)state;
    struct regex_scratch *scratch = regex_scratch_new();
    assert_non_null(scratch);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        const struct attempt *t = &attempts[i];
        struct regex *regex = compile(t->pattern);
        struct slice view = slice_str(t->view);
        struct span match = {0, 0}, value = {0, 0};
        char marks[128] = "";
        const enum regex_result result =
            regex_attempt(regex, scratch, view, t->off, t->check, &view, &match, &value);
        assert_int_not_equal(result, REGEX_LIMIT);
        if (result == REGEX_YES) show(marks, match, value);
        if (strcmp(marks, t->marks) != 0) print_error("case: %s\n", t->name);
        assert_string_equal(marks, t->marks);
        regex_free(regex);
    }
    regex_scratch_free(scratch);
}

static void test_card_is_found_at_its_offset(void **state) {
    (void)state;
    struct regex *regex = compile("(?<![\\d.-])(?:\\d[ -]?){12,18}\\d(?![\\d-])");
    struct regex_scratch *scratch = regex_scratch_new();
    struct slice view = SLICE("card 4111111111111111 200 512");
    struct span match = {0, 0}, value = {0, 0};
    for (size_t off = 0; off <= view.len; off++) {
        const enum regex_result result =
            regex_attempt(regex, scratch, view, off, is_luhn, &view, &match, &value);
        assert_int_equal(result, off == 5 ? REGEX_YES : REGEX_NO);
        if (result != REGEX_YES) continue;
        assert_int_equal(match.start, 5);
        assert_int_equal(match.end, 21);
    }
    regex_scratch_free(scratch);
    regex_free(regex);
}

static void test_empty_view(void **state) {
    (void)state;
    struct regex *regex = compile("a?");
    struct regex_scratch *scratch = regex_scratch_new();
    struct span match = {1, 1}, value = {1, 1};
    const struct slice view = {NULL, 0};
    assert_int_equal(regex_attempt(regex, scratch, view, 0, NULL, NULL, &match, &value), REGEX_YES);
    assert_int_equal(match.end, 0);
    regex_scratch_free(scratch);
    regex_free(regex);
}

/* One scratch serves all; a limit leaves nothing behind. */
static void test_limits(void **state) {
    (void)state;
    static const char *const patterns[] = {"(?:a+)+b", "(?:a|a)*b", "(?:a?){40}a{40}b", "(a|aa)+$"};
    struct regex_scratch *scratch = regex_scratch_new();
    struct regex *good = compile("a");
    char text[4096];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'c';
    const struct slice view = slice_of(text, sizeof text);
    struct span match, value;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct regex *regex = compile(patterns[i]);
        const clock_t start = clock();
        assert_int_equal(regex_attempt(regex, scratch, view, 0, NULL, NULL, &match, &value),
                         REGEX_LIMIT);
        assert_true(clock() - start < CLOCKS_PER_SEC);
        assert_int_equal(regex_attempt(good, scratch, view, 0, NULL, NULL, &match, &value),
                         REGEX_YES);
        regex_free(regex);
    }
    regex_free(good);
    regex_scratch_free(scratch);
}

static const struct bad {
    const char *file;
    size_t off, len;
    const char *pattern, *where, *message;
} bad[] = {
    {"p: 'a(b'\n", 3, 5, "a(b", ":1:7:", "missing closing parenthesis"},
    {"p: a[b\n", 3, 3, "a[b", ":1:6:", "missing terminating ]"},
    {"p: 'a)b'\n", 3, 5, "a)b", ":1:6:", "unmatched closing parenthesis"},
    {"p: \"a\\\\q)\"\n", 3, 7, "a\\q)", ":1:4:", "unrecognized character"},
    {"p: 'a)(b'\n", 3, 6, "a)(b", ":1:6:", "unmatched closing parenthesis"},
    {"p: '*a'\n", 3, 4, "*a", ":1:5:", "quantifier does not follow"},
    {"p: 'a\\Kb'\n", 3, 6, "a\\Kb", ":1:6:", "\\K is not allowed"},
    {"p: 'a\\Cb'\n", 3, 6, "a\\Cb", ":1:", "\\C is disabled"},
    {"p: 'a(?C)b'\n", 3, 8, "a(?C)b", ":1:5:", "callouts"},
    {"p: 'a(?C255)b'\n", 3, 11, "a(?C255)b", ":1:5:", "callouts"},
    {"p: 'a(?C\"x\")b'\n", 3, 11, "a(?C\"x\")b", ":1:5:", "callouts"},
    {"p: 'a(*SKIP)b'\n", 3, 11, "a(*SKIP)b", ":1:6:", "(*...) is not allowed"},
    {"p: '(*UTF)a'\n", 3, 9, "(*UTF)a", ":1:5:", "(*...) is not allowed"},
    {"p: 'a(?R)?b'\n", 3, 9, "a(?R)?b", ":1:6:", "recursion"},
    {"p: '(a(?1)?b)'\n", 3, 11, "(a(?1)?b)", ":1:7:", "recursion"},
    {"p: '(a(?-1)?b)'\n", 3, 12, "(a(?-1)?b)", ":1:7:", "recursion"},
    {"p: '(?<n>a(?&n)?b)'\n", 3, 16, "(?<n>a(?&n)?b)", ":1:11:", "recursion"},
    {"p: '(?<n>a(?P>n)?b)'\n", 3, 17, "(?<n>a(?P>n)?b)", ":1:11:", "recursion"},
    {"p: '(?<n>a\\g<n>?b)'\n", 3, 16, "(?<n>a\\g<n>?b)", ":1:11:", "recursion"},
    {"p: '(?:a(?i)\\Kb)'\n", 3, 14, "(?:a(?i)\\Kb)", ":1:13:", "\\K is not allowed"},
};

static void test_refused_patterns(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct diag_source src = {"t.yaml", slice_str(bad[i].file)};
        struct diags diags;
        struct buf text;
        diags_init(&diags);
        buf_init(&text, 0);
        assert_null(regex_compile(slice_str(bad[i].pattern), &src, bad[i].off, bad[i].len, &diags));
        assert_int_equal(diags.n_errors, 1);
        diags_print(&diags, &text);
        buf_byte(&text, 0);
        const char *got = (const char *)text.ptr;
        if (strstr(got, bad[i].where) == NULL || strstr(got, bad[i].message) == NULL)
            print_error("%s: expected %s %s\ngot %s\n", bad[i].pattern, bad[i].where,
                        bad[i].message, got);
        assert_non_null(strstr(got, bad[i].where));
        assert_non_null(strstr(got, bad[i].message));
        buf_fini(&text);
        diags_fini(&diags);
    }
}

/* What only looks like a refused item. */
static void test_allowed_patterns(void **state) {
    (void)state;
    static const char *const patterns[] = {
        "\\\\K",     "[\\\\K(*)]", "\\Q(*X)\\K\\E", "(?x) a # \\K (?R)\n b",
        "a(?#(?R)b", "\\(*a",      "(?-i)a",        "(?i-s:a)",
        "(a)\\1",    "(a)\\g{-1}",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        regex_free(compile(patterns[i]));
}

static void test_too_many_groups(void **state) {
    (void)state;
    char pattern[64 * 3 + 1] = "";
    for (size_t i = 0; i < 63; i++) strcat(pattern, "(a)");
    regex_free(compile(pattern));
    strcat(pattern, "(a)");
    struct diags diags;
    diags_init(&diags);
    assert_null(regex_compile(slice_str(pattern), NULL, 0, 0, &diags));
    assert_int_equal(diags.n_errors, 1);
    diags_fini(&diags);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts),         cmocka_unit_test(test_card_is_found_at_its_offset),
        cmocka_unit_test(test_empty_view),       cmocka_unit_test(test_limits),
        cmocka_unit_test(test_refused_patterns), cmocka_unit_test(test_allowed_patterns),
        cmocka_unit_test(test_too_many_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
