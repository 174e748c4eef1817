/* SPDX-License-Identifier: Apache-2.0 */
/* A window of the six bytes before each place is hashed into a bitmap that stays in the first-level
 * cache (8 KiB); what passes is looked up in chains by the same hash, longest needle first. About
 * 1 ns a byte, and only when there are values: no library takes needles from secret pages, so they
 * are looked for here and not by the prefilter. */
#include "detect/values.h"

#include "base/secret.h"

#include <stdlib.h>

enum { HASH_BITS = 16, N_HASHES = 1 << HASH_BITS, MAX_FORMS = 8, WORK_SHIFT = 4 };

struct needle {
    uint32_t off, len;         /* in `bytes` */
    uint32_t next;             /* in the chain, number + 1 */
    bool wide_start, wide_end; /* base64: a character before, behind, holds bits of the value too */
};

struct values {
    size_t mapped; /* bytes of this allocation */
    size_t n_values, n_needles, n_bytes;
    uint64_t filter[N_HASHES / 64];
    uint32_t head[N_HASHES]; /* needle number + 1 */
    struct needle *needles;
    uint8_t *bytes;
};

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static uint32_t hash_of(uint64_t window) {
    return (uint32_t)((window * 0x9e3779b97f4a7c15u) >> (64 - HASH_BITS));
}

static uint64_t push_byte(uint64_t window, uint8_t byte) {
    return ((window << 8) | byte) & 0xffffffffffffu;
}

/* The next line of `text` from *at on, without its end; false: there is none. */
static bool next_line(struct slice text, size_t *at, struct slice *line) {
    if (*at >= text.len) return false;
    const uint8_t *newline = memchr(text.ptr + *at, '\n', text.len - *at);
    const size_t end = newline != NULL ? (size_t)(newline - text.ptr) : text.len;
    *line = slice_sub(text, *at, end);
    if (line->len > 0 && line->ptr[line->len - 1] == '\r') line->len--;
    *at = end + 1;
    return true;
}

static bool check_lines(const char *name, struct slice text, size_t *n, struct diags *diags) {
    struct slice line;
    const size_t before = diags->n_errors;
    size_t number = 0;
    *n = 0;
    for (size_t at = 0; next_line(text, &at, &line);) {
        number++;
        if (line.len == 0) continue;
        ++*n;
        if (line.len < VALUES_MIN)
            diag_add(diags, DIAG_ERROR, NULL, 0, 0, "%s:%zu: a value has at least %d bytes", name,
                     number, VALUES_MIN);
    }
    return diags->n_errors == before && !diags->failed;
}

static void add_needle(struct values *v, size_t off, bool wide_start, bool wide_end) {
    v->needles[v->n_needles++] = (struct needle){.off = (uint32_t)off,
                                                 .len = (uint32_t)(v->n_bytes - off),
                                                 .wide_start = wide_start,
                                                 .wide_end = wide_end};
}

/* The six bits from `bit` on; all of them lie in the value. */
static unsigned sextet(struct slice value, size_t bit) {
    const size_t byte = bit / 8;
    unsigned two = (unsigned)value.ptr[byte] << 8;
    if (byte + 1 < value.len) two |= value.ptr[byte + 1];
    return (two >> (10 - bit % 8)) & 63;
}

/* The characters that the value alone decides about when `shift` bytes of a group of three stand
 * before it. Returns whether the two alphabets differ. */
static bool add_base64(struct values *v, struct slice value, size_t shift, const char *alphabet) {
    const size_t before = 8 * shift, bits = before + 8 * value.len;
    const size_t first = (before + 5) / 6, last = bits / 6, off = v->n_bytes;
    bool differs = false;
    for (size_t i = first; i < last; i++) {
        const unsigned six = sextet(value, 6 * i - before);
        differs |= six >= 62;
        v->bytes[v->n_bytes++] = (uint8_t)alphabet[six];
    }
    add_needle(v, off, before % 6 != 0, bits % 6 != 0);
    return differs;
}

static void add_value(struct values *v, struct slice value) {
    size_t off = v->n_bytes;
    memcpy(v->bytes + v->n_bytes, value.ptr, value.len);
    v->n_bytes += value.len;
    add_needle(v, off, false, false);
    if (memchr(value.ptr, ' ', value.len) != NULL) {
        off = v->n_bytes;
        for (size_t i = 0; i < value.len; i++)
            v->bytes[v->n_bytes++] = value.ptr[i] == ' ' ? '+' : value.ptr[i];
        add_needle(v, off, false, false);
    }
    for (size_t shift = 0; shift < 3; shift++)
        if (add_base64(v, value, shift, standard)) add_base64(v, value, shift, url_safe);
    v->n_values++;
}

static int by_length(const void *left, const void *right) {
    const struct needle *a = left, *b = right;
    return (a->len > b->len) - (a->len < b->len);
}

/* Chains in which a longer needle stands before a shorter one. */
static void link_needles(struct values *v) {
    qsort(v->needles, v->n_needles, sizeof *v->needles, by_length);
    for (size_t i = 0; i < v->n_needles; i++) {
        struct needle *needle = &v->needles[i];
        uint64_t window = 0;
        for (size_t k = 0; k < VALUES_MIN; k++)
            window = push_byte(window, v->bytes[needle->off + k]);
        const uint32_t hash = hash_of(window);
        v->filter[hash / 64] |= 1ull << (hash % 64);
        needle->next = v->head[hash];
        v->head[hash] = (uint32_t)i + 1;
    }
}

struct values *values_read(const char *name, struct slice text, struct diags *diags) {
    size_t n;
    struct slice line;
    if (text.len > VALUES_FILE_MAX) {
        diag_add(diags, DIAG_ERROR, NULL, 0, 0, "%s: more than %d bytes of values", name,
                 VALUES_FILE_MAX);
        return NULL;
    }
    if (!check_lines(name, text, &n, diags)) return NULL;
    /* two plain forms and six of at most 4/3 of the bytes */
    const size_t needles = n * MAX_FORMS * sizeof(struct needle);
    const size_t mapped = sizeof(struct values) + needles + 11 * text.len + 64;
    struct values *v = secret_new(mapped);
    if (v == NULL) {
        diags->failed = true;
        return NULL;
    }
    v->mapped = mapped;
    v->needles = (struct needle *)(v + 1);
    v->bytes = (uint8_t *)v->needles + needles;
    for (size_t at = 0; next_line(text, &at, &line);)
        if (line.len > 0) add_value(v, line);
    link_needles(v);
    return v;
}

void values_free(struct values *v) {
    if (v != NULL) secret_free(v, v->mapped);
}

size_t values_count(const struct values *v) { return v->n_values; }

static bool is_base64(uint8_t c) {
    return byte_is_alnum(c) || c == '+' || c == '/' || c == '-' || c == '_';
}

/* The longest needle at `start`; 0: none. */
static bool needle_at(const struct values *v, struct slice text, size_t start, uint32_t hash,
                      struct span *found, uint64_t *work) {
    for (uint32_t i = v->head[hash]; i != 0; i = v->needles[i - 1].next) {
        const struct needle *needle = &v->needles[i - 1];
        if (needle->len > text.len - start) continue;
        *work += 1 + (needle->len >> WORK_SHIFT);
        if (memcmp(text.ptr + start, v->bytes + needle->off, needle->len) != 0) continue;
        *found = (struct span){start, start + needle->len};
        if (needle->wide_start && start > 0 && is_base64(text.ptr[start - 1])) found->start--;
        if (needle->wide_end && found->end < text.len && is_base64(text.ptr[found->end]))
            found->end++;
        return true;
    }
    return false;
}

bool values_next(const struct values *v, struct slice text, size_t *at, struct span *found,
                 uint64_t *work) {
    uint64_t window = 0;
    for (size_t i = *at; i < text.len; i++) {
        window = push_byte(window, text.ptr[i]);
        if (i + 1 < *at + VALUES_MIN) continue;
        const uint32_t hash = hash_of(window);
        if ((v->filter[hash / 64] >> (hash % 64) & 1) == 0) continue;
        const size_t start = i + 1 - VALUES_MIN;
        if (!needle_at(v, text, start, hash, found, work)) continue;
        *at = start + 1;
        return true;
    }
    *at = text.len;
    return false;
}
