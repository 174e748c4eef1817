/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a backtracking matcher slow is known (Davis et al., "The Impact of Regular Expression
 * Denial of Service in Practice", 2018): one prefix, a pump that several parts of the pattern can
 * take, a suffix that fails; and, for a search that starts at every offset, a prefix that stands
 * inside its own pump. A text here is a unit of such parts, repeated; which parts, and which bytes
 * of each class, the number of the text decides. */
#include "detect/hostile.h"

enum {
    MAX_UNIT = 2048, /* bytes of a unit */
    LONG_RUN = 300,  /* more than a bounded quantifier takes */
    MAX_STEPS = 20000,
};

/* What a unit is made of. */
enum family {
    FAMILY_MATCHES,   /* matches one behind the other */
    FAMILY_STARTS,    /* beginnings of matches, cut anywhere */
    FAMILY_PUMP,      /* one beginning, then what its last quantifier takes, to the end */
    FAMILY_LONG_RUNS, /* beginnings, each with a run longer than any bound */
    FAMILY_BAD_ENDS,  /* matches but for the last byte */
    N_FAMILIES,
};

struct maker {
    const struct hostile *hostile;
    struct buf *out;
    uint64_t state;
    enum family family;
    unsigned taste; /* which bytes of a class, how often a quantifier */
    size_t cut;     /* so many atoms are left */
    size_t n_steps; /* against patterns of the size of a novel */
    uint8_t pump;   /* a byte the last quantifier takes */
    bool has_pump;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint32_t rnd(struct maker *m, size_t n) {
    uint64_t z = (m->state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return n > 0 ? (uint32_t)(((z ^ (z >> 31)) >> 33) % n) : 0;
}

/* Not the ends of lines and records, nor what makes a decoded view of its own. */
static bool is_usable(unsigned c) {
    return c != '\n' && c != '\r' && c != 0 && c != '\\' && c != '%' && c != 0x1b;
}

/* The byte of the set that most classes of the pattern have, or any. */
static uint8_t choose(struct maker *m, const struct byteset *set) {
    unsigned n = 0, best = 256;
    for (unsigned c = 0; c < 256; c++) {
        if (!byteset_has(set, (uint8_t)c) || !is_usable(c)) continue;
        n++;
        if (best == 256 || m->hostile->n_in[c] > m->hostile->n_in[best]) best = c;
    }
    if (n == 0) return ' ';
    if (m->taste == 0 || (m->taste == 1 && rnd(m, 4) > 0)) return (uint8_t)best;
    unsigned which = rnd(m, n);
    for (unsigned c = 0; c < 256; c++)
        if (byteset_has(set, (uint8_t)c) && is_usable(c) && which-- == 0) return (uint8_t)c;
    return (uint8_t)best;
}

static bool is_done(const struct maker *m) {
    return m->cut == 0 || m->out->failed || m->out->len >= MAX_UNIT || m->n_steps >= MAX_STEPS;
}

static void make_node(struct maker *m, const struct node *node);

static size_t times(struct maker *m, const struct node *repeat) {
    const size_t room = repeat->max == NODE_NO_MAX ? LONG_RUN : repeat->max - repeat->min;
    const size_t max = room < LONG_RUN ? repeat->min + room : repeat->min + LONG_RUN;
    if (m->family == FAMILY_LONG_RUNS) return max;
    switch (m->taste) {
    case 0: return repeat->min > 0 ? repeat->min : max > 0;
    case 1: return repeat->min + rnd(m, max - repeat->min + 1);
    default: return rnd(m, 2) ? repeat->min : max;
    }
}

static void make_repeat(struct maker *m, const struct node *repeat) {
    const size_t n = times(m, repeat), before = m->out->len;
    if (m->cut > 0) m->cut--;
    for (size_t i = 0; i < n && !is_done(m); i++) make_node(m, repeat->first);
    if (repeat->max > 1 && m->out->len > before) {
        m->pump = m->out->ptr[m->out->len - 1];
        m->has_pump = true;
    }
}

/* What may stand before a match that must not begin behind the child: if it can be, a byte of the
 * pattern's own runs. */
static void make_guard(struct maker *m, const struct node *child) {
    struct byteset bad = {{0}};
    for (const struct node *node = child; node != NULL; node = node->last)
        if (node->kind == NODE_CLASS) bad = byteset_union(bad, node->set);
    if (child->kind == NODE_CHOICE)
        for (const struct node *n = child->first; n != NULL; n = n->next)
            for (const struct node *last = n; last != NULL; last = last->last)
                if (last->kind == NODE_CLASS) bad = byteset_union(bad, last->set);
    const struct byteset good = byteset_complement(bad);
    buf_byte(m->out, choose(m, &good));
}

static void make_word_border(struct maker *m) {
    static const struct byteset all = {{~0ull, ~0ull, ~0ull, ~0ull}};
    struct byteset words = {{0}};
    byteset_add_range(&words, '0', '9');
    byteset_add_range(&words, 'A', 'Z');
    byteset_add_range(&words, 'a', 'z');
    byteset_add(&words, '_');
    const struct byteset others = byteset_intersection(byteset_complement(words), all);
    if (m->out->len == 0) buf_byte(m->out, choose(m, &others));
}

static void make_node(struct maker *m, const struct node *node) {
    if (is_done(m)) return;
    m->n_steps++;
    switch (node->kind) {
    case NODE_CLASS:
        m->cut--;
        buf_byte(m->out, choose(m, &node->set));
        break;
    case NODE_SEQUENCE:
        for (const struct node *n = node->first; n != NULL; n = n->next) make_node(m, n);
        break;
    case NODE_CHOICE: {
        size_t n_branches = 0;
        for (const struct node *n = node->first; n != NULL; n = n->next) n_branches++;
        const struct node *branch = node->first;
        for (size_t skip = rnd(m, n_branches); skip > 0; skip--) branch = branch->next;
        if (branch != NULL) make_node(m, branch);
        break;
    }
    case NODE_REPEAT: make_repeat(m, node); break;
    case NODE_OPAQUE: buf_str(m->out, "aa"); break;
    case NODE_BEHIND:
        if (m->out->len == 0) make_node(m, node->first);
        break;
    case NODE_NOT_BEHIND:
        if (m->out->len == 0) make_guard(m, node->first);
        break;
    case NODE_WORD_BORDER: make_word_border(m); break;
    case NODE_NO_WORD_BORDER:
    case NODE_START:
    case NODE_LINE_START:
    case NODE_AHEAD:
    case NODE_TRUE: break;
    }
}

/* One byte that hardly anything in the pattern takes. */
static uint8_t killer(const struct hostile *hostile) {
    static const char bytes[] = "\"! <>=,;:@~^|#";
    const char *best = bytes;
    for (const char *p = bytes; *p; p++)
        if (hostile->n_in[(uint8_t)*p] < hostile->n_in[(uint8_t)*best]) best = p;
    return (uint8_t)*best;
}

static void make_unit(struct maker *m) {
    const bool is_cut = m->family == FAMILY_STARTS || m->family == FAMILY_PUMP ||
                        (m->family == FAMILY_LONG_RUNS && rnd(m, 2));
    m->cut = is_cut ? 1 + rnd(m, m->hostile->n_atoms) : SIZE_MAX;
    if (m->hostile->pattern.root != NULL) make_node(m, m->hostile->pattern.root);
    const uint8_t end = killer(m->hostile);
    if (m->family == FAMILY_BAD_ENDS && m->out->len > 0) m->out->ptr[m->out->len - 1] = end;
    if (m->family == FAMILY_LONG_RUNS && m->has_pump)
        for (size_t i = 0; i < LONG_RUN; i++) buf_byte(m->out, m->pump);
    if (m->family == FAMILY_LONG_RUNS && rnd(m, 2)) buf_byte(m->out, end);
}

/* A key rule's: names whose values do not end, or are none. */
static void make_key_unit(struct maker *m) {
    static const char *const behind[] = {"=",   ":",  ": ",  " => ",  "=\"",  "='",   "=(",
                                         "=[",  "={", "=((", "\":\"", "\":{", "\":[", " : '",
                                         "= x", "=,", "==",  "=x&",   "=${",  "=***"};
    const struct rule *rule = m->hostile->rule;
    struct slice name = rule->keys[rnd(m, rule->n_keys)];
    if (slice_starts(name, SLICE("!"))) name = slice_sub(name, 1, name.len);
    if (slice_starts(name, SLICE("*_"))) name = slice_sub(name, 2, name.len);
    static const char *const before[] = {"", " ", "\"", "{\"", "a_", "--", "'"};
    buf_str(m->out, before[rnd(m, sizeof before / sizeof *before)]);
    buf_slice(m->out, name);
    buf_str(m->out, behind[rnd(m, sizeof behind / sizeof *behind)]);
}

static void count_classes(struct hostile *hostile, const struct node *node) {
    if (node->kind == NODE_CLASS) {
        hostile->n_atoms++;
        for (unsigned c = 0; c < 256; c++) hostile->n_in[c] += byteset_has(&node->set, (uint8_t)c);
    } else if (node->kind == NODE_REPEAT) {
        hostile->n_atoms++;
    }
    for (const struct node *n = node->first; n != NULL; n = n->next) count_classes(hostile, n);
}

bool hostile_init(struct hostile *hostile, const struct rule *rule, struct arena *arena) {
    *hostile = (struct hostile){.rule = rule};
    if (rule->n_keys > 0) return true;
    if (!pattern_read(rule->pattern, arena, &hostile->pattern)) return false;
    if (hostile->pattern.root != NULL) count_classes(hostile, hostile->pattern.root);
    return true;
}

/* A keyword stands at the start of the text. */
static void make_keyword(struct maker *m) {
    const struct rule *rule = m->hostile->rule;
    if (rule->n_keywords == 0) return;
    buf_slice(m->out, rule->keywords[rnd(m, rule->n_keywords)]);
    buf_byte(m->out, rnd(m, 2) ? ' ' : '=');
}

bool hostile_text(const struct hostile *hostile, unsigned number, size_t len, struct buf *out) {
    struct buf unit;
    buf_init(&unit, 0);
    buf_reset(out);
    struct maker m = {.hostile = hostile,
                      .out = out,
                      .state = number * 0x2545f4914f6cdd1dull + 1,
                      .family = (enum family)(number % N_FAMILIES),
                      .taste = number / N_FAMILIES % 3};
    make_keyword(&m);
    m.out = &unit;
    if (hostile->rule->n_keys > 0)
        make_key_unit(&m);
    else
        make_unit(&m);
    if (unit.len == 0) buf_byte(&unit, ' ');
    buf_slice(out, buf_view(&unit));
    while (!out->failed && !unit.failed && out->len < len) {
        if (m.family == FAMILY_PUMP && m.has_pump)
            buf_byte(out, m.pump);
        else
            buf_slice(out, buf_view(&unit));
    }
    const bool ok = !out->failed && !unit.failed;
    if (ok && out->len > len) out->len = len;
    for (size_t i = 0; ok && i < out->len; i++) /* of literals */
        if (out->ptr[i] == '\n' || out->ptr[i] == '\r' || out->ptr[i] == 0) out->ptr[i] = ' ';
    buf_fini(&unit);
    return ok;
}
