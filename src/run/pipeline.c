/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's loop. It sleeps only in wait_events (poll(2) on the source, the ring's wake-up and
 * the stop), and there at most TICK_MS, or in a source without a descriptor when nothing is in
 * work. */
#include "run/pipeline.h"
#include "base/must.h"
#include "run/ring.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 50,
    NO_FD_MS = 2, /* a source without a descriptor is asked so often while batches are in work */
    DRAIN_MS = 30 * 1000,
    MAX_WORKERS = 256,
};

struct worker {
    struct pipeline *pipeline;
    pthread_t thread;
    /* One scratch an engine of the table, made when a batch of it first comes by, made afresh when
     * the engine was swapped. */
    struct logwash **engines;
    struct logwash_scratch **scratches;
};

struct pipeline {
    struct pipeline_options options;
    struct stats *stats;
    struct ring ring;
    struct worker *workers;
    size_t n_workers, n_started;
    pthread_mutex_t engines_mutex;
    struct logwash **engines, **retired; /* `retired`: room for pipeline_swap */
    size_t n_engines;
    int stop_fd;
    atomic_bool stop;
    /* of one pipeline_run */
    struct end *source, *sink;
    bool paused, ended;
    int64_t next_tick_ns;
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- workers ---- */

static enum logwash_status work_default(void *ctx, struct batch *batch,
                                        struct logwash_scratch *scratch) {
    (void)ctx;
    const struct logwash_batch in = batch_input(batch);
    return logwash_wash_batch(batch->engine, scratch, &in, &batch->out);
}

/* The worker's scratch for the batch's engine; NULL: out of memory. */
static struct logwash_scratch *worker_scratch(struct worker *worker, const struct batch *batch) {
    const unsigned i = batch->input;
    if (worker->engines[i] != batch->engine) {
        logwash_scratch_free(worker->scratches[i]);
        logwash_free(worker->engines[i]);
        worker->engines[i] = logwash_ref(batch->engine);
        worker->scratches[i] = logwash_scratch_new(batch->engine);
    }
    return worker->scratches[i];
}

static void *worker_main(void *arg) {
    struct worker *worker = arg;
    struct pipeline *p = worker->pipeline;
    const batch_work work = p->options.work ? p->options.work : work_default;
    struct batch *batch;
    while ((batch = ring_take(&p->ring))) {
        struct logwash_scratch *scratch = NULL;
        if (batch->engine) scratch = worker_scratch(worker, batch);
        if (batch->engine && !scratch)
            batch->status = LOGWASH_MEMORY;
        else
            batch_wash(batch, work, p->options.work_ctx, scratch);
        ring_done(&p->ring, batch);
    }
    for (size_t i = 0; i < p->n_engines; i++) {
        logwash_scratch_free(worker->scratches[i]);
        logwash_free(worker->engines[i]);
    }
    return NULL;
}

static bool worker_start(struct pipeline *p, struct worker *worker) {
    worker->pipeline = p;
    if (p->n_engines > 0) {
        worker->engines = calloc(p->n_engines, sizeof(struct logwash *));
        worker->scratches = calloc(p->n_engines, sizeof(struct logwash_scratch *));
        if (!worker->engines || !worker->scratches) return false;
    }
    /* Signals are the owner's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(&worker->thread, NULL, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) return false;
    p->n_started++;
    return true;
}

/* ---- life ---- */

static bool take_engines(struct pipeline *p, struct logwash *const *engines, size_t n) {
    if (n == 0) return true;
    p->engines = calloc(n, sizeof(struct logwash *));
    p->retired = calloc(n, sizeof(struct logwash *));
    if (!p->engines || !p->retired) return false;
    p->n_engines = n;
    for (size_t i = 0; i < n; i++) p->engines[i] = logwash_ref(engines[i]);
    return true;
}

struct pipeline *pipeline_new(const struct pipeline_options *options,
                              struct logwash *const *engines, size_t n_engines, struct stats *stats,
                              struct logwash_error *err) {
    struct pipeline *p = calloc(1, sizeof *p);
    if (!p) {
        end_error(err, LOGWASH_MEMORY, "", 0, "out of memory");
        return NULL;
    }
    p->options = *options;
    p->stats = stats;
    pthread_mutex_init(&p->engines_mutex, NULL);
    p->n_workers = options->workers ? options->workers : 1;
    if (p->n_workers > MAX_WORKERS) p->n_workers = MAX_WORKERS;
    p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const size_t n_batches = options->batches ? options->batches : 2 * p->n_workers + 2;
    const enum logwash_status ring = ring_init(&p->ring, n_batches);
    p->workers = calloc(p->n_workers, sizeof *p->workers);
    bool ok = ring == LOGWASH_OK && p->stop_fd >= 0 && p->workers;
    ok = ok && take_engines(p, engines, n_engines);
    for (size_t i = 0; ok && i < p->n_workers; i++) ok = worker_start(p, &p->workers[i]);
    if (ok) return p;
    end_error(err, LOGWASH_MEMORY, "", errno, "cannot start the worker threads");
    pipeline_free(p);
    return NULL;
}

void pipeline_free(struct pipeline *p) {
    if (!p) return;
    ring_close(&p->ring);
    for (size_t i = 0; i < p->n_started; i++) pthread_join(p->workers[i].thread, NULL);
    for (size_t i = 0; p->workers && i < p->n_workers; i++) {
        free(p->workers[i].engines);
        free(p->workers[i].scratches);
    }
    free(p->workers);
    ring_fini(&p->ring);
    if (p->stop_fd >= 0) close(p->stop_fd);
    for (size_t i = 0; i < p->n_engines; i++) logwash_free(p->engines[i]);
    free(p->engines);
    free(p->retired);
    pthread_mutex_destroy(&p->engines_mutex);
    free(p);
}

void pipeline_stop(struct pipeline *p) {
    const int before = errno;
    atomic_store(&p->stop, true);
    const uint64_t one = 1;
    const ssize_t written = write(p->stop_fd, &one, sizeof one);
    (void)written; /* a full counter is readable as well */
    errno = before;
}

void pipeline_swap(struct pipeline *p, struct logwash *const *engines) {
    pthread_mutex_lock(&p->engines_mutex);
    for (size_t i = 0; i < p->n_engines; i++) {
        p->retired[i] = p->engines[i];
        p->engines[i] = logwash_ref(engines[i]);
    }
    pthread_mutex_unlock(&p->engines_mutex);
    /* Freeing an engine takes its time; the owner need not wait for it. */
    for (size_t i = 0; i < p->n_engines; i++) logwash_free(p->retired[i]);
}

/* ---- the owner ---- */

static uint64_t epoch_now(struct pipeline *p) {
    return p->source->ops->epoch ? p->source->ops->epoch(p->source) : 0;
}

/* Gives up what was put since the last commit. The epoch moves on with it, so that batches still in
 * work are dropped. */
static enum logwash_status give_up(struct pipeline *p, struct logwash_error *err) {
    STATS_ADD(p->stats, aborts, 1);
    if (!p->sink->ops->discard) return LOGWASH_OK;
    return p->sink->ops->discard(p->sink, err);
}

/* What a verb of an end said: ABORT is dealt with here and the run goes on. */
static enum logwash_status settle(struct pipeline *p, enum logwash_status status,
                                  struct logwash_error *err) {
    if (status == LOGWASH_ABORT) return give_up(p, err);
    return status == LOGWASH_AGAIN ? LOGWASH_OK : status;
}

static void drop_note(struct pipeline *p, struct batch *batch) {
    if (batch->note && p->source->ops->note_free) p->source->ops->note_free(batch->note);
    batch->note = NULL;
}

static void release(struct pipeline *p, struct batch *batch) {
    drop_note(p, batch);
    logwash_free(batch->engine);
    batch->engine = NULL;
    ring_release(&p->ring);
}

static enum logwash_status put_one(struct pipeline *p, struct batch *batch,
                                   struct logwash_error *err) {
    if (batch->epoch != epoch_now(p)) {
        STATS_ADD(p->stats, stale_batches, 1);
        return LOGWASH_OK;
    }
    if (batch->status == LOGWASH_MEMORY)
        return end_error(err, LOGWASH_FATAL, "", 0, "out of memory while washing");
    if (batch->status != LOGWASH_OK)
        return end_error(err, LOGWASH_FATAL, "", 0, "washing failed: %s",
                         logwash_status_text(batch->status));
    const enum logwash_status status = p->sink->ops->put(p->sink, batch, err);
    if (status == LOGWASH_OK) stats_add_batch(p->stats, batch);
    return settle(p, status, err);
}

/* Writes what is done, oldest first, as far as it goes without a gap. */
static enum logwash_status put_done(struct pipeline *p, struct logwash_error *err) {
    struct batch *batch;
    while ((batch = ring_oldest(&p->ring))) {
        const enum logwash_status status = put_one(p, batch, err);
        release(p, batch);
        if (status != LOGWASH_OK) return status;
    }
    return LOGWASH_OK;
}

/* Sleeps until the source (if asked for), a worker or the stop has something, at most timeout_ms.
 */
static void wait_events(struct pipeline *p, int source_fd, bool with_stop, int timeout_ms) {
    struct pollfd fds[3];
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = p->ring.wake_fd, .events = POLLIN};
    if (with_stop) fds[n++] = (struct pollfd){.fd = p->stop_fd, .events = POLLIN};
    if (source_fd >= 0) fds[n++] = (struct pollfd){.fd = source_fd, .events = POLLIN};
    if (poll(fds, n, timeout_ms) > 0 && fds[0].revents) ring_woken(&p->ring);
}

static enum logwash_status tick(struct pipeline *p, struct logwash_error *err) {
    const int64_t now = now_ns();
    if (now < p->next_tick_ns) return LOGWASH_OK;
    p->next_tick_ns = now + TICK_MS * 1000000ll;
    if (!p->sink->ops->tick) return LOGWASH_OK;
    return settle(p, p->sink->ops->tick(p->sink, err), err);
}

/* Finishes and puts everything in work, polling nothing. */
static enum logwash_status quiesce(struct pipeline *p, struct logwash_error *err) {
    for (;;) {
        enum logwash_status status = put_done(p, err);
        if (status == LOGWASH_OK) status = tick(p, err);
        if (status != LOGWASH_OK || ring_in_flight(&p->ring) == 0) return status;
        wait_events(p, -1, false, TICK_MS);
    }
}

static enum logwash_status drain(struct pipeline *p, struct logwash_error *err) {
    enum logwash_status status = quiesce(p, err);
    if (status != LOGWASH_OK || !p->sink->ops->drain) return status;
    const int64_t ms = p->options.drain_timeout_ms ? p->options.drain_timeout_ms : DRAIN_MS;
    return settle(p, p->sink->ops->drain(p->sink, now_ns() + ms * 1000000, err), err);
}

/* Stamps a filled batch and hands it to the workers. */
static void form(struct pipeline *p, struct batch *batch) {
    batch->epoch = epoch_now(p);
    if (p->n_engines > 0) {
        MUST(batch->input < p->n_engines);
        pthread_mutex_lock(&p->engines_mutex);
        batch->engine = logwash_ref(p->engines[batch->input]);
        pthread_mutex_unlock(&p->engines_mutex);
    }
    ring_fill(&p->ring);
}

static void pause_source(struct pipeline *p, bool paused) {
    if (p->paused == paused) return;
    p->paused = paused;
    void (*verb)(struct end *) = paused ? p->source->ops->pause : p->source->ops->resume;
    if (verb) verb(p->source);
}

/* Asks the source once, if a place is free, and sleeps if there is nothing to do. */
static enum logwash_status feed(struct pipeline *p, struct logwash_error *err) {
    struct batch *batch = ring_slot(&p->ring);
    pause_source(p, batch == NULL);
    if (!batch) {
        wait_events(p, -1, true, TICK_MS);
        return LOGWASH_OK;
    }
    const int fd = p->source->ops->poll_fd ? p->source->ops->poll_fd(p->source) : -1;
    const bool idle = ring_in_flight(&p->ring) == 0;
    const enum logwash_status status =
        p->source->ops->poll(p->source, batch, fd < 0 && idle ? TICK_MS : 0, err);
    const bool is_filled = batch->in.len > 0 || batch->n > 0;
    if (is_filled && (status == LOGWASH_OK || status == LOGWASH_END))
        form(p, batch);
    else
        drop_note(p, batch);
    if (status == LOGWASH_AGAIN && (fd >= 0 || !idle))
        wait_events(p, fd, true, fd >= 0 ? TICK_MS : NO_FD_MS);
    p->ended = status == LOGWASH_END;
    return status == LOGWASH_END ? LOGWASH_OK : settle(p, status, err);
}

static enum logwash_status loop(struct pipeline *p, struct logwash_error *err) {
    enum logwash_status status = LOGWASH_OK;
    while (status == LOGWASH_OK) {
        const uint64_t epoch = epoch_now(p);
        if (atomic_load(&p->stop)) return drain(p, err);
        if (p->source->ops->wants_drain && p->source->ops->wants_drain(p->source))
            status = drain(p, err);
        if (status == LOGWASH_OK) status = feed(p, err);
        if (status == LOGWASH_OK) status = put_done(p, err);
        if (status == LOGWASH_OK) status = tick(p, err);
        if (status == LOGWASH_OK && p->ended) {
            status = drain(p, err);
            /* Given up at the last moment: the source starts again behind the last commit. */
            if (status == LOGWASH_OK && epoch == epoch_now(p)) return LOGWASH_OK;
        }
    }
    return status;
}

enum logwash_status pipeline_run(struct pipeline *p, struct end *source, struct end *sink,
                                 struct logwash_error *err) {
    p->source = source;
    p->sink = sink;
    p->paused = p->ended = false;
    p->next_tick_ns = 0;
    const enum logwash_status status = loop(p, err);
    if (status == LOGWASH_OK) return status;
    /* Nothing more is written: what is in work is washed in vain, so that the places are free
     * again. */
    while (ring_in_flight(&p->ring) > 0) {
        struct batch *batch = ring_oldest(&p->ring);
        if (batch)
            release(p, batch);
        else
            wait_events(p, -1, false, TICK_MS);
    }
    struct logwash_error ignored;
    if (status != LOGWASH_CLOSED) (void)give_up(p, &ignored);
    return status;
}
