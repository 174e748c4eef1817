/* SPDX-License-Identifier: Apache-2.0 */
#include "record/view.h"
#include "test.h"

/* The last view of a field, and where a range of it came from. */
struct view_case {
    const char *name, *raw;
    size_t n_views;
    const char *last; /* text of the last view */
    const char *pick; /* a part of it … */
    const char *from; /* … and the raw bytes it stands for */
};

static const struct view_case cases[] = {
    {"plain text has no views", "alice@corp.com", 0, NULL, NULL, NULL},
    {"a lone backslash is no escape", "C:\\windows", 0, NULL, NULL, NULL},
    {"percent", "u=alice%40corp.com", 1, "u=alice@corp.com", "alice@corp.com", "alice%40corp.com"},
    {"percent at both ends", "%61lice%6d", 1, "alicem", "alicem", "%61lice%6d"},
    {"json unicode", "a \\u0040 b", 1, "a @ b", "@", "\\u0040"},
    {"json surrogate pair", "x\\ud83d\\ude00y", 1, "x\xf0\x9f\x98\x80y", "y", "y"},
    {"two levels", "{\\\"m\\\":\\\"a\\\\u0040b\\\"}", 2, "{\"m\":\"a@b\"}", "a@b", "a\\\\u0040b"},
    {"an escaped backslash", "\\\\\\u0040", 1, "\\@", "@", "\\u0040"},
    {"ansi splits a token", "gh\x1b[31mp_abc\x1b[0m", 1, "ghp_abc", "ghp_abc", "gh\x1b[31mp_abc"},
    {"json then ansi", "gh\\u001b[31mp_x", 2, "ghp_x", "ghp_x", "gh\\u001b[31mp_x"},
    {"json then percent", "\\u002540", 2, "@", "@", "\\u002540"},
    {"percent then json", "a%5Cu0040b", 2, "a@b", "@", "%5Cu0040"},
    {"percent then two levels", "%5C%5Cu0040%22", 3, "@\"", "@", "%5C%5Cu0040"},
    {"percent then ansi", "a%1B%5B31m%40b", 2, "a@b", "a@b", "a%1B%5B31m%40b"},
    {"percent, json, ansi", "a%5Cu001b%5B0mb", 3, "ab", "b", "b"},
    {"json, percent, json", "\\u0025%35Cu0040", 4, "@", "@", "\\u0025%35Cu0040"},
    {"rounded outwards to whole escapes", "a%40b%40c", 1, "a@b@c", "@b@", "%40b%40"},
    {"hex and octal escapes", "{\\x22a\\042:1", 1, "{\"a\":1", "\"a\"", "\\x22a\\042"},
    {"hex in json", "\\\\x22a", 2, "\"a", "\"", "\\\\x22"},
    {"no octal", "C:\\480 \\x2g", 0, NULL, NULL, NULL},
    {"references", "&lt;a&#62;&#x22;b", 1, "<a>\"b", ">\"", "&#62;&#x22;"},
    {"references twice", "&amp;quot;b&amp;quot;", 2, "\"b\"", "b\"", "b&amp;quot;"},
    {"json then references", "\\u0026lt;a", 2, "<a", "<", "\\u0026lt;"},
    {"no references", "a&b=1&#;&#x110000;&#1;&lt", 0, NULL, NULL, NULL},
    {"broken percent stays", "100% sure %4", 0, NULL, NULL, NULL},
    {"trailing backslash", "abc\\", 0, NULL, NULL, NULL},
};

static void views_and_maps(void **state) {
    (void)state;
    struct view_store store;
    view_init(&store, mask_kernels(CPU_PORTABLE), 64);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct view_case *c = &cases[i];
        struct slice raw = slice_str(c->raw);
        view_reset(&store);
        assert_true(view_add(&store, raw, (struct span){0, raw.len}, false));
        if (store.n_views != c->n_views)
            fail_msg("%s: %zu views, wanted %zu", c->name, store.n_views, c->n_views);
        if (c->n_views == 0) continue;
        const struct view *v = &store.views[store.n_views - 1];
        struct slice text = slice_sub(buf_view(&store.text), v->text.start, v->text.end);
        if (!slice_eq_str(text, c->last))
            fail_msg("%s: last view is '%.*s'", c->name, (int)text.len, (const char *)text.ptr);
        const uint8_t *at = memmem(text.ptr, text.len, c->pick, strlen(c->pick));
        assert_non_null(at);
        size_t start = v->text.start + (size_t)(at - text.ptr);
        struct span back = view_to_raw(&store, v, (struct span){start, start + strlen(c->pick)});
        struct slice from = slice_sub(raw, back.start, back.end);
        if (!slice_eq_str(from, c->from))
            fail_msg("%s: stands for '%.*s'", c->name, (int)from.len, (const char *)from.ptr);
        assert_ptr_equal(view_find(&store, start), v);
    }
    view_fini(&store);
}

/* Every byte of every view maps to a raw range, in order, within the field, and plain bytes map to
 * themselves. */
static void random_fields(void **state) {
    (void)state;
    static const char *const parts[] = {"a",       "\\",      "\\\\", "%4",     "%40",  "\\u0040",
                                        "\\u005c", "\x1b[1m", "\x1b", "\"",     "\\\"", "%",
                                        "\\n",     "z",       "%5c",  "%1b[0m", "%25"};
    uint64_t seed = test_seed();
    struct view_store store;
    view_init(&store, mask_kernels(CPU_PORTABLE), 64);
    for (int round = 0; round < 20000; round++) {
        char raw[128] = "..";
        size_t len = 2, n = test_random(&seed) % 12;
        for (size_t i = 0; i < n; i++)
            len += (size_t)sprintf(raw + len, "%s",
                                   parts[test_random(&seed) % (sizeof parts / sizeof *parts)]);
        view_reset(&store);
        assert_true(view_add(&store, slice_of(raw, len), (struct span){2, len}, false));
        for (size_t k = 0; k < store.n_views; k++) {
            const struct view *v = &store.views[k];
            size_t before = 2;
            for (size_t at = v->text.start; at < v->text.end; at++) {
                struct span back = view_to_raw(&store, v, (struct span){at, at + 1});
                assert_true(back.start < back.end && back.end <= len && back.start + 1 >= before);
                if (back.end - back.start == 1)
                    assert_int_equal(raw[back.start], store.text.ptr[at]);
                before = back.start;
            }
        }
    }
    view_fini(&store);
}

/* The leaves of documents in a string, each with its key, its level and the raw bytes it stands
 * for. */
static void documents_in_strings(void **state) {
    (void)state;
    static const struct {
        const char *text, *key, *from;
        unsigned level;
        bool is_bare, is_hidden;
    } want[] = {
        {"a", "", "a", 1, false, false},
        {"12", "a", "12", 1, true, false},
        {"b", "", "\\u0062", 1, false, false},
        {"{\\\"c\\\":[1,\\\"d\\\"]}", "b", "{\\\\\\\"c\\\\\\\":[1,\\\\\\\"d\\\\\\\"]}", 1, false,
         true},
        {"e\\n", "", "e\\\\n", 1, false, true},
        {"c", "", "c", 2, false, false},
        {"1", "c", "1", 2, true, false},
        {"d", "c", "d", 2, false, false},
        {"e\n", "", "e\\\\n", 2, false, false},
    };
    const char *raw = "{\\\"a\\\":12,\\\"\\u0062\\\":\\\"{\\\\\\\"c\\\\\\\":[1,\\\\\\\"d\\\\\\\"]}"
                      "\\\",\\\"e\\\\n\\\":[]}";
    const struct slice field = slice_str(raw);
    struct view_store store;
    view_init(&store, mask_kernels(CPU_PORTABLE), 64);
    assert_true(view_add(&store, field, (struct span){0, field.len}, true));
    assert_int_equal(store.n_documents, 2);
    assert_int_equal(store.n_views, sizeof want / sizeof *want);
    assert_true(view_hides(&store, 0));
    assert_int_equal(view_unescaped(&store, 0, 0), 0);
    assert_int_equal(view_unescaped(&store, 4, 0), 0);
    assert_int_equal(view_unescaped(&store, 5, 0), 9);
    for (size_t i = 0; i < store.n_views; i++) {
        const struct view *v = &store.views[i];
        const struct slice text = buf_view(&store.text);
        assert_true(slice_eq_str(slice_sub(text, v->text.start, v->text.end), want[i].text));
        assert_true(slice_eq_str(slice_sub(text, v->key.start, v->key.end), want[i].key));
        assert_true(slice_eq_str(slice_sub(field, v->raw.start, v->raw.end), want[i].from));
        assert_int_equal(v->level, want[i].level);
        assert_int_equal(v->is_bare, want[i].is_bare);
        assert_int_equal(v->is_hidden, want[i].is_hidden);
        assert_ptr_equal(view_find(&store, v->text.start), v);
    }
    view_fini(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(documents_in_strings),
                                       cmocka_unit_test(views_and_maps),
                                       cmocka_unit_test(random_fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
