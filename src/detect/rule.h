/* SPDX-License-Identifier: Apache-2.0 */
/* A rule: what to look for, what class of data it is, what to do with it.
 *
 * Plain data, filled by pack.c from YAML and compiled by matcher.c. Slices and arrays live in the
 * arena of the rule set or in the pack's source text. */
#ifndef LW_DETECT_RULE_H
#define LW_DETECT_RULE_H

#include "base/yaml.h"
#include "detect/class.h"
#include "detect/validator.h"

enum action_kind {
    ACTION_KEEP,
    ACTION_MASK,
    ACTION_IP,
    ACTION_PSEUDONYM,
    ACTION_REDACT,
    ACTION_DROP,
    ACTION_DROP_RECORD
};
/* Numbers ascend with strength: where hits overlap the strongest action wins (drop > redact >
 * pseudonym > ip > mask). */
enum ip_mode { IP_MODE_PREFIX, IP_MODE_TRUNCATE };

struct action {
    enum action_kind kind;
    uint8_t keep_first,
        keep_last; /* MASK: characters that stay, never more than a quarter in all */
    enum ip_mode ip_mode;
    uint8_t bits4, bits6; /* TRUNCATE: bits that stay of an IPv4, an IPv6 address */
    bool keeps_some;      /* addresses stay, by the next three */
    uint16_t ip_keep;     /* IP_ bits of base/ipspecial.h: addresses that stay as they are */
    const struct ipnet *keep_nets; /* networks of addresses that do */
    size_t n_keep_nets;
};

enum {
    PROFILE_REQUEST = 1,
    PROFILE_BUILD = 2,
    PROFILE_STRICT = 4,
    PROFILE_DEFAULT = PROFILE_REQUEST | PROFILE_BUILD,
    PROFILE_ALL = PROFILE_REQUEST | PROFILE_BUILD | PROFILE_STRICT
};

/* How far the value of a key rule goes in text. */
enum key_extent {
    EXTENT_VALUE, /* one word or one quoted string */
    EXTENT_LINE,  /* to the end of the line, or of the quotes the key stands in: HTTP headers */
};

struct example {
    struct slice in, out; /* out equals in for `same: true` */
    const struct yaml *node;
};

enum { RULE_MAX_VALIDATORS = 4, RULE_MAX_ID = 64, RULE_DEFAULT_NEAR = 40 };

struct rule {
    struct slice id;
    struct slice description, reference;
    enum class_id class_id;
    enum sensitivity sensitivity;
    unsigned profiles;
    struct action action;
    bool observe;           /* counted, edits nothing, changes no TTL */
    struct slice pattern;   /* empty for a key rule */
    struct slice *keywords; /* lower case */
    size_t n_keywords;
    size_t near;            /* bytes of the view between the keyword's end and the value's start */
    struct slice *not_keys; /* lower case: what is all of a field so called is left alone */
    size_t n_not_keys;
    const struct validator *validate[RULE_MAX_VALIDATORS];
    size_t n_validate;
    struct slice *keys; /* key rule: `name`, `*_name`, or with `!`, as written */
    size_t n_keys;
    struct slice *fields; /* it applies only to values at these key paths (base/keypath.h) */
    size_t n_fields;      /* 0: anywhere */
    enum key_extent extent;
    bool leaves_containers; /* key rule: objects under the key are looked into, not taken */
    struct example *examples;
    size_t n_examples;
    const struct yaml *node; /* where it stands, for diagnostics */
    uint32_t known;          /* its number in the image of the set + 1; 0: it is in none */
};

struct image;
struct rule_set {
    struct rule *rules;
    size_t n, cap;
    const struct image *image; /* NULL: none (image.h) */
    struct arena arena;        /* holds everything the rules point to */
};

void rule_set_init(struct rule_set *set);
void rule_set_fini(struct rule_set *set);

/* Reads an action as packs and configurations write it: a name (`redact`, `pseudonym`, `drop`,
 * `keep`) or
 * `{mask: {keep_last: 4}}`, `{ip: {prefix: true}}`, `{drop: record}`. `ip` is an action of the
 * classes ipv4 and ipv6 alone; class_id -1: not known. What it points to is in the arena. False:
 * reported. */
bool action_read(const struct yaml *node, int class_id, struct arena *arena, struct action *out,
                 struct diags *diags);
/* Is the value an address that stays, by `keep` of the action `ip`? */
bool action_keeps(const struct action *action, struct slice value);
const char *action_name(enum action_kind kind);
/* Default action of a class. */
struct action class_default_action(enum class_id id);
/* `[request, build]` or `request,build` to PROFILE_ bits. False: unknown name in *bad. */
bool profiles_parse(struct slice list, unsigned *out, struct slice *bad);
/* The other way: "request,build". */
const char *profiles_text(unsigned profiles);

#endif
