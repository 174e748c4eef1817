/* SPDX-License-Identifier: Apache-2.0 */
/* From hits to edits: keywords are judged left to right, overlapping hits become one edit over
 * their union, the strongest action supplies what stands there afterwards. */
#include "base/must.h"
#include "core/engine.h"
#include "core/ours.h"
#include "transform/partial.h"
#include <stdlib.h>

enum { NEAR_LOOK_BACK = 64 }; /* hits looked at for one keyword */

static int by_place(const void *left, const void *right) {
    const struct hit *a = left, *b = right;
    if (a->raw.start != b->raw.start) return a->raw.start < b->raw.start ? -1 : 1;
    if (a->raw.end != b->raw.end) return a->raw.end > b->raw.end ? -1 : 1;
    if (a->rule != b->rule) return a->rule < b->rule ? -1 : 1;
    return (a->view > b->view) - (a->view < b->view);
}

static bool is_same(const struct hit *a, const struct hit *b) {
    return a->rule == b->rule && a->raw.start == b->raw.start && a->raw.end == b->raw.end;
}

/* A raw hit that began within a percent escape is what the decoded one of its rule, which begins
 * behind that escape, was mistaken for. */
static bool is_mistaken(const struct logwash_scratch *s, size_t i) {
    const struct hit *hit = &s->hits[i];
    for (size_t k = i + 1; k < s->n_hits && s->hits[k].raw.start <= hit->raw.start + 3; k++)
        if (s->hits[k].rule == hit->rule && s->hits[k].view > 0 &&
            s->hits[k].raw.start == hit->raw.start + 3 && s->hits[k].raw.end == hit->raw.end)
            return true;
    return false;
}

/* Those of rules with keywords are kept for each view they were found in: how far a keyword stands
 * is another matter in each. */
static void sort_hits(struct logwash_scratch *s) {
    if (s->n_hits < 2) return;
    qsort(s->hits, s->n_hits, sizeof *s->hits, by_place);
    size_t kept = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct hit *hit = &s->hits[i];
        const bool is_repeated = kept > 0 && is_same(&s->hits[kept - 1], hit) &&
                                 engine_rule(s->lw, hit->rule)->n_keywords == 0;
        if (!is_repeated && !(hit->is_torn && is_mistaken(s, i))) s->hits[kept++] = *hit;
    }
    s->n_hits = kept;
}

/* ---- keywords ---- */

/* Which of n words ends at `at`, as a word (a plural s may follow); NULL: none. */
static const struct slice *word_ends(const struct slice *words, size_t n, struct slice view,
                                     size_t at) {
    for (size_t i = 0; i < n; i++) {
        struct slice word = words[i];
        if (at < word.len || byte_lower(view.ptr[at - 1]) != word.ptr[word.len - 1] ||
            !slice_eq_nocase(slice_sub(view, at - word.len, at), word))
            continue;
        if (keyword_stands(view, at - word.len, at)) return &words[i];
    }
    return NULL;
}

static const struct slice *keyword_ends(const struct rule *rule, struct slice view, size_t at) {
    return word_ends(rule->keywords, rule->n_keywords, view, at);
}

static const struct slice *has_keyword(const struct logwash_scratch *s, const struct rule *rule,
                                       struct slice name) {
    const struct slice *keyword = NULL;
    struct span ours;
    for (size_t at = 1; keyword == NULL && at <= name.len && at <= 4 * KEYNAME_MAX; at++) {
        keyword = keyword_ends(rule, name, at);
        if (keyword != NULL && ours_at(name, at - 1, s->lw->ring, &ours)) keyword = NULL;
    }
    return keyword;
}

/* Where the hit begins that holds the byte before `at` of view `number` + 1 (0: of the raw bytes),
 * or `at`. It may have been found in another view, and then counts all the same. */
static size_t hit_start(const struct logwash_scratch *s, const struct hit *h, uint32_t number,
                        struct span view, size_t at) {
    enum { MAX_STEPS = 4096 };
    if (h->view == number) return h->value.start < at && at <= h->value.end ? h->value.start : at;
    if (number == 0) {
        const size_t start = h->raw.start > view.start ? h->raw.start : view.start;
        return start < at && at <= h->raw.end ? start : at;
    }
    size_t start = at;
    for (size_t n = 0; start > view.start && n < MAX_STEPS; start--, n++) {
        const struct span raw =
            view_to_raw(&s->views, &s->views.views[number - 1], (struct span){start - 1, start});
        if (raw.start < h->raw.start || raw.end > h->raw.end) break;
    }
    return start;
}

/* The start of an edit or inert span that ends at `at` of the text (1 unit of distance), or `at`.
 */
static size_t jump(const struct logwash_scratch *s, size_t hit, struct span view, struct slice text,
                   size_t at) {
    struct slice in = slice_sub(text, view.start, view.end);
    struct span ours;
    bool word_ends = at == view.end || !byte_is_alnum(text.ptr[at]);
    if ((text.ptr[at - 1] == ']' || word_ends) &&
        ours_at(in, at - 1 - view.start, s->lw->ring, &ours))
        return view.start + ours.start;
    size_t start = at;
    for (size_t i = hit; i-- > 0 && hit - i <= NEAR_LOOK_BACK;) {
        const struct hit *h = &s->hits[i];
        if (h->is_void || engine_rule(s->lw, h->rule)->observe) continue;
        enum action_kind kind = engine_rule(s->lw, h->rule)->action.kind;
        if (kind == ACTION_KEEP || kind == ACTION_MASK) continue;
        /* Overlapping hits are one edit: the others that hold the byte where this one begins. */
        size_t from = hit_start(s, h, s->hits[hit].view, view, start < at ? start + 1 : at);
        if (from < start) start = from;
    }
    return start;
}

enum { MAX_NAMES = 3, MAX_WORD = 64 };

/* The view that a hit is in. False: none. */
static bool view_of(struct logwash_scratch *s, const struct hit *h, struct span *view) {
    if (h->view == 0) return find_view_at(s, h->value.start, view);
    *view = s->views.views[h->view - 1].text;
    return true;
}

/* The names of what a hit is in: of the member of a document, of the record's, of the record. */
static size_t names_of(const struct logwash_scratch *s, const struct hit *h, struct span view,
                       struct slice names[MAX_NAMES]) {
    const struct view *v = h->view > 0 ? &s->views.views[h->view - 1] : NULL;
    const size_t field = v != NULL ? v->field : view.start;
    struct span key;
    size_t n = 0;
    if (v != NULL && v->key.end > v->key.start)
        names[n++] = slice_sub(buf_view(&s->views.text), v->key.start, v->key.end);
    if (s->is_json && json_key_of(&s->json, field - s->rec.start, &key))
        names[n++] = slice_sub(s->json.rec, key.start, key.end);
    else if (s->is_msgpack && binary_key_of(s, field, &names[n]))
        n++;
    if (s->in->name_len > 0) names[n++] = slice_of(s->in->name, s->in->name_len);
    return n;
}

/* Is the value all of a field, or part of its one word, whose nearest name says that it is
 * something else? */
static bool is_of_other_key(struct logwash_scratch *s, const struct hit *h) {
    const struct rule *rule = engine_rule(s->lw, h->rule);
    struct slice names[MAX_NAMES];
    struct span view;
    if (rule->n_not_keys == 0 || !view_of(s, h, &view) || view.end - view.start > MAX_WORD ||
        names_of(s, h, view, names) == 0)
        return false;
    const uint8_t *text = h->view > 0 ? s->views.text.ptr : s->group.ptr;
    for (size_t i = view.start; i < view.end; i++)
        if (byte_is_space(text[i])) return false;
    return word_ends(rule->not_keys, rule->n_not_keys, names[0], names[0].len) != NULL;
}

/* Where a keyword stands. */
struct keyword_place {
    const struct slice *keyword; /* NULL: nowhere within `reach` */
    size_t distance;             /* 0: in the value's key or name */
};

static struct keyword_place find_keyword(struct logwash_scratch *s, size_t hit, size_t reach) {
    const struct hit *h = &s->hits[hit];
    const struct rule *rule = engine_rule(s->lw, h->rule);
    struct slice text = h->view > 0 ? buf_view(&s->views.text) : s->group;
    struct keyword_place place = {NULL, 0};
    struct slice names[MAX_NAMES];
    struct span view;
    if (!view_of(s, h, &view)) return place;
    const size_t n_names = names_of(s, h, view, names);
    for (size_t i = 0; place.keyword == NULL && i < n_names; i++)
        place.keyword = has_keyword(s, rule, names[i]);
    size_t at = h->value.start, distance = 0;
    for (; place.keyword == NULL && at > view.start && distance <= reach; distance++) {
        place.keyword = keyword_ends(rule, slice_sub(text, view.start, view.end), at - view.start);
        place.distance = distance;
        size_t before = jump(s, hit, view, text, at);
        at = before < at ? before : at - 1;
    }
    return place;
}

/* Whoever traces learns of a keyword that is too far as well. */
static bool keyword_is_near(struct logwash_scratch *s, size_t hit) {
    const struct hit *h = &s->hits[hit];
    const size_t near = engine_rule(s->lw, h->rule)->near;
    struct keyword_place place = find_keyword(s, hit, s->trace != NULL ? SIZE_MAX : near);
    bool is_near = place.keyword != NULL && place.distance <= near;
    if (s->trace != NULL) trace_keyword(s, h, place.keyword, place.distance, is_near);
    return is_near;
}

/* ---- allow ---- */

/* What hit->allow says. */
static uint32_t judge_allow(struct logwash_scratch *s, const struct hit *hit) {
    const struct logwash *lw = s->lw;
    const struct action *action = &engine_rule(lw, hit->rule)->action;
    if (hit->rule >= lw->rules.n || hit->is_container) return HIT_NOT_ALLOWED;
    if (action->keeps_some && action_keeps(action, find_value(s, hit))) return HIT_KEPT;
    if (lw->allow.n == 0) return HIT_NOT_ALLOWED;
    int64_t now = lw->now_sec;
    if (s->in->time_ms != INT64_MIN && s->in->time_ms / 1000 > now) now = s->in->time_ms / 1000;
    const struct allow_case what = {hit->rule, find_value(s, hit), hit->view, hit->value, now};
    const struct allow *entry = allow_find(&lw->allow, s, &what);
    return entry == NULL ? HIT_NOT_ALLOWED : HIT_ALLOWED + (uint32_t)(entry - lw->allow.items);
}

bool settle_is_allowed(struct logwash_scratch *s, struct hit *hit) {
    if (s->lw->allow.n == 0 && !engine_rule(s->lw, hit->rule)->action.keeps_some) return false;
    if (hit->allow == 0) hit->allow = judge_allow(s, hit);
    return hit->allow != HIT_NOT_ALLOWED;
}

/* Turns a hit down or lets it be. Those to its left are judged already. */
static void judge_hit(struct logwash_scratch *s, size_t i) {
    struct hit *hit = &s->hits[i];
    const bool by_keyword = engine_rule(s->lw, hit->rule)->n_keywords > 0 && !hit->is_repeat;
    if (hit->is_repeat && s->trace != NULL) trace_repeat(s, hit);
    if (is_of_other_key(s, hit)) {
        hit->is_void = true;
        trace_refused(s, hit->rule, hit->view, hit->value, TOOLS_NOT_KEY, NULL);
    } else if (by_keyword && !keyword_is_near(s, i)) {
        hit->is_void = true;
    } else if (settle_is_allowed(s, hit)) {
        hit->is_void = true;
        s->verdict.allowed++;
        if (s->trace != NULL) trace_allowed(s, hit);
    }
}

static void judge_hits(struct logwash_scratch *s) {
    const struct hit *last = NULL; /* the last one that was not turned down for its keyword */
    s->verdict.allowed = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        struct hit *hit = &s->hits[i];
        if (last != NULL && is_same(last, hit))
            hit->is_void = true;
        else if (!hit->is_void)
            judge_hit(s, i);
        if (!hit->is_void || hit->allow > 1) last = hit;
    }
}

/* Judges, to know which values are sought again; what is found then stands between others and their
 * keywords, and in values of other keys, so that all are to be judged anew. False: they are judged.
 */
static bool add_repeats(struct logwash_scratch *s) {
    const struct tools_trace *trace = s->trace;
    size_t i = 0;
    while (i < s->n_hits && !repeat_is_source(s, &s->hits[i])) i++;
    if (i == s->n_hits) return true;
    s->trace = NULL;
    judge_hits(s);
    s->trace = trace;
    const bool has_more = repeat_find(s);
    if (!has_more && trace == NULL) return false;
    for (i = 0; i < s->n_hits; i++) s->hits[i].is_void = s->hits[i].is_spared;
    if (has_more) find_keys_again(s);
    sort_hits(s);
    return true;
}

/* A quote that closes a value which goes stays, also where another hit would begin with it: else
 * the next wash reads a longer value (`key="a <"b c"@d.example>`). */
static void keep_closing_quotes(struct logwash_scratch *s) {
    for (size_t i = 1; i < s->n_hits; i++) {
        struct hit *hit = &s->hits[i];
        const uint8_t c = s->group.ptr[hit->raw.start];
        if ((c != '"' && c != '\'' && c != '`') || hit->raw.end - hit->raw.start < 2) continue;
        for (size_t k = i; k-- > 0 && i - k <= NEAR_LOOK_BACK;) {
            const struct span before = s->hits[k].raw;
            if (before.end != hit->raw.start || before.start == 0) continue;
            if (s->group.ptr[before.start - 1] != c) continue;
            hit->raw.start++;
            if (hit->view == 0) hit->value.start++;
            break;
        }
    }
}

void settle_hits(struct logwash_scratch *s) {
    sort_hits(s);
    const bool is_open = add_repeats(s);
    if (s->no_memory || s->withheld != NULL) return;
    if (is_open) judge_hits(s);
    if (s->work > s->max_work) s->withheld = "work";
    size_t kept = 0;
    for (size_t i = 0; i < s->n_hits; i++)
        if (!s->hits[i].is_void) s->hits[kept++] = s->hits[i];
    s->n_hits = kept;
    keep_closing_quotes(s);
}

/* ---- edits ---- */

/* Something of the value is there afterwards. */
static bool leaves_something(enum action_kind kind) {
    return kind == ACTION_MASK || kind == ACTION_IP || kind == ACTION_PSEUDONYM;
}

/* What really happens to the hit. */
static struct action action_of(const struct logwash_scratch *s, const struct hit *hit) {
    struct action action = engine_rule(s->lw, hit->rule)->action;
    bool is_partial = leaves_something(action.kind);
    if ((s->lw->redact_all && (is_partial || action.kind == ACTION_DROP)) ||
        (hit->is_container && is_partial))
        action.kind = ACTION_REDACT;
    return action;
}

/* Is `a` the one that supplies the edit, rather than `b`? */
static bool is_stronger(const struct logwash_scratch *s, const struct hit *a, const struct hit *b) {
    enum action_kind ka = action_of(s, a).kind, kb = action_of(s, b).kind;
    if (ka != kb) return ka > kb;
    if (a->raw.start != b->raw.start) return a->raw.start < b->raw.start;
    if (a->raw.end != b->raw.end) return a->raw.end > b->raw.end;
    const struct rule *ra = engine_rule(s->lw, a->rule), *rb = engine_rule(s->lw, b->rule);
    if (ra->class_id != rb->class_id) return ra->class_id < rb->class_id;
    if (a->rule != b->rule) return a->rule < b->rule;
    return a->view < b->view;
}

static size_t epoch_of(const struct logwash_scratch *s) {
    int64_t sec = s->in->time_ms == INT64_MIN ? s->lw->now_sec : s->in->time_ms / 1000;
    return keyring_at(s->lw->ring, sec);
}

/* Another address in its place; false: out of memory. */
static bool write_address(struct logwash_scratch *s, const struct action *action,
                          const struct ipaddr *addr) {
    struct ipaddr other = *addr;
    switch (action->ip_mode) {
    case IP_MODE_PREFIX:
        if (!ip_prefix(s->ip, epoch_of(s), &other)) return false;
        break;
    case IP_MODE_TRUNCATE: ip_truncate(&other, action->bits4, action->bits6); break;
    }
    char text[IPADDR_TEXT_MAX];
    return buf_append(&s->replacements, text, ipaddr_format(&other, text));
}

static bool write_value(struct logwash_scratch *s, const struct hit *hit) {
    const struct rule *rule = engine_rule(s->lw, hit->rule);
    struct action action = action_of(s, hit);
    struct slice value = find_value(s, hit);
    struct buf *out = &s->replacements;
    struct ipaddr addr;
    if (action.kind == ACTION_IP && !ip_parse(value, &addr)) action.kind = ACTION_REDACT;
    switch (action.kind) {
    case ACTION_MASK: return partial_mask(value, action.keep_first, action.keep_last, out);
    case ACTION_IP: return write_address(s, &action, &addr);
    case ACTION_PSEUDONYM:
        return pseudonym_make(s->lw->pseudonyms, s->pseudonyms, rule->class_id, epoch_of(s), value,
                              out);
    case ACTION_REDACT: {
        bool is_limit = hit->rule == s->lw->rules.n + SPECIAL_LIMIT;
        const char *label = is_limit ? "limit" : data_classes[rule->class_id].name;
        return buf_str(out, "[REDACTED:") && buf_str(out, label) && buf_byte(out, ']');
    }
    case ACTION_KEEP:
    case ACTION_DROP:
    case ACTION_DROP_RECORD: return true;
    }
    return true;
}

static void mark_class(uint64_t bits[2], enum class_id id) { bits[id / 64] |= 1ull << (id % 64); }

static void raise_sensitivity(struct logwash_scratch *s, const struct rule *rule) {
    uint8_t level = (uint8_t)(rule->sensitivity + 1);
    if (level > s->verdict.sensitivity) s->verdict.sensitivity = level;
}

/* Appends an edit; an earlier one that it covers goes. */
static bool add_edit(struct logwash_scratch *s, struct span raw, size_t with) {
    while (s->n_edits > 0 && s->edits[s->n_edits - 1].raw.start >= raw.start) s->n_edits--;
    if (s->n_edits > 0 && s->edits[s->n_edits - 1].raw.end > raw.start)
        raw.start = s->edits[s->n_edits - 1].raw.end;
    if (raw.end < raw.start) return true;
    if (s->n_edits >= s->lw->limits.edits) {
        s->withheld = "edits";
        return false;
    }
    if (!VEC_GROW(s->edits, s->cap_edits, s->n_edits + 1)) {
        s->no_memory = true;
        return false;
    }
    s->edits[s->n_edits++] = (struct edit){raw, {with, s->replacements.len}};
    return true;
}

struct cut_state {
    size_t prev_end;
    bool kept_before;
};

/* A dropped value: the member or item with its comma, where it is one; else the bytes alone. */
static bool drop_edit(struct logwash_scratch *s, const struct hit *hit, struct span raw,
                      struct slice nothing, struct cut_state *cut) {
    size_t with = s->replacements.len;
    bool whole = (s->is_json || s->is_msgpack) && hit->is_element && raw.start == hit->raw.start &&
                 raw.end == hit->raw.end;
    if (!whole) {
        buf_slice(&s->replacements, nothing);
        return add_edit(s, raw, with);
    }
    if (s->is_msgpack) {
        struct span gone = binary_cut(s, hit);
        if (gone.end == gone.start) buf_str(&s->replacements, "\xc0"); /* the top: nil */
        gone.end = raw.end;
        return add_edit(s, gone, with);
    }
    struct span value = {raw.start - s->rec.start, raw.end - s->rec.start};
    if (json_in_key(&s->json, value.start)) return add_edit(s, raw, with); /* its member stays */
    bool is_string = value.start > 0 && json_is_inside(&s->json, value.start - 1);
    if (is_string) value.start--, value.end++;
    bool is_top = json_is_scalar_record(&s->json);
    struct span gone =
        is_top ? value : json_cut(&s->json, value, &cut->prev_end, &cut->kept_before);
    if (is_top) buf_str(&s->replacements, "null");
    return add_edit(s, (struct span){gone.start + s->rec.start, gone.end + s->rec.start}, with);
}

/* The quote of a document as hit->bare_level has it, or of the record. */
static struct slice quote_of_level(uint8_t bare_level) {
    static const char spelled[] = "\\\\\\\\\\\\\\\"";
    const size_t escapes = bare_level > 0 ? (1u << (bare_level - 1)) - 1 : 0;
    const size_t len = sizeof spelled - 1;
    MUST(escapes < len);
    return slice_of(spelled + len - 1 - escapes, escapes + 1);
}

/* One edit for the hits [first, last) that overlap; `raw` is their union, `best` supplies. */
static bool cluster_edit(struct logwash_scratch *s, size_t first, size_t last, struct span raw,
                         size_t best, struct cut_state *cut) {
    const struct hit *hit = &s->hits[best];
    struct action action = action_of(s, hit);
    const struct rule *rule = engine_rule(s->lw, hit->rule);
    if (leaves_something(action.kind)) {
        mark_class(s->verdict.remaining, rule->class_id);
        if (s->lw->retention.count == RETENTION_REMAINING) raise_sensitivity(s, rule);
    }
    bool is_bare = false, leaves_some = !hit->is_container;
    uint8_t bare_level = 0;
    struct span quote = {0, 0}, values = hit->value;
    for (size_t i = first; i < last; i++) {
        is_bare |= s->hits[i].is_bare;
        leaves_some &= s->hits[i].view == hit->view;
        if (s->hits[i].bare_level > bare_level) bare_level = s->hits[i].bare_level;
        if (s->hits[i].value.start < values.start) values.start = s->hits[i].value.start;
        if (s->hits[i].value.end > values.end) values.end = s->hits[i].value.end;
        if (s->hits[i].quote.end > s->hits[i].quote.start && s->hits[i].raw.start == raw.start)
            quote = s->hits[i].quote;
    }
    /* what of a scalar no value covers stays in the string */
    leaves_some &= hit->scalar.start <= values.start && values.end <= hit->scalar.end;
    const bool is_object = is_bare && s->is_msgpack && bare_level == 0;
    if (action.kind == ACTION_DROP) {
        const struct slice nothing = is_object ? SLICE("\xc0") : SLICE("null");
        return drop_edit(s, hit, raw, is_bare ? nothing : SLICE(""), cut);
    }
    size_t with = s->replacements.len;
    struct slice quotes = slice_sub(s->group, quote.start, quote.end);
    if (is_bare) quotes = is_object ? SLICE("") : quote_of_level(bare_level);
    buf_slice(&s->replacements, quotes);
    const struct slice text = hit->view > 0 ? buf_view(&s->views.text) : s->group;
    if (leaves_some)
        buf_append(&s->replacements, text.ptr + hit->scalar.start,
                   values.start - hit->scalar.start);
    write_value(s, hit);
    if (leaves_some)
        buf_append(&s->replacements, text.ptr + values.end, hit->scalar.end - values.end);
    buf_slice(&s->replacements, quotes);
    if (is_object) binary_add_head(s, with);
    if (s->replacements.failed) {
        s->no_memory = true;
        return false;
    }
    struct slice result = slice_sub(buf_view(&s->replacements), with, s->replacements.len);
    if (slice_eq(result, slice_sub(s->group, raw.start, raw.end))) return true;
    return add_edit(s, raw, with);
}

static void count_hits(struct logwash_scratch *s) {
    s->verdict.hits = (uint32_t)s->n_hits;
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct rule *rule = engine_rule(s->lw, s->hits[i].rule);
        if (rule->observe) continue;
        mark_class(s->verdict.classes, rule->class_id);
        if (s->lw->retention.count == RETENTION_SEEN) raise_sensitivity(s, rule);
        if (rule->action.kind == ACTION_DROP_RECORD) s->verdict.outcome = LOGWASH_DROPPED;
        if (rule->action.kind != ACTION_KEEP) continue;
        mark_class(s->verdict.remaining, rule->class_id);
        raise_sensitivity(s, rule);
    }
}

static bool makes_edit(const struct logwash_scratch *s, const struct hit *hit) {
    const struct rule *rule = engine_rule(s->lw, hit->rule);
    return !rule->observe && rule->action.kind != ACTION_KEEP;
}

void settle_edits(struct logwash_scratch *s) {
    struct cut_state cut = {0, true};
    s->n_edits = 0;
    buf_reset(&s->replacements);
    count_hits(s);
    if (s->trace != NULL) trace_kept(s);
    for (size_t i = 0; i < s->n_hits;) {
        if (!makes_edit(s, &s->hits[i])) {
            i++;
            continue;
        }
        struct span raw = s->hits[i].raw;
        size_t best = i, last = i + 1;
        for (; last < s->n_hits; last++) {
            if (!makes_edit(s, &s->hits[last])) continue;
            if (s->hits[last].raw.start >= raw.end) break;
            if (s->hits[last].raw.end > raw.end) raw.end = s->hits[last].raw.end;
            if (is_stronger(s, &s->hits[last], &s->hits[best])) best = last;
        }
        if (s->trace != NULL) trace_cluster(s, i, last, best, action_of(s, &s->hits[best]).kind);
        if (!cluster_edit(s, i, last, raw, best, &cut)) return;
        i = last;
    }
    names_settle(s);
    if (s->is_msgpack && s->n_edits > 0) binary_heads(s);
    s->verdict.edits = (uint32_t)s->n_edits;
    if (s->n_edits > 0 && s->verdict.outcome == LOGWASH_CLEAN) s->verdict.outcome = LOGWASH_CHANGED;
}
