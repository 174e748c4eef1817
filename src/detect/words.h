/* SPDX-License-Identifier: Apache-2.0 */
/* Spells out the first bytes of a pattern's items where these are few: `gh[pousr]_` gives ghp_,
 * gho_, ... */
#ifndef LW_DETECT_WORDS_H
#define LW_DETECT_WORDS_H

#include "detect/anchor.h"
#include "detect/pattern.h"

enum { WORD_MAX = 8 }; /* longer ones find nothing more: the window sees to that */

struct word {
    uint8_t len;
    uint8_t byte[WORD_MAX];
};

struct words {
    struct word open[ANCHOR_MAX_LITERALS]; /* those that may grow; none when words_spell is done */
    struct word done[ANCHOR_MAX_LITERALS];
    size_t n_open, n_done;
    size_t shortest; /* of those done */
    bool nocase;     /* letters are lower case and stand for both */
    bool is_full;    /* the last step would have made too many */
    bool no_memory;
};

/* What the `n` items, one after the other, begin with: `done` holds words, none the
 * beginning of another, one of which stands at the start of every text the items match; an empty
 * one says nothing. `arena` is
 * for scratch and left as it was. False: out of memory. */
bool words_spell(const struct node *const *items, size_t n, struct arena *arena,
                 struct words *words);
/* How rare it is that one of them stands at a place, as in rarity.h. */
int words_bits(const struct words *words);

#endif
