/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that become other addresses, and the table of special ones. */
#include "base/buf.h"
#include "base/ipnet.h"
#include "base/ipspecial.h"
#include "detect/class.h"
#include "engine.h"
#include "transform/ip.h"

static struct ipaddr addr_of(const char *text) {
    struct ipaddr addr;
    if (!ip_parse(slice_str(text), &addr)) fail_msg("no address: %s", text);
    return addr;
}

static const char *text_of(const struct ipaddr *addr) {
    static char text[2][IPADDR_TEXT_MAX + 1];
    static int turn;
    turn = !turn;
    text[turn][ipaddr_format(addr, text[turn])] = '\0';
    return text[turn];
}

/* Test vectors of draft-denis-ipcrypt, appendix "ipcrypt-pfx". */
static void prefix_vectors_of_the_draft(void **state) {
    (void)state;
    static const uint8_t key[IP_KEY_LEN] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                            0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
                                            0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe,
                                            0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01};
    static const char *const cases[][2] = {
        {"0.0.0.0", "151.82.155.134"},
        {"255.255.255.255", "94.185.169.89"},
        {"192.0.2.1", "100.115.72.131"},
        {"2001:db8::1", "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ipaddr addr = addr_of(cases[i][0]);
        assert_true(ip_prefix_with(key, &addr));
        assert_string_equal(text_of(&addr), cases[i][1]);
    }
    struct ipaddr mapped = addr_of("::ffff:192.0.2.1");
    assert_true(ip_prefix_with(key, &mapped));
    assert_string_equal(text_of(&mapped), "::ffff:100.115.72.131");
}

static unsigned common_bits(const struct ipaddr *a, const struct ipaddr *b) {
    unsigned n = 0;
    while (n < 8u * a->len && ipnet_bits_equal(a->bytes, b->bytes, n + 1)) n++;
    return n;
}

/* Two addresses have as many first bits in common after as before, and different ones stay so. */
static void prefixes_stay_equal(void **state) {
    (void)state;
    uint8_t key[IP_KEY_LEN];
    uint64_t seed = 42;
    for (int round = 0; round < 500; round++) {
        struct ipaddr a = {.len = round % 2 ? 4 : 16}, b;
        for (size_t i = 0; i < IP_KEY_LEN; i++)
            key[i] = (uint8_t)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 33);
        for (size_t i = 0; i < a.len; i++) a.bytes[i] = key[i] ^ key[31 - i] ^ (uint8_t)round;
        b = a;
        const unsigned at = (unsigned)round % (8u * a.len);
        b.bytes[at / 8] ^= (uint8_t)(0x80u >> at % 8);
        assert_true(ip_prefix_with(key, &a) && ip_prefix_with(key, &b));
        assert_int_equal(common_bits(&a, &b), at);
    }
}

static void truncation(void **state) {
    (void)state;
    static const struct {
        const char *in;
        unsigned bits4, bits6;
        const char *out;
    } cases[] = {
        {"203.0.113.77", 24, 48, "203.0.113.0"},
        {"203.0.113.77", 0, 48, "0.0.0.0"},
        {"203.0.113.255", 25, 48, "203.0.113.128"},
        {"2001:db8:1:2:3:4:5:6", 24, 48, "2001:db8:1::"},
        {"2001:db8:1:2:3:4:5:6", 24, 33, "2001:db8::"},
        {"::ffff:203.0.113.77", 24, 48, "::ffff:203.0.113.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ipaddr addr = addr_of(cases[i].in);
        ip_truncate(&addr, cases[i].bits4, cases[i].bits6);
        assert_string_equal(text_of(&addr), cases[i].out);
    }
}

/* The first and the last address of each range, and their neighbours. */
static void special_addresses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned what;
    } cases[] = {
        {"0.0.0.0", IP_UNSPECIFIED},
        {"0.0.0.1", 0},
        {"127.0.0.0", IP_LOOPBACK},
        {"127.255.255.255", IP_LOOPBACK},
        {"128.0.0.0", 0},
        {"9.255.255.255", 0},
        {"10.0.0.0", IP_PRIVATE},
        {"11.0.0.0", 0},
        {"172.15.255.255", 0},
        {"172.16.0.0", IP_PRIVATE},
        {"172.31.255.255", IP_PRIVATE},
        {"172.32.0.0", 0},
        {"192.168.7.7", IP_PRIVATE},
        {"192.169.0.0", 0},
        {"100.64.0.0", IP_SHARED},
        {"100.128.0.0", 0},
        {"169.254.1.1", IP_LINK_LOCAL},
        {"192.0.2.255", IP_DOCUMENTATION},
        {"198.51.100.1", IP_DOCUMENTATION},
        {"203.0.113.1", IP_DOCUMENTATION},
        {"203.0.114.0", 0},
        {"198.19.255.255", IP_BENCHMARKING},
        {"224.0.0.1", IP_MULTICAST},
        {"255.255.255.255", IP_BROADCAST | IP_RESERVED},
        {"240.0.0.1", IP_RESERVED},
        {"::", IP_UNSPECIFIED},
        {"::1", IP_LOOPBACK},
        {"::2", 0},
        {"fd00::1", IP_PRIVATE},
        {"fe80::1", IP_LINK_LOCAL},
        {"febf::1", IP_LINK_LOCAL},
        {"fec0::1", 0},
        {"2001:db8::7", IP_DOCUMENTATION},
        {"2001:db9::7", 0},
        {"3fff:fff::", IP_DOCUMENTATION},
        {"2001:2::1", IP_BENCHMARKING},
        {"ff02::1", IP_MULTICAST},
        {"::ffff:127.0.0.1", IP_LOOPBACK},
        {"::ffff:10.0.0.1", IP_PRIVATE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ipaddr addr = addr_of(cases[i].text);
        if (ip_special_of(&addr) != cases[i].what) fail_msg("%s", cases[i].text);
    }
}

/* ---- in the engine ---- */

static const char pack[] = "pack: t\nrules:\n" RULE(
    "t.ip", "ipv4", "pattern: '(?<![\\d.])\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}(?![\\d.])'")
    RULE("t.six", "ipv6",
         "pattern: '(?<![\\w:])[0-9a-f]{0,4}(?::[0-9a-f]{1,4}){0,6}::[0-9a-f:.]{0,30}'")
        RULE("t.peer", "ipv4", "keys: [peer]");

static void wash(const char *config, const char *in, const char *want) {
    const struct logwash_source source = {"c.yaml", config, strlen(config)};
    for (int without = 0; without < 2; without++) {
        struct logwash *lw =
            test_engine(pack, (struct logwash_options){.config = &source,
                                                       .now_sec = 1800000000,
                                                       .without_prefilter = without});
        struct logwash_scratch *scratch = logwash_scratch_new(lw);
        struct logwash_output out = {0};
        assert_int_equal(logwash_wash(lw, scratch, in, strlen(in), &out), LOGWASH_OK);
        if (out.len != strlen(want) || memcmp(out.data, want, out.len) != 0)
            fail_msg("\n  in   %s\n  want %s\n  got  %.*s", in, want, (int)out.len,
                     (const char *)out.data);
        logwash_output_fini(&out);
        logwash_scratch_free(scratch);
        logwash_free(lw);
    }
}

#define BOTH(options) "rules: {actions: {ipv4: {ip: {" options "}}, ipv6: {ip: {" options "}}}}\n"

static void addresses_are_truncated_in_every_format(void **state) {
    (void)state;
    static const char config[] = BOTH("truncate: [24, 48]");
    wash(config, "from 203.0.113.77, 2001:db8::7", "from 203.0.113.0, 2001:db8::");
    wash(config, "{\"a\":\"203.0.113.77\", \"b\": 1.50}", "{\"a\":\"203.0.113.0\", \"b\": 1.50}");
    wash(config, "ip=203%2E0%2E113%2E77&", "ip=203.0.113.0&");
    wash(config, "203.0.113.0", "203.0.113.0");
}

/* What no address can be made of is redacted. */
static void a_value_that_is_no_address_is_redacted(void **state) {
    (void)state;
    static const char config[] = BOTH("truncate: [24, 48]");
    wash(config, "peer=unix-17", "peer=[REDACTED:ipv4]");
    wash(config, "{\"peer\":{\"a\":1}}", "{\"peer\":\"[REDACTED:ipv4]\"}");
    wash(config, "999.0.113.77", "[REDACTED:ipv4]");
}

static void kinds_and_networks_stay(void **state) {
    (void)state;
    static const char config[] = BOTH("truncate: [24, 48], keep: [private, 198.51.100.0/24]");
    wash(config, "10.1.2.3 198.51.100.9 198.51.101.9", "10.1.2.3 198.51.100.9 198.51.101.0");
    wash(config, "127.0.0.7 0.0.0.0 fd00::7", "127.0.0.7 0.0.0.0 fd00::7");
    wash(config, "2001:db8::7", "2001:db8::");
    static const char six[] = BOTH("truncate: [24, 48], keep: ['2001:db8::/32', documentation]");
    wash(six, "2001:db8::7 203.0.113.77 10.1.2.3", "2001:db8::7 203.0.113.77 10.1.2.0");
}

/* Each kind by its name keeps its own addresses and no others but those that always stay. */
static void each_kind_keeps_its_own(void **state) {
    (void)state;
    static const struct {
        const char *kind, *four, *six; /* NULL: has none */
    } kinds[] = {
        {"private", "172.16.5.4", "fd12:3456::1"},   {"shared", "100.64.7.7", NULL},
        {"link_local", "169.254.7.7", "fe80::1"},    {"documentation", "192.0.2.44", "2001:db8::1"},
        {"benchmarking", "198.18.7.7", "2001:2::7"}, {"multicast", "239.1.2.3", "ff02::1"},
        {"broadcast", "255.255.255.255", NULL},      {"reserved", "250.1.2.3", NULL},
        {"loopback", "127.0.0.53", "::1"},           {"unspecified", "0.0.0.0", "::"},
    };
    enum { N = sizeof kinds / sizeof *kinds, N_ALWAYS = 2 };
    assert_int_equal(N, n_ip_special_names);
    for (size_t i = 0; i < N; i++) {
        char config[200], in[400] = "", want[400] = "";
        snprintf(config, sizeof config,
                 "rules: {actions: {ipv4: {ip: {truncate: [0, 0], keep: [%s]}}, "
                 "ipv6: {ip: {truncate: [0, 0], keep: [%s]}}}}\n",
                 kinds[i].kind, kinds[i].kind);
        for (size_t k = 0; k < N; k++) {
            /* the broadcast address is a reserved one as well */
            const bool stays = k == i || k >= N - N_ALWAYS || (i == 7 && k == 6);
            sprintf(in + strlen(in), "%s %s ", kinds[k].four, kinds[k].six ? kinds[k].six : "-");
            sprintf(want + strlen(want), "%s %s ", stays ? kinds[k].four : "0.0.0.0",
                    !kinds[k].six ? "-"
                    : stays       ? kinds[k].six
                                  : "::");
        }
        wash(config, in, want);
    }
}

/* Without `prefix` or `truncate` all others become pseudonyms. */
static void keep_alone(void **state) {
    (void)state;
    static const char config[] = "rules: {actions: {ipv4: {ip: {keep: [private]}}}}\n";
    wash(config, "10.1.2.3", "10.1.2.3");
    wash(config, "peer=10.1.2.3", "peer=10.1.2.3");
    static const char redacted[] = "rules: {actions: {ipv4: {ip: {keep: [private]}}, ipv6: keep}, "
                                   "set: {t.ip: {action: redact}}}\n";
    wash(redacted, "10.1.2.3", "[REDACTED:ipv4]");
}

static void prefix_keeps_networks_together(void **state) {
    (void)state;
    static const char config[] = BOTH("prefix: true");
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    struct logwash *lw = test_engine(pack, (struct logwash_options){.config = &source});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static const char in[] = "203.0.113.7 203.0.113.200 203.0.113.7";
    assert_int_equal(logwash_wash(lw, scratch, in, sizeof in - 1, &out), LOGWASH_OK);
    struct ipaddr addr[3];
    struct slice rest = slice_of(out.data, out.len);
    for (int i = 0; i < 3; i++) {
        const size_t len = ipaddr_parse_v4(rest, &addr[i]);
        assert_true(len > 0);
        rest = slice_sub(rest, len + (i < 2), rest.len);
    }
    assert_int_equal(rest.len, 0);
    const struct ipaddr plain = addr_of("203.0.113.7");
    assert_int_equal(common_bits(&addr[0], &addr[1]), 24);
    assert_memory_equal(addr[0].bytes, addr[2].bytes, 4);
    assert_memory_not_equal(addr[0].bytes, plain.bytes, 4);
    assert_true(out.results[0].verdict.remaining[CLASS_ipv4 / 64] >> CLASS_ipv4 % 64 & 1);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

static void prefix_needs_a_key(void **state) {
    (void)state;
    static const char config[] = BOTH("prefix: true");
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    const struct logwash_source packs = {"p.yaml", pack, sizeof pack - 1};
    struct logwash *lw = NULL;
    struct logwash_error err;
    struct logwash_options options = {.config = &source,
                                      .packs = &packs,
                                      .n_packs = 1,
                                      .without_bundled_packs = true};
    assert_int_equal(logwash_load(&options, &lw, &err), LOGWASH_CONFIG);
    assert_null(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefix_vectors_of_the_draft),
        cmocka_unit_test(prefixes_stay_equal),
        cmocka_unit_test(truncation),
        cmocka_unit_test(special_addresses),
        cmocka_unit_test(addresses_are_truncated_in_every_format),
        cmocka_unit_test(a_value_that_is_no_address_is_redacted),
        cmocka_unit_test(kinds_and_networks_stay),
        cmocka_unit_test(each_kind_keeps_its_own),
        cmocka_unit_test(keep_alone),
        cmocka_unit_test(prefix_keeps_networks_together),
        cmocka_unit_test(prefix_needs_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
