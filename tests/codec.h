/* SPDX-License-Identifier: Apache-2.0 */
/* The other directions of base/codec.h, which the program does not need. */
#ifndef LW_TESTS_CODEC_H
#define LW_TESTS_CODEC_H

#include "base/codec.h"

static inline bool base64_encode(struct slice bytes, struct buf *out) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (bytes.len > SIZE_MAX / 4) {
        out->failed = true;
        return false;
    }
    uint8_t *at = buf_extend(out, (bytes.len + 2) / 3 * 4);
    if (!at) return false;
    for (size_t i = 0; i < bytes.len; i += 3, at += 4) {
        const size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = (uint32_t)bytes.ptr[i] << 16;
        if (n > 1) bits |= (uint32_t)bytes.ptr[i + 1] << 8;
        if (n > 2) bits |= bytes.ptr[i + 2];
        at[0] = (uint8_t)alphabet[bits >> 18];
        at[1] = (uint8_t)alphabet[bits >> 12 & 63];
        at[2] = n > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=';
        at[3] = n > 2 ? (uint8_t)alphabet[bits & 63] : '=';
    }
    return true;
}

static inline bool hex_decode(struct slice text, struct buf *out) {
    if (text.len % 2) return false;
    for (size_t i = 0; i < text.len; i += 2) {
        const int high = hex_value(text.ptr[i]), low = hex_value(text.ptr[i + 1]);
        if (high < 0 || low < 0 || !buf_byte(out, (uint8_t)(high << 4 | low))) return false;
    }
    return !out->failed;
}

#endif
