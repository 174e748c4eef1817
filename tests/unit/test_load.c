/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller of the library may get wrong beside the files it hands over. */
#include "base/buf.h"
#include "engine.h"

static void keep(void *ctx, const char *text) { buf_str(ctx, text); }

static void says(struct logwash_options options, const char *what) {
    struct buf said;
    struct logwash *lw = NULL;
    struct logwash_error err;
    buf_init(&said, 0);
    options.report = keep;
    options.report_ctx = &said;
    assert_int_equal(logwash_load(&options, &lw, &err), LOGWASH_CONFIG);
    assert_null(lw);
    buf_byte(&said, 0);
    if (strstr((const char *)said.ptr, what) == NULL)
        fail_msg("expected \"%s\", got:\n%s", what, (const char *)said.ptr);
    buf_fini(&said);
}

static void an_unknown_profile_is_reported(void **state) {
    (void)state;
    says((struct logwash_options){.run_key = test_run_key, .profiles = "request,bild"},
         "error: unknown profile 'bild' (request, build or strict)");
}

static void a_token_length_out_of_range_is_reported(void **state) {
    (void)state;
    says((struct logwash_options){.run_key = test_run_key, .token_length = 7},
         "error: a token length is 8 to 52 characters");
}

static void keys_that_are_needed_and_not_there_are_reported(void **state) {
    (void)state;
    static const char config[] = "rules: {actions: {ipv4: {ip: {prefix: true}}}}\n";
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    says((struct logwash_options){.config = &source},
         "error: the encryption of addresses needs a key ring, and there is none");
    says((struct logwash_options){0}, "error: pseudonyms need a key ring, and there is none");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_profile_is_reported),
        cmocka_unit_test(a_token_length_out_of_range_is_reported),
        cmocka_unit_test(keys_that_are_needed_and_not_there_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
