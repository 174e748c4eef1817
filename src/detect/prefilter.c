/* SPDX-License-Identifier: Apache-2.0 */
/* Each distinct shape is a group: the rules that share it. */
#include "detect/prefilter.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/must.h"
#include "detect/sample.h"
#include "detect/shape.h"

enum { PLACES = 512 };

struct prefilter {
    struct shape_set *shapes; /* a shape's id is its group */
    uint32_t *start;          /* group i has rules [start[i], start[i + 1]) of `rules` */
    uint32_t *rules;
    uint64_t *buckets; /* by rule: those of its shapes */
    uint32_t n_rules;
    shape_finder find;
    shape_asker ask;
    bool is_borrowed; /* the shapes are somebody else's */
};

struct prefilter_scratch {
    struct candidate *items;
    size_t n, cap;
};

/* --- building -------------------------------------------------------------------------------- */

/* A shape of one rule; its id is the rule. */
struct shapes {
    struct shape *items;
    size_t n;
};

static int compare_shapes(const struct shape *a, const struct shape *b) {
    int order = memcmp(a->window, b->window, sizeof a->window);
    if (order == 0) order = memcmp(&a->lead, &b->lead, sizeof a->lead);
    if (order == 0) order = a->n - b->n;
    return order != 0 ? order : a->at_start - b->at_start;
}

static int compare_entries(const void *left, const void *right) {
    const struct shape *a = (const struct shape *)left, *b = (const struct shape *)right;
    const int order = compare_shapes(a, b);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

static struct byteset byte_set(uint8_t c, bool nocase) {
    struct byteset set = {{0}};
    byteset_add(&set, c);
    if (nocase && byte_is_alpha(c)) byteset_add(&set, c ^ 0x20);
    return set;
}

/* What stands where the literal does: its bytes within the window of the anchor. */
static void spell(struct shape *shape, struct slice literal, bool nocase) {
    MUST(literal.len > 0);
    for (size_t i = 0; i < literal.len && i < SHAPE_WINDOW; i++) {
        const struct byteset c = byte_set(literal.ptr[i], nocase);
        shape->window[i] = i < shape->n ? byteset_intersection(shape->window[i], c) : c;
    }
    if (shape->n < literal.len)
        shape->n = (uint8_t)(literal.len < SHAPE_WINDOW ? literal.len : SHAPE_WINDOW);
}

static void add_shapes(struct shapes *out, size_t rule, const struct anchor *anchor) {
    struct shape shape = {.lead = anchor_lead(anchor),
                          .id = (uint32_t)rule,
                          .n = (uint8_t)anchor->n_window,
                          .at_start = anchor_leads_view(anchor)};
    if (anchor->kind == ANCHOR_NONE) return;
    memcpy(shape.window, anchor->window, anchor->n_window * sizeof *shape.window);
    if (anchor->kind == ANCHOR_SHAPE) out->items[out->n++] = shape;
    for (size_t j = 0; anchor->kind == ANCHOR_LITERAL && j < anchor->n_literals; j++) {
        out->items[out->n] = shape;
        spell(&out->items[out->n++], anchor->literals[j], anchor->nocase);
    }
}

static bool list_shapes(const struct anchor *anchors, size_t n, struct shapes *out) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += 1 + anchors[i].n_literals;
        for (size_t b = 0; b < anchors[i].n_branches; b++)
            count += 1 + anchors[i].branches[b].n_literals;
    }
    out->items = (struct shape *)calloc(count + 1, sizeof *out->items);
    if (out->items == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        for (size_t b = 0; b < anchors[i].n_branches; b++)
            add_shapes(out, i, &anchors[i].branches[b]);
        if (anchors[i].n_branches == 0) add_shapes(out, i, &anchors[i]);
    }
    qsort(out->items, out->n, sizeof *out->items, compare_entries);
    return true;
}

bool prefilter_is_rare(const struct anchor *anchor) {
    static const uint8_t offsets[SHAPE_WINDOW] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                  8, 9, 10, 11, 12, 13, 14, 15};
    struct shapes shapes = {NULL, 0};
    bool is_rare = anchor->kind != ANCHOR_NONE && list_shapes(anchor, 1, &shapes);
    for (size_t i = 0; is_rare && i < shapes.n; i++) {
        const struct shape *shape = &shapes.items[i];
        is_rare = sample_count(&shape->lead, shape->window, offsets, shape->n) == 0;
    }
    free(shapes.items);
    return is_rare;
}

/* Groups of equal shapes; afterwards items are the groups, by id. */
static bool make_groups(struct prefilter *prefilter, struct shapes *all) {
    prefilter->start = (uint32_t *)calloc(all->n + 1, sizeof *prefilter->start);
    prefilter->rules = (uint32_t *)calloc(all->n + 1, sizeof *prefilter->rules);
    if (prefilter->start == NULL || prefilter->rules == NULL) return false;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        prefilter->rules[i] = all->items[i].id;
        if (n > 0 && compare_shapes(&all->items[n - 1], &all->items[i]) == 0) continue;
        prefilter->start[n] = (uint32_t)i;
        all->items[n] = all->items[i];
        all->items[n].id = (uint32_t)n;
        n++;
    }
    prefilter->start[n] = (uint32_t)all->n;
    all->n = n;
    return true;
}

/* Spelled shapes are looked up, whatever their bucket: one of theirs stands for all. */
static bool know_buckets(struct prefilter *prefilter) {
    const struct shape_set *set = prefilter->shapes;
    const size_t n = prefilter->start[set->n];
    for (size_t i = 0; i < n; i++)
        if (prefilter->rules[i] >= prefilter->n_rules) prefilter->n_rules = prefilter->rules[i] + 1;
    prefilter->buckets = (uint64_t *)calloc(prefilter->n_rules + 1, sizeof *prefilter->buckets);
    if (prefilter->buckets == NULL) return false;
    for (size_t b = 0; b <= SHAPE_SPELLED_AT; b++) {
        const uint64_t bit = b == SHAPE_SPELLED_AT ? SHAPE_SPELLED : UINT64_C(1) << b;
        const size_t end = b == SHAPE_SPELLED_AT ? set->n : set->bucket[b + 1];
        for (size_t s = set->bucket[b]; s < end; s++) {
            const uint32_t group = set->tests[s].id;
            for (size_t r = prefilter->start[group]; r < prefilter->start[group + 1]; r++)
                prefilter->buckets[prefilter->rules[r]] |= bit;
        }
    }
    return true;
}

struct prefilter *prefilter_new(const struct anchor *anchors, size_t n) {
    struct prefilter *prefilter = (struct prefilter *)calloc(1, sizeof *prefilter);
    struct shapes shapes = {NULL, 0};
    bool ok =
        prefilter != NULL && list_shapes(anchors, n, &shapes) && make_groups(prefilter, &shapes);
    if (ok) {
        prefilter_set_level(prefilter, cpu_detect());
        prefilter->shapes = shape_set_new(shapes.items, shapes.n);
        ok = prefilter->shapes != NULL && know_buckets(prefilter);
    }
    free(shapes.items);
    if (ok) return prefilter;
    prefilter_free(prefilter);
    return NULL;
}

struct prefilter_tables prefilter_tables(const struct prefilter *prefilter) {
    return (struct prefilter_tables){prefilter->shapes, prefilter->start, prefilter->rules};
}

struct prefilter *prefilter_of(const struct prefilter_tables *tables, const uint32_t *number) {
    struct prefilter *prefilter = (struct prefilter *)calloc(1, sizeof *prefilter);
    if (prefilter == NULL) return NULL;
    const size_t n_groups = tables->shapes->n;
    prefilter_set_level(prefilter, cpu_detect());
    prefilter->shapes = tables->shapes;
    prefilter->is_borrowed = true;
    prefilter->start = (uint32_t *)calloc(n_groups + 1, sizeof *prefilter->start);
    prefilter->rules = (uint32_t *)calloc(tables->start[n_groups] + 1, sizeof *prefilter->rules);
    if (prefilter->start == NULL || prefilter->rules == NULL)
        return prefilter_free(prefilter), NULL;
    uint32_t n = 0;
    for (size_t group = 0; group < n_groups; group++) {
        for (size_t r = tables->start[group]; r < tables->start[group + 1]; r++)
            if (number[tables->rules[r]] != UINT32_MAX)
                prefilter->rules[n++] = number[tables->rules[r]];
        prefilter->start[group + 1] = n;
    }
    if (!know_buckets(prefilter)) return prefilter_free(prefilter), NULL;
    return prefilter;
}

void prefilter_free(struct prefilter *prefilter) {
    if (prefilter == NULL) return;
    if (!prefilter->is_borrowed) shape_set_free(prefilter->shapes);
    free(prefilter->start);
    free(prefilter->rules);
    free(prefilter->buckets);
    free(prefilter);
}

void prefilter_set_level(struct prefilter *prefilter, enum cpu_level level) {
    prefilter->find = shape_find(level);
    prefilter->ask = shape_ask(level);
}

struct prefilter_scratch *prefilter_scratch_new(void) {
    return (struct prefilter_scratch *)calloc(1, sizeof(struct prefilter_scratch));
}

void prefilter_scratch_free(struct prefilter_scratch *scratch) {
    if (scratch == NULL) return;
    free(scratch->items);
    free(scratch);
}

/* --- scanning -------------------------------------------------------------------------------- */

struct scan {
    const struct prefilter *prefilter;
    struct prefilter_scratch *scratch;
    size_t max;
};

/* Adds the rules of those of the shapes first, first + 1, ... (a bit each of `which`) that stand at
 * the place. False: more than max. */
static bool add_some(const struct scan *scan, struct slice text, size_t at, size_t first,
                     uint32_t which) {
    const struct prefilter *prefilter = scan->prefilter;
    struct prefilter_scratch *out = scan->scratch;
    uint32_t stand = prefilter->ask(prefilter->shapes, text, at, first, which);
    for (; stand != 0; stand &= stand - 1) {
        const uint32_t id = prefilter->shapes->tests[first + (size_t)__builtin_ctz(stand)].id;
        const size_t from = prefilter->start[id], to = prefilter->start[id + 1];
        if (out->n + to - from > scan->max || !VEC_GROW(out->items, out->cap, out->n + to - from))
            return false;
        for (size_t r = from; r < to; r++)
            out->items[out->n++] = (struct candidate){(uint32_t)at, prefilter->rules[r]};
    }
    return true;
}

static bool add_run(const struct scan *scan, struct slice text, size_t at, size_t first, size_t n) {
    for (; n >= 32; first += 32, n -= 32)
        if (!add_some(scan, text, at, first, UINT32_MAX)) return false;
    return n == 0 || add_some(scan, text, at, first, (UINT32_C(1) << n) - 1);
}

/* Adds those that begin with these letters, and of the longer ones those with n in all. */
static bool add_letters(const struct scan *scan, struct slice text, size_t at, uint64_t letters,
                        size_t cut, size_t n) {
    const struct shape_set *set = scan->prefilter->shapes;
    const struct shape_letters found = shape_spelled(set, shape_letters_cut(letters, cut));
    if (!add_run(scan, text, at, found.first, found.n)) return false;
    if ((found.longer >> n & 1) == 0) return true;
    const struct shape_letters more = shape_spelled(set, shape_letters_cut(letters, n));
    return add_run(scan, text, at, more.first, more.n);
}

static bool add_spelled(const struct scan *scan, struct slice text, size_t at, unsigned spells) {
    const uint64_t letters = shape_letters_at(text, at);
    return ((spells & 1) == 0 || add_letters(scan, text, at, letters, 3, 3)) &&
           ((spells & 2) == 0 || add_letters(scan, text, at, letters, 4, 5)) &&
           ((spells & 4) == 0 || add_letters(scan, text, at, letters, 6, 8));
}

/* The last member stands for all behind it, too. */
static bool add_listed(const struct scan *scan, struct slice text, size_t at, size_t bucket) {
    const uint32_t last = UINT32_C(1) << (SHAPE_MEMBERS - 1);
    const struct shape_set *set = scan->prefilter->shapes;
    const size_t first = set->bucket[bucket], n = set->bucket[bucket + 1] - first;
    uint32_t can = shape_members_at(&set->members[bucket], text, at);
    if (n < SHAPE_MEMBERS) can &= (UINT32_C(1) << n) - 1;
    if ((can & ~last) != 0 && !add_some(scan, text, at, first, can & ~last)) return false;
    return (can & last) == 0 ||
           add_run(scan, text, at, first + SHAPE_MEMBERS - 1, n - (SHAPE_MEMBERS - 1));
}

static bool add_place(const struct scan *scan, struct slice text, const struct shape_place *place) {
    for (uint64_t left = place->buckets & ~SHAPE_SPELLED; left != 0; left &= left - 1)
        if (!add_listed(scan, text, place->at, (size_t)__builtin_ctzll(left))) return false;
    const unsigned spells = (unsigned)(place->buckets >> SHAPE_SPELLED_AT);
    return spells == 0 || add_spelled(scan, text, place->at, spells);
}

/* Adds the candidates from `from` to the end of the text. False: more than max. */
static bool scan_text(const struct scan *scan, struct slice text, size_t from, uint64_t wanted) {
    const struct prefilter *prefilter = scan->prefilter;
    struct shape_place places[PLACES];
    while (from < text.len) {
        const size_t n = prefilter->find(prefilter->shapes, wanted, text, &from, places, PLACES);
        for (size_t i = 0; i < n; i++)
            if (!add_place(scan, text, &places[i])) return false;
    }
    return true;
}

static bool scan_spans(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                       struct slice region, const struct span *spans, size_t n_spans,
                       uint64_t wanted, size_t max) {
    MUST(region.len <= UINT32_MAX);
    const struct scan scan = {prefilter, scratch, max};
    scratch->n = 0;
    for (size_t i = 0; i < n_spans && prefilter->shapes->n > 0 && wanted != 0; i++) {
        const struct slice text = slice_sub(region, 0, spans[i].end);
        if (!scan_text(&scan, text, spans[i].start, wanted)) return false;
    }
    return true;
}

bool prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct slice region, size_t from, size_t max,
                    const struct candidate **candidates, size_t *n) {
    const struct span all = {from, region.len};
    const bool ok = scan_spans(prefilter, scratch, region, &all, 1, UINT64_MAX, max);
    *candidates = ok ? scratch->items : NULL;
    *n = ok ? scratch->n : 0;
    return ok;
}

bool prefilter_scan_some(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                         struct slice region, const struct prefilter_part *part, size_t max,
                         const struct candidate **candidates, size_t *n) {
    uint64_t wanted = 0;
    for (size_t i = 0; i < part->n_rules; i++)
        if (part->rules[i] < prefilter->n_rules) wanted |= prefilter->buckets[part->rules[i]];
    const bool ok = scan_spans(prefilter, scratch, region, part->spans, part->n_spans, wanted, max);
    *candidates = ok ? scratch->items : NULL;
    *n = ok ? scratch->n : 0;
    return ok;
}
