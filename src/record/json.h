/* SPDX-License-Identifier: Apache-2.0 */
/* The structure of a JSON record (RFC 8259): where its strings, scalars, members and containers
 * are. Never writes.
 *
 * Built in one pass over the quote mask; string contents are not looked at (an invalid escape
 * inside a string is the decoder's business), so "valid" here means: the tokens outside of strings
 * follow the grammar, and all is closed.
 *
 * Lifetime: an index is memory to reuse; it speaks of the record it was last built for. Threads:
 * one at a time. */
#ifndef LW_RECORD_JSON_H
#define LW_RECORD_JSON_H

#include "base/mask.h"

enum { JSON_MAX_DEPTH = 1024 };
enum json_kind { JSON_STRING, JSON_NUMBER, JSON_WORD, JSON_OBJECT, JSON_ARRAY };

struct json_member {
    uint32_t key_start, key_end; /* inside of the quotes */
    uint32_t value;              /* first byte of the value */
};

struct json_index {
    uint64_t *quote, *inside;
    size_t cap_words, cap_inside;
    struct json_member *members; /* in order of their keys */
    size_t n_members, cap_members;
    struct slice rec;
};

enum json_result { JSON_VALID, JSON_INVALID, JSON_TOO_DEEP, JSON_NO_MEMORY };

void json_init(struct json_index *index);
void json_fini(struct json_index *index);
/* Could the record be JSON, by its first bytes? Cheap; a record that is JSON is never turned down.
 */
bool json_is_likely(struct slice rec);
/* Does it begin like a JSON object or array (after byte order mark and blanks)? */
bool json_begins(struct slice rec);
/* End of the number at `at` (RFC 8259, section 6), or `at` if there is none. */
size_t json_number_end(struct slice rec, size_t at);
enum json_result json_build(struct json_index *index, const struct mask_kernels *kernels,
                            struct slice rec, size_t max_depth);

/* The string's inside or the scalar that holds byte `off`; false: a structural byte or white space.
 */
bool json_view_at(const struct json_index *index, size_t off, struct span *view);
bool json_is_inside(const struct json_index *index, size_t off);
/* Is the byte one of a key, between its quotes? */
bool json_in_key(const struct json_index *index, size_t off);
/* The value that begins at `at`: its kind and its bytes (a string with its quotes). */
enum json_kind json_value(const struct json_index *index, size_t at, struct span *value);
/* The key whose value the view is or is an item of (an array directly under the key); false: none.
 */
bool json_key_of(const struct json_index *index, size_t view_start, struct span *key);
/* A string or scalar with what belongs to it, offsets as in json_view_at, json_key_of, json_reach.
 */
struct json_leaf {
    struct span text;
    bool is_string, is_key;
    struct span key; /* empty: none */
    size_t reach;
};
/* Where json_next_leaf is; starts as zeros. */
struct json_cursor {
    size_t at, n_passed; /* members whose keys were passed */
    bool is_closed;      /* a container has ended since the value of the last of them began */
};
/* The leaves in order, at a cost that does not depend on how many there are. False: no more. */
bool json_next_leaf(const struct json_index *index, struct json_cursor *cursor,
                    struct json_leaf *leaf);
/* The end of what a word in the view that begins at `view_start` can be the key of: the view's own
 * end, of a key the end of its value, if that is an array the end of the record (json_key_of). */
size_t json_reach(const struct json_index *index, size_t view_start);
/* Is the whole record one string or scalar? */
bool json_is_scalar_record(const struct json_index *index);
/* What to cut so that the record stays valid when the element at `value` (bytes as json_value gives
 * them) is removed. `kept_before` tells whether an element of the same container stands before it
 * and stays: it is set on return for the next call; *prev_end: end of the last removed element (0:
 * none), likewise kept by the caller. */
struct span json_cut(const struct json_index *index, struct span value, size_t *prev_end,
                     bool *kept_before);

#endif
