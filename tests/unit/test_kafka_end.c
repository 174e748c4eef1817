/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka end on librdkafka's mock cluster: what goes into a batch and comes out of it, commits,
 * giving up, fencing, hand-over of partitions, brokers that go away. The mock keeps no
 * transaction's offsets and isolates nothing, so that exactly once itself is tested on a real
 * broker (tests/kafka). */
#include "test.h"

#include "io/kafka.h"

#include <poll.h>
#include <time.h>

enum { API_PRODUCE = 0, API_TXN_OFFSET_COMMIT = 28, API_END_TXN = 26 };
enum { CODE_MSG_SIZE = 10, CODE_ILLEGAL_GENERATION = 22, CODE_PRODUCER_FENCED = 90 };

static struct kafka_mock *mock;
static int serial; /* makes topic and group names unique */

/* ---- a pipeline of one thread ---- */

struct member {
    struct end *end;
    struct batch batch;
    struct stats stats;
    struct logwash_error err;
    enum logwash_status status;
    int n_put, n_drained, n_discarded;
    uint64_t messages;
    char log[4096];
};

static void remember(void *ctx, enum kafka_level level, const char *event, const char *text) {
    struct member *m = ctx;
    const size_t len = strlen(m->log);
    (void)level;
    snprintf(m->log + len, sizeof m->log - len, "%s: %s\n", event, text);
}

static bool has(struct slice s, const char *word) {
    return s.len && memmem(s.ptr, s.len, word, strlen(word));
}

/* What stands for washing here: RAW becomes [SAFE]; a record with LONG is withheld, one with DROP
 * dropped. */
static void wash(struct batch *b) {
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

static void settle(struct member *m, enum logwash_status status) {
    if (status == LOGWASH_OK || status == LOGWASH_AGAIN) return;
    if (status == LOGWASH_ABORT) {
        m->n_discarded++;
        assert_int_equal(m->end->ops->discard(m->end, NULL), LOGWASH_OK);
        return;
    }
    m->status = status;
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void turn(struct member *m) {
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

static void run(struct member *a, struct member *b,
                bool (*is_done)(struct member *, struct member *), int max_ms) {
    const int64_t end = now_ms() + max_ms;
    while (now_ms() < end && a->status == LOGWASH_OK && !is_done(a, b)) {
        turn(a);
        if (b) turn(b);
    }
}

static bool never(struct member *a, struct member *b) {
    (void)a, (void)b;
    return false;
}
static bool has_ended(struct member *a, struct member *b) {
    (void)b;
    return a->status != LOGWASH_OK;
}

static void leave(struct member *m) {
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
static struct names names_new(int n_partitions) {
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

static struct member *join(const struct names *n,
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

static void load(const char *topic, const struct kafka_record *records, size_t n) {
    struct logwash_error err;
    if (kafka_load(kafka_mock_bootstrap(mock), topic, records, n, &err) != LOGWASH_OK)
        fail_msg("load: %s", err.message);
}
static void load_numbers(const char *topic, int n_partitions, int from, int to) {
    for (int i = from; i < to; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", i);
        load(topic, &(struct kafka_record){.partition = i % n_partitions, .value = slice_str(text)},
             1);
    }
}

/* A topic's records as text, a line each in order of partition: P[@TIME] KEY=VALUE {NAME=VALUE,…}.
 */
static void put_part(struct buf *out, struct slice s) {
    if (s.ptr)
        buf_slice(out, s);
    else
        buf_str(out, "null");
}
static char *contents(const char *topic) {
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

static void finish(struct member *m) {
    run(m, NULL, has_ended, 20000);
    if (m->status != LOGWASH_END)
        fail_msg("status %d: %s\n%s", (int)m->status, m->err.message, m->log);
    assert_int_equal(m->end->ops->drain(m->end, (now_ms() + 10000) * 1000000, &m->err), LOGWASH_OK);
}
static void check_contents(const char *topic, const char *expected) {
    char *got = contents(topic);
    assert_string_equal(got, expected);
    free(got);
}

/* ---- records ---- */

#define S(text) SLICE(text)
#define TIME    1000 /* small, so that it shows */

static void no_source(struct kafka_options *o, struct kafka_input *in) {
    (void)in;
    o->output_headers = KAFKA_HEADER_CLASSES;
}

static void test_records(void **state) {
    (void)state;
    const struct names n = names_new(2);
    const struct kafka_header headers[] = {{"traceparent", S("RAW passes")},
                                           {"named", S("x")},
                                           {"user", S("RAW")},
                                           {"logwash-ttl", S("9")},
                                           {"LogWash", S("forged")},
                                           {"nothing", {NULL, 0}},
                                           {"empty", S("")},
                                           {"twice", S("1")},
                                           {"twice", S("2")},
                                           {"a RAW name", S("v")},
                                           {"far", S("LONG")}};
    const struct kafka_record records[] = {
        {.partition = 0, .time_ms = TIME, .key = S("k1"), .value = S("plain")},
        {.partition = 1, .time_ms = TIME, .key = S("RAW"), .value = {NULL, 0}}, /* a tombstone */
        {.partition = 0, .time_ms = TIME, .value = S("")},
        {.partition = 0, .time_ms = TIME, .key = S(""), .value = S("a RAW b")},
        {.partition = 1, .time_ms = TIME, .value = {NULL, 0}},
        {.partition = 1,
         .time_ms = TIME,
         .key = S("k2"),
         .value = S("v"),
         .headers = headers,
         .n_headers = 11},
        {.partition = 0, .time_ms = TIME, .key = S("k DROP"), .value = S("v")},
        {.partition = 0, .time_ms = TIME, .key = S("a LONG key"), .value = S("last")},
    };
    load(n.in, records, 8);
    struct member *m = join(&n, no_source);
    finish(m);
    char first[32];
    snprintf(first, sizeof first, "%s", logwash_class_count() ? logwash_class_name(0) : "");
    char expected[1024];
    snprintf(expected, sizeof expected,
             "0@1000 k1=plain {logwash=classes=}\n"
             "0@1000 null= {logwash=classes=}\n"
             "0@1000 =a [SAFE] b {logwash=classes=%s}\n"
             "0@1000 [WITHHELD:record]=last {logwash=classes=}\n"
             "1@1000 [SAFE]=null {logwash=classes=%s}\n"
             "1@1000 null=null {logwash=classes=}\n"
             "1@1000 k2=v {traceparent=RAW "
             "passes,named=x+named,user=[SAFE],nothing=null,empty=,twice=1,twice=2,"
             "a [SAFE] name=v,far=[WITHHELD:record],logwash=classes=%s}\n",
             first, first, first);
    check_contents(n.out, expected);
    check_contents(n.quarantine, "");
    assert_true(STATS_GET(&m->stats, commits) > 0);
    leave(m);
}

static void key_quarantine(struct kafka_options *o, struct kafka_input *in) {
    in->record_key = KAFKA_KEY_QUARANTINE;
    o->output_headers = KAFKA_HEADER_SOURCE;
}

static void test_quarantine(void **state) {
    (void)state;
    const struct names n = names_new(2);
    const struct kafka_record records[] = {
        {.partition = 0, .time_ms = TIME, .key = S("k"), .value = S("too LONG")},
        {.partition = 0, .time_ms = TIME, .key = S("RAW"), .value = S("v")},
        {.partition = 0, .time_ms = TIME, .key = S("k"), .value = S("v")},
    };
    load(n.in, records, 3);
    struct member *m = join(&n, key_quarantine);
    finish(m);
    char expected[512];
    snprintf(expected, sizeof expected, "0@1000 k=v {logwash=source=%s/0/2}\n", n.in);
    check_contents(n.out, expected);
    snprintf(
        expected, sizeof expected,
        "0@1000 "
        "null={\"topic\":\"%s\",\"partition\":0,\"offset\":0,\"timestamp\":1000,\"reason\":"
        "\"record\","
        "\"generation\":\"\",\"bytes\":9}\n"
        "0@1000 "
        "null={\"topic\":\"%s\",\"partition\":0,\"offset\":1,\"timestamp\":1000,\"reason\":\"key\","
        "\"generation\":\"\",\"bytes\":4}\n",
        n.in, n.in);
    check_contents(n.quarantine, expected);
    assert_int_equal(STATS_GET(&m->stats, quarantined), 2);
    assert_int_equal(m->messages, 3); /* not the records they are washed as */
    leave(m);
}

static void no_quarantine(struct kafka_options *o, struct kafka_input *in) {
    in->record_key = KAFKA_KEY_PASS;
    o->quarantine_topic = NULL;
    o->output_headers = 0;
}

static void test_in_place(void **state) {
    (void)state;
    const struct names n = names_new(1);
    const struct kafka_record records[] = {
        {.partition = 0, .time_ms = TIME, .key = S("RAW"), .value = S("too LONG")},
        {.partition = 0, .time_ms = TIME, .key = S("RAW LONG DROP"), .value = S("v")},
    };
    load(n.in, records, 2);
    struct member *m = join(&n, no_quarantine);
    finish(m);
    check_contents(n.out, "0@1000 RAW=[WITHHELD:record]\n0@1000 RAW LONG DROP=v\n");
    leave(m);
}

static char second_topic[32];
static void two_inputs(struct kafka_options *o, struct kafka_input *in) {
    static char out[48];
    snprintf(out, sizeof out, "{input}");
    in[0].output = "both";
    in[1] = (struct kafka_input){.topic = second_topic, .output = "both"};
    o->n_inputs = 2;
    o->output_headers = 0;
}

static void test_two_inputs(void **state) {
    (void)state;
    const struct names n = names_new(1);
    kafka_mock_topic(mock, "both", 1);
    snprintf(second_topic, sizeof second_topic, "%s", n.in2);
    load_numbers(n.in, 1, 0, 50);
    load_numbers(n.in2, 1, 50, 100);
    struct member *m = join(&n, two_inputs);
    finish(m);
    char *got = contents("both");
    int lines = 0;
    for (const char *p = got; *p; p++) lines += *p == '\n';
    assert_int_equal(lines, 100);
    free(got);
    leave(m);
}

static void test_unwashed_is_refused(void **state) {
    (void)state;
    const struct names n = names_new(1);
    load_numbers(n.in, 1, 0, 1);
    struct member *m = join(&n, NULL);
    const int64_t end = now_ms() + 15000;
    enum logwash_status status;
    do {
        batch_reset(&m->batch);
        status = m->end->ops->poll(m->end, &m->batch, 20, &m->err);
    } while (status == LOGWASH_AGAIN && now_ms() < end);
    assert_int_equal(status, LOGWASH_OK);
    m->batch.epoch = m->end->ops->epoch(m->end);
    assert_int_equal(m->batch.out.n, 0); /* no worker saw it */
    assert_int_not_equal(m->end->ops->put(m->end, &m->batch, &m->err), LOGWASH_OK);
    m->batch.status = LOGWASH_MEMORY;
    assert_int_not_equal(m->end->ops->put(m->end, &m->batch, &m->err), LOGWASH_OK);
    check_contents(n.out, "");
    leave(m);
}

/* ---- transactions ---- */

static void exact(struct kafka_options *o, struct kafka_input *in) {
    (void)in;
    o->delivery = KAFKA_EXACTLY_ONCE;
    o->instance = "a";
    o->output_headers = 0;
}
/* The same, and it does not end by itself. */
static void exact_on(struct kafka_options *o, struct kafka_input *in) {
    exact(o, in);
    o->stop_at_end = false;
}
static bool has_committed(struct member *a, struct member *b) {
    (void)b;
    return STATS_GET(&a->stats, commits) > 0;
}

static void test_commit(void **state) {
    (void)state;
    const struct names n = names_new(2);
    load_numbers(n.in, 2, 0, 10);
    struct member *m = join(&n, exact);
    finish(m);
    assert_true(STATS_GET(&m->stats, commits) > 0);
    assert_int_equal(m->n_discarded, 0);
    const struct kafka_commits commits = kafka_commits(m->end);
    assert_int_equal(commits.n, STATS_GET(&m->stats, commits));
    assert_true(commits.sum_us > 0);
    assert_true(kafka_is_healthy(m->end) && kafka_is_ready(m->end));
    check_contents(n.out, "0 null=0\n0 null=2\n0 null=4\n0 null=6\n0 null=8\n"
                          "1 null=1\n1 null=3\n1 null=5\n1 null=7\n1 null=9\n");
    leave(m);
}

static bool has_no_lag(struct member *a, struct member *b) {
    struct kafka_lag lag[4];
    (void)b;
    return kafka_lag(a->end, lag, 4) == 2 && lag[0].lag == 0 && lag[1].lag == 0;
}

static void test_lag(void **state) {
    (void)state;
    const struct names n = names_new(2);
    load_numbers(n.in, 2, 0, 10);
    struct member *m = join(&n, exact_on);
    struct kafka_lag lag[4];
    assert_int_equal(kafka_lag(m->end, lag, 4), 0);
    run(m, NULL, has_no_lag, 20000);
    assert_int_equal(kafka_lag(m->end, lag, 4), 2);
    assert_string_equal(lag[1].topic, n.in);
    assert_int_equal(lag[1].partition, 1);
    assert_int_equal(lag[1].lag, 0);
    leave(m);
}

/* The group moved on while the transaction was open: given up and read again. */
static void test_moved_on(void **state) {
    (void)state;
    const struct names n = names_new(1);
    load_numbers(n.in, 1, 0, 3);
    struct member *m = join(&n, exact_on);
    kafka_mock_fail(mock, API_TXN_OFFSET_COMMIT, CODE_ILLEGAL_GENERATION, 1);
    run(m, NULL, has_committed, 20000);
    if (!has_committed(m, NULL)) fail_msg("%s\n%s", m->err.message, m->log);
    assert_int_equal(m->n_discarded, 1);
    assert_int_equal(m->end->ops->epoch(m->end), 1);
    assert_true(m->n_put >= 2);
    leave(m);
}

static void test_abort(void **state) {
    (void)state;
    const struct names n = names_new(1);
    load_numbers(n.in, 1, 0, 3);
    struct member *m = join(&n, exact_on);
    kafka_mock_fail(mock, API_PRODUCE, CODE_MSG_SIZE, 1);
    run(m, NULL, has_committed, 20000);
    if (!has_committed(m, NULL)) fail_msg("%s\n%s", m->err.message, m->log);
    assert_int_equal(m->n_discarded, 1);
    assert_int_equal(m->end->ops->epoch(m->end), 1);
    assert_non_null(strstr(m->log, "recovered"));
    /* The broker refused the batch for its size: its records are named in quarantine and never
     * tried again. */
    check_contents(n.out, "");
    char *got = contents(n.quarantine);
    assert_non_null(strstr(got, "\"offset\":2,"));
    assert_non_null(strstr(got, "\"reason\":\"size\""));
    free(got);
    leave(m);
}

static void test_stale_batch(void **state) {
    (void)state;
    const struct names n = names_new(1);
    load_numbers(n.in, 1, 0, 2);
    struct member *m = join(&n, exact);
    const int64_t end = now_ms() + 15000;
    while (now_ms() < end) {
        batch_reset(&m->batch);
        if (m->end->ops->poll(m->end, &m->batch, 20, &m->err) == LOGWASH_OK) break;
    }
    assert_true(m->batch.n > 0);
    m->batch.epoch = m->end->ops->epoch(m->end);
    wash(&m->batch);
    assert_int_equal(m->end->ops->discard(m->end, NULL), LOGWASH_OK);
    assert_int_equal(m->end->ops->put(m->end, &m->batch, &m->err), LOGWASH_OK); /* nothing leaves */
    finish(m); /* the same records come again */
    check_contents(n.out, "0 null=0\n0 null=1\n");
    leave(m);
}

static void test_fenced(void **state) {
    (void)state;
    const struct names n = names_new(1);
    load_numbers(n.in, 1, 0, 3);
    struct member *m = join(&n, exact_on);
    kafka_mock_fail(mock, API_END_TXN, CODE_PRODUCER_FENCED, 1);
    run(m, NULL, has_ended, 20000);
    if (m->status != LOGWASH_FATAL) fail_msg("status %d\n%s", (int)m->status, m->log);
    assert_non_null(strstr(m->err.message, "fenced"));
    assert_non_null(strstr(m->err.message, "'a'"));
    assert_false(kafka_is_healthy(m->end));
    leave(m);
}

/* ---- the group ---- */

static void for_ever(struct kafka_options *o, struct kafka_input *in) {
    (void)in;
    o->stop_at_end = false;
    o->output_headers = 0;
}
static bool share(struct member *a, struct member *b) {
    struct kafka_lag lag[8];
    return kafka_lag(a->end, lag, 8) == 2 && kafka_lag(b->end, lag, 8) == 2;
}
static bool owns_all(struct member *a, struct member *b) {
    struct kafka_lag lag[8];
    (void)b;
    return kafka_lag(a->end, lag, 8) == 4;
}
/* All of it, and everything is committed: the mock refuses commits while a group is busy, a broker
 * does not. */
static bool is_idle(struct member *a, struct member *b) {
    struct kafka_lag lag[8];
    if (!owns_all(a, b)) return false;
    kafka_lag(a->end, lag, 8);
    return lag[0].lag == 0 && lag[1].lag == 0 && lag[2].lag == 0 && lag[3].lag == 0;
}

static void test_rebalance(void **state) {
    (void)state;
    const struct names n = names_new(4);
    load_numbers(n.in, 4, 0, 40);
    struct member *a = join(&n, for_ever), *b;
    run(a, NULL, is_idle, 20000);
    assert_true(is_idle(a, NULL));
    b = join(&n, for_ever);
    run(a, b, share, 20000);
    if (!share(a, b)) fail_msg("not shared:\n%s---\n%s", a->log, b->log);
    if (a->n_drained == 0) fail_msg("never drained:\n%s---\n%s", a->log, b->log);
    load_numbers(n.in, 4, 40, 80);
    run(a, b, never, 1500);
    assert_true(b->n_put > 0);
    leave(b);
    run(a, NULL, owns_all, 20000);
    assert_true(owns_all(a, NULL));
    run(a, NULL, never, 500);
    char *got = contents(n.out), *want = calloc(1, 4096);
    for (int p = 0; p < 4; p++)
        for (int i = p; i < 80; i += 4) sprintf(want + strlen(want), "%d null=%d\n", p, i);
    if (strcmp(got, want) != 0)
        fail_msg("%zu bytes, not %zu\n%s", strlen(got), strlen(want), a->log);
    free(got);
    free(want);
    leave(a);
}

/* ---- the world ---- */

static void to_nowhere(struct kafka_options *o, struct kafka_input *in) {
    (void)o;
    in->output = "no-such-topic";
}
static void to_narrow(struct kafka_options *o, struct kafka_input *in) {
    in->output = o->quarantine_topic;
}

static void test_topics(void **state) {
    (void)state;
    const struct names n = names_new(2);
    struct member *m = join(&n, to_narrow);
    run(m, NULL, has_ended, 15000);
    assert_int_equal(m->status, LOGWASH_CONFIG);
    assert_non_null(strstr(m->err.message, "1 partitions"));
    leave(m);
    (void)to_nowhere; /* the mock makes every topic that is asked for: the missing one is tested on
                         a real broker */
}

static void test_broker_away(void **state) {
    (void)state;
    const struct names n = names_new(1);
    load_numbers(n.in, 1, 0, 2);
    kafka_mock_power(mock, false);
    struct member *m = join(&n, NULL);
    run(m, NULL, never, 3000);
    assert_int_equal(m->status, LOGWASH_OK);
    assert_false(kafka_is_healthy(m->end));
    assert_false(kafka_is_ready(m->end));
    assert_non_null(strstr(m->log, "trying again"));
    kafka_mock_power(mock, true);
    finish(m);
    assert_true(kafka_is_healthy(m->end));
    leave(m);
}

static void test_open_refuses(void **state) {
    (void)state;
    static const struct {
        const char *name, *value;
        enum kafka_side side;
        const char *why; /* NULL: allowed */
    } cases[] = {
        {"enable.auto.commit", "true", KAFKA_CONSUMER, "offsets are committed with"},
        {"enable.auto.commit", "false", KAFKA_CONSUMER, NULL},
        {"enable.auto.offset.store", "true", KAFKA_BOTH, "when its record was written"},
        {"isolation.level", "read_uncommitted", KAFKA_CONSUMER, "given up"},
        {"isolation.level", "read_committed", KAFKA_CONSUMER, NULL},
        {"transactional.id", "x", KAFKA_PRODUCER, "service.instance"},
        {"enable.idempotence", "false", KAFKA_PRODUCER, "twice"},
        {"partition.assignment.strategy", "range", KAFKA_CONSUMER, "one by one"},
        {"partition.assignment.strategy", "cooperative-sticky", KAFKA_CONSUMER, NULL},
        {"acks", "1", KAFKA_PRODUCER, "replicas"},
        {"acks", "all", KAFKA_PRODUCER, NULL},
        {"group.id", "g", KAFKA_BOTH, "under consumer"},
        {"group.id", "g", KAFKA_CONSUMER, NULL},
        {"group.instance.id", "g", KAFKA_CONSUMER, "service.instance"},
        {"plugin.library.paths", "x.so", KAFKA_BOTH, "before they are washed"},
        {"no.such.property", "1", KAFKA_BOTH, "No such configuration property"},
        {"session.timeout.ms", "hunter2", KAFKA_CONSUMER, "session.timeout.ms"},
        {"compression.type", "lz4", KAFKA_PRODUCER, NULL},
        {"sasl.password", "not-a-real-one", KAFKA_BOTH, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[384] = "";
        const bool ok =
            kafka_check_property(cases[i].side, cases[i].name, cases[i].value, why, sizeof why);
        if (ok != !cases[i].why || (!ok && !strstr(why, cases[i].why)))
            fail_msg("%s=%s: %s", cases[i].name, cases[i].value, why);
        assert_null(strstr(why, "hunter2"));
    }
}

static void test_options(void **state) {
    (void)state;
    static const struct kafka_property servers[] = {{"bootstrap.servers", "127.0.0.1:1"}};
    static const struct kafka_property bad[] = {{"bootstrap.servers", "127.0.0.1:1"},
                                                {"isolation.level", "read_uncommitted"}};
    static const struct kafka_input in = {.topic = "a", .output = "clean.{input}"};
    static const struct kafka_input in_itself = {.topic = "a", .output = "{input}"};
    static const struct kafka_input in_braces = {.topic = "a", .output = "clean.{region}"};
    static const struct kafka_input in_key = {.topic = "a",
                                              .output = "b",
                                              .record_key = KAFKA_KEY_QUARANTINE};
    const struct {
        struct kafka_options o;
        const char *why;
    } cases[] = {
        {{.common = bad,
          .n_common = 2,
          .group = "g",
          .instance = "i",
          .inputs = &in,
          .n_inputs = 1},
         "isolation.level"},
        {{.common = servers, .n_common = 1, .instance = "i", .inputs = &in, .n_inputs = 1},
         "group.id"},
        {{.common = servers, .n_common = 1, .group = "g", .inputs = &in, .n_inputs = 1},
         "service.instance"},
        {{.group = "g", .instance = "i", .inputs = &in, .n_inputs = 1}, "bootstrap.servers"},
        {{.common = servers, .n_common = 1, .group = "g", .instance = "i"}, "no input"},
        {{.common = servers,
          .n_common = 1,
          .group = "g",
          .instance = "i",
          .inputs = &in_itself,
          .n_inputs = 1},
         "own output"},
        {{.common = servers,
          .n_common = 1,
          .group = "g",
          .instance = "i",
          .inputs = &in_braces,
          .n_inputs = 1},
         "no topic's name"},
        {{.common = servers,
          .n_common = 1,
          .group = "g",
          .instance = "i",
          .inputs = &in_key,
          .n_inputs = 1},
         "quarantine topic"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct end *end;
        struct logwash_error err;
        assert_int_not_equal(kafka_open(&cases[i].o, &end, &err), LOGWASH_OK);
        assert_null(end);
        if (!strstr(err.message, cases[i].why)) fail_msg("case %zu: %s", i, err.message);
    }
}

static int start(void **state) {
    (void)state;
    struct logwash_error err;
    mock = kafka_mock_start(1, &err);
    return mock ? 0 : -1;
}
static int stop(void **state) {
    (void)state;
    kafka_mock_stop(mock);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_refuses),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_quarantine),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_two_inputs),
        cmocka_unit_test(test_unwashed_is_refused),
        cmocka_unit_test(test_commit),
        cmocka_unit_test(test_lag),
        cmocka_unit_test(test_moved_on),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_stale_batch),
        cmocka_unit_test(test_fenced),
        cmocka_unit_test(test_rebalance),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_broker_away),
    };
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("kafka", tests, start, stop);
}
