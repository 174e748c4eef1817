/* SPDX-License-Identifier: Apache-2.0 */
/* Times a function, so that figures can be trusted and compared.
 *
 * A case is a function that works through the same bytes each time and returns a checksum of its
 * answer. It is run once to warm up, then as many loops a sample as fill the wanted time, then
 * sample by sample. Every checksum must equal the first: a fast wrong answer fails. CPU time of the
 * process decides; wall time stands beside it.
 *
 * Header only: each bench program includes it once. */
#ifndef LW_BENCH_BENCH_H
#define LW_BENCH_BENCH_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BENCH_MIN_SAMPLES = 10, BENCH_MAX_SAMPLES = 100 };

struct bench_case {
    const char *name;
    uint64_t (*run)(void *ctx); /* one pass over the bytes; returns a checksum of the answer */
    void *ctx;
    size_t bytes, records; /* of one pass */
};

struct bench_result {
    double min_sec, median_sec, max_sec; /* CPU seconds of one pass */
    double wall_sec;                     /* of the fastest pass */
    unsigned loops, samples;
    uint64_t checksum;
    bool is_stable; /* every pass gave the same checksum */
};

static inline double bench_clock(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static inline int bench_compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* 64-bit FNV-1a over words of eight bytes; quick enough not to be what is measured. */
static inline uint64_t bench_checksum(uint64_t sum, const void *bytes, size_t len) {
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        __builtin_memcpy(&word, p + i, len - i < 8 ? len - i : 8);
        sum = (sum ^ word) * 0x100000001b3ull;
        sum ^= sum >> 29;
    }
    return sum;
}

/* `sample_sec`: the time a sample shall take at least; `samples`: 10 to 100. */
static inline struct bench_result bench_run(const struct bench_case *c, double sample_sec,
                                            unsigned samples) {
    struct bench_result r = {.is_stable = true};
    double cpu[BENCH_MAX_SAMPLES];
    if (samples < BENCH_MIN_SAMPLES) samples = BENCH_MIN_SAMPLES;
    if (samples > BENCH_MAX_SAMPLES) samples = BENCH_MAX_SAMPLES;

    double begin = bench_clock(CLOCK_PROCESS_CPUTIME_ID);
    r.checksum = c->run(c->ctx);
    double once = bench_clock(CLOCK_PROCESS_CPUTIME_ID) - begin;
    r.loops = once > 0 && once < sample_sec ? (unsigned)(sample_sec / once) + 1 : 1;
    r.samples = samples;
    for (unsigned i = 0; i < samples; i++) {
        double wall = bench_clock(CLOCK_MONOTONIC);
        begin = bench_clock(CLOCK_PROCESS_CPUTIME_ID);
        for (unsigned k = 0; k < r.loops; k++)
            if (c->run(c->ctx) != r.checksum) r.is_stable = false;
        cpu[i] = (bench_clock(CLOCK_PROCESS_CPUTIME_ID) - begin) / r.loops;
        wall = (bench_clock(CLOCK_MONOTONIC) - wall) / r.loops;
        if (i == 0 || wall < r.wall_sec) r.wall_sec = wall;
    }
    qsort(cpu, samples, sizeof cpu[0], bench_compare);
    r.min_sec = cpu[0];
    r.median_sec = (cpu[(samples - 1) / 2] + cpu[samples / 2]) / 2;
    r.max_sec = cpu[samples - 1];
    return r;
}

static inline void bench_print_head(void) {
    printf("%-22s %-12s %9s %9s %7s %10s %9s\n", "log", "case", "MB/s best", "median", "spread",
           "ns/record", "ratio");
}

/* A row of the table; `base_sec`: best CPU time of the baseline for the same bytes, ratio = how
 * many times as fast as it. */
static inline void bench_print(const char *log, const struct bench_case *c,
                               const struct bench_result *r, double base_sec) {
    printf("%-22s %-12s %9.0f %9.0f %6.1f%% %10.0f %9.4f%s\n", log, c->name,
           (double)c->bytes / r->min_sec / 1e6, (double)c->bytes / r->median_sec / 1e6,
           (r->max_sec / r->min_sec - 1) * 100,
           c->records ? r->min_sec * 1e9 / (double)c->records : 0, base_sec / r->min_sec,
           r->is_stable ? "" : "  WRONG: the answer changed");
    fflush(stdout);
}

#endif
