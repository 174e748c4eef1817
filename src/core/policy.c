/* SPDX-License-Identifier: Apache-2.0 */
/* The `rules` section: what an installation changes about the packs without forking them.
 * Order: pack < `actions` (by class) < `set` (by rule id) < the input's own `rules`. */
#include "core/policy.h"

#include "detect/pack.h"

#include <stdlib.h>

static bool id_in_pack(struct slice id, struct slice pack) {
    return id.len > pack.len && slice_starts(id, pack) && id.ptr[pack.len] == '.';
}

/* `disable: [id or pack, …]`: the rules go from the set. */
static void apply_disable(const struct yaml *list, struct rule_set *set, struct diags *diags) {
    for (size_t i = 0; list != NULL && i < list->n; i++) {
        const struct yaml *item = list->items[i];
        size_t kept = 0, before = set->n;
        for (size_t r = 0; r < set->n; r++)
            if (!slice_eq(set->rules[r].id, item->text) &&
                !id_in_pack(set->rules[r].id, item->text))
                set->rules[kept++] = set->rules[r];
        set->n = kept;
        if (kept == before)
            yaml_error(item, diags, "no rule or pack '%.*s'", (int)item->text.len,
                       (const char *)item->text.ptr);
    }
}

static bool is_map(const struct yaml *node, const char *name, struct diags *diags) {
    if (node == NULL) return false;
    if (node->kind == YAML_MAP) return true;
    yaml_error(node, diags, "'%s' must be a map", name);
    return false;
}

int policy_class(const struct yaml *node, struct diags *diags) {
    const struct slice name = node->text;
    const int class_id = class_find(name);
    if (class_id >= 0) return class_id;
    const char *names[N_CLASSES];
    for (size_t c = 0; c < N_CLASSES; c++) names[c] = data_classes[c].name;
    yaml_error(node, diags, "unknown class '%.*s'", (int)name.len, (const char *)name.ptr);
    if (!diag_suggest(diags, name, names, N_CLASSES))
        diag_hint(diags, "`logwash rules list --classes` shows them");
    return -1;
}

static void apply_actions(const struct yaml *map, struct rule_set *set, struct diags *diags) {
    if (!is_map(map, "actions", diags)) return;
    for (size_t i = 0; i < map->n; i++) {
        struct action action;
        const int class_id = policy_class(map->keys[i], diags);
        if (!action_read(map->items[i], class_id, &set->arena, &action, diags) || class_id < 0)
            continue;
        for (size_t r = 0; r < set->n; r++)
            if ((int)set->rules[r].class_id == class_id) set->rules[r].action = action;
    }
}

void policy_no_rule(const struct yaml *node, const struct rule_set *set, struct diags *diags) {
    yaml_error(node, diags, "no rule '%.*s'", (int)node->text.len, (const char *)node->text.ptr);
    const char **ids = calloc(set->n + 1, sizeof *ids);
    for (size_t r = 0; ids != NULL && r < set->n; r++) ids[r] = (const char *)set->rules[r].id.ptr;
    if (ids != NULL) diag_suggest(diags, node->text, ids, set->n);
    free(ids);
}

static struct rule *find_rule(struct rule_set *set, struct slice id) {
    for (size_t r = 0; r < set->n; r++)
        if (slice_eq(set->rules[r].id, id)) return &set->rules[r];
    return NULL;
}

static void set_mode(const struct yaml *node, struct rule *rule, struct diags *diags) {
    if (node == NULL) return;
    if (slice_eq(node->text, SLICE("observe")))
        rule->observe = true;
    else if (slice_eq(node->text, SLICE("live")))
        rule->observe = false;
    else
        yaml_error(node, diags, "mode is 'live' or 'observe'");
}

static void set_profiles(const struct yaml *node, struct rule *rule, struct diags *diags) {
    if (node == NULL) return;
    unsigned all = 0, one;
    struct slice bad;
    for (size_t i = 0; i < (node->kind == YAML_SEQ ? node->n : 1); i++) {
        const struct yaml *item = node->kind == YAML_SEQ ? node->items[i] : node;
        if (profiles_parse(item->text, &one, &bad))
            all |= one;
        else
            yaml_error(item, diags, "unknown profile '%.*s'", (int)bad.len, (const char *)bad.ptr);
    }
    rule->profiles = all;
}

static void apply_set(const struct yaml *map, struct rule_set *set, struct diags *diags) {
    static const char *const keys[] = {"action", "mode", "profiles"};
    if (!is_map(map, "set", diags)) return;
    for (size_t i = 0; i < map->n; i++) {
        struct slice id = map->keys[i]->text;
        struct rule *rule = find_rule(set, id);
        if (rule == NULL) policy_no_rule(map->keys[i], set, diags);
        if (!is_map(map->items[i], "set", diags)) continue;
        yaml_check_keys(map->items[i], keys, sizeof keys / sizeof *keys, diags);
        if (rule == NULL) continue;
        const struct yaml *action = yaml_get(map->items[i], "action");
        if (action != NULL)
            action_read(action, (int)rule->class_id, &set->arena, &rule->action, diags);
        set_mode(yaml_get(map->items[i], "mode"), rule, diags);
        set_profiles(yaml_get(map->items[i], "profiles"), rule, diags);
    }
}

/* One `rules` map: of the configuration or of an input. */
static void apply_rules(const struct yaml *rules, bool of_input, const struct policy *policy) {
    struct rule_set *set = policy->set;
    struct diags *diags = policy->diags;
    static const char *const keys[] = {"packs", "actions", "set", "add", "allow"};
    static const char *const pack_keys[] = {"dirs", "disable"};
    if (!is_map(rules, "rules", diags)) return;
    yaml_check_keys(rules, keys, sizeof keys / sizeof *keys, diags);
    const struct yaml *add = yaml_get(rules, "add"), *packs = yaml_get(rules, "packs");
    if (add != NULL) pack_read_rules(add, true, set, diags);
    allow_read(yaml_get(rules, "allow"), set, policy->now_sec, policy->allow, diags);
    if (is_map(packs, "packs", diags)) {
        yaml_check_keys(packs, pack_keys, sizeof pack_keys / sizeof *pack_keys, diags);
        const struct yaml *dirs = yaml_get(packs, "dirs"); /* read by whoever has files */
        if (dirs != NULL && of_input)
            yaml_error(dirs, diags,
                       "`dirs` is not for one input: name them under the `rules` of all");
        apply_disable(yaml_get(packs, "disable"), set, diags);
    }
    apply_actions(yaml_get(rules, "actions"), set, diags);
    apply_set(yaml_get(rules, "set"), set, diags);
}

void policy_apply(const struct yaml *config, const char *input, const struct policy *policy) {
    apply_rules(yaml_get(config, "rules"), false, policy);
    const struct yaml *inputs = input != NULL ? yaml_get(config, "inputs") : NULL;
    for (size_t i = 0; inputs != NULL && inputs->kind == YAML_SEQ && i < inputs->n; i++) {
        const struct yaml *topic = yaml_get(inputs->items[i], "topic");
        if (topic != NULL && slice_eq_str(topic->text, input))
            apply_rules(yaml_get(inputs->items[i], "rules"), true, policy);
    }
}
