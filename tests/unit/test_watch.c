/* SPDX-License-Identifier: Apache-2.0 */
#include "io/watch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PERCENT = 10000, MINUTE = 60000 };

static void nothing_watched(void **state) {
    (void)state;
    struct watch w = {.window_ms = MINUTE};
    assert_false(watch_add(&w, 0, 1000, 1000));
}

static void share(void **state) {
    (void)state;
    struct watch w = {.share_ppm = PERCENT, .window_ms = 5 * MINUTE};
    assert_false(watch_add(&w, 1000, 3, 3)); /* too few to say anything */
    assert_false(watch_add(&w, 1001, 97, 6));
    assert_true(watch_add(&w, 1002, 1, 1)); /* 10 of 101 */
    struct watch exact = {.share_ppm = PERCENT, .window_ms = 5 * MINUTE};
    assert_false(watch_add(&exact, 0, 2000, 20)); /* just the share is not above it */
    assert_true(watch_add(&exact, 1, 1, 1));
    assert_false(watch_add(&exact, 2, 50, 0)); /* none of these was withheld */
}

/* What lies behind the window does not count any more. */
static void window(void **state) {
    (void)state;
    struct watch w = {.share_ppm = PERCENT, .window_ms = 10 * MINUTE};
    assert_false(watch_add(&w, 0, 900, 9));
    assert_false(watch_add(&w, 9 * MINUTE, 1100, 11)); /* 20 of 2000 */
    assert_true(watch_add(&w, 9 * MINUTE + 1, 1, 1));
    assert_false(watch_add(&w, 10 * MINUTE, 200, 1)); /* 13 of 1301, the first 900 are gone */
    assert_false(watch_add(&w, 1000 * MINUTE, 9, 9));
    assert_true(watch_add(&w, 1001 * MINUTE, 1, 1));
    struct watch tiny = {.share_ppm = PERCENT, .window_ms = 1};
    assert_false(watch_add(&tiny, 0, 9, 9));
    assert_false(watch_add(&tiny, 100, 9, 9));
}

/* A steady share below the limit never stops it, one above always does. */
static void steady(void **state) {
    (void)state;
    struct watch below = {.share_ppm = PERCENT, .window_ms = 5 * MINUTE}, above = below;
    bool is_above = false;
    for (int64_t i = 0; i < 20000; i++) {
        assert_false(watch_add(&below, i * 50, 200, i % 2 ? 2 : 1));
        is_above |= watch_add(&above, i * 50, 200, 3);
    }
    assert_true(is_above);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_watched), cmocka_unit_test(share),
                                       cmocka_unit_test(window), cmocka_unit_test(steady)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
