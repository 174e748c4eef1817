/* SPDX-License-Identifier: Apache-2.0 */
/* What a topic must be like, and what is said when it is not. */
#include "cli/topics_plan.c"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))
#define DAY         INT64_C(86400000)
#define CHECK       300000 /* how often the broker looks */

static struct kafka_topic good(void) {
    return (struct kafka_topic){.name = "t",
                                .n_partitions = 4,
                                .is_described = true,
                                .is_deleted = true,
                                .retention_ms = DAY,
                                .segment_ms = DAY / 2,
                                .max_bytes = 1000000};
}

static void spans(void **state) {
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {{0, "0s"},
                {-1, "for ever"},
                {1, "1ms"},
                {DAY, "1d"},
                {DAY + 1, "1d 1ms"},
                {300000, "5m"},
                {14 * DAY + CHECK, "14d 5m"}};
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[SPAN_TEXT_LEN];
        span_text(rows[i].ms, text);
        assert_string_equal(text, rows[i].want);
    }
    char longest[SPAN_TEXT_LEN];
    span_text(INT64_MAX, longest);
    assert_true(strlen(longest) < SPAN_TEXT_LEN);
}

static void kept(void **state) {
    (void)state;
    struct kafka_topic topic = good();
    assert_int_equal(topic_kept_ms(&topic, CHECK), DAY + DAY / 2 + CHECK);
    topic.is_compacted = true; /* compacted and deleted: deleted all the same */
    assert_int_equal(topic_kept_ms(&topic, CHECK), DAY + DAY / 2 + CHECK);
    topic.is_deleted = false;
    assert_int_equal(topic_kept_ms(&topic, CHECK), -1);
    topic = good();
    topic.retention_ms = -1;
    assert_int_equal(topic_kept_ms(&topic, CHECK), -1);
    topic = good();
    topic.segment_ms = INT64_MAX;
    assert_int_equal(topic_kept_ms(&topic, CHECK), -1);
    topic = good();
    topic.is_described = false;
    assert_int_equal(topic_kept_ms(&topic, CHECK), -1);
}

enum change {
    NONE,
    MISSING,
    REFUSED,
    FEW,
    SILENT,
    COMPACTED,
    COMPACTED_ROUTED,
    APPEND_TIME,
    FOR_EVER,
    NEVER_DELETED
};

static void judged(void **state) {
    (void)state;
    static const struct {
        enum topic_use use;
        enum change change;
        int64_t allow_ms;
        const char *says; /* NULL: nothing is wrong */
    } rows[] = {
        {TOPIC_OUTPUT, NONE, -1, NULL},
        {TOPIC_OUTPUT, NONE, DAY + DAY / 2 + CHECK, NULL},
        {TOPIC_OUTPUT, NONE, DAY + DAY / 2 + CHECK - 1,
         "retention.ms + segment.ms + 5m: records stay 1d 12h 5m, 1d 12h 4m 59s 999ms is allowed"},
        {TOPIC_INPUT, NONE, DAY, "records stay 1d 12h 5m, 1d is allowed"},
        {TOPIC_QUARANTINE, NONE, DAY, "records stay 1d 12h 5m, 1d is allowed"},
        {TOPIC_OUTPUT, MISSING, DAY, "it does not exist"},
        {TOPIC_OUTPUT, REFUSED, DAY, "the broker does not allow it"},
        {TOPIC_OUTPUT, FEW, -1, "it has 3 partitions, its input 'in' has 4"},
        {TOPIC_QUARANTINE, FEW, -1, NULL},
        {TOPIC_OUTPUT, SILENT, -1, "does not say how it is configured"},
        {TOPIC_INPUT, COMPACTED, -1, NULL},
        {TOPIC_INPUT, COMPACTED_ROUTED, -1, "it is compacted"},
        {TOPIC_OUTPUT, COMPACTED_ROUTED, -1, NULL},
        {TOPIC_OUTPUT, APPEND_TIME, -1, "LogAppendTime"},
        {TOPIC_INPUT, APPEND_TIME, -1, NULL},
        {TOPIC_OUTPUT, FOR_EVER, -1, NULL},
        {TOPIC_OUTPUT, FOR_EVER, 9 * DAY, "retention.ms: records stay for ever, 9d is allowed"},
        {TOPIC_INPUT, NEVER_DELETED, 9 * DAY, "cleanup.policy: records stay for ever"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct topic_need needs[2] = {{.topic = good(), .use = TOPIC_INPUT, .allow_ms = -1},
                                      {.topic = good(),
                                       .use = rows[i].use,
                                       .allow_ms = rows[i].allow_ms}};
        struct kafka_topic *topic = &needs[1].topic;
        needs[0].topic.name = "in";
        if (rows[i].use == TOPIC_INPUT) needs[1].input = 1;
        if (rows[i].use == TOPIC_QUARANTINE) needs[1].input = SIZE_MAX;
        const enum change change = rows[i].change;
        if (change == MISSING) topic->state = KAFKA_TOPIC_MISSING;
        if (change == REFUSED) topic->state = KAFKA_TOPIC_REFUSED;
        if (change == FEW) topic->n_partitions = 3;
        if (change == SILENT) topic->is_described = false;
        topic->is_compacted = change == COMPACTED || change == COMPACTED_ROUTED;
        needs[1].is_routed = change == COMPACTED_ROUTED;
        topic->is_append_time = change == APPEND_TIME;
        if (change == FOR_EVER) topic->retention_ms = -1;
        if (change == NEVER_DELETED) topic->is_deleted = false;
        char out[TOPIC_PROBLEMS][TOPIC_PROBLEM_LEN];
        const size_t n = topic_judge(needs, 1, CHECK, out);
        if (n != (rows[i].says != NULL) || (n && !strstr(out[0], rows[i].says)))
            fail_msg("case %zu: %zu: %s", i, n, n ? out[0] : "");
    }
}

/* What is made keeps the promise, and is then found to be right. */
static void designed(void **state) {
    (void)state;
    for (int64_t allow_ms = -1; allow_ms < 400 * DAY; allow_ms = allow_ms < 0 ? 1 : allow_ms * 3) {
        struct topic_need needs[4] = {
            {.topic = good(), .use = TOPIC_INPUT, .input = 0, .allow_ms = -1},
            {.topic = good(), .use = TOPIC_INPUT, .input = 1, .allow_ms = -1},
            {.topic.name = "out", .use = TOPIC_OUTPUT, .input = 0, .allow_ms = -1},
            {.topic.name = "out", .use = TOPIC_OUTPUT, .input = 1, .allow_ms = allow_ms}};
        needs[1].topic.n_partitions = 7;
        needs[0].topic.max_bytes = 5000000;
        struct kafka_topic fresh;
        const bool ok = topic_design(needs, 4, 2, CHECK, &fresh);
        assert_int_equal(ok, allow_ms < 0 || allow_ms >= CHECK + 60000);
        if (!ok) continue;
        assert_int_equal(fresh.n_partitions, 7);
        assert_int_equal(fresh.max_bytes, 5000000);
        if (allow_ms < 0) {
            assert_int_equal(fresh.retention_ms, 0); /* the broker's default */
            continue;
        }
        assert_true(fresh.segment_ms > 0 && fresh.retention_ms > fresh.segment_ms);
        fresh.is_described = fresh.is_deleted = true;
        needs[3].topic = fresh;
        char out[TOPIC_PROBLEMS][TOPIC_PROBLEM_LEN];
        assert_int_equal(topic_judge(needs, 3, CHECK, out), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(spans), cmocka_unit_test(kept),
                                       cmocka_unit_test(judged), cmocka_unit_test(designed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
