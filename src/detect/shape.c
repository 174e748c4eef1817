/* SPDX-License-Identifier: Apache-2.0 */
/* The tables by themselves: three loads a byte where nothing stands. */
#include "detect/shape.h"

#include "detect/rarity.h"
#include "detect/shape_step.h"

enum { CLEARLY = 2 * RARITY_BIT };

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

/* 1 digits, 2 a-f, 3 g-z, 4 A-F, 5 G-Z, 6 to 10 . - _ : /, 11 + =, 12 quotes, 13 blanks and
 * controls, 15 @ $, 14 all else. */
const uint8_t shape_kind[128] = {
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 14, 12, 14, 15, 14, 14, 12, 14, 14, 14, 11,
    14, 7,  6,  10, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  9,  14, 14, 11, 14, 14, 15, 4,
    4,  4,  4,  4,  4,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,
    5,  5,  5,  14, 14, 14, 14, 8,  14, 2,  2,  2,  2,  2,  2,  3,  3,  3,  3,  3,  3,  3,
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  14, 14, 14, 14, 13,
};

/* A set of bytes as a filter knows it. */
struct seen {
    uint16_t kinds;     /* the kinds of its bytes */
    uint16_t low, high; /* their halves */
};

/* What some shapes have in common: at each byte what is seen of the union of their sets. */
struct bucket {
    uint64_t shapes; /* 0: merged into another */
    struct seen lead, look[SHAPE_FILTER];
    int bits; /* how rare it is, as in rarity.h */
};

/* How often bytes are of a kind, and of a high and a low half: weights of rarity.h. */
struct weights {
    uint32_t kind[SHAPE_KINDS], half[16][16];
};

static unsigned kind_of(unsigned c) { return c < 128 ? shape_kind[c] : 0; }

static void weigh(struct weights *weights) {
    memset(weights, 0, sizeof *weights);
    for (unsigned c = 0; c < 256; c++) {
        weights->kind[kind_of(c)] += rarity_weight((uint8_t)c);
        weights->half[c >> 4][c & 15] = rarity_weight((uint8_t)c);
    }
}

static int bits_of_kinds(const struct weights *weights, struct seen seen) {
    uint64_t sum = 0;
    for (unsigned left = seen.kinds; left != 0; left &= left - 1)
        sum += weights->kind[__builtin_ctz(left)];
    return rarity_bits(sum, 16);
}

static int bits_of_halves(const struct weights *weights, struct seen seen) {
    uint64_t sum = 0;
    for (unsigned high = seen.high; high != 0; high &= high - 1)
        for (unsigned low = seen.low; low != 0; low &= low - 1)
            sum += weights->half[__builtin_ctz(high)][__builtin_ctz(low)];
    return rarity_bits(sum, 16);
}

/* Bytes of one kind stand together, so a look behind one at the same kinds tells less. */
static int bucket_bits(const struct weights *weights, const struct bucket *bucket, bool is_halves) {
    int bits = bits_of_kinds(weights, bucket->lead);
    for (size_t i = 0; i < SHAPE_FILTER; i++) {
        const struct seen seen = bucket->look[i];
        const uint16_t last = i > 0 ? bucket->look[i - 1].kinds : bucket->lead.kinds;
        const int more = is_halves ? bits_of_halves(weights, seen) : bits_of_kinds(weights, seen);
        bits += (seen.kinds & last) == seen.kinds ? more / 2 : more;
    }
    return bits;
}

/* That a bucket stands at a place, times 2^40; linear between powers of two. */
static uint64_t chance(const struct bucket *bucket) {
    const int whole = bucket->bits / RARITY_BIT, part = bucket->bits % RARITY_BIT;
    if (whole >= 32) return 1;
    return (UINT64_C(1) << (40 - whole)) / (2 * RARITY_BIT) * (uint64_t)(2 * RARITY_BIT - part);
}

static struct seen seen_union(struct seen a, struct seen b) {
    return (struct seen){a.kinds | b.kinds, a.low | b.low, a.high | b.high};
}

static void see(struct seen *seen, unsigned c) {
    seen->kinds |= (uint16_t)(1u << kind_of(c));
    seen->low |= (uint16_t)(1u << (c & 15));
    seen->high |= (uint16_t)(1u << (c >> 4));
}

static struct bucket bucket_of(const struct shape_table *table, uint64_t shape) {
    static const uint8_t look[SHAPE_FILTER] = SHAPE_LOOKS;
    struct bucket bucket = {.shapes = shape};
    for (unsigned c = 0; c < 256; c++) {
        if (table->lead[c] & shape) see(&bucket.lead, c);
        for (size_t i = 0; i < SHAPE_FILTER; i++)
            if (table->at[look[i]][c] & shape) see(&bucket.look[i], c);
    }
    return bucket;
}

struct clusters {
    struct weights weights;
    bool is_halves;
    struct bucket bucket[SHAPES_A_TABLE];
    uint64_t cost[SHAPES_A_TABLE][SHAPES_A_TABLE]; /* of merging a and b, a < b */
    size_t n;
};

static struct bucket bucket_union(const struct clusters *all, size_t a, size_t b) {
    const struct bucket *x = &all->bucket[a], *y = &all->bucket[b];
    struct bucket both = {.shapes = x->shapes | y->shapes, .lead = seen_union(x->lead, y->lead)};
    for (size_t i = 0; i < SHAPE_FILTER; i++) both.look[i] = seen_union(x->look[i], y->look[i]);
    both.bits = bucket_bits(&all->weights, &both, all->is_halves);
    return both;
}

/* How much more often the union stands than the two by themselves. */
static void set_cost(struct clusters *all, size_t a, size_t b) {
    const struct bucket both = bucket_union(all, a, b);
    const uint64_t apart = chance(&all->bucket[a]) + chance(&all->bucket[b]);
    all->cost[a][b] = chance(&both) > apart ? chance(&both) - apart : 0;
}

/* Merges the cheapest two. */
static void merge_two(struct clusters *all) {
    size_t a = 0, b = 0;
    for (size_t i = 0; i < all->n; i++)
        for (size_t j = i + 1; j < all->n && all->bucket[i].shapes != 0; j++)
            if (all->bucket[j].shapes != 0 && (b == 0 || all->cost[i][j] < all->cost[a][b]))
                a = i, b = j;
    all->bucket[a] = bucket_union(all, a, b);
    all->bucket[b].shapes = 0;
    for (size_t i = 0; i < all->n; i++)
        if (i != a && all->bucket[i].shapes != 0) set_cost(all, i < a ? i : a, i < a ? a : i);
}

static void cluster(struct clusters *all, size_t n_buckets) {
    for (size_t i = 0; i < all->n; i++)
        for (size_t j = i + 1; j < all->n && all->n > n_buckets; j++) set_cost(all, i, j);
    for (size_t left = all->n; left > n_buckets; left--) merge_two(all);
}

static void fill_bucket(struct shape_table *table, const struct bucket *bucket, size_t lane,
                        uint8_t bit) {
    table->has_lane[lane] = true;
    for (unsigned v = 0; v < 16; v++) {
        if (bucket->lead.kinds >> v & 1) table->lane_lead[lane][v] |= bit;
        for (size_t i = 0; i < SHAPE_FILTER; i++) {
            const struct seen *look = &bucket->look[i];
            if (lane != SHAPE_HALVES && look->kinds >> v & 1) table->by_kind[lane][i][v] |= bit;
            if (lane == SHAPE_HALVES && look->low >> v & 1) table->low[i][v] |= bit;
            if (lane == SHAPE_HALVES && look->high >> v & 1) table->high[i][v] |= bit;
        }
    }
}

static void fill_lanes(struct shape_table *table, const struct clusters *all, size_t lane) {
    unsigned n = 0;
    for (size_t b = 0; b < all->n; b++) {
        if (all->bucket[b].shapes == 0) continue;
        fill_bucket(table, &all->bucket[b], lane + n / 8, (uint8_t)(1u << n % 8));
        n++;
    }
}

void shape_finish(struct shape_table *table) {
    struct clusters kinds, halves;
    weigh(&kinds.weights);
    halves.weights = kinds.weights;
    kinds.n = halves.n = 0;
    kinds.is_halves = false;
    halves.is_halves = true;
    for (uint64_t left = table->used; left != 0; left &= left - 1) {
        struct bucket bucket = bucket_of(table, left & -left);
        const int by_kind = bucket_bits(&kinds.weights, &bucket, false);
        const int by_halves = bucket_bits(&kinds.weights, &bucket, true);
        const bool is_halves = by_halves > by_kind + CLEARLY;
        bucket.bits = is_halves ? by_halves : by_kind;
        struct clusters *into = is_halves ? &halves : &kinds;
        into->bucket[into->n++] = bucket;
    }
    cluster(&kinds, 8 * (size_t)SHAPE_HALVES);
    cluster(&halves, 8);
    fill_lanes(table, &kinds, 0);
    fill_lanes(table, &halves, SHAPE_HALVES);
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
