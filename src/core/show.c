/* SPDX-License-Identifier: Apache-2.0 */
/* A rule, for a reader. */
#include "core/engine.h"
#include "core/tools.h"

/* Without what a terminal would obey. */
static void plain(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c < ' ' || c == 0x7f)
            buf_printf(out, "\\x%02x", c);
        else
            buf_byte(out, c);
    }
}

/* One line, whatever the text holds. */
static void line(struct buf *out, const char *name, struct slice text) {
    if (text.len == 0) return;
    buf_printf(out, "  %-12s ", name);
    plain(out, text);
    buf_byte(out, '\n');
}

static void words(struct buf *out, const char *name, const struct slice *texts, size_t n) {
    if (n == 0) return;
    buf_printf(out, "  %-12s ", name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) buf_str(out, ", ");
        buf_slice(out, texts[i]);
    }
    buf_byte(out, '\n');
}

static void show_action(const struct rule *rule, struct buf *out) {
    buf_printf(out, "  %-12s ", "action");
    engine_action_text(rule, out);
    buf_str(out, rule->observe ? " (mode: observe, nothing is edited)\n" : "\n");
}

static void show_literals(const struct anchor *anchor, struct buf *out) {
    for (size_t i = 0; i < anchor->n_literals; i++) {
        if (i > 0) buf_str(out, ", ");
        plain(out, anchor->literals[i]);
    }
    if (anchor->nocase) buf_str(out, " (any case)");
}

/* What the prefilter looks for, of an anchor or one of its branches. */
static void show_sought(const struct anchor *anchor, struct buf *out) {
    if (anchor->n_literals > 0)
        show_literals(anchor, out);
    else
        buf_printf(out, "%zu byte%s of certain kinds", anchor->n_window,
                   anchor->n_window == 1 ? "" : "s");
}

static bool is_told(const struct anchor *anchor, size_t branch) {
    const struct anchor *b = &anchor->branches[branch];
    for (size_t k = 0; k < branch && b->n_literals == 0; k++)
        if (anchor->branches[k].n_literals == 0 && anchor->branches[k].n_window == b->n_window)
            return true;
    return false;
}

/* Branches, where there are any, say all that the anchor itself would. */
static void show_branches(const struct anchor *anchor, struct buf *out) {
    if (anchor->n_branches == 0) show_sought(anchor, out);
    for (size_t k = 0; k < anchor->n_branches; k++) {
        if (is_told(anchor, k)) continue;
        if (k > 0) buf_str(out, ", ");
        show_sought(&anchor->branches[k], out);
    }
}

/* How its candidates are found. */
static void show_anchor(const struct logwash *lw, size_t i, struct buf *out) {
    const struct anchor *anchor = &lw->matcher->anchor[i];
    buf_printf(out, "  %-12s %s: ", "anchor", matcher_anchor_name(lw->matcher, i));
    if (lw->rules.rules[i].n_keys > 0) {
        buf_str(out, "the name of the value, by its hash\n");
        return;
    }
    if (anchor->kind == ANCHOR_NONE) {
        buf_str(out, "none, every place is tried\n");
        return;
    }
    show_branches(anchor, out);
    if (anchor->back_max > anchor->back_min)
        buf_printf(out, "; %u to %u bytes behind the start", anchor->back_min, anchor->back_max);
    else if (anchor->back_max > 0)
        buf_printf(out, "; %u byte%s behind the start", anchor->back_max,
                   anchor->back_max == 1 ? "" : "s");
    buf_byte(out, '\n');
}

static void show_validators(const struct rule *rule, struct buf *out) {
    struct slice names[RULE_MAX_VALIDATORS];
    for (size_t i = 0; i < rule->n_validate; i++) names[i] = slice_str(rule->validate[i]->name);
    words(out, "validate", names, rule->n_validate);
}

static void show_examples(const struct rule *rule, struct buf *out) {
    for (size_t i = 0; i < rule->n_examples; i++) {
        const struct example *x = &rule->examples[i];
        const bool stays = slice_eq(x->in, x->out);
        line(out, stays ? "stays" : "example", x->in);
        if (!stays) line(out, "  becomes", x->out.len > 0 ? x->out : SLICE("(nothing)"));
    }
}

void tools_rule_show(const struct logwash *lw, size_t i, struct buf *out) {
    const struct rule *rule = &lw->rules.rules[i];
    buf_slice(out, rule->id);
    buf_byte(out, '\n');
    line(out, "description", rule->description);
    line(out, "class", slice_str(data_classes[rule->class_id].name));
    line(out, "sensitivity", slice_str(sensitivity_name(rule->sensitivity)));
    line(out, "profiles", slice_str(profiles_text(rule->profiles)));
    show_action(rule, out);
    show_anchor(lw, i, out);
    line(out, "pattern", rule->pattern);
    words(out, "keys", rule->keys, rule->n_keys);
    if (rule->n_keys > 0 && rule->extent == EXTENT_LINE) line(out, "extent", SLICE("line"));
    if (rule->leaves_containers) line(out, "containers", SLICE("keep"));
    words(out, "fields", rule->fields, rule->n_fields);
    words(out, "keywords", rule->keywords, rule->n_keywords);
    words(out, "not_keys", rule->not_keys, rule->n_not_keys);
    if (rule->n_keywords > 0) buf_printf(out, "  %-12s %zu bytes\n", "near", rule->near);
    show_validators(rule, out);
    line(out, "reference", rule->reference);
    line(out, "pack", slice_str(rule->node->source->name));
    show_examples(rule, out);
}
