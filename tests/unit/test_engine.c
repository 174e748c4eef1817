/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's meaning, one table a topic: what goes in, what comes out. */
#include "engine.h"

/* A line of a PEM body */
#define LONE "nT7q9ZkR2vXw4LmP8sJd1YhG6fBc3KeA5uQoVtNxWzHrEiMyDgFjSbClUaOp0I+x"

static const char pack[] = "pack: t\nrules:\n" RULE(
    "t.ip", "ipv4",
    "pattern: '(?<![\\d.])\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\d.])'\n    action: redact")
    RULE("t.email", "email",
         "pattern: '(?<![\\w.+-])[\\w.+-]{1,64}@[a-z0-9-]{1,60}\\.[a-z]{2,10}'\n    action: redact")
        RULE("t.card", "credit_card",
             "pattern: '(?<![\\d.-])(?:\\d[ -]?){12,18}\\d(?![\\d-])'\n    validate: [luhn]\n    "
             "action: {mask: {keep_last: 4}}") RULE("t.token", "github_token",
                                                    "pattern: '\\bghp_[A-Za-z0-9]{8}\\b'")
            RULE("t.der", "private_key", "pattern: '^KEY[0-9]{8}'") RULE(
                "t.lone", "private_key", "pattern: '^[A-Za-z0-9+/]{64}$'\n    validate: [pem_body]")
                RULE("t.stmt", "generic_secret",
                     "pattern: 'password\\W{1,5}is (?:now )?(?<value>[\\w*]{4,20})'")
                    RULE("t.host", "address",
                         "pattern: '(?:\"tagged\")?@corp\\.com'\n    action: redact")
                        RULE(
                            "t.keyed", "tax_id",
                            "pattern: '(?<!\\d)\\d{9}(?!\\d)'\n    keywords: [tax, vat]\n    near: "
                            "10\n   "
                            " action: redact") RULE("t.password", "password",
                                                    "keys: [password, pwd, '*_secret']")
                            RULE("t.login", "username",
                                 "keys: [login, in_name]\n    containers: keep\n    action: redact")
                                RULE("t.option", "ssn", "keys: [option_z]\n    action: redact")
                                    RULE("t.auth", "auth_header",
                                         "keys: [authorization]\n    extent: line")
                                        RULE("t.gone", "cookie",
                                             "keys: [session]\n    action: drop")
                                            RULE("t.run", "iban",
                                                 "pattern: 'run=(?<value>[^\\s\"[]{1,20})'\n    "
                                                 "action: redact")
                                                RULE(
                                                    "t.poison", "jwt",
                                                    "pattern: 'POISON'\n    action: {drop: record}")
                                                    RULE("t.watch", "phone",
                                                         "pattern: 'WATCHED'\n    mode: observe")
                                                        RULE("t.tag", "mac",
                                                             "pattern: 'TAGGED'\n    action: keep");

/* Each table also runs with portable kernels: the same must come out (P5). */
#define WASH(cases)                                                                                \
    for (int portable = 0; portable < 2; portable++)                                               \
    test_wash(pack, NULL, (struct logwash_options){.portable = portable}, cases,                   \
              sizeof cases / sizeof *cases, INT64_MIN)

static void text(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"", ""},
        {"nothing here", "nothing here"},
        {"from 10.1.2.3 to 10.1.2.4", "from [REDACTED:ipv4] to [REDACTED:ipv4]"},
        {"Chrome 32.0.1700.77", "Chrome 32.0.1700.77"},
        {"ip 10.1.2.3\r", "ip [REDACTED:ipv4]\r"},
        {"a\xff\xfe b@c.de \x80", "a\xff\xfe [REDACTED:email] \x80"},
        {"one 10.1.2.3\ntwo 10.1.2.4\r\nthree",
         "one [REDACTED:ipv4]\ntwo [REDACTED:ipv4]\r\nthree"},
        {"\"-----BEGIN PRIVATE KEY-----\\n\"\n\"QUJDREVG\\n\"\nx, y!",
         "\"[REDACTED:private_key]\"\n\"[REDACTED:private_key]\\n\"\nx, y!"},
        {"u=alice%2540corp.com&x=1", "u=[REDACTED:email]&x=1"},
        {"-----BEGIN CERTIFICATE-----\n" LONE "\nKEY12345678=\n-----END "
         "CERTIFICATE-----\n" LONE,
         "-----BEGIN CERTIFICATE-----\n" LONE "\n[REDACTED:private_key]=\n-----END "
         "CERTIFICATE-----\n[REDACTED:private_key]"},
        {"-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----",
         "-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----"},
        {"-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
         "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----"},
        {"-----BEGIN PRIVATE KEY-----\nsome key that is none",
         "[REDACTED:private_key]\nsome key that is none"},
        {"u=alice%40corp.com&x=1", "u=[REDACTED:email]&x=1"},
        /* what began within an escape begins behind it, or takes it along */
        {"x%20bob@corp.com%20y", "x%20[REDACTED:email]%20y"},
        {"x%zzbob@corp.com", "x%[REDACTED:email]"},
        {"run=1%20ghp_00000000", "run=[REDACTED:iban]"},
        {"g\x1b[1mhp_00000000\x1b[0m", "[REDACTED:github_token]\x1b[0m"},
        {"line one\\nghp_00000000", "line one\\n[REDACTED:github_token]"},
    };
    WASH(cases);
}

static void validators_inside_the_match(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"card 4111111111111111 200 512", "card ************1111 200 512"},
        {"card 4111 1111 1111 1111", "card ************1111"},
        {"card 4111111111111112", "card 4111111111111112"},
    };
    WASH(cases);
}

static void json(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"a\" : 1.0,\"b\":[ 1e5 ], \"ip\":\"10.1.2.3\"}",
         "{\"a\" : 1.0,\"b\":[ 1e5 ], \"ip\":\"[REDACTED:ipv4]\"}"},
        {"{\"n\":4111111111111111}", "{\"n\":\"************1111\"}"},
        {"4111111111111111", "\"************1111\""},
        {"{\"a\":\"x\",\"a\":\"b@c.de\"}", "{\"a\":\"x\",\"a\":\"[REDACTED:email]\"}"},
        {"{\"m\":\"b\\u0040c.de\"}", "{\"m\":\"[REDACTED:email]\"}"},
        {"{\"b@c.de\":1}", "{\"[REDACTED:email]\":1}"},
        {"{\"log\":\"{\\\"m\\\":\\\"b\\\\u0040c.de\\\"}\\n\"}",
         "{\"log\":\"{\\\"m\\\":\\\"[REDACTED:email]\\\"}\\n\"}"},
        {"{\"a\":\"10.1.2\",\"b\":\".3\"}",
         "{\"a\":\"10.1.2\",\"b\":\".3\"}"}, /* no match crosses fields */
        {"{\"broken\":\"b@c.de", "{\"broken\":\"[REDACTED:email]"},
        {"{user b@c.de}", "{user [REDACTED:email]}"},
        /* a number in JSON in a string, or behind text, becomes a string there too */
        {"{\"m\":\"{\\\"n\\\": 4111111111111111}\"}",
         "{\"m\":\"{\\\"n\\\": \\\"************1111\\\"}\"}"},
        {"x {\"n\":4111111111111111,\"b\":2}", "x {\"n\":\"************1111\",\"b\":2}"},
        {"x \"n\":4111111111111111 b", "x \"n\":************1111 b"},
    };
    WASH(cases);
}

/* What is found in the raw bytes begins and ends at whole escapes. */
static void escapes_stay_whole(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"m\":\"x\\nb@c.de\"}", "{\"m\":\"x\\n[REDACTED:email]\"}"},
        {"{\"m\":\"x\\u0000b@c.de\"}", "{\"m\":\"x\\u0000[REDACTED:email]\"}"},
        {"{\"m\":\"x\\\\nb@c.de\"}", "{\"m\":\"x\\\\n[REDACTED:email]\"}"},
        {"{\"m\":\"\\\"run=ab\\\"\"}", "{\"m\":\"\\\"run=[REDACTED:iban]\\\"\"}"},
        {"{\"m\":\"run=a\\u0041\"}", "{\"m\":\"run=[REDACTED:iban]\"}"},
        {"{\"m\":\"{\\\"run=ab\\\\\\\"\\\"}\"}",
         "{\"m\":\"{\\\"run=[REDACTED:iban]\\\\\\\"\\\"}\"}"},
        {"x \"a\\nb@c.de\"", "x \"a\\n[REDACTED:email]\""},
        {"\x1b[31mb@c.de\x1b[0m", "\x1b[31m[REDACTED:email]\x1b[0m"},
        {"\x1b[31mrun=abc\x1b[0m x", "\x1b[31mrun=[REDACTED:iban]\x1b[0m x"},
        {"password:\x1b[0;1mhunter2\x1b[0m x", "password:\x1b[0;1m[REDACTED:password]\x1b[0m x"},
        {"x \"\\u001b[1mrun=abc\\u001b[0m x\"", "x \"\\u001b[1mrun=[REDACTED:iban]\\u001b[0m x\""},
        {"\x1b]8;;http://b@c.de/\x07x", "\x1b]8;;http://[REDACTED:email]/\x07x"},
    };
    WASH(cases);
}

static void key_rules(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"pwd=\"0a1b <\"tagged\"@corp.com>", "pwd=\"[REDACTED:password]\"[REDACTED:address]>"},
        {"password=hunter2 x", "password=[REDACTED:password] x"},
        {"Password: hunter2", "Password: [REDACTED:password]"},
        {"token password expired", "token password expired"},
        {"password: expired", "password: expired"},
        {"DB_SECRET='a b c' y", "DB_SECRET='[REDACTED:password]' y"},
        {"--password hunter2", "--password [REDACTED:password]"},
        {"password=${DB_PASS}", "password=${DB_PASS}"},
        {"password=[REDACTED:password]", "password=[REDACTED:password]"},
        {"password=[REDACTED:hunter2]", "password=[REDACTED:password]"},
        {"password=[REDACTED:x]hunter2", "password=[REDACTED:password]"},
        {"password=email_x_abcdefgh,", "password=email_x_abcdefgh,"},
        {"password='email_x_abcdefgh '", "password='email_x_abcdefgh '"},
        {"monkeysecret=1a2b", "monkeysecret=1a2b"},
        /* lists of one, as Go prints them; words in brackets are stand-ins */
        {"map[login:[ada7] pwd:[hunter2]]",
         "map[login:[REDACTED:username] pwd:[REDACTED:password]]"},
        {"map[login:[ada7 bob8] pwd:[SECRET_WORD]]",
         "map[login:[REDACTED:username] pwd:[SECRET_WORD]]"},
        {"Values{\"pwd\":[]string{\"hunter2\"}}",
         "Values{\"pwd\":[]string{\"[REDACTED:password]\"}}"},
        {"{\"password\":\"a word\"}", "{\"password\":\"[REDACTED:password]\"}"},
        {"{\"password\":{\"a\":\"hunter2\",\"b", "{\"password\":\"[REDACTED:password]\""},
        {"\"password\":12\"k\":1}", "\"password\":[REDACTED:password]\"k\":1}"},
        {"password={a\"hunter2\"}", "password=[REDACTED:password]"},
        {"\"password\":{k\": \"hunter2", "\"password\":\"[REDACTED:password]\""},
        {"\"password\": [ 12, 34", "\"password\": \"[REDACTED:password]\""},
        {"x {\"password\":[\"a\", \"hunter2\"", "x {\"password\":\"[REDACTED:password]\""},
        {"{\"m\":\"{\\\"password\\\":[\\\"a\\\",{\\\"b\"}",
         "{\"m\":\"{\\\"password\\\":\\\"[REDACTED:password]\\\"\"}"},
        {"  \"password\": {", "  \"password\": {"}, /* JSON over several lines */
        {"\"password=[REDACTED:password]&\": 12", "\"password=[REDACTED:password]&\": 12"},
        {"{\"[\\\"password=[REDACTED:password]\\\"]\": 12}",
         "{\"[\\\"password=[REDACTED:password]\\\"]\": 12}"},
        {"{\"[REDACTED:password] 2>\": 12}", "{\"[REDACTED:password] 2>\": 12}"},
        {"{\"password\":\x1b[0;1m\"a\\\"hunter2\"\x1b[m}",
         "{\"password\":\x1b[0;1m\"[REDACTED:password]\"\x1b[m}"},
        {"{\"password\": 1234}", "{\"password\": \"[REDACTED:password]\"}"},
        {"{\"password\":null,\"pwd\":false,\"app_secret\":\"\"}",
         "{\"password\":null,\"pwd\":false,\"app_secret\":\"\"}"},
        {"{\"password\":{\"a\":[1,2]},\"b\":2}", "{\"password\":\"[REDACTED:password]\",\"b\":2}"},
        {"{\"pass\\u0077ord\":\"x1\"}", "{\"pass\\u0077ord\":\"[REDACTED:password]\"}"},
        {"{\"m\":\"password=hunter2\\nuser=bob\"}",
         "{\"m\":\"password=[REDACTED:password]\\nuser=bob\"}"},
        {"{\"m\":\"password=hunter2 ok\"}", "{\"m\":\"password=[REDACTED:password] ok\"}"},
        {"{\"m\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}",
         "{\"m\":\"{\\\"password\\\":\\\"[REDACTED:password]\\\"}\"}"},
        {"{\"m\":\"{\\\"password\\\":1234}\"}",
         "{\"m\":\"{\\\"password\\\":\\\"[REDACTED:password]\\\"}\"}"},
        {"password: [], password={} x", "password: [], password={} x"},
        {"f(password=hun(ter)2) x", "f(password=[REDACTED:password]) x"},
        {"{password=hunter2}, [password=hunter2][x]",
         "{password=[REDACTED:password]}, [password=[REDACTED:password]][x]"},
        {"password=hun)ter}2 x", "password=[REDACTED:password] x"},
        {"arn:aws:x:eu-1:1:password:name", "arn:aws:x:eu-1:1:password:name"},
        {"{\"authorization\":{\"action\":\"read\"}}", "{\"authorization\":{\"action\":\"read\"}}"},
        {"Authorization: Custom a b c", "Authorization: [REDACTED:auth_header]"},
        {"curl -H 'Authorization: Custom a b' http://x",
         "curl -H 'Authorization: [REDACTED:auth_header]' http://x"},
    };
    WASH(cases);
}

static void names_beside_their_values(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"name\":\"DB_SECRET\",\"value\":\"hunter2\"}",
         "{\"name\":\"DB_SECRET\",\"value\":\"[REDACTED:password]\"}"},
        {"[{\"Value\": \"hunter2\", \"x\": null, \"Key\": \"password\"}]",
         "[{\"Value\": \"[REDACTED:password]\", \"x\": null, \"Key\": \"password\"}]"},
        {"{\"ParameterKey\":\"pwd\",\"ParameterValue\":17}",
         "{\"ParameterKey\":\"pwd\",\"ParameterValue\":\"[REDACTED:password]\"}"},
        {"{\"name\":\"password\",\"values\":[\"a\",\"b\"]}",
         "{\"name\":\"password\",\"values\":\"[REDACTED:password]\"}"},
        {"{\"name\":\"password\",\"value\":\"[REDACTED:password]\"}",
         "{\"name\":\"password\",\"value\":\"[REDACTED:password]\"}"},
        {"{\"field\":\"pwd\",\"old\":\"x1\",\"new\":\"x2\",\"renew\":\"x3\"}",
         "{\"field\":\"pwd\",\"old\":\"[REDACTED:password]\",\"new\":\"[REDACTED:password]\","
         "\"renew\":\"x3\"}"},
        {"{\"loc\":[\"a\", \"pwd\" "
         "],\"msg\":\"m\",\"input\":\"x1\",\"k\":{\"loc\":[\"pwd\",1],\"input\":1}}",
         "{\"loc\":[\"a\", \"pwd\" ],\"msg\":\"m\",\"input\":\"[REDACTED:password]\","
         "\"k\":{\"loc\":[\"pwd\",1],\"input\":1}}"},
        {"{\"name\":\"pwd\",\"path\":\"/a\",\"value\":\"x1\",\"loc\":[]}",
         "{\"name\":\"pwd\",\"path\":\"/a\",\"value\":\"[REDACTED:password]\",\"loc\":[]}"},
        /* of two objects, of none, of another name */
        {"[{\"name\":\"password\"},{\"value\":\"hunter2\"}]",
         "[{\"name\":\"password\"},{\"value\":\"hunter2\"}]"},
        {"{\"name\":\"password\",\"in\":{\"value\":\"hunter2\"}}",
         "{\"name\":\"password\",\"in\":{\"value\":\"hunter2\"}}"},
        {"{\"name\":\"set a strong pwd\",\"value\":\"on\"}",
         "{\"name\":\"set a strong pwd\",\"value\":\"on\"}"},
        {"{\"name\":\"path\",\"value\":\"hunter2\"}", "{\"name\":\"path\",\"value\":\"hunter2\"}"},
        {"{\"username\":\"password\",\"value\":\"hunter2\"}",
         "{\"username\":\"password\",\"value\":\"hunter2\"}"},
        {"{\"name\":\"password\",\"value\":\"${PW}\"}",
         "{\"name\":\"password\",\"value\":\"${PW}\"}"},
        /* in text */
        {"env {Name:DB_SECRET Value:hunter2}", "env {Name:DB_SECRET Value:[REDACTED:password]}"},
        {"- name: DB_SECRET\n  value: hunter2", "- name: DB_SECRET\n  value: [REDACTED:password]"},
        {"got {'name': 'password', 'value': 'a b'} x",
         "got {'name': 'password', 'value': '[REDACTED:password]'} x"},
        {"{\"m\":\"[{\\\"name\\\":\\\"pwd\\\",\\\"value\\\":\\\"x1\\\"}]\"}",
         "{\"m\":\"[{\\\"name\\\":\\\"pwd\\\",\\\"value\\\":\\\"[REDACTED:password]\\\"}]\"}"},
        {"name: password, and much later on value: hunter2",
         "name: password, and much later on value: hunter2"},
        /* options in lists */
        {"{\"cmd\":[\"x\",\"--password\",\"hunter2\",\"y\"]}",
         "{\"cmd\":[\"x\",\"--password\",\"[REDACTED:password]\",\"y\"]}"},
        {"[\"-pwd\" , \"hunter2\"]", "[\"-pwd\" , \"[REDACTED:password]\"]"},
        {"[\"-z\", 4711]", "[\"-z\", \"[REDACTED:ssn]\"]"},
        {"[\"--password [REDACTED:password] & \",1.50]",
         "[\"--password [REDACTED:password] & \",1.50]"},
        {"[\"--password\",\"-x\",\"--password\"]", "[\"--password\",\"-x\",\"--password\"]"},
        /* headers in lists */
        {"{\"rawHeaders\":[\"Host\",\"pwd\",\"Pwd\",\"hunter2\"]}",
         "{\"rawHeaders\":[\"Host\",\"pwd\",\"Pwd\",\"[REDACTED:password]\"]}"},
        {"{\"headers\": [ [\"Pwd\", \"hunter2\"] , [\"Host\",\"pwd\"],[\"\\u0070wd\",1]]}",
         "{\"headers\": [ [\"Pwd\", \"[REDACTED:password]\"] , [\"Host\",\"pwd\"],"
         "[\"\\u0070wd\",\"[REDACTED:password]\"]]}"},
        {"{\"m\":\"{\\\"headers\\\":[[\\\"pwd\\\",\\\"x1\\\"]]}\"}",
         "{\"m\":\"{\\\"headers\\\":[[\\\"pwd\\\",\\\"[REDACTED:password]\\\"]]}\"}"},
        {"{\"rows\":[[\"pwd\",\"x1\"]],\"headers\":[\"pwd\",null,{\"a\":1},\"x1\"]}",
         "{\"rows\":[[\"pwd\",\"x1\"]],\"headers\":[\"pwd\",null,{\"a\":1},\"x1\"]}"},
        {"{\"--password\":\"x1\",\"-z\":\"a\",\"k\":\"-z\",\"l\":\"a\"}",
         "{\"--password\":\"[REDACTED:password]\",\"-z\":\"a\",\"k\":\"-z\",\"l\":\"a\"}"},
    };
    WASH(cases);
}

static void containers_that_are_left(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"login\":\"x1\"}", "{\"login\":\"[REDACTED:username]\"}"},
        {"{\"login\":{\"at\":\"x1\",\"password\":\"x1\"}}",
         "{\"login\":{\"at\":\"x1\",\"password\":\"[REDACTED:password]\"}}"},
        {"{\"login\":[\"x1\", 17, null, {\"a\":\"x1\"}]}",
         "{\"login\":[\"[REDACTED:username]\", \"[REDACTED:username]\", null, {\"a\":\"x1\"}]}"},
        {"{\"login\":[]}", "{\"login\":[]}"},
        /* a name by what it is in */
        {"{\"log\":{\"x\":[1,{\"a\":2}],\"name\":\"x1\",\"in\":{\"name\":\"x1\"}},\"name\":\"x1\"}",
         "{\"log\":{\"x\":[1,{\"a\":2}],\"name\":\"x1\",\"in\":{\"name\":\"[REDACTED:username]\"}},"
         "\"name\":\"x1\"}"},
        {"[{\"in\":[{\"name\":\"x1\"}],\"b\":\"{\",\"name\":\"x1\"},{\"in\" : { \"{\":{\"]\":1}, "
         "\"Name\" : 7}}]",
         "[{\"in\":[{\"name\":\"x1\"}],\"b\":\"{\",\"name\":\"x1\"},{\"in\" : { \"{\":{\"]\":1}, "
         "\"Name\" : \"[REDACTED:username]\"}}]"},
        /* an object that only says the type of its value */
        {"{\"login\":{\"S\":\"x1\"},\"pwd\": { \"stringValue\" : \"x1\" } , \"a\":{\"N\":\"x1\"}}",
         "{\"login\":{\"S\":\"[REDACTED:username]\"},\"pwd\": { \"stringValue\" : "
         "\"[REDACTED:password]\" } , "
         "\"a\":{\"N\":\"x1\"}}"},
        {"{\"pwd\":{\"S\":\"x1\",\"N\":2},\"k\":{\"key\":\"pwd\",\"value\":{\"intValue\":7}}}",
         "{\"pwd\":\"[REDACTED:password]\",\"k\":{\"key\":\"pwd\",\"value\":{\"intValue\":\"["
         "REDACTED:password]\"}}}"},
        {"at login={at=x1 password=x1}", "at login={at=x1 password=[REDACTED:password]}"},
    };
    WASH(cases);
}

static void overlaps(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"b@corp.com", "[REDACTED:email]"},
        {"4111111111111111@corp.com x", "[REDACTED:email] x"},
        {"password=ghp_00000000", "password=[REDACTED:password]"},
        {"{\"password\":\"10.1.2.3\"}", "{\"password\":\"[REDACTED:password]\"}"},
    };
    WASH(cases);
}

static void keywords(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"tax 123456789", "tax [REDACTED:tax_id]"},
        {"n 123456789", "n 123456789"},
        {"taxi 123456789", "taxi 123456789"},
        {"SYNTAX 123456789", "SYNTAX 123456789"},
        {"vatNumber 123456789 myVat 123456789",
         "vatNumber [REDACTED:tax_id] myVat [REDACTED:tax_id]"},
        {"tax id number: 123456789", "tax id number: 123456789"}, /* 12 bytes away */
        {"tax 10.20.30.40 123456789",
         "tax [REDACTED:ipv4] [REDACTED:tax_id]"}, /* an edit counts 1 */
        {"tax bob@corp.com abcdef 123456789",      /* so do two hits that overlap */
         "tax [REDACTED:email] abcdef [REDACTED:tax_id]"},
        {"tax bob@corp.com abcdefg 123456789", "tax [REDACTED:email] abcdefg 123456789"},
        {"{\"a\":\"tax\\npwd: 0a1b2c3d4e5f 123456789\"}", /* so does one in another view */
         "{\"a\":\"tax\\npwd: [REDACTED:password] [REDACTED:tax_id]\"}"},
        {"tax%3A%3A%3A%3A 123456789", /* in a view that decodes, what stands there counts */
         "tax%3A%3A%3A%3A [REDACTED:tax_id]"},
        {"tax [REDACTED:ipv4] 123456789", "tax [REDACTED:ipv4] [REDACTED:tax_id]"},
        {"[REDACTED:tax_id] 123456789", "[REDACTED:tax_id] 123456789"},
        {"123456789 tax", "123456789 tax"},
        {"{\"vat_number\":\"123456789\"}", "{\"vat_number\":\"[REDACTED:tax_id]\"}"},
        {"{\"vat\":123456789}", "{\"vat\":\"[REDACTED:tax_id]\"}"},
        {"{\"vat\":[1,\"123456789\"]}", "{\"vat\":[1,\"[REDACTED:tax_id]\"]}"},
    };
    WASH(cases);
}

static void other_actions(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"{\"a\":1,\"session\":\"s1\",\"b\":2}", "{\"a\":1,\"b\":2}"},
        {"{\"session\":\"s1\"}", "{}"},
        {"session=s1 ok", "session= ok"},
        {"a POISON b", ""},
        {"WATCHED TAGGED", "WATCHED TAGGED"},
    };
    WASH(cases);
}

static void what_is_ours_stays(void **state) {
    (void)state;
    static const struct wash_case cases[] = {
        {"email_x_abcdefgh@corp.com", "email_x_abcdefgh[REDACTED:address]"},
        {"[REDACTED:email] ip [WITHHELD:record]", "[REDACTED:email] ip [WITHHELD:record]"},
        {"pwd=************1111", "pwd=************1111"},
        {"login=username_x_abcdefgh\x1b[0m x", "login=username_x_abcdefgh\x1b[0m x"},
        {"login=\x1b[32musername_x_abcdefgh\x1b[m", "login=\x1b[32musername_x_abcdefgh\x1b[m"},
        {"password is now ************1111", "password is now ************1111"},
        {"password is abcdefgh", "password is [REDACTED:generic_secret]"},
        {"[REDACTED:password] is abcdefgh", "[REDACTED:password] is abcdefgh"},
    };
    WASH(cases);
}

static void verdicts(void **state) {
    (void)state;
    struct logwash *lw =
        test_engine(pack, (struct logwash_options){.limits = {.record_bytes = 64, .edits = 3}});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    char longer[100];
    memset(longer, 'a', sizeof longer);
    assert_int_equal(logwash_wash(lw, scratch, longer, sizeof longer, &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_WITHHELD);
    assert_string_equal(out.results[0].verdict.reason, "record");
    assert_memory_equal(out.data, "[WITHHELD:record]", out.len);
    longer[0] = '{';
    assert_int_equal(logwash_wash(lw, scratch, longer, sizeof longer, &out), LOGWASH_OK);
    assert_memory_equal(out.data, "{\"_logwash\":\"[WITHHELD:record]\"}", out.len);
    const char *many = "1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1";
    assert_int_equal(logwash_wash(lw, scratch, many, strlen(many), &out), LOGWASH_OK);
    assert_string_equal(out.results[0].verdict.reason, "edits");
    assert_int_equal(logwash_wash(lw, scratch, "{\"a\":", 5, &out), LOGWASH_OK);
    assert_true(out.results[0].verdict.malformed);
    assert_int_equal(logwash_wash(lw, scratch, "a\0b\0c\0d\0e\0f\0g\0h\0", 16, &out), LOGWASH_OK);
    assert_string_equal(out.results[0].verdict.reason, "utf16");
    assert_int_equal(logwash_wash(lw, scratch, "WATCHED TAGGED", 14, &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_CLEAN);
    assert_int_equal(out.results[0].verdict.hits, 2);
    uint64_t bits = 0;
    for (size_t c = 0; c < logwash_class_count(); c++) bits += out.class_hits[c];
    assert_int_equal(bits, 2);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* A rule that reaches PCRE2's limits: the field goes; twice: the record. */
static void limits_fail_closed(void **state) {
    (void)state;
    static const char slow[] =
        "pack: t\nrules:\n" RULE("t.slow", "jwt", "pattern: 'k(?:a|aa|aaa|aaaa){1,200}!'");
    struct logwash *lw =
        test_engine(slow, (struct logwash_options){.limits = {.work_per_byte = 1000}});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    char line[512] = "k";
    memset(line + 1, 'a', 180);
    assert_int_equal(logwash_wash(lw, scratch, line, strlen(line), &out), LOGWASH_OK);
    assert_memory_equal(out.data, "[REDACTED:limit]", out.len);
    sprintf(line + strlen(line), "\n");
    memmove(line + 182, line, 181);
    line[363] = 0;
    assert_int_equal(logwash_wash(lw, scratch, line, strlen(line), &out), LOGWASH_OK);
    assert_memory_equal(out.data, "[WITHHELD:limit]", out.len);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

static void batches(void **state) {
    (void)state;
    static const char data[] = "ip 10.1.2.3\nPOISON\nclean\n{\"a\":1}\nlast 10.1.2.3";
    struct logwash *lw = test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_AUTO});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    struct logwash_record records[8];
    size_t used,
        n = logwash_frame(LOGWASH_FRAMING_LINE, data, strlen(data), false, records, 8, &used);
    assert_int_equal(n, 4);
    n = logwash_frame(LOGWASH_FRAMING_LINE, data, strlen(data), true, records, 8, &used);
    assert_int_equal(n, 5);
    assert_int_equal(used, strlen(data));
    struct logwash_batch batch = {.data = data,
                                  .len = strlen(data),
                                  .records = records,
                                  .n = n,
                                  .framing = LOGWASH_FRAMING_LINE};
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    static const char want[] = "ip [REDACTED:ipv4]\nclean\n{\"a\":1}\nlast [REDACTED:ipv4]";
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.data, want, out.len);
    static const char *const texts[] = {"ip [REDACTED:ipv4]", "", "clean", "{\"a\":1}",
                                        "last [REDACTED:ipv4]"};
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(out.results[i].len, strlen(texts[i]));
        assert_memory_equal(out.data + out.results[i].off, texts[i], out.results[i].len);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

struct found {
    char text[512];
};

static bool collect(void *ctx, const struct logwash_finding *f) {
    struct found *found = ctx;
    size_t n = strlen(found->text);
    snprintf(found->text + n, sizeof found->text - n, "%zu:%zu-%zu %s %s %s\n", f->record, f->start,
             f->end, f->rule, f->class_name, f->action);
    return true;
}

static void scanning(void **state) {
    (void)state;
    struct logwash *lw = test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_AUTO});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    static const char line[] = "u=alice%40corp.com 10.1.2.3";
    struct logwash_record one = {.len = sizeof line - 1, .time_ms = INT64_MIN};
    struct logwash_batch batch = {.data = line, .len = sizeof line - 1, .records = &one, .n = 1};
    struct found found = {""};
    assert_int_equal(logwash_scan(lw, scratch, &batch, collect, &found), LOGWASH_OK);
    assert_string_equal(
        found.text,
        "0:2-18 t.email email redact\n0:7-18 t.host address redact\n0:19-27 t.ip ipv4 redact\n");
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(text),
                                       cmocka_unit_test(validators_inside_the_match),
                                       cmocka_unit_test(json),
                                       cmocka_unit_test(key_rules),
                                       cmocka_unit_test(escapes_stay_whole),
                                       cmocka_unit_test(names_beside_their_values),
                                       cmocka_unit_test(containers_that_are_left),
                                       cmocka_unit_test(overlaps),
                                       cmocka_unit_test(keywords),
                                       cmocka_unit_test(other_actions),
                                       cmocka_unit_test(what_is_ours_stays),
                                       cmocka_unit_test(verdicts),
                                       cmocka_unit_test(limits_fail_closed),
                                       cmocka_unit_test(batches),
                                       cmocka_unit_test(scanning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
