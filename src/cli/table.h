/* SPDX-License-Identifier: Apache-2.0 */
/* A table of texts for a reader, its columns aligned. */
#ifndef LW_CLI_TABLE_H
#define LW_CLI_TABLE_H

#include "base/buf.h"

enum { TABLE_MAX_COLUMNS = 8 };

struct table {
    struct buf text; /* cells, each with a NUL */
    size_t *cells;   /* where they begin */
    size_t n, cap, n_columns;
};

void table_init(struct table *t, size_t n_columns);
void table_fini(struct table *t);
/* The next cell, row by row; the text is copied, and shown without what would steer a terminal. */
void table_cell(struct table *t, struct slice text);
/* A row of texts, one a column. */
void table_row(struct table *t, const char *const *texts);
/* To standard output. False: out of memory, reported. */
bool table_print(const struct table *t);

#endif
