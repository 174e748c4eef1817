/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/letters.h"

/* A word may be rare and chance may write one: the shares are what the header promises. */

static void words(void **state) {
    (void)state;
    static const char *const read_well[] = {"connection",  "TOKEN",  "Handler", "abstract",
                                            "maintenance", "quoted", "stream",  "password"};
    static const char *const by_chance[] = {"qzwvkbtmxl", "xkqjz", "WVDNQ", "jqxvb", "hzqkwpf"};
    for (size_t i = 0; i < sizeof read_well / sizeof read_well[0]; i++)
        assert_true(letters_read_like_word(slice_str(read_well[i])));
    for (size_t i = 0; i < sizeof by_chance / sizeof by_chance[0]; i++)
        assert_false(letters_read_like_word(slice_str(by_chance[i])));
    assert_true(letters_read_like_word(SLICE("")));
    assert_true(letters_read_like_word(SLICE("q")));
}

static void random_letters_rarely_read_like_a_word(void **state) {
    (void)state;
    uint32_t seed = 1;
    size_t like_words = 0;
    for (int i = 0; i < 10000; i++) {
        uint8_t letters[8];
        for (size_t k = 0; k < sizeof letters; k++) {
            seed = seed * 1664525u + 1013904223u;
            letters[k] = (uint8_t)('a' + (seed >> 16) % 26);
        }
        like_words += letters_read_like_word((struct slice){letters, sizeof letters});
    }
    assert_in_range(like_words, 300, 1200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(random_letters_rarely_read_like_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
