/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up logs for benches and tests: the same seed gives the same bytes on every machine.
 *
 * Addresses and names are of the ranges reserved for documentation and benchmarks (RFC 2544, RFC
 * 2606), secrets are fakes that say so. */
#ifndef LW_BENCH_GEN_H
#define LW_BENCH_GEN_H

#include "base/buf.h"
#include <limits.h>

#define GEN_DEFAULT UINT_MAX

struct gen_options {
    uint64_t seed;
    unsigned hits;    /* records with something to be found, in percent; GEN_DEFAULT: the kind's */
    unsigned escapes; /* share of those in which it is written with escapes; GEN_DEFAULT: 5 */
    size_t record_bytes; /* shorter records are filled up to so many bytes; 0: as they come */
};

struct gen {
    struct gen_options set;
    uint64_t state;
    uint64_t second; /* time of the next record */
    size_t since_hit;
    size_t start; /* of the record in work */
    struct buf *out;
};

struct gen_kind {
    const char *name;
    unsigned hits; /* default, in percent */
    void (*line)(struct gen *g);
};

extern const struct gen_kind gen_kinds[], gen_hostile[]; /* up to an empty name */

/* NULL: no such kind. */
const struct gen_kind *gen_kind_find(const char *name);
/* Appends whole records until there are `bytes` of them. False: out of memory. */
bool gen_fill(const struct gen_kind *kind, const struct gen_options *options, size_t bytes,
              struct buf *out);

uint64_t gen_next(struct gen *g);
static inline unsigned gen_below(struct gen *g, unsigned n) { return (unsigned)(gen_next(g) % n); }

#endif
