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

/* A rule of a test pack; examples are there because packs must have them. */
#define RULE(id, class, rest)                                                                      \
    "  - id: " id                                                                                  \
    "\n    description: for a test\n    class: " class "\n    " rest                               \
                                                       "\n    examples: [{in: a, out: b}, {in: "   \
                                                       "c, same: true}]\n"

#endif
