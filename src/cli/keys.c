/* SPDX-License-Identifier: Apache-2.0 */
/* logwash keys new */
#include "base/buf.h"
#include "base/secret.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "core/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool write_all(int fd, const uint8_t *p, size_t len) {
    while (len > 0) {
        const ssize_t n = write(fd, p, len);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* A new file, never another one's place. 0, or the exit code (reported). */
static int write_file(const char *path, const struct buf *text) {
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        const bool exists = errno == EEXIST;
        message("%s: %s", path,
                exists ? "there is a file already; it is not overwritten" : strerror(errno));
        return exists ? EXIT_USAGE : EXIT_WORLD;
    }
    bool ok = write_all(fd, text->ptr, text->len) && fsync(fd) == 0;
    const int why = errno;
    ok = close(fd) == 0 && ok;
    if (ok) return 0;
    message("%s: %s", path, strerror(why));
    unlink(path);
    return EXIT_WORLD;
}

static int write_stdout(const struct buf *text) {
    if (write_all(STDOUT_FILENO, text->ptr, text->len) || errno == EPIPE) return 0;
    message("standard output: %s", strerror(errno));
    return EXIT_WORLD;
}

int cmd_keys_new(struct invocation *inv) {
    struct logwash_error err = {0};
    struct buf text;
    buf_init(&text, LOAD_RING_MAX);
    int code = EXIT_WORLD;
    uint8_t *key = load_run_key();
    if (!key) return code;
    /* Room at once, so that no copy of the key is left behind by growing. */
    const bool has_room = buf_reserve(&text, 4096);
    const enum logwash_status status =
        has_room ? tools_keyring_new(inv->set.id, (int64_t)time(NULL), key, &text, &err)
                 : LOGWASH_MEMORY;
    if (status != LOGWASH_OK) {
        if (!err.message[0]) err.status = status;
        message_error(&err);
        code = status == LOGWASH_ARGUMENT ? EXIT_USAGE : EXIT_WORLD;
    } else if (inv->set.out) {
        code = write_file(inv->set.out, &text);
    } else {
        code = write_stdout(&text);
    }
    secret_wipe(text.ptr, text.cap);
    buf_fini(&text);
    secret_free(key, LOAD_KEY_LEN);
    return code;
}
