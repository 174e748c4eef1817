/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the body of a PEM block (RFC 7468 section 2: 64 characters of base64; RFC 2045
 * section 6.8: up to 76). */
#include "detect/validator_list.h"

enum { FEWEST_OF_A_CASE = 8, FEWEST_DIGITS = 2, FEWEST_TURNS = 24 };

/* Of 64 random characters of base64 26 are upper case, 26 lower case and 10 digits, and two of
 * three stand beside one of another kind. Words, paths and hexadecimal are far from that. */
bool accepts_pem_body(struct slice value) {
    size_t kinds[4] = {0}, turns = 0, not_hex = 0;
    unsigned last = 4;
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.ptr[i];
        const unsigned kind = byte_is_digit(c)     ? 0
                              : !byte_is_alpha(c)  ? 1
                              : c == byte_lower(c) ? 2
                                                   : 3;
        if (kind == 1 && c != '+' && c != '/') return false;
        kinds[kind]++;
        not_hex += !((c >= '0' && c <= '9') || (byte_lower(c) >= 'a' && byte_lower(c) <= 'f'));
        turns += kind != last;
        last = kind;
    }
    return (value.len == 64 || value.len == 76) && not_hex > 0 && kinds[0] >= FEWEST_DIGITS &&
           kinds[2] >= FEWEST_OF_A_CASE && kinds[3] >= FEWEST_OF_A_CASE && turns >= FEWEST_TURNS;
}
