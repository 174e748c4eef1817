/* SPDX-License-Identifier: Apache-2.0 */
/* The cases that the engine's benches compare: what is measured, and what it is measured against.
 */
#ifndef LW_BENCH_CASES_H
#define LW_BENCH_CASES_H

#include "corpus.h"
#include "report.h"

/* The batches are copied: the ceiling. */
double case_memcpy(struct report *r, const char *log, const char *param, const struct corpus *c);
/* Each line is searched for each bundled rule's pattern by PCRE2's JIT, one after the other, all
 * matches; no validators, no key rules, no replacement: less than what the engine does. Over the
 * first 2 MiB. Returns the time for all bytes. *n: the patterns. */
double case_naive(struct report *r, const char *log, const struct corpus *c, double base_sec,
                  size_t *n);

struct engine_case {
    const char *name;
    bool redact, prefilter_only;
    const struct logwash_source *packs; /* further rules */
    size_t n_packs;
};
/* The engine; first it is checked that it gives the same bytes without prefilter and kernels for
 * this CPU (on the first `checked` bytes, 0: not at all). */
double case_engine(struct report *r, const char *log, const char *param, const struct corpus *c,
                   const struct engine_case *e, size_t checked, double base_sec);
/* Engine with the bundled rules, and what else `e` says. */
struct logwash *case_load(const struct engine_case *e, bool reference);

#endif
