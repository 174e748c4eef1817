/* SPDX-License-Identifier: Apache-2.0 */
#include "core/alone.h"
#include <stdlib.h>

static void lift_limits(struct logwash *lw) {
    lw->limits.work_per_byte = UINT32_MAX;
    lw->limits.edits = UINT32_MAX / 8; /* find.c keeps four hits for an edit */
}

static bool count_work(struct logwash *lw) {
    const struct rule *rule = lw->rules.rules;
    lift_limits(lw);
    if (lw->matcher->regex[0] == NULL) return true;
    regex_free(lw->matcher->regex[0]);
    lw->matcher->regex[0] = regex_compile_counted(rule->pattern);
    return lw->matcher->regex[0] != NULL;
}

struct logwash *alone_new(const struct logwash *all, size_t i, bool counted) {
    struct logwash *lw = calloc(1, sizeof *lw);
    struct diags diags;
    diags_init(&diags);
    if (lw != NULL) {
        *lw = *all;
        lw->rules.rules = all->rules.rules + i;
        lw->rules.n = 1;
        lw->rule_ids = all->rule_ids + i;
        lw->matcher = matcher_new(&lw->rules, &diags);
    }
    diags_fini(&diags);
    if (lw != NULL && lw->matcher != NULL && (!counted || count_work(lw))) return lw;
    alone_free(lw);
    return NULL;
}

void alone_free(struct logwash *lw) {
    if (lw == NULL) return;
    matcher_free(lw->matcher);
    free(lw);
}

struct counted {
    struct logwash lw; /* first: what counted_free is given */
    struct matcher matcher;
};

struct logwash *counted_new(const struct logwash *all) {
    struct counted *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->lw = *all;
    c->matcher = *all->matcher;
    c->lw.matcher = &c->matcher;
    lift_limits(&c->lw);
    c->matcher.regex = calloc(all->rules.n + 1, sizeof(struct regex *));
    bool ok = c->matcher.regex != NULL;
    for (size_t i = 0; ok && i < all->rules.n; i++) {
        if (all->matcher->regex[i] == NULL) continue; /* a key rule */
        c->matcher.regex[i] = regex_compile_counted(all->rules.rules[i].pattern);
        ok = c->matcher.regex[i] != NULL;
    }
    if (ok) return &c->lw;
    counted_free(&c->lw);
    return NULL;
}

void counted_free(struct logwash *lw) {
    if (lw == NULL) return;
    struct regex **regex = lw->matcher->regex;
    for (size_t i = 0; regex != NULL && i < lw->rules.n; i++) regex_free(regex[i]);
    free(regex);
    free((struct counted *)lw);
}

static bool count_hit(void *ctx, const struct logwash_finding *finding) {
    (void)finding;
    ++*(size_t *)ctx;
    return true;
}

struct alone_work alone_measure(struct logwash_scratch *s, struct slice text) {
    struct logwash_record one = {.len = (uint32_t)text.len, .time_ms = INT64_MIN};
    struct logwash_batch batch = {.data = text.ptr,
                                  .len = text.len,
                                  .records = &one,
                                  .n = 1,
                                  .framing = LOGWASH_FRAMING_LINE};
    const uint64_t before = regex_scratch_steps(s->matcher->regex);
    struct alone_work work = {0};
    s->work = s->n_limits = 0;
    if (logwash_scan(s->lw, s, &batch, count_hit, &work.n_hits) != LOGWASH_OK) return work;
    work.units = s->work + regex_scratch_steps(s->matcher->regex) - before;
    work.n_limits = s->n_limits;
    return work;
}
