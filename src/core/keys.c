/* SPDX-License-Identifier: Apache-2.0 */
/* Key rules: the value goes because of the name beside it. */
#include "base/codec.h"
#include "core/engine.h"
#include "core/ours.h"

bool keys_is_spelt(struct slice key) {
    return memchr(key.ptr, '\\', key.len) != NULL || memchr(key.ptr, 0x1b, key.len) != NULL;
}

/* The name without ANSI sequences, in place. */
static void uncolour(struct buf *name) {
    size_t len = 0;
    for (size_t i = 0; i < name->len;) {
        const size_t taken =
            name->ptr[i] == 0x1b ? ansi_sequence(name->ptr + i, name->ptr + name->len) : 0;
        if (taken == 0) name->ptr[len++] = name->ptr[i++];
        i += taken;
    }
    name->len = len;
}

/* Without JSON escapes and colours. */
struct slice keys_undone(struct logwash_scratch *s, struct slice text) {
    if (!keys_is_spelt(text)) return text;
    buf_reset(&s->name);
    for (size_t i = 0; i < text.len;) {
        uint8_t out[4];
        size_t n_out, taken = text.ptr[i] == '\\'
                                  ? json_unescape(text.ptr + i, text.ptr + text.len, out, &n_out)
                                  : 0;
        if (taken > 0)
            buf_append(&s->name, out, n_out);
        else
            buf_byte(&s->name, text.ptr[i]);
        i += taken > 0 ? taken : 1;
    }
    if (s->name.failed) s->no_memory = true;
    uncolour(&s->name);
    return buf_view(&s->name);
}

/* A key too long to mean anything gives an empty name. */
struct slice keys_plain(struct logwash_scratch *s, struct slice key) {
    return key.len > 6 * KEYNAME_MAX ? SLICE("") : keys_undone(s, key);
}

/* Does the name's last word, behind which only digits and separators stand, belong to what is ours?
 */
static bool name_is_ours(const struct logwash_scratch *s, struct slice in, struct span name) {
    struct span ours;
    if (name.end > name.start && ours_at(in, name.end - 1, s->lw->ring, &ours)) return true;
    for (size_t end = name.end; end > name.start; end--) {
        const uint8_t c = in.ptr[end - 1];
        if (c != ']' && !byte_is_alpha(c) && c < 0x80) continue;
        if (ours_at(in, end - 1, s->lw->ring, &ours)) return true;
        if (c != ']') return false;
    }
    return false;
}

static bool has_letter_or_digit(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (byte_is_alnum(text.ptr[i]) || text.ptr[i] >= 0x80) return true;
    return false;
}

static const char plain_word[] = "word";
/* A long value is judged by its first bytes: a line may hold many keys whose values all go to its
 * end. */
enum { MAX_JUDGED = 1024 };

/* NULL: the value can be a secret; else `plain_word`, or the name of the validator that says no. */
static const char *why_not(struct logwash_scratch *s, const struct rule *rule, struct slice text,
                           bool quoted) {
    if (text.len > MAX_JUDGED) text.len = MAX_JUDGED;
    s->work += rule->n_validate * text.len;
    if (!quoted && value_is_word(text)) return plain_word;
    for (size_t i = 0; i < rule->n_validate; i++)
        if (!rule->validate[i]->accepts(text)) return rule->validate[i]->name;
    return NULL;
}

static bool unwanted(struct logwash_scratch *s, const struct rule *rule, uint32_t number,
                     struct span value, enum tools_step step, const char *detail) {
    uint32_t i = (uint32_t)(rule - s->lw->rules.rules);
    if (s->trace != NULL) trace_refused(s, i, number, value, step, detail);
    return false;
}

/* Does the rule want this value gone? Judged as it stands and as other rules leave it, so that the
 * answer is the same in a second wash. */
bool keys_want(struct logwash_scratch *s, const struct rule *rule, uint32_t number,
               struct slice text, struct span span, bool quoted) {
    struct slice value = slice_sub(text, span.start, span.end);
    if (!fields_hold(s, (uint32_t)(rule - s->lw->rules.rules), number, span)) return false;
    if (value.len == 0 || value_is_placeholder(value))
        return unwanted(s, rule, number, span, TOOLS_PLACEHOLDER, NULL);
    if (ours_is_whole(value, s->lw->ring)) return unwanted(s, rule, number, span, TOOLS_OURS, NULL);
    struct slice rest = residue_of(s, number, text, span, false);
    if (rest.len < value.len && !has_letter_or_digit(rest))
        return unwanted(s, rule, number, span, TOOLS_OURS, NULL);
    const char *why = why_not(s, rule, rest, quoted);
    if (why == NULL) return true;
    size_t before = rest.len;
    rest = residue_of(s, number, text, span, true);
    if (rest.len < before && has_letter_or_digit(rest) && !value_is_placeholder(rest) &&
        why_not(s, rule, rest, quoted) == NULL)
        return true;
    return unwanted(s, rule, number, span, why == plain_word ? TOOLS_WORD : TOOLS_VALIDATOR, why);
}

/* By the first and the last eight bytes. */
static struct key_memo *memo_of(struct logwash_scratch *s, struct slice name) {
    uint64_t first = 0, last = 0;
    const size_t n = name.len < 8 ? name.len : 8;
    memcpy(&first, name.ptr, n);
    memcpy(&last, name.ptr + name.len - n, n);
    const uint64_t mix = (first ^ last * 3 ^ name.len) * UINT64_C(0x9e3779b97f4a7c15);
    return &s->key_memo[mix >> 57];
}

static size_t rules_of(struct logwash_scratch *s, struct slice name,
                       uint32_t rules[MAX_RULES_OF_KEY]) {
    _Static_assert(KEY_MEMOS == 1 << (64 - 57), "of memo_of");
    if (name.len == 0 || name.len > sizeof s->key_memo->name)
        return keyname_find(s->lw->matcher->keys, name, rules, MAX_RULES_OF_KEY);
    struct key_memo *memo = memo_of(s, name);
    if (memo->n_bytes != name.len || memcmp(memo->name, name.ptr, name.len) != 0) {
        memcpy(memo->name, name.ptr, name.len);
        memo->n_bytes = (uint8_t)name.len;
        memo->n_rules =
            (uint8_t)keyname_find(s->lw->matcher->keys, name, memo->rules, MAX_RULES_OF_KEY);
    }
    memcpy(rules, memo->rules, sizeof memo->rules);
    return memo->n_rules;
}

size_t keys_find(struct logwash_scratch *s, struct slice name, uint32_t rules[MAX_RULES_OF_KEY]) {
    const size_t n = name.len > 0 ? rules_of(s, name, rules) : 0;
    return n > 0 && name_is_ours(s, name, (struct span){0, name.len}) ? 0 : n;
}

/* ---- pairs: the name of a value is the value beside it ----
 *
 *     {"name": "DB_PASSWORD", "value": "x"}   ["--password", "x"]   Name:DB_PASSWORD Value:x */

enum { MAX_BETWEEN = 16 };

static bool ends_in_word(struct slice key, struct slice word) {
    if (key.len < word.len) return false;
    const size_t at = key.len - word.len;
    if (!slice_eq_nocase(slice_sub(key, at, key.len), word)) return false;
    return at == 0 || !byte_is_alnum(key.ptr[at - 1]) ||
           (key.ptr[at] != byte_lower(key.ptr[at]) &&
            key.ptr[at - 1] == byte_lower(key.ptr[at - 1]));
}

/* What a key says of a pair by its last word: `name`, `key`, `ParameterKey`, `field`;
 * `value`, `Values`, or by all of it: `old`, `new`, `before`, `after` of a change, `input`. */
enum pair_role keys_pair_role(struct slice key) {
    if (key.len < 3) return PAIR_NONE;
    switch (byte_lower(key.ptr[key.len - 1])) {
    case 'y': return ends_in_word(key, SLICE("key")) ? PAIR_NAME : PAIR_NONE;
    case 's': return ends_in_word(key, SLICE("values")) ? PAIR_VALUE : PAIR_NONE;
    case 'c': return slice_eq_nocase(key, SLICE("loc")) ? PAIR_NAME : PAIR_NONE;
    case 'w': return slice_eq_nocase(key, SLICE("new")) ? PAIR_VALUE : PAIR_NONE;
    case 'r': return slice_eq_nocase(key, SLICE("after")) ? PAIR_VALUE : PAIR_NONE;
    case 't': return slice_eq_nocase(key, SLICE("input")) ? PAIR_VALUE : PAIR_NONE;
    case 'd':
        if (ends_in_word(key, SLICE("field"))) return PAIR_NAME;
        return slice_eq_nocase(key, SLICE("old")) ? PAIR_VALUE : PAIR_NONE;
    case 'e':
        if (ends_in_word(key, SLICE("name"))) return PAIR_NAME;
        if (ends_in_word(key, SLICE("value"))) return PAIR_VALUE;
        return slice_eq_nocase(key, SLICE("before")) ? PAIR_VALUE : PAIR_NONE;
    default: return PAIR_NONE;
    }
}

/* ---- text ---- */

/* Bytes that spell the quote behind a key (`"` or `\"`), empty if the key stood in no double
 * quotes. */
static struct span key_quote(struct slice view, struct span key) {
    struct span quote = {key.end, key.end};
    while (quote.end < view.len && view.ptr[quote.end] == '\\') quote.end++;
    if (quote.end < view.len && view.ptr[quote.end] == '"')
        quote.end++;
    else
        quote.end = quote.start;
    return quote;
}

/* Does the value stand in double quotes, or before one, as in broken JSON? With quotes of its own
 * it would go on in that one. */
static bool touches_quote(struct slice view, struct span value) {
    size_t behind = value.end;
    while (behind < view.len && view.ptr[behind] == '\\') behind++;
    return (value.start > 0 && view.ptr[value.start - 1] == '"') ||
           (behind < view.len && view.ptr[behind] == '"');
}

/* A text that is read separator by separator. */
struct reading {
    struct slice text;
    struct span view;  /* in the text: no key and no value crosses its borders */
    uint32_t number;   /* of the decoded view + 1, or 0 */
    struct span named; /* in the text: the last value of a `name` or `key` */
    size_t replaced;   /* in the text: where the last bare value ends that becomes a string: no key
                          goes back over its quote */
    struct keyvalue_memo memo;
};

static void begin_view(struct reading *in, struct span view) {
    in->view = view;
    in->named = (struct span){view.start, view.start};
    in->replaced = view.start;
    in->memo = (struct keyvalue_memo){0};
}

/* The rules for the value of `key`, which stands in the view: by the key itself, or, for the value
 * of a pair, by the name that stands directly before it. */
static size_t rules_in_text(struct logwash_scratch *s, struct reading *in, struct slice view,
                            struct span key, size_t value_at, uint32_t rules[MAX_RULES_OF_KEY]) {
    const struct slice name = slice_sub(view, key.start, key.end);
    struct span value;
    bool quoted;
    switch (keys_pair_role(name)) {
    case PAIR_NONE: break;
    case PAIR_NAME:
        if (keyvalue_value(view, value_at, EXTENT_VALUE, &in->memo, &value, &quoted))
            in->named = (struct span){in->view.start + value.start, in->view.start + value.end};
        break;
    case PAIR_VALUE:
        if (in->named.end > in->named.start &&
            in->view.start + key.start - in->named.end <= MAX_BETWEEN &&
            !name_is_ours(s, in->text, in->named))
            return rules_of(s, slice_sub(in->text, in->named.start, in->named.end), rules);
        break;
    }
    const size_t n = rules_of(s, name, rules);
    return n > 0 && name_is_ours(s, view, key) ? 0 : n;
}

/* A hit of a key rule at `value` of the text; `quote` spells the quote of its key. False: stop. */
static bool add_text_hit(struct logwash_scratch *s, const struct reading *in, uint32_t rule,
                         struct span value, struct span quote) {
    struct hit hit = {.rule = rule, .view = in->number};
    hit.raw = hit.value = value;
    hit.quote = quote;
    if (in->number > 0) {
        const struct view *v = &s->views.views[in->number - 1];
        hit.raw = view_to_raw(&s->views, v, hit.value);
        if (quote.end > quote.start) hit.quote = view_to_raw(&s->views, v, hit.quote);
    }
    hit.is_container = in->text.ptr[value.start] == '{' || in->text.ptr[value.start] == '[';
    return find_add(s, hit);
}

/* `https://token:example1x@host/`, `http://token:8080/`: behind a name that stands for a user or a
 * host of a URL the value ends before the host or the path, and a port is none. Returns where it
 * ends, 0: there is none. */
static size_t url_value_end(struct slice view, struct span key, struct span value) {
    enum { MAX_PORT = 5 }; /* digits */
    if (key.start < 3 || memcmp(view.ptr + key.start - 3, "://", 3) != 0) return value.end;
    const struct slice text = slice_sub(view, value.start, value.end);
    size_t path = 0, digits = 0;
    while (path < text.len && memchr("/?#", text.ptr[path], 3) == NULL)
        digits += byte_is_digit(text.ptr[path++]);
    const uint8_t *at = memrchr(text.ptr, '@', path);
    if (at == NULL) at = memrchr(text.ptr, '@', text.len);
    if (at == NULL) return digits == path && path <= MAX_PORT ? 0 : value.start + path;
    return at > text.ptr ? (size_t)(at - view.ptr) : 0;
}

/* One place with a separator. Returns the end of the value that goes, 0: none goes, SIZE_MAX: stop.
 */
static size_t text_hits(struct logwash_scratch *s, struct reading *in, size_t sep) {
    const struct slice view = slice_sub(in->text, in->view.start, in->view.end);
    const size_t base = in->view.start;
    struct span key, value;
    size_t value_at, end = 0;
    bool quoted;
    if (!keyvalue_key(view, in->replaced - base, sep - base, &key, &value_at)) return 0;
    /* a part of a URN (arn:aws:secretsmanager:eu-1:1:secret:name) is no key */
    if (view.ptr[sep - base] == ':' && key.end == sep - base && key.start > 0 &&
        view.ptr[key.start - 1] == ':')
        return 0;
    uint32_t rules[MAX_RULES_OF_KEY];
    size_t n = rules_in_text(s, in, view, key, value_at, rules);
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &s->lw->rules.rules[rules[i]];
        if (!keyvalue_value(view, value_at, rule->extent, &in->memo, &value, &quoted)) continue;
        const bool is_container = view.ptr[value.start] == '{' || view.ptr[value.start] == '[';
        const bool is_left = rule->leaves_containers && rule->extent == EXTENT_VALUE;
        if (is_container && value.end - value.start <= 2) continue;
        if (is_container && value_is_message(slice_sub(view, value.start, value.end))) continue;
        if (is_left && view.ptr[value.start] == '{') continue;
        value.end = url_value_end(view, key, value);
        if (value.end == 0) continue;
        struct span in_text = {base + value.start, base + value.end};
        if (!keys_want(s, rule, in->number, in->text, in_text, quoted)) continue;
        struct span quote = key_quote(view, key);
        if (touches_quote(view, value) || view.ptr[sep - base] != ':') quote.end = quote.start;
        quote = (struct span){base + quote.start, base + quote.end};
        if (!add_text_hit(s, in, rules[i], in_text, quote)) return SIZE_MAX;
        if (quote.end > quote.start) in->replaced = in_text.end;
        end = in_text.end;
    }
    return end;
}

/* Can what ends at `end` be the name of a value, or name the name or the value of a pair? */
static bool may_be_name(const struct logwash_scratch *s, struct slice text, size_t end) {
    const struct slice name = slice_sub(text, 0, end);
    return keyname_may_end(s->lw->matcher->keys, name) || keys_pair_role(name) != PAIR_NONE;
}

/* Is there, at a byte of the separator mask, something worth a closer look? */
static bool is_separator(struct logwash_scratch *s, struct slice text, struct span view,
                         size_t at) {
    if (at <= view.start && text.ptr[at] != '-') return false;
    if (text.ptr[at] == '-') {
        if (at + 2 >= view.end || text.ptr[at + 1] != '-' || !byte_is_alpha(text.ptr[at + 2]))
            return false;
        return at == view.start || !byte_is_alnum(text.ptr[at - 1]);
    }
    size_t end = at;
    if (byte_is_quote(text.ptr[end - 1])) end--;
    while (end > view.start && text.ptr[end - 1] == '\\') end--;
    return end > view.start && may_be_name(s, slice_sub(text, view.start, end), end - view.start);
}

/* A quote without a backslash before it closed a string, or opened one: either way no name ends
 * there. */
static bool is_in_string(const struct logwash_scratch *s, size_t at) {
    const size_t in_rec = at - s->rec.start;
    const uint8_t *p = s->group.ptr + at;
    if (p[0] != '-' && in_rec > 1 && p[-1] == '"' && p[-2] != '\\') return false;
    return json_is_inside(&s->json, in_rec);
}

void keys_in_text(struct logwash_scratch *s) {
    struct reading in = {.text = s->group};
    size_t at = s->rec.start;
    while ((at = mask_next(s->separator, at, s->rec.end)) < s->rec.end) {
        size_t here = at++;
        if (s->is_json && !is_in_string(s, here)) continue;
        if (here >= in.view.end) {
            struct span view;
            if (!find_view_at(s, here, &view)) continue;
            const struct span named = in.named;
            begin_view(&in, view);
            if (!s->is_json) in.named = named; /* the value may stand in the next line */
            if (s->is_json && here == view.start && s->group.ptr[here] == '-' &&
                !keys_of_option(s, view))
                return;
            if (find_is_hidden(s, view)) {
                at = view.end;
                continue;
            }
        }
        if (!is_separator(s, s->group, in.view, here)) continue;
        size_t end = text_hits(s, &in, here);
        if (end == SIZE_MAX) return;
        if (end > at) at = end;
    }
}

void keys_in_views(struct logwash_scratch *s) {
    struct reading in = {.text = buf_view(&s->views.text)};
    if (!VEC_GROW(s->view_separator, s->cap_view_separator, mask_words(in.text.len))) {
        s->no_memory = true;
        return;
    }
    s->lw->kernels->any(in.text.ptr, in.text.len, (const uint8_t *)"=:-", 3, s->view_separator);
    for (uint32_t v = 0; v < s->views.n_views; v++) {
        const struct view *view = &s->views.views[v];
        if (view->is_hidden || view->is_bare) continue;
        begin_view(&in, view->text);
        in.number = v + 1;
        size_t at = in.view.start;
        while ((at = mask_next(s->view_separator, at, in.view.end)) < in.view.end) {
            size_t here = at++;
            if (!is_separator(s, in.text, in.view, here)) continue;
            size_t end = text_hits(s, &in, here);
            if (end == SIZE_MAX) return;
            if (end > at) at = end;
        }
    }
}

void keys_of_name(struct logwash_scratch *s) {
    uint32_t rules[MAX_RULES_OF_KEY];
    size_t n = rules_of(s, slice_of(s->in->name, s->in->name_len), rules);
    for (size_t i = 0; i < n; i++) {
        if (!keys_want(s, &s->lw->rules.rules[rules[i]], 0, s->group, s->rec, true)) continue;
        struct hit hit = {.rule = rules[i], .raw = s->rec, .value = s->rec, .is_bare = s->is_json};
        if (!find_add(s, hit)) return;
    }
}
