/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are read whole: configurations, packs, key rings, exact secrets.
 *
 * Functions return 0 or an errno, EFBIG for more bytes than are taken (16 MiB, or the room given),
 * and report nothing. Bytes of key rings and secrets stand in secret pages alone. */
#ifndef LW_CLI_FILES_H
#define LW_CLI_FILES_H

#include "base/buf.h"

/* Appends the file. */
int file_append(const char *path, struct buf *out);
/* The same of what is still to come from an open descriptor. */
int file_append_fd(int fd, struct buf *out);
/* The whole of it into `dst`, which must have room for a byte more than it may have; *len: how much
 * it was. */
int file_read(int fd, void *dst, size_t cap, size_t *len);
/* What an error of the first two means, for a message. */
const char *file_error(int code);

enum { FILE_RING_MAX = 64 * 1024 };
/* Reads a key ring into FILE_RING_MAX bytes of secret pages (give them back with secret_free);
 * refused when others than the owner may read it. NULL: done; else what is wrong, and *bytes is
 * NULL. */
const char *file_read_ring(const char *path, void **bytes, size_t *len);

#endif
