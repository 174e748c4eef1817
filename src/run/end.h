/* SPDX-License-Identifier: Apache-2.0 */
/* An end: where records come from and where they go to. Files, standard streams, Kafka and later
 * inputs all are ends with the same verbs; the pipeline knows nothing else about them.
 *
 * All verbs are called by the pipeline's owner thread only. None blocks on the ring. */
#ifndef LW_RUN_END_H
#define LW_RUN_END_H

#include "run/batch.h"

struct end {
    const struct end_ops *ops;
};

struct end_ops {
    const char *name;

    /* source */

    /* Adds records that are there to `batch`, waiting at most timeout_ms for the first. OK: the
     * batch is not empty. AGAIN: nothing came. END: nothing will come (the batch may hold a last
     * rest). ABORT: what is in work is stale (the epoch has moved on). IO, FATAL: err says why. */
    enum logwash_status (*poll)(struct end *end, struct batch *batch, int timeout_ms,
                                struct logwash_error *err);
    /* File descriptor that becomes readable when poll has work; -1: always ready. */
    int (*poll_fd)(struct end *end);
    /* The ring is full: take nothing more for now / go on. May be NULL. */
    void (*pause)(struct end *end);
    void (*resume)(struct end *end);
    /* Epoch stamped on batches formed from now on; a batch of an older one is dropped unwritten.
     * NULL: always 0. */
    uint64_t (*epoch)(struct end *end);
    /* The end wants everything in work written and then `drain` called (a revoked partition, a
     * commit by time). May be NULL. */
    bool (*wants_drain)(struct end *end);

    /* sink */

    /* Writes a washed batch; batches come in the order of `seq`. CLOSED: the reader has gone
     * (broken pipe). ABORT: as above. */
    enum logwash_status (*put)(struct end *end, struct batch *batch, struct logwash_error *err);
    /* Time-driven work (commit by time), at least every 50 ms. May be NULL. */
    enum logwash_status (*tick)(struct end *end, struct logwash_error *err);
    /* Everything put so far is made lasting (flush, fsync, commit), until the deadline. All batches
     * formed before were put. */
    enum logwash_status (*drain)(struct end *end, int64_t deadline_ns, struct logwash_error *err);
    /* What was put since the last drain or commit is given up (abort); the source starts again
     * behind the last commit. */
    enum logwash_status (*discard)(struct end *end, struct logwash_error *err);

    void (*note_free)(void *note);  /* NULL: batches carry none */
    void (*close)(struct end *end); /* frees the end */
};

/* Writes the message of an error without allocation; err may be NULL. Returns `status`. */
enum logwash_status end_error(struct logwash_error *err, enum logwash_status status,
                              const char *where, int os_errno, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
