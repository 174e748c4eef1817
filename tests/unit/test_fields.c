/* SPDX-License-Identifier: Apache-2.0 */
/* `fields`: rules that apply only where their key paths say. */
#include "base/slice.h"
#include "engine.h"

#define REDACT "\n    action: redact"
#define PIN    "pattern: '\\b\\d{6}\\b'" REDACT "\n    fields: ['pay.*', 'a.b[].c']"
#define WORD   "pattern: '\\bB-\\d{1,4}\\b'\n    keywords: [badge]" REDACT "\n    fields: ['**.note']"
static const char pack[] =
    "pack: t\nrules:\n" RULE("t.pin", "national_id", PIN) RULE("t.badge", "username", WORD)
        RULE("t.code", "password", "keys: ['*_code']\n    fields: [door.code, 'doors[].code']")
            RULE("t.list", "generic_secret",
                 "keys: [list]\n    containers: keep\n    fields: ['list[]']");

#define CASES(cases, ...)                                                                          \
    test_wash(pack, NULL, (struct logwash_options){__VA_ARGS__}, cases,                            \
              sizeof cases / sizeof *cases, INT64_MIN)
#define ID   "[REDACTED:national_id]"
#define NAME "[REDACTED:username]"
#define PW   "[REDACTED:password]"
#define GEN  "[REDACTED:generic_secret]"

static void patterns(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"pay\":{\"pin\":\"no 123456 x\",\"n\":123456},\"pin\":\"123456\"}",
         "{\"pay\":{\"pin\":\"no " ID " x\",\"n\":\"" ID "\"},\"pin\":\"123456\"}"},
        {"{\"pay\":{\"deep\":{\"pin\":\"123456\"}},\"x\":{\"pay\":{\"pin\":\"123456\"}}}", NULL},
        {"{\"pay\":\"123456\"}", NULL},
        {"{\"pay.pin\":\"123456\"}", "{\"pay.pin\":\"" ID "\"}"},
        {"{\"a\":{\"b\":[{\"c\":\"123456\",\"d\":\"123456\"},{\"c\":123456}],\"c\":\"123456\"}}",
         "{\"a\":{\"b\":[{\"c\":\"" ID "\",\"d\":\"123456\"},{\"c\":\"" ID
         "\"}],\"c\":\"123456\"}}"},
        {"{\"pay\":{\"123456\":\"123456\"}}", "{\"pay\":{\"123456\":\"" ID "\"}}"}, /* no value */
        {"{\"p\\u0061y\":{\"pin\":\"12\\u0033456\"}}", "{\"p\\u0061y\":{\"pin\":\"" ID "\"}}"},
        {"[123456, \"123456\"]", NULL},
        {"123456", NULL},
        {"{\"note\":\"badge B-1\",\"x\":{\"note\":\"B-2 badge B-3\"},\"no\":\"badge B-4\"}",
         "{\"note\":\"badge " NAME "\",\"x\":{\"note\":\"B-2 badge " NAME
         "\"},\"no\":\"badge B-4\"}"},
        {"{\"a\":\"{\\\"pay\\\":{\\\"pin\\\":\\\"123456\\\"}}\"}", NULL}, /* the path is a */
        {"{\"pay\":{\"a\":\"{\\\"b\\\":\\\"123456\\\"}\"}}",
         "{\"pay\":{\"a\":\"{\\\"b\\\":\\\"" ID "\\\"}\"}}"},
    };
    CASES(cases, .format = LOGWASH_FORMAT_AUTO);
}

static void keys(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"code\":\"y99887766\",\"door\":{\"code\":\"x99887766\"}}",
         "{\"code\":\"y99887766\",\"door\":{\"code\":\"" PW "\"}}"},
        /* a secret found where the rule applies is one wherever it stands */
        {"{\"a\":\"x99887766\",\"door\":{\"code\":\"x99887766\"}}",
         "{\"a\":\"" PW "\",\"door\":{\"code\":\"" PW "\"}}"},
        {"{\"door\":{\"code\":[1]},\"code\":{\"a\":1}}",
         "{\"door\":{\"code\":\"" PW "\"},\"code\":{\"a\":1}}"},
        {"{\"doors\":[{\"code\":4711},{\"code\":{\"code\":4711}}]}",
         "{\"doors\":[{\"code\":\"" PW "\"},{\"code\":\"" PW "\"}]}"},
        {"{\"door\":{\"x\":\"code=x99887766\"}}", NULL},
        {"{\"door\":{\"code\":\"code=x99887766\"}}", "{\"door\":{\"code\":\"" PW "\"}}"},
        {"{\"list\":[\"x9988\",7],\"a\":{\"list\":[\"x9988\"]}}",
         "{\"list\":[\"" GEN "\",\"" GEN "\"],\"a\":{\"list\":[\"x9988\"]}}"},
    };
    CASES(cases, .format = LOGWASH_FORMAT_AUTO);
}

/* A field's name may say that its value is something else. */
static void names_that_are_not_meant(void **state) {
    (void)state;
    static const char one[] = "pack: t\nrules:\n" RULE(
        "t.ip", "ipv4",
        "pattern: '\\b\\d\\.\\d\\.\\d\\.\\d\\b'\n    not_keys: [version, build no]" REDACT);
    static const struct wash_case cases[] = {
        {"{\"version\":\"1.2.3.4\",\"osVersion\":\"1.2.3.4\",\"VERSION\":[\"1.2.3.4\"]}", NULL},
        {"{\"os_version\":\"1.2.3.4\",\"build no\":\"1.2.3.4\"}", NULL},
        {"{\"conversion\":\"1.2.3.4\",\"version_ip\":\"1.2.3.4\"}",
         "{\"conversion\":\"[REDACTED:ipv4]\",\"version_ip\":\"[REDACTED:ipv4]\"}"},
        {"{\"version\":\"at 1.2.3.4\",\"a\":{\"version\":{\"b\":\"1.2.3.4\"}}}",
         "{\"version\":\"at [REDACTED:ipv4]\",\"a\":{\"version\":{\"b\":\"[REDACTED:ipv4]\"}}}"},
        {"{\"version\":\"{\\\"version\\\":\\\"1.2.3.4\\\",\\\"b\\\":\\\"1.2.3.4\\\"}\"}",
         "{\"version\":\"{\\\"version\\\":\\\"1.2.3.4\\\",\\\"b\\\":\\\"[REDACTED:ipv4]\\\"}\"}"},
        {"{\"version\":\"1.2.3.4-r1\"}", NULL},
        {"1.2.3.4", "[REDACTED:ipv4]"},
    };
    test_wash(one, NULL, (struct logwash_options){.format = LOGWASH_FORMAT_AUTO}, cases,
              sizeof cases / sizeof *cases, INT64_MIN);
    static const struct wash_case packed[] = {
        {"\x82\xa7version\xa7"
         "1.2.3.4\xa1"
         "a\xa7"
         "1.2.3.4",
         "\x82\xa7version\xa7"
         "1.2.3.4\xa1"
         "a\xaf[REDACTED:ipv4]"},
    };
    test_wash(one, NULL, (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK}, packed, 1,
              INT64_MIN);
}

/* Documents in strings: the path into one goes on behind the string's own. */
static void documents(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"a\":\"{\\\"note\\\":\\\"badge B-1\\\",\\\"no\\\":\\\"badge B-2\\\"}\"}",
         "{\"a\":\"{\\\"note\\\":\\\"badge " NAME "\\\",\\\"no\\\":\\\"badge B-2\\\"}\"}"},
        {"{\"a\":\"{\\\"b\\\":[{\\\"c\\\":123456,\\\"d\\\":123456}]}\",\"b\":\"[{\\\"c\\\":123456}]"
         "\"}",
         "{\"a\":\"{\\\"b\\\":[{\\\"c\\\":\\\"" ID
         "\\\",\\\"d\\\":123456}]}\",\"b\":\"[{\\\"c\\\":123456}]\"}"},
        {"{\"door\":\"{\\\"code\\\":[[]],\\\"x\\\":\\\"{\\\\\\\"code\\\\\\\":[1]}\\\"}\"}",
         "{\"door\":\"{\\\"code\\\":\\\"" PW
         "\\\",\\\"x\\\":\\\"{\\\\\\\"code\\\\\\\":[1]}\\\"}\"}"},
        {"[\"{\\\"door\\\":\\\"{\\\\\\\"code\\\\\\\":1}\\\"}\",\"{\\\"a\\\":1}\"]", NULL},
        {"{\"doors\":[\"{\\\"code\\\":{\\\"a\\\":7}}\"]}",
         "{\"doors\":[\"{\\\"code\\\":\\\"" PW "\\\"}\"]}"},
        {"{\"a\":\"{\\\"b\\\":\\\"[{\\\\\\\"c\\\\\\\":123456}]\\\"}\"}",
         "{\"a\":\"{\\\"b\\\":\\\"[{\\\\\\\"c\\\\\\\":\\\\\\\"" ID "\\\\\\\"}]\\\"}\"}"},
    };
    CASES(cases, .format = LOGWASH_FORMAT_AUTO);
}

/* A record that was to be one and fails to parse is no reason to let anything pass. */
static void broken_records(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"x\":{\"pin\":\"123456", "{\"x\":{\"pin\":\"" ID},
        {"{\"x\":{\"code\":\"x99887766\"}", "{\"x\":{\"code\":\"" PW "\"}"},
        {"{\"x\":\"123456\"} trailing", "{\"x\":\"" ID "\"} trailing"},
    };
    CASES(cases, .format = LOGWASH_FORMAT_AUTO);
    static const struct wash_case deep[] = {{"[[[\"123456\"]]]", "[[[\"" ID "\"]]]"}};
    CASES(deep, .limits = {.depth = 2});
}

static void text(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"pin 123456 code=x99887766 badge B-1", NULL},
        {"at=x pay.pin=123456 pin=123456 door.code=\"x99887766\" code=y99887766",
         "at=x pay.pin=" ID " pin=123456 door.code=\"" PW "\" code=y99887766"},
        {"note=\"B-1 badge \\\"B-2\\\"\" badge B-3",
         "note=\"B-1 badge \\\"" NAME "\\\"\" badge B-3"},
    };
    CASES(cases, .format = LOGWASH_FORMAT_AUTO);
    CASES(cases, .format = LOGWASH_FORMAT_LOGFMT);
    static const struct wash_case plain[] = {
        {"pay.pin=123456 door.code=x99887766", NULL},
        {"{\"pay\":{\"pin\":123456}}", NULL},
    };
    CASES(plain, .format = LOGWASH_FORMAT_TEXT);
}

#define BYTES(literal) slice_of("" literal, sizeof(literal) - 1)

static void msgpack(void **state) {
    (void)state;
    const struct {
        struct slice in, out;
    } cases[] = {
        {BYTES("\x82\xa3pay\x81\xa3pin\xa6"
               "123456\xa3pin\xa6"
               "123456"),
         BYTES("\x82\xa3pay\x81\xa3pin\xb6" ID "\xa3pin\xa6"
               "123456")},
        {BYTES("\x82\xa4"
               "code\x91\x01\xa4"
               "door\x81\xa4"
               "code\x91\x01"),
         BYTES("\x82\xa4"
               "code\x91\x01\xa4"
               "door\x81\xa4"
               "code\xb3" PW)},
        /* Fluentd's [tag, time, record] */
        {BYTES("\x93\xa1t\x01\x81\xa3pay\x81\xa3pin\xce\x00\x01\xe2\x40"),
         BYTES("\x93\xa1t\x01\x81\xa3pay\x81\xa3pin\xb6" ID)},
    };
    struct logwash *lw =
        test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(logwash_wash(lw, scratch, cases[i].in.ptr, cases[i].in.len, &out),
                         LOGWASH_OK);
        if (!slice_eq(slice_of(out.data, out.len), cases[i].out))
            fail_msg("case %zu: %.*s", i, (int)out.len, (const char *)out.data);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* A header stands at its name. */
static void headers(void **state) {
    (void)state;
    struct logwash *lw = test_engine(pack, (struct logwash_options){.format = 0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static const char *const names[] = {"pay.pin", "pin"};
    for (int i = 0; i < 2; i++) {
        const struct logwash_record rec = {.len = 6,
                                           .time_ms = INT64_MIN,
                                           .name = names[i],
                                           .name_len = strlen(names[i])};
        const struct logwash_batch batch = {.data = "123456",
                                            .len = 6,
                                            .records = &rec,
                                            .n = 1,
                                            .framing = LOGWASH_FRAMING_MESSAGE};
        assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
        assert_int_equal(out.results[0].verdict.hits, i == 0);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* The work of paths is counted: long keys above many values reach the limit, not the clock. */
static void work_is_bounded(void **state) {
    (void)state;
    enum { KEY = 200000, VALUES = 20000 };
    struct logwash *lw = test_engine(pack, (struct logwash_options){.limits = {.edits = 100000}});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    char *in = malloc(KEY + VALUES * 10 + 64);
    size_t len = (size_t)sprintf(in, "{\"");
    memset(in + len, 'k', KEY);
    len += KEY;
    len += (size_t)sprintf(in + len, "\":[0");
    for (int i = 0; i < VALUES; i++) len += (size_t)sprintf(in + len, ",123456");
    len += (size_t)sprintf(in + len, "]}");
    assert_int_equal(logwash_wash(lw, scratch, in, len, &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_WITHHELD);
    assert_string_equal(out.results[0].verdict.reason, "work");
    free(in);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),        cmocka_unit_test(keys),
        cmocka_unit_test(documents),       cmocka_unit_test(names_that_are_not_meant),
        cmocka_unit_test(broken_records),  cmocka_unit_test(text),
        cmocka_unit_test(msgpack),         cmocka_unit_test(headers),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
