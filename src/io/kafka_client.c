/* SPDX-License-Identifier: Apache-2.0 */
/* Loader, reader and topic maker of the demo and the tests. */
#include "io/kafka_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 30000, TEXT = 256, MAX_READER_HEADERS = 64 };

static void quiet(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility, (void)text;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *bootstrap,
                          const struct kafka_property *properties, size_t n,
                          void (*failed)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                          void *opaque, struct logwash_error *err) {
    char text[TEXT] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool ok = rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text, sizeof text) ==
              RD_KAFKA_CONF_OK;
    for (size_t i = 0; i < n && ok; i++)
        ok = rd_kafka_conf_set(conf, properties[i].name, properties[i].value, text, sizeof text) ==
             RD_KAFKA_CONF_OK;
    rd_kafka_conf_set_log_cb(conf, quiet);
    rd_kafka_conf_set_opaque(conf, opaque);
    if (failed) rd_kafka_conf_set_dr_msg_cb(conf, failed);
    rd_kafka_t *rk = ok ? rd_kafka_new(type, conf, text, sizeof text) : NULL;
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        end_error(err, LOGWASH_CONFIG, bootstrap, 0, "%s", text);
    }
    return rk;
}

/* ---- load ---- */

static void load_failed(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    if (m->err) *(rd_kafka_resp_err_t *)opaque = m->err;
}

static rd_kafka_headers_t *headers_of(const struct kafka_record *record) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->n_headers);
    for (size_t i = 0; i < record->n_headers; i++)
        rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value.ptr,
                            (ssize_t)record->headers[i].value.len);
    return headers;
}

static rd_kafka_resp_err_t load_one(rd_kafka_t *rk, rd_kafka_topic_t *rkt,
                                    const struct kafka_record *record) {
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {(void *)(uintptr_t)record->value.ptr, record->value.len}},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {(void *)(uintptr_t)record->key.ptr, record->key.len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->time_ms},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers_of(record)},
    };
    enum { PARTS = sizeof parts / sizeof *parts };
    for (;;) {
        rd_kafka_error_t *e = rd_kafka_produceva(rk, parts, PARTS);
        if (!e) return RD_KAFKA_RESP_ERR_NO_ERROR;
        const rd_kafka_resp_err_t code = rd_kafka_error_code(e);
        rd_kafka_error_destroy(e);
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_headers_destroy(parts[PARTS - 1].u.headers);
            return code;
        }
        rd_kafka_poll(rk, 10);
    }
}

enum logwash_status kafka_load(const char *bootstrap, const char *topic,
                               const struct kafka_record *records, size_t n,
                               struct logwash_error *err) {
    const struct kafka_property properties[] = {{"enable.idempotence", "true"},
                                                {"linger.ms", "20"},
                                                {"message.timeout.ms", "30000"}};
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR, failed = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, bootstrap, properties, 3, load_failed, &failed, err);
    if (!rk) return LOGWASH_IO;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    for (size_t i = 0; i < n && !code; i++) code = load_one(rk, rkt, &records[i]);
    if (!code) code = rd_kafka_flush(rk, WAIT_MS);
    if (!code) code = failed;
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return code ? end_error(err, LOGWASH_IO, topic, 0, "%s", rd_kafka_err2str(code)) : LOGWASH_OK;
}

/* ---- topics ---- */

enum logwash_status kafka_topic_create(const char *bootstrap, const char *topic, int n_partitions,
                                       int n_copies, struct logwash_error *err) {
    char text[TEXT] = "";
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, bootstrap, NULL, 0, NULL, NULL, err);
    if (!rk) return LOGWASH_IO;
    rd_kafka_NewTopic_t *fresh =
        rd_kafka_NewTopic_new(topic, n_partitions, n_copies, text, sizeof text);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *event = NULL;
    if (fresh) {
        rd_kafka_CreateTopics(rk, &fresh, 1, NULL, queue);
        event = rd_kafka_queue_poll(queue, WAIT_MS);
        snprintf(text, sizeof text, "%s", event ? rd_kafka_event_error_string(event) : "no answer");
        rd_kafka_NewTopic_destroy(fresh);
    }
    enum logwash_status status = LOGWASH_IO;
    if (event && !rd_kafka_event_error(event)) {
        size_t n = 0;
        const rd_kafka_topic_result_t **results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
        if (n == 1 && !rd_kafka_topic_result_error(results[0]))
            status = LOGWASH_OK;
        else if (n == 1)
            snprintf(text, sizeof text, "%s", rd_kafka_topic_result_error_string(results[0]));
    }
    if (event) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return status == LOGWASH_OK ? status : end_error(err, status, topic, 0, "%s", text);
}

static int partitions_of(rd_kafka_t *rk, const char *topic, int timeout_ms) {
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    int n = 0;
    if (!rd_kafka_metadata(rk, 0, rkt, &md, timeout_ms) && md->topic_cnt == 1 && !md->topics[0].err)
        n = md->topics[0].partition_cnt;
    if (md) rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(rkt);
    return n;
}

bool kafka_answers(const char *bootstrap, int timeout_ms) {
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, bootstrap, NULL, 0, NULL, NULL, NULL);
    if (!rk) return false;
    const struct rd_kafka_metadata *md = NULL;
    const bool ok = !rd_kafka_metadata(rk, 1, NULL, &md, timeout_ms) && md->broker_cnt > 0;
    if (md) rd_kafka_metadata_destroy(md);
    rd_kafka_destroy(rk);
    return ok;
}

/* ---- read ---- */

struct kafka_reader {
    rd_kafka_t *rk;
    rd_kafka_message_t *m;
    int n_partitions, n_at_end;
    bool *at_end;
    struct kafka_header headers[MAX_READER_HEADERS];
};

void kafka_reader_close(struct kafka_reader *reader) {
    if (!reader) return;
    if (reader->m) rd_kafka_message_destroy(reader->m);
    if (reader->rk) {
        rd_kafka_consumer_close(reader->rk);
        rd_kafka_destroy(reader->rk);
    }
    free(reader->at_end);
    free(reader);
}

enum logwash_status kafka_reader_open(const char *bootstrap, const char *topic, bool uncommitted,
                                      struct kafka_reader **out, struct logwash_error *err) {
    const struct kafka_property properties[] = {
        {"group.id", "logwash-reader"},
        {"enable.auto.commit", "false"},
        {"auto.offset.reset", "earliest"},
        {"enable.partition.eof", "true"},
        {"fetch.wait.max.ms", "50"},
        {"queued.min.messages", "1000000"},
        {"isolation.level", uncommitted ? "read_uncommitted" : "read_committed"},
    };
    struct kafka_reader *reader = calloc(1, sizeof *reader);
    *out = NULL;
    if (!reader) return end_error(err, LOGWASH_MEMORY, topic, 0, "out of memory");
    reader->rk = client(RD_KAFKA_CONSUMER, bootstrap, properties,
                        sizeof properties / sizeof *properties, NULL, NULL, err);
    if (!reader->rk) {
        kafka_reader_close(reader);
        return LOGWASH_IO;
    }
    rd_kafka_poll_set_consumer(reader->rk);
    reader->n_partitions = partitions_of(reader->rk, topic, WAIT_MS);
    reader->at_end = calloc((size_t)reader->n_partitions + 1, sizeof(bool));
    if (reader->n_partitions == 0 || !reader->at_end) {
        kafka_reader_close(reader);
        return end_error(err, LOGWASH_IO, topic, 0, "the topic cannot be read");
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reader->n_partitions);
    for (int i = 0; i < reader->n_partitions; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(reader->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    *out = reader;
    return LOGWASH_OK;
}

static void show(struct kafka_reader *reader, struct kafka_record *record) {
    const rd_kafka_message_t *m = reader->m;
    rd_kafka_timestamp_type_t type;
    const int64_t time_ms = rd_kafka_message_timestamp(m, &type);
    *record = (struct kafka_record){
        .partition = m->partition,
        .offset = m->offset,
        .time_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : time_ms,
        .key = slice_of(m->key, m->key_len),
        .value = slice_of(m->payload, m->len),
        .headers = reader->headers,
    };
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(m, &headers)) return;
    const void *value;
    size_t len;
    for (size_t i = 0; i < MAX_READER_HEADERS; i++) {
        if (rd_kafka_header_get_all(headers, i, &reader->headers[i].name, &value, &len)) break;
        reader->headers[i].value = slice_of(value, value ? len : 0);
        record->n_headers = i + 1;
    }
}

enum logwash_status kafka_reader_next(struct kafka_reader *reader, int timeout_ms,
                                      struct kafka_record *record, struct logwash_error *err) {
    for (;;) {
        if (reader->m) rd_kafka_message_destroy(reader->m);
        reader->m = rd_kafka_consumer_poll(reader->rk, timeout_ms);
        if (!reader->m) return LOGWASH_AGAIN;
        bool *at_end = reader->m->partition >= 0 && reader->m->partition < reader->n_partitions
                           ? &reader->at_end[reader->m->partition]
                           : NULL;
        if (reader->m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && at_end) {
            reader->n_at_end += !*at_end;
            *at_end = true;
            if (reader->n_at_end == reader->n_partitions) return LOGWASH_END;
        } else if (!reader->m->err) {
            if (at_end && *at_end) {
                *at_end = false;
                reader->n_at_end--;
            }
            show(reader, record);
            return LOGWASH_OK;
        } else if (reader->m->err == RD_KAFKA_RESP_ERR__FATAL) {
            return end_error(err, LOGWASH_IO, "reader", 0, "%s", rd_kafka_err2str(reader->m->err));
        }
    }
}
