/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that become other addresses.
 *
 * - Prefix: ipcrypt-pfx of draft-denis-ipcrypt-13, section 9.6. Each bit is turned or not by a
 *   pseudorandom function of the bits before it, so that addresses of one network stay in one
 *   network. Reversible with the key; looks like a raw address; a second wash changes it again.
 * - Truncate: the network part, the other bits zero.
 *
 * IPv4 stays IPv4; an IPv4 address written as ::ffff:a.b.c.d is treated as IPv4 and written so
 * again.
 *
 * Lifetime: ip_keys are immutable and shared (key bytes in secret pages); an ip_scratch belongs to
 * one thread and to one ip_keys. */
#ifndef LW_TRANSFORM_IP_H
#define LW_TRANSFORM_IP_H

#include "base/ipaddr.h"
#include "transform/keyring.h"

struct ip_keys;
struct ip_scratch;

enum { IP_KEY_LEN = 32 }; /* two AES-128 keys */

/* One key an epoch, by HKDF from the epoch's: info = "logwash ipcrypt-pfx v1". NULL: out of memory.
 */
struct ip_keys *ip_keys_new(const struct keyring *ring);
void ip_keys_free(struct ip_keys *keys);
struct ip_scratch *ip_scratch_new(const struct ip_keys *keys);
void ip_scratch_free(struct ip_scratch *scratch);

/* The address all of `text` is; false: it is none. */
bool ip_parse(struct slice text, struct ipaddr *addr);
/* False: libcrypto failed. */
bool ip_prefix(struct ip_scratch *scratch, size_t epoch, struct ipaddr *addr);
/* Keeps the first bits: bits4 of an IPv4, bits6 of an IPv6 address. */
void ip_truncate(struct ipaddr *addr, unsigned bits4, unsigned bits6);

/* For tests: ip_prefix with this key. */
bool ip_prefix_with(const uint8_t key[IP_KEY_LEN], struct ipaddr *addr);

#endif
