/* SPDX-License-Identifier: Apache-2.0 */
/* A loaded service at work: Kafka end, pipeline in the calling thread, admin thread beside it.
 * `run` and `demo` both call this.
 *
 *     owner thread: pipeline_run(kafka, kafka)        admin thread: signals, HTTP, reload
 *
 * Lifetime: what the options point at must live until service_serve returns. */
#ifndef LW_CLI_SERVE_H
#define LW_CLI_SERVE_H

#include "admin/log.h"
#include "cli/service.h"
#include "run/stats.h"

struct serve_options {
    struct service *service; /* a reload puts another one in its place */
    /* Read again on SIGHUP; NULL: reloads are refused. */
    const struct service_source *source;
    bool stop_at_end; /* ends when all partitions were read to their end: tests, demo */
    struct log *log;
    /* What workers do; NULL: washing. */
    enum logwash_status (*work)(void *ctx, struct batch *batch, struct logwash_scratch *scratch);
    /* Called when the records are done, while the admin thread still answers. May be NULL. */
    void (*finished)(void *ctx, uint16_t admin_port);
    void *ctx; /* of both */
    struct stats *stats;
};

/* OK: ended as asked for, all that was taken is written and committed. */
enum logwash_status service_serve(const struct serve_options *options, struct logwash_error *err);
/* The exit code for what service_serve returned. */
int serve_exit_code(enum logwash_status status);

#endif
