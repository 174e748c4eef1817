/* SPDX-License-Identifier: Apache-2.0 */
/* The man page, from the tables of commands and flags (man-pages(7), man(7)). */
#include "cli/render.h"

#include <string.h>

/* Text as roff shows it: no escapes, no line that is a request, hyphens that can be copied. */
static void text(struct buf *out, const char *s, size_t len) {
    bool begins = true;
    for (size_t i = 0; i < len; i++) {
        if (begins && (s[i] == '.' || s[i] == '\'')) buf_str(out, "\\&");
        begins = s[i] == '\n';
        if (s[i] == '\\')
            buf_str(out, "\\e");
        else if (s[i] == '-')
            buf_str(out, "\\-");
        else
            buf_byte(out, (uint8_t)s[i]);
    }
}

static void line(struct buf *out, const char *s) {
    text(out, s, strlen(s));
    buf_byte(out, '\n');
}

/* As it stands, line by line. */
static void block(struct buf *out, const char *s) {
    buf_str(out, ".PP\n.nf\n");
    line(out, s);
    buf_str(out, ".fi\n");
}

static void synopsis(struct buf *out) {
    buf_str(out, ".SH SYNOPSIS\n");
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *command = &command_table[i];
        if (!command->summary) continue;
        buf_str(out, ".B logwash ");
        line(out, command->name);
        buf_str(out, "[\\fIFLAG\\fR...] ");
        line(out, command->args);
        if (i + 1 < n_commands) buf_str(out, ".br\n");
    }
}

static void commands(struct buf *out) {
    buf_str(out, ".SH COMMANDS\nCommands win over files of the same name: ./scan is a file.\n");
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *command = &command_table[i];
        if (!command->name[0] || !command->summary) continue;
        buf_str(out, ".SS ");
        line(out, command->name);
        line(out, command->summary);
        if (command->more) block(out, command->more);
    }
}

/* The commands that know the flag; nothing when all do. */
static void flag_commands(const struct flag *flag, struct buf *out) {
    if (flag->commands == FOR_ALL) return;
    const char *between = ".br\nOf: ";
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *command = &command_table[i];
        if (!command->summary || !(command->flags & flag->commands)) continue;
        buf_str(out, between);
        buf_str(out, command->name[0] ? command->name : "washing");
        between = ", ";
    }
    buf_str(out, ".\n");
}

static void flags(struct buf *out) {
    buf_str(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < n_flags; i++) {
        const struct flag *flag = &flag_table[i];
        if (flag->hidden) continue;
        buf_str(out, ".TP\n");
        if (flag->letter) buf_printf(out, "\\fB\\-%c\\fR", flag->letter);
        if (flag->letter && flag->name[0]) buf_str(out, ", ");
        if (flag->name[0]) {
            buf_str(out, "\\fB\\-\\-");
            text(out, flag->name, strlen(flag->name));
            buf_str(out, "\\fR");
        }
        if (flag->value) buf_printf(out, " \\fI%s\\fR", flag->value);
        buf_byte(out, '\n');
        line(out, flag->help);
        if (flag->kind == FLAG_CHOICE) buf_printf(out, ".br\nOne of: %s\n", flag->choices);
        if (flag->more) {
            buf_str(out, ".br\n");
            line(out, flag->more);
        }
        flag_commands(flag, out);
    }
}

void man_render(struct buf *out) {
    buf_str(out, ".\\\" Made by the program from its tables.\n"
                 ".TH LOGWASH 1 \"\" \"logwash " LOGWASH_VERSION "\" \"User Commands\"\n"
                 ".SH NAME\nlogwash \\- wash personal data and secrets out of logs\n");
    synopsis(out);
    buf_str(out, ".SH DESCRIPTION\n");
    line(out, command_table[0].summary);
    block(out, command_table[0].more);
    commands(out);
    flags(out);
    buf_str(out, ".SH EXIT STATUS\n");
    block(out, help_exit_codes);
    buf_str(out,
            ".SH ENVIRONMENT\n"
            ".TP\n.B LOGWASH_CONFIG\nconfiguration when \\fB\\-\\-config\\fR is not given\n"
            ".TP\n.B NO_COLOR\nno colours, unless it is empty\n"
            ".SH FILES\n"
            ".TP\n.I ./.logwash.yaml\nconfiguration when nothing else names one; it may only "
            "add rules, unless \\fB\\-\\-trust\\fR is given\n"
            ".SH NOTES\nThe words of every diagnostic hold rule ids, offsets and counts, never "
            "bytes of a record;\n.B logwash explain\nand\n.B logwash diff\nshow what they are "
            "given.\n");
}
