/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded views of text and the engine behind them. */
#include "fuzz.h"
#include "record/view.h"

static void check_atoms(const struct view_store *store, const struct view *view, size_t len) {
    size_t raw = view->raw.start, text = view->text.start;
    for (size_t i = 0; i < view->n_atoms; i++) {
        const struct view_atom *atom = &store->atoms[view->first_atom + i];
        FUZZ_MUST(atom->view >= text && atom->raw >= raw, len);
        /* between atoms bytes are themselves; an escape that stands for nothing may be left out */
        FUZZ_MUST(atom->view - text <= atom->raw - raw, len);
        text = (size_t)atom->view + atom->view_len;
        raw = (size_t)atom->raw + atom->raw_len;
    }
    FUZZ_MUST(text <= view->text.end && raw <= view->raw.end, len);
    FUZZ_MUST(view->text.end - text <= view->raw.end - raw, len);
}

static void check_bytes(const struct view_store *store, const struct view *view, size_t len) {
    struct span before = {view->raw.start, view->raw.start};
    for (size_t at = view->text.start; at < view->text.end; at++) {
        FUZZ_MUST(view_find(store, at) == view, len);
        const struct span raw = view_to_raw(store, view, (struct span){at, at + 1});
        FUZZ_MUST(raw.start <= raw.end && raw.end <= view->raw.end, len);
        FUZZ_MUST(before.start <= raw.start && before.end <= raw.end, len);
        before = raw;
    }
    const struct span whole = view_to_raw(store, view, view->text);
    FUZZ_MUST(whole.start >= view->raw.start && whole.end <= view->raw.end, len);
}

static void walk(struct slice rec) {
    static struct view_store store;
    static bool is_made;
    if (!is_made) view_init(&store, mask_kernels(CPU_PORTABLE), 64);
    is_made = true;
    view_reset(&store);
    const size_t start = rec.len / 8; /* a field in the middle of others */
    FUZZ_MUST(view_add(&store, rec, (struct span){start, rec.len}, false), rec.len);
    for (size_t i = 0; i < store.n_views; i++) {
        FUZZ_MUST(store.views[i].raw.start == start && store.views[i].raw.end == rec.len, rec.len);
        FUZZ_MUST(store.views[i].text.end <= store.text.len, rec.len);
        check_atoms(&store, &store.views[i], rec.len);
        check_bytes(&store, &store.views[i], rec.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct fuzz_format format = {LOGWASH_FORMAT_TEXT, LOGWASH_FRAMING_LINE, NULL,
                                              NULL};
    if (size == 0) return 0;
    walk(slice_of(data + 1, size - 1));
    fuzz_wash(&format, data[0], slice_of(data + 1, size - 1));
    return 0;
}
