/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of wallets in base 58. */
#include "base/digest.h"
#include "detect/validator_list.h"

enum { ADDRESS_LEN = 25, CHECKSUM_LEN = 4 }; /* version, 20 bytes of a hash, checksum */

/* Value of a digit in base 58; -1: none (0, I, O and l are not used). */
static int digit_of(uint8_t c) {
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (int)(p - alphabet) : -1;
}

/* Into exactly ADDRESS_LEN bytes. A leading 1 is a byte of zeros, so their number must agree. */
static bool decode(struct slice text, uint8_t out[ADDRESS_LEN]) {
    memset(out, 0, ADDRESS_LEN);
    for (size_t i = 0; i < text.len; i++) {
        int carry = digit_of(text.ptr[i]);
        if (carry < 0) return false;
        for (size_t k = ADDRESS_LEN; k-- > 0; carry >>= 8) {
            carry += 58 * out[k];
            out[k] = (uint8_t)carry;
        }
        if (carry > 0) return false;
    }
    size_t ones = 0, zeros = 0;
    while (ones < text.len && text.ptr[ones] == '1') ones++;
    while (zeros < ADDRESS_LEN && out[zeros] == 0) zeros++;
    return ones == zeros;
}

/* en.bitcoin.it/wiki/Base58Check_encoding: the last four bytes are the first four of SHA-256 of
 * SHA-256 of the rest. */
bool accepts_base58check(struct slice value) {
    uint8_t address[ADDRESS_LEN], once[DIGEST_LEN], twice[DIGEST_LEN];
    if (value.len < 25 || value.len > 36 || !decode(value, address)) return false;
    digest_sha256(slice_of(address, ADDRESS_LEN - CHECKSUM_LEN), once);
    digest_sha256(slice_of(once, DIGEST_LEN), twice);
    return memcmp(twice, address + ADDRESS_LEN - CHECKSUM_LEN, CHECKSUM_LEN) == 0;
}
