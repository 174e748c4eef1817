/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine spends its time on, for benches. */
#include "core/alone.h"
#include "core/tools.h"
#include <stdlib.h>

/* Regexes and ids by address, so that whatever is at work is known by its rule. */
struct owner {
    const void *thing;
    size_t rule;
};

struct profile {
    struct owner *regexes, *ids;
    size_t n_regexes, n_ids;
    struct tools_cost *costs;
};

static int by_address(const void *a, const void *b) {
    const uintptr_t x = (uintptr_t)((const struct owner *)a)->thing;
    const uintptr_t y = (uintptr_t)((const struct owner *)b)->thing;
    return (x > y) - (x < y);
}

/* NULL: of no rule of a pack. */
static struct tools_cost *cost_of(const struct profile *p, const struct owner *owners, size_t n,
                                  const void *thing) {
    const struct owner key = {thing, 0};
    const struct owner *owner = bsearch(&key, owners, n, sizeof key, by_address);
    return owner != NULL ? &p->costs[owner->rule] : NULL;
}

static void seen(void *ctx, const struct regex *regex, enum regex_result result, uint64_t ticks) {
    const struct profile *p = ctx;
    struct tools_cost *cost = cost_of(p, p->regexes, p->n_regexes, regex);
    if (cost == NULL) return;
    cost->attempts++;
    cost->matches += result == REGEX_YES;
    cost->ticks += ticks;
}

static bool count_hit(void *ctx, const struct logwash_finding *finding) {
    const struct profile *p = ctx;
    struct tools_cost *cost = cost_of(p, p->ids, p->n_ids, finding->rule);
    if (cost != NULL) cost->hits++;
    return true;
}

static bool profile_init(struct profile *p, const struct logwash *lw) {
    const size_t n = lw->rules.n;
    p->regexes = calloc(n + 1, sizeof *p->regexes);
    p->ids = calloc(n + 1, sizeof *p->ids);
    if (p->regexes == NULL || p->ids == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        p->ids[p->n_ids++] = (struct owner){lw->rule_ids[i], i};
        if (lw->matcher->regex[i] != NULL)
            p->regexes[p->n_regexes++] = (struct owner){lw->matcher->regex[i], i};
    }
    qsort(p->ids, p->n_ids, sizeof *p->ids, by_address);
    qsort(p->regexes, p->n_regexes, sizeof *p->regexes, by_address);
    return true;
}

enum logwash_status tools_profile(const struct logwash *lw, struct logwash_scratch *s,
                                  const struct logwash_batch *batch, uint64_t (*clock)(void),
                                  struct tools_cost *costs, struct logwash_output *out) {
    struct profile p = {.costs = costs};
    enum logwash_status status = LOGWASH_MEMORY;
    if (profile_init(&p, lw)) {
        regex_scratch_watch(s->matcher->regex, (struct regex_watch){clock, seen, &p});
        status = logwash_wash_batch(lw, s, batch, out);
        regex_scratch_watch(s->matcher->regex, (struct regex_watch){0});
        if (status == LOGWASH_OK) status = logwash_scan(lw, s, batch, count_hit, &p);
    }
    free(p.regexes);
    free(p.ids);
    return status;
}

enum logwash_status tools_work(const struct logwash *lw, const struct logwash_batch *batch,
                               uint64_t *units) {
    struct logwash_output out = {0};
    struct tools_cost *costs = calloc(lw->rules.n + 1, sizeof *costs);
    struct logwash *counted = counted_new(lw);
    struct logwash_scratch *s = counted != NULL ? logwash_scratch_new(counted) : NULL;
    enum logwash_status status = LOGWASH_MEMORY;
    if (s != NULL && costs != NULL) status = tools_profile(counted, s, batch, NULL, costs, &out);
    for (size_t i = 0; status == LOGWASH_OK && i < lw->rules.n; i++)
        units[i] = costs[i].attempts * MATCHER_WORK_ATTEMPT + costs[i].ticks;
    logwash_output_fini(&out);
    logwash_scratch_free(s);
    counted_free(counted);
    free(costs);
    return status;
}

size_t tools_prefilter(struct logwash_scratch *s, const struct logwash_batch *batch) {
    const struct matcher *m = s->lw->matcher;
    struct slice data = slice_of(batch->data, batch->len);
    size_t total = 0;
    for (size_t off = 0; off < data.len; off += ENGINE_GROUP_BYTES) {
        size_t end = off + ENGINE_GROUP_BYTES < data.len ? off + ENGINE_GROUP_BYTES : data.len, n;
        const struct candidate *candidates;
        if (prefilter_scan(m->prefilter, s->matcher->prefilter, slice_sub(data, off, end), 0,
                           MATCHER_MAX_CANDIDATES, &candidates, &n))
            total += n;
    }
    return total;
}
