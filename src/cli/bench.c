/* SPDX-License-Identifier: Apache-2.0 */
/* logwash bench: how fast a log is washed here, and what the time goes to. The benches under bench/
 * measure by the same code (run/measure.h). */
#include "cli/bench.h"
#include "cli/commands.h"
#include "cli/demo_logs.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOP_RULES = 15, SHORT_LOG = 256 * 1024 /* bytes */ };

/* ---- the log ---- */

static bool read_log(const char *name, struct buf *text) {
    const bool is_stdin = strcmp(name, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = -1;
    bool ok = fd >= 0 && buf_reserve(text, BENCH_BYTES);
    while (ok && text->len < BENCH_BYTES) {
        n = read(fd, text->ptr + text->len, BENCH_BYTES - text->len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text->len += (size_t)n;
    }
    if (!ok || n < 0) message("%s: %s", is_stdin ? "standard input" : name, strerror(errno));
    if (fd >= 0 && !is_stdin) close(fd);
    return ok && n >= 0;
}

static bool make_log(struct buf *text) {
    for (size_t i = 0; text->len < BENCH_BYTES / 4 && !text->failed; i++) {
        demo_record(i % 2 ? DEMO_BUILD : DEMO_REQUEST, i / 2, text);
        buf_byte(text, '\n');
    }
    return !text->failed;
}

/* ---- the report ---- */

static void print_stage(const char *name, double sec, const struct bench_figures *f) {
    printf("%-34s %9.0f %11.0f %7.1f%%\n", name, sec > 0 ? (double)f->bytes / sec / 1e6 : 0,
           sec * 1e9 / (double)f->n_records, 100 * sec / f->total_sec);
}

static void print_stages(const struct bench_figures *f) {
    printf("%-34s %9s %11s %8s\n", "STAGE", "MB/S", "NS/RECORD", "SHARE");
    print_stage("copy of the bytes, for comparison", f->copy_sec, f);
    print_stage("candidates (prefilter)", f->prefilter_sec, f);
    print_stage("patterns tried", f->attempts_sec, f);
    const double keyed = f->total_sec - f->redact_sec;
    if (keyed > 0) print_stage("pseudonyms and masks", keyed, f);
    const double rest = f->redact_sec - f->prefilter_sec - f->attempts_sec;
    print_stage("structure, keys, edits, writing", rest > 0 ? rest : 0, f);
    print_stage("all", f->total_sec, f);
    printf("%-34s %9.0f (median; slowest of %u: %.0f)\n", "",
           (double)f->bytes / f->total_median_sec / 1e6, f->n_samples,
           (double)f->bytes / f->total_max_sec / 1e6);
}

struct row {
    struct tools_rule rule;
    struct tools_cost cost;
};

static int by_cost(const void *a, const void *b) {
    const struct tools_cost *x = &((const struct row *)a)->cost,
                            *y = &((const struct row *)b)->cost;
    if (x->ticks != y->ticks) return x->ticks < y->ticks ? 1 : -1;
    return (x->hits < y->hits) - (x->hits > y->hits);
}

static void print_row(const char *name, const struct tools_cost *c, const struct bench_figures *f) {
    const double sec = (double)c->ticks / f->ticks_per_sec;
    printf("%-34s %10llu %10llu", name, (unsigned long long)c->attempts,
           (unsigned long long)c->hits);
    if (c->attempts > 0)
        printf(" %11.0f %7.1f%%\n", sec * 1e9 / (double)c->attempts, 100 * sec / f->total_sec);
    else
        printf(" %11s %8s\n", "-", "-");
}

/* Classes with hits or attempts, then the rules that cost most. */
static bool print_rules(const struct logwash *lw, const struct bench_figures *f) {
    const size_t n = logwash_rule_count(lw);
    struct row *rows = calloc(n + 1, sizeof *rows);
    struct tools_cost *classes = calloc(logwash_class_count(), sizeof *classes);
    const bool ok = rows && classes;
    for (size_t i = 0; ok && tools_rule(lw, i, &rows[i].rule); i++) {
        rows[i].cost = f->costs[i];
        for (size_t c = 0; c < logwash_class_count(); c++) {
            if (strcmp(rows[i].rule.class_name, logwash_class_name(c)) != 0) continue;
            classes[c].attempts += rows[i].cost.attempts;
            classes[c].hits += rows[i].cost.hits;
            classes[c].ticks += rows[i].cost.ticks;
        }
    }
    if (ok) {
        qsort(rows, n, sizeof *rows, by_cost);
        printf("\n%-34s %10s %10s %11s %8s\n", "CLASS", "TRIED", "FOUND", "NS/TRY", "SHARE");
        for (size_t c = 0; c < logwash_class_count(); c++)
            if (classes[c].attempts + classes[c].hits > 0)
                print_row(logwash_class_name(c), &classes[c], f);
        printf("\n%-34s %10s %10s %11s %8s\n", "RULE (dearest first)", "TRIED", "FOUND", "NS/TRY",
               "SHARE");
        for (size_t i = 0; i < n && i < TOP_RULES && rows[i].cost.attempts + rows[i].cost.hits > 0;
             i++)
            print_row(rows[i].rule.id, &rows[i].cost, f);
    }
    free(rows);
    free(classes);
    return ok;
}

static int run(const struct load *load, const struct bench_log *log, const char *name) {
    struct logwash *lw = NULL, *redacting = NULL;
    struct bench_figures figures = {0};
    struct load redacts = *load;
    redacts.options.redact_all = true;
    redacts.options.report = NULL;
    int code = load_engine(load, &lw);
    if (code == 0) code = load_engine(&redacts, &redacting);
    if (code == 0 && !bench_measure(lw, redacting, log, &figures)) code = EXIT_WORLD;
    if (code == 0 && !figures.is_stable) {
        message("the answer changed from pass to pass; please report this");
        code = EXIT_NO;
    }
    if (code == 0) {
        printf("%s: %.1f MB in %zu records, %llu findings, %zu rules; CPU time of one thread\n\n",
               name, (double)figures.bytes / 1e6, figures.n_records,
               (unsigned long long)figures.n_hits, logwash_rule_count(lw));
        print_stages(&figures);
        if (!print_rules(lw, &figures)) code = EXIT_WORLD;
        if (figures.bytes < SHORT_LOG)
            printf("\nThe log is short: its figures are rough, and shares may exceed 100%%.\n");
    }
    if (code == EXIT_WORLD) message("out of memory");
    free(figures.costs);
    logwash_free(redacting);
    logwash_free(lw);
    return code;
}

int cmd_bench(struct invocation *inv) {
    struct load load;
    struct buf text;
    struct bench_log log = {0};
    buf_init(&text, 0);
    if (inv->n_args > 1) {
        message("'%s' is too much here", inv->args[1]);
        help_usage(inv->command);
        return EXIT_USAGE;
    }
    const bool own = inv->n_args == 0 && terminal_is(STDIN_FILENO);
    const char *name = own ? "sample logs" : (inv->n_args ? inv->args[0] : "-");
    int code = load_init(&load, inv);
    if (code == 0 && !(own ? make_log(&text) : read_log(name, &text))) code = EXIT_WORLD;
    if (code == 0 && !bench_cut(buf_view(&text), (enum logwash_framing)inv->set.framing, &log)) {
        message("out of memory");
        code = EXIT_WORLD;
    }
    if (code == 0 && log.n_records == 0) {
        message("%s: no record in the first %d MiB", name, BENCH_BYTES >> 20);
        code = EXIT_NO;
    }
    if (code == 0) code = run(&load, &log, name);
    free(log.records);
    free(log.batches);
    buf_fini(&text);
    load_fini(&load);
    return code;
}
