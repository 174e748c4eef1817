/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "run/ring.h"

#include <poll.h>

static bool is_awake(const struct ring *ring) {
    struct pollfd fd = {.fd = ring->wake_fd, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void goes_round(void **state) {
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 3), LOGWASH_OK);
    for (uint64_t seq = 0; seq < 3; seq++) {
        struct batch *slot = ring_slot(&ring);
        assert_non_null(slot);
        assert_int_equal(slot->seq, seq);
        ring_fill(&ring);
    }
    assert_null(ring_slot(&ring)); /* full */
    assert_int_equal(ring_in_flight(&ring), 3);
    assert_null(ring_oldest(&ring));

    struct batch *a = ring_take(&ring), *b = ring_take(&ring);
    assert_int_equal(a->seq, 0);
    assert_int_equal(b->seq, 1);
    ring_done(&ring, b);
    assert_false(is_awake(&ring)); /* nothing can be put yet */
    assert_null(ring_oldest(&ring));
    ring_done(&ring, a);
    assert_true(is_awake(&ring));
    ring_woken(&ring);
    assert_false(is_awake(&ring));
    assert_ptr_equal(ring_oldest(&ring), a);
    ring_release(&ring);
    assert_ptr_equal(ring_oldest(&ring), b);
    ring_release(&ring);
    assert_null(ring_oldest(&ring));

    struct batch *again = ring_slot(&ring);
    assert_ptr_equal(again, a); /* recycled */
    assert_int_equal(again->seq, 3);
    ring_close(&ring);
    assert_null(ring_take(&ring));
    ring_fini(&ring);
}

enum { N_BATCHES = 20000, N_WORKERS = 3 };

static void *worker(void *arg) {
    struct ring *ring = arg;
    struct batch *batch;
    while ((batch = ring_take(ring))) {
        batch->first_record = batch->seq * 3;
        ring_done(ring, batch);
    }
    return NULL;
}

/* The owner sleeps on the wake-up alone, so a lost one would hang here. */
static void no_wake_up_is_lost(void **state) {
    (void)state;
    struct ring ring;
    pthread_t threads[N_WORKERS];
    assert_int_equal(ring_init(&ring, 5), LOGWASH_OK);
    for (int i = 0; i < N_WORKERS; i++) pthread_create(&threads[i], NULL, worker, &ring);
    uint64_t filled = 0, put = 0;
    while (put < N_BATCHES) {
        while (filled < N_BATCHES && ring_slot(&ring)) {
            ring_fill(&ring);
            filled++;
        }
        struct batch *batch;
        while ((batch = ring_oldest(&ring))) {
            assert_int_equal(batch->seq, put);
            assert_int_equal(batch->first_record, put * 3);
            ring_release(&ring);
            put++;
        }
        if (put == filled) continue;
        struct pollfd fd = {.fd = ring.wake_fd, .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 10000), 1);
        ring_woken(&ring);
    }
    ring_close(&ring);
    for (int i = 0; i < N_WORKERS; i++) pthread_join(threads[i], NULL);
    ring_fini(&ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_round),
        cmocka_unit_test(no_wake_up_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
