/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/keyname.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

enum { N_FORMATS = 5, N_ENGINES = 32, MAX_WASHES = 64, MAX_FINDINGS = 4096, MAX_RECORDS = 256 };

static const char small_pack[] =
    "pack: t\n"
    "rules:\n"
    "  - id: t.token\n"
    "    description: a token\n"
    "    class: github_token\n"
    "    pattern: '\\bghp_[A-Za-z0-9]{8}\\b'\n"
    "    examples: [{in: ghp_00000000, out: '[REDACTED:github_token]'}, {in: c, same: true}]\n"
    "  - id: t.secret\n"
    "    description: a value by its name\n"
    "    class: password\n"
    "    keys: [password, '*_secret']\n"
    "    examples: [{in: pwd, same: true}, {in: password=a1b2, out: "
    "'password=[REDACTED:password]'}]\n";
/* A finding asks where in its record it stands. */
static const char small_config[] = "rules:\n"
                                   "  allow:\n"
                                   "    - {field: 'a.**.b[]', rule: t.token, reason: for a test}\n";

struct engine {
    struct logwash *fast, *portable;
    struct logwash_scratch *fast_scratch, *portable_scratch;
};

void fuzz_fail(const char *what, size_t len) {
    fprintf(stderr, "%s (input of %zu bytes)\n", what, len);
    abort();
}

static struct logwash *load(enum logwash_format format, unsigned choice, bool portable) {
    static const uint8_t key[32] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const struct logwash_source pack = {"small.yaml", small_pack, sizeof small_pack - 1};
    static const struct logwash_source config = {"config.yaml", small_config,
                                                 sizeof small_config - 1};
    const bool small = choice & FUZZ_SMALL;
    struct logwash_options options = {.packs = small ? &pack : NULL,
                                      .n_packs = small,
                                      .without_bundled_packs = small,
                                      .config = small ? &config : NULL,
                                      .profiles =
                                          choice & FUZZ_STRICT ? "request,build,strict" : NULL,
                                      .run_key = key,
                                      .format = format,
                                      .redact_all = choice & FUZZ_REDACT,
                                      .portable = portable};
    struct logwash *lw = NULL;
    struct logwash_error err;
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) fuzz_fail(err.message, 0);
    return lw;
}

static struct engine *engine_for(enum logwash_format format, unsigned choice) {
    static struct engine engines[N_FORMATS][N_ENGINES];
    choice &= FUZZ_STRICT | FUZZ_SMALL | FUZZ_REDACT;
    struct engine *engine = &engines[format][choice];
    if (engine->fast != NULL) return engine;
    engine->fast = load(format, choice, false);
    engine->portable = load(format, choice, true);
    engine->fast_scratch = logwash_scratch_new(engine->fast);
    engine->portable_scratch = logwash_scratch_new(engine->portable);
    if (engine->fast_scratch == NULL || engine->portable_scratch == NULL) fuzz_fail("no memory", 0);
    return engine;
}

static void wash(const struct logwash *lw, struct logwash_scratch *scratch, struct slice rec,
                 struct logwash_output *out) {
    FUZZ_MUST(logwash_wash(lw, scratch, rec.ptr, rec.len, out) == LOGWASH_OK, rec.len);
    const struct logwash_result *r = &out->results[0];
    FUZZ_MUST(out->n == 1 && r->off <= out->len && r->len <= out->len - r->off, rec.len);
}

static struct slice bytes_of(const struct logwash_output *out) {
    return slice_of(out->data, out->len);
}

/* ---- bytes outside of findings ---- */

struct findings {
    struct span at[MAX_FINDINGS];
    size_t n;
};

static bool collect(void *ctx, const struct logwash_finding *f) {
    struct findings *findings = ctx;
    if (findings->n == MAX_FINDINGS) return false;
    findings->at[findings->n++] = (struct span){f->start, f->end};
    return true;
}

static int by_start(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* In their order; the first ones at the start, the last ones at the end. */
static void outside_stays(const struct engine *e, struct slice rec, struct slice out) {
    static struct findings found;
    const struct logwash_record one = {.len = (uint32_t)rec.len, .time_ms = INT64_MIN};
    const struct logwash_batch batch = {.data = rec.ptr,
                                        .len = rec.len,
                                        .records = &one,
                                        .n = 1,
                                        .framing = LOGWASH_FRAMING_MESSAGE};
    found.n = 0;
    FUZZ_MUST(logwash_scan(e->fast, e->fast_scratch, &batch, collect, &found) == LOGWASH_OK,
              rec.len);
    if (found.n == MAX_FINDINGS) return;
    qsort(found.at, found.n, sizeof *found.at, by_start);
    size_t from = 0, reached = 0;
    for (size_t i = 0; i <= found.n; i++) {
        const size_t to = i < found.n ? found.at[i].start : rec.len;
        FUZZ_MUST(to <= rec.len, rec.len);
        if (to > from) {
            const size_t len = to - from;
            const uint8_t *p =
                i < found.n ? memmem(out.ptr + reached, out.len - reached, rec.ptr + from, len)
                : out.len - reached >= len ? out.ptr + out.len - len
                                           : NULL;
            if (p == NULL || (from == 0 && p != out.ptr) || memcmp(p, rec.ptr + from, len) != 0)
                fuzz_fail("bytes outside of findings changed", rec.len);
            reached = (size_t)(p - out.ptr) + len;
        }
        if (i < found.n && found.at[i].end > from) from = found.at[i].end;
    }
}

/* ---- records ---- */

static bool has_block(struct slice rec) {
    return rec.len > 0 && memmem(rec.ptr, rec.len, "-----BEGIN", 10) != NULL;
}

/* Quotes of two levels around one value, as in broken JSON, are read in two ways; what is too long
 * for a name may be short enough when a value in it is gone; what stands behind a block is judged
 * again. */
static bool may_be_read_in_two_ways(struct slice rec) {
    if (has_block(rec)) return true;
    size_t run = 0; /* since the last quote */
    for (size_t i = 0; i < rec.len; i++) {
        if (memchr("\\%&\x1b", rec.ptr[i], 4) != NULL) return true;
        run = rec.ptr[i] == '"' ? 0 : run + 1;
        if (run > KEYNAME_MAX) return true;
    }
    return false;
}

static void washes_end(const struct engine *e, bool once, size_t len, struct logwash_output *now,
                       struct logwash_output *next) {
    const int washes = once ? 1 : MAX_WASHES;
    for (int i = 0; i < washes; i++) {
        wash(e->fast, e->fast_scratch, bytes_of(now), next);
        if (slice_eq(bytes_of(now), bytes_of(next))) return;
        struct logwash_output *swap = now;
        now = next;
        next = swap;
    }
    fuzz_fail("another wash changes it again", len);
}

static void one_record(const struct fuzz_format *format, const struct engine *e, unsigned choice,
                       struct slice rec) {
    struct logwash_output out = {0}, other = {0};
    wash(e->fast, e->fast_scratch, rec, &out);
    wash(e->portable, e->portable_scratch, rec, &other);
    if (!slice_eq(bytes_of(&out), bytes_of(&other))) fuzz_fail("portable kernels differ", rec.len);
    const struct slice got = bytes_of(&out);
    const enum logwash_outcome outcome = out.results[0].verdict.outcome;
    if (outcome == LOGWASH_CLEAN && !slice_eq(got, rec)) fuzz_fail("clean and changed", rec.len);
    if (outcome != LOGWASH_WITHHELD) {
        if (format->framing != LOGWASH_FRAMING_MSGPACK) outside_stays(e, rec, got);
        const bool valid = format->is_valid != NULL && format->is_valid(rec);
        if (valid) {
            if (!format->is_valid(got)) fuzz_fail("a valid record became invalid", rec.len);
            if (format->is_alike != NULL && !format->is_alike(rec, got))
                fuzz_fail("more than values changed", rec.len);
        }
        washes_end(e, choice & FUZZ_SMALL && (valid || !may_be_read_in_two_ways(rec)), rec.len,
                   &out, &other);
    }
    logwash_output_fini(&out);
    logwash_output_fini(&other);
}

/* Records of a batch and records alone. */
static void many_records(const struct fuzz_format *format, const struct engine *e,
                         struct slice input) {
    struct logwash_record records[MAX_RECORDS];
    struct logwash_output whole = {0}, alone = {0};
    size_t used = 0, n = logwash_frame(format->framing, input.ptr, input.len, true, records,
                                       MAX_RECORDS, &used);
    struct logwash_batch batch = {
        .data = input.ptr, .len = used, .records = records, .n = n, .framing = format->framing};
    FUZZ_MUST(used <= input.len, input.len);
    FUZZ_MUST(logwash_wash_batch(e->fast, e->fast_scratch, &batch, &whole) == LOGWASH_OK,
              input.len);
    FUZZ_MUST(whole.n == n, input.len);
    const bool crosses = has_block(slice_of(input.ptr, used));
    for (size_t i = 0; i < n && !crosses; i++) {
        const struct logwash_result *r = &whole.results[i];
        FUZZ_MUST(r->off <= whole.len && r->len <= whole.len - r->off, input.len);
        wash(e->fast, e->fast_scratch, slice_of(input.ptr + records[i].off, records[i].len),
             &alone);
        if (!slice_eq(bytes_of(&alone), slice_of(whole.data + r->off, r->len)))
            fuzz_fail("a record alone and in its batch differ", input.len);
    }
    logwash_output_fini(&whole);
    logwash_output_fini(&alone);
}

void fuzz_wash(const struct fuzz_format *format, unsigned choice, struct slice input) {
    const struct engine *e = engine_for(format->format, choice);
    if (choice & FUZZ_BATCH)
        many_records(format, e, input);
    else
        one_record(format, e, choice, input);
}
