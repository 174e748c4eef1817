/* SPDX-License-Identifier: Apache-2.0 */
/* logwash rules list, rules test, rules lint */
#include "base/buf.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "core/tools.h"

#include <stdio.h>
#include <string.h>

static void profiles_text(unsigned profiles, char out[32]) {
    static const char *const names[] = {"request", "build", "strict"};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(profiles >> i & 1)) continue;
        if (out[0]) strcat(out, ",");
        strcat(out, names[i]);
    }
}

static void list_rules(const struct logwash *lw) {
    struct tools_rule rule;
    int id_width = 4, class_width = 5, action_width = 6;
    for (size_t i = 0; tools_rule(lw, i, &rule); i++) {
        const int id = (int)strlen(rule.id), class_name = (int)strlen(rule.class_name);
        const int action = (int)strlen(rule.action);
        if (id > id_width) id_width = id;
        if (class_name > class_width) class_width = class_name;
        if (action > action_width) action_width = action;
    }
    printf("%-*s  %-*s  %-*s  %-11s  %-20s  %-7s  %s\n", id_width, "RULE", class_width, "CLASS",
           action_width, "ACTION", "SENSITIVITY", "PROFILES", "ANCHOR", "DESCRIPTION");
    for (size_t i = 0; tools_rule(lw, i, &rule); i++) {
        char profiles[32];
        profiles_text(rule.profiles, profiles);
        printf("%-*s  %-*s  %-*s  %-11s  %-20s  %-7s  %s\n", id_width, rule.id, class_width,
               rule.class_name, action_width, rule.action, rule.sensitivity, profiles, rule.anchor,
               rule.description);
    }
}

int cmd_rules_list(struct invocation *inv) {
    if (inv->set.classes) {
        for (size_t i = 0; i < logwash_class_count(); i++) puts(logwash_class_name(i));
        return EXIT_DONE;
    }
    struct load load;
    struct logwash *lw = NULL;
    int code = load_init(&load, &inv->set);
    if (code == 0) code = load_engine(&load, &lw);
    if (code == 0) list_rules(lw);
    logwash_free(lw);
    load_fini(&load);
    return code;
}

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
    int code = load_init(&load, &inv->set);
    if (code != 0) goto out;
    const enum logwash_status status = call(&load.options, first, second, &report, &err);
    if (report.len > 0 && buf_byte(&report, '\0')) message_text((const char *)report.ptr);
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
