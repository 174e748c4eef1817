/* SPDX-License-Identifier: Apache-2.0 */
/* What packs and configurations share: the rule set's memory, actions and profiles as text. */
#include "detect/rule.h"

#include <stdlib.h>

enum { DEFAULT_KEEP_LAST = 4, MAX_KEEP = 64 };

static const char *const action_names[] = {
    [ACTION_KEEP] = "keep",     [ACTION_MASK] = "mask", [ACTION_PSEUDONYM] = "pseudonym",
    [ACTION_REDACT] = "redact", [ACTION_DROP] = "drop", [ACTION_DROP_RECORD] = "drop: record",
};
/* Of DESIGN section 7, but not in this version. */
static const char *const later_actions[] = {"ip"};
/* What may stand for an action, for suggestions. */
static const char *const written_actions[] = {"keep", "mask", "pseudonym", "redact", "drop", "ip"};
enum { N_WRITTEN_ACTIONS = sizeof written_actions / sizeof *written_actions };

static const struct {
    const char *name;
    unsigned bit;
} profile_names[] = {
    {"request", PROFILE_REQUEST},
    {"build", PROFILE_BUILD},
    {"strict", PROFILE_STRICT},
};

void rule_set_init(struct rule_set *set) {
    *set = (struct rule_set){0};
    arena_init(&set->arena);
}

void rule_set_fini(struct rule_set *set) {
    free(set->rules);
    arena_fini(&set->arena);
    *set = (struct rule_set){0};
}

const char *action_name(enum action_kind kind) { return action_names[kind]; }

struct action class_default_action(enum class_id id) {
    switch (data_classes[id].group) {
    case GROUP_CREDENTIAL: return (struct action){.kind = ACTION_REDACT};
    case GROUP_CARD: return (struct action){.kind = ACTION_MASK, .keep_last = DEFAULT_KEEP_LAST};
    case GROUP_IDENTIFIER: return (struct action){.kind = ACTION_PSEUDONYM};
    }
    return (struct action){.kind = ACTION_REDACT};
}

/* `name` is no action that can stand where it does: not known, or not yet. False for the caller to
 * return. */
static bool refuse_action(const struct yaml *node, struct diags *diags) {
    for (size_t i = 0; i < sizeof later_actions / sizeof *later_actions; i++) {
        if (!slice_eq_str(node->text, later_actions[i])) continue;
        yaml_error(node, diags, "action '%s' is not yet supported", later_actions[i]);
        return false;
    }
    yaml_error(node, diags, "unknown action '%.*s'", (int)node->text.len,
               (const char *)node->text.ptr);
    const char *near = suggest(node->text, written_actions, N_WRITTEN_ACTIONS);
    if (near)
        diag_hint(diags, "did you mean '%s'?", near);
    else
        diag_hint(diags, "one of redact, pseudonym, mask, drop, keep");
    return false;
}

/* A decimal number of characters, 0 to MAX_KEEP. */
static bool keep_read(const struct yaml *node, uint8_t *out, struct diags *diags) {
    if (node == NULL) return true;
    unsigned value = 0;
    bool ok = node->kind == YAML_SCALAR && node->text.len >= 1 && node->text.len <= 3;
    for (size_t i = 0; ok && i < node->text.len; i++) {
        ok = byte_is_digit(node->text.ptr[i]);
        value = value * 10 + (unsigned)(node->text.ptr[i] - '0');
    }
    if (!ok || value > MAX_KEEP) {
        yaml_error(node, diags, "expected a number of characters, 0 to %d", MAX_KEEP);
        return false;
    }
    *out = (uint8_t)value;
    return true;
}

static bool mask_read(const struct yaml *node, struct action *out, struct diags *diags) {
    static const char *const names[] = {"keep_first", "keep_last"};
    if (node->kind != YAML_MAP) {
        yaml_error(node, diags, "expected a mapping such as {mask: {keep_last: 4}}");
        return false;
    }
    size_t before = diags->n_errors;
    *out = (struct action){.kind = ACTION_MASK};
    yaml_check_keys(node, names, sizeof names / sizeof *names, diags);
    const bool first = keep_read(yaml_get(node, "keep_first"), &out->keep_first, diags);
    const bool last = keep_read(yaml_get(node, "keep_last"), &out->keep_last, diags);
    return first && last && diags->n_errors == before && !diags->failed;
}

static bool action_read_map(const struct yaml *node, struct action *out, struct diags *diags) {
    if (node->n != 1) {
        yaml_error(node, diags, "expected one action, got %zu", node->n);
        return false;
    }
    const struct yaml *key = node->keys[0], *value = node->items[0];
    if (slice_eq_str(key->text, "mask")) return mask_read(value, out, diags);
    if (!slice_eq_str(key->text, "drop")) {
        for (enum action_kind kind = ACTION_KEEP; kind <= ACTION_REDACT; kind++) {
            if (!slice_eq_str(key->text, action_names[kind])) continue;
            yaml_error(value, diags, "action '%s' takes no options", action_names[kind]);
            return false;
        }
        return refuse_action(key, diags);
    }
    if (value->kind != YAML_SCALAR || !slice_eq_str(value->text, "record")) {
        yaml_error(value, diags, "expected 'record' after 'drop:'");
        return false;
    }
    *out = (struct action){.kind = ACTION_DROP_RECORD};
    return true;
}

bool action_read(const struct yaml *node, struct action *out, struct diags *diags) {
    switch (node->kind) {
    case YAML_MAP: return action_read_map(node, out, diags);
    case YAML_SEQ: yaml_error(node, diags, "expected one action, not a list"); return false;
    case YAML_SCALAR: break;
    }
    if (slice_eq_str(node->text, "mask")) {
        *out = (struct action){.kind = ACTION_MASK};
        return true;
    }
    for (enum action_kind kind = ACTION_KEEP; kind < ACTION_DROP_RECORD; kind++) {
        if (!slice_eq_str(node->text, action_names[kind])) continue;
        *out = (struct action){.kind = kind};
        return true;
    }
    return refuse_action(node, diags);
}

static struct slice trim(struct slice s) {
    while (s.len > 0 && byte_is_blank(s.ptr[0])) s = slice_sub(s, 1, s.len);
    while (s.len > 0 && byte_is_blank(s.ptr[s.len - 1])) s.len--;
    return s;
}

bool profiles_parse(struct slice list, unsigned *out, struct slice *bad) {
    *out = 0;
    list = trim(list);
    if (list.len >= 2 && list.ptr[0] == '[' && list.ptr[list.len - 1] == ']')
        list = slice_sub(list, 1, list.len - 1);
    for (size_t at = 0; at <= list.len;) {
        size_t end = at;
        while (end < list.len && list.ptr[end] != ',') end++;
        const struct slice name = trim(slice_sub(list, at, end));
        unsigned bit = 0;
        for (size_t i = 0; i < sizeof profile_names / sizeof *profile_names; i++)
            if (slice_eq_str(name, profile_names[i].name)) bit = profile_names[i].bit;
        if (bit == 0) {
            *bad = name;
            return false;
        }
        *out |= bit;
        at = end + 1;
    }
    return true;
}
