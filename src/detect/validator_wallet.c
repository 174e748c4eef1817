/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and private keys of wallets in base 58. */
#include "base/digest.h"
#include "detect/validator_list.h"

enum {
    CHECKSUM_LEN = 4,
    ADDRESS_LEN = 1 + 20 + CHECKSUM_LEN, /* version, hash */
    KEY_LEN = 1 + 32 + CHECKSUM_LEN,     /* version, private key */
    KEY_LEN_SHORT = KEY_LEN + 1,         /* the same, of a compressed public key */
};

/* Digits in base 58, where 0, I, O and l are not used. Ripple has its own order of them
 * (xrpl.org/docs/references/protocol/data-types/base58-encodings). */
static const char usual_digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char ripple_digits[] = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/* Into exactly `len` bytes. A leading zero is a byte of zeros, so their number must agree. */
static bool decode(struct slice text, const char *digits, size_t len, uint8_t *out) {
    memset(out, 0, len);
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.ptr[i] ? strchr(digits, text.ptr[i]) : NULL;
        if (!digit) return false;
        int carry = (int)(digit - digits);
        for (size_t k = len; k-- > 0; carry >>= 8) {
            carry += 58 * out[k];
            out[k] = (uint8_t)carry;
        }
        if (carry > 0) return false;
    }
    size_t ones = 0, zeros = 0;
    while (ones < text.len && text.ptr[ones] == (uint8_t)digits[0]) ones++;
    while (zeros < len && out[zeros] == 0) zeros++;
    return ones == zeros;
}

/* en.bitcoin.it/wiki/Base58Check_encoding: the last four bytes are the first four of SHA-256 of
 * SHA-256 of the rest. */
bool accepts_base58check(struct slice value) {
    uint8_t bytes[KEY_LEN_SHORT], once[DIGEST_LEN], twice[DIGEST_LEN];
    size_t len = 0;
    if (value.len >= 25 && value.len <= 36) len = ADDRESS_LEN;
    if (value.len == 51) len = KEY_LEN;
    if (value.len == 52) len = KEY_LEN_SHORT;
    if (len == 0) return false;
    if (!decode(value, value.ptr[0] == 'r' ? ripple_digits : usual_digits, len, bytes))
        return false;
    digest_sha256(slice_of(bytes, len - CHECKSUM_LEN), once);
    digest_sha256(slice_of(once, DIGEST_LEN), twice);
    return memcmp(twice, bytes + len - CHECKSUM_LEN, CHECKSUM_LEN) == 0;
}
