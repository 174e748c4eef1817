/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of batches between the owner thread and its workers.
 *
 *     put        taken            filled
 *      v           v                v
 *    | done | done? | in work | waiting | free … |      seq modulo n
 *
 * Batches are filled, taken and put in the order of `seq`; only washing goes on side by side. So
 * the oldest batch is always at `put`, and a place is free again when it was put.
 *
 * Threads: ring_slot, ring_fill, ring_oldest, ring_release belong to the owner; ring_take and
 * ring_done to the workers. None of the owner's blocks. */
#ifndef LW_RUN_RING_H
#define LW_RUN_RING_H

#include "run/batch.h"

#include <pthread.h>

struct ring {
    pthread_mutex_t mutex;
    pthread_cond_t filled_cond;
    struct batch *batches;
    bool *done;
    size_t n;
    uint64_t filled, taken, put; /* put <= taken <= filled <= put + n */
    bool closed;
    int wake_fd; /* eventfd: readable when the oldest batch may be done */
};

/* MEMORY, IO (no eventfd). ring_fini is allowed after a failure. */
enum logwash_status ring_init(struct ring *ring, size_t n);
/* No worker may be left. */
void ring_fini(struct ring *ring);

/* The place to fill next, reset; NULL: all are in use. It stays the owner's until ring_fill. */
struct batch *ring_slot(struct ring *ring);
void ring_fill(struct ring *ring);
/* Number of batches filled and not released. */
size_t ring_in_flight(const struct ring *ring);
/* The oldest batch if it is done, else NULL. */
struct batch *ring_oldest(struct ring *ring);
void ring_release(struct ring *ring);
/* Clears the wake-up. */
void ring_woken(struct ring *ring);

/* The next batch to work at; waits. NULL: the ring was closed. */
struct batch *ring_take(struct ring *ring);
void ring_done(struct ring *ring, struct batch *batch);
void ring_close(struct ring *ring);

#endif
