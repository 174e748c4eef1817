/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "cases.h"
#include "core/bundled.h"
#include "core/tools.h"
#include "detect/pack.h"
#include <pcre2.h>
#include <stdlib.h>

enum { MAX_RULES = 2048, NAIVE_BYTES = 2 << 20 };

/* ---- memcpy ---- */

static uint64_t run_memcpy(void *p) {
    const struct corpus *c = p;
    static uint8_t out[CORPUS_BATCH];
    uint64_t sum = 0;
    for (size_t i = 0; i < c->n_batches; i++) {
        const uint8_t *data = c->batches[i].data;
        for (size_t off = 0; off < c->batches[i].len; off += CORPUS_BATCH) {
            size_t len = c->batches[i].len - off;
            memcpy(out, data + off, len < CORPUS_BATCH ? len : CORPUS_BATCH);
            __asm__ volatile("" : : "r"(out) : "memory");
            sum += out[len / 2 % CORPUS_BATCH];
        }
    }
    return sum;
}

double case_memcpy(struct report *r, const char *log, const char *param, const struct corpus *c) {
    struct corpus copy = *c;
    const struct measure_case m = {"memcpy", run_memcpy, &copy, c->len, c->n_records};
    return report_case(r, log, param, &m, 0);
}

/* ---- one pattern after the other ---- */

struct naive {
    struct corpus corpus;
    pcre2_code *code[MAX_RULES];
    size_t n;
    pcre2_match_data *match;
};

static uint64_t run_naive(void *p) {
    struct naive *naive = p;
    uint64_t found = 0;
    for (size_t i = 0; i < naive->corpus.n_records; i++) {
        const struct logwash_record *rec = &naive->corpus.records[i];
        const struct logwash_batch *batch = naive->corpus.batches;
        while (rec >= batch->records + batch->n) batch++;
        PCRE2_SPTR line = (PCRE2_SPTR)batch->data + rec->off;
        for (size_t r = 0; r < naive->n; r++) {
            size_t from = 0;
            while (from <= rec->len && pcre2_jit_match(naive->code[r], line, rec->len, from, 0,
                                                       naive->match, NULL) > 0) {
                size_t end = pcre2_get_ovector_pointer(naive->match)[1];
                from = end > from ? end : from + 1;
                found++;
            }
        }
    }
    return found;
}

/* Compiles the patterns of the bundled packs' default profiles, as they stand there. */
static void naive_init(struct naive *naive) {
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
    for (size_t i = 0; i < set.n && naive->n < MAX_RULES; i++) {
        const struct rule *rule = &set.rules[i];
        if (rule->pattern.len == 0 || !(rule->profiles & PROFILE_DEFAULT)) continue;
        int error;
        size_t at;
        pcre2_code *code =
            pcre2_compile(rule->pattern.ptr, rule->pattern.len, PCRE2_DUPNAMES, &error, &at, NULL);
        if (!code || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
            die("cannot compile", (const char *)rule->id.ptr);
        naive->code[naive->n++] = code;
    }
    naive->match = pcre2_match_data_create(64, NULL);
    diags_fini(&diags);
    rule_set_fini(&set);
}

double case_naive(struct report *r, const char *log, const struct corpus *c, double base_sec,
                  size_t *n) {
    struct naive naive = {.corpus = corpus_head(c, NAIVE_BYTES)};
    const double part = (double)naive.corpus.len / (double)c->len;
    naive_init(&naive);
    const struct measure_case m = {"naive", run_naive, &naive, naive.corpus.len,
                                   naive.corpus.n_records};
    double sec = report_case(r, log, "", &m, base_sec * part);
    for (size_t i = 0; i < naive.n; i++) pcre2_code_free(naive.code[i]);
    pcre2_match_data_free(naive.match);
    *n = naive.n;
    return sec / part;
}

/* ---- the engine ---- */

struct engine {
    const struct corpus *corpus;
    const struct logwash *lw;
    struct logwash_scratch *scratch;
    struct logwash_output out;
};

static uint64_t run_engine(void *p) {
    struct engine *e = p;
    uint64_t edits = 0, bytes = 0;
    for (size_t i = 0; i < e->corpus->n_batches; i++) {
        if (logwash_wash_batch(e->lw, e->scratch, &e->corpus->batches[i], &e->out) != LOGWASH_OK)
            die("wash failed", "out of memory");
        for (size_t k = 0; k < e->out.n; k++) edits += e->out.results[k].verdict.edits;
        bytes += e->out.len;
    }
    return edits * 0x9e3779b97f4a7c15ull ^ bytes;
}

static uint64_t run_prefilter(void *p) {
    struct engine *e = p;
    uint64_t candidates = 0;
    for (size_t i = 0; i < e->corpus->n_batches; i++)
        candidates += tools_prefilter(e->scratch, &e->corpus->batches[i]);
    return candidates;
}

struct logwash *case_load(const struct engine_case *e, bool reference) {
    static const uint8_t key[32] = "a key for benches, not a secret";
    struct logwash *lw = NULL;
    struct logwash_error err = {0};
    const struct logwash_options options = {.run_key = key,
                                            .packs = e->packs,
                                            .n_packs = e->n_packs,
                                            .redact_all = e->redact,
                                            .without_prefilter = reference,
                                            .portable = reference};
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) die("cannot load the rules", err.message);
    return lw;
}

/* Washes the first bytes; checksum of the output. */
static uint64_t wash_start(const struct corpus *corpus, const struct logwash *lw, size_t checked) {
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_batch batch = corpus->batches[0];
    while (batch.n > 1 && batch.records[batch.n - 1].off > checked) batch.n--;
    batch.len = batch.records[batch.n - 1].off + batch.records[batch.n - 1].len;
    struct logwash_output out = {0};
    if (!scratch || logwash_wash_batch(lw, scratch, &batch, &out) != LOGWASH_OK)
        die("wash failed", "out of memory");
    uint64_t sum = measure_checksum(out.n, out.data, out.len);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    return sum;
}

double case_engine(struct report *r, const char *log, const char *param, const struct corpus *c,
                   const struct engine_case *e, size_t checked, double base_sec) {
    struct logwash *lw = case_load(e, false);
    if (checked > 0) {
        struct logwash *reference = case_load(e, true);
        report_check(r, wash_start(c, lw, checked) == wash_start(c, reference, checked), log,
                     "the output differs from that without prefilter and kernels");
        logwash_free(reference);
    }
    struct engine ctx = {.corpus = c, .lw = lw, .scratch = logwash_scratch_new(lw)};
    if (!ctx.scratch) die("out of memory", "scratch");
    const struct measure_case m = {e->name, e->prefilter_only ? run_prefilter : run_engine, &ctx,
                                   c->len, c->n_records};
    double sec = report_case(r, log, param, &m, base_sec);
    logwash_output_fini(&ctx.out);
    logwash_scratch_free(ctx.scratch);
    logwash_free(lw);
    return sec;
}
