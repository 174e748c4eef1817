/* SPDX-License-Identifier: Apache-2.0 */
/* The looks of a lane with AVX-512, 64 places at once.
 *
 *     s      2   0   2   6   -   1   1        vpermi2b: a look-up in 128 bytes by the byte itself
 *     look   the buckets of the lane that can have it
 *     AND over all looks                   =  the buckets of each place
 *
 * The registers of a lane's tables (24) stay loaded over a chunk, so a step is twelve loads, twelve
 * look-ups and six ANDs. All bytes above 127 are taken for one. Nothing is read beyond the last
 * look of the last place. */
#include "detect/shape_step.h"

#if defined(__AVX512VBMI__)

#include <immintrin.h>

struct table {
    __m512i low, high;
};

/* What the lanes share of a chunk, each byte by byte: what stands at each look, as the tables know
 * it (shape_byte), so that no lane loads across the lines of the cache; and of three letters in a
 * row, the first ones and the second ones, what shape_words is asked by. */
struct seen {
    _Alignas(64) uint8_t look[SHAPE_LOOKS][SHAPE_CHUNK];
    _Alignas(64) uint8_t pair[2][SHAPE_CHUNK], bit[2][SHAPE_CHUNK];
    uint64_t odd[2][SHAPE_CHUNK_STEPS], upper[2][SHAPE_CHUNK_STEPS];
};

static inline __m512i look(struct table table, const uint8_t *at) {
    return _mm512_permutex2var_epi8(table.low, _mm512_load_si512(at), table.high);
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

static void listed_lane(const struct shape_lane *lane, uint8_t wanted, const struct seen *seen,
                        size_t n_steps, uint8_t *buckets, uint64_t *any) {
    struct table t[SHAPE_LOOKS];
    for (size_t k = 0; k < SHAPE_LOOKS; k++) t[k] = load_table(lane->byte[k]);
    t[0] = only(t[0], wanted);
    for (size_t step = 0; step < n_steps; step++) {
        const uint8_t *s = seen->look[0] + step * SHAPE_STEP;
        __m512i found = look(t[0], s);
        for (size_t k = 1; k + 1 < SHAPE_LOOKS; k += 2)
            found = and3(found, look(t[k], s + k * SHAPE_CHUNK),
                         look(t[k + 1], s + (k + 1) * SHAPE_CHUNK));
        found =
            _mm512_and_si512(found, look(t[SHAPE_LOOKS - 1], s + (SHAPE_LOOKS - 1) * SHAPE_CHUNK));
        _mm512_storeu_si512(buckets + step * SHAPE_STEP, found);
        any[step] |= _mm512_test_epi8_mask(found, found);
    }
}

/* Places whose three letters, from the first (0) or second (1) on, stand in the tables. */
static inline uint64_t look_three(const struct table t[4], const struct seen *seen, size_t which,
                                  size_t step) {
    const uint8_t *pair = seen->pair[which] + step * SHAPE_STEP;
    const __mmask64 odd = seen->odd[which][step], upper = seen->upper[which][step];
    const __m512i low = _mm512_mask_mov_epi8(look(t[0], pair), odd, look(t[1], pair));
    const __m512i high = _mm512_mask_mov_epi8(look(t[2], pair), odd, look(t[3], pair));
    return _mm512_test_epi8_mask(_mm512_mask_mov_epi8(low, upper, high),
                                 _mm512_load_si512(seen->bit[which] + step * SHAPE_STEP));
}

static void spelled_words(const struct shape_words *words, const struct seen *seen, size_t n_steps,
                          uint64_t *any) {
    const struct table lead = load_table(words->lead), first = load_table(words->first);
    struct table three[4], four[4];
    for (size_t i = 0; i < 4; i++) {
        three[i] = load_table(words->three[i]);
        four[i] = load_table(words->four[i]);
    }
    for (size_t step = 0; step < n_steps; step++) {
        const uint8_t *s = seen->look[0] + step * SHAPE_STEP;
        const uint64_t begins = _mm512_test_epi8_mask(look(lead, s), look(first, s + SHAPE_CHUNK));
        any[step] |= begins & look_three(three, seen, 0, step) & look_three(four, seen, 1, step);
    }
}

static inline __m512i load_bytes(const uint8_t *p) {
    return _mm512_min_epu8(_mm512_loadu_si512(p), _mm512_set1_epi8((char)0x80));
}

static inline __m512i lower(const uint8_t *p) {
    return _mm512_or_si512(load_bytes(p), _mm512_set1_epi8(0x20));
}

static inline void see_three(struct seen *seen, size_t which, size_t step, __m512i a, __m512i b,
                             __m512i c) {
    const __m512i one_bit = _mm512_set1_epi64((long long)UINT64_C(0x8040201008040201));
    const __m512i twice = _mm512_add_epi8(a, a);
    _mm512_store_si512(seen->pair[which] + step * SHAPE_STEP,
                       _mm512_xor_si512(_mm512_add_epi8(twice, twice), b));
    _mm512_store_si512(seen->bit[which] + step * SHAPE_STEP,
                       _mm512_shuffle_epi8(one_bit, _mm512_and_si512(c, _mm512_set1_epi8(7))));
    seen->odd[which][step] = _mm512_test_epi8_mask(c, _mm512_set1_epi8(8));
    seen->upper[which][step] = _mm512_test_epi8_mask(c, _mm512_set1_epi8(16));
}

static void see(struct seen *seen, const uint8_t *p, size_t n_steps) {
    static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;
    for (size_t step = 0; step < n_steps; step++, p += SHAPE_STEP) {
        uint8_t *s = seen->look[0] + step * SHAPE_STEP;
        _mm512_store_si512(s, load_bytes(p - 1));
        for (size_t k = 1; k < SHAPE_LOOKS; k++)
            _mm512_store_si512(s + k * SHAPE_CHUNK, load_bytes(p + offsets[k - 1]));
        const __m512i s1 = lower(p + 1), s2 = lower(p + 2);
        see_three(seen, 0, step, lower(p), s1, s2);
        see_three(seen, 1, step, s1, s2, lower(p + 3));
    }
}

/* Places behind a letter. */
static uint64_t behind_letter(const uint8_t *p) {
    const __m512i letter = _mm512_sub_epi8(lower(p - 1), _mm512_set1_epi8('a'));
    return _mm512_cmplt_epu8_mask(letter, _mm512_set1_epi8(26));
}

static void avx512_chunk(const struct shape_set *set, uint64_t wanted, const uint8_t *p,
                         size_t n_steps, struct shape_found *found) {
    struct seen seen;
    see(&seen, p, n_steps);
    memset(found->listed, 0, n_steps * sizeof *found->listed);
    memset(found->spelled, 0, n_steps * sizeof *found->spelled);
    for (size_t step = 0; step < n_steps; step++)
        found->behind[step] = behind_letter(p + step * SHAPE_STEP);
    for (size_t lane = 0; lane < set->n_lanes; lane++)
        listed_lane(&set->lane[lane], (uint8_t)(wanted >> 8 * lane), &seen, n_steps,
                    found->buckets[lane], found->listed);
    for (size_t i = 0; i < SHAPE_WORDS && (wanted & SHAPE_SPELLED) != 0; i++)
        if (set->words[i].n > 0) spelled_words(&set->words[i], &seen, n_steps, found->spelled);
}

static size_t avx512_find(const struct shape_set *set, uint64_t wanted, struct slice text,
                          size_t *from, struct shape_place *places, size_t cap) {
    const struct shape_kernel kernel = {avx512_chunk, true};
    return shape_find_chunks(kernel, set, wanted, text, from, places, cap);
}

shape_finder shape_find_avx512(void) { return avx512_find; }

#else

shape_finder shape_find_avx512(void) { return NULL; }

#endif
