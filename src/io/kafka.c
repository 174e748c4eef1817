/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the Kafka end and the steps from start to running. librdkafka's own threads fetch,
 * send and keep the membership alive; all its callbacks run inside our calls, on the owner thread.
 */
#include "io/kafka_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_RETRY_MS = 200,
    LAST_RETRY_MS = 10000,
    TELL_MS = 5000,  /* at most so often is a failing step told */
    PROBE_MS = 2000, /* while no broker answers */
    PROBE_WAIT_MS = 200,
    SNAPSHOT_MS = 500,
    WAKE_MS = 250, /* the queue is looked at so often even if it did not call */
    CLOSE_MS = 5000,
    DRAIN_TRIES = 10,
    DEFAULT_COMMIT_MS = 300,
    DEFAULT_COMMIT_RECORDS = 20000,
    DEFAULT_COMMIT_BYTES = 32 * 1024 * 1024,
    DEFAULT_PREFETCH_BYTES = 64 * 1024 * 1024,
    DEFAULT_TOPIC_WAIT_MS = 5000,
};

int64_t kafka_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static bool is_past(int64_t since_ns, int ms) {
    return kafka_now_ns() - since_ns >= ms * INT64_C(1000000);
}

/* ---- messages ---- */

void kafka_say(struct kafka *k, enum kafka_level level, const char *event, const char *format,
               ...) {
    if (!k->log) return;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '\r') *p = ' ';
    k->log(k->log_ctx, level, event, text);
}

enum logwash_status kafka_set_fatal(struct kafka *k, enum logwash_status status,
                                    struct logwash_error *err, const char *format, ...) {
    if (!k->fatal) {
        char text[sizeof k->fatal_error.message];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        k->fatal = true;
        end_error(&k->fatal_error, status, "kafka", 0, "%s", text);
        kafka_say(k, KAFKA_LOG_ERROR, "fatal", "%s", text);
        atomic_store(&k->healthy, false);
        atomic_store(&k->ready, false);
    }
    if (err) *err = k->fatal_error;
    return k->fatal_error.status;
}

enum logwash_status kafka_client_fatal(struct kafka *k, rd_kafka_t *client,
                                       struct logwash_error *err) {
    char text[256] = "";
    const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, text, sizeof text);
    const char *name = rd_kafka_err2name(code);
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return kafka_set_fatal(k, LOGWASH_FATAL, err,
                               "another process took the place of instance '%s' in group '%s', "
                               "or the broker did not answer for session.timeout.ms (%s): each "
                               "process needs a service.instance of its own; nothing is lost",
                               k->instance ? k->instance : "", k->group, name);
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH ||
        code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED)
        return kafka_set_fatal(k, LOGWASH_FATAL, err,
                               "fenced: another process with instance '%s' took over, or a "
                               "transaction stood open for too "
                               "long (%s); its records were not published and are read again",
                               k->instance ? k->instance : "", name);
    return kafka_set_fatal(k, LOGWASH_FATAL, err, "%s: %s", name, text);
}

enum logwash_status kafka_back_off(struct kafka *k, const char *what, const char *why) {
    k->retry_ms = k->retry_ms == 0                  ? FIRST_RETRY_MS
                  : k->retry_ms * 2 > LAST_RETRY_MS ? LAST_RETRY_MS
                                                    : k->retry_ms * 2;
    k->retry_at_ns = kafka_now_ns() + k->retry_ms * INT64_C(1000000);
    if (k->retry_told_ns == 0 || is_past(k->retry_told_ns, TELL_MS)) {
        k->retry_told_ns = kafka_now_ns();
        kafka_say(k, KAFKA_LOG_WARNING, "retry", "%s: %s; trying again", what, why);
    }
    return LOGWASH_AGAIN;
}

void kafka_calm(struct kafka *k) {
    k->retry_ms = 0;
    k->retry_at_ns = 0;
    k->reason[0] = 0;
}

/* Remembers why something was given up, for the log of `discard`. */
static enum logwash_status remember(struct kafka *k, enum logwash_status status,
                                    const struct logwash_error *err) {
    if (status == LOGWASH_ABORT && err) snprintf(k->why, sizeof k->why, "%s", err->message);
    return status;
}

/* ---- steps ---- */

static void wake(struct kafka *k) {
    const uint64_t one = 1;
    const ssize_t written = write(k->wake_fd, &one, sizeof one);
    (void)written; /* a full counter is readable as well */
}

static enum logwash_status advance(struct kafka *k, struct logwash_error *err) {
    enum logwash_status status = LOGWASH_OK;
    if (kafka_now_ns() < k->retry_at_ns) return LOGWASH_AGAIN;
    switch (k->state) {
    case STATE_TOPICS:
        status = topics_check(k, err);
        if (status == LOGWASH_OK) k->state = STATE_INIT;
        break;
    case STATE_INIT:
        status = txn_init(k, err);
        if (status == LOGWASH_OK) k->state = STATE_SUBSCRIBE;
        break;
    case STATE_SUBSCRIBE:
        status = group_subscribe(k, err);
        if (status != LOGWASH_OK) break;
        k->state = STATE_RUN;
        atomic_store(&k->ready, true);
        kafka_say(k, KAFKA_LOG_INFO, "subscribed", "group '%s', %s", k->group,
                  k->shadow                           ? "shadow: nothing is published"
                  : k->delivery == KAFKA_EXACTLY_ONCE ? "exactly once"
                                                      : "at least once");
        break;
    case STATE_RUN: break;
    case STATE_ABORT:
    case STATE_REINIT:
    case STATE_REWIND: status = txn_recover(k, err); break;
    }
    if (status == LOGWASH_OK) kafka_calm(k);
    return status;
}

/* Callbacks and steps; OK: running. */
static enum logwash_status serve(struct kafka *k, struct logwash_error *err) {
    rd_kafka_poll(k->producer, 0);
    if (k->fatal) return kafka_set_fatal(k, LOGWASH_FATAL, err, "stopped");
    /* Not subscribed yet: nothing but errors and log lines can come. */
    for (rd_kafka_message_t *m; k->state < STATE_RUN;) {
        if (!(m = rd_kafka_consumer_poll(k->consumer, 0))) break;
        rd_kafka_message_destroy(m);
    }
    while (k->state != STATE_RUN) {
        const enum logwash_status status = advance(k, err);
        if (status != LOGWASH_OK) return status;
    }
    return LOGWASH_OK;
}

/* ---- source ---- */

/* What stands in the queue besides records. OK: nothing to do about it. */
static enum logwash_status take_event(struct kafka *k, const rd_kafka_message_t *m,
                                      struct logwash_error *err) {
    struct partition *p = NULL;
    const size_t input = m->rkt ? group_input(k, rd_kafka_topic_name(m->rkt)) : SIZE_MAX;
    if (input != SIZE_MAX && m->partition >= 0) p = group_partition(k, input, m->partition);
    switch ((int)m->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (p && p->mine) {
            p->at_end = true;
            p->end = m->offset;
        }
        return LOGWASH_OK;
    case RD_KAFKA_RESP_ERR__FATAL: return kafka_client_fatal(k, k->consumer, err);
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        return kafka_set_fatal(k, LOGWASH_FATAL, err, "%s/%d: %s",
                               m->rkt ? rd_kafka_topic_name(m->rkt) : "", m->partition,
                               rd_kafka_message_errstr(m));
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return kafka_set_fatal(k, LOGWASH_FATAL, err, "the broker does not allow group '%s'",
                               k->group);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return kafka_set_fatal(k, LOGWASH_FATAL, err, "the broker does not allow topic '%s'",
                               m->rkt ? rd_kafka_topic_name(m->rkt) : "");
    }
    if (is_past(k->told_ns, TELL_MS)) {
        k->told_ns = kafka_now_ns();
        kafka_say(k, KAFKA_LOG_WARNING, "consumer", "%s: %s", rd_kafka_err2name(m->err),
                  rd_kafka_err2str(m->err));
    }
    return LOGWASH_OK;
}

/* Adds the message, or holds it when it belongs to another input. *full: nothing more goes in. */
static enum logwash_status take_message(struct kafka *k, struct batch *batch, rd_kafka_message_t *m,
                                        bool *full) {
    const size_t input = group_input(k, rd_kafka_topic_name(m->rkt));
    struct partition *p = input == SIZE_MAX ? NULL : group_partition(k, input, m->partition);
    if (p && p->mine && batch->n > 0 && batch->input != input) {
        k->held = m;
        *full = true;
        return LOGWASH_OK;
    }
    bool ok = true;
    if (p && p->mine) {
        ok = note_add(k, batch, input, m);
        if (p->first < 0) p->first = m->offset;
        p->taken = m->offset + 1;
        p->at_end = false;
    }
    rd_kafka_message_destroy(m);
    *full = batch->in.len >= BATCH_BYTES || batch->n >= BATCH_MESSAGES;
    return ok ? LOGWASH_OK : LOGWASH_ABORT;
}

static rd_kafka_message_t *next_message(struct kafka *k, int timeout_ms) {
    rd_kafka_message_t *m = k->held;
    k->held = NULL;
    return m ? m : rd_kafka_consumer_poll(k->consumer, timeout_ms);
}

static enum logwash_status fill(struct kafka *k, struct batch *batch, int timeout_ms,
                                struct logwash_error *err) {
    enum logwash_status status = LOGWASH_OK;
    uint64_t woken;
    bool full = false;
    const ssize_t was = read(k->wake_fd, &woken, sizeof woken);
    (void)was;
    for (rd_kafka_message_t *m; !full && status == LOGWASH_OK; timeout_ms = 0) {
        m = next_message(k, batch->n == 0 ? timeout_ms : 0);
        if (k->lost || !m) {
            if (m) rd_kafka_message_destroy(m);
            break;
        }
        if (m->err) {
            status = take_event(k, m, err);
            rd_kafka_message_destroy(m);
        } else {
            status = take_message(k, batch, m, &full);
            if (status != LOGWASH_OK) end_error(err, status, "kafka", 0, "out of memory");
        }
    }
    if (full) wake(k); /* the queue may hold more */
    return status;
}

static enum logwash_status kafka_poll(struct end *end, struct batch *batch, int timeout_ms,
                                      struct logwash_error *err) {
    struct kafka *k = kafka_of(end);
    enum logwash_status status = serve(k, err);
    if (status == LOGWASH_AGAIN && timeout_ms > 0) rd_kafka_poll(k->producer, timeout_ms);
    if (status != LOGWASH_OK) return status;
    if (k->revoked || k->paused) return LOGWASH_AGAIN;
    status = fill(k, batch, timeout_ms, err);
    if (k->fatal) return kafka_set_fatal(k, LOGWASH_FATAL, err, "stopped");
    if (status != LOGWASH_OK) return status;
    if (k->lost)
        return remember(k, end_error(err, LOGWASH_ABORT, "kafka", 0, "partitions were lost"), err);
    if (batch->n > 0) {
        note_names(k, batch);
        return LOGWASH_OK;
    }
    return k->stop_at_end && !k->revoked && !k->held && group_is_at_end(k) ? LOGWASH_END
                                                                           : LOGWASH_AGAIN;
}

static int kafka_poll_fd(struct end *end) { return kafka_of(end)->wake_fd; }
static void kafka_pause(struct end *end) { kafka_of(end)->paused = true; }
static void kafka_resume(struct end *end) {
    kafka_of(end)->paused = false;
    wake(kafka_of(end));
}
static uint64_t kafka_epoch(struct end *end) { return kafka_of(end)->epoch; }
static bool kafka_wants_drain(struct end *end) { return kafka_of(end)->revoked != NULL; }

/* ---- sink ---- */

/* A record could not be delivered: OK when there is none. */
static enum logwash_status delivery_failed(struct kafka *k, struct logwash_error *err) {
    if (!k->delivery_error) return LOGWASH_OK;
    if (k->delivery_error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return kafka_set_fatal(k, LOGWASH_FATAL, err,
                               "the broker does not allow writing to an output topic");
    if (k->delivery == KAFKA_AT_LEAST_ONCE) k->reopen = true;
    return end_error(err, LOGWASH_ABORT, "delivery", 0, "delivery failed: %s",
                     rd_kafka_err2str(k->delivery_error));
}

static enum logwash_status commit_if_due(struct kafka *k, struct logwash_error *err) {
    if (!txn_is_due(k)) return LOGWASH_OK;
    return txn_commit(k, kafka_now_ns() + k->commit_timeout_ms * INT64_C(1000000), err);
}

static enum logwash_status kafka_put(struct end *end, struct batch *batch,
                                     struct logwash_error *err) {
    struct kafka *k = kafka_of(end);
    if (batch->epoch != k->epoch) return LOGWASH_OK; /* given up already */
    rd_kafka_poll(k->producer, 0);
    if (k->fatal) return kafka_set_fatal(k, LOGWASH_FATAL, err, "stopped");
    enum logwash_status status = put_batch(k, batch, err);
    if (status == LOGWASH_OK) status = delivery_failed(k, err);
    if (status == LOGWASH_OK) status = commit_if_due(k, err);
    return remember(k, status, err);
}

/* Looks for a broker while none answers. */
static void probe(struct kafka *k) {
    if (atomic_load(&k->healthy) || k->state != STATE_RUN || !is_past(k->probe_ns, PROBE_MS))
        return;
    const bool is_back = topics_probe(k, PROBE_WAIT_MS);
    k->probe_ns = kafka_now_ns();
    if (!is_back) return;
    atomic_store(&k->healthy, true);
    kafka_say(k, KAFKA_LOG_INFO, "broker-back", "a broker answers at %s", k->bootstrap);
}

static enum logwash_status kafka_tick(struct end *end, struct logwash_error *err) {
    struct kafka *k = kafka_of(end);
    enum logwash_status status = serve(k, err);
    probe(k);
    if (status != LOGWASH_OK) return status;
    if (is_past(k->snapshot_ns, SNAPSHOT_MS)) {
        group_snapshot(k);
        k->snapshot_ns = kafka_now_ns();
    }
    if (is_past(k->wake_ns, WAKE_MS)) {
        k->wake_ns = kafka_now_ns();
        wake(k);
    }
    status = delivery_failed(k, err);
    if (status == LOGWASH_OK) status = commit_if_due(k, err);
    return remember(k, status, err);
}

static enum logwash_status kafka_drain(struct end *end, int64_t deadline_ns,
                                       struct logwash_error *err) {
    struct kafka *k = kafka_of(end);
    enum logwash_status status = LOGWASH_OK;
    if (k->fatal) return kafka_set_fatal(k, LOGWASH_FATAL, err, "stopped");
    /* While recovering nothing is put: what there was is given up already and will be read again.
     */
    for (int i = 0; i < DRAIN_TRIES && k->state == STATE_RUN && status == LOGWASH_OK; i++) {
        if (i > 0) nanosleep(&(struct timespec){.tv_nsec = 50 * 1000000}, NULL);
        status = txn_commit(k, deadline_ns, err);
        if (!k->open) break; /* else the group is busy: at least once only */
    }
    if (status == LOGWASH_OK) group_hand_over(k);
    return remember(k, status, err);
}

static enum logwash_status kafka_discard(struct end *end, struct logwash_error *err) {
    struct kafka *k = kafka_of(end);
    (void)err;
    kafka_say(k, KAFKA_LOG_WARNING, "aborted", "%llu records given up, they are read again: %s",
              (unsigned long long)k->open_records, k->why);
    k->why[0] = 0;
    txn_discard(k);
    return LOGWASH_OK;
}

/* ---- options ---- */

static enum logwash_status take_input(struct kafka *k, const struct kafka_input *from,
                                      struct logwash_error *err) {
    struct input *in = &k->inputs[k->n_inputs++];
    for (size_t i = 0; i + 1 < k->n_inputs; i++)
        if (strcmp(k->inputs[i].topic, from->topic) == 0)
            return end_error(err, LOGWASH_ARGUMENT, "inputs", 0, "topic '%s' stands there twice",
                             from->topic);
    in->record_key = from->record_key;
    char name[KAFKA_TOPIC_LEN + 1];
    if (!kafka_topic_name(from->topic, "", NULL, NULL, name))
        return end_error(err, LOGWASH_ARGUMENT, "inputs", 0, "'%s' can be no topic's name",
                         from->topic);
    in->topic = strdup(name);
    if (!in->topic) return end_error(err, LOGWASH_MEMORY, "inputs", 0, "out of memory");
    const enum logwash_status status =
        routes_make(&k->routing, from->output, from->topic, false, &in->outputs, err);
    if (status != LOGWASH_OK) return status;
    for (size_t i = 0; i < in->outputs.n; i++)
        if (strcmp(in->topic, in->outputs.items[i].topic) == 0)
            return end_error(err, LOGWASH_ARGUMENT, "inputs", 0, "topic '%s' is its own output",
                             in->topic);
    if (in->record_key == KAFKA_KEY_QUARANTINE && k->quarantine.n == 0)
        return end_error(err, LOGWASH_ARGUMENT, "inputs", 0,
                         "record_key: quarantine needs a quarantine topic");
    in->skip_headers = calloc(from->n_skip_headers + 1, sizeof *in->skip_headers);
    if (!in->skip_headers) return end_error(err, LOGWASH_MEMORY, "inputs", 0, "out of memory");
    for (size_t i = 0; i < from->n_skip_headers; i++) {
        in->skip_headers[in->n_skip_headers++] = strdup(from->skip_headers[i]);
        if (!in->skip_headers[i])
            return end_error(err, LOGWASH_MEMORY, "inputs", 0, "out of memory");
    }
    return LOGWASH_OK;
}

static bool copy_text(const char *from, char **to) {
    *to = from ? strdup(from) : NULL;
    return !from || *to;
}

/* A shadow's is its own, so that it takes no partition from the service it follows. */
static bool copy_group(const char *from, bool shadow, char **to) {
    if (!shadow || !from || !*from) return copy_text(from, to);
    struct buf name;
    buf_init(&name, 0);
    buf_printf(&name, "%s" KAFKA_SHADOW_SUFFIX, from);
    const bool ok = buf_byte(&name, 0) && copy_text((const char *)name.ptr, to);
    buf_fini(&name);
    return ok;
}

static void take_numbers(struct kafka *k, const struct kafka_options *o) {
    k->delivery = o->shadow ? KAFKA_AT_LEAST_ONCE : o->delivery;
    k->shadow = o->shadow;
    k->watch.share_ppm = o->stop_above_ppm;
    k->watch.window_ms = o->stop_window_ms;
    k->commit_ms = o->commit_ms ? o->commit_ms : DEFAULT_COMMIT_MS;
    k->commit_records = o->commit_records ? o->commit_records : DEFAULT_COMMIT_RECORDS;
    k->commit_bytes = o->commit_bytes ? o->commit_bytes : DEFAULT_COMMIT_BYTES;
    k->prefetch_bytes = o->prefetch_bytes ? o->prefetch_bytes : DEFAULT_PREFETCH_BYTES;
    k->topic_wait_ms = o->topic_wait_ms ? o->topic_wait_ms : DEFAULT_TOPIC_WAIT_MS;
    k->output_headers = o->output_headers;
    k->stop_at_end = o->stop_at_end;
    k->log = o->log;
    k->log_ctx = o->log_ctx;
    k->stats = o->stats;
}

static enum logwash_status take_options(struct kafka *k, const struct kafka_options *o,
                                        struct logwash_error *err) {
    take_numbers(k, o);
    k->inputs = calloc(o->n_inputs + 1, sizeof *k->inputs);
    if (!k->inputs || !properties_copy(&k->common, o->common, o->n_common) ||
        !properties_copy(&k->consumer_properties, o->consumer, o->n_consumer) ||
        !properties_copy(&k->producer_properties, o->producer, o->n_producer))
        return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    const char *group = o->group ? o->group : properties_get(&k->consumer_properties, "group.id");
    const char *servers = properties_get(&k->common, "bootstrap.servers");
    if (!servers) servers = properties_get(&k->consumer_properties, "bootstrap.servers");
    if (!copy_group(group, o->shadow, &k->group) || !copy_text(o->instance, &k->instance) ||
        !copy_text(o->tier_header, &k->tier_header) || !copy_text(servers, &k->bootstrap) ||
        !routing_copy(&k->routing, o))
        return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    enum logwash_status status = LOGWASH_OK;
    if (o->quarantine_topic)
        status = routes_make(&k->routing, o->quarantine_topic, "", true, &k->quarantine, err);
    if (status != LOGWASH_OK) return status;
    if (!k->bootstrap)
        return end_error(err, LOGWASH_ARGUMENT, "kafka", 0, "bootstrap.servers is missing");
    if (!k->group || !k->group[0])
        return end_error(err, LOGWASH_ARGUMENT, "kafka", 0, "group.id is missing");
    if (o->n_inputs == 0) return end_error(err, LOGWASH_ARGUMENT, "kafka", 0, "there is no input");
    if (k->delivery == KAFKA_EXACTLY_ONCE && (!k->instance || !k->instance[0]))
        return end_error(err, LOGWASH_ARGUMENT, "kafka", 0,
                         "exactly once needs service.instance, unique in the group and the same "
                         "after a restart");
    for (size_t i = 0; i < o->n_inputs && status == LOGWASH_OK; i++)
        status = take_input(k, &o->inputs[i], err);
    return status == LOGWASH_OK ? routes_check(k, err) : status;
}

/* ---- life ---- */

static void input_free(struct input *in) {
    free(in->topic);
    routes_free(&in->outputs);
    for (size_t i = 0; i < in->n_skip_headers; i++) free(in->skip_headers[i]);
    free(in->skip_headers);
    free(in->partitions);
}

static void consumer_close(struct kafka *k) {
    if (!k->consumer) return;
    if (k->held) rd_kafka_message_destroy(k->held);
    k->held = NULL;
    group_hand_over(k);
    rd_kafka_queue_io_event_enable(k->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(k->queue);
    rd_kafka_consumer_close(k->consumer);
    rd_kafka_destroy(k->consumer);
}

static void kafka_close(struct end *end) {
    struct kafka *k = kafka_of(end);
    k->closing = true;
    if (k->open && k->delivery == KAFKA_EXACTLY_ONCE && !k->fatal && !k->reopen) {
        rd_kafka_error_t *e = rd_kafka_abort_transaction(k->producer, CLOSE_MS);
        if (e) rd_kafka_error_destroy(e); /* the next start, or its time-out, ends it */
    }
    consumer_close(k);
    producer_close(k);
    for (size_t i = 0; i < k->n_inputs; i++) input_free(&k->inputs[i]);
    properties_free(&k->common);
    properties_free(&k->consumer_properties);
    properties_free(&k->producer_properties);
    free(k->inputs);
    free(k->group);
    free(k->instance);
    free(k->tier_header);
    routes_free(&k->quarantine);
    routing_free(&k->routing);
    free(k->bootstrap);
    free(k->sent.items);
    free(k->too_large.items);
    free(k->lag);
    buf_fini(&k->text);
    if (k->wake_fd >= 0) close(k->wake_fd);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

static const struct end_ops kafka_ops = {
    .name = "kafka",
    .poll = kafka_poll,
    .poll_fd = kafka_poll_fd,
    .pause = kafka_pause,
    .resume = kafka_resume,
    .epoch = kafka_epoch,
    .wants_drain = kafka_wants_drain,
    .put = kafka_put,
    .tick = kafka_tick,
    .drain = kafka_drain,
    .discard = kafka_discard,
    .note_free = note_free,
    .close = kafka_close,
};

enum logwash_status kafka_open(const struct kafka_options *options, struct end **out,
                               struct logwash_error *err) {
    struct kafka *k = calloc(1, sizeof *k);
    *out = NULL;
    if (!k) return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    k->end.ops = &kafka_ops;
    pthread_mutex_init(&k->lock, NULL);
    k->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum logwash_status status =
        k->wake_fd < 0 ? end_error(err, LOGWASH_IO, "kafka", 0, "no eventfd") : LOGWASH_OK;
    if (status == LOGWASH_OK) status = take_options(k, options, err);
    if (status == LOGWASH_OK) status = consumer_open(k, err);
    if (status == LOGWASH_OK) status = producer_open(k, err);
    if (status != LOGWASH_OK) {
        kafka_close(&k->end);
        return status;
    }
    *out = &k->end;
    return LOGWASH_OK;
}

/* ---- questions ---- */

/* The end is only looked at; the lock inside must be writable. */
static struct kafka *asked(const struct end *end) { return (struct kafka *)(uintptr_t)end; }

bool kafka_is_healthy(const struct end *end) { return atomic_load(&asked(end)->healthy); }
bool kafka_is_ready(const struct end *end) { return atomic_load(&asked(end)->ready); }

size_t kafka_lag(const struct end *end, struct kafka_lag *out, size_t cap) {
    struct kafka *k = asked(end);
    pthread_mutex_lock(&k->lock);
    const size_t n = k->n_lag;
    for (size_t i = 0; i < n && i < cap; i++) out[i] = k->lag[i];
    pthread_mutex_unlock(&k->lock);
    return n;
}

struct kafka_commits kafka_commits(const struct end *end) {
    struct kafka *k = asked(end);
    pthread_mutex_lock(&k->lock);
    const struct kafka_commits commits = k->commits;
    pthread_mutex_unlock(&k->lock);
    return commits;
}
