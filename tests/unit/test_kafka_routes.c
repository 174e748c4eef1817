/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka end: which topic a record goes to, by its region and the time it may be kept. */
#include "kafka_member.h"

#define S(text) SLICE(text)
#define TIME    1000 /* small, so that it shows */

static const char *const regions[] = {"eu", "us"};
static const struct kafka_bucket buckets[] = {{"1d", 86400}, {"14d", 14 * 86400}};

static struct logwash *engine_new(void) {
    static const uint8_t key[32] = {1};
    static const char config[] =
        "version: 1\nretention: {tiers: {hobby: 14d, pro: 30d}, tier_from: {header: plan}, "
        "default_tier: hobby, sensitivity: {personal: 1d}}\n"
        "rules: {actions: {ipv4: {ip: {truncate: [24, 48]}}}}\n";
    const struct logwash_source source = {"test.yaml", config, sizeof config - 1};
    struct logwash_error err;
    struct logwash *engine;
    const struct logwash_options options = {.config = &source, .run_key = key};
    if (logwash_load(&options, &engine, &err) != LOGWASH_OK) fail_msg("%s", err.message);
    return engine;
}

/* Topics whose names begin with the serial's own; `leave_out` is not made. */
static char output[64], quarantine[64];
static const char *topic(const char *base, const char *rest) {
    static char names[4][96];
    static int next;
    char *name = names[next++ % 4];
    snprintf(name, sizeof names[0], "%s.%s", base, rest);
    return name;
}
static void make_topics(const struct names *n, int n_partitions, const char *leave_out) {
    static const char *const rests[] = {"eu.1d", "eu.14d", "us.1d", "us.14d"};
    static const char *const places[] = {"eu", "us", "unknown"};
    for (size_t i = 0; i < 4; i++)
        if (!leave_out || strcmp(leave_out, rests[i]) != 0)
            assert_true(kafka_mock_topic(mock, topic(n->out, rests[i]), n_partitions));
    for (size_t i = 0; i < 3; i++)
        assert_true(kafka_mock_topic(mock, topic(n->quarantine, places[i]), 1));
    snprintf(output, sizeof output, "%s.{region}.{ttl}", n->out);
    snprintf(quarantine, sizeof quarantine, "%s.{region}", n->quarantine);
}

static void by_region_and_time(struct kafka_options *o, struct kafka_input *in) {
    in->output = output;
    o->quarantine_topic = quarantine;
    o->region_header = "region";
    o->regions = regions;
    o->n_regions = 2;
    o->buckets = buckets;
    o->n_buckets = 2;
    o->tier_header = "plan";
    o->output_headers = KAFKA_HEADER_TTL;
}

static void check_quarantine(const struct names *n, const char *region, const char *reason,
                             const int *offsets, int n_offsets) {
    char *got = contents(topic(n->quarantine, region));
    int lines = 0;
    for (const char *p = got; *p; p++) lines += *p == '\n';
    if (lines != n_offsets) fail_msg("%s: %s", region, got);
    for (int i = 0; i < n_offsets; i++) {
        char part[128];
        snprintf(part, sizeof part, "\"offset\":%d,\"timestamp\":1000,\"reason\":\"%s\"",
                 offsets[i], reason);
        if (!strstr(got, part)) fail_msg("%s: %s in %s", region, part, got);
    }
    free(got);
}

static void test_routes(void **state) {
    (void)state;
    const struct names n = names_new(2);
    make_topics(&n, 2, NULL);
    const struct kafka_header eu_pro[] = {{"region", S("eu")}, {"plan", S("pro")}},
                              us[] = {{"region", S("us")}}, de[] = {{"region", S("de")}},
                              both[] = {{"region", S("eu")}, {"region", S("us")}},
                              twice[] = {{"region", S("us")}, {"region", S("us")}},
                              null[] = {{"region", {NULL, 0}}}, longer[] = {{"region", S("eu ")}};
#define RECORD(text, list, p)                                                                      \
    {                                                                                              \
        .partition = p, .time_ms = TIME, .value = S(text), .headers = list,                        \
        .n_headers = sizeof list / sizeof *list                                                    \
    }
    const struct kafka_record records[] = {
        RECORD("plain", eu_pro, 0),
        RECORD("from 203.0.113.7 ok", us, 0),
        RECORD("nowhere", de, 0),
        RECORD("two places", both, 0),
        RECORD("twice the same", twice, 0),
        RECORD("null", null, 0),
        RECORD("longer", longer, 0),
        {.partition = 0, .time_ms = TIME, .value = S("no header")},
        RECORD("\xff\xfe"
               "a\0b\0",
               eu_pro, 0),
        RECORD("from 203.0.113.9 ok", eu_pro, 1),
    };
    load(n.in, records, sizeof records / sizeof *records);
    struct member *m = join(&n, by_region_and_time);
    m->engine = engine_new();
    finish(m);
    check_contents(topic(n.out, "eu.14d"),
                   "0@1000 null=plain {region=eu,plan=pro,logwash-ttl=2592000}\n");
    check_contents(topic(n.out, "eu.1d"),
                   "1@1000 null=from 203.0.113.0 ok {region=eu,plan=pro,logwash-ttl=86400}\n");
    check_contents(topic(n.out, "us.14d"),
                   "0@1000 null=twice the same {region=us,region=us,logwash-ttl=1209600}\n");
    check_contents(topic(n.out, "us.1d"),
                   "0@1000 null=from 203.0.113.0 ok {region=us,logwash-ttl=86400}\n");
    check_quarantine(&n, "unknown", "region", (int[]){2, 3, 5, 6, 7}, 5);
    check_quarantine(&n, "eu", "utf16", (int[]){8}, 1);
    check_quarantine(&n, "us", "", NULL, 0);
    assert_int_equal(STATS_GET(&m->stats, quarantined), 6);
    logwash_free(m->engine);
    leave(m);
}

static void without_expired(struct kafka_options *o, struct kafka_input *in) {
    (void)in;
    o->drop_expired = true;
    o->output_headers = 0;
}

/* From its own time on; a time that is still to come counts as now. */
static void test_expired(void **state) {
    (void)state;
    const struct names n = names_new(1);
    const int64_t now = (int64_t)time(NULL) * 1000, day = 86400000;
    const struct kafka_record records[] = {
        {.time_ms = TIME, .value = S("over for long")},
        {.time_ms = now - 15 * day, .value = S("over")},
        {.time_ms = now - 13 * day, .value = S("not over")},
        {.time_ms = now - 2 * day, .value = S("over 203.0.113.7 by what it holds")},
        {.time_ms = now + 20 * day, .value = S("to come")},
    };
    load(n.in, records, 5);
    struct member *m = join(&n, without_expired);
    m->engine = engine_new();
    finish(m);
    check_contents(n.out, "0 null=not over\n0 null=to come\n");
    check_contents(n.quarantine, "");
    assert_int_equal(STATS_GET(&m->stats, expired), 3);
    assert_int_equal(m->messages, 5);
    logwash_free(m->engine);
    leave(m);
}

/* Every expansion is looked at in the start, not when the first record of its kind comes. (The mock
 * makes missing topics; tests/kafka looks at those.) */
static void test_few_partitions(void **state) {
    (void)state;
    const struct names n = names_new(2);
    make_topics(&n, 2, "eu.1d");
    assert_true(kafka_mock_topic(mock, topic(n.out, "eu.1d"), 1));
    struct member *m = join(&n, by_region_and_time);
    run(m, NULL, has_ended, 20000);
    assert_int_equal(m->status, LOGWASH_CONFIG);
    if (!strstr(m->err.message, topic(n.out, "eu.1d"))) fail_msg("%s", m->err.message);
    leave(m);
}

/* ---- options ---- */

static void test_options(void **state) {
    (void)state;
    static const struct kafka_property servers[] = {{"bootstrap.servers", "127.0.0.1:1"}};
    static const char *const dotted[] = {"eu", "b.eu"};
    static const struct {
        const char *outputs[2], *quarantine;
        const char *const *regions;
        const char *why; /* NULL: allowed */
    } cases[] = {
        {{"c.{region}", "d.{region}"}, "q.{region}", regions, NULL},
        {{"c.{region}", "c.{region}"}, "q.{region}", regions, NULL},
        {{"c.{region}.{ttl}", "c.{region}"}, "q.{region}", regions, NULL},
        {{"c.{region}", "d"}, "q.{region}", regions, "several regions"},
        {{"c.{region}", "c.eu"}, "q.{region}", regions, "several regions"},
        {{"c.{region}", "d.{region}"}, "q", regions, "several regions"},
        {{"c.{region}", "d.{region}"}, NULL, regions, "quarantine topic"},
        {{"c.{region}", "c.b.{region}"}, "q.{region}", dotted, "several regions"},
        {{"c.{region}.{tier}", "d.{region}"}, "q.{region}", regions, "no topic's name"},
        {{"c.{region}", "d.{region}"}, "q.{region}.{ttl}", regions, "no topic's name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kafka_input inputs[] = {{.topic = "a", .output = cases[i].outputs[0]},
                                             {.topic = "b", .output = cases[i].outputs[1]}};
        const struct kafka_options o = {.common = servers,
                                        .n_common = 1,
                                        .group = "g",
                                        .instance = "i",
                                        .inputs = inputs,
                                        .n_inputs = 2,
                                        .quarantine_topic = cases[i].quarantine,
                                        .region_header = "region",
                                        .regions = cases[i].regions,
                                        .n_regions = 2,
                                        .buckets = buckets,
                                        .n_buckets = 2};
        struct end *end;
        struct logwash_error err = {0};
        const enum logwash_status status = kafka_open(&o, &end, &err);
        if ((status == LOGWASH_OK) != !cases[i].why ||
            (cases[i].why && !strstr(err.message, cases[i].why)))
            fail_msg("case %zu: %s", i, err.message);
        if (end) end->ops->close(end);
    }
}

static void test_names(void **state) {
    (void)state;
    static const struct {
        const char *template, *region, *ttl, *want; /* want NULL: no name */
    } cases[] = {
        {"clean.{input}.{region}.{ttl}", "eu", "1d", "clean.in.eu.1d"},
        {"{input}{input}", NULL, NULL, "inin"},
        {"{region}", NULL, "1d", NULL},
        {"{ttl}", "eu", NULL, NULL},
        {"a b", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
        {".", NULL, NULL, NULL},
        {"{region}", ".", NULL, NULL},
        {"{region}", "..", NULL, NULL},
        {"x{region}", "..", NULL, "x.."},
        {"{input", NULL, NULL, NULL},
    };
    char name[KAFKA_TOPIC_LEN + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bool ok =
            kafka_topic_name(cases[i].template, "in", cases[i].region, cases[i].ttl, name);
        if (ok != (cases[i].want != NULL)) fail_msg("case %zu", i);
        if (ok) assert_string_equal(name, cases[i].want);
    }
    char longest[KAFKA_TOPIC_LEN + 2];
    memset(longest, 'x', sizeof longest);
    longest[KAFKA_TOPIC_LEN + 1] = 0;
    assert_false(kafka_topic_name(longest, "", NULL, NULL, name));
    longest[KAFKA_TOPIC_LEN] = 0;
    assert_true(kafka_topic_name(longest, "", NULL, NULL, name));
    assert_string_equal(name, longest);
}

static int run_group(int number) {
    const struct CMUnitTest first[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_routes),
    };
    const struct CMUnitTest second[] = {
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_few_partitions),
    };
    return number == 0 ? cmocka_run_group_tests_name("routes 1", first, start, stop)
                       : cmocka_run_group_tests_name("routes 2", second, start, stop);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return run_groups(run_group, 2);
}
