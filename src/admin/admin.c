/* SPDX-License-Identifier: Apache-2.0 */
/* One libuv loop. It is set up by the caller's thread, so that no signal finds its default effect
 * between start and the thread's first turn; after that only the admin thread touches it, except
 * the async handle that ends it. */
#include "admin/admin.h"

#include "admin/http.h"
#include "base/codec.h"
#include "run/end.h"

#include <stdlib.h>
#include <uv.h>

static const int taken_signals[] = {SIGTERM, SIGINT, SIGHUP};
enum { N_SIGNALS = sizeof taken_signals / sizeof *taken_signals, TICK_MS = 1000 };

struct admin {
    struct admin_callbacks callbacks;
    struct http *http;
    uv_loop_t loop;
    uv_signal_t signals[N_SIGNALS];
    uv_async_t end;
    uv_timer_t timer; /* connections that time out */
    uv_poll_t poll;   /* of the HTTP server */
    uv_thread_t thread;
    bool looping; /* the thread was started */
};

static unsigned answer_check(const struct admin *admin, bool (*check)(void *ctx, struct buf *why),
                             struct buf *body) {
    struct buf why;
    buf_init(&why, 512);
    const bool ok = check(admin->callbacks.ctx, &why);
    buf_printf(body, "{\"ok\":%s", ok ? "true" : "false");
    if (why.len > 0) {
        buf_str(body, ",\"why\":\"");
        json_escape(buf_view(&why), body);
        buf_byte(body, '"');
    }
    buf_str(body, "}\n");
    buf_fini(&why);
    return ok ? 200 : 503;
}

static unsigned answer(void *ctx, const char *path, struct buf *body, const char **type) {
    const struct admin *admin = ctx;
    if (strcmp(path, "/metrics") == 0) {
        *type = "text/plain; version=0.0.4; charset=utf-8";
        admin->callbacks.metrics(admin->callbacks.ctx, body);
        return 200;
    }
    const bool health = strcmp(path, "/health") == 0;
    if (!health && strcmp(path, "/ready") != 0) return 404;
    *type = "application/json";
    return answer_check(admin, health ? admin->callbacks.healthy : admin->callbacks.ready, body);
}

static void on_signal(uv_signal_t *handle, int number) {
    struct admin *admin = handle->data;
    if (number == SIGHUP)
        admin->callbacks.reload(admin->callbacks.ctx);
    else
        admin->callbacks.stop(admin->callbacks.ctx, number);
}

static void on_poll(uv_poll_t *handle, int status, int events) {
    (void)status, (void)events;
    http_run(((struct admin *)handle->data)->http);
}

static void on_timer(uv_timer_t *handle) { http_run(((struct admin *)handle->data)->http); }

static void close_handle(uv_handle_t *handle, void *arg) {
    (void)arg;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void on_end(uv_async_t *handle) { uv_walk(handle->loop, close_handle, NULL); }

static void loop_main(void *arg) { uv_run(&((struct admin *)arg)->loop, UV_RUN_DEFAULT); }

/* 0, or libuv's code. What was begun is closed by admin_stop. */
static int start_handles(struct admin *admin) {
    int code = uv_async_init(&admin->loop, &admin->end, on_end);
    for (size_t i = 0; i < N_SIGNALS && code == 0; i++) {
        code = uv_signal_init(&admin->loop, &admin->signals[i]);
        admin->signals[i].data = admin;
        if (code == 0) code = uv_signal_start(&admin->signals[i], on_signal, taken_signals[i]);
    }
    if (code != 0 || !admin->http) return code;
    code = uv_timer_init(&admin->loop, &admin->timer);
    admin->timer.data = admin;
    if (code == 0) code = uv_timer_start(&admin->timer, on_timer, TICK_MS, TICK_MS);
    if (code == 0) code = uv_poll_init(&admin->loop, &admin->poll, http_fd(admin->http));
    admin->poll.data = admin;
    if (code == 0) code = uv_poll_start(&admin->poll, UV_READABLE, on_poll);
    return code;
}

enum logwash_status admin_start(const struct admin_options *options, struct admin **out,
                                struct logwash_error *err) {
    *out = NULL;
    struct admin *admin = calloc(1, sizeof *admin);
    if (!admin) return end_error(err, LOGWASH_MEMORY, "admin", 0, "out of memory");
    admin->callbacks = options->callbacks;
    if (options->host) {
        const enum logwash_status status =
            http_open(options->host, options->port, answer, admin, &admin->http, err);
        if (status != LOGWASH_OK) {
            free(admin);
            return status;
        }
    }
    int code = uv_loop_init(&admin->loop);
    if (code != 0) {
        http_close(admin->http);
        free(admin);
        return end_error(err, LOGWASH_IO, "admin", -code, "no event loop: %s", uv_strerror(code));
    }
    code = start_handles(admin);
    if (code == 0) code = uv_thread_create(&admin->thread, loop_main, admin);
    admin->looping = code == 0;
    if (code != 0) {
        admin_stop(admin);
        return end_error(err, LOGWASH_IO, "admin", -code, "no event loop: %s", uv_strerror(code));
    }
    *out = admin;
    return LOGWASH_OK;
}

uint16_t admin_port(const struct admin *admin) { return admin->http ? http_port(admin->http) : 0; }

void admin_stop(struct admin *admin) {
    if (!admin) return;
    if (admin->looping) {
        uv_async_send(&admin->end);
        uv_thread_join(&admin->thread);
    } else {
        uv_walk(&admin->loop, close_handle, NULL);
        uv_run(&admin->loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(&admin->loop);
    http_close(admin->http);
    free(admin);
}
