/* SPDX-License-Identifier: Apache-2.0 */
/* What logwash itself has written into records: `[REDACTED:class]`, `[WITHHELD:reason]`,
 * `class_kid_base32` and masks.
 *
 * Such a span is inert: no match starts, ends or has its keyword inside it, so that a second wash
 * changes nothing. The class must be one of ours: `[REDACTED:hunter2]` is a value like any other.
 * Pseudonyms are parsed from the right; `x` is always a known id. */
#ifndef LW_CORE_OURS_H
#define LW_CORE_OURS_H

#include "transform/keyring.h"

enum { OURS_MAX = 128 }; /* longest span */

/* The inert span that holds byte `off` of `view`. `ring` may be NULL. Looks at most OURS_MAX bytes
 * to each side. */
bool ours_at(struct slice view, size_t off, const struct keyring *ring, struct span *span);
/* Is the whole value one inert span, or a mask? */
bool ours_is_whole(struct slice value, const struct keyring *ring);

#endif
