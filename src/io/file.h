/* SPDX-License-Identifier: Apache-2.0 */
/* Files and standard streams as ends.
 *
 * The source hands over whole records (`a batch ends at the last terminator read`), reads a stream
 * once a poll, so that a line leaves as soon as it is there, and fills batches from regular files.
 * A record longer than max_record may be handed over with bytes missing, but always with more than
 * max_record + 1, so that the engine withholds it: memory stays bounded, and exactly one record
 * stands for it. The last record of each file counts without a terminator. What cannot be opened or
 * read is reported and passed over, as cat does.
 *
 * A compressed regular file (by its first bytes) is read as what it holds. A compressed stream or
 * standard input ends the run (ARGUMENT), unless `unpack_streams` is set. Where the compression is
 * damaged or cut off the file ends with what was whole before, and is reported.
 *
 * batch->note is the name of the file (the caller's text), batch->first_record is counted from its
 * start when `count` is set. LINE: batch->tail holds the records before it. */
#ifndef LW_IO_FILE_H
#define LW_IO_FILE_H

#include "io/packing.h"
#include "run/end.h"

enum { FILE_MAX_RECORD = 1024 * 1024 };

struct file_options {
    char *const *names;           /* "-": standard input; must live as long as the end */
    size_t n;                     /* 0: standard input alone */
    enum logwash_framing framing; /* LINE, NUL, MSGPACK */
    size_t max_record;            /* 0: FILE_MAX_RECORD */
    bool count;                   /* number the records */
    bool fill;                    /* wait for full batches from streams too */
    bool unpack_streams;          /* compressed streams too are read as what they hold */
    int not_fd; /* refuse an input that is this open file too (it would grow for ever); -1: none */
    /* Gets what could not be opened or read. */
    void (*report)(void *ctx, const struct logwash_error *err);
    void *report_ctx;
};

/* NULL: out of memory. */
struct end *file_source_new(const struct file_options *options);
/* Inputs that were passed over, wholly or from some place on. */
size_t file_source_failures(const struct end *source);
/* Bytes of an unfinished record that were read and not handed over. After a stop they are not
 * written: half a secret may look like none. */
size_t file_source_rest(const struct end *source);

struct file_sink_options {
    int fd;               /* not closed */
    const char *name;     /* for messages */
    enum packing packing; /* the output is compressed; it ends when the end is drained */
    bool refuse_nul;      /* a terminal: a batch with NUL bytes ends the run (ARGUMENT) */
};

/* Writes at once what it is given. CLOSED: the reader has gone; IO: disk full and the like. NULL:
 * out of memory. */
struct end *file_sink_new(const struct file_sink_options *options);

#endif
