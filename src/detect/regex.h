/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's pattern: PCRE2 with JIT, anchored, in byte mode, and a judge inside the match.
 *
 * `P` is compiled as `(?:P)(?C1)` with PCRE2_ANCHORED and PCRE2_NO_AUTO_POSSESS: wherever P has
 * matched, the callout hands the candidate to a check; a refusal makes PCRE2 backtrack to the next
 * match of P at the same offset (a shorter one, as a rule). After REGEX_MAX_REFUSALS refusals the
 * attempt fails. The subject is the whole view, so look-behind, `^`, `$` and `\b` see the truth.
 *
 * Lifetime: a regex is shared by threads and to them immutable after regex_compile (the first
 * attempt makes its machine code, once); a regex_scratch belongs to one thread and
 * serves every regex. */
#ifndef LW_DETECT_REGEX_H
#define LW_DETECT_REGEX_H

#include "base/diag.h"

enum { REGEX_MAX_REFUSALS = 64 };

struct regex;
struct regex_scratch;

/* Decides about a candidate: `value` is the group named `value` (the first set one of that name),
 * or the whole match if there is no such group. */
typedef bool (*regex_check)(void *ctx, struct span value);

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT };

/* NULL: reported at [off, off+len) of `src` (PCRE2's own text and place in the pattern). Refused
 * too:
 * (*VERB)s, callouts, \C, \K, recursion. */
struct regex *regex_compile(struct slice pattern, const struct diag_source *src, size_t off,
                            size_t len, struct diags *diags);
/* A pattern that regex_compile takes, compiled so that its work is counted (regex_scratch_steps):
 * slower, for measuring only. NULL: out of memory. */
struct regex *regex_compile_counted(struct slice pattern);
/* A pattern that regex_compile has taken before (image.h): compiled at the first attempt; an
 * attempt without memory for that is REGEX_LIMIT. The pattern must outlive it, and nothing is known
 * of its matches. NULL: out of memory. */
struct regex *regex_known(struct slice pattern);
void regex_free(struct regex *regex);
/* NULL: out of memory. */
struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch *scratch);

/* Matches at exactly `off` of `view`. YES: *match and *value are set (value within match). LIMIT:
 * PCRE2's match, heap or JIT stack limit was reached. `check` NULL: every match is accepted. */
enum regex_result regex_attempt(const struct regex *regex, struct regex_scratch *scratch,
                                struct slice view, size_t off, regex_check check, void *ctx,
                                struct span *match, struct span *value);

/* For profiles: `clock` is read before and after each attempt of this scratch, and `seen` is told
 * what went by. `clock` NULL: steps of counted regexes; `seen` NULL: no more. */
struct regex_watch {
    uint64_t (*clock)(void);
    void (*seen)(void *ctx, const struct regex *regex, enum regex_result result, uint64_t ticks);
    void *ctx;
};
void regex_scratch_watch(struct regex_scratch *scratch, struct regex_watch watch);

/* What the attempts of this scratch with counted regexes have cost so far: one step for each item
 * PCRE2 came to and one for each byte it went on or back. The same on every machine. An attempt of
 * more than REGEX_MAX_STEPS fails. */
enum { REGEX_MAX_STEPS = 20000000 };
uint64_t regex_scratch_steps(const struct regex_scratch *scratch);

#endif
