/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ipspecial.h"

#include "base/ipnet.h"

const struct ip_special_name ip_special_names[] = {
    {"unspecified", IP_UNSPECIFIED},   {"loopback", IP_LOOPBACK},
    {"private", IP_PRIVATE},           {"shared", IP_SHARED},
    {"link_local", IP_LINK_LOCAL},     {"documentation", IP_DOCUMENTATION},
    {"benchmarking", IP_BENCHMARKING}, {"multicast", IP_MULTICAST},
    {"broadcast", IP_BROADCAST},       {"reserved", IP_RESERVED},
};
const size_t n_ip_special_names = sizeof ip_special_names / sizeof *ip_special_names;

/* The first bytes of a network, IPv4 or IPv6. */
struct network {
    uint8_t bytes[16];
    uint8_t len, bits;
    enum ip_special what;
};

/* clang-format off */
static const struct network networks[] = {
    {{0}, 4, 32, IP_UNSPECIFIED},                           /* RFC 1122 section 3.2.1.3 */
    {{127}, 4, 8, IP_LOOPBACK},                             /* RFC 1122 section 3.2.1.3 */
    {{10}, 4, 8, IP_PRIVATE},                               /* RFC 1918 */
    {{172, 16}, 4, 12, IP_PRIVATE},                         /* RFC 1918 */
    {{192, 168}, 4, 16, IP_PRIVATE},                        /* RFC 1918 */
    {{100, 64}, 4, 10, IP_SHARED},                          /* RFC 6598 */
    {{169, 254}, 4, 16, IP_LINK_LOCAL},                     /* RFC 3927 */
    {{192, 0, 2}, 4, 24, IP_DOCUMENTATION},                 /* RFC 5737 */
    {{198, 51, 100}, 4, 24, IP_DOCUMENTATION},              /* RFC 5737 */
    {{203, 0, 113}, 4, 24, IP_DOCUMENTATION},               /* RFC 5737 */
    {{198, 18}, 4, 15, IP_BENCHMARKING},                    /* RFC 2544 */
    {{224}, 4, 4, IP_MULTICAST},                            /* RFC 5771 */
    {{255, 255, 255, 255}, 4, 32, IP_BROADCAST},            /* RFC 919 */
    {{240}, 4, 4, IP_RESERVED},                             /* RFC 1112 section 4 */
    {{0}, 16, 128, IP_UNSPECIFIED},                         /* RFC 4291 section 2.5.2 */
    {{[15] = 1}, 16, 128, IP_LOOPBACK},                     /* RFC 4291 section 2.5.3 */
    {{0xfc}, 16, 7, IP_PRIVATE},                            /* RFC 4193 */
    {{0xfe, 0x80}, 16, 10, IP_LINK_LOCAL},                  /* RFC 4291 section 2.5.6 */
    {{0x20, 0x01, 0x0d, 0xb8}, 16, 32, IP_DOCUMENTATION},   /* RFC 3849 */
    {{0x3f, 0xff}, 16, 20, IP_DOCUMENTATION},               /* RFC 9637 */
    {{0x20, 0x01, 0, 2}, 16, 48, IP_BENCHMARKING},          /* RFC 5180 */
    {{0xff}, 16, 8, IP_MULTICAST},                          /* RFC 4291 section 2.7 */
};
/* clang-format on */

unsigned ip_special_of(const struct ipaddr *addr) {
    struct ipaddr plain = *addr;
    ipaddr_unmap(&plain);
    unsigned what = 0;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        if (plain.len == networks[i].len &&
            ipnet_bits_equal(plain.bytes, networks[i].bytes, networks[i].bits))
            what |= networks[i].what;
    }
    return what;
}
