/* SPDX-License-Identifier: Apache-2.0 */
/* The filter with AVX2, 32 places at once.
 *
 *     buckets of place i  =  AND over k = -1 .. 6 of   low[k][s[i+k] & 15] & high[k][s[i+k] >> 4]
 *
 * Each half of a byte is looked up by vpshufb in a table of 16; a place whose buckets are not empty
 * is put to the tables. The idea of tables of halves is that of Teddy (Hyperscan, and the Rust
 * aho-corasick crate), here over sets in place of bytes.
 *
 * Nothing is read beyond the end: the last places are left to the portable version. */
#include "detect/shape_step.h"

#if defined(__AVX2__)

#include <immintrin.h>

enum { STEP = 32 };

struct filter {
    __m256i low[SHAPE_FILTER], high[SHAPE_FILTER];
};

static inline __m256i load_table(const uint8_t table[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)table));
}

/* The buckets of the 32 places from p on. */
static inline __m256i buckets_at(const struct filter *filter, const uint8_t *p) {
    const __m256i half = _mm256_set1_epi8(15);
    __m256i found = _mm256_set1_epi8(-1);
    for (size_t k = 0; k < SHAPE_FILTER; k++) {
        const __m256i bytes = _mm256_loadu_si256((const __m256i_u *)(p + k - 1));
        const __m256i low = _mm256_and_si256(bytes, half);
        const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
        found =
            _mm256_and_si256(found, _mm256_and_si256(_mm256_shuffle_epi8(filter->low[k], low),
                                                     _mm256_shuffle_epi8(filter->high[k], high)));
    }
    return found;
}

static size_t avx2_find(const struct shape_table *table, struct slice text, size_t *from,
                        struct shape_place *places, size_t cap) {
    size_t n = 0, i = *from;
    if (i == 0 && text.len > 0) {
        const uint64_t shapes = shapes_at_border(table, text, 0);
        if (shapes != 0) places[n++] = (struct shape_place){0, shapes};
        i = 1;
    }
    struct filter filter;
    for (size_t k = 0; k < SHAPE_FILTER; k++) {
        filter.low[k] = load_table(table->low[k]);
        filter.high[k] = load_table(table->high[k]);
    }
    for (; i + STEP + SHAPE_WINDOW <= text.len && n + STEP <= cap; i += STEP) {
        const __m256i none =
            _mm256_cmpeq_epi8(buckets_at(&filter, text.ptr + i), _mm256_setzero_si256());
        uint32_t maybe = ~(uint32_t)_mm256_movemask_epi8(none);
        for (; maybe != 0; maybe &= maybe - 1) {
            const size_t at = i + (size_t)__builtin_ctz(maybe);
            const uint64_t shapes = shapes_at(table, text.ptr + at);
            if (shapes != 0) places[n++] = (struct shape_place){(uint32_t)at, shapes};
        }
    }
    *from = i;
    if (n + STEP > cap) return n;
    return n + shape_find_portable(table, text, from, places + n, cap - n);
}

shape_finder shape_find_avx2(void) { return avx2_find; }

#else

shape_finder shape_find_avx2(void) { return NULL; }

#endif
