/* SPDX-License-Identifier: Apache-2.0 */
/* The batch loop: groups of records are prefiltered at once, each record is judged, edits are
 * spliced. */
#include "core/engine.h"
#include "record/framing.h"
#include <stdlib.h>

struct logwash_scratch *logwash_scratch_new(const struct logwash *lw) {
    struct logwash_scratch *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->lw = lw;
    json_init(&s->json);
    msgpack_init(&s->msgpack);
    path_init(&s->paths);
    json_init(&s->inner_json);
    for (size_t i = 0; i < VIEW_JSON_LEVELS; i++) path_init(&s->inner[i].paths);
    logfmt_init(&s->logfmt);
    view_init(&s->views, lw->kernels, lw->limits.depth);
    buf_init(&s->replacements, 0);
    buf_init(&s->name, 0);
    buf_init(&s->residue, 0);
    s->matcher = matcher_scratch_new(lw->matcher);
    if (lw->pseudonyms != NULL) s->pseudonyms = pseudonym_scratch_new(lw->pseudonyms);
    if (lw->ip_keys != NULL) s->ip = ip_scratch_new(lw->ip_keys);
    if (s->matcher != NULL && (lw->pseudonyms == NULL || s->pseudonyms != NULL) &&
        (lw->ip_keys == NULL || s->ip != NULL))
        return s;
    logwash_scratch_free(s);
    return NULL;
}

void logwash_scratch_free(struct logwash_scratch *s) {
    if (s == NULL) return;
    matcher_scratch_free(s->matcher);
    pseudonym_scratch_free(s->pseudonyms);
    ip_scratch_free(s->ip);
    json_fini(&s->json);
    msgpack_fini(&s->msgpack);
    path_fini(&s->paths);
    json_fini(&s->inner_json);
    for (size_t i = 0; i < VIEW_JSON_LEVELS; i++) path_fini(&s->inner[i].paths);
    free(s->steps);
    logfmt_fini(&s->logfmt);
    view_fini(&s->views);
    buf_fini(&s->replacements);
    buf_fini(&s->name);
    buf_fini(&s->residue);
    free(s->hits);
    free(s->taken);
    free(s->edits);
    free(s->names);
    free(s->separator);
    free(s->escape);
    free(s->view_separator);
    free(s);
}

/* A run of records that is scanned at once. */
struct group {
    size_t first, last; /* records */
    struct span bytes;  /* in the batch */
};

/* The prefilter must see that a record begins (detect/prefilter.h), so one that is not behind a
 * terminator begins a group. */
static struct group next_group(const struct logwash_batch *batch, size_t first) {
    struct group g = {first, first, {batch->records[first].off, batch->records[first].off}};
    while (g.last < batch->n && g.bytes.end - g.bytes.start < ENGINE_GROUP_BYTES) {
        const size_t off = batch->records[g.last].off;
        if (g.last > first && !anchor_is_border(((const uint8_t *)batch->data)[off - 1])) break;
        g.bytes.end = (size_t)batch->records[g.last].off + batch->records[g.last].len;
        g.last++;
    }
    return g;
}

/* Candidates and masks for the group. False: out of memory. */
static bool scan_group(struct logwash_scratch *s, struct slice group) {
    const struct logwash *lw = s->lw;
    s->group = group;
    s->next_candidate = s->n_candidates = 0;
    s->candidates_full = false;
    if (!VEC_GROW(s->separator, s->cap_separator, mask_words(group.len)) ||
        !VEC_GROW(s->escape, s->cap_escape, mask_words(group.len)))
        return false;
    lw->kernels->any(group.ptr, group.len, (const uint8_t *)"=:-", 3, s->separator);
    lw->kernels->any(group.ptr, group.len, (const uint8_t *)"\\%\x1b&", 4, s->escape);
    matcher_begin(lw->matcher, s->matcher);
    if (!lw->without_prefilter)
        s->candidates_full =
            !prefilter_scan(lw->matcher->prefilter, s->matcher->prefilter, group, 0,
                            MATCHER_MAX_CANDIDATES, &s->candidates, &s->n_candidates);
    return true;
}

static bool is_binary(const struct logwash_scratch *s) {
    return s->lw->format == LOGWASH_FORMAT_MSGPACK && !s->in->is_beside;
}

/* JSON or text? */
static void classify(struct logwash_scratch *s, const struct logwash_batch *batch) {
    struct slice rec = slice_sub(s->group, s->rec.start, s->rec.end);
    s->is_json = s->is_msgpack = false;
    if (is_binary(s)) {
        binary_classify(s, rec);
        return;
    }
    s->is_single_line =
        batch->framing == LOGWASH_FRAMING_LINE || memchr(rec.ptr, '\n', rec.len) == NULL;
    if (s->lw->format == LOGWASH_FORMAT_TEXT || s->lw->format == LOGWASH_FORMAT_LOGFMT) return;
    if (json_is_likely(rec)) {
        enum json_result result = json_build(&s->json, s->lw->kernels, rec, s->lw->limits.depth);
        s->is_json = result == JSON_VALID;
        s->no_memory |= result == JSON_NO_MEMORY;
    }
    s->verdict.malformed = !s->is_json && json_begins(rec);
}

static void check_bounds(struct logwash_scratch *s, struct slice rec) {
    if (rec.len > s->lw->limits.record_bytes)
        s->withheld = "record";
    else if (s->candidates_full)
        s->withheld = "candidates";
    else if (!is_binary(s) && framing_is_utf16(rec))
        s->withheld = "utf16";
}

/* Judges the record in work: hits in order, or withheld. */
static void judge_record(struct logwash_scratch *s, const struct logwash_batch *batch) {
    struct slice rec = slice_sub(s->group, s->rec.start, s->rec.end);
    s->verdict = (struct logwash_verdict){.outcome = LOGWASH_CLEAN};
    s->withheld = NULL;
    s->n_hits = s->n_edits = 0;
    s->has_paths = false;
    for (size_t i = 0; i < VIEW_JSON_LEVELS; i++) s->inner[i].document = 0;
    s->max_work = ENGINE_WORK_BASE + (uint64_t)rec.len * s->lw->limits.work_per_byte;
    if (batch->framing != LOGWASH_FRAMING_LINE) s->block.is_open = false;
    check_bounds(s, rec);
    if (s->withheld != NULL) {
        s->block.is_open = false;
        return;
    }
    classify(s, batch);
    if (s->no_memory || s->withheld != NULL) return;
    find_record(s);
    if (s->withheld == NULL && !s->no_memory) settle_hits(s);
}

/* The text that stands for a withheld record. */
static struct slice withheld_text(struct logwash_scratch *s) {
    bool object = s->rec.end > s->rec.start && s->group.ptr[s->rec.start] == '{';
    buf_reset(&s->replacements);
    if (is_binary(s))
        binary_withheld(s, &s->replacements);
    else
        buf_printf(&s->replacements, object ? "{\"_logwash\":\"[WITHHELD:%s]\"}" : "[WITHHELD:%s]",
                   s->withheld);
    return buf_view(&s->replacements);
}

static size_t terminator_len(const struct logwash_batch *batch, size_t i) {
    size_t end = (size_t)batch->records[i].off + batch->records[i].len;
    size_t next = i + 1 < batch->n ? batch->records[i + 1].off : batch->len;
    return next - end;
}

static bool write_edits(struct logwash_scratch *s, struct splice *splice, size_t base) {
    for (size_t i = 0; i < s->n_edits; i++) {
        const struct edit *e = &s->edits[i];
        struct slice with = slice_sub(buf_view(&s->replacements), e->with.start, e->with.end);
        splice_edit(splice, base + e->raw.start, base + e->raw.end, with);
        if (s->trace != NULL) trace_edit(s, e->raw, with);
    }
    return !splice->dst->failed;
}

/* Settles and writes the record in work; fills its result. */
static bool write_record(struct logwash_scratch *s, const struct logwash_batch *batch, size_t i,
                         size_t base, struct splice *splice, struct logwash_output *out) {
    struct span rec = {base + s->rec.start, base + s->rec.end};
    if (s->withheld == NULL) settle_edits(s);
    if (s->no_memory) return false;
    size_t off = splice_position(splice, rec.start);
    if (s->withheld != NULL) {
        s->verdict.outcome = LOGWASH_WITHHELD;
        s->verdict.reason = s->withheld;
        trace_record(s, TOOLS_WITHHELD, s->withheld);
        splice_edit(splice, rec.start, rec.end, withheld_text(s));
    } else if (s->verdict.outcome == LOGWASH_DROPPED) {
        trace_record(s, TOOLS_DROPPED, NULL);
        splice_edit(splice, rec.start, rec.end + terminator_len(batch, i), SLICE(""));
    } else if (!write_edits(s, splice, base)) {
        return false;
    }
    size_t end = s->verdict.outcome == LOGWASH_DROPPED ? off : splice_position(splice, rec.end);
    out->results[i] = (struct logwash_result){off, end - off, s->verdict};
    for (size_t h = 0; h < s->n_hits; h++)
        out->class_hits[engine_rule(s->lw, s->hits[h].rule)->class_id]++;
    return !splice->dst->failed;
}

/* What is done with each judged record: `write` or report. */
struct visit {
    bool (*record)(void *ctx, struct logwash_scratch *s, const struct logwash_batch *batch,
                   size_t i, size_t base);
    void *ctx;
};

/* Judges all records in order; false: out of memory, or the visitor stopped. */
static bool walk_batch(struct logwash_scratch *s, const struct logwash_batch *batch,
                       struct visit visit) {
    struct slice data = slice_of(batch->data, batch->len);
    s->no_memory = false;
    s->block = (struct block){.is_open = false};
    if (batch->framing == LOGWASH_FRAMING_LINE && batch->tail_len > 0)
        s->block = block_resume(slice_of(batch->tail, batch->tail_len));
    for (size_t i = 0; i < batch->n;) {
        struct group g = next_group(batch, i);
        if (!scan_group(s, slice_sub(data, g.bytes.start, g.bytes.end))) return false;
        for (; i < g.last; i++) {
            s->in = &batch->records[i];
            s->rec.start = s->in->off - g.bytes.start;
            s->rec.end = s->rec.start + s->in->len;
            judge_record(s, batch);
            if (s->no_memory || !visit.record(visit.ctx, s, batch, i, g.bytes.start)) return false;
        }
    }
    return true;
}

struct washing {
    struct splice splice;
    struct logwash_output *out;
};

static bool wash_one(void *ctx, struct logwash_scratch *s, const struct logwash_batch *batch,
                     size_t i, size_t base) {
    struct washing *w = ctx;
    return write_record(s, batch, i, base, &w->splice, w->out);
}

enum logwash_status logwash_wash_batch(const struct logwash *lw, struct logwash_scratch *s,
                                       const struct logwash_batch *batch,
                                       struct logwash_output *out) {
    (void)lw;
    struct buf dst = {.ptr = out->data, .len = 0, .cap = out->cap};
    struct washing w = {{slice_of(batch->data, batch->len), 0, &dst}, out};
    memset(out->class_hits, 0, sizeof out->class_hits);
    bool ok = VEC_GROW(out->results, out->results_cap, batch->n) &&
              buf_reserve(&dst, batch->len + 4096) &&
              walk_batch(s, batch, (struct visit){wash_one, &w}) && splice_finish(&w.splice);
    out->data = dst.ptr;
    out->cap = dst.cap;
    out->len = ok ? dst.len : 0;
    out->n = ok ? batch->n : 0;
    return ok ? LOGWASH_OK : LOGWASH_MEMORY;
}

struct scanning {
    bool (*found)(void *ctx, const struct logwash_finding *finding);
    void *ctx;
    bool stopped;
};

static bool scan_one(void *ctx, struct logwash_scratch *s, const struct logwash_batch *batch,
                     size_t i, size_t base) {
    struct scanning *scan = ctx;
    (void)batch, (void)base;
    if (s->withheld != NULL) {
        struct logwash_finding f = {i, 0, s->in->len, "withheld", s->withheld, "withhold"};
        scan->stopped = !scan->found(scan->ctx, &f);
        return !scan->stopped;
    }
    for (size_t h = 0; h < s->n_hits; h++) {
        const struct hit *hit = &s->hits[h];
        const struct rule *rule = engine_rule(s->lw, hit->rule);
        bool is_limit = hit->rule == s->lw->rules.n + SPECIAL_LIMIT;
        struct span raw = hit->view == 0 ? hit->value : hit->raw;
        struct logwash_finding f = {i,
                                    raw.start - s->rec.start,
                                    raw.end - s->rec.start,
                                    s->lw->rule_ids[hit->rule],
                                    is_limit ? "limit" : data_classes[rule->class_id].name,
                                    rule->observe ? "observe" : action_name(rule->action.kind)};
        if (!scan->found(scan->ctx, &f)) {
            scan->stopped = true;
            return false;
        }
    }
    return true;
}

enum logwash_status logwash_scan(const struct logwash *lw, struct logwash_scratch *s,
                                 const struct logwash_batch *batch,
                                 bool (*found)(void *ctx, const struct logwash_finding *finding),
                                 void *ctx) {
    struct scanning scan = {found, ctx, false};
    (void)lw;
    return walk_batch(s, batch, (struct visit){scan_one, &scan}) || scan.stopped ? LOGWASH_OK
                                                                                 : LOGWASH_MEMORY;
}
