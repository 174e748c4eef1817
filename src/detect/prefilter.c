/* SPDX-License-Identifier: Apache-2.0 */
/* Each distinct literal is a group: the rules that share it. Each distinct shape has a bit in a
 * table. Literals give one stream of candidates, every table of 64 shapes another; each is sorted
 * by pivot, and they are merged. */
#include "detect/prefilter.h"

#include <stdlib.h>

#include <hs.h>

#include "base/buf.h"
#include "base/must.h"
#include "detect/shape.h"

enum { PLACES = 256 };

/* What a rule wants to see around a pivot of one of its literals. */
struct check {
    struct byteset lead;
    bool at_start;
    uint8_t n_window;
    struct byteset window[ANCHOR_WINDOW];
};

/* Some entries have something in common; rules [start[i], start[i + 1]) of `rules` have item i. */
struct groups {
    size_t n;
    uint32_t *start;
    uint32_t *rules;
};

struct shape_set {
    struct groups groups;
    struct shape_table *tables; /* group i is bit i % 64 of table i / 64 */
    size_t n_tables;
};

struct prefilter {
    hs_database_t *database; /* NULL: no literals */
    struct groups literals;
    uint8_t *literal_len; /* by group */
    struct check *checks; /* one an anchor of literals */
    uint32_t *check_of;   /* by place in literals.rules */
    struct shape_set shapes, gated;
    shape_finder find;
};

struct list {
    struct candidate *items;
    size_t n, cap;
};

struct prefilter_scratch {
    hs_scratch_t *hs;
    struct list list, other, merged, gated;
};

/* --- building -------------------------------------------------------------------------------- */

/* A literal or shape of one rule. */
struct entry {
    uint32_t rule;
    const struct anchor *anchor;
    struct slice literal; /* ptr NULL: a shape */
    struct byteset lead;
    bool is_gated;
    uint32_t check; /* entries of one anchor share it */
};

struct entries {
    struct entry *items;
    size_t n, n_checks;
};

static int compare_size(size_t a, size_t b) { return (a > b) - (a < b); }

static int compare_shapes(const struct entry *x, const struct entry *y) {
    const struct anchor *a = x->anchor, *b = y->anchor;
    if (a->n_window != b->n_window) return compare_size(a->n_window, b->n_window);
    int order = memcmp(a->window, b->window, a->n_window * sizeof *a->window);
    if (order == 0) order = memcmp(&x->lead, &y->lead, sizeof x->lead);
    return order != 0 ? order : anchor_leads_view(a) - anchor_leads_view(b);
}

static int compare_literals(const struct entry *a, const struct entry *b) {
    if (a->anchor->nocase != b->anchor->nocase) return a->anchor->nocase ? 1 : -1;
    const int order = compare_size(a->literal.len, b->literal.len);
    return order != 0 ? order : memcmp(a->literal.ptr, b->literal.ptr, a->literal.len);
}

/* Literals before shapes before gated ones, equal ones side by side. */
static int compare_key(const struct entry *a, const struct entry *b) {
    if (a->is_gated != b->is_gated) return a->is_gated ? 1 : -1;
    const bool is_shape = a->literal.ptr == NULL;
    if (is_shape != (b->literal.ptr == NULL)) return is_shape ? 1 : -1;
    return is_shape ? compare_shapes(a, b) : compare_literals(a, b);
}

static int compare_entries(const void *a, const void *b) {
    const struct entry *x = (const struct entry *)a, *y = (const struct entry *)b;
    const int order = compare_key(x, y);
    return order != 0 ? order : compare_size(x->rule, y->rule);
}

static void add_entries(struct entries *out, size_t rule, const struct anchor *anchor,
                        bool is_gated) {
    const struct entry entry = {(uint32_t)rule,      anchor,   {NULL, 0},
                                anchor_lead(anchor), is_gated, (uint32_t)out->n_checks};
    if (anchor->kind == ANCHOR_NONE) return;
    if (anchor->kind == ANCHOR_SHAPE || is_gated) { /* its window holds the literals */
        out->items[out->n++] = entry;
        return;
    }
    out->n_checks++;
    for (size_t j = 0; j < anchor->n_literals; j++) {
        out->items[out->n] = entry;
        out->items[out->n++].literal = anchor->literals[j];
    }
}

static bool list_entries(const struct anchor *anchors, size_t n, struct entries *out) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += 1 + anchors[i].n_literals;
        for (size_t b = 0; b < anchors[i].n_branches; b++)
            count += 1 + anchors[i].branches[b].n_literals;
    }
    out->items = (struct entry *)calloc(count + 1, sizeof *out->items);
    if (out->items == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        const struct anchor *anchor = &anchors[i];
        for (size_t b = 0; b < anchor->n_branches; b++)
            add_entries(out, i, &anchor->branches[b], anchor->is_gated);
        if (anchor->n_branches == 0) add_entries(out, i, anchor, anchor->is_gated);
    }
    qsort(out->items, out->n, sizeof *out->items, compare_entries);
    return true;
}

/* Groups of entries [first, last). Entry `first + start[i]` is one of group i. */
static bool make_groups(const struct entries *entries, size_t first, size_t last,
                        struct groups *groups) {
    const size_t n = last - first;
    groups->start = (uint32_t *)calloc(n + 1, sizeof *groups->start);
    groups->rules = (uint32_t *)calloc(n + 1, sizeof *groups->rules);
    if (groups->start == NULL || groups->rules == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = &entries->items[first + i];
        groups->rules[i] = entry->rule;
        if (i == 0 || compare_key(entry - 1, entry) != 0) groups->start[groups->n++] = (uint32_t)i;
    }
    groups->start[groups->n] = (uint32_t)n;
    return true;
}

static void fini_groups(struct groups *groups) {
    free(groups->start);
    free(groups->rules);
}

static const char out_of_memory[] = "out of memory";

static bool compile_literals(struct prefilter *prefilter, const struct entry *entries,
                             const char **why) {
    const size_t n = prefilter->literals.n;
    const char **texts = (const char **)calloc(n, sizeof *texts);
    unsigned *flags = (unsigned *)calloc(n, sizeof *flags);
    unsigned *ids = (unsigned *)calloc(n, sizeof *ids);
    size_t *lens = (size_t *)calloc(n, sizeof *lens);
    hs_compile_error_t *err = NULL;
    bool ok = false;
    *why = out_of_memory;
    if (texts == NULL || flags == NULL || ids == NULL || lens == NULL) goto out;
    for (size_t g = 0; g < n; g++) {
        const struct entry *entry = &entries[prefilter->literals.start[g]];
        texts[g] = (const char *)entry->literal.ptr;
        lens[g] = entry->literal.len;
        flags[g] = entry->anchor->nocase ? HS_FLAG_CASELESS : 0;
        ids[g] = (unsigned)g;
    }
    ok = hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)n, HS_MODE_BLOCK, NULL,
                              &prefilter->database, &err) == HS_SUCCESS;
    if (!ok) *why = "Vectorscan cannot compile the literals on this machine";
    hs_free_compile_error(err);
out:
    free(lens);
    free(ids);
    free(flags);
    free(texts);
    return ok;
}

static bool build_literals(struct prefilter *prefilter, const struct entries *entries, size_t last,
                           const char **why) {
    struct groups *groups = &prefilter->literals;
    if (!make_groups(entries, 0, last, groups)) return false;
    prefilter->literal_len = (uint8_t *)calloc(groups->n + 1, sizeof *prefilter->literal_len);
    prefilter->checks = (struct check *)calloc(entries->n_checks + 1, sizeof *prefilter->checks);
    prefilter->check_of = (uint32_t *)calloc(last + 1, sizeof *prefilter->check_of);
    if (prefilter->literal_len == NULL || prefilter->checks == NULL || prefilter->check_of == NULL)
        return false;
    for (size_t g = 0; g < groups->n; g++) {
        const struct slice literal = entries->items[groups->start[g]].literal;
        MUST(literal.len > 0 && literal.len <= UINT8_MAX);
        prefilter->literal_len[g] = (uint8_t)literal.len;
    }
    for (size_t i = 0; i < last; i++) {
        const struct entry *entry = &entries->items[i];
        struct check *check = &prefilter->checks[entry->check];
        prefilter->check_of[i] = entry->check;
        check->lead = entry->lead;
        check->at_start = anchor_leads_view(entry->anchor);
        check->n_window = (uint8_t)entry->anchor->n_window;
        memcpy(check->window, entry->anchor->window, sizeof check->window);
    }
    return groups->n == 0 || compile_literals(prefilter, entries->items, why);
}

static bool build_shapes(const struct entries *entries, size_t first, size_t last,
                         struct shape_set *set) {
    if (!make_groups(entries, first, last, &set->groups)) return false;
    set->n_tables = (set->groups.n + SHAPES_A_TABLE - 1) / SHAPES_A_TABLE;
    set->tables = (struct shape_table *)calloc(set->n_tables + 1, sizeof *set->tables);
    if (set->tables == NULL) return false;
    for (size_t g = 0; g < set->groups.n; g++) {
        const struct entry *entry = &entries->items[first + set->groups.start[g]];
        shape_add(&set->tables[g / SHAPES_A_TABLE], g % SHAPES_A_TABLE, entry->anchor->window,
                  entry->anchor->n_window, entry->lead, anchor_leads_view(entry->anchor));
    }
    for (size_t t = 0; t < set->n_tables; t++) shape_finish(&set->tables[t]);
    return true;
}

struct prefilter *prefilter_new(const struct anchor *anchors, size_t n, const char **why) {
    *why = out_of_memory;
    struct prefilter *prefilter = (struct prefilter *)calloc(1, sizeof *prefilter);
    struct entries entries = {NULL, 0, 0};
    bool ok = prefilter != NULL && list_entries(anchors, n, &entries);
    if (ok) {
        size_t literals = 0, open = 0;
        while (literals < entries.n && entries.items[literals].literal.ptr != NULL) literals++;
        for (open = literals; open < entries.n && !entries.items[open].is_gated;) open++;
        prefilter->find = shape_find(cpu_detect());
        ok = build_literals(prefilter, &entries, literals, why) &&
             build_shapes(&entries, literals, open, &prefilter->shapes) &&
             build_shapes(&entries, open, entries.n, &prefilter->gated);
    }
    free(entries.items);
    if (ok) {
        *why = NULL;
        return prefilter;
    }
    prefilter_free(prefilter);
    return NULL;
}

void prefilter_free(struct prefilter *prefilter) {
    if (prefilter == NULL) return;
    hs_free_database(prefilter->database);
    fini_groups(&prefilter->literals);
    fini_groups(&prefilter->shapes.groups);
    fini_groups(&prefilter->gated.groups);
    free(prefilter->shapes.tables);
    free(prefilter->gated.tables);
    free(prefilter->literal_len);
    free(prefilter->checks);
    free(prefilter->check_of);
    free(prefilter);
}

void prefilter_set_level(struct prefilter *prefilter, enum cpu_level level) {
    prefilter->find = shape_find(level);
}

struct prefilter_scratch *prefilter_scratch_new(const struct prefilter *prefilter) {
    struct prefilter_scratch *scratch = (struct prefilter_scratch *)calloc(1, sizeof *scratch);
    if (scratch == NULL || prefilter->database == NULL) return scratch;
    if (hs_alloc_scratch(prefilter->database, &scratch->hs) == HS_SUCCESS) return scratch;
    prefilter_scratch_free(scratch);
    return NULL;
}

void prefilter_scratch_free(struct prefilter_scratch *scratch) {
    if (scratch == NULL) return;
    hs_free_scratch(scratch->hs);
    free(scratch->list.items);
    free(scratch->other.items);
    free(scratch->merged.items);
    free(scratch->gated.items);
    free(scratch);
}

/* --- scanning -------------------------------------------------------------------------------- */

static bool list_add(struct list *list, size_t max, struct candidate candidate) {
    if (list->n >= max || !VEC_GROW(list->items, list->cap, list->n + 1)) return false;
    list->items[list->n++] = candidate;
    return true;
}

struct literal_scan {
    const struct prefilter *prefilter;
    struct slice region;
    struct list *list;
    size_t max;
};

static bool check_holds(const struct check *check, struct slice region, size_t pivot, size_t skip) {
    if (pivot > 0 ? !byteset_has(&check->lead, region.ptr[pivot - 1]) : !check->at_start)
        return false;
    if (check->n_window > region.len - pivot) return false;
    for (size_t i = skip; i < check->n_window; i++)
        if (!byteset_has(&check->window[i], region.ptr[pivot + i])) return false;
    return true;
}

/* Matches come by their ends. A longer literal starts before a shorter one that ended earlier, so
 * the new pivot may have to go a few places back, never past literals that ended a longest literal
 * ago. */
static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *ctx) {
    (void)from;
    (void)flags;
    const struct literal_scan *scan = (const struct literal_scan *)ctx;
    const struct prefilter *prefilter = scan->prefilter;
    const size_t len = prefilter->literal_len[id], pivot = (size_t)to - len;
    struct list *list = scan->list;
    for (size_t r = prefilter->literals.start[id]; r < prefilter->literals.start[id + 1]; r++) {
        if (!check_holds(&prefilter->checks[prefilter->check_of[r]], scan->region, pivot, len))
            continue;
        const struct candidate found = {(uint32_t)pivot, prefilter->literals.rules[r]};
        if (!list_add(list, scan->max, found)) return 1;
        size_t i = list->n - 1;
        for (; i > 0 && list->items[i - 1].pivot > found.pivot; i--)
            list->items[i] = list->items[i - 1];
        list->items[i] = found;
    }
    return 0;
}

static bool scan_literals(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                          struct slice region, size_t max) {
    if (prefilter->database == NULL || region.len == 0) return true;
    struct literal_scan scan = {prefilter, region, &scratch->list, max};
    return hs_scan(prefilter->database, (const char *)region.ptr, (unsigned)region.len, 0,
                   scratch->hs, on_literal, &scan) == HS_SUCCESS;
}

/* The rules of the shapes at a place. */
static bool add_place(const struct groups *groups, size_t first, const struct shape_place *place,
                      size_t max, struct list *list) {
    for (uint64_t left = place->shapes; left != 0; left &= left - 1) {
        const size_t group = first + (size_t)__builtin_ctzll(left);
        for (size_t r = groups->start[group]; r < groups->start[group + 1]; r++)
            if (!list_add(list, max, (struct candidate){place->at, groups->rules[r]})) return false;
    }
    return true;
}

static bool scan_table(const struct prefilter *prefilter, const struct shape_set *set, size_t t,
                       struct slice region, size_t from, size_t max, struct list *list) {
    struct shape_place places[PLACES];
    while (from < region.len) {
        const size_t n = prefilter->find(&set->tables[t], region, &from, places, PLACES);
        for (size_t i = 0; i < n; i++)
            if (!add_place(&set->groups, t * SHAPES_A_TABLE, &places[i], max, list)) return false;
    }
    return true;
}

/* list and other become list. */
static bool merge(struct prefilter_scratch *scratch, struct list *a, size_t max) {
    struct list *b = &scratch->other, *merged = &scratch->merged;
    if (b->n == 0) return true;
    if (a->n + b->n > max || !VEC_GROW(merged->items, merged->cap, a->n + b->n)) return false;
    size_t i = 0, j = 0;
    merged->n = 0;
    while (i < a->n || j < b->n) {
        const bool is_a = j == b->n || (i < a->n && a->items[i].pivot <= b->items[j].pivot);
        merged->items[merged->n++] = is_a ? a->items[i++] : b->items[j++];
    }
    const struct list spare = *a;
    *a = *merged;
    *merged = spare;
    return true;
}

static bool scan_shapes(const struct prefilter *prefilter, const struct shape_set *set,
                        struct prefilter_scratch *scratch, struct slice region, size_t from,
                        size_t max, struct list *list) {
    for (size_t t = 0; t < set->n_tables; t++) {
        scratch->other.n = 0;
        if (!scan_table(prefilter, set, t, region, from, max, &scratch->other)) return false;
        if (!merge(scratch, list, max)) return false;
    }
    return true;
}

bool prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct slice region, size_t max, const struct candidate **candidates,
                    size_t *n) {
    MUST(region.len <= UINT32_MAX);
    struct list *list = &scratch->list;
    list->n = 0;
    *candidates = NULL;
    *n = 0;
    if (!scan_literals(prefilter, scratch, region, max)) return false;
    if (!scan_shapes(prefilter, &prefilter->shapes, scratch, region, 0, max, list)) return false;
    *candidates = list->items;
    *n = list->n;
    return true;
}

bool prefilter_scan_gated(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                          struct slice region, size_t from, size_t max,
                          const struct candidate **candidates, size_t *n) {
    MUST(region.len <= UINT32_MAX);
    struct list *list = &scratch->gated;
    list->n = 0;
    *candidates = NULL;
    *n = 0;
    if (!scan_shapes(prefilter, &prefilter->gated, scratch, region, from, max, list)) return false;
    *candidates = list->items;
    *n = list->n;
    return true;
}
