/* SPDX-License-Identifier: Apache-2.0 */
/* Rule lists and rule tests for the command line. */
#include "core/tools.h"
#include "base/codec.h"
#include "base/mphead.h"
#include "core/alone.h"
#include "core/bundled.h"
#include "core/engine.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

bool tools_rule(const struct logwash *lw, size_t i, struct tools_rule *out) {
    if (i >= lw->rules.n) return false;
    const struct rule *rule = &lw->rules.rules[i];
    *out = (struct tools_rule){.id = lw->rule_ids[i],
                               .class_name = data_classes[rule->class_id].name,
                               .action = action_name(rule->action.kind),
                               .sensitivity = sensitivity_name(rule->sensitivity),
                               .description = (const char *)rule->description.ptr,
                               .anchor = matcher_anchor_name(lw->matcher, i),
                               .profiles = profiles_text(rule->profiles),
                               .n_keywords = rule->n_keywords,
                               .is_key = rule->n_keys > 0};
    return true;
}

const char *tools_profiles_text(unsigned profiles) { return profiles_text(profiles); }

bool tools_validator(size_t i, const char **name, const char **description) {
    if (i >= n_validators) return false;
    *name = validators[i].name;
    *description = validators[i].description;
    return true;
}

bool tools_is_bundled(struct slice pack) {
    for (size_t i = 0; i < n_bundled_packs; i++)
        if (slice_eq(pack, slice_of(bundled_packs[i].data, bundled_packs[i].len))) return true;
    return false;
}

/* ---- rules test ---- */

static const char test_ring[] =
    "logwash-keyring 1\nepoch t 1970-01-01T00:00:00Z "
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

enum wrapping { WRAP_BARE, WRAP_JSON, WRAP_MSGPACK, WRAP_LOGFMT, WRAP_PERCENT, N_WRAPPINGS };
static const char *const wrapping_names[N_WRAPPINGS] = {[WRAP_BARE] = "bare",
                                                        [WRAP_JSON] = "in a JSON string",
                                                        [WRAP_MSGPACK] = "in MessagePack",
                                                        [WRAP_LOGFMT] = "in logfmt",
                                                        [WRAP_PERCENT] = "percent-encoded"};

struct rule_test {
    const struct logwash *all;
    struct logwash_scratch *all_scratch;
    struct logwash *alone;
    struct logwash_scratch *alone_scratch;
    struct logwash_output out, again;
    struct buf in, want, unwrapped;
    struct diags diags;
    size_t passed, failed;
    bool no_memory;
};

static void wrap_json(struct slice text, struct buf *out) {
    buf_str(out, "{\"msg\":\"");
    json_escape(text, out);
    buf_str(out, "\"}");
}

static const struct slice mp_prefix = {(const uint8_t *)"\x81\xa3msg", 5};

static void wrap_msgpack(struct slice text, struct buf *out) {
    uint8_t head[MP_HEAD_MAX];
    const struct mp_head str = {.kind = MP_STR, .lead = 0xd9};
    const size_t len = mp_head_write(&str, (uint32_t)text.len, head);
    buf_slice(out, mp_prefix);
    buf_append(out, head, len);
    buf_slice(out, text);
}

/* Blanks stay, so that what follows one is not glued to an escape in the raw text. */
static void wrap_percent(struct slice text, struct buf *out) {
    for (size_t i = 0; i < text.len; i++)
        if (byte_is_alnum(text.ptr[i]) || memchr(" -._~", text.ptr[i], 5) != NULL)
            buf_byte(out, text.ptr[i]);
        else
            buf_printf(out, "%%%02X", text.ptr[i]);
}

static void wrap(struct slice text, enum wrapping wrapping, struct buf *out) {
    buf_reset(out);
    switch (wrapping) {
    case WRAP_BARE: buf_slice(out, text); break;
    case WRAP_JSON: wrap_json(text, out); break;
    case WRAP_MSGPACK: wrap_msgpack(text, out); break;
    case WRAP_LOGFMT:
        buf_str(out, "at=info msg=\"");
        json_escape(text, out);
        buf_str(out, "\" n=1");
        break;
    case WRAP_PERCENT: wrap_percent(text, out); break;
    case N_WRAPPINGS: break;
    }
}

/* What stands in the wrapping: compared instead of the whole where a head tells the length, and
 * where replacements stand unescaped beside what is escaped. */
static struct slice unwrap(struct slice got, enum wrapping wrapping, struct buf *out) {
    struct mp_head head;
    if (wrapping == WRAP_MSGPACK && slice_starts(got, mp_prefix)) {
        got = slice_sub(got, mp_prefix.len, got.len);
        if (mp_head_read(got, &head) != MP_WHOLE || head.kind != MP_STR) return got;
        return slice_sub(got, head.len, got.len);
    }
    if (wrapping != WRAP_PERCENT) return got;
    buf_reset(out);
    for (size_t i = 0; i < got.len; i++) {
        uint8_t byte = got.ptr[i];
        if (byte == '%' && percent_unescape(got.ptr + i, got.ptr + got.len, &byte)) i += 2;
        buf_byte(out, byte);
    }
    return buf_view(out);
}

/* Length of a token of the test ring for the class at the start of `got`; 0: none. */
static size_t token_len(struct slice got, struct slice class_name) {
    size_t n = class_name.len + 3 + PSEUDONYM_DEFAULT_CHARS;
    if (got.len < n || !slice_starts(got, class_name)) return 0;
    if (memcmp(got.ptr + class_name.len, "_t_", 3) != 0) return 0;
    for (size_t i = class_name.len + 3; i < n; i++)
        if (!islower(got.ptr[i]) && !(got.ptr[i] >= '2' && got.ptr[i] <= '7')) return 0;
    return n;
}

/* Equal, where `<pseudonym:class>` in `want` stands for any token of the class? */
static bool is_as_wanted(struct slice got, struct slice want) {
    static const char mark[] = "<pseudonym:";
    size_t g = 0, w = 0;
    while (w < want.len) {
        struct slice rest = slice_sub(want, w, want.len);
        const uint8_t *close =
            slice_starts(rest, slice_str(mark)) ? memchr(rest.ptr, '>', rest.len) : NULL;
        if (close != NULL) {
            size_t end = (size_t)(close - rest.ptr);
            size_t n = token_len(slice_sub(got, g, got.len), slice_sub(rest, sizeof mark - 1, end));
            if (n == 0) return false;
            g += n;
            w += end + 1;
        } else if (g < got.len && got.ptr[g] == want.ptr[w]) {
            g++, w++;
        } else {
            return false;
        }
    }
    return g == got.len;
}

static bool wash_text(struct rule_test *t, const struct logwash *lw,
                      struct logwash_scratch *scratch, struct slice in,
                      struct logwash_output *out) {
    if (logwash_wash(lw, scratch, in.ptr, in.len, out) == LOGWASH_OK) return true;
    t->no_memory = true;
    return false;
}

static void verdict(struct rule_test *t, bool ok, const struct rule *rule, size_t example,
                    const char *what, struct slice want, struct slice got) {
    if (ok) {
        t->passed++;
        return;
    }
    t->failed++;
    const struct yaml *node = rule->examples[example].node;
    diag_add(&t->diags, DIAG_ERROR, node->source, node->off, node->len, "example %zu of %.*s: %s",
             example + 1, (int)rule->id.len, (const char *)rule->id.ptr, what);
    diag_note(&t->diags, "expected  %.*s", (int)want.len, (const char *)want.ptr);
    diag_note(&t->diags, "got       %.*s", (int)got.len, (const char *)got.ptr);
}

static struct slice output_of(const struct logwash_output *out) {
    return slice_of(out->data, out->len);
}

/* Does the example rest on where its line begins or ends? In logfmt other things stand there. */
static bool needs_its_line(struct rule_test *t, const struct example *x) {
    buf_reset(&t->in);
    buf_reset(&t->want);
    buf_printf(&t->in, "at=info msg=\"%.*s\" n=1", (int)x->in.len, (const char *)x->in.ptr);
    buf_printf(&t->want, "at=info msg=\"%.*s\" n=1", (int)x->out.len, (const char *)x->out.ptr);
    return wash_text(t, t->alone, t->alone_scratch, buf_view(&t->in), &t->out) &&
           !is_as_wanted(output_of(&t->out), buf_view(&t->want));
}

static void test_wrapped(struct rule_test *t, const struct rule *rule, size_t example,
                         enum wrapping wrapping) {
    const struct example *x = &rule->examples[example];
    const bool is_unwrapped = wrapping == WRAP_MSGPACK || wrapping == WRAP_PERCENT;
    char what[80];
    snprintf(what, sizeof what, "output differs (%s)", wrapping_names[wrapping]);
    wrap(x->in, wrapping, &t->in);
    wrap(x->out, is_unwrapped ? WRAP_BARE : wrapping, &t->want);
    t->alone->format = wrapping == WRAP_MSGPACK ? LOGWASH_FORMAT_MSGPACK : t->all->format;
    if (wash_text(t, t->alone, t->alone_scratch, buf_view(&t->in), &t->out)) {
        struct slice got = unwrap(output_of(&t->out), wrapping, &t->unwrapped);
        struct slice want = buf_view(&t->want);
        verdict(t, is_as_wanted(got, want), rule, example, what, want, got);
    }
    t->alone->format = t->all->format;
}

/* The rule as its pack has it: neither actions that an installation chose for it, nor `observe`. */
static void as_written(struct rule *rule, struct arena *arena) {
    const struct yaml *action = yaml_get(rule->node, "action");
    struct diags diags; /* it was read once without a complaint */
    diags_init(&diags);
    rule->observe = false;
    rule->action = class_default_action(rule->class_id);
    if (action != NULL)
        (void)action_read(action, (int)rule->class_id, arena, &rule->action, &diags);
    diags_fini(&diags);
}

/* The rule alone, bare and wrapped; the examples of a rule with fields are records as they are. */
static void test_alone(struct rule_test *t, const struct rule *rule, size_t example) {
    if (rule->n_fields > 0) {
        test_wrapped(t, rule, example, WRAP_BARE);
        return;
    }
    const bool only_line = needs_its_line(t, &rule->examples[example]);
    /* The text as it stands is judged too: an escape in it may be taken for part of a value. */
    const bool stays = slice_eq(rule->examples[example].in, rule->examples[example].out);
    for (int w = 0; w < N_WRAPPINGS && !t->no_memory; w++)
        if ((w != WRAP_LOGFMT || !only_line) && (w != WRAP_PERCENT || !stays))
            test_wrapped(t, rule, example, (enum wrapping)w);
}

struct cover {
    struct span spans[256];
    size_t n;
};

static bool collect(void *ctx, const struct logwash_finding *f) {
    struct cover *cover = ctx;
    if (cover->n < sizeof cover->spans / sizeof *cover->spans)
        cover->spans[cover->n++] = (struct span){f->start, f->end};
    return true;
}

static bool scan_text(struct rule_test *t, const struct logwash *lw,
                      struct logwash_scratch *scratch, struct slice in, struct cover *cover) {
    struct logwash_record one = {.len = (uint32_t)in.len, .time_ms = INT64_MIN};
    struct logwash_batch batch = {
        .data = in.ptr, .len = in.len, .records = &one, .n = 1, .framing = LOGWASH_FRAMING_MESSAGE};
    cover->n = 0;
    if (logwash_scan(lw, scratch, &batch, collect, cover) == LOGWASH_OK) return true;
    t->no_memory = true;
    return false;
}

/* With all rules: what the rule found alone must still be found, and a second wash changes nothing.
 */
static void test_together(struct rule_test *t, const struct rule *rule, size_t example) {
    struct slice in = rule->examples[example].in;
    struct cover alone, all;
    if (!scan_text(t, t->alone, t->alone_scratch, in, &alone) ||
        !scan_text(t, t->all, t->all_scratch, in, &all))
        return;
    for (size_t i = 0; i < alone.n; i++) {
        size_t reached = alone.spans[i].start;
        for (size_t j = 0; j < all.n; j++)
            if (all.spans[j].start <= reached && all.spans[j].end > reached)
                reached = all.spans[j].end, j = SIZE_MAX;
        verdict(t, reached >= alone.spans[i].end, rule, example, "a hit is lost among all rules",
                in, SLICE("(part of it)"));
    }
    if (!wash_text(t, t->all, t->all_scratch, in, &t->out)) return;
    if (!wash_text(t, t->all, t->all_scratch, output_of(&t->out), &t->again)) return;
    struct slice once = output_of(&t->out), twice = output_of(&t->again);
    verdict(t, slice_eq(once, twice), rule, example, "a second wash changes the output", once,
            twice);
}

static void test_rule(struct rule_test *t, size_t i) {
    const struct rule *rule = &t->all->rules.rules[i];
    t->alone = alone_new(t->all, i, false);
    t->alone_scratch = t->alone != NULL ? logwash_scratch_new(t->alone) : NULL;
    if (t->alone_scratch == NULL) t->no_memory = true;
    for (size_t e = 0; e < rule->n_examples && !t->no_memory; e++) {
        test_alone(t, rule, e);
        test_together(t, rule, e);
    }
    size_t n_changing = 0, n_found = 0;
    struct cover found = {.n = 0};
    const bool keeps = rule->action.kind == ACTION_KEEP;
    for (size_t e = 0; e < rule->n_examples; e++) {
        n_changing += !slice_eq(rule->examples[e].in, rule->examples[e].out);
        if (keeps && !t->no_memory)
            n_found += scan_text(t, t->alone, t->alone_scratch, rule->examples[e].in, &found) &&
                       found.n > 0;
    }
    const size_t n = keeps ? n_found : n_changing;
    const bool complete = n > 0 && n < rule->n_examples;
    t->passed += complete;
    t->failed += !complete;
    if (!complete)
        yaml_error(rule->node, &t->diags, "%.*s needs an example %s and one %s", (int)rule->id.len,
                   (const char *)rule->id.ptr,
                   keeps ? "in which it finds something" : "that changes",
                   keeps ? "in which it does not" : "that does not");
    logwash_scratch_free(t->alone_scratch);
    alone_free(t->alone);
}

enum logwash_status tools_rules_test(const struct logwash_options *options, size_t *n_passed,
                                     size_t *n_failed, struct buf *report,
                                     struct logwash_error *err) {
    struct logwash_options opt = *options;
    struct logwash_source ring = {"test ring", test_ring, sizeof test_ring - 1};
    struct logwash *all;
    opt.keyring = &ring;
    opt.profiles = profiles_text(PROFILE_ALL);
    enum logwash_status status = engine_load(&opt, true, &all, err);
    if (status != LOGWASH_OK) return status;
    all->allow.n = 0; /* examples show the rules, not what an installation lets pass or do */
    for (size_t i = 0; i < all->rules.n; i++) as_written(&all->rules.rules[i], &all->arena);
    struct rule_test t = {.all = all, .all_scratch = logwash_scratch_new(all)};
    t.no_memory = t.all_scratch == NULL;
    buf_init(&t.in, 0);
    buf_init(&t.want, 0);
    buf_init(&t.unwrapped, 0);
    diags_init(&t.diags);
    for (size_t i = 0; i < all->rules.n && !t.no_memory; i++) test_rule(&t, i);
    diags_print(&t.diags, report);
    *n_passed = t.passed;
    *n_failed = t.failed;
    if (t.no_memory || report->failed) status = LOGWASH_MEMORY;
    diags_fini(&t.diags);
    buf_fini(&t.in);
    buf_fini(&t.want);
    buf_fini(&t.unwrapped);
    logwash_output_fini(&t.out);
    logwash_output_fini(&t.again);
    logwash_scratch_free(t.all_scratch);
    logwash_free(all);
    return status;
}

/* ---- examples at load ---- */

/* An engine of the same rules as their packs have them, with the keys of the test ring. */
struct as_written {
    struct logwash lw;
    struct arena arena;
};

static bool as_written_init(struct as_written *w, const struct logwash *lw) {
    struct diags diags;
    const struct diag_source source = {"test ring", slice_str(test_ring)};
    arena_init(&w->arena);
    diags_init(&diags);
    w->lw = *lw;
    w->lw.allow.n = 0;
    w->lw.values = NULL;
    w->lw.redact_all = false;
    w->lw.format = LOGWASH_FORMAT_AUTO;
    w->lw.limits = (struct logwash_limits){0};
    engine_default_limits(&w->lw.limits);
    w->lw.rules.rules = ARENA_ARRAY(&w->arena, struct rule, lw->rules.n + 1);
    w->lw.ring = keyring_read(&source, &diags);
    w->lw.pseudonyms = w->lw.ring != NULL ? engine_pseudonyms(w->lw.ring, 0) : NULL;
    w->lw.ip_keys = w->lw.ring != NULL ? ip_keys_new(w->lw.ring) : NULL;
    diags_fini(&diags);
    return w->lw.rules.rules != NULL && w->lw.pseudonyms != NULL && w->lw.ip_keys != NULL;
}

static void as_written_fini(struct as_written *w) {
    ip_keys_free(w->lw.ip_keys);
    pseudonymizer_free(w->lw.pseudonyms);
    keyring_free(w->lw.ring);
    arena_fini(&w->arena);
}

static void check_rule(struct rule_test *t, struct as_written *w, const struct logwash *lw,
                       size_t i) {
    w->lw.rules.rules[i] = lw->rules.rules[i];
    as_written(&w->lw.rules.rules[i], &w->arena);
    const struct rule *rule = &w->lw.rules.rules[i];
    t->alone = alone_new(&w->lw, i, false);
    t->alone_scratch = t->alone != NULL ? logwash_scratch_new(t->alone) : NULL;
    if (t->alone_scratch == NULL) t->no_memory = true;
    for (size_t e = 0; e < rule->n_examples && !t->no_memory; e++) {
        const struct example *x = &rule->examples[e];
        if (!wash_text(t, t->alone, t->alone_scratch, x->in, &t->out)) break;
        verdict(t, is_as_wanted(output_of(&t->out), x->out), rule, e, "output differs", x->out,
                output_of(&t->out));
    }
    logwash_scratch_free(t->alone_scratch);
    alone_free(t->alone);
}

static bool is_bundled(const struct diag_source *source) {
    for (size_t i = 0; i < n_bundled_packs; i++)
        if (source->text.ptr == bundled_packs[i].data) return true;
    return tools_is_bundled(source->text);
}

enum logwash_status tools_examples_check(const struct logwash *lw, struct buf *report) {
    struct as_written w;
    struct rule_test t = {.passed = 0};
    const struct diag_source *last = NULL;
    bool ok = true, bundled = false, is_ready = false;
    diags_init(&t.diags);
    for (size_t i = 0; i < lw->rules.n && ok; i++) {
        const struct diag_source *source = lw->rules.rules[i].node->source;
        if (source != last) bundled = is_bundled(source);
        last = source;
        if (bundled) continue;
        if (!is_ready) ok = as_written_init(&w, lw);
        is_ready = true;
        if (ok) check_rule(&t, &w, lw, i);
        ok = ok && !t.no_memory;
    }
    if (is_ready) as_written_fini(&w);
    diags_print(&t.diags, report);
    diags_fini(&t.diags);
    logwash_output_fini(&t.out);
    if (!ok || report->failed) return LOGWASH_MEMORY;
    return t.failed > 0 ? LOGWASH_CONFIG : LOGWASH_OK;
}
