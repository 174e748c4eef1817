/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

static void durations(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"300ms", 300},
        {"0s", 0},
        {"30s", 30000},
        {"5m", 300000},
        {"24h", 86400000},
        {"14d", INT64_C(1209600000)},
        {"007s", 7000},
        {"1000000d", INT64_C(86400000000000)},
        {"1000001d", -1},
        {"", -1},
        {"14", -1},
        {"d", -1},
        {"14 d", -1},
        {" 14d", -1},
        {"14D", -1},
        {"14days", -1},
        {"-1s", -1},
        {"+1s", -1},
        {"1.5h", -1},
        {"1h30m", -1},
        {"18446744073709551616ms", -1},
        {"18446744073709551615d", -1},
        {"5\xc2\xb5s", -1},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t ms = -1;
        if (!duration_parse(slice_str(rows[i].text), &ms)) ms = -1;
        if (ms != rows[i].ms) print_error("case '%s'\n", rows[i].text);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void sizes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t bytes;
    } rows[] = {
        {"64", true, 64},
        {"512B", true, 512},
        {"8KiB", true, 8192},
        {"32MiB", true, 33554432},
        {"2GiB", true, UINT64_C(2147483648)},
        {"17179869183GiB", true, UINT64_C(17179869183) << 30},
        {"17179869184GiB", false, 0},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"", false, 0},
        {"MiB", false, 0},
        {"1MB", false, 0},
        {"1 MiB", false, 0},
        {"1mib", false, 0},
        {"-1", false, 0},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        uint64_t bytes = 0;
        const bool ok = size_parse(slice_str(rows[i].text), &bytes);
        if (ok != rows[i].ok) print_error("case '%s'\n", rows[i].text);
        assert_int_equal(ok, rows[i].ok);
        if (ok) assert_true(bytes == rows[i].bytes);
    }
}

static void counts(void **state) {
    (void)state;
    uint64_t n;
    assert_true(count_parse(SLICE("10000"), &n) && n == 10000);
    assert_false(count_parse(SLICE("10,000"), &n));
    assert_false(count_parse(SLICE("10k"), &n));
    assert_false(count_parse(SLICE(""), &n));
    assert_false(count_parse((struct slice){0}, &n));
}

static void texts(void **state) {
    (void)state;
    static const char *const same[] = {"14d", "24h", "36h", "90s", "5m", "300ms", "1500ms", "0s"};
    static const char *const want[] = {"14d", "1d", "36h", "90s", "5m", "300ms", "1500ms", "0s"};
    for (size_t i = 0; i < ROWS(same); i++) {
        int64_t ms;
        char text[DURATION_TEXT_LEN];
        assert_true(duration_parse(slice_str(same[i]), &ms));
        duration_text(ms, text);
        assert_string_equal(text, want[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes),
        cmocka_unit_test(counts),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
