/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of flags: parsing, `-h` and `--help` are rendered from it.
 *
 * A flag is a row of `flag_table` (flags.c): its names, what kind of value it takes, which commands
 * know it, the field of `struct settings` it writes, and its help. No flag takes two values;
 * `--name=value`, `--name value`, `-nvalue`, `-n value` and bundled switches (`-qz`) are
 * understood; `--` ends the flags.
 *
 *   To add a flag: a field in `struct settings`, a row in `flag_table`. Nothing else.
 *   To add a command: its bit below, a row in `command_table` (main.c), its `cmd_` function in
 * commands.h and a file of its own.
 *
 * Lifetime: texts point into argv. Threads: none. */
#ifndef LW_CLI_FLAGS_H
#define LW_CLI_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command;

/* Which commands know a flag. */
enum {
    FOR_WASH = 1 << 0,
    FOR_SCAN = 1 << 1,
    FOR_DIFF = 1 << 2,
    FOR_RUN = 1 << 3,
    FOR_CHECK = 1 << 4,
    FOR_DEMO = 1 << 5,
    FOR_RULES_LIST = 1 << 6,
    FOR_RULES_TEST = 1 << 7,
    FOR_KEYS_NEW = 1 << 8,
    FOR_EXPLAIN = 1 << 9,
    FOR_BENCH = 1 << 10,
    FOR_RULES_LINT = 1 << 11,
    FOR_RULES_SHOW = 1 << 12,
    FOR_RENDER = 1 << 13,
    FOR_KEYS_READ = 1 << 14, /* list, check */
    FOR_KEYS_ROTATE = 1 << 15,
    FOR_KEYS_DESTROY = 1 << 16,
    FOR_LOOKUP = 1 << 17,
    FOR_TOPICS = 1 << 18, /* check, create */
    FOR_CONFIG_SHOW = 1 << 20,
    FOR_KEYS =
        FOR_KEYS_READ | FOR_KEYS_ROTATE | FOR_KEYS_DESTROY, /* those of a ring that is there */
    FOR_STREAMS = FOR_WASH | FOR_SCAN | FOR_DIFF,           /* commands that read FILEs */
    FOR_ENGINE = FOR_STREAMS | FOR_EXPLAIN | FOR_BENCH,     /* commands that take records */
    FOR_RULES = FOR_RULES_LIST | FOR_RULES_SHOW | FOR_RULES_TEST | FOR_RULES_LINT,
    FOR_ALL = ~0,
};

enum flag_kind {
    FLAG_SWITCH, /* bool */
    FLAG_NUMBER, /* uint64_t, a count or a size (1MiB), checked against min and max */
    FLAG_TEXT,   /* const char * */
    FLAG_CHOICE, /* unsigned: place in `choices`, from 0, which is the default */
    FLAG_LIST,   /* struct texts: may be given many times */
};

struct flag {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum flag_kind kind;
    int commands;        /* FOR_ bits */
    size_t field;        /* offset in struct settings */
    const char *value;   /* name of the value in help; NULL: a switch */
    const char *choices; /* CHOICE: "auto|text|json" */
    uint64_t min, max;   /* NUMBER */
    const char *help;    /* one line */
    const char *more;    /* further lines of --help; may be NULL */
    bool hidden;         /* not shown by -h; for tests */
};

struct texts {
    const char **items;
    size_t n, cap;
};

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum buffered_choice { BUFFERED_AUTO, BUFFERED_ALWAYS, BUFFERED_NEVER };

/* Every flag's value; zero and NULL: not given. */
struct settings {
    bool help_short, help, version, quiet;
    unsigned color; /* enum color_choice */
    /* what is read and how */
    bool null_data;
    unsigned framing; /* enum logwash_framing: line, nul */
    unsigned format;  /* enum logwash_format */
    bool decompress;
    uint64_t max_record;
    uint64_t jobs;
    unsigned line_buffered; /* enum buffered_choice */
    /* what is looked for and what is done */
    const char *profile;
    struct texts rules;
    const char *config;
    const char *input;
    bool trust;
    const char *keyring;
    const char *values;
    bool redact;
    uint64_t token_length;
    bool in_place;
    bool no_prefilter, portable;
    /* scan, rules, keys */
    bool json;
    const char *rule;
    bool classes, validators;
    const char *out;
    const char *id;
    const char *from;
    const char *class_name;
    /* run, check, demo */
    bool policy; /* config show */
    bool online; /* check */
    struct texts properties;
    bool stop_at_end;
    const char *bootstrap;
};

/* One call of the program. */
struct invocation {
    const struct command *command;
    struct settings set;
    char **args; /* what is no flag: files */
    size_t n_args;
};

/* exit codes */
enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_WORLD = 3 };

extern const struct flag flag_table[];
extern const size_t n_flags;

/* Reads the arguments behind the command's name into inv->set and inv->args (argv is reordered).
 * False: a message was written to stderr; the exit code is EXIT_USAGE. */
bool flags_parse(struct invocation *inv, int argc, char **argv);
void flags_fini(struct invocation *inv);

#endif
