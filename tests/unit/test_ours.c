/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ours.h"
#include "test.h"

struct whole_case {
    const char *value;
    bool want;
};

static const struct whole_case wholes[] = {
    {"[REDACTED:github_token]", true},
    {"[WITHHELD:record]", true},
    {"[REDACTED:limit]", true},
    {"[REDACTED:hunter2]", false},
    {"email_x_abcdefgh", true},
    {"email_k7_abcdefghijklmnopqrstuvwxyz", true},
    {"aws_access_key_k7_abcdefgh", true},
    {"************1111", true},
    {"***", true},
    {"[REDACTED:x]hunter2", false},
    {"x[REDACTED:x]", false},
    {"[REDACTED:]", false},
    {"[REDACTED:x", false},
    {"[redacted:x]", false},
    {"email_x_abcdefg", false},   /* 7 characters */
    {"email_zz_abcdefgh", false}, /* unknown key id */
    {"emails_x_abcdefgh", false}, /* no class */
    {"email_x_abcdefg1", false},  /* 1 is not in the alphabet */
    {"email_x_ABCDEFGH", false},
    {"_x_abcdefgh", false},
    {"*1111", false},
    {"**pass1", false},
    {"", false},
};

static struct keyring *ring_k7(void) {
    static const char text[] = "logwash-keyring 1\nepoch k7 2026-01-01T00:00:00Z "
                               "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    struct diag_source src = {"ring", SLICE("")};
    struct diags diags;
    src.text = slice_str(text);
    diags_init(&diags);
    struct keyring *ring = keyring_read(&src, &diags);
    diags_fini(&diags);
    return ring;
}

static void whole_values(void **state) {
    (void)state;
    struct keyring *ring = ring_k7();
    assert_non_null(ring);
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++)
        if (ours_is_whole(slice_str(wholes[i].value), ring) != wholes[i].want)
            fail_msg("'%s'", wholes[i].value);
    keyring_free(ring);
}

/* Every byte of the span, and none beside it. */
static void spans_within_text(void **state) {
    (void)state;
    static const char *const texts[] = {"ip=|[REDACTED:jwt]|, next", "a |email_x_abcdefgh|.",
                                        "|[WITHHELD:record]|", "u=|ipv4_x_aaaaaaaa|:80"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *first = strchr(texts[i], '|'), *second = strchr(first + 1, '|');
        char text[64];
        int len = sprintf(text, "%.*s%.*s%s", (int)(first - texts[i]), texts[i],
                          (int)(second - first - 1), first + 1, second + 1);
        size_t start = (size_t)(first - texts[i]), end = start + (size_t)(second - first - 1);
        for (size_t at = 0; at < (size_t)len; at++) {
            struct span span = {0, 0};
            bool found = ours_at(slice_of(text, (size_t)len), at, NULL, &span);
            if (found != (at >= start && at < end)) fail_msg("%s at %zu", text, at);
            if (found && (span.start != start || span.end != end))
                fail_msg("%s at %zu: span", text, at);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_values),
                                       cmocka_unit_test(spans_within_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
