/* SPDX-License-Identifier: Apache-2.0 */
#include "core/allow.h"

#include "base/keypath.h"
#include "base/units.h"
#include "core/engine.h"
#include "core/policy.h"

#include <stdlib.h>

enum { WORK_ENTRY = 1, WORK_REGEX = 16, SECONDS_OF_DAY = 86400 };

/* ---- reading ---- */

bool allow_glob(struct slice pattern, struct slice id) {
    size_t p = 0, at = 0, star = SIZE_MAX, back = 0; /* the last star, and what it has taken */
    while (at < id.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            back = at;
        } else if (p < pattern.len && pattern.ptr[p] == id.ptr[at]) {
            p++, at++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            at = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') p++;
    return p == pattern.len;
}

struct reader {
    const struct rule_set *set;
    int64_t now_sec;
    struct diags *diags;
};

/* The text under `key`; false: reported, or there is none. */
static bool text_of(struct reader *r, const struct yaml *entry, const char *key,
                    struct slice *out) {
    const struct yaml *node = yaml_get(entry, key);
    if (node == NULL) return false;
    if (node->kind != YAML_SCALAR || node->text.len == 0) {
        yaml_error(node, r->diags, "'%s' must be text", key);
        return false;
    }
    *out = node->text;
    return true;
}

static bool read_kind(struct reader *r, const struct yaml *entry, struct allow *allow) {
    static const char *const names[] = {
        [ALLOW_VALUE] = "value",
        [ALLOW_CIDR] = "cidr",
        [ALLOW_REGEX] = "regex",
        [ALLOW_FIELD] = "field",
    };
    const struct yaml *node = NULL;
    size_t n = 0;
    for (int k = ALLOW_VALUE; k <= ALLOW_FIELD; k++) {
        const struct yaml *found = yaml_get(entry, names[k]);
        if (found == NULL) continue;
        n++;
        node = found;
        allow->kind = (enum allow_kind)k;
    }
    if (n != 1)
        yaml_error(entry, r->diags, "an entry has one of 'value', 'cidr', 'regex', 'field'");
    if (n != 1 || node == NULL || !text_of(r, entry, names[allow->kind], &allow->written))
        return false;
    switch (allow->kind) {
    case ALLOW_VALUE: allow->value = allow->written; return true;
    case ALLOW_CIDR: {
        const char *wrong = ipnet_parse(allow->written, &allow->net);
        if (wrong != NULL) yaml_error(node, r->diags, "%s", wrong);
        return wrong == NULL;
    }
    case ALLOW_FIELD: {
        const char *wrong = keypath_problem(allow->written);
        if (wrong != NULL) yaml_error(node, r->diags, "%s", wrong);
        return wrong == NULL;
    }
    case ALLOW_REGEX:
        allow->regex = regex_compile(allow->written, node->source, node->off, node->len, r->diags);
        return allow->regex != NULL;
    }
    return false;
}

/* `class` and `rule`: at least one of them, but for networks. */
static void read_scope(struct reader *r, const struct yaml *entry, struct allow *allow) {
    const struct yaml *class = yaml_get(entry, "class"), *rule = yaml_get(entry, "rule");
    allow->class_id = -1;
    if (class != NULL) {
        allow->class_id = policy_class(class, r->diags);
        const bool is_ip = allow->class_id == CLASS_ipv4 || allow->class_id == CLASS_ipv6;
        if (allow->kind == ALLOW_CIDR && allow->class_id >= 0 && !is_ip)
            yaml_error(class, r->diags, "a network allows values of class ipv4 and ipv6");
    } else if (rule == NULL && allow->kind != ALLOW_CIDR) {
        yaml_error(entry, r->diags, "an entry names the 'class' or the 'rule' it is about");
    }
    if (rule == NULL || !text_of(r, entry, "rule", &allow->rule)) return;
    for (size_t i = 0; i < r->set->n; i++)
        if (allow_glob(allow->rule, r->set->rules[i].id)) return;
    policy_no_rule(rule, r->set, r->diags);
}

static void read_until(struct reader *r, const struct yaml *node, struct allow *allow) {
    allow->until_sec = INT64_MAX;
    if (node == NULL) return;
    if (node->kind != YAML_SCALAR || !date_parse(node->text, &allow->until_sec)) {
        yaml_error(node, r->diags, "expected a date such as 2027-12-31");
        return;
    }
    allow->until_sec += SECONDS_OF_DAY; /* its day is part of it */
    if (r->now_sec >= allow->until_sec)
        diag_add(r->diags, DIAG_WARNING, node->source, node->off, node->len,
                 "this date has passed: the entry allows nothing any more");
}

static void read_entry(struct reader *r, const struct yaml *entry, struct allow_list *out) {
    static const char *const keys[] = {"value", "cidr", "regex",  "field",
                                       "class", "rule", "reason", "until"};
    struct allow allow = {0};
    if (entry->kind != YAML_MAP) {
        yaml_error(entry, r->diags, "an entry of 'allow' is a map");
        return;
    }
    yaml_check_keys(entry, keys, sizeof keys / sizeof *keys, r->diags);
    bool ok = read_kind(r, entry, &allow);
    read_scope(r, entry, &allow);
    read_until(r, yaml_get(entry, "until"), &allow);
    if (yaml_get(entry, "reason") == NULL)
        yaml_error(entry, r->diags, "an entry needs its 'reason'");
    else
        text_of(r, entry, "reason", &allow.reason);
    if (ok && !VEC_GROW(out->items, out->cap, out->n + 1)) {
        r->diags->failed = true;
        ok = false;
    }
    if (ok)
        out->items[out->n++] = allow;
    else
        regex_free(allow.regex);
}

void allow_read(const struct yaml *list, const struct rule_set *set, int64_t now_sec,
                struct allow_list *out, struct diags *diags) {
    struct reader r = {set, now_sec, diags};
    if (list == NULL) return;
    if (list->kind != YAML_SEQ) {
        yaml_error(list, diags, "'allow' must be a list");
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        if (out->n == ALLOW_MAX) {
            yaml_error(list->items[i], diags, "more than %d entries", ALLOW_MAX);
            return;
        }
        read_entry(&r, list->items[i], out);
    }
}

/* ---- binding ---- */

static bool speaks_of(const struct allow *allow, const struct rule *rule) {
    const bool is_ip = rule->class_id == CLASS_ipv4 || rule->class_id == CLASS_ipv6;
    if (allow->kind == ALLOW_CIDR && !is_ip) return false;
    if (allow->class_id >= 0 && (int)rule->class_id != allow->class_id) return false;
    return allow->rule.len == 0 || allow_glob(allow->rule, rule->id);
}

bool allow_bind(struct allow_list *list, const struct rule_set *set, struct arena *arena) {
    const size_t words = set->n / 64 + 1;
    if (list->n == 0) return true;
    list->rules = ARENA_ARRAY(arena, uint64_t, words);
    if (list->rules == NULL) return false;
    for (size_t i = 0; i < list->n; i++) {
        struct allow *allow = &list->items[i];
        allow->rules = ARENA_ARRAY(arena, uint64_t, words);
        if (allow->rules == NULL) return false;
        for (size_t r = 0; r < set->n; r++)
            if (speaks_of(allow, &set->rules[r])) allow->rules[r / 64] |= 1ull << (r % 64);
        for (size_t w = 0; w < words; w++) list->rules[w] |= allow->rules[w];
    }
    return true;
}

void allow_fini(struct allow_list *list) {
    for (size_t i = 0; i < list->n; i++) regex_free(list->items[i].regex);
    free(list->items);
    *list = (struct allow_list){0};
}

/* ---- judging ---- */

struct whole {
    size_t len;
};

static bool is_whole(void *ctx, struct span value) {
    const struct whole *whole = ctx;
    return value.start == 0 && value.end == whole->len;
}

static bool is_in_net(const struct allow *allow, struct slice value) {
    struct ipaddr addr;
    return (ipaddr_parse_v4(value, &addr) == value.len ||
            ipaddr_parse_v6(value, &addr) == value.len) &&
           ipnet_holds(&allow->net, &addr);
}

static bool holds(const struct allow *allow, struct logwash_scratch *scratch,
                  const struct allow_case *what) {
    struct span match, found;
    struct whole whole = {what->value.len};
    scratch->work += WORK_ENTRY;
    switch (allow->kind) {
    case ALLOW_VALUE: return slice_eq(what->value, allow->value);
    case ALLOW_CIDR: return is_in_net(allow, what->value);
    case ALLOW_REGEX:
        if (what->value.len > ALLOW_MAX_BYTES) return false;
        scratch->work += WORK_REGEX + what->value.len;
        return regex_attempt(allow->regex, scratch->matcher->regex, what->value, 0, is_whole,
                             &whole, &match, &found) == REGEX_YES;
    case ALLOW_FIELD: return fields_fit(scratch, &allow->written, 1, what->view, what->at);
    }
    return false;
}

const struct allow *allow_find(const struct allow_list *list, struct logwash_scratch *scratch,
                               const struct allow_case *what) {
    const size_t word = what->rule / 64;
    const uint64_t bit = 1ull << (what->rule % 64);
    if (list->n == 0 || (list->rules[word] & bit) == 0) return NULL;
    for (size_t i = 0; i < list->n; i++) {
        const struct allow *allow = &list->items[i];
        if ((allow->rules[word] & bit) == 0 || what->time_sec >= allow->until_sec) continue;
        if (holds(allow, scratch, what)) return allow;
    }
    return NULL;
}
