/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit and property test includes: cmocka, a seeded generator, an engine from a pack's
 * text. */
#ifndef LW_TESTS_TEST_H
#define LW_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The seed of this run: LOGWASH_SEED or a fixed one; printed, so that a failure can be repeated. */
static inline uint64_t test_seed(void) {
    const char *text = getenv("LOGWASH_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 20260101;
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t test_random(uint64_t *seed) {
    uint64_t z = (*seed += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

#endif
