/* SPDX-License-Identifier: Apache-2.0 */
/* Which pivot is derived from which pattern. That none is lost is the matter of prop_anchor.c. */
#include "detect/anchor.h"

#include <time.h>

#include "base/buf.h"
#include "test.h"

static void put_byte(struct buf *out, unsigned c) {
    if (c > ' ' && c < 0x7f)
        buf_byte(out, (uint8_t)c);
    else
        buf_printf(out, "\\x%02x", c);
}

/* [a-z_] as in patterns; '*' is every byte. */
static void put_set(struct buf *out, const struct byteset *set) {
    if (byteset_count(set) == 256) {
        buf_byte(out, '*');
        return;
    }
    buf_byte(out, '[');
    for (unsigned c = 0; c < 256; c++) {
        if (!byteset_has(set, (uint8_t)c)) continue;
        unsigned last = c;
        while (last < 255 && byteset_has(set, (uint8_t)(last + 1))) last++;
        put_byte(out, c);
        if (last > c + 1) buf_byte(out, '-');
        if (last > c) put_byte(out, last);
        c = last;
    }
    buf_byte(out, ']');
}

static void put_pivot(struct buf *out, const struct anchor *anchor) {
    if (anchor->n_branches > 0) buf_str(out, "branches ");
    for (size_t b = 0; b < anchor->n_branches; b++) {
        put_pivot(out, &anchor->branches[b]);
        buf_str(out, "; ");
    }
    if (anchor->n_branches > 0) return;
    switch (anchor->kind) {
    case ANCHOR_NONE: buf_str(out, "none"); return;
    case ANCHOR_LITERAL:
        buf_str(out, anchor->nocase ? "nocase" : "literal");
        for (size_t i = 0; i < anchor->n_literals; i++) {
            buf_byte(out, ' ');
            buf_slice(out, anchor->literals[i]);
        }
        break;
    case ANCHOR_SHAPE:
        buf_str(out, "shape ");
        for (size_t i = 0; i < anchor->n_window; i++) put_set(out, &anchor->window[i]);
        break;
    }
    if (anchor->back_max == 0) return;
    buf_printf(out, " back %u-%u ", (unsigned)anchor->back_min, (unsigned)anchor->back_max);
    put_set(out, &anchor->back);
}

static const struct pivot_case {
    const char *pattern, *pivot;
} pivots[] = {
    {"gh[pousr]_[A-Za-z0-9]{36}", "literal gho_ ghp_ ghr_ ghs_ ghu_"},
    {"(?i)bearer \\S", "nocase bearer "},
    {"[Kk]ey-", "nocase key-"},
    {"(?:AKIA|ASIA|A3T[A-Z0-9])[A-Z0-9]{16}", "literal A3T AKIA ASIA"},
    {"https?://\\w", "literal http:// https://"},
    {"abcdefghijklmnopqrstuvwxyz", "literal abcdefgh"},
    {"\\d{1,3}secret_x", "literal secret_x back 1-3 [0-9]"},
    {"(?:\\d{2}){2,3}-key-", "literal -key- back 4-6 [0-9]"},
    {"\\Qa.b\\E\\Q-c\\E", "literal a.b-c"},
    {"(?x) x o x  b - # comment", "literal xoxb-"},
    {"xo(?#comment)xb", "literal xoxb"},
    {"\\x78\\x{6f}\\170\\o{142}", "literal xo"}, /* \170 may be a back reference */
    {"(?:ghp|xoxba)_", "literal ghp_ xoxba_"},
    {"zq(?=foo)", "literal zqfoo"},
    {"z[qk](?=q)(?:q|x)oo", "literal zkqoo zkxoo zqqoo zqxoo"},
    {"\\w{1,9}(?= is (?:my|his) )", "literal  is his   is my  back 1-9 [0-9A-Z_a-z]"},
    {"[a-c]{1,9}(?=@\\d)", "shape [@][0-9] back 1-9 [a-c]"},
    {"@(?!foo)", "shape [@]"},
    {"(?<!a)zq", "literal zq"},
    {"(?:gh|ghp|glpat)_?", "literal gh glpat"}, /* gh begins ghp */
    {"^[^ ]{2,300} \\[@", "literal  [@ back 2-300 [\\x00-\\x1f!-\\xff]"},
    {"\\bFTP |\\((?:x|y)\\)", "literal (x) (y) FTP "},
    {"zq_x|@\\d{3}", "branches literal zq_x; shape [@][0-9][0-9][0-9]; "},
    {"zq|[ab]", "branches literal zq; shape [ab]; "},
    {"zq|", "none"},
    {"x?", "none"},
    {".{8}", "none"},
    {"", "none"},
    {"(?(1)a|b)(c)", "none"},
    {"(zq)\\1kx", "literal zq"},
    {"[\\w.+-]{1,64}@[a-z]{1,9}", "shape [@][a-z] back 1-64 [+-.0-9A-Z_a-z]"},
    {"(?:\\d{1,3}\\.){3}\\d{1,3}", "shape [.][0-9][.0-9][.0-9][.0-9][.0-9] back 1-3 [0-9]"},
    {"\\d{3}-\\d{2}-\\d{4}", "shape [0-9][0-9][-][0-9][0-9][-][0-9][0-9][0-9][0-9] back 1-1 [0-9]"},
    {"\\+\\d{7,15}", "shape [+][0-9][0-9][0-9][0-9][0-9][0-9][0-9]"},
    {"\\$2[aby]\\$\\d\\d", "literal $2a$ $2b$ $2y$"},
    {"@..", "shape [@][\\x00-\\x09\\x0b-\\xff][\\x00-\\x09\\x0b-\\xff]"},
    {"(?s)@..", "shape [@]"},
    {"\\w{0,300}@\\d", "none"}, /* too far back */
    {"[[:xdigit:]]:[^[:^digit:]]", "shape [0-9A-Fa-f][:][0-9]"},
    {"(?i)[^k]@", "shape [@] back 1-1 [\\x00-JL-jl-\\xff]"},
};

static void pivot_of_pattern(void **state) {
    (void)state;
    struct arena arena;
    struct buf got;
    arena_init(&arena);
    buf_init(&got, 0);
    for (size_t i = 0; i < sizeof pivots / sizeof *pivots; i++) {
        struct anchor anchor;
        buf_reset(&got);
        assert_true(anchor_derive(slice_str(pivots[i].pattern), &arena, &anchor));
        put_pivot(&got, &anchor);
        buf_byte(&got, 0);
        if (strcmp((const char *)got.ptr, pivots[i].pivot) != 0)
            print_error("pattern %s\n", pivots[i].pattern);
        assert_string_equal((const char *)got.ptr, pivots[i].pivot);
    }
    buf_fini(&got);
    arena_fini(&arena);
}

static const struct lead_case {
    const char *pattern, *lead; /* what stands before; `|`: or the start */
    size_t min_length;
    bool is_unbounded;
} leads[] = {
    {"a", "|*", 1, false},
    {"^a", "|[]", 1, false},
    {"\\Aa", "|[]", 1, false},
    {"(?m)^a", "|[\\x0a]", 1, false},
    {"\\ba", "|[\\x00-/:-@[-^`{-\\xff]", 1, false},
    {"\\Ba", "[0-9A-Z_a-z]", 1, false},
    {"\\b@", "[0-9A-Z_a-z]", 1, false},
    {"\\b.", "|*", 1, false},
    {"(?<![^0-9])a", "|[0-9]", 1, false},
    {"(?<=[ab])a", "[ab]", 1, false},
    {"(?<=^|[ab])a", "|[ab]", 1, false},
    {"(?<=xa)a", "[a]", 1, false},
    {"(?<!xa)a", "|*", 1, false},
    {"(?<!^)a", "*", 1, false},
    {"(?=x)(?<=[ab])(?<![bc])a", "[a]", 1, false},
    {"(?:^|(?<=a))b", "|[a]", 1, false},
    {"(?<=a)?b", "|*", 1, false},
    {"b(?<=a)", "|*", 1, false},
    {"a{2,256}b?", "|*", 2, false},
    {"a{2,257}", "|*", 2, true},
    {"a*", "|*", 0, true},
    {"a++", "|*", 1, false},
    {"(?:ab)++", "|*", 2, true},
    {"(?=.*b)a", "|*", 1, true},
    {"(?:abc|de)(f|)", "|*", 2, false},
};

static void lead_of_pattern(void **state) {
    (void)state;
    struct arena arena;
    struct buf got;
    arena_init(&arena);
    buf_init(&got, 0);
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        struct anchor anchor;
        buf_reset(&got);
        assert_true(anchor_derive(slice_str(leads[i].pattern), &arena, &anchor));
        if (anchor.at_start) buf_byte(&got, '|');
        put_set(&got, &anchor.before);
        buf_byte(&got, 0);
        if (strcmp((const char *)got.ptr, leads[i].lead) != 0)
            print_error("pattern %s\n", leads[i].pattern);
        assert_string_equal((const char *)got.ptr, leads[i].lead);
        assert_int_equal(anchor.min_length, leads[i].min_length);
        assert_int_equal(anchor.is_unbounded, leads[i].is_unbounded);
    }
    buf_fini(&got);
    arena_fini(&arena);
}

/* Patterns that would take long or deep if their reading were not bounded. */
static void hard_patterns(void **state) {
    (void)state;
    static const struct {
        const char *open, *middle, *close;
        int n;
    } rows[] = {
        {"(?:", "a", "){9,99}", 60},   {"(", "a", ")", 60},
        {"(?:", "a", "|b){0,9}", 60},  {"(?:a|", "b", "c?){2}", 60},
        {"[ab]{2}", "", "", 2000},     {"(?:a|b|cd)", "", "", 2000},
        {"(?:x?y?){200}", "", "", 60}, {"(?:(?:a?){9}){9}", "", "", 60},
        {"(", "", ")", 2000},
    };
    struct arena arena;
    struct buf text;
    arena_init(&arena);
    buf_init(&text, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct anchor anchor;
        buf_reset(&text);
        arena_reset(&arena);
        for (int n = 0; n < rows[i].n; n++) buf_str(&text, rows[i].open);
        buf_str(&text, rows[i].middle);
        for (int n = 0; n < rows[i].n; n++) buf_str(&text, rows[i].close);
        const clock_t start = clock();
        assert_true(anchor_derive(buf_view(&text), &arena, &anchor));
        assert_true(clock() - start < CLOCKS_PER_SEC / 2);
    }
    buf_fini(&text);
    arena_fini(&arena);
}

static void start_fits(void **state) {
    (void)state;
    static const struct {
        const char *name, *view;
        size_t start, pivot;
        bool fits;
    } rows[] = {
        {"one back", "a@b", 0, 1, true},
        {"before is in the set", " a@b", 1, 2, true},
        {"before is not", "xa@b", 1, 2, false},
        {"other byte between", "a b@b", 0, 3, false},
        {"pivot at the start", "@b", 0, 0, false},
        {"too far", "abcdefghij@b", 0, 10, false},
        {"start behind pivot", "a@b", 2, 1, false},
        {"first not in set", "-b@b", 0, 2, false},
        {"end of view", "a@b", 3, 3, false},
        {"beyond the view", "a@b", 4, 4, false},
    };
    struct arena arena;
    struct anchor anchor;
    arena_init(&arena);
    assert_true(anchor_derive(SLICE("\\b[a-z][a-z-]{0,5}@[bc\\d]"), &arena, &anchor));
    assert_int_equal(anchor.kind, ANCHOR_SHAPE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool fits =
            anchor_start_fits(&anchor, slice_str(rows[i].view), rows[i].start, rows[i].pivot);
        if (fits != rows[i].fits) print_error("case: %s\n", rows[i].name);
        assert_int_equal(fits, rows[i].fits);
    }
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pivot_of_pattern),
        cmocka_unit_test(lead_of_pattern),
        cmocka_unit_test(hard_patterns),
        cmocka_unit_test(start_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
