/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "transform/partial.h"

static const struct {
    const char *value;
    unsigned first, last;
    const char *want;
} cases[] = {
    {"4111111111111111", 0, 4, "************1111"}, /* 16: four may stay */
    {"4111-1111 1111-1234", 0, 4, "************1234"},
    {"411111111111", 0, 4, "*********111"},         /* 12: three */
    {"4111111111111111", 6, 4, "************1111"}, /* keep_first shrinks before keep_last */
    {"4111111111111111", 6, 2, "41************11"},
    {"4111111111111111", 6, 0, "4111************"},
    {"4111111111111111", 99, 99, "************1111"},
    {"abcd", 0, 1, "***d"},
    {"abc", 1, 1, "***"},
    {"", 4, 4, ""},
    {"--- .", 4, 4, ""},
    {"************1111", 0, 4, "************1111"},
    {"*****", 1, 1, "*****"},
    {"\xc3\xa9t\xc3\xa9 1234", 0, 4, "******4"}, /* 7 characters: one */
    {"1234567\xe2\x82\xac", 0, 2, "******7*"},   /* a kept place that is no ASCII letter or digit */
    {"123456\xff\xc3", 0, 2, "********"},        /* bytes that are no UTF-8 */
    {"\xf0\x9f\x98\x80"
     "1234567",
     0, 2, "******67"},
};

static void table(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_reset(&out);
        assert_true(partial_mask(slice_str(cases[i].value), cases[i].first, cases[i].last, &out));
        if (!slice_eq_str(buf_view(&out), cases[i].want))
            fail_msg("case %zu: got '%.*s', wanted '%s'", i, (int)out.len, (const char *)out.ptr,
                     cases[i].want);
    }
    buf_fini(&out);
}

/* Only letters, digits and `*` come out, at most a quarter readable; masking again changes nothing.
 */
static void idempotent_and_mostly_hidden(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    struct buf once, twice;
    buf_init(&once, 0);
    buf_init(&twice, 0);
    for (int round = 0; round < 50000; round++) {
        uint8_t value[40];
        const size_t len = test_random(&seed) % sizeof value;
        for (size_t i = 0; i < len; i++) {
            const uint64_t r = test_random(&seed);
            value[i] = r & 0x700 ? (uint8_t) "0123456789abcXYZ -*."[(r >> 16) % 20] : (uint8_t)r;
        }
        const unsigned first = (unsigned)(test_random(&seed) % 6),
                       last = (unsigned)(test_random(&seed) % 6);
        buf_reset(&once);
        buf_reset(&twice);
        assert_true(partial_mask(slice_of(value, len), first, last, &once));
        assert_true(partial_mask(buf_view(&once), first, last, &twice));
        assert_true(slice_eq(buf_view(&once), buf_view(&twice)));
        size_t readable = 0;
        for (size_t i = 0; i < once.len; i++) {
            assert_true(once.ptr[i] == '*' || byte_is_alnum(once.ptr[i]));
            readable += once.ptr[i] != '*';
        }
        assert_true(4 * readable <= once.len);
        assert_true(readable <= first + last);
    }
    buf_fini(&once);
    buf_fini(&twice);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(table),
                                       cmocka_unit_test(idempotent_and_mostly_hidden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
