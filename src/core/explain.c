/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine tells a listener (`logwash explain`). The calls stand where the decisions are
 * made; without a listener they are a comparison with NULL. */
#include "core/engine.h"

static struct slice text_of(const char *text) { return slice_str(text != NULL ? text : ""); }

/* An event about bytes of the group or, with `view` > 0, of that decoded view. */
static struct tools_event about(const struct logwash_scratch *s, uint32_t view, struct span value) {
    struct slice text = view > 0 ? buf_view(&s->views.text) : s->group;
    struct span raw = value;
    if (view > 0) raw = view_to_raw(&s->views, &s->views.views[view - 1], value);
    return (struct tools_event){.record = (size_t)(s->in - s->trace->batch->records),
                                .start = raw.start - s->rec.start,
                                .end = raw.end - s->rec.start,
                                .text = slice_sub(text, value.start, value.end),
                                .is_decoded = view > 0};
}

static void tell(const struct logwash_scratch *s, enum tools_step step, struct tools_event event) {
    event.step = step;
    s->trace->event(s->trace->ctx, &event);
}

static void tell_hit(const struct logwash_scratch *s, const struct hit *hit, enum tools_step step,
                     struct slice detail) {
    struct tools_event event = about(s, hit->view, hit->value);
    event.rule = s->lw->rule_ids[hit->rule];
    event.detail = detail;
    tell(s, step, event);
}

void trace_refused(const struct logwash_scratch *s, uint32_t rule, uint32_t view, struct span value,
                   enum tools_step step, const char *detail) {
    if (s->trace == NULL) return;
    struct tools_event event = about(s, view, value);
    event.rule = s->lw->rule_ids[rule];
    event.detail = text_of(detail);
    tell(s, step, event);
}

void trace_keyword(const struct logwash_scratch *s, const struct hit *hit,
                   const struct slice *keyword, size_t distance, bool is_near) {
    struct tools_event event = about(s, hit->view, hit->value);
    event.rule = s->lw->rule_ids[hit->rule];
    event.near = engine_rule(s->lw, hit->rule)->near;
    event.distance = distance;
    if (keyword != NULL) event.detail = *keyword;
    enum tools_step step = is_near ? TOOLS_NEAR_KEYWORD : TOOLS_FAR_KEYWORD;
    tell(s, keyword == NULL ? TOOLS_NO_KEYWORD : step, event);
}

void trace_repeat(const struct logwash_scratch *s, const struct hit *hit) {
    tell_hit(s, hit, TOOLS_REPEATED, SLICE(""));
}

void trace_allowed(const struct logwash_scratch *s, const struct hit *hit) {
    const bool is_kept = hit->allow == HIT_KEPT;
    tell_hit(s, hit, TOOLS_ALLOWED,
             is_kept ? SLICE("keep of the action ip")
                     : s->lw->allow.items[hit->allow - HIT_ALLOWED].reason);
}

void trace_kept(const struct logwash_scratch *s) {
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct rule *rule = engine_rule(s->lw, s->hits[i].rule);
        if (rule->observe)
            tell_hit(s, &s->hits[i], TOOLS_OBSERVED, SLICE(""));
        else if (rule->action.kind == ACTION_KEEP)
            tell_hit(s, &s->hits[i], TOOLS_KEPT, SLICE(""));
    }
}

void trace_cluster(const struct logwash_scratch *s, size_t first, size_t last, size_t best,
                   enum action_kind action) {
    struct slice winner = text_of(s->lw->rule_ids[s->hits[best].rule]);
    for (size_t i = first; i < last; i++) {
        const struct rule *rule = engine_rule(s->lw, s->hits[i].rule);
        if (i == best)
            tell_hit(s, &s->hits[i], TOOLS_HIT, text_of(action_name(action)));
        else if (!rule->observe && rule->action.kind != ACTION_KEEP)
            tell_hit(s, &s->hits[i], TOOLS_COVERED, winner);
    }
}

void trace_edit(const struct logwash_scratch *s, struct span raw, struct slice with) {
    struct tools_event event = about(s, 0, raw);
    event.detail = event.text;
    event.text = with;
    tell(s, TOOLS_EDIT, event);
}

void trace_record(const struct logwash_scratch *s, enum tools_step step, const char *detail) {
    if (s->trace == NULL) return;
    struct tools_event event = about(s, 0, s->rec);
    event.detail = text_of(detail);
    tell(s, step, event);
}

enum logwash_status tools_explain(const struct logwash *lw, struct logwash_scratch *scratch,
                                  const struct logwash_batch *batch,
                                  void (*event)(void *ctx, const struct tools_event *event),
                                  void *ctx, struct logwash_output *out) {
    const struct tools_trace trace = {event, ctx, batch};
    scratch->trace = &trace;
    enum logwash_status status = logwash_wash_batch(lw, scratch, batch, out);
    scratch->trace = NULL;
    return status;
}
