/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "detect/regex.h"

#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/must.h"

/* Limits of one attempt. PCRE2 counts a "match" at each place it may come back to; the longest
 * bounded rules stay below 5,000. */
enum {
    MATCH_LIMIT = 100000,
    HEAP_LIMIT_KIB = 1024, /* only where there is no JIT */
    JIT_STACK_MIN = 32 * 1024,
    JIT_STACK_MAX = 1024 * 1024,
    MAX_GROUPS = 63,
    MAX_VALUE_GROUPS = 32,
    MAX_PATTERN = 64 * 1024,
};

/* What an attempt needs. */
struct code {
    pcre2_code *code;
    uint8_t n_values; /* groups named `value`, ascending */
    uint8_t values[MAX_VALUE_GROUPS];
};

struct machine {
    _Atomic(struct code *) code; /* NULL: not yet */
};

struct regex {
    struct code checked; /* code NULL: the pattern is known to be good, and not compiled so far */
    struct slice pattern;
    /* The same with machine code, made at the first attempt (most rules of a run are never
     * attempted) by whoever comes first. All else is constant. */
    struct machine *machine;
};

struct regex_scratch {
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    /* The attempt under way. */
    const struct code *code;
    regex_check check;
    void *check_ctx;
    unsigned n_refusals;
    struct regex_watch watch;
    uint64_t steps, max_steps; /* of counted regexes; where the attempt under way is given up */
    size_t position;           /* of the last step */
};

/* Where a pattern stands in its file, for diagnostics. */
struct place {
    struct slice pattern;
    const struct diag_source *src;
    size_t off, len;
    struct diags *diags;
};

/* The byte of the file that holds byte `at` of the pattern, if the scalar is written without
 * escapes. */
static bool place_find(const struct place *place, size_t at, size_t *off) {
    if (place->src == NULL || place->pattern.len == 0) return false;
    const struct slice text = place->src->text;
    if (place->off > text.len || place->len > text.len - place->off) return false;
    const struct slice scalar = slice_sub(text, place->off, place->off + place->len);
    const size_t quote = scalar.len > 0 && (scalar.ptr[0] == '\'' || scalar.ptr[0] == '"');
    for (size_t skip = 0; skip <= quote; skip++) {
        if (!slice_starts(slice_sub(scalar, skip, scalar.len), place->pattern)) continue;
        *off = place->off + skip + (at < place->pattern.len ? at : place->pattern.len - 1);
        return true;
    }
    return false;
}

static void report(const struct place *place, size_t at, size_t len, const char *what) {
    size_t off;
    if (!place_find(place, at, &off)) {
        off = place->off;
        len = place->len;
    }
    diag_add(place->diags, DIAG_ERROR, place->src, off, len, "pattern: %s", what);
}

static void report_pcre2(const struct place *place, int code, size_t at) {
    char text[160];
    if (pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text) < 0) text[0] = 0;
    report(place, at, 1, text);
}

/* What we refuse although PCRE2 would take it, by its first bytes. */
static const struct refused {
    const char *prefix;
    const char *why;
} refused[] = {
    {"\\K", "\\K is not allowed: name the part to replace (?<value>...)"},
    {"\\g<", "recursion is not allowed"},
    {"\\g'", "recursion is not allowed"},
    {"(?R", "recursion is not allowed"},
    {"(?&", "recursion is not allowed"},
    {"(?P>", "recursion is not allowed"},
    {"(*", "(*...) is not allowed"},
};

static const char *why_refused(struct slice item) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (slice_starts(item, slice_str(refused[i].prefix))) return refused[i].why;
    if (item.len < 4 || item.ptr[0] != '(' || item.ptr[1] != '?') return NULL;
    const bool has_sign = item.ptr[2] == '+' || item.ptr[2] == '-';
    return byte_is_digit(item.ptr[2 + has_sign]) ? "recursion is not allowed" : NULL;
}

struct item_check {
    struct slice pattern;
    size_t at;
    const char *why;
};

/* An automatic callout stands before each item, so PCRE2's own reader tells where the items are
 * (and that those in \Q...\E, comments and classes are none). */
static int check_item(pcre2_callout_enumerate_block *block, void *data) {
    struct item_check *check = (struct item_check *)data;
    const size_t at = block->pattern_position, left = check->pattern.len - at;
    const size_t len = block->next_item_length < left ? block->next_item_length : left;
    const struct slice item = slice_sub(check->pattern, at, at + len);
    check->why = why_refused(item);
    check->at = at;
    return check->why != NULL;
}

static int count_callout(pcre2_callout_enumerate_block *block, void *data) {
    (void)block;
    ++*(size_t *)data;
    return 0;
}

enum {
    COMPILE_OPTIONS = PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C
};

/* The pattern by itself: its errors, what it holds, and what PCRE2 knows about its matches. */
static bool inspect(const struct place *place, pcre2_compile_context *context) {
    const struct slice pattern = place->pattern;
    if (slice_starts(pattern, SLICE("(*")))
        return report(place, 0, 2, "(*...) is not allowed"), false;
    int err;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile(pattern.len > 0 ? pattern.ptr : (PCRE2_SPTR) "", pattern.len,
                                     COMPILE_OPTIONS | PCRE2_AUTO_CALLOUT, &err, &at, context);
    if (code == NULL) return report_pcre2(place, err, at), false;
    struct item_check check = {.pattern = pattern};
    pcre2_callout_enumerate(code, check_item, &check);
    uint32_t n_groups = 0;
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &n_groups);
    pcre2_code_free(code);
    if (check.why != NULL) return report(place, check.at, 2, check.why), false;
    if (n_groups > MAX_GROUPS)
        return report(place, 0, pattern.len, "more than 63 groups; use (?:...)"), false;
    return true;
}

/* The judge's callout behind the pattern. A pattern may end in a comment of (?x), which swallows
 * our bracket and ends at a newline, or in \Q, which ends at \E. In both cases the first wrapper
 * has no closing bracket, so trying one after the other cannot mistake one for another. */
static pcre2_code *compile_wrapped(const struct place *place, uint32_t options,
                                   pcre2_compile_context *context) {
    static const char *const ends[] = {")(?C1)", "\n)(?C1)", "\\E)(?C1)"};
    struct buf text;
    buf_init(&text, 0);
    pcre2_code *code = NULL;
    int err = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && code == NULL; i++) {
        buf_reset(&text);
        buf_str(&text, "(?:");
        buf_slice(&text, place->pattern);
        buf_str(&text, ends[i]);
        if (text.failed) break;
        PCRE2_SIZE at;
        /* Start optimisations would look for a last byte far behind the attempt. */
        code = pcre2_compile(text.ptr, text.len,
                             COMPILE_OPTIONS | PCRE2_ANCHORED | PCRE2_NO_AUTO_POSSESS |
                                 PCRE2_NO_START_OPTIMIZE | options,
                             &err, &at, context);
    }
    if (code == NULL) {
        if (text.failed || err == 0)
            report(place, 0, place->pattern.len, "out of memory");
        else
            report_pcre2(place, err, 0);
    }
    buf_fini(&text);
    return code;
}

static bool find_values(struct code *code) {
    uint32_t n = 0, size = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(code->code, PCRE2_INFO_NAMECOUNT, &n);
    pcre2_pattern_info(code->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(code->code, PCRE2_INFO_NAMETABLE, &table);
    for (uint32_t i = 0; i < n; i++, table += size) {
        if (strcmp((const char *)table + 2, "value") != 0) continue;
        if (code->n_values == MAX_VALUE_GROUPS) return false;
        const uint8_t group = (uint8_t)(table[0] << 8 | table[1]);
        size_t at = code->n_values++;
        for (; at > 0 && code->values[at - 1] > group; at--)
            code->values[at] = code->values[at - 1];
        code->values[at] = group;
    }
    return true;
}

static bool build(const struct place *place, pcre2_compile_context *context, struct regex *regex) {
    if (!inspect(place, context)) return false;
    regex->checked.code = compile_wrapped(place, 0, context);
    if (regex->checked.code == NULL) return false;
    size_t n_callouts = 0;
    pcre2_callout_enumerate(regex->checked.code, count_callout, &n_callouts);
    if (n_callouts != 1)
        return report(place, 0, place->pattern.len, "callouts (?C...) are not allowed"), false;
    if (!find_values(&regex->checked))
        return report(place, 0, place->pattern.len, "more than 32 groups named 'value'"), false;
    return true;
}

static pcre2_compile_context *context_new(void) {
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL) return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_bsr(context, PCRE2_BSR_ANYCRLF);
    pcre2_set_max_pattern_length(context, MAX_PATTERN);
    return context;
}

/* Of a pattern known to be good. Code NULL: out of memory. */
static struct code compile_known(struct slice pattern) {
    struct code made = {0};
    struct diags diags;
    diags_init(&diags);
    const struct place place = {pattern, NULL, 0, 0, &diags};
    pcre2_compile_context *context = context_new();
    if (context != NULL) made.code = compile_wrapped(&place, 0, context);
    if (made.code != NULL) find_values(&made);
    pcre2_compile_context_free(context);
    diags_fini(&diags);
    return made;
}

static void code_free(struct code *code) {
    if (code != NULL) pcre2_code_free(code->code);
    free(code);
}

/* The code to match with; NULL: out of memory. Where machine code cannot be made it goes without.
 */
static const struct code *machine_code(const struct regex *regex) {
    struct code *first = atomic_load_explicit(&regex->machine->code, memory_order_acquire);
    if (first != NULL) return first;
    struct code *made = (struct code *)malloc(sizeof *made);
    if (made == NULL) return NULL;
    *made = regex->checked.code != NULL ? regex->checked : compile_known(regex->pattern);
    if (regex->checked.code != NULL) made->code = pcre2_code_copy(regex->checked.code);
    if (made->code == NULL) return code_free(made), NULL;
    (void)pcre2_jit_compile(made->code, PCRE2_JIT_COMPLETE);
    if (atomic_compare_exchange_strong(&regex->machine->code, &first, made)) return made;
    code_free(made);
    return first;
}

/* With the callouts for counting the pattern is known to be good. */
static bool build_counted(const struct place *place, pcre2_compile_context *context,
                          struct regex *regex) {
    regex->checked.code = compile_wrapped(place, PCRE2_AUTO_CALLOUT, context);
    return regex->checked.code != NULL && find_values(&regex->checked);
}

struct regex *regex_known(struct slice pattern) {
    struct regex *regex = (struct regex *)calloc(1, sizeof *regex);
    if (regex == NULL) return NULL;
    regex->pattern = pattern;
    regex->machine = (struct machine *)calloc(1, sizeof *regex->machine);
    if (regex->machine != NULL) return regex;
    regex_free(regex);
    return NULL;
}

static struct regex *regex_new(const struct place *place,
                               bool (*fill)(const struct place *place,
                                            pcre2_compile_context *context, struct regex *regex)) {
    struct regex *regex = regex_known(place->pattern);
    pcre2_compile_context *context = context_new();
    bool ok = false;
    if (regex == NULL || context == NULL)
        report(place, 0, place->len, "out of memory");
    else
        ok = fill(place, context, regex);
    pcre2_compile_context_free(context);
    if (ok) return regex;
    regex_free(regex);
    return NULL;
}

struct regex *regex_compile(struct slice pattern, const struct diag_source *src, size_t off,
                            size_t len, struct diags *diags) {
    const struct place place = {pattern, src, off, len, diags};
    return regex_new(&place, build);
}

struct regex *regex_compile_counted(struct slice pattern) {
    struct diags diags;
    diags_init(&diags);
    const struct place place = {pattern, NULL, 0, 0, &diags};
    struct regex *regex = regex_new(&place, build_counted);
    diags_fini(&diags);
    return regex;
}

void regex_free(struct regex *regex) {
    if (regex == NULL) return;
    if (regex->machine != NULL) code_free(atomic_load(&regex->machine->code));
    free(regex->machine);
    pcre2_code_free(regex->checked.code);
    free(regex);
}

/* The first set group named `value`, else the match. A value set by a look-ahead may reach beyond
 * the match; one that begins before it (set by a look-behind) does not count. */
static struct span find_value(const struct code *code, const PCRE2_SIZE *offsets, size_t n_offsets,
                              struct span match) {
    for (size_t i = 0; i < code->n_values; i++) {
        const size_t group = code->values[i];
        if (group >= n_offsets) continue;
        const struct span value = {offsets[2 * group], offsets[2 * group + 1]};
        if (value.start != PCRE2_UNSET && value.start >= match.start && value.end >= value.start)
            return value;
    }
    return match;
}

enum { COUNT = 255 }; /* the number of PCRE2's automatic callouts; ours, the judge's, is 1 */

/* A callout stands before each item, so the way between two of them is what the first took. */
static int count_step(struct regex_scratch *scratch, size_t position) {
    const size_t from = scratch->position;
    scratch->steps += 1 + (position > from ? position - from : from - position);
    scratch->position = position;
    return scratch->steps <= scratch->max_steps ? 0 : PCRE2_ERROR_CALLOUT;
}

static int judge(pcre2_callout_block *block, void *data) {
    struct regex_scratch *scratch = (struct regex_scratch *)data;
    if (block->callout_number == COUNT) return count_step(scratch, block->current_position);
    const struct span match = {block->start_match, block->current_position};
    const struct span value =
        find_value(scratch->code, block->offset_vector, block->capture_top, match);
    if (scratch->check == NULL || scratch->check(scratch->check_ctx, value)) return 0;
    return ++scratch->n_refusals < REGEX_MAX_REFUSALS ? 1 : PCRE2_ERROR_CALLOUT;
}

struct regex_scratch *regex_scratch_new(void) {
    struct regex_scratch *scratch = (struct regex_scratch *)calloc(1, sizeof *scratch);
    if (scratch == NULL) return NULL;
    scratch->context = pcre2_match_context_create(NULL);
    scratch->data = pcre2_match_data_create(MAX_GROUPS + 1, NULL);
    scratch->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    if (scratch->context == NULL || scratch->data == NULL) {
        regex_scratch_free(scratch);
        return NULL;
    }
    pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
    pcre2_set_heap_limit(scratch->context, HEAP_LIMIT_KIB);
    pcre2_set_callout(scratch->context, judge, scratch);
    /* Without a stack of its own (no JIT here, or no memory for it) PCRE2 takes 32 KiB of the
     * machine's. */
    pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
    return scratch;
}

void regex_scratch_free(struct regex_scratch *scratch) {
    if (scratch == NULL) return;
    pcre2_jit_stack_free(scratch->stack);
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    free(scratch);
}

static enum regex_result attempt(const struct regex *regex, struct regex_scratch *scratch,
                                 struct slice view, size_t off, regex_check check, void *ctx,
                                 struct span *match, struct span *value) {
    MUST(off <= view.len);
    const struct code *code = machine_code(regex);
    if (code == NULL) return REGEX_LIMIT;
    scratch->code = code;
    scratch->check = check;
    scratch->check_ctx = ctx;
    scratch->n_refusals = 0;
    scratch->position = off;
    scratch->max_steps = scratch->steps + REGEX_MAX_STEPS;
    const PCRE2_SPTR subject = view.len > 0 ? view.ptr : (PCRE2_SPTR) "";
    int n = pcre2_jit_match(code->code, subject, view.len, off, 0, scratch->data, scratch->context);
    if (n == PCRE2_ERROR_JIT_BADOPTION) /* no machine code */
        n = pcre2_match(code->code, subject, view.len, off, 0, scratch->data, scratch->context);
    if (n == PCRE2_ERROR_NOMATCH || n == PCRE2_ERROR_CALLOUT) return REGEX_NO;
    if (n < 0) return REGEX_LIMIT; /* whatever it is: nothing was proved about the view */
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(scratch->data);
    *match = (struct span){offsets[0], offsets[1]};
    *value = find_value(code, offsets, (size_t)n, *match);
    if (value->end > match->end) match->end = value->end;
    return REGEX_YES;
}

static uint64_t ticks(const struct regex_scratch *scratch) {
    return scratch->watch.clock != NULL ? scratch->watch.clock() : scratch->steps;
}

enum regex_result regex_attempt(const struct regex *regex, struct regex_scratch *scratch,
                                struct slice view, size_t off, regex_check check, void *ctx,
                                struct span *match, struct span *value) {
    if (scratch->watch.seen == NULL)
        return attempt(regex, scratch, view, off, check, ctx, match, value);
    const uint64_t begin = ticks(scratch);
    const enum regex_result result = attempt(regex, scratch, view, off, check, ctx, match, value);
    scratch->watch.seen(scratch->watch.ctx, regex, result, ticks(scratch) - begin);
    return result;
}

void regex_scratch_watch(struct regex_scratch *scratch, struct regex_watch watch) {
    scratch->watch = watch;
}

uint64_t regex_scratch_steps(const struct regex_scratch *scratch) { return scratch->steps; }
