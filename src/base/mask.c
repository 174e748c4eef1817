/* SPDX-License-Identifier: Apache-2.0 */
/* The portable kernels: eight bytes at a time in a general register.
 *
 * Which quotes are escaped is found without a branch, from the runs of backslashes alone (G.
 * Langdale and D. Lemire, "Parsing Gigabytes of JSON per Second", VLDB Journal 28, 2019,
 * section 3.1.1): adding the starts of runs to the runs carries each start to the byte behind its
 * run; the parity of start and end tells whether the run was odd. What is inside a string is the
 * prefix xor of the quotes (section 3.1.2).
 *
 *     src       { " a " : " b \ " c " }
 *     backslash . . . . . . . 1 . . . .
 *     quote     . 1 . 1 . 1 . . . . 1 .
 *     inside    . 1 1 . . 1 1 1 1 1 . . */
#include "base/mask.h"

#include "base/mask_step.h"

/* Bit i set: byte i of the eight at p equals the byte that fills `pattern`. */
static uint64_t eight_equal(uint64_t eight, uint64_t pattern) {
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7full, x = eight ^ pattern;
    const uint64_t zero = ~(((x & low7) + low7) | x | low7); /* 0x80 where x has a zero byte */
    return (zero >> 7) * 0x0102040810204080ull >> 56;
}

static uint64_t fill(uint8_t byte) { return byte * 0x0101010101010101ull; }

static uint64_t load_eight(const uint8_t *p) {
    uint64_t eight;
    memcpy(&eight, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    eight = __builtin_bswap64(eight);
#endif
    return eight;
}

static void portable_any(const uint8_t *src, size_t len, const uint8_t *any, size_t n,
                         uint64_t *word) {
    uint64_t pattern[4];
    for (size_t k = 0; k < 4; k++) pattern[k] = fill(any[k < n ? k : 0]);
    uint8_t last[64];
    for (size_t at = 0; at < len; at += 64) {
        const uint8_t *block = mask_block(src, len, at, last);
        uint64_t bits = 0;
        for (unsigned i = 0; i < 8; i++) {
            const uint64_t eight = load_eight(block + 8 * i);
            uint64_t found = 0;
            for (size_t k = 0; k < n; k++) found |= eight_equal(eight, pattern[k]);
            bits |= found << (8 * i);
        }
        word[at / 64] = bits & mask_valid(len - at);
    }
}

/* Bit i of the result: the xor of bits 0 to i. */
static uint64_t prefix_xor(uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

static bool portable_quotes(const uint8_t *src, size_t len, uint64_t *quote, uint64_t *inside) {
    struct mask_step step = {0};
    uint8_t last[64];
    for (size_t at = 0; at < len; at += 64) {
        const uint8_t *block = mask_block(src, len, at, last);
        uint64_t backslashes = 0, quotes = 0;
        for (unsigned i = 0; i < 8; i++) {
            const uint64_t eight = load_eight(block + 8 * i);
            backslashes |= eight_equal(eight, fill('\\')) << (8 * i);
            quotes |= eight_equal(eight, fill('"')) << (8 * i);
        }
        quotes &= ~mask_escaped(&step, backslashes) & mask_valid(len - at);
        quote[at / 64] = quotes;
        inside[at / 64] = mask_inside(&step, prefix_xor(quotes)) & mask_valid(len - at);
    }
    return step.open != 0;
}

const struct mask_kernels *mask_kernels(enum cpu_level level) {
    static const struct mask_kernels portable = {portable_any, portable_quotes};
    const struct mask_kernels *avx2 = level >= CPU_AVX2 ? mask_kernels_avx2() : NULL;
    return avx2 ? avx2 : &portable;
}
