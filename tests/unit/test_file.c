/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/buf.h"
#include "io/file.h"
#include "io/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* What came out of a source, record by record. */
struct got {
    struct buf all; /* every batch's bytes, one behind the other */
    size_t batches;
    uint64_t records; /* counted by terminators */
    bool whole;       /* every batch but the last ended with a terminator */
    bool numbered;    /* first_record was right */
    bool tails_ok;    /* the tail was what stood before, within the limits */
};

static char dir[64];

static void make_file(char *path, const char *name, const void *bytes, size_t len) {
    snprintf(path, 128, "%s/%s", dir, name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void take(struct got *got, const struct batch *batch, uint8_t end) {
    if (batch->first_record != got->records) got->numbered = false;
    const size_t start = batch_tail_start(buf_view(&got->all));
    if (batch->framing == LOGWASH_FRAMING_LINE &&
        !slice_eq(buf_view(&batch->tail), slice_sub(buf_view(&got->all), start, got->all.len)))
        got->tails_ok = false;
    assert_true(buf_slice(&got->all, buf_view(&batch->in)));
    got->batches++;
    for (size_t i = 0; i < batch->in.len; i++) got->records += batch->in.ptr[i] == end;
    const bool ends = batch->in.ptr[batch->in.len - 1] == end;
    if (!ends && !batch->at_end) got->whole = false;
}

/* Feeds `bytes` into a pipe in chunks of 1 to `chunk` bytes (0: from a regular file) and reads it
 * all. */
static struct got read_back(struct file_options options, struct slice bytes, size_t chunk,
                            uint64_t *seed) {
    struct got got = {.whole = true, .numbered = true, .tails_ok = true};
    char path[128];
    char *names[] = {path};
    int fds[2] = {-1, -1};
    if (chunk) {
        assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
        snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    } else {
        make_file(path, "input", bytes.ptr, bytes.len);
    }
    options.names = names;
    options.n = 1;
    options.not_fd = -1;
    options.count = true;
    struct end *source = file_source_new(&options);
    struct batch batch = {0};
    size_t off = 0;
    enum logwash_status status = LOGWASH_OK;
    while (status != LOGWASH_END) {
        if (chunk && off < bytes.len) {
            size_t n = 1 + test_random(seed) % chunk;
            if (n > bytes.len - off) n = bytes.len - off;
            const ssize_t wrote = write(fds[1], bytes.ptr + off, n);
            if (wrote > 0) off += (size_t)wrote;
        }
        if (chunk && off == bytes.len && fds[1] >= 0) {
            close(fds[1]);
            fds[1] = -1;
        }
        batch_reset(&batch);
        status = source->ops->poll(source, &batch, 0, NULL);
        if (status == LOGWASH_OK)
            take(&got, &batch, options.framing == LOGWASH_FRAMING_NUL ? 0 : '\n');
        else
            assert_int_equal(batch.in.len, 0);
    }
    assert_int_equal(file_source_failures(source), 0);
    source->ops->close(source);
    batch_fini(&batch);
    if (chunk) close(fds[0]);
    return got;
}

static void random_lines(struct buf *text, uint64_t *seed, size_t longest, uint8_t end) {
    for (int lines = (int)(test_random(seed) % 2000); lines >= 0; lines--) {
        for (size_t n = test_random(seed) % (longest + 1); n > 0; n--)
            assert_true(buf_byte(text, (uint8_t)('a' + n % 26)));
        if (lines > 0 || test_random(seed) % 2) assert_true(buf_byte(text, end));
    }
}

static void chunks_do_not_matter(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static const size_t chunks[] = {0, 1, 7, 300, 5000, 60000};
    for (int round = 0; round < 60; round++) {
        const size_t chunk = chunks[round % 6];
        const bool nul = round % 5 == 0;
        struct buf text;
        buf_init(&text, 0);
        random_lines(&text, &seed, chunk == 1 ? 20 : 300, nul ? 0 : '\n');
        const struct file_options options = {.framing =
                                                 nul ? LOGWASH_FRAMING_NUL : LOGWASH_FRAMING_LINE,
                                             .fill = round % 7 == 0};
        struct got got = read_back(options, buf_view(&text), chunk, &seed);
        assert_true(slice_eq(buf_view(&got.all), buf_view(&text)));
        assert_true(got.whole);
        assert_true(got.numbered);
        assert_true(got.tails_ok);
        buf_fini(&got.all);
        buf_fini(&text);
    }
}

/* A record over the limit stays over it and within a batch, whatever the chunks are; others stay
 * whole. */
static void long_records_are_cut(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static const struct {
        size_t len, expected;
        bool ended; /* by a terminator */
    } rows[] = {
        {99, 99, true},      {100, 100, true},  {102, 102, true},     {5000, 102, true},
        {700000, 102, true}, {100, 100, false}, {700000, 102, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t chunk = 0; chunk <= 60000; chunk += 20000) {
            struct buf text;
            buf_init(&text, 0);
            assert_true(buf_str(&text, "before\n"));
            uint8_t *at = buf_extend(&text, rows[i].len);
            memset(at, 'x', rows[i].len);
            if (rows[i].ended) assert_true(buf_str(&text, "\nafter\n"));
            struct got got =
                read_back((struct file_options){.max_record = 100}, buf_view(&text), chunk, &seed);
            /* Records that came in one piece are handed over whole, and the engine withholds them
             * as well. */
            const size_t after = rows[i].ended ? strlen("\nafter\n") : 0;
            const size_t len = got.all.len - strlen("before\n") - after;
            if (rows[i].len <= 102)
                assert_int_equal(len, rows[i].expected);
            else
                assert_true(len > 101 && len <= rows[i].len);
            if (rows[i].len > BATCH_BYTES) assert_true(len <= BATCH_BYTES);
            assert_memory_equal(got.all.ptr, "before\nxxx", 10);
            if (after) assert_memory_equal(got.all.ptr + got.all.len - after, "\nafter\n", after);
            assert_int_equal(got.records, rows[i].ended ? 3 : 1);
            buf_fini(&got.all);
            buf_fini(&text);
        }
    }
}

static size_t n_reports;
static char last_report[600];

static void report(void *ctx, const struct logwash_error *err) {
    (void)ctx;
    n_reports++;
    snprintf(last_report, sizeof last_report, "%s: %s", err->where, err->message);
}

static void goes_on_with_the_next_file(void **state) {
    (void)state;
    char a[128], b[128], expected[200], missing[128];
    make_file(a, "a", "one\ntwo", 7);
    make_file(b, "b", "three\n", 6);
    snprintf(missing, sizeof missing, "%s/missing", dir);
    char *names[] = {a, dir, missing, b};
    const struct file_options options = {
        .names = names, .n = 4, .not_fd = -1, .report = report, .count = true};
    struct end *source = file_source_new(&options);
    struct batch batch = {0};
    n_reports = 0;
    batch_reset(&batch);
    assert_int_equal(source->ops->poll(source, &batch, 0, NULL), LOGWASH_OK);
    assert_true(slice_eq_str(buf_view(&batch.in), "one\ntwo"));
    assert_true(batch.at_end);
    assert_string_equal(batch.note, a);
    batch_reset(&batch);
    assert_int_equal(source->ops->poll(source, &batch, 0, NULL), LOGWASH_OK);
    assert_true(slice_eq_str(buf_view(&batch.in), "three\n"));
    assert_int_equal(batch.tail.len, 0); /* another file's records are not before it */
    assert_int_equal(batch.first_record, 0);
    assert_string_equal(batch.note, b);
    batch_reset(&batch);
    assert_int_equal(source->ops->poll(source, &batch, 0, NULL), LOGWASH_END);
    assert_int_equal(n_reports, 2);
    assert_int_equal(file_source_failures(source), 2);
    snprintf(expected, sizeof expected, "%s: No such file or directory", missing);
    assert_string_equal(last_report, expected);
    source->ops->close(source);
    batch_fini(&batch);
}

static enum logwash_status put(int fd, bool refuse_nul, const char *bytes, size_t len,
                               struct logwash_error *err) {
    const struct file_sink_options options = {.fd = fd, .name = "sink", .refuse_nul = refuse_nul};
    struct end *sink = file_sink_new(&options);
    struct batch batch = {0};
    assert_true(batch_out_append(&batch.out, bytes, len));
    const enum logwash_status status = sink->ops->put(sink, &batch, err);
    sink->ops->close(sink);
    batch_fini(&batch);
    return status;
}

static void sink_failures(void **state) {
    (void)state;
    struct logwash_error err;
    int fds[2];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(put(fds[1], true, "a\n", 2, &err), LOGWASH_OK);
    assert_int_equal(put(fds[1], true, "a\0\n", 3, &err), LOGWASH_ARGUMENT);
    assert_int_equal(put(fds[1], false, "a\0\n", 3, &err), LOGWASH_OK);
    close(fds[0]);
    assert_int_equal(put(fds[1], false, "a\n", 2, &err), LOGWASH_CLOSED);
    close(fds[1]);
    const int full = open("/dev/full", O_WRONLY);
    assert_int_equal(put(full, false, "a\n", 2, &err), LOGWASH_IO);
    assert_int_equal(err.os_errno, ENOSPC);
    close(full);
}

static int count_files(void) {
    int n = 0;
    DIR *d = opendir(dir);
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

static void replaces_whole_or_not_at_all(void **state) {
    (void)state;
    char path[128], link_path[128], text[16] = "";
    struct logwash_error err = {0};
    struct stat st;
    make_file(path, "old", "old", 3);
    assert_int_equal(chmod(path, 0640), 0);
    snprintf(link_path, sizeof link_path, "%s/link", dir);
    assert_int_equal(symlink("old", link_path), 0);
    const int n_files = count_files();
    for (int commit = 0; commit <= 1; commit++) {
        struct replace *replace = replace_open(link_path, &err);
        assert_non_null(replace);
        assert_int_equal(write(replace_fd(replace), "fresh", 5), 5);
        if (commit) assert_int_equal(replace_commit(replace, &err), LOGWASH_OK);
        replace_close(replace);
        const int fd = open(path, O_RDONLY);
        const ssize_t n = read(fd, text, sizeof text);
        close(fd);
        assert_int_equal(n, commit ? 5 : 3);
        assert_memory_equal(text, commit ? "fresh" : "old", n);
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(lstat(link_path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_null(replace_open(dir, &err));
    assert_int_equal(err.os_errno, EISDIR);
    assert_null(replace_open("/dev/null", &err));
    assert_int_equal(err.status, LOGWASH_ARGUMENT);
    assert_int_equal(count_files(), n_files); /* no temporary file was left behind */
}

static int setup(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/logwash-test-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    static const char *const names[] = {"input", "a", "b", "old", "link"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_do_not_matter),         cmocka_unit_test(long_records_are_cut),
        cmocka_unit_test(goes_on_with_the_next_file),   cmocka_unit_test(sink_failures),
        cmocka_unit_test(replaces_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
