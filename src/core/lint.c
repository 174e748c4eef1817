/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with rules that load. All of it is counted, nothing is timed, so the answer is the
 * same on every machine, and the time it takes has a bound: HOSTILE_TEXTS short texts and three
 * longer ones a rule, at most REGEX_MAX_STEPS an attempt. */
#include "core/alone.h"
#include "detect/hostile.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    BASE_BYTES = 4096, /* of a text; bounded quantifiers (256) have shown what they can by then */
    N_WORST = 3,       /* texts that are measured again, longer … */
    FAR = 8,           /* … 4 and 8 times */
    MAX_FINDINGS = 256,
    SHOWN_TEXT = 60,
    IDLE_WORK = 16, /* units per byte below which nothing grows that matters */
};
static const double max_growth = 2.2; /* of the work when the text is twice as long */

struct finding {
    size_t rule;
    struct span span;
};

struct lint {
    const struct logwash *all;
    struct logwash_scratch *scratch;
    struct diags diags;
    struct buf text;
    struct finding findings[MAX_FINDINGS];
    size_t n_findings;
    bool no_memory;
};

static void problem(struct lint *lint, const struct rule *rule, const char *key, const char *text) {
    const struct yaml *node = rule->node;
    for (size_t i = 0; i < node->n; i++)
        if (slice_eq_str(node->keys[i]->text, key)) node = node->items[i];
    yaml_error(node, &lint->diags, "%.*s: %s", (int)rule->id.len, (const char *)rule->id.ptr, text);
}

/* ---- what is missing ---- */

static void check_missing(struct lint *lint, const struct rule *rule) {
    size_t n_changing = 0;
    for (size_t i = 0; i < rule->n_examples; i++)
        n_changing += !slice_eq(rule->examples[i].in, rule->examples[i].out);
    if (n_changing == 0 && rule->action.kind != ACTION_KEEP)
        problem(lint, rule, "examples", "no example that changes");
    if (n_changing == rule->n_examples) problem(lint, rule, "examples", "no example that stays");
    if (rule->description.len == 0) problem(lint, rule, "id", "no description");
    if (rule->reference.len == 0) {
        problem(lint, rule, "id", "no reference");
        diag_hint(&lint->diags, "where is the form of the value described?");
    }
}

/* ---- ends of values ---- */

struct refusal {
    struct span value; /* the first that was shown */
    bool has_value;
};

static bool refuse_first(void *ctx, struct span value) {
    struct refusal *refusal = ctx;
    if (refusal->has_value) return true;
    *refusal = (struct refusal){value, true};
    return false;
}

/* A validator that refuses a value is shown shorter ones: `roo` of the `root` that was to stay. */
static bool check_end(struct lint *lint, const struct rule *rule, const struct regex *regex,
                      struct slice text, size_t off) {
    struct refusal refusal = {0};
    struct span match, value;
    if (regex_attempt(regex, lint->scratch->matcher->regex, text, off, refuse_first, &refusal,
                      &match, &value) != REGEX_YES)
        return true;
    if (value.start != refusal.value.start || value.end >= refusal.value.end) return true;
    if (!byte_is_alnum(text.ptr[value.end - 1]) || !byte_is_alnum(text.ptr[value.end])) return true;
    problem(lint, rule, "pattern", "where a validator says no, a value ends within a word");
    diag_hint(&lint->diags, "make its last quantifier possessive: {4,64}+");
    const char *start = (const char *)text.ptr + value.start;
    diag_note(&lint->diags, "%.*s of %.*s", (int)(value.end - value.start), start,
              (int)(refusal.value.end - value.start), start);
    return false;
}

static void check_ends(struct lint *lint, size_t i) {
    const struct rule *rule = &lint->all->rules.rules[i];
    const struct regex *regex = lint->all->matcher->regex[i];
    if (rule->pattern.len == 0 || rule->n_validate == 0 || regex == NULL) return;
    for (size_t e = 0; e < rule->n_examples; e++) {
        const struct slice text = rule->examples[e].in;
        for (size_t off = 0; off < text.len; off++)
            if (!check_end(lint, rule, regex, text, off)) return;
    }
}

/* ---- growth ---- */

struct worst {
    unsigned number;
    uint64_t units;
};

/* Work on `factor` times the base text; SIZE_MAX: a limit was reached (reported). */
static uint64_t measure(struct lint *lint, struct logwash_scratch *scratch,
                        const struct hostile *hostile, unsigned number, size_t factor) {
    if (!hostile_text(hostile, number, BASE_BYTES * factor, &lint->text)) {
        lint->no_memory = true;
        return 0;
    }
    const struct alone_work work = alone_measure(scratch, buf_view(&lint->text));
    if (work.n_limits == 0) return work.units;
    problem(lint, hostile->rule, "pattern", "a limit of PCRE2 is reached");
    return UINT64_MAX;
}

static void show_text(struct lint *lint) {
    char shown[SHOWN_TEXT + 1];
    size_t n = 0;
    for (; n < SHOWN_TEXT && n < lint->text.len; n++) {
        const uint8_t c = lint->text.ptr[n];
        shown[n] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
    shown[n] = 0;
    diag_note(&lint->diags, "on %s...", shown);
}

/* True: a problem, reported. */
static bool grows(struct lint *lint, struct logwash_scratch *scratch, const struct hostile *hostile,
                  unsigned number) {
    const uint64_t once = measure(lint, scratch, hostile, number, FAR / 2);
    if (once == UINT64_MAX) return show_text(lint), true;
    const uint64_t twice = measure(lint, scratch, hostile, number, FAR);
    if (twice == UINT64_MAX) return show_text(lint), true;
    const bool is_idle = twice <= (uint64_t)IDLE_WORK * FAR * BASE_BYTES;
    if (is_idle || (double)twice <= max_growth * (double)once) return false;
    char text[120];
    snprintf(text, sizeof text, "a text twice as long takes %.1f times the work (%.1f is allowed)",
             (double)twice / (double)(once ? once : 1), max_growth);
    problem(lint, hostile->rule, hostile->rule->n_keys > 0 ? "keys" : "pattern", text);
    show_text(lint);
    return true;
}

static void probe(struct lint *lint, struct logwash_scratch *scratch,
                  const struct hostile *hostile) {
    struct worst worst[N_WORST] = {{0}};
    for (unsigned number = 0; number < HOSTILE_TEXTS && !lint->no_memory; number++) {
        const uint64_t units = measure(lint, scratch, hostile, number, 1);
        if (units == UINT64_MAX) {
            show_text(lint);
            return;
        }
        size_t at = N_WORST;
        while (at > 0 && units > worst[at - 1].units) at--;
        if (at == N_WORST) continue;
        for (size_t k = N_WORST - 1; k > at; k--) worst[k] = worst[k - 1];
        worst[at] = (struct worst){number, units};
    }
    for (size_t k = 0; k < N_WORST && !lint->no_memory; k++)
        if (worst[k].units > 0 && grows(lint, scratch, hostile, worst[k].number)) return;
}

static void check_growth(struct lint *lint, size_t i) {
    struct arena arena;
    arena_init(&arena);
    struct hostile hostile;
    struct logwash *alone = alone_new(lint->all, i, true);
    struct logwash_scratch *scratch = alone != NULL ? logwash_scratch_new(alone) : NULL;
    if (scratch != NULL && hostile_init(&hostile, &lint->all->rules.rules[i], &arena))
        probe(lint, scratch, &hostile);
    else
        lint->no_memory = true;
    logwash_scratch_free(scratch);
    alone_free(alone);
    arena_fini(&arena);
}

/* ---- needless rules ---- */

static bool add_finding(void *ctx, const struct logwash_finding *f) {
    struct lint *lint = ctx;
    size_t rule = 0;
    while (rule < lint->all->rules.n && lint->all->rule_ids[rule] != f->rule) rule++;
    if (rule < lint->all->rules.n && lint->n_findings < MAX_FINDINGS)
        lint->findings[lint->n_findings++] = (struct finding){rule, {f->start, f->end}};
    return true;
}

static void scan_example(struct lint *lint, struct slice in) {
    struct logwash_record one = {.len = (uint32_t)in.len, .time_ms = INT64_MIN};
    struct logwash_batch batch = {
        .data = in.ptr, .len = in.len, .records = &one, .n = 1, .framing = LOGWASH_FRAMING_MESSAGE};
    lint->n_findings = 0;
    if (logwash_scan(lint->all, lint->scratch, &batch, add_finding, lint) != LOGWASH_OK)
        lint->no_memory = true;
}

/* Is everything that `rule` found also found, as it is or within more, by `other`? */
static bool is_covered(const struct lint *lint, size_t rule, size_t other) {
    bool has_found = false;
    for (size_t i = 0; i < lint->n_findings; i++) {
        const struct finding *f = &lint->findings[i];
        if (f->rule != rule) continue;
        has_found = true;
        bool is_in = false;
        for (size_t k = 0; k < lint->n_findings && !is_in; k++) {
            const struct finding *g = &lint->findings[k];
            is_in =
                g->rule == other && g->span.start <= f->span.start && g->span.end >= f->span.end;
        }
        if (!is_in) return false;
    }
    return has_found;
}

static bool same_texts(const struct slice *a, size_t n_a, const struct slice *b, size_t n_b) {
    if (n_a != n_b) return false;
    for (size_t i = 0; i < n_a; i++)
        if (!slice_eq(a[i], b[i])) return false;
    return true;
}

static bool does_the_same(const struct rule *a, const struct rule *b) {
    return a->class_id == b->class_id && a->action.kind == b->action.kind &&
           a->sensitivity == b->sensitivity && a->observe == b->observe &&
           (b->n_fields == 0 || same_texts(a->fields, a->n_fields, b->fields, b->n_fields)) &&
           (b->n_not_keys == 0 ||
            same_texts(a->not_keys, a->n_not_keys, b->not_keys, b->n_not_keys)) &&
           (a->profiles & ~b->profiles) == 0;
}

/* An earlier rule of the same class and action that finds what all examples of this one show. */
static void check_needless(struct lint *lint, size_t i) {
    const struct rule *rules = lint->all->rules.rules, *rule = &rules[i];
    bool *may = calloc(i + 1, sizeof *may);
    if (may == NULL) {
        lint->no_memory = true;
        return;
    }
    bool has_example = false;
    for (size_t k = 0; k < i; k++) may[k] = does_the_same(rule, &rules[k]);
    for (size_t e = 0; e < rule->n_examples && !lint->no_memory; e++) {
        if (slice_eq(rule->examples[e].in, rule->examples[e].out)) continue;
        has_example = true;
        scan_example(lint, rule->examples[e].in);
        for (size_t k = 0; k < i; k++) may[k] = may[k] && is_covered(lint, i, k);
    }
    for (size_t k = 0; k < i && has_example; k++) {
        if (!may[k]) continue;
        problem(lint, rule, "id",
                "its examples are all found by an earlier rule that does the same");
        diag_hint(&lint->diags, "%.*s: is this one needed? Then show by what", (int)rules[k].id.len,
                  (const char *)rules[k].id.ptr);
        break;
    }
    free(may);
}

static bool is_twin(const struct rule *a, const struct rule *b) {
    return slice_eq(a->pattern, b->pattern) && same_texts(a->keys, a->n_keys, b->keys, b->n_keys) &&
           same_texts(a->fields, a->n_fields, b->fields, b->n_fields) &&
           same_texts(a->keywords, a->n_keywords, b->keywords, b->n_keywords) &&
           same_texts(a->not_keys, a->n_not_keys, b->not_keys, b->n_not_keys) &&
           a->n_validate == b->n_validate &&
           memcmp(a->validate, b->validate, sizeof a->validate) == 0;
}

/* False: reported. */
static bool check_twins(struct lint *lint, size_t i) {
    const struct rule *rules = lint->all->rules.rules;
    for (size_t k = 0; k < i; k++) {
        if (!is_twin(&rules[i], &rules[k])) continue;
        problem(lint, &rules[i], "id", "looks for just what an earlier rule looks for");
        diag_hint(&lint->diags, "%.*s", (int)rules[k].id.len, (const char *)rules[k].id.ptr);
        return false;
    }
    return true;
}

/* ---- all ---- */

/* Packs that were given are what is looked at; without any, everything is. */
static bool is_asked_about(const struct logwash_options *opt, const struct rule *rule) {
    for (size_t i = 0; i < opt->n_packs; i++)
        if (opt->packs[i].name != NULL && strcmp(opt->packs[i].name, rule->node->source->name) == 0)
            return true;
    return opt->n_packs == 0;
}

static void lint_rule(struct lint *lint, size_t i) {
    const struct rule *rule = &lint->all->rules.rules[i];
    check_missing(lint, rule);
    if (check_twins(lint, i)) check_needless(lint, i);
    check_ends(lint, i);
    check_growth(lint, i);
}

enum logwash_status tools_rules_lint(const struct logwash_options *options, size_t *n_rules,
                                     size_t *n_problems, struct buf *report,
                                     struct logwash_error *err) {
    static const uint8_t key[32] = {1};
    struct logwash_options opt = *options;
    struct logwash *all;
    opt.keyring = NULL;
    opt.run_key = key;
    opt.profiles = profiles_text(PROFILE_ALL);
    const enum logwash_status status = engine_load(&opt, true, &all, err);
    if (status != LOGWASH_OK) return status;
    all->allow.n = 0;
    struct lint lint = {.all = all, .scratch = logwash_scratch_new(all)};
    lint.no_memory = lint.scratch == NULL;
    buf_init(&lint.text, 0);
    diags_init(&lint.diags);
    *n_rules = 0;
    for (size_t i = 0; i < all->rules.n && !lint.no_memory; i++) {
        if (!is_asked_about(options, &all->rules.rules[i])) continue;
        ++*n_rules;
        lint_rule(&lint, i);
    }
    diags_print(&lint.diags, report);
    *n_problems = lint.diags.n;
    const bool failed = lint.no_memory || lint.diags.failed || report->failed;
    buf_fini(&lint.text);
    diags_fini(&lint.diags);
    logwash_scratch_free(lint.scratch);
    logwash_free(all);
    return failed ? LOGWASH_MEMORY : LOGWASH_OK;
}
