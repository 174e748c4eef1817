/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside the word for a password without being one. */
#include "detect/validator.h"
#include "detect/validator_list.h"

static bool ends_in(struct slice s, struct slice end) {
    return s.len >= end.len && slice_eq_nocase(slice_sub(s, s.len - end.len, s.len), end);
}

/* What stands behind `pass` when it means that something passed: a short number, perhaps with its
 * unit, or the name of a test. */
bool accepts_not_result(struct slice s) {
    size_t digits = 0, letters;
    while (digits < s.len && (byte_is_digit(s.ptr[digits]) || s.ptr[digits] == '.')) digits++;
    letters = digits;
    while (letters < s.len && (byte_is_alpha(s.ptr[letters]) || s.ptr[letters] == '%')) letters++;
    if (digits > 0 && letters == s.len && letters - digits <= 2 &&
        (digits <= 3 || letters > digits))
        return false;
    for (size_t i = 0; i + 4 <= s.len; i++)
        if (slice_eq_nocase(slice_sub(s, i, i + 4), SLICE("test"))) return false;
    return true;
}

/* The words of a sentence about a password. */
static bool is_about(struct slice word) {
    static const char *const words[] = {"is",         "are",       "be",      "must",   "should",
                                        "cannot",     "can't",     "too",     "please", "required",
                                        "least",      "your",      "field",   "enter",  "invalid",
                                        "characters", "does",      "doesn't", "has",    "have",
                                        "was",        "incorrect", "expired"};
    while (word.len && !byte_is_alpha(word.ptr[0])) word = slice_sub(word, 1, word.len);
    while (word.len && !byte_is_alpha(word.ptr[word.len - 1])) word.len--;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_eq_nocase(word, slice_str(words[i]))) return true;
    return false;
}

bool value_is_message(struct slice s) {
    enum { MAX_BYTES = 1024, MIN_WORDS = 3, MAX_WORDS = 12 };
    static const char *const schema[] = {"type", "format", "required", "message", "description"};
    if (s.len > MAX_BYTES) s.len = MAX_BYTES;
    if (s.len == 0) return false;
    if (s.ptr[0] == '{') {
        size_t start = 1, end;
        while (start < s.len && !byte_is_alpha(s.ptr[start])) start++;
        for (end = start; end < s.len && byte_is_alpha(s.ptr[end]);) end++;
        for (size_t i = 0; i < sizeof schema / sizeof schema[0]; i++)
            if (slice_eq(slice_sub(s, start, end), slice_str(schema[i]))) return true;
    }
    /* Behind these other rules may replace, and a second wash must see the same. */
    size_t words = 0, about = 0;
    for (size_t i = 0; i < s.len; i++)
        if (memchr(":=", s.ptr[i], 2) || slice_starts(slice_sub(s, i, s.len), SLICE("--")))
            s.len = i;
    for (size_t i = 0; i < s.len && words < MAX_WORDS;) {
        size_t end = i;
        while (end < s.len && !byte_is_space(s.ptr[end])) end++;
        if (end > i) words++, about += is_about(slice_sub(s, i, end));
        i = end + 1;
    }
    return words >= MIN_WORDS && about > 0;
}

bool accepts_not_message(struct slice s) { return !value_is_message(s); }

/* What is said of a password rather than one: `expired`, `incorrect`, `authentication`, `string`.
 * English marks most of them by their ends. */
bool accepts_not_state(struct slice s) {
    static const char *const ends[] = {"ed",  "ing", "able", "ible", "ory", "ous", "ive",
                                       "ent", "ion", "ure",  "ment", "ity", "ful", "less"};
    static const char *const words[] = {
        "auto",         "bad",       "blank",    "bool",   "boolean", "char",    "clear",
        "correct",      "empty",     "error",    "fail",   "failure", "false",   "field",
        "file",         "found",     "good",     "input",  "integer", "invalid", "login",
        "long",         "match",     "mismatch", "miss",   "name",    "none",    "not",
        "null",         "number",    "object",   "only",   "pass",    "passed",  "password",
        "plain",        "prompt",    "reset",    "same",   "sent",    "short",   "stdin",
        "strong",       "text",      "this",     "true",   "type",    "unknown", "unset",
        "user",         "username",  "valid",    "value",  "varchar", "weak",    "with",
        "wrong",        "incorrect", "insecure", "secure", "safe",    "unsafe",  "okay",
        "authenticator"};
    if (value_is_placeholder(s)) return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_eq_nocase(s, slice_str(words[i]))) return false;
    for (size_t i = 0; s.len >= 6 && i < sizeof ends / sizeof ends[0]; i++)
        if (ends_in(s, slice_str(ends[i]))) return false;
    return true;
}
