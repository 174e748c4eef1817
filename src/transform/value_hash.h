/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cache of pseudonym.c looks for a value. Anyone can make two values of one hash, as the
 * test does; the cache therefore compares all of a value. */
#ifndef LW_TRANSFORM_VALUE_HASH_H
#define LW_TRANSFORM_VALUE_HASH_H

#include "base/slice.h"

static inline uint64_t hash_load(const uint8_t *p, size_t len) {
    uint64_t word = 0;
    memcpy(&word, p, len);
    return word;
}

static inline uint64_t hash_step(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull; /* 2^64 / golden ratio */
    return hash ^ hash >> 32;
}

/* Never 0. */
static inline uint64_t hash_value(size_t class_index, size_t epoch, struct slice value) {
    uint64_t hash = hash_step(class_index << 16 | epoch << 8, value.len);
    size_t at = 0;
    for (; value.len - at >= 8; at += 8) hash = hash_step(hash, hash_load(value.ptr + at, 8));
    if (at < value.len) hash = hash_step(hash, hash_load(value.ptr + at, value.len - at));
    return hash | 1;
}

#endif
