/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stream.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "core/tools.h"
#include "io/file.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A handler gets no argument, so these are the program's only globals; written before the handler
 * is installed. */
static struct pipeline *running;
static volatile sig_atomic_t stop_signal;

static void on_signal(int signal_number) {
    stop_signal = signal_number;
    pipeline_stop(running);
}

static void handle_signals(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction before;
        /* nohup and `&` in scripts ask for it to be ignored. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
    }
}

bool stream_stopped(void) { return stop_signal != 0; }

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void note_run_key(void) {
    message("no key ring: pseudonyms (class_x_…) hold for this run only");
}

static bool makes_pseudonyms(const struct stream *stream) {
    return !stream->load.has_ring && !stream->inv->set.redact && !stream->inv->set.quiet;
}

int stream_open(struct stream *stream, struct invocation *inv,
                const struct stream_options *options) {
    *stream = (struct stream){.inv = inv, .started_ns = now_ns()};
    if (inv->n_args == 0 && terminal_is(STDIN_FILENO)) {
        help_usage(inv->command);
        message("standard input is a terminal; name a file, use a pipe, or see --help");
        return EXIT_USAGE;
    }
    int code = load_init(&stream->load, inv);
    if (code == 0) code = load_engine(&stream->load, &stream->engine);
    if (code == 0) code = load_check_examples(&stream->engine);
    if (code != 0) return code;
    struct logwash_error err = {0};
    const struct pipeline_options pipeline = {.workers = (unsigned)inv->set.jobs,
                                              .work = options->work,
                                              .work_ctx = options->work_ctx};
    stream->pipeline = pipeline_new(&pipeline, &stream->engine, 1, &stream->stats, &err);
    if (!stream->pipeline) {
        message_error(&err);
        return EXIT_WORLD;
    }
    if (!options->work && makes_pseudonyms(stream) && terminal_is(STDERR_FILENO)) note_run_key();
    running = stream->pipeline;
    handle_signals();
    return 0;
}

static void report_input(void *ctx, const struct logwash_error *err) {
    (void)ctx;
    message_error(err);
}

/* What the pipeline said, as an exit code. */
static int settle(enum logwash_status status, const struct logwash_error *err) {
    if (status == LOGWASH_OK) return 0;
    if (status == LOGWASH_CLOSED) return EXIT_DONE_EARLY;
    message_error(err);
    return status == LOGWASH_ARGUMENT ? EXIT_USAGE : EXIT_WORLD;
}

/* The compression to write in: the one that all the inputs have. 0, or the exit code. */
static int choose_packing(const struct stream *stream, const struct stream_options *options,
                          char *const *names, size_t n, int fd, enum packing *packing) {
    *packing = PACKING_NONE;
    if (options->work || stream->inv->set.decompress) return 0;
    const char *first = NULL;
    for (size_t i = 0; i < n; i++) {
        enum packing found;
        if (!packing_of_file(names[i], &found)) continue;
        if (!first) first = names[i], *packing = found;
        if (found == *packing) continue;
        message("%s is compressed in another way than %s (%s, %s); see --decompress", names[i],
                first, packing_name(found), packing_name(*packing));
        return EXIT_USAGE;
    }
    if (*packing == PACKING_NONE || !terminal_is(fd)) return 0;
    message("compressed output is not written to a terminal; see --decompress");
    return EXIT_USAGE;
}

int stream_run(struct stream *stream, const struct stream_options *options, char *const *names,
               size_t n, int fd, const char *fd_name) {
    const struct settings *set = &stream->inv->set;
    enum packing packing;
    int code = choose_packing(stream, options, names, n, fd, &packing);
    if (code != 0) return code;
    const struct file_options in = {
        .names = names,
        .n = n,
        .framing = (enum logwash_framing)set->framing,
        .max_record = stream->load.max_record,
        .count = options->count,
        .fill = set->line_buffered == BUFFERED_NEVER,
        .unpack_streams = set->decompress,
        .not_fd = fd,
        .report = report_input,
    };
    const struct file_sink_options out = {
        .fd = fd,
        .name = fd_name,
        .packing = packing,
        .refuse_nul = set->framing != LOGWASH_FRAMING_NUL && terminal_is(fd),
    };
    struct end *source = file_source_new(&in), *sink = file_sink_new(&out);
    code = EXIT_WORLD;
    if (source && sink) {
        struct logwash_error err = {0};
        code = settle(pipeline_run(stream->pipeline, source, sink, &err), &err);
        stream->failures += file_source_failures(source);
        const size_t rest = file_source_rest(source);
        if (stream_stopped() && rest > 0)
            message("stopped inside a record; the %zu bytes read of it were not written", rest);
    } else {
        message("out of memory");
    }
    if (source) source->ops->close(source);
    if (sink) sink->ops->close(sink);
    return code;
}

/* Whether this run left something of a class that some rule makes pseudonyms of. */
static bool made_pseudonym(const struct stream *stream) {
    struct tools_rule rule;
    for (size_t i = 0; tools_rule(stream->engine, i, &rule); i++) {
        if (strcmp(rule.action, "pseudonym") != 0) continue;
        for (size_t c = 0; c < logwash_class_count(); c++)
            if ((STATS_GET(&stream->stats, remaining[c / 64]) >> (c % 64) & 1) &&
                strcmp(rule.class_name, logwash_class_name(c)) == 0)
                return true;
    }
    return false;
}

static void summary(const struct stream *stream) {
    const struct stats *s = &stream->stats;
    const double sec = (double)(now_ns() - stream->started_ns) / 1e9;
    const double mb = (double)STATS_GET(s, bytes_in) / 1e6;
    message("%llu records, %llu changed, %llu withheld, %llu malformed, %.1f MB/s",
            (unsigned long long)STATS_GET(s, records), (unsigned long long)STATS_GET(s, changed),
            (unsigned long long)STATS_GET(s, withheld), (unsigned long long)STATS_GET(s, malformed),
            sec > 0 ? mb / sec : 0);
}

/* File systems that write late say what went wrong when a descriptor is closed. */
static int check_stdout(void) {
    const int copy = dup(STDOUT_FILENO);
    if (copy < 0 || close(copy) == 0) return 0;
    message("standard output: %s", strerror(errno));
    return EXIT_WORLD;
}

int stream_close(struct stream *stream, int code, int answer) {
    if (code == 0) code = check_stdout();
    if (code == 0 && stream->failures)
        code = EXIT_WORLD;
    else if (code == 0)
        code = answer;
    else if (code == EXIT_DONE_EARLY)
        code = EXIT_DONE;
    if (stream->pipeline && !stream->inv->set.quiet && stream->inv->command->flags == FOR_WASH) {
        const bool on_terminal = terminal_is(STDERR_FILENO);
        if (on_terminal)
            summary(stream);
        else if (makes_pseudonyms(stream) && made_pseudonym(stream))
            note_run_key();
    }
    const int caught = stop_signal;
    if (caught) signal(SIGINT, SIG_IGN), signal(SIGTERM, SIG_IGN);
    pipeline_free(stream->pipeline);
    logwash_free(stream->engine);
    load_fini(&stream->load);
    if (caught) {
        signal(caught, SIG_DFL);
        raise(caught);
    }
    return code;
}
