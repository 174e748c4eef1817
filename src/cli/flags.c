/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/flags.h"
#include "base/diag.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "logwash.h"

#include <stdlib.h>

#define FIELD(name) offsetof(struct settings, name)

/* In the order of the help. */
const struct flag flag_table[] = {
    {"config", 'c', FLAG_TEXT,
     FOR_ENGINE | FOR_RUN | FOR_CHECK | FOR_TOPICS | FOR_RULES | FOR_CONFIG_SHOW, FIELD(config),
     .value = "FILE", .help = "configuration (YAML)",
     .more = "Without it: $LOGWASH_CONFIG, then ./.logwash.yaml if there is one\n"
             "(run, check and topics need one)."},
    {"input", 0, FLAG_TEXT, FOR_ENGINE | FOR_RULES_LIST, FIELD(input), .value = "TOPIC",
     .help = "as the service washes this input of the configuration",
     .more = "Its own rules, profile and format."},
    {"trust", 0, FLAG_SWITCH, FOR_ENGINE | FOR_RULES | FOR_CONFIG_SHOW, FIELD(trust),
     .help = "let ./.logwash.yaml do everything",
     .more = "Without it that file, which anyone may have put there, may only add rules."},
    {"rules", 'r', FLAG_LIST, FOR_ENGINE | FOR_RULES, FIELD(rules), .value = "FILE",
     .help = "a further rule pack; may be given many times"},
    {"profile", 'p', FLAG_TEXT, FOR_ENGINE | FOR_RULES_LIST | FOR_RULES_TEST, FIELD(profile),
     .value = "LIST", .help = "request, build, strict, with commas (default request,build)"},
    {"keyring", 'k', FLAG_TEXT, FOR_ENGINE, FIELD(keyring), .value = "FILE",
     .help = "keys for pseudonyms (see keys new)",
     .more = "Only its owner may be able to read it. Without one a random key is\n"
             "made, and pseudonyms hold for this run only."},
    {"keyring", 'k', FLAG_TEXT, FOR_KEYS | FOR_LOOKUP, FIELD(keyring), .value = "FILE",
     .help = "the key ring; only its owner may be able to read it"},
    {"values", 0, FLAG_TEXT, FOR_ENGINE, FIELD(values), .value = "FILE|fd:N",
     .help = "exact secrets, one a line, redacted wherever they stand",
     .more = "Each of at least 6 bytes; found as they are and in base64, percent and\n"
             "JSON forms. fd:N reads from a descriptor that is already open."},
    {"class", 0, FLAG_TEXT, FOR_LOOKUP, FIELD(class_name), .value = "NAME",
     .help = "the data class of the value (see rules list --classes)"},
    {"token-length", 0, FLAG_NUMBER, FOR_WASH | FOR_DIFF | FOR_LOOKUP, FIELD(token_length),
     .value = "N", .min = 8, .max = 52, .help = "characters of a pseudonym, 8 to 52",
     .more = "Default 26 with a key ring, 8 without."},
    {"redact", 0, FLAG_SWITCH, FOR_WASH | FOR_DIFF, FIELD(redact),
     .help = "redact everything found: no pseudonyms, no masks"},
    {"in-place", 'i', FLAG_SWITCH, FOR_WASH, FIELD(in_place), .help = "replace the files",
     .more = "Each is written to a temporary file beside it, synced and renamed.\n"
             "A file with a record that had to be withheld stays as it was, and the\n"
             "exit code is 1."},
    {"format", 'f', FLAG_CHOICE, FOR_ENGINE, FIELD(format), .value = "NAME",
     .choices = "auto|text|json|logfmt|msgpack", .help = "format of the records (default auto)",
     .more = "MessagePack is never guessed."},
    {"framing", 0, FLAG_CHOICE, FOR_ENGINE, FIELD(framing), .value = "NAME",
     .choices = "line|nul|msgpack", .help = "how records end (default line)",
     .more = "msgpack: MessagePack objects, one behind the other; the format then too."},
    {"null-data", 'z', FLAG_SWITCH, FOR_ENGINE, FIELD(null_data),
     .help = "records end in NUL (--framing nul)"},
    {"decompress", 0, FLAG_SWITCH, FOR_STREAMS, FIELD(decompress),
     .help = "undo gzip and zstd of standard input too; write plain records",
     .more = "Without it compressed files are written in their own compression, and a\n"
             "compressed standard input or pipe is refused."},
    {"max-record", 0, FLAG_NUMBER, FOR_ENGINE, FIELD(max_record), .value = "SIZE", .min = 64,
     .max = 64 << 20, .help = "withhold longer records (default 1MiB)"},
    {"jobs", 'j', FLAG_NUMBER, FOR_STREAMS | FOR_DEMO, FIELD(jobs), .value = "N", .min = 1,
     .max = 256, .help = "worker threads (default 1)"},
    {"line-buffered", 0, FLAG_CHOICE, FOR_STREAMS, FIELD(line_buffered), .value = "WHEN",
     .choices = "auto|always|never", .help = "never: wait for full batches from pipes too",
     .more = "auto and always: what is read from a pipe is washed and written at once."},
    {"json", 0, FLAG_SWITCH, FOR_SCAN, FIELD(json),
     .help = "one JSON object a finding, without the value"},
    {"rule", 0, FLAG_TEXT, FOR_EXPLAIN, FIELD(rule), .value = "ID",
     .help = "this rule alone, and every place where it was tried"},
    {"classes", 0, FLAG_SWITCH, FOR_RULES_LIST, FIELD(classes), .help = "list the data classes"},
    {"validators", 0, FLAG_SWITCH, FOR_RULES_LIST, FIELD(validators),
     .help = "list the checks that rules name in `validate`"},
    {"out", 'o', FLAG_TEXT, FOR_KEYS_NEW, FIELD(out), .value = "FILE",
     .help = "write the key ring there, mode 0600, never over another file"},
    {"id", 0, FLAG_TEXT, FOR_KEYS_NEW | FOR_KEYS_ROTATE | FOR_KEYS_DESTROY, FIELD(id),
     .value = "ID", .help = "id of the epoch, 1 to 8 of a-z 0-9",
     .more = "Of a new one: k1 if not given, or the one that follows the last."},
    {"from", 0, FLAG_TEXT, FOR_KEYS_ROTATE, FIELD(from), .value = "TIME",
     .help = "when it begins, like 2026-01-01T00:00:00Z (default now)",
     .more = "Later than now: time to bring the ring to every machine before."},
    {"online", 0, FLAG_SWITCH, FOR_CHECK, FIELD(online),
     .help = "ask the brokers too: topics and how long they keep records",
     .more = "As topics check does; exit code 1 if something is wrong there, 3 if no\n"
             "broker answers."},
    {"policy", 0, FLAG_SWITCH, FOR_CONFIG_SHOW, FIELD(policy),
     .help = "what is done with each class of data, and what passes by name"},
    {"property", 'X', FLAG_LIST, FOR_RUN | FOR_CHECK | FOR_TOPICS | FOR_CONFIG_SHOW,
     FIELD(properties), .value = "NAME=VALUE",
     .help = "a librdkafka property; may be given many times"},
    {"stop-at-end", 0, FLAG_SWITCH, FOR_RUN, FIELD(stop_at_end), .hidden = true,
     .help = "end when all partitions were read to their end"},
    {"bootstrap", 0, FLAG_TEXT, FOR_DEMO, FIELD(bootstrap), .value = "HOST:PORT",
     .help = "a real broker instead of the embedded one: exactly once",
     .more = "The topics request-logs, build-logs, clean.request-logs,\n"
             "clean.build-logs and quarantine must be there."},
    {"color", 0, FLAG_CHOICE, FOR_DIFF | FOR_DEMO, FIELD(color), .value = "WHEN",
     .choices = "auto|always|never", .help = "colours (default auto: on a terminal)"},
    {"no-prefilter", 0, FLAG_SWITCH, FOR_ENGINE | FOR_RULES_TEST, FIELD(no_prefilter),
     .hidden = true, .help = "try every rule at every offset (very slow, for tests)"},
    {"portable", 0, FLAG_SWITCH, FOR_ENGINE | FOR_RULES_TEST, FIELD(portable), .hidden = true,
     .help = "no kernels for this CPU (for tests)"},
    {"quiet", 'q', FLAG_SWITCH, FOR_ALL, FIELD(quiet), .help = "no notes and no summary"},
    {"", 'h', FLAG_SWITCH, FOR_ALL, FIELD(help_short), .help = "this help, in short"},
    {"help", 0, FLAG_SWITCH, FOR_ALL, FIELD(help), .help = "the whole help"},
    {"version", 'V', FLAG_SWITCH, FOR_ALL, FIELD(version), .help = "version"},
};
const size_t n_flags = sizeof flag_table / sizeof *flag_table;

/* Where the arguments are being read. */
struct reader {
    struct invocation *inv;
    int argc, at;
    char **argv;
};

/* ---- values ---- */

static bool set_number(const struct flag *flag, const char *shown, const char *text, void *field) {
    uint64_t value = 0;
    if (!size_parse(slice_str(text), &value)) {
        message("%s: '%s' is no number", shown, text);
        return false;
    }
    if (value < flag->min || value > flag->max) {
        message("%s: %s is out of range (%llu to %llu)", shown, text, (unsigned long long)flag->min,
                (unsigned long long)flag->max);
        return false;
    }
    *(uint64_t *)field = value;
    return true;
}

static bool set_choice(const struct flag *flag, const char *shown, const char *text, void *field) {
    unsigned i = 0;
    for (const char *p = flag->choices;; i++) {
        const size_t len = strcspn(p, "|");
        if (slice_eq_str(slice_of(p, len), text)) {
            *(unsigned *)field = i;
            return true;
        }
        if (!p[len]) break;
        p += len + 1;
    }
    message("%s: '%s' is none of %s", shown, text, flag->choices);
    return false;
}

static bool set_list(const char *text, void *field) {
    struct texts *list = field;
    if (!VEC_GROW(list->items, list->cap, list->n + 1)) {
        message("out of memory");
        return false;
    }
    list->items[list->n++] = text;
    return true;
}

static bool set_value(struct reader *r, const struct flag *flag, const char *shown,
                      const char *text) {
    void *field = (char *)&r->inv->set + flag->field;
    if (flag->kind != FLAG_SWITCH && !*text) {
        message("%s needs a value", shown);
        return false;
    }
    switch (flag->kind) {
    case FLAG_SWITCH: *(bool *)field = true; return true;
    case FLAG_NUMBER: return set_number(flag, shown, text, field);
    case FLAG_TEXT: *(const char **)field = text; return true;
    case FLAG_CHOICE: return set_choice(flag, shown, text, field);
    case FLAG_LIST: return set_list(text, field);
    }
    return false;
}

/* ---- names ---- */

static bool is_known(const struct reader *r, const struct flag *flag) {
    return (flag->commands & r->inv->command->flags) != 0;
}

/* Every refusal ends with the usage line. */
static bool usage(const struct reader *r) {
    help_usage(r->inv->command);
    return false;
}

static bool unknown_long(const struct reader *r, const char *arg) {
    const char *names[sizeof flag_table / sizeof *flag_table];
    size_t n = 0;
    for (size_t i = 0; i < n_flags; i++)
        if (is_known(r, &flag_table[i]) && !flag_table[i].hidden && flag_table[i].name[0])
            names[n++] = flag_table[i].name;
    const char *near = suggest(slice_str(arg + 2), names, n);
    if (near)
        message("unknown flag '%s'; did you mean '--%s'?", arg, near);
    else
        message("unknown flag '%s'", arg);
    return usage(r);
}

static bool needs_value(const struct reader *r, const char *shown) {
    message("%s needs a value", shown);
    return usage(r);
}

static bool read_long(struct reader *r, char *arg) {
    char *value = strchr(arg, '=');
    if (value) *value++ = '\0'; /* argv is ours */
    const struct flag *flag = NULL;
    for (size_t i = 0; i < n_flags; i++)
        if (is_known(r, &flag_table[i]) && flag_table[i].name[0] &&
            strcmp(flag_table[i].name, arg + 2) == 0)
            flag = &flag_table[i];
    if (!flag) return unknown_long(r, arg);
    if (flag->kind == FLAG_SWITCH && value) {
        message("%s takes no value", arg);
        return usage(r);
    }
    if (flag->kind != FLAG_SWITCH && !value) {
        if (r->at == r->argc) return needs_value(r, arg);
        value = r->argv[r->at++];
    }
    return set_value(r, flag, arg, value);
}

static bool read_short(struct reader *r, const char *arg) {
    for (const char *p = arg + 1; *p; p++) {
        const struct flag *flag = NULL;
        const char shown[] = {'-', *p, '\0'};
        for (size_t i = 0; i < n_flags; i++)
            if (is_known(r, &flag_table[i]) && flag_table[i].letter == *p) flag = &flag_table[i];
        if (!flag) {
            message("unknown flag '%s'", shown);
            return usage(r);
        }
        if (flag->kind == FLAG_SWITCH) {
            if (!set_value(r, flag, shown, "")) return false;
            continue;
        }
        const char *value = p + 1;
        if (!*value) {
            if (r->at == r->argc) return needs_value(r, shown);
            value = r->argv[r->at++];
        }
        return set_value(r, flag, shown, value);
    }
    return true;
}

/* MessagePack brings its framing, and its framing the format. */
static bool settle_framing(struct settings *set) {
    const bool frames = set->framing == LOGWASH_FRAMING_MSGPACK;
    if (frames && set->format == LOGWASH_FORMAT_AUTO) set->format = LOGWASH_FORMAT_MSGPACK;
    if (set->format == LOGWASH_FORMAT_MSGPACK && set->framing == LOGWASH_FRAMING_LINE)
        set->framing = LOGWASH_FRAMING_MSGPACK;
    if ((set->framing == LOGWASH_FRAMING_MSGPACK) == (set->format == LOGWASH_FORMAT_MSGPACK))
        return true;
    message("MessagePack is both a framing and a format; leave the other one out");
    return false;
}

/* What whoever gave a file to a command without any may have meant. */
static const char *instead_of_operand(const struct command *command) {
    if (command->flags & (FOR_RUN | FOR_CHECK | FOR_CONFIG_SHOW))
        return "; a configuration is given by -c FILE";
    if (command->flags & FOR_KEYS_READ) return "; a key ring is given by -k FILE";
    if (command->flags & (FOR_EXPLAIN | FOR_LOOKUP))
        return "; what to look at is read from standard input";
    return "";
}

bool flags_parse(struct invocation *inv, int argc, char **argv) {
    struct reader r = {.inv = inv, .argc = argc, .argv = argv};
    inv->args = argv;
    inv->n_args = 0;
    bool ended = false;
    while (r.at < argc) {
        char *arg = argv[r.at++];
        if (ended || arg[0] != '-' || !arg[1]) {
            inv->args[inv->n_args++] = arg; /* never past r.at */
        } else if (strcmp(arg, "--") == 0) {
            ended = true;
        } else if (arg[1] == '-' ? !read_long(&r, arg) : !read_short(&r, arg)) {
            return false;
        }
    }
    if (inv->set.null_data) inv->set.framing = LOGWASH_FRAMING_NUL;
    if (!settle_framing(&inv->set)) return false;
    if (inv->n_args > 0 && !inv->command->args[0] && !inv->set.help && !inv->set.help_short) {
        message("'%s' is too much here%s", inv->args[0], instead_of_operand(inv->command));
        return usage(&r);
    }
    return true;
}

void flags_fini(struct invocation *inv) {
    free(inv->set.rules.items);
    free(inv->set.properties.items);
}
