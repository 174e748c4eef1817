/* SPDX-License-Identifier: Apache-2.0 */
#include "record/json.h"
#include "test.h"

struct structure_case {
    const char *text;
    enum json_result want;
};

static const struct structure_case structures[] = {
    {"{}", JSON_VALID},
    {"[]", JSON_VALID},
    {" \t\r\n{ } \n", JSON_VALID},
    {"\xef\xbb\xbf{\"a\":1}", JSON_VALID},
    {"{\"a\":1,\"a\":2}", JSON_VALID},
    {"{\"a\":{\"b\":[1,2,{\"c\":null}]}}", JSON_VALID},
    {"[1,-0,1.5,1e5,1E+5,-1.5e-10,true,false,null,\"\"]", JSON_VALID},
    {"12345678901234567890123", JSON_VALID},
    {"-1234567890123456789012345678901234567890123456789012345678901234567890.5e7", JSON_VALID},
    {"\"a\\\"b\"", JSON_VALID},
    {"\"a\\\\\"", JSON_VALID},
    {"\"\\q\"", JSON_VALID}, /* escapes are the decoder's business */
    {"true", JSON_VALID},
    {"", JSON_INVALID},
    {"{", JSON_INVALID},
    {"}", JSON_INVALID},
    {"[", JSON_INVALID},
    {"[}", JSON_INVALID},
    {"{]", JSON_INVALID},
    {"{\"a\"}", JSON_INVALID},
    {"{\"a\":}", JSON_INVALID},
    {"{\"a\":1,}", JSON_INVALID},
    {"{,}", JSON_INVALID},
    {"[1,]", JSON_INVALID},
    {"[,1]", JSON_INVALID},
    {"[1 2]", JSON_INVALID},
    {"{a:1}", JSON_INVALID},
    {"{'a':1}", JSON_INVALID},
    {"{\"a\":1}}", JSON_INVALID},
    {"{\"a\":1} x", JSON_INVALID},
    {"{\"a\":1}{\"b\":2}", JSON_INVALID},
    {"{\"a\" 1}", JSON_INVALID},
    {"{\"a\"::1}", JSON_INVALID},
    {"[01]", JSON_INVALID},
    {"[1.]", JSON_INVALID},
    {"[.5]", JSON_INVALID},
    {"[1e]", JSON_INVALID},
    {"[+1]", JSON_INVALID},
    {"[0x1]", JSON_INVALID},
    {"[NaN]", JSON_INVALID},
    {"[truex]", JSON_INVALID},
    {"[tru]", JSON_INVALID},
    {"\"abc", JSON_INVALID},
    {"\"abc\\\"", JSON_INVALID},
    {"{\"a\":\"b", JSON_INVALID},
    {"[[[[[[[[[[1]]]]]]]]]]", JSON_TOO_DEEP},
};

static void structure(void **state) {
    (void)state;
    struct json_index index;
    json_init(&index);
    for (size_t i = 0; i < sizeof structures / sizeof *structures; i++) {
        struct slice text = slice_str(structures[i].text);
        enum json_result got = json_build(&index, mask_kernels(cpu_detect()), text, 9);
        if (got != structures[i].want) fail_msg("%s: got %d", structures[i].text, (int)got);
        if (got == JSON_VALID && text.len > 0) assert_true(json_is_likely(text));
    }
    json_fini(&index);
}

static void members_values_and_views(void **state) {
    (void)state;
    struct slice rec = SLICE(
        "{\"a\" : \"x\\\"y\", \"b\":{\"c\":[10,\"z\"]},\"d\":-1.5,\"e\":[\"p\", 77],\"f\":true}");
    struct json_index index;
    json_init(&index);
    assert_int_equal(json_build(&index, mask_kernels(CPU_PORTABLE), rec, 64), JSON_VALID);
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const values[] = {"\"x\\\"y\"", "{\"c\":[10,\"z\"]}", "[10,\"z\"]",
                                         "-1.5",       "[\"p\", 77]",        "true"};
    static const enum json_kind kinds[] = {JSON_STRING, JSON_OBJECT, JSON_ARRAY,
                                           JSON_NUMBER, JSON_ARRAY,  JSON_WORD};
    assert_int_equal(index.n_members, 6);
    for (size_t i = 0; i < 6; i++) {
        struct span value;
        const struct json_member *m = &index.members[i];
        assert_true(slice_eq_str(slice_sub(rec, m->key_start, m->key_end), keys[i]));
        assert_int_equal(json_value(&index, m->value, &value), kinds[i]);
        assert_true(slice_eq_str(slice_sub(rec, value.start, value.end), values[i]));
    }
    struct span view, key;
    size_t at = (size_t)((const uint8_t *)memmem(rec.ptr, rec.len, "77", 2) - rec.ptr);
    assert_true(json_view_at(&index, at + 1, &view));
    assert_int_equal(view.start, at);
    assert_int_equal(view.end, at + 2);
    assert_true(json_key_of(&index, view.start, &key));
    assert_true(slice_eq_str(slice_sub(rec, key.start, key.end), "e"));
    assert_true(json_view_at(&index, 8, &view));
    assert_true(slice_eq_str(slice_sub(rec, view.start, view.end), "x\\\"y"));
    assert_true(json_key_of(&index, view.start, &key));
    assert_true(slice_eq_str(slice_sub(rec, key.start, key.end), "a"));
    assert_false(json_view_at(&index, 0, &view));
    json_fini(&index);
}

/* A random value; the text grows by it. */
static size_t random_value(uint64_t *seed, char *text, unsigned depth) {
    static const char *const scalars[] = {"1",          "-2.5",    "null", "\"\"",
                                          "\"a\\\"b\"", "\"x y\"", "[]",   "{}"};
    const unsigned kind = depth < 4 ? (unsigned)(test_random(seed) % 3) : 0;
    if (kind == 0) return (size_t)sprintf(text, "%s", scalars[test_random(seed) % 8]);
    size_t len = (size_t)sprintf(text, "%s", kind == 1 ? "[ " : "{");
    const size_t n = test_random(seed) % 4;
    for (size_t i = 0; i < n; i++) {
        if (i > 0) len += (size_t)sprintf(text + len, ", ");
        if (kind == 2) len += (size_t)sprintf(text + len, "\"k%zu\" : ", i);
        len += random_value(seed, text + len, depth + 1);
    }
    return len + (size_t)sprintf(text + len, "%s", kind == 1 ? "]" : "}");
}

/* The leaves in order are what is found by asking at each byte. */
static void leaves(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    struct json_index index;
    json_init(&index);
    for (int round = 0; round < 5000; round++) {
        char text[8192];
        const struct slice rec = slice_of(text, random_value(&seed, text, 0));
        assert_int_equal(json_build(&index, mask_kernels(CPU_PORTABLE), rec, 64), JSON_VALID);
        struct json_cursor cursor = {0};
        struct json_leaf leaf;
        size_t behind = 0;
        while (json_next_leaf(&index, &cursor, &leaf)) {
            struct span view, key;
            for (; behind < leaf.text.start; behind++)
                assert_false(json_view_at(&index, behind, &view));
            behind = leaf.text.end;
            if (leaf.text.end == leaf.text.start) continue;
            assert_true(json_view_at(&index, leaf.text.start, &view));
            assert_int_equal(view.start, leaf.text.start);
            assert_int_equal(view.end, leaf.text.end);
            assert_int_equal(leaf.is_string, json_is_inside(&index, view.start));
            assert_int_equal(leaf.is_key, json_in_key(&index, view.start));
            assert_int_equal(leaf.reach, json_reach(&index, view.start));
            const bool has_key = json_key_of(&index, view.start, &key);
            assert_int_equal(has_key, leaf.key.end > leaf.key.start);
            if (has_key) assert_int_equal(key.start, leaf.key.start);
        }
    }
    json_fini(&index);
}

/* Removing the elements marked X: what stays must be what is written. */
struct cut_case {
    const char *text, *want;
};
static const struct cut_case cuts[] = {
    {"{\"a\":\"X\"}", "{}"},
    {"{\"a\":\"X\",\"b\":1}", "{\"b\":1}"},
    {"{\"a\":1,\"b\":\"X\"}", "{\"a\":1}"},
    {"{\"a\":1, \"b\":\"X\", \"c\":2}", "{\"a\":1, \"c\":2}"},
    {"{\"a\":\"X\",\"b\":\"X\"}", "{}"},
    {"{\"a\":1,\"b\":\"X\",\"c\":\"X\"}", "{\"a\":1}"},
    {"{\"a\":\"X\",\"b\":\"X\",\"c\":1}", "{\"c\":1}"},
    {"{\"a\":\"X\",\"b\":1,\"c\":\"X\"}", "{\"b\":1}"},
    {"[\"X\",\"X\",1,\"X\"]", "[1]"},
    {"[1, \"X\"]", "[1]"},
    {"{\"o\":{\"a\":\"X\"},\"b\":\"X\"}", "{\"o\":{}}"},
};

static void cutting_elements(void **state) {
    (void)state;
    struct json_index index;
    json_init(&index);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct slice rec = slice_str(cuts[i].text);
        assert_int_equal(json_build(&index, mask_kernels(CPU_PORTABLE), rec, 64), JSON_VALID);
        char got[128];
        size_t n = 0, from = 0, prev_end = 0;
        bool kept = true;
        for (size_t at = 0; at + 3 <= rec.len; at++) {
            if (memcmp(rec.ptr + at, "\"X\"", 3) != 0) continue;
            struct span cut = json_cut(&index, (struct span){at, at + 3}, &prev_end, &kept);
            memcpy(got + n, rec.ptr + from, cut.start - from);
            n += cut.start - from;
            from = cut.end;
        }
        memcpy(got + n, rec.ptr + from, rec.len - from);
        n += rec.len - from;
        if (!slice_eq_str(slice_of(got, n), cuts[i].want))
            fail_msg("%s: got %.*s", cuts[i].text, (int)n, got);
    }
    json_fini(&index);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(structure),
                                       cmocka_unit_test(members_values_and_views),
                                       cmocka_unit_test(leaves),
                                       cmocka_unit_test(cutting_elements)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
