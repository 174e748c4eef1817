/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8878 by libzstd. */
#include "io/packing.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct zstd {
    struct codec codec;
    ZSTD_DCtx *reader;
    ZSTD_CCtx *writer;
};

static struct zstd *zstd_of(struct codec *codec) { return (struct zstd *)(void *)codec; }

static enum packing_step failed(size_t code) {
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation: return PACKING_NO_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge: return PACKING_TOO_LARGE;
    default: return PACKING_DAMAGED;
    }
}

static void move_on(struct packing_io *io, size_t taken, size_t made) {
    io->in += taken;
    io->in_len -= taken;
    io->out += made;
    io->out_len -= made;
}

static enum packing_step read_step(struct codec *codec, struct packing_io *io, bool end) {
    (void)end;
    ZSTD_inBuffer in = {io->in, io->in_len, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    const size_t code = ZSTD_decompressStream(zstd_of(codec)->reader, &out, &in);
    move_on(io, in.pos, out.pos);
    if (ZSTD_isError(code)) return failed(code);
    return code == 0 ? PACKING_WHOLE : PACKING_MORE;
}

static enum packing_step write_step(struct codec *codec, struct packing_io *io, bool end) {
    ZSTD_inBuffer in = {io->in, io->in_len, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    const ZSTD_EndDirective how = end ? ZSTD_e_end : ZSTD_e_continue;
    const size_t left = ZSTD_compressStream2(zstd_of(codec)->writer, &out, &in, how);
    move_on(io, in.pos, out.pos);
    if (ZSTD_isError(left)) return failed(left);
    return end && left == 0 ? PACKING_WHOLE : PACKING_MORE;
}

static void zstd_free(struct codec *codec) {
    struct zstd *z = zstd_of(codec);
    ZSTD_freeDCtx(z->reader);
    ZSTD_freeCCtx(z->writer);
    free(z);
}

struct codec *zstd_reader_new(void) {
    struct zstd *z = calloc(1, sizeof *z);
    if (!z) return NULL;
    z->codec = (struct codec){read_step, zstd_free};
    z->reader = ZSTD_createDCtx();
    if (z->reader && !ZSTD_isError(ZSTD_DCtx_setParameter(z->reader, ZSTD_d_windowLogMax,
                                                          PACKING_MAX_WINDOW_LOG)))
        return &z->codec;
    zstd_free(&z->codec);
    return NULL;
}

struct codec *zstd_writer_new(void) {
    struct zstd *z = calloc(1, sizeof *z);
    if (!z) return NULL;
    z->codec = (struct codec){write_step, zstd_free};
    z->writer = ZSTD_createCCtx();
    if (z->writer && !ZSTD_isError(ZSTD_CCtx_setParameter(z->writer, ZSTD_c_checksumFlag, 1)))
        return &z->codec;
    zstd_free(&z->codec);
    return NULL;
}
