/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ipnet.h"

#include "base/units.h"

const char *ipnet_parse(struct slice text, struct ipnet *out) {
    const uint8_t *slash = memchr(text.ptr, '/', text.len);
    const size_t len = slash != NULL ? (size_t)(slash - text.ptr) : text.len;
    const struct slice address = slice_sub(text, 0, len);
    if (len == 0 || (ipaddr_parse_v4(address, &out->addr) != len &&
                     ipaddr_parse_v6(address, &out->addr) != len))
        return "expected a network such as 10.0.0.0/8 or 2001:db8::/32";
    const unsigned most = 8u * out->addr.len;
    uint64_t bits = most;
    if (slash != NULL && (!count_parse(slice_sub(text, len + 1, text.len), &bits) || bits > most))
        return most == 32 ? "the length of an IPv4 prefix is 0 to 32"
                          : "the length of an IPv6 prefix is 0 to 128";
    out->bits = (unsigned)bits;
    for (unsigned i = out->bits; i < most; i++)
        if (out->addr.bytes[i / 8] >> (7 - i % 8) & 1)
            return "the address has bits behind its prefix";
    return NULL;
}

bool ipnet_bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits) {
    const unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool ipnet_holds(const struct ipnet *net, const struct ipaddr *addr) {
    struct ipaddr plain = *addr;
    if (net->addr.len == 4) ipaddr_unmap(&plain);
    return plain.len == net->addr.len && ipnet_bits_equal(plain.bytes, net->addr.bytes, net->bits);
}
