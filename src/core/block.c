/* SPDX-License-Identifier: Apache-2.0 */
#include "core/block.h"
#include "record/framing.h"

static bool is_base64(uint8_t c) { return byte_is_alnum(c) || c == '+' || c == '/' || c == '='; }

static size_t find(struct slice s, size_t from, struct slice what) {
    if (from >= s.len) return SIZE_MAX;
    const uint8_t *p = memmem(s.ptr + from, s.len - from, what.ptr, what.len);
    return p != NULL ? (size_t)(p - s.ptr) : SIZE_MAX;
}

/* End of `-----BEGIN X-----` (or END) at `at`, or 0; *is_private: X is a private key. */
static size_t marker_end(struct slice s, size_t at, struct slice marker, bool *is_private) {
    if (!slice_starts(slice_sub(s, at, s.len), marker)) return 0;
    size_t p = at + marker.len;
    while (p < s.len && p - at < 80 && (byte_is_alnum(s.ptr[p]) || s.ptr[p] == ' ')) p++;
    struct slice label = slice_sub(s, at + marker.len, p);
    *is_private = find(label, 0, SLICE("PRIVATE KEY")) != SIZE_MAX;
    size_t dashes = p;
    while (dashes < s.len && dashes - p < 5 && s.ptr[dashes] == '-') dashes++;
    return dashes;
}

enum { LEAST_KEY = 16 }; /* bytes of base64 */

bool block_is_empty(struct slice text, size_t at) {
    bool any;
    const size_t begin = marker_end(text, at, SLICE("-----BEGIN"), &any);
    const size_t seen = begin + 16 * LEAST_KEY;
    const size_t end =
        find(slice_sub(text, 0, seen < text.len ? seen : text.len), begin, SLICE("-----END"));
    if (begin == 0 || end == SIZE_MAX) return false;
    size_t n = 0;
    for (size_t i = begin; i < end; i++) n += is_base64(text.ptr[i]);
    return n < LEAST_KEY;
}

/* End of the END marker in the field behind `from`, or 0. */
static size_t find_end(struct slice field, size_t from, struct block_end *known) {
    bool is_private;
    if (known->limit != field.len || known->at < from)
        *known = (struct block_end){find(field, from, SLICE("-----END")), field.len};
    return known->at != SIZE_MAX ? marker_end(field, known->at, SLICE("-----END"), &is_private) : 0;
}

bool block_begin(struct block *block, struct slice line, size_t at, size_t limit,
                 struct block_end *known, struct span *hit) {
    struct slice field = slice_sub(line, 0, limit);
    bool is_private;
    size_t end = marker_end(field, at, SLICE("-----BEGIN"), &is_private);
    if (end == 0) return false;
    size_t closed = find_end(field, end, known);
    *hit = (struct span){at, closed};
    if (closed != 0) return is_private;
    while (end < limit && (is_base64(line.ptr[end]) || line.ptr[end] == '\\')) end++;
    hit->end = end;
    *block = (struct block){.is_open = true, .is_public = !is_private, .prefix = at};
    if (at <= BLOCK_PREFIX) memcpy(block->before, line.ptr, at);
    return is_private;
}

/* The body's text behind the prefix: base64 to the end of the line or to what a JSON string ends
 * with. */
static bool is_body(struct slice text, size_t *len) {
    size_t n = 0;
    while (n < text.len && is_base64(text.ptr[n])) n++;
    *len = n;
    if (n == text.len) return true;
    uint8_t next = text.ptr[n];
    if (n == 0 && next == '"') return false; /* the prefix, not an empty body */
    if (next == '\\' || next == '"' || byte_is_space(next)) {
        size_t rest = n;
        while (rest < text.len && byte_is_blank(text.ptr[rest])) rest++;
        return rest == text.len || next == '\\' || next == '"';
    }
    return false;
}

/* RFC 1421 section 4.6; RFC 9580 section 6.2.2.1 */
static bool is_header(struct slice text) {
    static const char *const names[] = {"Proc-Type: ", "DEK-Info: ", "Version: ",
                                        "Comment: ",   "Hash: ",     "Charset: "};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_starts(text, slice_str(names[i]))) return true;
    return false;
}

/* Bytes of the line that stand where those before BEGIN stood, when they differ in numbers alone
 * (`#12 9.87 `, `#12 10.1 `); SIZE_MAX: they do not. */
static size_t prefix_like(const struct block *block, struct slice line) {
    if (block->prefix > BLOCK_PREFIX) return SIZE_MAX;
    size_t at = 0;
    for (size_t i = 0; i < block->prefix;) {
        if (at >= line.len) return SIZE_MAX;
        if (byte_is_digit(block->before[i]) && byte_is_digit(line.ptr[at])) {
            while (i < block->prefix && byte_is_digit(block->before[i])) i++;
            while (at < line.len && byte_is_digit(line.ptr[at])) at++;
        } else if (block->before[i++] != line.ptr[at++]) {
            return SIZE_MAX;
        }
    }
    return at;
}

/* A word in a line of its own, too short for one of the body: nobody's key ends in `Finished`. Four
 * letters may. */
static bool is_stray_word(const struct block *block, struct slice text) {
    if (text.len >= block->width || text.len == 4) return false;
    size_t upper = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!byte_is_alpha(text.ptr[i])) return false;
        upper += text.ptr[i] != byte_lower(text.ptr[i]);
    }
    return upper == 0 || upper == text.len || (upper == 1 && text.ptr[0] < 'a');
}

/* What a line is to an open block. */
struct part {
    struct span hit; /* what of it goes */
    bool ends;       /* it is END */
    bool is_body;    /* it holds bytes of the body */
};

/* Does the line, from `skip` on, look like a part of the block? */
static bool is_part(const struct block *block, struct slice line, size_t skip, struct part *part) {
    while (skip < line.len && byte_is_space(line.ptr[skip])) skip++;
    struct slice text = slice_sub(line, skip, line.len);
    bool is_private;
    size_t end = marker_end(line, skip, SLICE("-----END"), &is_private), len = 0;
    *part = (struct part){.ends = end != 0};
    if (part->ends) {
        len = end - skip;
    } else if (is_header(text)) {
        len = text.len;
    } else {
        if (!is_body(text, &len)) return false;
        part->is_body = len > 0;
        const bool is_checksum = len == 5 && text.ptr[0] == '='; /* RFC 9580 section 6.1 */
        if (len > 0 && block->is_at_end && !is_checksum) return false;
        if (is_stray_word(block, slice_sub(text, 0, len))) return false;
    }
    part->hit = (struct span){skip, skip + len};
    return true;
}

bool block_line(struct block *block, struct slice line, struct span *hit) {
    block->lines++;
    block->bytes += line.len;
    bool fits = line.len <= BLOCK_LINE && block->lines < BLOCK_LINES && block->bytes < BLOCK_BYTES;
    const size_t like = fits ? prefix_like(block, line) : SIZE_MAX;
    struct part part;
    /* without the prefix first: what stood before BEGIN may have stood on that line alone */
    bool is = fits && (is_part(block, line, 0, &part) ||
                       (like != SIZE_MAX && is_part(block, line, like, &part)) ||
                       (line.len > block->prefix && is_part(block, line, block->prefix, &part)));
    block->is_open = is && !part.ends;
    if (!is) return false;
    *hit = part.hit;
    if (!part.is_body) return true;
    const size_t len = part.hit.end - part.hit.start;
    block->is_at_end = len < block->width;
    if (block->width == 0) block->width = len;
    return true;
}

struct block block_resume(struct slice tail) {
    struct block block = {.is_open = false};
    size_t begin = tail.len, lines = 0;
    if (find(tail, 0, SLICE("-----BEGIN")) == SIZE_MAX) return block;
    while (begin > 0 && lines++ < BLOCK_LINES && tail.len - begin < BLOCK_BYTES + 4096) {
        size_t end = begin;
        if (tail.ptr[end - 1] == '\n') end--;
        const uint8_t *nl = end > 0 ? memrchr(tail.ptr, '\n', end) : NULL;
        begin = nl != NULL ? (size_t)(nl - tail.ptr) + 1 : 0;
        struct slice line = slice_sub(tail, begin, end);
        size_t at = find(line, 0, SLICE("-----BEGIN"));
        struct span hit;
        if (at != SIZE_MAX) block_begin(&block, line, at, line.len, &(struct block_end){0}, &hit);
        if (block.is_open) break;
        if (line.len > BLOCK_LINE) return block;
    }
    if (!block.is_open) return block;
    struct span line, hit;
    size_t off = framing_line(slice_sub(tail, begin, tail.len), 0, &line) + begin;
    while (block.is_open && off < tail.len) {
        size_t next = framing_line(tail, off, &line);
        if (!block_line(&block, slice_sub(tail, line.start, line.end), &hit)) break;
        off = next;
    }
    return block;
}
