/* SPDX-License-Identifier: Apache-2.0 */
/* How rare bytes are in logs, to tell a good pivot from a bad one. Scores are sixteenths of a bit:
 * a pivot of 8 bits stands at one place in 256. Only speed hangs on it. */
#ifndef LW_DETECT_RARITY_H
#define LW_DETECT_RARITY_H

#include "base/byteset.h"

enum { RARITY_BIT = 16 };

/* Of 65,536 bytes of request, system and build logs about so many are `c`. */
unsigned rarity_weight(uint8_t c);
/* -log2(weight / 2^log2_whole), at least 0. */
int rarity_bits(uint64_t weight, int log2_whole);
int rarity_set_bits(const struct byteset *set);

#endif
