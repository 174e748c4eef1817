/* SPDX-License-Identifier: Apache-2.0 */
/* What a value looks like as text: a word, a version, a digest, chance. */
#include "detect/letters.h"
#include "detect/validator.h"
#include "detect/validator_list.h"

bool value_is_word(struct slice s) {
    if (s.len && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == '?')) s.len--;
    if (s.len == 0 || s.len > 24) return false;
    size_t upper = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!byte_is_alpha(s.ptr[i])) return false;
        upper += s.ptr[i] != byte_lower(s.ptr[i]);
    }
    return upper == 0 || upper == s.len || (upper == 1 && s.ptr[0] != byte_lower(s.ptr[0]));
}

bool accepts_not_word(struct slice value) { return !value_is_word(value); }

/* Base-2 logarithm of n >= 1 in 1/4096: the integer part by position, twelve bits by squaring. */
static uint32_t log2_fixed(uint32_t n) {
    const uint32_t whole = 31u - (uint32_t)__builtin_clz(n);
    uint64_t x = (uint64_t)n << (31u - whole); /* in [2^31, 2^32) */
    uint32_t log = whole;
    for (int bit = 0; bit < 12; bit++) {
        x = x * x >> 31;
        log = log << 1 | (x >> 32 ? 1u : 0u);
        x >>= x >> 32 ? 1 : 0;
    }
    return log;
}

/* Shannon, "A Mathematical Theory of Communication" (1948), section 6: bits a byte. A random text
 * of n bytes over a large alphabet stays below log2(n), so short values are asked for four fifths
 * of that, long ones for 3 bits. */
bool accepts_entropy(struct slice value) {
    enum { ONE = 4096, LOOKED_AT = 256 };
    if (value.len < 8) return false;
    const uint32_t n = value.len < LOOKED_AT ? (uint32_t)value.len : LOOKED_AT;
    uint32_t count[256] = {0};
    uint32_t n_distinct = 0;
    for (uint32_t i = 0; i < n; i++) n_distinct += count[value.ptr[i]]++ == 0;
    const uint32_t most = log2_fixed(n) * 4 / 5, wanted = most < 3 * ONE ? most : 3 * ONE;
    if (log2_fixed(n_distinct) < wanted) return false; /* it cannot have more */
    uint64_t sum = 0;
    for (size_t c = 0; c < 256; c++)
        if (count[c]) sum += (uint64_t)count[c] * (log2_fixed(n) - log2_fixed(count[c]));
    return sum / n >= wanted;
}

bool accepts_mixed(struct slice value) {
    bool letter = false, digit = false;
    for (size_t i = 0; i < value.len; i++) {
        letter |= byte_is_alpha(value.ptr[i]);
        digit |= byte_is_digit(value.ptr[i]);
    }
    return letter && digit;
}

static bool byte_is_hex(uint8_t c) {
    return byte_is_digit(c) || (byte_lower(c) >= 'a' && byte_lower(c) <= 'f');
}

/* semver.org and its relatives: numbers with dots in front, perhaps a `v`, a suffix of word
 * characters. */
bool accepts_not_version(struct slice s) {
    size_t i = s.len && byte_lower(s.ptr[0]) == 'v' ? 1 : 0;
    size_t dots = 0;
    const size_t start = i;
    while (i < s.len && (byte_is_digit(s.ptr[i]) || (s.ptr[i] == '.' && i > start)))
        dots += s.ptr[i++] == '.';
    if (i == start || dots == 0) return true;
    if (i == s.len) return false;
    return dots < 2 && s.ptr[i] != '-' && s.ptr[i] != '+';
}

/* RFC 9562 section 4: 8-4-4-4-12 hexadecimal digits. */
bool accepts_not_uuid(struct slice s) {
    if (s.len == 38 && s.ptr[0] == '{' && s.ptr[37] == '}') s = slice_sub(s, 1, 37);
    if (s.len != 36) return true;
    for (size_t i = 0; i < 36; i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.ptr[i] != '-' : !byte_is_hex(s.ptr[i])) return true;
    }
    return false;
}

/* MD5 to SHA-512 (RFC 1321, FIPS 180-4) and CRC-32 in hexadecimal of one case, perhaps behind
 * `sha256:`. */
bool accepts_not_digest(struct slice s) {
    if (s.len > 4 && (slice_starts(s, SLICE("sha")) || slice_starts(s, SLICE("md5")))) {
        size_t i = 3;
        while (i < s.len && i < 8 && s.ptr[i] != ':' && s.ptr[i] != '-') i++;
        if (i < s.len && i < 8) s = slice_sub(s, i + 1, s.len);
    }
    if (s.len != 8 && s.len != 32 && s.len != 40 && s.len != 56 && s.len != 64 && s.len != 96 &&
        s.len != 128)
        return true;
    bool lower = false, upper = false;
    for (size_t i = 0; i < s.len; i++) {
        if (!byte_is_hex(s.ptr[i])) return true;
        lower |= s.ptr[i] >= 'a';
        upper |= s.ptr[i] >= 'A' && s.ptr[i] <= 'F';
    }
    return lower && upper;
}

bool accepts_not_number(struct slice s) {
    for (size_t i = 0; i < s.len; i++)
        if (!byte_is_digit(s.ptr[i]) && s.ptr[i] != '.' && s.ptr[i] != ',' &&
            !(i == 0 && s.ptr[i] == '-'))
            return true;
    return s.len == 0;
}

/* Source text rather than a value: a call, a member access of plain names, a path, a format
 * directive. */
bool accepts_not_code(struct slice s) {
    if (s.len == 0) return true;
    if (memchr("/~%&(|>", s.ptr[0], 7) || (s.len > 1 && s.ptr[0] == '.' && s.ptr[1] == '/'))
        return false;
    size_t i = 0, dots = 0;
    bool has_digit = false;
    while (i < s.len && (byte_is_alnum(s.ptr[i]) || memchr("_.:", s.ptr[i], 3))) {
        dots += s.ptr[i] == '.';
        has_digit |= byte_is_digit(s.ptr[i]);
        i++;
    }
    if (i == s.len) return dots == 0 || has_digit || s.ptr[s.len - 1] == '.';
    return !(i > 0 && (s.ptr[i] == '(' || s.ptr[i] == '[') && byte_is_alpha(s.ptr[0]));
}

struct shape {
    size_t digits, lower, upper, joints,
        others; /* joints: `-_. /:` and blanks, as between the words of a name */
};

static struct shape shape_of(struct slice s) {
    struct shape shape = {0};
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = s.ptr[i];
        if (byte_is_digit(c))
            shape.digits++;
        else if (c >= 'a' && c <= 'z')
            shape.lower++;
        else if (c >= 'A' && c <= 'Z')
            shape.upper++;
        else if (memchr("-_./: ", c, 6))
            shape.joints++;
        else
            shape.others++;
    }
    return shape;
}

bool accepts_has_digit(struct slice value) { return shape_of(value).digits > 0; }
bool accepts_has_digits(struct slice value) { return shape_of(value).digits >= 5; }

/* Length of the reference that starts at s: `${x}`, `$(x)`, `{{ x }}`, `%{x}`, with a name and
 * perhaps a default or a call inside; 0: none. `${e]nob` is a password. */
static size_t reference_length(struct slice s) {
    enum { NAME_MAX_BYTES = 128 };
    static const char inside[] = "_-.: |/$\"'(),!?=+~@[]";
    static const char *const pairs[][2] = {{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"%{", "}"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (!slice_starts(s, slice_str(pairs[i][0]))) continue;
        const struct slice close = slice_str(pairs[i][1]);
        bool is_plain = true;
        for (size_t at = 2; at < NAME_MAX_BYTES; at++) {
            if (at == s.len) return is_plain ? s.len : 0; /* cut off at a blank or a quote */
            if (slice_starts(slice_sub(s, at, s.len), close)) return at + close.len;
            if (!byte_is_alnum(s.ptr[at]) && !memchr(inside, s.ptr[at], sizeof inside - 1)) break;
            is_plain &= s.ptr[at] != '[' && s.ptr[at] != ']' && s.ptr[at] != '@';
        }
    }
    return 0;
}

bool accepts_not_reference(struct slice value) {
    if (value_is_placeholder(value)) return false;
    for (size_t i = 0; i + 1 < value.len; i++)
        if (reference_length(slice_sub(value, i, value.len)) > 0) return false;
    return true;
}

static bool starts_with_any(struct slice s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (slice_starts(s, slice_str(words[i]))) return true;
    return false;
}

static bool ends_in_any(struct slice s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct slice word = slice_str(words[i]);
        if (s.len >= word.len && slice_eq_nocase(slice_sub(s, s.len - word.len, s.len), word))
            return true;
    }
    return false;
}

/* The end of the names of members that s begins with (`req.body`, `$_POST`, `a->b`, `ns::f`): no
 * digits. */
static size_t member_end(struct slice s, bool *is_joined) {
    size_t i = s.len > 1 && s.ptr[0] == '$' ? 1 : 0;
    *is_joined = i > 0;
    if (i == s.len || (!byte_is_alpha(s.ptr[i]) && s.ptr[i] != '_')) return 0;
    for (; i < s.len && (byte_is_alpha(s.ptr[i]) || memchr("_.:>-", s.ptr[i], 5)); i++)
        *is_joined |= !byte_is_alpha(s.ptr[i]);
    return i;
}

/* Behind the bracket of a call or of an index stand a name, a text in quotes or nothing. */
static bool is_argument(struct slice s) {
    if (s.len == 0 || s.ptr[0] == '"' || s.ptr[0] == '\'') return true;
    for (size_t i = 0; i < s.len; i++)
        if (!byte_is_alpha(s.ptr[i]) && s.ptr[i] != '_' && s.ptr[i] != '.') return false;
    return true;
}

/* Bytes that stand in runs of eight or more letters of the alphabet in order: `abcdefgh`,
 * `aBcDeFgH`. */
static size_t alphabet_bytes(struct slice s) {
    size_t in_runs = 0;
    for (size_t i = 0; i < s.len;) {
        size_t end = i + 1;
        while (end < s.len && byte_is_alpha(s.ptr[end]) &&
               byte_lower(s.ptr[end]) == byte_lower(s.ptr[end - 1]) + 1)
            end++;
        if (end - i >= 8) in_runs += end - i;
        i = end;
    }
    return in_runs;
}

/* Bytes in runs of letters that read like words or parts of a camel-case name: five or more, of one
 * case behind the first, in pairs as words have them. */
static size_t word_bytes(struct slice s) {
    size_t in_words = 0;
    for (size_t i = 0; i < s.len;) {
        size_t end = i;
        if (byte_is_alpha(s.ptr[i])) {
            end = i + 1;
            const bool upper = end < s.len && s.ptr[end] >= 'A' && s.ptr[end] <= 'Z';
            while (end < s.len && byte_is_alpha(s.ptr[end]) && (s.ptr[end] < 'a') == upper) end++;
        }
        const struct slice run = slice_sub(s, i, end);
        if (run.len >= 5 && (letters_read_like_word(run) || alphabet_bytes(run) * 2 > run.len))
            in_words += run.len;
        i = end > i ? end : i + 1;
    }
    return in_words;
}

/* Where a secret is kept rather than the secret: `op://vault/item`, `vault:secret/data/db#pw`,
 * `s3://bucket/key`, `@Microsoft.KeyVault(...)`. A URL with a user, a query or anything random may
 * hold one itself. */
static bool is_place_of_secret(struct slice s) {
    static const char *const stores[] = {"vault:", "env:",    "file:",    "keyring:",
                                         "ssm:",   "secret:", "ref+",     "sops:",
                                         "exec:",  "awssm:",  "keychain:"};
    if (slice_starts(s, SLICE("@Microsoft.KeyVault("))) return true;
    size_t scheme = 0;
    while (scheme < s.len && (byte_is_alnum(s.ptr[scheme]) || memchr("+-.", s.ptr[scheme], 3)))
        scheme++;
    if (scheme < 2 || scheme + 1 >= s.len || s.ptr[scheme] != ':' || !byte_is_alpha(s.ptr[0]))
        return false;
    if (!starts_with_any(s, stores, sizeof stores / sizeof stores[0]) &&
        !slice_starts(slice_sub(s, scheme, s.len), SLICE("://")))
        return false;
    for (size_t i = scheme + 1, start = i; i <= s.len; i++) {
        if (i < s.len && memchr("@?=&\\", s.ptr[i], 5)) return false;
        if (i < s.len && !memchr("/:#", s.ptr[i], 3)) continue;
        const struct slice part = slice_sub(s, start, i);
        if (part.len >= 8 && shape_of(part).digits >= 2 && accepts_entropy(part) &&
            word_bytes(part) * 3 < part.len)
            return false;
        start = i + 1;
    }
    return true;
}

/* Source text in the place of a value: `getenv(`, `load_key(path)`, `jwt.sign(payload` as a comma
 * cuts it, `process.env.TOKEN`, `req.body.password`, `$_POST[`, `Optional[str]`, `!vault`,
 * `String!`. */
bool accepts_not_call(struct slice s) {
    static const char *const roots[] = {"process.env", "os.environ", "os.getenv",     "ENV[",
                                        "self.",       "this.",      "System.getenv", "arn:",
                                        "secrets.",    "vars.",      "env.",          "config.",
                                        "settings.",   "var.",       "local.",        "data.",
                                        "module.",     "each.",      "params.",       "req.",
                                        "request.",    "args.",      "opts."};
    static const char *const names[] = {"password", "passwd", "pass", "pwd",
                                        "secret",   "token",  "key",  "String!"};
    if (starts_with_any(s, roots, sizeof roots / sizeof roots[0])) return false;
    if (is_place_of_secret(s)) return false;
    if (s.len > 2 && s.ptr[s.len - 1] == '(' && byte_is_alpha(s.ptr[0])) return false;
    bool is_joined;
    const size_t end = member_end(s, &is_joined);
    const uint8_t *dot = end > 0 ? memchr(s.ptr, '.', end) : NULL;
    if (end == s.len && dot && dot + 1 < s.ptr + end &&
        (ends_in_any(s, names, sizeof names / sizeof names[0]) ||
         memchr(dot + 1, '.', (size_t)(s.ptr + end - dot) - 2)))
        return false;
    if (end > 0 && end + 1 == s.len && s.ptr[end] == '!' && slice_starts(s, SLICE("String")))
        return false;
    size_t tag = 0;
    while (tag < s.len && tag < 2 && s.ptr[tag] == '!') tag++;
    if (tag > 0 && tag < s.len && value_is_word(slice_sub(s, tag, s.len))) return false;
    if (end > 1 && end < s.len && s.ptr[end] == '[')
        return !(is_joined || s.ptr[s.len - 1] == ']') ||
               !is_argument(slice_sub(s, end + 1, s.len - (s.ptr[s.len - 1] == ']')));
    if (end > 1 && end < s.len && s.ptr[end] == '(' && is_argument(slice_sub(s, end + 1, s.len)))
        return false;
    size_t i = 0;
    while (i < s.len && (byte_is_alnum(s.ptr[i]) || memchr("_.:>-", s.ptr[i], 5))) i++;
    if (i == 0 || i == s.len || s.ptr[i] != '(' || !byte_is_alpha(s.ptr[0])) return true;
    return i + 1 != s.len && s.ptr[s.len - 1] != ')';
}

/* Capitals and small letters as no name has them: of each three of eight letters, and a change at
 * every fourth byte. */
static bool cases_are_random(struct slice s) {
    const struct shape shape = shape_of(s);
    const size_t letters = shape.lower + shape.upper;
    size_t n_changes = 0;
    for (size_t i = 1; i < s.len; i++)
        n_changes += byte_is_alpha(s.ptr[i]) && byte_is_alpha(s.ptr[i - 1]) &&
                     (s.ptr[i] < 'a') != (s.ptr[i - 1] < 'a');
    return shape.upper * 8 >= letters * 3 && shape.lower * 8 >= letters * 3 &&
           n_changes * 4 >= s.len;
}

/* What may stand beside a name such as `token` without being one: words, names of words, small
 * numbers, paths. */
bool accepts_token_like(struct slice s) {
    const struct shape shape = shape_of(s);
    if (s.len < 6 || value_is_word(s) || s.ptr[0] == '/' || s.ptr[0] == '.') return false;
    const size_t letters = shape.lower + shape.upper;
    if (letters == 0) return shape.digits >= 8 && shape.joints == 0;
    if (shape.digits == 0 && shape.others == 0)
        return shape.lower > 0 && s.len >= 16 && (shape.joints == 0 || cases_are_random(s));
    return true;
}

/* A token whose random part is a run of one mark, as documents write it: `ghp_xxxx`, `glpat-XXXX`,
 * `hf_aaaa`. The alphabet in its place is no less a token. */
bool accepts_not_sample(struct slice s) {
    size_t count[256] = {0}, most = 0;
    for (size_t i = 0; i < s.len; i++) count[s.ptr[i]]++;
    for (size_t c = 0; c < 256; c++)
        if (count[c] > most) most = count[c];
    return most * 2 < s.len;
}

/* For values that only stand near such a name: letters and digits mixed as no identifier mixes
 * them. */
bool accepts_secret_like(struct slice s) {
    const struct shape shape = shape_of(s);
    if (!accepts_token_like(s) || value_is_placeholder(s)) return false;
    const bool letters_only = s.len >= 20 && shape.lower >= 5 && shape.upper >= 5;
    if ((shape.digits < 2 && !letters_only) || shape.lower + shape.upper < 2) return false;
    if (!accepts_not_version(s) || !accepts_not_reference(s) || !accepts_not_call(s)) return false;
    for (size_t i = 0; i + 2 < s.len; i++)
        if (s.ptr[i] == ':' && s.ptr[i + 1] == '/' && s.ptr[i + 2] == '/') return false;
    if (slice_starts(s, SLICE("0x"))) return false;
    const uint8_t *equals = memchr(s.ptr, '=', s.len);
    if (equals && equals + 2 < s.ptr + s.len && equals[1] != '=' &&
        value_is_name(slice_sub(s, 0, (size_t)(equals - s.ptr))) &&
        shape_of(slice_sub(s, 0, (size_t)(equals - s.ptr))).digits < 2)
        return false; /* name=value */
    return shape.joints <= 1 + s.len / 8;
}

bool accepts_many_kinds(struct slice value) {
    const struct shape shape = shape_of(value);
    if (shape.digits >= 2 && shape.lower >= 3 && shape.upper >= 3) return true;
    if (value.len < 24 || shape.digits < 4 || shape.joints > 0) return false;
    size_t not_hex = 0;
    for (size_t i = 0; i < value.len; i++) not_hex += !byte_is_hex(value.ptr[i]);
    return not_hex * 4 >= value.len;
}

/* A token, not a text about tokens: `glpat-my-tokens_are-correct`. */
bool accepts_no_words(struct slice s) { return word_bytes(s) * 2 < s.len; }

/* Keys are random; names are words, perhaps with a number behind: `linux-node-0a1b`,
 * `HTTP2ServerConnection17`. */
bool accepts_random(struct slice s) {
    if (!accepts_secret_like(s) || s.len < 16) return false;
    for (size_t i = 0; i < s.len; i++)
        if (memchr(" &;,?|<>()[]{}\"'\\", s.ptr[i], 17)) return false;
    size_t first = 0;
    while (first < s.len && byte_is_alpha(s.ptr[first])) first++;
    for (int i = 0; i < 2 && first >= 3 && first < s.len && byte_is_digit(s.ptr[first]); i++)
        first++;
    if (first >= 3 && first < s.len && memchr("-./:", s.ptr[first], 4)) return false;
    const uint8_t *joint = memrchr(s.ptr, '_', s.len);
    if (first >= 3 && joint && (size_t)(s.ptr + s.len - joint) <= 24 && word_bytes(s) * 3 >= s.len)
        return false;
    if (first == 2 && s.ptr[2] == '-') return false;
    const bool is_path = shape_of(s).joints >= 2;
    return word_bytes(s) * 3 < s.len * (is_path ? 1 : 2);
}

/* Where something is rather than what somebody knows: `PWD=/srv`, `~/.ssh/id`, `C:\\x`,
 * `file:///x`. Base64 may begin with a slash, too. */
bool accepts_not_path(struct slice s) {
    if (s.len == 0) return true;
    if (s.ptr[0] == '/') return accepts_random(slice_sub(s, 1, s.len));
    if (s.ptr[0] == '~' || slice_starts(s, SLICE("file:"))) return false;
    return s.len < 3 || s.ptr[1] != ':' || s.ptr[2] != '\\' || !byte_is_alpha(s.ptr[0]);
}

/* RFC 9110 section 11.4: a scheme and what follows it. Something must follow, and be no stand-in.
 */
bool accepts_credentials(struct slice s) {
    const uint8_t *blank = s.len ? memchr(s.ptr, ' ', s.len) : NULL;
    if (!blank) return s.len >= 6 && !value_is_word(s) && accepts_not_reference(s);
    const struct slice rest = value_trimmed(slice_sub(s, (size_t)(blank - s.ptr) + 1, s.len));
    return rest.len > 0 && accepts_not_reference(rest);
}

/* A password that is not quoted: no word, no name of a variable, neither code nor a place. */
bool accepts_password_like(struct slice s) {
    const struct shape shape = shape_of(s);
    if (s.len < 4 || value_is_word(s) || !accepts_not_reference(s)) return false;
    if (!accepts_not_call(s) || !accepts_not_path(s) || !accepts_not_code(s)) return false;
    if (memchr("$%=-*|.", s.ptr[0], 7) || !accepts_not_version(s)) return false;
    const bool is_name = shape.others == 0 && shape.digits == 0;
    return !is_name ||
           (shape.joints == 0 && shape.upper > 1 && shape.lower > 1 && word_bytes(s) * 2 < s.len);
}

/* A prefix, and behind its last `_` or `-` nothing but chance. */
bool accepts_random_tail(struct slice s) {
    size_t start = s.len;
    while (start > 0 && s.ptr[start - 1] != '_' && s.ptr[start - 1] != '-') start--;
    const struct slice tail = slice_sub(s, start, s.len);
    return shape_of(tail).digits >= 2 && word_bytes(tail) * 3 < tail.len;
}

static struct slice without_quotes(struct slice s) {
    while (s.len && (s.ptr[0] == '"' || s.ptr[0] == '\'')) s = slice_sub(s, 1, s.len);
    while (s.len && (s.ptr[s.len - 1] == '"' || s.ptr[s.len - 1] == '\'')) s.len--;
    return s;
}

/* What a command is given as user:password (curl(1), -u); quotes around either part do not count.
 */
bool accepts_user_password(struct slice s) {
    static const char *const samples[] = {"pass",   "password", "passwd",    "token", "key",
                                          "apikey", "api_key",  "api_token", "yyy"};
    const uint8_t *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;
    if (!colon || !accepts_not_reference(s)) return false;
    const size_t at = (size_t)(colon - s.ptr);
    const struct slice user = without_quotes(slice_sub(s, 0, at));
    const struct slice password = without_quotes(slice_sub(s, at + 1, s.len));
    const struct slice secret = password.len ? password : user;
    if (value_is_placeholder(secret) || (user.len && value_is_placeholder(user))) return false;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        if (slice_eq_nocase(secret, slice_str(samples[i]))) return false;
    if (secret.len < 3 || secret.ptr[0] == '/') return false;
    return accepts_not_number(user) || accepts_not_number(password);
}
