/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/matcher.h"
#include "detect/image.h"
#include <stdlib.h>

#include "base/buf.h"

#define NONE UINT32_MAX

/* A rule of the image was compiled, and its anchor derived, when the program was built. */
static bool take_known(struct matcher *m, size_t i) {
    const struct rule *rule = &m->set->rules[i];
    m->anchor[i] = m->set->image->anchors[rule->known - 1];
    if (m->anchor[i].kind == ANCHOR_NONE) m->slow[m->n_slow++] = (uint32_t)i;
    m->regex[i] = regex_known(rule->pattern);
    return m->regex[i] != NULL;
}

static bool compile_rule(struct matcher *m, size_t i, struct diags *diags) {
    const struct rule *rule = &m->set->rules[i];
    if (rule->n_keys > 0 || rule->pattern.len == 0)
        return true; /* no pattern: pack.c has said so */
    if (rule->known > 0) return take_known(m, i);
    const struct yaml *at = yaml_get(rule->node, "pattern");
    if (at == NULL) at = rule->node;
    m->regex[i] = regex_compile(rule->pattern, at->source, at->off, at->len, diags);
    if (m->regex[i] == NULL) return true; /* reported; the other rules are looked at all the same */
    if (!anchor_derive(rule->pattern, &m->arena, &m->anchor[i])) return false;
    if (m->anchor[i].is_unbounded) {
        yaml_error(at, diags,
                   "%.*s: a quantifier over more than 256 must be possessive over one class",
                   (int)rule->id.len, (const char *)rule->id.ptr);
        diag_hint(diags, "\\d{1,20} or \\d++ instead of \\d+");
    }
    if (m->anchor[i].min_length == 0)
        yaml_error(at, diags, "%.*s: the pattern matches nothing at all (the empty text)",
                   (int)rule->id.len, (const char *)rule->id.ptr);
    if (m->anchor[i].kind == ANCHOR_NONE) m->slow[m->n_slow++] = (uint32_t)i;
    m->anchor[i].is_rare = rule->n_keywords > 0 && prefilter_is_rare(&m->anchor[i]);
    return true;
}

/* Is the rule tried only where a keyword allows it? Where its pivots are rarer than any word, to
 * look for its keywords would cost more than to try it. */
static bool is_gated(const struct matcher *m, size_t rule) {
    return m->set->rules[rule].n_keywords > 0 && !m->anchor[rule].is_rare;
}

static struct anchor literal_anchor(struct slice *literal, bool nocase) {
    return (struct anchor){.kind = ANCHOR_LITERAL,
                           .literals = literal,
                           .n_literals = 1,
                           .nocase = nocase,
                           .first = byteset_all(),
                           .before = byteset_all(),
                           .at_start = true,
                           .min_length = literal->len};
}

static bool add_marker(struct matcher *m) {
    struct slice *literal = ARENA_NEW(&m->arena, struct slice);
    if (literal == NULL) return false;
    *literal = SLICE("-----BEGIN");
    m->anchor[m->marker] = literal_anchor(literal, false);
    return true;
}

/* Where a keyword stands as a word (keyword_stands): no letter before, or camel case begins there.
 */
static bool keyword_anchor(struct arena *arena, struct slice *literal, struct anchor *out) {
    *out = literal_anchor(literal, true);
    out->branches = ARENA_ARRAY(arena, struct anchor, 2);
    if (out->branches == NULL) return false;
    struct byteset lower = {{0}}, upper = {{0}};
    byteset_add_range(&lower, 'a', 'z');
    byteset_add_range(&upper, 'A', 'Z');
    struct anchor *word = &out->branches[0], *camel = &out->branches[1];
    *word = *camel = literal_anchor(literal, true);
    word->before = byteset_complement(byteset_union(lower, upper));
    camel->before = lower;
    camel->at_start = false;
    camel->window[0] = upper;
    camel->n_window = 1;
    out->n_branches = 2;
    return true;
}

static bool add_keywords(struct matcher *m, size_t n, bool is_served) {
    size_t at = m->marker + 1;
    m->keywords = calloc(n + 1, sizeof *m->keywords);
    if (m->keywords == NULL) return false;
    for (uint32_t r = 0; r < m->set->n; r++) {
        const struct rule *rule = &m->set->rules[r];
        for (size_t k = 0; k < rule->n_keywords; k++) {
            m->keywords[m->n_keywords++] = (struct matcher_keyword){rule->keywords[k], r};
            if (is_served) continue; /* their anchors are in the image's filters */
            struct anchor *anchor = &m->anchor[at++];
            if (is_gated(m, r) && !keyword_anchor(&m->arena, &rule->keywords[k], anchor))
                return false;
        }
    }
    return true;
}

/* The rules that wait for a keyword have a filter of their own. */
static bool add_filters(struct matcher *m) {
    const size_t n = m->marker + 1 + m->n_keywords;
    struct anchor *open = calloc(n, sizeof *open), *gated = calloc(n, sizeof *gated);
    for (size_t i = 0; open != NULL && gated != NULL && i < n; i++)
        *(i < m->marker && is_gated(m, i) ? &gated[i] : &open[i]) = m->anchor[i];
    if (open != NULL && gated != NULL) {
        m->prefilter = prefilter_new(open, n);
        m->gated_filter = prefilter_new(gated, n);
    }
    free(open);
    free(gated);
    return m->prefilter != NULL && m->gated_filter != NULL;
}

static bool take_filters(struct matcher *m) {
    uint32_t *numbers = image_numbers(m->set);
    if (numbers != NULL) {
        m->prefilter = prefilter_of(&m->set->image->open, numbers);
        m->gated_filter = prefilter_of(&m->set->image->gated, numbers);
    }
    free(numbers);
    return m->prefilter != NULL && m->gated_filter != NULL;
}

static size_t count_keywords(const struct rule_set *set) {
    size_t n = 0;
    for (size_t r = 0; r < set->n; r++) n += set->rules[r].n_keywords;
    return n;
}

struct matcher *matcher_new(const struct rule_set *set, struct diags *diags) {
    struct matcher *m = calloc(1, sizeof *m);
    if (m == NULL) return NULL;
    arena_init(&m->arena);
    m->set = set;
    m->marker = (uint32_t)set->n;
    m->regex = calloc(set->n + 1, sizeof(struct regex *));
    m->anchor = calloc(set->n + 1 + count_keywords(set), sizeof *m->anchor);
    m->slow = calloc(set->n + 1, sizeof *m->slow);
    bool ok = m->regex != NULL && m->anchor != NULL && m->slow != NULL;
    for (size_t i = 0; ok && i < set->n; i++) ok = compile_rule(m, i, diags);
    if (!ok || diags_has_error(diags)) goto fail;
    m->keys = keyname_index_new(set);
    const bool is_served = image_serves(set);
    if (m->keys != NULL && add_marker(m) && add_keywords(m, count_keywords(set), is_served) &&
        (is_served ? take_filters(m) : add_filters(m)))
        return m;
    diag_add(diags, DIAG_ERROR, NULL, 0, 0, "the prefilter cannot be built: out of memory");
fail:
    matcher_free(m);
    return NULL;
}

void matcher_free(struct matcher *m) {
    if (m == NULL) return;
    for (size_t i = 0; m->regex != NULL && i < m->set->n; i++) regex_free(m->regex[i]);
    prefilter_free(m->prefilter);
    prefilter_free(m->gated_filter);
    keyname_index_free(m->keys);
    arena_fini(&m->arena);
    free(m->regex);
    free(m->anchor);
    free(m->slow);
    free(m->keywords);
    free(m);
}

const char *matcher_anchor_name(const struct matcher *m, size_t rule) {
    if (m->set->rules[rule].n_keys > 0) return "key";
    switch (m->anchor[rule].kind) {
    case ANCHOR_LITERAL: return "literal";
    case ANCHOR_SHAPE: return "shape";
    case ANCHOR_NONE: return "slow";
    }
    return "slow";
}

void matcher_set_level(struct matcher *m, enum cpu_level level) {
    prefilter_set_level(m->prefilter, level);
    prefilter_set_level(m->gated_filter, level);
}

struct matcher_scratch *matcher_scratch_new(const struct matcher *m) {
    struct matcher_scratch *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->regex = regex_scratch_new();
    s->prefilter = prefilter_scratch_new();
    s->view_prefilter = prefilter_scratch_new();
    s->gated_filter = prefilter_scratch_new();
    s->next = calloc(m->set->n + 1, sizeof *s->next);
    s->from = calloc(m->set->n + 1, sizeof *s->from);
    s->to = calloc(m->set->n + 1, sizeof *s->to);
    s->scopes = calloc(m->set->n + 1, sizeof *s->scopes);
    s->seen = calloc(m->set->n + 1, sizeof *s->seen);
    if (s->regex == NULL || s->prefilter == NULL || s->view_prefilter == NULL ||
        s->gated_filter == NULL || s->next == NULL || s->from == NULL || s->to == NULL ||
        s->scopes == NULL || s->seen == NULL) {
        matcher_scratch_free(s);
        return NULL;
    }
    memset(s->to, 0xff, (m->set->n + 1) * sizeof *s->to);
    memset(s->scopes, 0xff, (m->set->n + 1) * sizeof *s->scopes);
    for (size_t r = 0; r < m->set->n; r++)
        if (is_gated(m, r)) s->from[r] = NONE;
    return s;
}

void matcher_scratch_free(struct matcher_scratch *s) {
    if (s == NULL) return;
    regex_scratch_free(s->regex);
    prefilter_scratch_free(s->prefilter);
    prefilter_scratch_free(s->view_prefilter);
    prefilter_scratch_free(s->gated_filter);
    free(s->next);
    free(s->from);
    free(s->to);
    free(s->scopes);
    free(s->scope);
    free(s->spans);
    free(s->seen);
    free(s);
}

void matcher_begin(const struct matcher *m, struct matcher_scratch *s) {
    memset(s->next, 0, (m->set->n + 1) * sizeof *s->next);
}

/* --- keywords -------------------------------------------------------------------------------- */

bool keyword_stands(struct slice text, size_t start, size_t end) {
    const uint8_t *p = text.ptr;
    size_t next = end;
    if (next < text.len && p[next] == 's') next++;
    if (next < text.len && p[next] >= 'a' && p[next] <= 'z') return false;
    const bool is_upper = end > start && p[end - 1] >= 'A' && p[end - 1] <= 'Z';
    if (is_upper && next < text.len && p[next] >= 'A' && p[next] <= 'Z') return false;
    if (start == 0 || !byte_is_alpha(p[start - 1])) return true;
    return p[start] >= 'A' && p[start] <= 'Z' && p[start - 1] >= 'a' && p[start - 1] <= 'z';
}

/* Keywords come in the order of their places. False: out of memory. */
static bool add_scope(struct matcher_scratch *s, uint32_t rule, size_t from, size_t to) {
    struct matcher_scopes *scopes = &s->scopes[rule];
    if (from >= to) return true;
    if (scopes->first != NONE) {
        struct matcher_scope *last = &s->scope[scopes->last];
        if (from <= last->to) {
            if (from < last->from) last->from = (uint32_t)from;
            if (to > last->to) last->to = (uint32_t)to;
            return true;
        }
    }
    const uint32_t number = (uint32_t)s->n_scopes;
    if (!VEC_GROW(s->scope, s->cap_scopes, s->n_scopes + 1)) return false;
    s->scope[s->n_scopes++] = (struct matcher_scope){(uint32_t)from, (uint32_t)to, NONE};
    if (scopes->first == NONE) {
        s->seen[s->n_seen++] = rule;
        scopes->first = number;
    } else {
        s->scope[scopes->last].next = number;
    }
    scopes->last = number;
    return true;
}

static void enter_scope(struct matcher_scratch *s, uint32_t rule, uint32_t number) {
    s->from[rule] = number != NONE ? s->scope[number].from : NONE;
    s->to[rule] = number != NONE ? s->scope[number].to : NONE;
    s->scopes[rule].next = number != NONE ? s->scope[number].next : NONE;
}

static void enter_scopes(struct matcher_scratch *s) {
    for (size_t i = 0; i < s->n_seen; i++) enter_scope(s, s->seen[i], s->scopes[s->seen[i]].first);
}

/* Starts are asked for in ascending order. */
static bool is_in_scope(struct matcher_scratch *s, uint32_t rule, size_t start) {
    while (start >= s->to[rule]) enter_scope(s, rule, s->scopes[rule].next);
    return start >= s->from[rule];
}

/* By their starts; they are nearly in order: none is farther from its place than a keyword is long.
 */
static void sort_spans(struct span *spans, size_t n) {
    for (size_t i = 1; i < n; i++) {
        const struct span span = spans[i];
        size_t at = i;
        for (; at > 0 && spans[at - 1].start > span.start; at--) spans[at] = spans[at - 1];
        spans[at] = span;
    }
}

/* The scopes of all rules, ascending and apart. False: out of memory. */
static bool join_scopes(struct matcher_scratch *s, struct span range, size_t *n_spans) {
    enum { APART = 64 }; /* a scan begun anew costs more than so many bytes */
    size_t n = 0;
    *n_spans = 0;
    if (!VEC_GROW(s->spans, s->cap_spans, s->n_scopes)) return false;
    for (size_t i = 0; i < s->n_scopes; i++) {
        const struct span scope = {s->scope[i].from > range.start ? s->scope[i].from : range.start,
                                   s->scope[i].to < range.end ? s->scope[i].to : range.end};
        if (scope.start < scope.end) s->spans[n++] = scope;
    }
    sort_spans(s->spans, n);
    for (size_t i = 0; i < n; i++) {
        struct span *last = &s->spans[*n_spans - (*n_spans > 0)];
        if (*n_spans > 0 && s->spans[i].start <= last->end + APART) {
            if (s->spans[i].end > last->end) last->end = s->spans[i].end;
        } else {
            s->spans[(*n_spans)++] = s->spans[i];
        }
    }
    return true;
}

static bool word_stands(struct slice text, size_t at, struct slice word) {
    return at + word.len <= text.len && slice_eq_nocase(slice_sub(text, at, at + word.len), word) &&
           keyword_stands(text, at, at + word.len);
}

/* Does `word` (lower case) stand somewhere as a word? */
static bool holds_word(struct slice text, struct slice word) {
    for (size_t at = 0; at + word.len <= text.len; at++)
        if (word_stands(text, at, word)) return true;
    return false;
}

static void forget_scopes(struct matcher_scratch *s) {
    for (size_t i = 0; i < s->n_seen; i++) {
        const uint32_t rule = s->seen[i];
        s->scopes[rule] = (struct matcher_scopes){NONE, NONE, NONE};
        enter_scope(s, rule, NONE);
    }
    s->n_scopes = s->n_seen = 0;
}

bool matcher_begin_record(const struct matcher *m, struct matcher_scratch *s, struct slice name) {
    bool ok = true;
    forget_scopes(s);
    for (size_t k = 0; ok && name.len > 0 && k < m->n_keywords; k++)
        if (is_gated(m, m->keywords[k].rule) && holds_word(name, m->keywords[k].text))
            ok = add_scope(s, m->keywords[k].rule, 0, NONE);
    return ok;
}

void matcher_begin_views(struct matcher_scratch *s) {
    for (size_t i = 0; i < s->n_seen; i++) {
        struct matcher_scopes *scopes = &s->scopes[s->seen[i]];
        s->scope[scopes->first] = (struct matcher_scope){0, NONE, NONE};
        scopes->last = scopes->first;
    }
}

/* One attempt and what it needs; ctx of the regex callout. */
struct attempt {
    struct match_visitor *visitor;
    uint32_t rule;
    struct span view;
    size_t start;
    bool was_asked, has_failed;
};

static bool judge(void *ctx, struct span value) {
    struct attempt *a = ctx;
    a->was_asked = true;
    if (a->has_failed) return false;
    struct span in_region = {a->view.start + value.start, a->view.start + value.end};
    enum judgement said = a->visitor->judge(a->visitor->ctx, a->rule, a->view, a->start, in_region);
    a->has_failed = said == JUDGE_FAIL;
    return said == JUDGE_ACCEPT;
}

/* Attempts the rule at `start`; moves next[rule] on. False: stop. */
static bool try_at(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                   struct span view, uint32_t rule, size_t start, struct match_visitor *visitor) {
    struct attempt a = {visitor, rule, view, start, false, false};
    struct span match, value;
    s->next[rule] = (uint32_t)start + 1;
    switch (regex_attempt(m->regex[rule], s->regex, slice_sub(region, view.start, view.end),
                          start - view.start, judge, &a, &match, &value)) {
    case REGEX_NO:
        if (visitor->missed != NULL && !a.was_asked)
            visitor->missed(visitor->ctx, rule, view, start);
        return true;
    case REGEX_LIMIT:
        s->next[rule] = (uint32_t)view.end;
        return visitor->limit(visitor->ctx, rule, view);
    case REGEX_YES: break;
    }
    value.start += view.start;
    value.end += view.start;
    if (value.end > s->next[rule]) s->next[rule] = (uint32_t)value.end;
    return visitor->hit(visitor->ctx, rule, view, value);
}

static bool start_fits(const struct anchor *a, struct slice region, struct span view,
                       size_t start) {
    if (start >= view.end || view.end - start < a->min_length) return false;
    if (!byteset_has(&a->first, region.ptr[start])) return false;
    return start == view.start ? a->at_start : byteset_has(&a->before, region.ptr[start - 1]);
}

/* A pattern that begins with `^` has one start a view. */
static bool try_view_start(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                           struct span view, uint32_t rule, size_t pivot,
                           struct match_visitor *visitor) {
    size_t start = view.start;
    bool is_due = start >= s->next[rule] && is_in_scope(s, rule, start) &&
                  pivot - start <= m->anchor[rule].back_max;
    if (!is_due || !start_fits(&m->anchor[rule], region, view, start)) return true;
    visitor->work += MATCHER_WORK_ATTEMPT;
    return visitor->work <= visitor->max_work && try_at(m, s, region, view, rule, start, visitor);
}

/* All starts that the pivot allows. Afterwards every start up to pivot - back_min is settled: a
 * later pivot reaches none of them that this one did not, so the walks back add up to the length of
 * the region. */
static bool try_pivot(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                      struct span view, uint32_t rule, size_t pivot,
                      struct match_visitor *visitor) {
    const struct anchor *a = &m->anchor[rule];
    if (pivot < view.start + a->back_min || pivot < s->from[rule]) return true;
    if (a->at_start && byteset_is_empty(&a->before))
        return try_view_start(m, s, region, view, rule, pivot, visitor);
    size_t last = pivot - a->back_min;
    size_t low = pivot > view.start + a->back_max ? pivot - a->back_max : view.start;
    if (low < s->next[rule]) low = s->next[rule];
    if (low < s->from[rule]) low = s->from[rule];
    size_t first = pivot;
    while (first > low && byteset_has(&a->back, region.ptr[first - 1])) first--;
    for (size_t start = first; start <= last; start++) {
        if (start < s->next[rule] || !is_in_scope(s, rule, start) ||
            !start_fits(a, region, view, start))
            continue;
        visitor->work += MATCHER_WORK_ATTEMPT;
        if (visitor->work > visitor->max_work) return false;
        if (!try_at(m, s, region, view, rule, start, visitor)) return false;
    }
    if (last + 1 > s->next[rule]) s->next[rule] = (uint32_t)last + 1;
    return true;
}

/* The rule at every offset of every view in `range`. */
static bool try_everywhere(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                           struct span range, uint32_t rule, unsigned work,
                           struct match_visitor *visitor) {
    struct span view;
    for (size_t off = range.start; off<range.end; off = view.end> off ? view.end : off + 1) {
        if (!visitor->view_at(visitor->ctx, off, &view)) {
            view.end = off;
            continue;
        }
        for (size_t start = view.start; start < view.end; start++) {
            if (start < s->next[rule] || !is_in_scope(s, rule, start)) continue;
            visitor->work += work;
            if (visitor->work > visitor->max_work) return false;
            if (!try_at(m, s, region, view, rule, start, visitor)) return false;
        }
    }
    return true;
}

/* The view of the last pivot. */
struct current {
    struct span view;
    bool in_view;
};

static bool has_view(struct current *at, size_t pivot, const struct match_visitor *visitor) {
    if (pivot < at->view.start || pivot >= at->view.end) {
        at->in_view = visitor->view_at(visitor->ctx, pivot, &at->view);
        if (!at->in_view) at->view = (struct span){1, 0};
    }
    return at->in_view;
}

/* A keyword's letters stand at `start`. False: out of memory. */
static bool check_keyword(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                          struct span range, size_t k, size_t start,
                          struct match_visitor *visitor) {
    const struct matcher_keyword *keyword = &m->keywords[k];
    const struct slice in = slice_sub(region, range.start, range.end);
    if (!word_stands(in, start - range.start, keyword->text)) return true;
    return add_scope(s, keyword->rule, start + keyword->text.len,
                     visitor->reach(visitor->ctx, start));
}

static bool run_candidates(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                           struct span range, const struct candidate *candidates, size_t n,
                           struct match_visitor *visitor) {
    struct current at = {{1, 0}, false};
    for (size_t i = 0; i < n; i++) {
        const size_t pivot = candidates[i].pivot, rule = candidates[i].rule;
        if (rule == m->marker)
            visitor->marker(visitor->ctx, pivot);
        else if (rule > m->marker) {
            if (!check_keyword(m, s, region, range, rule - m->marker - 1, pivot, visitor))
                return false;
        } else if (pivot >= s->from[rule] && has_view(&at, pivot, visitor) &&
                   !try_pivot(m, s, region, at.view, (uint32_t)rule, pivot, visitor))
            return false;
    }
    return true;
}

/* The rules whose keywords were seen, in their scopes. */
static bool run_gated(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                      struct span range, struct match_visitor *visitor) {
    const struct candidate *candidates;
    struct prefilter_part part = {.rules = s->seen, .n_rules = s->n_seen};
    size_t n;
    if (s->n_scopes == 0) return true;
    if (!join_scopes(s, range, &part.n_spans)) return false;
    part.spans = s->spans;
    return prefilter_scan_some(m->gated_filter, s->gated_filter, slice_sub(region, 0, range.end),
                               &part, MATCHER_MAX_CANDIDATES, &candidates, &n) &&
           run_candidates(m, s, region, range, candidates, n, visitor);
}

bool matcher_run(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                 struct span range, const struct candidate *candidates, size_t n,
                 struct match_visitor *visitor) {
    if (!run_candidates(m, s, region, range, candidates, n, visitor)) return false;
    enter_scopes(s);
    if (!run_gated(m, s, region, range, visitor)) return false;
    for (size_t i = 0; i < m->n_slow; i++)
        if (!try_everywhere(m, s, region, range, m->slow[i], MATCHER_WORK_ATTEMPT, visitor))
            return false;
    return true;
}

bool matcher_run_all(const struct matcher *m, struct matcher_scratch *s, struct slice region,
                     struct span range, struct match_visitor *visitor) {
    const struct slice in = slice_sub(region, 0, range.end);
    for (size_t at = range.start; at < range.end; at++)
        for (size_t k = 0; k < m->n_keywords; k++)
            if (is_gated(m, m->keywords[k].rule) && !check_keyword(m, s, in, range, k, at, visitor))
                return false;
    enter_scopes(s);
    for (size_t i = 0; i < m->set->n; i++)
        if (m->regex[i] != NULL && !try_everywhere(m, s, region, range, (uint32_t)i, 0, visitor))
            return false;
    const struct anchor *marker = &m->anchor[m->marker];
    struct slice text = marker->literals[0];
    for (size_t off = range.start; off + text.len <= range.end; off++)
        if (memcmp(region.ptr + off, text.ptr, text.len) == 0) visitor->marker(visitor->ctx, off);
    return true;
}
