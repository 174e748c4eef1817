/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded views: what stands in a field when its escapes are undone, with a map back to raw
 * offsets.
 *
 * A field that holds `\`, `%`, ESC or `&` gives, one after the other and each only if it differs
 * from the one before: its JSON escapes (`\x22` and `\042`, too) undone once, twice, three times;
 * ANSI sequences removed; percent escapes undone once, twice, three times (addresses in addresses
 * in addresses), and what JSON and ANSI escapes stood in those (JSON in a query); character
 * references of XML undone up to twice. If it holds both `\` and ESC, also itself with nothing but
 * its ANSI sequences removed.
 *
 *     raw    a l i c e % 4 0 c o r p        view   a l i c e @ c o r p
 *                     `---'  one atom: view bytes [5, 6) stand for raw bytes [5, 8)
 *
 * Between atoms bytes stand for themselves. A range of a view maps to the raw range that holds
 * every atom it touches.
 *
 * Lifetime: texts and atoms live in the view_store until view_reset. Threads: one at a time. */
#ifndef LW_RECORD_VIEW_H
#define LW_RECORD_VIEW_H

#include "base/buf.h"

enum { VIEW_JSON_LEVELS = 3, VIEW_PERCENT_LEVELS = 3, VIEW_ENTITY_LEVELS = 2 };

struct view_atom {
    uint32_t view, view_len; /* in the store's text */
    uint32_t raw, raw_len;   /* in the raw region */
};

struct view {
    struct span text; /* in the store's text */
    struct span raw;  /* the field in the raw region */
    uint32_t first_atom, n_atoms;
};

struct view_store {
    struct buf text;
    struct view_atom *atoms;
    size_t n_atoms, cap_atoms;
    struct view *views;
    size_t n_views, cap_views;
    bool failed; /* out of memory; sticky until reset */
};

void view_init(struct view_store *store);
void view_fini(struct view_store *store);
void view_reset(struct view_store *store);
/* False: the `&` that `text` begins with is none of a character reference, as in every query. */
bool view_may_decode(struct slice text);
/* Appends the views of the field `raw` of `region`. Views do not touch each other: a byte of the
 * text that belongs to none lies between them. False: out of memory. */
bool view_add(struct view_store *store, struct slice region, struct span raw);
/* Appends one view that is the raw bytes themselves, and one whose text as a whole stands for
 * `raw`.
 */
bool view_add_plain(struct view_store *store, struct slice region, struct span raw);
bool view_add_text(struct view_store *store, struct slice text, struct span raw);
/* The view that holds byte `off` of the text, or NULL. */
const struct view *view_find(const struct view_store *store, size_t off);
/* The raw range for the range `text` of the view, rounded outwards to whole atoms. */
struct span view_to_raw(const struct view_store *store, const struct view *view, struct span text);

#endif
