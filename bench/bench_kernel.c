/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the hot path alone: bit masks, structure of JSON, attempts, splice, pseudonyms.
 *
 *     bench_kernel [--bytes N] [--samples N] [--smoke] [--csv FILE]
 *
 * Over made-up logs of 1 MiB, which stay in the processor's cache; `ratio` is the speed against
 * memcpy of the same bytes. Kernels for this CPU must give what the portable ones give. */
#include "base/mask.h"
#include "cases.h"
#include "core/engine.h"
#include "core/tools.h"
#include "detect/regex.h"
#include <stdlib.h>

struct kernel {
    const struct corpus *corpus;
    const struct mask_kernels *masks;
    uint64_t *word, *inside;
    struct json_index json;
    struct regex *regex;
    struct regex_scratch *regex_scratch;
    struct logwash *lw;
    struct logwash_scratch *scratch;
    struct buf out;
    bool is_new_value;
    uint64_t n_values;
};

static uint64_t run_any(void *p) {
    struct kernel *k = p;
    k->masks->any(k->corpus->data, k->corpus->len, (const uint8_t *)"=:-", 3, k->word);
    return measure_checksum(0, k->word, mask_words(k->corpus->len) * 8);
}

static uint64_t run_quotes(void *p) {
    struct kernel *k = p;
    uint64_t open = k->masks->quotes(k->corpus->data, k->corpus->len, k->word, k->inside);
    return measure_checksum(open, k->inside, mask_words(k->corpus->len) * 8);
}

static uint64_t run_json(void *p) {
    struct kernel *k = p;
    uint64_t valid = 0;
    for (size_t b = 0; b < k->corpus->n_batches; b++)
        for (size_t i = 0; i < k->corpus->batches[b].n; i++) {
            const struct logwash_record *rec = &k->corpus->batches[b].records[i];
            const uint8_t *data = k->corpus->batches[b].data;
            valid += json_build(&k->json, k->masks, slice_of(data + rec->off, rec->len), 64) ==
                     JSON_VALID;
        }
    return valid;
}

/* An attempt at the start of each record. */
static uint64_t run_attempts(void *p) {
    struct kernel *k = p;
    uint64_t found = 0;
    struct span match, value;
    for (size_t b = 0; b < k->corpus->n_batches; b++)
        for (size_t i = 0; i < k->corpus->batches[b].n; i++) {
            const struct logwash_record *rec = &k->corpus->batches[b].records[i];
            struct slice view =
                slice_of((const uint8_t *)k->corpus->batches[b].data + rec->off, rec->len);
            found += regex_attempt(k->regex, k->regex_scratch, view, 0, NULL, NULL, &match,
                                   &value) == REGEX_YES;
        }
    return found;
}

/* Each record's first ten bytes are replaced. */
static uint64_t run_splice(void *p) {
    struct kernel *k = p;
    uint64_t len = 0;
    for (size_t b = 0; b < k->corpus->n_batches; b++) {
        const struct logwash_batch *batch = &k->corpus->batches[b];
        buf_reset(&k->out);
        struct splice s = {slice_of(batch->data, batch->len), 0, &k->out};
        for (size_t i = 0; i < batch->n; i++)
            splice_edit(&s, batch->records[i].off, batch->records[i].off + 10,
                        SLICE("[REDACTED:ipv4]"));
        splice_finish(&s);
        len += k->out.len;
    }
    return len;
}

/* 10,000 addresses: the same 100 again and again, or each a new one. */
static uint64_t run_pseudonyms(void *p) {
    struct kernel *k = p;
    char text[32];
    buf_reset(&k->out);
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t n = k->is_new_value ? k->n_values++ : i % 100;
        int len = snprintf(text, sizeof text, "198.18.%u.%u", (unsigned)(n >> 8 & 255),
                           (unsigned)(n & 255));
        if (k->is_new_value)
            len = snprintf(text, sizeof text, "user%llu@example.com", (unsigned long long)n);
        pseudonym_make(k->lw->pseudonyms, k->scratch->pseudonyms,
                       k->is_new_value ? CLASS_email : CLASS_ipv4, 0, slice_of(text, (size_t)len),
                       &k->out);
    }
    return k->out.len;
}

static uint64_t run_prefilter(void *p) {
    struct kernel *k = p;
    uint64_t n = 0;
    for (size_t i = 0; i < k->corpus->n_batches; i++)
        n += tools_prefilter(k->scratch, &k->corpus->batches[i]);
    return n;
}

static void kernel_case(struct report *r, struct kernel *k, const char *log, const char *name,
                        uint64_t (*run)(void *), double base_sec) {
    const struct measure_case m = {name, run, k, k->corpus->len, k->corpus->n_records};
    report_case(r, log, "", &m, base_sec);
}

/* A kernel for this CPU, and the portable one as its check and its baseline. */
static void mask_case(struct report *r, struct kernel *k, const char *log, const char *name,
                      uint64_t (*run)(void *), double base_sec) {
    char portable[32];
    k->masks = mask_kernels(CPU_PORTABLE);
    uint64_t want = run(k);
    snprintf(portable, sizeof portable, "%s-plain", name);
    kernel_case(r, k, log, portable, run, base_sec);
    k->masks = mask_kernels(cpu_detect());
    report_check(r, run(k) == want, log, "the kernel differs from the portable one");
    kernel_case(r, k, log, name, run, base_sec);
}

static void attempt_case(struct report *r, struct kernel *k, const char *log, const char *name,
                         const char *pattern, bool matches, double base_sec) {
    struct diags diags;
    diags_init(&diags);
    k->regex = regex_compile(slice_str(pattern), NULL, 0, 0, &diags);
    if (!k->regex) die("cannot compile", pattern);
    report_check(r, run_attempts(k) == (matches ? k->corpus->n_records : 0), log,
                 "attempts gave a wrong answer");
    kernel_case(r, k, log, name, run_attempts, base_sec);
    regex_free(k->regex);
    diags_fini(&diags);
}

static void bench_kind(struct report *r, struct kernel *k, const char *kind) {
    const struct gen_options options = {.seed = 5, .hits = 100, .escapes = GEN_DEFAULT};
    struct corpus corpus = corpus_of_kind(kind, &options, r->bytes);
    k->corpus = &corpus;
    k->word = malloc(mask_words(corpus.len) * 8);
    k->inside = malloc(mask_words(corpus.len) * 8);
    if (!k->word || !k->inside) die("out of memory", "masks");
    double base_sec = case_memcpy(r, kind, "", &corpus);
    mask_case(r, k, kind, "any", run_any, base_sec);
    mask_case(r, k, kind, "quotes", run_quotes, base_sec);
    if (strcmp(kind, "json") == 0) mask_case(r, k, kind, "json", run_json, base_sec);
    kernel_case(r, k, kind, "prefilter", run_prefilter, base_sec);
    kernel_case(r, k, kind, "splice", run_splice, base_sec);
    if (strcmp(kind, "access") == 0) {
        attempt_case(r, k, kind, "attempt-hit", "\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\d.])", true,
                     base_sec);
        attempt_case(r, k, kind, "attempt-miss", "\\d{1,3}(?:\\.\\d{1,3}){2}:", false, base_sec);
    }
    free(k->word);
    free(k->inside);
    corpus_free(&corpus);
}

int main(int argc, char **argv) {
    struct report r;
    if (report_init(&r, "kernel", 1 << 20, argc, argv) < argc) die("too much", argv[argc - 1]);
    const struct engine_case defaults = {.name = "default"};
    struct kernel k = {.lw = case_load(&defaults, false), .regex_scratch = regex_scratch_new()};
    k.scratch = logwash_scratch_new(k.lw);
    if (!k.scratch || !k.regex_scratch) die("out of memory", "scratch");
    json_init(&k.json);
    buf_init(&k.out, 0);
    bench_kind(&r, &k, "access");
    bench_kind(&r, &k, "json");
    bench_kind(&r, &k, "build");
    const struct measure_case known = {"token-known", run_pseudonyms, &k, 140000, 10000};
    report_case(&r, "pseudonyms", "", &known, 0);
    k.is_new_value = true;
    k.n_values = 100000; /* as many digits in each pass */
    const struct measure_case fresh = {"token-new", run_pseudonyms, &k, 240000, 10000};
    report_case(&r, "pseudonyms", "", &fresh, 0);
    buf_fini(&k.out);
    json_fini(&k.json);
    regex_scratch_free(k.regex_scratch);
    logwash_scratch_free(k.scratch);
    logwash_free(k.lw);
    return report_end(&r);
}
