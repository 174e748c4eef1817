/* SPDX-License-Identifier: Apache-2.0 */
/* The whole engine on any bytes. The first byte of an input chooses (`enum choice`), the rest is
 * washed:
 *
 *     valid JSON stays valid JSON (a strict reader of our own judges)
 *     AVX2 and portable kernels agree; so do a batch of lines and its lines one by one
 *     what is washed often enough does not change any more; with the small pack, washing once is
 *     enough (the bundled rules judge what stands beside a value, which an edit changes)
 *     results lie in the output
 *
 * Built with libFuzzer by the preset `fuzz`; elsewhere replay.c runs the corpus. */
#include "fuzz.h"
#include "logwash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum choice {
    CHOICE_FORMAT = 3, /* an `enum logwash_format`, 3: auto too */
    CHOICE_STRICT = 4, /* all profiles */
    CHOICE_SMALL = 8,  /* the small pack */
    CHOICE_REDACT = 16,
    CHOICE_LINES = 32, /* a batch of lines */
    N_ENGINES = 32,
    MAX_WASHES = 8,
};

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

struct engine {
    struct logwash *fast, *portable;
    struct logwash_scratch *fast_scratch, *portable_scratch;
};

static void fail(const char *what, size_t len) {
    fprintf(stderr, "%s (input of %zu bytes)\n", what, len);
    abort();
}

static struct logwash *load(unsigned choice, bool portable) {
    static const uint8_t key[32] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const struct logwash_source source = {"small.yaml", small_pack, sizeof small_pack - 1};
    const bool small = choice & CHOICE_SMALL;
    struct logwash_options options = {.packs = small ? &source : NULL,
                                      .n_packs = small,
                                      .without_bundled_packs = small,
                                      .profiles =
                                          choice & CHOICE_STRICT ? "request,build,strict" : NULL,
                                      .run_key = key,
                                      .format = (enum logwash_format)(choice % 4 % 3),
                                      .redact_all = choice & CHOICE_REDACT,
                                      .portable = portable};
    struct logwash *lw = NULL;
    struct logwash_error err;
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) fail(err.message, 0);
    return lw;
}

static struct engine *engine_for(unsigned choice) {
    static struct engine engines[N_ENGINES];
    struct engine *engine = &engines[choice % N_ENGINES];
    if (engine->fast != NULL) return engine;
    engine->fast = load(choice, false);
    engine->portable = load(choice, true);
    engine->fast_scratch = logwash_scratch_new(engine->fast);
    engine->portable_scratch = logwash_scratch_new(engine->portable);
    if (engine->fast_scratch == NULL || engine->portable_scratch == NULL) fail("no memory", 0);
    return engine;
}

static void wash(const struct logwash *lw, struct logwash_scratch *scratch, const uint8_t *data,
                 size_t len, struct logwash_output *out) {
    if (logwash_wash(lw, scratch, data, len, out) != LOGWASH_OK) fail("not washed", len);
    const struct logwash_result *r = &out->results[0];
    if (out->n != 1 || r->off > out->len || r->len > out->len - r->off) fail("result", len);
}

static bool equal(const struct logwash_output *a, const struct logwash_output *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void one_record(const struct engine *e, unsigned choice, const uint8_t *data, size_t len) {
    struct logwash_output out = {0}, other = {0}, *now = &out, *next = &other;
    wash(e->fast, e->fast_scratch, data, len, &out);
    wash(e->portable, e->portable_scratch, data, len, &other);
    if (!equal(&out, &other)) fail("portable kernels differ", len);
    const enum logwash_outcome outcome = out.results[0].verdict.outcome;
    if (outcome == LOGWASH_CLEAN &&
        (out.len != len || (len > 0 && memcmp(out.data, data, len) != 0)))
        fail("clean and changed", len);
    if (outcome != LOGWASH_WITHHELD && choice % 4 != LOGWASH_FORMAT_TEXT &&
        json_is_valid(data, len) && !json_is_valid(out.data, out.len))
        fail("valid JSON became invalid", len);
    const int washes = choice & CHOICE_SMALL ? 1 : MAX_WASHES;
    bool stays = outcome == LOGWASH_WITHHELD;
    for (int i = 0; i < washes && !stays; i++) {
        wash(e->fast, e->fast_scratch, now->data, now->len, next);
        stays = equal(now, next);
        struct logwash_output *swap = now;
        now = next;
        next = swap;
    }
    if (!stays) fail("another wash changes it again", len);
    logwash_output_fini(&out);
    logwash_output_fini(&other);
}

/* Lines of a batch and lines alone. */
static void many_lines(const struct engine *e, const uint8_t *data, size_t len) {
    enum { CAP = 256 };
    struct logwash_record records[CAP];
    struct logwash_output whole = {0}, alone = {0};
    size_t used = 0, n = logwash_frame(LOGWASH_FRAMING_LINE, data, len, true, records, CAP, &used);
    struct logwash_batch batch = {.data = data, .len = used, .records = records, .n = n};
    if (logwash_wash_batch(e->fast, e->fast_scratch, &batch, &whole) != LOGWASH_OK)
        fail("not washed", len);
    bool has_block = memmem(data, used, "-----BEGIN", 10) != NULL; /* blocks cross lines */
    for (size_t i = 0; i < n && !has_block; i++) {
        const struct logwash_result *r = &whole.results[i];
        if (r->off > whole.len || r->len > whole.len - r->off) fail("result", len);
        wash(e->fast, e->fast_scratch, data + records[i].off, records[i].len, &alone);
        if (alone.len != r->len ||
            (r->len > 0 && memcmp(alone.data, whole.data + r->off, r->len) != 0))
            fail("a line alone and in its batch differ", len);
    }
    logwash_output_fini(&whole);
    logwash_output_fini(&alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const unsigned choice = data[0];
    const struct engine *e = engine_for(choice);
    if (choice & CHOICE_LINES)
        many_lines(e, data + 1, size - 1);
    else
        one_record(e, choice, data + 1, size - 1);
    return 0;
}
