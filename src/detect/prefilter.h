/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the pivots of all anchors in a run of many records at once.
 *
 * Contract: may report too much, must never report too little. Candidates come in ascending order
 * of pivot. What could lose one, and how it is met: letter case (a letter of a nocase literal is a
 * set of two), a border of the region (the caller gives whole records), the start of a view in the
 * middle of the region (the caller sees to it that anchor_is_border holds for the byte before), a
 * full candidate list (reported as a limit, the caller withholds), a window that looks past the
 * region's end (bytes beyond it match no window, so a shape of n bytes is found only if n bytes are
 * left, which its match needs as well), a literal longer than a window (its beginning is looked
 * for).
 *
 * Each literal is a shape of small sets; shapes go to tables that look at 64 places at once for all
 * rules (shape.h).
 *
 * Lifetime: a prefilter is immutable and shared; a scratch belongs to one thread. */
#ifndef LW_DETECT_PREFILTER_H
#define LW_DETECT_PREFILTER_H

#include "base/cpu.h"
#include "detect/anchor.h"

struct prefilter;
struct prefilter_scratch;
struct shape_set;

struct candidate {
    uint32_t pivot; /* offset of the pivot's first byte in the region */
    uint32_t rule;
};

/* anchors[i] belongs to rule i; those of kind NONE are left to the caller. NULL: out of memory. */
struct prefilter *prefilter_new(const struct anchor *anchors, size_t n);
void prefilter_free(struct prefilter *prefilter);
/* What a prefilter is made of. */
struct prefilter_tables {
    struct shape_set *shapes; /* a shape's id is its group */
    uint32_t *start;          /* group i has rules [start[i], start[i + 1]) of `rules` */
    uint32_t *rules;
};
struct prefilter_tables prefilter_tables(const struct prefilter *prefilter);
/* Of tables made before, which must outlive it: rule r of theirs is number[r], UINT32_MAX:
 * nobody's. NULL: out of memory. */
struct prefilter *prefilter_of(const struct prefilter_tables *tables, const uint32_t *number);
/* Do pivots of the anchor stand nowhere in the sample (sample.h)? Out of memory: false. */
bool prefilter_is_rare(const struct anchor *anchor);
struct prefilter_scratch *prefilter_scratch_new(void);
void prefilter_scratch_free(struct prefilter_scratch *scratch);

/* For tests: lowers the CPU level. */
void prefilter_set_level(struct prefilter *prefilter, enum cpu_level level);

/* Scans `region` (at most 4 GiB - 1) for pivots from `from` on. The candidates stay in the scratch
 * until the next scan: *candidates, *n, sorted by pivot. False: more than `max` candidates (a
 * limit; nothing may be concluded). */
bool prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                    struct slice region, size_t from, size_t max,
                    const struct candidate **candidates, size_t *n);
/* Where to look, and for what. */
struct prefilter_part {
    const struct span *spans; /* ascending, apart */
    size_t n_spans;
    const uint32_t *rules; /* candidates of others may be among them */
    size_t n_rules;
};
bool prefilter_scan_some(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                         struct slice region, const struct prefilter_part *part, size_t max,
                         const struct candidate **candidates, size_t *n);

#endif
