/* SPDX-License-Identifier: Apache-2.0 */
/* Times a function, so that figures can be trusted and compared: for the benches and `logwash
 * bench`.
 *
 * A case is a function that works through the same bytes each time and returns a checksum of its
 * answer. It is run once to warm up, then as many loops a sample as fill the wanted time, sample by
 * sample. Every checksum must equal the first: a fast wrong answer fails. CPU time of the process
 * decides; wall time stands beside it.
 *
 * Threads: one measurement at a time, or CPU time means nothing. */
#ifndef LW_RUN_MEASURE_H
#define LW_RUN_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEASURE_MIN_SAMPLES = 10, MEASURE_MAX_SAMPLES = 100 };

struct measure_case {
    const char *name;
    uint64_t (*run)(void *ctx); /* one pass over the bytes; returns a checksum of the answer */
    void *ctx;
    size_t bytes, records; /* of one pass */
};

struct measure_result {
    double min_sec, median_sec, max_sec; /* CPU seconds of one pass */
    double wall_sec;                     /* of the fastest pass */
    unsigned loops, samples;
    uint64_t checksum;
    bool is_stable; /* every pass gave the same checksum */
};

/* `sample_sec`: the time a sample shall take at least; `samples`: 1 to 100 (figures to be
 * published: MEASURE_MIN_SAMPLES at least). */
struct measure_result measure_run(const struct measure_case *c, double sample_sec,
                                  unsigned samples);

/* CPU seconds of this process, seconds on the clock. */
double measure_cpu_sec(void);
double measure_wall_sec(void);
/* A cheap counter that only grows (the processor's time stamp where there is one), and how many of
 * its ticks make a second (takes 10 ms the first time). */
uint64_t measure_ticks(void);
double measure_ticks_per_sec(void);

/* A hash by words of eight bytes, quick enough not to be what is measured. */
uint64_t measure_checksum(uint64_t sum, const void *bytes, size_t len);

#endif
