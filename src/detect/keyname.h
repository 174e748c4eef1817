/* SPDX-License-Identifier: Apache-2.0 */
/* Key rules: which names mean that the value beside them goes.
 *
 * A name is split into words at `_`, `-`, `.`, blanks (and any other ASCII byte that is no letter
 * or digit), lower|Upper and UPPER|Upperlower, compared without case; digits belong to the word
 * they follow (`oauth2_token`: oauth2, token). The plain key `api_key` means all words of the name
 * joined (`apiKey`, `API-KEY`); `*_token` means the last word or words, at most six, of it
 * (`githubToken`, `token`), so `monkey` is no `*_key`. A name that ends in digits is tried without
 * them as well (`password1`, `token_2`). A key behind `!` (`!*_public_key`) takes the names it
 * means from its rule. Looked up by hash of the joined words, then compared.
 *
 * Lifetime: an index is immutable and shared. */
#ifndef LW_DETECT_KEYNAME_H
#define LW_DETECT_KEYNAME_H

#include "detect/rule.h"

enum { KEYNAME_MAX = 128 }; /* longer names match nothing */

struct keyname_index;

/* Over all key rules of the set. NULL: out of memory. */
struct keyname_index *keyname_index_new(const struct rule_set *set);
void keyname_index_free(struct keyname_index *index);
/* The rules whose keys mean `name` (as it stands in the log, escapes undone), ascending, none
 * twice; the first `cap` of them are stored. Returns how many. */
size_t keyname_find(const struct keyname_index *index, struct slice name, uint32_t *rules,
                    size_t cap);
/* Cheap pre-check: false means that no key ends like `text`. True where digits or separators end
 * it, which are looked through. */
bool keyname_may_end(const struct keyname_index *index, struct slice text);

/* One key and its value in text. */
struct keyvalue {
    struct span key;   /* without quotes */
    struct span value; /* without quotes */
    bool quoted;       /* the value stood in quotes, or is a bracketed container */
};

/* Reads the text around the separator at `sep` (a `=`, a `:`, or the first `-` of a `--name value`)
 * as `key sep value`.
 *
 *     key = v   key: v   "key" : v   \"key\": v   ""key"": v   user[key]=v   ['key'] = v   key[]=v
 * key => v   key := v key += v   key ?= v   --key v   "--key", "v"
 *
 * A key has at least one letter, at most KEYNAME_MAX bytes of [A-Za-z0-9_.-] (in quotes anything
 * but quotes, backslashes and control bytes), and stands at most 32 blanks before its separator. No
 * separators: `::` `://` `==` `!=` `<=` `>=` `=~`, the
 * `=` of `:=` (its `:` is one), and a `:` between digits unless these end a word (`password1:2`;
 * not `10:05:03`). No key begins before `from`, where, unless it is 0, a quote is thought to stand.
 * False: no key stands there. *value_at is what keyvalue_value wants. */
bool keyvalue_key(struct slice view, size_t from, size_t sep, struct span *key, size_t *value_at);

/* What reading the values of a view told of it; zero for each view at first. */
struct keyvalue_memo {
    struct span plain; /* the last run a value without quotes went through */
    struct span line;  /* the rest of the line of the last value that goes so far */
};

/* The value that begins at `value_at` (blanks before it skipped, line ends not). False: empty.
 *
 * - In quotes (`"`, `'`, backtick, also `\"`, doubled as in CSV, tripled, or behind a letter: b'',
 * u""): to the same quote unescaped; a quote doubled inside a value goes on. Unclosed: to the end
 * of the line.
 * - `{` or `[`: the whole container, strings inside respected, if it closes and nothing is glued to
 * it; else as the next.
 * - Unquoted: to white space, `\r\n` as text, `,` `;` `&`, a quote (less the backslashes before it)
 * or a closing bracket not opened inside with no letter or digit directly behind it;
 *   `$(...)` and `${...}` as a whole. One `.` or `:` before white space or the end belongs to the
 * sentence.
 * - EXTENT_LINE: to CR, LF, `\r\n` as text, or the end; if a quote stands directly before the key,
 * to that quote; behind `key=` to the next such pair of logfmt that is no parameter of the value; a
 * value that is one quoted string or list ends with it (a list directly behind its separator also
 * before a blank: map[K:[v] L:[w]]).
 *
 * A value in quotes that passes 256 more separators, or one without that passes 64 backslashes, `$`
 * and brackets, goes to the end of the view, one of EXTENT_LINE to the end of the line, so that
 * calls at every separator stay linear. `memo` may be NULL. */
bool keyvalue_value(struct slice view, size_t value_at, enum key_extent extent,
                    struct keyvalue_memo *memo, struct span *value, bool *quoted);

#endif
