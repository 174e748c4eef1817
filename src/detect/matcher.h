/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled rules, and the loop that tries them where their anchors allow.
 *
 * Contract: for each rule the result is that of attempts at every offset of every view, left to
 * right, where the next attempt after a hit starts at the end of its value. The prefilter only
 * leaves out attempts that must fail.
 *
 *     region   ....|view   |.|view            |....      offsets below are offsets in the region
 *                     ^ pivot -> start -> attempt(view, start)
 *
 * Lifetime: a matcher is immutable and shared, the rule set must outlive it; a scratch belongs to
 * one thread. */
#ifndef LW_DETECT_MATCHER_H
#define LW_DETECT_MATCHER_H

#include "detect/anchor.h"
#include "detect/keyname.h"
#include "detect/prefilter.h"
#include "detect/regex.h"
#include "detect/rule.h"

enum {
    MATCHER_WORK_ATTEMPT = 16,        /* units of work of one attempt at an anchored offset */
    MATCHER_MAX_CANDIDATES = 4 << 20, /* of one scan of the prefilter */
};

struct matcher {
    const struct rule_set *set;
    struct regex **regex;           /* one a rule; NULL for key rules */
    struct anchor *anchor;          /* one a rule, then the marker, then one a keyword */
    struct prefilter *prefilter;    /* of all but … */
    struct prefilter *gated_filter; /* … the rules that wait for a keyword: not all that have one */
    struct keyname_index *keys;
    uint32_t *slow; /* pattern rules without an anchor */
    size_t n_slow;
    uint32_t marker;                  /* index of the anchor of `-----BEGIN`, for blocks */
    struct matcher_keyword *keywords; /* anchor marker + 1 + i is that of keyword i */
    size_t n_keywords;
    struct arena arena;
};

struct matcher_keyword {
    struct slice text;
    uint32_t rule;
};

/* What a keyword speaks for: from its end to the end of its view, or of its key's value. */
struct matcher_scope {
    uint32_t from, to;
    uint32_t next; /* the rule's next one; UINT32_MAX: none */
};

/* Those of a rule by number, ascending and apart; UINT32_MAX: none. */
struct matcher_scopes {
    uint32_t first, last, next; /* next: behind the current one */
};

struct matcher_scratch {
    struct regex_scratch *regex;
    struct prefilter_scratch *prefilter;      /* holds the candidates of the batch's bytes … */
    struct prefilter_scratch *view_prefilter; /* … while this one scans decoded views */
    struct prefilter_scratch *gated_filter;
    uint32_t *next; /* one a rule: no attempt of it starts before this region offset */
    /* One a rule: attempts start in [from, to), the current one of its scopes; all of the region:
     * it has no keywords; UINT32_MAX: no scope is left. */
    uint32_t *from, *to;
    struct matcher_scopes *scopes; /* one a rule */
    struct matcher_scope *scope;   /* of all rules, in the order seen */
    size_t n_scopes, cap_scopes;
    uint32_t *seen; /* rules whose keyword was seen in this record */
    size_t n_seen;
    struct span *spans; /* scopes of all rules together */
    size_t cap_spans;
};

/* NULL: reported, or out of memory. */
struct matcher *matcher_new(const struct rule_set *set, struct diags *diags);
void matcher_free(struct matcher *matcher);
/* "literal", "shape", "key" or "slow". */
const char *matcher_anchor_name(const struct matcher *matcher, size_t rule);
struct matcher_scratch *matcher_scratch_new(const struct matcher *matcher);
void matcher_scratch_free(struct matcher_scratch *scratch);

/* About a candidate value: it is one; try a shorter match; the whole attempt fails. */
enum judgement { JUDGE_ACCEPT, JUDGE_REFUSE, JUDGE_FAIL };

/* What the loop asks and tells; all offsets are in the region. */
struct match_visitor {
    void *ctx;
    /* The view that holds the byte at `off`; false: the byte belongs to none. */
    bool (*view_at)(void *ctx, size_t off, struct span *view);
    /* The end of what a keyword at `off` can speak for: its view and, if that is a key, the value.
     */
    size_t (*reach)(void *ctx, size_t off);
    /* Judges a candidate value of a rule inside the match that begins at `start`. */
    enum judgement (*judge)(void *ctx, uint32_t rule, struct span view, size_t start,
                            struct span value);
    /* A hit; false stops the loop (a limit was reached). */
    bool (*hit)(void *ctx, uint32_t rule, struct span view, struct span value);
    /* PCRE2 reached a limit in this view; false stops. */
    bool (*limit)(void *ctx, uint32_t rule, struct span view);
    /* The marker stands here. */
    void (*marker)(void *ctx, size_t off);
    /* An attempt at `start` that did not match; NULL: nobody wants to know. */
    void (*missed)(void *ctx, uint32_t rule, struct span view, size_t start);
    uint64_t work, max_work; /* the loop stops beyond */
};

/* Forgets what earlier scans left in `next`: to be called when a new region begins. */
void matcher_begin(const struct matcher *matcher, struct matcher_scratch *scratch);
/* Keywords (docs/notes/003) gate attempts: a rule with keywords is tried only where one of them
 * can speak for the value (struct matcher_scope), or anywhere if the record's name holds one; or
 * anywhere at all if its pivots are rarer than words. Called at each record's start: `name` is what
 * the record is the value of, or empty. Whether a keyword is near enough is judged afterwards, by
 * the engine. False: out of memory. */
bool matcher_begin_record(const struct matcher *matcher, struct matcher_scratch *scratch,
                          struct slice name);
/* The decoded views of the record come next: rules whose keyword stood in the raw record are tried
 * everywhere. */
void matcher_begin_views(struct matcher_scratch *scratch);
/* Does [start, end) stand as a word (a plural s may follow)? No letter before, unless camel case
 * begins a word there; no lower-case letter behind, nor a capital behind a capital. */
bool keyword_stands(struct slice text, size_t start, size_t end);
/* For tests: lowers the CPU level. */
void matcher_set_level(struct matcher *matcher, enum cpu_level level);
/* Tries the candidates (those with a pivot in `range`, ascending) and the slow rules. False:
 * stopped. */
bool matcher_run(const struct matcher *matcher, struct matcher_scratch *scratch,
                 struct slice region, struct span range, const struct candidate *candidates,
                 size_t n, struct match_visitor *visitor);
/* The same by attempts at every offset; work is not counted. */
bool matcher_run_all(const struct matcher *matcher, struct matcher_scratch *scratch,
                     struct slice region, struct span range, struct match_visitor *visitor);

#endif
