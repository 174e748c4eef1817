/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes by pointer and length.
 *
 * A slice shows bytes that somebody else owns; the comment at each use says who. It may be empty
 * (ptr may then be NULL) and may hold any byte, NUL included. */
#ifndef LW_BASE_SLICE_H
#define LW_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *ptr;
    size_t len;
};

/* Half-open range of byte offsets in some slice. */
struct span {
    size_t start, end;
};

#define SLICE(literal) ((struct slice){(const uint8_t *)("" literal), sizeof(literal) - 1})

static inline struct slice slice_of(const void *ptr, size_t len) {
    return (struct slice){(const uint8_t *)ptr, len};
}
static inline struct slice slice_str(const char *text) {
    return slice_of(text, text ? strlen(text) : 0);
}

/* The bytes from `start` up to `end` of `s`; the caller guarantees start <= end <= s.len. */
static inline struct slice slice_sub(struct slice s, size_t start, size_t end) {
    return (struct slice){s.ptr + start, end - start};
}
static inline bool slice_eq(struct slice a, struct slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool slice_eq_str(struct slice a, const char *text) {
    return slice_eq(a, slice_str(text));
}
static inline bool slice_starts(struct slice s, struct slice prefix) {
    return s.len >= prefix.len && memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

static inline uint8_t byte_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }
static inline bool byte_is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static inline bool byte_is_alpha(uint8_t c) { return byte_lower(c) >= 'a' && byte_lower(c) <= 'z'; }
static inline bool byte_is_alnum(uint8_t c) { return byte_is_digit(c) || byte_is_alpha(c); }
static inline bool byte_is_blank(uint8_t c) { return c == ' ' || c == '\t'; }
static inline bool byte_is_quote(uint8_t c) { return c == '"' || c == '\'' || c == '`'; }
static inline bool byte_is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* ASCII letters compare without case. */
static inline bool slice_eq_nocase(struct slice a, struct slice b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (byte_lower(a.ptr[i]) != byte_lower(b.ptr[i])) return false;
    return true;
}

#endif
