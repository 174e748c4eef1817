/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces a file in one step: a temporary file beside it, with its mode and (where the system
 * allows it) its owner, is written, synced, and renamed over it; then the folder is synced. At
 * every moment the name shows the old file or the new one, whole. A symbolic link stays one: what
 * it points to is replaced. */
#ifndef LW_IO_REPLACE_H
#define LW_IO_REPLACE_H

#include "logwash.h"

struct replace;

/* NULL: `path` is no regular file, or there is no room beside it (err says which). */
struct replace *replace_open(const char *path, struct logwash_error *err);
/* Where to write to. */
int replace_fd(const struct replace *replace);
/* From now on `path` is what was written. IO: `path` is what it was. */
LOGWASH_USE enum logwash_status replace_commit(struct replace *replace, struct logwash_error *err);
/* Frees, and removes the temporary file if it was not committed. NULL is allowed. */
void replace_close(struct replace *replace);

#endif
