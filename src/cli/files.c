/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BYTES = 16 * 1024 * 1024 };

int file_append_fd(int fd, struct buf *out) {
    const size_t start = out->len;
    for (;;) {
        if (!buf_reserve(out, 64 * 1024)) return ENOMEM;
        const ssize_t n = read(fd, out->ptr + out->len, out->cap - out->len);
        if (n == 0) return 0;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        out->len += (size_t)n;
        if (out->len - start > MAX_BYTES) return EFBIG;
    }
}

int file_append(const char *path, struct buf *out) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return errno;
    const int code = file_append_fd(fd, out);
    close(fd);
    return code;
}

int file_read(int fd, void *dst, size_t cap, size_t *len) {
    for (*len = 0; *len < cap;) {
        const ssize_t n = read(fd, (char *)dst + *len, cap - *len);
        if (n == 0) return 0;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        *len += (size_t)n;
    }
    return EFBIG;
}

const char *file_error(int code) { return code == EFBIG ? "larger than 16 MiB" : strerror(code); }

static const char *read_ring(int fd, void **bytes, size_t *len) {
    struct stat st;
    if (fstat(fd, &st) != 0) return strerror(errno);
    if (S_ISREG(st.st_mode) && (st.st_mode & 077))
        return "others than its owner may read or write it (chmod 600, and think about new keys)";
    *bytes = secret_new(FILE_RING_MAX);
    if (!*bytes) return strerror(ENOMEM);
    const int code = file_read(fd, *bytes, FILE_RING_MAX, len);
    return code == EFBIG ? "larger than 64 KiB" : code != 0 ? strerror(code) : NULL;
}

const char *file_read_ring(const char *path, void **bytes, size_t *len) {
    *bytes = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return strerror(errno);
    const char *why = read_ring(fd, bytes, len);
    close(fd);
    if (why) secret_free(*bytes, FILE_RING_MAX);
    if (why) *bytes = NULL;
    return why;
}
