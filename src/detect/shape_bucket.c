/* SPDX-License-Identifier: Apache-2.0 */
/* At first each shape is a cluster of its own. The two clusters whose union adds least to what is
 * reported are merged, again and again (agglomerative clustering, with the best partner of each
 * kept). How many buckets are left is a trade: eight more cost a lane, eight fewer report more
 * places.
 *
 * A cluster reports a place of the sample where at each look the byte is in its set; for each look
 * the places are kept as a bit map, of which unions are quickly made and counted. */
#include "detect/shape_bucket.h"

#include <stdlib.h>

#include "detect/rarity.h"
#include "detect/sample.h"

/* Costs, in CPU cycles, roughly: a lane at 64 places; a place that is reported, by shape. */
enum { LANE_CYCLES = 40, PLACE_CYCLES = 80, SHAPE_CYCLES = 8 };

#define NONE UINT32_MAX

enum { MAX_BUCKETS = 8 * SHAPE_LANES };

struct cluster {
    struct byteset set[SHAPE_LOOKS];
    uint64_t *stands; /* [SHAPE_LOOKS][n_words]: a bit a place of the sample */
    uint64_t cost;    /* cycles at 2^40 places for what it reports */
    uint64_t more;    /* what merging it with `best` adds */
    uint32_t best;    /* the partner behind it for which that is least, or NONE */
    uint32_t n;       /* shapes; 0: merged into another one */
    uint32_t into;    /* the one it was merged into */
};

struct clusters {
    struct cluster *cluster; /* of each shape */
    size_t n, left, n_places, n_words;
    uint64_t cost;
};

static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;

static struct byteset look_set(const struct shape *shape, size_t look) {
    if (look == 0) return shape->lead;
    return offsets[look - 1] < shape->n ? shape->window[offsets[look - 1]] : byteset_all();
}

/* Bytes of one kind stand together, so a look behind one at the same bytes tells less. */
static int rarity_of(const struct byteset set[SHAPE_LOOKS]) {
    int bits = 0;
    for (size_t k = 0; k < SHAPE_LOOKS; k++) {
        const int more = rarity_set_bits(&set[k]);
        const struct byteset both =
            k > 0 ? byteset_intersection(set[k], set[k - 1]) : (struct byteset){{0}};
        const bool is_alike = k > 0 && 2 * byteset_count(&both) >= byteset_count(&set[k]);
        bits += is_alike ? more / 3 : more;
    }
    return bits;
}

/* By the rarity of bytes (linear between powers of two) and by how often it stands in the sample.
 */
static uint64_t cost_of(const struct byteset set[SHAPE_LOOKS], uint64_t seen, uint32_t n) {
    const int bits = rarity_of(set), whole = bits / RARITY_BIT, part = bits % RARITY_BIT;
    const uint64_t chance = whole >= 32 ? 1
                                        : (UINT64_C(1) << (40 - whole)) / (2 * RARITY_BIT) *
                                              (uint64_t)(2 * RARITY_BIT - part);
    return (chance / 4 + (seen << 40) / sample_text().len) * (PLACE_CYCLES + SHAPE_CYCLES * n);
}

static uint64_t count_union(const struct clusters *all, const struct cluster *a,
                            const struct cluster *b) {
    uint64_t n = 0;
    for (size_t w = 0; w < all->n_words; w++) {
        uint64_t both = ~UINT64_C(0);
        for (size_t k = 0; k < SHAPE_LOOKS && both != 0; k++)
            both &= a->stands[k * all->n_words + w] | b->stands[k * all->n_words + w];
        n += (uint64_t)__builtin_popcountll(both);
    }
    return n;
}

static uint64_t cost_of_union(const struct clusters *all, const struct cluster *a,
                              const struct cluster *b) {
    struct byteset set[SHAPE_LOOKS];
    for (size_t k = 0; k < SHAPE_LOOKS; k++) set[k] = byteset_union(a->set[k], b->set[k]);
    return cost_of(set, count_union(all, a, b), a->n + b->n);
}

static uint64_t more_of(const struct clusters *all, size_t i, size_t j) {
    const struct cluster *a = &all->cluster[i], *b = &all->cluster[j];
    const uint64_t apart = a->cost + b->cost, together = cost_of_union(all, a, b);
    return together > apart ? together - apart : 0;
}

static void consider(const struct clusters *all, size_t i, size_t j) {
    struct cluster *cluster = &all->cluster[i];
    const uint64_t more = more_of(all, i, j);
    if (cluster->best != NONE && more >= cluster->more) return;
    cluster->more = more;
    cluster->best = (uint32_t)j;
}

static void find_best(const struct clusters *all, size_t i) {
    all->cluster[i].best = NONE;
    for (size_t j = i + 1; j < all->n; j++)
        if (all->cluster[j].n > 0) consider(all, i, j);
}

static void merge_once(struct clusters *all) {
    size_t at = all->n;
    for (size_t i = 0; i < all->n; i++) {
        const struct cluster *cluster = &all->cluster[i];
        if (cluster->n == 0 || cluster->best == NONE) continue;
        if (at == all->n || cluster->more < all->cluster[at].more) at = i;
    }
    struct cluster *to = &all->cluster[at], *from = &all->cluster[to->best];
    const size_t gone = to->best;
    to->cost += from->cost + to->more;
    all->cost += to->more;
    for (size_t k = 0; k < SHAPE_LOOKS; k++) to->set[k] = byteset_union(to->set[k], from->set[k]);
    for (size_t w = 0; w < SHAPE_LOOKS * all->n_words; w++) to->stands[w] |= from->stands[w];
    to->n += from->n;
    from->n = 0;
    from->into = (uint32_t)at;
    all->left--;
    for (size_t i = 0; i <= gone; i++) {
        const struct cluster *cluster = &all->cluster[i];
        if (cluster->n == 0) continue;
        if (i == at || cluster->best == at || cluster->best == gone)
            find_best(all, i);
        else if (i < at)
            consider(all, i, at);
    }
}

/* Merges down to the number of buckets, a multiple of eight, that costs least; `into` says the
 * cluster each shape is in then. */
static void merge(struct clusters *all, uint32_t *into) {
    uint64_t best = UINT64_MAX;
    while (all->left > MAX_BUCKETS) merge_once(all);
    for (;;) {
        const uint64_t lanes = (all->left + 7) / 8;
        const uint64_t cost = all->cost + (lanes * LANE_CYCLES << 40) / 64;
        if (cost < best) {
            best = cost;
            for (size_t i = 0; i < all->n; i++) {
                into[i] = (uint32_t)i;
                while (all->cluster[into[i]].n == 0) into[i] = all->cluster[into[i]].into;
            }
        }
        if (lanes <= 1) break;
        while (all->left > 8 * (lanes - 1)) merge_once(all);
    }
}

/* Bit i: text[i] is in the set. */
static void map_set(const struct byteset *set, const uint8_t *text, size_t n, uint64_t *map) {
    for (size_t i = 0; i < n; i += 64) {
        uint64_t word = 0;
        for (size_t b = 0; b < 64 && i + b < n; b++)
            word |= (uint64_t)byteset_has(set, text[i + b]) << b;
        map[i / 64] = word;
    }
}

static void make_cluster(const struct clusters *all, const struct shape *shape,
                         struct cluster *cluster) {
    const struct byteset any = byteset_all();
    const uint8_t *text = sample_text().ptr;
    *cluster = (struct cluster){.stands = cluster->stands, .best = NONE, .n = 1};
    for (size_t k = 0; k < SHAPE_LOOKS; k++) {
        uint64_t *map = cluster->stands + k * all->n_words;
        cluster->set[k] = look_set(shape, k);
        if (memcmp(&cluster->set[k], &any, sizeof any) == 0)
            memset(map, 0xff, all->n_words * sizeof *map);
        else
            map_set(&cluster->set[k], k == 0 ? text : text + 1 + offsets[k - 1], all->n_places,
                    map);
    }
    cluster->cost = cost_of(cluster->set, count_union(all, cluster, cluster), 1);
}

/* The shapes of a bucket stand where its first one does. */
static void arrange(const struct shape **shapes, size_t n, const uint32_t *into,
                    const struct shape **spare, struct shape_bucket *buckets, size_t *n_buckets) {
    uint32_t done = 0;
    *n_buckets = 0;
    memcpy(spare, shapes, n * sizeof *shapes);
    for (size_t i = 0; i < n; i++) {
        if (into[i] != i) continue;
        struct shape_bucket *bucket = &buckets[(*n_buckets)++];
        *bucket = (struct shape_bucket){.first = done};
        for (size_t j = i; j < n; j++) {
            if (into[j] != i) continue;
            for (size_t k = 0; k < SHAPE_LOOKS; k++)
                bucket->set[k] = byteset_union(bucket->set[k], look_set(spare[j], k));
            shapes[done++] = spare[j];
        }
        bucket->n = done - bucket->first;
    }
}

bool shape_buckets_make(const struct shape **shapes, size_t n,
                        struct shape_bucket buckets[MAX_BUCKETS], size_t *n_buckets) {
    struct clusters all = {.n = n, .left = n, .n_places = sample_text().len - SHAPE_WINDOW};
    all.n_words = (all.n_places + 63) / 64;
    uint32_t *into = (uint32_t *)calloc(n + 1, sizeof *into);
    const struct shape **spare = (const struct shape **)calloc(n + 1, sizeof *spare);
    uint64_t *stands = (uint64_t *)calloc((n + 1) * SHAPE_LOOKS * all.n_words, sizeof *stands);
    all.cluster = (struct cluster *)calloc(n + 1, sizeof *all.cluster);
    const bool ok = into != NULL && spare != NULL && stands != NULL && all.cluster != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        all.cluster[i].stands = stands + i * SHAPE_LOOKS * all.n_words;
        make_cluster(&all, shapes[i], &all.cluster[i]);
        all.cost += all.cluster[i].cost;
    }
    *n_buckets = 0;
    if (ok && n > 0) {
        for (size_t i = 0; i < n; i++) find_best(&all, i);
        merge(&all, into);
        arrange(shapes, n, into, spare, buckets, n_buckets);
    }
    free(into);
    free(spare);
    free(stands);
    free(all.cluster);
    return ok;
}
