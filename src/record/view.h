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
 * A *document* is a level of JSON escapes that is a JSON object, array or string itself. It is no
 * view: its strings and scalars are (with what json_next_leaf says of them), those that hold
 * escapes are decoded like fields, and what it was decoded from is hidden. So text that was
 * written into a string is read as the document it is, up to three of them deep.
 *
 * Lifetime: texts and atoms live in the view_store until view_reset. Threads: one at a time. */
#ifndef LW_RECORD_VIEW_H
#define LW_RECORD_VIEW_H

#include "base/buf.h"
#include "record/json.h"

enum { VIEW_JSON_LEVELS = 3, VIEW_PERCENT_LEVELS = 3, VIEW_ENTITY_LEVELS = 2 };

struct view_atom {
    uint32_t view, view_len; /* in the store's text */
    uint32_t raw, raw_len;   /* in the raw region */
};

struct view {
    struct span text; /* in the store's text */
    struct span raw;  /* the field, or the part of it that the leaf is, in the raw region */
    uint32_t first_atom, n_atoms;
    uint32_t field;       /* where the field begins in the raw region */
    uint32_t level;       /* of JSON escapes that were undone */
    uint32_t below;       /* number + 1 of the first view that was decoded from it, 0: none */
    uint32_t document;    /* number + 1 of the one that it is a leaf of, 0: of none */
    struct span key;      /* of a leaf, in the store's text; empty: none */
    size_t reach;         /* in the store's text: how far a word in it speaks (json_reach) */
    bool is_key, is_bare; /* a leaf that is a key, a scalar */
    bool is_hidden;       /* a document was made of it, or of a leaf JSON escapes were undone */
};

struct view_document {
    struct view whole;
    uint32_t first, end; /* its leaves */
    uint32_t holder;     /* number + 1 of the view that it was decoded from, 0: the field */
};

struct view_store {
    struct buf text;
    const struct mask_kernels *kernels;
    size_t max_depth; /* of a document */
    struct json_index json;
    struct view_document *documents;
    size_t n_documents, cap_documents;
    struct view_atom *atoms;
    size_t n_atoms, cap_atoms;
    struct view *views;
    size_t n_views, cap_views;
    bool failed; /* out of memory; sticky until reset */
};

void view_init(struct view_store *store, const struct mask_kernels *kernels, size_t max_depth);
void view_fini(struct view_store *store);
void view_reset(struct view_store *store);
/* False: the `&` that `text` begins with is none of a character reference, as in every query. */
bool view_may_decode(struct slice text);
/* Appends the views of the field `raw` of `region`; of documents only if they are asked for. Views
 * do not touch each other: a byte of the text that belongs to none lies between them. Fields come
 * in ascending order. False: out of memory. */
bool view_add(struct view_store *store, struct slice region, struct span raw, bool documents);
/* Appends one view that is the raw bytes themselves, and one whose text as a whole stands for
 * `raw`. */
bool view_add_plain(struct view_store *store, struct slice region, struct span raw);
bool view_add_text(struct view_store *store, struct slice text, struct span raw);
/* Are JSON escapes of the field at `raw` of the raw region undone, so that a JSON string is not
 * what its raw bytes are? */
bool view_hides(const struct view_store *store, size_t raw);
/* Number + 1 of the view of the string at `raw` of the raw region, or of view `holder` (number +
 * 1), with one level of its JSON escapes undone; 0: it has none, or is a document. */
uint32_t view_unescaped(const struct view_store *store, uint32_t holder, size_t raw);
/* Makes store->json speak of the document again. */
void view_index(struct view_store *store, const struct view_document *document);
/* The view that holds byte `off` of the text, or NULL. */
const struct view *view_find(const struct view_store *store, size_t off);
/* The raw range for the range `text` of the view, rounded outwards to whole atoms. */
struct span view_to_raw(const struct view_store *store, const struct view *view, struct span text);

#endif
