/* SPDX-License-Identifier: Apache-2.0 */
/* Where in its record a value stands. */
#include "core/engine.h"

/* In MessagePack the items around the first map may be left out of a pattern: in Fluentd's messages
 * `[tag, time, record]` the paths that matter begin at the record. */
static bool fits_inside(struct slice pattern, struct keypath path) {
    while (path.n > 0 && path.steps->is_item) {
        path.steps++;
        path.n--;
    }
    return keypath_match(pattern, path);
}

/* keypath_match, and what it costs. */
static bool match(struct logwash_scratch *s, struct slice pattern, struct keypath path) {
    enum { WORK_MATCH = 16 };
    s->work += WORK_MATCH + pattern.len;
    for (size_t i = 0; i < path.n; i++) s->work += path.steps[i].key.len;
    return keypath_match(pattern, path);
}

static bool match_json(struct logwash_scratch *s, struct slice pattern, size_t off) {
    struct keypath path;
    if (!s->has_paths && !path_build(&s->paths, &s->json)) {
        s->no_memory = true;
        return false;
    }
    s->has_paths = true;
    return path_at(&s->paths, &s->json, off - s->rec.start, &path) && match(s, pattern, path);
}

bool fields_match(struct logwash_scratch *s, struct slice pattern, size_t off) {
    struct keypath path;
    if (s->is_json) return match_json(s, pattern, off);
    if (s->is_msgpack) {
        const size_t base =
            (size_t)(s->msgpack.rec.ptr - s->group.ptr); /* s->rec may be a part of it */
        return path_in_msgpack(&s->paths, &s->msgpack, off - base, &path) &&
               (match(s, pattern, path) || fits_inside(pattern, path));
    }
    const struct keypath_step name = {.key = slice_of(s->in->name, s->in->name_len)};
    return name.key.len > 0 && match(s, pattern, (struct keypath){&name, 1});
}
