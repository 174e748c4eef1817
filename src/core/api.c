/* SPDX-License-Identifier: Apache-2.0 */
/* The small functions of the public header. */
#include "base/mphead.h"
#include "core/engine.h"
#include "record/framing.h"
#include <stdlib.h>

const char *logwash_status_text(enum logwash_status status) {
    static const char *const texts[] = {
#define STATUS_TEXT(code, name, text, disposition) [code] = text,
        LOGWASH_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    };
    return texts[status];
}

enum logwash_disposition logwash_status_disposition(enum logwash_status status) {
    static const enum logwash_disposition dispositions[] = {
#define STATUS_DISPOSITION(code, name, text, disposition)                                          \
    [code] = LOGWASH_DISPOSITION_##disposition,
        LOGWASH_STATUS_LIST(STATUS_DISPOSITION)
#undef STATUS_DISPOSITION
    };
    return dispositions[status];
}

const char *logwash_generation(const struct logwash *lw) { return lw->generation; }
size_t logwash_rule_count(const struct logwash *lw) { return lw->rules.n; }
size_t logwash_class_count(void) { return N_CLASSES; }
_Static_assert((int)N_CLASSES <= (int)LOGWASH_MAX_CLASSES, "class bits of a verdict");

const char *logwash_class_name(size_t class_number) {
    return class_number < N_CLASSES ? data_classes[class_number].name : "";
}

static size_t frame_objects(struct slice all, bool at_end, struct logwash_record *records,
                            size_t cap, size_t *used) {
    struct mp_frame frame = {0};
    size_t n = 0, at = 0;
    while (n < cap && *used < all.len) {
        if (mp_frame_next(&frame, all, &at) != MP_WHOLE) {
            if (!at_end) break;
            at = all.len;
        }
        records[n++] = (struct logwash_record){.off = (uint32_t)*used,
                                               .len = (uint32_t)(at - *used),
                                               .time_ms = INT64_MIN};
        *used = at;
    }
    return n;
}

size_t logwash_frame(enum logwash_framing framing, const void *data, size_t len, bool at_end,
                     struct logwash_record *records, size_t cap, size_t *used) {
    struct slice all = slice_of(data, len);
    size_t n = 0, off = 0, end;
    bool closed;
    *used = 0;
    if (framing == LOGWASH_FRAMING_MESSAGE) {
        if (cap > 0)
            records[n++] = (struct logwash_record){.len = (uint32_t)len, .time_ms = INT64_MIN};
        *used = n > 0 ? len : 0;
        return n;
    }
    if (framing == LOGWASH_FRAMING_MSGPACK) return frame_objects(all, at_end, records, cap, used);
    while (n < cap && off < len) {
        size_t next =
            framing_next(all, off, framing == LOGWASH_FRAMING_NUL ? 0 : '\n', &end, &closed);
        if (!closed && !at_end) break;
        records[n++] = (struct logwash_record){.off = (uint32_t)off,
                                               .len = (uint32_t)(end - off),
                                               .time_ms = INT64_MIN};
        off = *used = next;
    }
    return n;
}

enum logwash_status logwash_wash(const struct logwash *lw, struct logwash_scratch *scratch,
                                 const void *record, size_t len, struct logwash_output *out) {
    struct logwash_record one = {.len = (uint32_t)len, .time_ms = INT64_MIN};
    struct logwash_batch batch = {
        .data = record, .len = len, .records = &one, .n = 1, .framing = LOGWASH_FRAMING_MESSAGE};
    return len < UINT32_MAX ? logwash_wash_batch(lw, scratch, &batch, out) : LOGWASH_ARGUMENT;
}

void logwash_output_fini(struct logwash_output *out) {
    free(out->data);
    free(out->results);
    *out = (struct logwash_output){.data = NULL};
}

int64_t logwash_ttl_sec(const struct logwash *lw, const struct logwash_verdict *verdict,
                        const char *tier, size_t tier_len) {
    return retention_ttl_sec(&lw->retention, verdict->sensitivity,
                             slice_of(tier, tier != NULL ? tier_len : 0));
}
