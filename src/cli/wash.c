/* SPDX-License-Identifier: Apache-2.0 */
/* logwash [FILE...] */
#include "cli/commands.h"
#include "cli/stream.h"
#include "cli/terminal.h"
#include "io/replace.h"

#include <string.h>
#include <unistd.h>

/* Washes one file into its replacement. 0, or the exit code when the whole run must end. */
static int wash_in_place(struct stream *stream, const struct stream_options *options, char *name,
                         bool *withheld) {
    struct logwash_error err = {0};
    struct replace *replace = replace_open(name, &err);
    if (!replace) {
        message_error(&err);
        stream->failures++;
        return 0;
    }
    struct stats *s = &stream->stats;
    const uint64_t withheld_before = STATS_GET(s, withheld);
    const uint64_t edits_before = STATS_GET(s, changed) + STATS_GET(s, dropped);
    const size_t failures = stream->failures;
    const int code = stream_run(stream, options, &name, 1, replace_fd(replace), name);
    const uint64_t n_withheld = STATS_GET(s, withheld) - withheld_before;
    const bool changed = STATS_GET(s, changed) + STATS_GET(s, dropped) != edits_before;
    if (n_withheld > 0) {
        *withheld = true;
        message("%s: left as it was: %llu records would be withheld", name,
                (unsigned long long)n_withheld);
    }
    /* A file that was not read to its end, or has nothing to wash, stays. */
    const bool whole = code == 0 && stream->failures == failures && !stream_stopped();
    if (whole && changed && n_withheld == 0 && replace_commit(replace, &err) != LOGWASH_OK) {
        message_error(&err);
        stream->failures++;
    }
    replace_close(replace);
    return code;
}

static int wash_files_in_place(struct stream *stream, const struct stream_options *options,
                               bool *withheld) {
    const struct invocation *inv = stream->inv;
    int code = 0;
    for (size_t i = 0; i < inv->n_args && code == 0 && !stream_stopped(); i++)
        code = wash_in_place(stream, options, inv->args[i], withheld);
    return code;
}

static int check_in_place(const struct invocation *inv) {
    bool has_stdin = inv->n_args == 0;
    for (size_t i = 0; i < inv->n_args; i++)
        has_stdin = has_stdin || strcmp(inv->args[i], "-") == 0;
    if (!has_stdin && !inv->set.decompress) return 0;
    message(has_stdin ? "--in-place needs files, not standard input"
                      : "--in-place keeps a file's compression; leave --decompress out");
    help_usage(inv->command);
    return EXIT_USAGE;
}

int cmd_wash(struct invocation *inv) {
    const struct stream_options options = {0};
    int code = inv->set.in_place ? check_in_place(inv) : 0;
    if (code != 0) return code;
    struct stream stream;
    bool withheld = false;
    code = stream_open(&stream, inv, &options);
    if (code == 0 && inv->set.in_place)
        code = wash_files_in_place(&stream, &options, &withheld);
    else if (code == 0)
        code =
            stream_run(&stream, &options, inv->args, inv->n_args, STDOUT_FILENO, "standard output");
    withheld = withheld || STATS_GET(&stream.stats, withheld) > 0;
    return stream_close(&stream, code, withheld ? EXIT_NO : EXIT_DONE);
}
