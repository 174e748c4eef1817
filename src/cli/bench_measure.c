/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bench.h"
#include "run/measure.h"

#include <stdlib.h>
#include <string.h>

enum { CUT_BYTES = 256 * 1024, N_SAMPLES = 10, COPY_BYTES = 256 * 1024 };
static const double pass_sec = 0.4; /* of the whole engine, at most, where a batch takes less */

bool bench_cut(struct slice text, enum logwash_framing framing, struct bench_log *log) {
    size_t cap_records = 0, cap_batches = 0;
    for (size_t off = 0, want = CUT_BYTES; off < text.len;) {
        const size_t left = text.len - off, len = want < left ? want : left;
        if (!VEC_GROW(log->records, cap_records, log->n_records + len / 2 + 1) ||
            !VEC_GROW(log->batches, cap_batches, log->n_batches + 1))
            return false;
        size_t used = 0;
        const size_t n =
            logwash_frame(framing, text.ptr + off, len, len == left && text.len < BENCH_BYTES,
                          log->records + log->n_records, len / 2 + 1, &used);
        if (n == 0 && len == left) break;
        if (n == 0) {
            want *= 2;
            continue;
        }
        want = CUT_BYTES;
        log->batches[log->n_batches++] =
            (struct logwash_batch){.data = text.ptr + off, .len = used, .n = n, .framing = framing};
        log->n_records += n;
        off += used;
    }
    const struct logwash_record *records = log->records;
    for (size_t i = 0; i < log->n_batches; records += log->batches[i++].n)
        log->batches[i].records = records;
    return true;
}

struct pass {
    const struct logwash *lw;
    struct logwash_scratch *scratch;
    const struct bench_log *log;
    size_t n_batches;
    struct logwash_output out;
    bool failed;
};

static uint64_t wash_pass(void *ctx) {
    struct pass *p = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < p->n_batches; i++) {
        if (logwash_wash_batch(p->lw, p->scratch, &p->log->batches[i], &p->out) != LOGWASH_OK)
            p->failed = true;
        sum = measure_checksum(sum, &p->out.len, sizeof p->out.len);
        for (size_t c = 0; c < LOGWASH_MAX_CLASSES; c++) sum += p->out.class_hits[c];
    }
    return sum;
}

static uint64_t prefilter_pass(void *ctx) {
    struct pass *p = ctx;
    uint64_t n = 0;
    for (size_t i = 0; i < p->n_batches; i++) n += tools_prefilter(p->scratch, &p->log->batches[i]);
    return n;
}

static uint64_t copy_pass(void *ctx) {
    struct pass *p = ctx;
    static uint8_t out[COPY_BYTES];
    for (size_t i = 0; i < p->n_batches; i++) {
        const struct logwash_batch *batch = &p->log->batches[i];
        for (size_t off = 0; off < batch->len; off += COPY_BYTES) {
            const size_t left = batch->len - off;
            memcpy(out, (const uint8_t *)batch->data + off, left < COPY_BYTES ? left : COPY_BYTES);
            __asm__ volatile("" : : "r"(out) : "memory");
        }
    }
    return 0;
}

static void measure(struct pass *p, uint64_t (*run)(void *), struct bench_figures *f,
                    struct measure_result *out) {
    const struct measure_case c = {NULL, run, p, f->bytes, f->n_records};
    *out = measure_run(&c, 0.05, N_SAMPLES);
    f->is_stable = f->is_stable && out->is_stable;
}

/* As many batches as a pass may take. */
static void choose_batches(struct pass *p, struct bench_figures *f) {
    const double begin = measure_cpu_sec();
    const size_t all = p->log->n_batches;
    for (size_t i = 0; i < all && (i == 0 || measure_cpu_sec() - begin < pass_sec); i++) {
        if (logwash_wash_batch(p->lw, p->scratch, &p->log->batches[i], &p->out) != LOGWASH_OK)
            p->failed = true;
        p->n_batches = i + 1;
        f->bytes += p->log->batches[i].len;
        f->n_records += p->log->batches[i].n;
    }
}

/* The cost of each rule, less that of reading the clock. */
static void profile(struct pass *p, struct bench_figures *f) {
    uint64_t idle = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        const uint64_t begin = measure_ticks(), ticks = measure_ticks() - begin;
        if (ticks < idle) idle = ticks;
    }
    f->ticks_per_sec = measure_ticks_per_sec();
    for (size_t i = 0; i < p->n_batches; i++)
        if (tools_profile(p->lw, p->scratch, &p->log->batches[i], measure_ticks, f->costs,
                          &p->out) != LOGWASH_OK)
            p->failed = true;
    for (size_t i = 0; i < logwash_rule_count(p->lw); i++) {
        struct tools_cost *c = &f->costs[i];
        const uint64_t overhead = c->attempts * idle;
        c->ticks = c->ticks > overhead ? c->ticks - overhead : 0;
        f->attempts_sec += (double)c->ticks / f->ticks_per_sec;
        f->n_hits += c->hits;
    }
}

bool bench_measure(const struct logwash *lw, const struct logwash *redacting,
                   const struct bench_log *log, struct bench_figures *f) {
    struct pass p = {.lw = lw, .scratch = logwash_scratch_new(lw), .log = log};
    struct pass redacts = {.lw = redacting, .scratch = logwash_scratch_new(redacting), .log = log};
    *f = (struct bench_figures){.is_stable = true, .n_samples = N_SAMPLES};
    f->costs = calloc(logwash_rule_count(lw) + 1, sizeof *f->costs);
    bool ok = p.scratch && redacts.scratch && f->costs;
    if (ok) {
        struct measure_result r;
        choose_batches(&p, f);
        redacts.n_batches = p.n_batches;
        measure(&p, copy_pass, f, &r);
        f->copy_sec = r.min_sec;
        measure(&p, prefilter_pass, f, &r);
        f->prefilter_sec = r.min_sec;
        measure(&redacts, wash_pass, f, &r);
        f->redact_sec = r.min_sec;
        measure(&p, wash_pass, f, &r);
        f->total_sec = r.min_sec;
        f->total_median_sec = r.median_sec;
        f->total_max_sec = r.max_sec;
        profile(&p, f);
    }
    ok = ok && !p.failed && !redacts.failed;
    logwash_output_fini(&p.out);
    logwash_output_fini(&redacts.out);
    logwash_scratch_free(p.scratch);
    logwash_scratch_free(redacts.scratch);
    return ok;
}
