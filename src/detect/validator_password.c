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
