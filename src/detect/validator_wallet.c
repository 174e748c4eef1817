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

/* Value of a digit in base 58; -1: none (0, I, O and l are not used). */
static int digit_of(uint8_t c) {
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (int)(p - alphabet) : -1;
}

/* Into exactly `len` bytes. A leading 1 is a byte of zeros, so their number must agree. */
static bool decode(struct slice text, size_t len, uint8_t *out) {
    memset(out, 0, len);
    for (size_t i = 0; i < text.len; i++) {
        int carry = digit_of(text.ptr[i]);
        if (carry < 0) return false;
        for (size_t k = len; k-- > 0; carry >>= 8) {
            carry += 58 * out[k];
            out[k] = (uint8_t)carry;
        }
        if (carry > 0) return false;
    }
    size_t ones = 0, zeros = 0;
    while (ones < text.len && text.ptr[ones] == '1') ones++;
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
    if (len == 0 || !decode(value, len, bytes)) return false;
    digest_sha256(slice_of(bytes, len - CHECKSUM_LEN), once);
    digest_sha256(slice_of(once, DIGEST_LEN), twice);
    return memcmp(twice, bytes + len - CHECKSUM_LEN, CHECKSUM_LEN) == 0;
}
