/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "detect/validator.h"
#include "detect/validator_list.h"

struct check {
    const char *name, *value;
    bool accepted;
};

static bool judge(const char *name, struct slice value) {
    const struct validator *validator = validator_find(slice_str(name));
    assert_non_null(validator);
    return validator->accepts(value);
}

static void run(const struct check *checks, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (judge(checks[i].name, slice_str(checks[i].value)) != checks[i].accepted)
            fail_msg("%s should %s '%s'", checks[i].name, checks[i].accepted ? "accept" : "refuse",
                     checks[i].value);
}
#define RUN(checks) run(checks, sizeof checks / sizeof checks[0])

static void table_is_sorted_and_found(void **state) {
    (void)state;
    for (size_t i = 0; i < n_validators; i++) {
        assert_ptr_equal(validator_find(slice_str(validators[i].name)), &validators[i]);
        assert_true(strlen(validators[i].description) > 0);
        if (i) assert_true(strcmp(validators[i - 1].name, validators[i].name) < 0);
    }
    assert_null(validator_find(SLICE("lunh")));
    assert_null(validator_find(SLICE("")));
}

static void empty_and_odd_values_are_survived(void **state) {
    (void)state;
    uint8_t all[512];
    for (size_t i = 0; i < sizeof all; i++) all[i] = (uint8_t)i;
    for (size_t i = 0; i < n_validators; i++)
        for (size_t start = 0; start < 256; start++)
            for (size_t len = 0; len < 40; len++)
                (void)validators[i].accepts(slice_of(all + start, len));
    uint8_t long_value[4096];
    for (int c = 0; c < 256; c++) {
        memset(long_value, c, sizeof long_value);
        for (size_t i = 0; i < n_validators; i++)
            (void)validators[i].accepts(slice_of(long_value, sizeof long_value));
    }
}

static void payment(void **state) {
    (void)state;
    static const struct check checks[] = {
        {"luhn", "4111111111111111", true},
        {"luhn", "4111 1111 1111 1111", true},
        {"luhn", "4111-1111-1111-1112", false},
        {"luhn", "0000000000000000", false},
        {"luhn", "4111x1111", false},
        {"luhn", "41111111111111111111", false},
        {"track", "4111111111111111=27121010000012345678", true},
        {"track", "B4111111111111111^KING/ADA^2712101", true},
        {"track", "4111111111111112=2712101", false},
        {"track", "9111111111111111=2712101", false},
        {"track", "4111111111111111", false},
        {"track", "", false},
        {"issuer", "4111111111111111", true},
        {"issuer", "411111111111111", false},
        {"issuer", "378282246310005", true},
        {"issuer", "5555555555554444", true},
        {"issuer", "2221000000000009", true},
        {"issuer", "2220000000000000", false},
        {"issuer", "6011111111111117", true},
        {"issuer", "3530111333300000", true},
        {"issuer", "30569309025904", true},
        {"issuer", "1415926535897932", false},
        {"issuer", "1700000000000", false},
        {"iban", "DE89 3704 0044 0532 0130 00", true},
        {"iban", "DE89370400440532013000", true},
        {"iban", "GB29 NWBK 6016 1331 9268 19", true},
        {"iban", "NO9386011117947", true},
        {"iban", "DE88370400440532013000", false},
        {"iban", "DE8937040044053201300", false},
        {"iban", "ZZ89370400440532013000", false},
        {"ssn", "536-22-1234", true},
        {"ssn", "000-22-1234", false},
        {"ssn", "666-22-1234", false},
        {"ssn", "900-22-1234", false},
        {"ssn", "536-00-1234", false},
        {"ssn", "536-22-0000", false},
        {"ssn", "078-05-1120", false},
        {"ssn", "219-09-9999", false},
        {"ssn", "536-22-123", false},
    };
    RUN(checks);
}

/* Every serial but 0000, and all areas that do not exist. */
static void ssn_sweep(void **state) {
    (void)state;
    char text[16];
    size_t n = 0;
    for (unsigned serial = 0; serial <= 9999; serial++) {
        snprintf(text, sizeof text, "123-45-%04u", serial);
        n += judge("ssn", slice_str(text));
    }
    assert_int_equal(n, 9999);
    n = 0;
    for (unsigned area = 0; area <= 999; area++) {
        snprintf(text, sizeof text, "%03u-45-6789", area);
        n += judge("ssn", slice_str(text));
    }
    assert_int_equal(n, 898);
}

/* Milliseconds of the years 2001 to 2033 have 13 digits and begin with 1: no issuer's number. */
static void epoch_numbers_are_no_cards(void **state) {
    (void)state;
    char text[24];
    for (uint64_t i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)(1000000000000 + i * 9999991));
        const struct slice value = slice_str(text);
        if (judge("luhn", value)) assert_false(judge("issuer", value));
    }
}

static void net(void **state) {
    (void)state;
    static const struct check checks[] = {
        {"ipv4", "203.0.113.7", true},
        {"ipv4", "10.0.0.1", true},
        {"ipv4", "256.0.0.1", false},
        {"ipv4", "127.0.0.1", false},
        {"ipv4", "0.0.0.0", false},
        {"ipv4", "1.2.3", false},
        {"ipv4", "203.0.113.7.9", false},
        {"ipv6", "2001:db8::7", true},
        {"ipv6", "fe80::1ff:fe23:4567:890a", true},
        {"ipv6", "::ffff:203.0.113.7", true},
        {"ipv6", "2001:DB8:0:0:8:800:200C:417A", true},
        {"ipv6", "::1", false},
        {"ipv6", "::", false},
        {"ipv6", "::ffff:127.0.0.1", false},
        {"ipv6", "12:30:45", false},
        {"ipv6", "03:ab:cd:ef:01:23:45:67", false},
        {"ipv6", "bad::face", false},
        {"ipv6", "1:2:3:4:5:6:7:8:9", false},
        {"mac", "00:1b:44:11:3a:b7", true},
        {"mac", "00-1B-44-11-3A-B7", true},
        {"mac", "001b.4411.3ab7", true},
        {"mac", "001b44113ab7", true},
        {"mac", "00:1b-44:11-3a:b7", false},
        {"mac", "00:00:00:00:00:00", false},
        {"mac", "ff:ff:ff:ff:ff:ff", false},
        {"mac", "00_1B_44_11_3A_B7", true},
        {"mac", "0:1b:44:11:3a:b7", true},
        {"mac", "0:1b:44:11:3a", false},
        {"mac", "0-1b-44-11-3a-b7", false},
        {"mac", "0:0:0:0:0:0", false},
        {"mac", "00:1b:44:11:3a:g7", false},
        {"email", "ada@corp.example", true},
        {"email", "ada.l+tag@mail.corp.example", true},
        {"email", "\"ada l\"@corp.example", true},
        {"email", "ada@corp", false},
        {"email", ".ada@corp.example", false},
        {"email", "ada.@corp.example", false},
        {"email", "a..da@corp.example", false},
        {"email", "ada@corp..example", false},
        {"email", "ada@-corp.example", false},
        {"email", "logo@2x.png", false},
        {"email", "pkg@1.2.3", false},
        {"email", "user@1000.service", false},
        {"email", "@corp.example", false},
        {"phone", "+49 30 1234567", true},
        {"phone", "+1 (415) 555-0100", true},
        {"phone", "+1234567", false},
        {"phone", "+1234567890123456", false},
        {"phone", "+00000000000", false},
        {"phone", "2026-11-23", false},
        {"phone", "2026/11/23 12", false},
        {"phone", "20261123", false},
        {"phone", "2026-13-23", true},
    };
    RUN(checks);
}

static void token(void **state) {
    (void)state;
    static const struct check checks[] = {
        {"jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", true}, /* {"alg":"none"} */
        {"jwt", "eyJ0eXAiOiJKV1QifQ.e30.c2ln", true},              /* {"typ":"JWT"} */
        {"jwt", "eyJhIjoxfQ.e30.c2ln", false},                     /* {"a":1} */
        {"jwt", "abc.def.ghi", false},
        {"jwt", "", false},
        {"basic_auth", "YWRhOmV4YW1wbGU=", true}, /* ada:example */
        {"basic_auth", "YWRhOmV4YW1wbGU", true},
        {"basic_auth", "YWRhZXhhbXBsZQ==", false}, /* adaexample */
        {"basic_auth", "AAECAzoFBgc=", false},     /* not printable */
        {"basic_auth", "realm", false},
        /* 30 zeros; CRC-32 0x70ABEE52 in base 62 */
        {"github_crc", "ghp_0000000000000000000000000000002Rl0eK", false},
        {"github_crc", "short", false},
        {"atlassian_crc", "ATOTT3x0a1B2c3D4e5F6g7H8i9J=9EDEFED2", true},
        {"atlassian_crc", "ATOTT3x0a1B2c3D4e5F6g7H8i9j=9EDEFED2", false},
        {"atlassian_crc", "ATOTT3x0a1B2c3D4e5F6g7H8i9J=00000000", false},
        {"atlassian_crc", "", false},
        {"base58check", "LKDyUEtTR1HXamkiEphisSiBJu6o3ZPE34", true},
        {"base58check", "LKDyUEtTR1HXamkiEphisSiBJu6o3ZPE35", false},
        {"base58check", "LKDyUEtTR1HXamkiEphisSiBJu6o3ZPE3", false},
        {"base58check", "0KDyUEtTR1HXamkiEphisSiBJu6o3ZPE34", false},
        {"base58check", "", false},
        {"bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true}, /* BIP 173 */
        {"bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", false},
        {"bech32", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         true}, /* BIP 350 */
        {"bech32", "1qqqqqqq", false},
        {"pem_key",
         "LS0tLS1CRUdJTiBFWEFNUExFIFBSSVZBVEUgS0VZLS0tLS0KTURFeU16UTFOalU3T0RrPQo=", true},
        {"pem_key", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1ERXlNelExTmpVM09Eaz0K", false},
        {"jira_token", "MTIzNDU2Nzg5MDEyOvvP0a1B2c3D4e5F6g7H8i9JkLmN", true},
        {"jira_token", "MTIzNDU2Nzg5MDEy0vvP0a1B2c3D4e5F6g7H8i9JkLmN", false},
    };
    RUN(checks);
}

/* The check value of CRC-32, 0xCBF43926 for "123456789", in base 62. */
static void github_crc_of_the_standard_vector(void **state) {
    (void)state;
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char text[32] = "ghp_123456789000000";
    uint32_t crc = 0xCBF43926u;
    for (size_t i = 18; i > 12; i--, crc /= 62) text[i] = alphabet[crc % 62];
    assert_true(judge("github_crc", slice_str(text)));
    text[18] = text[18] == '0' ? '1' : '0';
    assert_false(judge("github_crc", slice_str(text)));
}

static void text(void **state) {
    (void)state;
    static const struct check checks[] = {
        {"entropy", "k3J9xQ2mV7pL0wZ8", true},
        {"entropy", "aaaaaaaaaaaaaaaa", false},
        {"entropy", "abababababababab", false},
        {"entropy", "short", false},
        {"entropy", "h8Xq2LmZ", true},
        {"mixed", "abc1", true},
        {"mixed", "abcd", false},
        {"mixed", "1234", false},
        {"not_version", "1.2.3", false},
        {"not_version", "v1.2.3-rc1", false},
        {"not_version", "32.0.1700.77", false},
        {"not_version", "hunter2", true},
        {"not_version", "12345678", true},
        {"not_uuid", "00000000-0000-4000-8000-000000000000", false},
        {"not_uuid", "00000000-0000-4000-8000-00000000000g", true},
        {"not_digest", "0123456789abcdef0123456789abcdef01234567", false},
        {"not_digest", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         false},
        {"not_digest", "0123456789abcdef0123456789abcdef0123456", true},
        {"not_digest", "0123456789abcdeF0123456789abcdef01234567", true},
        {"not_number", "12345", false},
        {"not_number", "-1.5", false},
        {"not_number", "12a", true},
        {"not_code", "getToken(", false},
        {"not_code", "config.auth.token", false},
        {"not_code", "/etc/ssl/key.pem", false},
        {"not_code", "%s", false},
        {"not_code", "hunter2", true},
        {"not_code", "a1.b2.c3", true},
        {"full_name", "Ada King", true},
        {"full_name", "Ada B. King-Noel", true},
        {"full_name", "Ada", false},
        {"full_name", "ada king", false},
        {"full_name", "Super Admin", false},
        {"full_name", "AWS Center", false},
        {"full_name", "Ada  King", false},
        {"full_name", "Ada King 2", false},
        {"full_name", "", false},
        {"not_message", "must be 8 characters", false},
        {"not_message", "word, AUTHORIZATION: basic must be 8 characters", true},
        {"user_name", "ada", true},
        {"user_name", "Ada King", true},
        {"user_name", "root", false},
        {"user_name", "input", false},
        {"user_name", "__typename", false},
        {"user_name", "0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f", false},
        {"user_name", "see the log below", false},
        {"user_name", "", false},
        {"not_word", "hunter", false},
        {"not_word", "hunter2x", true},
        {"person_account", "ada", true},
        {"person_account", "root", false},
        {"person_account", "www-data", false},
        {"user_name", "creation", false},
        {"person_account", "EXAMPLE\\WEB1$", false},
        {"person_account", "systemd-network", false},
        {"person_account", "", false},
        {"person_account", "uid=0", false},
    };
    RUN(checks);
}

static void shapes(void **state) {
    (void)state;
    static const struct check checks[] = {
        {"has_digit", "a1", true},
        {"has_digit", "ab", false},
        {"has_digits", "A12345", true},
        {"has_digits", "A1234", false},
        {"mailbox", "ada@localhost", true},
        {"mailbox", "ada", false},
        {"mailbox", "a@b@c", false},
        {"mailbox", "ada lovelace@x", false},
        {"not_call", "getenv(", false},
        {"not_call", "load(key)", false},
        {"not_call", "process.env.TOKEN", false},
        {"not_call", "arn:aws:iam::000000000000:user/ada", false},
        {"not_call", "hunter2(1", true},
        {"not_call", "jwt.sign(payload", false},
        {"not_call", "hash(password", false},
        {"not_call", "hun(ter)2", true},
        {"not_call", "req.body.password", false},
        {"not_call", "hunter.two", true},
        {"not_call", "$_POST[", false},
        {"not_call", "request.form[\"pw\"]", false},
        {"not_call", "Optional[str]", false},
        {"not_call", "hunter[2", true},
        {"not_call", "!vault", false},
        {"not_call", "!!str", false},
        {"not_call", "!hunter2", true},
        {"not_call", "String!", false},
        {"not_call", "hunter!", true},
        {"not_call", "random_value.db.result", false},
        {"not_call", "local.pw", false},
        {"not_call", "hunter.", true},
        {"not_call", ".", true},
        {"not_placeholder", "?", false},
        {"not_placeholder", ":pw", false},
        {"not_placeholder", "@pw", false},
        {"not_placeholder", "@pw1", true},
        {"not_placeholder", "{0}", false},
        {"not_placeholder", "(known", false},
        {"not_placeholder", "(sensitive)", false},
        {"not_placeholder", "(hunter2)", true},
        {"not_placeholder", "\xe2\x80\xa2\xe2\x80\xa2", false},
        {"not_placeholder", "required|string|min:8", false},
        {"not_placeholder", "<input", false},
        {"not_placeholder", "insert-key-here", false},
        {"not_placeholder", "TOKEN_GOES_HERE", false},
        {"not_placeholder", "--p", true},
        {"not_placeholder", "put-down-0", true},
        {"not_placeholder", "here", true},
        {"not_placeholder", "api_key", false},
        {"not_call", "op://vault/db/password", false},
        {"not_call", "vault:secret/data/db#pw", false},
        {"not_call", "s3://bucket/key", false},
        {"not_call", "@Microsoft.KeyVault(SecretUri=https://x.example/y)", false},
        {"not_call", "env:", true},
        {"not_call", "env:DB_PASS", false},
        {"not_call", "db://ada:x@h/y", true},
        {"not_call", "https://h.example/?sig=x", true},
        {"not_call", "https://h.example/0a9Zq8Lm2xYb", true},
        {"not_call", "hunter:2", true},
        {"not_placeholder", "<1nput", true},
        {"not_placeholder", "%(pw)s", false},
        {"not_placeholder", "%(p;w1", true},
        {"not_call", "yup.string().required(", false},
        {"not_call", "1(", true},
        {"not_message", "Please enter your password", false},
        {"not_message", "[\"is too short.\"]", false},
        {"not_message", "{\"type\": \"string\"}", false},
        {"not_message", "{type: String}", false},
        {"not_message", "{\"value\": \"x\"}", true},
        {"not_message", "correct horse battery", true},
        {"not_message", "is it", true},
        {"not_message", "", true},
        {"not_state", "expired", false},
        {"not_state", "Incorrect", false},
        {"not_state", "authentication", false},
        {"not_state", "swordfish", true},
        {"not_state", "", false},
        {"not_result", "120ms", false},
        {"not_result", "98.5%", false},
        {"not_result", "12", false},
        {"not_result", "test_login", false},
        {"not_result", "48211", true},
        {"not_result", "hunter2", true},
        {"not_result", "", true},
        {"not_path", "/srv/app", false},
        {"not_path", "~/.ssh/id", false},
        {"not_path", "file:///srv/app", false},
        {"not_path", "C:\\srv", false},
        {"not_path", "/0a1B2c3D4e5F6g7H8i9J0k1L", true},
        {"not_path", "", true},
        {"not_path", "/srv/x", false},
        {"not_path", "~/x", false},
        {"not_path", "C:\\x", false},
        {"not_path", "hunter2", true},
        {"not_reference", "a-${VAR}-b", false},
        {"not_reference", "$(cat x)", false},
        {"not_reference", "pa$$w0rd", true},
        {"not_sample", "ghp_xxxxxxxxxxxxxxxx", false},
        {"not_sample", "ghp_0a1b2c3d4e5f6g7h", true},
        {"not_sample", "hf_aaaaaaaaaaaaaaaaaaaa", false},
        {"not_sample", "hf_abcdefghijklmnopqrst", true},
        {"not_sample", "hf_aBcDeFgHiJkLmNoPqRsT", true},
        {"not_reference", "a${e]nob", true},
        {"not_reference", "m{{h}o", true},
        {"not_reference", "a{{ x.y }}", false},
        {"credentials", "basic ***", false},
        {"credentials", "Bearer", false},
        {"credentials", "Bearer 0a1b2c", true},
        {"credentials", "Digest username=\"ada\", response=\"0a1b\"", true},
        {"token_like", "expired", false},
        {"token_like", "my-token-name", false},
        {"token_like", "getUserNameFromDb_v", false},
        {"token_like", "MyCompany_Prod_Key", false},
        {"token_like", "PROD_apikey_TEST", false},
        {"token_like", "YXNkZmZmZmZm_QwErTyUi", true},
        {"token_like", "17", false},
        {"token_like", "0a1b2c3d", true},
        {"secret_like", "0a1b2c3d4e5f", true},
        {"secret_like", "1.2.3-rc4", false},
        {"secret_like", "https://x.example/a1b2", false},
        {"secret_like", "0x14ede63a5a70002", false},
        {"secret_like", "a1=b2", false},
        {"random", "0a1b2c3d4e5f6g7h8i9j", true},
        {"random", "linux-node-0a1b2c3d4e5f6g7h8i9j", false},
        {"random", "HTTP2ServerConnection17", false},
        {"random", "0a1b2c", false},
        {"random", "0a1b2c3d4e5f6g7h&x=8", false},
        {"random", "k8s.io/cluster-autoscaler/k8s-goat-cluster", false},
        {"random_tail", "acme_v1_0a1B2c3D4e5F6g7H8i9J", true},
        {"random_tail", "get_ServiceFactoryLoader12", false},
        {"many_kinds", "abcDEF12", true},
        {"many_kinds", "abcdef12", false},
        {"many_kinds", "0123456789abcdef0123456789abcdef", false},
        {"many_kinds", "u0z1y2x3w4v5t6s7r8q9p0o1", true},
        {"no_words", "a1b2-C3d4e5-F6g7", true},
        {"no_words", "my-tokens_are-correctAB", false},
        {"service_key", "0123456789abcdef0123456789abcdef", true},
        {"service_key", "01234567-89ab-4cde-8f01-23456789abcd", true},
        {"service_key", "qzHTvkBWmxLRpdGJncYF", true},
        {"service_key", "0a1b2c3d4e", true},
        {"service_key", "0a1b2c3d4", false},
        {"service_key", "12345678901234567890", false},
        {"service_key", "api-17.example.com:443", false},
        {"service_key", "https://example.com/0a1b2c3d4e", false},
        {"service_key", "created-successfully-in-4", false},
        {"service_key", "xxxxxxxxxxxxxxxxxxxx12ab", false},
        {"service_key", "v12.3.45678", false},
        {"service_key", "", false},
        {"password_like", "example-1", true},
        {"password_like", "user_password", false},
        {"password_like", "wrong", false},
        {"password_like", "config.password", false},
        {"user_password", "ada:example-1", true},
        {"user_password", "\"ada\":\"example 1\"", true},
        {"user_password", "1000:1000", false},
        {"user_password", "user:pass", false},
        {"user_password", "${A}:${B}", false},
        {"user_password", "ada", false},
    };
    RUN(checks);
}

static void placeholders(void **state) {
    (void)state;
    static const char *const yes[] = {
        "",           "  ",         "${VAR}",       "$VAR",   "$1",
        "%VAR%",      "{{ x }}",    "<password>",   "***",    "xxxx",
        "XXX-X",      "changeme",   "NULL",         " none ", "true",
        "%s",         "...",        "$(cat x)",     "{name}", "your-api-key",
        "[REDACTED]", "[PASSWORD]", "GITHUB_TOKEN", "@@x@@",  "@x@",
    };
    static const char *const no[] = {
        "hunter2", "x", "$",          "a${VAR}",  "<a><b>", "${A}:${B}", "xx",
        "truely",  "%", "$2y$10$abc", "yourself", "GITHUB", "[a b]",
    };
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!value_is_placeholder(slice_str(yes[i]))) fail_msg("placeholder: '%s'", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (value_is_placeholder(slice_str(no[i]))) fail_msg("no placeholder: '%s'", no[i]);
}

static void words(void **state) {
    (void)state;
    static const char *const yes[] = {"expired", "Expired.", "INVALID", "missing?", "a"};
    static const char *const no[] = {"",          "hunter2", "camelCase",
                                     "two words", "a-b",     "abcdefghijklmnopqrstuvwxy",
                                     "."};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!value_is_word(slice_str(yes[i]))) fail_msg("word: '%s'", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (value_is_word(slice_str(no[i]))) fail_msg("no word: '%s'", no[i]);
}

static void lists_of_accounts_are_sorted(void **state) {
    (void)state;
    assert_true(validator_accounts_are_sorted());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_accounts_are_sorted),
        cmocka_unit_test(table_is_sorted_and_found),
        cmocka_unit_test(empty_and_odd_values_are_survived),
        cmocka_unit_test(payment),
        cmocka_unit_test(ssn_sweep),
        cmocka_unit_test(epoch_numbers_are_no_cards),
        cmocka_unit_test(net),
        cmocka_unit_test(token),
        cmocka_unit_test(github_crc_of_the_standard_vector),
        cmocka_unit_test(text),
        cmocka_unit_test(shapes),
        cmocka_unit_test(placeholders),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
