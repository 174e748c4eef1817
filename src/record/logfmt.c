/* SPDX-License-Identifier: Apache-2.0 */
/* From each `=` the key is read backwards and the value forwards; what lies behind is never read
 * again. A quote that does not close is looked for once a line: no other value there can begin with
 * one, or it would have closed it. */
#include "record/logfmt.h"
#include "base/buf.h"
#include "base/byteset.h"
#include <stdlib.h>

void logfmt_init(struct logfmt_index *index) { *index = (struct logfmt_index){.pairs = NULL}; }

void logfmt_fini(struct logfmt_index *index) { free(index->pairs); }

static bool is_key(uint8_t c) {
    return byte_is_alnum(c) || c >= 0x80 || (c != 0 && strchr("_.-/@", c) != NULL);
}

/* The quote that closes the string whose inside begins at `at`; rec.len: none on this line. */
static size_t closing_quote(struct slice rec, size_t at) {
    for (; at < rec.len && rec.ptr[at] != '\n'; at++) {
        if (rec.ptr[at] == '"') return at;
        if (rec.ptr[at] == '\\') at++;
    }
    return rec.len;
}

static size_t bare_end(struct slice rec, size_t at) {
    while (at < rec.len && rec.ptr[at] > ' ') at++;
    return at;
}

bool logfmt_build(struct logfmt_index *index, struct slice rec) {
    size_t done = 0; /* nothing before is part of a pair to come */
    index->rec = rec;
    index->n = 0;
    while (done < rec.len) {
        const uint8_t *p = memchr(rec.ptr + done, '=', rec.len - done);
        if (p == NULL) break;
        const size_t sep = (size_t)(p - rec.ptr);
        size_t key = sep, value = sep + 1, end;
        while (key > done && is_key(rec.ptr[key - 1])) key--;
        done = sep + 1;
        if (key == sep) continue;
        if (value < rec.len && rec.ptr[value] == '"' &&
            (end = closing_quote(rec, value + 1)) < rec.len) {
            value++;
            done = end + 1;
        } else {
            done = end = bare_end(rec, value);
        }
        if (!VEC_GROW(index->pairs, index->cap, index->n + 1)) return false;
        index->pairs[index->n++] =
            (struct logfmt_pair){(uint32_t)key, (uint32_t)sep, (uint32_t)value, (uint32_t)end};
    }
    return true;
}

const struct logfmt_pair *logfmt_pair_at(const struct logfmt_index *index, size_t off) {
    size_t low = 0, high = index->n;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (index->pairs[mid].value <= off)
            low = mid + 1;
        else
            high = mid;
    }
    const struct logfmt_pair *pair = low > 0 ? &index->pairs[low - 1] : NULL;
    return pair != NULL && off < pair->value_end ? pair : NULL;
}
