/* SPDX-License-Identifier: Apache-2.0 */
/* The heads of MessagePack objects: what the first bytes of an object say about its kind and length
 * (specification: github.com/msgpack/msgpack, spec.md), and where the objects of a stream end.
 *
 *     | head | payload |                 str, bin, ext: the payload is bytes
 *     | head | item | item | ...         array, map: items follow, each with a head of its own
 *
 * An object's end needs no stack: each head is one object less to come, and as many more as it has
 * items. So any depth costs the same. */
#ifndef LW_BASE_MPHEAD_H
#define LW_BASE_MPHEAD_H

#include "base/slice.h"

enum mp_kind { MP_NIL, MP_BOOL, MP_INT, MP_FLOAT, MP_STR, MP_BIN, MP_EXT, MP_ARRAY, MP_MAP };

enum { MP_HEAD_MAX = 6 };

struct mp_head {
    enum mp_kind kind;
    uint8_t lead;   /* its first byte */
    uint8_t len;    /* of the head; of a scalar: of the whole object */
    int8_t ext;     /* EXT: the type */
    uint32_t count; /* bytes of the payload (STR, BIN, EXT), items (ARRAY) or pairs (MAP) */
};

enum mp_status { MP_WHOLE, MP_MORE, MP_INVALID };

/* Reads the head at the start of `s`. MORE: it does not end in `s`. INVALID: no object begins so.
 */
enum mp_status mp_head_read(struct slice s, struct mp_head *head);
/* Writes a head like `head` (the same kind and ext type) for another count: of its size, or of the
 * next that holds the count. Returns its length. */
size_t mp_head_write(const struct mp_head *head, uint32_t count, uint8_t out[MP_HEAD_MAX]);

/* Where in a stream of objects reading stands; zero: between two objects. */
struct mp_frame {
    uint64_t open; /* objects still to come before the current one is whole */
    uint64_t skip; /* bytes of a payload still to come */
    bool is_top;   /* the head of the object itself comes next */
};

/* Goes on at `*at` of `s` to the end of the current object. WHOLE: *at is behind it. MORE: *at is
 * where the bytes that are still missing must follow (at most MP_HEAD_MAX - 1 bytes before the end
 * of `s` were not taken). INVALID: *at is the byte that begins no object; nor does a stream hold
 * bare numbers, booleans or nil: every byte of ASCII text would be one. */
enum mp_status mp_frame_next(struct mp_frame *frame, struct slice s, size_t *at);

#endif
