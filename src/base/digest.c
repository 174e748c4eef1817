/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "base/must.h"

#include <openssl/evp.h>

void digest_slices(const struct slice *slices, size_t n, uint8_t out[DIGEST_LEN]) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    MUST(ctx && EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL));
    for (size_t i = 0; i < n; i++) {
        uint8_t len[8]; /* little endian */
        for (int k = 0; k < 8; k++) len[k] = (uint8_t)((uint64_t)slices[i].len >> (8 * k));
        MUST(EVP_DigestUpdate(ctx, len, sizeof len));
        MUST(EVP_DigestUpdate(ctx, slices[i].ptr, slices[i].len));
    }
    unsigned written = 0;
    MUST(EVP_DigestFinal_ex(ctx, out, &written) && written == DIGEST_LEN);
    EVP_MD_CTX_free(ctx);
}
