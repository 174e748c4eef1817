/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that read FILEs have in common: engine, pipeline, signals, exit code.
 *
 *     stream_open -> stream_run (once, or once a file) -> stream_close
 *
 * SIGINT and SIGTERM stop the pipeline, which finishes what it took; stream_close then ends the
 * program by that signal, so that a shell sees what happened. The second signal ends it at once. */
#ifndef LW_CLI_STREAM_H
#define LW_CLI_STREAM_H

#include "cli/load.h"
#include "run/pipeline.h"

struct stream {
    const struct invocation *inv;
    struct load load;
    struct logwash *engine;
    struct pipeline *pipeline;
    struct stats stats;
    size_t failures; /* inputs that could not be read */
    int64_t started_ns;
};

struct stream_options {
    batch_work work; /* NULL: wash */
    void *work_ctx;
    bool count; /* number the records */
};

/* 0, or the exit code (reported); stream_close is needed in both cases. */
int stream_open(struct stream *stream, struct invocation *inv,
                const struct stream_options *options);
/* Runs the named inputs (none: standard input) to `fd`. Failures of single inputs are reported and
 * counted; returns 0, or the exit code when it ended early: EXIT_WORLD or EXIT_USAGE (reported),
 * EXIT_DONE_EARLY: the reader has gone. */
enum { EXIT_DONE_EARLY = -1 };
int stream_run(struct stream *stream, const struct stream_options *options, char *const *names,
               size_t n, int fd, const char *fd_name);
/* Whether SIGINT or SIGTERM came. */
bool stream_stopped(void);
/* Gives everything back. `code`: what stream_run said, `answer`: the exit code if all went well.
 * Returns the exit code. */
int stream_close(struct stream *stream, int code, int answer);

#endif
