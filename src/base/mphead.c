/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mphead.h"

/* Kinds of the first bytes 0xc0 to 0xdf, how many bytes of count or value follow, and the bytes of
 * payload of the forms of fixed size. */
static const struct {
    uint8_t kind, follow, is_ext, fixed;
} leads[32] = {
    [0x00] = {MP_NIL, 0, 0, 0},   [0x02] = {MP_BOOL, 0, 0, 0},  [0x03] = {MP_BOOL, 0, 0, 0},
    [0x04] = {MP_BIN, 1, 0, 0},   [0x05] = {MP_BIN, 2, 0, 0},   [0x06] = {MP_BIN, 4, 0, 0},
    [0x07] = {MP_EXT, 1, 1, 0},   [0x08] = {MP_EXT, 2, 1, 0},   [0x09] = {MP_EXT, 4, 1, 0},
    [0x0a] = {MP_FLOAT, 4, 0, 0}, [0x0b] = {MP_FLOAT, 8, 0, 0}, [0x0c] = {MP_INT, 1, 0, 0},
    [0x0d] = {MP_INT, 2, 0, 0},   [0x0e] = {MP_INT, 4, 0, 0},   [0x0f] = {MP_INT, 8, 0, 0},
    [0x10] = {MP_INT, 1, 0, 0},   [0x11] = {MP_INT, 2, 0, 0},   [0x12] = {MP_INT, 4, 0, 0},
    [0x13] = {MP_INT, 8, 0, 0},   [0x14] = {MP_EXT, 0, 1, 1},   [0x15] = {MP_EXT, 0, 1, 2},
    [0x16] = {MP_EXT, 0, 1, 4},   [0x17] = {MP_EXT, 0, 1, 8},   [0x18] = {MP_EXT, 0, 1, 16},
    [0x19] = {MP_STR, 1, 0, 0},   [0x1a] = {MP_STR, 2, 0, 0},   [0x1b] = {MP_STR, 4, 0, 0},
    [0x1c] = {MP_ARRAY, 2, 0, 0}, [0x1d] = {MP_ARRAY, 4, 0, 0}, [0x1e] = {MP_MAP, 2, 0, 0},
    [0x1f] = {MP_MAP, 4, 0, 0},
};

static uint32_t big_endian(const uint8_t *p, size_t n) {
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | p[i];
    return value;
}

/* The forms whose count stands in the first byte. */
static struct mp_head short_head(uint8_t lead) {
    struct mp_head head = {.kind = MP_INT, .lead = lead, .len = 1};
    if (lead >= 0xa0 && lead < 0xc0)
        head.kind = MP_STR, head.count = lead & 0x1f;
    else if (lead >= 0x90 && lead < 0xa0)
        head.kind = MP_ARRAY, head.count = lead & 0x0f;
    else if (lead >= 0x80 && lead < 0x90)
        head.kind = MP_MAP, head.count = lead & 0x0f;
    return head;
}

enum mp_status mp_head_read(struct slice s, struct mp_head *head) {
    if (s.len == 0) return MP_MORE;
    const uint8_t lead = s.ptr[0];
    if (lead == 0xc1) return MP_INVALID;
    if (lead < 0xc0 || lead >= 0xe0) {
        *head = short_head(lead);
        return MP_WHOLE;
    }
    const size_t row = lead - 0xc0u, follow = leads[row].follow;
    const enum mp_kind kind = (enum mp_kind)leads[row].kind;
    const size_t len = 1 + follow + leads[row].is_ext;
    *head = (struct mp_head){.kind = kind, .lead = lead, .len = (uint8_t)len};
    if (s.len < len) return MP_MORE;
    if (kind == MP_INT || kind == MP_FLOAT) return MP_WHOLE;
    head->count = follow > 0 ? big_endian(s.ptr + 1, follow) : leads[row].fixed;
    if (leads[row].is_ext) head->ext = (int8_t)s.ptr[len - 1];
    return MP_WHOLE;
}

/* The first byte of the form of this kind that begins at row `base` of 8, 16 and 32 bit counts. */
static size_t sized(uint8_t base, unsigned least, uint32_t count, uint8_t out[MP_HEAD_MAX]) {
    unsigned size = count <= 0xff ? 0 : count <= 0xffff ? 1 : 2;
    if (size < least) size = least;
    const size_t follow = 1u << size;
    out[0] = (uint8_t)(base + size);
    for (size_t i = 0; i < follow; i++) out[1 + i] = (uint8_t)(count >> (8 * (follow - 1 - i)));
    return 1 + follow;
}

/* Which of the sizes 8, 16, 32 bit (0, 1, 2) the head has; `base` is the first byte of the first.
 */
static unsigned size_of(const struct mp_head *head, uint8_t base) {
    return head->lead >= base && head->lead < base + 3 ? (unsigned)(head->lead - base) : 0u;
}

static bool is_fixext(const struct mp_head *head) {
    return head->lead >= 0xd4 && head->lead <= 0xd8;
}

size_t mp_head_write(const struct mp_head *head, uint32_t count, uint8_t out[MP_HEAD_MAX]) {
    size_t n = 0;
    switch (head->kind) {
    case MP_STR:
        if (head->lead < 0xc0 && count < 32) {
            out[0] = (uint8_t)(0xa0 | count);
            return 1;
        }
        return sized(0xd9, size_of(head, 0xd9), count, out);
    case MP_BIN: return sized(0xc4, size_of(head, 0xc4), count, out);
    case MP_EXT:
        if (is_fixext(head) && count == head->count) {
            out[0] = head->lead;
            n = 1;
        } else {
            n = sized(0xc7, size_of(head, 0xc7), count, out);
        }
        out[n] = (uint8_t)head->ext;
        return n + 1;
    case MP_ARRAY:
    case MP_MAP:
        if (head->lead < 0xa0 && count < 16) {
            out[0] = (uint8_t)((head->lead & 0xf0) | count);
            return 1;
        }
        /* of 8 bits there is none: the 16-bit form is row 1 of an imagined three */
        n = head->kind == MP_ARRAY ? 0xdb : 0xdd;
        return sized((uint8_t)n, head->lead == n + 2 ? 2 : 1, count, out);
    case MP_NIL:
    case MP_BOOL:
    case MP_INT:
    case MP_FLOAT: break;
    }
    out[0] = head->lead;
    return 1;
}

enum mp_status mp_frame_next(struct mp_frame *frame, struct slice s, size_t *at) {
    if (frame->open == 0 && frame->skip == 0) frame->open = 1, frame->is_top = true;
    for (;;) {
        const size_t left = s.len - *at;
        if (frame->skip > left) {
            frame->skip -= left;
            *at = s.len;
            return MP_MORE;
        }
        *at += (size_t)frame->skip;
        frame->skip = 0;
        if (frame->open == 0) return MP_WHOLE;
        struct mp_head head;
        const enum mp_status status = mp_head_read(slice_sub(s, *at, s.len), &head);
        if (status != MP_WHOLE) return status;
        if (frame->is_top && head.kind < MP_STR) return MP_INVALID;
        frame->is_top = false;
        *at += head.len;
        frame->open--;
        switch (head.kind) {
        case MP_STR:
        case MP_BIN:
        case MP_EXT: frame->skip = head.count; break;
        case MP_ARRAY: frame->open += head.count; break;
        case MP_MAP: frame->open += 2 * (uint64_t)head.count; break;
        case MP_NIL:
        case MP_BOOL:
        case MP_INT:
        case MP_FLOAT: break;
        }
    }
}
