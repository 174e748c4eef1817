/* SPDX-License-Identifier: Apache-2.0 */
/* One mutex is enough: it is taken four times a batch, and a batch is 256 KiB of work. */
#include "run/ring.h"
#include "base/must.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum logwash_status ring_init(struct ring *ring, size_t n) {
    *ring = (struct ring){.n = n, .wake_fd = -1};
    pthread_mutex_init(&ring->mutex, NULL);
    pthread_cond_init(&ring->filled_cond, NULL);
    ring->batches = calloc(n, sizeof *ring->batches);
    ring->done = calloc(n, sizeof *ring->done);
    if (!ring->batches || !ring->done) return LOGWASH_MEMORY;
    for (size_t i = 0; i < n; i++) {
        buf_init(&ring->batches[i].in, 0);
        buf_init(&ring->batches[i].tail, 0);
    }
    ring->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return ring->wake_fd < 0 ? LOGWASH_IO : LOGWASH_OK;
}

void ring_fini(struct ring *ring) {
    if (ring->wake_fd >= 0) close(ring->wake_fd);
    for (size_t i = 0; ring->batches && i < ring->n; i++) batch_fini(&ring->batches[i]);
    free(ring->batches);
    free(ring->done);
    pthread_cond_destroy(&ring->filled_cond);
    pthread_mutex_destroy(&ring->mutex);
}

struct batch *ring_slot(struct ring *ring) {
    if (ring->filled - ring->put == ring->n) return NULL;
    struct batch *batch = &ring->batches[ring->filled % ring->n];
    batch_reset(batch);
    batch->seq = ring->filled;
    return batch;
}

void ring_fill(struct ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    MUST(ring->filled - ring->put < ring->n);
    ring->done[ring->filled % ring->n] = false;
    ring->filled++;
    pthread_cond_signal(&ring->filled_cond);
    pthread_mutex_unlock(&ring->mutex);
}

size_t ring_in_flight(const struct ring *ring) { return (size_t)(ring->filled - ring->put); }

struct batch *ring_oldest(struct ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    const size_t i = ring->put % ring->n;
    struct batch *batch = ring->put < ring->taken && ring->done[i] ? &ring->batches[i] : NULL;
    pthread_mutex_unlock(&ring->mutex);
    return batch;
}

void ring_release(struct ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    MUST(ring->put < ring->taken && ring->done[ring->put % ring->n]);
    ring->put++;
    pthread_mutex_unlock(&ring->mutex);
}

void ring_woken(struct ring *ring) {
    uint64_t count;
    while (read(ring->wake_fd, &count, sizeof count) > 0) {}
}

struct batch *ring_take(struct ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    while (ring->taken == ring->filled && !ring->closed)
        pthread_cond_wait(&ring->filled_cond, &ring->mutex);
    struct batch *batch = NULL;
    if (!ring->closed) batch = &ring->batches[ring->taken++ % ring->n];
    pthread_mutex_unlock(&ring->mutex);
    return batch;
}

void ring_done(struct ring *ring, struct batch *batch) {
    pthread_mutex_lock(&ring->mutex);
    ring->done[batch->seq % ring->n] = true;
    const bool oldest = batch->seq == ring->put;
    pthread_mutex_unlock(&ring->mutex);
    /* The owner puts the batches behind the oldest one together with it, and looks at `done` itself
     * before it sleeps. */
    if (!oldest) return;
    const uint64_t one = 1;
    const ssize_t written = write(ring->wake_fd, &one, sizeof one);
    (void)written; /* fails only when the counter is full, and then the owner wakes as well */
}

void ring_close(struct ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    ring->closed = true;
    pthread_cond_broadcast(&ring->filled_cond);
    pthread_mutex_unlock(&ring->mutex);
}
