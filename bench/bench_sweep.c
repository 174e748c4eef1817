/* SPDX-License-Identifier: Apache-2.0 */
/* How the engine's time grows: with rules, hits, length of records; and on input made to be slow.
 *
 *     bench_sweep [--bytes N] [--samples N] [--smoke] [--csv FILE] [rules|hits|size|hostile]...
 *
 * One thread, made-up logs of 4 MiB, redactions. Beside each value of a sweep stands memcpy of the
 * same bytes (`ratio`). Checked first, as in bench_engine, on a small part. */
#include "cases.h"
#include <string.h>

static const struct engine_case redact = {.name = "redact", .redact = true};

static double run(struct report *r, const char *log, const char *param, const char *kind,
                  struct gen_options options, const struct engine_case *e, size_t checked) {
    struct corpus corpus = corpus_of_kind(kind, &options, r->bytes);
    double base_sec = case_memcpy(r, log, param, &corpus);
    double sec = case_engine(r, log, param, &corpus, e, checked, base_sec);
    corpus_free(&corpus);
    return sec;
}

/* ---- rules ---- */

/* `n` rules that find nothing, of the kinds that the bundled packs have: mostly a vendor's prefix
 * and a run, some with a keyword, some names of keys. */
static void synthetic_pack(size_t n, struct buf *out) {
    static const struct {
        const char *pattern;
        int len; /* of an example */
    } runs[] = {{"[A-Za-z0-9]{32}", 32},
                {"[0-9a-f]{40}", 40},
                {"[A-Z0-9]{16,20}", 16},
                {"[A-Za-z0-9_-]{20,80}", 20}};
    struct gen g = {.state = 7};
    buf_str(out, "pack: synthetic\nrules:\n");
    for (size_t i = 0; i < n; i++) {
        const size_t kind = i % 10, run = kind == 8 ? i / 10 % 4 : i % 4;
        char word[32], before[40];
        snprintf(word, sizeof word, "%c%c%c%zuq", 'a' + gen_below(&g, 26), 'a' + gen_below(&g, 26),
                 'a' + gen_below(&g, 26), i);
        snprintf(before, sizeof before, "%s%s", word,
                 kind == 9 ? "_token=" : (kind == 8 ? " " : "_"));
        buf_printf(out,
                   "  - id: synthetic.r%zu\n    description: made up\n    class: vendor_token\n",
                   i);
        if (kind == 9)
            buf_printf(out, "    keys: ['%s_token']\n", word);
        else
            buf_printf(out, "    pattern: '(?<![A-Za-z0-9])%s%s(?![A-Za-z0-9])'\n",
                       kind == 8 ? "" : before, runs[run].pattern);
        if (kind == 8) buf_printf(out, "    keywords: [%s]\n", word);
        buf_printf(out,
                   "    action: redact\n    examples:\n      - {in: '%s%0*d', out: "
                   "'%s[REDACTED:vendor_token]'}\n      - {in: 'nothing', same: true}\n",
                   before, runs[run].len, 0, kind >= 8 ? before : "");
    }
}

static void sweep_rules(struct report *r) {
    struct logwash *bundled = case_load(&redact, false);
    const size_t n_rules = logwash_rule_count(bundled);
    logwash_free(bundled);
    static const char *const kinds[] = {"access", "json", "build"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double once = 0;
        for (unsigned times = 1; times <= 4; times *= 2) {
            struct buf text;
            char param[16];
            buf_init(&text, 0);
            synthetic_pack(n_rules * (times - 1), &text);
            const struct logwash_source pack = {"synthetic", text.ptr, text.len};
            struct engine_case e = redact;
            e.packs = &pack;
            e.n_packs = times > 1;
            snprintf(param, sizeof param, "%zu", n_rules * times);
            const struct gen_options options = {.seed = 1,
                                                .hits = GEN_DEFAULT,
                                                .escapes = GEN_DEFAULT};
            double sec = run(r, kinds[k], param, kinds[k], options, &e, times == 1 ? 0 : 8192);
            once = times == 1 ? sec : once;
            printf("%-22s %u x the rules: %.2f x the time\n", kinds[k], times, sec / once);
            buf_fini(&text);
        }
    }
}

/* ---- hits, length of records ---- */

static void sweep_hits(struct report *r) {
    static const unsigned shares[] = {0, 1, 10, 100};
    static const char *const kinds[] = {"access", "json", "audit", "logfmt", "build"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
            char param[16];
            snprintf(param, sizeof param, "%u%%", shares[i]);
            run(r, kinds[k], param, kinds[k],
                (struct gen_options){.seed = 2, .hits = shares[i], .escapes = GEN_DEFAULT}, &redact,
                16384);
        }
}

static void sweep_size(struct report *r) {
    static const size_t sizes[] = {50, 100, 200, 500, 1000, 5000, 50000, 1 << 20};
    static const char *const kinds[] = {"text", "json"};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char param[16];
            if (strcmp(kinds[k], "json") == 0 && sizes[i] < 500) continue; /* longer by nature */
            snprintf(param, sizeof param, "%zu", sizes[i]);
            run(r, kinds[k], param, kinds[k],
                (struct gen_options){.seed = 3,
                                     .hits = GEN_DEFAULT,
                                     .escapes = GEN_DEFAULT,
                                     .record_bytes = sizes[i]},
                &redact, 8192);
        }
}

static void sweep_hostile(struct report *r) {
    double worst = 0;
    const char *worst_name = "";
    for (const struct gen_kind *k = gen_hostile; k->name; k++) {
        double sec = run(r, k->name, "", k->name, (struct gen_options){.seed = 4}, &redact, 0);
        if (sec <= worst) continue;
        worst = sec;
        worst_name = k->name;
    }
    printf("slowest: %s, %.1f MB/s (goal: 20)\n", worst_name, (double)r->bytes / worst / 1e6);
}

static const struct sweep {
    const char *name;
    void (*run)(struct report *r);
} sweeps[] = {{"rules", sweep_rules},
              {"hits", sweep_hits},
              {"size", sweep_size},
              {"hostile", sweep_hostile}};
enum { N_SWEEPS = sizeof sweeps / sizeof *sweeps };

int main(int argc, char **argv) {
    struct report r;
    int first = report_init(&r, "sweep", 4 << 20, argc, argv);
    bool wanted[N_SWEEPS] = {0};
    for (int a = first; a < argc; a++) {
        bool known = false;
        for (size_t i = 0; i < N_SWEEPS; i++)
            if (strcmp(argv[a], sweeps[i].name) == 0) wanted[i] = known = true;
        if (!known) die("no such sweep", argv[a]);
    }
    for (size_t i = 0; i < N_SWEEPS; i++) {
        if (first < argc && !wanted[i]) continue;
        r.bench = sweeps[i].name;
        sweeps[i].run(&r);
    }
    return report_end(&r);
}
