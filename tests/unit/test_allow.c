/* SPDX-License-Identifier: Apache-2.0 */
/* `allow`: what it lets stay, and what it never does. */
#include "base/buf.h"
#include "base/units.h"
#include "core/allow.h"
#include "engine.h"

#define REDACT "\n    action: redact"
#define MAIL   "pattern: '(?<![\\w.-])[a-z0-9.-]{1,40}@[a-z.]{1,40}'" REDACT
#define IP     "pattern: '(?<![\\d.])\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}'" REDACT
#define SIX    "pattern: '(?<![\\w:])[0-9a-f]{0,4}::[0-9a-f:.]{1,30}'" REDACT
#define NUMBER "pattern: '\\b\\d{9}\\b'\n    keywords: [ssn]\n    near: 12" REDACT
static const char pack[] = "pack: t\nrules:\n" RULE("t.mail", "email", MAIL)
    RULE("t.ip", "ipv4", IP) RULE("t.six", "ipv6", SIX) RULE("t.number", "ssn", NUMBER)
        RULE("t.secret", "password", "keys: [password, secret]");

static void wash_cases(const char *config, const struct wash_case *cases, size_t n,
                       int64_t time_ms) {
    test_wash(pack, config, (struct logwash_options){.now_sec = 1800000000}, cases, n, time_ms);
}

#define CASES(config, cases) wash_cases(config, cases, sizeof cases / sizeof *cases, INT64_MIN)
#define ALLOW(entries)       "rules:\n  allow:\n    - {reason: for a test, " entries "}\n"

static void values_stay_as_a_whole(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"to info@acme.example now", NULL},
        {"to xinfo@acme.example now", "to [REDACTED:email] now"},
        {"info@acme.example.net", "[REDACTED:email]"},
        {"{\"m\":\"a\\ninfo@acme.example\\tb\",\"to\":\"info@acme.example\"}", NULL},
        {"password=info@acme.example", "password=[REDACTED:password]"},
        {"info@acme.example bob@acme.example", "info@acme.example [REDACTED:email]"},
    };
    CASES(ALLOW("value: info@acme.example, class: email"), cases);
    CASES(ALLOW("value: info@acme.example, rule: 't.m*'"), cases);
}

static void networks_stay(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"10.63.0.1 10.64.0.1", "10.63.0.1 [REDACTED:ipv4]"},
        {"::ffff:10.1.2.3 2001::1", "::ffff:10.1.2.3 [REDACTED:ipv6]"},
        {"10.1.2.3.4", NULL}, /* what it finds of it is allowed */
        {"secret: 10.1.2.3", "secret: [REDACTED:password]"},
    };
    CASES(ALLOW("cidr: 10.0.0.0/10"), cases);
    static const struct wash_case six[] = {
        {"2001::1 2002::1 10.1.2.3", "2001::1 [REDACTED:ipv6] [REDACTED:ipv4]"},
    };
    CASES(ALLOW("cidr: '2001::/16'"), six);
    static const struct wash_case one[] = {
        {"10.1.2.3 10.1.2.4", "10.1.2.3 [REDACTED:ipv4]"},
    };
    CASES(ALLOW("cidr: 10.1.2.3"), one);
    static const struct wash_case none[] = {{"10.1.2.3 2001::1", "10.1.2.3 [REDACTED:ipv6]"}};
    CASES(ALLOW("cidr: 0.0.0.0/0"), none);
}

static void patterns_match_the_whole_value(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"bot-1@acme.example", NULL},
        {"bot-1@acme.example.net", "[REDACTED:email]"},
        {"a.bot-1@acme.example", "[REDACTED:email]"},
    };
    CASES(ALLOW("regex: 'bot-\\d+@acme\\.example', class: email"), cases);
    static const struct wash_case lazy[] = {{"bot-12@acme.example", NULL}};
    CASES(ALLOW("regex: 'bot-1.*?', class: email"), lazy);
}

/* All that is found in a field stays, by the rules and classes named. */
static void fields_stay(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"to\":\"a@x.io and b@x.io\"}", NULL},
        {"{\"to\":\"10.1.2.3\"}", "{\"to\":\"[REDACTED:ipv4]\"}"},
        {"{\"from\":\"a@x.io\",\"to\":\"a@x.io\"}",
         "{\"from\":\"[REDACTED:email]\",\"to\":\"a@x.io\"}"},
        {"{\"a\":{\"to\":\"a@x.io\"}}", "{\"a\":{\"to\":\"[REDACTED:email]\"}}"},
        {"{\"to\":{\"a\":\"a@x.io\"}}", "{\"to\":{\"a\":\"[REDACTED:email]\"}}"},
        {"{\"to\":\"a\\u0040x.io\"}", NULL},
        {"{\"to\":\"{\\\"a\\\":\\\"a@x.io\\\"}\"}", NULL},
        {"{\"a\":\"{\\\"to\\\":\\\"a@x.io\\\"}\"}",
         "{\"a\":\"{\\\"to\\\":\\\"[REDACTED:email]\\\"}\"}"},
        {"{\"to\":\"a@x.io\"", "{\"to\":\"[REDACTED:email]\""}, /* not JSON */
        {"WARN to=a@x.io from=\"a@x.io\"", "WARN to=a@x.io from=\"[REDACTED:email]\""}, /* logfmt */
        {"to=\"<a@x.io> b@x.io\" c", NULL},
        {"to a@x.io", "to [REDACTED:email]"},
        {"a.to=a@x.io", "a.to=[REDACTED:email]"},
        {"{\"a\":\"to=a@x.io", "{\"a\":\"to=[REDACTED:email]"},
        {"{\"a@x.io\":1}", "{\"[REDACTED:email]\":1}"}, /* a key is no value */
    };
    CASES(ALLOW("field: to, class: email"), cases);
    static const struct wash_case deep[] = {
        {"{\"a\":[{\"to\":\"a@x.io\"},{\"to\":\"b@x.io\"}],\"to\":\"a@x.io\"}", NULL},
        {"{\"a\":[\"a@x.io\"]}", "{\"a\":[\"[REDACTED:email]\"]}"},
        {"{\"a\":\"{\\\"to\\\":\\\"a@x.io\\\"}\"}", NULL},
    };
    CASES(ALLOW("field: '**.to', rule: 't.m*'"), deep);
    static const struct wash_case items[] = {
        {"{\"to\":[\"a@x.io\",\"b@x.io\"]}", NULL},
        {"{\"to\":\"a@x.io\"}", "{\"to\":\"[REDACTED:email]\"}"},
    };
    CASES(ALLOW("field: 'to[]', class: email"), items);
    static const struct wash_case keyed[] = {
        {"{\"a\":{\"secret\":\"abc1\"},\"password\":\"abc1\"}",
         "{\"a\":{\"secret\":\"abc1\"},\"password\":\"[REDACTED:password]\"}"},
        {"{\"a\":{\"secret\":[1]}}", "{\"a\":{\"secret\":\"[REDACTED:password]\"}}"},
    };
    CASES(ALLOW("field: 'a.*', class: password"), keyed);
    static const struct wash_case over[] = {
        {"{\"to\":\"a@x.io\"}", "{\"to\":\"[REDACTED:email]\"}"}};
    CASES(ALLOW("field: to, class: email, until: 2027-01-14"), over);
}

/* A header's name is its path. */
static void fields_of_headers_stay(void **state) {
    (void)state;
    static const char config[] = ALLOW("field: sender, class: email");
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    struct logwash *lw = test_engine(pack, (struct logwash_options){.config = &source});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static const char *const names[] = {"sender", "from"};
    for (int i = 0; i < 2; i++) {
        const struct logwash_record rec = {.len = 6,
                                           .time_ms = INT64_MIN,
                                           .name = names[i],
                                           .name_len = strlen(names[i])};
        const struct logwash_batch batch = {.data = "a@x.io",
                                            .len = 6,
                                            .records = &rec,
                                            .n = 1,
                                            .framing = LOGWASH_FRAMING_MESSAGE};
        assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
        assert_int_equal(out.results[0].verdict.allowed, i == 0);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* A value that stays is no edit: what stands between a keyword and a value counts as it is. */
static void allowed_values_count_as_text_before_a_keyword(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"ssn bob@x.io 123456789", "ssn [REDACTED:email] [REDACTED:ssn]"},
        {"ssn bob-bob-bob@x.io 123456789", "ssn [REDACTED:email] [REDACTED:ssn]"},
        {"ssn info@acme.example 123456789", NULL},
    };
    CASES(ALLOW("value: info@acme.example, class: email"), cases);
}

/* What a key rule sees of a value is what a second wash would see. */
static void key_rules_see_allowed_values(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"password: info@acme.example", "password: [REDACTED:password]"},
        {"secret=\"info@acme.example\"", "secret=\"[REDACTED:password]\""},
        {"{\"secret\":{\"a\":\"info@acme.example\"}}", "{\"secret\":\"[REDACTED:password]\"}"},
    };
    CASES(ALLOW("value: info@acme.example, class: email"), cases);
}

static void containers_and_exact_secrets_never_stay(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"secret\":{\"a\":1}}", "{\"secret\":\"[REDACTED:password]\"}"},
        {"{\"secret\":[1]}", "{\"secret\":\"[REDACTED:password]\"}"},
        {"{\"secret\":\"abc1\"}", NULL},
    };
    CASES(ALLOW("regex: '.*', class: password"), cases);
    static const struct logwash_source values = {"values", "plainvalue", 10};
    static const char config[] = ALLOW("value: plainvalue, class: generic_secret");
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    struct logwash *lw =
        test_engine(pack, (struct logwash_options){.config = &source, .values = &values});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    assert_int_equal(logwash_wash(lw, scratch, "a plainvalue", 12, &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_CHANGED);
    assert_int_equal(out.results[0].verdict.allowed, 0);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* The later of the engine's time (2027-01-15 08:00) and the record's decides; the day is part of
 * it.
 */
static void entries_end(void **state) {
    (void)state;
    static const struct wash_case stays[] = {{"info@acme.example", NULL}};
    static const struct wash_case goes[] = {{"info@acme.example", "[REDACTED:email]"}};
    static const char today[] = ALLOW("value: info@acme.example, class: email, until: 2027-01-15");
    static const char yesterday[] =
        ALLOW("value: info@acme.example, class: email, until: 2027-01-14");
    wash_cases(today, stays, 1, INT64_MIN);
    wash_cases(today, stays, 1, 1000);
    wash_cases(today, stays, 1, 1800057599999);
    wash_cases(today, goes, 1, 1800057600000);
    wash_cases(yesterday, goes, 1, 1000);
}

static void what_stays_is_counted(void **state) {
    (void)state;
    static const char config[] = ALLOW("value: info@acme.example, class: email");
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    struct logwash *lw = test_engine(pack, (struct logwash_options){.config = &source});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static const char in[] = "info@acme.example info@acme.example a@acme.example";
    assert_int_equal(logwash_wash(lw, scratch, in, sizeof in - 1, &out), LOGWASH_OK);
    const struct logwash_verdict *verdict = &out.results[0].verdict;
    assert_int_equal(verdict->allowed, 2);
    assert_int_equal(verdict->hits, 1);
    assert_int_equal(verdict->edits, 1);
    assert_int_equal(logwash_wash(lw, scratch, in, 35, &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_CLEAN);
    assert_int_equal(out.results[0].verdict.classes[0] | out.results[0].verdict.classes[1], 0);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* An input's own entries are its own. */
static void inputs_have_entries_of_their_own(void **state) {
    (void)state;
    static const char config[] =
        "inputs:\n  - {topic: a, rules: {allow: [{value: info@acme.example, class: email, reason: "
        "r}]}}\n  - {topic: b}\n";
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    char generations[3][32];
    const char *const inputs[] = {"a", "b", NULL};
    for (int i = 0; i < 3; i++) {
        struct logwash *lw =
            test_engine(pack, (struct logwash_options){.config = &source, .input = inputs[i]});
        struct logwash_scratch *scratch = logwash_scratch_new(lw);
        struct logwash_output out = {0};
        assert_int_equal(logwash_wash(lw, scratch, "info@acme.example", 17, &out), LOGWASH_OK);
        assert_int_equal(out.results[0].verdict.allowed, i == 0);
        snprintf(generations[i], sizeof generations[i], "%s", logwash_generation(lw));
        logwash_output_fini(&out);
        logwash_scratch_free(scratch);
        logwash_free(lw);
    }
    assert_string_not_equal(generations[0], generations[1]);
    assert_string_not_equal(generations[1], generations[2]);
}

static void globs(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *id;
        bool matches;
    } cases[] = {
        {"contact.email", "contact.email", true},
        {"contact.email", "contact.emails", false},
        {"contact.*", "contact.email", true},
        {"contact.*", "contacts.email", false},
        {"*", "contact.email", true},
        {"*.email", "contact.email", true},
        {"*email", "contact.email", true},
        {"*.em*il", "contact.emil.email", true},
        {"c*c*e", "contact.email", false},
        {"**", "a.b", true},
        {"", "a.b", false},
        {"a.b*", "a.b", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (allow_glob(slice_str(cases[i].pattern), slice_str(cases[i].id)) != cases[i].matches)
            fail_msg("%s %s", cases[i].pattern, cases[i].id);
}

static void dates(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t sec; /* -1: no date */
    } cases[] = {
        {"1970-01-01", 0},          {"2000-02-29", 951782400}, {"2027-01-15", 1799971200},
        {"2100-03-01", 4107542400}, {"2100-02-29", -1},        {"2027-00-01", -1},
        {"2027-04-31", -1},         {"2027-1-15", -1},         {"0000-01-01", -1},
        {"2027-01-00", -1},         {"20270-1-15", -1},        {"2027/01/15", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t sec = -1;
        if (!date_parse(slice_str(cases[i].text), &sec)) sec = -1;
        if (sec != cases[i].sec) fail_msg("%s: %lld", cases[i].text, (long long)sec);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stay_as_a_whole),
        cmocka_unit_test(networks_stay),
        cmocka_unit_test(patterns_match_the_whole_value),
        cmocka_unit_test(fields_stay),
        cmocka_unit_test(fields_of_headers_stay),
        cmocka_unit_test(allowed_values_count_as_text_before_a_keyword),
        cmocka_unit_test(key_rules_see_allowed_values),
        cmocka_unit_test(containers_and_exact_secrets_never_stay),
        cmocka_unit_test(entries_end),
        cmocka_unit_test(what_stays_is_counted),
        cmocka_unit_test(inputs_have_entries_of_their_own),
        cmocka_unit_test(globs),
        cmocka_unit_test(dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
