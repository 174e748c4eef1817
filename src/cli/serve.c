/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/serve.h"

#include "admin/admin.h"
#include "admin/metrics.h"
#include "run/pipeline.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PARTITIONS = 4096 };

struct serve {
    const struct serve_options *options;
    struct end *kafka;
    struct pipeline *pipeline;
    struct admin *admin;
    int interrupts; /* SIGINTs so far; admin thread */
    time_t start;
};

/* ---- metrics ---- */

static void metrics_lag(const struct serve *s, struct buf *out) {
    static const size_t cap = MAX_PARTITIONS;
    struct kafka_lag *lags = calloc(cap, sizeof *lags);
    if (!lags) return;
    const size_t there = kafka_lag(s->kafka, lags, cap), n = there < cap ? there : cap;
    metrics_head(out, "logwash_lag_records", "gauge",
                 "records of an assigned partition behind the last one committed");
    for (size_t i = 0; i < n; i++) {
        if (lags[i].lag < 0) continue;
        buf_str(out, "logwash_lag_records{");
        metrics_label(out, "topic", lags[i].topic);
        buf_printf(out, ",partition=\"%" PRId32 "\"} %" PRId64 "\n", lags[i].partition,
                   lags[i].lag);
    }
    metrics_head(out, "logwash_partitions", "gauge", "partitions assigned to this process");
    buf_printf(out, "logwash_partitions %zu\n", there);
    free(lags);
}

static void metrics_commits(const struct serve *s, struct buf *out) {
    const struct kafka_commits commits = kafka_commits(s->kafka);
    metrics_head(out, "logwash_commit_seconds", "histogram", "time a commit took");
    uint64_t below = 0;
    for (size_t i = 0; i < KAFKA_COMMIT_BUCKETS; i++) {
        below += commits.bucket[i];
        if (kafka_commit_bounds_ms[i] == UINT_MAX)
            buf_printf(out, "logwash_commit_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", below);
        else
            buf_printf(out, "logwash_commit_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
                       kafka_commit_bounds_ms[i] / 1000.0, below);
    }
    buf_printf(out, "logwash_commit_seconds_sum %.6f\nlogwash_commit_seconds_count %" PRIu64 "\n",
               (double)commits.sum_us / 1e6, commits.n);
}

static void metrics_engines(const struct serve *s, struct buf *out) {
    const struct service *service = s->options->service;
    metrics_head(out, "logwash_generation_info", "gauge",
                 "hash of rules, configuration and key ids in use");
    for (size_t i = 0; i < service->n_engines; i++) {
        buf_str(out, "logwash_generation_info{");
        metrics_label(out, "topic", service->config.inputs[i].topic);
        buf_byte(out, ',');
        metrics_label(out, "generation", logwash_generation(service->engines[i]));
        buf_str(out, "} 1\n");
    }
    metrics_head(out, "logwash_rules", "gauge", "rules in use");
    for (size_t i = 0; i < service->n_engines; i++) {
        buf_str(out, "logwash_rules{");
        metrics_label(out, "topic", service->config.inputs[i].topic);
        buf_printf(out, "} %zu\n", logwash_rule_count(service->engines[i]));
    }
}

static void on_metrics(void *ctx, struct buf *out) {
    const struct serve *s = ctx;
    metrics_stats(out, s->options->stats);
    metrics_lag(s, out);
    metrics_commits(s, out);
    metrics_engines(s, out);
    metrics_head(out, "logwash_healthy", "gauge", "1: a broker answers");
    buf_printf(out, "logwash_healthy %d\n", kafka_is_healthy(s->kafka));
    metrics_head(out, "logwash_ready", "gauge", "1: subscribed and not recovering");
    buf_printf(out, "logwash_ready %d\n", kafka_is_ready(s->kafka));
    metrics_head(out, "logwash_shadow", "gauge", "1: nothing is published (service.mode)");
    buf_printf(out, "logwash_shadow %d\n", s->options->service->config.mode == CONFIG_SHADOW);
    metrics_head(out, "logwash_start_time_seconds", "gauge", "Unix time the service started at");
    buf_printf(out, "logwash_start_time_seconds %lld\n", (long long)s->start);
    metrics_head(out, "logwash_build_info", "gauge", "version of the program");
    buf_str(out, "logwash_build_info{version=\"" LOGWASH_VERSION "\"} 1\n");
}

static bool on_healthy(void *ctx, struct buf *why) {
    const bool ok = kafka_is_healthy(((const struct serve *)ctx)->kafka);
    if (!ok) buf_str(why, "no broker answers");
    return ok;
}

static bool on_ready(void *ctx, struct buf *why) {
    const bool ok = kafka_is_ready(((const struct serve *)ctx)->kafka);
    if (!ok) buf_str(why, "not subscribed, or recovering");
    return ok && on_healthy(ctx, why);
}

/* ---- signals ---- */

static void on_stop(void *ctx, int number) {
    struct serve *s = ctx;
    log_event(s->options->log, LOG_INFO, "stopping",
              LOG_TEXT("signal", number == SIGINT ? "SIGINT" : "SIGTERM"));
    pipeline_stop(s->pipeline);
    /* Somebody at a terminal who asks twice will not wait; nothing is lost, what is open is given
     * up by the broker. */
    if (number == SIGINT && ++s->interrupts > 1) _exit(EXIT_WORLD);
}

static void refuse_reload(struct serve *s, const char *why) {
    STATS_ADD(s->options->stats, reload_errors, 1);
    log_event(s->options->log, LOG_ERROR, "reload-refused", LOG_TEXT("why", why));
}

static void take_over(struct serve *s, struct service *fresh) {
    struct service *service = s->options->service;
    pipeline_swap(s->pipeline, fresh->engines);
    const struct service old = *service;
    *service = *fresh;
    *fresh = old;
    log_level_set(s->options->log, (enum log_level)service->config.log_level);
    STATS_ADD(s->options->stats, reloads, 1);
    for (size_t i = 0; i < service->n_engines; i++)
        log_event(s->options->log, LOG_INFO, "reloaded",
                  LOG_TEXT("topic", service->config.inputs[i].topic),
                  LOG_TEXT("generation", logwash_generation(service->engines[i])),
                  LOG_NUMBER("rules", logwash_rule_count(service->engines[i])));
}

static void on_reload(void *ctx) {
    struct serve *s = ctx;
    if (!s->options->source) {
        refuse_reload(s, "there is no file to read again");
        return;
    }
    struct service fresh;
    struct buf report;
    buf_init(&report, 0);
    const bool ok = service_load(&fresh, s->options->source, &report);
    const char *key = ok ? config_restart_key(&s->options->service->config, &fresh.config) : NULL;
    if (!ok) {
        refuse_reload(s, buf_byte(&report, 0) ? (const char *)report.ptr : "out of memory");
    } else if (key) {
        struct buf why;
        buf_init(&why, 0);
        buf_printf(&why, "`%s` has changed, which needs a restart", key);
        refuse_reload(s, buf_byte(&why, 0) ? (const char *)why.ptr : key);
        buf_fini(&why);
    } else {
        take_over(s, &fresh);
    }
    service_fini(&fresh);
    buf_fini(&report);
}

/* ---- set-up ---- */

static void on_kafka_log(void *ctx, enum kafka_level level, const char *event, const char *text) {
    static const enum log_level levels[] = {[KAFKA_LOG_DEBUG] = LOG_DEBUG,
                                            [KAFKA_LOG_INFO] = LOG_INFO,
                                            [KAFKA_LOG_WARNING] = LOG_WARN,
                                            [KAFKA_LOG_ERROR] = LOG_ERROR};
    log_event(ctx, levels[level], event, LOG_TEXT("message", text));
}

static enum logwash_status open_kafka(struct serve *s, struct logwash_error *err) {
    const struct config *config = &s->options->service->config;
    struct kafka_input *inputs = calloc(config->n_inputs, sizeof *inputs);
    if (!inputs) return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    for (size_t i = 0; i < config->n_inputs; i++)
        inputs[i] = (struct kafka_input){
            .topic = config->inputs[i].topic,
            .output = config->inputs[i].output,
            .record_key = (enum kafka_key)config->inputs[i].record_key,
            .skip_headers = config->inputs[i].skip_headers.items,
            .n_skip_headers = config->inputs[i].skip_headers.n,
        };
    const struct kafka_options options = {
        .common = config->kafka.items,
        .n_common = config->kafka.n,
        .consumer = config->consumer.items,
        .n_consumer = config->consumer.n,
        .producer = config->producer.items,
        .n_producer = config->producer.n,
        .group = config->group,
        .instance = config->instance,
        .inputs = inputs,
        .n_inputs = config->n_inputs,
        .delivery = (enum kafka_delivery)config->delivery,
        .shadow = config->mode == CONFIG_SHADOW,
        .commit_ms = (unsigned)config->commit_ms,
        .commit_records = config->commit_records,
        .commit_bytes = config->commit_bytes,
        .output_headers = config->output_headers,
        .tier_header = config->tier_header,
        .quarantine_topic = config->quarantine_topic,
        .region_header = config->region_header,
        .regions = config->regions.items,
        .n_regions = config->regions.n,
        .buckets = config->buckets,
        .n_buckets = config->n_buckets,
        .drop_expired = config->drop_expired,
        .stop_above_ppm = config->stop_above_ppm,
        .stop_window_ms = config->stop_window_ms,
        .stop_at_end = s->options->stop_at_end,
        .log = on_kafka_log,
        .log_ctx = s->options->log,
        .stats = s->options->stats,
    };
    const enum logwash_status status = kafka_open(&options, &s->kafka, err);
    free(inputs);
    return status;
}

static enum logwash_status open_pipeline(struct serve *s, struct logwash_error *err) {
    const struct service *service = s->options->service;
    const struct pipeline_options options = {
        .workers = (unsigned)service->config.workers,
        .work = s->options->work,
        .work_ctx = s->options->ctx,
    };
    s->pipeline =
        pipeline_new(&options, service->engines, service->n_engines, s->options->stats, err);
    return s->pipeline ? LOGWASH_OK : err->status;
}

static enum logwash_status open_admin(struct serve *s, struct logwash_error *err) {
    const struct config *config = &s->options->service->config;
    const struct admin_options options = {
        .host = config->admin_host,
        .port = (uint16_t)config->admin_port,
        .callbacks = {on_metrics, on_healthy, on_ready, on_stop, on_reload, s},
    };
    return admin_start(&options, &s->admin, err);
}

static void log_start(const struct serve *s) {
    const struct service *service = s->options->service;
    struct log *log = s->options->log;
    log_event(log, LOG_INFO, "started", LOG_TEXT("version", LOGWASH_VERSION),
              LOG_TEXT("instance", service->config.instance),
              LOG_TEXT("mode", service->config.mode == CONFIG_SHADOW ? "shadow" : "live"),
              LOG_TEXT("delivery", service->config.delivery == KAFKA_EXACTLY_ONCE
                                       ? "exactly_once"
                                       : "at_least_once"),
              LOG_NUMBER("workers", service->config.workers),
              LOG_TEXT("admin_host", service->config.admin_host),
              LOG_NUMBER("admin_port", admin_port(s->admin)));
    for (size_t i = 0; i < service->n_engines; i++)
        log_event(log, LOG_INFO, "input", LOG_TEXT("topic", service->config.inputs[i].topic),
                  LOG_TEXT("output", service->config.inputs[i].output),
                  LOG_TEXT("generation", logwash_generation(service->engines[i])),
                  LOG_NUMBER("rules", logwash_rule_count(service->engines[i])));
}

enum logwash_status service_serve(const struct serve_options *options, struct logwash_error *err) {
    struct logwash_error own = {0};
    if (!err) err = &own;
    struct serve s = {.options = options, .start = time(NULL)};
    enum logwash_status status = open_pipeline(&s, err);
    if (status == LOGWASH_OK) status = open_kafka(&s, err);
    if (status == LOGWASH_OK) status = open_admin(&s, err);
    if (status == LOGWASH_OK) {
        log_start(&s);
        status = pipeline_run(s.pipeline, s.kafka, s.kafka, err);
        if (options->finished) options->finished(options->ctx, admin_port(s.admin));
    }
    if (status == LOGWASH_OK)
        log_event(options->log, LOG_INFO, "stopped",
                  LOG_NUMBER("records", STATS_GET(options->stats, records)),
                  LOG_NUMBER("withheld", STATS_GET(options->stats, withheld)));
    else
        log_event(options->log, LOG_ERROR, "failed", LOG_TEXT("where", err->where),
                  LOG_TEXT("message",
                           err->message[0] ? err->message : logwash_status_text(status)));
    admin_stop(s.admin);
    if (s.kafka) s.kafka->ops->close(s.kafka);
    pipeline_free(s.pipeline);
    return status;
}

int serve_exit_code(enum logwash_status status) {
    switch (status) {
    case LOGWASH_OK:
    case LOGWASH_END: return EXIT_DONE;
    case LOGWASH_ARGUMENT:
    case LOGWASH_CONFIG: return EXIT_USAGE;
    case LOGWASH_MEMORY:
    case LOGWASH_IO:
    case LOGWASH_AGAIN:
    case LOGWASH_ABORT:
    case LOGWASH_FATAL:
    case LOGWASH_CLOSED: return EXIT_WORLD;
    }
    return EXIT_WORLD;
}
