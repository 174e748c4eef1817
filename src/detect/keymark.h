/* SPDX-License-Identifier: Apache-2.0 */
/* Marks between a key and its value, or in the value's place, that are none of its text. Pure
 * functions; `at` and `end` are offsets of the view, `at` before its end unless said otherwise. */
#ifndef LW_DETECT_KEYMARK_H
#define LW_DETECT_KEYMARK_H

#include "base/slice.h"

/* A byte of a key without quotes. */
static inline bool is_key_byte(uint8_t c) {
    return byte_is_alnum(c) || c == '_' || c == '-' || c == '.';
}
static inline bool is_line_end(uint8_t c) { return c == '\n' || c == '\r'; }

/* Behind the name of an argument, `a2=`, as the kernel's audit writes them; else `at`, which may be
 * the view's end. */
size_t mark_argument(struct slice view, size_t at);
/* Does [at, end) say that the value stands in the next lines: `|`, `>-` of YAML, a lone backslash
 * of shells at the end of the line? */
bool mark_goes_on_below(struct slice view, size_t at, size_t end);
/* Behind an anchor or a tag of YAML (`&pw x`, `!!str x`), what begins a list in Go
 * (`[]string{"x"}`) or what stands around a string (`Some("x")`); else `at`, which is in the view.
 */
size_t mark_type(struct slice view, size_t at);
/* Where, before `end`, a request's quote closes in a common log line, `" 400 47 `; `end`: nowhere
 * in the next 4 KiB. */
size_t mark_request_end(struct slice view, size_t at, size_t end);

#endif
