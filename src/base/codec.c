/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, base32 and base16 by RFC 4648, JSON escapes by RFC 8259, percent escapes by RFC 3986,
 * terminal sequences by ECMA-48. Decoders are lenient where a reader of the text would be: a secret
 * in base64 with stray bits behind its last byte is still a secret. */
#include "base/codec.h"

static int base64_value(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

bool base64_decode(struct slice text, struct buf *out) {
    size_t len = text.len;
    while (len > 0 && text.len - len < 2 && text.ptr[len - 1] == '=') len--;
    if (len % 4 == 1 || (len < text.len && text.len % 4 != 0)) return false;
    if (!buf_reserve(out, len / 4 * 3 + 2)) return false;
    uint32_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        const int value = base64_value(text.ptr[i]);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 == 0) continue;
        const unsigned left = 6 - 2 * (unsigned)(i % 4); /* bits that belong to the next byte */
        if (!buf_byte(out, (uint8_t)(bits >> left))) return false;
    }
    return true;
}

void base32_encode(const uint8_t *bytes, size_t n_chars, char *out) {
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n_chars; i++) {
        if (have < 5) {
            bits = bits << 8 | *bytes++;
            have += 8;
        }
        have -= 5;
        out[i] = "abcdefghijklmnopqrstuvwxyz234567"[bits >> have & 31];
    }
}

void hex_encode(struct slice bytes, char *out) {
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = "0123456789abcdef"[bytes.ptr[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes.ptr[i] & 15];
    }
}

int hex_value(uint8_t c) {
    if (byte_is_digit(c)) return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four hex digits at p, or -1. */
static int hex4(const uint8_t *p, const uint8_t *end) {
    if (end - p < 4) return -1;
    int code = 0;
    for (int i = 0; i < 4; i++) {
        const int value = hex_value(p[i]);
        if (value < 0) return -1;
        code = code << 4 | value;
    }
    return code;
}

static size_t utf8_encode(uint32_t code, uint8_t out[4]) {
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (code & 63));
    return 4;
}

static size_t json_unescape_unicode(const uint8_t *p, const uint8_t *end, uint8_t out[4],
                                    size_t *n_out) {
    const int first = hex4(p + 2, end);
    if (first < 0) return 0;
    uint32_t code = (uint32_t)first;
    size_t taken = 6;
    if (code >= 0xd800 && code < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
        const int second = hex4(p + 8, end);
        if (second >= 0xdc00 && second < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)second - 0xdc00);
            taken = 12;
        }
    }
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    *n_out = utf8_encode(code, out);
    return taken;
}

size_t json_unescape(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out) {
    if (end - p < 2) return 0;
    *n_out = 1;
    switch (p[1]) {
    case '"':
    case '\\':
    case '/': out[0] = p[1]; return 2;
    case 'b': out[0] = '\b'; return 2;
    case 'f': out[0] = '\f'; return 2;
    case 'n': out[0] = '\n'; return 2;
    case 'r': out[0] = '\r'; return 2;
    case 't': out[0] = '\t'; return 2;
    case 'u': return json_unescape_unicode(p, end, out, n_out);
    }
    return 0;
}

size_t text_unescape(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out) {
    const size_t taken = json_unescape(p, end, out, n_out);
    if (taken > 0 || end - p < 4) return taken;
    *n_out = 1;
    if (p[1] == 'x') {
        const int high = hex_value(p[2]), low = hex_value(p[3]);
        if (high < 0 || low < 0) return 0;
        out[0] = (uint8_t)(high << 4 | low);
        return 4;
    }
    if (p[1] < '0' || p[1] > '3' || p[2] < '0' || p[2] > '7' || p[3] < '0' || p[3] > '7') return 0;
    out[0] = (uint8_t)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
    return 4;
}

/* `&#34;`, `&#x22;`. */
static size_t entity_number(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out) {
    enum { MAX_DIGITS = 7 };
    const bool is_hex = end - p > 2 && (p[2] | 0x20) == 'x';
    const uint8_t *at = p + (is_hex ? 3 : 2), *first = at;
    uint32_t code = 0;
    for (; at < end && at - first < MAX_DIGITS && *at != ';'; at++) {
        const int value = hex_value(*at);
        if (value < 0 || (!is_hex && value > 9)) return 0;
        code = code * (is_hex ? 16 : 10) + (uint32_t)value;
    }
    if (at == first || at >= end || *at != ';' || code > 0x10ffff) return 0;
    if (code < 0x20 && code != '\t' && code != '\n' && code != '\r') return 0;
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    *n_out = utf8_encode(code, out);
    return (size_t)(at - p) + 1;
}

size_t entity_unescape(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out) {
    static const struct {
        const char *name;
        uint8_t byte;
    } names[] = {{"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}};
    if (end - p < 4) return 0;
    if (p[1] == '#') return entity_number(p, end, out, n_out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t len = strlen(names[i].name);
        if ((size_t)(end - p) < len || memcmp(p, names[i].name, len) != 0) continue;
        out[0] = names[i].byte;
        *n_out = 1;
        return len;
    }
    return 0;
}

static void json_escape_byte(uint8_t c, struct buf *out) {
    switch (c) {
    case '"': buf_str(out, "\\\""); return;
    case '\\': buf_str(out, "\\\\"); return;
    case '\b': buf_str(out, "\\b"); return;
    case '\f': buf_str(out, "\\f"); return;
    case '\n': buf_str(out, "\\n"); return;
    case '\r': buf_str(out, "\\r"); return;
    case '\t': buf_str(out, "\\t"); return;
    }
    char text[6] = "\\u00";
    hex_encode(slice_of(&c, 1), text + 4);
    buf_append(out, text, sizeof text);
}

void json_escape(struct slice text, struct buf *out) {
    size_t done = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        buf_slice(out, slice_sub(text, done, i));
        json_escape_byte(c, out);
        done = i + 1;
    }
    if (done < text.len) buf_slice(out, slice_sub(text, done, text.len));
}

bool percent_unescape(const uint8_t *p, const uint8_t *end, uint8_t *out) {
    if (end - p < 3) return false;
    const int high = hex_value(p[1]), low = hex_value(p[2]);
    if (high < 0 || low < 0) return false;
    *out = (uint8_t)(high << 4 | low);
    return true;
}

enum { ANSI_OSC_MAX = 256 };

/* ESC ] text, closed by BEL or ESC \. */
static size_t ansi_osc(const uint8_t *p, const uint8_t *end) {
    const size_t max = end - p < ANSI_OSC_MAX ? (size_t)(end - p) : ANSI_OSC_MAX;
    for (size_t i = 2; i < max; i++) {
        if (p[i] == 0x07) return i + 1;
        if (p[i] == 0x1b) return i + 1 < max && p[i + 1] == '\\' ? i + 2 : 0;
        if (p[i] < 0x20) return 0;
    }
    return 0;
}

size_t ansi_sequence(const uint8_t *p, const uint8_t *end) {
    if (end - p < 2) return 0;
    const uint8_t *at = p + 1;
    uint8_t final_from = 0x30;
    if (*at == ']') return ansi_osc(p, end);
    if (*at == '[') {
        at++;
        while (at < end && *at >= 0x30 && *at <= 0x3f) at++;
        final_from = 0x40;
    }
    while (at < end && *at >= 0x20 && *at <= 0x2f && !byte_is_quote(*at)) at++;
    return at < end && *at >= final_from && *at <= 0x7e ? (size_t)(at - p) + 1 : 0;
}
