/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates of literals and shapes against a naive search: order, borders, sharing, limits. */
#include "detect/prefilter.h"

#include "base/buf.h"
#include "test.h"

enum { MAX_RULES = 100 };

struct fixture {
    struct arena arena;
    struct anchor anchors[MAX_RULES];
    size_t n;
    struct prefilter *prefilter;
    struct prefilter_scratch *scratch;
};

static void open_patterns(struct fixture *f, const char *const *patterns, size_t n) {
    arena_init(&f->arena);
    f->n = n;
    for (size_t i = 0; i < n; i++) {
        assert_true(anchor_derive(slice_str(patterns[i]), &f->arena, &f->anchors[i]));
    }
    f->prefilter = prefilter_new(f->anchors, n);
    assert_non_null(f->prefilter);
    f->scratch = prefilter_scratch_new();
    assert_non_null(f->scratch);
}

static void close_patterns(struct fixture *f) {
    prefilter_scratch_free(f->scratch);
    prefilter_free(f->prefilter);
    arena_fini(&f->arena);
}

static bool literal_stands_at(const struct anchor *anchor, struct slice rest) {
    for (size_t i = 0; i < anchor->n_literals; i++) {
        const struct slice literal = anchor->literals[i];
        if (rest.len < literal.len) continue;
        const struct slice text = slice_sub(rest, 0, literal.len);
        if (anchor->nocase ? slice_eq_nocase(text, literal) : slice_eq(text, literal)) return true;
    }
    return false;
}

static bool stands_at(const struct anchor *anchor, struct slice region, size_t at) {
    for (size_t b = 0; b < anchor->n_branches; b++)
        if (stands_at(&anchor->branches[b], region, at)) return true;
    if (anchor->n_branches > 0) return false;
    const struct byteset lead = anchor_lead(anchor);
    if (at == 0 ? !anchor_leads_view(anchor) : !byteset_has(&lead, region.ptr[at - 1]))
        return false;
    if (region.len - at < anchor->n_window) return false;
    for (size_t i = 0; i < anchor->n_window; i++)
        if (!byteset_has(&anchor->window[i], region.ptr[at + i])) return false;
    return anchor->kind == ANCHOR_SHAPE ||
           literal_stands_at(anchor, slice_sub(region, at, region.len));
}

/* `pivot:rule ` in order; rules of one pivot ascending. */
static void describe_naive(const struct fixture *f, struct slice region, struct buf *out) {
    for (size_t at = 0; at < region.len; at++)
        for (size_t rule = 0; rule < f->n; rule++)
            if (f->anchors[rule].kind != ANCHOR_NONE && stands_at(&f->anchors[rule], region, at))
                buf_printf(out, "%zu:%zu ", at, rule);
}

static void describe(const struct fixture *f, struct slice region, struct buf *out) {
    const struct candidate *found;
    size_t n;
    assert_true(prefilter_scan(f->prefilter, f->scratch, region, 0, 1000000, &found, &n));
    for (size_t i = 0; i < n;) {
        bool has[MAX_RULES] = {false};
        const uint32_t pivot = found[i].pivot;
        for (; i < n && found[i].pivot == pivot; i++) has[found[i].rule] = true;
        assert_true(i == n || found[i].pivot > pivot);
        for (size_t rule = 0; rule < f->n; rule++)
            if (has[rule]) buf_printf(out, "%u:%zu ", (unsigned)pivot, rule);
    }
}

static void check_scan(const struct fixture *f, struct slice region) {
    struct buf want, got;
    buf_init(&want, 0);
    buf_init(&got, 0);
    describe_naive(f, region, &want);
    describe(f, region, &got);
    buf_byte(&want, 0);
    buf_byte(&got, 0);
    assert_string_equal((const char *)got.ptr, (const char *)want.ptr);
    buf_fini(&want);
    buf_fini(&got);
}

static void check_region(const struct fixture *f, struct slice region) {
    for (enum cpu_level level = CPU_PORTABLE; level <= cpu_detect(); level++) {
        prefilter_set_level(f->prefilter, level);
        check_scan(f, region);
    }
}

static const char *const mixed[] = {
    "ghp_[a-z]+",
    "ghp_[0-9]+",
    "(?i)GHP_x",
    "hp_0",
    "p_",
    "\\d\\d:\\d\\d",
    "@[a-z]",
    "(?<=[ab])@[a-z]",
    ".{4}",
    "aaaa",
    "aa",
    "(?i)aaa",
    "[a-c]{1,3}@[a-z]",
    "\\+\\d",
    "(?<![ab])@[a-z]",
    "\\d\\d:\\d\\d$",
    "[01]\\+",
    "_[01]{7}",
    "@",
    "(?i)a.b\\+[ab]+",
    "(?<!a)(?:ghp_[ab]|@\\d{2}|\\b[01]{3}:)",
    "(?:hp_|[ab]@)[a-z0]",
};
enum { N_MIXED = sizeof mixed / sizeof *mixed };

static void against_naive_search(void **state) {
    (void)state;
    static const char *const rows[] = {"",
                                       "a",
                                       "ghp_0 GHP_x gHp_X",
                                       "aaaaaaa",
                                       "@a a@a b@b :@c @",
                                       "12:34 12:3",
                                       "+1",
                                       "1+",
                                       "_0101010",
                                       "_010101",
                                       "ghp_ghp_ghp_0",
                                       "aAaAaA",
                                       "@",
                                       "a@",
                                       "a@z ",
                                       "xa.b+a a.",
                                       "12:3412:3412:34+0+1"};
    struct fixture f;
    open_patterns(&f, mixed, N_MIXED);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check_region(&f, slice_str(rows[i]));
    close_patterns(&f);
}

static void against_naive_search_random(void **state) {
    (void)state;
    static const char bytes[] = "aaAbghp_01:+@ .";
    uint64_t seed = test_seed();
    struct fixture f;
    open_patterns(&f, mixed, N_MIXED);
    for (int round = 0; round < 2000; round++) {
        char text[160];
        const size_t len = test_random(&seed) % sizeof text;
        for (size_t i = 0; i < len; i++) text[i] = bytes[test_random(&seed) % (sizeof bytes - 1)];
        check_region(&f, slice_of(text, len));
    }
    close_patterns(&f);
}

/* More shapes than one table holds, and more than two. */
static void many_shapes(void **state) {
    (void)state;
    char text[MAX_RULES][16];
    const char *patterns[MAX_RULES];
    for (int i = 0; i < MAX_RULES; i++) {
        snprintf(text[i], sizeof text[i], "@[%c%c]{%d}", 'a' + i % 10, 'a' + i / 10, 1 + i % 3);
        patterns[i] = text[i];
    }
    struct fixture f;
    open_patterns(&f, patterns, MAX_RULES);
    uint64_t seed = test_seed();
    for (int round = 0; round < 200; round++) {
        char region[80];
        for (size_t i = 0; i < sizeof region; i++)
            region[i] = "@abcdefghij"[test_random(&seed) % 11];
        check_region(&f, slice_of(region, test_random(&seed) % sizeof region));
    }
    close_patterns(&f);
}

static void limit(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"abc", "xyz"}, {"@[a-z]", "xyz"}, {"abc", "@[a-z]"}};
    static const struct slice region = {(const uint8_t *)"abc@a abc@b", 11};
    static const size_t found[] = {2, 2, 4};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture f;
        open_patterns(&f, rows[i], 2);
        const struct candidate *candidates;
        size_t n;
        assert_true(prefilter_scan(f.prefilter, f.scratch, region, 0, found[i], &candidates, &n));
        assert_int_equal(n, found[i]);
        assert_false(
            prefilter_scan(f.prefilter, f.scratch, region, 0, found[i] - 1, &candidates, &n));
        assert_int_equal(n, 0);
        /* The scratch is fit for the next region. */
        assert_true(prefilter_scan(f.prefilter, f.scratch, region, 0, found[i], &candidates, &n));
        assert_int_equal(n, found[i]);
        close_patterns(&f);
    }
}

static void nothing_to_find(void **state) {
    (void)state;
    static const char *const patterns[] = {".*", "x?"};
    for (size_t n_rules = 0; n_rules <= 2; n_rules++) {
        struct fixture f;
        open_patterns(&f, patterns, n_rules);
        const struct candidate *candidates;
        size_t n = 1;
        assert_true(prefilter_scan(f.prefilter, f.scratch, SLICE("xx@1"), 0, 10, &candidates, &n));
        assert_int_equal(n, 0);
        close_patterns(&f);
    }
}

static void some_rules_from_the_middle(void **state) {
    (void)state;
    static const char *const patterns[] = {"key_a", "key_b", "@\\d", "@\\d", "let_", "key_c"};
    static const uint32_t rules[] = {1, 3, 4, 5};
    struct fixture f;
    open_patterns(&f, patterns, 6);
    const struct candidate *found;
    size_t n;
    const struct slice region = SLICE("key_a @1 key_c key_c");
    assert_true(prefilter_scan(f.prefilter, f.scratch, region, 0, 10, &found, &n));
    assert_int_equal(n, 5); /* key_a, @1 twice, key_c twice */
    assert_int_equal(found[0].rule, 0);
    const struct span end = {10, region.len}, apart[] = {{6, 7}, {16, region.len}};
    struct prefilter_part part = {&end, 1, rules, 4};
    assert_true(prefilter_scan_some(f.prefilter, f.scratch, region, &part, 10, &found, &n));
    assert_int_equal(n, 1);
    assert_int_equal(found[0].pivot, 15);
    assert_int_equal(found[0].rule, 5);
    part.spans = apart, part.n_spans = 2; /* "@1" and "key_c" begin before them */
    assert_true(prefilter_scan_some(f.prefilter, f.scratch, region, &part, 10, &found, &n));
    assert_int_equal(n, 0);
    const struct span all = {0, region.len};
    part.spans = &all, part.n_spans = 1;
    assert_true(prefilter_scan_some(f.prefilter, f.scratch, region, &part, 10, &found, &n));
    assert_true(n >= 3); /* @1 for rule 3, key_c twice */
    part.rules = &(uint32_t){2}, part.n_rules = 1;
    assert_true(prefilter_scan_some(f.prefilter, f.scratch, region, &part, 10, &found, &n));
    assert_true(n >= 1);
    assert_false(prefilter_scan_some(f.prefilter, f.scratch, region, &part, 0, &found, &n));
    close_patterns(&f);
}

/* A view begins behind a border: what may stand at its start is found there. */
static void starts_of_views(void **state) {
    (void)state;
    static const char *const patterns[] = {"^\\d\\d:", "(?<![a-z \"])\\+\\d"};
    struct fixture f;
    open_patterns(&f, patterns, 2);
    const struct candidate *found;
    size_t n;
    assert_true(
        prefilter_scan(f.prefilter, f.scratch, SLICE("12: \"34:x56:\n78:"), 0, 10, &found, &n));
    assert_int_equal(n, 3);
    assert_true(
        prefilter_scan(f.prefilter, f.scratch, SLICE("+1a+2 +3\"+4x+5"), 0, 10, &found, &n));
    assert_int_equal(n, 3);
    assert_int_equal(found[1].pivot, 6);
    assert_int_equal(found[2].pivot, 9);
    close_patterns(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_naive_search), cmocka_unit_test(against_naive_search_random),
        cmocka_unit_test(many_shapes),          cmocka_unit_test(limit),
        cmocka_unit_test(nothing_to_find),      cmocka_unit_test(some_rules_from_the_middle),
        cmocka_unit_test(starts_of_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
