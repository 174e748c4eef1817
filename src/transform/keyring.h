/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that pseudonyms are made with.
 *
 * A ring is a text file, one line an epoch, oldest first; `#` begins a comment:
 *
 *     logwash-keyring 1
 *     epoch k7 2026-01-01T00:00:00Z 5c0f…64 hex digits…9a
 *
 *     destroyed k6 2025-07-01T00:00:00Z
 *
 * Ids are 1 to 8 characters [a-z0-9], unique, never `x` (that is the key of one run). An epoch
 * holds from its time until the next one's; the first also covers all earlier times. A destroyed
 * epoch has no key any more: the next one holds for its time as well, and its tokens stay known as
 * such. The line kind `tenant` is reserved: a ring that has it is refused as too new, not misread.
 *
 * Lifetime: the ring's key bytes stand in secret pages and are wiped by keyring_free. Immutable,
 * shared. */
#ifndef LW_TRANSFORM_KEYRING_H
#define LW_TRANSFORM_KEYRING_H

#include "base/diag.h"

enum { KEYRING_ID_MAX = 8, KEYRING_KEY_LEN = 32, KEYRING_MAX_EPOCHS = 64, KEYRING_MAX_GONE = 1024 };

struct epoch {
    char id[KEYRING_ID_MAX + 1];
    int64_t from_sec;   /* Unix time it begins at */
    int64_t holds_sec;  /* the same, or the beginning of destroyed ones directly before */
    const uint8_t *key; /* KEYRING_KEY_LEN bytes, in the ring's secret pages */
};

struct gone_epoch {
    char id[KEYRING_ID_MAX + 1];
    int64_t from_sec;
};

struct keyring;

/* NULL: reported (never with key bytes) or out of memory. */
struct keyring *keyring_read(const struct diag_source *src, struct diags *diags);
/* A ring of one epoch `x` for this run. */
struct keyring *keyring_of_run(const uint8_t key[KEYRING_KEY_LEN]);
void keyring_free(struct keyring *ring);
size_t keyring_epochs(const struct keyring *ring);
const struct epoch *keyring_epoch(const struct keyring *ring, size_t i);
/* Destroyed ones; no key to ask for. */
size_t keyring_gone(const struct keyring *ring);
const struct gone_epoch *keyring_gone_epoch(const struct keyring *ring, size_t i);
/* Index of the epoch that holds at the time. */
size_t keyring_at(const struct keyring *ring, int64_t time_sec);
/* Is `id` an epoch of the ring, a destroyed one too, or `x`? */
bool keyring_has_id(const struct keyring *ring, struct slice id);
/* Appends a fresh ring file with one epoch made from 32 random bytes; the bytes are the caller's.
 */
bool keyring_write_new(const char *id, int64_t from_sec, const uint8_t key[KEYRING_KEY_LEN],
                       struct buf *out);
/* Appends the ring file `text` with one more epoch behind it, or without the key of an epoch.
 * False: out of memory, or a bad id or time. */
bool keyring_write_added(struct slice text, const char *id, int64_t from_sec,
                         const uint8_t key[KEYRING_KEY_LEN], struct buf *out);
bool keyring_write_destroyed(struct slice text, const char *id, struct buf *out);
/* An id that follows the last one's: k8 behind k7. */
void keyring_next_id(const struct keyring *ring, char out[KEYRING_ID_MAX + 1]);

#endif
