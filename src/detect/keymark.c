/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/keymark.h"
#include "detect/keyname.h"

size_t mark_argument(struct slice view, size_t at) {
    enum { MAX_DIGITS = 4 };
    if (at >= view.len || view.ptr[at] != 'a') return at;
    size_t end = at + 1;
    while (end < view.len && end - at <= MAX_DIGITS && byte_is_digit(view.ptr[end])) end++;
    return end > at + 1 && end < view.len && view.ptr[end] == '=' ? end + 1 : at;
}

bool mark_goes_on_below(struct slice view, size_t at, size_t end) {
    if (end < view.len && !is_line_end(view.ptr[end])) return false;
    if (view.ptr[at] == '\\') return end == at + 1 && at > 0 && byte_is_blank(view.ptr[at - 1]);
    if (view.ptr[at] != '|' && view.ptr[at] != '>') return false;
    for (at++; at < end; at++)
        if (view.ptr[at] != '-' && view.ptr[at] != '+' && !byte_is_digit(view.ptr[at]))
            return false;
    return true;
}

/* YAML's `&pw x`, `!!str x`. */
static size_t behind_properties(struct slice view, size_t at) {
    if (at == 0 || !byte_is_blank(view.ptr[at - 1])) return at;
    size_t end = at + 1;
    if (view.ptr[at] == '!' && end < view.len && view.ptr[end] == '!')
        end++;
    else if (view.ptr[at] != '&')
        return at;
    const size_t name = end;
    while (end < view.len && is_key_byte(view.ptr[end]) && end - name < KEYNAME_MAX) end++;
    const size_t blank = end;
    while (end < view.len && byte_is_blank(view.ptr[end])) end++;
    return blank > name && end > blank && end < view.len && !is_line_end(view.ptr[end]) ? end : at;
}

/* Go's `[]string{"x"}`, `[]byte("x")`. */
static size_t behind_slice_type(struct slice view, size_t at) {
    if (view.len - at < 4 || view.ptr[at] != '[' || view.ptr[at + 1] != ']') return at;
    size_t end = at + 2;
    while (end < view.len && end - at < KEYNAME_MAX &&
           (is_key_byte(view.ptr[end]) || view.ptr[end] == '*'))
        end++;
    if (end == view.len || (view.ptr[end] != '{' && view.ptr[end] != '(')) return at;
    size_t quote = ++end;
    while (quote < view.len && view.ptr[quote] == '\\') quote++;
    return quote < view.len && byte_is_quote(view.ptr[quote]) ? end : at;
}

/* What Rust, Haskell, Swift, PHP's var_dump and Erlang write around a string: `Some("x")`,
 * `Just "x"`, `Optional("x")`, `string(1) "x"`, `<<"x">>`. */
static size_t behind_wrapper(struct slice view, size_t at) {
    static const char *const wrappers[] = {"Some(", "Just ", "Optional(", "string(", "<<"};
    const struct slice rest = slice_sub(view, at, view.len);
    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++) {
        if (!slice_starts(rest, slice_str(wrappers[i]))) continue;
        size_t end = at + strlen(wrappers[i]), quote = end;
        while (quote < view.len && byte_is_digit(view.ptr[quote])) quote++;
        if (quote > end && view.len - quote > 2 && memcmp(view.ptr + quote, ") ", 2) == 0)
            end = quote + 2;
        for (quote = end; quote < view.len && view.ptr[quote] == '\\';) quote++;
        return quote < view.len && byte_is_quote(view.ptr[quote]) ? end : at;
    }
    return at;
}

size_t mark_type(struct slice view, size_t at) {
    size_t end = behind_properties(view, at);
    if (end == at) end = behind_slice_type(view, at);
    return end > at ? end : behind_wrapper(view, at);
}

size_t mark_request_end(struct slice view, size_t at, size_t end) {
    enum { LOOKED_AT = 4096 };
    const size_t limit = end - at > LOOKED_AT ? at + LOOKED_AT : end;
    for (const uint8_t *quote; (quote = memchr(view.ptr + at, '"', limit - at)) != NULL;) {
        at = (size_t)(quote - view.ptr) + 1;
        if (at + 5 <= end && quote[1] == ' ' && byte_is_digit(quote[2]) &&
            byte_is_digit(quote[3]) && byte_is_digit(quote[4]) && quote[5] == ' ')
            return at - 1;
    }
    return end;
}
