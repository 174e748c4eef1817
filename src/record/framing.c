/* SPDX-License-Identifier: Apache-2.0 */
#include "record/framing.h"

size_t framing_next(struct slice data, size_t off, uint8_t terminator, size_t *end, bool *closed) {
    const uint8_t *at = memchr(data.ptr + off, terminator, data.len - off);
    *closed = at != NULL;
    *end = at != NULL ? (size_t)(at - data.ptr) : data.len;
    return at != NULL ? *end + 1 : data.len;
}

size_t framing_line(struct slice rec, size_t off, struct span *line) {
    bool closed;
    line->start = off;
    size_t next = framing_next(rec, off, '\n', &line->end, &closed);
    if (line->end > off && rec.ptr[line->end - 1] == '\r') line->end--;
    return next;
}

bool framing_is_utf16(struct slice rec) {
    if (rec.len < 2) return false;
    if ((rec.ptr[0] == 0xff && rec.ptr[1] == 0xfe) || (rec.ptr[0] == 0xfe && rec.ptr[1] == 0xff))
        return true;
    size_t n = rec.len < 64 ? rec.len & ~(size_t)1 : 64, nul[2] = {0, 0};
    if (memchr(rec.ptr, 0, n) == NULL) return false;
    for (size_t i = 0; i < n; i++) nul[i & 1] += rec.ptr[i] == 0;
    return (nul[0] >= 8 && nul[0] == n / 2 && nul[1] == 0) ||
           (nul[1] >= 8 && nul[1] == n / 2 && nul[0] == 0);
}
