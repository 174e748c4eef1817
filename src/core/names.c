/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that were different and that edits have made equal get numbers, in the order in which they
 * stand: else a reader of the record would see only one of their values.
 *
 *     {"a@x.example": 1, "b@x.example": 2}   ->   {"[REDACTED:email]": 1, "[REDACTED:email]#2": 2}
 *
 * A table of hashes holds the keys of the record's objects: those that stay as they are first. A
 * key that stood twice before stands twice afterwards. What reading and probing costs counts as
 * work, so that keys made to share a slot reach that limit. */
#include "base/codec.h"
#include "core/engine.h"
#include <stdio.h>
#include <stdlib.h>

/* What a hash is of: a key as it is afterwards, or an edited one as it was. */
enum salt { SALT_NEW = 1, SALT_OLD };

/* A key of the record. */
struct key {
    struct span text; /* in the group */
    uint32_t holder;  /* its object */
    size_t edit, n_edits;
    bool is_gone;
};

struct names {
    struct logwash_scratch *s;
    size_t node, edit; /* that come next */
    size_t n_edits;    /* before any was added */
    size_t n_slots;
};

static uint64_t hash_begin(enum salt salt, const struct key *key) {
    return ((uint64_t)key->holder * 4 + salt) * 0x9e3779b97f4a7c15u;
}

static uint64_t hash_byte(uint64_t hash, uint8_t byte) { return (hash ^ byte) * 0x100000001b3u; }

static uint64_t hash_bytes(uint64_t hash, struct slice bytes) {
    for (size_t i = 0; i < bytes.len; i++) hash = hash_byte(hash, bytes.ptr[i]);
    return hash;
}

/* Bytes of the key as they stand in the record; in JSON their escapes are undone. */
static uint64_t hash_raw(struct names *x, uint64_t hash, size_t start, size_t end) {
    const struct slice raw = slice_sub(x->s->group, start, end);
    x->s->work += raw.len;
    for (size_t i = 0; i < raw.len;) {
        uint8_t out[4];
        size_t n_out = 0, taken = 0;
        if (x->s->is_json && raw.ptr[i] == '\\')
            taken = json_unescape(raw.ptr + i, raw.ptr + raw.len, out, &n_out);
        hash = taken > 0 ? hash_bytes(hash, slice_of(out, n_out)) : hash_byte(hash, raw.ptr[i]);
        i += taken > 0 ? taken : 1;
    }
    return hash;
}

static uint64_t hash_old(struct names *x, const struct key *key) {
    return hash_raw(x, hash_begin(SALT_OLD, key), key->text.start, key->text.end);
}

static uint64_t hash_new(struct names *x, const struct key *key) {
    uint64_t hash = hash_begin(SALT_NEW, key);
    size_t at = key->text.start;
    for (size_t i = 0; i < key->n_edits; i++) {
        const struct edit *e = &x->s->edits[key->edit + i];
        const struct slice with =
            slice_sub(buf_view(&x->s->replacements), e->with.start, e->with.end);
        hash = hash_bytes(hash_raw(x, hash, at, e->raw.start), with);
        at = e->raw.end;
    }
    return hash_raw(x, hash, at, key->text.end);
}

/* The hash of the key with a number behind it. */
static uint64_t hash_numbered(uint64_t hash, uint32_t n) {
    char text[12];
    const int len = snprintf(text, sizeof text, "#%u", n);
    return hash_bytes(hash, slice_of(text, (size_t)len));
}

/* The slot of a hash, or the empty one where it goes. */
static struct name_slot *slot_of(struct names *x, uint64_t hash) {
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    hash ^= hash >> 32;
    if (hash == 0) hash = 1;
    struct name_slot *slots = x->s->names;
    size_t at = hash & (x->n_slots - 1);
    for (; slots[at].hash != 0 && slots[at].hash != hash; at = (at + 1) & (x->n_slots - 1))
        x->s->work++;
    if (slots[at].hash == 0) slots[at] = (struct name_slot){hash, 0};
    return &slots[at];
}

static bool next_node(struct names *x, struct key *key) {
    struct logwash_scratch *s = x->s;
    if (s->is_json) {
        for (; x->node < s->paths.n; x->node++) {
            const struct path_node *n = &s->paths.nodes[x->node];
            if (!n->is_member) continue;
            key->text = (struct span){s->rec.start + n->key_start, s->rec.start + n->key_end};
            key->holder = n->parent;
            x->node++;
            return true;
        }
        return false;
    }
    for (; x->node < s->msgpack.n; x->node++) {
        const struct msgpack_field *f = &s->msgpack.fields[x->node];
        if (!f->is_key || f->is_nested || (f->kind != MP_STR && f->kind != MP_BIN)) continue;
        key->text = (struct span){s->rec.start + f->payload, s->rec.start + f->end};
        key->holder = f->parent;
        x->node++;
        return true;
    }
    return false;
}

/* The next key and what is edited of it; it is gone if an edit takes more than it. */
static bool next_key(struct names *x, struct key *key) {
    const struct edit *edits = x->s->edits;
    if (!next_node(x, key)) return false;
    while (x->edit < x->n_edits && edits[x->edit].raw.end <= key->text.start) x->edit++;
    key->edit = x->edit;
    key->n_edits = 0;
    key->is_gone = false;
    for (size_t i = x->edit; i < x->n_edits && edits[i].raw.start < key->text.end; i++) {
        key->n_edits++;
        key->is_gone |= edits[i].raw.start < key->text.start || edits[i].raw.end > key->text.end;
    }
    return true;
}

static void rewind_keys(struct names *x) { x->node = x->edit = 0; }

/* How many keys there are, and how many of them are edited. */
static size_t count_keys(struct names *x, size_t *n_edited) {
    size_t n = 0;
    struct key key;
    *n_edited = 0;
    for (rewind_keys(x); next_key(x, &key); n++) *n_edited += key.n_edits > 0 && !key.is_gone;
    return n;
}

static bool make_slots(struct names *x, size_t n) {
    for (x->n_slots = 16; x->n_slots < n + n / 2; x->n_slots *= 2) {}
    if (!VEC_GROW(x->s->names, x->s->cap_names, x->n_slots)) return false;
    memset(x->s->names, 0, x->n_slots * sizeof *x->s->names);
    return true;
}

/* Puts `#n` behind the key: as part of the edit that ends there, or of one more. */
static bool add_number(struct names *x, const struct key *key, uint32_t n) {
    struct logwash_scratch *s = x->s;
    struct edit *last = &s->edits[key->edit + key->n_edits - 1];
    struct slice before = slice_sub(s->group, key->text.end - 1, key->text.end);
    const bool ends_there = last->raw.end == key->text.end;
    const size_t with = s->replacements.len;
    if (ends_there) {
        const size_t len = last->with.end - last->with.start;
        if (!buf_reserve(&s->replacements, len)) return false;
        before = slice_sub(buf_view(&s->replacements), last->with.start, last->with.end);
    }
    buf_slice(&s->replacements, before);
    if (!buf_printf(&s->replacements, "#%u", n)) return false;
    const struct span text = {with, s->replacements.len};
    if (ends_there) {
        last->with = text;
        return true;
    }
    if (!VEC_GROW(s->edits, s->cap_edits, s->n_edits + 1)) return false;
    s->edits[s->n_edits++] = (struct edit){{key->text.end - 1, key->text.end}, text};
    return true;
}

/* Gives an edited key its number, if it needs one. */
static bool name_key(struct names *x, const struct key *key) {
    struct name_slot *old = slot_of(x, hash_old(x, key));
    if (old->n == 0) {
        const uint64_t hash = hash_new(x, key);
        struct name_slot *name = slot_of(x, hash);
        uint32_t n = name->n + 1;
        if (n > 1)
            while (slot_of(x, hash_numbered(hash, n))->n > 0) n++;
        if (n > 1) slot_of(x, hash_numbered(hash, n))->n = 1;
        name->n = old->n = n;
    }
    return old->n == 1 || add_number(x, key, old->n);
}

static int by_start(const void *left, const void *right) {
    const struct edit *a = left, *b = right;
    return a->raw.start < b->raw.start ? -1 : a->raw.start > b->raw.start;
}

static bool name_keys(struct names *x) {
    struct logwash_scratch *s = x->s;
    struct key key;
    size_t n_edited;
    const size_t n = count_keys(x, &n_edited);
    if (n_edited == 0) return true;
    if (!make_slots(x, n + 2 * n_edited)) return false;
    for (rewind_keys(x); s->work <= s->max_work && next_key(x, &key);)
        if (key.n_edits == 0) slot_of(x, hash_new(x, &key))->n = 1;
    for (rewind_keys(x); s->work <= s->max_work && next_key(x, &key);)
        if (key.n_edits > 0 && !key.is_gone && !name_key(x, &key)) return false;
    if (s->n_edits > x->n_edits) qsort(s->edits, s->n_edits, sizeof *s->edits, by_start);
    if (s->work > s->max_work) s->withheld = "work";
    if (s->n_edits > s->lw->limits.edits) s->withheld = "edits";
    return true;
}

/* Is anything edited within a key? In JSON that is known without a walk. */
static bool edits_keys(const struct logwash_scratch *s) {
    bool found = s->is_msgpack;
    for (size_t i = 0; i < s->n_edits && !found; i++)
        found = json_in_key(&s->json, s->edits[i].raw.start - s->rec.start);
    return found;
}

void names_settle(struct logwash_scratch *s) {
    if ((!s->is_json && !s->is_msgpack) || s->n_edits == 0 || !edits_keys(s)) return;
    struct names x = {.s = s, .n_edits = s->n_edits};
    bool ok = !s->is_json || s->has_paths || path_build(&s->paths, &s->json);
    s->has_paths = true;
    if (!ok || !name_keys(&x)) s->no_memory = true;
}
