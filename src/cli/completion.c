/* SPDX-License-Identifier: Apache-2.0 */
/* Completions for bash, zsh and fish. A command of two words is known by both; without a command
 * what follows is files to wash. */
#include "cli/render.h"

#include <stdio.h>
#include <string.h>

static bool knows(const struct command *command, const struct flag *flag) {
    return !flag->hidden && (command->flags & flag->commands) != 0;
}

static bool takes_file(const struct flag *flag) {
    return flag->value != NULL && strncmp(flag->value, "FILE", 4) == 0;
}

/* The name in a shell's single quotes; of a word pair `rules list` the blank stays. */
static void quoted(struct buf *out, const char *text) {
    buf_byte(out, '\'');
    for (const char *p = text; *p; p++)
        if (*p == '\'')
            buf_str(out, "'\\''");
        else
            buf_byte(out, (uint8_t)*p);
    buf_byte(out, '\'');
}

/* `a|b|c` as `a b c`. */
static void choices(struct buf *out, const char *text) {
    for (const char *p = text; *p; p++) buf_byte(out, *p == '|' ? ' ' : (uint8_t)*p);
}

/* Where the second word of the name begins, or NULL. */
static const char *second_word(const struct command *command) {
    const char *blank = strchr(command->name, ' ');
    return blank != NULL ? blank + 1 : NULL;
}

static bool is_first_of_group(size_t i) {
    const size_t len = strcspn(command_table[i].name, " ");
    return i == 0 || strncmp(command_table[i - 1].name, command_table[i].name, len + 1) != 0;
}

/* The first words of all commands. */
static void first_words(struct buf *out) {
    const char *between = "";
    for (size_t i = 1; i < n_commands; i++) {
        if (!is_first_of_group(i) || (!command_table[i].summary && !command_table[i].more))
            continue;
        buf_printf(out, "%s%.*s", between, (int)strcspn(command_table[i].name, " "),
                   command_table[i].name);
        between = " ";
    }
}

/* ---- bash ---- */

static void bash_flags(const struct command *command, struct buf *out) {
    const char *between = "";
    for (size_t i = 0; i < n_flags; i++) {
        const struct flag *flag = &flag_table[i];
        if (!knows(command, flag)) continue;
        if (flag->letter) buf_printf(out, "%s-%c", between, flag->letter), between = " ";
        if (flag->name[0]) buf_printf(out, "%s--%s", between, flag->name), between = " ";
    }
}

/* What follows a flag that takes a value. */
static void bash_values(struct buf *out) {
    for (size_t i = 0; i < n_flags; i++) {
        const struct flag *flag = &flag_table[i];
        if (flag->hidden || flag->kind == FLAG_SWITCH) continue;
        buf_str(out, "    ");
        if (flag->letter) buf_printf(out, "-%c|", flag->letter);
        buf_printf(out, "--%s) ", flag->name);
        if (flag->kind == FLAG_CHOICE) {
            buf_str(out, "COMPREPLY=($(compgen -W '");
            choices(out, flag->choices);
            buf_str(out, "' -- \"$cur\"))");
        } else if (takes_file(flag)) {
            buf_str(out, "COMPREPLY=($(compgen -f -- \"$cur\"))");
        } else {
            buf_byte(out, ':');
        }
        buf_str(out, "; return ;;\n");
    }
}

void completion_bash(struct buf *out) {
    buf_str(out, "# bash completion of logwash, made by the program from its tables.\n"
                 "_logwash() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} flags "
                 "more=''\n"
                 "    COMPREPLY=()\n"
                 "    [ \"$cur\" = = ] && cur=''\n"
                 "    [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                 "    case $prev in\n");
    bash_values(out);
    buf_str(out, "    esac\n    case \"${COMP_WORDS[1]-} ${COMP_WORDS[2]-}\" in\n");
    for (int pass = 0; pass < 2; pass++) /* those of two words first */
        for (size_t i = 1; i < n_commands; i++) {
            const struct command *command = &command_table[i];
            if ((second_word(command) != NULL) != (pass == 0)) continue;
            buf_str(out, "    ");
            quoted(out, command->name);
            buf_str(out, pass == 0 ? ") flags='" : "\\ *) flags='");
            bash_flags(command, out);
            buf_str(out, "' ;;\n");
        }
    buf_str(out, "    *) flags='");
    bash_flags(&command_table[0], out);
    buf_str(out, "' ;;\n    esac\n    [ \"$COMP_CWORD\" = 1 ] && more='");
    first_words(out);
    buf_str(out, "'\n");
    for (size_t i = 1; i < n_commands; i++) {
        if (second_word(&command_table[i]) == NULL || !is_first_of_group(i)) continue;
        const size_t len = strcspn(command_table[i].name, " ");
        buf_printf(out, "    [ \"$COMP_CWORD/${COMP_WORDS[1]}\" = 2/%.*s ] && more='", (int)len,
                   command_table[i].name);
        for (size_t k = i; k < n_commands; k++)
            if (strncmp(command_table[k].name, command_table[i].name, len + 1) == 0)
                buf_printf(out, "%s%s", k > i ? " " : "", second_word(&command_table[k]));
        buf_str(out, "'\n");
    }
    buf_str(out, "    case $cur in\n"
                 "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n"
                 "    *) COMPREPLY=($(compgen -W \"$more\" -- \"$cur\") $(compgen -f -- \"$cur\")) "
                 ";;\n"
                 "    esac\n"
                 "}\n"
                 "complete -o filenames -F _logwash logwash\n");
}

/* ---- zsh ---- */

/* Help in the brackets of a specification. */
static void zsh_help(struct buf *out, const char *help) {
    for (const char *p = help; *p; p++) {
        if (*p == '\'') {
            buf_str(out, "'\\''");
            continue;
        }
        if (*p == ']' || *p == '[' || *p == '\\' || *p == ':') buf_byte(out, '\\');
        buf_byte(out, (uint8_t)*p);
    }
}

static void zsh_spec(const struct flag *flag, const char *spelling, struct buf *out) {
    buf_str(out, " \\\n        '");
    if (flag->kind == FLAG_LIST) buf_byte(out, '*');
    buf_str(out, spelling);
    if (flag->kind != FLAG_SWITCH) buf_byte(out, spelling[1] == '-' ? '=' : '+');
    buf_byte(out, '[');
    zsh_help(out, flag->help);
    buf_byte(out, ']');
    if (flag->kind != FLAG_SWITCH) {
        buf_byte(out, ':');
        zsh_help(out, flag->value);
        buf_byte(out, ':');
        if (flag->kind == FLAG_CHOICE) {
            buf_byte(out, '(');
            choices(out, flag->choices);
            buf_byte(out, ')');
        } else if (takes_file(flag)) {
            buf_str(out, "_files");
        }
    }
    buf_byte(out, '\'');
}

static void zsh_flags(const struct command *command, struct buf *out) {
    char spelling[64] = "-";
    for (size_t i = 0; i < n_flags; i++) {
        const struct flag *flag = &flag_table[i];
        if (!knows(command, flag)) continue;
        if (flag->letter) {
            spelling[1] = flag->letter;
            spelling[2] = '\0';
            zsh_spec(flag, spelling, out);
        }
        if (!flag->name[0] || strlen(flag->name) > sizeof spelling - 3) continue;
        strcpy(spelling, "--");
        strcat(spelling, flag->name);
        zsh_spec(flag, spelling, out);
    }
}

static void zsh_case(const struct command *command, const char *pattern, int n, struct buf *out) {
    buf_printf(out, "    %s)\n        shift %d words; (( CURRENT -= %d ))\n", pattern, n, n);
    buf_str(out, "        _arguments -s -S '*:file:_files'");
    zsh_flags(command, out);
    buf_str(out, " ;;\n");
}

void completion_zsh(struct buf *out) {
    buf_str(out, "#compdef logwash\n# Made by the program from its tables.\n_logwash() {\n"
                 "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                 "        compadd -- ");
    first_words(out);
    buf_str(out, "\n        _files\n        return\n    fi\n");
    for (size_t i = 1; i < n_commands; i++) {
        if (second_word(&command_table[i]) == NULL || !is_first_of_group(i)) continue;
        const size_t len = strcspn(command_table[i].name, " ");
        buf_printf(out,
                   "    if (( CURRENT == 3 )) && [[ $words[2] == %.*s ]]; then\n        compadd --",
                   (int)len, command_table[i].name);
        for (size_t k = i; k < n_commands; k++)
            if (strncmp(command_table[k].name, command_table[i].name, len + 1) == 0)
                buf_printf(out, " %s", second_word(&command_table[k]));
        buf_str(out, "\n        return\n    fi\n");
    }
    buf_str(out, "    case \"$words[2] $words[3]\" in\n");
    char pattern[80];
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 1; i < n_commands; i++) {
            const struct command *command = &command_table[i];
            if ((second_word(command) != NULL) != (pass == 0)) continue;
            snprintf(pattern, sizeof pattern, pass == 0 ? "'%s'" : "'%s '*", command->name);
            zsh_case(command, pattern, pass == 0 ? 2 : 1, out);
        }
    zsh_case(&command_table[0], "*", 0, out);
    buf_str(out, "    esac\n}\n_logwash \"$@\"\n");
}

/* ---- fish ---- */

static void fish_flag(const struct flag *flag, struct buf *out) {
    buf_str(out, "complete -c logwash -n 'contains -- (__logwash_command)");
    for (size_t i = 0; i < n_commands; i++)
        if (knows(&command_table[i], flag)) {
            buf_byte(out, ' ');
            for (const char *p = i > 0 ? command_table[i].name : "-"; *p; p++)
                buf_byte(out, *p == ' ' ? '-' : (uint8_t)*p);
        }
    buf_byte(out, '\'');
    if (flag->letter) buf_printf(out, " -s %c", flag->letter);
    if (flag->name[0]) buf_printf(out, " -l %s", flag->name);
    if (flag->kind == FLAG_CHOICE) {
        buf_str(out, " -x -a '");
        choices(out, flag->choices);
        buf_byte(out, '\'');
    } else if (flag->kind != FLAG_SWITCH) {
        buf_str(out, takes_file(flag) ? " -r -F" : " -x");
    }
    buf_str(out, " -d \"");
    for (const char *p = flag->help; *p; p++) {
        if (strchr("\"$\\", *p) != NULL) buf_byte(out, '\\');
        buf_byte(out, (uint8_t)*p);
    }
    buf_str(out, "\"\n");
}

void completion_fish(struct buf *out) {
    buf_str(out, "# fish completion of logwash, made by the program from its tables.\n"
                 "function __logwash_command\n"
                 "    set -l words (commandline -opc) ''\n"
                 "    switch \"$words[2] $words[3]\"\n");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 1; i < n_commands; i++) {
            const struct command *command = &command_table[i];
            if ((second_word(command) != NULL) != (pass == 0)) continue;
            buf_printf(out, pass == 0 ? "        case '%s'\n" : "        case '%s *'\n",
                       command->name);
            buf_str(out, "            echo ");
            for (const char *p = command->name; *p; p++)
                buf_byte(out, *p == ' ' ? '-' : (uint8_t)*p);
            buf_byte(out, '\n');
        }
    buf_str(out, "        case '*'\n            echo -\n    end\nend\n"
                 "complete -c logwash -n 'test (count (commandline -opc)) = 1' -a '");
    first_words(out);
    buf_str(out, "'\n");
    for (size_t i = 1; i < n_commands; i++) {
        const char *second = second_word(&command_table[i]);
        if (second == NULL) continue;
        buf_printf(
            out,
            "complete -c logwash -f -n 'test (count (commandline -opc)) = 2; and contains -- "
            "%.*s (commandline -opc)' -a %s -d ",
            (int)(second - command_table[i].name - 1), command_table[i].name, second);
        quoted(out, command_table[i].summary);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < n_flags; i++)
        if (!flag_table[i].hidden) fish_flag(&flag_table[i], out);
}
