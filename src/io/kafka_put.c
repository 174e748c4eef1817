/* SPDX-License-Identifier: Apache-2.0 */
/* Washed batch -> messages of the output and quarantine topics.
 *
 * A message leaves through one door: `clean` when all its parts were washed, `quarantine` when its
 * value was withheld, none when a rule dropped it. In each case its offset counts as put. */
#include "io/kafka_private.h"

#include "base/codec.h"

#include <stdio.h>
#include <time.h>

/* A message with what washing made of it. */
struct washed {
    const struct batch *batch;
    const struct note *note;
    const struct note_message *message;
    struct logwash_verdict verdict; /* of all its records together */
    size_t n_records;
    const char *withheld; /* reason that concerns the whole message; NULL: none */
    int64_t ttl_sec;      /* it may be kept so long; -1: nobody says */
    size_t bucket;        /* SIZE_MAX: none is short enough, or there are none */
    bool is_expired;
};
enum { HEADER_TEXT = 64, RETRY_POLL_MS = 10, MESSAGE_OVERHEAD = 128, HEADER_OVERHEAD = 16 };

static struct slice result(const struct washed *w, size_t rec) {
    const struct logwash_result *r = &w->batch->out.results[rec];
    return slice_of(w->batch->out.data + r->off, r->len);
}
static bool key_is_record(const struct kafka *k, const struct washed *w) {
    return w->message->has_key && k->inputs[w->batch->input].record_key != KAFKA_KEY_PASS;
}

/* ---- verdict ---- */

static void add_verdict(struct logwash_verdict *sum, const struct logwash_verdict *one) {
    for (int i = 0; i < 2; i++) {
        sum->classes[i] |= one->classes[i];
        sum->remaining[i] |= one->remaining[i];
    }
    if (one->sensitivity > sum->sensitivity) sum->sensitivity = one->sensitivity;
    sum->hits += one->hits;
    sum->edits += one->edits;
    sum->allowed += one->allowed;
    /* `drop: record` on a key or a header drops the record they belong to. */
    if (one->outcome == LOGWASH_DROPPED) sum->outcome = LOGWASH_DROPPED;
}

/* How long it may be kept, from its own time on; a time that is still to come counts as now. */
static void judge_time(const struct kafka *k, struct washed *w) {
    const struct note_message *message = w->message;
    w->ttl_sec = -1;
    w->bucket = SIZE_MAX;
    if (!w->batch->engine) return;
    const char *tier =
        message->has_tier ? (const char *)w->note->bytes.ptr + message->tier_off : NULL;
    w->ttl_sec = logwash_ttl_sec(w->batch->engine, &w->verdict, tier, tier ? message->tier_len : 0);
    w->bucket = routing_bucket(&k->routing, w->ttl_sec);
    w->is_expired = k->routing.drop_expired && w->ttl_sec >= 0 && message->has_time &&
                    message->time_ms / 1000 + w->ttl_sec <= (int64_t)time(NULL);
}

static struct washed judge(const struct kafka *k, const struct batch *batch,
                           const struct note *note, size_t i) {
    struct washed w = {.batch = batch, .note = note, .message = &note->messages[i]};
    const size_t end = i + 1 < note->n ? note->messages[i + 1].first : batch->out.n;
    w.n_records = end - w.message->first;
    for (size_t rec = w.message->first; rec < end; rec++)
        add_verdict(&w.verdict, &batch->out.results[rec].verdict);
    const struct logwash_verdict *value = &batch->out.results[w.message->first].verdict;
    if (value->outcome == LOGWASH_WITHHELD) w.withheld = value->reason ? value->reason : "withheld";
    if (key_is_record(k, &w) && k->inputs[batch->input].record_key == KAFKA_KEY_QUARANTINE) {
        const struct logwash_verdict *key = &batch->out.results[w.message->first + 1].verdict;
        if (!w.withheld && (key->outcome != LOGWASH_CLEAN || key->hits)) w.withheld = "key";
    }
    judge_time(k, &w);
    if (k->routing.n_regions && w.message->region >= k->routing.n_regions) w.withheld = "region";
    if (k->routing.n_buckets && w.bucket == SIZE_MAX && !w.withheld) w.withheld = "ttl";
    return w;
}

/* ---- headers ---- */

static bool header_add(rd_kafka_headers_t *headers, struct slice name, struct slice value,
                       bool is_null) {
    return rd_kafka_header_add(headers, (const char *)name.ptr, (ssize_t)name.len,
                               is_null ? NULL : (const char *)value.ptr,
                               is_null ? 0 : (ssize_t)value.len) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The message's own headers, washed. */
static bool own_headers(const struct kafka *k, const struct washed *w,
                        rd_kafka_headers_t *headers) {
    size_t rec = w->message->first + 1 + key_is_record(k, w);
    for (size_t h = w->message->header; h < w->message->header + w->message->n_headers; h++) {
        const struct note_header *header = &w->note->headers[h];
        struct slice name = slice_of(w->note->bytes.ptr + header->name_off, header->name_len);
        struct slice value = slice_of(w->note->bytes.ptr + header->value_off, header->value_len);
        if (!header->is_skipped) {
            name = result(w, rec++);
            value = header->is_null ? SLICE("") : result(w, rec++);
        }
        if (!value.ptr) value = SLICE("");
        if (!header_add(headers, name, value, header->is_null)) return false;
    }
    return true;
}

static void classes_text(const struct logwash_verdict *verdict, struct buf *out) {
    bool is_first = true;
    for (size_t word = 0; word < 2; word++)
        for (uint64_t bits = verdict->classes[word]; bits; bits &= bits - 1) {
            const size_t c = word * 64 + (size_t)__builtin_ctzll(bits);
            if (!is_first) buf_byte(out, ',');
            buf_str(out, logwash_class_name(c));
            is_first = false;
        }
}

/* printf took 4 % of the time of a record. */
static void number_text(uint64_t number, struct buf *out) {
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    buf_append(out, digits + at, sizeof digits - at);
}

static bool verdict_header(struct kafka *k, const struct washed *w, rd_kafka_headers_t *headers) {
    const unsigned wanted =
        k->output_headers & (KAFKA_HEADER_CLASSES | KAFKA_HEADER_GENERATION | KAFKA_HEADER_SOURCE);
    if (!wanted) return true;
    struct buf *text = &k->text;
    buf_reset(text);
    if (wanted & KAFKA_HEADER_CLASSES) {
        buf_str(text, "classes=");
        classes_text(&w->verdict, text);
    }
    if (wanted & KAFKA_HEADER_GENERATION) {
        buf_str(text, text->len ? ";generation=" : "generation=");
        if (w->batch->engine) buf_str(text, logwash_generation(w->batch->engine));
    }
    if (wanted & KAFKA_HEADER_SOURCE) {
        buf_str(text, text->len ? ";source=" : "source=");
        buf_str(text, k->inputs[w->batch->input].topic);
        buf_byte(text, '/');
        number_text((uint64_t)w->message->partition, text);
        buf_byte(text, '/');
        number_text((uint64_t)w->message->offset, text);
    }
    return !text->failed && header_add(headers, SLICE("logwash"), buf_view(text), false);
}

static bool ttl_header(const struct kafka *k, const struct washed *w, rd_kafka_headers_t *headers) {
    if (!(k->output_headers & KAFKA_HEADER_TTL) || w->ttl_sec < 0) return true;
    char text[HEADER_TEXT];
    const int len = snprintf(text, sizeof text, "%lld", (long long)w->ttl_sec);
    return header_add(headers, SLICE("logwash-ttl"), slice_of(text, (size_t)len), false);
}

/* ---- produce ---- */

static bool list_has(const struct sent_list *list, const struct sent *s) {
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].input == s->input && list->items[i].partition == s->partition &&
            list->items[i].offset == s->offset)
            return true;
    return false;
}
static bool list_add(struct sent_list *list, const struct sent *s) {
    if (!VEC_GROW(list->items, list->cap, list->n + 1)) return false;
    list->items[list->n++] = *s;
    return true;
}

void put_failed(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    struct kafka *k = opaque;
    (void)rk;
    if (!m->err || m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
        m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return;
    if (!k->delivery_error) k->delivery_error = m->err;
    const size_t index = (size_t)(uintptr_t)m->_private;
    if (m->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && index > 0 && index <= k->sent.n &&
        !list_has(&k->too_large, &k->sent.items[index - 1]))
        (void)list_add(&k->too_large, &k->sent.items[index - 1]);
}

struct outgoing {
    rd_kafka_topic_t *rkt;
    int32_t partition;
    struct slice key, value;     /* ptr NULL: null */
    int64_t time_ms;             /* 0: now */
    rd_kafka_headers_t *headers; /* taken over, also on failure */
};

/* Hands over one message; waits while the client's queue is full. *refused_size: librdkafka itself
 * finds it too large. */
static enum logwash_status produce(struct kafka *k, struct outgoing *out, bool *refused_size,
                                   struct logwash_error *err) {
    *refused_size = false;
    if (k->shadow) {
        if (out->headers) rd_kafka_headers_destroy(out->headers);
        return LOGWASH_OK;
    }
    for (;;) {
        rd_kafka_error_t *e =
            rd_kafka_produceva(k->producer,
                               (rd_kafka_vu_t[]){
                                   {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = out->rkt},
                                   {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = out->partition},
                                   {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
                                   {.vtype = RD_KAFKA_VTYPE_VALUE,
                                    .u.mem = {(void *)(uintptr_t)out->value.ptr, out->value.len}},
                                   {.vtype = RD_KAFKA_VTYPE_KEY,
                                    .u.mem = {(void *)(uintptr_t)out->key.ptr, out->key.len}},
                                   {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = out->time_ms},
                                   {.vtype = RD_KAFKA_VTYPE_OPAQUE,
                                    .u.ptr = (void *)(uintptr_t)k->sent.n},
                                   {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = out->headers},
                               },
                               out->headers ? 8 : 7);
        if (!e) return LOGWASH_OK;
        const rd_kafka_resp_err_t code = rd_kafka_error_code(e);
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && !k->delivery_error && !k->fatal) {
            rd_kafka_error_destroy(e);
            rd_kafka_poll(k->producer, RETRY_POLL_MS);
            continue;
        }
        if (out->headers) rd_kafka_headers_destroy(out->headers);
        if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            rd_kafka_error_destroy(e);
            *refused_size = true;
            return LOGWASH_OK;
        }
        return txn_error(k, e, rd_kafka_topic_name(out->rkt), err);
    }
}

/* ---- the doors ---- */

static enum logwash_status quarantine(struct kafka *k, const struct washed *w, const char *reason,
                                      struct logwash_error *err) {
    const struct note_message *message = w->message;
    struct buf text;
    buf_init(&text, 0);
    buf_printf(
        &text,
        "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld,\"timestamp\":%lld,\"reason\":\"",
        k->inputs[w->batch->input].topic, message->partition, (long long)message->offset,
        (long long)(message->has_time ? message->time_ms : -1));
    json_escape(slice_str(reason), &text);
    buf_printf(&text, "\",\"generation\":\"%s\",\"bytes\":%u}",
               w->batch->engine ? logwash_generation(w->batch->engine) : "", message->size);
    if (text.failed) {
        buf_fini(&text);
        return end_error(err, LOGWASH_MEMORY, "quarantine", 0, "out of memory");
    }
    const struct route *route = &k->quarantine.items[k->routing.n_regions ? message->region : 0];
    struct outgoing out = {
        .rkt = route->rkt,
        .partition = message->partition % (route->n_partitions > 0 ? route->n_partitions : 1),
        .value = buf_view(&text),
        .time_ms = message->has_time ? message->time_ms : 0,
    };
    bool too_large;
    const enum logwash_status status = produce(k, &out, &too_large, err);
    buf_fini(&text);
    if (status == LOGWASH_OK && k->stats) STATS_ADD(k->stats, quarantined, 1);
    return status;
}

static struct route *route_of(const struct kafka *k, const struct washed *w) {
    return routes_of(k, w->batch->input, w->message->region, w->bucket);
}

/* What leaves in the place of a value that may not, when no quarantine is configured. */
static enum logwash_status placeholder(struct kafka *k, const struct washed *w, const char *reason,
                                       struct logwash_error *err) {
    char text[HEADER_TEXT];
    const int len = snprintf(text, sizeof text, "[WITHHELD:%s]", reason);
    struct outgoing out = {
        .rkt = route_of(k, w)->rkt,
        .partition = w->message->partition,
        .value = slice_of(text, (size_t)len),
        .time_ms = w->message->has_time ? w->message->time_ms : 0,
    };
    bool too_large;
    return produce(k, &out, &too_large, err);
}

static enum logwash_status withhold(struct kafka *k, const struct washed *w, const char *reason,
                                    struct logwash_error *err) {
    k->n_withheld++;
    return k->quarantine.n ? quarantine(k, w, reason, err) : placeholder(k, w, reason, err);
}

static bool fits(const struct route *route, const struct washed *w, const struct outgoing *out) {
    if (!route->max_bytes) return true;
    size_t size = MESSAGE_OVERHEAD + HEADER_TEXT + out->key.len + out->value.len;
    for (size_t h = w->message->header; h < w->message->header + w->message->n_headers; h++)
        size += w->note->headers[h].name_len + w->note->headers[h].value_len + HEADER_OVERHEAD;
    for (size_t i = 2; i < w->n_records; i++) size += result(w, w->message->first + i).len;
    return size <= route->max_bytes;
}

static enum logwash_status clean(struct kafka *k, const struct washed *w,
                                 struct logwash_error *err) {
    const struct route *route = route_of(k, w);
    const struct note_message *message = w->message;
    struct outgoing out = {.rkt = route->rkt,
                           .partition = message->partition,
                           .time_ms = message->has_time ? message->time_ms : 0};
    if (message->has_value) out.value = result(w, message->first);
    if (message->has_value && !out.value.ptr) out.value = SLICE("");
    if (message->has_key)
        out.key = key_is_record(k, w)
                      ? result(w, message->first + 1)
                      : slice_of(w->note->bytes.ptr + message->key_off, message->key_len);
    if (message->has_key && !out.key.ptr) out.key = SLICE("");
    if (!fits(route, w, &out)) return withhold(k, w, "size", err);
    out.headers = rd_kafka_headers_new(message->n_headers + 2);
    if (!out.headers || !own_headers(k, w, out.headers) || !ttl_header(k, w, out.headers) ||
        !verdict_header(k, w, out.headers)) {
        if (out.headers) rd_kafka_headers_destroy(out.headers);
        return end_error(err, LOGWASH_MEMORY, route->topic, 0, "out of memory");
    }
    bool too_large;
    const enum logwash_status status = produce(k, &out, &too_large, err);
    return too_large ? withhold(k, w, "size", err) : status;
}

static enum logwash_status put_message(struct kafka *k, const struct washed *w,
                                       struct logwash_error *err) {
    struct partition *p = group_partition(k, w->batch->input, w->message->partition);
    const struct sent s = {.input = w->batch->input,
                           .partition = w->message->partition,
                           .offset = w->message->offset};
    if (!p || !list_add(&k->sent, &s))
        return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    enum logwash_status status = LOGWASH_OK;
    if (w->verdict.outcome == LOGWASH_DROPPED) {
        /* nothing leaves, the offset counts */
    } else if (w->is_expired) {
        if (k->stats) STATS_ADD(k->stats, expired, 1);
    } else if (list_has(&k->too_large, &s)) {
        status = withhold(k, w, "size", err);
    } else if (w->withheld && k->quarantine.n) {
        status = withhold(k, w, w->withheld, err);
    } else {
        k->n_withheld += w->withheld != NULL;
        status = clean(k, w, err);
    }
    if (status != LOGWASH_OK) return status;
    p->next = w->message->offset + 1;
    p->dirty = true;
    k->open_records++;
    for (size_t i = 0; i < w->n_records; i++)
        k->open_bytes += w->batch->out.results[w->message->first + i].len;
    return LOGWASH_OK;
}

/* The worker counted records of the batch; what people call a record is a message. */
static void count(struct batch_counts *counts, const struct washed *w) {
    counts->records++;
    counts->bytes_in += w->message->size;
    for (size_t i = 0; i < w->n_records; i++)
        counts->bytes_out += w->batch->out.results[w->message->first + i].len;
    counts->allowed += w->verdict.allowed;
    counts->malformed += w->batch->out.results[w->message->first].verdict.malformed;
    if (w->verdict.outcome == LOGWASH_DROPPED)
        counts->dropped++;
    else if (w->is_expired) /* counted by itself */
        return;
    else if (w->withheld)
        counts->withheld++;
    else if (w->verdict.edits > 0)
        counts->changed++;
}

enum logwash_status put_batch(struct kafka *k, struct batch *batch, struct logwash_error *err) {
    const struct note *note = batch->note;
    if (!note || note->n == 0) return LOGWASH_OK;
    /* Only what a worker has washed may pass this line. */
    if (batch->status != LOGWASH_OK || batch->out.n != batch->n)
        return end_error(err, batch->status ? batch->status : LOGWASH_FATAL, "kafka", 0,
                         "a batch was not washed");
    struct batch_counts counts = {0};
    enum logwash_status status = txn_begin(k, err);
    k->n_withheld = 0;
    for (size_t i = 0; i < note->n && status == LOGWASH_OK; i++) {
        const struct washed w = judge(k, batch, note, i);
        status = put_message(k, &w, err);
        count(&counts, &w);
        if (k->fatal && status == LOGWASH_OK)
            status = kafka_set_fatal(k, LOGWASH_FATAL, err, "stopped");
    }
    if (watch_add(&k->watch, kafka_now_ns() / 1000000, note->n, k->n_withheld) &&
        status == LOGWASH_OK)
        status = kafka_set_fatal(k, LOGWASH_FATAL, err,
                                 "too many records are withheld (quarantine.stop_above); the last "
                                 "ones were not published and are read again");
    batch->counts = counts;
    if (status == LOGWASH_MEMORY)
        status = LOGWASH_ABORT; /* partly put: only a whole batch counts */
    return status;
}
