/* SPDX-License-Identifier: Apache-2.0 */
/* The key path of any place of a structured record, on demand: nothing is built for records of
 * which nobody asks.
 *
 * Lifetime: an index is memory to reuse; it speaks of the record it was last built for, whose bytes
 * and json_index or msgpack_index must still be there. Threads: one at a time. */
#ifndef LW_RECORD_PATH_H
#define LW_RECORD_PATH_H

#include "base/keypath.h"
#include "record/json.h"
#include "record/msgpack.h"

struct path_node {
    uint32_t start, end;         /* the value's bytes; a string with its quotes */
    uint32_t parent;             /* the container it is in; PATH_NONE: the top */
    uint32_t key_start, key_end; /* inside of the key's quotes; equal: an item */
    uint8_t kind;                /* enum json_kind */
    bool is_member;
};

#define PATH_NONE UINT32_MAX

struct path_index {
    struct path_node *nodes; /* in the order of their first bytes */
    size_t n, cap;
    struct keypath_step *steps;
    size_t cap_steps;
};

void path_init(struct path_index *index);
void path_fini(struct path_index *index);
/* Finds the places of all values of a valid JSON record. False: out of memory. */
bool path_build(struct path_index *index, const struct json_index *json);
/* The path of the value (of the innermost one) that holds byte `off` of the record; *path shows
 * memory of the index until the next call. False: the byte belongs to no value (it is a key's), or
 * out of memory. */
bool path_at(struct path_index *index, const struct json_index *json, size_t off,
             struct keypath *path);
/* The same in a MessagePack record, for which nothing is built. */
bool path_in_msgpack(struct path_index *index, const struct msgpack_index *msgpack, size_t off,
                     struct keypath *path);

#endif
