/* SPDX-License-Identifier: Apache-2.0 */
/* A member of a group on librdkafka's mock cluster, driven by a pipeline of one thread, for the
 * tests of the Kafka end. The mock keeps no transaction's offsets and isolates nothing: exactly
 * once itself is tested on a real broker (tests/kafka). */
#ifndef LW_TESTS_KAFKA_MEMBER_H
#define LW_TESTS_KAFKA_MEMBER_H

#include "test.h"

#include "io/kafka.h"

#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_GROUPS = 4 };

static struct kafka_mock *mock;
static int serial; /* makes topic and group names unique */

/* ---- a pipeline of one thread ---- */

struct member {
    struct end *end;
    struct batch batch;
    struct stats stats;
    struct logwash_error err;
    enum logwash_status status;
    struct logwash *engine; /* not NULL: washes, instead of `wash` */
    int n_put, n_drained, n_discarded;
    uint64_t messages;
    char log[4096];
};

static inline void remember(void *ctx, enum kafka_level level, const char *event,
                            const char *text) {
    struct member *m = ctx;
    const size_t len = strlen(m->log);
    (void)level;
    snprintf(m->log + len, sizeof m->log - len, "%s: %s\n", event, text);
}

static inline bool has(struct slice s, const char *word) {
    return s.len && memmem(s.ptr, s.len, word, strlen(word));
}

/* What stands for washing here: RAW becomes [SAFE]; a record with LONG is withheld, one with DROP
 * dropped. */
static inline void wash(struct batch *b) {
    struct buf out;
    buf_init(&out, 0);
    b->out.n = 0;
    assert_true(VEC_GROW(b->out.results, b->out.results_cap, b->n));
    for (size_t i = 0; i < b->n; i++) {
        const struct slice in = slice_of(b->in.ptr + b->records[i].off, b->records[i].len);
        struct logwash_result *r = &b->out.results[b->out.n++];
        *r = (struct logwash_result){.off = out.len};
        if (has(in, "LONG")) {
            r->verdict = (struct logwash_verdict){.outcome = LOGWASH_WITHHELD, .reason = "record"};
            buf_str(&out, "[WITHHELD:record]");
        } else if (has(in, "DROP")) {
            r->verdict.outcome = LOGWASH_DROPPED;
        } else {
            const uint8_t *at = in.len ? memmem(in.ptr, in.len, "RAW", 3) : NULL;
            const size_t before = at ? (size_t)(at - in.ptr) : in.len;
            buf_append(&out, in.ptr, before);
            if (at) {
                buf_str(&out, "[SAFE]");
                buf_append(&out, at + 3, in.len - before - 3);
                r->verdict =
                    (struct logwash_verdict){.outcome = LOGWASH_CHANGED, .hits = 1, .edits = 1};
                r->verdict.classes[0] = 1;
            }
            /* The value of a named record shows its name, so that the test sees it was there. */
            if (b->records[i].name_len == 5 && memcmp(b->records[i].name, "named", 5) == 0)
                buf_str(&out, "+named");
        }
        r->len = out.len - r->off;
    }
    free(b->out.data);
    b->out.data = out.ptr;
    b->out.len = out.len;
    b->out.cap = out.cap;
}

static inline void wash_really(struct batch *b) {
    const struct logwash_batch in = {.data = b->in.ptr,
                                     .len = b->in.len,
                                     .records = b->records,
                                     .n = b->n,
                                     .framing = b->framing};
    struct logwash_scratch *scratch = logwash_scratch_new(b->engine);
    assert_int_equal(logwash_wash_batch(b->engine, scratch, &in, &b->out), LOGWASH_OK);
    logwash_scratch_free(scratch);
}

static inline void settle(struct member *m, enum logwash_status status) {
    if (status == LOGWASH_OK || status == LOGWASH_AGAIN) return;
    if (status == LOGWASH_ABORT) {
        m->n_discarded++;
        assert_int_equal(m->end->ops->discard(m->end, NULL), LOGWASH_OK);
        return;
    }
    m->status = status;
}

static inline int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void turn(struct member *m) {
    const struct end_ops *ops = m->end->ops;
    if (m->status != LOGWASH_OK) return;
    if (ops->wants_drain(m->end)) {
        m->n_drained++;
        settle(m, ops->drain(m->end, (now_ms() + 10000) * 1000000, &m->err));
        return;
    }
    batch_reset(&m->batch);
    const enum logwash_status status = ops->poll(m->end, &m->batch, 0, &m->err);
    if (status == LOGWASH_OK) {
        assert_true(m->batch.n > 0);
        m->batch.epoch = ops->epoch(m->end);
        m->batch.engine = m->engine;
        if (m->engine)
            wash_really(&m->batch);
        else
            wash(&m->batch);
        m->n_put++;
        settle(m, ops->put(m->end, &m->batch, &m->err));
        m->messages += m->batch.counts.records;
    } else {
        settle(m, status);
        if (status == LOGWASH_AGAIN) {
            struct pollfd fd = {.fd = ops->poll_fd(m->end), .events = POLLIN};
            poll(&fd, 1, 20);
        }
    }
    if (m->status == LOGWASH_OK) settle(m, ops->tick(m->end, &m->err));
}

static inline void run(struct member *a, struct member *b,
                       bool (*is_done)(struct member *, struct member *), int max_ms) {
    const int64_t end = now_ms() + max_ms;
    while (now_ms() < end && a->status == LOGWASH_OK && !is_done(a, b)) {
        turn(a);
        if (b) turn(b);
    }
}

static inline bool never(struct member *a, struct member *b) {
    (void)a, (void)b;
    return false;
}
static inline bool has_ended(struct member *a, struct member *b) {
    (void)b;
    return a->status != LOGWASH_OK;
}

static inline void leave(struct member *m) {
    if (m->end) {
        if (m->batch.note) m->end->ops->note_free(m->batch.note);
        m->end->ops->close(m->end);
    }
    batch_fini(&m->batch);
    free(m);
}

/* ---- set-up ---- */

struct names {
    char in[32], in2[32], out[32], quarantine[32], group[32];
};
static inline struct names names_new(int n_partitions) {
    struct names n;
    serial++;
    snprintf(n.in, sizeof n.in, "in-%d", serial);
    snprintf(n.in2, sizeof n.in2, "second-%d", serial);
    snprintf(n.out, sizeof n.out, "out-%d", serial);
    snprintf(n.quarantine, sizeof n.quarantine, "quarantine-%d", serial);
    snprintf(n.group, sizeof n.group, "group-%d", serial);
    assert_true(kafka_mock_topic(mock, n.in, n_partitions));
    assert_true(kafka_mock_topic(mock, n.in2, n_partitions));
    assert_true(kafka_mock_topic(mock, n.out, n_partitions));
    assert_true(kafka_mock_topic(mock, n.quarantine, 1));
    return n;
}

static inline struct member *join(const struct names *n,
                                  void (*adjust)(struct kafka_options *, struct kafka_input *)) {
    static const char *const skip[] = {"traceparent"};
    struct member *m = calloc(1, sizeof *m);
    const struct kafka_property common[] = {{"bootstrap.servers", kafka_mock_bootstrap(mock)}};
    const struct kafka_property consumer[] = {{"session.timeout.ms", "6000"},
                                              {"heartbeat.interval.ms", "200"},
                                              {"fetch.wait.max.ms", "20"}};
    struct kafka_input inputs[2] = {
        {.topic = n->in, .output = n->out, .skip_headers = skip, .n_skip_headers = 1}};
    struct kafka_options o = {
        .common = common,
        .n_common = 1,
        .consumer = consumer,
        .n_consumer = 3,
        .group = n->group,
        .inputs = inputs,
        .n_inputs = 1,
        .delivery = KAFKA_AT_LEAST_ONCE,
        .commit_ms = 50,
        .topic_wait_ms = 300,
        .output_headers = KAFKA_HEADER_TTL | KAFKA_HEADER_CLASSES | KAFKA_HEADER_SOURCE,
        .quarantine_topic = n->quarantine,
        .stop_at_end = true,
        .log = remember,
        .log_ctx = m,
        .stats = &m->stats,
    };
    if (adjust) adjust(&o, inputs);
    const enum logwash_status status = kafka_open(&o, &m->end, &m->err);
    if (status != LOGWASH_OK) fail_msg("open: %s", m->err.message);
    return m;
}

static inline void load(const char *topic, const struct kafka_record *records, size_t n) {
    struct logwash_error err;
    if (kafka_load(kafka_mock_bootstrap(mock), topic, records, n, &err) != LOGWASH_OK)
        fail_msg("load: %s", err.message);
}
static inline void load_numbers(const char *topic, int n_partitions, int from, int to) {
    for (int i = from; i < to; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", i);
        load(topic, &(struct kafka_record){.partition = i % n_partitions, .value = slice_str(text)},
             1);
    }
}

/* A topic's records as text, a line each in order of partition: P[@TIME] KEY=VALUE {NAME=VALUE,…}.
 */
static inline void put_part(struct buf *out, struct slice s) {
    if (s.ptr)
        buf_slice(out, s);
    else
        buf_str(out, "null");
}
static inline char *contents(const char *topic) {
    struct kafka_reader *reader;
    struct kafka_record r;
    struct logwash_error err;
    enum logwash_status status;
    struct buf parts[4], all;
    buf_init(&all, 0);
    for (int i = 0; i < 4; i++) buf_init(&parts[i], 0);
    assert_int_equal(kafka_reader_open(kafka_mock_bootstrap(mock), topic, false, &reader, &err),
                     LOGWASH_OK);
    while ((status = kafka_reader_next(reader, 5000, &r, &err)) == LOGWASH_OK) {
        struct buf *out = &parts[r.partition];
        buf_printf(out, "%d", r.partition);
        if (r.time_ms < 2000) buf_printf(out, "@%lld", (long long)r.time_ms);
        buf_str(out, " ");
        put_part(out, r.key);
        buf_str(out, "=");
        put_part(out, r.value);
        for (size_t i = 0; i < r.n_headers; i++) {
            buf_printf(out, "%s%s=", i ? "," : " {", r.headers[i].name);
            put_part(out, r.headers[i].value);
        }
        buf_str(out, r.n_headers ? "}\n" : "\n");
    }
    assert_int_equal(status, LOGWASH_END);
    kafka_reader_close(reader);
    for (int i = 0; i < 4; i++) {
        buf_slice(&all, buf_view(&parts[i]));
        buf_fini(&parts[i]);
    }
    buf_byte(&all, 0);
    return (char *)all.ptr;
}

static inline void finish(struct member *m) {
    run(m, NULL, has_ended, 20000);
    if (m->status != LOGWASH_END)
        fail_msg("status %d: %s\n%s", (int)m->status, m->err.message, m->log);
    assert_int_equal(m->end->ops->drain(m->end, (now_ms() + 10000) * 1000000, &m->err), LOGWASH_OK);
}
static inline void check_contents(const char *topic, const char *expected) {
    char *got = contents(topic);
    assert_string_equal(got, expected);
    free(got);
}

static inline int start(void **state) {
    (void)state;
    struct logwash_error err;
    mock = kafka_mock_start(1, &err);
    return mock ? 0 : -1;
}
static inline int stop(void **state) {
    (void)state;
    kafka_mock_stop(mock);
    return 0;
}

/* The mock makes a new group wait three seconds, whatever is asked of it; so several processes,
 * each with a mock of its own, wait at the same time. */
static inline int run_groups(int (*run_group)(int number), int n_groups) {
    pid_t children[MAX_GROUPS];
    int failed = 0;
    for (int i = 0; i < n_groups; i++) {
        children[i] = fork();
        if (children[i] == 0) exit(run_group(i) != 0);
    }
    for (int i = 0; i < n_groups; i++) {
        int status = 1;
        failed |= children[i] < 0 || waitpid(children[i], &status, 0) < 0 || status != 0;
    }
    return failed;
}

#endif
