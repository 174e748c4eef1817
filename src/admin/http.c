/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd with epoll and an outer loop: its epoll descriptor stands for all of its sockets.
 */
#include "admin/http.h"

#include "run/end.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_CONNECTIONS = 64, TIMEOUT_SEC = 10, MAX_BODY = 4 << 20, MAX_ROUNDS = 64 };

struct http {
    struct MHD_Daemon *daemon;
    http_answer answer;
    void *ctx;
    int fd;
    uint16_t port;
};

static enum MHD_Result send_body(struct MHD_Connection *connection, unsigned code,
                                 const struct buf *body, const char *type) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->ptr, MHD_RESPMEM_MUST_COPY);
    if (!response) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **state) {
    (void)version, (void)upload;
    static int first;
    if (!*state) { /* the headers alone; the answer is due at the second call */
        *state = &first;
        return MHD_YES;
    }
    if (*upload_len > 0) { /* a body is read and thrown away */
        *upload_len = 0;
        return MHD_YES;
    }
    struct http *http = ctx;
    struct buf body;
    buf_init(&body, MAX_BODY);
    const char *type = "text/plain; charset=utf-8";
    unsigned code = MHD_HTTP_METHOD_NOT_ALLOWED;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        code = http->answer(http->ctx, url, &body, &type);
    if (code == MHD_HTTP_NOT_FOUND && body.len == 0) buf_str(&body, "not found\n");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED) buf_str(&body, "method not allowed\n");
    if (body.failed) {
        buf_reset(&body);
        code = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    const enum MHD_Result result = send_body(connection, code, &body, type);
    buf_fini(&body);
    return result;
}

static void ignore_log(void *ctx, const char *format, va_list args) {
    (void)ctx, (void)format, (void)args;
}

static enum logwash_status start(struct http *http, const char *host, uint16_t port,
                                 const struct addrinfo *address, struct logwash_error *err) {
    const unsigned flags =
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    errno = 0;
    http->daemon =
        MHD_start_daemon(flags, port, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER,
                         ignore_log, NULL, MHD_OPTION_SOCK_ADDR, address->ai_addr,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SEC, MHD_OPTION_END);
    if (!http->daemon)
        return end_error(err, LOGWASH_IO, host, errno, "cannot listen on port %u%s%s", port,
                         errno ? ": " : "", errno ? strerror(errno) : "");
    const union MHD_DaemonInfo *fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    const union MHD_DaemonInfo *bound =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (!fd || !bound) return end_error(err, LOGWASH_IO, host, 0, "the HTTP server gave no socket");
    http->fd = fd->epoll_fd;
    http->port = bound->port;
    return LOGWASH_OK;
}

enum logwash_status http_open(const char *host, uint16_t port, http_answer answer, void *ctx,
                              struct http **out, struct logwash_error *err) {
    *out = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo *address = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    const int code = getaddrinfo(host, service, &hints, &address);
    if (code != 0)
        return end_error(err, LOGWASH_IO, host, 0, "no such address: %s", gai_strerror(code));
    struct http *http = calloc(1, sizeof *http);
    enum logwash_status status = LOGWASH_MEMORY;
    if (http) {
        http->answer = answer;
        http->ctx = ctx;
        status = start(http, host, port, address, err);
    }
    freeaddrinfo(address);
    if (status == LOGWASH_OK)
        *out = http;
    else
        http_close(http);
    return status;
}

int http_fd(const struct http *http) { return http->fd; }

uint16_t http_port(const struct http *http) { return http->port; }

void http_run(struct http *http) {
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    unsigned rounds = 0;
    do MHD_run(http->daemon);
    while (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0 &&
           ++rounds < MAX_ROUNDS);
}

void http_close(struct http *http) {
    if (!http) return;
    if (http->daemon) MHD_stop_daemon(http->daemon);
    free(http);
}
