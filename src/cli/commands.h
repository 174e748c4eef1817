/* SPDX-License-Identifier: Apache-2.0 */
/* The commands. Each is a file of its own, cmd_NAME, which parses nothing (flags.h has done it),
 * builds, calls and reports, and returns the exit code: 0 done; 1 done, and the answer is no; 2
 * usage or configuration; 3 the world failed. Names of two words (`rules list`) are one row. */
#ifndef LW_CLI_COMMANDS_H
#define LW_CLI_COMMANDS_H

#include "cli/flags.h"

struct command {
    const char *name; /* "" for the default, washing */
    const char *args; /* as usage shows them: "[FILE...]"; "" if it takes none (then given ones are
                         refused) */
    const char *summary; /* one line, for the list of commands; NULL: not listed */
    int flags;           /* its FOR_ bit */
    int (*run)(struct invocation *inv);
    const char *more; /* paragraphs of --help below the flags; may be NULL */
};

extern const struct command command_table[];
extern const size_t n_commands;

int cmd_wash(struct invocation *inv);
int cmd_scan(struct invocation *inv);
int cmd_diff(struct invocation *inv);
int cmd_run(struct invocation *inv);
int cmd_check(struct invocation *inv);
int cmd_topics_check(struct invocation *inv);
int cmd_topics_create(struct invocation *inv);
int cmd_config_show(struct invocation *inv);
int cmd_demo(struct invocation *inv);
int cmd_explain(struct invocation *inv);
int cmd_rules_list(struct invocation *inv);
int cmd_rules_show(struct invocation *inv);
int cmd_rules_test(struct invocation *inv);
int cmd_rules_lint(struct invocation *inv);
int cmd_keys_new(struct invocation *inv);
int cmd_keys_list(struct invocation *inv);
int cmd_keys_check(struct invocation *inv);
int cmd_keys_rotate(struct invocation *inv);
int cmd_keys_destroy(struct invocation *inv);
int cmd_lookup(struct invocation *inv);
int cmd_bench(struct invocation *inv);
int cmd_render(struct invocation *inv);

/* help.c: renders the command's `-h` or `--help` to stdout. */
void help_print(const struct command *command, bool full);
extern const char help_exit_codes[]; /* what each means, some lines */
/* The one line `usage: …`, to stderr. */
void help_usage(const struct command *command);

#endif
