/* SPDX-License-Identifier: Apache-2.0 */
/* Check digits of the numbers that states give to people and firms: one table, one mechanism.
 *
 * A row is a picture of the number and up to two checks. A check multiplies each character's value
 * by its weight, takes the sum modulo m, and looks the expected check character up in `map`:
 *
 *     picture   99999999-@          `9` digit, `@` capital letter, `#` either, `.-/ ` separators,
 *     value     12345678-Z          any other byte itself
 *     weights   14320976...         one character a position: 0-9, A = 10 ... Z = 35
 *     map[r]    TRWAGM...           expected at the position behind the last weight; no map: the
 *                                   remainder must be 0
 *
 * The reference of a row is the body that issues the number; the formulas are those of ISO 7064,
 * ISO/IEC 7812-1 (Luhn) and the publications named beside the rows. */
#include "detect/validator_list.h"

enum { ID_MIN = 8, ID_MAX = 18 };

enum scheme {
    NO_CHECK,
    WEIGHTED,  /* sum of value times weight */
    DIGIT_SUM, /* the same, the decimal digits of each product added (Luhn with weights 1 and 2) */
    LUHN_36,   /* Luhn in base 36 over all but the last character */
    ISO_11_10, /* ISO 7064 section 8, hybrid MOD 11,10 */
    ISO_11_2,  /* ISO 7064 section 7, pure MOD 11-2 */
    VERHOEFF,
    REST_97,  /* the last two digits are 97 less the number before modulo 97 */
    REST_89,  /* the last two digits are the number before modulo 89 */
    PAIR_97,  /* the number and its last two digits are 1 modulo 97 (ISO 7064 MOD 97-10) */
    ODD_EVEN, /* Italian: characters at odd places by a table of their own */
};

struct id_check {
    enum scheme scheme;
    uint8_t from; /* first character that is counted */
    uint8_t modulus;
    const char *weights;
    const char *map;
};

/* Where the date stands in the number: YMD six digits, CYMD eight, DMY six. */
enum date_kind { NO_DATE, YMD, CYMD, DMY };

enum {
    SHARP_BARE = 1,   /* without separators too, nothing else looks like it */
    SHARP_WRITTEN = 2 /* as pictured, with the separators, nothing else looks like it */
};

struct id_kind {
    const char *name;
    const char *picture;
    unsigned sharp;
    enum date_kind date;
    uint8_t date_at; /* without separators */
    struct id_check check[2];
};

#define SUM(from, modulus, weights, map)                                                           \
    { WEIGHTED, from, modulus, weights, map }
#define DIGITS(from, modulus, weights, map)                                                        \
    { DIGIT_SUM, from, modulus, weights, map }
#define WHOLE(scheme, from)                                                                        \
    { scheme, from, 0, NULL, NULL }
#define NO_DATE_AT  NO_DATE, 0
#define TEN         "0987654321"  /* what is missing to the next ten */
#define ELEVEN      "0 987654321" /* to the next eleven; 10 is not issued */
#define ELEVEN_0    "00987654321" /* 10 becomes 0 */
#define ELEVEN_LAST "10987654321" /* only the last digit of it counts */
#define SPAIN       "TRWAGMYFPDXBNJZSQVHLCKE"
#define NIE         "KETRWAGMYFPDXBNJZSQVHLC" /* X, Y, Z for 0, 1, 2: 33 less */
#define FINLAND     "0123456789ABCDEFHJKLMNPRSTUVWXY"
#define LUHN_9      "12121212"
#define LUHN_10     "212121212"
#define LUHN_11     "1212121212"
#define LUHN_13     "121212121212"

static const struct id_kind kinds[] = {
    /* Europe: people. */
    {"ES DNI", "99999999-@", SHARP_BARE, NO_DATE_AT, {SUM(0, 23, "E6JIB8A1", SPAIN)}},
    {"ES NIE", "X-9999999-@", SHARP_BARE, NO_DATE_AT, {SUM(0, 23, "E6JIB8A1", NIE)}},
    {"ES NIE", "Y-9999999-@", SHARP_BARE, NO_DATE_AT, {SUM(0, 23, "E6JIB8A1", NIE)}},
    {"ES NIE", "Z-9999999-@", SHARP_BARE, NO_DATE_AT, {SUM(0, 23, "E6JIB8A1", NIE)}},
    {"IT codice fiscale", "@@@@@@##@##@###@", SHARP_BARE, NO_DATE_AT, {WHOLE(ODD_EVEN, 0)}},
    {"FI henkilotunnus", "999999-999#", SHARP_WRITTEN, DMY, 0, {SUM(0, 31, "EK2PI87A1", FINLAND)}},
    {"FI henkilotunnus", "999999@999#", SHARP_BARE, DMY, 0, {SUM(0, 31, "EK2PI807A1", FINLAND)}},
    {"SE personnummer", "999999-9999", SHARP_WRITTEN, YMD, 0, {DIGITS(0, 10, LUHN_10, TEN)}},
    {"SE personnummer", "99999999-9999", SHARP_WRITTEN, CYMD, 0, {DIGITS(2, 10, LUHN_10, TEN)}},
    {"NO fodselsnummer",
     "999999 99999",
     SHARP_WRITTEN,
     DMY,
     0,
     {SUM(0, 11, "376189452", ELEVEN), SUM(0, 11, "5432765432", ELEVEN)}},
    {"PL PESEL", "99999999999", 0, YMD, 0, {SUM(0, 10, "1379137913", TEN)}},
    {"RO CNP", "9999999999999", 0, YMD, 1, {SUM(0, 11, "279146358279", "01234567891")}},
    {"BG EGN", "9999999999", 0, YMD, 0, {SUM(0, 11, "2485A9736", "01234567890")}},
    {"CZ rodne cislo",
     "999999/9999",
     SHARP_WRITTEN,
     YMD,
     0,
     {SUM(0, 11, "1A1A1A1A1", "01234567890")}},
    {"EE isikukood", "99999999999", 0, YMD, 1, {SUM(0, 11, "1234567891", "0123456789 ")}},
    {"HR OIB", "99999999999", 0, NO_DATE_AT, {WHOLE(ISO_11_10, 0)}},
    {"SI EMSO", "9999999999999", 0, DMY, 0, {SUM(0, 11, "765432765432", ELEVEN)}},
    {"GR AMKA", "99999999999", 0, DMY, 0, {DIGITS(0, 10, LUHN_11, TEN)}},
    {"BE rijksregisternummer", "99.99.99-999.99", SHARP_WRITTEN, YMD, 0, {WHOLE(REST_97, 0)}},
    {"FR NIR", "9 99 99 99 999 999 99", SHARP_WRITTEN, NO_DATE_AT, {WHOLE(REST_97, 0)}},
    {"NL BSN", "999999999", 0, NO_DATE_AT, {SUM(0, 11, "98765432", "0123456789 ")}},
    {"IE PPS", "9999999@", 0, NO_DATE_AT, {SUM(0, 23, "8765432", "WABCDEFGHIJKLMNOPQRSTUV")}},
    {"IE PPS",
     "9999999@A",
     SHARP_BARE,
     NO_DATE_AT,
     {SUM(0, 23, "8765432", "IJKLMNOPQRSTUVWABCDEFGH")}},
    {"CH AHV", "756.9999.9999.99", SHARP_BARE, NO_DATE_AT, {SUM(0, 10, "131313131313", TEN)}},
    {"GB NHS number", "999 999 9999", 0, NO_DATE_AT, {SUM(0, 11, "A98765432", ELEVEN)}},
    {"DE Ausweis", "#########9", 0, NO_DATE_AT, {SUM(0, 10, "731731731", "0123456789")}},
    {"TR kimlik",
     "99999999999",
     0,
     NO_DATE_AT,
     {SUM(0, 10, "797979797", "0123456789"), SUM(0, 10, "1111111111", "0123456789")}},
    /* Europe: firms and taxes; with the country code of Directive 2006/112/EC article 215. */
    {"DE Steuer-ID", "99 999 999 999", 0, NO_DATE_AT, {WHOLE(ISO_11_10, 0)}},
    {"DE VAT", "DE999999999", SHARP_BARE, NO_DATE_AT, {WHOLE(ISO_11_10, 2)}},
    {"AT VAT", "ATU99999999", SHARP_BARE, NO_DATE_AT, {DIGITS(3, 10, "1212121", "6543210987")}},
    {"BE VAT", "BE9999999999", SHARP_BARE, NO_DATE_AT, {WHOLE(REST_97, 2)}},
    {"DK VAT", "DK99999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "27654321", NULL)}},
    {"FI VAT", "FI99999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "79A5842", ELEVEN)}},
    {"FR VAT", "FR99999999999", SHARP_BARE, NO_DATE_AT, {DIGITS(4, 10, LUHN_9, TEN)}},
    {"HU VAT", "HU99999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 10, "9731973", TEN)}},
    {"IT VAT", "IT99999999999", SHARP_BARE, NO_DATE_AT, {DIGITS(2, 10, LUHN_11, TEN)}},
    {"LU VAT", "LU99999999", SHARP_BARE, NO_DATE_AT, {WHOLE(REST_89, 2)}},
    {"NL VAT", "NL999999999B99", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "98765432", "0123456789 ")}},
    {"NL VAT", "NL999999999B99", SHARP_BARE, NO_DATE_AT, {WHOLE(PAIR_97, 0)}},
    {"PL VAT", "PL9999999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "657234567", "0123456789 ")}},
    {"PT VAT", "PT999999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "98765432", ELEVEN_0)}},
    {"SE VAT", "SE999999999901", SHARP_BARE, NO_DATE_AT, {DIGITS(2, 10, LUHN_10, TEN)}},
    {"SI VAT", "SI99999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "8765432", " 0987654321")}},
    {"SK VAT", "SK9999999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "A1A1A1A1A1", NULL)}},
    {"HR VAT", "HR99999999999", SHARP_BARE, NO_DATE_AT, {WHOLE(ISO_11_10, 2)}},
    {"EE VAT", "EE999999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 10, "37137137", TEN)}},
    {"GR VAT", "EL999999999", SHARP_BARE, NO_DATE_AT, {SUM(2, 11, "379A5842", "01234567890")}},
    {"ES VAT", "ES99999999@", SHARP_BARE, NO_DATE_AT, {SUM(2, 23, "E6JIB8A1", SPAIN)}},
    {"CH UID", "CHE-999.999.999", SHARP_BARE, NO_DATE_AT, {SUM(3, 11, "54327654", ELEVEN)}},
    {"PL NIP", "999-999-99-99", 0, NO_DATE_AT, {SUM(0, 11, "657234567", "0123456789 ")}},
    {"PT NIF", "999999999", 0, NO_DATE_AT, {SUM(0, 11, "98765432", ELEVEN_0)}},
    {"GR AFM", "999999999", 0, NO_DATE_AT, {SUM(0, 11, "379A5842", "01234567890")}},
    {"IT partita IVA", "99999999999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_11, TEN)}},
    {"FR SIREN", "999 999 999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_9, TEN)}},
    {"FR SIRET", "999 999 999 99999", 0, NO_DATE_AT, {DIGITS(0, 10, "2121212121212", TEN)}},
    {"SE organisationsnummer", "999999-9999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_10, TEN)}},
    {"RU INN", "9999999999", 0, NO_DATE_AT, {SUM(0, 11, "24A359468", "01234567890")}},
    {"RU INN",
     "999999999999",
     0,
     NO_DATE_AT,
     {SUM(0, 11, "724A359468", "01234567890"), SUM(0, 11, "3724A359468", "01234567890")}},
    /* Asia, Africa, Oceania. */
    {"CN resident identity", "99999999999999999#", SHARP_BARE, CYMD, 6, {WHOLE(ISO_11_2, 0)}},
    {"IN Aadhaar", "9999 9999 9999", 0, NO_DATE_AT, {WHOLE(VERHOEFF, 0)}},
    {"IN GSTIN", "99@@@@@9999@#Z#", SHARP_BARE, NO_DATE_AT, {WHOLE(LUHN_36, 0)}},
    {"SG NRIC", "S9999999@", SHARP_BARE, NO_DATE_AT, {SUM(0, 11, "02765432", "JZIHGFEDCBA")}},
    {"SG NRIC", "T9999999@", SHARP_BARE, NO_DATE_AT, {SUM(0, 11, "02765432", "GFEDCBAJZIH")}},
    {"SG FIN", "F9999999@", SHARP_BARE, NO_DATE_AT, {SUM(0, 11, "02765432", "XWUTRQPNMLK")}},
    {"SG FIN", "G9999999@", SHARP_BARE, NO_DATE_AT, {SUM(0, 11, "02765432", "RQPNMLKXWUT")}},
    {"SG FIN", "M9999999@", SHARP_BARE, NO_DATE_AT, {SUM(0, 11, "02765432", "TRQPNJLKXWU")}},
    {"HK identity card", "@999999#", 0, NO_DATE_AT, {SUM(0, 11, "8765432", "6543210A987")}},
    {"TH identity",
     "9-9999-99999-99-9",
     SHARP_WRITTEN,
     NO_DATE_AT,
     {SUM(0, 11, "DCBA98765432", ELEVEN_LAST)}},
    {"KR resident number",
     "999999-9999999",
     SHARP_WRITTEN,
     YMD,
     0,
     {SUM(0, 11, "234567892345", ELEVEN_LAST)}},
    {"JP My Number", "9999 9999 9999", 0, NO_DATE_AT, {SUM(0, 11, "65432765432", ELEVEN_0)}},
    {"IL Teudat Zehut", "999999999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_9, TEN)}},
    {"ZA identity", "999999 9999 999", 0, YMD, 0, {DIGITS(0, 10, LUHN_13, TEN)}},
    {"AU TFN", "999 999 999", 0, NO_DATE_AT, {SUM(0, 11, "14375869A", NULL)}},
    {"AU ACN", "999 999 999", 0, NO_DATE_AT, {SUM(0, 10, "87654321", TEN)}},
    {"AU Medicare", "9999 99999 9", 0, NO_DATE_AT, {SUM(0, 10, "13791379", "0123456789")}},
    /* The Americas. */
    {"BR CPF",
     "999.999.999-99",
     SHARP_WRITTEN,
     NO_DATE_AT,
     {SUM(0, 11, "A98765432", ELEVEN_0), SUM(0, 11, "BA98765432", ELEVEN_0)}},
    {"BR CNPJ",
     "99.999.999/9999-99",
     SHARP_WRITTEN,
     NO_DATE_AT,
     {SUM(0, 11, "543298765432", ELEVEN_0), SUM(0, 11, "6543298765432", ELEVEN_0)}},
    {"AR CUIT",
     "99-99999999-9",
     SHARP_WRITTEN,
     NO_DATE_AT,
     {SUM(0, 11, "5432765432", "09987654321")}},
    {"CL RUT", "99.999.999-#", SHARP_WRITTEN, NO_DATE_AT, {SUM(0, 11, "32765432", "0K987654321")}},
    {"CL RUT", "9.999.999-#", SHARP_WRITTEN, NO_DATE_AT, {SUM(0, 11, "2765432", "0K987654321")}},
    {"CO NIT",
     "999.999.999-9",
     SHARP_WRITTEN,
     NO_DATE_AT,
     {SUM(0, 11, "847186273", "01987654321")}},
    {"EC cedula", "9999999999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_10, TEN)}},
    {"MX CURP", "@@@@999999@@@@@@#9", SHARP_BARE, YMD, 4, {WHOLE(NO_CHECK, 0)}},
    {"GB driving licence", "@@@@#999999##9@@", SHARP_BARE, NO_DATE_AT, {WHOLE(NO_CHECK, 0)}},
    {"CA SIN", "999-999-999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_9, TEN)}},
    {"US NPI", "9999999999", 0, NO_DATE_AT, {DIGITS(0, 10, LUHN_10, "6543210987")}},
};

static unsigned value_of(uint8_t c) {
    if (byte_is_digit(c)) return c - '0';
    return byte_is_alpha(c) ? (unsigned)byte_lower(c) - 'a' + 10 : 0;
}

static bool is_separator(uint8_t c) { return c == ' ' || c == '-' || c == '.' || c == '/'; }

/* ISO 7064: each position is folded into a running product. Check character included, the result
 * must be 1. */
static bool passes_11_10(const uint8_t *d, size_t n) {
    unsigned product = 10;
    for (size_t i = 0; i + 1 < n; i++) {
        const unsigned sum = (product + d[i]) % 10;
        product = (sum ? sum : 10) * 2 % 11;
    }
    return n > 1 && (product + d[n - 1]) % 10 == 1;
}

/* The check character X stands for 10. */
static bool passes_11_2(const uint8_t *d, size_t n) {
    unsigned rest = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        if (d[i] > 9) return false;
        rest = (rest + d[i]) * 2 % 11;
    }
    if (d[n - 1] > 9 && d[n - 1] != value_of('X')) return false;
    const unsigned last = d[n - 1] > 9 ? 10 : d[n - 1];
    return (rest + last) % 11 == 1;
}

/* J. Verhoeff, "Error Detecting Decimal Codes" (1969): the dihedral group of ten elements and a
 * permutation by place. */
static unsigned dihedral(unsigned a, unsigned b) {
    if (a < 5) return b < 5 ? (a + b) % 5 : (a + b - 5) % 5 + 5;
    return b < 5 ? (a - 5 + 5 - b) % 5 + 5 : (a + 5 - b) % 5;
}

static bool passes_verhoeff(const uint8_t *d, size_t n) {
    static const uint8_t step[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = d[n - 1 - i];
        for (size_t k = 0; k < i % 8; k++) digit = step[digit];
        sum = dihedral(sum, digit);
    }
    return sum == 0;
}

/* N. Wagner and P. Putter, Luhn in base N: places from the right count once and twice in turn. */
static bool passes_luhn_36(const uint8_t *d, size_t n) {
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        const unsigned product = d[i] * (i % 2 ? 2u : 1u);
        sum += product / 36 + product % 36;
    }
    return (sum + d[n - 1]) % 36 == 0;
}

static unsigned number_modulo(const uint8_t *d, size_t n, unsigned modulus) {
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) rest = (rest * (d[i] > 9 ? 100 : 10) + d[i]) % modulus;
    return rest;
}

static bool passes_rest(const uint8_t *d, size_t n, unsigned modulus) {
    if (n < 4) return false;
    const unsigned rest = number_modulo(d, n - 2, modulus);
    const unsigned last = d[n - 2] * 10u + d[n - 1];
    if (modulus == 89) return rest == last;
    /* Belgium: people born since 2000 are counted with a 2 in front. */
    const unsigned since_2000 =
        (rest + 2 * number_modulo((const uint8_t[]){1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10, 97)) % 97;
    return last == 97 - rest || (n == 11 && last == 97 - since_2000);
}

/* Decreto ministeriale 23 dicembre 1976: characters at odd places count by this table (digits as
 * the letters A to J), those at even places as they are. */
static bool passes_odd_even(const uint8_t *d, size_t n) {
    static const uint8_t odd[26] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                    20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        const unsigned v = d[i] > 9 ? d[i] - 10u : d[i];
        sum += i % 2 == 0 ? odd[v] : v;
    }
    return d[n - 1] == sum % 26 + 10;
}

static bool passes_weights(const struct id_check *check, const uint8_t *text, const uint8_t *d,
                           size_t n) {
    unsigned sum = 0;
    size_t i = check->from;
    for (const char *w = check->weights; *w; w++, i++) {
        if (i >= n) return false;
        unsigned product = d[i] * value_of((uint8_t)*w);
        if (check->scheme == DIGIT_SUM) product = product / 10 + product % 10;
        sum += product;
    }
    const unsigned rest = sum % check->modulus;
    if (!check->map) return rest == 0;
    return i < n && check->map[rest] == (char)text[i];
}

static bool passes(const struct id_check *check, const uint8_t *text, const uint8_t *d, size_t n) {
    const uint8_t *from = d + check->from;
    const size_t left = n - check->from;
    switch (check->scheme) {
    case NO_CHECK: return true;
    case WEIGHTED:
    case DIGIT_SUM: return passes_weights(check, text, d, n);
    case LUHN_36: return passes_luhn_36(from, left);
    case ISO_11_10: return passes_11_10(from, left);
    case ISO_11_2: return passes_11_2(from, left);
    case VERHOEFF: return passes_verhoeff(from, left);
    case REST_97: return passes_rest(from, left, 97);
    case REST_89: return passes_rest(from, left, 89);
    case PAIR_97: return number_modulo(from, left, 97) == 1;
    case ODD_EVEN: return passes_odd_even(from, left);
    }
    return false;
}

/* Months may carry a mark of sex or century (20, 40, 50, 60, 70, 80 more), days one of a
 * provisional number (40 more in Norway, 60 in Sweden). */
static bool date_is_sound(const struct id_kind *kind, const uint8_t *d) {
    const uint8_t *at = d + kind->date_at;
    if (kind->date == NO_DATE) return true;
    if (kind->date == CYMD) {
        const unsigned century = at[0] * 10u + at[1];
        if (century < 18 || century > 20) return false;
        at += 2;
    }
    const unsigned a = at[0] * 10u + at[1], b = at[2] * 10u + at[3], c = at[4] * 10u + at[5];
    unsigned month = b, day = kind->date == DMY ? a : c;
    if (kind->date != CYMD)
        month = month > 50 && month < 63   ? month - 50
                : month > 70 && month < 73 ? month - 70
                                           : month % 20;
    const unsigned provisional = kind->date == DMY ? 40 : 60;
    if (day > provisional) day -= provisional;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool fits(char picture, uint8_t c) {
    if (picture == '9') return byte_is_digit(c);
    if (picture == '@') return byte_is_alpha(c);
    if (picture == '#') return byte_is_alnum(c);
    return (char)c == picture;
}

struct compact {
    uint8_t text[ID_MAX]; /* upper case, without separators */
    uint8_t value[ID_MAX];
    size_t len;
    bool separated;
};

static bool compact_of(struct slice value, struct compact *out) {
    *out = (struct compact){0};
    size_t digits = 0, alike = 0;
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i];
        if (is_separator(c)) {
            out->separated = true;
            continue;
        }
        if (!byte_is_alnum(c) || out->len == ID_MAX) return false;
        out->text[out->len] = byte_is_digit(c) ? c : (uint8_t)(byte_lower(c) - 32);
        out->value[out->len] = (uint8_t)value_of(c);
        digits += byte_is_digit(c);
        alike += c == value.ptr[0];
        out->len++;
    }
    return out->len >= ID_MIN && digits >= 5 && alike < out->len;
}

static bool kind_accepts(const struct id_kind *kind, const struct compact *id) {
    size_t n = 0;
    for (const char *p = kind->picture; *p; p++) {
        if (is_separator((uint8_t)*p)) continue;
        if (n == id->len || !fits(*p, id->text[n])) return false;
        n++;
    }
    if (n != id->len || !date_is_sound(kind, id->value)) return false;
    return passes(&kind->check[0], id->text, id->value, n) &&
           (kind->check[1].scheme == NO_CHECK || passes(&kind->check[1], id->text, id->value, n));
}

static bool is_as_pictured(const struct id_kind *kind, struct slice value) {
    if (strlen(kind->picture) != value.len) return false;
    for (size_t i = 0; i < value.len; i++)
        if (is_separator((uint8_t)kind->picture[i]) && (char)value.ptr[i] != kind->picture[i])
            return false;
    return true;
}

bool accepts_id_check(struct slice value) {
    struct compact id;
    if (!compact_of(value, &id)) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kind_accepts(&kinds[i], &id)) return true;
    return false;
}

bool accepts_id_form(struct slice value) {
    struct compact id;
    if (!compact_of(value, &id)) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct id_kind *kind = &kinds[i];
        const bool sharp = (kind->sharp & SHARP_BARE) ||
                           ((kind->sharp & SHARP_WRITTEN) && is_as_pictured(kind, value));
        if (sharp && kind_accepts(kind, &id)) return true;
    }
    return false;
}
