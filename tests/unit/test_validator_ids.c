/* SPDX-License-Identifier: Apache-2.0 */
/* Check digits: sample numbers pass, with another check character they do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "detect/id_kinds.h"
#include "detect/validator.h"

static bool judge(const char *name, const char *value) {
    const struct validator *validator = validator_find(slice_str(name));
    assert_non_null(validator);
    return validator->accepts(slice_str(value));
}

/* Written as the country writes them: unmistakable. */
static const char *const sharp[] = {"12345678Z",          "X2482300W",          "Y8063915-Z",
                                    "RSSMRA85T10A562S",   "131052-308T",        "131052A308T",
                                    "811228-9874",        "19811228-9874",      "756.9217.0769.85",
                                    "DE136695976",        "ATU13585627",        "DK13585628",
                                    "FI20774740",         "IT00743110157",      "CHE-100.155.212",
                                    "11010519491231002X", "27AAPFU0939F1ZV",    "S9108268C",
                                    "T7572225C",          "529.982.247-25",     "20-12345678-6",
                                    "12.345.678-5",       "11.222.333/0001-81", "1-2345-67890-12-1",
                                    "85.07.30-033.28",    "736028/5163",        "1M8GDM9AXKP042788",
                                    "91110000A00B5C6D7Y",

                                    "0-12-3-456-78901-6", "T20LL1234G"};

static void written_numbers_pass(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sharp / sizeof sharp[0]; i++) {
        if (!judge("id_form", sharp[i])) fail_msg("id_form should accept '%s'", sharp[i]);
        if (!judge("id_check", sharp[i])) fail_msg("id_check should accept '%s'", sharp[i]);
    }
}

static void another_last_character_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sharp / sizeof sharp[0]; i++) {
        char value[32];
        const size_t len = strlen(sharp[i]);
        memcpy(value, sharp[i], len + 1);
        const bool is_digit = byte_is_digit((uint8_t)value[len - 1]);
        for (char c = is_digit ? '0' : 'A'; c <= (is_digit ? '9' : 'Z'); c++) {
            value[len - 1] = c;
            if (c != sharp[i][len - 1] && judge("id_form", value))
                fail_msg("id_form should refuse '%s'", value);
        }
    }
}

static void canadian_numbers_have_their_check_digit_in_front(void **state) {
    (void)state;
    assert_true(judge("id_form", "123456782RC0001"));
    assert_true(judge("id_form", "123456782RT0009"));
    assert_true(judge("id_form", "01.234.567.4-901.000")); /* and Indonesian ones */
    assert_false(judge("id_form", "01.234.567.5-901.000"));
    assert_false(judge("id_form", "123456783RC0001"));
    assert_false(judge("id_form", "123456782XC0001"));
}

/* The suffix of a Dutch number is free where the old check holds, and checked where it does not. */
static void dutch_numbers_have_two_checks(void **state) {
    (void)state;
    assert_true(judge("id_form", "NL123456782B90"));
    assert_true(judge("id_form", "NL002455799B11"));
    assert_false(judge("id_form", "NL123456783B90"));
}

/* Digits alone: the check holds, the form is no proof. */
static void bare_digits_are_no_form(void **state) {
    (void)state;
    static const char *const digits[] = {"10000000146", "44051401359", "9434765919", "1245319599",
                                         "8112289874",  "52998224725", "046454286"};
    for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++) {
        if (!judge("id_check", digits[i])) fail_msg("id_check should accept '%s'", digits[i]);
        if (judge("id_form", digits[i])) fail_msg("id_form should refuse '%s'", digits[i]);
    }
}

static void other_numbers_are_refused(void **state) {
    (void)state;
    static const char *const others[] = {"",
                                         "1",
                                         "00000000000",
                                         "2026-11-23",
                                         "203.0.113.7",
                                         "1446249509",
                                         "14462495091234567890",
                                         "abcdefgh",
                                         "12345678A",
                                         "131352-308T"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (judge("id_form", others[i])) fail_msg("id_form should refuse '%s'", others[i]);
}

/* A text of the row's picture; `seed` chooses digits and letters. */
static void fill(const struct id_kind *kind, uint32_t *seed, char out[32]) {
    static const char any[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t digit = 0; /* without separators */
    for (size_t i = 0;; i++) {
        const char p = kind->picture[i];
        *seed = *seed * 1664525u + 1013904223u;
        const uint32_t dice = *seed >> 8;
        out[i] = p == '9'   ? any[dice % 10]
                 : p == '@' ? any[10 + dice % 26]
                 : p == '#' ? any[dice % 36]
                            : p;
        if (p == '\0') break;
        if (strchr("-. /", p)) continue;
        /* Months and days that can be, or no date would ever be met. */
        if (kind->date != NO_DATE && digit >= kind->date_at) {
            const size_t at = digit - kind->date_at, century = kind->date == CYMD ? 2 : 0;
            if (century && at < 2) out[i] = "19"[at];
            if (at == century + 2) out[i] = kind->date == DMY ? '0' : out[i];
            if (at >= century && at < century + 6 && (at - century) % 2 == 0 && at > century)
                out[i] = '0';
            if (kind->date == DMY && at == 0) out[i] = '0';
        }
        digit++;
    }
}

/* Each row of the table can be met, and is met by few numbers of its picture. */
static void every_row_takes_some_and_refuses_more(void **state) {
    (void)state;
    enum { TRIES = 20000 };
    uint32_t seed = 1;
    for (size_t i = 0; i < n_id_kinds; i++) {
        const struct id_kind *kind = &id_kinds[i];
        if (kind->check[0].scheme == NO_CHECK) continue;
        const char *name = kind->sharp & (SHARP_BARE | SHARP_WRITTEN) ? "id_form" : "id_check";
        size_t taken = 0;
        char text[32];
        for (int k = 0; k < TRIES; k++) {
            fill(kind, &seed, text);
            taken += judge(name, text);
        }
        if (taken == 0) fail_msg("%s: no number of its picture is taken", kind->name);
        if (strcmp(name, "id_form") == 0 && taken > TRIES / 4)
            fail_msg("%s: %zu of %d numbers of its picture are taken", kind->name, taken, TRIES);
    }
}

static void pem_bodies(void **state) {
    (void)state;
    assert_true(
        judge("pem_body", "nT7q9ZkR2vXw4LmP8sJd1YhG6fBc3KeA5uQoVtNxWzHrEiMyDgFjSbClUaOp0I+x"));
    assert_false(
        judge("pem_body", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    assert_false(
        judge("pem_body", "org/example/build/internal/compiler/GeneratedSourceFactory123456"));
    assert_false(judge("pem_body", "nT7q9ZkR2vXw4LmP8sJd1YhG6fBc3KeA"));
}

static void person_names(void **state) {
    (void)state;
    assert_true(judge("person_name", "Ada King-Noel"));
    assert_false(judge("person_name", "example/repo"));
    assert_false(judge("person_name", "4711"));
    assert_false(judge("person_name", ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_numbers_pass),
        cmocka_unit_test(another_last_character_is_refused),
        cmocka_unit_test(canadian_numbers_have_their_check_digit_in_front),
        cmocka_unit_test(dutch_numbers_have_two_checks),
        cmocka_unit_test(bare_digits_are_no_form),
        cmocka_unit_test(other_numbers_are_refused),
        cmocka_unit_test(every_row_takes_some_and_refuses_more),
        cmocka_unit_test(pem_bodies),
        cmocka_unit_test(person_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
