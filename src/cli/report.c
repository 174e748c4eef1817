/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <stdlib.h>

void report_init(struct report *report) { *report = (struct report){0}; }

void report_fini(struct report *report) {
    for (size_t i = 0; i < report->n; i++) free(report->blocks[i]);
    free(report->blocks);
    *report = (struct report){0};
}

static size_t line_len(const char *text) {
    const char *newline = strchr(text, '\n');
    return newline ? (size_t)(newline - text) + 1 : strlen(text);
}

static size_t block_len(const char *text) {
    size_t len = line_len(text);
    while (text[len] == ' ') len += line_len(text + len);
    return len;
}

/* `1 error`, `12 errors`: the closing line, which begins with a digit and names no file. */
static bool is_count(const char *block, size_t len) {
    size_t i = 0;
    while (i < len && byte_is_digit((uint8_t)block[i])) i++;
    const struct slice rest = slice_of(block + i, len - i);
    return i > 0 && (slice_eq_str(rest, " error\n") || slice_eq_str(rest, " errors\n"));
}

static bool has_block(const struct report *report, const char *text, size_t len) {
    for (size_t i = 0; i < report->n; i++)
        if (strlen(report->blocks[i]) == len && memcmp(report->blocks[i], text, len) == 0)
            return true;
    return false;
}

static bool insert(struct report *report, size_t at, const char *text, size_t len) {
    char *block = strndup(text, len);
    if (!block || !VEC_GROW(report->blocks, report->cap, report->n + 1)) {
        free(block);
        report->failed = true;
        return false;
    }
    memmove(report->blocks + at + 1, report->blocks + at, (report->n - at) * sizeof(char *));
    report->blocks[at] = block;
    report->n++;
    return true;
}

static void add(struct report *report, size_t at, const char *text) {
    for (size_t len; *text; text += len) {
        len = block_len(text);
        if (!is_count(text, len) && !has_block(report, text, len))
            at += insert(report, at, text, len);
    }
}

void report_add(void *report, const char *text) { add(report, ((struct report *)report)->n, text); }

void report_add_first(struct report *report, const char *text) { add(report, 0, text); }

void report_print(const struct report *report, struct buf *out) {
    size_t n_errors = 0;
    for (size_t i = 0; i < report->n; i++) {
        buf_str(out, report->blocks[i]);
        const char *first_line_end = report->blocks[i] + line_len(report->blocks[i]);
        const char *error = strstr(report->blocks[i], "error:");
        n_errors += error && error < first_line_end;
    }
    if (report->failed) buf_str(out, "error: out of memory\n");
    if (n_errors > 0) buf_printf(out, "%zu error%s\n", n_errors, n_errors == 1 ? "" : "s");
}
