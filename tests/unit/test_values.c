/* SPDX-License-Identifier: Apache-2.0 */
/* Exact secrets: every form, every place, silence about their bytes. */
#include "codec.h"
#include "engine.h"

static const char lines[] = "plainvalue\r\n\nq\"uo\\te+ /?>~x\nplainvalue-longer\n1234567890";
static const struct logwash_source source = {"values", lines, sizeof lines - 1};

static const char empty_pack[] = "pack: t\nrules: []\n";

static struct logwash *engine(bool without_prefilter) {
    return test_engine(empty_pack,
                       (struct logwash_options){.values = &source,
                                                .without_prefilter = without_prefilter});
}

#define GONE "[REDACTED:generic_secret]"

static void every_form_is_found(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"a plainvalue b", "a " GONE " b"},
        {"xplainvaluey", "x" GONE "y"},
        {"plainvalu", "plainvalu"},
        {"plainvalue-longer", GONE},
        {"plainvalueplainvalue", GONE GONE},
        {"q\"uo\\te+ /?>~x", GONE},
        {"q%22uo%5Cte%2B%20%2F%3F%3E~x", GONE},
        {"q%22uo%5cte%2b%20%2f%3f%3e~x", GONE},
        {"q\"uo\\te++/?>~x", GONE},
        {"q%22uo%5Cte%2B+%2F%3F%3E~x", GONE},
        {"{\"a\":\"q\\\"uo\\\\te+ \\/?>~x\"}", "{\"a\":\"" GONE "\"}"},
        {"{\"a\":\"{\\\"b\\\":\\\"q\\\\\\\"uo\\\\\\\\te+ /?>~x\\\"}\"}",
         "{\"a\":\"{\\\"b\\\":\\\"" GONE "\\\"}\"}"},
        {"{\"plain\\u0076alue\":true}", "{\"" GONE "\":true}"},
        {"{\"n\":1234567890}", "{\"n\":\"" GONE "\"}"},
        {"{\"n\":[1234567890,2]}", "{\"n\":[\"" GONE "\",2]}"},
        {"[REDACTED:limit] plainvalue", "[REDACTED:limit] " GONE},
    };
    test_wash(empty_pack, NULL, (struct logwash_options){.values = &source}, cases,
              sizeof cases / sizeof *cases, INT64_MIN);
}

/* In base64, whatever stands before and behind: no character is left that holds bits of it. */
static void base64_is_found_at_every_alignment(void **state) {
    (void)state;
    static const char *const secrets[] = {"plainvalue", "q\"uo\\te+ /?>~x", "1234567890"};
    struct logwash *lw = engine(false);
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    for (size_t s = 0; s < 3; s++)
        for (int before = 0; before < 7; before++)
            for (int behind = 0; behind < 7; behind++)
                for (int url = 0; url < 2; url++) {
                    char plain[64];
                    snprintf(plain, sizeof plain, "%.*s%s%.*s", before, "<>?~<>?~", secrets[s],
                             behind, "~>?<~>?<");
                    struct buf text;
                    buf_init(&text, 0);
                    base64_encode(slice_str(plain), &text);
                    for (size_t i = 0; url && i < text.len; i++)
                        text.ptr[i] = text.ptr[i] == '+'   ? '-'
                                      : text.ptr[i] == '/' ? '_'
                                                           : text.ptr[i];
                    assert_int_equal(logwash_wash(lw, scratch, text.ptr, text.len, &out), 0);
                    assert_int_equal(out.results[0].verdict.hits, 1);
                    const size_t first = (size_t)before * 8 / 6;
                    if (memcmp(out.data + first, "[REDACTED", 9) != 0)
                        fail_msg("%s: %.*s", plain, (int)out.len, (const char *)out.data);
                    buf_fini(&text);
                }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

struct said {
    char text[512];
};
static void keep(void *ctx, const char *text) {
    snprintf(((struct said *)ctx)->text, sizeof((struct said *)ctx)->text, "%s", text);
}

static void a_short_value_is_refused_by_its_line_alone(void **state) {
    (void)state;
    static const char bad[] = "long-enough\nq7zk9\n\nzz\n";
    const struct logwash_source short_values = {"v", bad, sizeof bad - 1};
    struct said said = {""};
    struct logwash *lw;
    const struct logwash_options options = {.values = &short_values,
                                            .run_key = test_run_key,
                                            .report = keep,
                                            .report_ctx = &said};
    assert_int_equal(logwash_load(&options, &lw, NULL), LOGWASH_CONFIG);
    assert_string_equal(said.text, "error: v:2: a value has at least 6 bytes\n"
                                   "error: v:4: a value has at least 6 bytes\n2 errors\n");
}

/* Nobody may guess a value from what every record carries. */
static void the_generation_tells_no_bytes(void **state) {
    (void)state;
    const struct logwash_source one = {"v", "aaaaaa\n", 7}, other = {"v", "bbbbbb\n", 7},
                                two = {"v", "aaaaaa\nbbbbbb\n", 14};
    struct logwash *a = test_engine(empty_pack, (struct logwash_options){.values = &one});
    struct logwash *b = test_engine(empty_pack, (struct logwash_options){.values = &other});
    struct logwash *c = test_engine(empty_pack, (struct logwash_options){.values = &two});
    assert_string_equal(logwash_generation(a), logwash_generation(b));
    assert_string_not_equal(logwash_generation(a), logwash_generation(c));
    logwash_free(a);
    logwash_free(b);
    logwash_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_found),
        cmocka_unit_test(base64_is_found_at_every_alignment),
        cmocka_unit_test(a_short_value_is_refused_by_its_line_alone),
        cmocka_unit_test(the_generation_tells_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
