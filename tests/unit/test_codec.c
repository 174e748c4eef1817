/* SPDX-License-Identifier: Apache-2.0 */
#include "codec.h"
#include "test.h"

static const struct {
    const char *text;
    struct slice bytes; /* ptr NULL: refused */
} base64_cases[] = {
    /* RFC 4648 section 10 */
    {"", {(const uint8_t *)"", 0}},
    {"Zg==", {(const uint8_t *)"f", 1}},
    {"Zm8=", {(const uint8_t *)"fo", 2}},
    {"Zm9v", {(const uint8_t *)"foo", 3}},
    {"Zm9vYg==", {(const uint8_t *)"foob", 4}},
    {"Zm9vYmE=", {(const uint8_t *)"fooba", 5}},
    {"Zm9vYmFy", {(const uint8_t *)"foobar", 6}},
    /* padding is optional, both alphabets, stray bits */
    {"Zg", {(const uint8_t *)"f", 1}},
    {"Zm8", {(const uint8_t *)"fo", 2}},
    {"+/-_", {(const uint8_t *)"\xfb\xff\xbf", 3}},
    {"Zh==", {(const uint8_t *)"f", 1}},
    {"Z", {NULL, 0}},
    {"Zg=", {NULL, 0}},
    {"Zm9v=", {NULL, 0}},
    {"Zg===", {NULL, 0}},
    {"=", {NULL, 0}},
    {"====", {NULL, 0}},
    {"Z=g=", {NULL, 0}},
    {"Zm 9", {NULL, 0}},
    {"Zm9\n", {NULL, 0}},
    {"Zm9v\xff"
     "aaa",
     {NULL, 0}},
};

static void base64_text(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof base64_cases / sizeof *base64_cases; i++) {
        buf_reset(&out);
        const bool ok = base64_decode(slice_str(base64_cases[i].text), &out);
        if (ok != (base64_cases[i].bytes.ptr != NULL)) fail_msg("'%s'", base64_cases[i].text);
        if (!ok) continue;
        if (!slice_eq(buf_view(&out), base64_cases[i].bytes))
            fail_msg("'%s'", base64_cases[i].text);
        buf_reset(&out);
        assert_true(base64_encode(base64_cases[i].bytes, &out));
        if (i < 7) assert_true(slice_eq_str(buf_view(&out), base64_cases[i].text));
    }
    buf_fini(&out);
}

static void encoders_give_back(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    struct buf text, back;
    buf_init(&text, 0);
    buf_init(&back, 0);
    for (int round = 0; round < 5000; round++) {
        uint8_t bytes[80];
        const struct slice s = {bytes, test_random(&seed) % sizeof bytes};
        for (size_t i = 0; i < s.len; i++) bytes[i] = (uint8_t)test_random(&seed);
        buf_reset(&text);
        buf_reset(&back);
        assert_true(base64_encode(s, &text));
        assert_true(base64_decode(buf_view(&text), &back));
        assert_true(slice_eq(buf_view(&back), s));
        char hex[160];
        hex_encode(s, hex);
        buf_reset(&back);
        assert_true(hex_decode(slice_of(hex, 2 * s.len), &back));
        assert_true(slice_eq(buf_view(&back), s));
    }
    buf_fini(&text);
    buf_fini(&back);
}

static void base32_and_hex(void **state) {
    (void)state;
    char out[16];
    base32_encode((const uint8_t *)"foobar\0", 10, out); /* RFC 4648 section 10, MZXW6YTBOI */
    assert_memory_equal(out, "mzxw6ytboi", 10);
    base32_encode((const uint8_t *)"foob\0", 7, out);
    assert_memory_equal(out, "mzxw6yq", 7);
    base32_encode((const uint8_t *)"\xff", 1, out);
    assert_memory_equal(out, "7", 1);
    struct buf buf;
    buf_init(&buf, 0);
    assert_true(hex_decode(SLICE("00fFAb"), &buf));
    assert_true(slice_eq(buf_view(&buf), SLICE("\0\xff\xab")));
    assert_false(hex_decode(SLICE("0"), &buf));
    assert_false(hex_decode(SLICE("0g"), &buf));
    buf_fini(&buf);
    for (int c = 0; c < 256; c++) {
        const char *digits = "0123456789abcdef",
                   *at = c ? strchr(digits, byte_lower((uint8_t)c)) : NULL;
        assert_int_equal(hex_value((uint8_t)c), at ? at - digits : -1);
    }
}

static const struct {
    const char *text;
    size_t taken;
    const char *bytes;
    size_t len;
} json_cases[] = {
    {"\\\"", 2, "\"", 1},
    {"\\\\", 2, "\\", 1},
    {"\\/", 2, "/", 1},
    {"\\b", 2, "\b", 1},
    {"\\f", 2, "\f", 1},
    {"\\n", 2, "\n", 1},
    {"\\r", 2, "\r", 1},
    {"\\t", 2, "\t", 1},
    {"\\u0041B", 6, "A", 1},
    {"\\u0000", 6, "\0", 1},
    {"\\u007f", 6, "\x7f", 1},
    {"\\u0080", 6, "\xc2\x80", 2},
    {"\\u07FF", 6, "\xdf\xbf", 2},
    {"\\u0800", 6, "\xe0\xa0\x80", 3},
    {"\\uffff", 6, "\xef\xbf\xbf", 3},
    {"\\ud83d\\ude00", 12, "\xf0\x9f\x98\x80", 4},
    {"\\uDBFF\\uDFFF", 12, "\xf4\x8f\xbf\xbf", 4},
    {"\\ud83d", 6, "\xef\xbf\xbd", 3},
    {"\\ud83dx", 6, "\xef\xbf\xbd", 3},
    {"\\ude00\\ud83d", 6, "\xef\xbf\xbd", 3},
    {"\\ud83d\\ud83d", 6, "\xef\xbf\xbd", 3},
    {"\\ud83d\\u00", 6, "\xef\xbf\xbd", 3},
    {"\\ud83d\\ude0", 6, "\xef\xbf\xbd", 3},
    {"\\", 0, "", 0},
    {"\\x41", 0, "", 0},
    {"\\u", 0, "", 0},
    {"\\u004", 0, "", 0},
    {"\\u00g1", 0, "", 0},
    {"\\U0041", 0, "", 0},
};

static void json_escapes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof json_cases / sizeof *json_cases; i++) {
        const size_t len = strlen(json_cases[i].text);
        uint8_t *text = malloc(len), out[4]; /* on the heap, so that reading too far is seen */
        assert_non_null(text);
        memcpy(text, json_cases[i].text, len);
        size_t n = 99;
        const size_t taken = json_unescape(text, text + len, out, &n);
        if (taken != json_cases[i].taken) fail_msg("'%s': took %zu", json_cases[i].text, taken);
        if (taken) {
            assert_int_equal(n, json_cases[i].len);
            assert_memory_equal(out, json_cases[i].bytes, n);
        }
        free(text);
    }
}

/* Every byte, escaped and read back, is the same; nothing is escaped without need. */
static void json_escape_gives_back(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    struct buf text, back;
    buf_init(&text, 0);
    buf_init(&back, 0);
    for (int round = 0; round < 3000; round++) {
        uint8_t bytes[64];
        const struct slice s = {bytes, test_random(&seed) % sizeof bytes};
        for (size_t i = 0; i < s.len; i++)
            bytes[i] = (uint8_t)(round < 256 ? (size_t)round
                                             : test_random(&seed) % (round % 2 ? 256 : 0x30));
        buf_reset(&text);
        buf_reset(&back);
        json_escape(s, &text);
        for (size_t at = 0; at < text.len;) {
            uint8_t out[4];
            size_t n;
            assert_true(text.ptr[at] >= 0x20 && text.ptr[at] != '"');
            if (text.ptr[at] != '\\') {
                buf_byte(&back, text.ptr[at++]);
                continue;
            }
            const size_t taken = json_unescape(text.ptr + at, text.ptr + text.len, out, &n);
            assert_true(taken > 0);
            assert_true(out[0] < 0x20 || out[0] == '"' || out[0] == '\\');
            buf_append(&back, out, n);
            at += taken;
        }
        assert_true(slice_eq(buf_view(&back), s));
    }
    buf_reset(&text);
    json_escape(SLICE("a\x01\"\\\n\xff\x7f"), &text);
    assert_true(slice_eq_str(buf_view(&text), "a\\u0001\\\"\\\\\\n\xff\x7f"));
    buf_fini(&text);
    buf_fini(&back);
}

static void text_escapes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t taken;
        const char *out;
    } cases[] = {
        {"\\x22a", 4, "\""},   {"\\xC3", 4, "\xc3"},   {"\\x2", 0, ""},
        {"\\x2g", 0, ""},      {"\\042", 4, "\""},     {"\\377", 4, "\xff"},
        {"\\400", 0, ""},      {"\\04", 0, ""},        {"\\n", 2, "\n"},
        {"&quot;", 6, "\""},   {"&amp;lt;", 5, "&"},   {"&lt", 0, ""},
        {"&#34;", 5, "\""},    {"&#x22;", 6, "\""},    {"&#X3c;", 6, "<"},
        {"&#;", 0, ""},        {"&#x;", 0, ""},        {"&#228;", 6, "\xc3\xa4"},
        {"&#0;", 0, ""},       {"&#10;", 5, "\n"},     {"&#55296;", 8, "\xef\xbf\xbd"},
        {"&#1114112;", 0, ""}, {"&#00000034;", 0, ""}, {"&user=", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint8_t *p = (const uint8_t *)cases[i].text, *end = p + strlen(cases[i].text);
        uint8_t out[4];
        size_t n_out = 0;
        const size_t taken =
            *p == '&' ? entity_unescape(p, end, out, &n_out) : text_unescape(p, end, out, &n_out);
        if (taken != cases[i].taken) fail_msg("%s: %zu bytes", cases[i].text, taken);
        if (taken == 0) continue;
        assert_int_equal(n_out, strlen(cases[i].out));
        assert_memory_equal(out, cases[i].out, n_out);
    }
}

static void percent_escapes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int want; /* -1: none */
    } cases[] = {{"%40", '@'}, {"%fF", 0xff}, {"%00x", 0}, {"%4", -1},
                 {"%", -1},    {"%4g", -1},   {"%g4", -1}, {"%%40", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint8_t *p = (const uint8_t *)cases[i].text;
        uint8_t out = 0;
        assert_int_equal(percent_unescape(p, p + strlen(cases[i].text), &out), cases[i].want >= 0);
        if (cases[i].want >= 0) assert_int_equal(out, cases[i].want);
    }
}

static void ansi_sequences(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t want;
    } cases[] = {
        {"\033[0m", 4},         {"\033[1;31mx", 7},
        {"\033[K", 3},          {"\033[?25l", 6},
        {"\033[1 q", 5},        {"\033[m", 3},
        {"\033[", 0},           {"\033[1", 0},
        {"\033[1\n", 0},        {"\033[\033[0m", 0},
        {"\0337", 2},           {"\033=", 2},
        {"\033M", 2},           {"\033(B", 3},
        {"\033(", 0},           {"\033", 0},
        {"\033\033", 0},        {"\033\n", 0},
        {"\033\xc3", 0},        {"\033]0;title\007x", 10},
        {"\033]8;;u\033\\", 8}, {"\033]0;t", 0},
        {"\033]0;t\nx\007", 0}, {"\033]0;t\033[0m", 0},
        {"\033c", 2},           {"\033[0-\"u", 0},
        {"\033\"u", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint8_t *p = (const uint8_t *)cases[i].text;
        const size_t got = ansi_sequence(p, p + strlen(cases[i].text));
        if (got != cases[i].want) fail_msg("case %zu: took %zu, wanted %zu", i, got, cases[i].want);
    }
    uint8_t osc[300];
    memset(osc, 'a', sizeof osc);
    memcpy(osc, "\033]", 2);
    osc[255] = 7;
    assert_int_equal(ansi_sequence(osc, osc + sizeof osc), 256);
    osc[255] = 'a';
    osc[256] = 7;
    assert_int_equal(ansi_sequence(osc, osc + sizeof osc), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_text),
        cmocka_unit_test(encoders_give_back),
        cmocka_unit_test(base32_and_hex),
        cmocka_unit_test(json_escapes),
        cmocka_unit_test(json_escape_gives_back),
        cmocka_unit_test(text_escapes),
        cmocka_unit_test(percent_escapes),
        cmocka_unit_test(ansi_sequences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
