/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the places where one of up to 32 shapes stands, bit-parallel: one bit a shape.
 *
 *     byte    s[i-1]      s[i]       s[i+1]           s[i+7]
 *     table   before  &   at[0]  &   at[1]  & ... &   at[7]     = the shapes that stand at i
 *
 * A shape of n bytes has its bit in all of at[n] .. at[7]. Bytes beyond the end of the text are in
 * no set. */
#ifndef LW_DETECT_SHAPE_H
#define LW_DETECT_SHAPE_H

#include "base/byteset.h"

enum { SHAPE_WINDOW = 8, SHAPES_A_TABLE = 32 };

struct shape_table {
    uint32_t at[SHAPE_WINDOW][256];
    uint32_t before[256];
    uint32_t at_start;              /* may stand at the first byte of the text */
    uint32_t shorter[SHAPE_WINDOW]; /* shapes of at most i bytes */
};

/* Adds shape `bit`: `n` sets (1 to 8), and what may stand before (NULL: anything, also nothing). */
void shape_add(struct shape_table *table, unsigned bit, const struct byteset *window, size_t n,
               const struct byteset *before);
/* The first place at or after `from` where some shapes stand: their bits to *shapes. text.len:
 * none. */
size_t shape_next(const struct shape_table *table, struct slice text, size_t from,
                  uint32_t *shapes);

#endif
