/* SPDX-License-Identifier: Apache-2.0 */
/* What every bench program has in common: options, the table on the terminal, rows of CSV, the
 * count at the end. */
#ifndef LW_BENCH_REPORT_H
#define LW_BENCH_REPORT_H

#include "run/measure.h"
#include <stdio.h>

struct report {
    const char *bench; /* first column of the CSV */
    size_t bytes;      /* of a corpus */
    unsigned samples;
    double sample_sec;
    bool smoke; /* seconds for all; answers are checked, figures mean little */
    FILE *csv;
    size_t n_passed, n_failed;
};

/* Reads [--bytes N] [--samples N] [--smoke] [--csv FILE]; the index of the first other argument. A
 * CSV file that is there already gets further rows. */
int report_init(struct report *r, const char *bench, size_t bytes, int argc, char **argv);
/* Measures a case and prints its row. `base_sec`: best CPU time of the baseline for as many bytes,
 * 0: this is it. `param`: the value of what a sweep varies, "" in none. Returns the best CPU time.
 */
double report_case(struct report *r, const char *log, const char *param,
                   const struct measure_case *c, double base_sec);
/* Counts a check; prints `what` when it is not `good`. */
void report_check(struct report *r, bool good, const char *log, const char *what);
/* Prints "N passed, N failed"; the exit code. */
int report_end(struct report *r);

#endif
