/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) over several slices, each preceded by its length, so that no two lists of
 * slices give the same digest by moving a border. */
#ifndef LW_BASE_DIGEST_H
#define LW_BASE_DIGEST_H

#include "base/slice.h"

enum { DIGEST_LEN = 32 };

/* False: out of memory. */
bool digest_slices(const struct slice *slices, size_t n, uint8_t out[DIGEST_LEN]);
/* SHA-256 of the bytes themselves; allocates nothing. */
void digest_sha256(struct slice bytes, uint8_t out[DIGEST_LEN]);

#endif
