/* SPDX-License-Identifier: Apache-2.0 */
/* Check digits of the numbers that states give to people and firms: one mechanism over the table of
 * id_kinds.c.
 *
 * The formulas are those of ISO 7064, ISO/IEC 7812-1 (Luhn) and the publications of the bodies that
 * issue the numbers. */
#include "detect/id_kinds.h"
#include "detect/validator_list.h"

enum { ID_MIN = 8, ID_MAX = 18 };

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

/* 49 CFR 565.15: letters count as they stand on a punched card, 1 to 9 again and again; the ninth
 * character is the check digit, an X there is ten. I, O and Q are not used. */
static unsigned vehicle_value(unsigned value, size_t place) {
    static const uint8_t letters[26] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
                                        5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9};
    if (value < 10) return value;
    return place == 8 ? 10 : letters[value - 10];
}

/* GB 32100: the letters without I, O, S, V and Z, which the pattern does not let through. */
static unsigned credit_value(unsigned value) {
    static const uint8_t letters[26] = {10, 11, 12, 13, 14, 15, 16, 17, 0, 18, 19, 20, 21,
                                        22, 0,  23, 24, 25, 0,  26, 27, 0, 28, 29, 30, 0};
    return value < 10 ? value : letters[value - 10];
}

/* Letters without I, O, Y and Z count from 0, digits behind them. */
static unsigned entity_value(unsigned value) {
    static const uint8_t letters[26] = {0,  1, 2,  3,  4,  5,  6,  7,  0,  8,  9,  10, 11,
                                        12, 0, 13, 14, 15, 16, 17, 18, 19, 20, 21, 0,  0};
    return value < 10 ? 22 + value : letters[value - 10];
}

static unsigned counted_value(enum scheme scheme, unsigned value, size_t place) {
    if (scheme == VEHICLE) return vehicle_value(value, place);
    if (scheme == CHINESE) return credit_value(value);
    if (scheme == SINGAPORE) return entity_value(value);
    return value + (scheme == SPANISH && value > value_of('N'));
}

static bool passes_weights(const struct id_check *check, const uint8_t *text, const uint8_t *d,
                           size_t n) {
    unsigned sum = 0;
    size_t i = check->from;
    for (const char *w = check->weights; *w; w++, i++) {
        if (i >= n) return false;
        unsigned product = counted_value(check->scheme, d[i], i) * value_of((uint8_t)*w);
        if (check->scheme == DIGIT_SUM) product = product / 10 + product % 10;
        sum += product;
    }
    const unsigned rest = sum % check->modulus;
    if (!check->map) return rest == check->rest || (check->scheme == BRITISH && rest == 42);
    return i < n && check->map[rest] == (char)text[i];
}

static bool passes(const struct id_check *check, const uint8_t *text, const uint8_t *d, size_t n) {
    const uint8_t *from = d + check->from;
    const size_t left = n - check->from;
    switch (check->scheme) {
    case NO_CHECK: return true;
    case CHINESE: /* the third digit begins a province */
        return d[2] != 0 && passes_weights(check, text, d, n);
    case WEIGHTED:
    case DIGIT_SUM:
    case SPANISH:
    case SINGAPORE:
    case VEHICLE:
    case BRITISH: return passes_weights(check, text, d, n);
    case FRENCH:
        return from[0] * 10u + from[1] == (12 + 3 * number_modulo(from + 2, left - 2, 97)) % 97;
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
        const unsigned decade = at[0] * 100u + at[1] * 10u + at[2]; /* of those now registered */
        if (decade < 188 || decade > 203) return false;
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
    static const uint8_t days[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month];
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
    for (size_t i = 0; i < n_id_kinds; i++)
        if (kind_accepts(&id_kinds[i], &id)) return true;
    return false;
}

bool accepts_id_form(struct slice value) {
    struct compact id;
    if (!compact_of(value, &id)) return false;
    for (size_t i = 0; i < n_id_kinds; i++) {
        const struct id_kind *kind = &id_kinds[i];
        const bool sharp = (kind->sharp & SHARP_BARE) ||
                           ((kind->sharp & SHARP_WRITTEN) && is_as_pictured(kind, value));
        if (sharp && kind_accepts(kind, &id)) return true;
    }
    return false;
}
