/* SPDX-License-Identifier: Apache-2.0 */
/* Both parsers walk once from left to right and remember the longest prefix that was a whole
 * address, so that what stands behind it (a port, a dot, more digits) needs no look. */
#include "base/ipaddr.h"

#include "base/codec.h"

size_t ipaddr_parse_v4(struct slice text, struct ipaddr *addr) {
    size_t at = 0;
    uint8_t bytes[4];
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (at == text.len || text.ptr[at++] != '.')) return 0;
        unsigned value = 0;
        const size_t first = at;
        while (at < text.len && at - first < 3 && byte_is_digit(text.ptr[at])) {
            const unsigned longer = value * 10 + (text.ptr[at] - '0');
            if (longer > 255) break;
            value = longer;
            at++;
        }
        if (at == first) return 0;
        bytes[part] = (uint8_t)value;
    }
    *addr = (struct ipaddr){.len = 4};
    memcpy(addr->bytes, bytes, 4);
    return at;
}

/* The groups of an IPv6 address as far as they were read. */
struct groups {
    uint16_t group[8];
    unsigned n;
    int gap; /* groups before `::`, -1: none */
};

static bool groups_complete(const struct groups *g) { return g->gap >= 0 ? g->n <= 7 : g->n == 8; }

/* Reads one group of 1 to 4 hex digits; returns how many. */
static size_t read_group(struct slice text, size_t at, uint16_t *group) {
    size_t len = 0;
    unsigned value = 0;
    for (; len < 4 && at + len < text.len; len++) {
        const int digit = hex_value(text.ptr[at + len]);
        if (digit < 0) break;
        value = value << 4 | (unsigned)digit;
    }
    *group = (uint16_t)value;
    return len;
}

/* If a whole address ends with an IPv4 address at `at`: its two groups are added, its length
 * returned. */
static size_t read_embedded_v4(struct slice text, size_t at, struct groups *g) {
    struct ipaddr v4;
    if (g->gap >= 0 ? g->n > 5 : g->n != 6) return 0;
    const size_t len = ipaddr_parse_v4(slice_sub(text, at, text.len), &v4);
    if (len) {
        g->group[g->n++] = (uint16_t)(v4.bytes[0] << 8 | v4.bytes[1]);
        g->group[g->n++] = (uint16_t)(v4.bytes[2] << 8 | v4.bytes[3]);
    }
    return len;
}

static void groups_to_address(const struct groups *g, struct ipaddr *addr) {
    *addr = (struct ipaddr){.len = 16};
    const unsigned before = g->gap >= 0 ? (unsigned)g->gap : g->n;
    for (unsigned i = 0; i < g->n; i++) {
        const unsigned to = i < before ? i : 8 - (g->n - i);
        addr->bytes[2 * to] = (uint8_t)(g->group[i] >> 8);
        addr->bytes[2 * to + 1] = (uint8_t)g->group[i];
    }
}

size_t ipaddr_parse_v6(struct slice text, struct ipaddr *addr) {
    struct groups g = {.gap = -1}, best = g;
    size_t at = 0, best_len = 0;
    if (text.len < 2) return 0;
    if (text.ptr[0] == ':' && text.ptr[1] == ':') {
        g.gap = 0;
        at = best_len = 2;
        best = g;
    }
    while (g.n < 8) {
        const size_t v4 = read_embedded_v4(text, at, &g);
        if (v4) {
            best = g;
            best_len = at + v4;
            break;
        }
        const size_t len = read_group(text, at, &g.group[g.n]);
        if (len == 0) break;
        g.n++;
        at += len;
        if (groups_complete(&g)) {
            best = g;
            best_len = at;
        }
        if (at == text.len || text.ptr[at] != ':') break;
        at++;
        if (at < text.len && text.ptr[at] == ':') {
            if (g.gap >= 0 || g.n > 7) break;
            g.gap = (int)g.n;
            at++;
            best = g;
            best_len = at;
        }
    }
    if (best_len) groups_to_address(&best, addr);
    return best_len;
}

static bool is_mapped(const struct ipaddr *addr) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return addr->len == 16 && memcmp(addr->bytes, prefix, sizeof prefix) == 0;
}

/* RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals. */
static int longest_zero_run(const unsigned group[8], int *len) {
    int best = -1;
    *len = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && group[i + run] == 0) run++;
        if (run > *len) {
            best = i;
            *len = run;
        }
        i += run;
    }
    return best;
}

static size_t put_v4(const uint8_t b[4], char *out) {
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0) out[at++] = '.';
        if (b[i] >= 100) out[at++] = (char)('0' + b[i] / 100);
        if (b[i] >= 10) out[at++] = (char)('0' + b[i] / 10 % 10);
        out[at++] = (char)('0' + b[i] % 10);
    }
    return at;
}

static size_t put_group(unsigned group, char *out) {
    size_t at = 0;
    for (int shift = 12; shift >= 0; shift -= 4)
        if (group >> shift || shift == 0) out[at++] = "0123456789abcdef"[group >> shift & 15];
    return at;
}

size_t ipaddr_format(const struct ipaddr *addr, char out[IPADDR_TEXT_MAX]) {
    const uint8_t *b = addr->bytes;
    if (addr->len == 4) return put_v4(b, out);
    if (is_mapped(addr)) {
        memcpy(out, "::ffff:", 7);
        return 7 + put_v4(b + 12, out + 7);
    }
    unsigned group[8];
    for (int i = 0; i < 8; i++) group[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
    int zeros;
    const int zero = longest_zero_run(group, &zeros);
    size_t at = 0;
    for (int i = 0; i < 8; i++) {
        if (i == zero) {
            out[at++] = ':';
            if (i + zeros == 8) out[at++] = ':'; /* else the next group brings the second */
            i += zeros - 1;
            continue;
        }
        if (i > 0) out[at++] = ':';
        at += put_group(group[i], out + at);
    }
    return at;
}

void ipaddr_unmap(struct ipaddr *addr) {
    if (!is_mapped(addr)) return;
    struct ipaddr v4 = {.len = 4};
    memcpy(v4.bytes, addr->bytes + 12, 4);
    *addr = v4;
}

static bool is_zero(const uint8_t *bytes, size_t len) {
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) any |= bytes[i];
    return any == 0;
}

bool ipaddr_is_loopback(const struct ipaddr *addr) {
    struct ipaddr plain = *addr;
    ipaddr_unmap(&plain);
    if (plain.len == 4) return plain.bytes[0] == 127;
    return is_zero(plain.bytes, 15) && plain.bytes[15] == 1;
}

bool ipaddr_is_unspecified(const struct ipaddr *addr) {
    struct ipaddr plain = *addr;
    ipaddr_unmap(&plain);
    return is_zero(plain.bytes, plain.len);
}
