/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to the user, and what standard streams are connected to.
 *
 * Every message is one line `logwash: …` on stderr, written at once so that lines do not mix. */
#ifndef LW_CLI_TERMINAL_H
#define LW_CLI_TERMINAL_H

#include "base/slice.h"
#include "logwash.h"

/* Writes `logwash: …` and a line end to stderr. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes an error: `logwash: where: message`. */
void message_error(const struct logwash_error *err);
/* Writes text of several lines (diagnostics) to stderr as it is. */
void message_text(struct slice text);

/* Whether the file descriptor is a terminal. */
bool terminal_is(int fd);
/* Whether what goes to `fd` shall be coloured: --color (enum color_choice), then NO_COLOR, then
 * whether it is a terminal. */
bool terminal_color(int fd, unsigned choice);
/* Opens /dev/null on closed standard streams, so that no file opened later takes their place;
 * ignores SIGPIPE. False: it could not. */
bool terminal_init(void);

#endif
