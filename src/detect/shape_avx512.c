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

static inline struct table load_table(const uint8_t bytes[128]) {
    return (struct table){_mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes + 64)};
}

static inline struct table only(struct table table, uint8_t wanted) {
    const __m512i mask = _mm512_set1_epi8((char)wanted);
    return (struct table){_mm512_and_si512(table.low, mask), _mm512_and_si512(table.high, mask)};
}

static void listed_lane(const struct shape_lane *lane, uint8_t wanted, const uint8_t *p,
                        size_t n_steps, uint8_t *buckets, uint64_t *any) {
    struct table t[SHAPE_LOOKS];
    for (size_t k = 0; k < SHAPE_LOOKS; k++) t[k] = load_table(lane->byte[k]);
    t[0] = only(t[0], wanted);
    for (size_t step = 0; step < n_steps; step++, p += SHAPE_STEP) {
        const __m512i a = and3(look(t[0], p - 1), look(t[1], p), look(t[2], p + 1));
        const __m512i b = and3(look(t[3], p + 2), look(t[4], p + 3), look(t[5], p + 5));
        const __m512i c = and3(look(t[6], p + 7), look(t[7], p + 10), look(t[8], p + 14));
        const __m512i found = and3(a, b, c);
        _mm512_storeu_si512(buckets + step * SHAPE_STEP, found);
        any[step] |= _mm512_test_epi8_mask(found, found);
    }
}

static inline __m512i lower(const uint8_t *p) {
    return _mm512_or_si512(_mm512_loadu_si512(p), _mm512_set1_epi8(0x20));
}

/* Look-ups by shape_pair. */
static inline __m512i look_pair(struct table table, __m512i a, __m512i b) {
    const __m512i twice = _mm512_add_epi8(a, a);
    const __m512i pair = _mm512_xor_si512(_mm512_add_epi8(twice, twice), b);
    return _mm512_permutex2var_epi8(table.low, pair, table.high);
}

/* Single letters tell little of a bucket of many words, pairs of letters much. */
static void spelled_lane(const struct shape_lane *lane, uint8_t wanted, const uint8_t *p,
                         size_t n_steps, uint64_t *any) {
    const struct table lead = only(load_table(lane->byte[0]), wanted),
                       first = load_table(lane->byte[1]), far = load_table(lane->byte[5]),
                       farther = load_table(lane->byte[7]);
    struct table t[SHAPE_PAIRS];
    for (size_t k = 0; k < SHAPE_PAIRS; k++) t[k] = load_table(lane->pair[k]);
    for (size_t step = 0; step < n_steps; step++, p += SHAPE_STEP) {
        const __m512i s0 = lower(p), s1 = lower(p + 1), s2 = lower(p + 2), s3 = lower(p + 3);
        const __m512i a =
            and3(look_pair(t[0], s0, s1), look_pair(t[1], s1, s2), look_pair(t[2], s2, s3));
        const __m512i b = and3(look(lead, p - 1), look(first, p), look(far, p + 5));
        const __m512i found = and3(a, b, look(farther, p + 10));
        any[step] |= _mm512_test_epi8_mask(found, found);
    }
}

static void avx512_chunk(const struct shape_set *set, uint64_t wanted, const uint8_t *p,
                         size_t n_steps, struct shape_found *found) {
    memset(found->listed, 0, n_steps * sizeof *found->listed);
    memset(found->spelled, 0, n_steps * sizeof *found->spelled);
    for (size_t lane = 0; lane < set->n_listed_lanes; lane++)
        listed_lane(&set->lane[lane], (uint8_t)(wanted >> 8 * lane), p, n_steps,
                    found->buckets[lane], found->listed);
    for (size_t lane = set->n_listed_lanes; lane < set->n_lanes; lane++)
        spelled_lane(&set->lane[lane], (uint8_t)(wanted >> 8 * lane), p, n_steps, found->spelled);
}

static size_t avx512_find(const struct shape_set *set, uint64_t wanted, struct slice text,
                          size_t *from, struct shape_place *places, size_t cap) {
    return shape_find_chunks(avx512_chunk, set, wanted, text, from, places, cap);
}

shape_finder shape_find_avx512(void) { return avx512_find; }

#else

shape_finder shape_find_avx512(void) { return NULL; }

#endif
