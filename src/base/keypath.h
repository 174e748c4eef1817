/* SPDX-License-Identifier: Apache-2.0 */
/* Key paths: where in a structured record a value stands, and patterns of such places.
 *
 *     {"payment": {"cards": [{"pan": "4111"}]}}      path of 4111:  payment . cards [] . pan
 *
 * A pattern is made of steps: a key's name, `[]` (an item of an array, directly behind what holds
 * the array), `*` (any one step) and `**` (any number of steps, also none), with dots before names
 * and stars. A key that holds dots is as many steps: `{"http.url": 1}` stands where
 * `{"http": {"url": 1}}` does. Names are compared byte by byte.
 *
 *     payment.*    a.b[].c    **.trace_id    [].user    log.**
 *
 * Lifetime: slices show the caller's bytes. Threads: any. */
#ifndef LW_BASE_KEYPATH_H
#define LW_BASE_KEYPATH_H

#include "base/slice.h"
#include <stddef.h>

/* The step from a container to what is in it. */
struct keypath_step {
    struct slice key; /* of a member; of an item nothing */
    bool is_item;
    bool is_escaped; /* the key is the inside of a JSON string: its escapes are undone */
};

/* From the top of the record on; a lone value has no steps. */
struct keypath {
    const struct keypath_step *steps;
    size_t n;
};

/* What is wrong with a pattern; NULL: nothing. */
const char *keypath_problem(struct slice pattern);
/* Does the whole path fit the pattern (one without problems)? The time is bounded by the lengths of
 * pattern and path multiplied. */
bool keypath_match(struct slice pattern, struct keypath path);

#endif
