/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/rarity.h"

/* By byte value; the order matters, not the last digit. */
static const uint16_t weights[256] = {
    4,    4,    4,    4,    4,    4,    4,    4,    4,    300,  400,  4,   4,    4,    4,    4,
    4,    4,    4,    4,    4,    4,    4,    4,    4,    4,    4,    4,   4,    4,    4,    4,
    6000, 80,   2200, 80,   80,   60,   80,   80,   250,  250,  80,   60,  1300, 1300, 1600, 1500,
    2300, 2400, 1900, 1500, 1400, 1400, 1300, 1200, 1300, 1200, 1700, 80,  80,   500,  80,   80,
    16,   200,  200,  200,  200,  200,  200,  200,  200,  200,  200,  200, 200,  200,  200,  200,
    200,  60,   200,  200,  200,  200,  200,  200,  60,   200,  60,   350, 80,   350,  80,   600,
    80,   2600, 800,  1700, 1500, 3400, 750,  750,  900,  2500, 150,  450, 1600, 1300, 2300, 2500,
    1400, 90,   2200, 2500, 2900, 1200, 450,  450,  300,  400,  100,  80,  80,   80,   80,   4,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
    20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,   20,  20,   20,   20,   20,
};

unsigned rarity_weight(uint8_t c) { return weights[c]; }

/* The part behind the point is linear. */
static int log2_bits(uint64_t x) {
    const int whole = 63 - __builtin_clzll(x);
    const uint64_t rest = x - (1ull << whole);
    const uint64_t part = whole > 4 ? rest >> (whole - 4) : rest << (4 - whole);
    return whole * RARITY_BIT + (int)part;
}

int rarity_bits(uint64_t weight, int log2_whole) {
    if (weight == 0) return log2_whole * RARITY_BIT;
    const int bits = log2_whole * RARITY_BIT - log2_bits(weight);
    return bits > 0 ? bits : 0;
}

/* Asked for many thousand sets at a start with rules of one's own; most are large, so what a half
 * of ASCII lacks is taken off its sum. Bytes beyond ASCII all weigh the same. */
int rarity_set_bits(const struct byteset *set) {
    static const uint32_t sum[2] = {34240, 41850};
    const int n_beyond = __builtin_popcountll(set->word[2]) + __builtin_popcountll(set->word[3]);
    uint64_t weight = (uint64_t)n_beyond * weights[255];
    for (size_t w = 0; w < 2; w++) {
        const bool is_large = __builtin_popcountll(set->word[w]) > 32;
        uint64_t part = 0;
        for (uint64_t bits = is_large ? ~set->word[w] : set->word[w]; bits != 0; bits &= bits - 1)
            part += weights[64 * w + (size_t)__builtin_ctzll(bits)];
        weight += is_large ? sum[w] - part : part;
    }
    return rarity_bits(weight, 16);
}
