/* SPDX-License-Identifier: Apache-2.0 */
/* Expected tokens come from another implementation (Python's hmac and base64): they must never
 * change, or the tokens of yesterday's logs are lost. */
#include "codec.h"
#include "test.h"
#include "transform/crypto.h"
#include "transform/pseudonym.h"
#include "transform/value_hash.h"

/* RFC 4231 sections 4.2 to 4.5 */
static const struct {
    const char *key, *message, *mac; /* hex */
} hmac_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
     "ddddddd",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
     "dcdcdcd",
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
};

static void hmac_vectors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hmac_cases / sizeof *hmac_cases; i++) {
        struct buf key, message;
        struct hmac_key schedule;
        uint8_t mac[HMAC_LEN];
        char hex[2 * HMAC_LEN + 1] = "";
        buf_init(&key, 0);
        buf_init(&message, 0);
        assert_true(hex_decode(slice_str(hmac_cases[i].key), &key));
        assert_true(hex_decode(slice_str(hmac_cases[i].message), &message));
        hmac_key_init(&schedule, buf_view(&key));
        hmac_sha256(&schedule, buf_view(&message), mac);
        hex_encode(slice_of(mac, sizeof mac), hex);
        assert_string_equal(hex, hmac_cases[i].mac);
        buf_fini(&key);
        buf_fini(&message);
    }
}

/* RFC 5869 appendices A.1 and A.3 */
static void hkdf_vectors(void **state) {
    (void)state;
    uint8_t key[22], salt[13], info[10], out[42];
    char hex[85] = "";
    memset(key, 0x0b, sizeof key);
    for (size_t i = 0; i < sizeof salt; i++) salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof info; i++) info[i] = (uint8_t)(0xf0 + i);
    const struct slice k = {key, sizeof key}, none = {NULL, 0};
    assert_true(
        hkdf_sha256(k, slice_of(salt, sizeof salt), slice_of(info, sizeof info), out, sizeof out));
    hex_encode(slice_of(out, sizeof out), hex);
    assert_string_equal(
        hex,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    assert_true(hkdf_sha256(k, none, none, out, sizeof out));
    hex_encode(slice_of(out, sizeof out), hex);
    assert_string_equal(
        hex,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

enum { EMAIL, IPV4, IPV6, MAC, PHONE, USERNAME, N_TEST_CLASSES };
static const struct pseudonym_class test_classes[] = {
    {"email", FORM_LOWER}, {"ipv4", FORM_IP},  {"ipv6", FORM_IP},
    {"mac", FORM_MAC},     {"phone", FORM_ID}, {"username", FORM_BYTES}};

struct fixture {
    struct keyring *ring;
    struct pseudonymizer *p;
    struct pseudonym_scratch *scratch;
    struct buf out;
};

/* Epoch k1 has the key 00 01 02 … 1f, k2 20 … 3f; with `run` the first is the key of a run. */
static void set_up(struct fixture *f, bool run, unsigned n_chars) {
    uint8_t keys[64];
    for (int i = 0; i < 64; i++) keys[i] = (uint8_t)i;
    if (run) {
        f->ring = keyring_of_run(keys);
    } else {
        char hex[128], text[400];
        hex_encode(slice_of(keys, 64), hex);
        snprintf(text, sizeof text,
                 "logwash-keyring 1\nepoch k1 2026-01-01T00:00:00Z %.64s\nepoch k2 "
                 "2026-02-01T00:00:00Z %.64s\n",
                 hex, hex + 64);
        const struct diag_source src = {"ring", slice_str(text)};
        struct diags diags;
        diags_init(&diags);
        f->ring = keyring_read(&src, &diags);
        diags_fini(&diags);
    }
    assert_non_null(f->ring);
    f->p = pseudonymizer_new(f->ring, test_classes, N_TEST_CLASSES, n_chars);
    assert_non_null(f->p);
    f->scratch = pseudonym_scratch_new(f->p);
    assert_non_null(f->scratch);
    buf_init(&f->out, 0);
}

static void tear_down(struct fixture *f) {
    pseudonym_scratch_free(f->scratch);
    pseudonymizer_free(f->p);
    keyring_free(f->ring);
    buf_fini(&f->out);
}

static const char *make(struct fixture *f, size_t class_index, size_t epoch, struct slice value) {
    buf_reset(&f->out);
    assert_true(pseudonym_make(f->p, f->scratch, class_index, epoch, value, &f->out));
    assert_true(buf_byte(&f->out, 0));
    return (const char *)f->out.ptr;
}

static const struct {
    size_t class_index, epoch;
    const char *value, *token;
} golden[] = {
    {EMAIL, 0, "alice@example.com", "email_k1_f7vutk3wlzqvtmruqeyoeph5xi"},
    {EMAIL, 1, "alice@example.com", "email_k2_3pz3covg6oedqwuupzci2iuhy6"},
    {EMAIL, 0, "Alice@EXAMPLE.com", "email_k1_f7vutk3wlzqvtmruqeyoeph5xi"},
    {IPV4, 0, "192.0.2.1", "ipv4_k1_yqvsoiskq2jacgkkuwldx5p7tj"},
    {IPV4, 0, "192.000.002.001", "ipv4_k1_yqvsoiskq2jacgkkuwldx5p7tj"},
    {IPV4, 0, "::ffff:192.0.2.1", "ipv4_k1_yqvsoiskq2jacgkkuwldx5p7tj"},
    {IPV4, 0, "::FFFF:c000:0201", "ipv4_k1_yqvsoiskq2jacgkkuwldx5p7tj"},
    {IPV6, 0, "2001:db8::1", "ipv6_k1_zrf2eexfowfllb35kbdnuiji7r"},
    {IPV6, 0, "2001:0DB8:0:0:0:0:0:1", "ipv6_k1_zrf2eexfowfllb35kbdnuiji7r"},
    {MAC, 0, "02:00:5e:00:53:ff", "mac_k1_ejgovytmxgn6jyqhhk6v4cabkh"},
    {MAC, 0, "02-00-5E-00-53-FF", "mac_k1_ejgovytmxgn6jyqhhk6v4cabkh"},
    {MAC, 0, "0200.5e00.53ff", "mac_k1_ejgovytmxgn6jyqhhk6v4cabkh"},
    {PHONE, 0, "+15550100", "phone_k1_5acln3qiwksihqqx4as22bmyl6"},
    {PHONE, 0, "+1 (555) 01-00", "phone_k1_5acln3qiwksihqqx4as22bmyl6"},
    {USERNAME, 0, "Alice", "username_k1_7z4ueq6mmv3blmkuybvdlc6su2"},
    {USERNAME, 0, "", "username_k1_3kbl3bl6gcbvina4pe3oalj4xj"},
};

static void golden_tokens(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f, false, 0);
    for (int round = 0; round < 2; round++) /* the second time from the cache */
        for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
            assert_string_equal(make(&f, golden[i].class_index, golden[i].epoch,
                                     slice_str(golden[i].value)),
                                golden[i].token);
    char longer[300];
    memset(longer, 'a', sizeof longer);
    assert_string_equal(make(&f, USERNAME, 0, slice_of(longer, 300)),
                        "username_k1_4xfj5epp4ab2qbfyvvhp7ntghl");
    tear_down(&f);
}

static void lengths_of_tokens(void **state) {
    (void)state;
    static const char whole[] = "f7vutk3wlzqvtmruqeyoeph5xiqld5c6zrtafddfua2rjouv7mja";
    struct fixture f;
    for (unsigned n = PSEUDONYM_MIN_CHARS; n <= PSEUDONYM_MAX_CHARS; n++) {
        set_up(&f, n % 2, n);
        const char *token = make(&f, EMAIL, 0, SLICE("alice@example.com"));
        const char *tail = token + (n % 2 ? strlen("email_x_") : strlen("email_k1_"));
        assert_int_equal(strlen(tail), n);
        assert_memory_equal(tail, whole, n);
        tear_down(&f);
    }
    set_up(&f, true, 0);
    assert_string_equal(make(&f, EMAIL, 0, SLICE("alice@example.com")), "email_x_f7vutk3w");
    tear_down(&f);
}

/* A value without the normal form of its class stands for itself, and for nothing else. */
static void odd_values_stay_apart(void **state) {
    (void)state;
    static const struct {
        size_t class_index;
        const char *a, *b;
    } cases[] = {{IPV4, "192.0.2.1", "192.0.2.1:80"},
                 {IPV4, "999.1.1.1", "999.1.1.2"},
                 {IPV6, "fe80::1", "fe80::1%eth0"},
                 {MAC, "02:00:5e:00:53:ff", "02:00:5e:00:53"},
                 {MAC, "zz:00", "zz:01"},
                 {PHONE, "15550100", "+15550100"},
                 {PHONE, "()", "[]"},
                 {PHONE, "+", "-"},
                 {PHONE, "1\xc3\xa9", "1\xc3\xa8"},
                 {USERNAME, "Alice", "alice"},
                 {EMAIL, "\xc3\x89@a.de", "\xc3\xa9@a.de"}};
    struct fixture f;
    set_up(&f, false, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char first[64];
        snprintf(first, sizeof first, "%s",
                 make(&f, cases[i].class_index, 0, slice_str(cases[i].a)));
        assert_string_not_equal(first, make(&f, cases[i].class_index, 0, slice_str(cases[i].b)));
    }
    tear_down(&f);
}

/* Far more values than the cache holds, in any order, for two classes and epochs: each token is the
 * one a fresh scratch gives. */
static void cache_never_lies(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    struct fixture f;
    set_up(&f, false, 0);
    for (int round = 0; round < 30000; round++) {
        const uint64_t r = test_random(&seed);
        char value[100], cached[64];
        const int len =
            snprintf(value, sizeof value, "%*d", (int)(r % 80) + 1, (int)(r >> 8) % 100);
        const struct slice v = slice_of(value, (size_t)len);
        const size_t class_index = r >> 40 & 1 ? USERNAME : PHONE, epoch = r >> 41 & 1;
        snprintf(cached, sizeof cached, "%s", make(&f, class_index, epoch, v));
        if (round % 100 == 0) {
            pseudonym_scratch_free(f.scratch);
            f.scratch = pseudonym_scratch_new(f.p);
            assert_non_null(f.scratch);
        }
        struct pseudonym_scratch *used = f.scratch;
        if (round % 16 == 0) {
            f.scratch = pseudonym_scratch_new(f.p);
            assert_non_null(f.scratch);
            assert_string_equal(make(&f, class_index, epoch, v), cached);
            pseudonym_scratch_free(f.scratch);
        }
        f.scratch = used;
        assert_string_equal(make(&f, class_index, epoch, v), cached);
    }
    tear_down(&f);
}

/* The token of `a`, then of `b` (16 bytes each), of one hash: the second must not be the first
 * one's. */
static void collide(struct fixture *f, size_t class_a, size_t epoch_a, size_t class_b,
                    size_t epoch_b, const uint64_t a[2], const uint64_t b[2]) {
    const struct slice va = slice_of(a, 16), vb = slice_of(b, 16);
    char token[64];
    assert_true(hash_value(class_a, epoch_a, va) == hash_value(class_b, epoch_b, vb));
    pseudonym_scratch_free(f->scratch);
    f->scratch = pseudonym_scratch_new(f->p);
    assert_non_null(f->scratch);
    snprintf(token, sizeof token, "%s", make(f, class_b, epoch_b, vb));
    pseudonym_scratch_free(f->scratch);
    f->scratch = pseudonym_scratch_new(f->p);
    assert_non_null(f->scratch);
    make(f, class_a, epoch_a, va);
    assert_string_equal(make(f, class_b, epoch_b, vb), token);
}

static void equal_hashes_stay_apart(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f, false, 0);
    uint64_t a[2], b[2];
    memcpy(a, "alice@example.co", 16);
    /* same class and epoch, the second word makes good what the first one changed */
    const uint64_t start = hash_step(USERNAME << 16, 16);
    b[0] = a[0] ^ 1;
    b[1] = a[1] ^ hash_step(start, a[0]) ^ hash_step(start, b[0]);
    collide(&f, USERNAME, 0, USERNAME, 0, a, b);
    /* same value up to the first word, other epoch or class */
    b[1] = a[1];
    b[0] = a[0] ^ start ^ hash_step(USERNAME << 16 | 1 << 8, 16);
    collide(&f, USERNAME, 0, USERNAME, 1, a, b);
    b[0] = a[0] ^ start ^ hash_step(EMAIL << 16, 16);
    collide(&f, USERNAME, 0, EMAIL, 0, a, b);
    tear_down(&f);
}

static void a_full_buffer_is_told(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f, false, 0);
    struct buf small;
    buf_init(&small, 10);
    assert_false(pseudonym_make(f.p, f.scratch, EMAIL, 0, SLICE("a@b.de"), &small));
    buf_fini(&small);
    tear_down(&f);
    pseudonym_scratch_free(NULL);
    pseudonymizer_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(hkdf_vectors),
        cmocka_unit_test(golden_tokens),
        cmocka_unit_test(lengths_of_tokens),
        cmocka_unit_test(odd_values_stay_apart),
        cmocka_unit_test(cache_never_lies),
        cmocka_unit_test(equal_hashes_stay_apart),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
