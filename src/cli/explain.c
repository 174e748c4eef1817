/* SPDX-License-Identifier: Apache-2.0 */
/* logwash explain: what each rule made of a record. It shows the user's own input, on purpose, to
 * whoever asked. */
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "core/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SHOWN_BYTES = 60,       /* of a candidate */
    SHOWN_OF_ONE_START = 4, /* lines of one rule about candidates that begin at one place */
    MAX_LINES = 100000,
};

/* One event, kept until the record's are put in order. */
struct line {
    struct tools_event event; /* its slices are empty */
    size_t seq;
    struct span text; /* what is said, in explain.texts */
};

struct explain {
    const char *only; /* the rule asked for, or NULL */
    struct line *lines;
    size_t n, cap;
    struct buf texts;
    size_t n_missed, n_left_out;
};

/* Quoted, and without bytes that would steer the terminal. */
static void quote(struct slice text, struct buf *out) {
    const size_t shown = text.len > SHOWN_BYTES ? SHOWN_BYTES : text.len;
    buf_byte(out, '"');
    for (size_t i = 0; i < shown; i++) {
        const uint8_t c = text.ptr[i];
        const bool is_c1 = c == 0xc2 && i + 1 < text.len && text.ptr[i + 1] < 0xa0;
        if (c < ' ' || c == 127 || is_c1)
            buf_printf(out, "\\x%02x", c);
        else
            buf_byte(out, c);
    }
    buf_str(out, shown < text.len ? "\"…" : "\"");
}

static void say_keyword(const struct tools_event *e, struct buf *out) {
    const int len = (int)e->detail.len;
    const char *word = (const char *)e->detail.ptr;
    if (e->step == TOOLS_NO_KEYWORD)
        buf_str(out, "refused: none of its keywords stands left of it");
    else if (e->step == TOOLS_FAR_KEYWORD)
        buf_printf(out, "refused: its keyword '%.*s' stands %zu bytes away, near is %zu", len, word,
                   e->distance, e->near);
    else
        buf_printf(out, "keyword '%.*s' %zu bytes away", len, word, e->distance);
}

static void say(const struct tools_event *e, struct buf *out) {
    const int len = (int)e->detail.len;
    const char *detail = (const char *)e->detail.ptr;
    switch (e->step) {
    case TOOLS_NO_MATCH: buf_str(out, "refused: the pattern does not match from here"); break;
    case TOOLS_OURS: buf_str(out, "refused: what logwash wrote is inert"); break;
    case TOOLS_VALIDATOR: buf_printf(out, "refused: validator %.*s says no", len, detail); break;
    case TOOLS_LIMIT: buf_str(out, "limit reached: the whole field goes"); break;
    case TOOLS_ESCAPE: buf_str(out, "refused: nothing but part of an escape"); break;
    case TOOLS_PLACEHOLDER: buf_str(out, "refused: a placeholder"); break;
    case TOOLS_WORD: buf_str(out, "refused: a plain word"); break;
    case TOOLS_NULL: buf_str(out, "refused: null, true and false stay"); break;
    case TOOLS_PUBLIC_KEY: buf_str(out, "refused: a line of a certificate or public key"); break;
    case TOOLS_FIELD: buf_str(out, "refused: stands at none of its fields"); break;
    case TOOLS_NOT_KEY: buf_str(out, "refused: the name of the field says otherwise"); break;
    case TOOLS_NO_KEYWORD:
    case TOOLS_FAR_KEYWORD:
    case TOOLS_NEAR_KEYWORD: say_keyword(e, out); break;
    case TOOLS_ALLOWED: buf_printf(out, "allowed: %.*s", len, detail); break;
    case TOOLS_REPEATED: buf_str(out, "stands here again"); break;
    case TOOLS_KEPT: buf_str(out, "found: action keep, tagged only"); break;
    case TOOLS_OBSERVED: buf_str(out, "found: mode observe, counted only"); break;
    case TOOLS_COVERED: buf_printf(out, "found: overlap, the edit is %.*s's", len, detail); break;
    case TOOLS_HIT: buf_printf(out, "found: %.*s", len, detail); break;
    case TOOLS_EDIT:
    case TOOLS_DROPPED:
    case TOOLS_WITHHELD: break;
    }
    if (e->step != TOOLS_NO_MATCH) {
        buf_str(out, e->is_decoded ? ": decoded " : ": ");
        quote(e->text, out);
    }
}

static void say_edit(const struct tools_event *e, struct buf *out) {
    if (e->step == TOOLS_DROPPED) {
        buf_str(out, "the record is dropped");
    } else if (e->step == TOOLS_WITHHELD) {
        buf_printf(out, "the record is withheld: %.*s", (int)e->detail.len,
                   (const char *)e->detail.ptr);
    } else {
        quote(e->detail, out);
        buf_str(out, " becomes ");
        quote(e->text, out);
    }
}

static void heard(void *ctx, const struct tools_event *event) {
    struct explain *x = ctx;
    const bool is_edit = event->rule == NULL;
    if (!is_edit && x->only != NULL && strcmp(x->only, event->rule) != 0) return;
    if (event->step == TOOLS_NO_MATCH && x->only == NULL) {
        x->n_missed++;
        return;
    }
    if (x->n == MAX_LINES || !VEC_GROW(x->lines, x->cap, x->n + 1)) {
        x->n_left_out++;
        return;
    }
    struct line line = {.event = *event, .seq = x->n, .text = {x->texts.len, 0}};
    line.event.text = line.event.detail = SLICE("");
    if (is_edit)
        say_edit(event, &x->texts);
    else
        say(event, &x->texts);
    line.text.end = x->texts.len;
    x->lines[x->n++] = line;
}

/* By record; edits last; then by place. */
static int in_order(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    const struct tools_event *ea = &a->event, *eb = &b->event;
    if (ea->record != eb->record) return ea->record < eb->record ? -1 : 1;
    if ((ea->rule == NULL) != (eb->rule == NULL)) return ea->rule == NULL ? 1 : -1;
    if (ea->start != eb->start) return ea->start < eb->start ? -1 : 1;
    const int by_rule = ea->rule != NULL ? strcmp(ea->rule, eb->rule) : 0;
    if (by_rule != 0) return by_rule;
    return a->seq < b->seq ? -1 : 1;
}

static void print_line(const struct explain *x, const struct line *line, int rule_width) {
    char span[48];
    snprintf(span, sizeof span, "%zu-%zu", line->event.start, line->event.end);
    printf("  %-11s  %-*s  %.*s\n", span, rule_width,
           line->event.rule != NULL ? line->event.rule : "=",
           (int)(line->text.end - line->text.start), (const char *)x->texts.ptr + line->text.start);
}

static bool is_same_start(const struct line *a, const struct line *b) {
    return a->event.record == b->event.record && a->event.start == b->event.start &&
           a->event.rule == b->event.rule && a->event.rule != NULL;
}

/* The last line of one rule about one start is its verdict and is always shown. */
static void print_lines(const struct explain *x) {
    int rule_width = 4;
    for (size_t i = 0; i < x->n; i++) {
        const char *rule = x->lines[i].event.rule;
        if (rule != NULL && (int)strlen(rule) > rule_width) rule_width = (int)strlen(rule);
    }
    for (size_t i = 0; i < x->n;) {
        const struct line *line = &x->lines[i];
        if (i == 0 || line->event.record != line[-1].event.record)
            printf("record %zu\n", line->event.record + 1);
        size_t last = i;
        while (last + 1 < x->n && is_same_start(line, &x->lines[last + 1])) last++;
        const size_t n_more =
            last - i + 1 > SHOWN_OF_ONE_START ? last - i + 1 - SHOWN_OF_ONE_START : 0;
        for (size_t k = i; k <= last; k++)
            if (k == last || k - i + 1 < SHOWN_OF_ONE_START)
                print_line(x, &x->lines[k], rule_width);
            else if (k == last - 1)
                printf("  %-11s  %-*s  (%zu more)\n", "", rule_width, "", n_more);
        i = last + 1;
    }
}

static void print_rest(const struct explain *x, const struct tools_rule *rule) {
    bool has_candidate = false;
    for (size_t i = 0; i < x->n; i++) has_candidate |= x->lines[i].event.rule != NULL;
    if (rule != NULL && !has_candidate)
        printf("%s: no candidate: %s\n", rule->id,
               rule->is_key ? "none of its keys stands before a value"
               : rule->n_keywords > 0
                   ? "none of its keywords stands left of anything it could begin with"
                   : "nothing it could begin with stands here");
    if (x->n_missed > 0)
        printf("%zu more place%s where a pattern might have matched and did not (--rule ID shows "
               "them)\n",
               x->n_missed, x->n_missed == 1 ? "" : "s");
    if (x->n_left_out > 0) printf("%zu more lines are not shown\n", x->n_left_out);
    if (x->n == 0 && x->n_missed == 0 && rule == NULL) puts("nothing here looks like any rule");
}

/* All records of `text`, which stays the caller's. 0, or the exit code. */
static int explain_text(const struct invocation *inv, const struct logwash *lw, struct slice text,
                        struct explain *x) {
    const enum logwash_framing framing = (enum logwash_framing)inv->set.framing;
    size_t n = 0, used = 0, cap = 0;
    struct logwash_record *records = NULL;
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    enum logwash_status status = LOGWASH_MEMORY;
    do {
        if (!VEC_GROW(records, cap, 2 * n + 16)) break;
        n = logwash_frame(framing, text.ptr, text.len, true, records, cap, &used);
    } while (used < text.len);
    if (used == text.len && scratch != NULL) {
        const struct logwash_batch batch = {
            .data = text.ptr, .len = used, .records = records, .n = n, .framing = framing};
        status = tools_explain(lw, scratch, &batch, heard, x, &out);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    free(records);
    if (status == LOGWASH_OK && !x->texts.failed) return 0;
    message("out of memory");
    return EXIT_WORLD;
}

static int explain_input(const struct invocation *inv, const struct logwash *lw) {
    struct explain x = {.only = inv->set.rule};
    struct tools_rule rule;
    struct buf text;
    buf_init(&text, 0);
    buf_init(&x.texts, 0);
    const bool is_known = x.only == NULL || load_find_rule(lw, x.only, &rule) != SIZE_MAX;
    int code = is_known ? 0 : EXIT_USAGE;
    if (code == 0 && !load_stdin(&text)) code = EXIT_WORLD;
    if (code == 0) code = explain_text(inv, lw, buf_view(&text), &x);
    if (code == 0) {
        if (x.n > 0) qsort(x.lines, x.n, sizeof *x.lines, in_order);
        print_lines(&x);
        print_rest(&x, x.only != NULL ? &rule : NULL);
    }
    free(x.lines);
    buf_fini(&x.texts);
    buf_fini(&text);
    return code;
}

int cmd_explain(struct invocation *inv) {
    if (terminal_is(STDIN_FILENO)) {
        help_usage(inv->command);
        message("standard input is a terminal; use a pipe, or see --help");
        return EXIT_USAGE;
    }
    struct load load;
    struct logwash *lw = NULL;
    int code = load_init(&load, inv);
    if (code == 0) code = load_engine(&load, &lw);
    if (code == 0) code = explain_input(inv, lw);
    logwash_free(lw);
    load_fini(&load);
    return code;
}
