/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that writes records: copies the source and puts replacements in the place of edits.
 *
 *     src   | copied | edit | copied | edit | copied |       every byte outside of an edit is the
 * source's own (P2)
 *
 * Lifetime: source and destination are the caller's. Threads: one at a time. */
#ifndef LW_RECORD_SPLICE_H
#define LW_RECORD_SPLICE_H

#include "base/buf.h"

struct splice {
    struct slice src;
    size_t copied; /* everything before has been written */
    struct buf *dst;
};

/* Bytes of the destination that stand for src[0, at), once all edits before `at` were made. */
static inline size_t splice_position(const struct splice *s, size_t at) {
    return s->dst->len + (at - s->copied);
}

/* Replaces src[start, end) by `with`; edits come in ascending order and do not overlap. */
bool splice_edit(struct splice *s, size_t start, size_t end, struct slice with);
/* Copies the rest. */
bool splice_finish(struct splice *s);

#endif
