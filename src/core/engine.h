/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: where detect, transform and record meet.
 *
 *     batch -> groups of records (~64 KiB) -> prefilter(group)
 *       record -> find.c: views, attempts, keys, blocks -> hits
 *              -> settle.c: keywords, union of overlaps, strongest action -> edits + verdict
 *              -> splice -> output
 *
 * Offsets: a *group* is the region that was scanned at once; hits and edits of a record speak in
 * offsets of its group.
 *
 * Lifetime: struct logwash is immutable after logwash_load, shared and counted; struct
 * logwash_scratch belongs to one thread and holds everything that is reused from record to record.
 */
#ifndef LW_CORE_ENGINE_H
#define LW_CORE_ENGINE_H

#include "core/allow.h"
#include "core/block.h"
#include "core/retention.h"
#include "core/tools.h"
#include "detect/matcher.h"
#include "detect/values.h"
#include "logwash.h"
#include "record/json.h"
#include "record/logfmt.h"
#include "record/msgpack.h"
#include "record/path.h"
#include "record/splice.h"
#include "record/view.h"
#include "transform/ip.h"
#include "transform/pseudonym.h"
#include <stdatomic.h>

enum {
    ENGINE_GROUP_BYTES = 64 * 1024,
    ENGINE_WORK_BASE = 64 * 1024, /* units of work a record may use whatever its length */
    ENGINE_GENERATION_LEN = 16,
};

/* Findings of the engine itself; numbered behind the rules of the set. */
enum special_rule { SPECIAL_LIMIT, SPECIAL_BLOCK, SPECIAL_VALUE, N_SPECIAL };

struct logwash {
    atomic_uint refs;
    struct arena arena; /* sources, small texts */
    struct rule_set rules;
    struct rule special[N_SPECIAL];
    char **rule_ids; /* NUL-terminated, specials included */
    struct matcher *matcher;
    struct values *values; /* exact secrets; NULL: none */
    struct allow_list allow;
    struct keyring *ring;
    struct pseudonymizer *pseudonyms;
    struct ip_keys *ip_keys; /* NULL: no action needs them */
    const struct mask_kernels *kernels;
    struct retention retention;
    struct logwash_limits limits;
    enum logwash_format format;
    bool redact_all, without_prefilter;
    int64_t now_sec;
    char generation[ENGINE_GENERATION_LEN + 1];
};

struct hit {
    uint32_t rule;
    struct span raw; /* what an edit would replace, in the group */
    struct span
        value;     /* the value itself: in the group, or in the view store's text when view > 0 */
    uint32_t view; /* 0: the raw field, else number of the decoded view + 1 */
    struct span quote;  /* the value was bare where a string must stand: bytes of the group that
                           spell the quote */
    bool is_bare;       /* as above, for a JSON record: plain quotes; for a MessagePack record: the
                           object is replaced with its head */
    struct span scalar; /* of a bare one, where the value is; empty: nothing of it may stay */
    uint8_t bare_level; /* is_bare in a document (record/view.h): its quotes' level + 1 */
    bool is_container;  /* redacted as a whole, whatever the action */
    bool is_element;    /* the whole value of a member or item: `drop` removes it */
    bool is_whole;      /* all of a string: its borders are no escape's */
    bool is_torn;       /* raw: it began within a percent escape, and takes it along */
    bool is_void;       /* turned down (keyword missing, allowed) */
    bool is_spared;     /* turned down before others are judged: a line of a certificate */
    bool is_repeat;     /* found because its value was found elsewhere: needs no keyword */
    uint32_t allow;     /* 0: not yet judged; HIT_ALLOWED + the number of the entry */
};
enum {
    HIT_NOT_ALLOWED = 1,
    HIT_KEPT,
    HIT_ALLOWED
}; /* KEPT: by the rule's own action, `ip: keep` */

struct edit {
    struct span raw;
    struct span with; /* in the scratch's replacement buffer */
};

/* fields.c's: the paths within a document of the record in work. */
struct fields_inner {
    struct path_index paths;
    uint32_t document; /* its number + 1, 0: of none yet */
};

/* names.c's: a hash of a key, and the number that was given last. */
struct name_slot {
    uint64_t hash; /* 0: empty */
    uint32_t n;
};

enum { MAX_RULES_OF_KEY = 8, KEY_MEMOS = 128 };

/* A name asked for lately and its rules; n_bytes 0: none. */
struct key_memo {
    uint8_t name[32], n_bytes, n_rules;
    uint32_t rules[MAX_RULES_OF_KEY];
};

struct logwash_scratch {
    const struct logwash *lw;
    struct key_memo key_memo[KEY_MEMOS]; /* records name the same things again and again */
    struct matcher_scratch *matcher;
    struct pseudonym_scratch *pseudonyms;
    struct ip_scratch *ip;
    struct json_index json;
    struct msgpack_index msgpack;
    struct path_index paths;
    struct logfmt_index logfmt;
    bool has_paths; /* `paths`, or in text `logfmt`, was built for the record in work */
    struct json_index inner_json;                /* of the document last asked for */
    struct fields_inner inner[VIEW_JSON_LEVELS]; /* by how deep the document is */
    struct keypath_step *steps;                  /* of a path into one */
    size_t n_steps, cap_steps;
    struct view_store views;
    struct hit *hits;
    size_t n_hits, cap_hits;
    size_t n_known;        /* repeat.c's: the hits before any value was sought again */
    size_t n_pattern_hits; /* the first of them, found before any key rule was asked */
    struct span *taken;    /* residue.c's: raw bytes these take */
    size_t n_taken, cap_taken;
    bool has_taken;
    struct edit *edits;
    size_t n_edits, cap_edits;
    struct name_slot *names;
    size_t cap_names;
    struct buf replacements, name, residue;
    uint64_t *separator, *escape,
        *view_separator; /* masks over the group and over the view store */
    size_t cap_separator, cap_escape, cap_view_separator;
    /* the group in work */
    struct slice group;
    const struct candidate *candidates;
    size_t n_candidates, next_candidate;
    bool candidates_full; /* too many: every record of the group is withheld */
    /* the record in work */
    struct span rec;   /* in the group */
    struct span seen;  /* the view that was asked for last; empty: none was */
    size_t seen_reach; /* of it; 0: was not asked for */
    const struct logwash_record *in;
    bool is_json, is_msgpack, is_single_line;
    unsigned n_limits;
    const char *withheld; /* reason, or NULL */
    bool no_memory;
    size_t marker;     /* first `-----BEGIN` of the record, SIZE_MAX: none */
    bool visits_views; /* the visitor looks at the view store, not at the group */
    uint64_t work, max_work;
    struct match_visitor *visitor; /* of the matcher loop that runs */
    struct block block;
    struct logwash_verdict verdict;
    const struct tools_trace *trace; /* who is told what is decided and why, or NULL */
};

/* logwash_load; `from_text`: the bundled packs' own text is read, so that each part of a rule knows
 * where it stands (rules test, rules lint), and not their image (detect/image.h). */
enum logwash_status engine_load(const struct logwash_options *options, bool from_text,
                                struct logwash **out, struct logwash_error *err);

/* load.c: puts the defaults of logwash.h in the place of zeros. */
void engine_default_limits(struct logwash_limits *limits);

/* policy_table.c: appends the action with what belongs to it: `mask, keep_last 4`. */
void engine_action_text(const struct rule *rule, struct buf *out);

/* load.c: what makes the pseudonyms of all classes. NULL: out of memory. */
struct pseudonymizer *engine_pseudonyms(const struct keyring *ring, unsigned token_length);

static inline const struct rule *engine_rule(const struct logwash *lw, uint32_t rule) {
    return rule < lw->rules.n ? &lw->rules.rules[rule] : &lw->special[rule - lw->rules.n];
}

/* find.c: fills scratch->hits for the record in work (unordered), or sets scratch->withheld. */
void find_record(struct logwash_scratch *s);
/* Adds a hit; false: out of memory or too many (withheld). */
bool find_add(struct logwash_scratch *s, struct hit hit);
/* round.c: the value of a hit goes to whole escapes and characters. False: nothing is left of it.
 */
bool round_hit(const struct logwash_scratch *s, struct hit *hit);
/* The view of the raw record in work that holds `off` (a JSON string or scalar, a line); false: the
 * byte belongs to none. */
bool find_view_at(struct logwash_scratch *s, size_t off, struct span *view);
/* Is the view one of a JSON string with escapes, which is read decoded alone? `\n` ends a value
 * there, in the raw bytes it would not. */
bool find_is_hidden(const struct logwash_scratch *s, struct span view);
/* The bytes of a hit's value. */
struct slice find_value(const struct logwash_scratch *s, const struct hit *hit);

/* The rule's value stands again at `value` of `view` (of the decoded one with that number + 1, or
 * of the group). False: out of memory or too many. */
bool find_repeat(struct logwash_scratch *s, uint32_t number, uint32_t rule, struct span view,
                 struct span value);

/* Judges all values of key rules anew: what stands again was not known. */
void find_keys_again(struct logwash_scratch *s);

/* repeat.c: adds hits where restricted values that a key or keyword has led to stand again; were
 * there any? To be called when the hits are judged. Is the hit one that leads to others? */
bool repeat_find(struct logwash_scratch *s);
bool repeat_is_source(const struct logwash_scratch *s, const struct hit *hit);

/* residue.c: the value without what is ours in it and, with `hits`, without what patterns have
 * found in it: what a second wash would see of it. Values of more than 4 KiB are themselves. `text`
 * is the group (number 0) or the view store's (number of the decoded view + 1); valid until the
 * next call. */
struct slice residue_of(struct logwash_scratch *s, uint32_t number, struct slice text,
                        struct span value, bool hits);

/* members.c: hits of key rules in a JSON record, in the documents in its strings, of what stands
 * behind the option that is the string at `view` of the record (false: stop). */
void keys_in_members(struct logwash_scratch *s);
void keys_in_documents(struct logwash_scratch *s);
bool keys_of_option(struct logwash_scratch *s, struct span view);
/* keys.c: hits of key rules in text. */
void keys_in_text(struct logwash_scratch *s);
void keys_in_views(struct logwash_scratch *s);
void keys_of_name(struct logwash_scratch *s);

/* Of keys.c, for members.c: does a text hold JSON escapes or colours; the text without; a key
 * without (empty: it is too long to mean anything). Valid until the next call. */
bool keys_is_spelt(struct slice key);
struct slice keys_undone(struct logwash_scratch *s, struct slice text);
struct slice keys_plain(struct logwash_scratch *s, struct slice key);
/* Is the key the name or the value of a pair: `name`, `key`, `ParameterKey`; `value`, `Values`? */
enum pair_role { PAIR_NONE, PAIR_NAME, PAIR_VALUE };
enum pair_role keys_pair_role(struct slice key);
/* Of keys.c, for members.c and binary.c: the rules that a key's name stands for, at most
 * MAX_RULES_OF_KEY (none for a name that is ours); does the rule want the value `span` of `text`
 * (of view `number` + 1, or 0: raw) gone? */
size_t keys_find(struct logwash_scratch *s, struct slice name, uint32_t rules[MAX_RULES_OF_KEY]);
bool keys_want(struct logwash_scratch *s, const struct rule *rule, uint32_t number,
               struct slice text, struct span span, bool quoted);

/* fields.c: key paths, found only for those who ask. Does the path of the value (in the group, or
 * in the text of decoded view `number` - 1) fit one of the n patterns? False in keys and in text
 * that is no value of a logfmt pair; a value that has a name beside the record (a Kafka header) is
 * where its name is; one in a document is where the document's string is, and behind that where it
 * is in the document. */
bool fields_fit(struct logwash_scratch *s, const struct slice *patterns, size_t n, uint32_t number,
                struct span value);
/* May rule `rule` speak of the value? A rule with `fields` may where they are, and everywhere in a
 * record that fails to parse. */
bool fields_hold(struct logwash_scratch *s, uint32_t rule, uint32_t number, struct span value);

/* binary.c: MessagePack records. Their objects are seen as views only, never as bytes of the group:
 * a head beside a text would change what stands at its borders. */
void binary_classify(struct logwash_scratch *s, struct slice rec);
bool binary_views(struct logwash_scratch *s);
void binary_keys(struct logwash_scratch *s);
/* A hit in the view of a number goes as a whole object, one in a key is no element, … */
void binary_shape_hit(struct logwash_scratch *s, struct hit *hit, const struct view *view);
bool binary_key_of(const struct logwash_scratch *s, size_t off, struct slice *key);
/* Puts the head of a str before the bytes from `with` on, the last of the replacements. */
void binary_add_head(struct logwash_scratch *s, size_t with);
/* The bytes that go when the object of the hit is dropped. */
struct span binary_cut(struct logwash_scratch *s, const struct hit *hit);
/* Adds edits for the heads that the edits change. */
void binary_heads(struct logwash_scratch *s);
/* The text that stands for a withheld record. */
void binary_withheld(struct logwash_scratch *s, struct buf *out);

/* settle.c: is the hit one that the configuration allows? Judged once. */
bool settle_is_allowed(struct logwash_scratch *s, struct hit *hit);
/* Orders the hits, judges keywords, counts; settle_edits also merges them into edits with
 * their replacements. */
void settle_hits(struct logwash_scratch *s);
void settle_edits(struct logwash_scratch *s);

/* names.c: numbers behind keys that the edits have made equal. */
void names_settle(struct logwash_scratch *s);

/* explain.c: tells scratch->trace, if there is one, what was decided about a candidate. Spans are
 * in the group or, with `view` > 0, in the view store's text; `detail` may be NULL. */
void trace_refused(const struct logwash_scratch *s, uint32_t rule, uint32_t view, struct span value,
                   enum tools_step step, const char *detail);
void trace_keyword(const struct logwash_scratch *s, const struct hit *hit,
                   const struct slice *keyword, size_t distance, bool is_near);
/* Hits that are there because their value was found elsewhere. */
void trace_repeat(const struct logwash_scratch *s, const struct hit *hit);
/* Hits that the configuration allows. */
void trace_allowed(const struct logwash_scratch *s, const struct hit *hit);
/* Hits that make no edit: `keep`, `mode: observe`. */
void trace_kept(const struct logwash_scratch *s);
/* The hits [first, last) become one edit, which hit `best` supplies by `action`. */
void trace_cluster(const struct logwash_scratch *s, size_t first, size_t last, size_t best,
                   enum action_kind action);
void trace_edit(const struct logwash_scratch *s, struct span raw, struct slice with);
void trace_record(const struct logwash_scratch *s, enum tools_step step, const char *detail);

#endif
