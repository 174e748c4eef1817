/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/letters.h"

/* For each pair of letters, `e` + the base-2 logarithm of how much more often it stands in words
 * than in random text, from `a` (16 times less often or never) to `h` (8 times). Counted over the
 * 45,000 words of three letters and more that stand at least three times in the manuals, headers,
 * licences and Python sources of Debian 12, each counted once. */
static const char pairs[26][27] = {
    "dfgfddfcfbehghbfahgheeddec", "fdddfccbfcbfccedaeecfbbbdb", /* a, b */
    "gcedgcbgeaffdbhdafegecaaca", "fddehdcbgbbedcfcaeedecbaca", /* c, d */
    "geghffedebdgfhdfdhhgdfefeb", "ecddefbagaaecefcaeddeaaaca", /* e, f */
    "ebccgbceeaaeceecafeceaaabb", "gabcgbaafaacccfbadcedabaca", /* g, h */
    "ffgffefbbbdgfhgfbfggcfadae", "daaadaaabaaaaadaaabacaaaaa", /* i, j */
    "dbacfbcbeaacbbdbabebcababa", "gcdehddbhacgccgdacfeecbafb", /* k, l */
    "geccgbbafabdebffabececaaca", "gcgggfhcfbedcefdbcghedcacb", /* m, n */
    "degfdeecdbdffhffahfffeecbb", "gbdcgecefacfccfeagefeabada", /* o, p */
    "aaaaaaaaaaaaaaaaaaaaeaaaaa", "gdefhdebgadefegeafgfedcaea", /* q, r */
    "fcfdhddfgadeddffcdghfbdaeb", "gcedhdcfhabeddgeagffeccbfc", /* s, t */
    "eeededdaeabffgceafffaaacab", "facagaaafaabbadcabcbaabaaa", /* u, v */
    "ebcceaaceaabbddbaddbaaaaaa", "cadbdbaadaabbabdabceaaacba", /* w, x */
    "cbcbcbbacaaccdbeabedbaaaaa", "caaaeaaadaaaaabaaaaaaaaaaa", /* y, z */
};

bool letters_read_like_word(struct slice letters) {
    int score = 0;
    for (size_t i = 1; i < letters.len; i++) {
        const unsigned a = byte_lower(letters.ptr[i - 1]) - 'a',
                       b = byte_lower(letters.ptr[i]) - 'a';
        if (a < 26 && b < 26) score += pairs[a][b] - 'e';
    }
    return score >= 0;
}
