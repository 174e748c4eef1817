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

/* Key paths. False: the value is where no path leads to, or out of memory. */
static bool path_in_json(struct logwash_scratch *s, size_t off, struct keypath *path) {
    if (!s->has_paths && !path_build(&s->paths, &s->json)) {
        s->no_memory = true;
        return false;
    }
    s->has_paths = true;
    return path_at(&s->paths, &s->json, off - s->rec.start, path);
}

static bool path_of_object(struct logwash_scratch *s, size_t off, struct keypath *path) {
    const size_t base =
        (size_t)(s->msgpack.rec.ptr - s->group.ptr); /* s->rec may be a part of it */
    return path_in_msgpack(&s->paths, &s->msgpack, off - base, path);
}

/* In text the pairs of logfmt are fields; a record that looks like JSON and is none has no fields.
 */
static bool path_in_logfmt(struct logwash_scratch *s, size_t off, struct keypath_step *step,
                           struct keypath *path) {
    if (s->lw->format == LOGWASH_FORMAT_TEXT || s->verdict.malformed) return false;
    if (!s->has_paths && !logfmt_build(&s->logfmt, slice_sub(s->group, s->rec.start, s->rec.end))) {
        s->no_memory = true;
        return false;
    }
    s->has_paths = true;
    const struct logfmt_pair *pair = logfmt_pair_at(&s->logfmt, off - s->rec.start);
    if (pair == NULL) return false;
    *step = (struct keypath_step){.key = slice_sub(s->logfmt.rec, pair->key, pair->key_end)};
    *path = (struct keypath){step, 1};
    return true;
}

/* Of what holds byte `off` of the group; *step is memory for a path of one. */
static bool path_in_record(struct logwash_scratch *s, size_t off, struct keypath_step *step,
                           struct keypath *path) {
    const struct slice name = slice_of(s->in->name, s->in->name_len);
    if (name.len > 0) {
        *step = (struct keypath_step){.key = name};
        *path = (struct keypath){step, 1};
        return true;
    }
    if (s->is_json) return path_in_json(s, off, path);
    if (s->is_msgpack) return path_of_object(s, off, path);
    return path_in_logfmt(s, off, step, path);
}

static bool append_path(struct logwash_scratch *s, struct keypath path) {
    if (!VEC_GROW(s->steps, s->cap_steps, s->n_steps + path.n)) {
        s->no_memory = true;
        return false;
    }
    if (path.n > 0) memcpy(s->steps + s->n_steps, path.steps, path.n * sizeof *path.steps);
    s->n_steps += path.n;
    return true;
}

/* Appends the path, within document `number` (+ 1), of byte `off` of the views' text. */
static bool append_inner(struct logwash_scratch *s, struct fields_inner *inner, uint32_t number,
                         size_t off) {
    const struct span span = s->views.documents[number - 1].whole.text;
    const struct slice text = slice_sub(buf_view(&s->views.text), span.start, span.end);
    struct keypath path;
    if (off < span.start || off >= span.end) return false;
    if (inner->document != number) {
        s->work += text.len;
        inner->document = 0;
        if (json_build(&s->inner_json, s->lw->kernels, text, s->views.max_depth) != JSON_VALID ||
            !path_build(&inner->paths, &s->inner_json)) {
            s->no_memory = true;
            return false;
        }
        inner->document = number;
    }
    const struct json_index index = {.rec = text};
    return path_at(&inner->paths, &index, off - span.start, &path) && append_path(s, path);
}

/* The path of a value in a document that is a string of the record: behind the string's own. */
static bool path_in_document(struct logwash_scratch *s, const struct view *view, size_t off,
                             struct keypath *path) {
    uint32_t document[VIEW_JSON_LEVELS];
    size_t at[VIEW_JSON_LEVELS], n = 0;
    struct keypath_step step;
    while (n < VIEW_JSON_LEVELS && view->document > 0) {
        document[n] = view->document;
        at[n++] = off;
        const uint32_t holder = s->views.documents[view->document - 1].holder;
        if (holder == 0) break;
        view = &s->views.views[holder - 1];
        off = view->text.start;
    }
    s->n_steps = 0;
    if (!path_in_record(s, view->field, &step, path) || !append_path(s, *path)) return false;
    for (size_t i = n; i-- > 0;)
        if (!append_inner(s, &s->inner[n - 1 - i], document[i], at[i])) return false;
    *path = (struct keypath){s->steps, s->n_steps};
    return true;
}

/* Does one of the patterns lead to the path? */
static bool fits_one(struct logwash_scratch *s, const struct slice *patterns, size_t n,
                     struct keypath path) {
    for (size_t i = 0; i < n; i++)
        if (match(s, patterns[i], path) || (s->is_msgpack && fits_inside(patterns[i], path)))
            return true;
    return false;
}

bool fields_fit(struct logwash_scratch *s, const struct slice *patterns, size_t n, uint32_t number,
                struct span value) {
    const struct view *view = number > 0 ? &s->views.views[number - 1] : NULL;
    struct keypath_step step;
    struct keypath path;
    size_t off = value.start;
    if (view != NULL)
        off = view->document > 0 ? view->field : view_to_raw(&s->views, view, value).start;
    if (path_in_record(s, off, &step, &path) && fits_one(s, patterns, n, path)) return true;
    return view != NULL && view->document > 0 && path_in_document(s, view, value.start, &path) &&
           fits_one(s, patterns, n, path);
}

bool fields_hold(struct logwash_scratch *s, uint32_t rule, uint32_t number, struct span value) {
    const struct rule *r = engine_rule(s->lw, rule);
    if (r->n_fields == 0 || s->verdict.malformed ||
        fields_fit(s, r->fields, r->n_fields, number, value))
        return true;
    trace_refused(s, rule, number, value, TOOLS_FIELD, NULL);
    return false;
}
