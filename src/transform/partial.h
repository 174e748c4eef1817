/* SPDX-License-Identifier: Apache-2.0 */
/* Masking: most of a value goes, an end of it stays readable.
 *
 * Letters and digits become `*` except the first `keep_first` and the last `keep_last` of them;
 * everything else (separators) is left out. Never more than a quarter of the letters and digits
 * stays: keep_first shrinks before keep_last. Masking a masked value changes nothing (`*` counts as
 * a character that is already masked). */
#ifndef LW_TRANSFORM_PARTIAL_H
#define LW_TRANSFORM_PARTIAL_H

#include "base/buf.h"

bool partial_mask(struct slice value, unsigned keep_first, unsigned keep_last, struct buf *out);

#endif
