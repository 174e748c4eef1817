/* SPDX-License-Identifier: Apache-2.0 */
/* `key = value` in text, read outwards from its separator.
 *
 * Linear by construction: a key is at most MAX_BLANKS blanks and KEYNAME_MAX bytes away, and a
 * value's walk gives up once it has passed MAX_SEPARATORS further separators, or, without quotes,
 * MAX_SPECIALS bytes that are not plain (the value then goes to the end of the view: fail closed).
 * Plain bytes are walked once for all values they are in (struct keyvalue_memo). So, called at
 * every separator of any text, no byte is looked at more often than that. A bound in bytes would
 * either cut long tokens or be far from linear.
 *
 * Quotes have a level, as text in JSON in JSON has: `"` 0, `\"` 1, `\\\"` 2. A run of r backslashes
 * before a quote ends in the 2^level - 1 that escape the quote; what stands before those are
 * escaped backslashes, so level = trailing one bits of r. */
#include "detect/keymark.h"
#include "detect/keyname.h"

enum { MAX_BLANKS = 32, MAX_INDEX_DIGITS = 8, MAX_INDEXES = 2 };
enum { MAX_SEPARATORS = 256, MAX_SPECIALS = 64 };

/* ---- bytes ---- */

/* What stands behind a complete value. */
static inline bool is_behind_value(struct slice view, size_t at) {
    return at >= view.len || byte_is_space(view.ptr[at]) ||
           memchr(",;&)]}<>|", view.ptr[at], 9) != NULL;
}

static inline unsigned quote_level(size_t n_backslashes) {
    return (unsigned)__builtin_ctzll(~(unsigned long long)n_backslashes);
}
/* Backslashes that escape a quote of that level. */
static inline size_t quote_escapes(unsigned level) { return ((size_t)1 << level) - 1; }

/* Backslashes directly before `at`; runs before different quotes are disjoint. */
static size_t backslashes_before(struct slice view, size_t at) {
    size_t n = 0;
    while (n < at && view.ptr[at - n - 1] == '\\') n++;
    return n;
}

static size_t line_end(struct slice view, size_t at) {
    while (at < view.len && !is_line_end(view.ptr[at])) at++;
    return at;
}

static bool has_letter(struct slice view, struct span span) {
    for (size_t i = span.start; i < span.end; i++)
        if (byte_is_alpha(view.ptr[i]) || view.ptr[i] >= 0x80) return true;
    return false;
}

/* ---- keys ---- */

struct key_place {
    struct span key;
    size_t outer; /* where the key begins with its quotes */
    bool quoted;
};

/* The run of key bytes that ends at `end`. */
static bool bare_key(struct slice view, size_t from, size_t end, struct key_place *out) {
    size_t start = end;
    while (start > from && is_key_byte(view.ptr[start - 1]) && end - start <= KEYNAME_MAX) start--;
    if (end - start > KEYNAME_MAX) return false;
    *out = (struct key_place){.outer = start};
    while (start < end && (view.ptr[start] == '-' || view.ptr[start] == '.')) start++;
    out->key = (struct span){start, end};
    return has_letter(view, out->key);
}

/* The key in the quotes that close before `end`: one quote, or two or three as CSV doubles them. */
static bool quoted_key(struct slice view, size_t from, size_t end, struct key_place *out) {
    const uint8_t quote = view.ptr[end - 1];
    size_t n_quotes = 1;
    while (n_quotes < 3 && end > n_quotes && view.ptr[end - n_quotes - 1] == quote) n_quotes++;
    end -= n_quotes;
    end -= backslashes_before(view, end);
    size_t start = end;
    while (start > from && end - start <= KEYNAME_MAX) {
        const uint8_t c = view.ptr[start - 1];
        if (c == quote || c == '\\' || is_line_end(c)) break;
        start--;
    }
    const bool cut = from > 0 && start == from;
    if (end - start > KEYNAME_MAX || (!cut && start < n_quotes)) return false;
    for (size_t i = 1; i <= n_quotes && !cut; i++)
        if (view.ptr[start - i] != quote) return false;
    const size_t outer = cut ? start : start - n_quotes;
    *out = (struct key_place){{start, end}, outer - backslashes_before(view, outer), true};
    return has_letter(view, out->key);
}

/* `[key]`, `['key']`, `[:key]`, the bracket closing at `close`. */
static bool bracketed_key(struct slice view, size_t from, size_t close, struct key_place *out) {
    if (close <= from) return false;
    if (byte_is_quote(view.ptr[close - 1])) {
        if (!quoted_key(view, from, close, out)) return false;
    } else if (!bare_key(view, from, close, out)) {
        return false;
    }
    if (out->outer > 1 && view.ptr[out->outer - 1] == ':') out->outer--;
    out->quoted = true;
    return out->outer > 0 && view.ptr[out->outer - 1] == '[';
}

/* Before `[]` and `[12]` that end at `end`. */
static size_t before_indexes(struct slice view, size_t end) {
    for (int n = 0; n < MAX_INDEXES && end > 1 && view.ptr[end - 1] == ']'; n++) {
        size_t at = end - 1;
        while (at > 0 && byte_is_digit(view.ptr[at - 1]) && end - at <= MAX_INDEX_DIGITS) at--;
        if (at < 2 || view.ptr[at - 1] != '[') break;
        end = at - 1;
    }
    return end;
}

static bool key_before(struct slice view, size_t from, size_t end, struct key_place *out) {
    for (int n = 0; n < MAX_BLANKS && end > 0 && byte_is_blank(view.ptr[end - 1]); n++) end--;
    end = before_indexes(view, end);
    if (end <= from) return false;
    if (view.ptr[end - 1] == ']') return bracketed_key(view, from, end - 1, out);
    if (byte_is_quote(view.ptr[end - 1])) return quoted_key(view, from, end, out);
    return bare_key(view, from, end, out);
}

/* ---- separators ---- */

/* The `:` at `sep` between two digits: no time (10:05:03, 2026-11-23T22:54), for the digits end a
 * word (`password1:2`). */
static bool ends_word(struct slice view, size_t sep) {
    size_t at = sep;
    while (at > 0 && byte_is_digit(view.ptr[at - 1]) && sep - at <= KEYNAME_MAX) at--;
    if (at == 0 || !byte_is_alpha(view.ptr[at - 1])) return false;
    return byte_lower(view.ptr[at - 1]) != 't' || (at > 1 && byte_is_alpha(view.ptr[at - 2]));
}

/* How much of an operator stands before its `=` at `sep`: `+=`, `?=`, `::=`, `:::=` of shells and
 * makefiles, `.=`, `||=`, `??=` of languages. */
static size_t operator_bytes(struct slice view, size_t sep) {
    size_t n = 0;
    const uint8_t c = sep > 0 ? view.ptr[sep - 1] : 0;
    if (c == 0 || memchr("+?:|.", c, 5) == NULL) return 0;
    while (n < 3 && n < sep && view.ptr[sep - n - 1] == c) n++;
    if (c == '.' && (n > 1 || n == sep || !byte_is_blank(view.ptr[sep - 2]))) return 0;
    return n;
}

/* The separator around `sep`: the key ends at or before *key_end, the value begins at or behind
 * *value_at. */
static bool read_separator(struct slice view, size_t sep, size_t *key_end, size_t *value_at) {
    const uint8_t c = view.ptr[sep];
    const uint8_t before = sep > 0 ? view.ptr[sep - 1] : 0;
    const uint8_t after = sep + 1 < view.len ? view.ptr[sep + 1] : 0;
    *key_end = sep;
    *value_at = sep + 1;
    if (c == '=') {
        if (before == '=' || before == '!' || before == '<' || before == '>') return false;
        if (after == '=' || after == '~') return false;
        *key_end -= operator_bytes(view, sep);
        if (before == ':' && *key_end + 1 == sep) return false; /* `:=`, read at its colon */
        if (after == '>') (*value_at)++;
        return true;
    }
    if (c != ':' || before == ':' || after == ':') return false;
    if (after == '/' && sep + 2 < view.len && view.ptr[sep + 2] == '/') return false;
    if (byte_is_digit(before) && byte_is_digit(after)) return ends_word(view, sep);
    if (after == '=') (*value_at)++;
    return true;
}

/* `--name value`, also as a list has it: `"--name", "value"`. */
static bool option_key(struct slice view, size_t sep, struct span *key, size_t *value_at) {
    size_t at = sep + 2;
    if (at >= view.len || view.ptr[sep + 1] != '-' || !byte_is_alpha(view.ptr[at])) return false;
    if (sep > 0 && is_key_byte(view.ptr[sep - 1])) return false;
    while (at < view.len && is_key_byte(view.ptr[at]) && at - sep <= KEYNAME_MAX + 2) at++;
    if (at - sep > KEYNAME_MAX + 2) return false;
    *key = (struct span){sep + 2, at};
    if (sep > 0 && byte_is_quote(view.ptr[sep - 1])) {
        while (at < view.len && view.ptr[at] == '\\') at++;
        if (at < view.len && view.ptr[at] == view.ptr[sep - 1]) at++;
        if (at < view.len && view.ptr[at] == ',') at++;
    }
    const size_t blanks = at;
    while (at < view.len && byte_is_blank(view.ptr[at])) at++;
    if (at > blanks && byte_is_quote(view.ptr[blanks - 1])) at = mark_argument(view, at);
    const bool is_apart = at > blanks || view.ptr[blanks - 1] == ',';
    if (!is_apart || at >= view.len || is_line_end(view.ptr[at]) || view.ptr[at] == '-')
        return false;
    *value_at = at;
    return true;
}

bool keyvalue_key(struct slice view, size_t from, size_t sep, struct span *key, size_t *value_at) {
    size_t key_end = 0;
    struct key_place place = {0};
    if (sep >= view.len) return false;
    if (view.ptr[sep] == '-') return option_key(view, sep, key, value_at);
    if (!read_separator(view, sep, &key_end, value_at)) return false;
    if (!key_before(view, from, key_end, &place)) return false;
    *key = place.key;
    return true;
}

/* ---- values ---- */

struct walk {
    struct slice view;
    struct keyvalue_memo *memo; /* or NULL */
    size_t separators;          /* passed so far */
    size_t specials;
};

/* Counts the byte at `at` if a key can stand before it. True: the walk has taken too long. */
static inline bool walk_is_over(struct walk *walk, size_t at) {
    const uint8_t c = walk->view.ptr[at];
    if (c != '=' && c != ':' && !(c == '-' && at > 0 && walk->view.ptr[at - 1] == '-'))
        return false;
    return ++walk->separators > MAX_SEPARATORS;
}

struct quote {
    uint8_t byte;
    unsigned level;
    size_t n;     /* 1; 2 or 3 in CSV and `"""text"""` */
    size_t inner; /* offset behind it */
};

/* A quote that opens at `at`, perhaps behind the mark of a string literal (b'', u"", @"", $'' ...).
 */
static bool quote_open(struct slice view, size_t at, struct quote *out) {
    size_t mark = at;
    while (mark < view.len && mark < at + 2 && view.ptr[mark] != 0 &&
           strchr("bBuUrRfFLN@$", view.ptr[mark]) != NULL)
        mark++;
    if (mark < view.len && byte_is_quote(view.ptr[mark])) at = mark;
    size_t n_backslashes = 0;
    while (at < view.len && view.ptr[at] == '\\') at++, n_backslashes++;
    if (at >= view.len || !byte_is_quote(view.ptr[at])) return false;
    *out = (struct quote){view.ptr[at], quote_level(n_backslashes), 1, at + 1};
    if (n_backslashes > 0) return true;
    size_t run = 1;
    while (run < 6 && at + run < view.len && view.ptr[at + run] == out->byte) run++;
    /* `""` alone, in CSV or tripled: empty, closed by the next quote. */
    if (run == 4 || run == 6 || (run == 2 && is_behind_value(view, at + run))) return true;
    out->n = run < 3 ? run : 3;
    out->inner = at + out->n;
    return true;
}

/* The quote at *at, of the right kind and level, closes; a doubled one inside of the value (SQL's
 * `'it''s'`) does not and is stepped over. */
static bool quote_closes(struct slice view, const struct quote *quote, size_t *at) {
    size_t n = 1;
    while (n < 3 && *at + n < view.len && view.ptr[*at + n] == quote->byte) n++;
    if (quote->n > 1) return n >= quote->n;
    if (quote->level > 0 || n == 1 || *at == quote->inner || is_behind_value(view, *at + 2))
        return true;
    (*at)++;
    return false;
}

/* The text in `quote`; true if it closes, *behind is then the offset behind. Unclosed it ends with
 * the line. */
static bool quoted_value(struct walk *walk, const struct quote *quote, struct span *value,
                         size_t *behind) {
    const struct slice view = walk->view;
    size_t n_backslashes = 0;
    *value = (struct span){quote->inner, view.len};
    *behind = view.len;
    for (size_t i = quote->inner; i < view.len; i++) {
        if (walk_is_over(walk, i)) return false;
        if (view.ptr[i] == '\\') {
            n_backslashes++;
            continue;
        }
        if (view.ptr[i] == quote->byte && quote_level(n_backslashes) == quote->level &&
            quote_closes(view, quote, &i)) {
            value->end = i - quote_escapes(quote->level);
            *behind = i + quote->n;
            return true;
        }
        n_backslashes = 0;
    }
    value->end = *behind = line_end(view, quote->inner);
    return false;
}

/* Behind the bracket that closes the `{` or `[` at `at`; 0: none does; the view's end when the walk
 * takes too long. Brackets in strings do not count. */
static size_t container_end(struct walk *walk, size_t at) {
    const struct slice view = walk->view;
    size_t depth = 0, n_backslashes = 0;
    unsigned level = 0;
    uint8_t quote = 0;
    for (size_t i = at; i < view.len; i++) {
        const uint8_t c = view.ptr[i];
        if (walk_is_over(walk, i)) return view.len;
        if (c == '\\') {
            n_backslashes++;
            continue;
        }
        if (quote != 0) {
            if (c == quote && quote_level(n_backslashes) == level) quote = 0;
        } else if (c == '"' || (c == '\'' && memchr("[{(,:= ", view.ptr[i - 1], 7) != NULL)) {
            quote = c;
            level = quote_level(n_backslashes);
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
        n_backslashes = 0;
    }
    return 0;
}

/* The last byte of the `$(...)` or `${...}` at `at`; unclosed, of the line. */
static size_t substitution_last(struct walk *walk, size_t at) {
    const struct slice view = walk->view;
    const uint8_t open = view.ptr[at + 1], close = open == '(' ? ')' : '}';
    size_t depth = 1, i = at + 2;
    for (; i < view.len && !is_line_end(view.ptr[i]); i++) {
        if (walk_is_over(walk, i)) return view.len - 1;
        if (view.ptr[i] == open) depth++;
        if (view.ptr[i] == close && --depth == 0) return i;
    }
    return i - 1;
}

/* `\r\n` as text, at any level: the end of a header where a view shows it escaped. */
static bool is_escaped_line_end(struct slice view, size_t at) {
    static const uint8_t letters[] = {'r', 'n'};
    for (size_t i = 0; i < sizeof letters; i++, at++) {
        const size_t run = at;
        while (at < view.len && view.ptr[at] == '\\') at++;
        if (at == run || at >= view.len || view.ptr[at] != letters[i]) return false;
    }
    return true;
}

/* Bytes a value without quotes goes through whatever stands around them. */
static bool is_plain(uint8_t c) {
    switch (c) {
    case ',':
    case ';':
    case '&':
    case '\\':
    case '$':
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}': return false;
    default: return !byte_is_space(c) && !byte_is_quote(c);
    }
}

static size_t plain_end(struct walk *walk, size_t at) {
    const struct slice view = walk->view;
    struct span *known = walk->memo != NULL ? &walk->memo->plain : NULL;
    if (known != NULL && known->start <= at && at < known->end) return known->end;
    const size_t start = at;
    while (at < view.len && is_plain(view.ptr[at])) at++;
    if (known != NULL) *known = (struct span){start, at};
    return at;
}

/* Where a value without quotes that began before `at` ends. */
static size_t bare_end(struct walk *walk, size_t at) {
    const struct slice view = walk->view;
    size_t depth[3] = {0};
    const size_t start = at;
    for (at = plain_end(walk, at); at < view.len; at = plain_end(walk, at + 1)) {
        const uint8_t c = view.ptr[at];
        if (++walk->specials > MAX_SPECIALS) return view.len;
        if (byte_is_space(c) || c == ',' || c == ';' || c == '&' || byte_is_quote(c)) return at;
        const bool in_run = at > start && view.ptr[at - 1] == '\\';
        if (c == '\\' && !in_run && is_escaped_line_end(view, at)) return at;
        const uint8_t next = at + 1 < view.len ? view.ptr[at + 1] : 0;
        if (c == '$' && (next == '(' || next == '{')) {
            at = substitution_last(walk, at);
            continue;
        }
        const size_t kind = c == '(' || c == ')' ? 0 : c == '[' || c == ']' ? 1 : 2;
        if (c == '(' || c == '[' || c == '{') depth[kind]++;
        if (c != ')' && c != ']' && c != '}') continue;
        if (depth[kind] > 0)
            depth[kind]--;
        else if (!byte_is_alnum(
                     next)) /* `p)4ss` goes on: what encloses a value ends before no word */
            return at;
    }
    return at;
}

/* A list or an object that nothing closes stands at `at` and, read as a value without quotes, ends
 * at `end`: was it cut off, so that its items are behind? */
static bool was_cut_off(struct slice view, size_t at, size_t end) {
    if (end < view.len && byte_is_quote(view.ptr[end])) return true;
    while (at < view.len && memchr("{[ \t\\", view.ptr[at], 5) != NULL) at++;
    return at < view.len && (byte_is_quote(view.ptr[at]) || byte_is_digit(view.ptr[at]));
}

static bool bare_value(struct walk *walk, size_t at, struct span *value, bool *quoted) {
    const struct slice view = walk->view;
    size_t container = 0;
    const bool is_container = view.ptr[at] == '{' || view.ptr[at] == '[';
    if (is_container) container = container_end(walk, at);
    size_t end = bare_end(walk, container > 0 ? container : at);
    if (is_container && container == 0 && was_cut_off(view, at, end))
        container = end = line_end(view, at);
    if (end < view.len && byte_is_quote(view.ptr[end])) { /* backslashes of the quote */
        while (end > at && view.ptr[end - 1] == '\\') end--;
    } else if (end == view.len || byte_is_space(view.ptr[end])) { /* of the sentence */
        if (end > at && (view.ptr[end - 1] == '.' || view.ptr[end - 1] == ':')) end--;
    }
    if (mark_goes_on_below(view, at, end)) return false;
    *value = (struct span){at, end};
    *quoted = container > 0 && end == container;
    while (at < end && (view.ptr[at] == '{' || view.ptr[at] == '[')) at++; /* goes on elsewhere */
    return end > at;
}

/* ---- values to the end of the line ---- */

/* The quote that stands directly before the key whose value begins at `value_at`, and not behind
 * the key. */
static bool enclosing_quote(struct slice view, size_t value_at, struct key_place *place,
                            struct quote *out) {
    size_t key_end = 0, at = 0;
    if (value_at == 0) return false;
    size_t sep = value_at - 1;
    if (sep > 0 && view.ptr[sep] == '>') sep--;
    if (view.ptr[sep] == '=' && sep > 0 && view.ptr[sep - 1] == ':' &&
        operator_bytes(view, sep) == 1)
        sep--;
    if (!read_separator(view, sep, &key_end, &at) || !key_before(view, 0, key_end, place))
        return false;
    const size_t outer = place->outer;
    if (place->quoted || outer == 0 || !byte_is_quote(view.ptr[outer - 1])) return false;
    const size_t n_backslashes = backslashes_before(view, outer - 1);
    *out = (struct quote){view.ptr[outer - 1], quote_level(n_backslashes), 1, value_at};
    return true;
}

/* A header's value as JSON, logfmt or a dump of a map writes it: one string or list, nothing of the
 * value behind it. */
static bool line_value_is_whole(struct walk *walk, size_t value_at, size_t at, bool is_key_quoted,
                                struct span *value) {
    const struct slice view = walk->view;
    struct quote quote;
    size_t behind;
    const bool is_adjacent = at == value_at;
    if (view.ptr[at] == '[' || view.ptr[at] == '{') {
        behind = container_end(walk, at);
        *value = (struct span){at, behind};
        if (behind == 0) return false;
        if (behind < view.len && byte_is_blank(view.ptr[behind])) return is_adjacent;
        return is_behind_value(view, behind) || byte_is_quote(view.ptr[behind]);
    }
    if (!quote_open(view, at, &quote) || !quoted_value(walk, &quote, value, &behind)) return false;
    const bool is_field = value_at > 0 && view.ptr[value_at - 1] != ':';
    if (is_key_quoted || is_field || behind >= view.len) return true;
    return view.ptr[behind] != ';' && is_behind_value(view, behind);
}

enum { MAX_PAIR = 256 }; /* bytes of a pair of logfmt that are looked at */

/* Where the value of a pair of logfmt that begins at `at` stands: behind `key=`; 0: none does. */
static size_t pair_value(struct slice view, size_t at) {
    size_t sep = at;
    while (sep < view.len && sep - at < MAX_PAIR &&
           (is_key_byte(view.ptr[sep]) || view.ptr[sep] == '/' || view.ptr[sep] == '@' ||
            view.ptr[sep] >= 0x80))
        sep++;
    if (sep == at || sep >= view.len || view.ptr[sep] != '=') return 0;
    return sep + 1 < view.len && view.ptr[sep + 1] == '=' ? 0 : sep + 1;
}

/* Does the pair's value end in a comma, or stand before one? */
static bool is_listed(struct slice view, size_t value) {
    const size_t limit = view.len - value > MAX_PAIR ? value + MAX_PAIR : view.len;
    size_t end = value;
    if (value == limit || view.ptr[value] != '"') {
        while (end < limit && view.ptr[end] > ' ') end++;
        return end > value && view.ptr[end - 1] == ',';
    }
    while (++end < limit && view.ptr[end] != '"') end += view.ptr[end] == '\\';
    return end + 1 < limit && view.ptr[end + 1] == ',';
}

/* Could it be an authentication scheme: `Token`, `AWS4-HMAC-SHA256`? */
static bool is_scheme(struct slice word) {
    enum { MAX_SCHEME = 32 };
    bool has_digit = false, has_dash = false;
    for (size_t i = 0; i < word.len && i <= MAX_SCHEME; i++) {
        if (!byte_is_alnum(word.ptr[i]) && word.ptr[i] != '-') return false;
        has_digit |= byte_is_digit(word.ptr[i]);
        has_dash |= word.ptr[i] == '-';
    }
    return word.len <= MAX_SCHEME && byte_is_alpha(word.ptr[0]) && (!has_digit || has_dash);
}

/* Does the next pair of a logfmt record begin behind the blank at `end`, and not a parameter of the
 * value that began at `at` (`Digest username="ada", realm="x"`, `Token token="x"`)? */
static bool ends_at_pair(struct slice view, size_t at, size_t end) {
    size_t next = end;
    while (next < view.len && byte_is_blank(view.ptr[next])) next++;
    const size_t value = pair_value(view, next);
    return value > 0 && view.ptr[end - 1] != ',' && view.ptr[end - 1] != ';' &&
           !is_scheme(slice_sub(view, at, end)) && !is_listed(view, value);
}

/* Is `key=` at whose end `value_at` is, with a pair behind blanks at `at`, a pair without value? */
static bool is_empty_pair(struct slice view, size_t value_at, size_t at) {
    const size_t next = at > value_at ? pair_value(view, at) : 0;
    return next > 0 && next < view.len && view.ptr[next] > ' ';
}

/* Where the line ends that `at` is in, or an escaped one. */
static size_t whole_line_end(struct walk *walk, size_t at) {
    const struct slice view = walk->view;
    struct span *known = walk->memo != NULL ? &walk->memo->line : NULL;
    if (known != NULL && known->start <= at && at < known->end) return known->end;
    size_t end = at;
    while (end < view.len && !is_line_end(view.ptr[end])) {
        const bool in_run = end > at && view.ptr[end - 1] == '\\';
        if (view.ptr[end] == '\\' && !in_run && is_escaped_line_end(view, end)) break;
        end++;
    }
    if (known != NULL) *known = (struct span){at, end};
    return end;
}

/* Where the value of a pair of logfmt ends that began at `at` and ends with its line at the latest.
 */
static size_t pair_end(struct walk *walk, size_t at, size_t line) {
    const struct slice view = walk->view;
    for (size_t end = plain_end(walk, at); end < line; end = plain_end(walk, end + 1)) {
        if (++walk->specials > MAX_SEPARATORS) return line;
        if (byte_is_blank(view.ptr[end]) && end > at && !byte_is_blank(view.ptr[end - 1]) &&
            ends_at_pair(view, at, end))
            return end;
    }
    return line;
}

/* Where the quote closes that key and value stand in; its line's end if it does not. */
static size_t enclosed_end(struct walk *walk, size_t at, size_t line,
                           const struct quote *enclosing) {
    const struct slice view = walk->view;
    size_t n_backslashes = 0;
    for (size_t end = at; end < line; end++) {
        if (walk_is_over(walk, end)) return line;
        if (view.ptr[end] == '\\') {
            n_backslashes++;
            continue;
        }
        if (view.ptr[end] == enclosing->byte && quote_level(n_backslashes) == enclosing->level)
            return end - quote_escapes(enclosing->level);
        n_backslashes = 0;
    }
    return line;
}

bool keyvalue_value(struct slice view, size_t value_at, enum key_extent extent,
                    struct keyvalue_memo *memo, struct span *value, bool *quoted) {
    struct walk walk = {.view = view, .memo = memo};
    struct key_place place = {0};
    struct quote quote = {0}, enclosing = {0};
    size_t at = value_at, behind = 0;
    while (at < view.len && byte_is_blank(view.ptr[at])) at++;
    if (at >= view.len || is_line_end(view.ptr[at])) return false;
    at = mark_type(view, at);
    const bool is_enclosed = enclosing_quote(view, value_at, &place, &enclosing);
    const bool has_quote = quote_open(view, at, &quote);
    /* `"password=" x`: the quote closes the one before the key. */
    if (is_enclosed && has_quote && quote.byte == enclosing.byte &&
        quote.level == enclosing.level && quote.n == 1 && is_behind_value(view, quote.inner))
        return false;
    const bool in_pair = !is_enclosed && value_at > 1 && view.ptr[value_at - 1] == '=' &&
                         is_key_byte(view.ptr[value_at - 2]);
    if (in_pair && is_empty_pair(view, value_at, at)) return false;
    if (extent == EXTENT_LINE) {
        *quoted = line_value_is_whole(&walk, value_at, at, place.quoted, value);
        if (*quoted) return value->end > value->start;
        const size_t line = mark_request_end(view, at, whole_line_end(&walk, at));
        *value = (struct span){at, line};
        if (is_enclosed) value->end = enclosed_end(&walk, at, line, &enclosing);
        if (in_pair) value->end = pair_end(&walk, at, line);
    } else if (has_quote) {
        *quoted = true;
        quoted_value(&walk, &quote, value, &behind);
    } else {
        return bare_value(&walk, at, value, quoted);
    }
    return value->end > value->start;
}
