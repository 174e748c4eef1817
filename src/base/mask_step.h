/* SPDX-License-Identifier: Apache-2.0 */
/* What the mask kernels of all CPU levels share: the last, shorter block, and what is carried from
 * one block of 64 bytes to the next. For mask*.c only. */
#ifndef LW_BASE_MASK_STEP_H
#define LW_BASE_MASK_STEP_H

#include "base/mask.h"

/* The kernels of mask_avx2.c, NULL if this build has none. */
const struct mask_kernels *mask_kernels_avx2(void);

/* The 64 bytes of `src` at `at`; of the last block a copy in `last`, filled up with zeros. */
static inline const uint8_t *mask_block(const uint8_t *src, size_t len, size_t at,
                                        uint8_t last[64]) {
    const size_t left = len - at;
    if (left >= 64) return src + at;
    memset(last, 0, 64);
    memcpy(last, src + at, left);
    return last;
}

/* The bits of a block of which `left` bytes are there. */
static inline uint64_t mask_valid(size_t left) { return left >= 64 ? ~0ull : (1ull << left) - 1; }

/* Carried between blocks; all zero at the start. */
struct mask_step {
    uint64_t
        escaped;   /* 1: the first byte of the next block stands behind an odd run of backslashes */
    uint64_t open; /* all ones: the next block starts inside a string */
};

/* The bytes that stand behind an odd run of backslashes.
 *
 * A backslash that is itself escaped starts no run, so one carried in is taken out first. Runs that
 * start at an odd offset are added to all backslashes: the sum has, in place of such a run, one bit
 * behind it; this turns over for them the parity by which the other runs are judged. */
static inline uint64_t mask_escaped(struct mask_step *step, uint64_t backslashes) {
    const uint64_t even = 0x5555555555555555ull;
    if (backslashes == 0) {
        const uint64_t only = step->escaped;
        step->escaped = 0;
        return only;
    }
    backslashes &= ~step->escaped;
    const uint64_t behind = backslashes << 1 | step->escaped;
    const uint64_t odd_starts = backslashes & ~even & ~behind;
    unsigned long long sum;
    step->escaped = __builtin_uaddll_overflow(odd_starts, backslashes, &sum);
    return (even ^ (uint64_t)sum << 1) & behind;
}

/* `parity`: the prefix xor of the block's quotes. */
static inline uint64_t mask_inside(struct mask_step *step, uint64_t parity) {
    const uint64_t inside = parity ^ step->open;
    step->open = 0 - (inside >> 63);
    return inside;
}

#endif
