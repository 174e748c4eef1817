/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of a logfmt record, wherever they stand in its text. Never writes.
 *
 *     2026-01-02 WARN at=login user.name="Jo \"x\" Doe" debug took=3ms url=
 *                     ~~~~~~~~ ~~~~~~~~~~~~~~~~~~~~~~~~       ~~~~~~~~ ~~~~
 *
 * A key is made of letters, digits, `_ . - / @` and bytes above 127, directly before a `=`. A value
 * in double quotes ends at the quote that no backslash stands before, on the same line; any other
 * one, or one whose quote does not close, at a blank. What is no pair is text between them.
 *
 * Rules see the lines, not the pairs: this is for those who ask where in its record a value stands.
 *
 * Lifetime: an index is memory to reuse; it speaks of the record it was last built for. Threads:
 * one at a time. */
#ifndef LW_RECORD_LOGFMT_H
#define LW_RECORD_LOGFMT_H

#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>

struct logfmt_pair {
    uint32_t key, key_end;
    uint32_t value, value_end; /* without the quotes */
};

struct logfmt_index {
    struct logfmt_pair *pairs; /* in the order of their bytes */
    size_t n, cap;
    struct slice rec;
};

void logfmt_init(struct logfmt_index *index);
void logfmt_fini(struct logfmt_index *index);
/* Finds all pairs, in one pass. False: out of memory. */
bool logfmt_build(struct logfmt_index *index, struct slice rec);
/* The pair whose value holds byte `off` of the record, or NULL. */
const struct logfmt_pair *logfmt_pair_at(const struct logfmt_index *index, size_t off);

#endif
