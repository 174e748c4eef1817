/* SPDX-License-Identifier: Apache-2.0 */
/* A secret that a key or a keyword gave away is a secret where it stands again in the record, too:
 * `password=Tr0ub4dor-9` and, further on, `login failed with Tr0ub4dor-9`.
 *
 * Sought is the value byte by byte, as a whole token, in values and lines, raw and decoded; what is
 * short or a word of plain language may stand there for something else and is not sought. A few
 * values a record and one pass, so that the cost is that of reading the record a few times. */
#include "core/engine.h"
#include "core/ours.h"
#include "detect/validator.h"

enum { MAX_VALUES = 16, MIN_BYTES = 8, MAX_BYTES = 1024 };

/* A value that is sought, and by which rule it was found. */
struct secret_value {
    struct slice text;
    uint32_t rule;
};

bool repeat_is_source(const struct logwash_scratch *s, const struct hit *hit) {
    const struct rule *rule = engine_rule(s->lw, hit->rule);
    return !hit->is_void && !hit->is_container && rule->sensitivity == SENSITIVITY_RESTRICTED &&
           (rule->n_keys > 0 || rule->n_keywords > 0) && !rule->observe &&
           rule->action.kind != ACTION_KEEP;
}

/* The first values of the record that are worth a search; how many. */
static size_t collect(const struct logwash_scratch *s, struct secret_value values[MAX_VALUES]) {
    size_t n = 0;
    for (size_t i = 0; i < s->n_hits && n < MAX_VALUES; i++) {
        const struct hit *hit = &s->hits[i];
        if (!repeat_is_source(s, hit)) continue;
        const struct slice text = find_value(s, hit);
        if (text.len < MIN_BYTES || text.len > MAX_BYTES || value_is_word(text) ||
            value_is_placeholder(text))
            continue;
        size_t same = 0;
        while (same < n && !slice_eq(values[same].text, text)) same++;
        if (same == n) values[n++] = (struct secret_value){text, hit->rule};
    }
    return n;
}

static bool is_token_byte(uint8_t c) { return byte_is_alnum(c) || c == '_'; }

/* Does a token of the view go on at the byte `at`, the next one being `next`? A dash or a full stop
 * goes on with what is behind it. `at` may be SIZE_MAX: before the first byte. */
static bool goes_on(struct slice view, size_t at, size_t next) {
    if (at >= view.len) return false;
    if (is_token_byte(view.ptr[at])) return true;
    return memchr("-.+~", view.ptr[at], 4) != NULL && next < view.len &&
           is_token_byte(view.ptr[next]);
}

/* Does a whole token that is nothing of ours stand at `found` of the view? */
static bool stands_alone(const struct logwash_scratch *s, struct slice view, struct span found) {
    struct span ours;
    return !goes_on(view, found.start - 1, found.start - 2) &&
           !goes_on(view, found.end, found.end + 1) &&
           !ours_at(view, found.start, s->lw->ring, &ours) &&
           !ours_at(view, found.end - 1, s->lw->ring, &ours);
}

/* Is the view one of a key? */
static bool is_in_key(const struct logwash_scratch *s, size_t off) {
    return s->is_json && json_in_key(&s->json, off - s->rec.start);
}

static bool is_key_of_msgpack(const struct logwash_scratch *s, const struct view *view) {
    const size_t base = (size_t)(s->msgpack.rec.ptr - s->group.ptr);
    return s->msgpack.fields[msgpack_field_at(&s->msgpack, view->raw.start - base)].is_key;
}

/* Is it the place where a key or keyword has led to the value? Such hits stand in order. */
static bool is_known(const struct logwash_scratch *s, struct span raw) {
    size_t low = 0, high = s->n_known;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->hits[middle].raw.start < raw.start)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->n_known && s->hits[low].raw.start == raw.start; low++)
        if (s->hits[low].raw.end == raw.end && repeat_is_source(s, &s->hits[low])) return true;
    return false;
}

/* Adds the places of the value in `view` (number + 1 among the decoded ones, or 0) of `text`.
 * False: stop. */
static bool seek_in(struct logwash_scratch *s, const struct secret_value *value, uint32_t number,
                    struct slice text, struct span view) {
    const struct slice in = slice_sub(text, view.start, view.end);
    for (size_t at = 0; at + value->text.len <= in.len;) {
        const uint8_t *p = memmem(in.ptr + at, in.len - at, value->text.ptr, value->text.len);
        if (p == NULL) break;
        const size_t off = (size_t)(p - in.ptr);
        const struct span found = {off, off + value->text.len};
        at = off + 1;
        if (!stands_alone(s, in, found)) continue;
        at = found.end;
        const size_t before = s->n_hits;
        if (!find_repeat(s, number, value->rule, view,
                         (struct span){view.start + found.start, view.start + found.end}))
            return false;
        if (s->n_hits > before && is_known(s, s->hits[before].raw)) s->n_hits = before;
    }
    return true;
}

/* In the raw record: view by view, where the value stands at all. */
static bool seek_raw(struct logwash_scratch *s, const struct secret_value *value) {
    const struct slice rec = slice_sub(s->group, s->rec.start, s->rec.end);
    for (size_t at = 0; at < rec.len;) {
        struct span view;
        const uint8_t *p = memmem(rec.ptr + at, rec.len - at, value->text.ptr, value->text.len);
        if (p == NULL) break;
        const size_t off = s->rec.start + (size_t)(p - rec.ptr);
        at = off - s->rec.start + 1;
        if (!find_view_at(s, off, &view)) continue;
        if (view.end - s->rec.start > at) at = view.end - s->rec.start;
        if (is_in_key(s, view.start) || find_is_hidden(s, view)) continue;
        if (!seek_in(s, value, 0, s->group, view)) return false;
    }
    return true;
}

static bool seek_decoded(struct logwash_scratch *s, const struct secret_value *value) {
    for (uint32_t v = 0; v < s->views.n_views; v++) {
        const struct view *view = &s->views.views[v];
        const struct span span = view->text;
        if (view->is_key || view->is_hidden) continue;
        if (s->is_msgpack ? is_key_of_msgpack(s, view) : is_in_key(s, view->raw.start)) continue;
        if (!seek_in(s, value, v + 1, buf_view(&s->views.text), span)) return false;
    }
    return true;
}

bool repeat_find(struct logwash_scratch *s) {
    struct secret_value values[MAX_VALUES];
    const size_t before = s->n_hits, n = collect(s, values);
    s->n_known = before;
    for (size_t i = 0; i < n; i++) {
        s->work += (s->rec.end - s->rec.start + s->views.text.len) / 16;
        if (!s->is_msgpack && !seek_raw(s, &values[i])) break;
        if (!seek_decoded(s, &values[i])) break;
    }
    return s->n_hits > before;
}
