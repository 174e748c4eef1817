/* SPDX-License-Identifier: Apache-2.0 */
/* The looks of a lane with AVX-512, 64 places at once.
 *
 *     s      2   0   2   6   -   1   1        vpermi2b: a look-up in 128 bytes by the byte itself
 *     look   the buckets of the lane that can have it
 *     AND over nine looks                  =  the buckets of each place
 *
 * The eighteen registers of a lane's tables stay loaded over a chunk, so a step is nine loads, nine
 * look-ups and five ANDs. A byte above 127 is looked up without its top bit: it may be reported too
 * often. Nothing is read beyond the last look of the last place. */
#include "detect/shape_step.h"

#if defined(__AVX512VBMI__)

#include <immintrin.h>

struct table {
    __m512i low, high;
};

static inline __m512i look(struct table table, const uint8_t *p) {
    return _mm512_permutex2var_epi8(table.low, _mm512_loadu_si512(p), table.high);
}

static inline __m512i and3(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x80);
}

static inline __m512i looks(const struct table t[SHAPE_LOOKS], const uint8_t *p) {
    const __m512i a = and3(look(t[0], p - 1), look(t[1], p), look(t[2], p + 1));
    const __m512i b = and3(look(t[3], p + 2), look(t[4], p + 3), look(t[5], p + 5));
    const __m512i c = and3(look(t[6], p + 7), look(t[7], p + 10), look(t[8], p + 14));
    return and3(a, b, c);
}

/* `buckets` NULL: a lane of spelled shapes. */
static void chunk_lane(const struct shape_lane *lane, const uint8_t *p, size_t n_steps,
                       uint8_t *buckets, uint64_t *any) {
    struct table t[SHAPE_LOOKS];
    for (size_t k = 0; k < SHAPE_LOOKS; k++) {
        t[k].low = _mm512_loadu_si512(lane->byte[k]);
        t[k].high = _mm512_loadu_si512(lane->byte[k] + 64);
    }
    for (size_t step = 0; step < n_steps; step++, p += SHAPE_STEP) {
        const __m512i found = looks(t, p);
        if (buckets != NULL) _mm512_storeu_si512(buckets + step * SHAPE_STEP, found);
        any[step] |= _mm512_test_epi8_mask(found, found);
    }
}

static void avx512_chunk(const struct shape_set *set, const uint8_t *p, size_t n_steps,
                         struct shape_found *found) {
    memset(found->listed, 0, n_steps * sizeof *found->listed);
    memset(found->spelled, 0, n_steps * sizeof *found->spelled);
    for (size_t lane = 0; lane < set->n_listed_lanes; lane++)
        chunk_lane(&set->lane[lane], p, n_steps, found->buckets[lane], found->listed);
    for (size_t lane = set->n_listed_lanes; lane < set->n_lanes; lane++)
        chunk_lane(&set->lane[lane], p, n_steps, NULL, found->spelled);
}

static size_t avx512_find(const struct shape_set *set, struct slice text, size_t *from,
                          struct shape_place *places, size_t cap) {
    return shape_find_chunks(avx512_chunk, set, text, from, places, cap);
}

shape_finder shape_find_avx512(void) { return avx512_find; }

#else

shape_finder shape_find_avx512(void) { return NULL; }

#endif
