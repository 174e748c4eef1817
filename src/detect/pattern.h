/* SPDX-License-Identifier: Apache-2.0 */
/* Reads PCRE2 syntax into a tree of what a match may be made of.
 *
 * The tree describes at least the texts the pattern matches, often more: atomic groups and
 * possessive quantifiers are plain ones, negative look-aheads are always true, a back reference is
 * any text.
 * What the reader is not sure of makes it give up: a wrong guess would hide matches, giving up only
 * makes a rule slow.
 *
 * Lifetime: the tree lives in the arena given. */
#ifndef LW_DETECT_PATTERN_H
#define LW_DETECT_PATTERN_H

#include "base/arena.h"
#include "base/byteset.h"

enum node_kind {
    NODE_CLASS,          /* one byte of `set` */
    NODE_SEQUENCE,       /* the children one after the other; no child: the empty text */
    NODE_CHOICE,         /* one of the children */
    NODE_REPEAT,         /* the child, min to max times */
    NODE_OPAQUE,         /* any text */
    NODE_AHEAD,          /* the child begins here; of no length */
    NODE_BEHIND,         /* the child ends here */
    NODE_NOT_BEHIND,     /* the child does not end here */
    NODE_WORD_BORDER,    /* \b */
    NODE_NO_WORD_BORDER, /* \B */
    NODE_START,          /* the view begins here */
    NODE_LINE_START,     /* the view or a line begins here */
    NODE_TRUE,           /* any other assertion */
};

static const size_t NODE_NO_MAX = SIZE_MAX;

struct node {
    enum node_kind kind;
    struct byteset set;
    size_t min, max; /* REPEAT: NODE_NO_MAX is without end */
    struct node *first, *last;
    struct node *prev, *next;
    size_t min_len, max_len; /* bytes; NODE_NO_MAX: without end */
};

struct pattern {
    struct node *root; /* NULL: not understood */
    size_t n_nodes;
    bool is_unbounded; /* as in struct anchor */
};

/* A pattern PCRE2 has accepted. False: out of memory. */
bool pattern_read(struct slice text, struct arena *arena, struct pattern *out);

#endif
