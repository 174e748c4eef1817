/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ours.h"
#include "detect/class.h"
#include "transform/pseudonym.h"

static bool is_label(uint8_t c) {
    return (c >= 'a' && c <= 'z') || byte_is_digit(c) || c == '_' || c == '-';
}
static bool is_word(uint8_t c) { return (c >= 'a' && c <= 'z') || byte_is_digit(c) || c == '_'; }
static bool is_base32(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }

/* Length of `[REDACTED:class]` or `[WITHHELD:reason]` at the start of `s`; 0: none. */
static size_t bracket_len(struct slice s) {
    const struct slice redacted = SLICE("[REDACTED:"), withheld = SLICE("[WITHHELD:");
    bool is_redacted = slice_starts(s, redacted);
    if (!is_redacted && !slice_starts(s, withheld)) return 0;
    size_t start = redacted.len, at = start;
    while (at < s.len && at < OURS_MAX - 1 && is_label(s.ptr[at])) at++;
    struct slice label = slice_sub(s, start, at);
    if (label.len == 0 || at == s.len || s.ptr[at] != ']') return 0;
    bool known = !is_redacted || class_find(label) >= 0 || slice_eq(label, SLICE("limit"));
    return known ? at + 1 : 0;
}

/* Is the word `class_kid_base32`? */
static bool is_token(struct slice word, const struct keyring *ring) {
    size_t tail = word.len;
    if (word.len < PSEUDONYM_MIN_CHARS + 4) return false;
    while (tail > 0 && is_base32(word.ptr[tail - 1])) tail--;
    size_t n = word.len - tail;
    if (n < PSEUDONYM_MIN_CHARS || n > PSEUDONYM_MAX_CHARS || tail < 4 || word.ptr[tail - 1] != '_')
        return false;
    size_t id_end = tail - 1, id = id_end;
    while (id > 0 && word.ptr[id - 1] != '_') id--;
    if (id < 2 || id == id_end || id_end - id > KEYRING_ID_MAX) return false;
    struct slice kid = slice_sub(word, id, id_end);
    bool known = slice_eq(kid, SLICE("x")) || (ring != NULL && keyring_has_id(ring, kid));
    return known && class_find(slice_sub(word, 0, id - 1)) >= 0;
}

static bool token_at(struct slice view, size_t off, const struct keyring *ring, struct span *span) {
    if (!is_word(view.ptr[off])) return false;
    size_t start = off, end = off + 1;
    while (start > 0 && off - start < OURS_MAX && is_word(view.ptr[start - 1])) start--;
    while (end < view.len && end - off < OURS_MAX && is_word(view.ptr[end])) end++;
    *span = (struct span){start, end};
    return is_token(slice_sub(view, start, end), ring);
}

bool ours_at(struct slice view, size_t off, const struct keyring *ring, struct span *span) {
    if (off >= view.len) return false;
    size_t low = off > OURS_MAX ? off - OURS_MAX : 0;
    const uint8_t *open = memrchr(view.ptr + low, '[', off + 1 - low);
    if (open != NULL) {
        size_t at = (size_t)(open - view.ptr), len = bracket_len(slice_sub(view, at, view.len));
        *span = (struct span){at, at + len};
        if (len > 0 && at + len > off) return true;
    }
    return token_at(view, off, ring, span);
}

static bool is_mask(struct slice value) {
    size_t stars = 0, kept = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '*')
            stars++;
        else if (byte_is_alnum(value.ptr[i]))
            kept++;
        else
            return false;
    }
    return stars >= 3 && kept * 3 <= stars;
}

bool ours_is_whole(struct slice value, const struct keyring *ring) {
    if (value.len == 0) return false;
    if (value.ptr[0] == '[') return bracket_len(value) == value.len;
    struct span span;
    if (token_at(value, 0, ring, &span)) return span.end == value.len;
    return is_mask(value);
}
