/* SPDX-License-Identifier: Apache-2.0 */
/* Each tests/diag/NAME.yaml is a bad pack, each tests/diag-rules/NAME.yaml a configuration whose
 * `rules`, `limits` or `retention` are wrong or worth a warning; NAME.expect holds all that is said
 * about it, byte for byte. After a wanted change: LOGWASH_REGENERATE=1 test_diag_files, then read
 * the difference. */
#include "detect/pack.h"
#include "logwash.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MIN_FILES = 10, MAX_PATH_LEN = 4096 };

/* Appends what is said about the text. */
typedef void (*diagnosis)(const char *name, struct slice text, struct buf *out);

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

static void diagnose_pack(const char *name, struct slice text, struct buf *out) {
    const struct diag_source src = {name, text};
    struct rule_set set;
    struct diags diags;
    rule_set_init(&set);
    diags_init(&diags);
    const bool ok = pack_read(&src, true, &set, &diags);
    if (ok || !diags_has_error(&diags)) fail_msg("%s: read without an error", name);
    diags_print(&diags, out);
    diags_fini(&diags);
    rule_set_fini(&set);
}

static void keep(void *ctx, const char *text) { buf_str(ctx, text); }

/* With the bundled packs, at a fixed time. */
static void diagnose_config(const char *name, struct slice text, struct buf *out) {
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

static bool check_file(const char *folder, const char *name, diagnosis diagnose) {
    char path[MAX_PATH_LEN];
    struct buf text, said, expected;
    buf_init(&text, 0);
    buf_init(&said, 0);
    buf_init(&expected, 0);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!slurp(path, &text)) fail_msg("%s cannot be read", name);
    diagnose(name, buf_view(&text), &said);
    snprintf(path, sizeof path, "%s/%.*s.expect", folder, (int)(strlen(name) - 5), name);
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

static void check_folder(const char *folder, diagnosis diagnose) {
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_yaml, alphasort);
    assert_true(n >= MIN_FILES);
    int n_different = 0;
    for (int i = 0; i < n; i++) {
        n_different += !check_file(folder, entries[i]->d_name, diagnose);
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(n_different, 0);
}

static void test_packs(void **state) {
    (void)state;
    check_folder(SOURCE_DIR "/tests/diag", diagnose_pack);
}

static void test_configs(void **state) {
    (void)state;
    check_folder(SOURCE_DIR "/tests/diag-rules", diagnose_config);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_packs),
                                       cmocka_unit_test(test_configs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
