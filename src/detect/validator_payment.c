/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of payment and of US social security. */
#include "detect/validator_list.h"

enum { PAN_MIN = 12, PAN_MAX = 19, IBAN_MIN = 15, IBAN_MAX = 34 };

/* The digits of `value`, separators (blank, plus, dash, dot) left out. Returns their number; 0: too
 * many, or another byte. */
static size_t digits_of(struct slice value, uint8_t *out, size_t cap) {
    size_t n = 0;
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i];
        if (byte_is_digit(c)) {
            if (n == cap) return 0;
            out[n++] = (uint8_t)(c - '0');
        } else if (c != ' ' && c != '+' && c != '-' && c != '.') {
            return 0;
        }
    }
    return n;
}

/* ISO/IEC 7812-1 annex B. Numbers of one repeated digit pass the sum and are refused. */
bool accepts_luhn(struct slice value) {
    uint8_t d[PAN_MAX];
    const size_t n = digits_of(value, d, PAN_MAX);
    if (n < 2) return false;
    unsigned sum = 0, alike = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned digit = d[n - 1 - i];
        const unsigned twice = digit * 2;
        sum += i % 2 == 0 ? digit : twice > 9 ? twice - 9 : twice;
        alike += d[i] == d[0];
    }
    return sum % 10 == 0 && alike < n;
}

/* Issuer identification numbers as the networks publish them (ISO/IEC 7812; en.wikipedia.org/wiki/
 * Payment_card_number lists the public ranges). Bit k of `lengths`: a number of 12 + k digits
 * exists. */
#define LEN(n)    (1u << ((n)-PAN_MIN))
#define LEN_16_19 (LEN(16) | LEN(17) | LEN(18) | LEN(19))
static const struct issuer {
    uint32_t first, last; /* of the first `digits` digits */
    uint8_t digits;
    uint8_t lengths;
} issuers[] = {
    {4, 4, 1, LEN(13) | LEN(16) | LEN(19)},           /* Visa */
    {51, 55, 2, LEN(16)},                             /* Mastercard */
    {2221, 2720, 4, LEN(16)},                         /* Mastercard, 2-series */
    {34, 34, 2, LEN(15)},                             /* American Express */
    {37, 37, 2, LEN(15)},                             /* American Express */
    {6011, 6011, 4, LEN_16_19},                       /* Discover */
    {644, 659, 3, LEN_16_19},                         /* Discover, RuPay, Troy, Elo */
    {300, 305, 3, LEN(14)},                           /* Diners Club International */
    {3095, 3095, 4, LEN(14)},                         /* Diners Club International */
    {36, 36, 2, LEN(14)},                             /* Diners Club International */
    {38, 39, 2, LEN(14)},                             /* Diners Club International */
    {3528, 3589, 4, LEN_16_19},                       /* JCB */
    {62, 62, 2, LEN(14) | LEN(15) | LEN_16_19},       /* UnionPay */
    {81, 82, 2, LEN_16_19},                           /* UnionPay, RuPay */
    {2200, 2204, 4, LEN_16_19},                       /* Mir */
    {9792, 9792, 4, LEN(16)},                         /* Troy */
    {508, 508, 3, LEN(16)},                           /* RuPay */
    {606282, 606282, 6, LEN(16)},                     /* Hipercard */
    {506699, 506778, 6, LEN(16)},                     /* Elo */
    {506099, 506198, 6, LEN(16) | LEN(18) | LEN(19)}, /* Verve */
    {5018, 5020, 4, LEN(12) | LEN(13) | LEN(14) | LEN(15) | LEN_16_19}, /* Maestro, Dankort */
    {5038, 5038, 4, LEN(12) | LEN(13) | LEN(14) | LEN(15) | LEN_16_19}, /* Maestro */
    {500000, 504999, 6, LEN(16) | LEN(18) | LEN(19)},                   /* Maestro */
    {6304, 6304, 4, LEN(16) | LEN(18) | LEN(19)},                       /* Maestro */
    {56, 58, 2, LEN(16) | LEN(18) | LEN(19)},                           /* Maestro */
    {676, 677, 3, LEN(16) | LEN(18) | LEN(19)},                         /* Maestro */
    {6759, 6759, 4, LEN(16) | LEN(18) | LEN(19)},                       /* Maestro */
};

bool accepts_issuer(struct slice value) {
    uint8_t d[PAN_MAX];
    const size_t n = digits_of(value, d, PAN_MAX);
    if (n < PAN_MIN) return false;
    for (size_t i = 0; i < sizeof issuers / sizeof issuers[0]; i++) {
        if (!(issuers[i].lengths & LEN(n))) continue;
        uint32_t prefix = 0;
        for (size_t k = 0; k < issuers[i].digits; k++) prefix = prefix * 10 + d[k];
        if (prefix >= issuers[i].first && prefix <= issuers[i].last) return true;
    }
    return false;
}

/* ISO/IEC 7813: both tracks of a stripe begin with the number of the card and end it with a mark
 * (`^`, `=`, which readers print as `D`, too). */
bool accepts_track(struct slice value) {
    size_t start = 0;
    while (start < value.len && !byte_is_digit(value.ptr[start])) start++;
    size_t n = start;
    while (n < value.len && byte_is_digit(value.ptr[n])) n++;
    const struct slice number = slice_sub(value, start, n);
    return n < value.len && accepts_luhn(number) && accepts_issuer(number);
}

/* Length of an account number by country: the IBAN registry of ISO 13616 (SWIFT, release 99), and
 * the lengths countries outside of the registry use. */
static const struct iban_country {
    char code[3];
    uint8_t len;
} iban_countries[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AO", 25}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16},
    {"BF", 28}, {"BG", 22}, {"BH", 22}, {"BI", 27}, {"BJ", 28}, {"BR", 29}, {"BY", 28}, {"CF", 27},
    {"CG", 27}, {"CH", 21}, {"CI", 28}, {"CM", 27}, {"CR", 22}, {"CV", 25}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"DZ", 26}, {"EE", 20}, {"EG", 29}, {"ES", 24},
    {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GA", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23},
    {"GL", 18}, {"GQ", 27}, {"GR", 27}, {"GT", 28}, {"GW", 25}, {"HN", 28}, {"HR", 21}, {"HU", 28},
    {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IR", 26}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KM", 27},
    {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21},
    {"LY", 25}, {"MA", 28}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MG", 27}, {"MK", 19}, {"ML", 28},
    {"MN", 20}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"MZ", 25}, {"NE", 28}, {"NI", 28}, {"NL", 18},
    {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24},
    {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24},
    {"SM", 27}, {"SN", 28}, {"SO", 23}, {"ST", 25}, {"SV", 28}, {"TD", 27}, {"TG", 28}, {"TL", 23},
    {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
};

static size_t iban_length(uint8_t a, uint8_t b) {
    for (size_t i = 0; i < sizeof iban_countries / sizeof iban_countries[0]; i++)
        if (iban_countries[i].code[0] == a && iban_countries[i].code[1] == b)
            return iban_countries[i].len;
    return 0;
}

/* ISO 13616-1: the first four characters go to the end, letters become 10 to 35, the whole is 1
 * modulo 97 (ISO 7064). */
bool accepts_iban(struct slice value) {
    uint8_t text[IBAN_MAX];
    size_t n = 0;
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i];
        if (c == ' ' || c == '-') continue;
        if (!byte_is_alnum(c) || n == IBAN_MAX) return false;
        text[n++] = byte_is_digit(c) ? c : (uint8_t)(byte_lower(c) - 32);
    }
    if (n < IBAN_MIN || n != iban_length(text[0], text[1])) return false;
    if (!byte_is_digit(text[2]) || !byte_is_digit(text[3])) return false;
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = text[(i + 4) % n];
        rest =
            byte_is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10u)) % 97;
    }
    return rest == 1;
}

/* www.ssa.gov/employer/randomization.html: no area 000, 666 or 900-999, no group 00, no serial
 * 0000. The two numbers that advertisements made public (www.ssa.gov/history/ssn/misused.html)
 * belong to nobody. */
bool accepts_ssn(struct slice value) {
    uint8_t d[9];
    if (digits_of(value, d, 9) != 9) return false;
    const unsigned area = d[0] * 100u + d[1] * 10u + d[2];
    const unsigned group = d[3] * 10u + d[4];
    const unsigned serial = d[5] * 1000u + d[6] * 100u + d[7] * 10u + d[8];
    if (area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0) return false;
    return !(area == 78 && group == 5 && serial == 1120) &&
           !(area == 219 && group == 9 && serial == 9999);
}
