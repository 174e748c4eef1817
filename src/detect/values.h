/* SPDX-License-Identifier: Apache-2.0 */
/* Exact secrets, as a CI system knows them: one a line, found wherever they stand.
 *
 * Each value is looked for as it is, in base64 and base64url at all three alignments, and with `+`
 * for its blanks. JSON and percent forms need no needle of their own: the engine's decoded views
 * undo them. At each place the longest needle counts.
 *
 *     value   s e c r e t          base64 at alignment 1   . X N l Y 3 J l d .
 *                                                           ^ both dots hold bits of the value
 *
 * Lifetime: all bytes stand in secret pages and are wiped by values_free. Immutable, shared. */
#ifndef LW_DETECT_VALUES_H
#define LW_DETECT_VALUES_H

#include "base/diag.h"

enum {
    VALUES_MIN = 6,            /* bytes of a value */
    VALUES_FILE_MAX = 1 << 20, /* bytes of all of them */
};

struct values;

/* Reads lines (an empty one is none, a CR before the LF goes). NULL: reported with nothing but the
 * number of the line, or out of memory. */
struct values *values_read(const char *name, struct slice text, struct diags *diags);
void values_free(struct values *values);
/* How many values; a number for the generation, which must say nothing about their bytes. */
size_t values_count(const struct values *values);

/* The next needle that begins at *at of `text` or behind and ends in it: its bytes to *found (in
 * base64 with the characters at its ends that hold bits of the value), *at moves behind its start.
 * False: none. The comparisons made are added to *work. */
bool values_next(const struct values *values, struct slice text, size_t *at, struct span *found,
                 uint64_t *work);

#endif
