/* SPDX-License-Identifier: Apache-2.0 */
/* logwash keys new, list, check, rotate, destroy */
#include "base/buf.h"
#include "base/secret.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "core/tools.h"
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
    buf_init(&text, FILE_RING_MAX);
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

/* ---- a ring that is there ---- */

struct ring_file {
    void *bytes; /* secret pages */
    struct logwash_source source;
    struct buf out; /* the ring to come: key bytes */
    struct buf report;
};

/* 0, or the exit code; ring_close is needed in both cases. */
static int ring_open(struct ring_file *ring, const struct invocation *inv) {
    *ring = (struct ring_file){0};
    buf_init(&ring->out, 0);
    buf_init(&ring->report, 0);
    if (!inv->set.keyring) {
        message("which key ring? (-k FILE)");
        help_usage(inv->command);
        return EXIT_USAGE;
    }
    size_t len = 0;
    const char *why = file_read_ring(inv->set.keyring, &ring->bytes, &len);
    if (why) message("%s: %s", inv->set.keyring, why);
    ring->source = (struct logwash_source){inv->set.keyring, ring->bytes, len};
    return why ? EXIT_USAGE : 0;
}

static void ring_close(struct ring_file *ring) {
    if (ring->out.ptr) secret_wipe(ring->out.ptr, ring->out.cap);
    buf_fini(&ring->out);
    buf_fini(&ring->report);
    secret_free(ring->bytes, FILE_RING_MAX);
}

/* The exit code for what the library said. */
static int ring_result(struct ring_file *ring, enum logwash_status status,
                       struct logwash_error *err) {
    if (status == LOGWASH_OK) return EXIT_DONE;
    if (ring->report.len > 0)
        message_text(buf_view(&ring->report));
    else if (err->message[0])
        message_error(err);
    else
        message("out of memory");
    return status == LOGWASH_MEMORY ? EXIT_WORLD : EXIT_USAGE;
}

/* Overwrites what the old file held; its blocks may be read by others later. */
static void overwrite(int fd, size_t len) {
    static const uint8_t zeros[4096];
    for (size_t at = 0; at < len;) {
        const size_t want = len - at < sizeof zeros ? len - at : sizeof zeros;
        const ssize_t n = pwrite(fd, zeros, want, (off_t)at);
        if (n <= 0) return;
        at += (size_t)n;
    }
    (void)fdatasync(fd);
}

/* Puts the new ring in the old one's place, all of it or nothing. The old file is overwritten. */
static int ring_replace(const char *path, const struct buf *text, size_t old_len) {
    struct logwash_error err = {0};
    const int old = open(path, O_RDWR | O_CLOEXEC);
    struct replace *replace = old >= 0 ? replace_open(path, &err) : NULL;
    enum logwash_status status = LOGWASH_IO;
    if (old < 0 || (replace && !write_all(replace_fd(replace), text->ptr, text->len)))
        message("%s: %s", path, strerror(errno));
    else if (!replace || (status = replace_commit(replace, &err)) != LOGWASH_OK)
        message_error(&err);
    else
        overwrite(old, old_len);
    replace_close(replace);
    if (old >= 0) close(old);
    return status == LOGWASH_OK ? EXIT_DONE : EXIT_WORLD;
}

static void print_epochs(const struct tools_epoch *epochs, size_t n) {
    const int64_t now = (int64_t)time(NULL);
    char when[MOMENT_TEXT_LEN];
    size_t used = 0; /* the last one that has begun, or the first that has a key */
    while (used < n && epochs[used].is_destroyed) used++;
    for (size_t i = used; i < n; i++)
        if (!epochs[i].is_destroyed && epochs[i].from_sec <= now) used = i;
    printf("%-8s  %-20s  %s\n", "EPOCH", "FROM", "STATE");
    for (size_t i = 0; i < n; i++) {
        (void)moment_text(epochs[i].from_sec, when);
        const char *state = epochs[i].is_destroyed ? "destroyed"
                            : i == used            ? "in use"
                            : i < used             ? "past"
                                                   : "to come";
        printf("%-8s  %-20s  %s\n", epochs[i].id, when, state);
    }
}

/* list and check. */
static int read_epochs(struct invocation *inv, bool prints) {
    static struct tools_epoch epochs[TOOLS_MAX_EPOCHS];
    struct ring_file ring;
    struct logwash_error err = {0};
    size_t n = 0, live = 0;
    int code = ring_open(&ring, inv);
    if (code == 0)
        code = ring_result(&ring, tools_keyring_list(&ring.source, epochs, &n, &ring.report), &err);
    if (code == 0 && prints) print_epochs(epochs, n);
    for (size_t i = 0; i < n; i++) live += !epochs[i].is_destroyed;
    if (code == 0 && !prints && !inv->set.quiet)
        message("%s: a sound key ring, epochs: %zu, destroyed: %zu", inv->set.keyring, live,
                n - live);
    ring_close(&ring);
    return code;
}

int cmd_keys_list(struct invocation *inv) { return read_epochs(inv, true); }

int cmd_keys_check(struct invocation *inv) { return read_epochs(inv, false); }

int cmd_keys_rotate(struct invocation *inv) {
    struct ring_file ring;
    struct logwash_error err = {0};
    char used[9], when[MOMENT_TEXT_LEN];
    int64_t from_sec = (int64_t)time(NULL);
    if (inv->set.from && !moment_parse(slice_str(inv->set.from), &from_sec)) {
        message("--from: a time is written like 2026-01-01T00:00:00Z");
        return EXIT_USAGE;
    }
    int code = ring_open(&ring, inv);
    uint8_t *key = code == 0 ? load_run_key() : NULL;
    if (code == 0 && !key) code = EXIT_WORLD;
    if (code == 0)
        code = ring_result(&ring,
                           tools_keyring_rotate(&ring.source, inv->set.id, from_sec, key, used,
                                                &ring.out, &ring.report, &err),
                           &err);
    if (code == 0) code = ring_replace(inv->set.keyring, &ring.out, ring.source.len);
    if (code == 0 && !inv->set.quiet) {
        (void)moment_text(from_sec, when);
        message("%s: epoch %s from %s on", inv->set.keyring, used, when);
    }
    secret_free(key, LOAD_KEY_LEN);
    ring_close(&ring);
    return code;
}

int cmd_keys_destroy(struct invocation *inv) {
    struct ring_file ring;
    struct logwash_error err = {0};
    if (!inv->set.id) {
        message("which epoch? (--id ID; it is gone for ever)");
        help_usage(inv->command);
        return EXIT_USAGE;
    }
    int code = ring_open(&ring, inv);
    if (code == 0)
        code = ring_result(&ring,
                           tools_keyring_destroy(&ring.source, inv->set.id, (int64_t)time(NULL),
                                                 &ring.out, &ring.report, &err),
                           &err);
    if (code == 0) code = ring_replace(inv->set.keyring, &ring.out, ring.source.len);
    if (code == 0 && !inv->set.quiet)
        message("%s: epoch %s is destroyed; so must be every copy of the old file",
                inv->set.keyring, inv->set.id);
    ring_close(&ring);
    return code;
}

/* ---- lookup ---- */

int cmd_lookup(struct invocation *inv) {
    struct ring_file ring;
    struct logwash_error err = {0};
    struct buf in;
    if (!inv->set.class_name) {
        message("of which class is the value? (--class NAME)");
        help_usage(inv->command);
        return EXIT_USAGE;
    }
    buf_init(&in, 0);
    int code = ring_open(&ring, inv);
    if (code == 0 && !load_stdin(&in)) code = EXIT_WORLD;
    const struct slice text = buf_view(&in);
    enum logwash_status status = LOGWASH_OK;
    size_t n = 0;
    for (size_t at = 0; code == 0 && status == LOGWASH_OK && at < text.len;) {
        const uint8_t *lf = memchr(text.ptr + at, '\n', text.len - at);
        const size_t end = lf ? (size_t)(lf - text.ptr) : text.len;
        const size_t cr = end > at && text.ptr[end - 1] == '\r';
        const struct slice value = slice_sub(text, at, end - cr);
        at = end + 1;
        if (value.len == 0) continue;
        n++;
        status = tools_lookup(&ring.source, inv->set.class_name, value,
                              (unsigned)inv->set.token_length, &ring.out, &ring.report, &err);
    }
    if (code == 0) code = ring_result(&ring, status, &err);
    if (code == 0 && n == 0) {
        message("no value on standard input");
        code = EXIT_USAGE;
    }
    if (code == 0) code = write_stdout(&ring.out);
    if (in.ptr) secret_wipe(in.ptr, in.cap);
    buf_fini(&in);
    ring_close(&ring);
    return code;
}
