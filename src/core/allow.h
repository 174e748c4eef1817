/* SPDX-License-Identifier: Apache-2.0 */
/* `allow`: values that are no findings, each with its reason.
 *
 *     allow:
 *       - {cidr: 10.0.0.0/8, reason: load balancers}
 *       - {value: support@acme.example, class: email, reason: role address, until: 2027-12-31}
 *       - {field: '**.trace_id', rule: 'secrets-generic.*', reason: trace ids stay}
 *
 * An entry speaks of a whole value, or of all that is found in a field (base/keypath.h), of the
 * classes and rules it names. Where it holds, the hit goes
 * as if the rule had not found it: other rules' hits on the same bytes stay. What the engine itself
 * finds, exact secrets and whole containers are never allowed, and what cannot be judged is not
 * allowed.
 *
 * Lifetime: the entries show bytes of the configuration's tree; allow_fini frees their patterns.
 * Immutable after allow_bind, shared. */
#ifndef LW_CORE_ALLOW_H
#define LW_CORE_ALLOW_H

#include "base/ipnet.h"
#include "detect/regex.h"
#include "detect/rule.h"
#include "logwash.h"

enum { ALLOW_MAX = 1000, ALLOW_MAX_BYTES = 4096 }; /* entries; bytes a pattern is shown */

enum allow_kind { ALLOW_VALUE, ALLOW_CIDR, ALLOW_REGEX, ALLOW_FIELD };

struct allow {
    enum allow_kind kind;
    struct slice value;  /* VALUE */
    struct ipnet net;    /* CIDR */
    struct regex *regex; /* REGEX */
    struct slice reason;
    struct slice written; /* the value, network, pattern or path as it stands in the file */
    struct slice rule;    /* an id, or with `*`; empty: any */
    int class_id;         /* -1: any */
    int64_t until_sec;    /* holds before it; INT64_MAX: for ever */
    uint64_t *rules;      /* bit r: speaks of rule r of the set; after allow_bind */
};

struct allow_list {
    struct allow *items;
    size_t n, cap;
    uint64_t *rules; /* bit r: some entry speaks of rule r */
};

/* Adds the entries of one `allow` list; NULL is none. Rules they name must be in the set. Entries
 * that ended before `now_sec` get a warning. */
void allow_read(const struct yaml *list, const struct rule_set *set, int64_t now_sec,
                struct allow_list *out, struct diags *diags);
/* To be called when the rules have their final numbers. False: out of memory. */
bool allow_bind(struct allow_list *list, const struct rule_set *set, struct arena *arena);
void allow_fini(struct allow_list *list);

/* What was found, and the time. */
struct allow_case {
    size_t rule; /* its number */
    struct slice value;
    uint32_t view; /* that it is in, as in struct hit, and where: tell its field */
    struct span at;
    int64_t time_sec;
};

/* The entry by which it stays, or NULL. The work is added to the scratch's. */
const struct allow *allow_find(const struct allow_list *list, struct logwash_scratch *scratch,
                               const struct allow_case *what);

/* Does the id match a pattern in which `*` stands for any bytes? */
bool allow_glob(struct slice pattern, struct slice id);

#endif
