/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"
#include "test.h"

static void expect(struct diags *diags, const char *want) {
    struct buf out;
    buf_init(&out, 0);
    diags_print(diags, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.ptr, want);
    buf_fini(&out);
    diags_fini(diags);
}

static struct diag_source source(const char *name, const char *text) {
    return (struct diag_source){name, slice_str(text)};
}

static void prints_as_a_compiler_does(void **state) {
    (void)state;
    const struct diag_source a = source("a.yaml", "id: x\n  validate: lunh\nend"),
                             b = source("b.yaml", "");
    struct diags diags;
    diags_init(&diags);
    assert_false(diags_has_error(&diags));
    diag_add(&diags, DIAG_ERROR, &a, 18, 4, "unknown validator '%s'", "lunh");
    diag_hint(&diags, "did you mean '%s'?", "luhn");
    diag_add(&diags, DIAG_ERROR, &b, 99, 3, "empty");
    diag_add(&diags, DIAG_ERROR, &a, 0, 2, "example %d differs", 2);
    diag_note(&diags, "expected  %s", "one");
    diag_note(&diags, "got       %s", "two");
    diag_add(&diags, DIAG_WARNING, NULL, 0, 0, "about no place");
    diag_hint(&diags, "a hint");
    assert_true(diags_has_error(&diags));
    expect(&diags, "a.yaml:1:1: error: example 2 differs\n"
                   "    | expected  one\n"
                   "    | got       two\n"
                   "a.yaml:2:13: error: unknown validator 'lunh'\n"
                   "  2 |   validate: lunh\n"
                   "    |             ^~~~ did you mean 'luhn'?\n"
                   "b.yaml:1:1: error: empty\n"
                   "  1 | \n"
                   "    | ^\n"
                   "warning: about no place\n"
                   "     | a hint\n"
                   "3 errors, 1 warning\n");
}

static void nothing_when_empty_and_one_error(void **state) {
    (void)state;
    struct diags diags;
    struct buf out;
    diags_init(&diags);
    diag_hint(&diags, "to nothing");
    diag_note(&diags, "to nothing");
    buf_init(&out, 0);
    diags_print(&diags, &out);
    assert_int_equal(out.len, 0);
    diag_add(&diags, DIAG_ERROR, NULL, 0, 0, "bad \x1b[31m\n");
    expect(&diags, "error: bad ?[31m?\n1 error\n");
    diags_init(&diags);
    diag_add(&diags, DIAG_WARNING, NULL, 0, 0, "a");
    diag_add(&diags, DIAG_WARNING, NULL, 0, 0, "b");
    assert_false(diags_has_error(&diags));
    expect(&diags, "warning: a\nwarning: b\n2 warnings\n");
    buf_fini(&out);
}

/* name, text, offset, length, line and caret as printed */
static const struct {
    const char *name, *text;
    size_t off, len;
    const char *want;
} places[] = {
    {"tab", "\ta:\tb\r\n", 4, 1, "  1 |     a:  b\n    |         ^\n"},
    {"span ends with its line", "abc\ndef\n", 1, 6, "  1 | abc\n    |  ^~\n"},
    {"end of line", "abc\ndef\n", 3, 1, "  1 | abc\n    |    ^\n"},
    {"behind the last line", "abc\n", 4, 1, "  2 | \n    | ^\n"},
    {"a character of two bytes is one cell", "\xc3\xa9\xc3\xa9 x", 5, 1,
     "  1 | \xc3\xa9\xc3\xa9 x\n    |    ^\n"},
    {"broken UTF-8 and controls", "\xff\x01\xc3 \xe2\x80\xae x", 8, 1,
     "  1 | ??? ??? x\n    |         ^\n"},
    {"byte order mark",
     "\xef\xbb\xbf"
     "ab",
     4, 1, "  1 | ab\n    |  ^\n"},
    {"empty", "", 0, 0, "  1 | \n    | ^\n"},
};

static void lines_and_carets(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        print_message("%s\n", places[i].name);
        const struct diag_source src = source("f", places[i].text);
        struct diags diags;
        struct buf out;
        diags_init(&diags);
        buf_init(&out, 0);
        diag_add(&diags, DIAG_ERROR, &src, places[i].off, places[i].len, "m");
        diags_print(&diags, &out);
        buf_byte(&out, 0);
        const char *rest = strchr((const char *)out.ptr, '\n') + 1;
        assert_int_equal(strncmp(rest, places[i].want, strlen(places[i].want)), 0);
        assert_string_equal(rest + strlen(places[i].want), "1 error\n");
        buf_fini(&out);
        diags_fini(&diags);
    }
}

static void line_numbers_widen_the_gutter(void **state) {
    (void)state;
    char text[400];
    for (int i = 0; i < 100; i++) memcpy(text + 4 * i, "abc\n", 4);
    const struct diag_source src = {"f", slice_of(text, sizeof text)};
    struct diags diags;
    diags_init(&diags);
    diag_add(&diags, DIAG_ERROR, &src, 399 - 2, 2, "m");
    diag_note(&diags, "n");
    diag_hint(&diags, "h");
    expect(&diags, "f:100:2: error: m\n  100 | abc\n      |  ^~ h\n      | n\n1 error\n");
}

static void hidden_bytes_never_show(void **state) {
    (void)state;
    const char *text = "key: HUSHHUSH # x\npassword: HUSHHUSH\nnext: 1\n";
    const struct diag_source src = source("f", text);
    for (size_t off = 0; off <= strlen(text); off++) {
        struct diags diags;
        struct buf out;
        diags_init(&diags);
        buf_init(&out, 0);
        diag_hide(&diags, &src, 5, 4); /* two ranges that touch are one `…` */
        diag_hide(&diags, &src, 9, 4);
        diag_hide(&diags, &src, 28, SIZE_MAX);
        diag_add(&diags, DIAG_ERROR, &src, off, 3, "m");
        diags_print(&diags, &out);
        buf_byte(&out, 0);
        assert_null(strstr((const char *)out.ptr, "U"));
        if (off < 17)
            assert_non_null(strstr((const char *)out.ptr, "  1 | key: \xe2\x80\xa6 # x\n"));
        if (off > 17 && off < 36)
            assert_non_null(strstr((const char *)out.ptr, "  2 | password: \xe2\x80\xa6\n"));
        buf_fini(&out);
        diags_fini(&diags);
    }
}

/* Long lines stay short, the caret stands below its byte, hidden bytes stay hidden at any distance.
 */
static void long_lines_are_cut(void **state) {
    (void)state;
    enum { LEN = 5000 };
    static char text[LEN];
    for (size_t at = 0; at < LEN; at += 97) {
        memset(text, 'a', LEN);
        text[at] = '@';
        const struct diag_source src = {"f", slice_of(text, LEN)};
        struct diags diags;
        struct buf out;
        diags_init(&diags);
        buf_init(&out, 0);
        diag_add(&diags, DIAG_ERROR, &src, at, 1, "m");
        diags_print(&diags, &out);
        buf_byte(&out, 0);
        const char *line = strchr((const char *)out.ptr, '\n') + 1, *caret = strchr(line, '\n') + 1;
        const char *mark = strchr(line, '@');
        assert_non_null(mark);
        assert_true(mark < caret);
        const size_t wide =
            strncmp(line + 6, "\xe2\x80\xa6", 3) == 0 ? 2 : 0; /* `…`: 3 bytes, 1 cell */
        assert_int_equal(mark - line - (ptrdiff_t)wide, strchr(caret, '^') - caret);
        assert_true(caret - line < 6 + 120 + 6 + 2);
        buf_fini(&out);
        diags_fini(&diags);
    }
}

static void suggestions(void **state) {
    (void)state;
    static const char *const names[] = {"luhn", "issuer", "pattern", "keywords", "id"};
    static const struct {
        const char *word, *want;
    } cases[] = {{"lunh", "luhn"},       {"LUHN", "luhn"},
                 {"isuer", "issuer"},    {"patern", "pattern"},
                 {"pottarn", "pattern"}, {"keyword", "keywords"},
                 {"ix", "id"},           {"", NULL},
                 {"qqqq", NULL},         {"validate", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = suggest(slice_str(cases[i].word), names, 5);
        assert_string_equal(got ? got : "(none)", cases[i].want ? cases[i].want : "(none)");
    }
    char longest[200];
    memset(longest, 'l', sizeof longest);
    assert_null(suggest(slice_of(longest, sizeof longest), names, 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_a_compiler_does),
        cmocka_unit_test(nothing_when_empty_and_one_error),
        cmocka_unit_test(lines_and_carets),
        cmocka_unit_test(line_numbers_widen_the_gutter),
        cmocka_unit_test(hidden_bytes_never_show),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
