/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC is written out over libcrypto's SHA-256 of structs (SHA256_CTX). EVP_MAC, a digest state
 * that is started anew, and copies of kept ones all allocate and free a provider context per value
 * in OpenSSL 3.0, and keep material as good as the key on the heap. The structs do neither, and
 * begin behind the two pad blocks. OpenSSL 3 calls them deprecated, because they bypass providers.
 */
#define OPENSSL_API_COMPAT 10101
#include "transform/crypto.h"

#include "base/must.h"
#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/sha.h>
#include <stdlib.h>

/* libcrypto takes parameters by pointers to data it does not change. */
static OSSL_PARAM octets(const char *name, struct slice bytes) {
    OSSL_PARAM param = {name, OSSL_PARAM_OCTET_STRING, NULL, bytes.len, OSSL_PARAM_UNMODIFIED};
    const void *from = bytes.len ? (const void *)bytes.ptr : "";
    memcpy(&param.data, &from, sizeof from);
    return param;
}

bool hkdf_sha256(struct slice key, struct slice salt, struct slice info, uint8_t *out, size_t len) {
    bool ok = false;
    char digest[] = "SHA256";
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    if (!ctx) goto out;
    OSSL_PARAM params[5], *param = params;
    *param++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    *param++ = octets(OSSL_KDF_PARAM_KEY, key);
    *param++ = octets(OSSL_KDF_PARAM_INFO, info);
    if (salt.len) *param++ = octets(OSSL_KDF_PARAM_SALT, salt);
    *param = OSSL_PARAM_construct_end();
    ok = EVP_KDF_derive(ctx, out, len, params) > 0;
out:
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok;
}

/* The state of SHA-256 behind one block, the key xored with `pad`. */
static void behind_pad(struct slice key, uint8_t pad, uint32_t state[8]) {
    uint8_t block[HMAC_BLOCK];
    SHA256_CTX ctx;
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < key.len; i++) block[i] ^= key.ptr[i];
    SHA256_Init(&ctx);
    SHA256_Transform(&ctx, block);
    memcpy(state, ctx.h, sizeof ctx.h);
    secret_wipe(block, sizeof block);
    secret_wipe(&ctx, sizeof ctx);
}

void hmac_key_init(struct hmac_key *hmac, struct slice key) {
    _Static_assert(sizeof hmac->inner == sizeof((SHA256_CTX *)NULL)->h, "eight words of 32 bits");
    MUST(key.len <= HMAC_BLOCK);
    behind_pad(key, 0x36, hmac->inner);
    behind_pad(key, 0x5c, hmac->outer);
}

static void hash_on(const uint32_t state[8], struct slice message, uint8_t out[HMAC_LEN]) {
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    memcpy(ctx.h, state, sizeof ctx.h);
    ctx.Nl = 8 * HMAC_BLOCK; /* bits so far */
    SHA256_Update(&ctx, message.ptr, message.len);
    SHA256_Final(out, &ctx);
    secret_wipe(&ctx, sizeof ctx);
}

void hmac_sha256(const struct hmac_key *key, struct slice message, uint8_t out[HMAC_LEN]) {
    uint8_t inner[HMAC_LEN];
    hash_on(key->inner, message, inner);
    hash_on(key->outer, slice_of(inner, sizeof inner), out);
    secret_wipe(inner, sizeof inner);
}

/* ---- AES ---- */

struct aes {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *ctx;
};

struct aes *aes_new(void) {
    struct aes *aes = calloc(1, sizeof *aes);
    if (!aes) return NULL;
    aes->cipher = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    aes->ctx = EVP_CIPHER_CTX_new();
    if (aes->cipher && aes->ctx) return aes;
    aes_free(aes);
    return NULL;
}

void aes_free(struct aes *aes) {
    if (!aes) return;
    EVP_CIPHER_CTX_free(aes->ctx);
    EVP_CIPHER_free(aes->cipher);
    free(aes);
}

bool aes_key(struct aes *aes, const uint8_t key[16]) {
    return EVP_EncryptInit_ex2(aes->ctx, aes->cipher, key, NULL, NULL) &&
           EVP_CIPHER_CTX_set_padding(aes->ctx, 0);
}

bool aes_blocks(struct aes *aes, const uint8_t *blocks, size_t n, uint8_t *out) {
    int written = 0;
    return EVP_EncryptUpdate(aes->ctx, out, &written, blocks, (int)(16 * n)) &&
           (size_t)written == 16 * n;
}
