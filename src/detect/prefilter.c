/* SPDX-License-Identifier: Apache-2.0 */
/* Each distinct literal and each distinct shape is a group: the rules that share it. Literals give
 * one stream of candidates, every table of 32 shapes another; each is sorted by pivot, and they are
 * merged. */
#include "detect/prefilter.h"

#include <stdlib.h>

#include <hs.h>

#include "base/buf.h"
#include "base/must.h"
#include "detect/shape.h"

struct prefilter {
    hs_database_t *database; /* NULL: no literals */
    struct shape_table *tables;
    size_t n_tables;
    /* Groups: first the literals, then the shapes, 32 a table. */
    size_t n_literals, n_groups;
    uint32_t *group_start; /* n_groups + 1 */
    uint32_t *rules;
    uint8_t *literal_len; /* by group */
};

struct list {
    struct candidate *items;
    size_t n, cap;
};

struct prefilter_scratch {
    hs_scratch_t *hs;
    struct list list, other, merged;
};

/* --- building -------------------------------------------------------------------------------- */

/* A literal or shape of one rule. */
struct entry {
    uint32_t rule;
    const struct anchor *anchor;
    struct slice literal;
};

static int compare_size(size_t a, size_t b) { return (a > b) - (a < b); }

/* What stands before a match is of use here only if the pivot is its start, and if that is not the
 * start of a view (in the region something stands before every view). */
static bool has_before(const struct anchor *anchor) {
    return anchor->back_max == 0 && !anchor->at_start;
}

static int compare_shapes(const struct anchor *a, const struct anchor *b) {
    if (a->n_window != b->n_window) return compare_size(a->n_window, b->n_window);
    const int order = memcmp(a->window, b->window, a->n_window * sizeof *a->window);
    if (order != 0) return order;
    if (has_before(a) != has_before(b)) return has_before(a) ? 1 : -1;
    return has_before(a) ? memcmp(&a->before, &b->before, sizeof a->before) : 0;
}

/* Literals before shapes, equal ones side by side; then by rule. */
static int compare_key(const struct entry *a, const struct entry *b) {
    if (a->anchor->kind != b->anchor->kind) return a->anchor->kind == ANCHOR_LITERAL ? -1 : 1;
    if (a->anchor->kind == ANCHOR_LITERAL) {
        if (a->anchor->nocase != b->anchor->nocase) return a->anchor->nocase ? 1 : -1;
        const int order = compare_size(a->literal.len, b->literal.len);
        return order != 0 ? order : memcmp(a->literal.ptr, b->literal.ptr, a->literal.len);
    }
    return compare_shapes(a->anchor, b->anchor);
}

static int compare_entries(const void *a, const void *b) {
    const struct entry *x = (const struct entry *)a, *y = (const struct entry *)b;
    const int order = compare_key(x, y);
    return order != 0 ? order : compare_size(x->rule, y->rule);
}

static struct entry *list_entries(const struct anchor *anchors, size_t n, size_t *n_entries) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += anchors[i].kind == ANCHOR_LITERAL ? anchors[i].n_literals
                                                   : anchors[i].kind == ANCHOR_SHAPE;
    struct entry *entries = (struct entry *)calloc(count + 1, sizeof *entries);
    if (entries == NULL) return NULL;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const struct anchor *anchor = &anchors[i];
        if (anchor->kind == ANCHOR_SHAPE)
            entries[at++] = (struct entry){(uint32_t)i, anchor, {NULL, 0}};
        for (size_t j = 0; anchor->kind == ANCHOR_LITERAL && j < anchor->n_literals; j++)
            entries[at++] = (struct entry){(uint32_t)i, anchor, anchor->literals[j]};
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    *n_entries = count;
    return entries;
}

/* Numbers the groups. Afterwards entries[group_start[g]] is one of group g. */
static bool make_groups(struct prefilter *prefilter, const struct entry *entries, size_t n) {
    prefilter->group_start = (uint32_t *)calloc(n + 1, sizeof *prefilter->group_start);
    prefilter->rules = (uint32_t *)calloc(n + 1, sizeof *prefilter->rules);
    prefilter->literal_len = (uint8_t *)calloc(n + 1, sizeof *prefilter->literal_len);
    if (prefilter->group_start == NULL || prefilter->rules == NULL ||
        prefilter->literal_len == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        prefilter->rules[i] = entries[i].rule;
        if (i > 0 && compare_key(&entries[i - 1], &entries[i]) == 0) continue;
        const size_t group = prefilter->n_groups++;
        prefilter->group_start[group] = (uint32_t)i;
        if (entries[i].anchor->kind != ANCHOR_LITERAL) continue;
        MUST(entries[i].literal.len > 0 && entries[i].literal.len <= UINT8_MAX);
        prefilter->literal_len[group] = (uint8_t)entries[i].literal.len;
        prefilter->n_literals++;
    }
    prefilter->group_start[prefilter->n_groups] = (uint32_t)n;
    return true;
}

static const char out_of_memory[] = "out of memory";

static bool compile_literals(struct prefilter *prefilter, const struct entry *entries,
                             const char **why) {
    const size_t n = prefilter->n_literals;
    const char **texts = (const char **)calloc(n, sizeof *texts);
    unsigned *flags = (unsigned *)calloc(n, sizeof *flags);
    unsigned *ids = (unsigned *)calloc(n, sizeof *ids);
    size_t *lens = (size_t *)calloc(n, sizeof *lens);
    hs_compile_error_t *err = NULL;
    bool ok = false;
    *why = out_of_memory;
    if (texts == NULL || flags == NULL || ids == NULL || lens == NULL) goto out;
    for (size_t g = 0; g < n; g++) {
        const struct entry *entry = &entries[prefilter->group_start[g]];
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

static bool fill_tables(struct prefilter *prefilter, const struct entry *entries) {
    const size_t n = prefilter->n_groups - prefilter->n_literals;
    prefilter->n_tables = (n + SHAPES_A_TABLE - 1) / SHAPES_A_TABLE;
    prefilter->tables =
        (struct shape_table *)calloc(prefilter->n_tables + 1, sizeof *prefilter->tables);
    if (prefilter->tables == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        const size_t group = prefilter->n_literals + i;
        const struct anchor *anchor = entries[prefilter->group_start[group]].anchor;
        shape_add(&prefilter->tables[i / SHAPES_A_TABLE], i % SHAPES_A_TABLE, anchor->window,
                  anchor->n_window, has_before(anchor) ? &anchor->before : NULL);
    }
    return true;
}

struct prefilter *prefilter_new(const struct anchor *anchors, size_t n, const char **why) {
    *why = out_of_memory;
    struct prefilter *prefilter = (struct prefilter *)calloc(1, sizeof *prefilter);
    size_t n_entries = 0;
    struct entry *entries = prefilter != NULL ? list_entries(anchors, n, &n_entries) : NULL;
    bool ok = entries != NULL && make_groups(prefilter, entries, n_entries);
    if (ok) ok = fill_tables(prefilter, entries);
    if (ok && prefilter->n_literals > 0) ok = compile_literals(prefilter, entries, why);
    free(entries);
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
    free(prefilter->tables);
    free(prefilter->group_start);
    free(prefilter->rules);
    free(prefilter->literal_len);
    free(prefilter);
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
    free(scratch);
}

const uint32_t *prefilter_group(const struct prefilter *prefilter, uint32_t group, size_t *n) {
    MUST(group < prefilter->n_groups);
    const uint32_t start = prefilter->group_start[group];
    *n = prefilter->group_start[group + 1] - start;
    return prefilter->rules + start;
}

/* --- scanning -------------------------------------------------------------------------------- */

static bool list_add(struct list *list, size_t max, struct candidate candidate) {
    if (list->n >= max || !VEC_GROW(list->items, list->cap, list->n + 1)) return false;
    list->items[list->n++] = candidate;
    return true;
}

struct literal_scan {
    const struct prefilter *prefilter;
    struct list *list;
    size_t max;
};

/* Matches come by their ends. A longer literal starts before a shorter one that ended earlier, so
 * the new pivot may have to go a few places back, never past literals that ended a longest literal
 * ago. */
static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *ctx) {
    (void)from;
    (void)flags;
    const struct literal_scan *scan = (const struct literal_scan *)ctx;
    struct list *list = scan->list;
    const struct candidate found = {(uint32_t)(to - scan->prefilter->literal_len[id]), id};
    if (!list_add(list, scan->max, found)) return 1;
    size_t i = list->n - 1;
    for (; i > 0 && list->items[i - 1].pivot > found.pivot; i--)
        list->items[i] = list->items[i - 1];
    list->items[i] = found;
    return 0;
}

static bool scan_literals(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                          struct slice region, size_t max) {
    if (prefilter->database == NULL || region.len == 0) return true;
    struct literal_scan scan = {prefilter, &scratch->list, max};
    return hs_scan(prefilter->database, (const char *)region.ptr, (unsigned)region.len, 0,
                   scratch->hs, on_literal, &scan) == HS_SUCCESS;
}

static bool scan_table(const struct shape_table *table, uint32_t first_group, struct slice region,
                       size_t max, struct list *list) {
    uint32_t shapes;
    for (size_t i = 0; (i = shape_next(table, region, i, &shapes)) < region.len; i++) {
        for (; shapes != 0; shapes &= shapes - 1) {
            const uint32_t group = first_group + (uint32_t)__builtin_ctz(shapes);
            if (!list_add(list, max, (struct candidate){(uint32_t)i, group})) return false;
        }
    }
    return true;
}

/* list and other become list. */
static bool merge(struct prefilter_scratch *scratch, size_t max) {
    struct list *a = &scratch->list, *b = &scratch->other, *merged = &scratch->merged;
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

bool prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct slice region, size_t max, const struct candidate **candidates,
                    size_t *n) {
    MUST(region.len <= UINT32_MAX);
    scratch->list.n = 0;
    *candidates = NULL;
    *n = 0;
    if (!scan_literals(prefilter, scratch, region, max)) return false;
    for (size_t t = 0; t < prefilter->n_tables; t++) {
        const uint32_t first_group = (uint32_t)(prefilter->n_literals + t * SHAPES_A_TABLE);
        scratch->other.n = 0;
        if (!scan_table(&prefilter->tables[t], first_group, region, max, &scratch->other))
            return false;
        if (!merge(scratch, max)) return false;
    }
    *candidates = scratch->list.items;
    *n = scratch->list.n;
    return true;
}
