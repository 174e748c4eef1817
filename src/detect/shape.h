/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the places where some of many shapes can stand. A shape is up to 16 sets of bytes, one
 * behind the other, and a set of what may stand before; a literal is a shape of small sets.
 *
 *     byte    s[i-1]    s[i]       s[i+1]            s[i+15]
 *     set     lead      window[0]  window[1]   ...   window[n-1]
 *
 * Shapes are thrown into up to 64 *buckets*, alike ones together. At twelve looks (the byte before
 * and eleven of the window) a table says which buckets can have the byte there; the AND over the
 * looks leaves the buckets that can stand at a place:
 *
 *     look[0][s[i-1]] & look[1][s[i]] & look[2][s[i+1]] & ...    one bit a bucket
 *
 * Contract: where a shape stands its bucket is reported; more buckets may be. shape_stands asks for
 * one shape exactly. Looks beyond the end of the text are not asked.
 *
 * Shapes that begin with three or four certain letters (of either case) are *spelled*: they share
 * the last buckets, and which of them stands at a place is looked up by these letters
 * (shape_spelled). Of the others, the *listed* ones, of a bucket four bytes tell which are worth
 * asking for.
 *
 * The tables by themselves are the portable version, which is the specification. Kernels with
 * vectors take eight buckets (a *lane*) at many places at once: AVX-512 has a look-up by byte; AVX2
 * makes do with 16 kinds of byte or the two halves of a byte (struct shape_sieve), and what is left
 * is put to the tables. Spelled shapes are known by hashes of their first letters. */
#ifndef LW_DETECT_SHAPE_H
#define LW_DETECT_SHAPE_H

#include <endian.h>

#include "base/byteset.h"
#include "base/cpu.h"

enum {
    SHAPE_WINDOW = 16,
    SHAPE_LOOKS = 12,
    SHAPE_BUCKETS = 64,
    SHAPE_SPELLED_AT = 61,
    SHAPE_LANES = 6,  /* of eight buckets */
    SHAPE_VIEWS = 3,  /* of a byte by AVX2 */
    SHAPE_SIEVE = 16, /* questions */
    SHAPE_WORDS = 4,  /* sets of spelled shapes */
    SHAPE_MIN_PLACES = 192,
    SHAPE_FOURS = 1 << 11, /* words */
    SHAPE_HEADS = 1 << 10, /* words */
    SHAPE_MARKS = 4,
    SHAPE_MEMBERS = 16,
};

/* The buckets of spelled shapes: of those with three letters, with four or five, with more. */
#define SHAPE_SPELLED   (UINT64_C(7) << SHAPE_SPELLED_AT)
#define SHAPE_HASH      UINT32_C(0x9e3779b1)
#define SHAPE_NO_LETTER UINT32_C(0x20ffffff) /* what four letters keep if the last is none */
#define SHAPE_LOWER     UINT64_C(0x2020202020202020) /* what makes eight letters lower case */

/* Where looks 1 to 11 look, behind the place. Long runs of one class are told from short ones by
 * the far ones. */
#define SHAPE_LOOK_OFFSETS                                                                         \
    { 0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14 }

struct shape {
    uint32_t id;   /* the caller's */
    uint8_t n;     /* sets in window, 1 to 16 */
    bool at_start; /* may stand at the first byte of the text */
    struct byteset lead;
    struct byteset window[SHAPE_WINDOW];
};

/* Which values of a byte's kind, of its low and of its high half can stand at each place of a
 * window: bit v & 7 of [v >> 3][i]. */
struct shape_masks {
    uint8_t kind[2][SHAPE_WINDOW], low[2][SHAPE_WINDOW], high[2][SHAPE_WINDOW];
};

/* A shape as it is asked for: where its window holds one letter (of either case) the bits that tell
 * it, and those of its other sets that say anything, first those the masks do not tell exactly,
 * then the ones no look asks. */
struct shape_test {
    struct shape_masks masks;
    uint32_t id;
    uint16_t lead; /* numbers of sets in `sets` */
    uint16_t set[SHAPE_WINDOW];
    uint8_t n, n_letters, n_sets, n_inexact; /* letters: up to the last one */
    bool at_start;
    uint8_t at[SHAPE_WINDOW]; /* where set[i] is */
    uint8_t letter[SHAPE_WINDOW], mask[SHAPE_WINDOW];
};

/* What AVX2 can ask of a byte: 16 kinds, or 16 values of a half. */
enum shape_view { SHAPE_BY_KIND, SHAPE_BY_LOW, SHAPE_BY_HIGH };

struct shape_question {
    uint8_t can[16]; /* which of eight buckets can have a byte seen so at the look */
    uint16_t at;     /* of the look of the first place of a chunk, in all its views */
};

/* Eight buckets as AVX2 sees them: the questions that tell most. */
struct shape_sieve {
    struct shape_question question[SHAPE_SIEVE];
    size_t n;
};

/* Eight buckets as AVX-512 sees them: which can have the byte at each look, by shape_byte. */
struct shape_lane {
    uint8_t byte[SHAPE_LOOKS][128];
};

/* Spelled shapes as AVX-512 sees them: bit z & 7 of [z >> 3 & 3][shape_pair(x, y)] for each
 * three letters x, y, z in a row, the first ones and the second ones. */
struct shape_words {
    uint8_t lead[128], first[128]; /* by shape_byte: 1 where one of them can have it */
    uint8_t three[4][128], four[4][128];
    size_t n;
};

/* The shapes of a bucket, told apart by the bytes they differ in most: bit i of can[k][c]: shape i
 * (the last bit: all from there on) can have c at at[k], 0 being the byte before, i + 1 window[i].
 */
struct shape_members {
    uint8_t at[SHAPE_MARKS];
    uint16_t can[SHAPE_MARKS][256];
};

/* The shapes that begin with these letters. */
struct shape_letters {
    uint64_t letters; /* 3 to 6 or 8, lower case, the first one lowest, the rest 0; 0: empty */
    uint32_t first;
    uint16_t n;
    uint16_t longer; /* bit k: some shapes begin with these four or six and k letters in all */
};

struct shape_set {
    struct shape_test *tests; /* listed ones by bucket, then spelled ones by letters */
    struct byteset *sets;     /* the distinct ones */
    size_t n, n_lanes;
    uint32_t bucket[SHAPE_BUCKETS]; /* listed bucket b has tests [bucket[b], bucket[b + 1]) */
    struct shape_letters *letters;  /* hash table, open addressing */
    size_t letters_mask;
    /* A bit by hash of the first four letters, whatever the fourth is, and one by hash of as many
     * of three, four and six letters as are certain; [..][1]: behind a letter. */
    uint64_t fours[2][SHAPE_FOURS];
    uint64_t heads[3][2][SHAPE_HEADS];
    uint64_t look[SHAPE_LOOKS][256];
    uint64_t at_start; /* buckets of shapes that may begin the text */
    struct shape_lane lane[SHAPE_LANES];
    struct shape_sieve sieve[SHAPE_LANES];
    struct shape_words words[SHAPE_WORDS];
    struct shape_members members[8 * SHAPE_LANES];
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

/* Which of the tests first, first + 1, ... (bit 0, 1, ... of `which`) stand at the place; nothing
 * is read beyond the text. All askers say the same. */
typedef uint32_t (*shape_asker)(const struct shape_set *set, struct slice text, size_t at,
                                size_t first, uint32_t which);
shape_asker shape_ask(enum cpu_level level);

static inline uint64_t shape_letters_cut(uint64_t letters, size_t n) {
    return n < 8 ? letters & ((UINT64_C(1) << 8 * n) - 1) : letters;
}

/* The bit of `fours` for the first four of these letters; for the fourth, all that is no letter is
 * the same, for most words of three letters end before any such byte. */
static inline uint32_t shape_four(uint32_t letters) {
    const bool is_letter = (letters >> 24) - 'a' < 26;
    return (is_letter ? letters : letters & SHAPE_NO_LETTER) * SHAPE_HASH >> 15;
}

/* The bit of a row of `heads` for the first n of these letters. */
static inline uint32_t shape_head(uint64_t letters, size_t n) {
    return (uint32_t)(shape_letters_cut(letters, n) * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

static inline uint64_t shape_has_bit(const uint64_t *words, uint32_t bit) {
    return words[bit / 64] >> (bit % 64) & 1;
}

/* Can a spelled shape begin with the first four of these letters? Turns down most places. */
static inline bool shape_may_begin(const struct shape_set *set, bool behind, uint64_t letters) {
    return shape_has_bit(set->fours[behind], shape_four((uint32_t)letters));
}

/* Can one begin with the first three, four or six of them? A bit each. */
static inline unsigned shape_may_spell(const struct shape_set *set, bool behind, uint64_t letters) {
    return (unsigned)(shape_has_bit(set->heads[0][behind], shape_head(letters, 3)) |
                      shape_has_bit(set->heads[1][behind], shape_head(letters, 4)) << 1 |
                      shape_has_bit(set->heads[2][behind], shape_head(letters, 6)) << 2);
}

static inline size_t shape_slot(const struct shape_set *set, uint64_t letters) {
    return (letters * UINT64_C(0x9e3779b97f4a7c15) >> 40) & set->letters_mask;
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
    return le64toh(eight) | SHAPE_LOWER;
}

/* Which shapes of a listed bucket are worth a test at this place. */
static inline uint32_t shape_members_at(const struct shape_members *members, struct slice text,
                                        size_t at) {
    uint32_t can = (UINT32_C(1) << SHAPE_MEMBERS) - 1;
    if (at == 0 || text.len - at < SHAPE_WINDOW) return can;
    for (size_t k = 0; k < SHAPE_MARKS; k++)
        can &= members->can[k][text.ptr[at - 1 + members->at[k]]];
    return can;
}

/* Asks for the shape of a test exactly: certain letters all at once, then the other sets. */
static inline bool shape_stands(const struct shape_set *set, const struct shape_test *test,
                                struct slice text, size_t at) {
    uint8_t near[SHAPE_WINDOW] = {0};
    const uint8_t *p = text.ptr + at;
    if (text.len - at < test->n) return false;
    if (text.len - at < SHAPE_WINDOW) p = memcpy(near, p, text.len - at);
    for (size_t i = 0; i < test->n_letters; i += 8) {
        uint64_t have, mask, want;
        memcpy(&have, p + i, 8);
        memcpy(&mask, test->mask + i, 8);
        memcpy(&want, test->letter + i, 8);
        if ((have & mask) != want) return false;
    }
    for (size_t i = 0; i < test->n_sets; i++)
        if (!byteset_has(&set->sets[test->set[i]], p[test->at[i]])) return false;
    return at > 0 ? byteset_has(&set->sets[test->lead], text.ptr[at - 1]) : test->at_start;
}

#endif
