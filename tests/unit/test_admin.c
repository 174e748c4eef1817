/* SPDX-License-Identifier: Apache-2.0 */
/* The admin thread: HTTP answers over a real socket, signals, and the log's lines. */
#include "admin/admin.h"
#include "admin/log.h"
#include "admin/metrics.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

struct probe {
    atomic_bool healthy, ready;
    atomic_int stops, reloads, last_signal;
};

static void probe_metrics(void *ctx, struct buf *out) {
    (void)ctx;
    metrics_head(out, "logwash_test_total", "counter", "a test");
    buf_str(out, "logwash_test_total{");
    metrics_label(out, "topic", "a\"b\\c\nd");
    buf_str(out, "} 1\n");
}
static bool probe_healthy(void *ctx, struct buf *why) {
    const bool ok = atomic_load(&((struct probe *)ctx)->healthy);
    if (!ok) buf_str(why, "no broker \"answers\"");
    return ok;
}
static bool probe_ready(void *ctx, struct buf *why) {
    (void)why;
    return atomic_load(&((struct probe *)ctx)->ready);
}
static void probe_stop(void *ctx, int number) {
    struct probe *probe = ctx;
    atomic_store(&probe->last_signal, number);
    atomic_fetch_add(&probe->stops, 1);
}
static void probe_reload(void *ctx) { atomic_fetch_add(&((struct probe *)ctx)->reloads, 1); }

static struct admin *start(struct probe *probe, const char *host) {
    struct admin *admin = NULL;
    struct logwash_error err = {0};
    const struct admin_options options = {
        .host = host,
        .callbacks = {probe_metrics, probe_healthy, probe_ready, probe_stop, probe_reload, probe},
    };
    const enum logwash_status status = admin_start(&options, &admin, &err);
    if (status != LOGWASH_OK) print_error("%s: %s\n", err.where, err.message);
    assert_int_equal(status, LOGWASH_OK);
    return admin;
}

static int dial(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {5, 0};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends the request and reads to the end of the connection; NUL-terminated. */
static void talk(uint16_t port, const char *request, char *out, size_t cap) {
    const int fd = dial(port);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    size_t len = 0;
    for (ssize_t n; (n = read(fd, out + len, cap - 1 - len)) > 0;) len += (size_t)n;
    out[len] = 0;
    close(fd);
}

static void get(uint16_t port, const char *method, const char *path, char *out, size_t cap) {
    char request[256];
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             method, path);
    talk(port, request, out, cap);
}

static void answers(void **state) {
    (void)state;
    static const struct {
        bool healthy, ready;
        const char *method, *path, *status, *body;
    } rows[] = {
        {true, true, "GET", "/health", "HTTP/1.1 200", "{\"ok\":true}\n"},
        {false, true, "GET", "/health", "HTTP/1.1 503",
         "{\"ok\":false,\"why\":\"no broker \\\"answers\\\"\"}\n"},
        {false, true, "GET", "/ready", "HTTP/1.1 200", "{\"ok\":true}\n"},
        {true, false, "GET", "/ready", "HTTP/1.1 503", "{\"ok\":false}\n"},
        {true, true, "GET", "/metrics", "HTTP/1.1 200",
         "logwash_test_total{topic=\"a\\\"b\\\\c\\nd\"} 1\n"},
        {true, true, "GET", "/metrics?x=1", "HTTP/1.1 200", "logwash_test_total"},
        {true, true, "HEAD", "/health", "HTTP/1.1 200", "\r\n\r\n"},
        {true, true, "GET", "/", "HTTP/1.1 404", "not found"},
        {true, true, "GET", "/metrics/../health", "HTTP/1.1 404", "not found"},
        {true, true, "POST", "/metrics", "HTTP/1.1 405", "method not allowed"},
        {true, true, "DELETE", "/health", "HTTP/1.1 405", "method not allowed"},
    };
    struct probe probe = {0};
    struct admin *admin = start(&probe, "127.0.0.1");
    assert_true(admin_port(admin) > 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        char out[8192];
        atomic_store(&probe.healthy, rows[i].healthy);
        atomic_store(&probe.ready, rows[i].ready);
        get(admin_port(admin), rows[i].method, rows[i].path, out, sizeof out);
        if (strncmp(out, rows[i].status, strlen(rows[i].status)) != 0 || !strstr(out, rows[i].body))
            print_error("case %zu:\n%s\n", i, out);
        assert_memory_equal(out, rows[i].status, strlen(rows[i].status));
        assert_non_null(strstr(out, rows[i].body));
    }
    admin_stop(admin);
}

/* What is no HTTP, half a request, and more connections than there is room for: the next one is
 * still answered. */
static void bad_clients(void **state) {
    (void)state;
    struct probe probe = {0};
    atomic_store(&probe.healthy, true);
    struct admin *admin = start(&probe, "127.0.0.1");
    char out[8192];
    talk(admin_port(admin), "\x16\x03\x01 no http at all\r\n\r\n", out, sizeof out);
    talk(admin_port(admin),
         "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
         out, sizeof out);
    assert_non_null(strstr(out, " 405 "));
    int idle[40];
    for (size_t i = 0; i < ROWS(idle); i++) {
        idle[i] = dial(admin_port(admin));
        assert_int_equal(write(idle[i], "GET /hea", 8), 8);
    }
    get(admin_port(admin), "GET", "/health", out, sizeof out);
    assert_memory_equal(out, "HTTP/1.1 200", 12);
    for (size_t i = 0; i < ROWS(idle); i++) close(idle[i]);
    admin_stop(admin);
}

static bool wait_for(atomic_int *value, int at_least) {
    for (int i = 0; i < 500; i++) {
        if (atomic_load(value) >= at_least) return true;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return false;
}

static void signals(void **state) {
    (void)state;
    struct probe probe = {0};
    struct admin *admin = start(&probe, NULL);
    assert_int_equal(admin_port(admin), 0);
    kill(getpid(), SIGHUP);
    assert_true(wait_for(&probe.reloads, 1));
    assert_int_equal(atomic_load(&probe.stops), 0);
    kill(getpid(), SIGTERM);
    assert_true(wait_for(&probe.stops, 1));
    assert_int_equal(atomic_load(&probe.last_signal), SIGTERM);
    kill(getpid(), SIGINT);
    assert_true(wait_for(&probe.stops, 2));
    assert_int_equal(atomic_load(&probe.last_signal), SIGINT);
    admin_stop(admin);
}

static void address_in_use(void **state) {
    (void)state;
    struct probe probe = {0};
    struct admin *first = start(&probe, "127.0.0.1"), *second = NULL;
    struct logwash_error err = {0};
    struct admin_options options = {
        .host = "127.0.0.1",
        .port = admin_port(first),
        .callbacks = {probe_metrics, probe_healthy, probe_ready, probe_stop, probe_reload, &probe},
    };
    assert_int_equal(admin_start(&options, &second, &err), LOGWASH_IO);
    assert_null(second);
    assert_non_null(strstr(err.message, "cannot listen"));
    options.host = "no.such.host.invalid";
    assert_int_equal(admin_start(&options, &second, &err), LOGWASH_IO);
    admin_stop(first);
    admin_stop(NULL);
}

/* What log_event wrote, NUL-terminated. */
static void read_back(FILE *file, char *out, size_t cap) {
    rewind(file);
    const size_t len = fread(out, 1, cap - 1, file);
    out[len] = 0;
}

static void log_lines(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    struct log log;
    log_init(&log, fileno(file), true, LOG_INFO);
    log_event(&log, LOG_DEBUG, "hidden", LOG_NUMBER("n", 1));
    log_event(&log, LOG_WARN, "first", LOG_TEXT("topic", "a\"b\n"), LOG_NUMBER("n", -5));
    log_write(&log, LOG_INFO, "bare", NULL, 0);
    log_level_set(&log, LOG_ERROR);
    log_event(&log, LOG_WARN, "hidden", LOG_NUMBER("n", 1));
    log_write(NULL, LOG_ERROR, "hidden", NULL, 0);
    char out[4096];
    read_back(file, out, sizeof out);
    assert_null(strstr(out, "hidden"));
    assert_non_null(
        strstr(out,
               "Z\",\"level\":\"warn\",\"event\":\"first\",\"topic\":\"a\\\"b\\n\",\"n\":-5}\n"));
    assert_non_null(strstr(out, "\"event\":\"bare\"}\n"));
    assert_memory_equal(out, "{\"ts\":\"20", 9);
    fclose(file);
}

static void log_text_lines(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    struct log log;
    log_init(&log, fileno(file), false, LOG_DEBUG);
    log_event(&log, LOG_INFO, "first", LOG_TEXT("why", "two\nlines\x1b[2J"), LOG_NUMBER("n", 7));
    char *huge = malloc(40000);
    assert_non_null(huge);
    memset(huge, 'x', 39999);
    huge[39999] = 0;
    log_event(&log, LOG_ERROR, "huge", LOG_TEXT("why", huge));
    char out[4096];
    read_back(file, out, sizeof out);
    assert_non_null(strstr(out, "Z info  first why=two lines [2J n=7\n"));
    assert_non_null(strstr(out, "\"event\":\"huge\"}\n"));
    free(huge);
    fclose(file);
}

static void counters(void **state) {
    (void)state;
    struct stats stats = {0};
    STATS_ADD(&stats, records, 12);
    atomic_store(&stats.class_hits[3], 4);
    struct buf out;
    buf_init(&out, 0);
    metrics_stats(&out, &stats);
    assert_true(buf_byte(&out, 0));
    char want[128];
    snprintf(want, sizeof want, "\nlogwash_hits_total{class=\"%s\"} 4\n", logwash_class_name(3));
    assert_non_null(strstr((char *)out.ptr, want));
    assert_non_null(strstr((char *)out.ptr, "# TYPE logwash_records_total counter\n"
                                            "logwash_records_total 12\n"));
    assert_non_null(strstr((char *)out.ptr, "\nlogwash_withheld_total 0\n"));
    buf_fini(&out);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),   cmocka_unit_test(bad_clients),
        cmocka_unit_test(signals),   cmocka_unit_test(address_in_use),
        cmocka_unit_test(log_lines), cmocka_unit_test(log_text_lines),
        cmocka_unit_test(counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
