/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "transform/keyring.h"

/* Keys of the tests, obviously none. In messages no run of these digits may stand. */
#define KEY_A "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0"
#define KEY_B "B1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1B1"
#define KEY_X "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
#define HEAD  "logwash-keyring 1\n"

/* Reads `text`; the messages go to `out`, NUL-terminated. */
static struct keyring *read_ring(const char *text, struct buf *out) {
    const struct diag_source src = {"ring", slice_str(text)};
    struct diags diags;
    diags_init(&diags);
    struct keyring *ring = keyring_read(&src, &diags);
    assert_int_equal(ring == NULL, diags_has_error(&diags));
    buf_reset(out);
    diags_print(&diags, out);
    buf_byte(out, 0);
    diags_fini(&diags);
    return ring;
}

static void good_rings(void **state) {
    (void)state;
    static const char *const texts[] = {
        HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A "\nepoch k2 2026-07-01T00:00:00Z " KEY_B "\n",
        "# head\r\n\r\nlogwash-keyring 1 # version\r\n\tepoch  k1\t2026-01-01T00:00:00Z " KEY_A
        "  # old\r\n  \r\nepoch k2 "
        "2026-07-01T00:00:00Z " KEY_B,
    };
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < 2; i++) {
        struct keyring *ring = read_ring(texts[i], &out);
        if (!ring) fail_msg("%s", (const char *)out.ptr);
        assert_int_equal(keyring_epochs(ring), 2);
        const struct epoch *one = keyring_epoch(ring, 0), *two = keyring_epoch(ring, 1);
        assert_string_equal(one->id, "k1");
        assert_string_equal(two->id, "k2");
        assert_int_equal(one->from_sec, 1767225600);
        assert_int_equal(two->from_sec, 1782864000);
        for (int k = 0; k < KEYRING_KEY_LEN; k++)
            assert_true(one->key[k] == 0xa0 && two->key[k] == 0xb1);
        assert_int_equal(keyring_at(ring, INT64_MIN), 0); /* the first covers earlier times */
        assert_int_equal(keyring_at(ring, 1782864000 - 1), 0);
        assert_int_equal(keyring_at(ring, 1782864000), 1);
        assert_int_equal(keyring_at(ring, INT64_MAX), 1);
        assert_true(keyring_has_id(ring, SLICE("k1")));
        assert_true(keyring_has_id(ring, SLICE("k2")));
        assert_true(keyring_has_id(ring, SLICE("x")));
        assert_false(keyring_has_id(ring, SLICE("k")));
        assert_false(keyring_has_id(ring, SLICE("k11")));
        assert_false(keyring_has_id(ring, SLICE("")));
        keyring_free(ring);
    }
    keyring_free(NULL);
    buf_fini(&out);
}

static const struct {
    const char *name, *text, *place, *message;
} bad[] = {
    {"empty", "", "ring:1:1:", "no epoch"},
    {"no epoch", HEAD, "ring:2:1:", "no epoch"},
    {"no header", "epoch k1 2026-01-01T00:00:00Z " KEY_A "\n", "ring:1:1:", "begins with"},
    {"only a key", KEY_A "\n", "ring:1:1:", "begins with"},
    {"other version", "logwash-keyring 2\n", "ring:1:1:", "version 1"},
    {"key in the header", "logwash-keyring " KEY_A "\n", "ring:1:1:", "version 1"},
    {"unknown kind", HEAD "epok k1 2026-01-01T00:00:00Z " KEY_A "\n", "ring:2:1:", "not a line"},
    {"reserved kind", HEAD "tenant t1 " KEY_A "\n", "ring:2:1:", "newer version"},
    {"destroyed with its key", HEAD "destroyed k1 2026-01-01T00:00:00Z " KEY_A "\n",
     "ring:2:1:", "'destroyed ID TIME'"},
    {"destroyed without time", HEAD "destroyed k1 " KEY_A "\n", "ring:2:14:", "written like"},
    {"destroyed later",
     HEAD "epoch k2 2026-02-01T00:00:00Z " KEY_A "\ndestroyed k1 2026-01-01T00:00:00Z\n",
     "ring:3:14:", "oldest first"},
    {"destroyed twice",
     HEAD "destroyed k1 2026-01-01T00:00:00Z\nepoch k1 2026-02-01T00:00:00Z " KEY_A "\n",
     "ring:3:7:", "twice"},
    {"the last destroyed",
     HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A "\ndestroyed k2 2026-02-01T00:00:00Z\n",
     "ring:4:1:", "the last epoch has no key"},
    {"all destroyed", HEAD "destroyed k1 2026-01-01T00:00:00Z\n", "ring:3:1:", "no epoch"},
    {"key without time", HEAD "epoch k1 " KEY_A "\n", "ring:2:1:", "'epoch ID TIME KEY'"},
    {"key without id", HEAD "epoch " KEY_A "\n", "ring:2:1:", "'epoch ID TIME KEY'"},
    {"key as id", HEAD "epoch " KEY_A " 2026-01-01T00:00:00Z k1\n", "ring:2:7:", "1 to 8"},
    {"one word more", HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A " " KEY_B "\n",
     "ring:2:1:", "'epoch ID TIME KEY'"},
    {"many words", HEAD "epoch k1 2026-01-01T00:00:00Z a b c d e f " KEY_B "\n",
     "ring:2:1:", "'epoch ID TIME KEY'"},
    {"short key", HEAD "epoch k1 2026-01-01T00:00:00Z a0a0a0a0\n", "ring:2:31:", "64 hex digits"},
    {"long key", HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A "a0\n", "ring:2:31:", "64 hex digits"},
    {"no hex",
     HEAD "epoch k1 2026-01-01T00:00:00Z g"
          "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0\n",
     "ring:2:31:", "64 hex digits"},
    {"id too long", HEAD "epoch abcdefghi 2026-01-01T00:00:00Z " KEY_A "\n", "ring:2:7:", "1 to 8"},
    {"id in upper case", HEAD "epoch K1 2026-01-01T00:00:00Z " KEY_A "\n", "ring:2:7:", "1 to 8"},
    {"id x", HEAD "epoch x 2026-01-01T00:00:00Z " KEY_A "\n", "ring:2:7:", "one run"},
    {"id twice",
     HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A "\nepoch k1 2026-02-01T00:00:00Z " KEY_B "\n",
     "ring:3:7:", "twice"},
    {"key twice",
     HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A "\nepoch k2 2026-02-01T00:00:00Z " KEY_A "\n",
     "ring:3:31:", "same key"},
    {"order",
     HEAD "epoch k1 2026-02-01T00:00:00Z " KEY_A "\nepoch k2 2026-01-01T00:00:00Z " KEY_B "\n",
     "ring:3:10:", "oldest first"},
    {"same time",
     HEAD "epoch k1 2026-02-01T00:00:00Z " KEY_A "\nepoch k2 2026-02-01T00:00:00Z " KEY_B "\n",
     "ring:3:10:", "oldest first"},
    {"time with zone", HEAD "epoch k1 2026-02-01T00:00:00+01:00 " KEY_A "\n",
     "ring:2:10:", "written like"},
    {"no such day", HEAD "epoch k1 2026-02-29T00:00:00Z " KEY_A "\n", "ring:2:10:", "written like"},
    {"no such hour", HEAD "epoch k1 2026-02-01T24:00:00Z " KEY_A "\n",
     "ring:2:10:", "written like"},
    {"old key in a comment", HEAD "# " KEY_A "\nepoch k1 soon " KEY_B " # " KEY_A "\n",
     "ring:3:10:", "written like"},
    {"NUL", HEAD "epoch k\1 2026-01-01T00:00:00Z " KEY_A "\n", "ring:2:7:", "1 to 8"},
};

static void refused_without_key_bytes(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("%s\n", bad[i].name);
        assert_null(read_ring(bad[i].text, &out));
        const char *text = (const char *)out.ptr;
        if (strncmp(text, bad[i].place, strlen(bad[i].place)) != 0)
            fail_msg("wanted %s, got %s", bad[i].place, text);
        assert_non_null(strstr(text, bad[i].message));
        assert_null(strstr(text, "0a0"));
        assert_null(strstr(text, "a0a"));
        assert_null(strstr(text, "1b1"));
    }
    buf_fini(&out);
}

static void all_problems_at_once(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    assert_null(
        read_ring(HEAD "epoch K1 soon zz\nwhat\nepoch k2 2026-01-01T00:00:00Z " KEY_A "\n", &out));
    assert_non_null(strstr((const char *)out.ptr, "\n4 errors\n"));
    assert_non_null(strstr((const char *)out.ptr, "  2 | epoch \xe2\x80\xa6\n"));
    buf_fini(&out);
}

static void epochs_are_bounded(void **state) {
    (void)state;
    struct buf text, out;
    buf_init(&text, 0);
    buf_init(&out, 0);
    buf_str(&text, HEAD);
    for (int i = 0; i <= KEYRING_MAX_EPOCHS; i++) {
        buf_printf(&text, "epoch e%d %d-01-01T00:00:00Z %064x\n", i, 1980 + i, i + 1);
        struct buf copy;
        buf_init(&copy, 0);
        buf_slice(&copy, buf_view(&text));
        buf_byte(&copy, 0);
        struct keyring *ring = read_ring((const char *)copy.ptr, &out);
        assert_int_equal(ring != NULL, i < KEYRING_MAX_EPOCHS);
        if (ring) assert_int_equal(keyring_epochs(ring), i + 1);
        keyring_free(ring);
        buf_fini(&copy);
    }
    buf_fini(&text);
    buf_fini(&out);
}

static void written_rings_are_read(void **state) {
    (void)state;
    uint8_t key[KEYRING_KEY_LEN];
    for (int i = 0; i < KEYRING_KEY_LEN; i++) key[i] = (uint8_t)(i * 9);
    struct buf text, out;
    buf_init(&text, 0);
    buf_init(&out, 0);
    assert_true(keyring_write_new("k7", 1767225600, key, &text));
    buf_byte(&text, 0);
    struct keyring *ring = read_ring((const char *)text.ptr, &out);
    assert_non_null(ring);
    assert_string_equal(keyring_epoch(ring, 0)->id, "k7");
    assert_int_equal(keyring_epoch(ring, 0)->from_sec, 1767225600);
    assert_memory_equal(keyring_epoch(ring, 0)->key, key, sizeof key);
    keyring_free(ring);
    assert_false(keyring_write_new("x", 0, key, &text));
    assert_false(keyring_write_new("", 0, key, &text));
    assert_false(keyring_write_new("a b", 0, key, &text));
    assert_false(keyring_write_new("k1", INT64_MAX, key, &text));
    buf_fini(&text);
    buf_fini(&out);
}

/* The text without its NUL, read. */
static struct keyring *read_buf(struct buf *text, struct buf *out) {
    assert_true(buf_byte(text, 0));
    text->len--;
    return read_ring((const char *)text->ptr, out);
}

/* The epoch behind a destroyed one holds for its time, too; its id stays known. */
static void destroyed_epochs(void **state) {
    (void)state;
    static const char ring_text[] = "# of us\n" HEAD "epoch k1 2026-01-01T00:00:00Z " KEY_A "\n"
                                    "epoch  k2 2026-02-01T00:00:00Z " KEY_B " # b\r\n"
                                    "epoch k3 2026-03-01T00:00:00Z 00" KEY_X;
    struct buf text, less, out;
    buf_init(&text, 0), buf_init(&less, 0), buf_init(&out, 0);
    assert_true(keyring_write_destroyed(slice_str(ring_text), "k2", &text));
    assert_null(memmem(text.ptr, text.len, "1b1", 3));
    struct keyring *ring = read_buf(&text, &out);
    assert_non_null(ring);
    assert_int_equal(keyring_epochs(ring), 2);
    assert_int_equal(keyring_gone(ring), 1);
    assert_string_equal(keyring_gone_epoch(ring, 0)->id, "k2");
    assert_true(keyring_has_id(ring, SLICE("k2")));
    assert_string_equal(keyring_epoch(ring, 1)->id, "k3");
    assert_int_equal(keyring_at(ring, 1769904000 - 1), 0);
    assert_int_equal(keyring_at(ring, 1769904000), 1); /* k2's first second */
    keyring_free(ring);
    assert_true(keyring_write_destroyed(buf_view(&text), "k1", &less));
    assert_true(slice_starts(buf_view(&less), SLICE("# of us\n")));
    ring = read_buf(&less, &out);
    assert_non_null(ring);
    assert_int_equal(keyring_epochs(ring), 1);
    assert_int_equal(keyring_gone(ring), 2);
    assert_int_equal(keyring_at(ring, 0), 0);
    keyring_free(ring);
    buf_fini(&text), buf_fini(&less), buf_fini(&out);
}

static void added_epochs_and_their_ids(void **state) {
    (void)state;
    static const char *const ids[][2] = {{"k7", "k8"},     {"k9", "k10"},
                                         {"a", "a2"},      {"abcdefgh", "abcdefg2"},
                                         {"1999", "2000"}, {"abcdefg9", "abcdef10"},
                                         {"99999999", "0"}};
    uint8_t key[KEYRING_KEY_LEN] = {7};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char id[KEYRING_ID_MAX + 1];
        struct buf text, more, out;
        buf_init(&text, 0), buf_init(&more, 0), buf_init(&out, 0);
        buf_printf(&text, HEAD "epoch %s 2026-01-01T00:00:00Z " KEY_A, ids[i][0]);
        struct keyring *ring = read_buf(&text, &out);
        assert_non_null(ring);
        keyring_next_id(ring, id);
        assert_string_equal(id, ids[i][1]);
        keyring_free(ring);
        assert_true(keyring_write_added(buf_view(&text), id, 1767225601, key, &more));
        ring = read_buf(&more, &out);
        assert_non_null(ring);
        assert_int_equal(keyring_epochs(ring), 2);
        assert_string_equal(keyring_epoch(ring, 1)->id, id);
        assert_memory_equal(keyring_epoch(ring, 1)->key, key, sizeof key);
        keyring_free(ring);
        buf_fini(&text), buf_fini(&more), buf_fini(&out);
    }
}

static void ring_of_a_run(void **state) {
    (void)state;
    uint8_t key[KEYRING_KEY_LEN] = {1, 2, 3};
    struct keyring *ring = keyring_of_run(key);
    assert_non_null(ring);
    assert_int_equal(keyring_epochs(ring), 1);
    assert_string_equal(keyring_epoch(ring, 0)->id, "x");
    assert_memory_equal(keyring_epoch(ring, 0)->key, key, sizeof key);
    assert_int_equal(keyring_at(ring, INT64_MIN), 0);
    keyring_free(ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rings),
        cmocka_unit_test(refused_without_key_bytes),
        cmocka_unit_test(all_problems_at_once),
        cmocka_unit_test(epochs_are_bounded),
        cmocka_unit_test(written_rings_are_read),
        cmocka_unit_test(destroyed_epochs),
        cmocka_unit_test(added_epochs_and_their_ids),
        cmocka_unit_test(ring_of_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
