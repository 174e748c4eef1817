/* SPDX-License-Identifier: Apache-2.0 */
/* A set of byte values. */
#ifndef LW_BASE_BYTESET_H
#define LW_BASE_BYTESET_H

#include "base/slice.h"

struct byteset {
    uint64_t word[4];
};

static inline bool byteset_has(const struct byteset *set, uint8_t c) {
    return set->word[c >> 6] >> (c & 63) & 1;
}
static inline void byteset_add(struct byteset *set, uint8_t c) {
    set->word[c >> 6] |= 1ull << (c & 63);
}
static inline void byteset_add_range(struct byteset *set, uint8_t first, uint8_t last) {
    for (unsigned c = first; c <= last; c++) byteset_add(set, (uint8_t)c);
}
static inline struct byteset byteset_union(struct byteset a, struct byteset b) {
    for (int i = 0; i < 4; i++) a.word[i] |= b.word[i];
    return a;
}
static inline struct byteset byteset_intersection(struct byteset a, struct byteset b) {
    for (int i = 0; i < 4; i++) a.word[i] &= b.word[i];
    return a;
}
static inline struct byteset byteset_complement(struct byteset a) {
    for (int i = 0; i < 4; i++) a.word[i] = ~a.word[i];
    return a;
}
static inline unsigned byteset_count(const struct byteset *set) {
    unsigned n = 0;
    for (int i = 0; i < 4; i++) n += (unsigned)__builtin_popcountll(set->word[i]);
    return n;
}
static inline bool byteset_is_empty(const struct byteset *set) {
    return (set->word[0] | set->word[1] | set->word[2] | set->word[3]) == 0;
}
static inline bool byteset_is_subset(struct byteset a, struct byteset b) {
    const struct byteset both = byteset_intersection(a, byteset_complement(b));
    return byteset_is_empty(&both);
}
static inline struct byteset byteset_all(void) {
    return (struct byteset){{~0ull, ~0ull, ~0ull, ~0ull}};
}

#endif
