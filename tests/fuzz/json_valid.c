/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

enum { MAX_DEPTH = 64 };

struct reader {
    const uint8_t *at, *end;
    int depth;
};

static bool value(struct reader *r);

static uint8_t peek(const struct reader *r) { return r->at < r->end ? *r->at : 0; }

static bool take(struct reader *r, uint8_t c) {
    if (peek(r) != c || c == 0) return false;
    r->at++;
    return true;
}

static void blanks(struct reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_hex(uint8_t c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool string(struct reader *r) {
    if (!take(r, '"')) return false;
    while (r->at < r->end) {
        const uint8_t c = *r->at++;
        if (c == '"') return true;
        if (c < ' ') return false;
        if (c != '\\') continue;
        const uint8_t e = peek(r);
        if (e == 0 || strchr("\"\\/bfnrtu", e) == NULL) return false;
        r->at++;
        for (int i = 0; e == 'u' && i < 4; i++, r->at++)
            if (!is_hex(peek(r))) return false;
    }
    return false;
}

static bool digits(struct reader *r) {
    if (!is_digit(peek(r))) return false;
    while (is_digit(peek(r))) r->at++;
    return true;
}

static bool number(struct reader *r) {
    take(r, '-');
    if (!take(r, '0') && !digits(r)) return false;
    if (take(r, '.') && !digits(r)) return false;
    if (!take(r, 'e') && !take(r, 'E')) return true;
    if (!take(r, '+')) take(r, '-');
    return digits(r);
}

static bool word(struct reader *r, const char *text) {
    const size_t len = strlen(text);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0) return false;
    r->at += len;
    return true;
}

static bool container(struct reader *r, uint8_t close) {
    if (++r->depth > MAX_DEPTH) return false;
    r->at++;
    blanks(r);
    if (!take(r, close)) {
        do {
            blanks(r);
            if (close == '}') {
                if (!string(r)) return false;
                blanks(r);
                if (!take(r, ':')) return false;
            }
            if (!value(r)) return false;
        } while (take(r, ','));
        if (!take(r, close)) return false;
    }
    r->depth--;
    return true;
}

/* A value with the blanks around it. */
static bool value(struct reader *r) {
    bool ok = false;
    blanks(r);
    switch (peek(r)) {
    case '{': ok = container(r, '}'); break;
    case '[': ok = container(r, ']'); break;
    case '"': ok = string(r); break;
    case 't': ok = word(r, "true"); break;
    case 'f': ok = word(r, "false"); break;
    case 'n': ok = word(r, "null"); break;
    default: ok = number(r); break;
    }
    blanks(r);
    return ok;
}

bool json_is_valid(const uint8_t *data, size_t len) {
    struct reader r = {data, data + len, 0};
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) r.at += 3;
    return value(&r) && r.at == r.end;
}
