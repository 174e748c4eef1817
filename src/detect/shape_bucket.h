/* SPDX-License-Identifier: Apache-2.0 */
/* Throws shapes into buckets. For shape.c only. */
#ifndef LW_DETECT_SHAPE_BUCKET_H
#define LW_DETECT_SHAPE_BUCKET_H

#include "detect/shape.h"

/* Shapes [first, first + n), and at each look the union of their sets. */
struct shape_bucket {
    uint32_t first, n;
    struct byteset set[SHAPE_LOOKS];
};

/* Puts the shapes into an order in which those of a bucket stand together. False: out of memory. */
bool shape_buckets_make(const struct shape **shapes, size_t n,
                        struct shape_bucket buckets[8 * SHAPE_LANES], size_t *n_buckets);

#endif
