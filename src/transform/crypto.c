/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC is written out over one EVP digest state that is started anew each time. EVP_MAC, and
 * copying kept mid-states with EVP_MD_CTX_copy_ex, allocate and free a provider context per value
 * in OpenSSL 3.0, and keep material as good as the key on the heap; hashing the two pad blocks
 * again does neither. */
#include "transform/crypto.h"

#include "base/must.h"
#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
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

void hmac_key_init(struct hmac_key *hmac, struct slice key) {
    MUST(key.len <= HMAC_BLOCK);
    memset(hmac->inner, 0x36, HMAC_BLOCK);
    memset(hmac->outer, 0x5c, HMAC_BLOCK);
    for (size_t i = 0; i < key.len; i++) {
        hmac->inner[i] ^= key.ptr[i];
        hmac->outer[i] ^= key.ptr[i];
    }
}

struct hmac {
    EVP_MD *sha256;
    EVP_MD_CTX *ctx;
};

struct hmac *hmac_new(void) {
    struct hmac *hmac = calloc(1, sizeof *hmac);
    if (!hmac) return NULL;
    hmac->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac->ctx = EVP_MD_CTX_new();
    if (!hmac->sha256 || !hmac->ctx || !EVP_DigestInit_ex2(hmac->ctx, hmac->sha256, NULL)) {
        hmac_free(hmac);
        return NULL;
    }
    return hmac;
}

void hmac_free(struct hmac *hmac) {
    if (!hmac) return;
    EVP_MD_CTX_free(hmac->ctx);
    EVP_MD_free(hmac->sha256);
    free(hmac);
}

static bool hash_two(struct hmac *hmac, const uint8_t pad[HMAC_BLOCK], struct slice message,
                     uint8_t out[HMAC_LEN]) {
    unsigned written = 0;
    return EVP_DigestInit_ex2(hmac->ctx, NULL, NULL) &&
           EVP_DigestUpdate(hmac->ctx, pad, HMAC_BLOCK) &&
           EVP_DigestUpdate(hmac->ctx, message.ptr, message.len) &&
           EVP_DigestFinal_ex(hmac->ctx, out, &written) && written == HMAC_LEN;
}

bool hmac_sha256(struct hmac *hmac, const struct hmac_key *key, struct slice message,
                 uint8_t out[HMAC_LEN]) {
    uint8_t inner[HMAC_LEN];
    const bool ok = hash_two(hmac, key->inner, message, inner) &&
                    hash_two(hmac, key->outer, slice_of(inner, sizeof inner), out);
    secret_wipe(inner, sizeof inner);
    return ok;
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
