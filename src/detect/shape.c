/* SPDX-License-Identifier: Apache-2.0 */
/* The tables by themselves: three loads a byte where nothing stands. */
#include "detect/shape.h"

#include "detect/rarity.h"
#include "detect/shape_step.h"

void shape_add(struct shape_table *table, unsigned bit, const struct byteset *window, size_t n,
               struct byteset lead, bool at_start) {
    const uint64_t mask = UINT64_C(1) << bit;
    for (unsigned c = 0; c < 256; c++) {
        for (size_t i = 0; i < SHAPE_WINDOW; i++)
            if (i >= n || byteset_has(&window[i], (uint8_t)c)) table->at[i][c] |= mask;
        if (byteset_has(&lead, (uint8_t)c)) table->lead[c] |= mask;
    }
    if (at_start) table->at_start |= mask;
    for (size_t i = n; i < SHAPE_WINDOW; i++) table->shorter[i] |= mask;
    table->used |= mask;
}

/* --- the buckets ----------------------------------------------------------------------------- */

/* What some shapes have in common: at each byte the union of their sets. */
struct bucket {
    uint64_t shapes; /* 0: merged into another */
    struct byteset set[SHAPE_FILTER];
    uint64_t chance; /* that the union stands at a place, times 2^40 */
};

static uint64_t chance(const struct byteset set[SHAPE_FILTER]) {
    int bits = 0;
    for (size_t i = 0; i < SHAPE_FILTER; i++) bits += rarity_set_bits(&set[i]);
    return bits < 40 * RARITY_BIT ? UINT64_C(1) << (40 - bits / RARITY_BIT) : 1;
}

static struct bucket bucket_union(const struct bucket *a, const struct bucket *b) {
    struct bucket both = {.shapes = a->shapes | b->shapes};
    for (size_t i = 0; i < SHAPE_FILTER; i++) both.set[i] = byteset_union(a->set[i], b->set[i]);
    both.chance = chance(both.set);
    return both;
}

static size_t list_buckets(const struct shape_table *table, struct bucket *bucket) {
    size_t n = 0;
    for (uint64_t left = table->used; left != 0; left &= left - 1, n++) {
        bucket[n] = (struct bucket){.shapes = left & -left};
        for (unsigned c = 0; c < 256; c++) {
            if (table->lead[c] & bucket[n].shapes) byteset_add(&bucket[n].set[0], (uint8_t)c);
            for (size_t i = 1; i < SHAPE_FILTER; i++)
                if (table->at[i - 1][c] & bucket[n].shapes)
                    byteset_add(&bucket[n].set[i], (uint8_t)c);
        }
        bucket[n].chance = chance(bucket[n].set);
    }
    return n;
}

/* How much more often the union stands than the two by themselves. */
static uint64_t cost(const struct bucket *a, const struct bucket *b) {
    const uint64_t apart = a->chance + b->chance, both = bucket_union(a, b).chance;
    return both > apart ? both - apart : 0;
}

struct costs {
    uint64_t of[SHAPES_A_TABLE][SHAPES_A_TABLE]; /* [a][b], a < b */
};

/* Merges the cheapest two. */
static void merge_two(struct bucket *bucket, size_t n, struct costs *costs) {
    size_t a = 0, b = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n && bucket[i].shapes != 0; j++)
            if (bucket[j].shapes != 0 && (b == 0 || costs->of[i][j] < costs->of[a][b]))
                a = i, b = j;
    bucket[a] = bucket_union(&bucket[a], &bucket[b]);
    bucket[b].shapes = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == a || bucket[i].shapes == 0) continue;
        costs->of[i < a ? i : a][i < a ? a : i] = cost(&bucket[i], &bucket[a]);
    }
}

void shape_finish(struct shape_table *table) {
    struct bucket bucket[SHAPES_A_TABLE];
    struct costs costs;
    const size_t n = list_buckets(table, bucket);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) costs.of[i][j] = cost(&bucket[i], &bucket[j]);
    for (size_t left = n; left > SHAPE_BUCKETS; left--) merge_two(bucket, n, &costs);
    uint8_t bit = 1;
    for (size_t b = 0; b < n; b++) {
        if (bucket[b].shapes == 0) continue;
        for (unsigned c = 0; c < 256; c++) {
            for (size_t i = 0; i < SHAPE_FILTER; i++) {
                if (!byteset_has(&bucket[b].set[i], (uint8_t)c)) continue;
                table->low[i][c & 15] |= bit;
                table->high[i][c >> 4] |= bit;
            }
        }
        bit = (uint8_t)(bit << 1);
    }
}

/* --- finding --------------------------------------------------------------------------------- */

uint64_t shapes_at_border(const struct shape_table *table, struct slice text, size_t i) {
    uint64_t shapes = i > 0 ? table->lead[text.ptr[i - 1]] : table->at_start;
    for (size_t j = 0; j < SHAPE_WINDOW && shapes != 0; j++)
        shapes &= i + j < text.len ? table->at[j][text.ptr[i + j]] : table->shorter[j];
    return shapes;
}

size_t shape_find_portable(const struct shape_table *table, struct slice text, size_t *from,
                           struct shape_place *places, size_t cap) {
    size_t n = 0, i = *from;
    for (; i < text.len && n < cap; i++) {
        const bool is_inside = i > 0 && i + SHAPE_WINDOW <= text.len;
        const uint64_t shapes =
            is_inside ? shapes_at(table, text.ptr + i) : shapes_at_border(table, text, i);
        if (shapes != 0) places[n++] = (struct shape_place){(uint32_t)i, shapes};
    }
    *from = i;
    return n;
}

shape_finder shape_find(enum cpu_level level) {
    const shape_finder avx2 = level >= CPU_AVX2 ? shape_find_avx2() : NULL;
    return avx2 != NULL ? avx2 : shape_find_portable;
}
