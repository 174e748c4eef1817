/* SPDX-License-Identifier: Apache-2.0 */
/* A character is an ASCII letter or digit, a `*`, or any other UTF-8 character; a byte that is no
 * UTF-8 is one as well. So the masked text has exactly as many characters as the value, which makes
 * masking idempotent. */
#include "transform/partial.h"

/* Length of the character at `at`; 0: a separator (any other ASCII byte, of length 1). */
static size_t char_len(struct slice value, size_t at) {
    const uint8_t c = value.ptr[at];
    if (c < 0x80) return byte_is_alnum(c) || c == '*';
    const size_t len = c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 ? 2 : 1;
    if (c >= 0xf5 || value.len - at < len) return 1;
    for (size_t i = 1; i < len; i++)
        if ((value.ptr[at + i] & 0xc0) != 0x80) return 1;
    return len;
}

bool partial_mask(struct slice value, unsigned keep_first, unsigned keep_last, struct buf *out) {
    size_t n = 0;
    for (size_t at = 0, len; at < value.len; at += len ? len : 1) {
        len = char_len(value, at);
        n += len > 0;
    }
    const size_t most = n / 4;
    const size_t last = keep_last < most ? keep_last : most;
    const size_t first = keep_first < most - last ? keep_first : most - last;
    uint8_t *to = buf_extend(out, n);
    if (!to) return false;
    size_t index = 0;
    for (size_t at = 0, len; at < value.len; at += len ? len : 1) {
        len = char_len(value, at);
        if (len == 0) continue;
        const bool stays = (index < first || index >= n - last) && byte_is_alnum(value.ptr[at]);
        to[index++] = stays ? value.ptr[at] : '*';
    }
    return true;
}
