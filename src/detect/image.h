/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and compiling the bundled packs leads to, as bytes that were made when the program
 * was built (cmake/make_image.c), so that a start need not do it again.
 *
 * Rules, their anchors and the tables of the two prefilters over the rules of the default profiles
 * are in the image. Rules are then changed as a configuration says. As long as none was added, and
 * none that is not of the default profiles is used, the prefilters of the image serve; else they
 * are built anew, from the same anchors. Patterns are compiled at their first attempt
 * (regex_known). Results do not depend on whether there is an image: tests/unit/test_image.c.
 *
 *     head | moved: the structs that hold pointers | where these are | fixed: all else
 *
 * A pointer stands there as IMAGE_REF of what it points to. `moved` is copied and its pointers are
 * set; `fixed` is used where it lies.
 *
 * Lifetime: in the arena of the rule set; the bytes and the sources must outlive it. */
#ifndef LW_DETECT_IMAGE_H
#define LW_DETECT_IMAGE_H

#include "detect/anchor.h"
#include "detect/prefilter.h"
#include "detect/rule.h"

struct image_head {
    uint64_t n_moved, n_pointers; /* bytes, 32-bit offsets in moved; the rest is fixed */
};

/* 0 is NULL. */
#define IMAGE_REF(off, is_fixed) ((uint64_t)(off)*2 + (is_fixed) + 2)

enum { IMAGE_ALIGN = 16 }; /* of each part */

/* Stands at the start of `moved`. */
struct image {
    struct rule *rules; /* of all profiles; `known` is the number + 1 */
    size_t n_rules;
    struct anchor *anchors; /* one a rule */
    /* The prefilters number rules by themselves: those of the default profiles, the marker, their
     * keywords. Of each rule of the image: */
    uint32_t *number;  /* UINT32_MAX: not in the prefilters */
    uint32_t *keyword; /* the number of its first keyword */
    size_t n_placed;   /* rules in the prefilters; the marker's number */
    size_t n_numbers;
    struct prefilter_tables open, gated;
    struct diag_source *sources; /* one a pack, given by the caller of image_load */
    size_t n_sources;
};

/* Appends the rules of the image to an empty set, which from now on knows the image. False: out of
 * memory, or the sources are not as many as the packs were. */
bool image_load(struct slice bytes, const struct diag_source *sources, size_t n_sources,
                struct rule_set *set);
/* Can the prefilters of its image serve the set? */
bool image_serves(const struct rule_set *set);
/* For prefilter_of: what each number of the image is in a matcher over the set. To be freed with
 * free(); NULL: out of memory. */
uint32_t *image_numbers(const struct rule_set *set);

#endif
