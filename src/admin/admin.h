/* SPDX-License-Identifier: Apache-2.0 */
/* The service's face to its operator: signals, and HTTP with /metrics, /health and /ready, in a
 * thread of its own.
 *
 *     SIGTERM, SIGINT -> stop     SIGHUP -> reload
 *     GET /metrics, /health, /ready -> metrics, healthy, ready
 *
 * All callbacks run in the admin thread, one at a time, so a reload may take its time without
 * stopping the records; what they touch of the rest of the program must be safe to read from
 * another thread.
 *
 * Lifetime: the callbacks and their ctx must live until admin_stop returns. Signals are taken from
 * admin_start on. */
#ifndef LW_ADMIN_ADMIN_H
#define LW_ADMIN_ADMIN_H

#include "base/buf.h"
#include "logwash.h"

struct admin;

struct admin_callbacks {
    void (*metrics)(void *ctx, struct buf *out); /* appends Prometheus text */
    /* Append what is wrong, or nothing, as plain words; return whether all is well. */
    bool (*healthy)(void *ctx, struct buf *why);
    bool (*ready)(void *ctx, struct buf *why);
    void (*stop)(void *ctx, int signal); /* may be called more than once */
    void (*reload)(void *ctx);
    void *ctx;
};

struct admin_options {
    const char *host; /* NULL: no HTTP */
    uint16_t port;    /* 0: any free one */
    struct admin_callbacks callbacks;
};

/* IO: the address cannot be had. */
LOGWASH_USE enum logwash_status admin_start(const struct admin_options *options, struct admin **out,
                                            struct logwash_error *err);
/* The port that HTTP listens on; 0: no HTTP. */
uint16_t admin_port(const struct admin *admin);
/* Ends the thread and frees; NULL is allowed. Signals have their default effect again. */
void admin_stop(struct admin *admin);

#endif
