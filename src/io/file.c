/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes are read into one buffer, which is swapped with the batch's when a terminator is in it;
 * only the unfinished rest is copied. Each byte is looked at for a terminator once, so a long line
 * that drips in costs no more than a short one. */
#include "io/file.h"
#include "base/mphead.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_READS = 16 };

struct source {
    struct end end;
    struct file_options options;
    size_t next; /* which file comes next */
    size_t failures;
    /* the open file */
    char *name;
    int fd;                    /* -1: none open */
    bool is_stream;            /* may make us wait */
    uint64_t n_records;        /* handed over, when counted */
    struct unpacker *unpacker; /* NULL: the file is not compressed */
    bool is_judged, is_cut;    /* compressed or not was decided; it ended before its end */
    struct buf read;           /* not handed over */
    size_t scanned;            /* bytes of `read` that hold no terminator */
    struct buf tail;
    struct objects {
        struct mp_frame frame; /* stands at `scanned` */
        uint64_t off, n;       /* of read[0] in the file; whole objects not handed over */
        bool is_long,
            is_bad; /* `read` begins with a stub of a too long one; what follows is none */
    } objects;      /* MSGPACK */
};

static struct source *source_of(struct end *end) { return (struct source *)(void *)end; }

static uint8_t terminator(const struct source *s) {
    return s->options.framing == LOGWASH_FRAMING_NUL ? '\0' : '\n';
}

static void fail(struct source *s, int os_errno) {
    struct logwash_error err;
    s->failures++;
    (void)end_error(&err, LOGWASH_IO, s->name, os_errno, "%s", strerror(os_errno));
    if (s->options.report) s->options.report(s->options.report_ctx, &err);
}

static void fail_because(struct source *s, const char *why) {
    struct logwash_error err;
    s->failures++;
    (void)end_error(&err, LOGWASH_IO, s->name, 0, "%s", why);
    if (s->options.report) s->options.report(s->options.report_ctx, &err);
}

static void close_file(struct source *s) {
    if (s->fd > STDIN_FILENO) close(s->fd);
    s->fd = -1;
    unpacker_free(s->unpacker);
    s->unpacker = NULL;
}

/* Looks at what was opened; false: not to be read. */
static bool inspect(struct source *s) {
    struct stat in, out;
    if (fstat(s->fd, &in) != 0) {
        fail(s, errno);
        return false;
    }
    if (S_ISDIR(in.st_mode)) {
        fail(s, EISDIR);
        return false;
    }
    if (s->options.not_fd >= 0 && S_ISREG(in.st_mode) && fstat(s->options.not_fd, &out) == 0 &&
        in.st_dev == out.st_dev && in.st_ino == out.st_ino && in.st_size > 0) {
        fail_because(s, "input file is output file");
        return false;
    }
    s->is_stream = !S_ISREG(in.st_mode) && !S_ISBLK(in.st_mode);
    if (S_ISFIFO(in.st_mode)) (void)fcntl(s->fd, F_SETPIPE_SZ, BATCH_BYTES);
    if (!s->is_stream) (void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

static void start_file(struct source *s) {
    s->n_records = 0;
    s->scanned = 0;
    s->is_judged = s->is_cut = false;
    s->objects = (struct objects){.n = 0};
    buf_reset(&s->read);
    buf_reset(&s->tail);
}

/* Opens the next file that can be read. AGAIN: a signal came; END: there is none. */
static enum logwash_status open_next(struct source *s) {
    static char standard_input[] = "-";
    const size_t n = s->options.n ? s->options.n : 1;
    while (s->next < n) {
        s->name = s->options.n ? s->options.names[s->next] : standard_input;
        const bool is_stdin = strcmp(s->name, "-") == 0;
        s->fd = is_stdin ? STDIN_FILENO : open(s->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (s->fd < 0 && errno == EINTR) return LOGWASH_AGAIN;
        s->next++;
        if (s->fd < 0) {
            fail(s, errno);
            continue;
        }
        start_file(s);
        if (inspect(s)) return LOGWASH_OK;
        close_file(s);
    }
    return LOGWASH_END;
}

static size_t count_byte(const uint8_t *p, size_t len, uint8_t byte) {
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        /* Blocks short enough for 8-bit sums: the compiler makes a vector loop of it. */
        const size_t end = len - i > 255 ? i + 255 : len;
        uint8_t sum = 0;
        for (; i < end; i++) sum = (uint8_t)(sum + (p[i] == byte));
        n += sum;
    }
    return n;
}

/* Gives the batch the records before it, and keeps those before the next one. A full batch holds
 * all of the latter, so that the buffers are swapped and only those bytes copied. */
static bool hand_tail(struct source *s, struct batch *batch) {
    const struct buf *in = &batch->in;
    const size_t start = batch_tail_start(buf_view(in));
    if (start > 0) {
        const struct buf before = s->tail;
        s->tail = batch->tail;
        batch->tail = before;
        buf_reset(&s->tail);
        return buf_append(&s->tail, in->ptr + start, in->len - start);
    }
    if (!buf_append(&batch->tail, s->tail.ptr, s->tail.len)) return false;
    if (!buf_append(&s->tail, in->ptr, in->len)) return false;
    const size_t cut = batch_tail_start(buf_view(&s->tail));
    s->tail.len -= cut;
    memmove(s->tail.ptr, s->tail.ptr + cut, s->tail.len);
    return true;
}

/* Hands the first `len` bytes read over. False: out of memory. */
static bool emit(struct source *s, struct batch *batch, size_t len, bool at_end) {
    const struct buf filled = s->read;
    s->read = batch->in;
    batch->in = filled;
    batch->in.len = len;
    buf_reset(&s->read);
    const size_t rest = filled.len - len;
    s->scanned = s->options.framing == LOGWASH_FRAMING_MSGPACK ? s->scanned - len : rest;
    batch->framing = s->options.framing;
    batch->at_end = at_end;
    batch->note = s->name;
    batch->first_record = s->n_records;
    if (s->options.framing == LOGWASH_FRAMING_MSGPACK)
        s->n_records += s->objects.n;
    else if (s->options.count)
        s->n_records += count_byte(batch->in.ptr, len, terminator(s));
    s->objects.off += len;
    s->objects.n = 0;
    bool ok = buf_append(&s->read, batch->in.ptr + len, rest);
    if (s->options.framing == LOGWASH_FRAMING_LINE) ok = ok && hand_tail(s, batch);
    return ok;
}

/* Bytes of a record that is too long for the engine that are kept. One byte more than is over the
 * limit: the engine may leave a CR out. */
static size_t most_bytes(const struct source *s) { return s->options.max_record + 2; }

/* Cuts what was scanned of a too long object down to a stub. */
static void cut_object(struct source *s) {
    const size_t most = most_bytes(s);
    if (s->scanned <= most) return;
    memmove(s->read.ptr + most, s->read.ptr + s->scanned, s->read.len - s->scanned);
    s->objects.off += s->scanned - most;
    s->read.len -= s->scanned - most;
    s->scanned = most;
    s->objects.is_long = true;
}

/* The same as `take` for MessagePack. A stub is handed over alone. */
static bool take_objects(struct source *s, size_t n, size_t *len) {
    struct objects *o = &s->objects;
    bool found = false;
    s->read.len += n;
    while (s->scanned < s->read.len && !(found && o->is_long)) {
        const enum mp_status status = mp_frame_next(&o->frame, buf_view(&s->read), &s->scanned);
        o->is_bad = status == MP_INVALID;
        if (*len == 0) cut_object(s);
        if (status != MP_WHOLE) break;
        *len = s->scanned;
        o->n++;
        found = true;
    }
    return found;
}

/* Looks at what stands behind a stub that was handed over. */
static bool take_rest(struct source *s, size_t *len) {
    return s->options.framing == LOGWASH_FRAMING_MSGPACK && take_objects(s, 0, len);
}

/* Takes `n` new bytes behind s->read.len into account. True: there is a terminator, up to *len
 * bytes can be handed over. */
static bool take(struct source *s, size_t n, size_t *len) {
    if (s->options.framing == LOGWASH_FRAMING_MSGPACK) return take_objects(s, n, len);
    s->read.len += n;
    const uint8_t *last =
        memrchr(s->read.ptr + s->scanned, terminator(s), s->read.len - s->scanned);
    if (last) {
        *len = (size_t)(last - s->read.ptr) + 1;
        return true;
    }
    /* Of a record that is too long for the engine the rest is of no use. */
    const size_t most = most_bytes(s);
    if (s->read.len > most) s->read.len = most;
    s->scanned = s->read.len;
    return false;
}

static bool is_ready(int fd, int timeout_ms) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, timeout_ms) > 0;
}

/* Looks at the first bytes of a file, of which `n` new ones stand behind s->read.len, and gives
 * compressed ones to an unpacker. False: they are not to be taken as they are. */
static bool judge_head(struct source *s, size_t n, enum logwash_status *status) {
    const size_t len = s->read.len + n;
    bool more;
    const enum packing packing = packing_of(s->read.ptr, len, &more);
    s->is_judged = !more;
    if (packing == PACKING_NONE) return true;
    if ((s->is_stream || s->fd == STDIN_FILENO) && !s->options.unpack_streams) {
        *status = LOGWASH_ARGUMENT;
        return false;
    }
    s->unpacker = unpacker_new(packing, s->read.ptr, len);
    s->read.len = 0;
    s->scanned = 0;
    *status = s->unpacker ? LOGWASH_AGAIN : LOGWASH_MEMORY;
    return false;
}

/* Fewer bytes the first time, so that an unpacker can have them. */
static ssize_t read_bytes(struct source *s, size_t room, const char **why) {
    uint8_t *dst = s->read.ptr + s->read.len;
    *why = NULL;
    if (s->unpacker) return unpacker_read(s->unpacker, s->fd, dst, room, why);
    return read(s->fd, dst, s->is_judged || room < PACKING_BUFFER / 2 ? room : PACKING_BUFFER / 2);
}

/* Reads once, or until the batch is full. True: *len bytes can be handed over. *end: the file has
 * no more. */
static bool read_some(struct source *s, size_t *len, bool *end, enum logwash_status *status) {
    const size_t room = s->read.len < BATCH_BYTES ? BATCH_BYTES - s->read.len : BATCH_BYTES / 4;
    const char *why;
    if (!buf_reserve(&s->read, room)) {
        *status = LOGWASH_MEMORY;
        return false;
    }
    const ssize_t n = read_bytes(s, room, &why);
    if (n > 0 && !s->is_judged && !judge_head(s, (size_t)n, status)) return false;
    if (n > 0) return take(s, (size_t)n, len);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        *status = LOGWASH_AGAIN;
        return false;
    }
    if (n < 0) fail(s, errno);
    if (why) fail_because(s, why);
    s->is_cut = why != NULL;
    *end = true;
    return false;
}

/* Hands over the last whole objects of a file; what follows them is reported and not written. */
static enum logwash_status end_objects(struct source *s, struct batch *batch, size_t len) {
    struct logwash_error err;
    const uint64_t off = s->objects.off + s->scanned;
    const bool is_bad = s->objects.is_bad, is_stub = s->objects.is_long;
    close_file(s);
    if (len < s->read.len || is_bad) {
        s->failures++;
        (void)end_error(&err, LOGWASH_IO, s->name, 0,
                        is_bad ? "no MessagePack from byte %llu on; the rest was not washed"
                               : "the last MessagePack object is not whole at byte %llu",
                        (unsigned long long)(is_bad ? off : s->objects.off + s->read.len));
        if (s->options.report) s->options.report(s->options.report_ctx, &err);
    }
    const bool ok = len == 0 || emit(s, batch, len, is_stub);
    buf_reset(&s->read);
    return ok ? LOGWASH_END : LOGWASH_MEMORY;
}

/* Can reading it make us wait? */
static bool waits(const struct source *s) {
    return s->is_stream && !(s->unpacker && unpacker_is_ready(s->unpacker));
}

/* Reads one file until a batch can be handed over. END: this file has no more, the batch may hold
 * its rest. */
static enum logwash_status poll_file(struct source *s, struct batch *batch, int timeout_ms) {
    size_t len = 0, reads = 0;
    const bool was_there = take_rest(s, &len);
    bool end = false, found = was_there;
    enum logwash_status status = LOGWASH_OK;
    while (!end && !was_there && !s->objects.is_bad && status == LOGWASH_OK) {
        if (waits(s) && !is_ready(s->fd, timeout_ms)) return LOGWASH_AGAIN;
        if (read_some(s, &len, &end, &status)) found = true;
        const bool is_full = s->read.len >= BATCH_BYTES || s->objects.is_long;
        if (found && (is_full || (s->is_stream && !s->options.fill))) break;
        /* Inside a long record: the pipeline looks after its other work now and then. */
        if (status == LOGWASH_OK && !end && !found && (s->is_stream || ++reads == MAX_READS))
            return LOGWASH_AGAIN;
    }
    if (status == LOGWASH_MEMORY || status == LOGWASH_ARGUMENT) return status;
    if (s->options.framing == LOGWASH_FRAMING_MSGPACK && (end || s->objects.is_bad))
        return end_objects(s, batch, len);
    if (end) {
        close_file(s);
        /* Half a secret may look like none: what has no end here is not handed over. */
        if (s->is_cut) s->read.len = len;
        if (s->read.len == 0) return LOGWASH_END;
        const bool is_whole = s->read.ptr[s->read.len - 1] == terminator(s);
        return emit(s, batch, s->read.len, !is_whole) ? LOGWASH_END : LOGWASH_MEMORY;
    }
    if (!found) return LOGWASH_AGAIN;
    const bool is_stub = s->objects.is_long;
    s->objects.is_long = false;
    return emit(s, batch, len, is_stub) ? LOGWASH_OK : LOGWASH_MEMORY;
}

static enum logwash_status source_poll(struct end *end, struct batch *batch, int timeout_ms,
                                       struct logwash_error *err) {
    struct source *s = source_of(end);
    for (;;) {
        enum logwash_status status = s->fd < 0 ? open_next(s) : LOGWASH_OK;
        if (status != LOGWASH_OK) return status;
        status = poll_file(s, batch, timeout_ms);
        if (status == LOGWASH_MEMORY)
            return end_error(err, LOGWASH_FATAL, s->name, 0, "out of memory");
        if (status == LOGWASH_ARGUMENT)
            return end_error(err, status, s->name, 0,
                             "the input is compressed; see --decompress, or use zcat or zstdcat");
        if (status != LOGWASH_END) return status;
        if (batch->in.len > 0) return LOGWASH_OK;
    }
}

static int source_poll_fd(struct end *end) {
    const struct source *s = source_of(end);
    return s->fd >= 0 && waits(s) ? s->fd : -1;
}

static void source_close(struct end *end) {
    struct source *s = source_of(end);
    if (s->fd >= 0) close_file(s);
    buf_fini(&s->read);
    buf_fini(&s->tail);
    free(s);
}

static const struct end_ops source_ops = {
    .name = "file",
    .poll = source_poll,
    .poll_fd = source_poll_fd,
    .close = source_close,
};

struct end *file_source_new(const struct file_options *options) {
    struct source *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->end.ops = &source_ops;
    s->options = *options;
    if (s->options.max_record == 0) s->options.max_record = FILE_MAX_RECORD;
    s->fd = -1;
    buf_init(&s->read, 0);
    buf_init(&s->tail, 0);
    return &s->end;
}

size_t file_source_failures(const struct end *source) {
    return ((const struct source *)(const void *)source)->failures;
}

size_t file_source_rest(const struct end *source) {
    return ((const struct source *)(const void *)source)->read.len;
}

/* ---- sink ---- */

struct sink {
    struct end end;
    struct file_sink_options options;
    struct packer *packer;      /* NULL: not compressed */
    enum logwash_status status; /* of the last write */
    struct logwash_error *err;  /* of the verb that runs */
};

static bool write_all(void *ctx, const uint8_t *p, size_t len) {
    struct sink *sink = ctx;
    const struct file_sink_options *o = &sink->options;
    while (len > 0) {
        const ssize_t n = write(o->fd, p, len);
        if (n >= 0) {
            p += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = o->fd, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (errno == EPIPE) {
            sink->status =
                end_error(sink->err, LOGWASH_CLOSED, o->name, errno, "the reader has gone");
            return false;
        } else if (errno != EINTR) {
            sink->status = end_error(sink->err, LOGWASH_IO, o->name, errno, "%s", strerror(errno));
            return false;
        }
    }
    return true;
}

static enum logwash_status put(struct sink *sink, const uint8_t *bytes, size_t len, bool at_end,
                               struct logwash_error *err) {
    sink->status = LOGWASH_OK;
    sink->err = err;
    const bool ok = sink->packer ? packer_put(sink->packer, bytes, len, at_end, write_all, sink)
                                 : write_all(sink, bytes, len);
    if (!ok && sink->status == LOGWASH_OK)
        return end_error(err, LOGWASH_FATAL, sink->options.name, 0, "out of memory");
    return sink->status;
}

static enum logwash_status sink_put(struct end *end, struct batch *batch,
                                    struct logwash_error *err) {
    struct sink *sink = (struct sink *)(void *)end;
    const uint8_t *p = batch->out.data;
    const size_t len = batch->out.len;
    if (sink->options.refuse_nul && len > 0 && memchr(p, 0, len))
        return end_error(err, LOGWASH_ARGUMENT, "", 0,
                         "binary output is not written to a terminal; send it to a file or a pipe");
    return put(sink, p, len, false, err);
}

static enum logwash_status sink_drain(struct end *end, int64_t deadline_ns,
                                      struct logwash_error *err) {
    struct sink *sink = (struct sink *)(void *)end;
    (void)deadline_ns;
    if (!sink->packer) return LOGWASH_OK;
    const enum logwash_status status = put(sink, NULL, 0, true, err);
    packer_free(sink->packer);
    sink->packer = NULL;
    return status;
}

static void sink_close(struct end *end) {
    packer_free(((struct sink *)(void *)end)->packer);
    free(end);
}

static const struct end_ops sink_ops = {.name = "file",
                                        .put = sink_put,
                                        .drain = sink_drain,
                                        .close = sink_close};

struct end *file_sink_new(const struct file_sink_options *options) {
    struct sink *sink = calloc(1, sizeof *sink);
    if (!sink) return NULL;
    sink->end.ops = &sink_ops;
    sink->options = *options;
    if (options->packing != PACKING_NONE) {
        sink->packer = packer_new(options->packing);
        if (!sink->packer) {
            free(sink);
            return NULL;
        }
    }
    return &sink->end;
}
