/* SPDX-License-Identifier: Apache-2.0 */
/* The filter with AVX2, 64 places at once.
 *
 *     s      2   0   2   6   -   1   1        vpshufb, one row of 16 bytes after the other
 *     kind   1   1   1   1   7   1   1        vpshufb: buckets that can have it here
 *     lane   AND over the lead and the looks  =  the buckets of each place
 *
 * A place with a bucket left in some lane is put to the tables. Looking bytes up by vpshufb is the
 * way of Teddy (Hyperscan, and the Rust aho-corasick crate) and of simdjson, here over sets of
 * bytes of 16 kinds. Kinds are made for CHUNK bytes in advance.
 *
 * Nothing is read beyond the end: the last places are left to the portable version. */
#include "detect/shape_step.h"

#if defined(__AVX2__)

#include <immintrin.h>

enum {
    STEP = 64,
    CHUNK = 2048,
    AHEAD = 64, /* kinds made beyond a chunk, for the looks */
};

struct two {
    __m256i low, high;
};

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i_u *)p); }

static inline struct two load_two(const uint8_t *p) { return (struct two){load(p), load(p + 32)}; }

static inline __m256i load_table(const uint8_t table[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)table));
}

static inline struct two look_up(__m256i table, struct two index) {
    return (struct two){_mm256_shuffle_epi8(table, index.low),
                        _mm256_shuffle_epi8(table, index.high)};
}

static inline struct two both(struct two a, struct two b) {
    return (struct two){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
}

/* Of the 32 bytes at p. A byte of row r less 16 r is an index from 0 to 15; any other one gets its
 * top bit set by the saturated addition, and vpshufb gives 0 for it. */
static inline __m256i kinds_of(const uint8_t *p) {
    const __m256i bytes = load(p), top = _mm256_set1_epi8(0x70);
    __m256i kinds = _mm256_setzero_si256();
    for (int row = 0; row < 8; row++) {
        const __m256i index =
            _mm256_adds_epu8(_mm256_xor_si256(bytes, _mm256_set1_epi8((char)(row * 16))), top);
        kinds =
            _mm256_or_si256(kinds, _mm256_shuffle_epi8(load_table(shape_kind + row * 16), index));
    }
    return kinds;
}

/* The buckets of a lane of kinds at the 64 places from `kind` on. */
static inline struct two lane_of_kinds(const struct shape_table *table, size_t lane,
                                       const uint8_t *kind) {
    static const uint8_t look[SHAPE_FILTER] = SHAPE_LOOKS;
    struct two found = look_up(load_table(table->lane_lead[lane]), load_two(kind - 1));
    for (size_t k = 0; k < SHAPE_FILTER; k++)
        found = both(found, look_up(load_table(table->by_kind[lane][k]), load_two(kind + look[k])));
    return found;
}

static inline struct two lane_of_halves(const struct shape_table *table, const uint8_t *kind,
                                        const uint8_t *p) {
    static const uint8_t look[SHAPE_FILTER] = SHAPE_LOOKS;
    const __m256i half = _mm256_set1_epi8(15);
    const struct two halves = {half, half};
    struct two found = look_up(load_table(table->lane_lead[SHAPE_HALVES]), load_two(kind - 1));
    for (size_t k = 0; k < SHAPE_FILTER; k++) {
        const struct two bytes = load_two(p + look[k]);
        const struct two high = {_mm256_srli_epi16(bytes.low, 4), _mm256_srli_epi16(bytes.high, 4)};
        found = both(found, look_up(load_table(table->low[k]), both(bytes, halves)));
        found = both(found, look_up(load_table(table->high[k]), both(high, halves)));
    }
    return found;
}

static inline struct two either(struct two a, struct two b) {
    return (struct two){_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
}

static inline uint64_t places_of(struct two found) {
    const __m256i zero = _mm256_setzero_si256();
    const uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found.low, zero));
    const uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found.high, zero));
    return ~(low | (uint64_t)high << 32);
}

static inline uint64_t filter(const struct shape_table *table, const uint8_t *kind,
                              const uint8_t *p) {
    struct two found = lane_of_kinds(table, 0, kind);
    if (table->has_lane[1]) found = either(found, lane_of_kinds(table, 1, kind));
    if (table->has_lane[SHAPE_HALVES]) found = either(found, lane_of_halves(table, kind, p));
    return places_of(found);
}

/* Of the n_steps * STEP places from `at` on; stops when the list is full. Returns the next place.
 */
static size_t scan_chunk(const struct shape_table *table, struct slice text, size_t at,
                         size_t n_steps, struct shape_place *places, size_t cap, size_t *n) {
    uint8_t kinds[32 + CHUNK + AHEAD];
    uint8_t *kind = kinds + 32; /* that of byte `at` */
    kind[-1] = text.ptr[at - 1] < 128 ? shape_kind[text.ptr[at - 1]] : 0;
    for (size_t i = 0; i < n_steps * STEP + 32; i += 32)
        _mm256_storeu_si256((__m256i_u *)(kind + i), kinds_of(text.ptr + at + i));
    for (; n_steps > 0 && *n + STEP <= cap; n_steps--, at += STEP, kind += STEP) {
        uint64_t maybe = filter(table, kind, text.ptr + at);
        for (; maybe != 0; maybe &= maybe - 1) {
            const size_t place = at + (size_t)__builtin_ctzll(maybe);
            const uint64_t shapes = shapes_at(table, text.ptr + place);
            if (shapes != 0) places[(*n)++] = (struct shape_place){(uint32_t)place, shapes};
        }
    }
    return at;
}

static size_t avx2_find(const struct shape_table *table, struct slice text, size_t *from,
                        struct shape_place *places, size_t cap) {
    size_t n = 0, i = *from;
    if (i == 0 && text.len > 0) {
        const uint64_t shapes = shapes_at_border(table, text, 0);
        if (shapes != 0) places[n++] = (struct shape_place){0, shapes};
        i = 1;
    }
    while (i + STEP + 32 <= text.len && n + STEP <= cap) {
        const size_t n_steps = (text.len - i - 32) / STEP;
        i = scan_chunk(table, text, i, n_steps < CHUNK / STEP ? n_steps : CHUNK / STEP, places, cap,
                       &n);
    }
    *from = i;
    if (i + STEP + 32 <= text.len) return n;
    return n + shape_find_portable(table, text, from, places + n, cap - n);
}

shape_finder shape_find_avx2(void) { return avx2_find; }

#else

shape_finder shape_find_avx2(void) { return NULL; }

#endif
