/* SPDX-License-Identifier: Apache-2.0 */
/* The walker of logfmt and the engine behind it. */
#include "fuzz.h"
#include "record/logfmt.h"

static void check_pairs(const struct logfmt_index *index) {
    const struct slice rec = index->rec;
    size_t done = 0;
    for (size_t i = 0; i < index->n; i++) {
        const struct logfmt_pair *p = &index->pairs[i];
        FUZZ_MUST(done <= p->key && p->key < p->key_end && p->key_end < rec.len, rec.len);
        FUZZ_MUST(rec.ptr[p->key_end] == '=', rec.len);
        const bool quoted = p->value == p->key_end + 2;
        FUZZ_MUST(quoted || p->value == p->key_end + 1, rec.len);
        FUZZ_MUST(p->value <= p->value_end && p->value_end <= rec.len, rec.len);
        if (quoted)
            FUZZ_MUST(rec.ptr[p->value - 1] == '"' && rec.ptr[p->value_end] == '"', rec.len);
        for (size_t off = done; off < p->value; off++)
            FUZZ_MUST(logfmt_pair_at(index, off) != p, rec.len);
        for (size_t off = p->value; off < p->value_end; off++)
            FUZZ_MUST(logfmt_pair_at(index, off) == p, rec.len);
        done = p->value_end;
    }
    for (size_t off = done; off < rec.len; off++)
        FUZZ_MUST(logfmt_pair_at(index, off) == NULL, rec.len);
}

static void walk(struct slice rec) {
    static struct logfmt_index index;
    static bool is_made;
    if (!is_made) logfmt_init(&index);
    is_made = true;
    FUZZ_MUST(logfmt_build(&index, rec), rec.len);
    check_pairs(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct fuzz_format format = {LOGWASH_FORMAT_LOGFMT, LOGWASH_FRAMING_LINE, NULL,
                                              NULL};
    if (size == 0) return 0;
    walk(slice_of(data + 1, size - 1));
    fuzz_wash(&format, data[0], slice_of(data + 1, size - 1));
    return 0;
}
