/* SPDX-License-Identifier: Apache-2.0 */
/* Engines of one rule by itself, or whose patterns count their work, that share everything else
 * with another one: for the tests and measurements of rules.
 *
 * Lifetime: the engine it was made from must outlive it. */
#ifndef LW_CORE_ALONE_H
#define LW_CORE_ALONE_H

#include "core/engine.h"

/* The engine of rule `i` of `all`. `counted`: its pattern counts its work (detect/regex.h) and no
 * limit of work holds. NULL: out of memory. */
struct logwash *alone_new(const struct logwash *all, size_t i, bool counted);
/* NULL is allowed. */
void alone_free(struct logwash *lw);

/* The engine of all rules of `all`, each pattern counting its work, without a limit of work. NULL:
 * out of memory. */
struct logwash *counted_new(const struct logwash *all);
/* NULL is allowed. */
void counted_free(struct logwash *lw);

/* What the rules of the scratch's engine have cost on `text`, one record: the engine's units of
 * work (16 an attempt, bytes shown to validators) and PCRE2's steps. The same on every machine. 0:
 * out of memory. */
struct alone_work {
    uint64_t units;
    size_t n_limits; /* PCRE2's limits that were reached */
    size_t n_hits;
};
struct alone_work alone_measure(struct logwash_scratch *scratch, struct slice text);

#endif
