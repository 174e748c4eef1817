/* SPDX-License-Identifier: Apache-2.0 */
/* Where records and lines end. Framing is never guessed. */
#ifndef LW_RECORD_FRAMING_H
#define LW_RECORD_FRAMING_H

#include "base/slice.h"

/* The record that begins at `off` and ends before `terminator` (a byte) or, if none follows, at the
 * end of `data`. Returns the offset behind the terminator; *end: the record's end. *closed: the
 * terminator was there. */
size_t framing_next(struct slice data, size_t off, uint8_t terminator, size_t *end, bool *closed);
/* The line at `off` of `rec`, without CR LF; returns the offset of the next line. */
size_t framing_line(struct slice rec, size_t off, struct span *line);
/* UTF-16 text: a byte order mark, or every other byte of the first 64 is NUL (at least 8 of them).
 */
bool framing_is_utf16(struct slice rec);

#endif
