/* SPDX-License-Identifier: Apache-2.0 */
/* reader -> ring of recycled batches -> workers -> in-order writer.
 *
 *     owner thread:  poll source | hand to ring | take the oldest, if washed, put to sink | tick
 *     workers:       take a filled batch, frame it, wash it, mark it, wake the owner (eventfd)
 *
 * One thread, the caller of pipeline_run, owns both ends; it polls the source and the workers'
 * eventfd together, so it never blocks on the ring, and a line that arrives alone leaves at once.
 * Memory is bounded by ring size times batch size: when no batch is free the source is paused.
 * Engines are swapped at a batch border.
 *
 * ABORT from any verb of an end: the sink's `discard` is called and the run goes on; batches whose
 * epoch is not the source's any more are dropped unwritten. A fatal status: `discard` too (unless
 * CLOSED), then pipeline_run returns it. The counters of records and batches and `aborts` are the
 * pipeline's; the others belong to the ends and the caller.
 *
 * Shutdown: pipeline_stop (any thread, any signal-safe context) makes the owner stop polling,
 * finish what was taken, drain the sink and return. */
#ifndef LW_RUN_PIPELINE_H
#define LW_RUN_PIPELINE_H

#include "run/end.h"
#include "run/stats.h"

struct pipeline;

struct pipeline_options {
    unsigned workers;     /* 0: one */
    unsigned batches;     /* ring size; 0: 2 * workers + 2 */
    int drain_timeout_ms; /* on shutdown and revoke; 0: 30 s */
    /* What a worker does with a framed batch (LINE, NUL: with each part of it, see batch.h); NULL:
     * logwash_wash_batch. `scan` and `diff` put theirs here; `ctx` is shared by the workers. Output
     * goes to batch->out. */
    enum logwash_status (*work)(void *ctx, struct batch *batch, struct logwash_scratch *scratch);
    void *work_ctx;
};

/* `engines`: n_engines of them, one for each value of batch->input; references are taken. */
struct pipeline *pipeline_new(const struct pipeline_options *options,
                              struct logwash *const *engines, size_t n_engines, struct stats *stats,
                              struct logwash_error *err);
void pipeline_free(struct pipeline *pipeline);

/* May be called again after it returned, but not after pipeline_stop. Runs until the source ends,
 * pipeline_stop, or a fatal status. `source` and `sink` may be one end. OK: all that was read was
 * written and drained. */
enum logwash_status pipeline_run(struct pipeline *pipeline, struct end *source, struct end *sink,
                                 struct logwash_error *err);
/* Async-signal-safe. */
void pipeline_stop(struct pipeline *pipeline);
/* Any thread, one at a time: batches formed from now on use these engines (as many as before). */
void pipeline_swap(struct pipeline *pipeline, struct logwash *const *engines);

#endif
