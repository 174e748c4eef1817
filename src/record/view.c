/* SPDX-License-Identifier: Apache-2.0 */
#include "record/view.h"
#include "base/codec.h"
#include <stdlib.h>

void view_init(struct view_store *store) {
    *store = (struct view_store){.failed = false};
    buf_init(&store->text, 0);
}

void view_fini(struct view_store *store) {
    buf_fini(&store->text);
    free(store->atoms);
    free(store->views);
}

void view_reset(struct view_store *store) {
    buf_reset(&store->text);
    store->n_atoms = store->n_views = 0;
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
    struct view view = {{text, store->text.len},
                        from->raw,
                        (uint32_t)atoms,
                        (uint32_t)(store->n_atoms - atoms)};
    if (!buf_byte(&store->text, '\n')) return false;
    if (!VEC_GROW(store->views, store->cap_views, store->n_views + 1)) return false;
    store->views[store->n_views++] = view;
    *from = view;
    *from_raw = false;
    *changed = true;
    return true;
}

/* The view of the raw field with only its ANSI sequences removed: between `"key":` and a coloured
 * value the quotes keep the level that they have there. */
static bool add_uncoloured(struct view_store *store, struct slice region, struct span raw) {
    struct view from = {.raw = raw, .text = raw};
    bool from_raw = true, changed;
    if (memchr(region.ptr + raw.start, 0x1b, raw.end - raw.start) == NULL) return true;
    return add_level(store, region, &from, &from_raw, 0x1b, &changed);
}

/* At most `n` levels of one kind, while there is something to undo. */
static bool add_levels(struct view_store *store, struct slice region, struct view *from,
                       bool *from_raw, uint8_t lead, int n) {
    bool ok = true, changed = true;
    for (int level = 0; ok && changed && level < n; level++)
        ok = add_level(store, region, from, from_raw, lead, &changed);
    return ok;
}

bool view_add(struct view_store *store, struct slice region, struct span raw) {
    struct view from = {.raw = raw, .text = raw};
    bool from_raw = true;
    bool ok = add_levels(store, region, &from, &from_raw, '\\', VIEW_JSON_LEVELS) &&
              (from_raw || add_uncoloured(store, region, raw)) &&
              add_levels(store, region, &from, &from_raw, 0x1b, 1);
    const size_t n_before = store->n_views;
    ok = ok && add_levels(store, region, &from, &from_raw, '%', VIEW_PERCENT_LEVELS);
    if (store->n_views > n_before)
        ok = ok && add_levels(store, region, &from, &from_raw, '\\', VIEW_JSON_LEVELS) &&
             add_levels(store, region, &from, &from_raw, 0x1b, 1);
    ok = ok && add_levels(store, region, &from, &from_raw, '&', VIEW_ENTITY_LEVELS);
    if (!ok) store->failed = true;
    return ok;
}

static bool end_view(struct view_store *store, size_t text, size_t atom, struct span raw, bool ok) {
    const struct view view = {{text, store->text.len},
                              raw,
                              (uint32_t)atom,
                              (uint32_t)(store->n_atoms - atom)};
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
