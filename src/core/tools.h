/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line needs of the engine's inside, and nobody else: rule lists, rule tests, key
 * rings. */
#ifndef LW_CORE_TOOLS_H
#define LW_CORE_TOOLS_H

#include "base/slice.h"
#include "logwash.h"

struct buf;

/* One row of `rules list`. Texts live as long as the engine. */
struct tools_rule {
    const char *id, *class_name, *action, *sensitivity, *profiles, *description;
    const char *anchor; /* "literal", "shape", "key" or "slow" */
    size_t n_keywords;
    bool is_key;
};
bool tools_rule(const struct logwash *lw, size_t i, struct tools_rule *out);
/* "request,build" for bits: 1 request, 2 build, 4 strict. Static text. */
const char *tools_profiles_text(unsigned profiles);
/* The checks that rules name in `validate`, one by one; false: no more. Static texts. */
bool tools_validator(size_t i, const char **name, const char **description);
/* Is the text a bundled pack, byte for byte? */
bool tools_is_bundled(struct slice pack);
/* Appends all there is to say about a rule, for a reader. */
void tools_rule_show(const struct logwash *lw, size_t i, struct buf *out);

/* Runs the examples of every rule through the engine: each rule alone, bare and wrapped in each
 * format, and once more with all rules, where only a lost hit is an error. Appends diagnostics to
 * `report`; counts go to the two numbers. `options` as for logwash_load. */
enum logwash_status tools_rules_test(const struct logwash_options *options, size_t *n_passed,
                                     size_t *n_failed, struct buf *report,
                                     struct logwash_error *err);

/* Runs the examples of all rules but the bundled ones, which were tested when the program was
 * built: each rule as its pack has it, alone and bare. CONFIG: some output differs, as `report`
 * says. MEMORY. */
enum logwash_status tools_examples_check(const struct logwash *lw, struct buf *report);

/* What is wrong with the rules although they load: growth of work that is more than linear on texts
 * grown from the rule (detect/hostile.h), a limit of PCRE2 reached by them, rules that an earlier
 * one makes needless, examples or references that are missing. Appends diagnostics to `report`.
 * `options` as for logwash_load; with packs only their rules are looked at (beside the bundled
 * ones), without, all; in all profiles. */
enum logwash_status tools_rules_lint(const struct logwash_options *options, size_t *n_rules,
                                     size_t *n_problems, struct buf *report,
                                     struct logwash_error *err);

/* ---- explain: the engine at work, with somebody listening ---- */

/* What was decided about a candidate. The first ones end it. */
enum tools_step {
    TOOLS_NO_MATCH,     /* the pattern does not match here; end is start + 1 */
    TOOLS_OURS,         /* stands in, or is, what logwash has written */
    TOOLS_VALIDATOR,    /* `detail` says no */
    TOOLS_LIMIT,        /* PCRE2 reached a limit: the field goes */
    TOOLS_ESCAPE,       /* nothing but part of an escape */
    TOOLS_PLACEHOLDER,  /* of a key rule: `${VAR}`, `<password>`, `***`, `changeme`, empty */
    TOOLS_WORD,         /* of a key rule, unquoted: a plain word */
    TOOLS_NULL,         /* of a key rule: null, true or false */
    TOOLS_PUBLIC_KEY,   /* a line of a certificate or public key */
    TOOLS_FIELD,        /* stands at none of the rule's `fields` */
    TOOLS_NOT_KEY,      /* is the word of a field whose name is one of the rule's `not_keys` */
    TOOLS_NO_KEYWORD,   /* none of the rule's keywords stands left of it */
    TOOLS_FAR_KEYWORD,  /* `detail` stands `distance` bytes left, further than `near` */
    TOOLS_ALLOWED,      /* the configuration allows it, with the reason `detail` */
    TOOLS_REPEATED,     /* its value was found elsewhere in the record, by this rule */
    TOOLS_NEAR_KEYWORD, /* `detail` stands `distance` bytes left; 0: next to it or in its key */
    TOOLS_KEPT,         /* a hit of action `keep` */
    TOOLS_OBSERVED,     /* a hit of `mode: observe` */
    TOOLS_COVERED,      /* a hit within the edit that rule `detail` supplies */
    TOOLS_HIT,          /* a hit that supplies an edit, by action `detail` */
    TOOLS_EDIT,         /* [start, end) of the record, `detail`, becomes `text`; no rule */
    TOOLS_DROPPED,      /* the record leaves without a trace */
    TOOLS_WITHHELD,     /* the record is withheld: `detail` */
};

struct tools_event {
    enum tools_step step;
    size_t record;     /* index in the batch */
    size_t start, end; /* bytes of the raw record */
    const char *rule;  /* id, or NULL */
    struct slice text; /* the candidate as the rule sees it; valid during the call */
    bool is_decoded;   /* `text` is from a decoded view */
    struct slice detail;
    size_t distance, near;
};

struct tools_trace {
    void (*event)(void *ctx, const struct tools_event *event);
    void *ctx;
    const struct logwash_batch *batch;
};

/* logwash_wash_batch, while `event` is told what happens. The events hold record bytes: they are
 * for the terminal of whoever gave the record. */
enum logwash_status tools_explain(const struct logwash *lw, struct logwash_scratch *scratch,
                                  const struct logwash_batch *batch,
                                  void (*event)(void *ctx, const struct tools_event *event),
                                  void *ctx, struct logwash_output *out);

/* ---- config show --policy ---- */

/* Appends what is done with a class and how long a record may be kept that holds what is left of
 * it. False: no rule finds it. */
bool tools_policy_class(const struct logwash *lw, size_t class_id, struct buf *action,
                        struct buf *ttl);
/* Tells of everything that is found and stays: entries of `allow`, rules of `mode: observe`. */
void tools_policy_passes(const struct logwash *lw,
                         void (*row)(void *ctx, const char *what, struct slice detail), void *ctx);

/* ---- profile: what washing a batch costs, by rule ---- */

struct tools_cost {
    uint64_t attempts, matches; /* of the pattern; 0 for key rules, which have none */
    uint64_t ticks;             /* of those, validators included, by the caller's clock */
    uint64_t hits;
};
/* Washes the batch as logwash_wash_batch does and adds what each rule cost to costs[i], i as in
 * tools_rule. `clock`: a cheap counter; reading it is part of what it tells. ARGUMENT or MEMORY. */
enum logwash_status tools_profile(const struct logwash *lw, struct logwash_scratch *scratch,
                                  const struct logwash_batch *batch, uint64_t (*clock)(void),
                                  struct tools_cost *costs, struct logwash_output *out);
/* The work of the rules' patterns on a batch, units[i] for rule i: 16 an attempt, and PCRE2's steps
 * (detect/regex.h). The same on every machine. MEMORY. */
enum logwash_status tools_work(const struct logwash *lw, const struct logwash_batch *batch,
                               uint64_t *units);
/* The first stage alone, over a batch's bytes; how many candidates it found. For benches. */
size_t tools_prefilter(struct logwash_scratch *scratch, const struct logwash_batch *batch);

/* ---- key rings ---- */

/* What the functions below say about a ring that cannot be read is appended to `report` (CONFIG);
 * what is wrong with an argument stands in *err (ARGUMENT). None of it holds key bytes; `out` does:
 * give it room at once and wipe it. */

/* Appends a fresh key-ring file (transform/keyring.h) with one epoch. `id` NULL: "k1". */
enum logwash_status tools_keyring_new(const char *id, int64_t from_sec, const uint8_t key[32],
                                      struct buf *out, struct logwash_error *err);

struct tools_epoch {
    char id[9];
    int64_t from_sec;
    bool is_destroyed;
};
enum { TOOLS_MAX_EPOCHS = 64 + 1024 };
/* The epochs in the order of their times; how many in *n. */
enum logwash_status tools_keyring_list(const struct logwash_source *ring,
                                       struct tools_epoch out[TOOLS_MAX_EPOCHS], size_t *n,
                                       struct buf *report);
/* Appends the ring with one more epoch, which begins at `from_sec`, later than all others. `id`
 * NULL: the one that follows; the id it got in used[]. */
enum logwash_status tools_keyring_rotate(const struct logwash_source *ring, const char *id,
                                         int64_t from_sec, const uint8_t key[32], char used[9],
                                         struct buf *out, struct buf *report,
                                         struct logwash_error *err);
/* Appends the ring without the key of an epoch; another one must have begun since. */
enum logwash_status tools_keyring_destroy(const struct logwash_source *ring, const char *id,
                                          int64_t now_sec, struct buf *out, struct buf *report,
                                          struct logwash_error *err);
/* Appends the pseudonym of the value under each epoch, a line each, oldest first. token_length as
 * in logwash_options. */
enum logwash_status tools_lookup(const struct logwash_source *ring, const char *class_name,
                                 struct slice value, unsigned token_length, struct buf *out,
                                 struct buf *report, struct logwash_error *err);

#endif
