/* SPDX-License-Identifier: Apache-2.0 */
#include "run/stats.h"
#include "run/batch.h"

void stats_add_batch(struct stats *stats, const struct batch *batch) {
    const struct batch_counts *c = &batch->counts;
    STATS_ADD(stats, records, c->records);
    STATS_ADD(stats, bytes_in, c->bytes_in);
    STATS_ADD(stats, bytes_out, c->bytes_out);
    STATS_ADD(stats, changed, c->changed);
    STATS_ADD(stats, withheld, c->withheld);
    STATS_ADD(stats, dropped, c->dropped);
    STATS_ADD(stats, allowed, c->allowed);
    STATS_ADD(stats, malformed, c->malformed);
    STATS_ADD(stats, batches, 1);
    for (int w = 0; w < 2; w++)
        if (c->remaining[w])
            atomic_fetch_or_explicit(&stats->remaining[w], c->remaining[w], memory_order_relaxed);
    for (size_t i = 0; i < LOGWASH_MAX_CLASSES; i++)
        if (batch->out.class_hits[i]) STATS_ADD(stats, class_hits[i], batch->out.class_hits[i]);
}
