/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo says on standard output. */
#ifndef LW_CLI_DEMO_SHOW_H
#define LW_CLI_DEMO_SHOW_H

#include "io/kafka.h"

struct demo {
    const char *bootstrap;
    bool is_real, color;
    size_t records, bytes; /* loaded */
    size_t arrived;        /* read from the clean topics */
    struct stats stats;
    atomic_int_least64_t wash_ns;           /* CPU time of the workers */
    atomic_int_least64_t first_ns, last_ns; /* monotonic: first and last batch washed */
    char *metrics;                          /* a few lines of what /metrics said; NULL: nothing */
    uint16_t port;
};

void demo_title(const struct demo *demo);
void demo_loaded(const struct demo *demo);
/* Called while the service still answers: asks /metrics over HTTP and keeps a few lines. ctx:
 * struct demo. */
void demo_metrics(void *ctx, uint16_t port);
/* Reads the clean topics to their ends, counts, and shows some records before and after. IO: the
 * broker. */
LOGWASH_USE enum logwash_status demo_pairs(struct demo *demo, struct logwash_error *err);
/* Counts by class, speed, metrics, what was promised. */
void demo_closing(const struct demo *demo);

#endif
