/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of key paths, and the path of each value of a record. */
#include "base/cpu.h"
#include "record/path.h"
#include "test.h"

struct problem_case {
    const char *pattern;
    bool is_good;
};

static void problems(void **state) {
    (void)state;
    static const struct problem_case cases[] = {
        {"a", true},       {"a.b[].c", true}, {"*", true},      {"**", true},     {"**.id", true},
        {"a.**", true},    {"[]", true},      {"[][].a", true}, {"a[][]", true},  {"a.*.b", true},
        {"x y.z-1", true}, {"**[]", true},    {"", false},      {".a", false},    {"a.", false},
        {"a..b", false},   {"a[0]", false},   {"a[", false},    {"a]", false},    {"a[]b", false},
        {"a.[]", false},   {"a*", false},     {"*a.b", false},  {"a.***", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((keypath_problem(slice_str(cases[i].pattern)) == NULL) != cases[i].is_good)
            fail_msg("'%s' is judged wrongly", cases[i].pattern);
}

struct match_case {
    const char *record; /* the value in question is "X" */
    const char *pattern;
    bool want;
};

static const struct match_case matches[] = {
    {"{\"a\":\"X\"}", "a", true},
    {"{\"a\":\"X\"}", "b", false},
    {"{\"a\":\"X\"}", "ab", false},
    {"{\"ab\":\"X\"}", "a", false},
    {"{\"a\":\"X\"}", "*", true},
    {"{\"a\":\"X\"}", "**", true},
    {"{\"a\":\"X\"}", "**.a", true},
    {"{\"a\":\"X\"}", "a.**", true},
    {"{\"a\":\"X\"}", "a.*", false},
    {"{\"a\":\"X\"}", "*.a", false},
    {"{\"a\":\"X\"}", "a[]", false},
    {"{\"a\":{\"b\":\"X\"}}", "a.b", true},
    {"{\"a\":{\"b\":\"X\"}}", "a", false},
    {"{\"a\":{\"b\":\"X\"}}", "a.*", true},
    {"{\"a\":{\"b\":\"X\"}}", "**.b", true},
    {"{\"a\":{\"b\":{\"b\":\"X\"}}}", "**.b", true},
    {"{\"a\":{\"b\":{\"c\":\"X\"}}}", "**.b", false},
    {"{\"a\":{\"b\":{\"c\":\"X\"}}}", "a.**.c", true},
    {"{\"a\":{\"b\":{\"c\":\"X\"}}}", "a.b.**.c", true},
    {"{\"a\":{\"b\":{\"c\":\"X\"}}}", "**.a.**.c.**", true},
    {"{\"z\":1,\"a\":{\"y\":{},\"b\":[{\"c\":[]},{\"c\":\"X\"}]}}", "a.b[].c", true},
    {"{\"a\":{\"b\":[{\"c\":\"X\"}]}}", "a.b.c", false},
    {"{\"a\":{\"b\":[{\"c\":\"X\"}]}}", "a.b.*.c", true},
    {"[\"X\"]", "[]", true},
    {"[1,[2,[\"X\"]]]", "[][][]", true},
    {"[1,[2,[\"X\"]]]", "[][]", false},
    {"[1,[2,[\"X\"]]]", "**[]", true},
    {"[{\"a\":\"X\"}]", "[].a", true},
    {"\"X\"", "**", true},
    {"\"X\"", "*", false},
    {"{\"a.b\":\"X\"}", "a.b", true},
    {"{\"a.b\":{\"c\":\"X\"}}", "a.b.c", true},
    {"{\"a.b.c\":\"X\"}", "a.*.c", true},
    {"{\"a.b.c\":\"X\"}", "**.b", false},
    {"{\"a.\":\"X\"}", "a", false},
    {"{\"a.\":\"X\"}", "a.*", true},
    {"{\"\":\"X\"}", "*", true},
    {"{\"\\u0061\\u002eb\":\"X\"}", "a.b", true},
    {"{\"\\ud83d\\ude00\":\"X\"}", "\xf0\x9f\x98\x80", true},
    {"{\"\xc3\xa4\":\"X\"}", "\xc3\xa4", true},
    {"{\"k\":1, \"a\" : {\"b\":[true ,null,1e5]} , \"c\" : \"X\" }", "c", true},
    {"\xef\xbb\xbf{\"a\":\"X\"}", "a", true},
    {"{\"a\":[],\"b\":{},\"c\":[[],{},\"X\"]}", "c[]", true},
    {"{\"a\":\"}]\",\"b\":\"X\"}", "b", true},
};

static void paths_match(void **state) {
    (void)state;
    struct json_index json;
    struct path_index index;
    json_init(&json);
    path_init(&index);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        const struct match_case *c = &matches[i];
        const struct slice rec = slice_str(c->record);
        struct keypath path;
        assert_int_equal(json_build(&json, mask_kernels(CPU_PORTABLE), rec, 64), JSON_VALID);
        assert_true(path_build(&index, &json));
        const uint8_t *x = memmem(rec.ptr, rec.len, "\"X\"", 3);
        for (size_t at = 0; at < 3; at++) {
            assert_true(path_at(&index, &json, (size_t)(x - rec.ptr) + at, &path));
            if (keypath_match(slice_str(c->pattern), path) != c->want)
                fail_msg("%s: '%s' should%s fit", c->record, c->pattern, c->want ? "" : " not");
        }
    }
    path_fini(&index);
    json_fini(&json);
}

static void containers_and_keys(void **state) {
    (void)state;
    const struct slice rec = SLICE("{\"a\":{\"b\":[1]}}");
    struct json_index json;
    struct path_index index;
    struct keypath path;
    json_init(&json);
    path_init(&index);
    assert_int_equal(json_build(&json, mask_kernels(CPU_PORTABLE), rec, 64), JSON_VALID);
    assert_true(path_build(&index, &json));
    assert_true(path_at(&index, &json, 5, &path)); /* the object under "a" */
    assert_true(keypath_match(SLICE("a"), path));
    assert_true(path_at(&index, &json, 10, &path));
    assert_true(keypath_match(SLICE("a.b"), path));
    assert_true(path_at(&index, &json, 0, &path));
    assert_int_equal(path.n, 0);
    assert_false(path_at(&index, &json, 2, &path)); /* a key */
    assert_false(path_at(&index, &json, 7, &path));
    path_fini(&index);
    json_fini(&json);
}

static void binary_paths(void **state) {
    (void)state;
    /* ["tag", 7, {"p": {"q": ["X"]}, 3: "Y"}] */
    static const uint8_t bytes[] = "\x93\xa3tag\x07\x82\xa1p\x81\xa1q\x91\xa1X\x03\xa1Y";
    const struct slice rec = slice_of(bytes, sizeof bytes - 1);
    struct msgpack_index msgpack;
    struct path_index index;
    struct keypath path;
    msgpack_init(&msgpack);
    path_init(&index);
    assert_int_equal(msgpack_build(&msgpack, rec, 64, 1000), MSGPACK_VALID);
    const size_t x = (size_t)((const uint8_t *)memchr(bytes, 'X', rec.len) - bytes);
    assert_true(path_in_msgpack(&index, &msgpack, x, &path));
    assert_true(keypath_match(SLICE("[].p.q[]"), path));
    assert_true(keypath_match(SLICE("**.q[]"), path));
    assert_false(keypath_match(SLICE("p.q[]"), path));
    assert_true(path_in_msgpack(&index, &msgpack, rec.len - 1, &path));
    assert_true(keypath_match(SLICE("[].*"), path));
    assert_false(path_in_msgpack(&index, &msgpack, 8, &path)); /* the key "p" */
    path_fini(&index);
    msgpack_fini(&msgpack);
}

/* Work is bounded by the lengths multiplied, not by powers of them. */
static void stars_are_cheap(void **state) {
    (void)state;
    enum { STEPS = 1000 };
    static struct keypath_step steps[STEPS];
    for (size_t i = 0; i < STEPS; i++) steps[i] = (struct keypath_step){.key = SLICE("a")};
    const struct slice pattern = SLICE("**.a.**.a.**.a.**.a.**.a.**.a.**.a.**.a.**.a.**.b");
    for (int i = 0; i < 100; i++)
        assert_false(keypath_match(pattern, (struct keypath){steps, STEPS}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems),
        cmocka_unit_test(paths_match),
        cmocka_unit_test(containers_and_keys),
        cmocka_unit_test(binary_paths),
        cmocka_unit_test(stars_are_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
