/* SPDX-License-Identifier: Apache-2.0 */
/* What packs and configurations share: the rule set's memory, actions and profiles as text. */
#include "detect/rule.h"

#include "base/ipnet.h"
#include "base/ipspecial.h"
#include "base/units.h"

#include <stdlib.h>

enum { DEFAULT_KEEP_LAST = 4, MAX_KEEP = 64 };

static const char *const action_names[] = {
    [ACTION_KEEP] = "keep",
    [ACTION_MASK] = "mask",
    [ACTION_IP] = "ip",
    [ACTION_PSEUDONYM] = "pseudonym",
    [ACTION_REDACT] = "redact",
    [ACTION_DROP] = "drop",
    [ACTION_DROP_RECORD] = "drop: record",
};
/* What may stand for an action, for suggestions. */
static const char *const written_actions[] = {"keep", "mask", "pseudonym", "redact", "drop", "ip"};
enum { N_WRITTEN_ACTIONS = sizeof written_actions / sizeof *written_actions };

static const char *const profile_texts[] = {
    "",
    [PROFILE_REQUEST] = "request",
    [PROFILE_BUILD] = "build",
    [PROFILE_REQUEST | PROFILE_BUILD] = "request,build",
    [PROFILE_STRICT] = "strict",
    [PROFILE_REQUEST | PROFILE_STRICT] = "request,strict",
    [PROFILE_BUILD | PROFILE_STRICT] = "build,strict",
    [PROFILE_ALL] = "request,build,strict",
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

/* The node names no action. False for the caller to return. */
static bool refuse_action(const struct yaml *node, struct diags *diags) {
    yaml_error(node, diags, "unknown action '%.*s'", (int)node->text.len,
               (const char *)node->text.ptr);
    if (!diag_suggest(diags, node->text, written_actions, N_WRITTEN_ACTIONS))
        diag_hint(diags, "one of redact, pseudonym, mask, ip, drop, keep");
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

/* ---- ip ---- */

/* The number of bits that stay, 0 to `max`. */
static bool bits_read(const struct yaml *node, unsigned max, uint8_t *out, struct diags *diags) {
    uint64_t value;
    if (node->kind == YAML_SCALAR && count_parse(node->text, &value) && value <= max) {
        *out = (uint8_t)value;
        return true;
    }
    yaml_error(node, diags, "expected a number of bits, 0 to %u", max);
    return false;
}

static bool truncate_read(const struct yaml *node, struct action *out, struct diags *diags) {
    if (node->kind != YAML_SEQ || node->n != 2) {
        yaml_error(node, diags, "expected the bits that stay of IPv4 and IPv6, such as [24, 48]");
        return false;
    }
    const bool v4 = bits_read(node->items[0], 31, &out->bits4, diags);
    return bits_read(node->items[1], 127, &out->bits6, diags) && v4;
}

/* One item of `keep`: a kind of address by its name, or a network. */
static void keep_item_read(const struct yaml *item, struct action *out, struct ipnet *net,
                           struct diags *diags) {
    enum { MAX_NAMES = 32 };
    const char *names[MAX_NAMES];
    for (size_t i = 0; i < n_ip_special_names && i < MAX_NAMES; i++) {
        names[i] = ip_special_names[i].name;
        if (!slice_eq_str(item->text, names[i])) continue;
        out->ip_keep |= (uint16_t)ip_special_names[i].bit;
        return;
    }
    const bool is_net = item->text.len > 0 && (memchr(item->text.ptr, '/', item->text.len) ||
                                               !ipnet_parse(item->text, net));
    const char *wrong = is_net ? ipnet_parse(item->text, net) : NULL;
    if (is_net && wrong == NULL) {
        out->n_keep_nets++;
        return;
    }
    if (wrong != NULL) {
        yaml_error(item, diags, "%s", wrong);
        return;
    }
    yaml_error(item, diags, "unknown kind of address '%.*s'", (int)item->text.len,
               (const char *)item->text.ptr);
    diag_suggest(diags, item->text, names, n_ip_special_names);
}

static void ip_keep_read(const struct yaml *node, struct arena *arena, struct action *out,
                         struct diags *diags) {
    if (node->kind != YAML_SEQ) {
        yaml_error(node, diags, "expected a list such as [private, 198.51.100.0/24]");
        return;
    }
    struct ipnet *nets = ARENA_ARRAY(arena, struct ipnet, node->n + 1);
    if (nets == NULL) {
        diags->failed = true;
        return;
    }
    out->keep_nets = nets;
    for (size_t k = 0; k < node->n; k++)
        keep_item_read(node->items[k], out, &nets[out->n_keep_nets], diags);
}

bool action_keeps(const struct action *action, struct slice value) {
    struct ipaddr addr;
    if (value.len == 0 ||
        (ipaddr_parse_v4(value, &addr) != value.len && ipaddr_parse_v6(value, &addr) != value.len))
        return false;
    if ((ip_special_of(&addr) & action->ip_keep) != 0) return true;
    for (size_t i = 0; i < action->n_keep_nets; i++)
        if (ipnet_holds(&action->keep_nets[i], &addr)) return true;
    return false;
}

/* `{prefix: true}` or `{truncate: [24, 48]}`, each with or without `keep: […]`; `keep` alone: all
 * other addresses become pseudonyms. */
static bool ip_read(const struct yaml *node, struct arena *arena, struct action *out,
                    struct diags *diags) {
    static const char *const names[] = {"prefix", "truncate", "keep"};
    const size_t before = diags->n_errors;
    *out = (struct action){.kind = ACTION_IP,
                           .keeps_some = true,
                           .ip_keep = IP_UNSPECIFIED | IP_LOOPBACK};
    const struct yaml *prefix = yaml_get(node, "prefix"), *truncate = yaml_get(node, "truncate");
    const struct yaml *keep = yaml_get(node, "keep");
    if (node->kind != YAML_MAP || node->n == 0 || (prefix != NULL && truncate != NULL)) {
        yaml_error(node, diags,
                   "expected {prefix: true}, {truncate: [24, 48]} or {keep: [private]}");
        return false;
    }
    yaml_check_keys(node, names, sizeof names / sizeof *names, diags);
    if (prefix != NULL && !slice_eq_str(prefix->text, "true"))
        yaml_error(prefix, diags, "expected 'true'");
    if (truncate != NULL && truncate_read(truncate, out, diags)) out->ip_mode = IP_MODE_TRUNCATE;
    if (keep != NULL) ip_keep_read(keep, arena, out, diags);
    if (prefix == NULL && truncate == NULL) out->kind = ACTION_PSEUDONYM;
    return diags->n_errors == before && !diags->failed;
}

/* The key of the action stands at `key`. */
static bool ip_check_class(const struct yaml *key, int class_id, struct diags *diags) {
    if (class_id < 0 || class_id == CLASS_ipv4 || class_id == CLASS_ipv6) return true;
    yaml_error(key, diags, "'ip' is an action of the classes ipv4 and ipv6, not of %s",
               data_classes[class_id].name);
    return false;
}

static bool action_read_map(const struct yaml *node, int class_id, struct arena *arena,
                            struct action *out, struct diags *diags) {
    if (node->n != 1) {
        yaml_error(node, diags, "expected one action, got %zu", node->n);
        return false;
    }
    const struct yaml *key = node->keys[0], *value = node->items[0];
    if (slice_eq_str(key->text, "mask")) return mask_read(value, out, diags);
    if (slice_eq_str(key->text, "ip"))
        return ip_read(value, arena, out, diags) && ip_check_class(key, class_id, diags);
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

bool action_read(const struct yaml *node, int class_id, struct arena *arena, struct action *out,
                 struct diags *diags) {
    switch (node->kind) {
    case YAML_MAP: return action_read_map(node, class_id, arena, out, diags);
    case YAML_SEQ: yaml_error(node, diags, "expected one action, not a list"); return false;
    case YAML_SCALAR: break;
    }
    if (slice_eq_str(node->text, "mask")) {
        *out = (struct action){.kind = ACTION_MASK};
        return true;
    }
    if (slice_eq_str(node->text, "ip")) {
        yaml_error(node, diags, "'ip' needs to know how: {ip: {prefix: true}}");
        return false;
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

const char *profiles_text(unsigned profiles) { return profile_texts[profiles & PROFILE_ALL]; }

bool profiles_parse(struct slice list, unsigned *out, struct slice *bad) {
    *out = 0;
    list = trim(list);
    if (list.len >= 2 && list.ptr[0] == '[' && list.ptr[list.len - 1] == ']')
        list = slice_sub(list, 1, list.len - 1);
    for (size_t at = 0; at <= list.len;) {
        size_t end = at;
        while (end < list.len && list.ptr[end] != ',') end++;
        const struct slice name = trim(slice_sub(list, at, end));
        unsigned bit = PROFILE_REQUEST;
        while (bit < PROFILE_ALL && !slice_eq_str(name, profile_texts[bit])) bit <<= 1;
        if (bit > PROFILE_ALL) {
            *bad = name;
            return false;
        }
        *out |= bit;
        at = end + 1;
    }
    return true;
}
