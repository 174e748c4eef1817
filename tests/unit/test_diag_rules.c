/* SPDX-License-Identifier: Apache-2.0 */
/* Each tests/diag-rules/NAME.yaml is a configuration whose `rules` are wrong or worth a warning;
 * NAME.expect holds all that is said about it, byte for byte. After a wanted change:
 * LOGWASH_REGENERATE=1 test_diag_rules, then read the difference. */
#include "base/buf.h"
#include "logwash.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DIAG_DIR SOURCE_DIR "/tests/diag-rules"

enum { MIN_CONFIGS = 5, MAX_PATH_LEN = 4096 };

/* Appends the file; false: it cannot be read. */
static bool slurp(const char *path, struct buf *out) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;) buf_append(out, chunk, n);
    const bool ok = !ferror(file) && !out->failed;
    fclose(file);
    return ok;
}

static void keep(void *ctx, const char *text) { buf_str(ctx, text); }

/* What is said about the section, with the bundled packs, at a fixed time. */
static void diagnose(const char *name, struct slice text, struct buf *out) {
    static const uint8_t key[32];
    const struct logwash_source config = {name, text.ptr, text.len};
    struct logwash *lw = NULL;
    const struct logwash_options options = {.config = &config,
                                            .run_key = key,
                                            .input = "request-logs",
                                            .now_sec = 1800000000,
                                            .report = keep,
                                            .report_ctx = out};
    const enum logwash_status status = logwash_load(&options, &lw, NULL);
    assert_true(status == LOGWASH_OK || status == LOGWASH_CONFIG);
    if (status == LOGWASH_OK) buf_str(out, "(loaded)\n");
    logwash_free(lw);
}

static bool check_config(const char *name) {
    char path[MAX_PATH_LEN];
    struct buf text, said, expected;
    buf_init(&text, 0);
    buf_init(&said, 0);
    buf_init(&expected, 0);
    snprintf(path, sizeof path, DIAG_DIR "/%s", name);
    if (!slurp(path, &text)) fail_msg("%s cannot be read", name);
    diagnose(name, buf_view(&text), &said);
    snprintf(path, sizeof path, DIAG_DIR "/%.*s.expect", (int)(strlen(name) - 5), name);
    bool same = true;
    if (getenv("LOGWASH_REGENERATE") != NULL) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(said.ptr, 1, said.len, file), said.len);
        assert_int_equal(fclose(file), 0);
    } else {
        same = slurp(path, &expected) && slice_eq(buf_view(&said), buf_view(&expected));
        if (!same)
            print_error("%s, expected:\n%.*sgot:\n%.*s", name, (int)expected.len,
                        expected.ptr ? (const char *)expected.ptr : "", (int)said.len,
                        (const char *)said.ptr);
    }
    buf_fini(&text);
    buf_fini(&said);
    buf_fini(&expected);
    return same;
}

static int is_yaml(const struct dirent *entry) {
    const size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

static void test_configs(void **state) {
    (void)state;
    struct dirent **entries = NULL;
    const int n = scandir(DIAG_DIR, &entries, is_yaml, alphasort);
    assert_true(n >= MIN_CONFIGS);
    int n_different = 0;
    for (int i = 0; i < n; i++) {
        n_different += !check_config(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(n_different, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_configs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
