/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers that states give to people and firms, as pictures and sums: the table's type.
 *
 * A row is a picture of the number and up to two checks. A check multiplies each character's value
 * by its weight, takes the sum modulo m, and looks the expected check character up in `map`:
 *
 *     picture   99999999-@          `9` digit, `@` capital letter, `#` either, `.-/ ` separators,
 *     value     12345678-Z          any other byte itself
 *     weights   14320976...         one character a position: 0-9, A = 10 ... Z = 35
 *     map[r]    TRWAGM...           expected at the position behind the last weight; no map: the
 *                                   remainder must be `rest` */
#ifndef LW_DETECT_ID_KINDS_H
#define LW_DETECT_ID_KINDS_H

#include <stddef.h>
#include <stdint.h>

enum scheme {
    NO_CHECK,
    WEIGHTED,  /* sum of value times weight */
    DIGIT_SUM, /* the same, the decimal digits of each product added (Luhn with weights 1 and 2) */
    LUHN_36,   /* Luhn in base 36 over all but the last character */
    ISO_11_10, /* ISO 7064 section 8, hybrid MOD 11,10 */
    ISO_11_2,  /* ISO 7064 section 7, pure MOD 11-2 */
    VERHOEFF,
    REST_97,   /* the last two digits are 97 less the number before modulo 97 */
    REST_89,   /* the last two digits are the number before modulo 89 */
    PAIR_97,   /* the number and its last two digits are 1 modulo 97 (ISO 7064 MOD 97-10) */
    ODD_EVEN,  /* Italian: characters at odd places by a table of their own */
    SPANISH,   /* sum of value times weight, N~ standing between N and O */
    FRENCH,    /* two digits in front: 12 and three times the rest modulo 97, modulo 97 */
    BRITISH,   /* sum of value times weight is 0 or 42 modulo 97 (numbers since 2010) */
    CHINESE,   /* sum of value times weight, letters counted without I, O, S, V and Z */
    SINGAPORE, /* sum of value times weight, letters before digits and without I, O, Y and Z */
    VEHICLE,   /* sum of value times weight, letters by 49 CFR 565.15 (A to I count 1 to 9 ...) */
};

struct id_check {
    enum scheme scheme;
    uint8_t from; /* first character that is counted */
    uint8_t modulus;
    const char *weights;
    const char *map;
    uint8_t rest;
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

extern const struct id_kind id_kinds[];
extern const size_t n_id_kinds;

#endif
