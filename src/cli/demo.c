/* SPDX-License-Identifier: Apache-2.0 */
/* `logwash demo`: sample logs through the real service, on a broker inside this process or a real
 * one. */
#include "base/secret.h"
#include "cli/commands.h"
#include "cli/demo_logs.h"
#include "cli/demo_show.h"
#include "cli/load.h"
#include "cli/serve.h"
#include "cli/terminal.h"
#include "core/tools.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { N_PARTITIONS = 2, N_REQUEST = 4000, N_BUILD = 2000, MAX_SECONDS = 45 };

static const char config_template[] =
    "version: 1\n"
    "kafka: {bootstrap.servers: '%s'}\n"
    "consumer: {group.id: 'logwash-demo-%lld', auto.offset.reset: earliest}\n"
    "service: {instance: demo, delivery: %s, workers: %llu}\n"
    "inputs:\n"
    "  - {topic: request-logs, profile: request, output: clean.request-logs, skip_headers: "
    "[traceparent]}\n"
    "  - {topic: build-logs, profile: build, output: clean.build-logs}\n"
    "retention: {tiers: {hobby: 14d, pro: 30d, enterprise: 90d}, tier_from: {header: plan}, "
    "default_tier: hobby,\n"
    "            sensitivity: {personal: tier, sensitive: 14d, restricted: 24h}}\n"
    "quarantine: {topic: quarantine}\n"
    "admin: {listen: '127.0.0.1:%u', log: {level: warn, format: text}}\n";

static const char *const demo_topics[] = {"request-logs", "build-logs", "clean.request-logs",
                                          "clean.build-logs", "quarantine"};

/* Washing as always, with a look at the clock. */
static enum logwash_status timed_work(void *ctx, struct batch *batch,
                                      struct logwash_scratch *scratch) {
    struct demo *demo = ctx;
    const struct logwash_batch in = batch_input(batch);
    struct timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const enum logwash_status status = logwash_wash_batch(batch->engine, scratch, &in, &batch->out);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    atomic_fetch_add(&demo->wash_ns, (int64_t)(after.tv_sec - before.tv_sec) * 1000000000 +
                                         after.tv_nsec - before.tv_nsec);
    clock_gettime(CLOCK_MONOTONIC, &after);
    const int64_t now_ns = (int64_t)after.tv_sec * 1000000000 + after.tv_nsec;
    int64_t none = 0;
    atomic_compare_exchange_strong(&demo->first_ns, &none, now_ns);
    atomic_store(&demo->last_ns, now_ns);
    return status;
}

/* ---- input ---- */

struct input_texts { /* of one topic, while it is loaded */
    struct buf bytes;
    size_t *ends; /* of value and key of each record */
    struct kafka_record *records;
    struct kafka_header (*headers)[2];
    char (*numbers)[16];
};

static void input_texts_fini(struct input_texts *texts) {
    buf_fini(&texts->bytes);
    free(texts->ends);
    free(texts->records);
    free(texts->headers);
    free(texts->numbers);
}

static bool make_records(enum demo_kind kind, size_t n, struct input_texts *out) {
    buf_init(&out->bytes, 0);
    out->ends = calloc(2 * n, sizeof *out->ends);
    out->records = calloc(n, sizeof *out->records);
    out->headers = calloc(n, sizeof *out->headers);
    out->numbers = calloc(n, sizeof *out->numbers);
    if (!out->ends || !out->records || !out->headers || !out->numbers) return false;
    for (size_t i = 0; i < n; i++) {
        demo_record(kind, i, &out->bytes);
        out->ends[2 * i] = out->bytes.len;
        if (kind == DEMO_REQUEST) demo_key(i, &out->bytes);
        out->ends[2 * i + 1] = out->bytes.len;
    }
    size_t start = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t value_end = out->ends[2 * i], key_end = out->ends[2 * i + 1];
        snprintf(out->numbers[i], sizeof out->numbers[i], "%zu", i);
        out->headers[i][0] = (struct kafka_header){"plan", slice_str(demo_plan(i))};
        out->headers[i][1] = (struct kafka_header){"demo", slice_str(out->numbers[i])};
        out->records[i] = (struct kafka_record){
            .partition = (int32_t)(i % N_PARTITIONS),
            .value = slice_of(out->bytes.ptr + start, value_end - start),
            .key = key_end > value_end ? slice_of(out->bytes.ptr + value_end, key_end - value_end)
                                       : (struct slice){0},
            .headers = out->headers[i],
            .n_headers = 2,
        };
        start = key_end;
    }
    return !out->bytes.failed;
}

static enum logwash_status load_topic(struct demo *demo, enum demo_kind kind, const char *topic,
                                      size_t n, struct logwash_error *err) {
    struct input_texts texts = {0};
    enum logwash_status status = LOGWASH_MEMORY;
    if (make_records(kind, n, &texts)) {
        status = kafka_load(demo->bootstrap, topic, texts.records, n, err);
        demo->bytes += texts.bytes.len;
        demo->records += n;
    }
    input_texts_fini(&texts);
    return status;
}

/* ---- the service ---- */

static void on_alarm(int number) {
    (void)number;
    kill(getpid(), SIGTERM); /* ends the service as an operator would */
}

static bool load_service(struct demo *demo, uint64_t workers, uint16_t port,
                         struct service *service) {
    struct buf text, ring;
    buf_init(&text, 0);
    buf_init(&ring, 0);
    buf_printf(&text, config_template, demo->bootstrap, (long long)time(NULL),
               demo->is_real ? "exactly_once" : "at_least_once", (unsigned long long)workers, port);
    void *key = load_run_key();
    bool ok =
        key && tools_keyring_new("demo", 0, key, &ring, NULL) == LOGWASH_OK && buf_byte(&text, 0);
    secret_free(key, LOAD_KEY_LEN);
    const struct service_source source = {.path = "demo.yaml",
                                          .text = (const char *)text.ptr,
                                          .ring = ring.ptr,
                                          .ring_len = ring.len};
    ok = ok && service_load_shown(service, &source);
    if (ring.ptr) secret_wipe(ring.ptr, ring.len);
    buf_fini(&ring);
    buf_fini(&text);
    return ok;
}

static int serve(struct demo *demo, uint64_t workers) {
    struct service service;
    if (!load_service(demo, workers, 0, &service)) return EXIT_USAGE;
    struct log log;
    log_init(&log, STDERR_FILENO, false, LOG_WARN);
    const struct serve_options options = {
        .service = &service,
        .stop_at_end = true,
        .log = &log,
        .work = timed_work,
        .finished = demo_metrics,
        .ctx = demo,
        .stats = &demo->stats,
    };
    signal(SIGALRM, on_alarm);
    alarm(MAX_SECONDS);
    struct logwash_error err = {0};
    const enum logwash_status status = service_serve(&options, &err);
    alarm(0);
    service_fini(&service);
    return serve_exit_code(status);
}

static int play(struct demo *demo, uint64_t workers) {
    struct logwash_error err = {0};
    demo_title(demo);
    enum logwash_status status = load_topic(demo, DEMO_REQUEST, demo_topics[0], N_REQUEST, &err);
    if (status == LOGWASH_OK) status = load_topic(demo, DEMO_BUILD, demo_topics[1], N_BUILD, &err);
    if (status != LOGWASH_OK) {
        err.status = status;
        message_error(&err);
        return serve_exit_code(status);
    }
    demo_loaded(demo);
    const int code = serve(demo, workers);
    if (code != EXIT_DONE) return code;
    status = demo_pairs(demo, &err);
    if (status != LOGWASH_OK) {
        message_error(&err);
        return serve_exit_code(status);
    }
    demo_closing(demo);
    if (demo->arrived >= demo->records) return EXIT_DONE;
    message("demo: only %zu of %zu records came through in %d seconds", demo->arrived,
            demo->records, MAX_SECONDS);
    return EXIT_WORLD;
}

int cmd_demo(struct invocation *inv) {
    struct logwash_error err = {0};
    struct kafka_mock *mock = NULL;
    struct demo *demo = calloc(1, sizeof *demo);
    if (!demo) return EXIT_WORLD;
    demo->is_real = inv->set.bootstrap != NULL;
    demo->bootstrap = inv->set.bootstrap;
    demo->color = terminal_color(STDOUT_FILENO, inv->set.color);
    int code = EXIT_WORLD;
    if (!demo->is_real) {
        mock = kafka_mock_start(1, &err);
        bool ok = mock != NULL;
        for (size_t i = 0; ok && i < sizeof demo_topics / sizeof *demo_topics; i++)
            ok = kafka_mock_topic(mock, demo_topics[i], N_PARTITIONS);
        if (!ok) {
            message_error(&err);
            goto out;
        }
        demo->bootstrap = kafka_mock_bootstrap(mock);
    }
    code = play(demo, inv->set.jobs ? inv->set.jobs : 2);
out:
    kafka_mock_stop(mock);
    free(demo->metrics);
    free(demo);
    return code;
}
