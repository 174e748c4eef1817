/* SPDX-License-Identifier: Apache-2.0 */
/* Names, split into words, against the keys of a small set of rules; and against a slow twin of the
 * index. */
#include "detect/keyname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

enum { N_RULES = 4, MAX_KEYS = 8 };
static struct slice keys[N_RULES][MAX_KEYS];
static struct rule rules[N_RULES];
static const struct rule_set set = {.rules = rules, .n = N_RULES};

/* Rule 2 has a pattern, no keys. */
static const char *const written[N_RULES][MAX_KEYS] = {
    {"password", "pass-phrase", "*_password", "API Key"},
    {"*_token", "*_secret", "*_access_key", "token"},
    {NULL},
    {"*_token", "s3", "*_oauth2", "apikey", "*_a_b_c_d_e_f_g", "!*_a_token", "!key_token"},
};

static int setup(void **state) {
    for (size_t r = 0; r < N_RULES; r++) {
        rules[r].keys = keys[r];
        while (rules[r].n_keys < MAX_KEYS && written[r][rules[r].n_keys] != NULL) {
            keys[r][rules[r].n_keys] = slice_str(written[r][rules[r].n_keys]);
            rules[r].n_keys++;
        }
    }
    *state = keyname_index_new(&set);
    return *state == NULL;
}

static int teardown(void **state) {
    keyname_index_free(*state);
    return 0;
}

static void test_names(void **state) {
    static const struct {
        const char *name, *rules; /* digits of the rules found */
    } rows[] = {
        {"password", "0"},
        {"Password", "0"},
        {"PASSWORD", "0"},
        {"pass_word", "0"},
        {"passWord", "0"},
        {"pass-phrase", "0"},
        {"passPhrase", "0"},
        {"PASSPHRASE", "0"},
        {"old_pass_phrase", ""},
        {"db.password", "0"},
        {"DBPassword", "0"},
        {"mypassword", ""},
        {"passwords", ""},
        {"password_hint", ""},
        {"api_key", "03"},
        {"apiKey", "03"},
        {"APIKey", "03"},
        {"X-API-KEY", ""},
        {"token", "13"},
        {"githubToken", "13"},
        {"GITHUB_TOKEN", "13"},
        {"oauth2_token", "13"},
        {"oauth2Token", "13"},
        {"token2", "13"},
        {"token_2", "13"},
        {"password1", "0"},
        {"password[1]", "0"},
        {"tokens", ""},
        {"a_token", "1"},
        {"myAToken2", "1"},
        {"key_token", "1"},
        {"a_key_token", "13"},
        {"monkey", ""},
        {"access_key", "1"},
        {"AWSAccessKey", "1"},
        {"aws.access-key", "1"},
        {"aws_accesskey", "1"},
        {"awsaccesskey", ""},
        {"myaccess_key", ""},
        {"s3", "3"},
        {"S3", "3"},
        {"s34", ""},
        {"my_s3", ""},
        {"my_oauth2", "3"},
        {"my_oauth", ""},
        {"a_b_c_d_e_f_g", ""},
        {"x_a_b_c_d_e_f_g", ""},
        {"x_abc_def_g", "3"},
        {"very_many_words_stand_in_front_of_this_token", "13"},
        {"$password", "0"},
        {"@password:", "0"},
        {"user[password]", "0"},
        {"_", ""},
        {"1", ""},
        {"", ""},
        {"caf\xc3\xa9_token", "13"},
        {"\xc3\xa9token", ""},
        {"token\xc3\xa9", ""},
        {"x2345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "012345678901234567890123456789012_token",
         "13"},
        {"x2345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "01234567890123456789012345678901234_token",
         ""},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        uint32_t found[8];
        char text[9] = {0};
        const struct slice name = slice_str(rows[i].name);
        const size_t n = keyname_find(*state, name, found, 8);
        for (size_t k = 0; k < n; k++) text[k] = (char)('0' + found[k]);
        if (strcmp(text, rows[i].rules) != 0)
            fail_msg("%s: found '%s', expected '%s'", rows[i].name, text, rows[i].rules);
        if (n > 0) assert_true(keyname_may_end(*state, name));
    }
}

static void test_cap(void **state) {
    uint32_t found[2] = {99, 99};
    assert_int_equal(keyname_find(*state, SLICE("github_token"), found, 1), 1);
    assert_int_equal(found[0], 1);
    assert_int_equal(found[1], 99);
    assert_int_equal(keyname_find(*state, SLICE("github_token"), found, 0), 0);
}

static void test_may_end(void **state) {
    static const char ends[] = "dDeEnNtTyYgG0129_]-", no[] = "abcABCxz";
    for (size_t i = 0; ends[i] != '\0'; i++) {
        const struct slice last = slice_of((const uint8_t *)ends + i, 1);
        assert_true(keyname_may_end(*state, last));
    }
    for (size_t i = 0; no[i] != '\0'; i++)
        assert_false(keyname_may_end(*state, slice_of((const uint8_t *)no + i, 1)));
    assert_true(keyname_may_end(*state, SLICE("a_Token")));
    assert_false(keyname_may_end(*state, SLICE("forsaken")));
    assert_false(keyname_may_end(*state, SLICE("")));
}

static void test_empty_set(void **state) {
    (void)state;
    const struct rule_set empty = {0};
    uint32_t found[1];
    struct keyname_index *index = keyname_index_new(&empty);
    assert_non_null(index);
    assert_int_equal(keyname_find(index, SLICE("password"), found, 1), 0);
    assert_false(keyname_may_end(index, SLICE("d")));
    assert_false(keyname_may_end(index, SLICE("1")));
    keyname_index_free(index);
    keyname_index_free(NULL);
}

/* ---- the slow twin: words as strings, every suffix compared with every key ---- */

struct words {
    char word[KEYNAME_MAX][KEYNAME_MAX + 1];
    size_t n;
};

static void split(struct slice name, struct words *out) {
    bool open = false;
    out->n = 0;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        if (!byte_is_alnum(c)) {
            open = false;
            continue;
        }
        const bool upper = c >= 'A' && c <= 'Z';
        if (open && upper) {
            const uint8_t before = name.ptr[i - 1];
            const bool before_upper = before >= 'A' && before <= 'Z';
            const bool after_lower =
                i + 1 < name.len && name.ptr[i + 1] >= 'a' && name.ptr[i + 1] <= 'z';
            if (!before_upper || after_lower) open = false;
        }
        if (!open) out->word[out->n++][0] = '\0';
        open = true;
        char *word = out->word[out->n - 1];
        const size_t len = strlen(word);
        word[len] = (char)byte_lower(c);
        word[len + 1] = '\0';
    }
}

static void join(const struct words *words, size_t first, char *out) {
    out[0] = '\0';
    for (size_t i = first; i < words->n; i++) strcat(out, words->word[i]);
}

static bool key_means(const char *key, const struct words *words) {
    static struct words of_key;
    char wanted[2 * KEYNAME_MAX], has[2 * KEYNAME_MAX];
    const bool is_suffix = strncmp(key, "*_", 2) == 0;
    split(slice_str(is_suffix ? key + 2 : key), &of_key);
    join(&of_key, 0, wanted);
    for (size_t first = 0; first < words->n; first++) {
        if (is_suffix ? words->n - first > 6 : first > 0) continue;
        join(words, first, has);
        if (strcmp(has, wanted) == 0) return true;
    }
    return false;
}

static void without_digits(struct words *words) {
    while (words->n > 0) {
        char *word = words->word[words->n - 1];
        size_t len = strlen(word);
        while (len > 0 && byte_is_digit((uint8_t)word[len - 1])) word[--len] = '\0';
        if (len > 0) return;
        words->n--;
    }
}

static void test_twin(void **state) {
    static struct words words;
    static const char *const parts[] = {"password", "Pass", "Phrase", "TOKEN", "token", "access",
                                        "Key",      "API",  "s3",     "a",     "B",     "oauth2",
                                        "_",        "-",    ".",      " ",     "1",     "27",
                                        "KEY",      "_b_",  "_c_",    "d_e",   "_f_g",  "Secret"};
    const char *given = getenv("LOGWASH_SEED");
    const uint64_t first = given ? strtoull(given, NULL, 10) : 1;
    size_t n_found = 0;
    for (uint64_t seed = first; seed < first + (given ? 1 : 50000); seed++) {
        uint64_t random = seed * 0x9e3779b97f4a7c15u;
        char name[KEYNAME_MAX + 16] = "";
        for (uint64_t n = 1 + seed % 7; n > 0; n--) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            strcat(name, parts[(random >> 33) % ROWS(parts)]);
        }
        uint32_t found[N_RULES];
        const size_t n = keyname_find(*state, slice_str(name), found, N_RULES);
        bool expected[N_RULES] = {false}, refused[N_RULES] = {false};
        for (int pass = 0; pass < 2; pass++) {
            split(slice_str(name), &words);
            if (pass == 1) without_digits(&words);
            for (size_t r = 0; r < N_RULES; r++) {
                for (size_t k = 0; k < rules[r].n_keys; k++) {
                    const char *key = written[r][k];
                    if (!key_means(key + (key[0] == '!'), &words)) continue;
                    (key[0] == '!' ? refused : expected)[r] = true;
                }
            }
        }
        size_t at = 0;
        for (uint32_t r = 0; r < N_RULES; r++) {
            if (!expected[r] || refused[r]) continue;
            if (at >= n || found[at] != r)
                fail_msg("seed %llu: rule %u not found", (unsigned long long)seed, r);
            at++;
        }
        if (at != n) fail_msg("seed %llu: %zu found too much", (unsigned long long)seed, n - at);
        n_found += n;
    }
    if (!given) assert_true(n_found > 5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),   cmocka_unit_test(test_cap),
        cmocka_unit_test(test_may_end), cmocka_unit_test(test_empty_set),
        cmocka_unit_test(test_twin),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
