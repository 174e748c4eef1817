/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"
#include "test.h"

struct fixture {
    struct diag_source source;
    struct arena arena;
    struct diags diags;
    struct yaml *root;
};

static struct fixture *parse(struct fixture *f, const char *text) {
    *f = (struct fixture){.source = {"f.yaml", slice_str(text)}};
    arena_init(&f->arena);
    diags_init(&f->diags);
    f->root = yaml_parse(&f->source, &f->arena, &f->diags);
    return f;
}

static void done(struct fixture *f) {
    diags_fini(&f->diags);
    arena_fini(&f->arena);
}

/* Fails unless the bytes the node claims are `want`. */
static void stands_at(const struct fixture *f, const struct yaml *node, const char *want) {
    assert_non_null(node);
    assert_true(node->off + node->len <= f->source.text.len);
    const struct slice got = slice_sub(f->source.text, node->off, node->off + node->len);
    if (!slice_eq_str(got, want))
        fail_msg("got '%.*s', wanted '%s'", (int)got.len, (const char *)got.ptr, want);
}

static void tree_of_all_kinds(void **state) {
    (void)state;
    struct fixture f;
    parse(&f, "plain: a b\n'single': 'it''s'\ndouble: \"\\u00e9\\0x\"\nflow: {k: [1, 2]}\n"
              "list:\n  - x\n  - y: z\nblock: |\n  l1\n  l2\nnone:\n");
    assert_non_null(f.root);
    assert_false(diags_has_error(&f.diags));
    assert_int_equal(f.root->kind, YAML_MAP);
    assert_int_equal(f.root->n, 7);
    const struct yaml *node = yaml_get(f.root, "plain");
    assert_true(slice_eq_str(node->text, "a b"));
    assert_false(node->quoted);
    assert_int_equal(node->text.ptr[node->text.len], 0);
    stands_at(&f, node, "a b");
    node = yaml_get(f.root, "single");
    assert_true(slice_eq_str(node->text, "it's"));
    assert_true(node->quoted);
    stands_at(&f, node, "'it''s'");
    stands_at(&f, f.root->keys[1], "'single'");
    node = yaml_get(f.root, "double");
    assert_true(slice_eq(node->text, SLICE("\xc3\xa9\0x")));
    stands_at(&f, node, "\"\\u00e9\\0x\"");
    node = yaml_get(yaml_get(f.root, "flow"), "k");
    assert_int_equal(node->kind, YAML_SEQ);
    assert_int_equal(node->n, 2);
    stands_at(&f, node, "[");
    stands_at(&f, node->items[1], "2");
    node = yaml_get(f.root, "list");
    assert_int_equal(node->n, 2);
    stands_at(&f, yaml_get(node->items[1], "y"), "z");
    assert_true(yaml_get(f.root, "block")->quoted);
    assert_true(slice_eq_str(yaml_get(f.root, "block")->text, "l1\nl2\n"));
    assert_int_equal(yaml_get(f.root, "none")->text.len, 0);
    assert_null(yaml_get(f.root, "nothing"));
    assert_null(yaml_get(NULL, "x"));
    assert_null(yaml_get(node, "x"));
    done(&f);
}

/* libyaml counts characters; what stands before the node has 1 to 4 bytes a character. */
static void offsets_are_bytes(void **state) {
    (void)state;
    static const char *const before[] = {"# e\n",
                                         "# \xc3\xa9\n",
                                         "# \xe2\x82\xac\xe2\x82\xac\n",
                                         "# \xf0\x9f\x98\x80 \xc3\xa9\r\n",
                                         "\xef\xbb\xbf",
                                         "\xef\xbb\xbf# \xe2\x82\xac\n",
                                         "\xc3\xa9: '\xf0\x9f\x98\x80'\n"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "%sk\xc3\xa9y: \"v\xe2\x82\xac\" # \xc3\xa9\nlast: [\xc3\xa9, end]\n", before[i]);
        struct fixture f;
        parse(&f, text);
        assert_non_null(f.root);
        stands_at(&f, yaml_get(f.root, "k\xc3\xa9y"), "\"v\xe2\x82\xac\"");
        stands_at(&f, yaml_get(f.root, "last")->items[0], "\xc3\xa9");
        stands_at(&f, yaml_get(f.root, "last")->items[1], "end");
        stands_at(&f, f.root->keys[f.root->n - 1], "last");
        done(&f);
    }
}

/* What is refused, and where the message points. */
static const struct {
    const char *name, *text, *place, *message;
    bool has_tree;
} refused[] = {
    {"duplicate", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1:", "the key 'a' stands here twice", true},
    {"anchor", "a: &x 1\n", "f.yaml:1:4:", "anchors", true},
    {"alias", "\xc3\xa9: *x\n", "f.yaml:1:5:", "aliases", true},
    {"alias as key", "*x : 1\n", "f.yaml:1:1:", "aliases", true},
    {"tag", "a: !!str 1\n", "f.yaml:1:4:", "tags", true},
    {"tag on a sequence", "a: !x [1]\n", "f.yaml:1:4:", "tags", true},
    {"anchor on a map", "a: &x {b: 1}\n", "f.yaml:1:4:", "anchors", true},
    {"sequence as key", "? [a]\n: b\n", "f.yaml:1:3:", "a key must be plain text", true},
    {"two documents", "a: 1\n---\nb: 2\n", "f.yaml:2:1:", "second document", false},
    {"syntax", "# \xc3\xa9\na: [1}\n", "f.yaml:2:6:", "not valid YAML", false},
    {"tab", "\xe2\x82\xac:\n\tb: 1\n", "f.yaml:2:1:", "not valid YAML", false},
    {"not UTF-8", "# \xc3\xa9\na: \xff\n", "f.yaml:2:4:", "not valid YAML", false},
    {"UTF-16",
     "\xff\xfe"
     "a",
     "f.yaml:1:1:", "not valid YAML", false},
};

static void refusals_point_at_the_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        print_message("%s\n", refused[i].name);
        struct fixture f;
        struct buf out;
        parse(&f, refused[i].text);
        assert_true(diags_has_error(&f.diags));
        assert_int_equal(f.root != NULL, refused[i].has_tree);
        buf_init(&out, 0);
        diags_print(&f.diags, &out);
        buf_byte(&out, 0);
        assert_int_equal(strncmp((const char *)out.ptr, refused[i].place, strlen(refused[i].place)),
                         0);
        assert_non_null(strstr((const char *)out.ptr, refused[i].message));
        buf_fini(&out);
        done(&f);
    }
}

static void empty_files_are_silent(void **state) {
    (void)state;
    static const char *const texts[] = {"", "\n\n", "# only a comment\n"};
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        parse(&f, texts[i]);
        assert_null(f.root);
        assert_int_equal(f.diags.n, 0);
        done(&f);
    }
}

static void depth_is_bounded(void **state) {
    (void)state;
    for (size_t depth = 1; depth < 100; depth++) {
        char text[256] = "";
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        struct fixture f;
        parse(&f, text);
        assert_int_equal(f.root != NULL, depth <= YAML_MAX_DEPTH);
        assert_int_equal(f.diags.n_errors, depth > YAML_MAX_DEPTH);
        done(&f);
    }
}

static void nodes_are_bounded(void **state) {
    (void)state;
    const size_t n = YAML_MAX_NODES + 10;
    char *text = malloc(2 * n + 3);
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i < n; i++) memcpy(text + 1 + 2 * i, "1,", 2);
    memcpy(text + 1 + 2 * n, "]", 2);
    struct fixture f;
    parse(&f, text);
    assert_null(f.root);
    assert_int_equal(f.diags.n_errors, 1);
    done(&f);
    free(text);
}

static void keys_are_checked(void **state) {
    (void)state;
    static const char *const names[] = {"pattern", "keywords"};
    struct fixture f;
    parse(&f, "patern: x\nkeywords: [a]\nother: 1\n");
    yaml_check_keys(f.root, names, 2, &f.diags);
    yaml_check_keys(NULL, names, 2, &f.diags);
    yaml_check_keys(yaml_get(f.root, "keywords"), names, 2, &f.diags);
    assert_int_equal(f.diags.n_errors, 2);
    struct buf out;
    buf_init(&out, 0);
    diags_print(&f.diags, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.ptr, "f.yaml:1:1: error: unknown key 'patern'\n"
                                               "  1 | patern: x\n"
                                               "    | ^~~~~~ did you mean 'pattern'?\n"
                                               "f.yaml:3:1: error: unknown key 'other'\n"
                                               "  3 | other: 1\n"
                                               "    | ^~~~~\n"
                                               "2 errors\n");
    buf_fini(&out);
    done(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_of_all_kinds),          cmocka_unit_test(offsets_are_bytes),
        cmocka_unit_test(refusals_point_at_the_byte), cmocka_unit_test(empty_files_are_silent),
        cmocka_unit_test(depth_is_bounded),           cmocka_unit_test(nodes_are_bounded),
        cmocka_unit_test(keys_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
