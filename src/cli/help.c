/* SPDX-License-Identifier: Apache-2.0 */
/* Usage, -h and --help, all rendered from the tables of flags and commands. */
#include "cli/commands.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN = 26, COMMAND_WIDTH = 15 };

const char help_exit_codes[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  done, and the answer is no: something was found (scan), differs (diff) or was withheld\n"
    "  2  wrong usage or configuration\n"
    "  3  the world failed: a file, a disk, a broker; trying again may help\n"
    "A broken pipe ends the program quietly. On SIGINT and SIGTERM what was read is finished and\n"
    "written, then the program ends by that signal (130 and 143 to a shell); a second signal ends "
    "it\n"
    "at once.\n";

static void usage_text(const struct command *command, struct buf *out) {
    buf_printf(out, "usage: logwash%s%s [FLAG...]%s%s\n", command->name[0] ? " " : "",
               command->name, command->args[0] ? " " : "", command->args);
}

void help_usage(const struct command *command) {
    struct buf out;
    buf_init(&out, 0);
    usage_text(command, &out);
    if (!out.failed) fwrite(out.ptr, 1, out.len, stderr);
    buf_fini(&out);
}

static void flag_row(const struct flag *flag, bool full, struct buf *out) {
    const size_t start = out->len;
    if (flag->letter)
        buf_printf(out, "  -%c", flag->letter);
    else
        buf_str(out, "    ");
    if (flag->name[0]) buf_printf(out, "%s--%s", flag->letter ? ", " : "  ", flag->name);
    if (flag->value) buf_printf(out, " %s", flag->value);
    do buf_byte(out, ' ');
    while (!out->failed && out->len - start < COLUMN);
    buf_str(out, flag->help);
    if (flag->kind == FLAG_CHOICE && flag->choices) buf_printf(out, ": %s", flag->choices);
    buf_byte(out, '\n');
    for (const char *line = full ? flag->more : NULL; line && *line;) {
        const size_t len = strcspn(line, "\n");
        buf_printf(out, "%*s%.*s\n", COLUMN, "", (int)len, line);
        line += len + (line[len] != '\0');
    }
}

/* The first words that several commands have; -h has one line for each. */
static const struct {
    const char *name, *summary;
} groups[] = {
    {"rules", "see and try the rules"},
    {"topics", "Kafka topics: are they as they must be"},
    {"keys", "key rings, for pseudonyms that last"},
};

/* The number of the command's group, or -1. */
static int group_of(const struct command *command) {
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const size_t len = strlen(groups[i].name);
        if (strncmp(command->name, groups[i].name, len) == 0 && command->name[len] == ' ')
            return (int)i;
    }
    return -1;
}

static void group_text(int group, struct buf *out) {
    const char *between = "";
    buf_printf(out, "  %-*s", COMMAND_WIDTH, groups[group].name);
    for (size_t i = 0; i < n_commands; i++) {
        if (group_of(&command_table[i]) != group) continue;
        buf_printf(out, "%s%s", between, command_table[i].name + strlen(groups[group].name) + 1);
        between = "|";
    }
    buf_printf(out, ": %s\n", groups[group].summary);
}

static void commands_text(bool full, struct buf *out) {
    int last = -1;
    buf_str(out, "Commands (they win over files of the same name: ./scan is a file):\n");
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *command = &command_table[i];
        if (!command->name[0] || !command->summary) continue;
        const int group = full ? -1 : group_of(command);
        if (group < 0)
            buf_printf(out, "  %-*s%s\n", COMMAND_WIDTH, command->name, command->summary);
        else if (group != last)
            group_text(group, out);
        last = group;
    }
    buf_byte(out, '\n');
}

void help_print(const struct command *command, bool full) {
    struct buf out;
    buf_init(&out, 0);
    usage_text(command, &out);
    buf_printf(&out, "%s\n\n", command->summary ? command->summary : command_table[0].summary);
    if (!command->name[0]) commands_text(full, &out);
    for (size_t i = 0; i < n_flags; i++) {
        const struct flag *flag = &flag_table[i];
        const bool is_plain = !flag->hidden && (full || !flag->more || flag->letter);
        if ((flag->commands & command->flags) && is_plain) flag_row(flag, full, &out);
    }
    if (full && command->more) buf_printf(&out, "\n%s", command->more);
    if (full)
        buf_printf(&out, "\n%s", help_exit_codes);
    else
        buf_str(&out, "\n--help says more.\n");
    if (!out.failed) fwrite(out.ptr, 1, out.len, stdout);
    buf_fini(&out);
}
