/* SPDX-License-Identifier: Apache-2.0 */
#include "io/packing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first bytes of each compression (gzip: with its only method, deflate). */
static const struct {
    const char *name;
    uint8_t magic[4];
    size_t len;
} kinds[] = {
    [PACKING_NONE] = {"none", {0}, 0},
    [PACKING_GZIP] = {"gzip", {0x1f, 0x8b, 8}, 3},
    [PACKING_ZSTD] = {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
};

enum packing packing_of(const uint8_t *head, size_t len, bool *more) {
    *more = false;
    for (enum packing kind = PACKING_GZIP; kind <= PACKING_ZSTD; kind++) {
        const size_t known = len < kinds[kind].len ? len : kinds[kind].len;
        if (memcmp(head, kinds[kind].magic, known) != 0) continue;
        if (known == kinds[kind].len) return kind;
        *more = true;
    }
    return PACKING_NONE;
}

const char *packing_name(enum packing packing) { return kinds[packing].name; }

bool packing_of_file(const char *path, enum packing *packing) {
    uint8_t head[4];
    struct stat st;
    bool more;
    *packing = PACKING_NONE;
    if (strcmp(path, "-") == 0) return true;
    if (stat(path, &st) != 0 || S_ISDIR(st.st_mode)) return false;
    if (!S_ISREG(st.st_mode)) return true;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return false;
    const ssize_t n = pread(fd, head, sizeof head, 0);
    close(fd);
    if (n <= 0) return false;
    *packing = packing_of(head, (size_t)n, &more);
    return true;
}

/* ---- reading ---- */

struct unpacker {
    struct codec *codec;
    enum packing_step last; /* what the last step said */
    bool is_full;           /* it has more to say without reading */
    size_t at, len;         /* of `in` */
    uint8_t in[PACKING_BUFFER];
};

struct unpacker *unpacker_new(enum packing packing, const uint8_t *head, size_t len) {
    struct unpacker *u = calloc(1, sizeof *u);
    if (!u || len > sizeof u->in) {
        free(u);
        return NULL;
    }
    u->codec = packing == PACKING_GZIP ? gzip_reader_new() : zstd_reader_new();
    if (!u->codec) {
        free(u);
        return NULL;
    }
    memcpy(u->in, head, len);
    u->len = len;
    return u;
}

void unpacker_free(struct unpacker *u) {
    if (!u) return;
    u->codec->free(u->codec);
    free(u);
}

bool unpacker_is_ready(const struct unpacker *u) { return u->at < u->len || u->is_full; }

static const char *complaint(enum packing_step step) {
    switch (step) {
    case PACKING_MORE:
    case PACKING_WHOLE: break;
    case PACKING_DAMAGED: return "damaged: its compression cannot be undone";
    case PACKING_TOO_LARGE:
        return "needs a window of more than 32 MiB; undo its compression first (zstd -d --long=31)";
    case PACKING_NO_MEMORY: return "out of memory";
    }
    return NULL;
}

ssize_t unpacker_read(struct unpacker *u, int fd, uint8_t *out, size_t room, const char **why) {
    *why = complaint(u->last); /* what came out before it has been taken */
    if (*why) return 0;
    if (!unpacker_is_ready(u)) {
        const ssize_t n = read(fd, u->in, sizeof u->in);
        if (n < 0) return -1;
        if (n == 0) {
            if (u->last != PACKING_WHOLE) *why = "cut off: its compression does not end";
            return 0;
        }
        u->at = 0;
        u->len = (size_t)n;
    }
    struct packing_io io = {u->in + u->at, u->len - u->at, out, room};
    do {
        u->last = u->codec->step(u->codec, &io, false);
        u->is_full = u->last > PACKING_WHOLE || (u->last == PACKING_MORE && io.out_len == 0);
    } while (io.in_len > 0 && io.out_len > 0 && u->last <= PACKING_WHOLE);
    u->at = u->len - io.in_len;
    const size_t made = room - io.out_len;
    if (made > 0) return (ssize_t)made;
    *why = complaint(u->last);
    if (*why) return 0;
    errno = EAGAIN;
    return -1;
}

/* ---- writing ---- */

struct packer {
    struct codec *codec;
    uint8_t out[PACKING_BUFFER];
};

struct packer *packer_new(enum packing packing) {
    struct packer *p = malloc(sizeof *p);
    if (!p) return NULL;
    p->codec = packing == PACKING_GZIP ? gzip_writer_new() : zstd_writer_new();
    if (p->codec) return p;
    free(p);
    return NULL;
}

void packer_free(struct packer *p) {
    if (!p) return;
    p->codec->free(p->codec);
    free(p);
}

bool packer_put(struct packer *p, const uint8_t *bytes, size_t len, bool end,
                bool (*write)(void *ctx, const uint8_t *bytes, size_t len), void *ctx) {
    struct packing_io io = {.in = bytes, .in_len = len};
    for (;;) {
        io.out = p->out;
        io.out_len = sizeof p->out;
        const enum packing_step step = p->codec->step(p->codec, &io, end);
        const size_t made = sizeof p->out - io.out_len;
        if (step > PACKING_WHOLE || (made > 0 && !write(ctx, p->out, made))) return false;
        if (end ? step == PACKING_WHOLE : io.in_len == 0 && io.out_len > 0) return true;
    }
}
