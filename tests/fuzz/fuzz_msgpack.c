/* SPDX-License-Identifier: Apache-2.0 */
/* The walker of MessagePack, framing, and the engine behind them. msgpack-c judges what is valid
 * and whether what comes out has the shape of what went in. */
#include "fuzz.h"
#include "record/msgpack.h"

#include <msgpack.h>

static bool unpack(struct slice rec, msgpack_unpacked *object) {
    size_t off = 0;
    msgpack_unpacked_init(object);
    return msgpack_unpack_next(object, (const char *)rec.ptr, rec.len, &off) ==
               MSGPACK_UNPACK_SUCCESS &&
           off == rec.len;
}

static bool is_valid(struct slice rec) {
    msgpack_unpacked object;
    const bool ok = unpack(rec, &object);
    msgpack_unpacked_destroy(&object);
    return ok;
}

static bool alike(const msgpack_object *a, const msgpack_object *b) {
    if (b->type == MSGPACK_OBJECT_STR) return true; /* washed, or judged by its bytes elsewhere */
    if (a->type != b->type) return false;
    if (b->type == MSGPACK_OBJECT_ARRAY) {
        if (a->via.array.size != b->via.array.size) return false;
        for (uint32_t i = 0; i < a->via.array.size; i++)
            if (!alike(&a->via.array.ptr[i], &b->via.array.ptr[i])) return false;
        return true;
    }
    if (b->type == MSGPACK_OBJECT_MAP) {
        if (a->via.map.size != b->via.map.size) return false;
        for (uint32_t i = 0; i < a->via.map.size; i++)
            if (!alike(&a->via.map.ptr[i].key, &b->via.map.ptr[i].key) ||
                !alike(&a->via.map.ptr[i].val, &b->via.map.ptr[i].val))
                return false;
        return true;
    }
    if (b->type == MSGPACK_OBJECT_BIN) return true;
    if (b->type == MSGPACK_OBJECT_EXT) return a->via.ext.type == b->via.ext.type;
    return msgpack_object_equal(*a, *b) || a->type == MSGPACK_OBJECT_FLOAT64 ||
           a->type == MSGPACK_OBJECT_FLOAT32; /* a NaN equals nothing */
}

static bool is_alike(struct slice a, struct slice b) {
    msgpack_unpacked before, after;
    const bool have_before = unpack(a, &before), have_after = unpack(b, &after);
    const bool is = have_before && have_after && alike(&before.data, &after.data);
    msgpack_unpacked_destroy(&before);
    msgpack_unpacked_destroy(&after);
    return is;
}

static void check_field(const struct msgpack_index *index, uint32_t number) {
    const struct msgpack_field *f = &index->fields[number];
    const size_t len = index->rec.len;
    FUZZ_MUST(f->start < f->payload && f->payload <= f->end && f->end <= len, len);
    FUZZ_MUST(number == 0 || index->fields[number - 1].start < f->start, len);
    FUZZ_MUST((number == 0) == (f->parent == MSGPACK_NONE), len);
    if (number == 0) return;
    const struct msgpack_field *parent = &index->fields[f->parent];
    FUZZ_MUST(f->parent < number && parent->payload <= f->start && f->end <= parent->end, len);
    if (f->key == MSGPACK_NONE) return;
    const struct msgpack_field *key = &index->fields[f->key];
    FUZZ_MUST(f->key < number && key->is_key && key->parent == f->parent, len);
}

static void walk(struct slice rec) {
    static struct msgpack_index index;
    static bool is_made;
    if (!is_made) msgpack_init(&index);
    is_made = true;
    if (msgpack_build(&index, rec, 64, 100000) != MSGPACK_VALID) return;
    FUZZ_MUST(index.n > 0 && index.fields[0].end == rec.len, rec.len);
    for (uint32_t i = 0; i < index.n; i++) check_field(&index, i);
    for (size_t off = 0; off < rec.len; off++) {
        const struct msgpack_field *f = &index.fields[msgpack_field_at(&index, off)];
        FUZZ_MUST(f->start <= off && off < f->end, rec.len);
    }
}

/* Where the first object ends does not depend on how many of its bytes are there. */
static void frame(struct slice input) {
    struct logwash_record whole, part;
    size_t used, part_used;
    const size_t n =
        logwash_frame(LOGWASH_FRAMING_MSGPACK, input.ptr, input.len, false, &whole, 1, &used);
    for (size_t len = 0; len <= input.len && len < 64; len++) {
        const size_t m =
            logwash_frame(LOGWASH_FRAMING_MSGPACK, input.ptr, len, false, &part, 1, &part_used);
        FUZZ_MUST(m <= n && part_used <= len, input.len);
        FUZZ_MUST(m == 0 || part.len == whole.len, input.len);
        FUZZ_MUST(m == 1 || n == 0 || len < used, input.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct fuzz_format format = {LOGWASH_FORMAT_MSGPACK, LOGWASH_FRAMING_MSGPACK,
                                              is_valid, is_alike};
    if (size == 0) return 0;
    walk(slice_of(data + 1, size - 1));
    frame(slice_of(data + 1, size - 1));
    fuzz_wash(&format, data[0], slice_of(data + 1, size - 1));
    return 0;
}
