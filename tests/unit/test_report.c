/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics of several passes become one list. */
#include "cli/report.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

static void merged(void **state) {
    (void)state;
    static const struct {
        const char *texts[3]; /* the first one by report_add_first */
        const char *want;
    } rows[] = {
        {{"", "", ""}, ""},
        {{"", "a:1:1: error: x\n  1 | k\n    | ^\n1 error\n", ""},
         "a:1:1: error: x\n  1 | k\n    | ^\n1 error\n"},
        /* the same problem from two engines stands once, each other one stays */
        {{"", "a:1:1: error: x\n  1 | k\n1 error\n",
          "a:1:1: error: x\n  1 | k\nb:2:1: error: y\n2 errors\n"},
         "a:1:1: error: x\n  1 | k\nb:2:1: error: y\n2 errors\n"},
        /* the same words at two places are two problems */
        {{"", "a:1:1: error: x\n  1 | k\n1 error\n", "a:2:1: error: x\n  2 | k\n1 error\n"},
         "a:1:1: error: x\n  1 | k\na:2:1: error: x\n  2 | k\n2 errors\n"},
        /* the file's own problems stand first, whenever they come */
        {{"f:9:1: error: own\n  9 | o\n1 error\n", "a:1:1: error: x\n1 error\n", ""},
         "f:9:1: error: own\n  9 | o\na:1:1: error: x\n2 errors\n"},
        /* warnings are no errors */
        {{"f:1:1: warning: w\n  1 | error: in the source\n", "", ""},
         "f:1:1: warning: w\n  1 | error: in the source\n"},
        /* a file's name may look like a count */
        {{"2 errors.yaml:1:1: error: x\n1 error\n", "", ""},
         "2 errors.yaml:1:1: error: x\n1 error\n"},
        /* no last line end */
        {{"", "error: cut", ""}, "error: cut1 error\n"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct report report;
        struct buf out;
        report_init(&report);
        buf_init(&out, 0);
        report_add(&report, rows[i].texts[1]);
        report_add(&report, rows[i].texts[2]);
        report_add_first(&report, rows[i].texts[0]);
        report_print(&report, &out);
        assert_true(buf_byte(&out, 0));
        if (strcmp((char *)out.ptr, rows[i].want) != 0) print_error("case %zu\n", i);
        assert_string_equal((char *)out.ptr, rows[i].want);
        buf_fini(&out);
        report_fini(&report);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(merged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
