/* SPDX-License-Identifier: Apache-2.0 */
/* The service's log: one line an event, JSON or text for people, each written by one write(2).
 *
 *     {"ts":"2026-01-01T00:00:00.000Z","level":"info","event":"started","inputs":2}
 *     2026-01-01T00:00:00.000Z info  started inputs=2
 *
 * Fields hold names, numbers and messages of the program, never bytes of records or keys.
 *
 * Lifetime: plain data. Threads: any may write; the level may be changed while others write. */
#ifndef LW_ADMIN_LOG_H
#define LW_ADMIN_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log {
    int fd;
    bool json;
    atomic_uint level; /* lowest enum log_level written */
};

struct log_field {
    const char *name;
    const char *text; /* NULL: the number */
    int64_t number;
};
#define LOG_TEXT(field, value)   ((struct log_field){(field), (value), 0})
#define LOG_NUMBER(field, value) ((struct log_field){(field), NULL, (int64_t)(value)})

void log_init(struct log *log, int fd, bool json, enum log_level level);
void log_level_set(struct log *log, enum log_level level);
/* `log` NULL: nothing. An event is a fixed word; it never depends on data. */
void log_write(struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t n);
/* log_event(log, LOG_INFO, "started", LOG_NUMBER("inputs", 2)): at least one field. */
#define log_event(log, level, event, ...)                                                          \
    log_write((log), (level), (event), (const struct log_field[]){__VA_ARGS__},                    \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
