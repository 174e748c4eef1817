/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed files: which compression a file has, and how its bytes are read and written.
 *
 * Everything is streamed through buffers of fixed size, so a file that would grow for ever costs
 * time and no memory. Several gzip members or zstd frames one behind the other are one file. What
 * is cut off or damaged is said to be so; nothing is passed over.
 *
 * Lifetime: each object is one file's. Threads: one at a time. */
#ifndef LW_IO_PACKING_H
#define LW_IO_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

enum {
    PACKING_BUFFER = 64 * 1024,
    PACKING_MAX_WINDOW_LOG = 25, /* a zstd frame that must remember more than 32 MiB is refused */
};

/* The compression that a file with these first bytes has. *more: four bytes would tell, these are
 * too few. */
enum packing packing_of(const uint8_t *head, size_t len, bool *more);
const char *packing_name(enum packing packing);
/* The compression of an input by its name ("-" and streams: NONE). False: it holds nothing or
 * cannot be read. */
bool packing_of_file(const char *path, enum packing *packing);

/* ---- reading ---- */

struct unpacker;
/* NULL: out of memory. `packing` is not NONE. `head`: the first bytes, read already, at most
 * PACKING_BUFFER. */
struct unpacker *unpacker_new(enum packing packing, const uint8_t *head, size_t len);
void unpacker_free(struct unpacker *unpacker);
/* Reads from `fd` at most once and adds at most `room` bytes to `out`. Returns how many; 0: the
 * end, *why tells whether it is a good one (NULL) or what is wrong; -1: errno tells (EAGAIN:
 * nothing came out yet, ask again). */
ssize_t unpacker_read(struct unpacker *unpacker, int fd, uint8_t *out, size_t room,
                      const char **why);
/* Is there something to come without reading? */
bool unpacker_is_ready(const struct unpacker *unpacker);

/* ---- writing ---- */

struct packer;
struct packer *packer_new(enum packing packing);
void packer_free(struct packer *packer);
/* Calls `write` with what `len` bytes become, in pieces; `end`: and with all that is left. False:
 * `write` said so, or out of memory. */
bool packer_put(struct packer *packer, const uint8_t *bytes, size_t len, bool end,
                bool (*write)(void *ctx, const uint8_t *bytes, size_t len), void *ctx);

/* ---- one library each (gzip.c, zstd.c) ---- */

/* What a step works on: it takes from the front of `in` and adds at the front of `out`. */
struct packing_io {
    const uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len; /* room */
};

enum packing_step {
    PACKING_MORE,    /* go on: with more input, or with more room */
    PACKING_WHOLE,   /* a member or frame has ended, all of it is out */
    PACKING_DAMAGED, /* what is read is not what it says it is */
    PACKING_TOO_LARGE,
    PACKING_NO_MEMORY,
};

/* Reader or writer; `end` (writers): there is no more input. */
struct codec {
    enum packing_step (*step)(struct codec *codec, struct packing_io *io, bool end);
    void (*free)(struct codec *codec);
};

struct codec *gzip_reader_new(void);
struct codec *gzip_writer_new(void);
struct codec *zstd_reader_new(void);
struct codec *zstd_writer_new(void);

#endif
