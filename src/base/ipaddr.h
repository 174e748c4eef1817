/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses as text (RFC 4291, RFC 5952) and as bytes. */
#ifndef LW_BASE_IPADDR_H
#define LW_BASE_IPADDR_H

#include "base/slice.h"

struct ipaddr {
    uint8_t bytes[16]; /* network order; IPv4 uses the first four */
    uint8_t len;       /* 4 or 16 */
};

enum { IPADDR_TEXT_MAX = 46 };

/* The address at the start of `text`, longest form; how many bytes it takes, 0: none stands there.
 * Dotted quad only: four decimal numbers 0-255, at most three digits each, leading zeros allowed
 * (logs pad). What follows the address is not looked at. */
size_t ipaddr_parse_v4(struct slice text, struct ipaddr *addr);
/* Eight groups of at most four hex digits, one `::`, embedded IPv4 at the end; no zone, no
 * brackets. */
size_t ipaddr_parse_v6(struct slice text, struct ipaddr *addr);
/* RFC 5952 text without a NUL; returns its length. */
size_t ipaddr_format(const struct ipaddr *addr, char out[IPADDR_TEXT_MAX]);
/* An IPv4-mapped IPv6 address (::ffff:a.b.c.d) becomes the IPv4 address. */
void ipaddr_unmap(struct ipaddr *addr);
bool ipaddr_is_loopback(const struct ipaddr *addr);
bool ipaddr_is_unspecified(const struct ipaddr *addr);

#endif
