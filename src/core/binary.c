/* SPDX-License-Identifier: Apache-2.0 */
/* MessagePack records in the engine: objects become views, edits become heads. */
#include "core/engine.h"
#include <stdlib.h>

void binary_classify(struct logwash_scratch *s, struct slice rec) {
    static const char *const reasons[] = {
        [MSGPACK_VALID] = NULL,
        [MSGPACK_INVALID] = "malformed",
        [MSGPACK_TOO_DEEP] = "depth",
        [MSGPACK_TOO_MANY] = "fields",
        [MSGPACK_COMPRESSED] = "compressed",
        [MSGPACK_NO_MEMORY] = NULL,
    };
    if (rec.len == 0) return;
    const enum msgpack_result result =
        msgpack_build(&s->msgpack, rec, s->lw->limits.depth, s->lw->limits.fields);
    s->is_msgpack = result == MSGPACK_VALID;
    s->verdict.malformed = result == MSGPACK_INVALID;
    s->no_memory |= result == MSGPACK_NO_MEMORY;
    s->withheld = reasons[result];
}

static bool is_number(const struct msgpack_field *f) {
    return f->kind == MP_INT || f->kind == MP_FLOAT;
}

static bool is_text(const struct msgpack_field *f) {
    return f->kind >= MP_STR && f->kind <= MP_EXT && !f->is_nested && f->end > f->payload;
}

static struct span in_group(const struct logwash_scratch *s, size_t start, size_t end) {
    return (struct span){s->rec.start + start, s->rec.start + end};
}

bool binary_views(struct logwash_scratch *s) {
    for (uint32_t i = 0; i < s->msgpack.n; i++) {
        struct msgpack_field *f = &s->msgpack.fields[i];
        f->view = (uint32_t)s->views.n_views + 1;
        if (is_number(f)) {
            buf_reset(&s->name);
            if (!msgpack_number(&s->msgpack, i, &s->name) ||
                !view_add_text(&s->views, buf_view(&s->name), in_group(s, f->start, f->end)))
                return false;
        } else if (is_text(f)) {
            const struct span raw = in_group(s, f->payload, f->end);
            if (!view_add_plain(&s->views, s->group, raw)) return false;
            if (mask_next(s->escape, raw.start, raw.end) < raw.end &&
                !view_add(&s->views, s->group, raw, f->kind == MP_STR))
                return false;
        } else {
            f->view = 0;
        }
    }
    return true;
}

void binary_shape_hit(struct logwash_scratch *s, struct hit *hit, const struct view *view) {
    const uint32_t number = msgpack_field_at(&s->msgpack, view->raw.start - s->rec.start);
    const struct msgpack_field *f = &s->msgpack.fields[number];
    hit->is_element =
        !f->is_key && hit->raw.start == view->raw.start && hit->raw.end == view->raw.end;
    if (!msgpack_is_rigid(&s->msgpack, number)) return;
    hit->raw = in_group(s, f->start, f->end);
    hit->is_bare = true;
    hit->is_container = f->kind == MP_EXT;
}

static bool item_hits(struct logwash_scratch *s, uint32_t array, uint32_t rule);

/* The value goes by each of the rules; returns the end of what was covered, 0: nothing, SIZE_MAX:
 * stop. */
static size_t value_hits(struct logwash_scratch *s, uint32_t number, const uint32_t *rules,
                         size_t n) {
    const struct msgpack_field *f = &s->msgpack.fields[number];
    if (f->kind == MP_NIL || f->kind == MP_BOOL) return 0;
    const bool is_group = f->kind >= MP_ARRAY || f->is_nested;
    struct hit hit = {.is_element = true, .is_container = is_group || f->kind == MP_EXT};
    hit.is_bare = hit.is_container || is_number(f);
    hit.raw = hit.value = in_group(s, hit.is_bare ? f->start : f->payload, f->end);
    struct slice text = s->group;
    if (f->view > 0) {
        hit.view = f->view;
        hit.value = s->views.views[f->view - 1].text;
        text = buf_view(&s->views.text);
    }
    size_t covered = 0;
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &s->lw->rules.rules[rules[i]];
        if (f->kind == MP_MAP && rule->extent == EXTENT_LINE) continue; /* no header's value */
        if (is_group && rule->leaves_containers) {
            if (f->kind == MP_ARRAY && !item_hits(s, number, rules[i])) return SIZE_MAX;
            continue;
        }
        hit.rule = rules[i];
        if (is_group ? f->end - f->payload == 0 || !fields_hold(s, rules[i], 0, hit.raw)
                     : !keys_want(s, rule, hit.view, text, hit.value, true))
            continue;
        if (!find_add(s, hit)) return SIZE_MAX;
        covered = f->end;
    }
    return covered;
}

/* The items of the array before its first container, each by itself, by a rule that leaves
 * containers. False: stop. */
static bool item_hits(struct logwash_scratch *s, uint32_t array, uint32_t rule) {
    const struct msgpack_field *fields = s->msgpack.fields;
    for (uint32_t i = array + 1; i < s->msgpack.n && fields[i].parent == array; i++) {
        if (fields[i].kind >= MP_ARRAY || fields[i].is_nested) return true;
        if (value_hits(s, i, &rule, 1) == SIZE_MAX) return false;
    }
    return true;
}

void binary_keys(struct logwash_scratch *s) {
    size_t covered = 0; /* nothing inside a container that goes as a whole is looked at */
    for (uint32_t i = 0; i < s->msgpack.n; i++) {
        const struct msgpack_field *f = &s->msgpack.fields[i], *key;
        if (f->key == MSGPACK_NONE || f->start < covered) continue;
        key = &s->msgpack.fields[f->key];
        const struct slice name = slice_sub(s->msgpack.rec, key->payload, key->end);
        if ((key->kind != MP_STR && key->kind != MP_BIN) || name.len == 0 ||
            !keyname_may_end(s->lw->matcher->keys, name))
            continue;
        uint32_t rules[MAX_RULES_OF_KEY];
        const size_t n = keys_find(s, name, rules);
        const size_t end = n > 0 ? value_hits(s, i, rules, n) : 0;
        if (end == SIZE_MAX) return;
        if (end > covered) covered = end;
    }
}

bool binary_key_of(const struct logwash_scratch *s, size_t off, struct slice *key) {
    const uint32_t field = msgpack_field_at(&s->msgpack, off - s->rec.start);
    const uint32_t number = msgpack_key_of(&s->msgpack, field);
    if (number == MSGPACK_NONE) return false;
    const struct msgpack_field *f = &s->msgpack.fields[number];
    *key = slice_sub(s->msgpack.rec, f->payload, f->end);
    return f->kind == MP_STR;
}

void binary_add_head(struct logwash_scratch *s, size_t with) {
    const struct mp_head head = {.kind = MP_STR, .lead = 0xa0};
    uint8_t bytes[MP_HEAD_MAX];
    const size_t len = s->replacements.len - with, n = mp_head_write(&head, (uint32_t)len, bytes);
    if (buf_extend(&s->replacements, n) == NULL) return;
    memmove(s->replacements.ptr + with + n, s->replacements.ptr + with, len);
    memcpy(s->replacements.ptr + with, bytes, n);
}

struct span binary_cut(struct logwash_scratch *s, const struct hit *hit) {
    bool ok;
    const uint32_t field = msgpack_field_at(&s->msgpack, hit->raw.start - s->rec.start);
    const struct span gone = msgpack_remove(&s->msgpack, field, &ok);
    if (!ok) s->no_memory = true;
    return in_group(s, gone.start, gone.end);
}

static bool add_head_edit(void *ctx, struct span head, struct slice with) {
    struct logwash_scratch *s = ctx;
    const size_t at = s->replacements.len;
    if (!buf_slice(&s->replacements, with) || !VEC_GROW(s->edits, s->cap_edits, s->n_edits + 1))
        return false;
    s->edits[s->n_edits++] =
        (struct edit){in_group(s, head.start, head.end), {at, s->replacements.len}};
    return true;
}

static int by_start(const void *left, const void *right) {
    const struct edit *a = left, *b = right;
    return a->raw.start < b->raw.start ? -1 : a->raw.start > b->raw.start;
}

void binary_heads(struct logwash_scratch *s) {
    bool ok = !s->no_memory;
    for (size_t i = 0; i < s->n_edits && ok; i++) {
        const struct edit *e = &s->edits[i];
        const struct span raw = {e->raw.start - s->rec.start, e->raw.end - s->rec.start};
        ok = msgpack_replace(&s->msgpack, raw, e->with.end - e->with.start);
    }
    ok = ok && msgpack_heads(&s->msgpack, add_head_edit, s);
    if (!ok) s->no_memory = true;
    qsort(s->edits, s->n_edits, sizeof *s->edits, by_start);
}

void binary_withheld(struct logwash_scratch *s, struct buf *out) {
    buf_str(out, "\x81\xa8_logwash");
    const size_t with = out->len;
    buf_printf(out, "[WITHHELD:%s]", s->withheld);
    binary_add_head(s, with);
}
