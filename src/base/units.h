/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and sizes as configurations write them: a whole number and a unit, nothing between.
 *
 *     300ms  30s  5m  24h  14d        64  512B  8KiB  32MiB  2GiB
 *
 * A duration needs its unit (so that nobody has to guess); a size without one counts bytes. Pure
 * functions. */
#ifndef LW_BASE_UNITS_H
#define LW_BASE_UNITS_H

#include "base/slice.h"

/* Digits only, no sign; false: something else, or over UINT64_MAX. */
bool count_parse(struct slice text, uint64_t *out);
/* False: no such duration, or over 1,000,000 days. */
bool duration_parse(struct slice text, int64_t *out_ms);
/* False: no such size, or over UINT64_MAX. */
bool size_parse(struct slice text, uint64_t *out);

/* `2027-12-31`: the Unix time at which that day begins, UTC; false: no such day. */
bool date_parse(struct slice text, int64_t *out_sec);

/* `2026-01-01T00:00:00Z`, nothing shorter or longer; false: no such moment. */
bool moment_parse(struct slice text, int64_t *out_sec);
/* The same the other way, for the years 1000 to 9999; false: another year. */
enum { MOMENT_TEXT_LEN = 21 };
bool moment_text(int64_t sec, char out[MOMENT_TEXT_LEN]);

/* Shortest exact spelling of a duration, e.g. "14d", "90s", "0s". */
enum { DURATION_TEXT_LEN = 24 };
void duration_text(int64_t ms, char out[DURATION_TEXT_LEN]);

#endif
