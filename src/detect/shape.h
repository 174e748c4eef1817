/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the places where some of up to 64 shapes stand, bit-parallel: one bit a shape.
 *
 *     byte    s[i-1]    s[i]       s[i+1]            s[i+15]
 *     table   lead   &  at[0]  &   at[1]  &  ...  &  at[15]    = the shapes that stand at i
 *
 * A shape of n bytes has its bit in all of at[n] .. at[15]. Bytes beyond the end of the text are in
 * no set.
 *
 * A kernel with vectors asks a coarser question about many places at once and puts it to the tables
 * only where the answer is yes. The shapes are thrown into up to 24 buckets, 8 a lane, and some
 * bytes of the window tell which buckets can stand at a place:
 *   lanes 0 and 1   by what kind of byte it is, of 16 kinds (digit, a-f, g-z, A-F, '.', ...), for
 *                   shapes of runs of digits, hex, base64
 *   lane 2          by the low and the high half of the byte, each by itself, for shapes of certain
 *                   letters
 * The tables by themselves are the portable version, which is the specification. */
#ifndef LW_DETECT_SHAPE_H
#define LW_DETECT_SHAPE_H

#include "base/byteset.h"
#include "base/cpu.h"

enum {
    SHAPE_WINDOW = 16,
    SHAPES_A_TABLE = 64,
    SHAPE_LANES = 3,
    SHAPE_HALVES = 2, /* the lane of halves */
    SHAPE_KINDS = 16,
    SHAPE_FILTER = 8, /* bytes of the window the filter looks at: those at SHAPE_LOOKS */
    SHAPE_MIN_PLACES = 64,
};

/* Long runs of one class are told from short ones by the far looks. */
#define SHAPE_LOOKS                                                                                \
    { 0, 1, 2, 3, 4, 6, 9, 13 }

struct shape_table {
    uint64_t at[SHAPE_WINDOW][256];
    uint64_t lead[256];
    uint64_t at_start;              /* may stand at the first byte of the text */
    uint64_t shorter[SHAPE_WINDOW]; /* shapes of at most i bytes */
    uint64_t used;                  /* shapes that were added */
    /* The filter: buckets (a bit each) that can have a byte of some kind as the lead, and at each
     * look; for lane 2 those that can have the low and the high half. */
    uint8_t lane_lead[SHAPE_LANES][SHAPE_KINDS];
    uint8_t by_kind[SHAPE_HALVES][SHAPE_FILTER][SHAPE_KINDS];
    uint8_t low[SHAPE_FILTER][16], high[SHAPE_FILTER][16];
    bool has_lane[SHAPE_LANES];
};

struct shape_place {
    uint32_t at;
    uint64_t shapes;
};

/* Kind of an ASCII byte; all others are of kind 0. */
extern const uint8_t shape_kind[128];

/* Adds shape `bit`: `n` sets (1 to 16), what may stand before, and whether nothing may. */
void shape_add(struct shape_table *table, unsigned bit, const struct byteset *window, size_t n,
               struct byteset lead, bool at_start);
/* After the last shape_add: fills the buckets. */
void shape_finish(struct shape_table *table);

/* Writes the places from *from on where shapes stand, ascending, at most `cap` (at least
 * SHAPE_MIN_PLACES); returns how many. *from goes to where the next call is to go on; text.len (at
 * most 4 GiB - 1): all done. */
typedef size_t (*shape_finder)(const struct shape_table *table, struct slice text, size_t *from,
                               struct shape_place *places, size_t cap);
/* The finder for a level; a level this build does not have gives the next lower one. */
shape_finder shape_find(enum cpu_level level);

#endif
