/* SPDX-License-Identifier: Apache-2.0 */
/* The share of withheld records over a window of time: a service whose records are suddenly no
 * longer washed but withheld should stop rather than fill the quarantine.
 *
 * The window is ten slots that are left behind one by one; ten records must have been withheld in
 * it, so that one of the first three records stops nothing. Lifetime: plain data. */
#ifndef LW_IO_WATCH_H
#define LW_IO_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WATCH_SLOTS = 10, WATCH_FEWEST = 10 };

struct watch {
    uint64_t share_ppm; /* of a million records; 0: nothing is watched */
    int64_t window_ms;
    struct watch_slot {
        int64_t number; /* time in units of a tenth of the window; counts of another are void */
        uint64_t records, withheld;
    } slots[WATCH_SLOTS];
};

/* Counts; true: more than the share of the window's records were withheld. Time does not go back.
 */
bool watch_add(struct watch *watch, int64_t now_ms, uint64_t records, uint64_t withheld);

#endif
