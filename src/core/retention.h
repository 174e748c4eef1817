/* SPDX-License-Identifier: Apache-2.0 */
/* How long a record may be kept: the `retention` section of the configuration as a table.
 *
 *     TTL = the shorter of what the plan tier allows and what the most sensitive class that counts
 * allows
 *
 * A level never outlasts a less sensitive one: `restricted: 30d` beside `sensitive: 14d` means 14
 * days for both.
 *
 * Lifetime: plain data, owns nothing outside itself; immutable after retention_read, shared by
 * threads. */
#ifndef LW_CORE_RETENTION_H
#define LW_CORE_RETENTION_H

#include "base/yaml.h"

enum {
    RETENTION_MAX_TIERS = 32,
    RETENTION_NAME_MAX = 63,
    RETENTION_LEVELS = 3,
    RETENTION_MAX_BUCKETS = 32
};

/* Which classes count: those of which something is left (kept, masked, pseudonymised), or all that
 * were found. */
enum retention_count { RETENTION_REMAINING, RETENTION_SEEN };

struct retention {
    struct retention_tier {
        char name[RETENTION_NAME_MAX + 1];
        int64_t ttl_sec;
    } tiers[RETENTION_MAX_TIERS];
    size_t n_tiers;                      /* 0: no retention configured */
    size_t default_tier;                 /* of records with no tier, or one not listed */
    int64_t level_sec[RETENTION_LEVELS]; /* personal, sensitive, restricted; -1: the tier's own */
    enum retention_count count;
    char tier_header[RETENTION_NAME_MAX +
                     1]; /* the header that names the tier; "": always the default */
};

/* Fills *out from the section; `node` NULL: no retention. False: reported, *out is then empty. */
bool retention_read(const struct yaml *node, struct retention *out, struct diags *diags);
/* Seconds a record may be kept; -1: no retention configured. `sensitivity`: 0 nothing found, 1
 * personal, 2 sensitive, 3 restricted (and above). `tier` empty or not listed: the default tier. */
int64_t retention_ttl_sec(const struct retention *retention, unsigned sensitivity,
                          struct slice tier);

#endif
