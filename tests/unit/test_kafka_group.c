/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka end: commits, giving up, fencing, partitions that change hands, brokers that go away.
 */
#include "kafka_member.h"

enum { API_PRODUCE = 0, API_TXN_OFFSET_COMMIT = 28, API_END_TXN = 26 };
enum { CODE_MSG_SIZE = 10, CODE_ILLEGAL_GENERATION = 22, CODE_PRODUCER_FENCED = 90 };

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
    run(m, NULL, has_no_lag, 60000);
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
    run(m, NULL, has_committed, 60000);
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
    run(m, NULL, has_committed, 60000);
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
    const int64_t end = now_ms() + 60000;
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
    run(m, NULL, has_ended, 60000);
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
    run(a, NULL, is_idle, 60000);
    assert_true(is_idle(a, NULL));
    b = join(&n, for_ever);
    run(a, b, share, 60000);
    if (!share(a, b)) fail_msg("not shared:\n%s---\n%s", a->log, b->log);
    if (a->n_drained == 0) fail_msg("never drained:\n%s---\n%s", a->log, b->log);
    load_numbers(n.in, 4, 40, 80);
    run(a, b, never, 1500);
    assert_true(b->n_put > 0);
    leave(b);
    run(a, NULL, owns_all, 60000);
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

static void to_narrow(struct kafka_options *o, struct kafka_input *in) {
    in->output = o->quarantine_topic;
}

/* The mock makes every topic that is asked for: the missing one is tested on a real broker. */
static void test_topics(void **state) {
    (void)state;
    const struct names n = names_new(2);
    struct member *m = join(&n, to_narrow);
    run(m, NULL, has_ended, 15000);
    assert_int_equal(m->status, LOGWASH_CONFIG);
    assert_non_null(strstr(m->err.message, "1 partitions"));
    leave(m);
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

static int run_group(int number) {
    const struct CMUnitTest commits[] = {
        cmocka_unit_test(test_commit),
        cmocka_unit_test(test_lag),
        cmocka_unit_test(test_moved_on),
    };
    const struct CMUnitTest aborts[] = {
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_stale_batch),
        cmocka_unit_test(test_fenced),
    };
    const struct CMUnitTest groups[] = {
        cmocka_unit_test(test_rebalance),
    };
    const struct CMUnitTest world[] = {
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_broker_away),
    };
    switch (number) {
    case 0: return cmocka_run_group_tests_name("commits", commits, start, stop);
    case 1: return cmocka_run_group_tests_name("aborts", aborts, start, stop);
    case 2: return cmocka_run_group_tests_name("groups", groups, start, stop);
    }
    return cmocka_run_group_tests_name("world", world, start, stop);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return run_groups(run_group, 4);
}
