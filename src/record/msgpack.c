/* SPDX-License-Identifier: Apache-2.0 */
/* A walk with a stack of open containers, one step an object. Fields stand in the order of their
 * first bytes, so a container comes before what it holds: heads are settled backwards, each
 * handing its own growth on to the bin around it. */
#include "record/msgpack.h"
#include <msgpack.h>
#include <stdlib.h>

enum { EVENT_TIME_TYPE = 0, EVENT_TIME_LEN = 8, TIMESTAMP_TYPE = -1 };

void msgpack_init(struct msgpack_index *index) { *index = (struct msgpack_index){.fields = NULL}; }

void msgpack_fini(struct msgpack_index *index) {
    free(index->fields);
    free(index->touched);
}

/* A container that is open. */
struct open {
    uint32_t field;
    uint64_t left; /* objects still to come */
    size_t end;    /* of a nested run; else where the one around it ends */
    uint32_t key;  /* of a map: the key whose value comes next */
};

struct walk {
    struct msgpack_index *index;
    size_t at, depth, max_depth, max_fields;
    bool has_top;
    struct open stack[MSGPACK_MAX_DEPTH];
};

static struct msgpack_field *top_field(const struct walk *w) {
    return w->depth > 0 ? &w->index->fields[w->stack[w->depth - 1].field] : NULL;
}

/* Whole arrays or maps one behind the other, the first one not empty. */
static bool is_run(struct slice s) {
    struct mp_head head;
    struct mp_frame frame = {0};
    size_t at = 0;
    if (mp_head_read(s, &head) != MP_WHOLE || head.kind < MP_ARRAY || head.count == 0) return false;
    while (at < s.len) {
        if (mp_head_read(slice_sub(s, at, s.len), &head) != MP_WHOLE || head.kind < MP_ARRAY)
            return false;
        if (mp_frame_next(&frame, s, &at) != MP_WHOLE) return false;
    }
    return true;
}

/* The second item of an array at the top whose first one is a str: `[tag, entries, option]`. */
static bool is_entries(const struct walk *w, uint32_t field) {
    const struct msgpack_field *f = w->index->fields;
    return w->depth == 1 && f[0].kind == MP_ARRAY && field == 2 && f[1].kind == MP_STR;
}

static enum msgpack_result push(struct walk *w, uint32_t field, uint64_t items, size_t end) {
    if (w->depth >= w->max_depth) return MSGPACK_TOO_DEEP;
    w->stack[w->depth++] = (struct open){field, items, end, MSGPACK_NONE};
    return MSGPACK_VALID;
}

/* Counts the field in the container around it: key or value? */
static void place(struct walk *w, uint32_t number) {
    struct msgpack_field *f = &w->index->fields[number];
    f->parent = f->key = MSGPACK_NONE;
    if (w->depth == 0) return;
    struct open *around = &w->stack[w->depth - 1];
    f->parent = around->field;
    if (w->index->fields[around->field].is_nested) return;
    if (w->index->fields[around->field].kind == MP_MAP) {
        f->is_key = around->left % 2 == 0;
        if (f->is_key)
            around->key = number;
        else
            f->key = around->key;
    }
    around->left--;
}

static enum msgpack_result take_object(struct walk *w) {
    struct msgpack_index *x = w->index;
    const size_t limit = w->depth > 0 ? w->stack[w->depth - 1].end : x->rec.len;
    struct mp_head head;
    if (mp_head_read(slice_sub(x->rec, w->at, limit), &head) != MP_WHOLE) return MSGPACK_INVALID;
    if (w->depth == 0 && (w->has_top || head.kind < MP_STR)) return MSGPACK_INVALID;
    w->has_top = true;
    if (x->n >= w->max_fields) return MSGPACK_TOO_MANY;
    if (!VEC_GROW(x->fields, x->cap, x->n + 1)) return MSGPACK_NO_MEMORY;
    const uint32_t number = (uint32_t)x->n++;
    const size_t payload = w->at + head.len;
    const bool is_bytes = head.kind == MP_STR || head.kind == MP_BIN || head.kind == MP_EXT;
    if (is_bytes && head.count > limit - payload) return MSGPACK_INVALID;
    const size_t end = payload + (is_bytes ? head.count : 0);
    x->fields[number] = (struct msgpack_field){.start = (uint32_t)w->at,
                                               .end = (uint32_t)end,
                                               .payload = (uint32_t)payload,
                                               .kind = (uint8_t)head.kind};
    place(w, number);
    w->at = payload;
    if (head.kind == MP_ARRAY) return push(w, number, head.count, limit);
    if (head.kind == MP_MAP) return push(w, number, 2 * (uint64_t)head.count, limit);
    if ((head.kind == MP_BIN || (head.kind == MP_STR && is_entries(w, number))) &&
        is_run(slice_sub(x->rec, payload, end))) {
        x->fields[number].is_nested = true;
        return push(w, number, 0, end);
    }
    w->at = end;
    return MSGPACK_VALID;
}

/* Leaves the containers that are complete. */
static void close_full(struct walk *w) {
    while (w->depth > 0) {
        const struct open *o = &w->stack[w->depth - 1];
        struct msgpack_field *f = top_field(w);
        if (f->is_nested ? w->at < o->end : o->left > 0) return;
        f->end = (uint32_t)w->at;
        w->depth--;
    }
}

/* `[tag, bin, {"compressed": "gzip"}]`: the entries cannot be seen through. */
static bool is_compressed(const struct msgpack_index *x) {
    const struct msgpack_field *f = x->fields;
    if (x->n < 5 || f[0].kind != MP_ARRAY || f[1].kind != MP_STR) return false;
    for (uint32_t i = 3; i + 1 < x->n; i++) {
        if (!f[i].is_key || f[i].kind != MP_STR || f[f[i].parent].parent != 0) continue;
        const struct slice name = slice_sub(x->rec, f[i].payload, f[i].end);
        const struct slice how = slice_sub(x->rec, f[i + 1].payload, f[i + 1].end);
        if (slice_eq(name, SLICE("compressed")) && f[i + 1].kind == MP_STR &&
            !slice_eq(how, SLICE("text")) && f[2].kind >= MP_STR && f[2].kind <= MP_BIN)
            return true;
    }
    return false;
}

enum msgpack_result msgpack_build(struct msgpack_index *index, struct slice rec, size_t max_depth,
                                  size_t max_fields) {
    struct walk w;
    w.index = index;
    w.at = w.depth = 0;
    w.max_depth = max_depth < MSGPACK_MAX_DEPTH ? max_depth : MSGPACK_MAX_DEPTH;
    w.max_fields = max_fields;
    w.has_top = false;
    index->rec = rec;
    index->n = index->n_touched = 0;
    while (w.at < rec.len) {
        const enum msgpack_result result = take_object(&w);
        if (result != MSGPACK_VALID) return result;
        close_full(&w);
    }
    if (w.depth > 0 || !w.has_top) return MSGPACK_INVALID;
    return is_compressed(index) ? MSGPACK_COMPRESSED : MSGPACK_VALID;
}

uint32_t msgpack_field_at(const struct msgpack_index *index, size_t off) {
    size_t low = 0, high = index->n;
    while (high - low > 1) {
        const size_t mid = (low + high) / 2;
        if (index->fields[mid].start <= off)
            low = mid;
        else
            high = mid;
    }
    return (uint32_t)low;
}

uint32_t msgpack_key_of(const struct msgpack_index *index, uint32_t field) {
    const struct msgpack_field *f = &index->fields[field];
    if (f->key != MSGPACK_NONE || f->is_key || f->parent == MSGPACK_NONE) return f->key;
    const struct msgpack_field *around = &index->fields[f->parent];
    return around->kind == MP_ARRAY ? around->key : MSGPACK_NONE;
}

bool msgpack_number(const struct msgpack_index *index, uint32_t field, struct buf *out) {
    const struct msgpack_field *f = &index->fields[field];
    const struct slice bytes = slice_sub(index->rec, f->start, f->end);
    msgpack_unpacked read;
    size_t off = 0;
    bool ok = true;
    msgpack_unpacked_init(&read);
    if (msgpack_unpack_next(&read, (const char *)bytes.ptr, bytes.len, &off) !=
        MSGPACK_UNPACK_SUCCESS) {
        ok = false;
    } else if (read.data.type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
        ok = buf_printf(out, "%llu", (unsigned long long)read.data.via.u64);
    } else if (read.data.type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        ok = buf_printf(out, "%lld", (long long)read.data.via.i64);
    } else {
        ok = buf_printf(out, "%.16g", read.data.via.f64);
    }
    msgpack_unpacked_destroy(&read);
    return ok;
}

bool msgpack_is_rigid(const struct msgpack_index *index, uint32_t field) {
    const struct msgpack_field *f = &index->fields[field];
    if (f->kind == MP_INT || f->kind == MP_FLOAT) return true;
    if (f->kind != MP_EXT) return false;
    const int8_t type = (int8_t)index->rec.ptr[f->payload - 1];
    return type == TIMESTAMP_TYPE ||
           (type == EVENT_TIME_TYPE && f->end - f->payload == EVENT_TIME_LEN);
}

/* ---- heads ---- */

static bool touch(struct msgpack_index *x, uint32_t field) {
    if (x->fields[field].is_touched) return true;
    if (!VEC_GROW(x->touched, x->cap_touched, x->n_touched + 1)) return false;
    x->touched[x->n_touched++] = field;
    x->fields[field].is_touched = true;
    return true;
}

/* The innermost field from `field` outwards that has a length in bytes and holds `bytes` in its
 * payload. */
static uint32_t bytes_around(const struct msgpack_index *x, uint32_t field, struct span bytes) {
    while (field != MSGPACK_NONE) {
        const struct msgpack_field *f = &x->fields[field];
        const bool is_bytes = f->kind == MP_STR || f->kind == MP_BIN || f->kind == MP_EXT;
        if (is_bytes && f->payload <= bytes.start && bytes.end <= f->end) return field;
        field = f->parent;
    }
    return MSGPACK_NONE;
}

bool msgpack_replace(struct msgpack_index *index, struct span bytes, size_t len) {
    const uint32_t field = bytes_around(index, msgpack_field_at(index, bytes.start), bytes);
    if (field == MSGPACK_NONE) return true;
    if (!touch(index, field)) return false;
    index->fields[field].grown += (int32_t)((int64_t)len - (int64_t)(bytes.end - bytes.start));
    return true;
}

struct span msgpack_remove(struct msgpack_index *index, uint32_t field, bool *ok) {
    const struct msgpack_field *f = &index->fields[field];
    struct span gone = {f->start, f->end};
    *ok = true;
    if (f->parent == MSGPACK_NONE) return (struct span){f->start, f->start};
    if (f->key != MSGPACK_NONE) gone.start = index->fields[f->key].start;
    if (!index->fields[f->parent].is_nested) {
        *ok = touch(index, f->parent);
        index->fields[f->parent].n_gone++;
    }
    return gone;
}

static int descending(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The heads touched so far and, growing with them, those of the bins around them. */
static bool touch_around(struct msgpack_index *x) {
    for (size_t i = 0; i < x->n_touched; i++) {
        uint32_t p = x->fields[x->touched[i]].parent;
        for (; p != MSGPACK_NONE && !x->fields[p].is_touched; p = x->fields[p].parent)
            if (x->fields[p].is_nested && !touch(x, p)) return false;
    }
    return true;
}

static bool change_head(struct msgpack_index *x, uint32_t number,
                        bool (*change)(void *ctx, struct span head, struct slice with), void *ctx) {
    struct msgpack_field *f = &x->fields[number];
    const struct slice old = slice_sub(x->rec, f->start, f->payload);
    struct mp_head head;
    uint8_t with[MP_HEAD_MAX];
    if (mp_head_read(slice_sub(x->rec, f->start, f->end), &head) != MP_WHOLE) return false;
    const uint32_t count = (uint32_t)((int64_t)head.count + f->grown - f->n_gone);
    const struct slice text = slice_of(with, mp_head_write(&head, count, with));
    const int64_t more = (int64_t)text.len - (int64_t)old.len;
    const uint32_t bin = f->parent != MSGPACK_NONE
                             ? bytes_around(x, f->parent, (struct span){f->start, f->payload})
                             : MSGPACK_NONE;
    if (bin != MSGPACK_NONE) x->fields[bin].grown += f->grown + (int32_t)more;
    f->is_touched = false;
    f->grown = 0;
    f->n_gone = 0;
    return slice_eq(text, old) || change(ctx, (struct span){f->start, f->payload}, text);
}

bool msgpack_heads(struct msgpack_index *index,
                   bool (*change)(void *ctx, struct span head, struct slice with), void *ctx) {
    if (!touch_around(index)) return false;
    if (index->n_touched == 0) return true;
    qsort(index->touched, index->n_touched, sizeof *index->touched, descending);
    bool ok = true;
    for (size_t i = 0; i < index->n_touched && ok; i++)
        ok = change_head(index, index->touched[i], change, ctx);
    index->n_touched = 0;
    return ok;
}
