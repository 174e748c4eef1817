/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the places where some of many shapes can stand. A shape is up to 16 sets of bytes, one
 * behind the other, and a set of what may stand before; a literal is a shape of small sets.
 *
 *     byte    s[i-1]    s[i]       s[i+1]            s[i+15]
 *     set     lead      window[0]  window[1]   ...   window[n-1]
 *
 * Shapes are thrown into up to 64 *buckets*, alike ones together. At nine looks (the byte before
 * and eight of the window) a table says which buckets can have the byte there; the AND over the
 * looks leaves the buckets that can stand at a place:
 *
 *     look[0][s[i-1]] & look[1][s[i]] & look[2][s[i+1]] & ...    one bit a bucket
 *
 * Contract: where a shape stands its bucket is reported; more buckets may be. shape_stands asks for
 * one shape exactly. Looks beyond the end of the text are not asked.
 *
 * Shapes that begin with three or four certain letters (of either case) are *spelled*: they have
 * buckets of their own, and which of them stands at a place is looked up by these letters
 * (shape_spelled). The others of a bucket are asked one after the other.
 *
 * The tables by themselves are the portable version, which is the specification. Kernels with
 * vectors take eight buckets (a *lane*) at 64 places at once: AVX-512 has a look-up by byte, AVX2
 * makes do with 16 kinds of byte or the two halves of a byte, so it reports more. */
#ifndef LW_DETECT_SHAPE_H
#define LW_DETECT_SHAPE_H

#include <endian.h>

#include "base/byteset.h"
#include "base/cpu.h"

enum {
    SHAPE_WINDOW = 16,
    SHAPE_LOOKS = 9,
    SHAPE_BUCKETS = 64,
    SHAPE_LANES = 8, /* of eight buckets */
    SHAPE_PAIRS = 3, /* of letters a spelled shape begins with */
    SHAPE_MIN_PLACES = 192,
    SHAPE_BLOOM = 1 << 15,  /* bits */
    SHAPE_THREE = 0xffffff, /* the first three of four letters */
};

/* Where looks 1 to 8 look, behind the place. Long runs of one class are told from short ones by the
 * far ones. */
#define SHAPE_LOOK_OFFSETS                                                                         \
    { 0, 1, 2, 3, 5, 7, 10, 14 }

struct shape {
    uint32_t id;   /* the caller's */
    uint8_t n;     /* sets in window, 1 to 16 */
    bool at_start; /* may stand at the first byte of the text */
    /* Made by shape_set_new: where the window holds one letter (of either case) the bits that tell
     * it, and which of its other sets say anything, those that no look asks first. */
    uint8_t n_letters; /* up to the last letter */
    uint8_t n_sets, set[SHAPE_WINDOW];
    uint8_t letter[SHAPE_WINDOW], mask[SHAPE_WINDOW];
    struct byteset lead;
    struct byteset window[SHAPE_WINDOW];
};

/* Eight buckets as the vectors see them: which can have the byte at each look. */
struct shape_lane {
    uint8_t byte[SHAPE_LOOKS][128]; /* by byte less its top bit */
    uint8_t pair[SHAPE_PAIRS][128]; /* by shape_pair of the bytes k and k + 1 of the window */
    uint8_t kind[SHAPE_LOOKS][16];  /* by kind of byte */
    uint8_t low[SHAPE_LOOKS][16], high[SHAPE_LOOKS][16]; /* by half of the byte */
    bool is_halves;                                      /* the halves tell more than the kinds */
};

/* The shapes that begin with these letters. */
struct shape_letters {
    uint64_t letters; /* 3 to 6 or 8, lower case, the first one lowest, the rest 0; 0: empty */
    uint32_t first;
    uint16_t n;
    uint16_t longer; /* bit k: some shapes begin with these four and k letters in all */
};

struct shape_set {
    struct shape *shapes;               /* listed ones by bucket, then spelled ones by letters */
    size_t n, n_lanes, n_listed_lanes;  /* the first of them are for listed shapes */
    uint64_t spelled;                   /* buckets of spelled shapes */
    uint32_t bucket[SHAPE_BUCKETS + 1]; /* listed bucket b has shapes [bucket[b], bucket[b + 1]) */
    struct shape_letters *letters;      /* hash table, open addressing */
    size_t letters_mask;
    uint64_t four[SHAPE_BLOOM / 64], three[SHAPE_BLOOM / 64]; /* bits: hashes of letters */
    uint64_t look[SHAPE_LOOKS][256];
    uint64_t at_start; /* buckets of shapes that may begin the text */
    struct shape_lane lane[SHAPE_LANES];
};

struct shape_place {
    uint32_t at;
    uint64_t buckets;
};

/* Takes the shapes over by copying, in an order of its own. NULL: out of memory. */
struct shape_set *shape_set_new(const struct shape *shapes, size_t n);
void shape_set_free(struct shape_set *set);

/* Writes the places from *from on where some of the `wanted` buckets (a bit each) can stand,
 * ascending, at most `cap` (at least SHAPE_MIN_PLACES); returns how many. *from goes to where the
 * next call is to go on; text.len (at most 4 GiB - 1): all done. Nothing is read beyond the text.
 */
typedef size_t (*shape_finder)(const struct shape_set *set, uint64_t wanted, struct slice text,
                               size_t *from, struct shape_place *places, size_t cap);
/* The finder for a level; a level this build does not have gives the next lower one. */
shape_finder shape_find(enum cpu_level level);

static inline uint32_t shape_hash(uint32_t letters) { return letters * UINT32_C(0x9e3779b1); }

static inline bool shape_has_hash(const uint64_t *bloom, uint32_t letters) {
    const uint32_t bit = shape_hash(letters) >> 17;
    return bloom[bit / 64] >> (bit % 64) & 1;
}

/* Can these four letters, or the first three, begin a spelled shape? */
static inline bool shape_may_spell(const struct shape_set *set, uint32_t letters) {
    const int four = shape_has_hash(set->four, letters);
    return four | shape_has_hash(set->three, letters & SHAPE_THREE);
}

static inline size_t shape_slot(const struct shape_set *set, uint64_t letters) {
    return (letters * UINT64_C(0x9e3779b97f4a7c15) >> 40) & set->letters_mask;
}

static inline uint64_t shape_letters_cut(uint64_t letters, size_t n) {
    return n < 8 ? letters & ((UINT64_C(1) << 8 * n) - 1) : letters;
}

/* What is known of exactly these letters; n 0: no shape has them and no more. */
static inline struct shape_letters shape_spelled(const struct shape_set *set, uint64_t letters) {
    size_t slot = shape_slot(set, letters);
    while (set->letters[slot].letters != 0 && set->letters[slot].letters != letters)
        slot = (slot + 1) & set->letters_mask;
    return set->letters[slot];
}

/* The eight bytes at `at` as letters; bytes beyond the text are taken for blanks. */
static inline uint64_t shape_letters_at(struct slice text, size_t at) {
    uint64_t eight = 0;
    memcpy(&eight, text.ptr + at, text.len - at < 8 ? text.len - at : 8);
    return le64toh(eight) | UINT64_C(0x2020202020202020);
}

/* Asks for the shape exactly: certain letters all at once, then the other sets. */
static inline bool shape_stands(const struct shape *shape, struct slice text, size_t at) {
    uint8_t near[SHAPE_WINDOW] = {0};
    const uint8_t *p = text.ptr + at;
    if (text.len - at < shape->n) return false;
    if (text.len - at < SHAPE_WINDOW) p = memcpy(near, p, text.len - at);
    for (size_t i = 0; i < shape->n_letters; i += 8) {
        uint64_t have, mask, want;
        memcpy(&have, p + i, 8);
        memcpy(&mask, shape->mask + i, 8);
        memcpy(&want, shape->letter + i, 8);
        if ((have & mask) != want) return false;
    }
    for (size_t i = 0; i < shape->n_sets; i++)
        if (!byteset_has(&shape->window[shape->set[i]], p[shape->set[i]])) return false;
    return at > 0 ? byteset_has(&shape->lead, text.ptr[at - 1]) : shape->at_start;
}

#endif
