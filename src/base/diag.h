/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about configuration, as a compiler prints them.
 *
 * Every problem of one pass is collected; offsets are stored, line and column computed when
 * printed:
 *
 *     rules/acme.yaml:14:13: error: unknown validator 'lunh'
 *       14 |   validate: lunh
 *          |             ^~~~ did you mean 'luhn'?
 *
 * Lifetime: a diag_source must live as long as the diags that name it. Threads: one at a time. */
#ifndef LW_BASE_DIAG_H
#define LW_BASE_DIAG_H

#include "base/buf.h"

struct diag_source {
    const char *name;  /* file name as the user knows it */
    struct slice text; /* the whole file */
};

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diags {
    struct diag *items;
    size_t n, cap;
    size_t n_errors;
    /* Byte ranges whose source line is not shown (`…` instead): values below `kafka:` and `keys:`.
     */
    struct diag_secret *secrets;
    size_t n_secrets, cap_secrets;
    bool failed; /* out of memory: something was not kept; counts as an error */
};

void diags_init(struct diags *diags);
void diags_fini(struct diags *diags);

/* A problem at bytes [off, off+len) of `src`; src NULL: about no place. */
void diag_add(struct diags *diags, enum diag_level level, const struct diag_source *src, size_t off,
              size_t len, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Words behind the caret of the last diag added, e.g. "did you mean 'luhn'?". */
void diag_hint(struct diags *diags, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A further indented line below the last diag added (`expected …`, `got …`). */
void diag_note(struct diags *diags, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* From now on the bytes [off, off+len) of `src` print as `…`. */
void diag_hide(struct diags *diags, const struct diag_source *src, size_t off, size_t len);
bool diags_has_error(const struct diags *diags);
/* Appends all of it, by source and offset, with the closing line `N errors`. Nothing when empty. */
void diags_print(const struct diags *diags, struct buf *out);

/* The name of the list nearest to `word` (edit distance at most a third of its length, at least 1),
 * or NULL. */
const char *suggest(struct slice word, const char *const *names, size_t n);
/* Adds it as a hint (`did you mean 'x'?`) to the problem reported last. False: none is near. */
bool diag_suggest(struct diags *diags, struct slice word, const char *const *names, size_t n);

#endif
