/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the tokens of a record that is known to be valid; the open containers are linked by
 * their parents, so there is no stack. */
#include "record/path.h"
#include "base/buf.h"
#include <stdlib.h>

void path_init(struct path_index *index) { *index = (struct path_index){.nodes = NULL}; }

void path_fini(struct path_index *index) {
    free(index->nodes);
    free(index->steps);
}

struct walk {
    struct path_index *index;
    const struct json_index *json;
    uint32_t open; /* the innermost open container; PATH_NONE: none */
    bool has_key;
    uint32_t key_start, key_end; /* of the member whose value comes next */
};

static bool in_object(const struct walk *w) {
    return w->open != PATH_NONE && w->index->nodes[w->open].kind == JSON_OBJECT;
}

static bool add_node(struct walk *w, size_t start, size_t end, enum json_kind kind) {
    struct path_index *x = w->index;
    if (!VEC_GROW(x->nodes, x->cap, x->n + 1)) return false;
    x->nodes[x->n++] = (struct path_node){.start = (uint32_t)start,
                                          .end = (uint32_t)end,
                                          .parent = w->open,
                                          .key_start = w->has_key ? w->key_start : 0,
                                          .key_end = w->has_key ? w->key_end : 0,
                                          .kind = (uint8_t)kind,
                                          .is_member = w->has_key};
    w->has_key = false;
    return true;
}

/* Takes the string, scalar or opening bracket at *at. False: out of memory. */
static bool take_value(struct walk *w, size_t *at) {
    const size_t start = *at;
    const uint8_t c = w->json->rec.ptr[start];
    if (c == '{' || c == '[') {
        const bool ok = add_node(w, start, start + 1, c == '{' ? JSON_OBJECT : JSON_ARRAY);
        w->open = (uint32_t)w->index->n - 1;
        *at = start + 1;
        return ok;
    }
    struct span value;
    const enum json_kind kind = json_value(w->json, start, &value);
    *at = value.end;
    if (kind != JSON_STRING || !in_object(w) || w->has_key)
        return add_node(w, value.start, value.end, kind);
    w->has_key = true;
    w->key_start = (uint32_t)value.start + 1;
    w->key_end = (uint32_t)value.end - 1;
    return true;
}

bool path_build(struct path_index *index, const struct json_index *json) {
    struct walk w = {.index = index, .json = json, .open = PATH_NONE};
    const struct slice rec = json->rec;
    index->n = 0;
    for (size_t at = slice_starts(rec, SLICE("\xef\xbb\xbf")) ? 3 : 0; at < rec.len;) {
        const uint8_t c = rec.ptr[at];
        if (memchr(" \t\r\n,:", c, 6) != NULL) {
            at++;
        } else if (c == '}' || c == ']') {
            at++;
            index->nodes[w.open].end = (uint32_t)at;
            w.open = index->nodes[w.open].parent;
        } else if (!take_value(&w, &at)) {
            return false;
        }
    }
    return true;
}

/* The innermost value that holds `off`, or PATH_NONE. */
static uint32_t node_at(const struct path_index *index, size_t off) {
    size_t low = 0, high = index->n;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (index->nodes[mid].start <= off)
            low = mid + 1;
        else
            high = mid;
    }
    uint32_t node = low > 0 ? (uint32_t)low - 1 : PATH_NONE;
    while (node != PATH_NONE && index->nodes[node].end <= off) node = index->nodes[node].parent;
    return node;
}

bool path_at(struct path_index *index, const struct json_index *json, size_t off,
             struct keypath *path) {
    const uint32_t found = node_at(index, off);
    if (found == PATH_NONE) return false;
    const struct path_node *nodes = index->nodes;
    const bool is_container = nodes[found].kind >= JSON_OBJECT;
    if (is_container && off != nodes[found].start) return false;
    size_t n = 0;
    for (uint32_t i = found; nodes[i].parent != PATH_NONE; i = nodes[i].parent) n++;
    *path = (struct keypath){NULL, n};
    if (n == 0) return true;
    if (!VEC_GROW(index->steps, index->cap_steps, n)) return false;
    for (uint32_t i = found; nodes[i].parent != PATH_NONE; i = nodes[i].parent)
        index->steps[--n] =
            (struct keypath_step){.key = slice_sub(json->rec, nodes[i].key_start, nodes[i].key_end),
                                  .is_item = !nodes[i].is_member,
                                  .is_escaped = true};
    path->steps = index->steps;
    return true;
}

bool path_in_msgpack(struct path_index *index, const struct msgpack_index *msgpack, size_t off,
                     struct keypath *path) {
    const struct msgpack_field *f = msgpack->fields;
    const uint32_t found = msgpack_field_at(msgpack, off);
    size_t n = 0;
    for (uint32_t i = found; f[i].parent != MSGPACK_NONE; i = f[i].parent) {
        if (f[i].is_key) return false;
        n++;
    }
    *path = (struct keypath){NULL, n};
    if (n == 0) return true;
    if (!VEC_GROW(index->steps, index->cap_steps, n)) return false;
    for (uint32_t i = found; f[i].parent != MSGPACK_NONE; i = f[i].parent) {
        struct keypath_step *step = &index->steps[--n];
        *step = (struct keypath_step){.is_item = f[i].key == MSGPACK_NONE};
        if (f[i].key == MSGPACK_NONE) continue;
        const struct msgpack_field *key = &f[f[i].key];
        step->key = slice_sub(msgpack->rec, key->payload, key->end);
    }
    path->steps = index->steps;
    return true;
}
