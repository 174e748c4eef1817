/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* EVP has no digest without an allocation */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

static bool add_slice(EVP_MD_CTX *ctx, struct slice s) {
    uint8_t len[8]; /* little endian */
    for (int k = 0; k < 8; k++) len[k] = (uint8_t)((uint64_t)s.len >> (8 * k));
    return EVP_DigestUpdate(ctx, len, sizeof len) && EVP_DigestUpdate(ctx, s.ptr, s.len);
}

bool digest_slices(const struct slice *slices, size_t n, uint8_t out[DIGEST_LEN]) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL);
    for (size_t i = 0; ok && i < n; i++) ok = add_slice(ctx, slices[i]);
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
    EVP_MD_CTX_free(ctx);
    return ok;
}

void digest_sha256(struct slice bytes, uint8_t out[DIGEST_LEN]) {
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, bytes.ptr, bytes.len);
    SHA256_Final(out, &ctx);
}
