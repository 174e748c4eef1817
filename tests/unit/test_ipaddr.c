/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ipaddr.h"
#include "test.h"

#include <arpa/inet.h>

/* What is parsed from the start of `text`: how much of it, and its canonical form ("" for none). */
static const struct {
    const char *text;
    size_t taken;
    const char *canonical;
} v4_cases[] =
    {
        {"192.0.2.1", 9, "192.0.2.1"},
        {"0.0.0.0", 7, "0.0.0.0"},
        {"255.255.255.255", 15, "255.255.255.255"},
        {"010.001.000.009", 15, "10.1.0.9"},
        {"192.0.2.1:80", 9, "192.0.2.1"},
        {"1.2.3.4.5", 7, "1.2.3.4"},
        {"1.2.3.256", 8, "1.2.3.25"},
        {"1.2.3.0255", 9, "1.2.3.25"},
        {"256.1.1.1", 0, ""},
        {"1.2.3", 0, ""},
        {"1.2.3.", 0, ""},
        {"1..3.4", 0, ""},
        {"0001.2.3.4", 0, ""},
        {".1.2.3.4", 0, ""},
        {"", 0, ""},
        {"a", 0, ""},
},
  v6_cases[] = {
      {"2001:db8::1", 11, "2001:db8::1"},
      {"2001:DB8:0:0:0:0:0:1", 20, "2001:db8::1"},
      {"::", 2, "::"},
      {"::1", 3, "::1"},
      {"1::", 3, "1::"},
      {"1:2:3:4:5:6:7:8", 15, "1:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", 15, "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", 15, "0:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7", 0, ""},
      {"1:2:3:4:5:6:7:8:9", 15, "1:2:3:4:5:6:7:8"},
      {"1::2:3:4:5:6:7:8:9", 14, "1:0:2:3:4:5:6:7"},
      {"::ffff:192.0.2.1", 16, "::ffff:192.0.2.1"},
      {"::192.0.2.1", 11, "::c000:201"},
      {"64:ff9b::192.0.2.33", 19, "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:1.2.3.4", 19, "1:2:3:4:5:6:102:304"},
      {"1:2:3:4:5:6:7:1.2.3.4", 15, "1:2:3:4:5:6:7:1"},
      {"1:2:3:4:5::1.2.3.4", 18, "1:2:3:4:5:0:102:304"},
      {"1:2:3:4:5:6::1.2.3.4", 14, "1:2:3:4:5:6:0:1"},
      {"fe80::1%eth0", 7, "fe80::1"},
      {"fe80::1:", 7, "fe80::1"},
      {"::1::2", 3, "::1"},
      {"1::2::3", 4, "1::2"},
      {":::", 2, "::"},
      {"12345::", 0, ""},
      {"1:2:3:4:5:6:7:80000", 18, "1:2:3:4:5:6:7:8000"},
      {":1:2", 0, ""},
      {":", 0, ""},
      {"", 0, ""},
      {"g::", 0, ""},
      {"10:20:30", 0, ""},
      {"2001:db8::/32", 10, "2001:db8::"},
      {"1:0:0:2:0:0:0:3", 15, "1:0:0:2::3"},
      {"1:0:0:2:3:0:0:4", 15, "1::2:3:0:0:4"},
      {"::1.2.3.4.5", 9, "::102:304"},
};

static void parsed(const char *text, size_t taken, const char *canonical,
                   size_t (*parse)(struct slice, struct ipaddr *)) {
    struct ipaddr addr = {.len = 99};
    const size_t got = parse(slice_str(text), &addr);
    if (got != taken) fail_msg("'%s': took %zu, wanted %zu", text, got, taken);
    if (got == 0) {
        assert_int_equal(addr.len, 99); /* untouched */
        return;
    }
    char out[IPADDR_TEXT_MAX + 1] = "";
    out[ipaddr_format(&addr, out)] = 0;
    if (strcmp(out, canonical) != 0) fail_msg("'%s': got '%s', wanted '%s'", text, out, canonical);
}

static void longest_address_at_the_start(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof v4_cases / sizeof *v4_cases; i++)
        parsed(v4_cases[i].text, v4_cases[i].taken, v4_cases[i].canonical, ipaddr_parse_v4);
    for (size_t i = 0; i < sizeof v6_cases / sizeof *v6_cases; i++)
        parsed(v6_cases[i].text, v6_cases[i].taken, v6_cases[i].canonical, ipaddr_parse_v6);
}

/* Texts of address-like characters: the longest prefix that inet_pton takes is the longest one we
 * take. */
static void agrees_with_inet_pton(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 100000; round++) {
        char text[40] = "";
        const size_t len = test_random(&seed) % 36;
        for (size_t i = 0; i < len; i++)
            text[i] = ":::::01f.9"[test_random(&seed) % (round % 3 ? 8 : 10)];
        size_t want = 0;
        uint8_t bytes[16], best[16] = {0};
        char prefix[40];
        for (size_t n = 1; n <= len; n++) {
            memcpy(prefix, text, n);
            prefix[n] = 0;
            /* glibc refuses leading zeros in the dotted part, we allow them */
            if (strchr(prefix, '.') &&
                (strstr(prefix, "00") || strstr(prefix, "01") || strstr(prefix, "09")))
                continue;
            if (inet_pton(AF_INET6, prefix, bytes) == 1) {
                want = n;
                memcpy(best, bytes, 16);
            }
        }
        struct ipaddr addr;
        const size_t got = ipaddr_parse_v6(slice_of(text, len), &addr);
        if (strchr(text, '.') && got > want) continue; /* leading zeros */
        if (got != want) fail_msg("'%s': took %zu, inet_pton takes %zu", text, got, want);
        if (got) assert_memory_equal(addr.bytes, best, 16);
    }
}

static void format_and_parse_give_back(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 50000; round++) {
        struct ipaddr addr = {.len = round % 2 ? 4 : 16}, back;
        for (int i = 0; i < addr.len; i++) {
            const uint64_t r = test_random(&seed);
            addr.bytes[i] = r & 0x300 ? 0 : (uint8_t)r;
        }
        char text[IPADDR_TEXT_MAX], theirs[INET6_ADDRSTRLEN];
        const size_t len = ipaddr_format(&addr, text);
        assert_true(len > 0 && len < IPADDR_TEXT_MAX);
        const struct slice s = slice_of(text, len);
        assert_int_equal(addr.len == 4 ? ipaddr_parse_v4(s, &back) : ipaddr_parse_v6(s, &back),
                         len);
        assert_memory_equal(back.bytes, addr.bytes, 16);
        assert_int_equal(back.len, addr.len);
        assert_non_null(
            inet_ntop(addr.len == 4 ? AF_INET : AF_INET6, addr.bytes, theirs, sizeof theirs));
        if (addr.len == 16 && strchr(theirs, '.')) continue; /* glibc writes ::a.b.c.d too */
        assert_int_equal(len, strlen(theirs));
        assert_memory_equal(text, theirs, len);
    }
}

static void kinds_of_address(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool loopback, unspecified, mapped;
    } cases[] = {{"127.0.0.1", true, false, false},
                 {"127.9.9.9", true, false, false},
                 {"128.0.0.1", false, false, false},
                 {"0.0.0.0", false, true, false},
                 {"::1", true, false, false},
                 {"::2", false, false, false},
                 {"::", false, true, false},
                 {"::ffff:127.0.0.1", true, false, true},
                 {"::ffff:0.0.0.0", false, true, true},
                 {"::fffe:1.2.3.4", false, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ipaddr addr;
        const struct slice text = slice_str(cases[i].text);
        assert_true(ipaddr_parse_v4(text, &addr) == text.len ||
                    ipaddr_parse_v6(text, &addr) == text.len);
        assert_int_equal(ipaddr_is_loopback(&addr), cases[i].loopback);
        assert_int_equal(ipaddr_is_unspecified(&addr), cases[i].unspecified);
        const uint8_t len = addr.len;
        ipaddr_unmap(&addr);
        assert_int_equal(addr.len, cases[i].mapped ? 4 : len);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longest_address_at_the_start),
        cmocka_unit_test(agrees_with_inet_pton),
        cmocka_unit_test(format_and_parse_give_back),
        cmocka_unit_test(kinds_of_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
