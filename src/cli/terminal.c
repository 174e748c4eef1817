/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"
#include "cli/flags.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_stderr(const char *text, size_t len) {
    while (len > 0) {
        const ssize_t n = write(STDERR_FILENO, text, len);
        if (n <= 0) return; /* there is nobody left to tell */
        text += n;
        len -= (size_t)n;
    }
}

void message(const char *format, ...) {
    static const char prefix[] = "logwash: ";
    char line[1024];
    memcpy(line, prefix, sizeof prefix);
    const size_t at = sizeof prefix - 1;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + at, sizeof line - at - 1, format, args);
    va_end(args);
    if (n < 0) n = 0;
    size_t len = at + (size_t)n;
    if (len > sizeof line - 2) len = sizeof line - 2;
    line[len++] = '\n';
    write_stderr(line, len);
}

void message_error(const struct logwash_error *err) {
    const char *text = err->message[0] ? err->message : logwash_status_text(err->status);
    if (err->where[0])
        message("%s: %s", err->where, text);
    else
        message("%s", text);
}

void message_text(struct slice text) { write_stderr((const char *)text.ptr, text.len); }

bool terminal_is(int fd) { return isatty(fd) == 1; }

bool terminal_color(int fd, unsigned choice) {
    if (choice == COLOR_ALWAYS) return true;
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (choice == COLOR_NEVER || (no_color && *no_color)) return false;
    return terminal_is(fd) && !(term && strcmp(term, "dumb") == 0);
}

bool terminal_init(void) {
    signal(SIGPIPE, SIG_IGN);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0)
            return false;
    return true;
}
