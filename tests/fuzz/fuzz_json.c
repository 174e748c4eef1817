/* SPDX-License-Identifier: Apache-2.0 */
/* The walker of JSON and the engine behind it. */
#include "fuzz.h"
#include "record/json.h"

static bool is_json(struct slice rec) { return json_is_valid(rec.ptr, rec.len); }

static void check_view(const struct json_index *index, size_t off) {
    struct span view, key;
    const size_t len = index->rec.len;
    if (!json_view_at(index, off, &view)) return;
    FUZZ_MUST(view.start <= off && off < view.end && view.end <= len, len);
    if (json_key_of(index, view.start, &key))
        FUZZ_MUST(key.start <= key.end && key.end < view.start, len);
}

static void check_members(const struct json_index *index) {
    const size_t len = index->rec.len;
    size_t before = 0;
    for (size_t i = 0; i < index->n_members; i++) {
        const struct json_member *m = &index->members[i];
        struct span value;
        FUZZ_MUST(before <= m->key_start && m->key_start <= m->key_end, len);
        FUZZ_MUST(m->key_end < m->value && m->value < len, len);
        FUZZ_MUST(index->rec.ptr[m->key_start - 1] == '"', len);
        FUZZ_MUST(index->rec.ptr[m->key_end] == '"', len);
        (void)json_value(index, m->value, &value);
        FUZZ_MUST(value.start == m->value && value.start < value.end && value.end <= len, len);
        before = m->key_end;
    }
}

static void walk(struct slice rec) {
    static struct json_index index, other;
    static bool is_made;
    if (!is_made) {
        json_init(&index);
        json_init(&other);
    }
    is_made = true;
    const enum json_result got = json_build(&index, mask_kernels(cpu_detect()), rec, 64);
    FUZZ_MUST(got == json_build(&other, mask_kernels(CPU_PORTABLE), rec, 64), rec.len);
    if (is_json(rec)) FUZZ_MUST(got == JSON_VALID && json_is_likely(rec), rec.len);
    if (got != JSON_VALID) return;
    FUZZ_MUST(index.n_members == other.n_members, rec.len);
    check_members(&index);
    for (size_t off = 0; off < rec.len; off++) check_view(&index, off);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct fuzz_format format = {LOGWASH_FORMAT_JSON, LOGWASH_FRAMING_LINE, is_json,
                                              NULL};
    if (size == 0) return 0;
    walk(slice_of(data + 1, size - 1));
    fuzz_wash(&format, data[0], slice_of(data + 1, size - 1));
    return 0;
}
