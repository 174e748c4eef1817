/* SPDX-License-Identifier: Apache-2.0 */
/* Rules cost what their candidates cost: how many places of everyday logs the bundled rules want
 * attempts at. A rule above the limit needs a sharper anchor: see CONTRIBUTING. */
#include <stdio.h>
#include <string.h>

#include "core/engine.h"
#include "detect/sample.h"
#include "test.h"

enum { PER_RULE = 6, ALL = 50 }; /* candidates in a KiB */

static void everyday_logs_have_few_candidates(void **state) {
    (void)state;
    static const uint8_t run_key[32];
    const struct logwash_options options = {.run_key = run_key};
    struct logwash_error error;
    struct logwash *lw;
    assert_int_equal(logwash_load(&options, &lw, &error), LOGWASH_OK);
    const struct matcher *m = lw->matcher;
    struct prefilter_scratch *scratch = prefilter_scratch_new();
    size_t *count = calloc(m->marker + 1, sizeof *count), n;
    const struct candidate *candidates;
    assert_non_null(scratch);
    assert_non_null(count);
    const struct slice text = sample_text();
    assert_true(prefilter_scan(m->prefilter, scratch, text, 0, SIZE_MAX / 2, &candidates, &n));
    bool ok = n * 1024 <= ALL * text.len;
    for (size_t i = 0; i < n; i++)
        if (candidates[i].rule < m->marker)
            count[candidates[i].rule]++; /* keywords have the others */
    for (size_t i = 0; i < m->marker; i++) {
        if (count[i] * 1024 <= PER_RULE * text.len) continue;
        print_message("%s: %zu in a KiB\n", lw->rule_ids[i], count[i] * 1024 / text.len);
        ok = false;
    }
    if (!ok) print_message("all rules: %zu in a KiB\n", n * 1024 / text.len);
    assert_true(ok);
    free(count);
    prefilter_scratch_free(scratch);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(everyday_logs_have_few_candidates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
