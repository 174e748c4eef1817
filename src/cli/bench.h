/* SPDX-License-Identifier: Apache-2.0 */
/* The measuring part of `logwash bench`. */
#ifndef LW_CLI_BENCH_H
#define LW_CLI_BENCH_H

#include "cli/load.h"
#include "core/tools.h"

enum { BENCH_BYTES = 16 << 20 }; /* of a log are looked at */

struct bench_log {
    struct logwash_record *records;
    size_t n_records;
    struct logwash_batch *batches;
    size_t n_batches;
};

/* Cuts the text into whole records and batches of them; what a sample of BENCH_BYTES ends with in
 * the middle of one is left out. `log` is all zero before, its arrays are the caller's to free.
 * False: out of memory. */
bool bench_cut(struct slice text, enum logwash_framing framing, struct bench_log *log);

/* CPU seconds of one pass over the log, the best of the samples. */
struct bench_figures {
    size_t bytes, n_records; /* of a pass: so much of the log as keeps the time short */
    uint64_t n_hits;
    double copy_sec, prefilter_sec, redact_sec; /* redact_sec: every edit a redaction */
    double total_sec, total_median_sec, total_max_sec;
    unsigned n_samples;
    double attempts_sec;
    struct tools_cost *costs; /* one a rule; the caller frees */
    double ticks_per_sec;     /* of the costs */
    bool is_stable;           /* all passes gave the same answer */
};

/* Takes at most some 15 seconds. False: out of memory. */
bool bench_measure(const struct logwash *lw, const struct logwash *redacting,
                   const struct bench_log *log, struct bench_figures *figures);

#endif
