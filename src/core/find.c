/* SPDX-License-Identifier: Apache-2.0 */
/* From a record to its hits: raw field, decoded views, keys, blocks. */
#include "core/engine.h"
#include "core/ours.h"
#include "record/framing.h"

struct slice find_value(const struct logwash_scratch *s, const struct hit *hit) {
    struct slice text = hit->view > 0 ? buf_view(&s->views.text) : s->group;
    return slice_sub(text, hit->value.start, hit->value.end);
}

bool find_add(struct logwash_scratch *s, struct hit hit) {
    if (!hit.is_bare && !round_hit(s, &hit)) return true;
    if (s->n_hits >= 4 * (size_t)s->lw->limits.edits) {
        s->withheld = "edits";
        return false;
    }
    if (!VEC_GROW(s->hits, s->cap_hits, s->n_hits + 1)) {
        s->no_memory = true;
        return false;
    }
    s->hits[s->n_hits++] = hit;
    return true;
}

/* A rule reached a limit in what the hit says: all of it goes; a second time the record. */
static bool find_limit(struct logwash_scratch *s, struct hit hit) {
    if (++s->n_limits > 1) {
        s->withheld = "limit";
        return false;
    }
    hit.rule = (uint32_t)s->lw->rules.n + SPECIAL_LIMIT;
    hit.value = hit.raw;
    return find_add(s, hit);
}

static bool msgpack_view_at(const struct logwash_scratch *s, size_t off, struct span *view) {
    const size_t base =
        (size_t)(s->msgpack.rec.ptr - s->group.ptr); /* s->rec may be a part of it */
    const struct msgpack_field *f = &s->msgpack.fields[msgpack_field_at(&s->msgpack, off - base)];
    *view = (struct span){base + f->payload, base + f->end};
    return f->kind >= MP_STR && f->kind <= MP_EXT && off >= view->start;
}

static bool view_around(const struct logwash_scratch *s, size_t off, struct span *view) {
    if (s->is_json) {
        if (!json_view_at(&s->json, off - s->rec.start, view)) return false;
        view->start += s->rec.start;
        view->end += s->rec.start;
        return true;
    }
    *view = s->rec;
    if (!s->is_single_line) {
        const uint8_t *p = s->group.ptr;
        const uint8_t *nl = memrchr(p + s->rec.start, '\n', off - s->rec.start);
        if (nl != NULL) view->start = (size_t)(nl - p) + 1;
        nl = memchr(p + off, '\n', s->rec.end - off);
        if (nl != NULL) view->end = (size_t)(nl - p);
    }
    if (view->end > view->start && s->group.ptr[view->end - 1] == '\r') view->end--;
    return off < view->end;
}

/* A view may be as long as the record and is asked for at each of its candidates. */
bool find_view_at(struct logwash_scratch *s, size_t off, struct span *view) {
    if (s->is_msgpack) return msgpack_view_at(s, off, view);
    if (off < s->seen.start || off >= s->seen.end) {
        if (!view_around(s, off, view)) return false;
        s->seen = *view;
        s->seen_reach = 0;
    }
    *view = s->seen;
    return true;
}

bool find_is_hidden(const struct logwash_scratch *s, struct span view) {
    return s->is_json && view_hides(&s->views, view.start);
}

static bool raw_view_at(void *ctx, size_t off, struct span *view) {
    return find_view_at(ctx, off, view) && !find_is_hidden(ctx, *view);
}

static size_t raw_reach(void *ctx, size_t off) {
    struct logwash_scratch *s = ctx;
    struct span view;
    if (!find_view_at(s, off, &view)) return s->rec.end;
    if (!s->is_json) return view.end;
    if (s->seen_reach == 0)
        s->seen_reach = s->rec.start + json_reach(&s->json, view.start - s->rec.start);
    return s->seen_reach;
}

static bool decoded_view_at(void *ctx, size_t off, struct span *view) {
    struct logwash_scratch *s = ctx;
    const struct view *v = view_find(&s->views, off);
    if (v == NULL || v->is_hidden) return false;
    *view = v->text;
    return true;
}

/* A key of a MessagePack record is a view, too, and its value another one. */
static size_t decoded_reach(void *ctx, size_t off) {
    const struct logwash_scratch *s = ctx;
    const struct view *v = view_find(&s->views, off);
    return v != NULL && (!s->is_msgpack || v->document > 0) ? v->reach : s->views.text.len;
}

/* The number of the view the matcher is at, as hits have it: 0 for the raw field. */
static uint32_t view_number(const struct logwash_scratch *s, size_t off) {
    const struct view *v = s->visits_views ? view_find(&s->views, off) : NULL;
    return v != NULL ? (uint32_t)(v - s->views.views) + 1 : 0;
}

static enum judgement refused(struct logwash_scratch *s, enum judgement judgement, uint32_t rule,
                              struct span value, enum tools_step step, const char *detail) {
    if (s->trace != NULL) trace_refused(s, rule, view_number(s, value.start), value, step, detail);
    return judgement;
}

static void missed(void *ctx, uint32_t rule, struct span view, size_t start) {
    struct logwash_scratch *s = ctx;
    (void)view;
    refused(s, JUDGE_FAIL, rule, (struct span){start, start + 1}, TOOLS_NO_MATCH, NULL);
}

static bool is_in_fields(struct logwash_scratch *s, uint32_t rule, struct span value) {
    s->work = s->visitor->work; /* while a visitor is at work the count is its */
    const bool holds = fields_hold(s, rule, view_number(s, value.start), value);
    s->visitor->work = s->work;
    return holds;
}

/* Judge of a candidate inside the match: not ours, and every validator holds. What was a value once
 * and is ours now must not make the pattern look for another one beside it. */
static enum judgement judge(void *ctx, uint32_t rule, struct span view, size_t start,
                            struct span value) {
    struct logwash_scratch *s = ctx;
    if (value.end == value.start) return JUDGE_REFUSE;
    struct slice text = s->visits_views ? buf_view(&s->views.text) : s->group;
    struct slice in = slice_sub(text, view.start, view.end);
    struct span ours;
    if (ours_at(in, start - view.start, s->lw->ring, &ours) ||
        (value.start != start && ours_at(in, value.start - view.start, s->lw->ring, &ours)))
        return refused(s, JUDGE_FAIL, rule, value, TOOLS_OURS, NULL);
    if (ours_at(in, value.end - 1 - view.start, s->lw->ring, &ours))
        return refused(s, JUDGE_REFUSE, rule, value, TOOLS_OURS, NULL);
    const struct rule *r = &s->lw->rules.rules[rule];
    struct slice candidate = slice_sub(text, value.start, value.end);
    if (candidate.ptr[0] == '*' && ours_is_whole(candidate, s->lw->ring))
        return refused(s, JUDGE_FAIL, rule, value, TOOLS_OURS, NULL);
    s->visitor->work += r->n_validate * candidate.len;
    for (size_t i = 0; i < r->n_validate; i++)
        if (!r->validate[i]->accepts(candidate))
            return refused(s, JUDGE_REFUSE, rule, value, TOOLS_VALIDATOR, r->validate[i]->name);
    return r->n_fields == 0 || is_in_fields(s, rule, value) ? JUDGE_ACCEPT : JUDGE_FAIL;
}

/* The bytes of the quote behind the key whose bare number, in JSON within text, is `value`: what is
 * put in its place must stand in such quotes. Empty: it is no such number. */
static struct span number_quote(struct slice view, struct span value) {
    const struct span none = {value.start, value.start};
    size_t at = value.start, behind = value.end;
    if (!byte_is_digit(view.ptr[at]) && view.ptr[at] != '-') return none;
    while (at > 0 && byte_is_blank(view.ptr[at - 1])) at--;
    if (at == 0 || view.ptr[--at] != ':') return none;
    while (at > 0 && byte_is_blank(view.ptr[at - 1])) at--;
    if (at == 0 || view.ptr[at - 1] != '"') return none;
    while (behind < view.len && byte_is_blank(view.ptr[behind])) behind++;
    if (behind == view.len || memchr(",}]", view.ptr[behind], 3) == NULL) return none;
    struct span quote = {at - 1, at};
    while (quote.start > 0 && view.ptr[quote.start - 1] == '\\') quote.start--;
    return quote;
}

static bool is_number_byte(uint8_t c) {
    return byte_is_digit(c) || (c != 0 && memchr("+-.eE", c, 5) != NULL);
}

/* The number around `value` that is an item of an array which is all of the view; start == end:
 * there is none. With no quote in it, such a text has no escape, and so no decoded view. */
static struct span list_item(struct slice view, struct span value) {
    const struct span none = {value.start, value.start};
    if (view.ptr[0] != '[' || view.ptr[view.len - 1] != ']') return none;
    struct span item = value;
    while (item.start > 0 && is_number_byte(view.ptr[item.start - 1])) item.start--;
    while (item.end < view.len && is_number_byte(view.ptr[item.end])) item.end++;
    if (json_number_end(view, item.start) != item.end) return none;
    size_t before = item.start, behind = item.end;
    while (before > 0 && byte_is_space(view.ptr[before - 1])) before--;
    while (behind < view.len && byte_is_space(view.ptr[behind])) behind++;
    const bool is_item = before > 0 && memchr("[,", view.ptr[before - 1], 2) != NULL &&
                         behind < view.len && memchr(",]", view.ptr[behind], 2) != NULL;
    return is_item ? item : none;
}

/* A number that stands bare in the JSON that the string `view` of text of that level of escapes is
 * goes as a whole and becomes a string. */
static void shape_item(const struct logwash_scratch *s, struct hit *hit, struct slice text,
                       struct span view, uint32_t level) {
    const struct span value = {hit->value.start - view.start, hit->value.end - view.start};
    const struct span item = list_item(slice_sub(text, view.start, view.end), value);
    if (item.end == item.start) return;
    hit->is_bare = true;
    hit->bare_level = (uint8_t)(level + (s->is_json ? 2 : 1));
    hit->raw = hit->scalar = (struct span){view.start + item.start, view.start + item.end};
    if (hit->view > 0) hit->raw = view_to_raw(&s->views, &s->views.views[hit->view - 1], hit->raw);
}

static bool raw_hit(void *ctx, uint32_t rule, struct span view, struct span value) {
    struct logwash_scratch *s = ctx;
    struct hit hit = {.rule = rule, .raw = value, .value = value};
    if (s->is_json && !json_is_inside(&s->json, value.start - s->rec.start)) {
        hit.raw = hit.scalar = view; /* a bare scalar goes as a whole and becomes a string */
        hit.is_bare = true;
    } else {
        struct span in_view = {value.start - view.start, value.end - view.start};
        hit.quote = number_quote(slice_sub(s->group, view.start, view.end), in_view);
        hit.quote = (struct span){hit.quote.start + view.start, hit.quote.end + view.start};
    }
    hit.is_element = s->is_json && value.start == view.start && value.end == view.end;
    hit.is_whole = hit.is_element;
    if (s->is_json && !hit.is_bare) shape_item(s, &hit, s->group, view, 0);
    return find_add(s, hit);
}

/* What the hit in the view is a part of: all of the field, or a bare scalar, which goes as a whole.
 */
static void shape_hit(struct logwash_scratch *s, struct hit *hit, const struct view *v) {
    const bool is_field = v->raw.start == v->field;
    if (is_field && s->is_msgpack) {
        binary_shape_hit(s, hit, v);
        if (hit->is_bare) hit->scalar = v->text;
    }
    if (is_field && s->is_json)
        hit->is_element = hit->raw.start == v->raw.start && hit->raw.end == v->raw.end;
    if (!v->is_bare) return;
    hit->raw = v->raw;
    hit->scalar = v->text;
    hit->is_bare = true;
    hit->bare_level = (uint8_t)(v->level + 1);
}

static bool decoded_hit(void *ctx, uint32_t rule, struct span view, struct span value) {
    struct logwash_scratch *s = ctx;
    const struct view *v = view_find(&s->views, view.start);
    struct hit hit = {.rule = rule,
                      .raw = view_to_raw(&s->views, v, value),
                      .value = value,
                      .view = (uint32_t)(v - s->views.views) + 1};
    struct span in_view = {value.start - view.start, value.end - view.start};
    struct slice text = slice_sub(buf_view(&s->views.text), view.start, view.end);
    struct span quote = number_quote(text, in_view);
    if (quote.end > quote.start) {
        quote = (struct span){quote.start + view.start, quote.end + view.start};
        hit.quote = view_to_raw(&s->views, v, quote);
    }
    shape_hit(s, &hit, v);
    if ((s->is_json || s->is_msgpack) && !hit.is_bare)
        shape_item(s, &hit, buf_view(&s->views.text), view, v->level);
    return find_add(s, hit);
}

bool find_repeat(struct logwash_scratch *s, uint32_t number, uint32_t rule, struct span view,
                 struct span value) {
    const size_t before = s->n_hits;
    const bool ok = number > 0 ? decoded_hit(s, rule, view, value) : raw_hit(s, rule, view, value);
    if (s->n_hits > before) s->hits[before].is_repeat = true;
    return ok;
}

/* What a rule that is only observed could not see changes nothing. */
static bool is_watched(const struct logwash_scratch *s, uint32_t rule) {
    return engine_rule(s->lw, rule)->observe;
}

static bool raw_limit(void *ctx, uint32_t rule, struct span view) {
    struct logwash_scratch *s = ctx;
    trace_refused(s, rule, 0, view, TOOLS_LIMIT, NULL);
    const bool is_bare = s->is_json && !json_is_inside(&s->json, view.start - s->rec.start);
    return is_watched(s, rule) || find_limit(s, (struct hit){.raw = view, .is_bare = is_bare});
}

static bool decoded_limit(void *ctx, uint32_t rule, struct span view) {
    struct logwash_scratch *s = ctx;
    trace_refused(s, rule, view_number(s, view.start), view, TOOLS_LIMIT, NULL);
    if (is_watched(s, rule)) return true;
    const struct view *v = view_find(&s->views, view.start);
    struct hit hit = {.raw = v->raw};
    shape_hit(s, &hit, v);
    return find_limit(s, hit);
}

static void raw_marker(void *ctx, size_t off) {
    struct logwash_scratch *s = ctx;
    if (off < s->marker) s->marker = off;
}

static void decoded_marker(void *ctx, size_t off) {
    struct logwash_scratch *s = ctx;
    if (s->is_msgpack) raw_marker(ctx, off);
}

static bool run(struct logwash_scratch *s, struct slice region, struct span range,
                const struct candidate *candidates, size_t n, struct match_visitor *visitor) {
    visitor->work = s->work;
    visitor->max_work = s->max_work;
    visitor->missed = s->trace != NULL ? missed : NULL;
    s->visitor = visitor;
    bool ok = s->lw->without_prefilter
                  ? matcher_run_all(s->lw->matcher, s->matcher, region, range, visitor)
                  : matcher_run(s->lw->matcher, s->matcher, region, range, candidates, n, visitor);
    s->work = visitor->work;
    if ((!ok || s->work > s->max_work) && s->withheld == NULL && !s->no_memory)
        s->withheld = "work";
    return s->withheld == NULL && !s->no_memory;
}

/* Exact secrets in `range` of what the visitor looks at. Overlapping ones become one hit. False:
 * stopped. */
static bool find_values(struct logwash_scratch *s, struct span range,
                        struct match_visitor *visitor) {
    if (s->lw->values == NULL) return true;
    const uint32_t rule = (uint32_t)s->lw->rules.n + SPECIAL_VALUE;
    const struct slice region = s->visits_views ? buf_view(&s->views.text) : s->group;
    const struct slice text = slice_sub(region, range.start, range.end);
    struct span found, view, run = {0, 0}, run_view = {0, 0}, ours;
    bool ok = true;
    for (size_t at = 0; ok && values_next(s->lw->values, text, &at, &found, &s->work);) {
        found = (struct span){range.start + found.start, range.start + found.end};
        if (!(s->visits_views ? decoded_view_at(s, found.start, &view)
                              : find_view_at(s, found.start, &view)) ||
            found.end > view.end)
            continue;
        const struct slice in = slice_sub(region, view.start, view.end);
        if (ours_at(in, found.start - view.start, s->lw->ring, &ours) ||
            ours_at(in, found.end - 1 - view.start, s->lw->ring, &ours))
            continue;
        if (run.end > found.start && run_view.start == view.start) {
            if (found.end > run.end) run.end = found.end;
            continue;
        }
        ok = run.end == run.start || visitor->hit(s, rule, run_view, run);
        run = found, run_view = view;
    }
    ok = ok && (run.end == run.start || visitor->hit(s, rule, run_view, run));
    if (s->work > s->max_work && s->withheld == NULL) s->withheld = "work";
    return ok && s->withheld == NULL && !s->no_memory;
}

static bool find_raw(struct logwash_scratch *s) {
    struct match_visitor visitor = {.ctx = s,
                                    .view_at = raw_view_at,
                                    .reach = raw_reach,
                                    .judge = judge,
                                    .hit = raw_hit,
                                    .limit = raw_limit,
                                    .marker = raw_marker};
    while (s->next_candidate < s->n_candidates &&
           s->candidates[s->next_candidate].pivot < s->rec.start)
        s->next_candidate++;
    size_t first = s->next_candidate, n = 0;
    while (first + n < s->n_candidates && s->candidates[first + n].pivot < s->rec.end) n++;
    s->next_candidate = first + n;
    s->visits_views = false;
    const struct candidate *candidates = n > 0 ? s->candidates + first : NULL;
    return run(s, s->group, s->rec, candidates, n, &visitor) && find_values(s, s->rec, &visitor);
}

/* Decodes every field of the record that holds an escape. */
static bool decode_views(struct logwash_scratch *s) {
    if (s->is_msgpack) return binary_views(s);
    size_t off = mask_next(s->escape, s->rec.start, s->rec.end);
    while (off < s->rec.end) {
        struct span field;
        if (!view_may_decode(slice_sub(s->group, off, s->rec.end)) || !find_view_at(s, off, &field))
            field.end = off + 1;
        else if (!view_add(&s->views, s->group, field, s->is_json))
            return false;
        off = mask_next(s->escape, field.end, s->rec.end);
    }
    return true;
}

static bool find_decoded(struct logwash_scratch *s) {
    if (s->views.n_views == 0) return true;
    struct slice region = buf_view(&s->views.text);
    const struct candidate *candidates = NULL;
    size_t n = 0;
    if (!s->lw->without_prefilter &&
        !prefilter_scan(s->lw->matcher->prefilter, s->matcher->view_prefilter, region, 0,
                        MATCHER_MAX_CANDIDATES, &candidates, &n)) {
        s->withheld = "candidates";
        return false;
    }
    struct match_visitor visitor = {.ctx = s,
                                    .view_at = decoded_view_at,
                                    .reach = decoded_reach,
                                    .judge = judge,
                                    .hit = decoded_hit,
                                    .limit = decoded_limit,
                                    .marker = decoded_marker};
    matcher_begin(s->lw->matcher, s->matcher);
    matcher_begin_views(s->matcher);
    s->visits_views = true;
    const struct span all = {0, region.len};
    bool ok = run(s, region, all, candidates, n, &visitor) && find_values(s, all, &visitor);
    s->visits_views = false;
    matcher_begin(s->lw->matcher, s->matcher);
    return ok;
}

static bool add_block_hit(struct logwash_scratch *s, size_t line, struct span hit) {
    if (hit.end == hit.start) return true;
    struct span raw = {line + hit.start, line + hit.end}, view;
    uint32_t rule = (uint32_t)s->lw->rules.n + SPECIAL_BLOCK;
    struct hit h = {.rule = rule, .raw = raw, .value = raw};
    /* in a JSON record the block's body must lie in one string, or the record would break */
    if (s->is_json && (!find_view_at(s, raw.start, &view) ||
                       !json_is_inside(&s->json, raw.start - s->rec.start) || raw.end > view.end))
        return true;
    return find_add(s, h);
}

/* A rule for a line of key material alone, known by the validator that makes it one. */
static bool is_for_lone_lines(const struct rule *rule) {
    for (size_t i = 0; i < rule->n_validate; i++)
        if (strcmp(rule->validate[i]->name, "pem_body") == 0) return true;
    return false;
}

/* A line of a certificate or public key: what a rule for lone lines of key material found there
 * stays, and nothing else. */
static void spare_line(struct logwash_scratch *s, size_t line, struct span part) {
    for (size_t i = 0; i < s->n_hits; i++) {
        struct hit *hit = &s->hits[i];
        bool overlaps = hit->raw.start < line + part.end && line + part.start < hit->raw.end;
        if (!overlaps || !is_for_lone_lines(engine_rule(s->lw, hit->rule))) continue;
        hit->is_void = hit->is_spared = true;
        trace_refused(s, hit->rule, hit->view, hit->value, TOOLS_PUBLIC_KEY, NULL);
    }
}

/* The line goes on with the open block. False: stop. */
static bool continue_block(struct logwash_scratch *s, size_t line, struct slice text) {
    bool is_public = s->block.is_public;
    struct span part;
    if (!s->block.is_open || !block_line(&s->block, text, &part)) return true;
    if (!is_public) return add_block_hit(s, line, part);
    spare_line(s, line, part);
    return true;
}

/* PEM blocks: an open one goes on, a marker opens one. */
static void find_blocks(struct logwash_scratch *s) {
    struct slice rec = slice_sub(s->group, s->rec.start, s->rec.end);
    struct span line, hit, view;
    for (size_t off = 0; off < rec.len || (off == 0 && rec.len == 0);) {
        size_t next = framing_line(rec, off, &line), base = s->rec.start + line.start;
        struct slice text = slice_sub(rec, line.start, line.end);
        if (!continue_block(s, base, text)) return;
        struct block_end known = {0, 0};
        const uint8_t *p = text.len > 0 ? memmem(text.ptr, text.len, "-----BEGIN", 10) : NULL;
        while (p != NULL) {
            size_t at = (size_t)(p - text.ptr), end = at + 10;
            size_t limit = find_view_at(s, base + at, &view) && view.end - base <= text.len
                               ? view.end - base
                               : text.len;
            if (block_begin(&s->block, text, at, limit, &known, &hit)) {
                end = hit.end;
                if (block_is_empty(rec, line.start + at))
                    s->block.is_open = false;
                else if (!add_block_hit(s, base, hit))
                    return;
            }
            p = memmem(text.ptr + end, text.len - end, "-----BEGIN", 10);
        }
        if (next <= off) break;
        off = next;
    }
}

/* The same in each text of a MessagePack record. */
static void find_binary_blocks(struct logwash_scratch *s) {
    const struct span rec = s->rec;
    for (size_t i = 0; i < s->msgpack.n && !s->no_memory && s->withheld == NULL; i++) {
        const struct msgpack_field *f = &s->msgpack.fields[i];
        const struct slice text = slice_sub(s->msgpack.rec, f->payload, f->end);
        if (f->kind < MP_STR || f->kind > MP_BIN || f->is_nested || text.len == 0 ||
            memmem(text.ptr, text.len, "-----BEGIN", 10) == NULL)
            continue;
        s->block.is_open = false;
        s->rec = (struct span){rec.start + f->payload, rec.start + f->end};
        find_blocks(s);
        s->rec = rec;
    }
    s->block.is_open = false;
}

/* Values of key rules, judged when all patterns have spoken. */
static void find_keys(struct logwash_scratch *s) {
    s->n_pattern_hits = s->n_hits;
    s->has_taken = false;
    if (s->is_msgpack) {
        binary_keys(s);
    } else {
        if (s->is_json) keys_in_members(s);
        keys_in_text(s);
        if (s->in->name_len > 0) keys_of_name(s);
    }
    if (s->views.n_documents > 0 && !s->no_memory && s->withheld == NULL) keys_in_documents(s);
    if (s->views.n_views > 0 && !s->no_memory && s->withheld == NULL) keys_in_views(s);
}

void find_keys_again(struct logwash_scratch *s) {
    const struct tools_trace *trace = s->trace;
    size_t kept = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct hit *hit = &s->hits[i];
        if (hit->is_repeat || engine_rule(s->lw, hit->rule)->n_keys == 0) s->hits[kept++] = *hit;
    }
    s->n_hits = kept;
    s->trace = NULL; /* it was told before */
    find_keys(s);
    s->trace = trace;
}

void find_record(struct logwash_scratch *s) {
    s->n_hits = 0;
    s->n_limits = 0;
    s->work = 0;
    s->marker = SIZE_MAX;
    s->seen = (struct span){0, 0};
    const struct slice name = slice_of(s->in->name, s->in->name_len);
    if (!matcher_begin_record(s->lw->matcher, s->matcher, name)) {
        s->no_memory = true;
        return;
    }
    view_reset(&s->views);
    if (!decode_views(s)) {
        s->no_memory = true;
        return;
    }
    if (!s->is_msgpack && !find_raw(s)) return;
    if (!find_decoded(s)) return;
    find_keys(s);
    if (s->no_memory || s->withheld != NULL) return;
    if (s->is_msgpack && s->marker != SIZE_MAX) find_binary_blocks(s);
    if (!s->is_msgpack && (s->block.is_open || s->marker != SIZE_MAX)) find_blocks(s);
}
