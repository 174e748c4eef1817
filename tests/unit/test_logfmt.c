/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of logfmt records, and what is washed of them. */
#include "engine.h"
#include "record/logfmt.h"

struct pairs_case {
    const char *record, *want; /* key<value> ... */
};

static void pairs(void **state) {
    (void)state;
    static const struct pairs_case cases[] = {
        {"", ""},
        {"a=1 b=2", "a<1>b<2>"},
        {"a=\"x y\" b=\"\" c=", "a<x y>b<>c<>"},
        {"debug a=1 done", "a<1>"},
        {"a= b=2", "a<>b<2>"},
        {"a=\"he said \\\"b=1\\\" \\\\\" c=2", "a<he said \\\"b=1\\\" \\\\>c<2>"},
        {"a=\"open b=2", "a<\"open>b<2>"},
        {"a=\"one\nb=\"two\"", "a<\"one>b<two>"},
        {"a=1\r\nb=2\r", "a<1>b<2>"},
        {"url=http://h/?q=1&r=2 n=3", "url<http://h/?q=1&r=2>n<3>"},
        {"caf\xc3\xa9=\xe2\x82\xac n=1", "caf\xc3\xa9<\xe2\x82\xac>n<1>"},
        {"[12:00] (user.name=jo) x", "user.name<jo)>"},
        {"=1 a==2 = b", "a<=2>"},
        {"a=\"x\"b=1", "a<x>b<1>"},
        {"{\"a\":\"b=1\"}", "b<1\"}>"},
        {"a=\"x\\", "a<\"x\\>"},
        {"a=\"", "a<\">"},
    };
    struct logfmt_index index;
    logfmt_init(&index);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct slice rec = slice_str(cases[i].record);
        char got[256];
        size_t len = 0;
        assert_true(logfmt_build(&index, rec));
        got[0] = '\0';
        for (size_t k = 0; k < index.n; k++) {
            const struct logfmt_pair *p = &index.pairs[k];
            len += (size_t)snprintf(got + len, sizeof got - len, "%.*s<%.*s>",
                                    (int)(p->key_end - p->key), rec.ptr + p->key,
                                    (int)(p->value_end - p->value), rec.ptr + p->value);
            for (size_t off = p->key; off < p->value_end; off++)
                assert_ptr_equal(logfmt_pair_at(&index, off), off >= p->value ? p : NULL);
            assert_null(logfmt_pair_at(&index, p->value_end));
        }
        assert_string_equal(got, cases[i].want);
    }
    logfmt_fini(&index);
}

static const char pack[] =
    "pack: t\nrules:\n" RULE("t.mail", "email",
                             "action: redact\n    pattern: '\\b[\\w.]++@[\\w.]++'")
        RULE("t.pw", "password", "keys: ['*_password', password]");

static void washed(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"password=hunter2x a=1", "password=[REDACTED:password] a=1"},
        {"password=\"hunter2 x\" a=1", "password=\"[REDACTED:password]\" a=1"},
        {"password=\"hun\\\"ter2\" a=1", "password=\"[REDACTED:password]\" a=1"},
        {"password= a=1", "password= a=1"},
        {"password=\"\" a=1", "password=\"\" a=1"},
        {"password a=1 password", "password a=1 password"},
        {"db_password=4711", "db_password=[REDACTED:password]"},
        {"x to=jo@x.io y", "x to=[REDACTED:email] y"},
        {"to=\"jo@x.io\"", "to=\"[REDACTED:email]\""},
        {"to=\"jo\\u0040x.io b\" a=1", "to=\"[REDACTED:email] b\" a=1"},
        {"msg=\"user said \\\"jo@x.io\\\"\" a=1", "msg=\"user said \\\"[REDACTED:email]\\\"\" a=1"},
        {"msg=\"{\\\"password\\\":\\\"hunter2x\\\"}\" a=1",
         "msg=\"{\\\"password\\\":\\\"[REDACTED:password]\\\"}\" a=1"},
        {"12:00 WARN caf\xc3\xa9=jo@x.io \xff end",
         "12:00 WARN caf\xc3\xa9=[REDACTED:email] \xff end"},
        {"jo@x.io=1", "[REDACTED:email]=1"},
        {"password=\"open", "password=\"[REDACTED:password]"},
    };
    for (int format = LOGWASH_FORMAT_AUTO; format <= LOGWASH_FORMAT_LOGFMT; format++) {
        if (format == LOGWASH_FORMAT_JSON) continue;
        test_wash(pack, NULL, (struct logwash_options){.format = (enum logwash_format)format},
                  cases, sizeof cases / sizeof *cases, INT64_MIN);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs), cmocka_unit_test(washed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
