/* SPDX-License-Identifier: Apache-2.0 */
/* The man page and the shells' completions, rendered from the tables of commands and flags.
 * `logwash render man|bash|zsh|fish` prints one; the build installs them. */
#ifndef LW_CLI_RENDER_H
#define LW_CLI_RENDER_H

#include "base/buf.h"
#include "cli/commands.h"

void man_render(struct buf *out);
void completion_bash(struct buf *out);
void completion_zsh(struct buf *out);
void completion_fish(struct buf *out);

#endif
