/* SPDX-License-Identifier: Apache-2.0 */
/* Portable tables: two loads a byte where nothing stands. A kernel of class masks would do better;
 * this one is its specification. */
#include "detect/shape.h"

void shape_add(struct shape_table *table, unsigned bit, const struct byteset *window, size_t n,
               const struct byteset *before) {
    const uint32_t mask = UINT32_C(1) << bit;
    for (unsigned c = 0; c < 256; c++) {
        for (size_t i = 0; i < SHAPE_WINDOW; i++)
            if (i >= n || byteset_has(&window[i], (uint8_t)c)) table->at[i][c] |= mask;
        if (before == NULL || byteset_has(before, (uint8_t)c)) table->before[c] |= mask;
    }
    if (before == NULL) table->at_start |= mask;
    for (size_t i = n; i < SHAPE_WINDOW; i++) table->shorter[i] |= mask;
}

/* At place `i`; the end of the text is near. */
static uint32_t shapes_at_end(const struct shape_table *table, struct slice text, size_t i) {
    uint32_t shapes = i > 0 ? table->before[text.ptr[i - 1]] : table->at_start;
    for (size_t j = 0; j < SHAPE_WINDOW && shapes != 0; j++)
        shapes &= i + j < text.len ? table->at[j][text.ptr[i + j]] : table->shorter[j];
    return shapes;
}

size_t shape_next(const struct shape_table *table, struct slice text, size_t from,
                  uint32_t *shapes) {
    size_t i = from;
    if (i == 0 && text.len > 0) {
        *shapes = shapes_at_end(table, text, i);
        if (*shapes != 0) return i;
        i++;
    }
    for (; i + SHAPE_WINDOW <= text.len; i++) {
        const uint8_t *p = text.ptr + i;
        uint32_t found = table->at[0][p[0]] & table->at[1][p[1]] & table->before[p[-1]];
        if (found == 0) continue;
        found &= table->at[2][p[2]] & table->at[3][p[3]];
        if (found == 0) continue;
        found &= table->at[4][p[4]] & table->at[5][p[5]] & table->at[6][p[6]] & table->at[7][p[7]];
        if (found == 0) continue;
        *shapes = found;
        return i;
    }
    for (; i < text.len; i++) {
        *shapes = shapes_at_end(table, text, i);
        if (*shapes != 0) return i;
    }
    return text.len;
}
