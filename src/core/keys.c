/* SPDX-License-Identifier: Apache-2.0 */
/* Key rules: the value goes because of the name beside it. */
#include "base/codec.h"
#include "core/engine.h"
#include "core/ours.h"

/* Undoes JSON escapes of a key; a key too long to mean anything gives an empty name. */
static struct slice plain_key(struct logwash_scratch *s, struct slice key) {
    if (key.len > 6 * KEYNAME_MAX) return SLICE("");
    if (memchr(key.ptr, '\\', key.len) == NULL) return key;
    buf_reset(&s->name);
    for (size_t i = 0; i < key.len;) {
        uint8_t out[4];
        size_t n_out, taken = key.ptr[i] == '\\'
                                  ? json_unescape(key.ptr + i, key.ptr + key.len, out, &n_out)
                                  : 0;
        if (taken > 0)
            buf_append(&s->name, out, n_out);
        else
            buf_byte(&s->name, key.ptr[i]);
        i += taken > 0 ? taken : 1;
    }
    if (s->name.failed) s->no_memory = true;
    return buf_view(&s->name);
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

/* NULL: the value can be a secret; else `plain_word`, or the name of the validator that says no. */
static const char *why_not(const struct rule *rule, struct slice text, bool quoted) {
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
    if (value.len == 0 || value_is_placeholder(value))
        return unwanted(s, rule, number, span, TOOLS_PLACEHOLDER, NULL);
    if (ours_is_whole(value, s->lw->ring)) return unwanted(s, rule, number, span, TOOLS_OURS, NULL);
    struct slice rest = residue_of(s, number, text, span, false);
    if (rest.len < value.len && !has_letter_or_digit(rest))
        return unwanted(s, rule, number, span, TOOLS_OURS, NULL);
    const char *why = why_not(rule, rest, quoted);
    if (why == NULL) return true;
    size_t before = rest.len;
    rest = residue_of(s, number, text, span, true);
    if (rest.len < before && has_letter_or_digit(rest) && !value_is_placeholder(rest) &&
        why_not(rule, rest, quoted) == NULL)
        return true;
    return unwanted(s, rule, number, span, why == plain_word ? TOOLS_WORD : TOOLS_VALIDATOR, why);
}

static size_t rules_of(struct logwash_scratch *s, struct slice name,
                       uint32_t rules[MAX_RULES_OF_KEY]) {
    return keyname_find(s->lw->matcher->keys, name, rules, MAX_RULES_OF_KEY);
}

size_t keys_find(struct logwash_scratch *s, struct slice name, uint32_t rules[MAX_RULES_OF_KEY]) {
    if (name.len == 0 || name_is_ours(s, name, (struct span){0, name.len})) return 0;
    return rules_of(s, name, rules);
}

/* The value of one member goes by each of the rules; returns the end of what was covered, 0:
 * nothing. */
static size_t member_hits(struct logwash_scratch *s, const struct json_member *m,
                          const uint32_t *rules, size_t n) {
    struct span value;
    enum json_kind kind = json_value(&s->json, m->value, &value);
    if (kind == JSON_WORD) {
        struct span word = {s->rec.start + value.start, s->rec.start + value.end};
        for (size_t i = 0; i < n; i++) trace_refused(s, rules[i], 0, word, TOOLS_NULL, NULL);
        return 0;
    }
    struct hit hit = {.is_element = true,
                      .is_bare = kind != JSON_STRING,
                      .is_container = kind == JSON_OBJECT || kind == JSON_ARRAY};
    if (kind == JSON_STRING) value.start++, value.end--;
    struct slice text = slice_sub(s->json.rec, value.start, value.end);
    size_t covered = 0;
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &s->lw->rules.rules[rules[i]];
        if (kind == JSON_OBJECT && rule->extent == EXTENT_LINE) continue; /* no header's value */
        if (hit.is_container && rule->leaves_containers) continue;
        hit.rule = rules[i];
        hit.raw = hit.value = (struct span){s->rec.start + value.start, s->rec.start + value.end};
        if (hit.is_container ? text.len <= 2 : !keys_want(s, rule, 0, s->group, hit.value, true))
            continue;
        if (!find_add(s, hit)) return SIZE_MAX;
        covered = value.end;
    }
    return covered;
}

void keys_in_members(struct logwash_scratch *s) {
    size_t covered =
        0; /* nothing inside a container that goes as a whole is looked at: no work twice */
    for (size_t i = 0; i < s->json.n_members; i++) {
        const struct json_member *m = &s->json.members[i];
        if (m->key_start < covered || m->key_end == m->key_start) continue;
        const uint8_t *raw = s->json.rec.ptr + m->key_start;
        size_t len = m->key_end - m->key_start;
        if (!keyname_may_end(s->lw->matcher->keys, raw[len - 1]) && memchr(raw, '\\', len) == NULL)
            continue;
        uint32_t rules[MAX_RULES_OF_KEY];
        struct slice name = plain_key(s, slice_sub(s->json.rec, m->key_start, m->key_end));
        size_t n = keys_find(s, name, rules);
        if (n == 0) continue;
        size_t end = member_hits(s, m, rules, n);
        if (end == SIZE_MAX) return;
        if (end > covered) covered = end;
    }
}

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

/* One place with a separator in the view at `view` of `text`; number of the decoded view + 1, or 0.
 * Returns the end of the value that goes, 0: none goes. */
static size_t text_hits(struct logwash_scratch *s, struct slice text, struct span view, size_t sep,
                        uint32_t number) {
    struct slice in = slice_sub(text, view.start, view.end);
    struct span key, value;
    size_t value_at, end = 0;
    bool quoted;
    if (!keyvalue_key(in, sep - view.start, &key, &value_at)) return 0;
    if (name_is_ours(s, in, key)) return 0;
    /* a part of a URN (arn:aws:secretsmanager:eu-1:1:secret:name) is no key */
    if (in.ptr[sep - view.start] == ':' && key.end == sep - view.start && key.start > 0 &&
        in.ptr[key.start - 1] == ':')
        return 0;
    uint32_t rules[MAX_RULES_OF_KEY];
    size_t n = rules_of(s, slice_sub(in, key.start, key.end), rules);
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &s->lw->rules.rules[rules[i]];
        if (!keyvalue_value(in, value_at, rule->extent, &value, &quoted)) continue;
        struct span in_text = {view.start + value.start, view.start + value.end};
        if (rule->leaves_containers && memchr("{[", in.ptr[value.start], 2)) continue;
        if (!keys_want(s, rule, number, text, in_text, quoted)) continue;
        struct span quote = key_quote(in, key);
        bool stands_in_quotes = (value.start > 0 && in.ptr[value.start - 1] == '"') ||
                                (value.end < in.len && in.ptr[value.end] == '"');
        if (stands_in_quotes || in.ptr[sep - view.start] != ':') quote.end = quote.start;
        struct hit hit = {.rule = rules[i], .view = number};
        hit.raw = hit.value = in_text;
        hit.quote = (struct span){view.start + quote.start, view.start + quote.end};
        if (number > 0) {
            const struct view *v = &s->views.views[number - 1];
            hit.raw = view_to_raw(&s->views, v, hit.value);
            if (quote.end > quote.start) hit.quote = view_to_raw(&s->views, v, hit.quote);
        }
        hit.is_container = in.ptr[value.start] == '{' || in.ptr[value.start] == '[';
        if (!find_add(s, hit)) return SIZE_MAX;
        end = hit.value.end;
    }
    return end;
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
    uint8_t before = text.ptr[at - 1];
    return !byte_is_alnum(before) || keyname_may_end(s->lw->matcher->keys, before);
}

/* A JSON string with escapes is read in its decoded view alone: there `\n` ends a value, in the raw
 * bytes it would not. */
static bool is_read_decoded(const struct logwash_scratch *s, struct span view) {
    const uint8_t *end = s->group.ptr + view.end;
    const uint8_t *p = memchr(s->group.ptr + view.start, '\\', view.end - view.start);
    uint8_t out[4];
    size_t n_out;
    return s->is_json && p != NULL && json_unescape(p, end, out, &n_out) > 0;
}

void keys_in_text(struct logwash_scratch *s) {
    struct span view = {0, 0};
    size_t at = s->rec.start;
    while ((at = mask_next(s->separator, at, s->rec.end)) < s->rec.end) {
        size_t here = at++;
        if (s->is_json && !json_is_inside(&s->json, here - s->rec.start)) continue;
        if (here >= view.end) {
            if (!find_view_at(s, here, &view)) continue;
            if (is_read_decoded(s, view)) {
                at = view.end;
                continue;
            }
        }
        if (!is_separator(s, s->group, view, here)) continue;
        size_t end = text_hits(s, s->group, view, here, 0);
        if (end == SIZE_MAX) return;
        if (end > at) at = end;
    }
}

void keys_in_views(struct logwash_scratch *s) {
    struct slice text = buf_view(&s->views.text);
    if (!VEC_GROW(s->view_separator, s->cap_view_separator, mask_words(text.len))) {
        s->no_memory = true;
        return;
    }
    s->lw->kernels->any(text.ptr, text.len, (const uint8_t *)"=:-", 3, s->view_separator);
    for (uint32_t v = 0; v < s->views.n_views; v++) {
        struct span view = s->views.views[v].text;
        size_t at = view.start;
        while ((at = mask_next(s->view_separator, at, view.end)) < view.end) {
            size_t here = at++;
            if (!is_separator(s, text, view, here)) continue;
            size_t end = text_hits(s, text, view, here, v + 1);
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
