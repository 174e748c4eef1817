/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: the unit that travels from the reader over a worker to the writer.
 *
 *     in   | record \n record \n record \n |        one input buffer, records as ranges of it
 *     out  | record \n [REDACTED:jwt] \n … |        one output, one result a record
 *
 * Lifetime: batches belong to the pipeline's ring and are recycled for ever; the source fills `in`,
 * `records` and `tail`, a worker `out`, the sink reads all of it. `note` is the end's own memory
 * about the batch (Kafka: topic, partition and offset of each record), kept with the batch, freed
 * by the end's note_free. Threads: one owner at a time, handed over by the ring. */
#ifndef LW_RUN_BATCH_H
#define LW_RUN_BATCH_H

#include "base/buf.h"
#include "logwash.h"

enum {
    BATCH_BYTES = 256 * 1024,  /* what a source aims at; a single record may be larger */
    BATCH_PART_RECORDS = 4096, /* LINE, NUL: a worker washes at most so many records at once, so
                                  that short lines cost no memory */
};

/* Counts of a washed batch, made by its worker. */
struct batch_counts {
    uint64_t records, bytes_in, bytes_out, changed, withheld, dropped, malformed, allowed;
    uint64_t remaining[2]; /* bit c: of class c something is still there in some record */
};

struct batch {
    struct buf in;
    struct logwash_record
        *records; /* set by the source, or by the worker when `framing` is LINE or NUL */
    size_t n, cap;
    enum logwash_framing framing;
    struct buf tail; /* LINE: records before this batch, for blocks */
    bool at_end;     /* LINE, NUL: an unfinished last record counts */
    struct logwash_output
        out; /* LINE, NUL: `results` only when the batch was washed in one part, else n is 0 */
    struct logwash_output part_out; /* of one part, kept for its memory */
    struct batch_counts counts;
    enum logwash_status status; /* of the wash */
    uint64_t seq;               /* order of reading */
    uint64_t epoch;             /* the source's transaction epoch when the batch was formed */
    uint64_t first_record;      /* number of records before it, from the source's start (files: for
                                   findings) */
    struct logwash *engine; /* reference taken when the batch was formed; its generation goes with
                               the records */
    unsigned input;         /* which engine of the table (Kafka: by topic) */
    void *note;
};

void batch_reset(struct batch *batch);
void batch_fini(struct batch *batch);
/* Appends one record to `in` and `records`; name bytes are copied into `in` as well. False: out of
 * memory. */
bool batch_add(struct batch *batch, const void *bytes, size_t len, int64_t time_ms);
/* What the library is given of it; shows the batch's own memory. */
struct logwash_batch batch_input(const struct batch *batch);
/* Appends to the output's bytes. False: out of memory. */
bool batch_out_append(struct logwash_output *out, const void *bytes, size_t len);
/* Adds the records and results that `part` (the batch itself, or a part of it) holds now to
 * batch->counts. */
void batch_count(struct batch *batch, const struct batch *part);
/* Frames (LINE, NUL) and washes a batch with `work`, part by part; sets status and counts. */
typedef enum logwash_status (*batch_work)(void *ctx, struct batch *batch,
                                          struct logwash_scratch *scratch);
void batch_wash(struct batch *batch, batch_work work, void *ctx, struct logwash_scratch *scratch);
/* Where the records start that a block may reach back to from the end of `text`: whole records, the
 * last LOGWASH_TAIL_RECORDS of at most LOGWASH_TAIL_BYTES. `text` ends in LF or is empty. */
size_t batch_tail_start(struct slice text);

#endif
