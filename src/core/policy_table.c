/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's view of an engine: what is done with each class, and what passes by name. */
#include "base/ipnet.h"
#include "base/ipspecial.h"
#include "base/units.h"
#include "core/engine.h"
#include "core/tools.h"

enum { SHOWN_IDS = 4 }; /* rules of a class that do something else than the others */

static void kept_addresses(const struct action *action, struct buf *out) {
    const char *between = ", keep ";
    for (size_t i = 0; i < n_ip_special_names; i++) {
        if (!(action->ip_keep & ip_special_names[i].bit)) continue;
        buf_printf(out, "%s%s", between, ip_special_names[i].name);
        between = " ";
    }
    for (size_t i = 0; i < action->n_keep_nets; i++) {
        char text[IPADDR_TEXT_MAX];
        const struct ipnet *net = &action->keep_nets[i];
        buf_str(out, between);
        buf_append(out, text, ipaddr_format(&net->addr, text));
        buf_printf(out, "/%u", net->bits);
        between = " ";
    }
}

void engine_action_text(const struct rule *rule, struct buf *out) {
    const struct action *action = &rule->action;
    buf_str(out, action_name(action->kind));
    if (action->kind == ACTION_MASK && action->keep_first > 0)
        buf_printf(out, ", keep_first %u", action->keep_first);
    if (action->kind == ACTION_MASK && action->keep_last > 0)
        buf_printf(out, ", keep_last %u", action->keep_last);
    if (action->kind == ACTION_IP && action->ip_mode == IP_MODE_PREFIX) buf_str(out, ", prefix");
    if (action->kind == ACTION_IP && action->ip_mode == IP_MODE_TRUNCATE)
        buf_printf(out, ", truncate %u %u", action->bits4, action->bits6);
    if (action->keeps_some) kept_addresses(action, out);
}

static bool is_of(const struct logwash *lw, size_t i, size_t class_id) {
    const struct rule *rule = &lw->rules.rules[i];
    return rule->class_id == class_id && !rule->observe;
}

static bool does_the_same(const struct logwash *lw, size_t i, size_t k) {
    struct buf a, b;
    buf_init(&a, 0);
    buf_init(&b, 0);
    engine_action_text(&lw->rules.rules[i], &a);
    engine_action_text(&lw->rules.rules[k], &b);
    const bool same = slice_eq(buf_view(&a), buf_view(&b));
    buf_fini(&a);
    buf_fini(&b);
    return same;
}

/* The first rule of those of the class that do what most of them do; n: there is none. */
static size_t usual_rule(const struct logwash *lw, size_t class_id) {
    size_t usual = lw->rules.n, n_usual = 0;
    for (size_t i = 0; i < lw->rules.n; i++) {
        if (!is_of(lw, i, class_id)) continue;
        if (usual < lw->rules.n && does_the_same(lw, usual, i)) continue;
        size_t n = 0;
        for (size_t k = i; k < lw->rules.n; k++)
            n += is_of(lw, k, class_id) && does_the_same(lw, i, k);
        if (n > n_usual) {
            usual = i;
            n_usual = n;
        }
    }
    return usual;
}

static void write_actions(const struct logwash *lw, size_t class_id, size_t usual,
                          struct buf *out) {
    size_t n_others = 0;
    engine_action_text(&lw->rules.rules[usual], out);
    for (size_t i = 0; i < lw->rules.n; i++) {
        if (!is_of(lw, i, class_id) || does_the_same(lw, usual, i)) continue;
        if (++n_others > SHOWN_IDS) continue;
        buf_str(out, "; ");
        buf_slice(out, lw->rules.rules[i].id);
        buf_str(out, ": ");
        engine_action_text(&lw->rules.rules[i], out);
    }
    if (n_others > SHOWN_IDS) buf_printf(out, "; %zu rules more", n_others - SHOWN_IDS);
}

/* What a record is judged by that holds what the class's rules leave of it (verdict.sensitivity).
 */
static unsigned counted_level(const struct logwash *lw, size_t class_id) {
    unsigned level = 0;
    for (size_t i = 0; i < lw->rules.n; i++) {
        const struct rule *rule = &lw->rules.rules[i];
        const enum action_kind kind = rule->action.kind;
        const bool stays = kind == ACTION_MASK || kind == ACTION_IP || kind == ACTION_PSEUDONYM;
        const bool counts = lw->retention.count == RETENTION_SEEN || kind == ACTION_KEEP ||
                            (stays && !lw->redact_all);
        if (is_of(lw, i, class_id) && counts && rule->sensitivity + 1u > level)
            level = rule->sensitivity + 1u;
    }
    return level;
}

static void write_ttl(const struct logwash *lw, unsigned level, struct buf *out) {
    const struct retention *r = &lw->retention;
    int64_t first = -1;
    bool differs = false;
    for (size_t i = 0; i < r->n_tiers; i++) {
        const int64_t ttl = retention_ttl_sec(r, level, slice_str(r->tiers[i].name));
        differs |= i > 0 && ttl != first;
        if (i == 0) first = ttl;
    }
    if (r->n_tiers == 0) buf_byte(out, '-');
    for (size_t i = 0; i < (differs ? r->n_tiers : r->n_tiers > 0); i++) {
        char text[DURATION_TEXT_LEN];
        const int64_t ttl = retention_ttl_sec(r, level, slice_str(r->tiers[i].name));
        duration_text(ttl * 1000, text);
        if (i > 0) buf_str(out, ", ");
        if (differs) buf_printf(out, "%s ", r->tiers[i].name);
        buf_str(out, text);
    }
}

bool tools_policy_class(const struct logwash *lw, size_t class_id, struct buf *action,
                        struct buf *ttl) {
    const size_t usual = usual_rule(lw, class_id);
    if (usual == lw->rules.n) return false;
    write_actions(lw, class_id, usual, action);
    write_ttl(lw, counted_level(lw, class_id), ttl);
    return true;
}

/* ---- what passes by name ---- */

static void allow_text(const struct allow *entry, struct buf *out) {
    static const char *const kinds[] = {"value", "cidr", "regex", "field"};
    buf_printf(out, "%s ", kinds[entry->kind]);
    buf_slice(out, entry->written);
    if (entry->class_id >= 0) buf_printf(out, ", class %s", data_classes[entry->class_id].name);
    if (entry->rule.len > 0) buf_str(out, ", rule ");
    buf_slice(out, entry->rule);
    if (entry->until_sec != INT64_MAX) {
        char text[MOMENT_TEXT_LEN];
        if (moment_text(entry->until_sec - 1, text)) buf_printf(out, ", until %.10s", text);
    }
    buf_str(out, ": ");
    buf_slice(out, entry->reason);
}

void tools_policy_passes(const struct logwash *lw,
                         void (*row)(void *ctx, const char *what, struct slice detail), void *ctx) {
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < lw->allow.n; i++) {
        buf_reset(&text);
        allow_text(&lw->allow.items[i], &text);
        row(ctx, "allow", buf_view(&text));
    }
    for (size_t i = 0; i < lw->rules.n; i++)
        if (lw->rules.rules[i].observe) row(ctx, "observe", lw->rules.rules[i].id);
    buf_fini(&text);
}
