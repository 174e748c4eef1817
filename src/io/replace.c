/* SPDX-License-Identifier: Apache-2.0 */
#include "io/replace.h"
#include "run/end.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct replace {
    char path[PATH_MAX];      /* real path, links followed */
    char temp[PATH_MAX + 32]; /* empty: none, or committed */
    size_t dir_len;           /* bytes of `path` before its last slash, at least 1 */
    int fd;
};

static enum logwash_status failed(struct logwash_error *err, const char *where, int os_errno) {
    return end_error(err, LOGWASH_IO, where, os_errno, "%s", strerror(os_errno));
}

static bool make_temp(struct replace *r, const struct stat *st) {
    const char *name = strrchr(r->path, '/') + 1; /* realpath begins with a slash */
    const int dir = (int)(name - r->path);
    r->dir_len = dir > 1 ? (size_t)dir - 1 : 1;
    snprintf(r->temp, sizeof r->temp, "%.*s.%.200s.logwash-XXXXXX", dir, r->path, name);
    r->fd = mkostemp(r->temp, O_CLOEXEC);
    if (r->fd < 0) {
        r->temp[0] = '\0';
        return false;
    }
    /* The owner first: changing it takes the set-id bits away. Only root can do it, and then group
     * alone is tried. */
    if (fchown(r->fd, st->st_uid, st->st_gid) != 0 && fchown(r->fd, (uid_t)-1, st->st_gid) != 0)
        return fchmod(r->fd, st->st_mode & 0700) == 0;
    return fchmod(r->fd, st->st_mode & 07777) == 0;
}

struct replace *replace_open(const char *path, struct logwash_error *err) {
    struct replace *r = calloc(1, sizeof *r);
    struct stat st;
    if (!r) {
        end_error(err, LOGWASH_MEMORY, path, 0, "out of memory");
        return NULL;
    }
    r->fd = -1;
    if (!realpath(path, r->path) || stat(r->path, &st) != 0) {
        (void)failed(err, path, errno);
    } else if (S_ISDIR(st.st_mode)) {
        (void)failed(err, path, EISDIR);
    } else if (!S_ISREG(st.st_mode)) {
        end_error(err, LOGWASH_ARGUMENT, path, 0, "not a regular file, not replaced");
    } else if (!make_temp(r, &st)) {
        const int why = errno;
        end_error(err, LOGWASH_IO, path, why, "cannot write beside it: %s", strerror(why));
    } else {
        return r;
    }
    replace_close(r);
    return NULL;
}

int replace_fd(const struct replace *r) { return r->fd; }

static bool sync_dir(const struct replace *r) {
    char dir[PATH_MAX];
    snprintf(dir, sizeof dir, "%.*s", (int)r->dir_len, r->path);
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno ==
               EACCES; /* a folder one may write to but not read: nothing more can be done */
    const bool ok = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return ok;
}

enum logwash_status replace_commit(struct replace *r, struct logwash_error *err) {
    const int fd = r->fd;
    r->fd = -1;
    const bool synced = fsync(fd) == 0;
    const int why = errno;
    if (close(fd) != 0 && synced) return failed(err, r->path, errno);
    if (!synced) return failed(err, r->path, why);
    if (rename(r->temp, r->path) != 0) return failed(err, r->path, errno);
    r->temp[0] = '\0';
    return sync_dir(r) ? LOGWASH_OK : failed(err, r->path, errno);
}

void replace_close(struct replace *r) {
    if (!r) return;
    if (r->fd >= 0) close(r->fd);
    if (r->temp[0]) unlink(r->temp);
    free(r);
}
