/* SPDX-License-Identifier: Apache-2.0 */
/* The engine alone, one thread, over the bytes of log files: no reading, no writing.
 *
 *     bench_engine [--bytes N] [--samples N] [--smoke] [--csv FILE] LOG...
 *
 * Each file is repeated until it has N bytes (default 16 MiB), cut into batches of 256 KiB as the
 * pipeline does, and washed. Beside it, in the same run over the same bytes:
 *
 *     memcpy    the batches are copied
 *     naive     each line is searched for each rule's pattern by PCRE2's JIT, one after the other,
 * all matches; no validators, no key rules, no replacement: less than what the engine does
 *
 * Checked first: on the first 128 KiB the engine without prefilter and without CPU-specific kernels
 * gives the same bytes. `ratio` is the speed against memcpy, for the engine's cases also printed
 * against naive. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "bench.h"
#include "core/bundled.h"
#include "detect/pack.h"
#include "logwash.h"
#include <pcre2.h>

enum { BATCH = 256 * 1024, CHECKED = 128 * 1024, MAX_RULES = 1024 };

struct corpus {
    uint8_t *data;
    size_t len;
    struct logwash_record *records; /* offsets in their batch */
    size_t n_records;
    struct logwash_batch *batches;
    size_t n_batches;
};

struct engine_ctx {
    const struct corpus *corpus;
    const struct logwash *lw;
    struct logwash_scratch *scratch;
    struct logwash_output out;
    uint64_t edits;
};

struct naive_ctx {
    const struct corpus *corpus;
    pcre2_code *code[MAX_RULES];
    size_t n;
    pcre2_match_data *match;
};

struct settings {
    size_t bytes;
    unsigned samples;
    double sample_sec;
    bool smoke;
    FILE *csv;
    size_t n_passed, n_failed;
};

_Noreturn static void die(const char *what, const char *which) {
    fprintf(stderr, "bench_engine: %s: %s\n", what, which);
    exit(3);
}

static void *must_alloc(size_t len) {
    void *p = malloc(len ? len : 1);
    if (!p) die("out of memory", "corpus");
    return p;
}

/* ---- corpus ---- */

static uint8_t *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    if (!f) die("cannot open", path);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    if (size <= 0) die("empty", path);
    rewind(f);
    uint8_t *data = must_alloc((size_t)size + 1);
    if (fread(data, 1, (size_t)size, f) != (size_t)size) die("cannot read", path);
    fclose(f);
    *len = (size_t)size;
    if (data[*len - 1] != '\n') data[(*len)++] = '\n';
    return data;
}

/* Whole lines in batches of BATCH bytes, each with the records before it as tail. */
static void cut(struct corpus *c) {
    size_t cap = 0;
    for (size_t i = 0; i < c->len; i++) cap += c->data[i] == '\n';
    c->records = must_alloc(cap * sizeof *c->records);
    c->batches = must_alloc((c->len / (BATCH / 2) + 2) * sizeof *c->batches);
    for (size_t off = 0; off < c->len;) {
        size_t len = c->len - off < BATCH ? c->len - off : BATCH, used = 0;
        struct logwash_record *records = c->records + c->n_records;
        size_t n = logwash_frame(LOGWASH_FRAMING_LINE, c->data + off, len, false, records,
                                 cap - c->n_records, &used);
        if (n == 0) die("a line is longer than a batch", "corpus");
        c->batches[c->n_batches++] =
            (struct logwash_batch){.data = c->data + off, .len = used, .records = records, .n = n};
        c->n_records += n;
        off += used;
    }
}

static struct corpus corpus_new(const char *path, size_t bytes) {
    struct corpus c = {0};
    size_t len;
    uint8_t *once = read_file(path, &len);
    size_t times = bytes / len + 1;
    if (times == 1 && len > bytes) { /* a cut at a line's end */
        while (bytes > 0 && once[bytes - 1] != '\n') bytes--;
        if (bytes > 0) len = bytes;
    }
    c.data = must_alloc(len * times);
    for (size_t i = 0; i < times; i++) memcpy(c.data + i * len, once, len);
    c.len = len * times;
    free(once);
    cut(&c);
    return c;
}

static void corpus_free(struct corpus *c) {
    free(c->data);
    free(c->records);
    free(c->batches);
}

/* ---- the cases ---- */

static uint64_t run_memcpy(void *p) {
    struct engine_ctx *ctx = p;
    static uint8_t out[BATCH];
    uint64_t sum = 0;
    for (size_t i = 0; i < ctx->corpus->n_batches; i++) {
        const struct logwash_batch *batch = &ctx->corpus->batches[i];
        memcpy(out, batch->data, batch->len);
        __asm__ volatile("" : : "r"(out) : "memory");
        sum += out[batch->len / 2];
    }
    return sum;
}

static uint64_t run_engine(void *p) {
    struct engine_ctx *ctx = p;
    uint64_t edits = 0, bytes = 0;
    for (size_t i = 0; i < ctx->corpus->n_batches; i++) {
        if (logwash_wash_batch(ctx->lw, ctx->scratch, &ctx->corpus->batches[i], &ctx->out) !=
            LOGWASH_OK)
            die("wash failed", "out of memory");
        for (size_t k = 0; k < ctx->out.n; k++) edits += ctx->out.results[k].verdict.edits;
        bytes += ctx->out.len;
    }
    ctx->edits = edits;
    return edits * 0x9e3779b97f4a7c15ull ^ bytes;
}

static uint64_t run_naive(void *p) {
    struct naive_ctx *ctx = p;
    uint64_t found = 0;
    for (size_t i = 0; i < ctx->corpus->n_batches; i++) {
        const struct logwash_batch *batch = &ctx->corpus->batches[i];
        for (size_t k = 0; k < batch->n; k++) {
            PCRE2_SPTR line = (PCRE2_SPTR)batch->data + batch->records[k].off;
            size_t len = batch->records[k].len;
            for (size_t r = 0; r < ctx->n; r++) {
                size_t from = 0;
                while (from <= len &&
                       pcre2_jit_match(ctx->code[r], line, len, from, 0, ctx->match, NULL) > 0) {
                    size_t end = pcre2_get_ovector_pointer(ctx->match)[1];
                    from = end > from ? end : from + 1;
                    found++;
                }
            }
        }
    }
    return found;
}

/* Compiles the patterns of the bundled packs' default profiles, as they stand there. */
static void naive_init(struct naive_ctx *ctx, const struct corpus *corpus) {
    struct rule_set set;
    struct diags diags;
    rule_set_init(&set);
    diags_init(&diags);
    static struct diag_source sources[64];
    for (unsigned i = 0; i < n_bundled_packs && i < 64; i++) {
        sources[i].name = bundled_packs[i].name;
        sources[i].text = slice_of(bundled_packs[i].data, bundled_packs[i].len);
        if (!pack_read(&sources[i], false, &set, &diags)) die("broken pack", bundled_packs[i].name);
    }
    ctx->corpus = corpus;
    for (size_t i = 0; i < set.n && ctx->n < MAX_RULES; i++) {
        const struct rule *rule = &set.rules[i];
        if (rule->pattern.len == 0 || !(rule->profiles & PROFILE_DEFAULT)) continue;
        int error;
        size_t at;
        pcre2_code *code =
            pcre2_compile(rule->pattern.ptr, rule->pattern.len, PCRE2_DUPNAMES, &error, &at, NULL);
        if (!code || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
            die("cannot compile", (const char *)rule->id.ptr);
        ctx->code[ctx->n++] = code;
    }
    ctx->match = pcre2_match_data_create(64, NULL);
    diags_fini(&diags);
    rule_set_fini(&set);
}

static void naive_fini(struct naive_ctx *ctx) {
    for (size_t i = 0; i < ctx->n; i++) pcre2_code_free(ctx->code[i]);
    pcre2_match_data_free(ctx->match);
}

static struct logwash *load(bool redact, bool reference) {
    static const uint8_t key[32] = "a key for benches, not a secret";
    struct logwash *lw = NULL;
    struct logwash_error err = {0};
    const struct logwash_options options = {.run_key = key,
                                            .redact_all = redact,
                                            .without_prefilter = reference,
                                            .portable = reference};
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) die("cannot load the rules", err.message);
    return lw;
}

/* Washes the first CHECKED bytes; checksum of the output. */
static uint64_t wash_start(const struct corpus *corpus, const struct logwash *lw) {
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_batch batch = corpus->batches[0];
    while (batch.n > 1 && batch.records[batch.n - 1].off > CHECKED) batch.n--;
    batch.len = batch.records[batch.n - 1].off + batch.records[batch.n - 1].len;
    struct logwash_output out = {0};
    if (!scratch || logwash_wash_batch(lw, scratch, &batch, &out) != LOGWASH_OK)
        die("wash failed", "out of memory");
    uint64_t sum = bench_checksum(out.n, out.data, out.len);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    return sum;
}

/* ---- one log ---- */

static void count(struct settings *set, bool good, const char *log, const char *what) {
    set->n_passed += good;
    set->n_failed += !good;
    if (!good) printf("%s: %s\n", log, what);
}

static double report(struct settings *set, const char *log, const struct bench_case *c,
                     double base_sec) {
    struct bench_result r = bench_run(c, set->sample_sec, set->samples);
    bench_print(log, c, &r, base_sec > 0 ? base_sec : r.min_sec);
    count(set, r.is_stable, log, "the answer changed from pass to pass");
    if (set->csv)
        fprintf(set->csv, "%s,%s,%zu,%zu,%u,%u,%.9f,%.9f,%.9f,%.9f,%016" PRIx64 "\n", log, c->name,
                c->bytes, c->records, r.samples, r.loops, r.min_sec, r.median_sec, r.max_sec,
                r.wall_sec, r.checksum);
    return r.min_sec;
}

static double report_engine(struct settings *set, const char *log, const struct corpus *corpus,
                            bool redact, double base_sec) {
    struct logwash *lw = load(redact, false), *reference = load(redact, true);
    count(set, wash_start(corpus, lw) == wash_start(corpus, reference), log,
          "the output differs from that without prefilter and kernels");
    logwash_free(reference);
    struct engine_ctx ctx = {.corpus = corpus, .lw = lw, .scratch = logwash_scratch_new(lw)};
    if (!ctx.scratch) die("out of memory", "scratch");
    const struct bench_case c = {redact ? "redact" : "default", run_engine, &ctx, corpus->len,
                                 corpus->n_records};
    double sec = report(set, log, &c, base_sec);
    logwash_output_fini(&ctx.out);
    logwash_scratch_free(ctx.scratch);
    logwash_free(lw);
    return sec;
}

static void bench_log(struct settings *set, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *log = slash ? slash + 1 : path;
    struct corpus corpus = corpus_new(path, set->bytes);
    struct engine_ctx copy = {.corpus = &corpus};
    struct naive_ctx naive = {0};
    naive_init(&naive, &corpus);
    const struct bench_case copies = {"memcpy", run_memcpy, &copy, corpus.len, corpus.n_records};
    const struct bench_case searches = {"naive", run_naive, &naive, corpus.len, corpus.n_records};
    double base_sec = report(set, log, &copies, 0);
    double naive_sec = report(set, log, &searches, base_sec);
    double redact_sec = report_engine(set, log, &corpus, true, base_sec);
    double default_sec = report_engine(set, log, &corpus, false, base_sec);
    printf("%-22s against naive (%zu patterns): redact %.1f x, default %.1f x\n", log, naive.n,
           naive_sec / redact_sec, naive_sec / default_sec);
    count(set, !set->smoke || redact_sec < naive_sec, log, "slower than the naive loop");
    naive_fini(&naive);
    corpus_free(&corpus);
}

int main(int argc, char **argv) {
    struct settings set = {.bytes = 16 << 20, .samples = BENCH_MIN_SAMPLES, .sample_sec = 0.1};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--smoke") == 0) {
            set.smoke = true;
            set.bytes = 1 << 20;
            set.sample_sec = 0.01;
        } else if (strcmp(argv[i], "--bytes") == 0) {
            set.bytes = strtoull(value, NULL, 10), i++;
        } else if (strcmp(argv[i], "--samples") == 0) {
            set.samples = (unsigned)strtoul(value, NULL, 10), i++;
        } else if (strcmp(argv[i], "--csv") == 0) {
            if (!(set.csv = fopen(value, "w"))) die("cannot write", value);
            i++;
        } else {
            die("unknown option", argv[i]);
        }
    }
    if (i == argc)
        die("no log given", "bench_engine [--bytes N] [--samples N] [--smoke] [--csv FILE] LOG...");
    if (set.csv)
        fprintf(
            set.csv,
            "log,case,bytes,records,samples,loops,min_sec,median_sec,max_sec,wall_sec,checksum\n");
    bench_print_head();
    for (; i < argc; i++) bench_log(&set, argv[i]);
    if (set.csv) fclose(set.csv);
    printf("%zu passed, %zu failed\n", set.n_passed, set.n_failed);
    return set.n_failed != 0;
}
