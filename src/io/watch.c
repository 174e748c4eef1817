/* SPDX-License-Identifier: Apache-2.0 */
#include "io/watch.h"

bool watch_add(struct watch *watch, int64_t now_ms, uint64_t records, uint64_t withheld) {
    if (watch->share_ppm == 0) return false;
    const int64_t length = watch->window_ms >= WATCH_SLOTS ? watch->window_ms / WATCH_SLOTS : 1;
    const int64_t number = now_ms / length + 1; /* 0 is a slot that never was */
    struct watch_slot *now = &watch->slots[number % WATCH_SLOTS];
    if (now->number != number) *now = (struct watch_slot){.number = number};
    now->records += records;
    now->withheld += withheld;
    uint64_t all = 0, bad = 0;
    for (size_t i = 0; i < WATCH_SLOTS; i++)
        if (watch->slots[i].number > number - WATCH_SLOTS && watch->slots[i].number > 0) {
            all += watch->slots[i].records;
            bad += watch->slots[i].withheld;
        }
    return withheld > 0 && bad >= WATCH_FEWEST && bad * 1000000 > all * watch->share_ppm;
}
