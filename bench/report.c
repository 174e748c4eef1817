/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "corpus.h"
#include <inttypes.h>
#include <stdlib.h>

static void open_csv(struct report *r, const char *path) {
    if (!(r->csv = fopen(path, "a"))) die("cannot write", path);
    if (ftell(r->csv) > 0) return;
    fputs("bench,log,case,param,bytes,records,samples,loops,min_sec,median_sec,max_sec,wall_sec,"
          "checksum\n",
          r->csv);
}

int report_init(struct report *r, const char *bench, size_t bytes, int argc, char **argv) {
    *r = (struct report){.bench = bench,
                         .bytes = bytes,
                         .samples = MEASURE_MIN_SAMPLES,
                         .sample_sec = 0.1};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--smoke") == 0) {
            r->smoke = true;
            r->bytes = 1 << 20;
            r->samples = 3;
            r->sample_sec = 0.01;
        } else if (strcmp(argv[i], "--bytes") == 0) {
            r->bytes = strtoull(value, NULL, 10), i++;
        } else if (strcmp(argv[i], "--samples") == 0) {
            r->samples = (unsigned)strtoul(value, NULL, 10), i++;
        } else if (strcmp(argv[i], "--csv") == 0) {
            open_csv(r, value), i++;
        } else {
            die("unknown option", argv[i]);
        }
    }
    printf("%-22s %-12s %9s %9s %9s %7s %10s %9s\n", "log", "case", "param", "MB/s best", "median",
           "spread", "ns/record", "ratio");
    return i;
}

void report_check(struct report *r, bool good, const char *log, const char *what) {
    r->n_passed += good;
    r->n_failed += !good;
    if (!good) printf("%s: %s\n", log, what);
}

double report_case(struct report *r, const char *log, const char *param,
                   const struct measure_case *c, double base_sec) {
    struct measure_result m = measure_run(c, r->sample_sec, r->samples);
    printf("%-22s %-12s %9s %9.0f %9.0f %6.1f%% %10.0f %9.4f\n", log, c->name, param,
           (double)c->bytes / m.min_sec / 1e6, (double)c->bytes / m.median_sec / 1e6,
           (m.max_sec / m.min_sec - 1) * 100, c->records ? m.min_sec * 1e9 / (double)c->records : 0,
           (base_sec > 0 ? base_sec : m.min_sec) / m.min_sec);
    fflush(stdout);
    report_check(r, m.is_stable, log, "the answer changed from pass to pass");
    if (r->csv)
        fprintf(r->csv, "%s,%s,%s,%s,%zu,%zu,%u,%u,%.9f,%.9f,%.9f,%.9f,%016" PRIx64 "\n", r->bench,
                log, c->name, param, c->bytes, c->records, m.samples, m.loops, m.min_sec,
                m.median_sec, m.max_sec, m.wall_sec, m.checksum);
    return m.min_sec;
}

int report_end(struct report *r) {
    if (r->csv) fclose(r->csv);
    printf("%zu passed, %zu failed\n", r->n_passed, r->n_failed);
    return r->n_failed != 0;
}
