/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server for GET and HEAD, driven from outside: when its descriptor is readable, and
 * once a second, call http_run. No threads of its own.
 *
 * Lifetime: the answer function and its ctx must live until http_close. Threads: one at a time. */
#ifndef LW_ADMIN_HTTP_H
#define LW_ADMIN_HTTP_H

#include "base/buf.h"
#include "logwash.h"

struct http;

/* Appends the body for a path; returns the status code. 404: no such path. `*type` may be set to
 * another content type than `text/plain; charset=utf-8` (static text). */
typedef unsigned (*http_answer)(void *ctx, const char *path, struct buf *body, const char **type);

/* IO: the address cannot be had; err says why. Port 0: any free one. */
LOGWASH_USE enum logwash_status http_open(const char *host, uint16_t port, http_answer answer,
                                          void *ctx, struct http **out, struct logwash_error *err);
int http_fd(const struct http *http);
uint16_t http_port(const struct http *http);
void http_run(struct http *http);
/* NULL is allowed. */
void http_close(struct http *http);

#endif
