/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka end: what goes into a batch, what comes out of it, and which options are refused. */
#include "kafka_member.h"

#define S(text) SLICE(text)
#define TIME    1000 /* small, so that it shows */

/* ---- records ---- */

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

static void in_shadow(struct kafka_options *o, struct kafka_input *in) {
    in->record_key = KAFKA_KEY_QUARANTINE;
    o->shadow = true;
    o->delivery = KAFKA_EXACTLY_ONCE;
    o->instance = "shade";
}

/* All is counted, nothing is written. */
static void test_shadow(void **state) {
    (void)state;
    const struct names n = names_new(1);
    const struct kafka_header headers[] = {{"user", S("RAW")}};
    const struct kafka_record records[] = {
        {.time_ms = TIME, .value = S("too LONG")},
        {.time_ms = TIME, .key = S("RAW"), .value = S("v")},
        {.time_ms = TIME, .value = S("a RAW b"), .headers = headers, .n_headers = 1},
        {.time_ms = TIME, .value = {NULL, 0}},
    };
    load(n.in, records, 4);
    struct member *m = join(&n, in_shadow);
    finish(m);
    check_contents(n.out, "");
    check_contents(n.quarantine, "");
    assert_int_equal(m->messages, 4);
    assert_int_equal(STATS_GET(&m->stats, quarantined), 2);
    assert_true(STATS_GET(&m->stats, commits) > 0);
    char said[96];
    snprintf(said, sizeof said, "subscribed: group '%s-shadow', shadow", n.group);
    if (!strstr(m->log, said)) fail_msg("%s", m->log);
    leave(m);
}

static void stops(struct kafka_options *o, struct kafka_input *in) {
    (void)in;
    o->stop_above_ppm = 200000;
    o->stop_window_ms = 60000;
}

/* More than a fifth are withheld: nothing more is published, not even the batch that shows it. */
static void test_stop_above(void **state) {
    (void)state;
    const struct names n = names_new(1);
    struct kafka_record records[40];
    for (size_t i = 0; i < 40; i++)
        records[i] =
            (struct kafka_record){.time_ms = TIME, .value = i % 4 == 3 ? S("too LONG") : S("v")};
    load(n.in, records, 40);
    struct member *m = join(&n, stops);
    run(m, NULL, has_ended, 20000);
    assert_int_equal(m->status, LOGWASH_FATAL);
    if (!strstr(m->err.message, "quarantine.stop_above")) fail_msg("%s", m->err.message);
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

static void with_plan(struct kafka_options *o, struct kafka_input *in) {
    (void)in;
    o->tier_header = "plan";
    o->output_headers =
        KAFKA_HEADER_TTL | KAFKA_HEADER_CLASSES | KAFKA_HEADER_GENERATION | KAFKA_HEADER_SOURCE;
}

/* The real engine: the time by plan and finding, all four parts of the headers. */
static void test_verdict_headers(void **state) {
    (void)state;
    static const uint8_t key[32] = {1};
    static const char config[] =
        "version: 1\nretention: {tiers: {hobby: 14d, pro: 30d}, tier_from: {header: plan}, "
        "default_tier: hobby}\n"
        "rules: {actions: {ipv4: redact}}\n";
    const struct logwash_source source = {"test.yaml", config, sizeof config - 1};
    struct logwash_error err;
    struct logwash *engine;
    const struct logwash_options options = {.config = &source, .run_key = key};
    if (logwash_load(&options, &engine, &err) != LOGWASH_OK) fail_msg("%s", err.message);
    const struct names n = names_new(1);
    const struct kafka_header pro[] = {{"plan", S("pro")}};
    const struct kafka_record records[] = {
        {.time_ms = TIME, .value = S("from 203.0.113.7 ok"), .headers = pro, .n_headers = 1},
        {.time_ms = TIME, .value = S("nothing here")},
    };
    load(n.in, records, 2);
    struct member *m = join(&n, with_plan);
    m->engine = engine;
    finish(m);
    char expected[512];
    snprintf(expected, sizeof expected,
             "0@1000 null=from [REDACTED:ipv4] ok {plan=pro,logwash-ttl=2592000,"
             "logwash=classes=ipv4;generation=%s;source=%s/0/0}\n"
             "0@1000 null=nothing here {logwash-ttl=1209600,"
             "logwash=classes=;generation=%s;source=%s/0/1}\n",
             logwash_generation(engine), n.in, logwash_generation(engine), n.in);
    check_contents(n.out, expected);
    leave(m);
    logwash_free(engine);
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

/* ---- options ---- */

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

static int run_group(int number) {
    const struct CMUnitTest first[] = {
        cmocka_unit_test(test_open_refuses),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_quarantine),
    };
    const struct CMUnitTest second[] = {
        cmocka_unit_test(test_in_place),   cmocka_unit_test(test_shadow),
        cmocka_unit_test(test_stop_above), cmocka_unit_test(test_verdict_headers),
        cmocka_unit_test(test_two_inputs), cmocka_unit_test(test_unwashed_is_refused),
    };
    return number == 0 ? cmocka_run_group_tests_name("records 1", first, start, stop)
                       : cmocka_run_group_tests_name("records 2", second, start, stop);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return run_groups(run_group, 2);
}
