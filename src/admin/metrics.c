/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/metrics.h"

#include <inttypes.h>

void metrics_head(struct buf *out, const char *name, const char *type, const char *help) {
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_label(struct buf *out, const char *name, const char *value) {
    buf_printf(out, "%s=\"", name);
    for (const char *c = value; *c; c++) {
        if (*c == '\n')
            buf_str(out, "\\n");
        else if (*c == '"' || *c == '\\')
            buf_printf(out, "\\%c", *c);
        else
            buf_byte(out, (uint8_t)*c);
    }
    buf_byte(out, '"');
}

void metrics_stats(struct buf *out, const struct stats *stats) {
#define COUNTER(name, help)                                                                        \
    metrics_head(out, "logwash_" #name "_total", "counter", help);                                 \
    buf_printf(out, "logwash_" #name "_total %" PRIu64 "\n", (uint64_t)STATS_GET(stats, name));
    STATS_LIST(COUNTER)
#undef COUNTER
    metrics_head(out, "logwash_hits_total", "counter", "findings by data class");
    for (size_t i = 0; i < logwash_class_count(); i++) {
        const uint64_t n = atomic_load_explicit(&stats->class_hits[i], memory_order_relaxed);
        if (n == 0) continue;
        buf_str(out, "logwash_hits_total{");
        metrics_label(out, "class", logwash_class_name(i));
        buf_printf(out, "} %" PRIu64 "\n", n);
    }
}
