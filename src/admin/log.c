/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/log.h"

#include "base/codec.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINE = 16384 };

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_init(struct log *log, int fd, bool json, enum log_level level) {
    log->fd = fd;
    log->json = json;
    atomic_init(&log->level, level);
}

void log_level_set(struct log *log, enum log_level level) {
    atomic_store_explicit(&log->level, level, memory_order_relaxed);
}

static void put_time(struct buf *out) {
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000);
}

static void put_json(struct buf *out, enum log_level level, const char *event,
                     const struct log_field *fields, size_t n) {
    buf_str(out, "{\"ts\":\"");
    put_time(out);
    buf_printf(out, "\",\"level\":\"%s\",\"event\":\"%s\"", level_names[level], event);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, ",\"%s\":", fields[i].name);
        if (fields[i].text) {
            buf_byte(out, '"');
            json_escape(slice_str(fields[i].text), out);
            buf_byte(out, '"');
        } else {
            buf_printf(out, "%" PRId64, fields[i].number);
        }
    }
    buf_str(out, "}\n");
}

/* Control bytes become blanks, so that an event stays one line and moves no cursor. */
static void put_plain(struct buf *out, const char *text) {
    for (; *text; text++) buf_byte(out, (uint8_t)*text < ' ' ? ' ' : (uint8_t)*text);
}

static void put_text(struct buf *out, enum log_level level, const char *event,
                     const struct log_field *fields, size_t n) {
    put_time(out);
    buf_printf(out, " %-5s %s", level_names[level], event);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, " %s=", fields[i].name);
        if (fields[i].text)
            put_plain(out, fields[i].text);
        else
            buf_printf(out, "%" PRId64, fields[i].number);
    }
    buf_byte(out, '\n');
}

void log_write(struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t n) {
    if (!log || level < atomic_load_explicit(&log->level, memory_order_relaxed)) return;
    struct buf line;
    buf_init(&line, MAX_LINE);
    if (log->json)
        put_json(&line, level, event, fields, n);
    else
        put_text(&line, level, event, fields, n);
    if (line.failed) { /* too long, or no memory: the event alone */
        buf_reset(&line);
        put_json(&line, level, event, NULL, 0);
    }
    size_t done = 0;
    while (!line.failed && done < line.len) {
        const ssize_t got = write(log->fd, line.ptr + done, line.len - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) break; /* nowhere to say so */
        done += (size_t)got;
    }
    buf_fini(&line);
}
