/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine spends its time on, for benches. */
#include "core/engine.h"
#include "core/tools.h"

size_t tools_prefilter(struct logwash_scratch *s, const struct logwash_batch *batch) {
    const struct matcher *m = s->lw->matcher;
    struct slice data = slice_of(batch->data, batch->len);
    size_t total = 0;
    for (size_t off = 0; off < data.len; off += ENGINE_GROUP_BYTES) {
        size_t end = off + ENGINE_GROUP_BYTES < data.len ? off + ENGINE_GROUP_BYTES : data.len, n;
        const struct candidate *candidates;
        if (prefilter_scan(m->prefilter, s->matcher->prefilter, slice_sub(data, off, end), 0,
                           MATCHER_MAX_CANDIDATES, &candidates, &n))
            total += n;
    }
    return total;
}
