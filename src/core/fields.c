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

/* In text the pairs of logfmt are fields; a record that looks like JSON and is none has no fields.
 */
static bool match_logfmt(struct logwash_scratch *s, struct slice pattern, size_t off) {
    if (s->lw->format == LOGWASH_FORMAT_TEXT || s->verdict.malformed) return false;
    if (!s->has_paths && !logfmt_build(&s->logfmt, slice_sub(s->group, s->rec.start, s->rec.end))) {
        s->no_memory = true;
        return false;
    }
    s->has_paths = true;
    const struct logfmt_pair *pair = logfmt_pair_at(&s->logfmt, off - s->rec.start);
    if (pair == NULL) return false;
    const struct keypath_step key = {.key = slice_sub(s->logfmt.rec, pair->key, pair->key_end)};
    return match(s, pattern, (struct keypath){&key, 1});
}

bool fields_match(struct logwash_scratch *s, struct slice pattern, size_t off) {
    struct keypath path;
    const struct keypath_step name = {.key = slice_of(s->in->name, s->in->name_len)};
    if (name.key.len > 0) return match(s, pattern, (struct keypath){&name, 1});
    if (s->is_json) return match_json(s, pattern, off);
    if (s->is_msgpack) {
        const size_t base =
            (size_t)(s->msgpack.rec.ptr - s->group.ptr); /* s->rec may be a part of it */
        return path_in_msgpack(&s->paths, &s->msgpack, off - base, &path) &&
               (match(s, pattern, path) || fits_inside(pattern, path));
    }
    return match_logfmt(s, pattern, off);
}

bool fields_hold(struct logwash_scratch *s, uint32_t rule, uint32_t number, struct span value) {
    const struct rule *r = engine_rule(s->lw, rule);
    if (r->n_fields == 0 || s->verdict.malformed) return true;
    size_t off = value.start;
    if (number > 0) off = view_to_raw(&s->views, &s->views.views[number - 1], value).start;
    for (size_t i = 0; i < r->n_fields; i++)
        if (fields_match(s, r->fields[i], off)) return true;
    trace_refused(s, rule, number, value, TOOLS_FIELD, NULL);
    return false;
}
