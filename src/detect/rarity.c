/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/rarity.h"

/* The order matters, not the last digit. */
unsigned rarity_weight(uint8_t c) {
    static const uint16_t lower[26] = {2600, 800,  1700, 1500, 3400, 750,  750,  900, 2500,
                                       150,  450,  1600, 1300, 2300, 2500, 1400, 90,  2200,
                                       2500, 2900, 1200, 450,  450,  300,  400,  100};
    static const uint16_t digit[10] = {2300, 2400, 1900, 1500, 1400, 1400, 1300, 1200, 1300, 1200};
    static const char common[] = " \"./:-,=_[]()\n\t";
    static const uint16_t common_weight[] = {6000, 2200, 1600, 1500, 1700, 1300, 1300, 500,
                                             600,  350,  350,  250,  250,  400,  300};
    if (c >= 'a' && c <= 'z') return lower[c - 'a'];
    if (byte_is_digit(c)) return digit[c - '0'];
    if (c >= 'A' && c <= 'Z') return c == 'Q' || c == 'X' || c == 'Z' ? 60 : 200;
    for (size_t i = 0; i < sizeof common - 1; i++)
        if ((uint8_t)common[i] == c) return common_weight[i];
    return c == '@'               ? 16
           : c == '%' || c == '+' ? 60
           : c >= 0x80            ? 20
           : c > ' ' && c < 0x7f  ? 80
                                  : 4;
}

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

int rarity_set_bits(const struct byteset *set) {
    uint64_t weight = 0;
    for (unsigned c = 0; c < 256; c++)
        if (byteset_has(set, (uint8_t)c)) weight += rarity_weight((uint8_t)c);
    return rarity_bits(weight, 16);
}
