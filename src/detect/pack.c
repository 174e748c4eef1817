/* SPDX-License-Identifier: Apache-2.0 */
/* One table row a key of a rule: its name and the function that reads it. What concerns two keys at
 * once is checked when all have been read. A rule with problems stays in the set as far as it could
 * be read: its id counts for duplicates, and its pattern can still be compiled, so that one pass
 * shows all there is to mend. */
#include "detect/pack.h"

#include "base/keypath.h"
#include "detect/keyname.h"

enum { MAX_NEAR = 1024, MAX_KEYWORD = 64, MAX_SHOWN = 64 };

/* Text of a file in a message: at most MAX_SHOWN bytes. */
#define SHOWN(s) (int)((s).len < MAX_SHOWN ? (s).len : MAX_SHOWN), (const char *)(s).ptr

struct reader {
    struct rule_set *set;
    struct diags *diags;
    const struct yaml *pack; /* scalar: the pack's name; NULL: rules of any topic */
    bool need_examples;
};

/* Which keys a rule has, by row of `rule_keys`. */
enum rule_key {
    KEY_ID,
    KEY_DESCRIPTION,
    KEY_REFERENCE,
    KEY_CLASS,
    KEY_SENSITIVITY,
    KEY_PROFILES,
    KEY_PATTERN,
    KEY_KEYS,
    KEY_KEYWORDS,
    KEY_NEAR,
    KEY_VALIDATE,
    KEY_ACTION,
    KEY_EXTENT,
    KEY_MODE,
    KEY_CONTAINERS,
    KEY_FIELDS,
    KEY_NOT_KEYS,
    KEY_EXAMPLES,
    N_RULE_KEYS
};

/* ---- text ---- */

static void report_unknown(struct reader *r, const struct yaml *node, const char *what,
                           const char *const *names, size_t n) {
    yaml_error(node, r->diags, "unknown %s '%.*s'", what, SHOWN(node->text));
    if (diag_suggest(r->diags, node->text, names, n)) return;
    if (n == 2)
        diag_hint(r->diags, "%s or %s", names[0], names[1]);
    else if (n == 3)
        diag_hint(r->diags, "%s, %s or %s", names[0], names[1], names[2]);
    else
        diag_hint(r->diags, "`logwash rules list --%s` shows them",
                  strcmp(what, "class") == 0 ? "classes" : "validators");
}

/* The place of the node's text in `names`; -1: reported. */
static int read_name(struct reader *r, const struct yaml *node, const char *what,
                     const char *const *names, size_t n) {
    if (node->kind != YAML_SCALAR) {
        yaml_error(node, r->diags, "expected the name of a %s", what);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        if (slice_eq_str(node->text, names[i])) return (int)i;
    report_unknown(r, node, what, names, n);
    return -1;
}

static bool read_text(struct reader *r, const struct yaml *node, struct slice *out) {
    if (node->kind != YAML_SCALAR || node->text.len == 0) {
        yaml_error(node, r->diags, "expected text");
        return false;
    }
    *out = node->text;
    return true;
}

/* A scalar or a list of them, none twice, as an array of nodes. 0: reported. */
static size_t read_list(struct reader *r, const struct yaml *node,
                        const struct yaml *const **items) {
    if (node->kind == YAML_MAP || (node->kind == YAML_SEQ && node->n == 0)) {
        yaml_error(node, r->diags, "expected a name or a list of names");
        return 0;
    }
    const size_t n = node->kind == YAML_SEQ ? node->n : 1;
    const struct yaml **list = ARENA_ARRAY(&r->set->arena, const struct yaml *, n);
    if (list == NULL) {
        r->diags->failed = true;
        return 0;
    }
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const struct yaml *item = node->kind == YAML_SEQ ? node->items[i] : node;
        if (item->kind != YAML_SCALAR || item->text.len == 0) {
            yaml_error(item, r->diags, "expected text");
            continue;
        }
        bool is_new = true;
        for (size_t k = 0; k < used && is_new; k++) is_new = !slice_eq(list[k]->text, item->text);
        if (is_new)
            list[used++] = item;
        else
            yaml_error(item, r->diags, "'%.*s' stands here twice", SHOWN(item->text));
    }
    *items = list;
    return used;
}

/* ---- one key of a rule each ---- */

static bool is_topic(struct slice s) {
    if (s.len == 0 || s.ptr[0] < 'a' || s.ptr[0] > 'z') return false;
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !byte_is_digit(c) && c != '-') return false;
    }
    return true;
}

/* `[a-z][a-z0-9-]*\.[a-z][a-z0-9_-]*`, at most RULE_MAX_ID bytes; *dot is the place of the dot. */
static bool is_id(struct slice s, size_t *dot) {
    const uint8_t *found = s.len > 0 ? memchr(s.ptr, '.', s.len) : NULL;
    if (found == NULL || s.len > RULE_MAX_ID) return false;
    *dot = (size_t)(found - s.ptr);
    const struct slice name = slice_sub(s, *dot + 1, s.len);
    if (!is_topic(slice_sub(s, 0, *dot)) || name.len == 0) return false;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        const bool is_letter = c >= 'a' && c <= 'z';
        if (!is_letter && (i == 0 || (!byte_is_digit(c) && c != '_' && c != '-'))) return false;
    }
    return true;
}

static void read_id(struct reader *r, const struct yaml *node, struct rule *rule) {
    size_t dot = 0;
    if (!read_text(r, node, &rule->id)) return;
    if (!is_id(rule->id, &dot)) {
        yaml_error(node, r->diags, "'%.*s' is no rule id", SHOWN(rule->id));
        diag_hint(r->diags,
                  "topic.name of a-z, 0-9 and '-' (in the name '_' too), at most %d bytes",
                  RULE_MAX_ID);
        return;
    }
    if (r->pack != NULL && !slice_eq(slice_sub(rule->id, 0, dot), r->pack->text)) {
        yaml_error(node, r->diags, "the id does not begin with the pack's name");
        diag_hint(r->diags, "expected '%.*s.%.*s'", SHOWN(r->pack->text),
                  (int)(rule->id.len - dot - 1), (const char *)rule->id.ptr + dot + 1);
    }
    for (size_t i = 0; i < r->set->n; i++) {
        if (!slice_eq(r->set->rules[i].id, rule->id)) continue;
        yaml_error(node, r->diags, "a rule '%.*s' is already there", SHOWN(rule->id));
        diag_hint(r->diags, "the first one stands in %s", r->set->rules[i].node->source->name);
        return;
    }
}

static void read_description(struct reader *r, const struct yaml *node, struct rule *rule) {
    read_text(r, node, &rule->description);
}

static void read_reference(struct reader *r, const struct yaml *node, struct rule *rule) {
    read_text(r, node, &rule->reference);
}

static void read_class(struct reader *r, const struct yaml *node, struct rule *rule) {
    const char *names[N_CLASSES];
    for (size_t i = 0; i < N_CLASSES; i++) names[i] = data_classes[i].name;
    const int found = read_name(r, node, "class", names, N_CLASSES);
    if (found >= 0) rule->class_id = (enum class_id)found;
}

static void read_sensitivity(struct reader *r, const struct yaml *node, struct rule *rule) {
    const char *names[N_SENSITIVITIES];
    for (int i = 0; i < N_SENSITIVITIES; i++) names[i] = sensitivity_name((enum sensitivity)i);
    const int found = read_name(r, node, "sensitivity", names, N_SENSITIVITIES);
    if (found >= 0) rule->sensitivity = (enum sensitivity)found;
}

static void read_profiles(struct reader *r, const struct yaml *node, struct rule *rule) {
    const char *const names[] = {profiles_text(PROFILE_REQUEST), profiles_text(PROFILE_BUILD),
                                 profiles_text(PROFILE_STRICT)};
    const struct yaml *const *items = NULL;
    const size_t n = read_list(r, node, &items);
    rule->profiles = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned bit = 0;
        struct slice bad = {0};
        if (profiles_parse(items[i]->text, &bit, &bad))
            rule->profiles |= bit;
        else
            report_unknown(r, items[i], "profile", names, sizeof names / sizeof *names);
    }
}

static void read_pattern(struct reader *r, const struct yaml *node, struct rule *rule) {
    read_text(r, node, &rule->pattern);
}

/* What is wrong with a key as written; NULL: nothing. */
static const char *key_problem(struct slice key) {
    if (slice_starts(key, SLICE("!"))) key = slice_sub(key, 1, key.len);
    if (slice_starts(key, SLICE("*_"))) key = slice_sub(key, 2, key.len);
    bool has_letter = false;
    for (size_t i = 0; i < key.len; i++) {
        const uint8_t c = key.ptr[i];
        if (c == '*') return "'*' can only stand at the start of a key, as '*_'";
        if (c == '!') return "'!' can only stand at the start of a key";
        if (!byte_is_alnum(c) && c != '_' && c != '-' && c != '.' && c != ' ' && c < 0x80)
            return "a key is made of letters, digits, '_', '-', '.' and blanks";
        if (byte_is_alpha(c) || c >= 0x80) has_letter = true;
    }
    if (!has_letter) return "a key needs a letter";
    return key.len > KEYNAME_MAX ? "longer than any name that is looked up (128 bytes)" : NULL;
}

/* The texts of a list that pass `problem`. */
static size_t read_words(struct reader *r, const struct yaml *node,
                         const char *(*problem)(struct slice), struct slice **out) {
    const struct yaml *const *items = NULL;
    const size_t n = read_list(r, node, &items);
    size_t used = 0;
    struct slice *words = ARENA_ARRAY(&r->set->arena, struct slice, n + 1);
    if (words == NULL) {
        r->diags->failed = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        const char *why = problem(items[i]->text);
        if (why == NULL)
            words[used++] = items[i]->text;
        else
            yaml_error(items[i], r->diags, "%s", why);
    }
    *out = words;
    return used;
}

static void read_keys(struct reader *r, const struct yaml *node, struct rule *rule) {
    rule->n_keys = read_words(r, node, key_problem, &rule->keys);
    for (size_t i = 0; i < rule->n_keys; i++)
        if (!slice_starts(rule->keys[i], SLICE("!"))) return;
    if (rule->n_keys > 0) yaml_error(node, r->diags, "every key has a '!': none is left to find");
}

static const char *keyword_problem(struct slice word) {
    for (size_t i = 0; i < word.len; i++) {
        const uint8_t c = word.ptr[i];
        if (c >= 'A' && c <= 'Z') return "keywords are written in lower case (and match any case)";
        if (!byte_is_alnum(c) && c < 0x80 && c != '_' && c != '.' && c != '-' && c != ' ')
            return "a keyword is made of a-z, 0-9, '_', '.', '-' and blanks";
    }
    if (word.ptr[0] == ' ' || word.ptr[word.len - 1] == ' ')
        return "a keyword has no blanks around it";
    return word.len > MAX_KEYWORD ? "a keyword has at most 64 bytes" : NULL;
}

static void read_keywords(struct reader *r, const struct yaml *node, struct rule *rule) {
    rule->n_keywords = read_words(r, node, keyword_problem, &rule->keywords);
}

static void read_not_keys(struct reader *r, const struct yaml *node, struct rule *rule) {
    rule->n_not_keys = read_words(r, node, keyword_problem, &rule->not_keys);
}

static void read_fields(struct reader *r, const struct yaml *node, struct rule *rule) {
    rule->n_fields = read_words(r, node, keypath_problem, &rule->fields);
}

static void read_near(struct reader *r, const struct yaml *node, struct rule *rule) {
    size_t value = 0;
    bool ok = node->kind == YAML_SCALAR && node->text.len >= 1 && node->text.len <= 4;
    for (size_t i = 0; ok && i < node->text.len; i++) {
        ok = byte_is_digit(node->text.ptr[i]);
        value = value * 10 + (size_t)(node->text.ptr[i] - '0');
    }
    if (ok && value >= 1 && value <= MAX_NEAR)
        rule->near = value;
    else
        yaml_error(node, r->diags, "expected a number of bytes, 1 to %d", MAX_NEAR);
}

static void read_validate(struct reader *r, const struct yaml *node, struct rule *rule) {
    const struct yaml *const *items = NULL;
    const size_t n = read_list(r, node, &items);
    const char **names = ARENA_ARRAY(&r->set->arena, const char *, n_validators + 1);
    if (names == NULL) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < n_validators; i++) names[i] = validators[i].name;
    for (size_t i = 0; i < n; i++) {
        const int found = read_name(r, items[i], "validator", names, n_validators);
        if (found < 0) continue;
        if (rule->n_validate < RULE_MAX_VALIDATORS) {
            rule->validate[rule->n_validate++] = &validators[found];
            continue;
        }
        yaml_error(items[i], r->diags, "more than %d validators", RULE_MAX_VALIDATORS);
        return;
    }
}

static void read_action(struct reader *r, const struct yaml *node, struct rule *rule) {
    if (!action_read(node, (int)rule->class_id, &r->set->arena, &rule->action, r->diags))
        rule->action.kind = ACTION_REDACT;
}

static void read_extent(struct reader *r, const struct yaml *node, struct rule *rule) {
    static const char *const names[] = {[EXTENT_VALUE] = "value", [EXTENT_LINE] = "line"};
    const int found = read_name(r, node, "extent", names, 2);
    if (found >= 0) rule->extent = (enum key_extent)found;
}

static void read_mode(struct reader *r, const struct yaml *node, struct rule *rule) {
    static const char *const names[] = {"live", "observe"};
    rule->observe = read_name(r, node, "mode", names, 2) == 1;
}

static void read_containers(struct reader *r, const struct yaml *node, struct rule *rule) {
    static const char *const names[] = {"take", "keep"};
    rule->leaves_containers = read_name(r, node, "treatment of containers", names, 2) == 1;
}

static bool read_example(struct reader *r, const struct yaml *node, struct example *out) {
    static const char *const names[] = {"in", "out", "same"};
    if (node->kind != YAML_MAP) {
        yaml_error(node, r->diags, "expected {in: text, out: text} or {in: text, same: true}");
        return false;
    }
    yaml_check_keys(node, names, 3, r->diags);
    const struct yaml *in = yaml_get(node, "in"), *text = yaml_get(node, "out");
    const struct yaml *same = yaml_get(node, "same");
    out->node = node;
    if (in == NULL)
        yaml_error(node, r->diags, "the example has no 'in'");
    else if (!read_text(r, in, &out->in))
        in = NULL;
    if ((text == NULL) == (same == NULL)) {
        yaml_error(node, r->diags, "the example needs one of 'out' and 'same: true'");
        return false;
    }
    if (same != NULL) {
        out->out = out->in;
        if (same->kind == YAML_SCALAR && slice_eq_str(same->text, "true")) return in != NULL;
        yaml_error(same, r->diags, "expected 'true'");
        return false;
    }
    if (text->kind != YAML_SCALAR) {
        yaml_error(text, r->diags, "expected text");
        return false;
    }
    out->out = text->text;
    if (in == NULL || !slice_eq(out->in, out->out)) return in != NULL;
    yaml_error(text, r->diags, "'out' is what 'in' is");
    diag_hint(r->diags, "write 'same: true'");
    return false;
}

static void read_examples(struct reader *r, const struct yaml *node, struct rule *rule) {
    if (node->kind != YAML_SEQ) {
        yaml_error(node, r->diags, "expected a list of examples");
        return;
    }
    rule->examples = ARENA_ARRAY(&r->set->arena, struct example, node->n + 1);
    if (rule->examples == NULL) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < node->n; i++)
        if (read_example(r, node->items[i], &rule->examples[rule->n_examples])) rule->n_examples++;
}

/* ---- a rule ---- */

static const struct {
    const char *name;
    void (*read)(struct reader *r, const struct yaml *node, struct rule *rule);
} rule_keys[N_RULE_KEYS] = {
    [KEY_ID] = {"id", read_id},
    [KEY_DESCRIPTION] = {"description", read_description},
    [KEY_REFERENCE] = {"reference", read_reference},
    [KEY_CLASS] = {"class", read_class},
    [KEY_SENSITIVITY] = {"sensitivity", read_sensitivity},
    [KEY_PROFILES] = {"profiles", read_profiles},
    [KEY_PATTERN] = {"pattern", read_pattern},
    [KEY_KEYS] = {"keys", read_keys},
    [KEY_KEYWORDS] = {"keywords", read_keywords},
    [KEY_NEAR] = {"near", read_near},
    [KEY_VALIDATE] = {"validate", read_validate},
    [KEY_ACTION] = {"action", read_action},
    [KEY_EXTENT] = {"extent", read_extent},
    [KEY_MODE] = {"mode", read_mode},
    [KEY_CONTAINERS] = {"containers", read_containers},
    [KEY_FIELDS] = {"fields", read_fields},
    [KEY_NOT_KEYS] = {"not_keys", read_not_keys},
    [KEY_EXAMPLES] = {"examples", read_examples},
};

/* What concerns two keys of a rule at once. */
static void check_together(struct reader *r, const struct yaml *const key[N_RULE_KEYS],
                           const struct yaml *node) {
    if (key[KEY_PATTERN] != NULL && key[KEY_KEYS] != NULL)
        yaml_error(key[KEY_KEYS], r->diags, "a rule has 'pattern' or 'keys', not both");
    if (key[KEY_PATTERN] == NULL && key[KEY_KEYS] == NULL)
        yaml_error(node, r->diags, "the rule has neither 'pattern' nor 'keys'");
    if (key[KEY_EXTENT] != NULL && key[KEY_KEYS] == NULL)
        yaml_error(key[KEY_EXTENT], r->diags, "'extent' goes only with 'keys'");
    if (key[KEY_CONTAINERS] != NULL && key[KEY_KEYS] == NULL)
        yaml_error(key[KEY_CONTAINERS], r->diags, "'containers' goes only with 'keys'");
    if (key[KEY_KEYWORDS] != NULL && key[KEY_PATTERN] == NULL && key[KEY_KEYS] != NULL)
        yaml_error(key[KEY_KEYWORDS], r->diags, "'keywords' goes only with 'pattern'");
    if (key[KEY_NOT_KEYS] != NULL && key[KEY_PATTERN] == NULL && key[KEY_KEYS] != NULL)
        yaml_error(key[KEY_NOT_KEYS], r->diags, "'not_keys' goes only with 'pattern'");
    if (key[KEY_NEAR] != NULL && key[KEY_KEYWORDS] == NULL)
        yaml_error(key[KEY_NEAR], r->diags, "'near' goes only with 'keywords'");
}

static void check_examples(struct reader *r, const struct rule *rule, const struct yaml *at) {
    size_t n_same = 0;
    for (size_t i = 0; i < rule->n_examples; i++)
        n_same += slice_eq(rule->examples[i].in, rule->examples[i].out);
    if (n_same == rule->n_examples && rule->action.kind != ACTION_KEEP)
        yaml_error(at, r->diags, "the rule has no example that changes ({in: …, out: …})");
    if (n_same == 0)
        yaml_error(at, r->diags, "the rule has no example that stays ({in: …, same: true})");
}

static void read_rule(struct reader *r, const struct yaml *node) {
    const char *names[N_RULE_KEYS];
    const struct yaml *key[N_RULE_KEYS] = {0}; /* where each stands */
    struct rule rule = {.node = node, .near = RULE_DEFAULT_NEAR};
    if (node->kind != YAML_MAP) {
        yaml_error(node, r->diags, "expected a rule: a mapping with 'id', 'class', ...");
        return;
    }
    for (size_t k = 0; k < N_RULE_KEYS; k++) names[k] = rule_keys[k].name;
    yaml_check_keys(node, names, N_RULE_KEYS, r->diags);
    rule.profiles = PROFILE_ALL;
    size_t before_examples = 0; /* errors */
    /* In the table's order: the class gives the defaults of what comes behind it. */
    for (size_t k = 0; k < N_RULE_KEYS; k++) {
        for (size_t i = 0; i < node->n; i++)
            if (slice_eq_str(node->keys[i]->text, rule_keys[k].name)) key[k] = node->keys[i];
        const struct yaml *value = yaml_get(node, rule_keys[k].name);
        if (k == KEY_EXAMPLES) before_examples = r->diags->n_errors;
        if (value != NULL) rule_keys[k].read(r, value, &rule);
        if (k != KEY_CLASS) continue;
        rule.sensitivity = data_classes[rule.class_id].sensitivity;
        rule.action = class_default_action(rule.class_id);
    }
    /* Examples that could not be read were reported already. */
    if (r->need_examples && r->diags->n_errors == before_examples)
        check_examples(r, &rule, key[KEY_EXAMPLES] != NULL ? key[KEY_EXAMPLES] : node);
    if (key[KEY_ID] == NULL) yaml_error(node, r->diags, "the rule has no 'id'");
    if (key[KEY_CLASS] == NULL) yaml_error(node, r->diags, "the rule has no 'class'");
    check_together(r, key, node);
    if (!VEC_GROW(r->set->rules, r->set->cap, r->set->n + 1)) {
        r->diags->failed = true;
        return;
    }
    r->set->rules[r->set->n++] = rule;
}

/* ---- a pack ---- */

static bool read_rules(struct reader *r, const struct yaml *seq) {
    const size_t errors = r->diags->n_errors;
    if (seq->kind != YAML_SEQ)
        yaml_error(seq, r->diags, "expected a list of rules");
    else
        for (size_t i = 0; i < seq->n; i++) read_rule(r, seq->items[i]);
    return r->diags->n_errors == errors && !r->diags->failed;
}

bool pack_read_rules(const struct yaml *seq, bool need_examples, struct rule_set *set,
                     struct diags *diags) {
    struct reader r = {.set = set, .diags = diags, .need_examples = need_examples};
    return read_rules(&r, seq);
}

bool pack_read(const struct diag_source *src, bool need_examples, struct rule_set *set,
               struct diags *diags) {
    static const char *const names[] = {"pack", "rules", "description"};
    const size_t errors = diags->n_errors;
    struct reader r = {.set = set, .diags = diags, .need_examples = need_examples};
    const struct yaml *root = yaml_parse(src, &set->arena, diags);
    if (root == NULL || root->kind != YAML_MAP) {
        if (diags->n_errors == errors)
            diag_add(diags, DIAG_ERROR, src, 0, 0, "expected a pack: 'pack: name' and 'rules:'");
        return false;
    }
    yaml_check_keys(root, names, sizeof names / sizeof *names, diags);
    const struct yaml *name = yaml_get(root, "pack"), *rules = yaml_get(root, "rules");
    const struct yaml *description = yaml_get(root, "description");
    struct slice text;
    if (description != NULL) read_text(&r, description, &text);
    if (name == NULL) {
        yaml_error(root, diags, "the pack has no name");
        diag_hint(diags, "add 'pack: name'");
    } else if (name->kind != YAML_SCALAR || !is_topic(name->text)) {
        yaml_error(name, diags, "the name of a pack is made of a-z, 0-9 and '-'");
    } else {
        r.pack = name;
    }
    if (rules == NULL)
        yaml_error(root, diags, "the pack has no 'rules'");
    else
        read_rules(&r, rules);
    return diags->n_errors == errors && !diags->failed;
}
