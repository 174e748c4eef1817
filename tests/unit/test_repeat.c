/* SPDX-License-Identifier: Apache-2.0 */
/* A restricted value found by a key or keyword is replaced where it stands again in the record. */
#include "base/buf.h"
#include "engine.h"

#define REDACT "\n    action: redact"
static const char pack[] = "pack: t\nrules:\n" RULE("t.key", "password", "keys: [pw, '*_token']")
    RULE("t.near", "generic_secret",
         "pattern: '(?<![\\w-])[a-z0-9-]{10,40}(?![\\w-])'\n    keywords: [secret]\n    near: 12")
        RULE("t.mail", "email", "pattern: '(?<![\\w.-])[a-z0-9.-]{1,40}@[a-z0-9.-]{1,40}'" REDACT)
            RULE("t.user", "username", "keys: [user]" REDACT)
                RULE("t.id", "ssn",
                     "pattern: '\\b\\d{9}\\b'\n    keywords: [ssn]\n    near: 12" REDACT);
#define PW  "[REDACTED:password]"
#define GEN "[REDACTED:generic_secret]"

static void wash_cases(const char *config, const struct wash_case *cases, size_t n) {
    test_wash(pack, config, (struct logwash_options){0}, cases, n, INT64_MIN);
}

#define CASES(cases) wash_cases("version: 1\n", cases, sizeof cases / sizeof *cases)

static void stands_again_before_and_behind(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"got k9-Tr0ub4dor, pw=k9-Tr0ub4dor, then k9-Tr0ub4dor!",
         "got " PW ", pw=" PW ", then " PW "!"},
        {"secret is ab12-cd34-ef56, see /x/ab12-cd34-ef56", "secret is " GEN ", see /x/" GEN},
        {"a=ab12-cd34-ef56 pw=other", "a=ab12-cd34-ef56 pw=other"},
        {"(k9-Tr0ub4dor) pw=k9-Tr0ub4dor 'k9-Tr0ub4dor'", "(" PW ") pw=" PW " '" PW "'"},
        {"x@k9-tr0ub4dor.io pw=k9-tr0ub4dor", "[REDACTED:email] pw=" PW},
    };
    CASES(cases);
}

static void stands_again_in_every_format(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"m\":\"try k9-Tr0ub4dor.\",\"pw\":\"k9-Tr0ub4dor\"}",
         "{\"m\":\"try " PW ".\",\"pw\":\"" PW "\"}"},
        {"{\"pw\":\"a/b&c12345\",\"m\":\"x a\\u002fb\\u0026c12345\\n\"}",
         "{\"pw\":\"" PW "\",\"m\":\"x " PW "\\n\"}"},
        {"{\"pw\":12345678,\"n\":[12345678,123456789],\"t\":\"12345678\"}",
         "{\"pw\":\"" PW "\",\"n\":[\"" PW "\",123456789],\"t\":\"" PW "\"}"},
        {"pw=k9-Tr0ub4d&x=%6b9%2DTr0ub4d", "pw=" PW "&x=" PW},
        /* not in keys */
        {"{\"pw\":\"k9-Tr0ub4dor\",\"k9-Tr0ub4dor\":1}", "{\"pw\":\"" PW "\",\"k9-Tr0ub4dor\":1}"},
    };
    CASES(cases);
}

static void a_word_stays(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"pw\":\"administrator\",\"m\":\"administrator\"}",
         "{\"pw\":\"" PW "\",\"m\":\"administrator\"}"},
        {"pw=\"Administrator\" Administrator", "pw=\"" PW "\" Administrator"},
    };
    CASES(cases);
}

static void seven_bytes_stay_eight_go(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"pw=a1b2c3d a1b2c3d", "pw=" PW " a1b2c3d"},
        {"pw=a1b2c3d4 a1b2c3d4", "pw=" PW " " PW},
    };
    CASES(cases);
}

static void a_part_of_a_longer_token_stays(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"pw=a1b2c3d4 xa1b2c3d4", "pw=" PW " xa1b2c3d4"},
        {"pw=a1b2c3d4 a1b2c3d4x", "pw=" PW " a1b2c3d4x"},
        {"pw=a1b2c3d4 a1b2c3d4_x", "pw=" PW " a1b2c3d4_x"},
        {"pw=a1b2c3d4 x-a1b2c3d4", "pw=" PW " x-a1b2c3d4"},
        {"pw=a1b2c3d4 a1b2c3d4.x", "pw=" PW " a1b2c3d4.x"},
        {"pw=a1b2c3d4 a1b2c3d4. A", "pw=" PW " " PW ". A"},
        {"pw=a1b2c3d4 - a1b2c3d4 -", "pw=" PW " - " PW " -"},
    };
    CASES(cases);
}

/* Only what a key or a keyword has led to, and only if it is restricted. */
static void others_are_not_sought(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"user=alice-1234 alice-1234", "user=[REDACTED:username] alice-1234"},
        {"ssn 123456789 or 123456789 and then, far behind, 123456789",
         "ssn [REDACTED:ssn] or [REDACTED:ssn] and then, far behind, 123456789"},
        {"bob-1@x.io xbob-1@x.io", "[REDACTED:email] [REDACTED:email]"},
        {"pw={a1b2c3d4e5:1} {a1b2c3d4e5:1}", "pw=" PW " {a1b2c3d4e5:1}"},
    };
    CASES(cases);
    static const struct wash_case kept[] = {{"pw=a1b2c3d4 a1b2c3d4", NULL}};
    wash_cases("rules: {set: {t.key: {action: keep}}}\n", kept, 1);
    wash_cases("rules: {set: {t.key: {mode: observe}}}\n", kept, 1);
    wash_cases("rules: {allow: [{value: a1b2c3d4, class: password, reason: r}]}\n", kept, 1);
    static const struct wash_case field[] = {
        {"{\"pw\":\"a1b2c3d4\",\"a\":\"a1b2c3d4\",\"b\":\"a1b2c3d4\"}",
         "{\"pw\":\"" PW "\",\"a\":\"a1b2c3d4\",\"b\":\"" PW "\"}"}};
    wash_cases("rules: {allow: [{field: a, class: password, reason: r}]}\n", field, 1);
}

/* The 16 first values of a record, no more; each as often as it stands there. */
static void the_seventeenth_value_is_not_repeated(void **state) {
    (void)state;
    char in[4096] = "", want[4096] = "";
    for (int i = 0; i < 17; i++) {
        sprintf(in + strlen(in), "pw=a1b2c3d%02d,", i);
        strcat(want, "pw=" PW ",");
    }
    for (int i = 0; i < 17; i++) {
        sprintf(in + strlen(in), " a1b2c3d%02d", i);
        if (i < 16)
            strcat(want, " " PW);
        else
            sprintf(want + strlen(want), " a1b2c3d%02d", i);
    }
    const struct wash_case cases[] = {{in, want}};
    CASES(cases);
    in[0] = want[0] = '\0';
    for (int i = 0; i < 40; i++) {
        strcat(in, "pw=a1b2c3d4 a1b2c3d4,");
        strcat(want, "pw=" PW " " PW ",");
    }
    CASES(cases);
}

/* One pass: what a repeat brings near to its keyword is found, but is not sought in turn. */
static void what_comes_near_by_a_repeat_is_found(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"pw=A1B2C3D4E5F6G7 secret A1B2C3D4E5F6G7 zz-99-yy-88 and, much later, zz-99-yy-88",
         "pw=" PW " secret " PW " " GEN " and, much later, zz-99-yy-88"},
    };
    CASES(cases);
}

/* What another key's rule sees of its value is what a second wash would see. */
static void keys_see_repeats_in_their_values(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"user\":\"a1b2c3d4\",\"pw\":\"a1b2c3d4\"}", "{\"user\":\"" PW "\",\"pw\":\"" PW "\"}"},
        {"{\"user\":\"by a1b2c3d4\",\"pw\":\"a1b2c3d4\"}",
         "{\"user\":\"[REDACTED:username]\",\"pw\":\"" PW "\"}"},
        {"{\"x_token\":\"a1b2c3d4\",\"pw\":\"a1b2c3d4\"}",
         "{\"x_token\":\"" PW "\",\"pw\":\"" PW "\"}"},
        {"{\"x_token\":\"<a1b2c3d4>\",\"pw\":\"a1b2c3d4\"}",
         "{\"x_token\":\"<" PW ">\",\"pw\":\"" PW "\"}"},
        {"{\"x_token\":\"x a1b2c3d4\",\"pw\":\"a1b2c3d4\"}",
         "{\"x_token\":\"" PW "\",\"pw\":\"" PW "\"}"},
    };
    CASES(cases);
}

static void other_records_are_left_alone(void **state) {
    (void)state;
    struct logwash *lw = test_engine(pack, (struct logwash_options){0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static const char in[] = "pw=a1b2c3d4\na1b2c3d4\n";
    const struct logwash_record records[] = {{.off = 0, .len = 11, .time_ms = INT64_MIN},
                                             {.off = 12, .len = 8, .time_ms = INT64_MIN}};
    const struct logwash_batch batch = {.data = in,
                                        .len = sizeof in - 1,
                                        .records = records,
                                        .n = 2};
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    static const char want[] = "pw=" PW "\na1b2c3d4\n";
    assert_true(slice_eq(slice_of(out.data, out.len), slice_of(want, sizeof want - 1)));
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* {"pw": "a1b2c3d4", "m": "x a1b2c3d4", "a1b2c3d4": 1} */
static void stands_again_in_messagepack(void **state) {
    (void)state;
    struct logwash *lw =
        test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static const char in[] = "\x83\xa2pw\xa8"
                             "a1b2c3d4\xa1m\xaax a1b2c3d4\xa8"
                             "a1b2c3d4\x01";
    static const char want[] = "\x83\xa2pw\xb3" PW "\xa1m\xb5x " PW "\xa8"
                               "a1b2c3d4\x01";
    const struct logwash_record rec = {.len = sizeof in - 1, .time_ms = INT64_MIN};
    const struct logwash_batch batch = {
        .data = in, .len = rec.len, .records = &rec, .n = 1, .framing = LOGWASH_FRAMING_MESSAGE};
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    assert_true(slice_eq(slice_of(out.data, out.len), slice_of(want, sizeof want - 1)));
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_again_before_and_behind),
        cmocka_unit_test(stands_again_in_every_format),
        cmocka_unit_test(a_word_stays),
        cmocka_unit_test(seven_bytes_stay_eight_go),
        cmocka_unit_test(a_part_of_a_longer_token_stays),
        cmocka_unit_test(others_are_not_sought),
        cmocka_unit_test(the_seventeenth_value_is_not_repeated),
        cmocka_unit_test(what_comes_near_by_a_repeat_is_found),
        cmocka_unit_test(keys_see_repeats_in_their_values),
        cmocka_unit_test(other_records_are_left_alone),
        cmocka_unit_test(stands_again_in_messagepack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
