/* SPDX-License-Identifier: Apache-2.0 */
/* From a pattern to the places where an attempt can succeed.
 *
 * A conservative reader of PCRE2 syntax derives, for each pattern, a *pivot* that stands in every
 * match and how the start is found from it:
 *
 *            start                pivot
 *              v                    v
 *     ... a l i c e . s m i t h     @ c o r p . c o m   '@', back [\w.+-] 1..64
 *     ... " t o k e n " : "         g h p _ 0 0 0 0   "ghp_", back 0..0
 *
 * Contract: if an attempt at `s` can succeed, then some pivot p of the anchor stands in the view
 * with back_min <= p - s <= back_max, every byte of [s, p) in `back`, the last of them in `last`,
 * the byte at s in `first`, and the byte before s in `before` (or s is the start of the view and
 * `at_start` holds). Too much may be reported, never too little. What the reader does not
 * understand widens the anchor (any byte, any length), at last to ANCHOR_NONE: such a rule is
 * attempted at every offset and listed as `slow`. */
#ifndef LW_DETECT_ANCHOR_H
#define LW_DETECT_ANCHOR_H

#include "base/arena.h"
#include "base/byteset.h"

enum {
    ANCHOR_WINDOW = 16,
    ANCHOR_MAX_LITERALS = 64,
    ANCHOR_MAX_BACK = 256,        /* each start in reach is tried … */
    ANCHOR_MAX_BACK_START = 4096, /* … unless a match begins only where the view does */
};

enum anchor_kind { ANCHOR_NONE, ANCHOR_LITERAL, ANCHOR_SHAPE };

struct anchor {
    enum anchor_kind kind;
    /* LITERAL: one of these stands at the pivot; at least two bytes, none the beginning of another.
     */
    struct slice *literals;
    size_t n_literals;
    bool nocase;
    /* LITERAL and SHAPE: byte i after the pivot is in window[i], for i < n_window. */
    struct byteset window[ANCHOR_WINDOW];
    size_t n_window;
    /* From the pivot to the start. */
    uint16_t back_min, back_max;
    struct byteset back, last; /* of all bytes in between, of the one before the pivot */
    struct byteset first;
    struct byteset before;
    bool at_start;
    size_t min_length; /* fewest bytes of a match, from its start */
    /* A choice stands at the pivot, and its branches begin in different ways: the pivot is where
     * one of these stands (they hold kind, literals, window and what anchor_lead asks). Then
     * literals is empty. */
    struct anchor *branches;
    size_t n_branches;
    bool is_rare;      /* in everyday logs it stands nowhere (prefilter_is_rare) */
    bool is_unbounded; /* the pattern has a quantifier over more than 256 that is no possessive run
                          of a class */
};

/* A view begins at the region's start or behind one of these: what ends a line or a record, and
 * what can stand before a string or scalar of JSON. */
static inline bool anchor_is_border(uint8_t c) {
    return c == '\n' || c == 0 || c == '"' || c == ',' || c == ':' || c == '[' || c == '{' ||
           c == ' ' || c == '\t' || c == '\r';
}

/* What can stand before a pivot. */
struct byteset anchor_lead(const struct anchor *anchor);
/* A pivot can be the first byte of its view. */
static inline bool anchor_leads_view(const struct anchor *anchor) {
    return anchor->back_min == 0 && anchor->at_start;
}

/* Derives the anchor of a pattern PCRE2 has already accepted. Literals live in `arena`. Literal
 * pivots are preferred over shapes when they have at least two bytes; among several the rarest in
 * logs (longest, then without vowels and digits only) wins; a common one of two or three bytes
 * loses to a shape that is much rarer. False: out of memory. */
bool anchor_derive(struct slice pattern, struct arena *arena, struct anchor *out);

/* The contract above for one start and one pivot (both offsets in `view`). */
bool anchor_start_fits(const struct anchor *anchor, struct slice view, size_t start, size_t pivot);

#endif
