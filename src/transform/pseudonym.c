/* SPDX-License-Identifier: Apache-2.0 */
/* A log repeats its addresses, so each thread keeps the tokens of the last values: a table with one
 * place per hash, where a newcomer replaces the older value. It compares whole values (class,
 * epoch, bytes before normalising), so a collision costs a second HMAC and never a wrong token.
 * Keys, values and tokens of the table stand in secret pages. */
#include "transform/pseudonym.h"

#include "base/arena.h"
#include "base/codec.h"
#include "base/ipaddr.h"
#include "base/must.h"
#include "base/secret.h"
#include "transform/crypto.h"
#include "transform/value_hash.h"

#include <stdlib.h>

enum { CACHE_BITS = 10, CACHE_SETS = 1 << CACHE_BITS, CACHE_WAYS = 4, CACHE_VALUE_MAX = 64 };

struct pseudonymizer {
    size_t n_classes, n_epochs;
    unsigned n_chars;
    struct arena arena;
    enum pseudonym_form *forms; /* of each class */
    struct slice *prefixes;     /* `email_k7_`, of each class and epoch */
    struct hmac_key *keys;      /* of each class and epoch; secret pages */
    size_t keys_len;            /* bytes */
};

struct cached {
    uint16_t class_index;
    uint8_t epoch, len;
    char token[PSEUDONYM_MAX_CHARS];
    uint8_t value[CACHE_VALUE_MAX];
};

struct cache {
    uint64_t hash[CACHE_SETS][CACHE_WAYS]; /* 0: empty */
    uint8_t oldest[CACHE_SETS];
    struct cached place[CACHE_SETS][CACHE_WAYS];
};

struct pseudonym_scratch {
    struct cache *cache; /* secret pages */
    struct buf normal;   /* the value in its normal form */
};

/* ---- making ---- */

static bool derive(struct pseudonymizer *p, size_t index, struct slice class_name,
                   const struct epoch *epoch) {
    struct buf text;
    buf_init(&text, 0);
    buf_slice(&text, SLICE("logwash pseudonym v1\0"));
    buf_slice(&text, class_name);
    uint8_t *key = secret_new(HMAC_LEN);
    bool ok = !text.failed && key &&
              hkdf_sha256(slice_of(epoch->key, KEYRING_KEY_LEN), slice_of(NULL, 0), buf_view(&text),
                          key, HMAC_LEN);
    if (ok) hmac_key_init(&p->keys[index], slice_of(key, HMAC_LEN));
    secret_free(key, HMAC_LEN);

    buf_reset(&text);
    buf_slice(&text, class_name);
    buf_byte(&text, '_');
    buf_str(&text, epoch->id);
    buf_byte(&text, '_');
    p->prefixes[index] = arena_copy(&p->arena, buf_view(&text));
    ok = ok && !text.failed && p->prefixes[index].ptr;
    buf_fini(&text);
    return ok;
}

static bool is_run_ring(const struct keyring *ring) {
    return keyring_epochs(ring) == 1 && strcmp(keyring_epoch(ring, 0)->id, "x") == 0;
}

struct pseudonymizer *pseudonymizer_new(const struct keyring *ring,
                                        const struct pseudonym_class *classes, size_t n_classes,
                                        unsigned n_chars) {
    if (n_chars == 0) n_chars = is_run_ring(ring) ? PSEUDONYM_RUN_CHARS : PSEUDONYM_DEFAULT_CHARS;
    MUST(n_chars >= PSEUDONYM_MIN_CHARS && n_chars <= PSEUDONYM_MAX_CHARS);
    MUST(n_classes <= UINT16_MAX);
    struct pseudonymizer *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    arena_init(&p->arena);
    p->n_classes = n_classes;
    p->n_epochs = keyring_epochs(ring);
    p->n_chars = n_chars;
    p->keys_len = n_classes * p->n_epochs * sizeof *p->keys;
    p->keys = secret_new(p->keys_len);
    p->forms = ARENA_ARRAY(&p->arena, enum pseudonym_form, n_classes);
    p->prefixes = ARENA_ARRAY(&p->arena, struct slice, n_classes * p->n_epochs);
    bool ok = p->keys && p->forms && p->prefixes;
    for (size_t c = 0; ok && c < n_classes; c++) {
        p->forms[c] = classes[c].form;
        for (size_t e = 0; ok && e < p->n_epochs; e++)
            ok = derive(p, c * p->n_epochs + e, slice_str(classes[c].name), keyring_epoch(ring, e));
    }
    if (ok) return p;
    pseudonymizer_free(p);
    return NULL;
}

void pseudonymizer_free(struct pseudonymizer *p) {
    if (!p) return;
    secret_free(p->keys, p->keys_len);
    arena_fini(&p->arena);
    free(p);
}

struct pseudonym_scratch *pseudonym_scratch_new(const struct pseudonymizer *p) {
    (void)p; /* the cache's tokens are bound to it */
    struct pseudonym_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch) return NULL;
    buf_init(&scratch->normal, 0);
    scratch->cache = secret_new(sizeof *scratch->cache);
    if (scratch->cache) return scratch;
    pseudonym_scratch_free(scratch);
    return NULL;
}

void pseudonym_scratch_free(struct pseudonym_scratch *scratch) {
    if (!scratch) return;
    secret_free(scratch->cache, sizeof *scratch->cache);
    secret_wipe(scratch->normal.ptr, scratch->normal.cap);
    buf_fini(&scratch->normal);
    free(scratch);
}

/* ---- normal forms ---- */

static void normal_lower(struct slice value, struct buf *out) {
    uint8_t *to = buf_extend(out, value.len);
    for (size_t i = 0; to && i < value.len; i++) to[i] = byte_lower(value.ptr[i]);
}

static void normal_ip(struct slice value, struct buf *out) {
    struct ipaddr addr;
    if (ipaddr_parse_v4(value, &addr) != value.len && ipaddr_parse_v6(value, &addr) != value.len)
        return;
    if (value.len == 0) return;
    ipaddr_unmap(&addr);
    char text[IPADDR_TEXT_MAX];
    buf_append(out, text, ipaddr_format(&addr, text));
}

static void normal_mac(struct slice value, struct buf *out) {
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i];
        if (hex_value(c) >= 0) {
            buf_byte(out, byte_lower(c));
        } else if (c != ':' && c != '-' && c != '.' && c != ' ') {
            buf_reset(out);
            return;
        }
    }
    if (out->len != 12) buf_reset(out);
}

/* Bytes of UTF-8 stay: without them `José1` and `Jos1` were one. */
static void normal_id(struct slice value, struct buf *out) {
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i], lower = byte_lower(c);
        if (lower >= 'a' && lower <= 'z')
            buf_byte(out, (uint8_t)(lower - 32));
        else if (byte_is_digit(c) || c >= 0x80 || (c == '+' && out->len == 0))
            buf_byte(out, c);
    }
    if (out->len == 1 && out->ptr[0] == '+') buf_reset(out);
}

/* The normal form of `value`, in `out` or the value itself; a value that has none stands for
 * itself. */
static struct slice normalise(enum pseudonym_form form, struct slice value, struct buf *out) {
    buf_reset(out);
    switch (form) {
    case FORM_BYTES: break;
    case FORM_LOWER: normal_lower(value, out); break;
    case FORM_IP: normal_ip(value, out); break;
    case FORM_MAC: normal_mac(value, out); break;
    case FORM_ID: normal_id(value, out); break;
    }
    return out->len ? buf_view(out) : value;
}

/* ---- tokens ---- */

static bool compute(const struct pseudonymizer *p, struct pseudonym_scratch *scratch,
                    size_t class_index, size_t epoch, struct slice value,
                    char token[PSEUDONYM_MAX_CHARS]) {
    uint8_t mac[HMAC_LEN + 1] = {0}; /* 52 characters take 260 bits, the last four are zero */
    const struct slice normal = normalise(p->forms[class_index], value, &scratch->normal);
    if (scratch->normal.failed) return false;
    hmac_sha256(&p->keys[class_index * p->n_epochs + epoch], normal, mac);
    base32_encode(mac, p->n_chars, token);
    return true;
}

/* The place that holds the token of the value, or NULL. */
static const struct cached *cache_find(const struct cache *cache, uint64_t hash, size_t class_index,
                                       size_t epoch, struct slice value) {
    const size_t set = hash >> (64 - CACHE_BITS);
    for (size_t way = 0; way < CACHE_WAYS; way++) {
        const struct cached *place = &cache->place[set][way];
        if (cache->hash[set][way] == hash && place->class_index == class_index &&
            place->epoch == epoch && slice_eq(slice_of(place->value, place->len), value))
            return place;
    }
    return NULL;
}

static void cache_keep(struct cache *cache, uint64_t hash, size_t class_index, size_t epoch,
                       struct slice value, const char token[PSEUDONYM_MAX_CHARS]) {
    const size_t set = hash >> (64 - CACHE_BITS);
    const size_t way = cache->oldest[set]++ % CACHE_WAYS;
    struct cached *place = &cache->place[set][way];
    cache->hash[set][way] = hash;
    place->class_index = (uint16_t)class_index;
    place->epoch = (uint8_t)epoch;
    place->len = (uint8_t)value.len;
    memcpy(place->token, token, PSEUDONYM_MAX_CHARS);
    if (value.len) memcpy(place->value, value.ptr, value.len);
}

bool pseudonym_make(const struct pseudonymizer *p, struct pseudonym_scratch *scratch,
                    size_t class_index, size_t epoch, struct slice value, struct buf *out) {
    MUST(class_index < p->n_classes && epoch < p->n_epochs);
    const struct slice prefix = p->prefixes[class_index * p->n_epochs + epoch];
    const bool fits = value.len <= CACHE_VALUE_MAX;
    const uint64_t hash = fits ? hash_value(class_index, epoch, value) : 0;
    const struct cached *place =
        fits ? cache_find(scratch->cache, hash, class_index, epoch, value) : NULL;
    if (place) return buf_slice(out, prefix) && buf_append(out, place->token, p->n_chars);
    char token[PSEUDONYM_MAX_CHARS] = {0};
    if (!compute(p, scratch, class_index, epoch, value, token)) return false;
    if (fits) cache_keep(scratch->cache, hash, class_index, epoch, value, token);
    return buf_slice(out, prefix) && buf_append(out, token, p->n_chars);
}
