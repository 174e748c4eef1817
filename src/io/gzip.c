/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 1952 by zlib, which checks sum and length of each member. */
#include "io/packing.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS };

struct gzip {
    struct codec codec;
    z_stream z;
    bool writes;
    bool is_between; /* readers: a member has ended, none has begun behind it */
};

static struct gzip *gzip_of(struct codec *codec) { return (struct gzip *)(void *)codec; }

static uInt bounded(size_t len) { return len < UINT_MAX ? (uInt)len : UINT_MAX; }

static void set_io(z_stream *z, const struct packing_io *io) {
    z->next_in = io->in;
    z->avail_in = bounded(io->in_len);
    z->next_out = io->out;
    z->avail_out = bounded(io->out_len);
}

static void get_io(const z_stream *z, struct packing_io *io) {
    io->in_len -= (size_t)(z->next_in - io->in);
    io->in = z->next_in;
    io->out_len -= (size_t)(z->next_out - io->out);
    io->out = z->next_out;
}

static enum packing_step read_step(struct codec *codec, struct packing_io *io, bool end) {
    struct gzip *g = gzip_of(codec);
    (void)end;
    if (g->is_between) {
        /* Zero bytes behind the last member fill a block of a tape or disk. */
        while (io->in_len > 0 && *io->in == 0) io->in++, io->in_len--;
        if (io->in_len == 0) return PACKING_WHOLE;
        if (inflateReset(&g->z) != Z_OK) return PACKING_DAMAGED;
        g->is_between = false;
    }
    set_io(&g->z, io);
    const int code = inflate(&g->z, Z_NO_FLUSH);
    get_io(&g->z, io);
    g->is_between = code == Z_STREAM_END;
    switch (code) {
    case Z_STREAM_END: return PACKING_WHOLE;
    case Z_OK:
    case Z_BUF_ERROR: return PACKING_MORE;
    case Z_MEM_ERROR: return PACKING_NO_MEMORY;
    default: return PACKING_DAMAGED;
    }
}

static enum packing_step write_step(struct codec *codec, struct packing_io *io, bool end) {
    struct gzip *g = gzip_of(codec);
    set_io(&g->z, io);
    const int code = deflate(&g->z, end ? Z_FINISH : Z_NO_FLUSH);
    get_io(&g->z, io);
    return code == Z_STREAM_END ? PACKING_WHOLE : PACKING_MORE;
}

static void gzip_free(struct codec *codec) {
    struct gzip *g = gzip_of(codec);
    if (g->writes)
        deflateEnd(&g->z);
    else
        inflateEnd(&g->z);
    free(g);
}

static struct codec *gzip_new(bool writes) {
    struct gzip *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->codec = (struct codec){writes ? write_step : read_step, gzip_free};
    g->writes = writes;
    const int code = writes ? deflateInit2(&g->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_ONLY,
                                           MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY)
                            : inflateInit2(&g->z, GZIP_ONLY);
    if (code == Z_OK) return &g->codec;
    free(g);
    return NULL;
}

struct codec *gzip_reader_new(void) {
    return gzip_new(false);
}

struct codec *gzip_writer_new(void) {
    return gzip_new(true);
}
