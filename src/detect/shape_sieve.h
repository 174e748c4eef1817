/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the sieve of a lane (struct shape_sieve). For shape.c only. */
#ifndef LW_DETECT_SHAPE_SIEVE_H
#define LW_DETECT_SHAPE_SIEVE_H

#include "detect/shape_step.h"

/* Which of eight buckets can have each byte at each look. */
struct shape_can {
    uint8_t at[SHAPE_LOOKS][256];
};

/* False: out of memory. */
bool shape_sieve_make(struct shape_sieve *sieve, const struct shape_can *can);

#endif
