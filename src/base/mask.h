/* SPDX-License-Identifier: Apache-2.0 */
/* Bit-mask kernels: one bit a byte, 64 bytes a word.
 *
 *     src   { " a " : " b \ " c " }
 *     word  bit i of word[i / 64] tells something about byte i
 *
 * Each kernel is a pure function of its input. The portable version is the specification; one C
 * file a CPU level holds the others with the same signature (mask_avx2.c), and the tests compare
 * them at every alignment, every length to 200 and with the input's end on a guard page: nothing is
 * read beyond src + len. Words are written for all of len, (len + 63) / 64 of them, bits beyond len
 * zero. */
#ifndef LW_BASE_MASK_H
#define LW_BASE_MASK_H

#include "base/cpu.h"
#include "base/slice.h"

static inline size_t mask_words(size_t len) { return (len + 63) / 64; }

struct mask_kernels {
    /* Bit set: the byte is one of the `n` (1 to 4) bytes of `any`. */
    void (*any)(const uint8_t *src, size_t len, const uint8_t *any, size_t n, uint64_t *word);
    /* JSON: bit set in `quote`: a `"` not preceded by an odd run of `\`. Bit set in `inside`: the
     * byte stands inside a string (from its opening quote, included, to its closing quote,
     * excluded). The run starts outside of a string. Returns true if a string is still open at the
     * end. */
    bool (*quotes)(const uint8_t *src, size_t len, uint64_t *quote, uint64_t *inside);
};

/* The kernels for a level; a level this build does not have gives the next lower one. */
const struct mask_kernels *mask_kernels(enum cpu_level level);

/* First set bit at or after `from`, below `len`; `len` if there is none. */
static inline size_t mask_next(const uint64_t *word, size_t from, size_t len) {
    if (from >= len) return len;
    size_t w = from / 64;
    uint64_t bits = word[w] & (~0ull << (from % 64));
    while (bits == 0) {
        if (++w >= mask_words(len)) return len;
        bits = word[w];
    }
    size_t at = w * 64 + (size_t)__builtin_ctzll(bits);
    return at < len ? at : len;
}
/* Last set bit before `before`; SIZE_MAX if there is none. */
static inline size_t mask_prev(const uint64_t *word, size_t before) {
    if (before == 0) return SIZE_MAX;
    size_t w = (before - 1) / 64;
    uint64_t bits = word[w] & (~0ull >> (63 - (before - 1) % 64));
    while (bits == 0) {
        if (w-- == 0) return SIZE_MAX;
        bits = word[w];
    }
    return w * 64 + 63 - (size_t)__builtin_clzll(bits);
}
static inline bool mask_has(const uint64_t *word, size_t at) {
    return word[at / 64] >> (at % 64) & 1;
}

#endif
