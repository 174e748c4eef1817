/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of a run. Written by the pipeline's owner thread, read by any thread (relaxed atomics).
 */
#ifndef LW_RUN_STATS_H
#define LW_RUN_STATS_H

#include "logwash.h"
#include <stdatomic.h>

/* X(name, help): each is the metric logwash_<name>_total */
#define STATS_LIST(X)                                                                              \
    X(records, "records read")                                                                     \
    X(bytes_in, "bytes of records read")                                                           \
    X(bytes_out, "bytes of records written")                                                       \
    X(changed, "records with edits")                                                               \
    X(withheld, "records withheld")                                                                \
    X(dropped, "records dropped by a rule")                                                        \
    X(expired, "records dropped because their time was over")                                      \
    X(allowed, "values that stay because the configuration allows them")                           \
    X(malformed, "records that looked like JSON and were none")                                    \
    X(batches, "batches written")                                                                  \
    X(stale_batches, "batches dropped because their transaction was given up")                     \
    X(commits, "transactions or offsets committed")                                                \
    X(aborts, "transactions given up")                                                             \
    X(quarantined, "records sent to quarantine")                                                   \
    X(reloads, "reloads of rules")                                                                 \
    X(reload_errors, "reloads refused")

#define STATS_FIELD(name, help) atomic_uint_least64_t name;
struct stats {
    STATS_LIST(STATS_FIELD)
    atomic_uint_least64_t class_hits[LOGWASH_MAX_CLASSES];
    atomic_uint_least64_t remaining[2]; /* bit c: something of class c stayed (kept, …) */
};
#undef STATS_FIELD

#define STATS_ADD(stats, field, n)                                                                 \
    atomic_fetch_add_explicit(&(stats)->field, (n), memory_order_relaxed)
#define STATS_GET(stats, field) atomic_load_explicit(&(stats)->field, memory_order_relaxed)

/* Adds a washed batch (its results and class hits). */
struct batch;
void stats_add_batch(struct stats *stats, const struct batch *batch);

#endif
