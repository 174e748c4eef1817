/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_policy.h"

#include "cli/load.h"
#include "cli/table.h"
#include "core/tools.h"

#include <stdio.h>

struct policy_table {
    struct table rules, passes;
    const char *input;
};

static void add_row(struct table *t, const char *input, const char *a, struct slice b,
                    struct slice c, const char *d) {
    table_cell(t, slice_str(input));
    table_cell(t, slice_str(a));
    table_cell(t, b);
    table_cell(t, c);
    if (d) table_cell(t, slice_str(d));
}

static void add_pass(struct policy_table *p, const char *what, struct slice detail) {
    table_cell(&p->passes, slice_str(p->input));
    table_cell(&p->passes, slice_str(what));
    table_cell(&p->passes, detail);
}

static void take_pass(void *ctx, const char *what, struct slice detail) {
    add_pass(ctx, what, detail);
}

static void add_classes(struct policy_table *p, const struct logwash *lw, const char *output) {
    struct buf action, ttl;
    buf_init(&action, 0);
    buf_init(&ttl, 0);
    for (size_t c = 0; c < logwash_class_count(); c++) {
        buf_reset(&action);
        buf_reset(&ttl);
        if (tools_policy_class(lw, c, &action, &ttl))
            add_row(&p->rules, p->input, logwash_class_name(c), buf_view(&ttl), slice_str(output),
                    NULL);
        else
            continue;
        table_cell(&p->rules, buf_view(&action));
    }
    p->rules.text.failed |= action.failed || ttl.failed;
    buf_fini(&action);
    buf_fini(&ttl);
}

static void add_disabled(struct policy_table *p, const struct yaml *rules) {
    const struct yaml *list = yaml_get(yaml_get(rules, "packs"), "disable");
    for (size_t i = 0; list && i < list->n; i++) add_pass(p, "disable", list->items[i]->text);
}

/* What the configuration passes of this input. */
static void add_passes(struct policy_table *p, const struct config *config,
                       const struct config_input *input, const struct logwash *lw) {
    add_disabled(p, yaml_get(config->root, "rules"));
    if (input) {
        add_disabled(p, yaml_get(input->node, "rules"));
        if (input->record_key == KAFKA_KEY_PASS) add_pass(p, "record_key", SLICE("pass"));
        for (size_t i = 0; i < input->skip_headers.n; i++)
            add_pass(p, "header", slice_str(input->skip_headers.items[i]));
    }
    tools_policy_passes(lw, take_pass, p);
}

static int add_input(struct policy_table *p, const struct config *config,
                     const struct config_input *input, const struct invocation *inv) {
    struct invocation own = *inv;
    struct load load;
    struct logwash *lw = NULL;
    own.set.input = input ? input->topic : NULL;
    int code = load_init(&load, &own);
    if (code == 0) code = load_engine(&load, &lw);
    p->input = input ? input->topic : "-";
    if (code == 0) add_classes(p, lw, input && input->output ? input->output : "-");
    if (code == 0) add_passes(p, config, input, lw);
    logwash_free(lw);
    load_fini(&load);
    return code;
}

int policy_show(const struct config *config, const struct invocation *inv) {
    struct policy_table p;
    table_init(&p.rules, 5);
    table_init(&p.passes, 3);
    add_row(&p.rules, "INPUT", "CLASS", SLICE("KEPT"), SLICE("TOPIC"), "ACTION");
    p.input = "INPUT";
    add_pass(&p, "PASSES", SLICE("WHAT"));
    const size_t heads = p.passes.n;
    int code = 0;
    for (size_t i = 0; i < config->n_inputs && code == 0; i++)
        code = add_input(&p, config, &config->inputs[i], inv);
    if (config->n_inputs == 0) code = add_input(&p, config, NULL, inv);
    if (code == 0 && !table_print(&p.rules)) code = EXIT_WORLD;
    if (code == 0 && p.passes.n > heads) {
        putchar('\n');
        if (!table_print(&p.passes)) code = EXIT_WORLD;
    }
    table_fini(&p.rules);
    table_fini(&p.passes);
    return code;
}
