/* SPDX-License-Identifier: Apache-2.0 */
/* Key rules in JSON: members of objects, items of arrays, of the record and of the documents in its
 * strings. */
#include "core/engine.h"

enum { MAX_MESSAGE = 6 * 1024 }; /* bytes by which a container is known as one about a value */

/* A JSON text whose members are read: the record, or a document in one of its strings. */
struct document {
    const struct json_index *json;
    struct slice region;                /* the group, or the view store's text */
    size_t base;                        /* where it begins there */
    const struct view_document *nested; /* or NULL */
};

static struct span in_region(const struct document *d, struct span span) {
    return (struct span){d->base + span.start, d->base + span.end};
}

/* The view, as hits have it, of the leaf at `at` of the region, or the next one, or the last one.
 */
static uint32_t leaf_number(const struct logwash_scratch *s, const struct document *d, size_t at) {
    if (d->nested == NULL) return 0;
    size_t low = d->nested->first, high = d->nested->end;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->views.views[middle].text.end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)(low < d->nested->end ? low : low - 1) + 1;
}

/* What a hit of the value at `span` (in the region; a string's inside) would be: its escapes, if it
 * has any, are undone once. */
static struct hit value_hit(const struct logwash_scratch *s, const struct document *d,
                            enum json_kind kind, struct span span) {
    struct hit hit = {.raw = span,
                      .value = span,
                      .view = leaf_number(s, d, span.start),
                      .is_bare = kind != JSON_STRING,
                      .is_container = kind == JSON_OBJECT || kind == JSON_ARRAY,
                      .is_element = d->nested == NULL,
                      .is_whole = true};
    if (d->nested != NULL) {
        hit.raw = view_to_raw(&s->views, &d->nested->whole, span);
        hit.bare_level = hit.is_bare ? (uint8_t)(d->nested->whole.level + 1) : 0;
    }
    if (kind != JSON_STRING ||
        memchr(d->region.ptr + span.start, '\\', span.end - span.start) == NULL)
        return hit;
    const uint32_t below = view_unescaped(&s->views, hit.view, hit.raw.start);
    if (below > 0) {
        hit.view = below;
        hit.value = s->views.views[below - 1].text;
    }
    return hit;
}

/* The items of the array at `at` that are strings or numbers, each by itself, by a rule that leaves
 * containers. Items that are containers are described by their own names. */
static bool item_hits(struct logwash_scratch *s, const struct document *d, size_t at,
                      uint32_t rule);

static size_t skip_blanks(struct slice rec, size_t at) {
    while (at < rec.len && byte_is_space(rec.ptr[at])) at++;
    return at;
}

/* Where the scalar stands in an object that only says its type: `{"S": "x"}` of DynamoDB,
 * `{"stringValue": "x"}` of OpenTelemetry, `{"string": "x"}` of Avro; `at`: it is no such object.
 */
static size_t typed_scalar(const struct document *d, size_t at) {
    static const char *const types[] = {"\"S\"",        "\"N\"",      "\"stringValue\"",
                                        "\"intValue\"", "\"string\"", "\"long\""};
    const struct slice rec = d->json->rec;
    if (rec.ptr[at] != '{') return at;
    size_t inner = skip_blanks(rec, at + 1), n = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0] && n == 0; i++)
        if (slice_starts(slice_sub(rec, inner, rec.len), slice_str(types[i]))) n = strlen(types[i]);
    if (n == 0) return at;
    inner = skip_blanks(rec, inner + n);
    if (inner >= rec.len || rec.ptr[inner] != ':') return at;
    inner = skip_blanks(rec, inner + 1);
    if (inner >= rec.len || rec.ptr[inner] == '{' || rec.ptr[inner] == '[') return at;
    struct span value;
    json_value(d->json, inner, &value);
    const size_t end = skip_blanks(rec, value.end);
    return end < rec.len && rec.ptr[end] == '}' ? inner : at;
}

/* The value that begins at byte `at` of the document goes by each of the rules; returns the end of
 * what was covered, 0: nothing, SIZE_MAX: stop. */
static size_t value_hits(struct logwash_scratch *s, const struct document *d, size_t at,
                         const uint32_t *rules, size_t n) {
    struct span value;
    const enum json_kind kind = json_value(d->json, typed_scalar(d, at), &value);
    if (kind == JSON_STRING) value.start++, value.end--;
    if (kind == JSON_STRING && value.end == value.start) return 0;
    struct hit hit = value_hit(s, d, kind, in_region(d, value));
    if (kind == JSON_WORD) {
        for (size_t i = 0; i < n; i++)
            trace_refused(s, rules[i], hit.view, hit.value, TOOLS_NULL, NULL);
        return 0;
    }
    struct slice text = slice_sub(d->json->rec, value.start, value.end);
    if (text.len > MAX_MESSAGE) text.len = MAX_MESSAGE;
    const struct slice region = hit.view > 0 ? buf_view(&s->views.text) : s->group;
    size_t covered = 0;
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &s->lw->rules.rules[rules[i]];
        if (kind == JSON_OBJECT && (rule->leaves_containers || rule->extent == EXTENT_LINE))
            continue; /* no header's value */
        if (kind == JSON_ARRAY && rule->leaves_containers) {
            if (!item_hits(s, d, at, rules[i])) return SIZE_MAX;
            continue;
        }
        hit.rule = rules[i];
        if (hit.is_container ? text.len <= 2 || value_is_message(keys_undone(s, text)) ||
                                   !fields_hold(s, rules[i], hit.view, hit.value)
                             : !keys_want(s, rule, hit.view, region, hit.value, true))
            continue;
        if (!find_add(s, hit)) return SIZE_MAX;
        covered = value.end;
    }
    return covered;
}

static bool item_hits(struct logwash_scratch *s, const struct document *d, size_t at,
                      uint32_t rule) {
    struct slice rec = d->json->rec;
    struct span value;
    while ((at = skip_blanks(rec, at + 1)) < rec.len && rec.ptr[at] != ']') {
        if (rec.ptr[at] == ',') continue;
        const enum json_kind kind = json_value(d->json, at, &value);
        if (kind == JSON_OBJECT || kind == JSON_ARRAY) return true;
        if (value_hits(s, d, at, &rule, 1) == SIZE_MAX) return false;
        at = value.end - 1;
    }
    return true;
}

/* ---- members ---- */

enum { MAX_SIBLINGS = 4 }; /* looked at for the name of a pair's value */

static struct slice member_key(const struct document *d, const struct json_member *m) {
    return slice_sub(d->json->rec, m->key_start, m->key_end);
}

/* The record's keys are asked by the mask that was made of it. */
static bool is_member_spelt(const struct logwash_scratch *s, const struct document *d,
                            const struct json_member *m) {
    if (d->nested != NULL) return keys_is_spelt(member_key(d, m));
    const size_t end = d->base + m->key_end;
    return mask_next(s->escape, d->base + m->key_start, end) < end;
}

static enum pair_role member_role(struct logwash_scratch *s, const struct document *d, size_t i) {
    const struct json_member *m = &d->json->members[i];
    const struct slice key = member_key(d, m);
    return keys_pair_role(is_member_spelt(s, d, m) ? keys_plain(s, key) : key);
}

enum { NEAR = 512 }; /* bytes of a container that are looked at for a neighbour */

/* The member behind `i` of the same object, when no member stands in the value of `i`; n_members:
 * none. Behind a comma the next key is in an object that was open before, so that a container has
 * ended and is not read beyond the key. */
static size_t next_sibling(const struct json_index *json, size_t i) {
    const struct slice rec = json->rec;
    const struct json_member *m = &json->members[i];
    if (i + 1 >= json->n_members) return json->n_members;
    size_t comma = m[1].key_start - 1;
    while (comma > m->value && byte_is_space(rec.ptr[comma - 1])) comma--;
    const bool is_container = rec.ptr[m->value] == '{' || rec.ptr[m->value] == '[';
    if (rec.ptr[comma - 1] != ',' || (is_container && comma - m->value > NEAR))
        return json->n_members;
    struct span value;
    json_value(json, m->value, &value);
    return skip_blanks(rec, value.end) == comma - 1 ? i + 1 : json->n_members;
}

/* `Password management: enforce strong password` names a setting. */
static bool is_sentence(struct slice name) {
    enum { MAX_BLANKS = 2 };
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) n += name.ptr[i] == ' ';
    return n > MAX_BLANKS;
}

/* The rules by the name that member `i` gives to a value of the same object: a string, or the last
 * one of a list. */
static size_t rules_of_name(struct logwash_scratch *s, const struct document *d, size_t i,
                            uint32_t rules[MAX_RULES_OF_KEY]) {
    const struct slice rec = d->json->rec;
    struct span value;
    enum json_kind kind = json_value(d->json, d->json->members[i].value, &value);
    if (kind == JSON_ARRAY) { /* pydantic's `"loc": ["body", "password"]` */
        size_t end = value.end - 1;
        while (end > value.start && byte_is_space(rec.ptr[end - 1])) end--;
        const uint8_t *quote = rec.ptr[end - 1] != '"' || end - value.start < 3
                                   ? NULL
                                   : memrchr(rec.ptr + value.start, '"', end - 1 - value.start);
        if (quote == NULL) return 0;
        value = (struct span){(size_t)(quote - rec.ptr), end};
        kind = JSON_STRING;
    }
    if (kind != JSON_STRING) return 0;
    struct slice name = keys_plain(s, slice_sub(rec, value.start + 1, value.end - 1));
    while (name.len > 0 && name.ptr[0] == '-') name = slice_sub(name, 1, name.len);
    return is_sentence(name) ? 0 : keys_find(s, name, rules);
}

/* The rules by the names near member `i` in the same object, the first of them that has any. */
static size_t rules_of_pair(struct logwash_scratch *s, const struct document *d, size_t i,
                            uint32_t rules[MAX_RULES_OF_KEY]) {
    const struct json_index *json = d->json;
    size_t n = 0, at = i;
    for (size_t k = 0; k < MAX_SIBLINGS && n == 0 && at > 0 && next_sibling(json, at - 1) == at;
         k++)
        if (member_role(s, d, --at) == PAIR_NAME) n = rules_of_name(s, d, at, rules);
    at = i;
    for (size_t k = 0; k < MAX_SIBLINGS && n == 0; k++) {
        if ((at = next_sibling(json, at)) == json->n_members) break;
        if (member_role(s, d, at) == PAIR_NAME) n = rules_of_name(s, d, at, rules);
    }
    return n;
}

/* Member `i` is the value of a pair: goes by the rules of its name. */
static size_t pair_hits(struct logwash_scratch *s, const struct document *d, size_t i) {
    uint32_t rules[MAX_RULES_OF_KEY];
    const size_t n = rules_of_pair(s, d, i, rules);
    return n > 0 ? value_hits(s, d, d->json->members[i].value, rules, n) : 0;
}

/* The name of what follows an option: `--api-key`, `-password` without dashes; a letter alone,
 * `-p`, is `option_p`. */
static struct slice option_name(struct logwash_scratch *s, struct slice option) {
    size_t dashes = 0;
    while (dashes < option.len && option.ptr[dashes] == '-') dashes++;
    const struct slice name = slice_sub(option, dashes, option.len);
    if (dashes > 2 || name.len == 0 || !byte_is_alpha(name.ptr[0])) return SLICE("");
    for (size_t i = 0; i < name.len; i++) /* `--password [REDACTED:password]` has its value */
        if (!byte_is_alnum(name.ptr[i]) && memchr("-_.", name.ptr[i], 3) == NULL) return SLICE("");
    if (name.len > 1) return name;
    buf_reset(&s->name);
    buf_append(&s->name, "option_", 7);
    buf_byte(&s->name, name.ptr[0]);
    if (s->name.failed) s->no_memory = true;
    return buf_view(&s->name);
}

/* The string at `view` of the document begins with a dash: where it is an item of an array, the
 * item behind it goes by the option's name. False: stop. */
static bool option_hits(struct logwash_scratch *s, const struct document *d, struct span view) {
    const struct slice rec = d->json->rec;
    size_t before = view.start - 1, at = skip_blanks(rec, view.end + 1);
    while (before > 0 && byte_is_space(rec.ptr[before - 1])) before--;
    if (before == 0 || (rec.ptr[before - 1] != '[' && rec.ptr[before - 1] != ',')) return true;
    if (at >= rec.len || rec.ptr[at] != ',') return true;
    at = skip_blanks(rec, at + 1);
    if (at >= rec.len || rec.ptr[at] == '{' || rec.ptr[at] == '[') return true;
    if (rec.ptr[at] == '"' && rec.ptr[at + 1] == '-') return true; /* an option, too */
    const struct slice name = option_name(s, slice_sub(rec, view.start, view.end));
    uint32_t rules[MAX_RULES_OF_KEY];
    const size_t n = keyname_find(s->lw->matcher->keys, name, rules, MAX_RULES_OF_KEY);
    return n == 0 || value_hits(s, d, at, rules, n) != SIZE_MAX;
}

/* The items of the array at `at` are names and values of headers by turns (`rawHeaders` of
 * Node.js). False: stop. */
static bool turn_hits(struct logwash_scratch *s, const struct document *d, size_t at) {
    const struct slice rec = d->json->rec;
    struct span value, name = {0, 0};
    while ((at = skip_blanks(rec, at + 1)) < rec.len && rec.ptr[at] != ']') {
        if (rec.ptr[at] == ',') continue;
        const enum json_kind kind = json_value(d->json, at, &value);
        if (kind == JSON_OBJECT || kind == JSON_ARRAY) return true;
        if (name.end > 0) {
            uint32_t rules[MAX_RULES_OF_KEY];
            const size_t n =
                keys_find(s, keys_plain(s, slice_sub(rec, name.start, name.end)), rules);
            if (n > 0 && value_hits(s, d, at, rules, n) == SIZE_MAX) return false;
            name.end = 0;
        } else if (kind == JSON_STRING) {
            name = (struct span){value.start + 1, value.end - 1};
        }
        at = value.end - 1;
    }
    return true;
}

/* Headers as a list, or as one of pairs: `[["cookie", "sid=1"], ...]`. False: stop. */
static bool list_hits(struct logwash_scratch *s, const struct document *d, size_t at) {
    const struct slice rec = d->json->rec;
    struct span value;
    size_t first = skip_blanks(rec, at + 1);
    if (first >= rec.len || rec.ptr[first] != '[') return turn_hits(s, d, at);
    for (at = first; at < rec.len && rec.ptr[at] == '['; at = skip_blanks(rec, at + 1)) {
        if (!turn_hits(s, d, at)) return false;
        json_value(d->json, at, &value);
        at = skip_blanks(rec, value.end);
        if (at >= rec.len || rec.ptr[at] != ',') return true;
    }
    return true;
}

static bool names_headers(struct slice key) {
    return key.len >= 7 && slice_eq_nocase(slice_sub(key, key.len - 7, key.len), SLICE("headers"));
}

/* The member in whose object member `i` stands; n_members: none is near, or it is an array's. */
static size_t holder_of(const struct document *d, size_t i) {
    const struct json_index *json = d->json;
    const struct slice rec = json->rec;
    size_t depth = 0, at = json->members[i].key_start - 1;
    const size_t low = at > NEAR ? at - NEAR : 0;
    for (;; at--) {
        if (at <= low) return json->n_members;
        const uint8_t c = rec.ptr[at - 1];
        if (memchr("{}[]", c, 4) == NULL || json_is_inside(json, at - 1)) continue;
        if (c == '}' || c == ']')
            depth++;
        else if (depth-- == 0)
            break;
    }
    while (i > 0 && json->members[--i].value >= at)
        if (i == 0) return json->n_members;
    return json->members[i].value == at - 1 ? i : json->n_members;
}

/* `name` in an object says whose name it is by that object's: `"card": {"name": "x"}` is a
 * `card_name`. An account may be a firm's. */
static size_t rules_of_held(struct logwash_scratch *s, const struct document *d, size_t i,
                            uint32_t rules[MAX_RULES_OF_KEY]) {
    uint8_t name[KEYNAME_MAX];
    const size_t holder = holder_of(d, i);
    if (holder == d->json->n_members) return 0;
    struct slice key = member_key(d, &d->json->members[holder]);
    if (is_member_spelt(s, d, &d->json->members[holder])) key = keys_plain(s, key);
    if (key.len == 0 || key.len + 5 > sizeof name || slice_eq_nocase(key, SLICE("account")))
        return 0;
    memcpy(name, key.ptr, key.len);
    memcpy(name + key.len, "_name", 5);
    return keys_find(s, slice_of(name, key.len + 5), rules);
}

/* False: stop. */
static bool member_hits(struct logwash_scratch *s, const struct document *d) {
    size_t covered =
        0; /* nothing inside a container that goes as a whole is looked at: no work twice */
    for (size_t i = 0; i < d->json->n_members; i++) {
        const struct json_member *m = &d->json->members[i];
        if (m->key_start < covered || m->key_end == m->key_start) continue;
        const bool is_spelt = is_member_spelt(s, d, m);
        struct slice key = member_key(d, m);
        if (is_spelt) key = keys_plain(s, key);
        if (keys_pair_role(key) == PAIR_VALUE) {
            const size_t end = pair_hits(s, d, i);
            if (end == SIZE_MAX) return false;
            if (end > covered) covered = end;
            if (end > 0) continue;
            if (is_spelt) key = keys_plain(s, member_key(d, m)); /* the buffer was used */
        }
        if (names_headers(key) && d->json->rec.ptr[m->value] == '[' && !list_hits(s, d, m->value))
            return false;
        if (!keyname_may_end(s->lw->matcher->keys, key)) continue;
        uint32_t rules[MAX_RULES_OF_KEY];
        size_t n = keys_find(s, key, rules);
        if (n == 0 && slice_eq_nocase(key, SLICE("name"))) n = rules_of_held(s, d, i, rules);
        if (n == 0) continue;
        size_t end = value_hits(s, d, m->value, rules, n);
        if (end == SIZE_MAX) return false;
        if (end > covered) covered = end;
    }
    return true;
}

static struct document whole_record(const struct logwash_scratch *s) {
    return (struct document){&s->json, s->group, s->rec.start, NULL};
}

bool keys_of_option(struct logwash_scratch *s, struct span view) {
    const struct document d = whole_record(s);
    return option_hits(s, &d, (struct span){view.start - s->rec.start, view.end - s->rec.start});
}

void keys_in_members(struct logwash_scratch *s) {
    const struct document d = whole_record(s);
    member_hits(s, &d);
}

void keys_in_documents(struct logwash_scratch *s) {
    for (size_t i = 0; i < s->views.n_documents; i++) {
        const struct view_document *nested = &s->views.documents[i];
        const struct slice text = buf_view(&s->views.text);
        const struct document d = {&s->views.json, text, nested->whole.text.start, nested};
        view_index(&s->views, nested);
        if (!member_hits(s, &d)) return;
        for (uint32_t v = nested->first; v < nested->end; v++) {
            const struct view *leaf = &s->views.views[v];
            const struct span view = {leaf->text.start - d.base, leaf->text.end - d.base};
            if (!leaf->is_bare && text.ptr[leaf->text.start] == '-' && !option_hits(s, &d, view))
                return;
        }
    }
}
