/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of addresses: 10.0.0.0/8, 2001:db8::/32. */
#ifndef LW_BASE_IPNET_H
#define LW_BASE_IPNET_H

#include "base/ipaddr.h"

struct ipnet {
    struct ipaddr addr;
    unsigned bits; /* of it, that must be equal; the others are 0 */
};

/* Reads a network with its prefix, or an address as the network that holds nothing else. What is
 * wrong with the text; NULL: nothing. */
const char *ipnet_parse(struct slice text, struct ipnet *out);
/* Is the address in the network? An IPv4 address that stands in an IPv6 one is the same address. */
bool ipnet_holds(const struct ipnet *net, const struct ipaddr *addr);
/* Are the first `bits` bits equal? */
bool ipnet_bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits);

#endif
