/* SPDX-License-Identifier: Apache-2.0 */
/* The structure of a MessagePack record: where its objects are, and how their heads change when
 * what is in them does. Never writes a record.
 *
 *     82 a2 'i' 'p' a8 '1' '0' ... a1 'n' 07        {"ip": "10.1.2.3", "n": 7}
 *      0  1          2              3    4          fields, in the order of their first bytes
 *
 * A record is one array, map, str, bin or ext: of bare numbers all ASCII text would be made. A bin
 * that holds whole arrays or maps one behind the other is read as those (Fluentd's PackedForward
 * keeps its entries so), in a Forward message a str too.
 *
 * Containers are walked here, because an edit needs the place of each object and msgpack-c tells
 * none (and nests 32 deep at most); the values of scalars are read by msgpack-c.
 *
 * Lifetime: an index is memory to reuse; it speaks of the record it was last built for. Threads:
 * one at a time. */
#ifndef LW_RECORD_MSGPACK_H
#define LW_RECORD_MSGPACK_H

#include "base/buf.h"
#include "base/mphead.h"

enum { MSGPACK_MAX_DEPTH = 1024 };
#define MSGPACK_NONE UINT32_MAX

struct msgpack_field {
    uint32_t start, end; /* the whole object */
    uint32_t payload;    /* where the head ends */
    uint32_t parent; /* the container, or bin read as one, that it is in; MSGPACK_NONE: the top */
    uint32_t key;    /* the key whose value it is; MSGPACK_NONE: it is none's */
    uint32_t view;   /* for the engine: number of its view + 1 */
    uint32_t n_gone; /* items or pairs that are removed */
    int32_t grown;   /* bytes that its payload gains */
    uint8_t kind;    /* enum mp_kind */
    bool is_key, is_nested; /* stands as key; a bin or str that is read as a run of objects */
    bool is_touched;        /* grown or n_gone was set */
};

struct msgpack_index {
    struct msgpack_field *fields;
    size_t n, cap;
    uint32_t *touched; /* fields whose head may change */
    size_t n_touched, cap_touched;
    struct slice rec;
};

enum msgpack_result {
    MSGPACK_VALID,
    MSGPACK_INVALID,
    MSGPACK_TOO_DEEP,
    MSGPACK_TOO_MANY,   /* fields */
    MSGPACK_COMPRESSED, /* a Forward message whose entries are compressed */
    MSGPACK_NO_MEMORY,
};

void msgpack_init(struct msgpack_index *index);
void msgpack_fini(struct msgpack_index *index);
enum msgpack_result msgpack_build(struct msgpack_index *index, struct slice rec, size_t max_depth,
                                  size_t max_fields);

/* The innermost field whose object holds byte `off` of the record. */
uint32_t msgpack_field_at(const struct msgpack_index *index, size_t off);
/* The key whose value the field is or is an item of (an array directly under the key);
 * MSGPACK_NONE: none. */
uint32_t msgpack_key_of(const struct msgpack_index *index, uint32_t field);
/* Appends a number as decimal text. False: out of memory. */
bool msgpack_number(const struct msgpack_index *index, uint32_t field, struct buf *out);
/* Must the object go as a whole when something in it goes? Numbers, and an ext that means a time
 * (MessagePack's timestamp, Fluentd's EventTime), would mean something else with other bytes. */
bool msgpack_is_rigid(const struct msgpack_index *index, uint32_t field);

/* ---- heads ---- */

/* The bytes [start, end) of the record are replaced by `len` others; all in one payload, or whole
 * objects. False: out of memory. */
bool msgpack_replace(struct msgpack_index *index, struct span bytes, size_t len);
/* The field is removed, with its key. Returns the bytes that go; an empty range: it is the top, and
 * nothing was counted. */
struct span msgpack_remove(struct msgpack_index *index, uint32_t field, bool *ok);
/* Calls `change` for every head that is another now. To be called once, after all of the above;
 * forgets them. False: `change` said so. */
bool msgpack_heads(struct msgpack_index *index,
                   bool (*change)(void *ctx, struct span head, struct slice with), void *ctx);

#endif
