/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that lead to nobody: the special-purpose registries of RFC 6890, one table.
 *
 * An IPv4-mapped IPv6 address counts as the IPv4 address. */
#ifndef LW_BASE_IPSPECIAL_H
#define LW_BASE_IPSPECIAL_H

#include "base/ipaddr.h"

enum ip_special {
    IP_UNSPECIFIED = 1 << 0,
    IP_LOOPBACK = 1 << 1,
    IP_PRIVATE = 1 << 2,
    IP_SHARED = 1 << 3,
    IP_LINK_LOCAL = 1 << 4,
    IP_DOCUMENTATION = 1 << 5,
    IP_BENCHMARKING = 1 << 6,
    IP_MULTICAST = 1 << 7,
    IP_BROADCAST = 1 << 8,
    IP_RESERVED = 1 << 9,
};

/* Names as configurations write them. */
struct ip_special_name {
    const char *name;
    enum ip_special bit;
};
extern const struct ip_special_name ip_special_names[];
extern const size_t n_ip_special_names;

/* What the address is, as IP_ bits; 0: an address like others. */
unsigned ip_special_of(const struct ipaddr *addr);

#endif
