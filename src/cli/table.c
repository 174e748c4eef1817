/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_WIDTH = 48 }; /* of a column; a wider cell sticks out */

void table_init(struct table *t, size_t n_columns) {
    *t = (struct table){.n_columns = n_columns};
    buf_init(&t->text, 0);
}

void table_cell(struct table *t, struct slice text) {
    if (!VEC_GROW(t->cells, t->cap, t->n + 1)) {
        t->text.failed = true;
        return;
    }
    t->cells[t->n++] = t->text.len;
    for (size_t i = 0; i < text.len; i++) /* nothing that would steer the terminal */
        buf_byte(&t->text, text.ptr[i] < ' ' || text.ptr[i] == 127 ? ' ' : text.ptr[i]);
    buf_byte(&t->text, 0);
}

void table_row(struct table *t, const char *const *texts) {
    for (size_t i = 0; i < t->n_columns; i++) table_cell(t, slice_str(texts[i]));
}

static const char *cell_text(const struct table *t, size_t i) {
    return (const char *)t->text.ptr + t->cells[i];
}

/* Characters, not bytes. */
static int width_of(const char *text) {
    int n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

bool table_print(const struct table *t) {
    int widths[TABLE_MAX_COLUMNS] = {0};
    if (t->text.failed) {
        message("out of memory");
        return false;
    }
    for (size_t i = 0; i < t->n; i++) {
        const int width = width_of(cell_text(t, i));
        int *widest = &widths[i % t->n_columns];
        if (width > *widest && width <= MAX_WIDTH) *widest = width;
    }
    for (size_t i = 0; i < t->n; i++) {
        const char *text = cell_text(t, i);
        const bool is_last = i % t->n_columns == t->n_columns - 1;
        const int pad = is_last ? 0 : widths[i % t->n_columns] - width_of(text);
        printf("%s%*s%s", text, pad > 0 ? pad : 0, "", is_last ? "\n" : "  ");
    }
    return true;
}

void table_fini(struct table *t) {
    buf_fini(&t->text);
    free(t->cells);
}
