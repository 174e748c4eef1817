/* SPDX-License-Identifier: Apache-2.0 */
/* A fake end hands out the numbers 0, 1, 2, … as lines and keeps what comes back, with commits,
 * aborts and epochs as Kafka has them. */
#include "test.h"

#include "run/pipeline.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

struct fake {
    struct end end;
    uint64_t seed;
    uint64_t total;   /* numbers to hand out */
    uint64_t next;    /* next to hand out */
    uint64_t pending; /* next expected at put */
    uint64_t committed;
    uint64_t epoch;
    unsigned trouble; /* one call in so many says ABORT; 0: none */
    uint64_t put_calls, drains, discards, ticks, pauses, resumes, notes_freed, notes_made;
    uint64_t fail_put_at; /* put call that says fail_status */
    enum logwash_status fail_status;
    bool wants_drain, out_of_order, drained_early;
    enum logwash_framing framing;
    struct logwash *engine_seen[2];
    struct pipeline *swap_at_half; /* swap engines[1] in when half is handed out */
    struct logwash *swap_to;
};

static struct fake *fake_of(struct end *end) { return (struct fake *)(void *)end; }

static bool in_trouble(struct fake *f) {
    return f->trouble && test_random(&f->seed) % f->trouble == 0;
}

static enum logwash_status fake_poll(struct end *end, struct batch *batch, int timeout_ms,
                                     struct logwash_error *err) {
    struct fake *f = fake_of(end);
    (void)timeout_ms;
    (void)err;
    if (in_trouble(f)) {
        f->epoch++;
        return LOGWASH_ABORT;
    }
    if (f->next == f->total) return LOGWASH_END;
    if (test_random(&f->seed) % 8 == 0) return LOGWASH_AGAIN;
    if (test_random(&f->seed) % 64 == 0) f->wants_drain = true;
    for (uint64_t n = 1 + test_random(&f->seed) % 50; n > 0 && f->next < f->total; n--) {
        char text[32];
        const int len = snprintf(text, sizeof text, "%llu\n", (unsigned long long)f->next++);
        if (f->framing == LOGWASH_FRAMING_MESSAGE)
            assert_true(batch_add(batch, text, (size_t)len, INT64_MIN));
        else
            assert_true(buf_append(&batch->in, text, (size_t)len));
    }
    batch->framing = f->framing;
    batch->note = malloc(1);
    f->notes_made++;
    if (f->swap_at_half && f->next > f->total / 2) {
        pipeline_swap(f->swap_at_half, &f->swap_to);
        f->swap_at_half = NULL;
    }
    return f->next == f->total && test_random(&f->seed) % 2 ? LOGWASH_END : LOGWASH_OK;
}

static uint64_t fake_epoch(struct end *end) { return fake_of(end)->epoch; }
static bool fake_wants_drain(struct end *end) { return fake_of(end)->wants_drain; }
static void fake_pause(struct end *end) { fake_of(end)->pauses++; }
static void fake_resume(struct end *end) { fake_of(end)->resumes++; }

static enum logwash_status fake_put(struct end *end, struct batch *batch,
                                    struct logwash_error *err) {
    struct fake *f = fake_of(end);
    (void)err;
    f->put_calls++;
    if (f->fail_put_at && f->put_calls == f->fail_put_at) return f->fail_status;
    if (in_trouble(f)) return LOGWASH_ABORT;
    assert_non_null(batch->note);
    if (batch->engine && batch->engine != f->engine_seen[0]) {
        if (!f->engine_seen[0])
            f->engine_seen[0] = batch->engine;
        else if (!f->engine_seen[1])
            f->engine_seen[1] = batch->engine;
        else if (batch->engine != f->engine_seen[1])
            f->out_of_order = true;
    }
    for (size_t i = 0; i < batch->out.len;) {
        uint64_t number = 0;
        for (; batch->out.data[i] != '\n'; i++) number = number * 10 + batch->out.data[i] - '0';
        i++;
        if (number != f->pending++) f->out_of_order = true;
    }
    return LOGWASH_OK;
}

static enum logwash_status fake_tick(struct end *end, struct logwash_error *err) {
    struct fake *f = fake_of(end);
    (void)err;
    f->ticks++;
    return in_trouble(f) ? LOGWASH_ABORT : LOGWASH_OK;
}

static enum logwash_status fake_drain(struct end *end, int64_t deadline_ns,
                                      struct logwash_error *err) {
    struct fake *f = fake_of(end);
    (void)err;
    (void)deadline_ns;
    f->drains++;
    if (in_trouble(f)) return LOGWASH_ABORT;
    /* All that was handed out has come back. */
    if (f->pending != f->next) f->drained_early = true;
    f->committed = f->pending;
    f->wants_drain = false;
    return LOGWASH_OK;
}

static enum logwash_status fake_discard(struct end *end, struct logwash_error *err) {
    struct fake *f = fake_of(end);
    (void)err;
    f->discards++;
    f->epoch++;
    f->next = f->pending = f->committed;
    return LOGWASH_OK;
}

static void fake_note_free(void *note) { free(note); }

static const struct end_ops fake_ops = {
    .name = "fake",
    .poll = fake_poll,
    .pause = fake_pause,
    .resume = fake_resume,
    .epoch = fake_epoch,
    .wants_drain = fake_wants_drain,
    .put = fake_put,
    .tick = fake_tick,
    .drain = fake_drain,
    .discard = fake_discard,
    .note_free = fake_note_free,
};

/* Copies; a batch in eight takes some time, so that workers overtake each other. */
static enum logwash_status copy(void *ctx, struct batch *batch, struct logwash_scratch *scratch) {
    (void)ctx;
    (void)scratch;
    if (batch->seq % 8 == 0) nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    batch->out.len = 0;
    return batch_out_append(&batch->out, batch->in.ptr, batch->in.len) ? LOGWASH_OK
                                                                       : LOGWASH_MEMORY;
}

static enum logwash_status run(const struct pipeline_options *options, struct fake *f,
                               struct stats *stats) {
    f->end.ops = &fake_ops;
    struct logwash_error err = {0};
    struct pipeline *p = pipeline_new(options, NULL, 0, stats, &err);
    assert_non_null(p);
    const enum logwash_status status = pipeline_run(p, &f->end, &f->end, &err);
    pipeline_free(p);
    return status;
}

static void keeps_order(void **state) {
    (void)state;
    const uint64_t seed = test_seed();
    for (unsigned workers = 1; workers <= 4; workers++) {
        for (unsigned batches = 0; batches <= 3; batches++) {
            struct fake f = {.seed = seed + workers * 7 + batches, .total = 20000};
            f.framing = batches % 2 ? LOGWASH_FRAMING_MESSAGE : LOGWASH_FRAMING_LINE;
            struct stats stats = {0};
            const struct pipeline_options options = {.workers = workers,
                                                     .batches = batches,
                                                     .work = copy};
            assert_int_equal(run(&options, &f, &stats), LOGWASH_OK);
            assert_false(f.out_of_order);
            assert_false(f.drained_early);
            assert_int_equal(f.committed, f.total);
            assert_int_equal(STATS_GET(&stats, records), f.total);
            assert_int_equal(STATS_GET(&stats, batches), f.put_calls);
            assert_int_equal(STATS_GET(&stats, aborts), 0);
        }
    }
}

/* Whatever verb gives up at whatever moment: what is committed in the end is every number once, in
 * order. */
static void aborts_lose_nothing(void **state) {
    (void)state;
    const uint64_t seed = test_seed();
    uint64_t discards = 0, stale = 0;
    for (unsigned round = 0; round < 24; round++) {
        struct fake f = {.seed = seed + round, .total = 5000, .trouble = 20 + 10 * (round % 4)};
        struct stats stats = {0};
        const struct pipeline_options options = {.workers = 1 + round % 3, .work = copy};
        assert_int_equal(run(&options, &f, &stats), LOGWASH_OK);
        assert_false(f.out_of_order);
        assert_false(f.drained_early);
        assert_int_equal(f.committed, f.total);
        assert_int_equal(STATS_GET(&stats, aborts), f.discards);
        discards += f.discards;
        stale += STATS_GET(&stats, stale_batches);
    }
    /* Or the test proves nothing. */
    assert_true(discards > 100);
    assert_true(stale > 20);
}

static void pauses_when_full(void **state) {
    (void)state;
    struct fake f = {.seed = test_seed(), .total = 5000};
    struct stats stats = {0};
    const struct pipeline_options options = {.workers = 1, .batches = 1, .work = copy};
    assert_int_equal(run(&options, &f, &stats), LOGWASH_OK);
    assert_true(f.pauses > 0);
    assert_true(f.resumes == f.pauses || f.resumes + 1 == f.pauses);
}

static void ends_on_failed_put(void **state) {
    (void)state;
    static const enum logwash_status rows[] = {LOGWASH_CLOSED, LOGWASH_IO, LOGWASH_FATAL};
    for (size_t i = 0; i < 3; i++) {
        struct fake f = {.seed = 5, .total = 100000, .fail_put_at = 20, .fail_status = rows[i]};
        struct stats stats = {0};
        const struct pipeline_options options = {.workers = 2, .work = copy};
        assert_int_equal(run(&options, &f, &stats), rows[i]);
        assert_int_equal(f.put_calls, 20);
        assert_int_equal(f.discards, rows[i] == LOGWASH_CLOSED ? 0 : 1);
    }
}

static enum logwash_status fail_some(void *ctx, struct batch *batch,
                                     struct logwash_scratch *scratch) {
    if (batch->seq == 30) return *(enum logwash_status *)ctx;
    return copy(NULL, batch, scratch);
}

/* A batch that could not be washed never reaches the sink, and neither does one behind it. */
static void failed_wash_is_fatal(void **state) {
    (void)state;
    static enum logwash_status rows[] = {LOGWASH_MEMORY, LOGWASH_FATAL};
    for (size_t i = 0; i < 2; i++) {
        struct fake f = {.seed = 6, .total = 100000};
        struct stats stats = {0};
        const struct pipeline_options options = {.workers = 3,
                                                 .work = fail_some,
                                                 .work_ctx = &rows[i]};
        assert_int_equal(run(&options, &f, &stats), LOGWASH_FATAL);
        assert_int_equal(f.put_calls, 30);
        assert_int_equal(f.discards, 1);
    }
}

static void *stop_soon(void *arg) {
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    pipeline_stop(arg);
    return NULL;
}

static void stop_finishes_what_was_taken(void **state) {
    (void)state;
    for (unsigned workers = 1; workers <= 3; workers++) {
        struct fake f = {.seed = workers, .total = UINT64_MAX};
        f.end.ops = &fake_ops;
        struct stats stats = {0};
        const struct pipeline_options options = {.workers = workers, .work = copy};
        struct pipeline *p = pipeline_new(&options, NULL, 0, &stats, NULL);
        pthread_t thread;
        pthread_create(&thread, NULL, stop_soon, p);
        assert_int_equal(pipeline_run(p, &f.end, &f.end, NULL), LOGWASH_OK);
        pthread_join(thread, NULL);
        pipeline_free(p);
        assert_true(f.next > 0);
        assert_int_equal(f.committed, f.next);
        assert_int_equal(f.drains > 0, true);
        assert_false(f.out_of_order);
    }
}

/* One pipeline serves several runs (files washed in place). */
static void runs_again(void **state) {
    (void)state;
    struct stats stats = {0};
    const struct pipeline_options options = {.workers = 2, .work = copy};
    struct pipeline *p = pipeline_new(&options, NULL, 0, &stats, NULL);
    for (int i = 0; i < 20; i++) {
        struct fake f = {.seed = (uint64_t)i,
                         .total = 500,
                         .fail_put_at = i % 3 == 2,
                         .fail_status = LOGWASH_IO};
        f.end.ops = &fake_ops;
        const enum logwash_status status = pipeline_run(p, &f.end, &f.end, NULL);
        assert_int_equal(status, i % 3 == 2 ? LOGWASH_IO : LOGWASH_OK);
        if (status == LOGWASH_OK) assert_int_equal(f.committed, 500);
    }
    pipeline_free(p);
}

static struct logwash *load_empty(unsigned token_length) {
    static const uint8_t key[32] = {1};
    const struct logwash_options options = {.without_bundled_packs = true,
                                            .run_key = key,
                                            .token_length = token_length};
    struct logwash *lw = NULL;
    struct logwash_error err = {0};
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) print_error("%s\n", err.message);
    assert_non_null(lw);
    return lw;
}

/* Batches formed before the swap are washed by the old engine, those behind it by the new one, and
 * the old one is let go. */
static void swaps_engines(void **state) {
    (void)state;
    struct logwash *a = load_empty(8), *b = load_empty(12);
    struct fake f = {.seed = 1, .total = 20000};
    f.end.ops = &fake_ops;
    struct stats stats = {0};
    const struct pipeline_options options = {.workers = 3};
    struct pipeline *p = pipeline_new(&options, &a, 1, &stats, NULL);
    assert_non_null(p);
    f.swap_at_half = p;
    f.swap_to = b;
    logwash_free(a); /* the pipeline has its own reference */
    assert_int_equal(pipeline_run(p, &f.end, &f.end, NULL), LOGWASH_OK);
    assert_false(f.out_of_order);
    assert_int_equal(f.committed, f.total);
    assert_ptr_equal(f.engine_seen[0], a);
    assert_ptr_equal(f.engine_seen[1], b);
    pipeline_free(p);
    logwash_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order),          cmocka_unit_test(aborts_lose_nothing),
        cmocka_unit_test(pauses_when_full),     cmocka_unit_test(ends_on_failed_put),
        cmocka_unit_test(failed_wash_is_fatal), cmocka_unit_test(stop_finishes_what_was_taken),
        cmocka_unit_test(runs_again),           cmocka_unit_test(swaps_engines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
