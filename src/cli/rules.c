/* SPDX-License-Identifier: Apache-2.0 */
/* logwash rules list, rules show, rules test, rules lint */
#include "base/buf.h"
#include "cli/commands.h"
#include "cli/demo_logs.h"
#include "cli/load.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "core/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_BYTES = 256 * 1024 }; /* of request logs, and as much of build logs */

/* Work of each rule on a sample of our own, per KiB of it. False: out of memory, reported. */
static bool measure_work(const struct logwash *lw, uint64_t *units) {
    struct buf text;
    buf_init(&text, 0);
    for (int kind = DEMO_REQUEST; kind <= DEMO_BUILD; kind++)
        for (size_t i = 0; text.len < SAMPLE_BYTES * (size_t)(kind + 1) && !text.failed; i++) {
            demo_record((enum demo_kind)kind, i, &text);
            buf_byte(&text, '\n');
        }
    struct logwash_record *records = calloc(text.len / 16 + 1, sizeof *records);
    size_t used = 0;
    bool ok = !text.failed && records != NULL;
    if (ok) {
        const size_t n = logwash_frame(LOGWASH_FRAMING_LINE, text.ptr, text.len, true, records,
                                       text.len / 16 + 1, &used);
        ok = tools_work(
                 lw,
                 &(struct logwash_batch){.data = text.ptr, .len = used, .records = records, .n = n},
                 units) == LOGWASH_OK;
    }
    for (size_t i = 0; ok && i < logwash_rule_count(lw); i++) units[i] = units[i] * 1024 / text.len;
    free(records);
    buf_fini(&text);
    if (!ok) message("out of memory");
    return ok;
}

static bool list_rules(const struct logwash *lw, const uint64_t *units) {
    static const char *const heads[] = {"RULE",     "CLASS",  "ACTION", "SENSITIVITY",
                                        "PROFILES", "ANCHOR", "COST",   "DESCRIPTION"};
    struct table table;
    struct tools_rule rule;
    table_init(&table, sizeof heads / sizeof *heads);
    table_row(&table, heads);
    for (size_t i = 0; tools_rule(lw, i, &rule); i++) {
        char cost[24];
        snprintf(cost, sizeof cost, "%llu", (unsigned long long)units[i]);
        /* Key rules are looked up and cost nothing of their own. */
        const char *const cells[] = {
            rule.id,     rule.class_name,          rule.action,     rule.sensitivity, rule.profiles,
            rule.anchor, rule.is_key ? "-" : cost, rule.description};
        table_row(&table, cells);
    }
    const bool ok = table_print(&table);
    table_fini(&table);
    return ok;
}

int cmd_rules_list(struct invocation *inv) {
    const char *name, *description;
    if (inv->set.classes)
        for (size_t i = 0; i < logwash_class_count(); i++) puts(logwash_class_name(i));
    if (inv->set.validators)
        for (size_t i = 0; tools_validator(i, &name, &description); i++)
            printf("%-16s  %s\n", name, description);
    if (inv->set.classes || inv->set.validators) return EXIT_DONE;
    struct load load;
    struct logwash *lw = NULL;
    uint64_t *units = NULL;
    int code = load_init(&load, inv);
    if (code == 0) code = load_engine(&load, &lw);
    if (code == 0) {
        units = calloc(logwash_rule_count(lw) + 1, sizeof *units);
        if (units == NULL || !measure_work(lw, units)) code = EXIT_WORLD;
    }
    if (code == 0 && !list_rules(lw, units)) code = EXIT_WORLD;
    free(units);
    logwash_free(lw);
    load_fini(&load);
    return code;
}

/* ---- rules show ---- */

static int show_rules(const struct logwash *lw, char **ids, size_t n) {
    struct buf out;
    buf_init(&out, 0);
    int code = EXIT_DONE;
    for (size_t i = 0; i < n; i++) {
        struct tools_rule found;
        const size_t rule = load_find_rule(lw, ids[i], &found);
        if (rule == SIZE_MAX) {
            code = EXIT_USAGE;
            continue;
        }
        if (out.len > 0) buf_byte(&out, '\n');
        tools_rule_show(lw, rule, &out);
    }
    if (!out.failed) fwrite(out.ptr, 1, out.len, stdout);
    buf_fini(&out);
    return code;
}

int cmd_rules_show(struct invocation *inv) {
    struct load load;
    struct logwash *lw = NULL;
    if (inv->n_args == 0) {
        message("which rule? (logwash rules list shows them)");
        help_usage(inv->command);
        return EXIT_USAGE;
    }
    inv->set.profile = "request,build,strict";
    int code = load_init(&load, inv);
    if (code == 0) code = load_engine(&load, &lw);
    if (code == 0) code = show_rules(lw, inv->args, inv->n_args);
    logwash_free(lw);
    load_fini(&load);
    return code;
}

/* ---- rules test, rules lint ---- */

/* Files given are packs to be tested together with the bundled ones. */
static bool add_packs(struct invocation *inv) {
    struct texts *rules = &inv->set.rules;
    if (!VEC_GROW(rules->items, rules->cap, rules->n + inv->n_args)) return false;
    for (size_t i = 0; i < inv->n_args; i++) rules->items[rules->n++] = inv->args[i];
    return true;
}

/* What rules test and rules lint share: packs, a report of the library, two numbers. */
typedef enum logwash_status (*rules_examine)(const struct logwash_options *options, size_t *first,
                                             size_t *second, struct buf *report,
                                             struct logwash_error *err);

static int run_examine(struct invocation *inv, rules_examine call, size_t *first, size_t *second) {
    struct load load;
    struct logwash_error err = {0};
    struct buf report;
    if (!add_packs(inv)) {
        message("out of memory");
        return EXIT_WORLD;
    }
    buf_init(&report, 0);
    int code = load_init(&load, inv);
    if (code != 0) goto out;
    const enum logwash_status status = call(&load.options, first, second, &report, &err);
    message_text(buf_view(&report));
    if (status != LOGWASH_OK) {
        if (status != LOGWASH_CONFIG || err.where[0]) message_error(&err);
        code = status == LOGWASH_CONFIG || status == LOGWASH_ARGUMENT ? EXIT_USAGE : EXIT_WORLD;
    }
out:
    buf_fini(&report);
    load_fini(&load);
    return code;
}

int cmd_rules_test(struct invocation *inv) {
    size_t n_passed = 0, n_failed = 0;
    const int code = run_examine(inv, tools_rules_test, &n_passed, &n_failed);
    if (code != 0) return code;
    printf("%zu passed, %zu failed\n", n_passed, n_failed);
    return n_failed ? EXIT_NO : EXIT_DONE;
}

int cmd_rules_lint(struct invocation *inv) {
    size_t n_rules = 0, n_problems = 0;
    const int code = run_examine(inv, tools_rules_lint, &n_rules, &n_problems);
    if (code != 0) return code;
    printf("%zu rule%s, %zu problem%s\n", n_rules, n_rules == 1 ? "" : "s", n_problems,
           n_problems == 1 ? "" : "s");
    return n_problems ? EXIT_NO : EXIT_DONE;
}
