/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line needs of the engine's inside, and nobody else: rule lists, rule tests, key
 * files. */
#ifndef LW_CORE_TOOLS_H
#define LW_CORE_TOOLS_H

#include "logwash.h"

struct buf;

/* One row of `rules list`. Texts live as long as the engine. */
struct tools_rule {
    const char *id, *class_name, *action, *sensitivity, *description;
    const char *anchor; /* "literal", "shape", "key" or "slow" */
    unsigned profiles;  /* 1 request, 2 build, 4 strict */
    size_t n_examples;
};
bool tools_rule(const struct logwash *lw, size_t i, struct tools_rule *out);

/* Runs the examples of every rule through the engine: each rule alone, bare and wrapped in each
 * format, and once more with all rules, where only a lost hit is an error. Appends diagnostics to
 * `report`; counts go to the two numbers. `options` as for logwash_load. */
enum logwash_status tools_rules_test(const struct logwash_options *options, size_t *n_passed,
                                     size_t *n_failed, struct buf *report,
                                     struct logwash_error *err);

/* Appends a fresh key-ring file (docs/formats.md) with one epoch. `id` NULL: "k1". ARGUMENT: bad
 * id. */
enum logwash_status tools_keyring_new(const char *id, int64_t from_sec, const uint8_t key[32],
                                      struct buf *out, struct logwash_error *err);

#endif
