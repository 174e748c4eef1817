/* SPDX-License-Identifier: Apache-2.0 */
/* The looks of a lane with AVX2, 64 places at once.
 *
 *     s      2   0   2   6   -   1   1
 *     kind   1   1   1   1   7   1   1        vpshufb, one row of 16 bytes after the other
 *     can    vpshufb: the buckets of the lane that can have a byte of the kind
 *     AND over the sieve's questions       =  the buckets of each place, and some more
 *
 * Some questions are about the low or the high half of a byte. Looking bytes up by vpshufb is the
 * way of Teddy (Hyperscan, and the Rust aho-corasick crate) and of simdjson. Kinds and halves are
 * made for a chunk in advance. Nothing is read beyond the last look
 * of the last place. */
#include "detect/shape_step.h"

#if defined(__AVX2__)

#include <immintrin.h>

enum { BEFORE = SHAPE_VIEW_BEFORE };

/* What is known of each byte of a chunk; byte 0 of the chunk at [BEFORE]. */
struct seen {
    uint8_t view[SHAPE_VIEWS * SHAPE_VIEW_LEN];
};

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i_u *)p); }
static inline void store(uint8_t *p, __m256i x) { _mm256_storeu_si256((__m256i_u *)p, x); }

static inline __m256i load_table(const uint8_t table[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)table));
}

/* A byte of row r less 16 r is an index from 0 to 15; any other one gets its top bit set by the
 * saturated addition, and vpshufb gives 0 for it. */
static inline __m256i kinds_of(__m256i bytes) {
    const __m256i top = _mm256_set1_epi8(0x70);
    __m256i kinds = _mm256_setzero_si256();
    for (int row = 0; row < 8; row++) {
        const __m256i index =
            _mm256_adds_epu8(_mm256_xor_si256(bytes, _mm256_set1_epi8((char)(row * 16))), top);
        kinds =
            _mm256_or_si256(kinds, _mm256_shuffle_epi8(load_table(shape_kind + row * 16), index));
    }
    return kinds;
}

static inline void see(struct seen *seen, size_t at, __m256i bytes) {
    const __m256i half = _mm256_set1_epi8(15);
    store(seen->view + SHAPE_BY_KIND * SHAPE_VIEW_LEN + at, kinds_of(bytes));
    store(seen->view + SHAPE_BY_LOW * SHAPE_VIEW_LEN + at, _mm256_and_si256(bytes, half));
    store(seen->view + SHAPE_BY_HIGH * SHAPE_VIEW_LEN + at,
          _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
}

/* Of the byte before, of n bytes, and of those the last looks reach. */
static void see_all(struct seen *seen, const uint8_t *p, size_t n) {
    uint8_t rest[32] = {0};
    see(seen, 0, _mm256_set1_epi8((char)p[-1]));
    for (size_t i = 0; i < n; i += 32) see(seen, BEFORE + i, load(p + i));
    memcpy(rest, p + n, SHAPE_REACH);
    see(seen, BEFORE + n, load(rest));
}

static inline uint32_t places_of(__m256i found) {
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));
}

/* Asks the questions for n vectors from place i on; each table is loaded once for all. */
static inline __attribute__((always_inline)) void
ask(const struct shape_sieve *sieve, const struct seen *seen, size_t i, size_t n, __m256i found[]) {
    const struct shape_question *end = sieve->question + sieve->n;
    for (const struct shape_question *question = sieve->question; question < end; question++) {
        const uint8_t *from = seen->view + question->at + i;
        const __m256i table = load_table(question->can);
        for (size_t v = 0; v < n; v++)
            found[v] = _mm256_and_si256(found[v], _mm256_shuffle_epi8(table, load(from + 32 * v)));
    }
}

static void sift(const struct shape_sieve *sieve, uint8_t wanted, const struct seen *seen,
                 size_t n_steps, uint64_t *any) {
    const __m256i all = _mm256_set1_epi8((char)wanted);
    size_t step = 0;
    for (; step + 2 <= n_steps; step += 2) {
        __m256i found[4] = {all, all, all, all};
        ask(sieve, seen, step * SHAPE_STEP, 4, found);
        any[step] |= places_of(found[0]) | (uint64_t)places_of(found[1]) << 32;
        any[step + 1] |= places_of(found[2]) | (uint64_t)places_of(found[3]) << 32;
    }
    if (step < n_steps) {
        __m256i found[2] = {all, all};
        ask(sieve, seen, step * SHAPE_STEP, 2, found);
        any[step] |= places_of(found[0]) | (uint64_t)places_of(found[1]) << 32;
    }
}

static inline __m256i is_letter(__m256i lower) {
    const __m256i from_a = _mm256_sub_epi8(lower, _mm256_set1_epi8('a'));
    return _mm256_cmpeq_epi8(from_a, _mm256_min_epu8(from_a, _mm256_set1_epi8(25)));
}

static inline uint32_t letters_of(__m256i bytes) {
    const __m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    return (uint32_t)_mm256_movemask_epi8(is_letter(lower));
}

/* Places that may begin a spelled shape by four letters: eight times four bytes are hashed, and
 * the words with their bits are gathered. */
static uint64_t may_begin(const struct shape_set *set, const uint8_t *p, uint64_t behind) {
    const __m256i four = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6,
                                          7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i other = _mm256_set1_epi32(2 * SHAPE_FOURS);
    const __m256i no_letter = _mm256_set1_epi32((int)SHAPE_NO_LETTER);
    const int *words = (const int *)(const void *)set->fours;
    uint64_t begin = 0;
    for (size_t i = 0; i < SHAPE_STEP; i += 8) {
        const __m256i bytes =
            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)(p + i)));
        const __m256i lower =
            _mm256_or_si256(_mm256_shuffle_epi8(bytes, four), _mm256_set1_epi8(0x20));
        const __m256i letters =
            _mm256_and_si256(lower, _mm256_or_si256(is_letter(lower), no_letter));
        const __m256i hash =
            _mm256_srli_epi32(_mm256_mullo_epi32(letters, _mm256_set1_epi32((int)SHAPE_HASH)), 15);
        const __m256i is_behind =
            _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)(behind >> i & 255)), bit),
                               bit);
        const __m256i at =
            _mm256_add_epi32(_mm256_srli_epi32(hash, 5), _mm256_and_si256(is_behind, other));
        const __m256i word = _mm256_i32gather_epi32(words, at, 4);
        const __m256i found =
            _mm256_srlv_epi32(word, _mm256_and_si256(hash, _mm256_set1_epi32(31)));
        const __m256i top = _mm256_slli_epi32(found, 31);
        begin |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(top)) << i;
    }
    return begin;
}

static void avx2_chunk(const struct shape_set *set, uint64_t wanted, const uint8_t *p,
                       size_t n_steps, struct shape_found *found) {
    struct seen seen;
    see_all(&seen, p, n_steps * SHAPE_STEP);
    memset(found->listed, 0, n_steps * sizeof *found->listed);
    for (size_t lane = 0; lane < set->n_lanes; lane++)
        sift(&set->sieve[lane], (uint8_t)(wanted >> 8 * lane), &seen, n_steps, found->listed);
    for (size_t step = 0; step < n_steps; step++) {
        const uint8_t *at = p + step * SHAPE_STEP;
        const uint64_t behind = letters_of(load(at - 1)) | (uint64_t)letters_of(load(at + 31))
                                                               << 32;
        found->behind[step] = behind;
        found->spelled[step] = (wanted & SHAPE_SPELLED) != 0 ? may_begin(set, at, behind) : 0;
    }
}

static size_t avx2_find(const struct shape_set *set, uint64_t wanted, struct slice text,
                        size_t *from, struct shape_place *places, size_t cap) {
    const struct shape_kernel kernel = {avx2_chunk, false};
    return shape_find_chunks(kernel, set, wanted, text, from, places, cap);
}

shape_finder shape_find_avx2(void) { return avx2_find; }

/* Sixteen bytes in one of their views: the bit of each value, and whether it is above 7. */
struct values {
    __m128i bit, is_above;
};

static inline struct values values_of(__m128i view) {
    const __m128i bits = _mm_set1_epi64x((long long)UINT64_C(0x8040201008040201));
    return (struct values){_mm_shuffle_epi8(bits, view), _mm_cmpgt_epi8(view, _mm_set1_epi8(7))};
}

/* Nonzero where the mask allows the value. */
static inline __m128i allowed(const uint8_t mask[2][SHAPE_WINDOW], struct values values) {
    const __m128i below = _mm_loadu_si128((const __m128i_u *)mask[0]);
    const __m128i above = _mm_loadu_si128((const __m128i_u *)mask[1]);
    return _mm_and_si128(_mm_blendv_epi8(below, above, values.is_above), values.bit);
}

/* All sets of a window at once; afterwards those the masks do not tell exactly, and the lead. */
static uint32_t avx2_ask(const struct shape_set *set, struct slice text, size_t at, size_t first,
                         uint32_t which) {
    uint8_t near[SHAPE_WINDOW] = {0};
    const uint8_t *p = text.ptr + at;
    const size_t left = text.len - at;
    if (left < SHAPE_WINDOW) p = memcpy(near, p, left);
    const __m128i bytes = _mm_loadu_si128((const __m128i_u *)p), half = _mm_set1_epi8(15);
    const struct values kind =
        values_of(_mm256_castsi256_si128(kinds_of(_mm256_castsi128_si256(bytes))));
    const struct values low = values_of(_mm_and_si128(bytes, half));
    const struct values high = values_of(_mm_and_si128(_mm_srli_epi16(bytes, 4), half));
    uint32_t stand = 0;
    for (; which != 0; which &= which - 1) {
        const struct shape_test *test = &set->tests[first + (size_t)__builtin_ctz(which)];
        const struct shape_masks *masks = &test->masks;
        const __m128i both =
            _mm_min_epu8(allowed(masks->kind, kind),
                         _mm_min_epu8(allowed(masks->low, low), allowed(masks->high, high)));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(both, _mm_setzero_si128())) != 0 || left < test->n)
            continue;
        bool stands =
            at > 0 ? byteset_has(&set->sets[test->lead], text.ptr[at - 1]) : test->at_start;
        for (size_t i = 0; i < test->n_inexact; i++)
            stands &= byteset_has(&set->sets[test->set[i]], p[test->at[i]]);
        if (stands) stand |= which & -which;
    }
    return stand;
}

shape_asker shape_ask_avx2(void) { return avx2_ask; }

#else

shape_asker shape_ask_avx2(void) { return NULL; }

shape_finder shape_find_avx2(void) { return NULL; }

#endif
