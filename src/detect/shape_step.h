/* SPDX-License-Identifier: Apache-2.0 */
/* What the shape finders of all CPU levels share. For shape*.c only. */
#ifndef LW_DETECT_SHAPE_STEP_H
#define LW_DETECT_SHAPE_STEP_H

#include "detect/shape.h"

enum {
    SHAPE_STEP = 64,
    SHAPE_REACH = 14, /* the farthest look */
    SHAPE_CHUNK = 1024,
    SHAPE_CHUNK_STEPS = SHAPE_CHUNK / SHAPE_STEP,
};

/* A byte as tables of 128 know it: by `& 127`, with all above 127 as one, the same as NUL. */
static inline uint8_t shape_byte(uint8_t c) { return c < 0x80 ? c : 0x80; }

/* Hash of two such bytes, letters without case, as a vector of bytes can make it. */
static inline uint8_t shape_pair(uint8_t a, uint8_t b) {
    return (uint8_t)(((a | 0x20) << 2) ^ (b | 0x20)) & 127;
}

/* Kind of an ASCII byte; all others are of kind 0. */
extern const uint8_t shape_kind[128];

/* A chunk as AVX2 sees it, view behind view: a byte, then those of the chunk and what looks reach.
 */
enum { SHAPE_VIEW_BEFORE = 32, SHAPE_VIEW_LEN = SHAPE_VIEW_BEFORE + SHAPE_CHUNK + 32 };

static inline uint8_t shape_view_of(enum shape_view view, uint8_t c) {
    switch (view) {
    case SHAPE_BY_KIND: return c < 128 ? shape_kind[c] : 0;
    case SHAPE_BY_LOW: return c & 15;
    case SHAPE_BY_HIGH: return c >> 4;
    }
    return 0;
}

/* The finder of shape_avx2.c and shape_avx512.c, NULL if this build has none. */
shape_finder shape_find_avx2(void);
shape_finder shape_find_avx512(void);
/* The asker of shape_avx2.c, NULL if this build has none. */
shape_asker shape_ask_avx2(void);
/* The portable one. */
size_t shape_find_portable(const struct shape_set *set, uint64_t wanted, struct slice text,
                           size_t *from, struct shape_place *places, size_t cap);

/* What a vector kernel leaves of a chunk: eight buckets a byte, lane by lane, if it is exact; which
 * places have any, which may begin a spelled shape by the first hash or better, and which are
 * behind a letter. */
struct shape_found {
    uint8_t buckets[SHAPE_LANES][SHAPE_CHUNK];
    uint64_t listed[SHAPE_CHUNK_STEPS], spelled[SHAPE_CHUNK_STEPS], behind[SHAPE_CHUNK_STEPS];
};

/* Fills `found` for n_steps * 64 places from p on; p[-1] and 14 bytes behind may be read. */
typedef void (*shape_chunk)(const struct shape_set *set, uint64_t wanted, const uint8_t *p,
                            size_t n_steps, struct shape_found *found);

/* A kernel with vectors. An exact one leaves what the tables leave; of the others each place is put
 * to the tables once more. */
struct shape_kernel {
    shape_chunk chunk;
    bool is_exact;
};

/* The listed buckets that can stand at the place at `p`; what its looks reach may be read. No
 * branch: one in four has some, and which one cannot be guessed. */
static inline uint64_t shape_listed_at(const struct shape_set *set, const uint8_t *p) {
    static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;
    uint64_t buckets = set->look[0][p[-1]];
    for (size_t k = 1; k < SHAPE_LOOKS; k++) buckets &= set->look[k][p[offsets[k - 1]]];
    return buckets;
}

/* The same as a vector kernel that is exact left them. */
static inline uint64_t shape_listed_of(const struct shape_set *set, const struct shape_found *found,
                                       size_t i) {
    uint64_t buckets = 0;
    for (size_t lane = 0; lane < set->n_lanes; lane++)
        buckets |= (uint64_t)found->buckets[lane][i] << (8 * lane);
    return buckets;
}

/* Those of the 64 places from `p` on where the letters can begin a spelled shape; eight bytes from
 * each on may be read; spells[i]: which (shape_may_spell). No branch to be guessed wrong. */
static inline uint64_t shape_spelled_of(const struct shape_set *set, const uint8_t *p,
                                        uint64_t places, uint64_t behind,
                                        uint8_t spells[SHAPE_STEP]) {
    uint64_t spelled = 0;
    memset(spells, 0, SHAPE_STEP);
    for (uint64_t left = places; left != 0; left &= left - 1) {
        const size_t i = (size_t)__builtin_ctzll(left);
        uint64_t letters;
        memcpy(&letters, p + i, 8);
        letters = le64toh(letters) | SHAPE_LOWER;
        spells[i] = (uint8_t)shape_may_spell(set, behind >> i & 1, letters);
        spelled |= (uint64_t)(spells[i] != 0) << i;
    }
    return spelled;
}

/* Appends the places of the chunk that begins at `at`; returns where to go on: the list may fill
 * up. */
static inline size_t shape_collect(const struct shape_set *set, uint64_t wanted, struct slice text,
                                   const struct shape_found *found, bool is_exact, size_t at,
                                   size_t n_steps, struct shape_place *places, size_t cap,
                                   size_t *n) {
    for (size_t step = 0; step < n_steps; step++) {
        const size_t base = step * SHAPE_STEP;
        uint8_t spells[SHAPE_STEP];
        const uint64_t listed = found->listed[step];
        const uint64_t spelled = shape_spelled_of(set, text.ptr + at + base, found->spelled[step],
                                                  found->behind[step], spells);
        if (*n + SHAPE_STEP > cap) return at + base;
        for (uint64_t any = listed | spelled; any != 0; any &= any - 1) {
            const size_t in_step = (size_t)__builtin_ctzll(any), i = base + in_step;
            const uint64_t buckets = is_exact ? shape_listed_of(set, found, i)
                                              : shape_listed_at(set, text.ptr + at + i) & wanted;
            places[*n] =
                (struct shape_place){(uint32_t)(at + i),
                                     buckets | (uint64_t)spells[in_step] << SHAPE_SPELLED_AT};
            *n += places[*n].buckets != 0;
        }
    }
    return at + n_steps * SHAPE_STEP;
}

/* The buckets at place `i`; an end of the text may be near. */
static inline uint64_t shape_buckets_at(const struct shape_set *set, struct slice text, size_t i) {
    static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;
    const uint64_t letters = shape_letters_at(text, i);
    const bool is_behind = i > 0 && byte_is_alpha(text.ptr[i - 1]);
    const uint64_t spells =
        shape_may_begin(set, is_behind, letters) ? shape_may_spell(set, is_behind, letters) : 0;
    uint64_t buckets = i > 0 ? set->look[0][text.ptr[i - 1]] : set->at_start;
    for (size_t k = 1; k < SHAPE_LOOKS && buckets != 0; k++)
        if (i + offsets[k - 1] < text.len) buckets &= set->look[k][text.ptr[i + offsets[k - 1]]];
    return buckets | spells << SHAPE_SPELLED_AT;
}

/* The last places, fewer than a step and its reach: put to the kernel in a copy with zeros behind.
 * They change nothing: a shape that ends before them does not ask for these bytes, and one that
 * does not cannot stand. */
static inline size_t shape_find_rest(struct shape_kernel kernel, const struct shape_set *set,
                                     uint64_t wanted, struct slice text, size_t at,
                                     struct shape_place *places, size_t cap) {
    uint8_t rest[1 + 3 * SHAPE_STEP] = {0};
    struct shape_found found;
    size_t n = 0, left = text.len - at;
    memcpy(rest, text.ptr + at - 1, 1 + left);
    const size_t n_steps = (left + SHAPE_STEP - 1) / SHAPE_STEP;
    kernel.chunk(set, wanted, rest + 1, n_steps, &found);
    if (left % SHAPE_STEP != 0) {
        const uint64_t valid = UINT64_MAX >> (SHAPE_STEP - left % SHAPE_STEP);
        found.listed[n_steps - 1] &= valid;
        found.spelled[n_steps - 1] &= valid;
    }
    shape_collect(set, wanted, slice_of(rest + 1, left + 8), &found, kernel.is_exact, 0, n_steps,
                  places, cap, &n);
    for (size_t i = 0; i < n; i++) places[i].at += (uint32_t)at;
    return n;
}

/* The loop of the vector kernels; the first place is left to the tables. */
static inline size_t shape_find_chunks(struct shape_kernel kernel, const struct shape_set *set,
                                       uint64_t wanted, struct slice text, size_t *from,
                                       struct shape_place *places, size_t cap) {
    struct shape_found found;
    size_t n = 0, at = *from;
    if (at == 0 && text.len > 0) {
        const uint64_t buckets = shape_buckets_at(set, text, at++) & wanted;
        if (buckets != 0) places[n++] = (struct shape_place){0, buckets};
    }
    while (at + SHAPE_STEP + SHAPE_REACH <= text.len && n + SHAPE_STEP <= cap) {
        size_t n_steps = (text.len - at - SHAPE_REACH) / SHAPE_STEP;
        if (n_steps > SHAPE_CHUNK_STEPS) n_steps = SHAPE_CHUNK_STEPS;
        kernel.chunk(set, wanted, text.ptr + at, n_steps, &found);
        at =
            shape_collect(set, wanted, text, &found, kernel.is_exact, at, n_steps, places, cap, &n);
    }
    *from = at;
    if (at + SHAPE_STEP + SHAPE_REACH <= text.len || n + 2 * SHAPE_STEP > cap) return n;
    *from = text.len;
    return at < text.len ? n + shape_find_rest(kernel, set, wanted, text, at, places + n, cap - n)
                         : n;
}

#endif
