/* SPDX-License-Identifier: Apache-2.0 */
/* A log in memory, cut into batches as the pipeline does.
 *
 * A bench cannot go on without one: what fails here ends the program with a message. */
#ifndef LW_BENCH_CORPUS_H
#define LW_BENCH_CORPUS_H

#include "gen.h"
#include "logwash.h"

enum { CORPUS_BATCH = 256 * 1024 };

struct corpus {
    uint8_t *data;
    size_t len;
    struct logwash_record *records; /* offsets in their batch */
    size_t n_records;
    struct logwash_batch *batches; /* whole lines, CORPUS_BATCH bytes or one longer line */
    size_t n_batches;
};

_Noreturn void die(const char *what, const char *which);

/* The file, repeated until there are `bytes` of it, or cut at a line's end. */
struct corpus corpus_of_file(const char *path, size_t bytes);
struct corpus corpus_of_kind(const char *kind, const struct gen_options *options, size_t bytes);
/* The first batches of another corpus that have `bytes` at most (one at least); nothing is copied,
 * nothing to be freed. */
struct corpus corpus_head(const struct corpus *c, size_t bytes);
void corpus_free(struct corpus *c);

#endif
