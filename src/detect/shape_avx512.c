/* SPDX-License-Identifier: Apache-2.0 */
/* The looks of a lane with AVX-512, 64 places at once.
 *
 *     s      2   0   2   6   -   1   1        vpermi2b: a look-up in 128 bytes by the byte itself
 *     look   the buckets of the lane that can have it
 *     AND over all looks                   =  the buckets of each place
 *
 * The registers of a lane's tables (24) stay loaded over a chunk, so a step is twelve loads, twelve
 * look-ups and six ANDs. All bytes above 127 are taken for one, so the text is copied first.
 * Nothing is read beyond the last look of the last place. */
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
        const __m512i b = and3(look(t[3], p + 2), look(t[4], p + 3), look(t[5], p + 4));
        const __m512i c = and3(look(t[6], p + 5), look(t[7], p + 6), look(t[8], p + 8));
        const __m512i d = and3(look(t[9], p + 10), look(t[10], p + 12), look(t[11], p + 14));
        const __m512i found = _mm512_and_si512(a, and3(b, c, d));
        _mm512_storeu_si512(buckets + step * SHAPE_STEP, found);
        any[step] |= _mm512_test_epi8_mask(found, found);
    }
}

static inline __m512i lower(const uint8_t *p) {
    return _mm512_or_si512(_mm512_loadu_si512(p), _mm512_set1_epi8(0x20));
}

static inline __m512i pair(__m512i a, __m512i b) {
    const __m512i twice = _mm512_add_epi8(a, a);
    return _mm512_xor_si512(_mm512_add_epi8(twice, twice), b);
}

/* Places whose three letters, the first two as their pair, stand in the tables. */
static inline uint64_t look_three(const struct table t[4], __m512i pair, __m512i third) {
    const __m512i one_bit = _mm512_set1_epi64((long long)UINT64_C(0x8040201008040201));
    const __m512i bit = _mm512_shuffle_epi8(one_bit, _mm512_and_si512(third, _mm512_set1_epi8(7)));
    const __mmask64 odd = _mm512_test_epi8_mask(third, _mm512_set1_epi8(8));
    const __mmask64 upper = _mm512_test_epi8_mask(third, _mm512_set1_epi8(16));
    __m512i in[4];
    for (size_t i = 0; i < 4; i++) in[i] = _mm512_permutex2var_epi8(t[i].low, pair, t[i].high);
    const __m512i low = _mm512_mask_mov_epi8(in[0], odd, in[1]);
    const __m512i high = _mm512_mask_mov_epi8(in[2], odd, in[3]);
    return _mm512_test_epi8_mask(_mm512_mask_mov_epi8(low, upper, high), bit);
}

static void spelled_words(const struct shape_words *words, const uint8_t *p, size_t n_steps,
                          uint64_t *any) {
    const struct table lead = load_table(words->lead), first = load_table(words->first);
    struct table three[4], four[4];
    for (size_t i = 0; i < 4; i++) {
        three[i] = load_table(words->three[i]);
        four[i] = load_table(words->four[i]);
    }
    for (size_t step = 0; step < n_steps; step++, p += SHAPE_STEP) {
        const __m512i s0 = lower(p), s1 = lower(p + 1), s2 = lower(p + 2), s3 = lower(p + 3);
        const uint64_t begins = _mm512_test_epi8_mask(look(lead, p - 1), look(first, p));
        any[step] |=
            begins & look_three(three, pair(s0, s1), s2) & look_three(four, pair(s1, s2), s3);
    }
}

enum { BEFORE = 64, COPY = BEFORE + SHAPE_CHUNK + SHAPE_STEP };

/* The bytes as the tables know them (shape_byte), from p[-1] on. */
static void copy_text(uint8_t *copy, const uint8_t *p, size_t n) {
    const __m512i most = _mm512_set1_epi8((char)0x80);
    copy[BEFORE - 1] = shape_byte(p[-1]);
    for (size_t i = 0; i < n; i += 64)
        _mm512_store_si512(copy + BEFORE + i, _mm512_min_epu8(_mm512_loadu_si512(p + i), most));
    for (size_t i = n; i < n + SHAPE_REACH; i++) copy[BEFORE + i] = shape_byte(p[i]);
}

static void avx512_chunk(const struct shape_set *set, uint64_t wanted, const uint8_t *text,
                         size_t n_steps, struct shape_found *found) {
    _Alignas(64) uint8_t copy[COPY];
    const uint8_t *p = copy + BEFORE;
    copy_text(copy, text, n_steps * SHAPE_STEP);
    memset(found->listed, 0, n_steps * sizeof *found->listed);
    memset(found->spelled, 0, n_steps * sizeof *found->spelled);
    for (size_t lane = 0; lane < set->n_listed_lanes; lane++)
        listed_lane(&set->lane[lane], (uint8_t)(wanted >> 8 * lane), p, n_steps,
                    found->buckets[lane], found->listed);
    for (size_t i = 0; i < SHAPE_WORDS && (wanted & set->spelled) != 0; i++)
        if (set->words[i].n > 0) spelled_words(&set->words[i], p, n_steps, found->spelled);
}

static size_t avx512_find(const struct shape_set *set, uint64_t wanted, struct slice text,
                          size_t *from, struct shape_place *places, size_t cap) {
    return shape_find_chunks(avx512_chunk, set, wanted, text, from, places, cap);
}

shape_finder shape_find_avx512(void) { return avx512_find; }

#else

shape_finder shape_find_avx512(void) { return NULL; }

#endif
