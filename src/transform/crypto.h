/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA-256, HKDF and AES for this folder, over libcrypto. */
#ifndef LW_TRANSFORM_CRYPTO_H
#define LW_TRANSFORM_CRYPTO_H

#include "base/slice.h"

enum { HMAC_LEN = 32, HMAC_BLOCK = 64 };

/* HKDF-SHA-256 (RFC 5869), extract and expand; an empty salt stands for zeros. False: libcrypto
 * failed. */
bool hkdf_sha256(struct slice key, struct slice salt, struct slice info, uint8_t *out, size_t len);

/* A key as HMAC uses it (RFC 2104): the states of SHA-256 behind the two pads. Secret; lives in the
 * caller's secret pages. */
struct hmac_key {
    uint32_t inner[8], outer[8];
};
/* A key of at most HMAC_BLOCK bytes. */
void hmac_key_init(struct hmac_key *hmac, struct slice key);
/* Allocates nothing. */
void hmac_sha256(const struct hmac_key *key, struct slice message, uint8_t out[HMAC_LEN]);

/* AES-128 of single blocks (ECB): a pseudorandom permutation for this folder, no way to hide data.
 * One thread at a time. NULL: out of memory. */
struct aes;
struct aes *aes_new(void);
void aes_free(struct aes *aes);
bool aes_key(struct aes *aes, const uint8_t key[16]);
/* Encrypts n blocks of 16 bytes. Allocates nothing. False: libcrypto failed. */
bool aes_blocks(struct aes *aes, const uint8_t *blocks, size_t n, uint8_t *out);

#endif
