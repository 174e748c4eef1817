/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_show.h"

#include "base/units.h"
#include "cli/demo_logs.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_METRICS = 256 * 1024, PAIR_SECONDS = 15, N_PAIRS = 4 };

static const char *style(const struct demo *demo, const char *code) {
    return demo->color ? code : "";
}
#define BOLD(demo)  style((demo), "\x1b[1m")
#define DIM(demo)   style((demo), "\x1b[2m")
#define GREEN(demo) style((demo), "\x1b[32m")
#define PLAIN(demo) style((demo), "\x1b[0m")

/* Control bytes (the build logs have colours of their own) as `\xNN`, so that they move nothing
 * here. */
static void put_record(struct slice text, FILE *out) {
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c == '\n')
            fputs("\n          ", out);
        else if (c < ' ' || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            putc(c, out);
    }
    putc('\n', out);
}

void demo_title(const struct demo *demo) {
    printf("%slogwash demo%s: the service on %s (%s)\n", BOLD(demo), PLAIN(demo),
           demo->is_real ? "a Kafka broker, exactly once" : "a broker inside this process",
           demo->bootstrap);
    fflush(stdout);
}

void demo_loaded(const struct demo *demo) {
    printf(
        "%zu made-up request and build records are in request-logs and build-logs; washing ...\n",
        demo->records);
    fflush(stdout);
}

/* ---- metrics ---- */

/* The answer to one GET, from its status line on; NULL: none came. Freed by the caller. */
static char *http_get(uint16_t port, const char *path) {
    const struct timeval patience = {5, 0};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *answer = calloc(1, MAX_METRICS);
    char request[128];
    const int len =
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    if (fd >= 0 && answer &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        send(fd, request, (size_t)len, MSG_NOSIGNAL) == len) {
        size_t got = 0;
        for (ssize_t n;
             got < MAX_METRICS - 1 && (n = read(fd, answer + got, MAX_METRICS - 1 - got)) > 0;)
            got += (size_t)n;
    }
    if (fd >= 0) close(fd);
    return answer;
}

void demo_metrics(void *ctx, uint16_t port) {
    static const char *const wanted[] = {"logwash_records_total ",
                                         "logwash_changed_total ",
                                         "logwash_withheld_total ",
                                         "logwash_commits_total ",
                                         "logwash_hits_total{class=\"email\"}",
                                         "logwash_lag_records{",
                                         "logwash_generation_info{"};
    struct demo *demo = ctx;
    demo->port = port;
    char *answer = http_get(port, "/metrics");
    struct buf kept;
    buf_init(&kept, 0);
    char *save = NULL;
    for (char *line = answer ? strtok_r(answer, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save))
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) buf_printf(&kept, "  %s\n", line);
    demo->metrics = kept.len > 0 ? strndup((const char *)kept.ptr, kept.len) : NULL;
    buf_fini(&kept);
    free(answer);
}

/* ---- before and after ---- */

static struct slice header_value(const struct kafka_record *record, const char *name) {
    for (size_t i = 0; i < record->n_headers; i++)
        if (strcmp(record->headers[i].name, name) == 0) return record->headers[i].value;
    return (struct slice){0};
}

static void put_headers(const struct demo *demo, const struct kafka_record *record, FILE *out) {
    const struct slice ttl = header_value(record, "logwash-ttl"),
                       tags = header_value(record, "logwash"), plan = header_value(record, "plan");
    uint64_t sec;
    char text[DURATION_TEXT_LEN] = "none";
    if (count_parse(ttl, &sec)) duration_text((int64_t)sec * 1000, text);
    fprintf(out, "  %sheaders%s logwash-ttl: %.*s (%s, plan %.*s)\n", DIM(demo), PLAIN(demo),
            (int)ttl.len, (const char *)ttl.ptr, text, (int)plan.len, (const char *)plan.ptr);
    fprintf(out, "          logwash: %.*s\n", (int)tags.len, (const char *)tags.ptr);
}

static void put_pair(const struct demo *demo, enum demo_kind kind, size_t i,
                     const struct kafka_record *after, FILE *out) {
    struct buf before;
    buf_init(&before, 0);
    demo_record(kind, i, &before);
    fprintf(out, "\n  %sbefore%s  ", DIM(demo), PLAIN(demo));
    put_record(buf_view(&before), out);
    fprintf(out, "  %safter%s   ", GREEN(demo), PLAIN(demo));
    put_record(after->value, out);
    if (after->key.len > 0)
        fprintf(out, "  %skey%s     %.*s\n", DIM(demo), PLAIN(demo), (int)after->key.len,
                (const char *)after->key.ptr);
    put_headers(demo, after, out);
    buf_fini(&before);
}

static time_t monotonic_sec(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Reads a clean topic to its end; pairs[i] gets record i as text. */
static enum logwash_status read_pairs(struct demo *demo, enum demo_kind kind,
                                      struct kafka_reader *reader, char *pairs[N_PAIRS],
                                      struct logwash_error *err) {
    const time_t until = monotonic_sec() + PAIR_SECONDS;
    enum logwash_status status = LOGWASH_OK;
    while (monotonic_sec() < until) {
        struct kafka_record record;
        status = kafka_reader_next(reader, 500, &record, err);
        if (status == LOGWASH_AGAIN) continue;
        if (status != LOGWASH_OK) break;
        uint64_t i;
        if (!count_parse(header_value(&record, "demo"), &i)) continue;
        demo->arrived++;
        size_t len;
        FILE *out = i < N_PAIRS && !pairs[i] ? open_memstream(&pairs[i], &len) : NULL;
        if (!out) continue;
        put_pair(demo, kind, (size_t)i, &record, out);
        fclose(out);
    }
    return status == LOGWASH_END || status == LOGWASH_AGAIN ? LOGWASH_OK : status;
}

static enum logwash_status show_topic(struct demo *demo, enum demo_kind kind, const char *topic,
                                      struct logwash_error *err) {
    struct kafka_reader *reader = NULL;
    enum logwash_status status = kafka_reader_open(demo->bootstrap, topic, false, &reader, err);
    if (status != LOGWASH_OK) return status;
    char *pairs[N_PAIRS] = {NULL};
    status = read_pairs(demo, kind, reader, pairs, err);
    printf("\n%s%s%s\n", BOLD(demo), topic, PLAIN(demo));
    for (size_t i = 0; i < N_PAIRS; i++) {
        if (pairs[i]) fputs(pairs[i], stdout);
        free(pairs[i]);
    }
    kafka_reader_close(reader);
    return status;
}

enum logwash_status demo_pairs(struct demo *demo, struct logwash_error *err) {
    enum logwash_status status = show_topic(demo, DEMO_REQUEST, "clean.request-logs", err);
    if (status == LOGWASH_OK) status = show_topic(demo, DEMO_BUILD, "clean.build-logs", err);
    return status;
}

/* ---- the end ---- */

static void put_classes(const struct demo *demo) {
    printf("\n%sfound, by class%s\n", BOLD(demo), PLAIN(demo));
    for (size_t i = 0; i < logwash_class_count(); i++) {
        const uint64_t n = atomic_load_explicit(&demo->stats.class_hits[i], memory_order_relaxed);
        if (n > 0) printf("  %-20s %8" PRIu64 "\n", logwash_class_name(i), n);
    }
}

static void put_speed(const struct demo *demo) {
    const double mb = (double)demo->bytes / 1e6;
    const double wash_sec = (double)atomic_load(&demo->wash_ns) / 1e9;
    const double wall_sec =
        (double)(atomic_load(&demo->last_ns) - atomic_load(&demo->first_ns)) / 1e9;
    printf("\n%s%zu of %zu records%s (%.1f MB with keys) came out", BOLD(demo), demo->arrived,
           demo->records, PLAIN(demo), mb);
    if (wash_sec > 0)
        printf("; washing took %.0f ms of CPU (%.0f MB/s)", wash_sec * 1e3, mb / wash_sec);
    if (wall_sec > 0) printf(", %.0f ms from first to last batch", wall_sec * 1e3);
    printf("\n");
}

void demo_closing(const struct demo *demo) {
    put_classes(demo);
    put_speed(demo);
    printf("\n%smetrics%s, asked while it ran: curl http://127.0.0.1:%u/metrics (a service listens "
           "on port 9899)\n%s",
           BOLD(demo), PLAIN(demo), demo->port, demo->metrics ? demo->metrics : "");
    if (demo->is_real)
        printf("\nThis was exactly once: output and offsets went into the same transactions.\n");
    else
        printf("\nThis was at least once: the broker inside this process (librdkafka's mock "
               "cluster) keeps no\n"
               "transactional guarantee. `make demo-kafka` shows the same exactly once, on a real "
               "broker.\n");
    printf("Pseudonyms were made with a key of this run. Your own: `logwash keys new`, then "
           "`logwash run -c FILE`.\n");
    fflush(stdout);
}
