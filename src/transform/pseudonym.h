/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed pseudonyms: `email_k7_` + base32 of HMAC-SHA-256 (RFC 2104) over the normalised value,
 * under a key derived by HKDF (RFC 5869) for class and epoch: info = "logwash pseudonym v1" NUL
 * class. Same value, same token within an epoch; nothing is linkable across classes or epochs.
 *
 * Normal forms: e-mail: lower case (ASCII); IP addresses: parsed and written by ipaddr_format,
 * IPv4-mapped as IPv4; MAC: 12 lower-case hex digits; phone, card, IBAN, SSN and ids: letters and
 * digits only, upper case (a leading + of a phone stays); everything else: the bytes.
 *
 * Lifetime: a pseudonymizer is immutable and shared; a scratch (HMAC contexts, and a bounded cache
 * value -> token) belongs to one thread. */
#ifndef LW_TRANSFORM_PSEUDONYM_H
#define LW_TRANSFORM_PSEUDONYM_H

#include "transform/keyring.h"

enum pseudonym_form { FORM_BYTES, FORM_LOWER, FORM_IP, FORM_MAC, FORM_ID };

enum {
    PSEUDONYM_MIN_CHARS = 8,
    PSEUDONYM_MAX_CHARS = 52,
    PSEUDONYM_DEFAULT_CHARS = 26,
    PSEUDONYM_RUN_CHARS = 8
};

struct pseudonymizer;
struct pseudonym_scratch;

/* A class as this layer sees it; index = number used in pseudonym_make. */
struct pseudonym_class {
    const char *name;
    enum pseudonym_form form;
};

/* `ring` must outlive it. n_chars: base32 characters of a token, 8 to 52; 0: 26, or 8 for the ring
 * of a run. NULL: out of memory. */
struct pseudonymizer *pseudonymizer_new(const struct keyring *ring,
                                        const struct pseudonym_class *classes, size_t n_classes,
                                        unsigned n_chars);
void pseudonymizer_free(struct pseudonymizer *p);
struct pseudonym_scratch *pseudonym_scratch_new(const struct pseudonymizer *p);
void pseudonym_scratch_free(struct pseudonym_scratch *scratch);

/* Appends the token of `value` (raw bytes) for the class under epoch `epoch` of the ring. */
bool pseudonym_make(const struct pseudonymizer *p, struct pseudonym_scratch *scratch,
                    size_t class_index, size_t epoch, struct slice value, struct buf *out);

#endif
