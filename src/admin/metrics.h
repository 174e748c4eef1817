/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus text format (version 0.0.4) of counters. Names and labels are the program's own words
 * and the configuration's topics, never bytes of records. */
#ifndef LW_ADMIN_METRICS_H
#define LW_ADMIN_METRICS_H

#include "base/buf.h"
#include "run/stats.h"

/* `# HELP` and `# TYPE` of a metric; `type` is "counter", "gauge" or "histogram". */
void metrics_head(struct buf *out, const char *name, const char *type, const char *help);
/* `name="value"` with the value escaped; put commas and braces around by hand. */
void metrics_label(struct buf *out, const char *name, const char *value);
/* Every counter of the run, and hits by class. */
void metrics_stats(struct buf *out, const struct stats *stats);

#endif
