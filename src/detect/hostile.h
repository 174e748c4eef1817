/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that make a rule work hard, grown from the rule itself.
 *
 * From the tree of a pattern: its matches one behind the other, their beginnings again and again,
 * runs of what a quantifier takes with the wrong end, starts within such runs; from the names of a
 * key rule: keys whose values never end. Nothing is random between two calls: text `number` of a
 * rule is always the same, and a longer one begins as the shorter one does, so that the same text
 * can be measured at several lengths.
 *
 * Lifetime: a hostile lives in the arena given and shows the rule's bytes. */
#ifndef LW_DETECT_HOSTILE_H
#define LW_DETECT_HOSTILE_H

#include "base/buf.h"
#include "detect/pattern.h"
#include "detect/rule.h"

enum { HOSTILE_TEXTS = 60 };

struct hostile {
    const struct rule *rule;
    struct pattern pattern; /* root NULL: a key rule, or not understood */
    unsigned n_in[256];     /* in how many classes of the pattern a byte is */
    size_t n_atoms;         /* bytes and quantifiers of the tree */
};

/* False: out of memory. */
bool hostile_init(struct hostile *hostile, const struct rule *rule, struct arena *arena);
/* Replaces `out` by the first `len` bytes of text `number`: one line, without NUL. False: out of
 * memory. */
bool hostile_text(const struct hostile *hostile, unsigned number, size_t len, struct buf *out);

#endif
