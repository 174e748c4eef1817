/* SPDX-License-Identifier: Apache-2.0 */
/* `key = value` in text: every separator of each line is asked, as the engine does. */
#include "detect/keyname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

/* `[key]` and `[value]` of what is found, in order, `q` before values in quotes: "key>value" or
 * "key>q:value". */
static void describe(struct slice view, enum key_extent extent, char *out, size_t cap) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t at = 0; at < view.len; at++) {
        const uint8_t c = view.ptr[at];
        struct span key = {0}, value = {0};
        size_t value_at = 0;
        bool quoted = false;
        if (c == '-' && (at + 1 >= view.len || view.ptr[at + 1] != '-')) continue;
        if (c != '=' && c != ':' && c != '-') continue;
        if (!keyvalue_key(view, 0, at, &key, &value_at)) continue;
        assert_true(key.start < key.end && key.end <= view.len && value_at <= view.len);
        if (!keyvalue_value(view, value_at, extent, NULL, &value, &quoted)) continue;
        assert_true(value_at <= value.start && value.start < value.end && value.end <= view.len);
        const int n = snprintf(out + used, cap - used, "%s%.*s>%s%.*s", used > 0 ? " | " : "",
                               (int)(key.end - key.start), (const char *)view.ptr + key.start,
                               quoted ? "q:" : "", (int)(value.end - value.start),
                               (const char *)view.ptr + value.start);
        used += (size_t)n;
        assert_true(used < cap);
    }
}

struct row {
    const char *text, *found;
};

static void check(const struct row *rows, size_t n, enum key_extent extent) {
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        char found[1024];
        /* On the heap without a byte to spare, so that sanitizers see reads beyond the view. */
        const size_t len = strlen(rows[i].text);
        uint8_t *copy = malloc(len + (len == 0));
        memcpy(copy, rows[i].text, len);
        describe(slice_of(copy, len), extent, found, sizeof found);
        free(copy);
        if (strcmp(found, rows[i].found) == 0) continue;
        failed++;
        print_error("%s\n  expected %s\n  got      %s\n", rows[i].text, rows[i].found, found);
    }
    assert_int_equal(failed, 0);
}

static void test_separators(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"password=hunter2", "password>hunter2"},
        {"password = hunter2", "password>hunter2"},
        {"password:hunter2", "password>hunter2"},
        {"the password : x1", "password>x1"},
        {"password         :     x1 y", "password>x1"},
        {"password=>x1", "password>x1"},
        {":password => x1", "password>x1"},
        {"password := x1", "password>x1"},
        {"TOKEN += x1", "TOKEN>x1"},
        {"TOKEN ?= x1", "TOKEN>x1"},
        {"TOKEN ::= x1", "TOKEN>x1"},
        {"TOKEN :::= x1", "TOKEN>x1"},
        {"$token .= x1", "token>x1"},
        {"token ||= x1", "token>x1"},
        {"a==b a!=b a<=b a>=b a=~b", ""},
        {"std::vector https://x.example", ""},
        {"at 10:05:03 and 2026-11-23T22:54:40", ""},
        {"password1:2x", "password1>2x"},
        {"a1:b2", "a1>b2"},
        {"password=", ""},
        {"password=\r\nx", ""},
        {"=x", ""},
        {":", ""},
        {"123=x", ""},
        {"password", ""},
        {"", ""},
    };
    check(rows, ROWS(rows), EXTENT_VALUE);
}

static void test_keys(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"{\"k\" : \"v w\"}", "k>q:v w"},
        {"{'k': 'v w'}", "k>q:v w"},
        {"{\\\"k\\\": \\\"v w\\\"}", "k>q:v w"},
        {"{\\\\\\\"k\\\\\\\": \\\\\\\"v w\\\\\\\"}", "k>q:v w"},
        {"\"{\"\"k\"\":\"\"v w\"\",\"\"l\"\":\"\"\"\"}\"", "k>q:v w"},
        {"`k`: `v`", "k>q:v"},
        {"k\": v", ""},
        {"\"k': v", ""},
        {"\"api key\": \"v\"", "api key>q:v"},
        {"\"\": \"v\"", ""},
        {"user[password]=x", "password>x"},
        {"[password]: x", "password>x"},
        {"params[:password] = 'x'", "password>q:x"},
        {"os.environ[\"TOKEN\"] = \"x\"", "TOKEN>q:x"},
        {"token[]=x", "token>x"},
        {"token[0][12]=x", "token>x"},
        {"user[password][]=x", "password>x"},
        {"password]=x", ""},
        {"]=x []=x [0]=x", ""},
        {"$password=x @password=y ?password=z", "password>x | password>y | password>z"},
        {"--password=x", "password>x"},
        {"spring.datasource.password=x", "spring.datasource.password>x"},
        {"env TOKEN=x LEVEL=y", "TOKEN>x | LEVEL>y"},
        {"a0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
         "890123456789012345678901234567890123456=x",
         "a0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
         "890123456789012345678901234567890123456>x"},
        {"a0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
         "8901234567890123456789012345678901234567=x",
         ""},
        {"password                                  = x", ""},
        {"password>=x", ""},
    };
    check(rows, ROWS(rows), EXTENT_VALUE);
}

static void test_options(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"run --password hunter2 -v", "password>hunter2"},
        {"--password  'a b'", "password>q:a b"},
        {"a1=\"--password\" a2=\"a b\"", "a1>q:--password | password>q:a b | a2>q:a b"},
        {"password: |", ""},
        {"password: >2-\r", ""},
        {"--password \\", ""},
        {"password: |x", "password>|x"},
        {"password: &pw a1", "password>a1"},
        {"password: !!str a1", "password>a1"},
        {"password: !!str \"a 1\"", "password>q:a 1"},
        {"password: !x a1", "password>!x"},
        {"{\"k\":[]string{\"a 1\"}, l:[]byte('b')}", "k>q:a 1 | l>q:b"},
        {"k: Some(\"a 1\"), l=Optional('b') m = Just \"c\"", "k>q:a 1 | l>q:b | m>q:c"},
        {"[\"k\"]=> string(3) \"a 1\" l=string(x) m: Some(1)", "k>q:a 1 | l>string(x) | m>Some(1)"},
        {"k:[]string{a1} l:[]string(nil)", "k>[]string{a1} | l>[]string(nil)"},
        {"password: &pw", ""},
        {"password=$'a b'", "password>q:a b"},
        {"--password", ""},
        {"--password ", ""},
        {"--password\nx", ""},
        {"--password --verbose", ""},
        {"--password -v", ""},
        {"--password=x", "password>x"},
        {"a--b c", ""},
        {"---password x", ""},
        {"--9 x", ""},
        {"[\"--password\", \"a b\"]", "password>q:a b"},
        {"[\"--password\",\"a b\"]", "password>q:a b"},
        {"\\\"--password\\\",\\\"a b\\\"", "password>q:a b"},
        {"--", ""},
    };
    check(rows, ROWS(rows), EXTENT_VALUE);
}

static void test_quoted_values(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"k=\"a b\" l=c", "k>q:a b | l>c"},
        {"k=\"a \\\"b\\\" c\" d", "k>q:a \\\"b\\\" c"},
        {"k=\"a \\\\\" d", "k>q:a \\\\"},
        {"k=\\\"a \\\\\\\"b\\\\\\\" c\\\" d", "k>q:a \\\\\\\"b\\\\\\\" c"},
        {"k=\\\"a \\\\\\\\\\\" d", "k>q:a \\\\\\\\"},
        {"k=\"\" l='' m=``", ""},
        {"k=\\\"\\\" l", ""},
        {"k=\"open and on\nnext", "k>q:open and on"},
        {"k='a''b' c", "k>q:a''b"},
        {"k='a''' c", "k>q:a''"},
        {"k=\"\"\"a b\"\"\" c", "k>q:a b"},
        {"k=b'a b' l=u\"c d\" m=@\"e\"", "k>q:a b | l>q:c d | m>q:e"},
        {"k=bob l=rx", "k>bob | l>rx"},
        {"\"k=\" and \"x\"", ""},
        {"\"k=\"", ""},
        {"\"k=\"v\"\"", "k>q:v"},
        {"k=\"", ""},
        {"k=\\", "k>\\"},
        {"k=\"a", "k>q:a"},
    };
    check(rows, ROWS(rows), EXTENT_VALUE);
}

static void test_bare_values(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"k=a,l=b;m=c&n=d", "k>a | l>b | m>c | n>d"},
        {"k=a\tb", "k>a"},
        {"k=a\rb", "k>a"},
        {"k=a\\r\\nb", "k>a"},
        {"k=a\\\\r\\\\nb", "k>a"},
        {"k=a\\rb", "k>a\\rb"},
        {"\"k=a\" b", "k>a"},
        {"\\\"k=a\\\" b", "k>a"},
        {"f(k=a) b", "k>a"},
        {"f(k=a(b)c) d", "k>a(b)c"},
        {"[k=a[0]] d", "k>a[0]"},
        {"f(k=a(b]) d", "k>a(b"},
        {"k=abc== l", "k>abc=="},
        {"k: abc. Next", "k>abc"},
        {"k=abc.", "k>abc"},
        {"k=a.b,", "k>a.b"},
        {"k: abc: text", "k>abc | abc>text"},
        {"k=.", ""},
        {"k=...", "k>.."},
        {"k=$(cat x y) l", "k>$(cat x y)"},
        {"k=a$(b (c) d)e f", "k>a$(b (c) d)e"},
        {"k=${X:-a b} c", "k>${X:-a b} | X>-a"},
        {"k=\"\" l=\"\"\"\" m=\"\"\"\"\"\"", ""},
        {"k=$(cat x\ny", "k>$(cat x"},
        {"k=$5 x", "k>$5"},
        {"k=[REDACTED:password] x", "k>q:[REDACTED:password] | REDACTED>password"},
        {"k=[REDACTED:password]. x", "k>q:[REDACTED:password] | REDACTED>password"},
        {"k=[REDACTED:password]hunter2 x",
         "k>[REDACTED:password]hunter2 | REDACTED>password]hunter2"},
        {"k: {\"a\": \"}\", b: [1, 2]} x", "k>q:{\"a\": \"}\", b: [1, 2]} | a>q:} | b>q:[1, 2]"},
        {"k={'a': ']}'} x", "k>q:{'a': ']}'} | a>q:]}"},
        {"k={don't say} x", "k>q:{don't say}"},
        {"k={{ .Values.x }} y", "k>q:{{ .Values.x }}"},
        {"k=[a, b x", "k>[a"},
        {"k={\"a x", "k>q:{\"a x"},
        {"k=}", ""},
    };
    check(rows, ROWS(rows), EXTENT_VALUE);
}

static void test_lines(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"Cookie: a b; c", "Cookie>a b; c"},
        {"> Cookie: a b\r\nHost x", "Cookie>a b"},
        {"Cookie: \r\nHost x", ""},
        {"curl -H 'Cookie: a b; c' -v x", "Cookie>a b; c"},
        {"curl -H \\\"Cookie: a \\\\\\\"b\\\\\\\" c\\\" -v", "Cookie>a \\\\\\\"b\\\\\\\" c"},
        {"curl -H 'Cookie: ' -v 'x'", ""},
        {"curl -H 'Cookie: a \"b c", "Cookie>a \"b c"},
        {"{\"Cookie\": \"a b\", \"x\" y}", "Cookie>q:a b"},
        {"{\"Cookie\": [\"a b\"], \"x\" y}", "Cookie>q:[\"a b\"]"},
        {"map[Cookie:[a b; c] X:[y]]", "Cookie>q:[a b; c] | X>q:[y]"},
        {"cookie=\"a b\" user", "cookie>q:a b"},
        {"Cookie: \"a\"b c", "Cookie>\"a\"b c"},
        {"Cookie: \"a\" b", "Cookie>q:a"},
        {"Cookie: \"a\"; b", "Cookie>\"a\"; b"},
        {"Cookie: [REDACTED:cookie]", "Cookie>q:[REDACTED:cookie] | REDACTED>cookie]"},
        {"Cookie: [REDACTED:cookie] b", "Cookie>[REDACTED:cookie] b | REDACTED>cookie] b"},
        {"\"Cookie: a b\\r\\nHost\\tx\"", "Cookie>a b"},
        {"\"Cookie: CORP\\name b\" x", "Cookie>CORP\\name b"},
        {"\"GET x Cookie: a=c\" 400 226 \"-\"", "Cookie>a=c | a>c"},
        {"\"GET x Cookie: a \" 40 226 \"-\"", "Cookie>a \" 40 226 \"-\""},
        {"auth=a1b2 n=\"4\" m=x", "auth>a1b2 | n>q:4 | m>x"},
        {"auth=a=1; b=2 done n=4", "auth>a=1; b=2 done | a>1; b=2 done | b>2 done | n>4"},
        {"auth=Basic YTE= n=4", "auth>Basic YTE= | n>4"},
        {"auth=Digest u=\"a, b\", r=\"c\" n=4",
         "auth>Digest u=\"a, b\", r=\"c\" | u>q:a, b | r>q:c | n>4"},
        {"auth=Token t=\"a b\" n=4", "auth>Token t=\"a b\" | t>q:a b | n>4"},
        {"auth= n=4", "n>4"},
        {"auth=  YTE= x", "auth>YTE= x | YTE>x"},
        {"auth=a1b2 n= x", "auth>a1b2 | n>x"},
        {"auth: a1b2 n=4", "auth>a1b2 n=4 | n>4"},
    };
    check(rows, ROWS(rows), EXTENT_LINE);
}

/* Beyond so many separators, or brackets, a value goes to the end of the view, or of the line. */
static void test_long_values_fail_closed(void **state) {
    (void)state;
    static const struct {
        const char *start, *unit;
        bool is_exact; /* ends before the `]`: there is nothing to count */
    } rows[] = {
        {"k=", "a=", true},   {"k=", "a(", false},   {"k=", "a\\", false},
        {"k=[", "a=", false}, {"k=$(", "a=", false}, {"k=\"", "a=", false},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[2048];
        size_t len = strlen(rows[i].start);
        memcpy(text, rows[i].start, len);
        for (; len < 1500; len++) text[len] = rows[i].unit[len % 2];
        memcpy(text + len, "] ) \" end\nx=y", 13);
        const struct slice view = slice_of(text, len + 13);
        struct keyvalue_memo memo = {0};
        for (int pass = 0; pass < 2; pass++) { /* what is known of the view changes nothing */
            struct span value = {0};
            bool quoted = false;
            assert_true(keyvalue_value(view, 2, EXTENT_VALUE, &memo, &value, &quoted));
            assert_int_equal(value.end, rows[i].is_exact ? len : view.len);
            assert_true(keyvalue_value(view, 2, EXTENT_LINE, &memo, &value, &quoted));
            assert_true(value.end == len + 9 || value.end == view.len);
        }
    }
}

static double seconds_at_every_separator(const char *unit, size_t len, enum key_extent extent) {
    uint8_t *text = malloc(len);
    const size_t n = strlen(unit);
    for (size_t i = 0; i < len; i++) text[i] = (uint8_t)unit[i % n];
    const struct slice view = slice_of(text, len);
    struct keyvalue_memo memo = {0};
    struct timespec from, to;
    size_t found = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (size_t at = 0; at < len; at++) {
        struct span key, value;
        size_t value_at;
        bool quoted;
        if (text[at] != '=' && text[at] != ':' && text[at] != '-') continue;
        if (keyvalue_key(view, 0, at, &key, &value_at))
            found += keyvalue_value(view, value_at, extent, &memo, &value, &quoted);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    free(text);
    assert_true(found <= len);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* Eight times the input may cost eight times the time, not 64. */
static void test_linear(void **state) {
    (void)state;
    static const char *const units[] = {
        "a=",       "a:",     "a=[",      "a={\"",     "a=$(",      "[",         "\"k\":",
        "\"k=",     "k='",    "k=\\\"",   "k=\"\"a",   "k=\"a\"\"", "--k [",     "'--k',",
        "\"k: ",    "k=b'",   "a[0]=",    "a       =", "\\\\\\=",   "\"k\":[\"", "k=\\\\\\\"",
        "k=`a``b ", "a={'k:", "\"k:\\r ", "::::a:",    "1:2a1:",    "k=\"\"\"",
    };
    for (size_t i = 0; i < ROWS(units); i++) {
        for (int extent = EXTENT_VALUE; extent <= EXTENT_LINE; extent++) {
            double ratio = 100;
            for (int attempt = 0; attempt < 3 && ratio > 20; attempt++) {
                const double small =
                    seconds_at_every_separator(units[i], 16 << 10, (enum key_extent)extent);
                const double large =
                    seconds_at_every_separator(units[i], 128 << 10, (enum key_extent)extent);
                if (getenv("LOGWASH_TIMES"))
                    print_message("%-10s %d %8.4f s\n", units[i], extent, large);
                ratio = large / (small + 0.0005);
            }
            if (ratio > 20) print_error("%s: %.1f times the time\n", units[i], ratio);
            assert_true(ratio <= 20);
        }
    }
}

/* Random text of the grammar's own bytes: results stay inside the view and after the separator
 * (asserted by describe), sanitizers watch the reads. */
static void test_random(void **state) {
    (void)state;
    static const char bytes[] = "ab1kT=:-\"'`\\[]{}()$, .\r\n>+?;&";
    const char *given = getenv("LOGWASH_SEED");
    const uint64_t first = given ? strtoull(given, NULL, 10) : 1;
    for (uint64_t seed = first; seed < first + (given ? 1 : 20000); seed++) {
        uint64_t random = seed * 0x9e3779b97f4a7c15u;
        const size_t len = 1 + seed % 48;
        uint8_t *text = malloc(len);
        for (size_t i = 0; i < len; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[i] = (uint8_t)bytes[(random >> 33) % (sizeof bytes - 1)];
        }
        struct keyvalue_memo memo = {0};
        for (size_t at = 0; at < len; at++) {
            struct span key = {0}, value = {0}, again = {0};
            size_t value_at = 0;
            bool quoted, is_quoted;
            const struct slice view = slice_of(text, len);
            for (int e = EXTENT_VALUE; e <= EXTENT_LINE; e++) {
                const enum key_extent extent = (enum key_extent)e;
                const bool found = keyvalue_value(view, at, extent, NULL, &value, &quoted);
                if (found && !(at <= value.start && value.start < value.end && value.end <= len))
                    fail_msg("seed %llu: value outside of the view", (unsigned long long)seed);
                if (found != keyvalue_value(view, at, extent, &memo, &again, &is_quoted) ||
                    (found && memcmp(&value, &again, sizeof value) != 0))
                    fail_msg("seed %llu: the memo changes a value", (unsigned long long)seed);
            }
            if (text[at] != '=' && text[at] != ':' && text[at] != '-') continue;
            if (keyvalue_key(view, 0, at, &key, &value_at) &&
                !(key.start < key.end && key.end <= len && value_at <= len))
                fail_msg("seed %llu: key outside of the view", (unsigned long long)seed);
        }
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_quoted_values),
        cmocka_unit_test(test_bare_values),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_values_fail_closed),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
