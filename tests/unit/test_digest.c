/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "base/digest.h"
#include "test.h"

/* Expected values from Python's hashlib over the lengths (8 bytes, little endian) and bytes. */
static const struct {
    struct slice slices[2];
    size_t n;
    const char *hex;
} cases[] = {
    {{{NULL, 0}}, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {{{NULL, 0}}, 1, "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc"},
    {{{(const uint8_t *)"ab", 2}, {(const uint8_t *)"c", 1}},
     2,
     "43ee655579de01ca739b3f95c1c2d3f46d353b2c0df818064ea594506cdb2617"},
    {{{(const uint8_t *)"a", 1}, {(const uint8_t *)"bc", 2}},
     2,
     "9a8acca1b6c6c0befd3fbc756aed625da998c998f7252e738c4ef061906b9b21"},
};

static void known_values(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t digest[DIGEST_LEN];
        char hex[2 * DIGEST_LEN + 1] = "";
        assert_true(digest_slices(cases[i].slices, cases[i].n, digest));
        hex_encode(slice_of(digest, sizeof digest), hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
