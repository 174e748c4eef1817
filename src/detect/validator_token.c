/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that carry their own proof: JWT, Basic credentials, checksums. */
#include "base/codec.h"
#include "detect/validator.h"
#include "detect/validator_list.h"

enum { DECODE_MAX = 768 };

/* Decodes at most DECODE_MAX bytes of base64 into the caller's bytes: the buffer borrows them, its
 * cap is its limit, so it never allocates and is never freed. */
static bool decode(struct slice text, uint8_t bytes[DECODE_MAX], struct slice *out) {
    if (text.len / 4 * 3 + 3 > DECODE_MAX) text.len = DECODE_MAX / 4 * 4 - 4;
    struct buf borrowed = {.ptr = bytes, .len = 0, .cap = DECODE_MAX, .max = DECODE_MAX};
    if (!base64_decode(text, &borrowed) || borrowed.ptr != bytes) return false;
    *out = buf_view(&borrowed);
    return true;
}

static bool contains(struct slice text, const char *word) {
    const size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, word, len) == 0) return true;
    return false;
}

/* RFC 7515 section 4: the JOSE header is a JSON object; one that names an algorithm or a type is no
 * accident. */
bool accepts_jwt(struct slice value) {
    size_t dot = 0;
    while (dot < value.len && value.ptr[dot] != '.') dot++;
    uint8_t bytes[DECODE_MAX];
    struct slice header;
    if (!decode(slice_sub(value, 0, dot), bytes, &header)) return false;
    if (header.len < 2 || header.ptr[0] != '{') return false;
    return contains(header, "\"alg\"") || contains(header, "\"typ\"") ||
           contains(header, "\"enc\"");
}

/* RFC 7617 section 2: user-id, colon, password. */
bool accepts_basic_auth(struct slice value) {
    uint8_t bytes[DECODE_MAX];
    struct slice pair;
    if (value.len < 4 || !decode(value, bytes, &pair)) return false;
    bool has_colon = false;
    for (size_t i = 0; i < pair.len; i++) {
        if (pair.ptr[i] < ' ' || pair.ptr[i] == 127) return false;
        has_colon |= pair.ptr[i] == ':';
    }
    return has_colon && pair.len >= 3;
}

/* RFC 7468 section 10 and 11: the label says what the text holds. */
bool accepts_pem_key(struct slice value) {
    uint8_t bytes[DECODE_MAX];
    struct slice text;
    const size_t groups = (value.len < 80 ? value.len : 80) / 4 * 4;
    return decode(slice_sub(value, 0, groups), bytes, &text) && contains(text, "PRIVATE KEY");
}

/* Personal access tokens of Jira and Confluence data center: base64 of an id of 10 to 13 digits, a
 * colon, and 20 bytes or so of chance; 44 characters in all. */
bool accepts_jira_token(struct slice value) {
    uint8_t bytes[DECODE_MAX];
    struct slice text;
    if (value.len != 44 || !decode(value, bytes, &text)) return false;
    size_t digits = 0;
    while (digits < text.len && byte_is_digit(text.ptr[digits])) digits++;
    return digits >= 10 && digits <= 13 && digits < text.len && text.ptr[digits] == ':';
}

/* IEEE 802.3 CRC-32, reflected, bit by bit: the values are short. */
static uint32_t crc32(struct slice bytes) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

/* github.blog/engineering/behind-githubs-new-authentication-token-formats: the last six characters
 * are the CRC-32 of the part between prefix and checksum, in base 62 (0-9A-Za-z), filled up with
 * zeros. */
bool accepts_github_crc(struct slice value) {
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t start = 0;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '_') start = i + 1;
    if (value.len < start + 7 || value.len > 256) return false;
    uint32_t crc = crc32(slice_sub(value, start, value.len - 6));
    for (size_t i = value.len; i-- > value.len - 6; crc /= 62)
        if (value.ptr[i] != (uint8_t)alphabet[crc % 62]) return false;
    return true;
}

/* Cloud tokens of Atlassian end with `=` and the CRC-32 of all before it and itself, eight
 * hexadecimal digits in capitals (seen in every token of the kind; Atlassian calls them opaque). */
bool accepts_atlassian_crc(struct slice value) {
    enum { CRC_DIGITS = 8 };
    if (value.len < CRC_DIGITS + 2 || value.len > 512) return false;
    const size_t end = value.len - CRC_DIGITS;
    uint32_t crc = crc32(slice_sub(value, 0, end));
    for (size_t i = value.len; i-- > end; crc >>= 4)
        if (value.ptr[i] != (uint8_t) "0123456789ABCDEF"[crc & 15]) return false;
    return value.ptr[end - 1] == '=';
}

enum { BECH32 = 1, BECH32M = 0x2bc830a3 };

/* What BIP 141 allows: a version up to 16 and a program of 2 to 40 bytes, 20 or 32 in version 0,
 * which alone has the checksum of BIP 173. */
static bool is_witness_program(unsigned version, size_t n_data, uint32_t check) {
    const size_t n_bytes = n_data * 5 / 8;
    if (version == 0) return check == BECH32 && (n_bytes == 20 || n_bytes == 32);
    return version <= 16 && check == BECH32M && n_bytes >= 2 && n_bytes <= 40;
}

/* Prefixes behind which a witness program stands: those of Bitcoin and Litecoin. */
static bool is_segwit(struct slice prefix) {
    static const char *const prefixes[] = {"bc", "tb", "bcrt", "ltc", "tltc"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (slice_eq_nocase(prefix, slice_str(prefixes[i]))) return true;
    return false;
}

/* BIP 173: 30 bits of checksum over the expanded prefix and the data; BIP 350 has another constant.
 * Cardano's addresses are longer than the 90 bytes of BIP 173 (CIP 19). */
bool accepts_bech32(struct slice value) {
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    size_t one = 0;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '1') one = i;
    if (one == 0 || value.len < one + 8 || value.len > 120) return false;
    uint32_t check = 1;
    const size_t n = 2 * one + 1 + (value.len - one - 1);
    for (size_t i = 0; i < n; i++) {
        uint32_t five = 0;
        if (i < one) {
            five = byte_lower(value.ptr[i]) >> 5;
        } else if (i > one && i <= 2 * one) {
            five = byte_lower(value.ptr[i - one - 1]) & 31;
        } else if (i > 2 * one) {
            const char *p = memchr(alphabet, byte_lower(value.ptr[i - one]), 32);
            if (!p) return false;
            five = (uint32_t)(p - alphabet);
        }
        const uint32_t top = check >> 25;
        check = (check & 0x1ffffff) << 5 ^ five;
        for (int bit = 0; bit < 5; bit++)
            if (top >> bit & 1) check ^= generator[bit];
    }
    if (!is_segwit(slice_sub(value, 0, one))) return check == BECH32 || check == BECH32M;
    const char *first = memchr(alphabet, byte_lower(value.ptr[one + 1]), 32);
    return value.len <= 90 && first &&
           is_witness_program((unsigned)(first - alphabet), value.len - one - 8, check);
}

/* Letters and digits in one piece, at least `least` bytes of them, mixed. */
static bool has_mixed_run(struct slice s, size_t least) {
    size_t len = 0, digits = 0;
    for (size_t i = 0; i < s.len; i++) {
        const bool is_in = byte_is_alnum(s.ptr[i]);
        len = is_in ? len + 1 : 0;
        digits = is_in ? digits + byte_is_digit(s.ptr[i]) : 0;
        if (len >= least && digits > 0 && digits < len) return true;
    }
    return false;
}

/* What stands beside a service's name as its key. Hexadecimal and UUIDs are welcome here: the name
 * says what they are. Words, numbers, versions, dates, addresses and paths are not. */
bool accepts_service_key(struct slice s) {
    size_t lower = 0, upper = 0, digits = 0;
    for (size_t i = 0; i < s.len; i++) {
        digits += byte_is_digit(s.ptr[i]);
        lower += s.ptr[i] >= 'a' && s.ptr[i] <= 'z';
        upper += s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
    }
    if (s.len < 10 || lower + upper < 2 || contains(s, "://") || contains(s, "...")) return false;
    if (value_is_placeholder(s) || !accepts_not_sample(s) || !accepts_entropy(s)) return false;
    if (!accepts_not_uuid(s)) return true;
    if (!accepts_not_version(s) || s.len - lower - upper - digits > 1 + s.len / 8) return false;
    if (!accepts_no_words(s)) return false;
    const bool is_letters = s.len >= 20 && lower + upper == s.len && upper >= 4 && lower >= 4;
    return is_letters || has_mixed_run(s, 8);
}
