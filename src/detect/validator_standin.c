/* SPDX-License-Identifier: Apache-2.0 */
/* What stands where a value should: references, masks, words of templates. */
#include "detect/validator.h"
#include "detect/validator_list.h"

struct slice value_trimmed(struct slice s) {
    while (s.len && byte_is_space(s.ptr[0])) s = slice_sub(s, 1, s.len);
    while (s.len && byte_is_space(s.ptr[s.len - 1])) s.len--;
    return s;
}

bool value_is_name(struct slice s) {
    if (s.len == 0 || byte_is_digit(s.ptr[0])) return false;
    for (size_t i = 0; i < s.len; i++)
        if (!byte_is_alnum(s.ptr[i]) && s.ptr[i] != '_') return false;
    return true;
}

/* One word, or some joined by `_`; `[hunter2]` is what Go prints for a list of one. */
static bool is_words(struct slice s) {
    for (size_t i = 0, from = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != '_') continue;
        if (!value_is_word(slice_sub(s, from, i))) return false;
        from = i + 1;
    }
    return true;
}

/* The name of an environment variable where its value should stand: `GITHUB_TOKEN`,
 * `HIDDEN_FOR_SECURITY`. */
static bool is_variable_name(struct slice s) {
    size_t joints = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_')
            joints++;
        else if (s.ptr[i] < 'A' || s.ptr[i] > 'Z')
            return false;
    }
    return joints > 0 && s.ptr[0] != '_' && s.ptr[s.len - 1] != '_';
}

/* `open` ... `close` around all of it, with neither inside. */
static bool is_wrapped(struct slice s, const char *open, const char *close) {
    const size_t a = strlen(open), b = strlen(close);
    if (s.len < a + b || memcmp(s.ptr, open, a) != 0) return false;
    if (memcmp(s.ptr + s.len - b, close, b) != 0) return false;
    const uint8_t first = (uint8_t)open[0], last = (uint8_t)close[b - 1];
    for (size_t i = a; i < s.len - b; i++)
        if (s.ptr[i] == first || s.ptr[i] == last) return false;
    return true;
}

/* A reference to a value: shell, make, CI systems, templates (`${VAR}`, `$VAR`, `%VAR%`, `{{ x }}`,
 * `<password>`). */
static bool is_reference(struct slice s) {
    static const char *const pairs[][2] = {{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"<", ">"},
                                           {"%{", "}"}, {"#{", "}"}, {"<%", "%>"}, {"@@", "@@"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (is_wrapped(s, pairs[i][0], pairs[i][1])) return true;
    if (s.ptr[0] == '$' && s.len > 1) {
        const struct slice rest = slice_sub(s, 1, s.len);
        if (value_is_name(rest) || (rest.len == 1 && byte_is_digit(rest.ptr[0]))) return true;
    }
    const bool ends =
        s.len > 2 && s.ptr[0] == s.ptr[s.len - 1] && (s.ptr[0] == '%' || s.ptr[0] == '@');
    if (ends && value_is_name(slice_sub(s, 1, s.len - 1))) return true;
    if (is_variable_name(s)) return true;
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']' &&
        is_words(slice_sub(s, 1, s.len - 1)))
        return true;
    if (s.len > 2 && s.ptr[0] == '{' && s.ptr[s.len - 1] == '}' &&
        value_is_name(slice_sub(s, 1, s.len - 1)))
        return true;
    return s.len == 2 && s.ptr[0] == '%' && (byte_is_alpha(s.ptr[1]) || s.ptr[1] == '@');
}

/* A parameter that a statement or a format binds later (`?`, `:pw`, `@pw`, `{0}`, `%(pw)s`), or a
 * remark in parentheses or a tag, as a blank cuts it (`(known`, `<input`). */
static bool is_bound_later(struct slice s) {
    enum { MAX_BOUND_LATER = 64 };
    if (s.len == 1) return s.ptr[0] == '?';
    if (s.len > MAX_BOUND_LATER) return false;
    size_t letters = 0, digits = 0;
    for (size_t i = 1; i < s.len; i++) {
        letters += byte_is_alpha(s.ptr[i]) || s.ptr[i] == '_';
        digits += byte_is_digit(s.ptr[i]);
    }
    switch (s.ptr[0]) {
    case ':':
    case '@':
    case '<': return letters == s.len - 1;
    case '%': return s.len > 3 && s.ptr[1] == '(' && letters + 3 >= s.len && letters > 0;
    case '(': return letters + (s.ptr[s.len - 1] == ')') == s.len - 1;
    case '{': return s.ptr[s.len - 1] == '}' && digits == s.len - 2;
    }
    return false;
}

/* Somebody has masked it already: `***`, `xxxx`, `...`, `XXXX-XXXX`, or bullets. */
static bool is_masked(struct slice s) {
    size_t marks = 0;
    for (size_t i = 0; i < s.len; i++) {
        /* the last three are the bytes of a bullet, U+2022 */
        if (!memchr("*xX.-_#\xe2\x80\xa2", s.ptr[i], 10)) return false;
        marks += s.ptr[i] != 'x' && s.ptr[i] != 'X';
    }
    return marks > 0 || s.len >= 3;
}

/* What a template tells its reader to do: `insert-key-here`, `PUT_TOKEN_HERE`. */
static bool is_instruction(struct slice s) {
    static const char *const verbs[] = {"insert",  "enter", "put", "paste",
                                        "replace", "add",   "fill"};
    size_t first = 0, joints = 0;
    for (size_t i = 0; i < s.len; i++) {
        const bool joint = s.ptr[i] == '-' || s.ptr[i] == '_' || s.ptr[i] == ' ';
        if (!joint && !byte_is_alpha(s.ptr[i])) return false;
        if (joint && joints++ == 0) first = i;
    }
    if (joints < 2 || s.len < 4) return false;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (slice_eq_nocase(slice_sub(s, 0, first), slice_str(verbs[i]))) return true;
    return slice_eq_nocase(slice_sub(s, s.len - 4, s.len), SLICE("here"));
}

bool value_is_placeholder(struct slice value) {
    static const char words[][16] = {
        "changeme",    "change_me",  "change-me",  "null",          "(null)",        "nil",
        "<nil>",       "none",       "undefined",  "true",          "false",         "n/a",
        "tbd",         "todo",       "redacted",   "[redacted]",    "filtered",      "[filtered]",
        "[masked]",    "masked",     "hidden",     "[hidden]",      "removed",       "[removed]",
        "placeholder", "omitted",    "[omitted]",  "(redacted)",    "string",        "str",
        "int",         "integer",    "boolean",    "varchar",       "optional",      "unset",
        "empty",       "fixme",      "api_key",    "api-key",       "apikey",        "access_token",
        "auth_token",  "secret_key", "access_key", "refresh_token", "client_secret",
    };
    const struct slice s = value_trimmed(value);
    if (s.len == 0) return true;
    if (is_reference(s) || is_bound_later(s) || is_masked(s)) return true;
    if (slice_starts(s, SLICE("required"))) return true; /* also `required|string|min:8` */
    char low[sizeof words[0]] = {0};                     /* as long as a row: one comparison each */
    for (size_t i = 0; i < s.len && s.len < sizeof low; i++) low[i] = (char)byte_lower(s.ptr[i]);
    for (size_t i = 0; i < sizeof words / sizeof words[0] && low[0]; i++)
        if (memcmp(low, words[i], sizeof low) == 0) return true;
    if (is_instruction(s)) return true;
    if (s.len > 5 && slice_eq_nocase(slice_sub(s, 0, 4), SLICE("your")))
        return s.ptr[4] == '_' || s.ptr[4] == '-' || s.ptr[4] == ' ';
    return false;
}

bool accepts_not_placeholder(struct slice value) { return !value_is_placeholder(value); }
