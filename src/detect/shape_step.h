/* SPDX-License-Identifier: Apache-2.0 */
/* What the shape finders of all CPU levels share. For shape*.c only. */
#ifndef LW_DETECT_SHAPE_STEP_H
#define LW_DETECT_SHAPE_STEP_H

#include "detect/shape.h"

/* The finder of shape_avx2.c, NULL if this build has none. */
shape_finder shape_find_avx2(void);
/* The portable one. */
size_t shape_find_portable(const struct shape_table *table, struct slice text, size_t *from,
                           struct shape_place *places, size_t cap);

/* The shapes at place `i`; an end of the text may be near. */
uint64_t shapes_at_border(const struct shape_table *table, struct slice text, size_t i);

/* The shapes at p, which has a byte before it and SHAPE_WINDOW from it on. */
static inline uint64_t shapes_at(const struct shape_table *table, const uint8_t *p) {
    uint64_t found = table->at[0][p[0]] & table->at[1][p[1]] & table->lead[p[-1]];
    if (found == 0) return 0;
    found &= table->at[2][p[2]] & table->at[3][p[3]];
    if (found == 0) return 0;
    for (size_t i = 4; i < SHAPE_WINDOW && found != 0; i += 4)
        found &= table->at[i][p[i]] & table->at[i + 1][p[i + 1]] & table->at[i + 2][p[i + 2]] &
                 table->at[i + 3][p[i + 3]];
    return found;
}

#endif
