/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of the pattern is flattened into a list of items that stand one after the other in every
 * match or, by a look-ahead, behind it (repeats unrolled as far as they are required):
 *
 *     [\w.+-]{1,64} @ ...     ->   [\w.+-]   [\w.+-]{0,63}   @   ...
 *                                 ^0        ^1              ^2
 *
 * Each border between items is a possible pivot. For each we know the distance from the start, the
 * bytes in between, the sets of the bytes that follow (windows, computed from the end of the list)
 * and, if these are few, the literals that follow. The rarest pivot by a table of how often bytes
 * stand in logs is taken. */
#include "detect/anchor.h"

#include "detect/lead.h"
#include "detect/pattern.h"
#include "detect/rarity.h"
#include "detect/sample.h"
#include "detect/words.h"

enum {
    MAX_ITEMS = 256,                /* unrolled */
    WORK = 4096,                    /* tree steps for one item */
    GOOD_LITERAL = 16 * RARITY_BIT, /* taken whatever the shape */
    MUCH_RARER = 4 * RARITY_BIT,
    USEFUL_SHAPE = RARITY_BIT,
    JUDGED = 8, /* bytes of a window */
};

struct window {
    struct byteset set[ANCHOR_WINDOW];
    size_t n;
};

struct items {
    const struct node **node;
    size_t n;
    struct arena *arena;
    bool no_memory;
};

/* --- the list of items ----------------------------------------------------------------------- */

static void push(struct items *items, const struct node *node) { items->node[items->n++] = node; }

/* Once MAX_ITEMS are there, what is left is pushed as it is: at most one for each node of the tree.
 */
static void flatten(struct items *items, const struct node *node) {
    if (items->n >= MAX_ITEMS) {
        push(items, node);
        return;
    }
    if (node->kind == NODE_SEQUENCE || (node->kind == NODE_CHOICE && node->first == node->last)) {
        for (const struct node *child = node->first; child != NULL; child = child->next)
            flatten(items, child);
        return;
    }
    if (node->kind != NODE_REPEAT || node->min == 0) {
        push(items, node);
        return;
    }
    size_t n = 0;
    for (; n < node->min && items->n < MAX_ITEMS; n++) flatten(items, node->first);
    if (n == node->max) return;
    struct node *rest = ARENA_NEW(items->arena, struct node);
    if (rest == NULL) {
        items->no_memory = true;
        return;
    }
    const struct node *child = node->first;
    *rest = (struct node){.kind = NODE_REPEAT,
                          .min = node->min - n,
                          .first = node->first,
                          .last = node->last};
    rest->max = node->max == NODE_NO_MAX ? NODE_NO_MAX : node->max - n;
    size_t len;
    rest->min_len = __builtin_mul_overflow(child->min_len, rest->min, &len) ? NODE_NO_MAX : len;
    rest->max_len = __builtin_mul_overflow(child->max_len, rest->max, &len) ? NODE_NO_MAX : len;
    push(items, rest);
}

static struct byteset node_bytes(const struct node *node) {
    struct byteset set = {{0}};
    switch (node->kind) {
    case NODE_CLASS: return node->set;
    case NODE_OPAQUE: return byteset_all();
    case NODE_SEQUENCE:
    case NODE_CHOICE:
    case NODE_REPEAT:
        for (const struct node *child = node->first; child != NULL; child = child->next)
            set = byteset_union(set, node_bytes(child));
        return set;
    case NODE_AHEAD:
    case NODE_BEHIND:
    case NODE_NOT_BEHIND:
    case NODE_WORD_BORDER:
    case NODE_NO_WORD_BORDER:
    case NODE_START:
    case NODE_LINE_START:
    case NODE_TRUE: break;
    }
    return set;
}

/* The last bytes of the node's texts, empty ones left out. */
static struct byteset node_ends(const struct node *node) {
    struct byteset set = {{0}};
    switch (node->kind) {
    case NODE_CLASS: return node->set;
    case NODE_OPAQUE: return byteset_all();
    case NODE_SEQUENCE:
        for (const struct node *child = node->last; child != NULL; child = child->prev) {
            set = byteset_union(set, node_ends(child));
            if (child->min_len > 0) break;
        }
        return set;
    case NODE_CHOICE:
    case NODE_REPEAT:
        for (const struct node *child = node->first; child != NULL; child = child->next)
            set = byteset_union(set, node_ends(child));
        return set;
    case NODE_AHEAD:
    case NODE_BEHIND:
    case NODE_NOT_BEHIND:
    case NODE_WORD_BORDER:
    case NODE_NO_WORD_BORDER:
    case NODE_START:
    case NODE_LINE_START:
    case NODE_TRUE: break;
    }
    return set;
}

/* --- windows --------------------------------------------------------------------------------- */

static void window_union(struct window *a, const struct window *b) {
    if (b->n < a->n) a->n = b->n;
    for (size_t i = 0; i < a->n; i++) a->set[i] = byteset_union(a->set[i], b->set[i]);
}

/* Both hold. */
static void window_intersection(struct window *a, const struct window *b) {
    for (size_t i = 0; i < b->n; i++)
        a->set[i] = i < a->n ? byteset_intersection(a->set[i], b->set[i]) : b->set[i];
    if (b->n > a->n) a->n = b->n;
}

static void precede(const struct node *node, struct window *w, unsigned *work);

/* Sixteen copies that are not empty fill the window, so the seventeenth and later ones change
 * nothing. */
static void precede_repeat(const struct node *node, struct window *w, unsigned *work) {
    const size_t enough = ANCHOR_WINDOW + 1, more = node->max - node->min;
    for (size_t i = 0; i < node->min && i < enough; i++) precede(node->first, w, work);
    struct window copy = *w;
    for (size_t i = 0; i < more && i < enough; i++) {
        precede(node->first, &copy, work);
        window_union(w, &copy);
    }
}

/* `w` tells what follows the node; afterwards, what follows the place before it. */
static void precede(const struct node *node, struct window *w, unsigned *work) {
    if (*work == 0 || --*work == 0) {
        w->n = 0; /* nothing is known any more */
        return;
    }
    const struct window after = *w;
    switch (node->kind) {
    case NODE_CLASS:
        memmove(w->set + 1, w->set, sizeof *w->set * (ANCHOR_WINDOW - 1));
        w->set[0] = node->set;
        if (w->n < ANCHOR_WINDOW) w->n++;
        return;
    case NODE_SEQUENCE:
        for (const struct node *child = node->last; child != NULL; child = child->prev)
            precede(child, w, work);
        return;
    case NODE_CHOICE:
        precede(node->first, w, work);
        for (const struct node *child = node->first->next; child != NULL; child = child->next) {
            struct window other = after;
            precede(child, &other, work);
            window_union(w, &other);
        }
        return;
    case NODE_REPEAT: precede_repeat(node, w, work); return;
    case NODE_OPAQUE: w->n = 0; return;
    case NODE_AHEAD: {
        struct window ahead = {.n = 0};
        precede(node->first, &ahead, work);
        window_intersection(w, &ahead);
        return;
    }
    case NODE_BEHIND:
    case NODE_NOT_BEHIND:
    case NODE_WORD_BORDER:
    case NODE_NO_WORD_BORDER:
    case NODE_START:
    case NODE_LINE_START:
    case NODE_TRUE: return;
    }
}

static void find_lead(const struct items *items, struct anchor *out) {
    struct lead lead = lead_any();
    for (size_t i = 0; i < items->n && items->node[i]->max_len == 0; i++)
        lead_through(items->node[i], out->first, &lead);
    out->before = lead.before;
    out->at_start = lead.at_start;
}

/* --- the choice ------------------------------------------------------------------------------ */

/* A border between items, and how good a pivot it is. */
struct pivot {
    size_t item;
    size_t back_min, back_max;
    struct byteset back, last;
    int bits, penalty; /* bits: less the penalty, for many starts */
};

/* Sets asked for lately: neighbouring pivots see nearly the same window. */
struct memo {
    bool is_set;
    struct byteset set;
    int bits;
};

enum { MEMOS = 64, SHAPES = 6 };

struct choice {
    struct memo memo[MEMOS];
    struct items items;
    struct window *window; /* before item i; one more at the end */
    struct words words, best_words;
    struct pivot literal, shape; /* bits < 0: none */
    struct pivot shapes[SHAPES]; /* the rarest, by the table; one is put into `shape` */
    size_t n_shapes;
};

/* Each start that fits is tried, so a pivot that leaves many costs more. */
static int many_starts(const struct pivot *pivot, const struct anchor *out) {
    const struct byteset both = byteset_intersection(out->before, pivot->back);
    if (byteset_is_empty(&both)) return 0;
    return 16 * RARITY_BIT - rarity_bits(pivot->back_max - pivot->back_min + 1, 16);
}

static void take_pivot(const struct pivot *pivot, struct anchor *out) {
    out->back = pivot->back;
    out->last = pivot->last;
    out->back_min = (uint16_t)pivot->back_min;
    out->back_max = (uint16_t)pivot->back_max;
}

static int set_bits(struct memo *memos, const struct byteset *set) {
    const uint64_t mix = (set->word[0] ^ set->word[1] * 3 ^ set->word[2] * 5 ^ set->word[3] * 7) *
                         UINT64_C(0x9e3779b97f4a7c15);
    struct memo *memo = &memos[mix >> 58];
    if (!memo->is_set || memcmp(&memo->set, set, sizeof *set) != 0)
        *memo = (struct memo){true, *set, rarity_set_bits(set)};
    return memo->bits;
}

/* Bits of a set behind another one. Digits stand by digits and letters by letters: half of what is
 * in the set is in the other, so a byte of the set tells less. */
static int bits_behind(struct memo *memos, const struct byteset *set, const struct byteset *other) {
    const int bits = set_bits(memos, set);
    if (bits == 0) return 0;
    const struct byteset both = byteset_intersection(*set, *other);
    const bool is_alike = 2 * byteset_count(&both) >= byteset_count(set);
    return is_alike ? bits * 3 / 8 : bits;
}

/* How rare the window and what stands before it are. */
static int shape_bits(struct memo *memos, const struct pivot *pivot, const struct window *window,
                      const struct anchor *out) {
    struct anchor at = *out;
    take_pivot(pivot, &at);
    const struct byteset lead = anchor_lead(&at);
    int bits = bits_behind(memos, &lead, &window->set[0]) + set_bits(memos, &window->set[0]);
    for (size_t i = 1; i < window->n && i < JUDGED; i++)
        bits += bits_behind(memos, &window->set[i], &window->set[i - 1]);
    return bits;
}

static void add_shape(struct choice *c, const struct pivot *pivot) {
    size_t at = c->n_shapes;
    while (at > 0 && c->shapes[at - 1].bits < pivot->bits) at--;
    if (at == SHAPES) return;
    if (c->n_shapes < SHAPES) c->n_shapes++;
    memmove(c->shapes + at + 1, c->shapes + at, (c->n_shapes - at - 1) * sizeof *pivot);
    c->shapes[at] = *pivot;
}

/* How rare it is in the sample and by the table; the sample is short. */
static int sampled_bits(const struct choice *c, const struct pivot *pivot,
                        const struct anchor *out) {
    static const uint8_t at[ANCHOR_WINDOW] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const struct window *window = &c->window[pivot->item];
    struct anchor anchor = *out;
    take_pivot(pivot, &anchor);
    const struct byteset lead = anchor_lead(&anchor);
    const uint64_t seen = sample_count(&lead, window->set, at, window->n);
    const int bits = pivot->bits + pivot->penalty, whole = bits / RARITY_BIT;
    const uint64_t chance = whole >= 32 ? 1 : UINT64_C(1) << (32 - whole);
    return rarity_bits(chance / 4 + (seen << 32) / sample_text().len, 32) - pivot->penalty;
}

static void choose_shape(struct choice *c, const struct anchor *out) {
    for (size_t i = 0; i < c->n_shapes; i++) {
        struct pivot *pivot = &c->shapes[i];
        if (c->n_shapes > 1) pivot->bits = sampled_bits(c, pivot, out);
        if (pivot->bits > c->shape.bits) c->shape = *pivot;
    }
}

static bool judge(struct choice *c, struct pivot pivot, const struct anchor *out) {
    const size_t left = c->items.n - pivot.item;
    const struct window *window = &c->window[pivot.item];
    pivot.penalty = many_starts(&pivot, out);
    if (!words_spell(c->items.node + pivot.item, left, c->items.arena, &c->words)) return false;
    if (c->words.n_done > 0 && c->words.shortest >= 2) {
        pivot.bits = words_bits(&c->words) - pivot.penalty;
        if (pivot.bits > c->literal.bits) {
            c->literal = pivot;
            memcpy(&c->best_words, &c->words, sizeof c->words);
        }
    }
    if (window->n == 0) return true;
    pivot.bits = shape_bits(c->memo, &pivot, window, out) - pivot.penalty;
    add_shape(c, &pivot);
    return true;
}

/* A match begins only where a view does. */
static bool is_view_start(const struct anchor *anchor) {
    return anchor->at_start && byteset_is_empty(&anchor->before);
}

static bool judge_all(struct choice *c, const struct anchor *out) {
    struct pivot pivot = {0};
    const size_t max_back = is_view_start(out) ? ANCHOR_MAX_BACK_START : ANCHOR_MAX_BACK;
    for (; pivot.item < c->items.n; pivot.item++) {
        const struct node *node = c->items.node[pivot.item];
        if (node->max_len > 0 && !judge(c, pivot, out)) return false;
        if (node->max_len > max_back - pivot.back_max) break;
        pivot.back = byteset_union(pivot.back, node_bytes(node));
        const struct byteset ends = node_ends(node);
        pivot.last = node->min_len > 0 ? ends : byteset_union(pivot.last, ends);
        pivot.back_min += node->min_len;
        pivot.back_max += node->max_len;
    }
    choose_shape(c, out);
    return true;
}

static bool take_literals(const struct words *words, struct arena *arena, struct anchor *out) {
    out->literals = ARENA_ARRAY(arena, struct slice, words->n_done);
    if (out->literals == NULL) return false;
    for (size_t i = 0; i < words->n_done; i++) {
        out->literals[i] = arena_copy(arena, slice_of(words->done[i].byte, words->done[i].len));
        if (out->literals[i].ptr == NULL) return false;
    }
    out->kind = ANCHOR_LITERAL;
    out->n_literals = words->n_done;
    out->nocase = words->nocase;
    return true;
}

/* Sets of all bytes at the end of the window say nothing. */
static void take_window(const struct window *window, struct anchor *out) {
    const struct byteset all = byteset_all();
    out->n_window = window->n;
    memcpy(out->window, window->set, sizeof out->window);
    while (out->n_window > 1 && byteset_is_subset(all, out->window[out->n_window - 1]))
        out->n_window--;
}

static bool prepare(struct choice *c, const struct pattern *pattern, struct arena *arena) {
    c->items.arena = arena;
    c->items.node = ARENA_ARRAY(arena, const struct node *, MAX_ITEMS + 2 * pattern->n_nodes);
    if (c->items.node == NULL) return false;
    flatten(&c->items, pattern->root);
    while (c->items.n > 0 && c->items.node[c->items.n - 1]->kind == NODE_AHEAD)
        flatten(&c->items, c->items.node[--c->items.n]->first);
    if (c->items.no_memory) return false;
    c->window = ARENA_ARRAY(arena, struct window, c->items.n + 1);
    if (c->window == NULL) return false;
    for (size_t i = c->items.n; i-- > 0;) {
        unsigned work = WORK;
        c->window[i] = c->window[i + 1];
        precede(c->items.node[i], &c->window[i], &work);
    }
    return true;
}

static bool derive(const struct pattern *pattern, struct arena *arena, struct choice *c,
                   struct anchor *out) {
    if (!prepare(c, pattern, arena)) return false;
    if (c->window[0].n > 0) out->first = c->window[0].set[0];
    out->min_length = pattern->root->min_len;
    find_lead(&c->items, out);
    c->literal.bits = c->shape.bits = -1;
    return judge_all(c, out);
}

/* Literals are found by a look-up, shapes are asked one by one, but each place found costs an
 * attempt. */
static bool is_literal_better(const struct choice *c) {
    if (c->literal.bits < 0) return false;
    return c->literal.bits >= GOOD_LITERAL || c->literal.bits + MUCH_RARER > c->shape.bits;
}

static int best_bits(const struct choice *c) {
    return is_literal_better(c) ? c->literal.bits : c->shape.bits;
}

/* The better pivot; NONE if both are useless. */
static bool take_best(const struct choice *c, struct arena *arena, struct anchor *out) {
    if (is_literal_better(c)) {
        take_pivot(&c->literal, out);
        take_window(&c->window[c->literal.item], out);
        return take_literals(&c->best_words, arena, out);
    }
    if (c->shape.bits < USEFUL_SHAPE) return true;
    out->kind = ANCHOR_SHAPE;
    take_pivot(&c->shape, out);
    take_window(&c->window[c->shape.item], out);
    return true;
}

/* --- branches -------------------------------------------------------------------------------- */

static bool is_choice(const struct node *node) {
    return node->kind == NODE_CHOICE && node->min_len > 0;
}

/* Where the choice stands that begins every match, or the one at the best pivot. */
static bool find_choice(const struct choice *c, struct pivot *at) {
    *at = (struct pivot){.item = 0};
    while (at->item < c->items.n && c->items.node[at->item]->max_len == 0) at->item++;
    if (at->item < c->items.n && is_choice(c->items.node[at->item])) return true;
    *at = c->shape;
    return !is_literal_better(c) && c->shape.bits >= 0 && is_choice(c->items.node[at->item]);
}

/* What branch of a choice that begins a match says of its start. */
static void start_branch(const struct node *branch, const struct window *window,
                         const struct anchor *whole, struct anchor *out) {
    if (window->n > 0) out->first = window->set[0];
    struct lead lead = {whole->before, whole->at_start};
    for (const struct node *child = branch->first;
         branch->kind == NODE_SEQUENCE && child != NULL && child->max_len == 0; child = child->next)
        lead_through(child, out->first, &lead);
    out->before = lead.before;
    out->at_start = lead.at_start;
}

/* One branch of the choice at the pivot, taken for the whole. */
static bool derive_branch(struct choice *c, const struct pivot *pivot, const struct node *branch,
                          const struct anchor *whole, struct arena *arena, struct anchor *out,
                          int *bits) {
    struct choice *one = ARENA_NEW(c->items.arena, struct choice);
    const size_t at = pivot->item, n = c->items.n - at;
    const struct node **node = ARENA_ARRAY(c->items.arena, const struct node *, n);
    if (one == NULL || node == NULL) return false;
    unsigned work = WORK;
    struct window window = c->window[at + 1];
    struct pivot first = *pivot;
    precede(branch, &window, &work);
    memcpy(node, c->items.node + at, n * sizeof *node);
    node[0] = branch;
    first.item = 0;
    one->items = (struct items){.node = node, .n = n, .arena = c->items.arena};
    one->window = &window;
    one->literal.bits = one->shape.bits = -1;
    *out = *whole;
    out->kind = ANCHOR_NONE;
    if (pivot->back_max == 0) start_branch(branch, &window, whole, out);
    if (!judge(one, first, out)) return false;
    choose_shape(one, out);
    if (!take_best(one, arena, out)) return false;
    *bits = best_bits(one);
    return true;
}

/* Where the branches by themselves are much rarer than the best pivot of the whole, they are the
 * anchor. False: out of memory. */
static bool try_branches(struct choice *c, struct arena *arena, struct anchor *out) {
    struct pivot pivot;
    size_t n = 0, i = 0;
    if (!find_choice(c, &pivot)) return true;
    const struct node *choice = c->items.node[pivot.item];
    for (const struct node *child = choice->first; child != NULL; child = child->next) n++;
    struct anchor *branches = ARENA_ARRAY(arena, struct anchor, n);
    if (branches == NULL) return false;
    uint64_t sum = 0; /* of chances, times 2^32 */
    for (const struct node *child = choice->first; child != NULL; child = child->next, i++) {
        int bits = 0;
        if (!derive_branch(c, &pivot, child, out, arena, &branches[i], &bits)) return false;
        if (branches[i].kind == ANCHOR_NONE) return true;
        sum += bits / RARITY_BIT < 32 ? UINT64_C(1) << (32 - bits / RARITY_BIT) : 1;
    }
    /* A window at the choice is the union of theirs, so there they are rarer whatever the score. */
    const bool is_union = !is_literal_better(c) && c->shape.item == pivot.item;
    if (!is_union && rarity_bits(sum, 32) < best_bits(c) + MUCH_RARER) return true;
    out->kind = ANCHOR_SHAPE;
    take_pivot(&pivot, out);
    take_window(&c->window[pivot.item], out);
    out->branches = branches;
    out->n_branches = n;
    return true;
}

bool anchor_derive(struct slice text, struct arena *arena, struct anchor *out) {
    *out = (struct anchor){.kind = ANCHOR_NONE,
                           .first = byteset_all(),
                           .before = byteset_all(),
                           .at_start = true,
                           .back_max = ANCHOR_MAX_BACK,
                           .back = byteset_all(),
                           .last = byteset_all()};
    const struct arena_mark mark = arena_mark(arena);
    struct arena scratch;
    struct pattern pattern;
    arena_init(&scratch);
    struct choice *c = ARENA_NEW(&scratch, struct choice);
    bool ok = c != NULL && pattern_read(text, &scratch, &pattern);
    if (!ok) goto out;
    out->is_unbounded = pattern.is_unbounded;
    if (pattern.root == NULL) goto out;
    ok = derive(&pattern, &scratch, c, out);
    if (!ok) goto out;
    ok = try_branches(c, arena, out);
    if (ok && out->n_branches == 0) ok = take_best(c, arena, out);
out:
    if (!ok) arena_rewind(arena, mark);
    arena_fini(&scratch);
    return ok;
}

struct byteset anchor_lead(const struct anchor *anchor) {
    struct byteset lead = {{0}};
    if (anchor->back_max > 0) lead = anchor->last;
    if (anchor->back_min > 0) return lead;
    lead = byteset_union(lead, anchor->before);
    for (unsigned c = 0; c < 256 && anchor->at_start; c++)
        if (anchor_is_border((uint8_t)c)) byteset_add(&lead, (uint8_t)c);
    return lead;
}

bool anchor_start_fits(const struct anchor *anchor, struct slice view, size_t start, size_t pivot) {
    if (start > view.len) return false;
    if (start == view.len ? anchor->min_length > 0 : !byteset_has(&anchor->first, view.ptr[start]))
        return false;
    if (start == 0 ? !anchor->at_start : !byteset_has(&anchor->before, view.ptr[start - 1]))
        return false;
    if (anchor->kind == ANCHOR_NONE) return true;
    if (pivot < start || pivot - start < anchor->back_min || pivot - start > anchor->back_max)
        return false;
    for (size_t i = start; i < pivot; i++)
        if (!byteset_has(&anchor->back, view.ptr[i])) return false;
    return pivot == start || byteset_has(&anchor->last, view.ptr[pivot - 1]);
}
