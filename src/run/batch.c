/* SPDX-License-Identifier: Apache-2.0 */
#include "run/batch.h"
#include "base/must.h"

#include <stdlib.h>

void batch_reset(struct batch *batch) {
    buf_reset(&batch->in);
    buf_reset(&batch->tail);
    batch->n = 0;
    batch->framing = LOGWASH_FRAMING_LINE;
    batch->at_end = false;
    batch->out.len = batch->out.n = 0;
    batch->counts = (struct batch_counts){0};
    batch->status = LOGWASH_OK;
    batch->first_record = 0;
    batch->input = 0;
}

void batch_fini(struct batch *batch) {
    buf_fini(&batch->in);
    buf_fini(&batch->tail);
    free(batch->records);
    logwash_output_fini(&batch->out);
    logwash_output_fini(&batch->part_out);
    *batch = (struct batch){0};
}

bool batch_add(struct batch *batch, const void *bytes, size_t len, int64_t time_ms) {
    const size_t off = batch->in.len;
    if (off + len > UINT32_MAX || !VEC_GROW(batch->records, batch->cap, batch->n + 1)) return false;
    if (!buf_append(&batch->in, bytes, len)) return false;
    batch->records[batch->n++] =
        (struct logwash_record){.off = (uint32_t)off, .len = (uint32_t)len, .time_ms = time_ms};
    return true;
}

bool batch_out_append(struct logwash_output *out, const void *bytes, size_t len) {
    if (len == 0) return true;
    if (!VEC_GROW(out->data, out->cap, out->len + len)) return false;
    memcpy(out->data + out->len, bytes, len);
    out->len += len;
    return true;
}

void batch_count(struct batch *batch, const struct batch *part) {
    struct batch_counts *c = &batch->counts;
    c->records += part->n;
    for (size_t i = 0; i < part->n; i++) c->bytes_in += part->records[i].len;
    for (size_t i = 0; i < part->out.n; i++) {
        const struct logwash_result *result = &part->out.results[i];
        c->bytes_out += result->len;
        c->allowed += result->verdict.allowed;
        c->malformed += result->verdict.malformed;
        for (int w = 0; w < 2; w++) c->remaining[w] |= result->verdict.remaining[w];
        switch (result->verdict.outcome) {
        case LOGWASH_CLEAN: break;
        case LOGWASH_CHANGED: c->changed++; break;
        case LOGWASH_WITHHELD: c->withheld++; break;
        case LOGWASH_DROPPED: c->dropped++; break;
        }
    }
}

size_t batch_tail_start(struct slice text) {
    const size_t low = text.len > LOGWASH_TAIL_BYTES ? text.len - LOGWASH_TAIL_BYTES : 0;
    size_t start = text.len;
    for (int records = 0; records < LOGWASH_TAIL_RECORDS && start > low; records++) {
        /* The byte before `start` ends the record that would be taken next; look for the one before
         * it. */
        const uint8_t *end = memrchr(text.ptr + low, '\n', start - 1 - low);
        if (!end && low > 0 && text.ptr[low - 1] != '\n') break;
        start = end ? (size_t)(end - text.ptr) + 1 : low;
    }
    return start;
}

/* ---- washing part by part ---- */

/* Frames the bytes from `off` on: at most BATCH_PART_RECORDS records, offsets counted from `off`.
 * Returns how many bytes they take; SIZE_MAX: out of memory. */
static size_t frame_part(struct batch *batch, size_t off) {
    if (!VEC_GROW(batch->records, batch->cap, BATCH_PART_RECORDS)) return SIZE_MAX;
    size_t used = 0;
    batch->n = logwash_frame(batch->framing, batch->in.ptr + off, batch->in.len - off,
                             batch->at_end, batch->records, BATCH_PART_RECORDS, &used);
    /* Bytes outside records are copied unscanned, so a source that hands over half a record must
     * not get on. */
    MUST(used > 0 && used <= batch->in.len - off);
    return used;
}

/* A view of the bytes [off, off + used) of `batch` as a batch of its own; borrows everything but
 * its output. */
static void part_of(const struct batch *batch, size_t off, size_t used, struct batch *part) {
    const struct logwash_output out = part->out;
    *part = *batch;
    part->out = out;
    part->out.len = part->out.n = 0;
    part->in = (struct buf){.ptr = batch->in.ptr + off, .len = used};
    part->at_end = batch->at_end && off + used == batch->in.len;
    if (off > 0 && batch->framing == LOGWASH_FRAMING_LINE) {
        const size_t start = batch_tail_start(slice_of(batch->in.ptr, off));
        part->tail = (struct buf){.ptr = batch->in.ptr + start, .len = off - start};
    }
}

static void add_class_hits(uint64_t *sum, const uint64_t *hits) {
    for (size_t i = 0; i < LOGWASH_MAX_CLASSES; i++) sum[i] += hits[i];
}

/* The rest of a batch that does not fit in one part; `used`: the bytes framed so far. */
static enum logwash_status wash_parts(struct batch *batch, size_t used, batch_work work, void *ctx,
                                      struct logwash_scratch *scratch) {
    struct batch part = {.out = batch->part_out};
    uint64_t hits[LOGWASH_MAX_CLASSES] = {0};
    enum logwash_status status = LOGWASH_OK;
    const uint64_t first = batch->first_record;
    size_t off = 0;
    batch->out.len = batch->out.n = 0;
    for (;;) {
        part_of(batch, off, used, &part);
        part.first_record = first + batch->counts.records;
        status = work(ctx, &part, scratch);
        if (status != LOGWASH_OK) break;
        batch_count(batch, &part);
        add_class_hits(hits, part.out.class_hits);
        status = LOGWASH_MEMORY;
        if (!batch_out_append(&batch->out, part.out.data, part.out.len)) break;
        off += used;
        if (off == batch->in.len) {
            status = LOGWASH_OK;
            break;
        }
        used = frame_part(batch, off);
        if (used == SIZE_MAX) break;
    }
    memcpy(batch->out.class_hits, hits, sizeof hits);
    batch->n = 0; /* the records of the last part: of no use to anybody now */
    batch->part_out = part.out;
    return status;
}

void batch_wash(struct batch *batch, batch_work work, void *ctx, struct logwash_scratch *scratch) {
    if (batch->framing == LOGWASH_FRAMING_MESSAGE) {
        batch->status = work(ctx, batch, scratch);
        if (batch->status == LOGWASH_OK) batch_count(batch, batch);
        return;
    }
    if (batch->in.len == 0) return;
    const size_t used = frame_part(batch, 0);
    if (used == SIZE_MAX) {
        batch->status = LOGWASH_MEMORY;
    } else if (used == batch->in.len) {
        batch->status = work(ctx, batch, scratch);
        if (batch->status == LOGWASH_OK) batch_count(batch, batch);
    } else {
        batch->status = wash_parts(batch, used, work, ctx, scratch);
    }
}

struct logwash_batch batch_input(const struct batch *batch) {
    return (struct logwash_batch){
        .data = batch->in.ptr,
        .len = batch->in.len,
        .records = batch->records,
        .n = batch->n,
        .framing = batch->framing,
        .tail = batch->tail.ptr,
        .tail_len = batch->tail.len,
    };
}
