/* SPDX-License-Identifier: Apache-2.0 */
/* The program: finds the command, reads its flags, calls it. */
#include "base/diag.h"
#include "base/secret.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char wash_more[] =
    "Reads FILEs (`-` is standard input, also the default), finds personal data and secrets, and\n"
    "writes every record with nothing but the findings replaced. A record that cannot be scanned\n"
    "whole (too long, too many edits) leaves as `[WITHHELD:reason]`, and the exit code is 1.\n\n"
    "  kubectl logs -f pod | logwash\n"
    "  logwash --keyring ring access.log > clean.log\n"
    "  logwash -j4 --in-place *.log\n";

static const char scan_more[] =
    "Prints one line a finding, `file:line:col: class rule`, and changes nothing. With --json:\n"
    "{\"file\":\"-\",\"record\":1,\"start\":7,\"end\":22,\"rule\":\"network.ipv4\",\"class\":"
    "\"ipv4\","
    "\"action\":\"pseudonym\"}\n"
    "`record` counts from 1; `start` and `end` are bytes of the raw record, the end exclusive. A\n"
    "record that would be withheld is one finding of rule `withheld`, its class is the reason.\n";

static const char keys_more[] =
    "Makes a key ring with one fresh key. Whoever has it can link pseudonyms to values; without "
    "it\n"
    "(lost or destroyed) nobody can. Without -o it goes to standard output.\n";

static const char rotate_more[] =
    "Adds a fresh key. Records of its time get pseudonyms of it, older ones those of the epochs\n"
    "before; pseudonyms of different epochs cannot be linked. A service reads the ring again on\n"
    "SIGHUP.\n";

static const char destroy_more[] =
    "Takes a key out of the ring, for ever: its pseudonyms can never be linked to values again, "
    "not\n"
    "even by whoever knows the value. They are still left alone by a second wash. The file is\n"
    "overwritten, but copies, backups, snapshots and flash disks may hold it still. Records of "
    "its\n"
    "time that are washed again get pseudonyms of the next epoch.\n";

static const char lookup_more[] =
    "Reads values from standard input, one a line (never from arguments, which other users can "
    "see),\n"
    "and prints the pseudonym of each under every key of the ring, to search clean logs with:\n\n"
    "  logwash lookup -k ring --class email < address | grep -Ff - clean.log\n";

static const char config_more[] =
    "Shows each value and where it comes from: the file and line, or the default. Values that may "
    "be\n"
    "secret are hidden. Nothing outside the configuration is asked, and ${file:...} is not read.\n";

static const char topics_more[] =
    "Every topic that names of the configuration lead to is there, has enough partitions, and "
    "keeps\n"
    "no record longer than it may: retention.ms + segment.ms + the interval at which the broker "
    "looks,\n"
    "against the shortest time of the records that go there. Changes nothing. Exit code 1: "
    "something\n"
    "is wrong, 3: no broker answers. Whether writing is allowed shows only when the service "
    "starts.\n";

static const char create_more[] =
    "Makes them with as many partitions as their input, the broker's default of copies, and such\n"
    "retention.ms and segment.ms that no record stays longer than it may. What is there is not\n"
    "changed. Then as topics check.\n";

static const char explain_more[] =
    "Reads records from standard input and prints, for each place that looked like something, the\n"
    "bytes of it, the rule, and whether the rule took it and why; then the edits (`=`):\n\n"
    "  echo 'card 4111111111111112' | logwash explain\n"
    "  echo 'card 4111111111111112' | logwash explain --rule payment.card\n\n"
    "It is the engine at work, with somebody listening. It shows the input as it is.\n";

static const char list_more[] =
    "ANCHOR says how places where a rule can match are found: by a literal, a shape, or the name\n"
    "of a value; slow: not at all, it is tried everywhere. COST is the work of the rule's pattern\n"
    "on a KiB of built-in sample logs: 16 an attempt, and the steps of PCRE2. It is counted, not\n"
    "timed.\n";

static const char lint_more[] =
    "Looks at every rule, or only at those of the packs given, and exits with 1 if it finds that\n"
    "  - the work (attempts, steps of PCRE2, bytes shown to validators) on hostile texts grown "
    "from\n"
    "    the rule more than doubles (2.2 times) when the text is twice as long;\n"
    "  - one of them makes PCRE2 reach a limit;\n"
    "  - an earlier rule of the same class, action and profiles finds all its examples show;\n"
    "  - an example that changes or one that stays, the description or the reference is missing.\n"
    "Work is counted, not timed: the answer is the same on every machine.\n";

static const char bench_more[] =
    "Washes the first 16 MiB of FILE (or of standard input; from a terminal: sample logs of its "
    "own)\n"
    "in memory again and again, with one thread, and shows CPU time: by stage, by class, and "
    "which\n"
    "rules cost most. Writes nothing of the log. Takes less than 20 seconds.\n";

const struct command command_table[] = {
    {"", "[FILE...]", "Washes personal data and secrets out of logs.", FOR_WASH, cmd_wash,
     wash_more},
    {"wash", "[FILE...]", NULL, FOR_WASH, cmd_wash, wash_more},
    {"scan", "[FILE...]", "report what would be washed, change nothing", FOR_SCAN, cmd_scan,
     scan_more},
    {"diff", "[FILE...]", "show changed lines before and after", FOR_DIFF, cmd_diff, NULL},
    {"explain", "", "say which rule takes or leaves what, and why", FOR_EXPLAIN, cmd_explain,
     explain_more},
    {"run", "", "run the Kafka service", FOR_RUN, cmd_run, NULL},
    {"check", "", "check a configuration", FOR_CHECK, cmd_check, NULL},
    {"config show", "", "show the configuration in effect, or the policy it makes", FOR_CONFIG_SHOW,
     cmd_config_show, config_more},
    {"topics check", "", "ask the brokers whether the topics are as the configuration needs them",
     FOR_TOPICS, cmd_topics_check, topics_more},
    {"topics create", "", "make the output and quarantine topics that are missing", FOR_TOPICS,
     cmd_topics_create, create_more},
    {"demo", "", "run the service on an embedded broker with sample logs", FOR_DEMO, cmd_demo,
     NULL},
    {"rules list", "", "list the rules", FOR_RULES_LIST, cmd_rules_list, list_more},
    {"rules show", "ID...", "show all of a rule", FOR_RULES_SHOW, cmd_rules_show, NULL},
    {"rules test", "[FILE...]", "run the examples of the rules", FOR_RULES_TEST, cmd_rules_test,
     NULL},
    {"rules lint", "[FILE...]",
     "look for rules that are slow on hostile text, needless or incomplete", FOR_RULES_LINT,
     cmd_rules_lint, lint_more},
    {"bench", "[FILE]", "show how fast a log is washed, and which rules cost most", FOR_BENCH,
     cmd_bench, bench_more},
    {"lookup", "", "show the pseudonyms of a value", FOR_LOOKUP, cmd_lookup, lookup_more},
    {"keys new", "", "make a key ring", FOR_KEYS_NEW, cmd_keys_new, keys_more},
    {"keys list", "", "list the epochs of a key ring", FOR_KEYS_READ, cmd_keys_list, NULL},
    {"keys check", "", "say whether a key ring is sound", FOR_KEYS_READ, cmd_keys_check, NULL},
    {"keys rotate", "", "add a fresh key to a key ring", FOR_KEYS_ROTATE, cmd_keys_rotate,
     rotate_more},
    {"keys destroy", "", "take a key out of a key ring, for ever", FOR_KEYS_DESTROY,
     cmd_keys_destroy, destroy_more},
    {"render", "man|bash|zsh|fish", NULL, FOR_RENDER, cmd_render, NULL},
};
const size_t n_commands = sizeof command_table / sizeof *command_table;

/* How many of the first arguments name `command`: 0 if they do not. */
static int names_command(const struct command *command, int argc, char **argv) {
    struct slice name = slice_str(command->name);
    if (name.len == 0 || argc == 0) return 0;
    const uint8_t *space = memchr(name.ptr, ' ', name.len);
    if (!space) return slice_eq_str(name, argv[0]) ? 1 : 0;
    const size_t first = (size_t)(space - name.ptr);
    if (!slice_eq_str(slice_sub(name, 0, first), argv[0]) || argc < 2) return 0;
    return slice_eq_str(slice_sub(name, first + 1, name.len), argv[1]) ? 2 : 0;
}

/* `rules` and `keys` alone, or with an unknown second word: 0 is "no such group". */
static int refuse_group(int argc, char **argv) {
    const char *seconds[sizeof command_table / sizeof *command_table];
    size_t n = 0;
    for (size_t i = 0; i < n_commands && argc > 0; i++) {
        const struct slice name = slice_str(command_table[i].name), group = slice_str(argv[0]);
        if (name.len > group.len && slice_starts(name, group) && name.ptr[group.len] == ' ')
            seconds[n++] = command_table[i].name + group.len + 1;
    }
    if (n == 0) return 0;
    const bool has_word = argc > 1 && argv[1][0] != '-';
    const char *near = has_word ? suggest(slice_str(argv[1]), seconds, n) : NULL;
    if (near)
        message("unknown command '%s %s'; did you mean '%s %s'?", argv[0], argv[1], argv[0], near);
    else if (has_word)
        message("unknown command '%s %s'", argv[0], argv[1]);
    for (size_t i = 0; i < n && !near; i++)
        fprintf(stderr, "%s logwash %s %s\n", i ? "      " : "usage:", argv[0], seconds[i]);
    return EXIT_USAGE;
}

/* Washing was asked for, and the first file is none but looks like a command: misspelt, or behind a
 * flag. */
static bool refuse_mistaken(const struct invocation *inv) {
    char words[sizeof command_table / sizeof *command_table][16];
    const char *names[sizeof command_table / sizeof *command_table];
    size_t n = 0;
    if (inv->command->name[0] || inv->n_args == 0 || access(inv->args[0], F_OK) == 0) return false;
    for (size_t i = 1; i < n_commands; i++) {
        const char *name = command_table[i].name;
        snprintf(words[n], sizeof words[n], "%.*s", (int)strcspn(name, " "), name);
        names[n] = words[n];
        n++;
    }
    const char *near = suggest(slice_str(inv->args[0]), names, n);
    if (!near) return false;
    if (strcmp(near, inv->args[0]) == 0)
        message("'%s' is no file; a command comes before all flags", near);
    else
        message("'%s' is neither a file nor a command; did you mean '%s'?", inv->args[0], near);
    help_usage(inv->command);
    return true;
}

/* What was written to stdout must have arrived. */
static int flush_stdout(int code) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (errno == EPIPE) return code;
    message("standard output: %s", errno != 0 ? strerror(errno) : "not all of it could be written");
    return EXIT_WORLD;
}

static int run_command(struct invocation *inv, int argc, char **argv) {
    if (!flags_parse(inv, argc, argv)) return EXIT_USAGE;
    if (inv->set.version) {
        puts("logwash " LOGWASH_VERSION);
        return EXIT_DONE;
    }
    if (inv->set.help || inv->set.help_short) {
        help_print(inv->command, inv->set.help);
        return EXIT_DONE;
    }
    return refuse_mistaken(inv) ? EXIT_USAGE : inv->command->run(inv);
}

int main(int argc, char **argv) {
    static char out[64 * 1024]; /* the longest help, so that a full disk is met by flush_stdout */
    secret_harden_process();
    if (!terminal_is(STDOUT_FILENO)) (void)setvbuf(stdout, out, _IOFBF, sizeof out);
    if (!terminal_init()) return EXIT_WORLD;
    struct invocation inv = {.command = &command_table[0]};
    int words = 0;
    if (argc > 1 && strcmp(argv[1], "help") == 0) { /* as if it were --help, behind the command */
        inv.set.help = true;
        argv++;
        argc--;
    }
    for (size_t i = 0; i < n_commands && words == 0; i++) {
        words = names_command(&command_table[i], argc - 1, argv + 1);
        if (words) inv.command = &command_table[i];
    }
    int code = words ? 0 : refuse_group(argc - 1, argv + 1);
    if (code == 0) code = run_command(&inv, argc - 1 - words, argv + 1 + words);
    flags_fini(&inv);
    return flush_stdout(code);
}
