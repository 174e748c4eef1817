/* SPDX-License-Identifier: Apache-2.0 */
/* An engine from the text of a pack, for tests. */
#ifndef LW_TESTS_ENGINE_H
#define LW_TESTS_ENGINE_H

#include "logwash.h"
#include "test.h"

static const uint8_t test_run_key[32] = {1, 2, 3, 4, 5, 6, 7, 8};

static inline void test_print(void *ctx, const char *text) {
    (void)ctx;
    print_error("%s", text);
}

/* Fails the test when the rules are wrong. `pack` NULL: the bundled packs. */
static inline struct logwash *test_engine(const char *pack, struct logwash_options options) {
    struct logwash_source source = {"test.yaml", pack, pack != NULL ? strlen(pack) : 0};
    struct logwash *lw = NULL;
    struct logwash_error err;
    if (pack != NULL) {
        options.packs = &source;
        options.n_packs = 1;
        options.without_bundled_packs = true;
    }
    if (options.keyring == NULL) options.run_key = test_run_key;
    options.report = test_print;
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) fail_msg("%s", err.message);
    return lw;
}

struct wash_case {
    const char *in, *out; /* out NULL: as in */
};

/* Washes each case as a record of its own at `time_ms`, with and without the prefilter, and what
 * came out once more, which changes nothing. `config` NULL: none. */
static inline void test_wash(const char *pack, const char *config, struct logwash_options options,
                             const struct wash_case *cases, size_t n, int64_t time_ms) {
    const struct logwash_source source = {"c.yaml", config, config != NULL ? strlen(config) : 0};
    if (config != NULL) options.config = &source;
    for (int without = 0; without < 2; without++) {
        options.without_prefilter = without;
        struct logwash *lw = test_engine(pack, options);
        struct logwash_scratch *scratch = logwash_scratch_new(lw);
        struct logwash_output out = {0}, again = {0};
        for (size_t i = 0; i < n; i++) {
            const char *want = cases[i].out != NULL ? cases[i].out : cases[i].in;
            const struct logwash_record rec = {.len = (uint32_t)strlen(cases[i].in),
                                               .time_ms = time_ms};
            const struct logwash_batch batch = {.data = cases[i].in,
                                                .len = rec.len,
                                                .records = &rec,
                                                .n = 1,
                                                .framing = LOGWASH_FRAMING_MESSAGE};
            assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
            if (out.len != strlen(want) || (out.len > 0 && memcmp(out.data, want, out.len) != 0))
                fail_msg("\n  in   %s\n  want %s\n  got  %.*s", cases[i].in, want, (int)out.len,
                         (const char *)out.data);
            assert_int_equal(logwash_wash(lw, scratch, out.data, out.len, &again), LOGWASH_OK);
            if (out.len != again.len || (out.len > 0 && memcmp(out.data, again.data, out.len) != 0))
                fail_msg("\n  out  %s\n  again %.*s", want, (int)again.len,
                         (const char *)again.data);
        }
        logwash_output_fini(&out);
        logwash_output_fini(&again);
        logwash_scratch_free(scratch);
        logwash_free(lw);
    }
}

/* A rule of a test pack; examples are there because packs must have them. */
#define RULE(id, class, rest)                                                                      \
    "  - id: " id                                                                                  \
    "\n    description: for a test\n    class: " class "\n    " rest                               \
                                                       "\n    examples: [{in: a, out: b}, {in: "   \
                                                       "c, same: true}]\n"

#endif
