/* SPDX-License-Identifier: Apache-2.0 */
/* Capacity doubles, so that n appended bytes cost O(n) copies. One byte more than `cap` is always
 * owned: buf_printf needs room for the NUL that vsnprintf writes. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST = 64 };

void buf_init(struct buf *buf, size_t max) { *buf = (struct buf){.max = max}; }

void buf_fini(struct buf *buf) {
    free(buf->ptr);
    *buf = (struct buf){.max = buf->max};
}

void buf_reset(struct buf *buf) {
    buf->len = 0;
    buf->failed = false;
}

bool buf_reserve(struct buf *buf, size_t len) {
    if (buf->failed) return false;
    if (len <= buf->cap - buf->len && buf->ptr) return true;
    const size_t max = buf->max && buf->max < SIZE_MAX / 2 ? buf->max : SIZE_MAX / 2;
    if (buf->len > max || len > max - buf->len) {
        buf->failed = true;
        return false;
    }
    const size_t need = buf->len + len;
    size_t cap = buf->cap ? buf->cap : BUF_FIRST;
    while (cap < need) cap *= 2; /* need is at most SIZE_MAX / 2, so this ends */
    if (cap > max) cap = max;
    uint8_t *ptr = realloc(buf->ptr, cap + 1);
    if (!ptr) {
        buf->failed = true;
        return false;
    }
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

uint8_t *buf_extend(struct buf *buf, size_t len) {
    if (!buf_reserve(buf, len)) return NULL;
    uint8_t *at = buf->ptr + buf->len;
    buf->len += len;
    return at;
}

bool buf_append(struct buf *buf, const void *bytes, size_t len) {
    if (len == 0) return !buf->failed;
    uint8_t *at = buf_extend(buf, len);
    if (!at) return false;
    memcpy(at, bytes, len);
    return true;
}

bool buf_slice(struct buf *buf, struct slice s) { return buf_append(buf, s.ptr, s.len); }

bool buf_byte(struct buf *buf, uint8_t byte) { return buf_append(buf, &byte, 1); }

bool buf_str(struct buf *buf, const char *text) { return buf_slice(buf, slice_str(text)); }

bool buf_printf(struct buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) buf->failed = true;
    if (buf->failed || !buf_reserve(buf, (size_t)len)) return false;
    va_start(args, format);
    vsnprintf((char *)buf->ptr + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
    return true;
}

/* The array's pointer has a type of its own, so it is read and written as bytes. */
bool vec_grow(void **items, size_t *cap, size_t need, size_t elem) {
    size_t grown = *cap ? *cap : 8;
    while (grown < need) {
        if (grown > SIZE_MAX / 2) return false;
        grown *= 2;
    }
    void *ptr;
    memcpy(&ptr, items, sizeof ptr);
    if (grown > SIZE_MAX / 2 / elem) return false;
    ptr = realloc(ptr, grown * elem);
    if (!ptr) return false;
    memcpy(items, &ptr, sizeof ptr);
    *cap = grown;
    return true;
}
