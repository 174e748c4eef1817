/* SPDX-License-Identifier: Apache-2.0 */
/* Wherever an attempt succeeds, the prefilter reports a pivot from which the anchor leads to that
 * start: random patterns, random texts and texts made to match, views in the middle of other bytes.
 */
#include "base/buf.h"
#include "detect/prefilter.h"
#include "detect/regex.h"
#include "test.h"

enum {
    BATCHES = 200,
    RULES = 40,
    VIEWS = 16,
    OTHERS = 2,
    MAX_SAMPLE = 80,
    MAX_CANDIDATES = 100000
};

static uint64_t state;
static uint64_t start_seed;

static uint32_t rnd(uint32_t n) { return (uint32_t)(test_random(&state) >> 33) % n; }
static bool one_in(uint32_t n) { return rnd(n) == 0; }

static uint8_t random_byte(void) {
    static const char bytes[] = "aabbAB_.-001 @:\n";
    if (one_in(16)) return (uint8_t) "\x85\xa0\xff"[rnd(3)];
    return (uint8_t)bytes[rnd(sizeof bytes - 1)];
}

/* --- patterns, each with one text it probably matches ------------------------------------------
 */

struct maker {
    struct buf pattern, sample;
    unsigned depth, n_groups;
    bool is_extended, is_caseless;
};

static void make_choice(struct maker *m);

static void add_sample(struct maker *m, uint8_t c) {
    if (m->sample.len >= MAX_SAMPLE) return;
    buf_byte(&m->sample, m->is_caseless && byte_is_alpha(c) && one_in(2) ? c ^ 32 : c);
}

/* A piece of syntax and the bytes it can stand for. */
struct piece {
    const char *text, *samples;
};

static void make_piece(struct maker *m, const struct piece *pieces, size_t n) {
    const struct piece *piece = &pieces[rnd((uint32_t)n)];
    buf_str(&m->pattern, piece->text);
    if (*piece->samples)
        add_sample(m, (uint8_t)piece->samples[rnd((uint32_t)strlen(piece->samples))]);
}
#define MAKE(m, pieces) make_piece(m, pieces, sizeof(pieces) / sizeof *(pieces))

static void make_class(struct maker *m) {
    static const struct piece pieces[] = {
        {"[ab]", "ab"},          {"[^a]", "b0_"},         {"[a-b0]", "ab0"},
        {"[]a]", "a"},           {"[^]a]", "b1"},         {"[\\w.-]", "a.-"},
        {"[[:alpha:]_]", "aB_"}, {"[[:^alpha:]]", "0_."}, {"[\\d]", "01"},
        {"[\\x61-\\x62]", "ab"}, {"[aA]", "aA"},          {"[^\\n\\S]", " "},
        {"[01.-]", "01.-"},      {"[\\-a]", "-a"},        {"[[:upper:]]", "AB"},
        {"[\\\\\\]a]", "a"},     {"[^\\W\\d]", "ab_"},    {"[\\s\\S]", "a\n"},
        {"[a-bA-B0-1]", "aB1"},  {"[.@]", "@."},          {"[a-]", "a-"},
    };
    MAKE(m, pieces);
}

static void make_escape(struct maker *m) {
    static const struct piece pieces[] = {
        {"\\d", "01"},    {"\\D", "a."},     {"\\w", "aB_0"},   {"\\W", ".-@"}, {"\\s", " \n"},
        {"\\S", "a0"},    {"\\h", " \xa0"},  {"\\v", "\n\x85"}, {"\\.", "."},   {"\\x61", "a"},
        {"\\x{62}", "b"}, {"\\060", "0"},    {"\\n", "\n"},     {"\\-", "-"},   {"\\N", "a"},
        {"\\R", "\n"},    {"\\o{101}", "A"}, {"\\pL", "aA"},    {".", "a0 "},   {"\\@", "@"},
    };
    MAKE(m, pieces);
}

static void make_assertion(struct maker *m) {
    static const struct piece pieces[] = {
        {"\\b", ""},           {"\\B", ""},        {"^", ""},           {"$", ""},
        {"\\A", ""},           {"\\z", ""},        {"\\Z", ""},         {"\\G", ""},
        {"(?<!a)", ""},        {"(?<=[ab])", ""},  {"(?<![\\w.])", ""}, {"(?<=^|[ :])", ""},
        {"(?<!^)", ""},        {"(?<!ab)", ""},    {"(?<=ab|0)", ""},   {"(?!a)", ""},
        {"(?=[ab])", ""},      {"(?<!a|b)", ""},   {"(?=.*b)", ""},     {"(?:^|(?<=[^b]))", ""},
        {"(?<!\\n)", ""},      {"(?m:^)", ""},     {"(?<!a(?#x))", ""}, {"(?:\\b|\\B)", ""},
        {"(?<=\\b)", ""},      {"(?<!(?=a))", ""}, {"(?<=(?!a).)", ""}, {"(?<=a?b)", ""},
        {"(?<!\\B.)", ""},     {"(?<!^a)", ""},    {"(?<=a{2})", ""},   {"(?<=(?i)A)", ""},
        {"(?:(?<!a)){0}", ""}, {"(?<![^a])", ""},
    };
    MAKE(m, pieces);
}

static void make_text(struct maker *m) {
    static const char *const words[] = {"ab",    "AB_", "a0-", "gab_", "0.1",
                                        "A-b.0", "a",   "b",   "_",    "0"};
    static const char *const quoted[] = {"a|b", "(a", "a)",  "[0",  "b+", "a{2}",
                                         "#b",  " a", "\\1", "a.b", "^a"};
    static const char *const ignored[] = {" ", "#(\n", "#b\n", "\n\t", "# \\\n"};
    const bool is_quoted = one_in(6);
    const char *word = is_quoted ? quoted[rnd(sizeof quoted / sizeof *quoted)]
                                 : words[rnd(sizeof words / sizeof *words)];
    if (is_quoted) buf_str(&m->pattern, "\\Q");
    for (const char *c = word; *c; c++) {
        if (*c == '.' && !is_quoted) buf_byte(&m->pattern, '\\');
        buf_byte(&m->pattern, (uint8_t)*c);
        if (m->is_extended && !is_quoted && one_in(4))
            buf_str(&m->pattern, ignored[rnd(sizeof ignored / sizeof *ignored)]);
        add_sample(m, (uint8_t)*c);
    }
    if (is_quoted) buf_str(&m->pattern, "\\E");
}

static void make_group(struct maker *m) {
    static const char *const opens[] = {"(?:",       "(",       "(?>",   "(?|",  "(?<n>",
                                        "(?i:",      "(?s:",    "(?-i:", "(?x:", "(?^:",
                                        "(?<value>", "(?i)(?:", "(?m:"};
    const char *open = opens[rnd(sizeof opens / sizeof *opens)];
    const bool was_extended = m->is_extended, was_caseless = m->is_caseless;
    buf_str(&m->pattern, open);
    if (strcmp(open, "(") == 0 || open[2] == '<') m->n_groups++;
    if (strcmp(open, "(?x:") == 0) m->is_extended = true;
    if (strchr(open, 'i') != NULL) m->is_caseless = strchr(open, '-') == NULL;
    if (strcmp(open, "(?^:") == 0) m->is_extended = m->is_caseless = false;
    make_choice(m);
    buf_byte(&m->pattern, ')');
    m->is_extended = was_extended;
    if (strcmp(open, "(?i)(?:") != 0) m->is_caseless = was_caseless;
}

static void make_quantifier(struct maker *m, size_t sample_start) {
    static const struct {
        const char *text;
        unsigned min, max;
    } quantifiers[] = {
        {"*", 0, 3},     {"+", 1, 3},     {"?", 0, 1},       {"{2}", 2, 2},
        {"{1,3}", 1, 3}, {"{0,2}", 0, 2}, {"{2,}", 2, 4},    {"{9,12}", 9, 12},
        {"{0}", 0, 0},   {"{1}", 1, 1},   {"{3,300}", 3, 5}, {"{2}{2}", 4, 4},
    };
    const size_t q = rnd(sizeof quantifiers / sizeof *quantifiers);
    const size_t len = m->sample.len - sample_start;
    const unsigned n = quantifiers[q].min + rnd(quantifiers[q].max - quantifiers[q].min + 1);
    buf_str(&m->pattern, quantifiers[q].text);
    if (one_in(4)) buf_str(&m->pattern, one_in(2) ? "?" : "+");
    if (n == 0) m->sample.len = sample_start;
    for (unsigned i = 1; i < n; i++)
        for (size_t j = 0; j < len && m->sample.len < MAX_SAMPLE; j++)
            buf_byte(&m->sample, m->sample.ptr[sample_start + j]);
}

static void make_item(struct maker *m) {
    const size_t sample_start = m->sample.len;
    const uint32_t kind = rnd(20);
    if (kind < 8) {
        make_text(m);
    } else if (kind < 11) {
        make_class(m);
    } else if (kind < 14) {
        make_escape(m);
    } else if (kind < 16) {
        make_assertion(m);
        return;
    } else if (kind == 16 && m->n_groups > 0) {
        buf_str(&m->pattern, one_in(2) ? "\\1" : "\\g{1}");
    } else if (kind == 17) {
        buf_str(&m->pattern, one_in(2) ? "(?#c|)" : "(?i)(?-i)");
        return;
    } else if (m->depth < 4) {
        make_group(m);
    } else {
        make_class(m);
    }
    if (one_in(3)) make_quantifier(m, sample_start);
}

static void make_choice(struct maker *m) {
    const size_t sample_start = m->sample.len;
    const bool was_caseless = m->is_caseless;
    m->depth++;
    for (bool is_first = true; is_first || one_in(4); is_first = false) {
        struct buf before = m->sample;
        uint8_t kept[MAX_SAMPLE + 1];
        const size_t kept_len = before.len - sample_start;
        if (!is_first) {
            buf_byte(&m->pattern, '|');
            if (kept_len > 0) memcpy(kept, before.ptr + sample_start, kept_len);
            m->sample.len = sample_start;
        }
        const unsigned n = one_in(12) ? 0 : 1 + rnd(m->depth == 1 ? 5 : 3);
        for (unsigned i = 0; i < n; i++) make_item(m);
        if (is_first || one_in(2)) continue;
        m->sample.len = sample_start; /* keep the sample of an earlier branch */
        buf_append(&m->sample, kept, kept_len);
    }
    m->depth--;
    m->is_caseless = was_caseless;
}

/* --- the check -----------------------------------------------------------------------------------
 */

struct rule_case {
    struct maker made;
    struct regex *regex;
    struct anchor anchor;
};

static struct slice pattern_of(const struct rule_case *rule) {
    return buf_view(&rule->made.pattern);
}

static bool make_rule(struct rule_case *rule, struct arena *arena) {
    struct diags diags;
    diags_init(&diags);
    memset(&rule->made, 0, sizeof rule->made);
    buf_init(&rule->made.pattern, 0);
    buf_init(&rule->made.sample, 0);
    if (one_in(8)) buf_str(&rule->made.pattern, "(?i)"), rule->made.is_caseless = true;
    if (one_in(6)) buf_str(&rule->made.pattern, one_in(2) ? "(?<=[ab:])" : "(?<=[^a])");
    make_choice(&rule->made);
    rule->regex = regex_compile(pattern_of(rule), NULL, 0, 0, &diags);
    diags_fini(&diags);
    if (rule->regex != NULL) {
        assert_true(anchor_derive(pattern_of(rule), arena, &rule->anchor));
        return true;
    }
    buf_fini(&rule->made.pattern);
    buf_fini(&rule->made.sample);
    return false;
}

/* Random bytes, the sample, random bytes; now and then one byte of it changed. What stands before
 * the view is what can stand there in a batch. */
static void make_view(const struct rule_case *rule, struct buf *region, struct span *view) {
    buf_reset(region);
    for (uint32_t n = rnd(4); n > 0; n--) buf_byte(region, random_byte());
    if (region->len > 0 && !anchor_is_border(region->ptr[region->len - 1]))
        buf_byte(region, (uint8_t) "\n\",:[{ \t\r"[rnd(9)]);
    view->start = region->len;
    for (uint32_t n = rnd(5); n > 0; n--) buf_byte(region, random_byte());
    if (!one_in(5)) buf_slice(region, buf_view(&rule->made.sample));
    for (uint32_t n = rnd(one_in(3) ? 30 : 4); n > 0; n--) buf_byte(region, random_byte());
    view->end = region->len;
    if (view->end > view->start && one_in(2))
        region->ptr[view->start + rnd((uint32_t)(view->end - view->start))] = random_byte();
    for (uint32_t n = rnd(10); n > 0; n--) buf_byte(region, random_byte());
}

struct found {
    const struct candidate *candidates;
    size_t n;
};

static bool is_covered(const struct found *found, const struct rule_case *rule, size_t index,
                       struct slice view, size_t view_start, size_t start) {
    if (rule->anchor.kind == ANCHOR_NONE)
        return anchor_start_fits(&rule->anchor, view, start, start);
    for (size_t i = 0; i < found->n; i++) {
        const size_t pivot = found->candidates[i].pivot;
        if (pivot < view_start || found->candidates[i].rule != index) continue;
        if (anchor_start_fits(&rule->anchor, view, start, pivot - view_start)) return true;
    }
    return false;
}

static bool is_odd(void *ctx, struct span value) {
    (void)ctx;
    return (value.end - value.start) % 2 == 1;
}

static void fail_at(const struct rule_case *rule, struct slice view, size_t start,
                    const char *what) {
    print_error("seed %llu: %s\npattern ", (unsigned long long)start_seed, what);
    for (size_t i = 0; i < rule->made.pattern.len; i++)
        print_error("%c", rule->made.pattern.ptr[i]);
    print_error("\nkind %d, start %zu of view ", rule->anchor.kind, start);
    for (size_t i = 0; i < view.len; i++)
        print_error(view.ptr[i] > ' ' && view.ptr[i] < 127 ? "%c" : "\\x%02x", view.ptr[i]);
    print_error("\n");
    fail();
}

static struct regex_scratch *scratch;
static struct { size_t rules, refused, pairs, matches, literal, shape, none, branched; } count;

static void check_pair(const struct found *found, const struct rule_case *rule, size_t index,
                       struct slice region, struct span at) {
    const struct slice view = slice_sub(region, at.start, at.end);
    const regex_check check = one_in(3) ? is_odd : NULL;
    count.pairs++;
    for (size_t start = 0; start <= view.len; start++) {
        struct span match, value;
        if (regex_attempt(rule->regex, scratch, view, start, check, NULL, &match, &value) !=
            REGEX_YES)
            continue;
        count.matches++;
        if (!is_covered(found, rule, index, view, at.start, start))
            fail_at(rule, view, start, "match without pivot");
        if (match.end - match.start < rule->anchor.min_length)
            fail_at(rule, view, start, "match too short");
    }
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < found->n; i++) {
        if (found->candidates[i].rule != index) continue;
        const size_t pivot = found->candidates[i].pivot;
        if (last != SIZE_MAX && pivot < last)
            fail_at(rule, view, pivot, "pivots of a rule do not ascend");
        last = pivot;
    }
}

static void check_order(const struct rule_case *rule, struct slice region,
                        const struct found *found) {
    for (size_t i = 1; i < found->n; i++)
        if (found->candidates[i].pivot < found->candidates[i - 1].pivot)
            fail_at(rule, region, i, "not sorted");
}

static void check_region(const struct prefilter *prefilter, struct prefilter_scratch *filter,
                         const struct rule_case *rules, size_t index, struct buf *region) {
    struct span view;
    struct found found;
    make_view(&rules[index], region, &view);
    const struct slice text = buf_view(region);
    if (!prefilter_scan(prefilter, filter, text, 0, MAX_CANDIDATES, &found.candidates, &found.n))
        fail_at(&rules[index], text, 0, "limit");
    check_order(&rules[index], text, &found);
    check_pair(&found, &rules[index], index, text, view);
    for (int i = 0; i < OTHERS; i++) {
        const size_t other = rnd(RULES);
        check_pair(&found, &rules[other], other, text, view);
    }
}

static void check_batch(struct arena *arena) {
    struct rule_case rules[RULES];
    struct anchor anchors[RULES];
    for (size_t i = 0; i < RULES; i++) {
        while (!make_rule(&rules[i], arena)) count.refused++;
        anchors[i] = rules[i].anchor;
        count.rules++;
        count.literal += anchors[i].kind == ANCHOR_LITERAL;
        count.shape += anchors[i].kind == ANCHOR_SHAPE;
        count.branched += anchors[i].n_branches > 0;
        count.none += anchors[i].kind == ANCHOR_NONE;
    }
    struct prefilter *prefilter = prefilter_new(anchors, RULES);
    assert_non_null(prefilter);
    if (one_in(2))
        prefilter_set_level(prefilter,
                            one_in(2) && cpu_detect() > CPU_AVX2 ? CPU_AVX2 : CPU_PORTABLE);
    struct prefilter_scratch *filter = prefilter_scratch_new();
    assert_non_null(filter);
    struct buf region;
    buf_init(&region, 0);
    for (size_t i = 0; i < RULES; i++)
        for (int v = 0; v < VIEWS; v++) check_region(prefilter, filter, rules, i, &region);
    buf_fini(&region);
    prefilter_scratch_free(filter);
    prefilter_free(prefilter);
    for (size_t i = 0; i < RULES; i++) {
        regex_free(rules[i].regex);
        buf_fini(&rules[i].made.pattern);
        buf_fini(&rules[i].made.sample);
    }
}

static void every_match_has_a_pivot(void **unused) {
    (void)unused;
    const char *batches = getenv("LOGWASH_BATCHES");
    const uint64_t base = test_seed();
    const uint64_t n = batches != NULL ? strtoull(batches, NULL, 10) : BATCHES;
    scratch = regex_scratch_new();
    assert_non_null(scratch);
    struct arena arena;
    arena_init(&arena);
    for (uint64_t b = 0; b < n; b++) {
        state = start_seed = base + b;
        arena_reset(&arena);
        check_batch(&arena);
    }
    arena_fini(&arena);
    regex_scratch_free(scratch);
    print_message("%zu rules (%zu literal, %zu shape, %zu of branches, %zu none), %zu refused, %zu "
                  "pairs, %zu matches\n",
                  count.rules, count.literal, count.shape, count.branched, count.none,
                  count.refused, count.pairs, count.matches);
    /* The generator must reach what it is to test. */
    assert_true(count.matches > count.pairs / 10);
    assert_true(count.literal > count.rules / 10);
    assert_true(count.shape > count.rules / 10);
    assert_true(count.branched > count.rules / 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_match_has_a_pivot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
