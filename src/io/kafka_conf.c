/* SPDX-License-Identifier: Apache-2.0 */
/* Properties and the two clients. Order: our defaults, the user's properties, what a promise needs.
 *
 * The defaults were measured with librdkafka 2.0.2. Once queued.min.messages or
 * queued.max.messages.kbytes is reached it does not fetch for up to a second, so a second of input
 * must fit; but each message costs it some 300 bytes beside its own, so that the count bounds the
 * memory of short records (1,000,000 messages and 128 MiB: 421 MB resident at 106 bytes a record;
 * 300,000 and 64 MiB: 220 MB, no slower). Linger 50 ms and batches of 1 MB cost the least CPU; a
 * commit does not wait for the linger. */
#include "io/kafka_private.h"

#include <stdio.h>
#include <stdlib.h>

struct refusal {
    const char *name;
    const char *only; /* the values that are allowed all the same, between blanks; NULL: none */
    const char *why;
};
static const struct refusal refusals[] = {
    {"enable.auto.commit", " false ", "offsets are committed with the records they belong to"},
    {"enable.auto.offset.store", " false ",
     "an offset counts when its record was written, not when it was read"},
    {"auto.commit.interval.ms", NULL, "service.commit says when offsets are committed"},
    {"isolation.level", " read_committed ",
     "records of transactions that were given up must not be read"},
    {"transactional.id", NULL,
     "it is made of group.id and service.instance, so that a restarted process ends what it left "
     "open"},
    {"enable.idempotence", " true ", "without it a retry writes records twice or out of order"},
    {"acks", " all -1 ", "a record counts when all replicas in sync have it"},
    {"request.required.acks", " all -1 ", "a record counts when all replicas in sync have it"},
    {"partition.assignment.strategy", " cooperative-sticky ",
     "partitions are handed over one by one"},
    {"group.instance.id", NULL, "service.instance names the member"},
    {"enable.partition.eof", " true ", "the lag needs it"},
    {"allow.auto.create.topics", " false ", "topics are checked at the start, not made"},
    {"delivery.report.only.error", " true ", "only failures are looked at"},
    {"log.queue", " true ", "the clients' messages go into the log of the program"},
    {"plugin.library.paths", NULL, "a plugin would see records before they are washed"},
    {"test.mock.num.brokers", NULL, "each client would get brokers of its own"},
    {"enabled_events", NULL, "events are served by callbacks"},
};
static const struct kafka_property consumer_defaults[] = {
    {"auto.offset.reset", "earliest"},
    {"queued.min.messages", "300000"},
    {"fetch.wait.max.ms", "100"},
    {"max.partition.fetch.bytes", "4194304"},
    {"check.crcs", "true"},
    {"reconnect.backoff.max.ms", "2000"},
};
static const struct kafka_property producer_defaults[] = {
    {"linger.ms", "50"},
    {"batch.num.messages", "10000"},
    {"queue.buffering.max.messages", "200000"},
    {"queue.buffering.max.kbytes", "65536"},
    {"message.max.bytes", "16777216"}, /* the topics' limits count, see kafka_topics.c */
    {"reconnect.backoff.max.ms", "2000"},
};
static const struct kafka_property consumer_musts[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"isolation.level", "read_committed"},
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"enable.partition.eof", "true"},
    {"allow.auto.create.topics", "false"},
    {"log.queue", "true"},
};
static const struct kafka_property producer_musts[] = {
    {"enable.idempotence", "true"}, /* first: a shadow needs no leave to write */
    {"delivery.report.only.error", "true"},
    {"log.queue", "true"},
};
enum { DEFAULT_BATCH_BYTES = 1000000, ERROR_TEXT = 384 };

/* ---- properties ---- */

bool properties_copy(struct properties *out, const struct kafka_property *items, size_t n) {
    *out = (struct properties){.names = calloc(n + 1, sizeof *out->names),
                               .values = calloc(n + 1, sizeof *out->values)};
    if (!out->names || !out->values) return false;
    for (size_t i = 0; i < n; i++) {
        out->names[i] = strdup(items[i].name);
        out->values[i] = strdup(items[i].value);
        out->n = i + 1;
        if (!out->names[i] || !out->values[i]) return false;
    }
    return true;
}

void properties_free(struct properties *properties) {
    for (size_t i = 0; i < properties->n; i++) {
        free(properties->names[i]);
        free(properties->values[i]);
    }
    free(properties->names);
    free(properties->values);
    *properties = (struct properties){0};
}

const char *properties_get(const struct properties *properties, const char *name) {
    for (size_t i = properties->n; i-- > 0;)
        if (strcmp(properties->names[i], name) == 0) return properties->values[i];
    return NULL;
}

/* The last value set, for one side. */
static const char *find(const struct kafka *k, const struct properties *own, const char *name) {
    const char *value = properties_get(own, name);
    return value ? value : properties_get(&k->common, name);
}

static bool is_one_of(const char *value, const char *list) {
    char word[64];
    const int len = snprintf(word, sizeof word, " %s ", value);
    return list && len > 2 && (size_t)len < sizeof word && strstr(list, word);
}

/* NULL: it may be set. */
static const char *refusal(enum kafka_side side, const char *name, const char *value) {
    if (strcmp(name, "group.id") == 0)
        return side == KAFKA_CONSUMER ? NULL : "it belongs under consumer";
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(refusals[i].name, name) == 0)
            return is_one_of(value, refusals[i].only) ? NULL : refusals[i].why;
    return NULL;
}

/* Values may be secret: librdkafka's message is shown without the value it quotes. */
static void without_value(char *text, size_t cap, const char *value) {
    char *at = *value ? strstr(text, value) : NULL;
    if (!at) return;
    char rest[ERROR_TEXT];
    snprintf(rest, sizeof rest, "%s", at + strlen(value));
    snprintf(at, cap - (size_t)(at - text), "…%s", rest);
}

static bool conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *why,
                     size_t cap) {
    char text[ERROR_TEXT] = "";
    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK) return true;
    without_value(text, sizeof text, value);
    snprintf(why, cap, "%s", text);
    return false;
}

bool kafka_check_property(enum kafka_side side, const char *name, const char *value, char *why,
                          size_t cap) {
    const char *reason = refusal(side, name, value);
    if (reason) {
        snprintf(why, cap, "%s may not be set: %s", name, reason);
        return false;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const bool ok = conf_set(conf, name, value, why, cap);
    rd_kafka_conf_destroy(conf);
    return ok;
}

/* ---- clients ---- */

static bool set_list(rd_kafka_conf_t *conf, const struct kafka_property *list, size_t n, char *why,
                     size_t cap) {
    for (size_t i = 0; i < n; i++)
        if (!conf_set(conf, list[i].name, list[i].value, why, cap)) return false;
    return true;
}

static bool set_users(rd_kafka_conf_t *conf, const struct properties *list, enum kafka_side side,
                      char *why, size_t cap) {
    for (size_t i = 0; i < list->n; i++) {
        const char *reason = refusal(side, list->names[i], list->values[i]);
        if (reason) {
            snprintf(why, cap, "%s may not be set: %s", list->names[i], reason);
            return false;
        }
        if (!conf_set(conf, list->names[i], list->values[i], why, cap)) return false;
    }
    return true;
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque) {
    struct kafka *k = opaque;
    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        kafka_client_fatal(k, rk, NULL);
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        if (atomic_exchange(&k->healthy, false))
            kafka_say(k, KAFKA_LOG_WARNING, "broker-away", "no broker answers at %s: %s",
                      k->bootstrap, k->reason);
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) k->auth_refused = true;
    snprintf(k->reason, sizeof k->reason, "%s", reason);
    const int64_t now = kafka_now_ns();
    if (now - k->told_ns < 5 * INT64_C(1000000000)) return;
    k->told_ns = now;
    kafka_say(k, KAFKA_LOG_WARNING, "broker", "%s: %s",
              rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    struct kafka *k = rd_kafka_opaque(rk);
    /* Failing connections are told by on_error; AUTOCREATE: only the mock cluster is so old. */
    if (strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
        strcmp(facility, "AUTOCREATE") == 0)
        level = 7;
    const enum kafka_level as = level <= 3   ? KAFKA_LOG_ERROR
                                : level == 4 ? KAFKA_LOG_WARNING
                                : level <= 6 ? KAFKA_LOG_INFO
                                             : KAFKA_LOG_DEBUG;
    kafka_say(k, as, "librdkafka", "%s: %s", facility, text);
}

static void set_callbacks(struct kafka *k, rd_kafka_conf_t *conf) {
    rd_kafka_conf_set_opaque(conf, k);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
}

static rd_kafka_t *client_new(struct kafka *k, rd_kafka_type_t type, rd_kafka_conf_t *conf,
                              char *why, size_t cap) {
    char text[ERROR_TEXT] = "";
    (void)k;
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (!rk) {
        snprintf(why, cap, "%s", text);
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_set_log_queue(rk, NULL);
    return rk;
}

enum logwash_status consumer_open(struct kafka *k, struct logwash_error *err) {
    char why[ERROR_TEXT] = "", kbytes[24];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    snprintf(kbytes, sizeof kbytes, "%llu", (unsigned long long)(k->prefetch_bytes / 1024));
    const struct kafka_property own[] = {{"queued.max.messages.kbytes", kbytes},
                                         {"group.id", k->group}};
    if (!set_list(conf, consumer_defaults, sizeof consumer_defaults / sizeof *consumer_defaults,
                  why, sizeof why) ||
        !set_list(conf, own, 1, why, sizeof why) ||
        !set_users(conf, &k->common, KAFKA_BOTH, why, sizeof why) ||
        !set_users(conf, &k->consumer_properties, KAFKA_CONSUMER, why, sizeof why) ||
        !set_list(conf, consumer_musts, sizeof consumer_musts / sizeof *consumer_musts, why,
                  sizeof why) ||
        !set_list(conf, own + 1, 1, why, sizeof why) ||
        (k->instance && !conf_set(conf, "group.instance.id", k->instance, why, sizeof why))) {
        rd_kafka_conf_destroy(conf);
        return end_error(err, LOGWASH_CONFIG, "kafka", 0, "%s", why);
    }
    set_callbacks(k, conf);
    rd_kafka_conf_set_rebalance_cb(conf, group_rebalance);
    k->consumer = client_new(k, RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!k->consumer) return end_error(err, LOGWASH_CONFIG, "kafka", 0, "consumer: %s", why);
    rd_kafka_poll_set_consumer(k->consumer);
    k->queue = rd_kafka_queue_get_consumer(k->consumer);
    const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(k->queue, k->wake_fd, &one, sizeof one);
    return LOGWASH_OK;
}

enum logwash_status producer_open(struct kafka *k, struct logwash_error *err) {
    char why[ERROR_TEXT] = "", id[512], batch[24];
    const char *size = find(k, &k->producer_properties, "batch.size");
    size_t batch_bytes = size ? strtoul(size, NULL, 10) : DEFAULT_BATCH_BYTES;
    if (k->batch_cap && batch_bytes > k->batch_cap) batch_bytes = k->batch_cap;
    const bool is_exact = k->delivery == KAFKA_EXACTLY_ONCE;
    snprintf(batch, sizeof batch, "%zu", batch_bytes);
    snprintf(id, sizeof id, "logwash-%s-%s", k->group, k->instance ? k->instance : "");
    const struct kafka_property own[] = {{"batch.size", batch}, {"transactional.id", id}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!set_list(conf, producer_defaults, sizeof producer_defaults / sizeof *producer_defaults,
                  why, sizeof why) ||
        !set_users(conf, &k->common, KAFKA_BOTH, why, sizeof why) ||
        !set_users(conf, &k->producer_properties, KAFKA_PRODUCER, why, sizeof why) ||
        !set_list(conf, producer_musts, sizeof producer_musts / sizeof *producer_musts, why,
                  sizeof why) ||
        (k->shadow && !conf_set(conf, "enable.idempotence", "false", why, sizeof why)) ||
        !set_list(conf, own, is_exact ? 2 : 1, why, sizeof why)) {
        rd_kafka_conf_destroy(conf);
        return end_error(err, LOGWASH_CONFIG, "kafka", 0, "%s", why);
    }
    set_callbacks(k, conf);
    rd_kafka_conf_set_dr_msg_cb(conf, put_failed);
    const char *limit = find(k, &k->producer_properties, "transaction.timeout.ms");
    k->commit_timeout_ms = MAX_COMMIT_MS;
    /* Past it the broker has given the transaction up. */
    if (limit && is_exact && strtol(limit, NULL, 10) < MAX_COMMIT_MS)
        k->commit_timeout_ms = (int)strtol(limit, NULL, 10);
    k->producer = client_new(k, RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!k->producer) return end_error(err, LOGWASH_CONFIG, "kafka", 0, "producer: %s", why);
    if (k->shadow) return LOGWASH_OK; /* a producer that knows a topic may make it */
    bool ok = routes_open(&k->quarantine, k->producer);
    for (size_t i = 0; i < k->n_inputs; i++) ok &= routes_open(&k->inputs[i].outputs, k->producer);
    return ok ? LOGWASH_OK : end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
}

void producer_close(struct kafka *k) {
    if (!k->producer) return;
    for (size_t i = 0; i < k->n_inputs; i++) routes_close(&k->inputs[i].outputs);
    routes_close(&k->quarantine);
    rd_kafka_purge(k->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(k->producer);
    k->producer = NULL;
}
