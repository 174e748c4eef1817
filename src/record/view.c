/* SPDX-License-Identifier: Apache-2.0 */
#include "record/view.h"
#include "base/codec.h"
#include "base/must.h"
#include <stdlib.h>

void view_init(struct view_store *store, const struct mask_kernels *kernels, size_t max_depth) {
    *store = (struct view_store){.kernels = kernels, .max_depth = max_depth};
    buf_init(&store->text, 0);
    json_init(&store->json);
}

void view_fini(struct view_store *store) {
    buf_fini(&store->text);
    json_fini(&store->json);
    free(store->documents);
    free(store->atoms);
    free(store->views);
}

void view_reset(struct view_store *store) {
    buf_reset(&store->text);
    store->n_atoms = store->n_views = store->n_documents = 0;
    store->failed = false;
}

/* One level of decoding: reads `src` (whose bytes stand for raw bytes by the atoms of `level`) and
 * appends. */
struct decoder {
    struct view_store *store;
    struct view level; /* the view read from; of the raw field: no atoms, text = raw */
    bool from_raw;
    size_t next_atom;  /* of level, ascending with the reading position */
    size_t first_atom; /* of the view written */
    bool changed;
};

/* Raw offset of the byte at `at` of the level (at_end: the end of what the byte before `at` stands
 * for). */
static size_t raw_of(struct decoder *d, size_t at, bool at_end) {
    if (d->from_raw) return at;
    const struct view_atom *atoms = d->store->atoms;
    size_t limit = d->level.first_atom + d->level.n_atoms, probe = at_end ? at - 1 : at;
    while (d->next_atom < limit && atoms[d->next_atom].view <= probe) d->next_atom++;
    if (d->next_atom == d->level.first_atom) return d->level.raw.start + (at - d->level.text.start);
    const struct view_atom *a = &atoms[d->next_atom - 1];
    if (probe < (size_t)a->view + a->view_len) return at_end ? a->raw + a->raw_len : a->raw;
    return a->raw + a->raw_len + (at - a->view - a->view_len);
}

static bool add_atom(struct decoder *d, size_t view_len, size_t raw, size_t raw_len) {
    struct view_store *store = d->store;
    if (!VEC_GROW(store->atoms, store->cap_atoms, store->n_atoms + 1)) return false;
    store->atoms[store->n_atoms++] =
        (struct view_atom){(uint32_t)(store->text.len - view_len), (uint32_t)view_len,
                           (uint32_t)raw, (uint32_t)raw_len};
    return true;
}

/* Copies bytes [from, to) of the level; atoms of the level in them are carried over. */
static bool copy_run(struct decoder *d, struct slice region, size_t from, size_t to) {
    struct view_store *store = d->store;
    if (from == to) return true;
    size_t out = store->text.len;
    if (d->from_raw) return buf_append(&store->text, region.ptr + from, to - from);
    if (!buf_reserve(&store->text, to - from)) return false;
    buf_append(&store->text, store->text.ptr + from, to - from);
    size_t limit = d->level.first_atom + d->level.n_atoms;
    for (; d->next_atom < limit && store->atoms[d->next_atom].view < to; d->next_atom++) {
        struct view_atom a = store->atoms[d->next_atom];
        if (a.view < from) continue;
        a.view = (uint32_t)(a.view - from + out);
        if (!VEC_GROW(store->atoms, store->cap_atoms, store->n_atoms + 1)) return false;
        store->atoms[store->n_atoms++] = a;
    }
    return true;
}

/* The escape at `at` of the level: how many bytes it takes (0: none) and what it stands for. */
static size_t escape_at(uint8_t lead, const uint8_t *p, const uint8_t *end, uint8_t out[4],
                        size_t *n_out) {
    *n_out = 0;
    if (lead == '\\') return text_unescape(p, end, out, n_out);
    if (lead == '&') return entity_unescape(p, end, out, n_out);
    if (lead == '%') {
        if (!percent_unescape(p, end, out)) return 0;
        *n_out = 1;
        return 3;
    }
    return ansi_sequence(p, end);
}

bool view_may_decode(struct slice text) {
    uint8_t out[4];
    size_t n_out;
    return text.ptr[0] != '&' || escape_at('&', text.ptr, text.ptr + text.len, out, &n_out) > 0;
}

static bool decode(struct decoder *d, struct slice region, uint8_t lead) {
    struct view_store *store = d->store;
    size_t from = d->level.text.start, end = d->level.text.end;
    if (d->from_raw) from = d->level.raw.start, end = d->level.raw.end;
    for (size_t at = from; at < end;) {
        /* the text may move while it grows: pointers are taken afresh in each round */
        const uint8_t *base = d->from_raw ? region.ptr : store->text.ptr;
        const uint8_t *p = memchr(base + at, lead, end - at);
        size_t esc = p != NULL ? (size_t)(p - base) : end;
        uint8_t out[4];
        size_t n_out = 0, taken = p != NULL ? escape_at(lead, p, base + end, out, &n_out) : 0;
        if (p != NULL && taken == 0) esc++; /* the lead stands for itself */
        if (!copy_run(d, region, at, esc)) return false;
        at = esc;
        if (taken == 0) continue;
        size_t raw = raw_of(d, at, false), raw_end = raw_of(d, at + taken, true);
        if (!buf_append(&store->text, out, n_out) || !add_atom(d, n_out, raw, raw_end - raw))
            return false;
        at += taken;
        d->changed = true;
    }
    return true;
}

/* Appends the level below `from` by undoing `lead` escapes; *changed: it differs and was kept. */
static bool add_level(struct view_store *store, struct slice region, struct view *from,
                      bool *from_raw, uint8_t lead, bool *changed) {
    struct decoder d = {store, *from, *from_raw, from->first_atom, store->n_atoms, false};
    size_t text = store->text.len, atoms = store->n_atoms;
    *changed = false;
    if (!decode(&d, region, lead)) return false;
    if (!d.changed) {
        store->text.len = text;
        store->n_atoms = atoms;
        return true;
    }
    struct view view = {.text = {text, store->text.len},
                        .raw = from->raw,
                        .first_atom = (uint32_t)atoms,
                        .n_atoms = (uint32_t)(store->n_atoms - atoms),
                        .field = from->field,
                        .level = from->level + (lead == '\\'),
                        .key = from->key,
                        .is_key = from->is_key,
                        .reach = store->text.len};
    if (!buf_byte(&store->text, '\n')) return false;
    if (!VEC_GROW(store->views, store->cap_views, store->n_views + 1)) return false;
    store->views[store->n_views++] = view;
    *from = view;
    *from_raw = false;
    *changed = true;
    return true;
}

/* ---- documents ---- */

/* The leaf of `whole` that stands at `leaf` of its text; *atom: the first that may be in it. */
static struct view leaf_view(const struct view_store *store, const struct view *whole,
                             const struct json_leaf *leaf, size_t *atom) {
    const size_t base = whole->text.start, limit = whole->first_atom + whole->n_atoms;
    struct view view = {.text = {base + leaf->text.start, base + leaf->text.end},
                        .field = whole->field,
                        .level = whole->level,
                        .document = (uint32_t)store->n_documents + 1,
                        .key = {base + leaf->key.start, base + leaf->key.end},
                        .reach = base + leaf->reach,
                        .is_key = leaf->is_key,
                        .is_bare = !leaf->is_string};
    while (*atom < limit && store->atoms[*atom].view < view.text.start) (*atom)++;
    view.first_atom = (uint32_t)*atom;
    while (*atom < limit && store->atoms[*atom].view < view.text.end) (*atom)++;
    view.n_atoms = (uint32_t)*atom - view.first_atom;
    view.raw = view_to_raw(store, whole, view.text);
    return view;
}

/* Puts the leaves of the last view in its place, if its text is a document. */
static bool make_document(struct view_store *store, uint32_t holder, bool *is_document) {
    const struct view whole = store->views[store->n_views - 1];
    const struct slice text = slice_sub(buf_view(&store->text), whole.text.start, whole.text.end);
    *is_document = false;
    if (!json_is_likely(text) || (!json_begins(text) && text.ptr[0] != '"')) return true;
    const enum json_result result =
        json_build(&store->json, store->kernels, text, store->max_depth);
    if (result == JSON_NO_MEMORY) return false;
    if (result != JSON_VALID) return true;
    struct json_cursor cursor = {0};
    struct json_leaf leaf;
    size_t atom = whole.first_atom;
    store->n_views--;
    struct view_document document = {whole, (uint32_t)store->n_views, 0, holder};
    while (json_next_leaf(&store->json, &cursor, &leaf)) {
        if (leaf.text.end == leaf.text.start) continue;
        if (!VEC_GROW(store->views, store->cap_views, store->n_views + 1)) return false;
        store->views[store->n_views++] = leaf_view(store, &whole, &leaf, &atom);
    }
    document.end = (uint32_t)store->n_views;
    if (document.end == document.first) { /* nothing but brackets: as text it has a view */
        store->n_views++;
        return true;
    }
    if (!VEC_GROW(store->documents, store->cap_documents, store->n_documents + 1)) return false;
    store->documents[store->n_documents++] = document;
    *is_document = true;
    return true;
}

void view_index(struct view_store *store, const struct view_document *document) {
    const struct span text = document->whole.text;
    MUST(json_build(&store->json, store->kernels,
                    slice_sub(buf_view(&store->text), text.start, text.end),
                    store->max_depth) == JSON_VALID);
}

/* ---- chains of levels ---- */

/* What is being decoded: a field of the raw region or a leaf. */
struct chain {
    struct slice region;
    struct view from; /* the level that was reached */
    bool from_raw;
    uint32_t holder; /* number + 1 of the leaf, 0: a field */
    bool documents;  /* are they looked for? */
    bool is_document;
};

/* The view of the raw field with only its ANSI sequences removed: between `"key":` and a coloured
 * value the quotes keep the level that they have there. */
static bool add_uncoloured(struct view_store *store, const struct chain *chain, struct span raw) {
    struct view from = {.raw = raw, .text = raw, .field = (uint32_t)raw.start};
    bool from_raw = true, changed;
    if (memchr(chain->region.ptr + raw.start, 0x1b, raw.end - raw.start) == NULL) return true;
    return add_level(store, chain->region, &from, &from_raw, 0x1b, &changed);
}

/* At most `n` levels of one kind, while there is something to undo. */
static bool add_levels(struct view_store *store, struct chain *chain, uint8_t lead, int n) {
    bool ok = true, changed = true;
    for (int level = 0; ok && changed && !chain->is_document && level < n; level++) {
        ok = add_level(store, chain->region, &chain->from, &chain->from_raw, lead, &changed);
        if (ok && changed && chain->documents && lead == '\\')
            ok = make_document(store, chain->holder, &chain->is_document);
    }
    return ok;
}

/* All levels; the ones above a document are hidden. */
static bool add_chain(struct view_store *store, struct chain *chain) {
    const size_t first = store->n_views;
    const struct view top = chain->from;
    const bool is_field = chain->from_raw;
    const int n = top.level < VIEW_JSON_LEVELS ? VIEW_JSON_LEVELS - (int)top.level : 1;
    chain->documents &= top.level < VIEW_JSON_LEVELS;
    if (!add_levels(store, chain, '\\', n)) return false;
    if (chain->is_document) {
        const struct view_document *made = &store->documents[store->n_documents - 1];
        for (size_t i = first; i < made->first; i++) store->views[i].is_hidden = true;
        return true;
    }
    if (!chain->from_raw && is_field && !add_uncoloured(store, chain, top.raw)) return false;
    if (!add_levels(store, chain, 0x1b, 1)) return false;
    const size_t n_before = store->n_views;
    chain->documents = false;
    bool ok = add_levels(store, chain, '%', VIEW_PERCENT_LEVELS);
    if (store->n_views > n_before)
        ok = ok && add_levels(store, chain, '\\', VIEW_JSON_LEVELS) &&
             add_levels(store, chain, 0x1b, 1);
    return ok && add_levels(store, chain, '&', VIEW_ENTITY_LEVELS);
}

static bool has_escape(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\\' || text.ptr[i] == '%' || text.ptr[i] == 0x1b || text.ptr[i] == '&')
            return true;
    return false;
}

/* The levels below the strings of the documents from number `first` on, documents in these too. */
static bool add_leaves(struct view_store *store, size_t first) {
    for (size_t d = first; d < store->n_documents; d++) {
        const uint32_t end = store->documents[d].end;
        for (uint32_t v = store->documents[d].first; v < end; v++) {
            const struct view leaf = store->views[v];
            if (leaf.is_bare ||
                !has_escape(slice_sub(buf_view(&store->text), leaf.text.start, leaf.text.end)))
                continue;
            struct chain chain = {.from = leaf, .holder = v + 1, .documents = true};
            chain.from.document = 0;
            const size_t n_views = store->n_views;
            if (!add_chain(store, &chain)) return false;
            if (store->n_views == n_views) continue;
            store->views[v].below = (uint32_t)n_views + 1;
            store->views[v].is_hidden =
                chain.is_document || store->views[n_views].level > leaf.level;
        }
    }
    return true;
}

bool view_add(struct view_store *store, struct slice region, struct span raw, bool documents) {
    struct chain chain = {.region = region,
                          .from = {.raw = raw, .text = raw, .field = (uint32_t)raw.start},
                          .from_raw = true,
                          .documents = documents};
    const size_t n_documents = store->n_documents;
    const bool ok = add_chain(store, &chain) && add_leaves(store, n_documents);
    if (!ok) store->failed = true;
    return ok;
}

static bool end_view(struct view_store *store, size_t text, size_t atom, struct span raw, bool ok) {
    const struct view view = {.text = {text, store->text.len},
                              .raw = raw,
                              .first_atom = (uint32_t)atom,
                              .n_atoms = (uint32_t)(store->n_atoms - atom),
                              .field = (uint32_t)raw.start,
                              .reach = store->text.len};
    ok = ok && buf_byte(&store->text, '\n') &&
         VEC_GROW(store->views, store->cap_views, store->n_views + 1);
    if (ok) store->views[store->n_views++] = view;
    store->failed |= !ok;
    return ok;
}

bool view_add_plain(struct view_store *store, struct slice region, struct span raw) {
    const size_t text = store->text.len;
    const bool ok = buf_slice(&store->text, slice_sub(region, raw.start, raw.end));
    return end_view(store, text, store->n_atoms, raw, ok);
}

bool view_add_text(struct view_store *store, struct slice text, struct span raw) {
    const size_t at = store->text.len, atom = store->n_atoms;
    bool ok = buf_slice(&store->text, text) &&
              VEC_GROW(store->atoms, store->cap_atoms, store->n_atoms + 1);
    if (ok)
        store->atoms[store->n_atoms++] =
            (struct view_atom){(uint32_t)at, (uint32_t)text.len, (uint32_t)raw.start,
                               (uint32_t)(raw.end - raw.start)};
    return end_view(store, at, atom, raw, ok);
}

/* Number of the first view that was decoded from the field at `raw`; n_views: none was. */
static size_t first_of_field(const struct view_store *store, size_t raw) {
    size_t low = 0, high = store->n_views;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (store->views[mid].field < raw)
            low = mid + 1;
        else
            high = mid;
    }
    return low < store->n_views && store->views[low].field == raw ? low : store->n_views;
}

bool view_hides(const struct view_store *store, size_t raw) {
    const size_t first = first_of_field(store, raw);
    return first < store->n_views && store->views[first].level > 0;
}

uint32_t view_unescaped(const struct view_store *store, uint32_t holder, size_t raw) {
    size_t first = first_of_field(store, raw);
    uint32_t level = 1;
    if (holder > 0) {
        const struct view *leaf = &store->views[holder - 1];
        first = leaf->below > 0 ? leaf->below - 1 : store->n_views;
        level += leaf->level;
    }
    if (first == store->n_views) return 0;
    const struct view *view = &store->views[first];
    const bool is_text = view->level == level && view->document == 0 && !view->is_hidden;
    return is_text ? (uint32_t)first + 1 : 0;
}

const struct view *view_find(const struct view_store *store, size_t off) {
    size_t low = 0, high = store->n_views;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (store->views[mid].text.end <= off)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == store->n_views || off < store->views[low].text.start) return NULL;
    return &store->views[low];
}

/* The last atom of the view that begins at or before `off`; NULL: none. */
static const struct view_atom *atom_before(const struct view_store *store, const struct view *view,
                                           size_t off) {
    if (view->n_atoms == 0) return NULL;
    const struct view_atom *atoms = store->atoms + view->first_atom;
    size_t low = 0, high = view->n_atoms;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (atoms[mid].view <= off)
            low = mid + 1;
        else
            high = mid;
    }
    return low > 0 ? &atoms[low - 1] : NULL;
}

struct span view_to_raw(const struct view_store *store, const struct view *view, struct span text) {
    struct span raw;
    const struct view_atom *a = atom_before(store, view, text.start);
    if (a == NULL)
        raw.start = view->raw.start + (text.start - view->text.start);
    else if (text.start < (size_t)a->view + a->view_len)
        raw.start = a->raw;
    else
        raw.start = a->raw + a->raw_len + (text.start - a->view - a->view_len);
    if (text.end == text.start) return (struct span){raw.start, raw.start};
    size_t last = text.end - 1;
    a = atom_before(store, view, last);
    if (a == NULL)
        raw.end = view->raw.start + (last - view->text.start) + 1;
    else if (last < (size_t)a->view + a->view_len)
        raw.end = a->raw + a->raw_len;
    else
        raw.end = a->raw + a->raw_len + (last - a->view - a->view_len) + 1;
    return raw;
}
