/* SPDX-License-Identifier: Apache-2.0 */
/* What the pseudorandom function is asked depends on the original bits alone, so the 32 or 128
 * questions about an address are all known beforehand: two calls of libcrypto answer them. */
#include "transform/ip.h"

#include "base/must.h"
#include "base/secret.h"
#include "transform/crypto.h"

#include <stdlib.h>

enum { BLOCK = 16, MAX_BITS = 128, V4_START = 96, HALF = IP_KEY_LEN / 2 };

struct ip_keys {
    size_t n, len;
    uint8_t *bytes; /* secret pages, IP_KEY_LEN an epoch */
};

struct ip_scratch {
    const struct ip_keys *keys;
    struct aes *aes[2];
    size_t epoch; /* whose keys they hold; SIZE_MAX: none */
};

struct ip_keys *ip_keys_new(const struct keyring *ring) {
    struct ip_keys *keys = calloc(1, sizeof *keys);
    if (!keys) return NULL;
    keys->n = keyring_epochs(ring);
    keys->len = keys->n * IP_KEY_LEN;
    keys->bytes = secret_new(keys->len);
    bool ok = keys->bytes != NULL;
    for (size_t e = 0; ok && e < keys->n; e++) {
        uint8_t *key = keys->bytes + e * IP_KEY_LEN;
        ok = hkdf_sha256(slice_of(keyring_epoch(ring, e)->key, KEYRING_KEY_LEN), slice_of(NULL, 0),
                         SLICE("logwash ipcrypt-pfx v1"), key, IP_KEY_LEN);
        MUST(!ok || memcmp(key, key + HALF, HALF) != 0);
    }
    if (ok) return keys;
    ip_keys_free(keys);
    return NULL;
}

void ip_keys_free(struct ip_keys *keys) {
    if (!keys) return;
    secret_free(keys->bytes, keys->len);
    free(keys);
}

struct ip_scratch *ip_scratch_new(const struct ip_keys *keys) {
    struct ip_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch) return NULL;
    scratch->keys = keys;
    scratch->epoch = SIZE_MAX;
    scratch->aes[0] = aes_new();
    scratch->aes[1] = aes_new();
    if (scratch->aes[0] && scratch->aes[1]) return scratch;
    ip_scratch_free(scratch);
    return NULL;
}

void ip_scratch_free(struct ip_scratch *scratch) {
    if (!scratch) return;
    aes_free(scratch->aes[0]);
    aes_free(scratch->aes[1]);
    free(scratch);
}

bool ip_parse(struct slice text, struct ipaddr *addr) {
    return text.len > 0 &&
           (ipaddr_parse_v4(text, addr) == text.len || ipaddr_parse_v6(text, addr) == text.len);
}

/* ---- ipcrypt-pfx ---- */

static bool bit_of(const uint8_t *bytes, unsigned i) { return bytes[i / 8] >> (7 - i % 8) & 1; }

static void put_big_endian(uint64_t word, uint8_t *out) {
    for (int i = 7; i >= 0; i--, word >>= 8) out[i] = (uint8_t)word;
}

/* For each bit from `start` on the block `0…0 1 (the bits before it)`; returns how many. */
static unsigned prefix_blocks(const uint8_t bytes[BLOCK], unsigned start,
                              uint8_t blocks[MAX_BITS][BLOCK]) {
    uint64_t high = 0, low = 1;
    for (unsigned i = 0; i < MAX_BITS; i++) {
        if (i >= start) {
            put_big_endian(high, blocks[i - start]);
            put_big_endian(low, blocks[i - start] + 8);
        }
        high = high << 1 | low >> 63;
        low = low << 1 | bit_of(bytes, i);
    }
    return MAX_BITS - start;
}

static bool encrypt(struct aes *const aes[2], struct ipaddr *addr) {
    uint8_t blocks[MAX_BITS][BLOCK], first[MAX_BITS][BLOCK], second[MAX_BITS][BLOCK];
    uint8_t bytes[BLOCK] = {[10] = 0xff, [11] = 0xff};
    struct ipaddr plain = *addr;
    ipaddr_unmap(&plain);
    const unsigned start = plain.len == 4 ? V4_START : 0;
    memcpy(bytes + start / 8, plain.bytes, plain.len);
    const unsigned n = prefix_blocks(bytes, start, blocks);
    if (!aes_blocks(aes[0], blocks[0], n, first[0]) || !aes_blocks(aes[1], blocks[0], n, second[0]))
        return false;
    for (unsigned i = 0; i < n; i++) {
        const uint8_t turn = (first[i][BLOCK - 1] ^ second[i][BLOCK - 1]) & 1;
        bytes[(start + i) / 8] ^= (uint8_t)(turn << (7 - i % 8));
    }
    if (addr->len == 4)
        memcpy(addr->bytes, bytes + V4_START / 8, 4);
    else
        memcpy(addr->bytes, bytes, BLOCK);
    return true;
}

bool ip_prefix(struct ip_scratch *scratch, size_t epoch, struct ipaddr *addr) {
    if (scratch->epoch != epoch) {
        const uint8_t *key = scratch->keys->bytes + epoch * IP_KEY_LEN;
        scratch->epoch = SIZE_MAX;
        if (!aes_key(scratch->aes[0], key) || !aes_key(scratch->aes[1], key + HALF)) return false;
        scratch->epoch = epoch;
    }
    return encrypt(scratch->aes, addr);
}

bool ip_prefix_with(const uint8_t key[IP_KEY_LEN], struct ipaddr *addr) {
    struct aes *aes[2] = {aes_new(), aes_new()};
    const bool ok = aes[0] && aes[1] && aes_key(aes[0], key) && aes_key(aes[1], key + HALF) &&
                    encrypt(aes, addr);
    aes_free(aes[0]);
    aes_free(aes[1]);
    return ok;
}

/* ---- truncation ---- */

void ip_truncate(struct ipaddr *addr, unsigned bits4, unsigned bits6) {
    struct ipaddr plain = *addr;
    ipaddr_unmap(&plain);
    const bool is_mapped = plain.len != addr->len;
    const unsigned bits = plain.len == 4 ? bits4 + (is_mapped ? V4_START : 0) : bits6;
    for (unsigned i = bits; i < 8u * addr->len; i++)
        addr->bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
}
