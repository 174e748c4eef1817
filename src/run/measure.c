/* SPDX-License-Identifier: Apache-2.0 */
#include "run/measure.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double clock_sec(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

double measure_cpu_sec(void) { return clock_sec(CLOCK_PROCESS_CPUTIME_ID); }
double measure_wall_sec(void) { return clock_sec(CLOCK_MONOTONIC); }

#ifdef __x86_64__
uint64_t measure_ticks(void) { return __builtin_ia32_rdtsc(); }
#else
uint64_t measure_ticks(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
#endif

double measure_ticks_per_sec(void) {
    static double rate;
    if (rate > 0) return rate;
    double begin = measure_wall_sec(), now = begin;
    uint64_t ticks = measure_ticks();
    while (now - begin < 0.01) now = measure_wall_sec();
    return rate = (double)(measure_ticks() - ticks) / (now - begin);
}

/* FNV-1a's step on words, with a shift so that high bits come down. */
uint64_t measure_checksum(uint64_t sum, const void *bytes, size_t len) {
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        memcpy(&word, p + i, len - i < 8 ? len - i : 8);
        sum = (sum ^ word) * 0x100000001b3ull;
        sum ^= sum >> 29;
    }
    return sum;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct measure_result measure_run(const struct measure_case *c, double sample_sec,
                                  unsigned samples) {
    struct measure_result r = {.is_stable = true};
    double cpu[MEASURE_MAX_SAMPLES];
    if (samples < 1) samples = 1;
    if (samples > MEASURE_MAX_SAMPLES) samples = MEASURE_MAX_SAMPLES;

    double begin = measure_cpu_sec();
    r.checksum = c->run(c->ctx);
    double once = measure_cpu_sec() - begin;
    r.loops = once > 0 && once < sample_sec ? (unsigned)(sample_sec / once) + 1 : 1;
    r.samples = samples;
    for (unsigned i = 0; i < samples; i++) {
        double wall = measure_wall_sec();
        begin = measure_cpu_sec();
        for (unsigned k = 0; k < r.loops; k++)
            if (c->run(c->ctx) != r.checksum) r.is_stable = false;
        cpu[i] = (measure_cpu_sec() - begin) / r.loops;
        wall = (measure_wall_sec() - wall) / r.loops;
        if (i == 0 || wall < r.wall_sec) r.wall_sec = wall;
    }
    qsort(cpu, samples, sizeof cpu[0], compare);
    r.min_sec = cpu[0];
    r.median_sec = (cpu[(samples - 1) / 2] + cpu[samples / 2]) / 2;
    r.max_sec = cpu[samples - 1];
    return r;
}
