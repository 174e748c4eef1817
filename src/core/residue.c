/* SPDX-License-Identifier: Apache-2.0 */
/* What other rules leave of a value. */
#include "base/codec.h"
#include "core/engine.h"
#include "core/ours.h"
#include <stdlib.h>

enum { MAX_RESIDUE = 4096 };

static int by_start(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The raw bytes that patterns without keywords and what stands again take of the record, ordered
 * and merged. Made when a value of the record asks for the first time. */
static bool make_taken(struct logwash_scratch *s) {
    s->has_taken = true;
    s->n_taken = 0;
    if (!VEC_GROW(s->taken, s->cap_taken, s->n_pattern_hits)) return false;
    for (size_t i = 0; i < s->n_pattern_hits; i++) {
        struct hit *h = &s->hits[i];
        const struct rule *rule = engine_rule(s->lw, h->rule);
        bool stays = rule->observe || (rule->n_keywords > 0 && !h->is_repeat) ||
                     rule->action.kind == ACTION_KEEP;
        if (!stays && !settle_is_allowed(s, h)) s->taken[s->n_taken++] = h->raw;
    }
    if (s->n_taken == 0) return true;
    qsort(s->taken, s->n_taken, sizeof *s->taken, by_start);
    size_t last = 0;
    for (size_t i = 1; i < s->n_taken; i++) {
        if (s->taken[i].start > s->taken[last].end)
            s->taken[++last] = s->taken[i];
        else if (s->taken[i].end > s->taken[last].end)
            s->taken[last].end = s->taken[i].end;
    }
    s->n_taken = last + 1;
    return true;
}

static bool is_taken(const struct logwash_scratch *s, uint32_t number, size_t at) {
    struct span raw = {at, at + 1};
    if (number > 0) raw = view_to_raw(&s->views, &s->views.views[number - 1], raw);
    size_t low = 0, high = s->n_taken;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->taken[middle].end <= raw.start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n_taken && s->taken[low].start <= raw.start;
}

struct slice residue_of(struct logwash_scratch *s, uint32_t number, struct slice text,
                        struct span value, bool hits) {
    struct slice whole = slice_sub(text, value.start, value.end);
    if (whole.len > MAX_RESIDUE) return whole;
    bool may_hold =
        memchr(whole.ptr, '_', whole.len) != NULL || memchr(whole.ptr, '[', whole.len) != NULL;
    if (hits && !s->has_taken && !make_taken(s)) s->no_memory = true;
    hits = hits && s->n_taken > 0;
    if (!may_hold && !hits) return whole;
    buf_reset(&s->residue);
    size_t coloured = 0; /* where the last ANSI sequence ends: nothing of the value */
    for (size_t at = 0; at < whole.len;) {
        const size_t taken =
            whole.ptr[at] == 0x1b ? ansi_sequence(whole.ptr + at, whole.ptr + whole.len) : 0;
        if (taken > 0) {
            coloured = at += taken;
            continue;
        }
        bool begins = at == coloured || !byte_is_alnum(whole.ptr[at - 1]) || whole.ptr[at] == '[';
        struct span ours;
        if (hits && is_taken(s, number, value.start + at))
            at++;
        else if (begins && may_hold &&
                 ours_at(slice_sub(whole, coloured, whole.len), at - coloured, s->lw->ring,
                         &ours) &&
                 coloured + ours.start == at)
            at = coloured + ours.end;
        else
            buf_byte(&s->residue, whole.ptr[at++]);
    }
    if (s->residue.failed) s->no_memory = true;
    return buf_view(&s->residue);
}
