/* SPDX-License-Identifier: Apache-2.0 */
/* A few KiB of everyday logs in which nothing is to be found, made up: what a shape or rule costs
 * where it is not wanted is measured on them. Only speed hangs on it. */
#ifndef LW_DETECT_SAMPLE_H
#define LW_DETECT_SAMPLE_H

#include "base/byteset.h"

struct slice sample_text(void);
/* In how many places of it a byte of `lead` stands before the place and one of set[i] at[i] bytes
 * behind it, for each i < n; at[] ascends. */
size_t sample_count(const struct byteset *lead, const struct byteset *set, const uint8_t *at,
                    size_t n);

#endif
