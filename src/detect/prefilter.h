/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the pivots of all anchors in a run of many records at once.
 *
 * Contract: may report too much, must never report too little. Candidates come in ascending order
 * of pivot. What could lose one, and how it is met: letter case
 * (literals of nocase anchors are compiled caseless), a border of the region (the caller gives
 * whole records), the start of a view in the middle of the region (the caller sees to it that
 * anchor_is_border holds for the byte before), overlapping literals (every match is reported), a
 * full candidate list (reported as a limit, the caller withholds), a window that looks past the
 * region's end (bytes beyond it match no window, so a shape of n bytes is found only if n bytes are
 * left, which its match needs as well).
 *
 * Literals go to Vectorscan's literal API, and what it finds is held against the rule's window and
 * what may stand before; shapes go to tables that look at 16 bytes from each place for 64 rules at
 * once (shape.h). Gated anchors (of rules that need a keyword) are kept apart and looked for on
 * demand, in the few records that hold a keyword.
 *
 * Lifetime: a prefilter is immutable and shared; a scratch belongs to one thread. */
#ifndef LW_DETECT_PREFILTER_H
#define LW_DETECT_PREFILTER_H

#include "base/cpu.h"
#include "detect/anchor.h"

struct prefilter;
struct prefilter_scratch;

struct candidate {
    uint32_t pivot; /* offset of the pivot's first byte in the region */
    uint32_t rule;
};

/* anchors[i] belongs to rule i; those of kind NONE are left to the caller. NULL: out of memory or
 * Vectorscan refused
 * (*why says which, a static text). */
struct prefilter *prefilter_new(const struct anchor *anchors, size_t n, const char **why);
void prefilter_free(struct prefilter *prefilter);
struct prefilter_scratch *prefilter_scratch_new(const struct prefilter *prefilter);
void prefilter_scratch_free(struct prefilter_scratch *scratch);

/* For tests: lowers the CPU level. */
void prefilter_set_level(struct prefilter *prefilter, enum cpu_level level);

/* Scans `region` (at most 4 GiB - 1). The candidates stay in the scratch until the next scan:
 * *candidates, *n, sorted by pivot. False: more than `max` candidates (a limit; nothing may be
 * concluded). */
bool prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct slice region, size_t max, const struct candidate **candidates,
                    size_t *n);
/* The same for the gated anchors, for pivots from `from` on. These candidates stay in the scratch
 * beside the others, until the next call of this function. */
bool prefilter_scan_gated(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                          struct slice region, size_t from, size_t max,
                          const struct candidate **candidates, size_t *n);

#endif
