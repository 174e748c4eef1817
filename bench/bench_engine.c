/* SPDX-License-Identifier: Apache-2.0 */
/* The engine alone, one thread, over the bytes of log files: no reading, no writing.
 *
 *     bench_engine [--bytes N] [--samples N] [--smoke] [--csv FILE] LOG...
 *
 * Each file (or `gen:KIND`, made up here) is repeated until it has N bytes (default 16 MiB), cut
 * into batches of 256 KiB as the pipeline does, and washed. Beside it, in the same run over the
 * same bytes: memcpy, the plain loop (cases.h) and the prefilter alone. Checked first: on the first
 * 128 KiB the engine without prefilter and without CPU-specific kernels gives the same bytes.
 * `ratio` is the speed against memcpy, for the engine's cases also printed against the plain loop.
 */
#include "cases.h"
#include <string.h>

enum { CHECKED = 128 * 1024 };

static struct corpus open_log(const char *path, size_t bytes) {
    const struct gen_options options = {.seed = 20261123,
                                        .hits = GEN_DEFAULT,
                                        .escapes = GEN_DEFAULT};
    if (strncmp(path, "gen:", 4) == 0) return corpus_of_kind(path + 4, &options, bytes);
    return corpus_of_file(path, bytes);
}

static void bench_log(struct report *r, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *log = slash ? slash + 1 : path;
    struct corpus corpus = open_log(path, r->bytes);
    const struct engine_case filter = {.name = "prefilter", .prefilter_only = true},
                             redact = {.name = "redact", .redact = true},
                             defaults = {.name = "default"};
    const size_t checked = r->smoke ? CHECKED / 4 : CHECKED;
    size_t n_patterns;
    double base_sec = case_memcpy(r, log, "", &corpus);
    double naive_sec = case_naive(r, log, &corpus, base_sec, &n_patterns);
    case_engine(r, log, "", &corpus, &filter, 0, base_sec);
    double redact_sec = case_engine(r, log, "", &corpus, &redact, checked, base_sec);
    double default_sec = case_engine(r, log, "", &corpus, &defaults, checked, base_sec);
    printf("%-22s against naive (%zu patterns): redact %.1f x, default %.1f x\n", log, n_patterns,
           naive_sec / redact_sec, naive_sec / default_sec);
    report_check(r, !r->smoke || redact_sec < naive_sec, log, "slower than the plain loop");
    corpus_free(&corpus);
}

int main(int argc, char **argv) {
    struct report r;
    int i = report_init(&r, "engine", 16 << 20, argc, argv);
    if (i == argc) die("no log given", "bench_engine [OPTION...] LOG|gen:KIND...");
    for (; i < argc; i++) bench_log(&r, argv[i]);
    return report_end(&r);
}
