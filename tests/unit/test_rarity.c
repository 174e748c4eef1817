/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/rarity.h"
#include "test.h"

static int sum_of_weights(const struct byteset *set) {
    uint64_t weight = 0;
    for (unsigned c = 0; c < 256; c++)
        if (byteset_has(set, (uint8_t)c)) weight += rarity_weight((uint8_t)c);
    return rarity_bits(weight, 16);
}

/* Sets of all sizes, bytes beyond ASCII among them. */
static void a_set_weighs_what_its_bytes_weigh(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    const struct byteset none = {{0}}, all = byteset_all();
    assert_int_equal(rarity_set_bits(&none), sum_of_weights(&none));
    assert_int_equal(rarity_set_bits(&all), sum_of_weights(&all));
    for (int i = 0; i < 20000; i++) {
        struct byteset set;
        for (int w = 0; w < 4; w++) {
            const uint64_t a = test_random(&seed), b = test_random(&seed), c = test_random(&seed);
            set.word[w] = i % 3 == 0 ? a : i % 3 == 1 ? a & b & c : a | b | c;
        }
        assert_int_equal(rarity_set_bits(&set), sum_of_weights(&set));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_set_weighs_what_its_bytes_weigh)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
