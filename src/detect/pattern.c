/* SPDX-License-Identifier: Apache-2.0 */
/* A recursive descent over PCRE2 10.x syntax in byte mode with the tables of the C locale. */
#include "detect/pattern.h"

enum { MAX_DEPTH = 64, MAX_NODES = 20000, BOUND = 256 };

struct flags {
    bool caseless, dot_all, multi_line, extended;
};

struct reader {
    struct slice text;
    size_t at;
    struct arena *arena;
    struct flags flags;
    unsigned depth;
    size_t n_nodes;
    bool in_quote; /* between \Q and \E */
    bool is_unbounded;
    bool is_lost; /* syntax not understood */
    bool no_memory;
};

static struct node *read_choice(struct reader *r);

static bool is_at_end(const struct reader *r) { return r->at >= r->text.len; }
static uint8_t peek(const struct reader *r, size_t ahead) {
    return r->at + ahead < r->text.len ? r->text.ptr[r->at + ahead] : 0;
}
static bool looking_at(const struct reader *r, const char *text) {
    return slice_starts(slice_sub(r->text, r->at, r->text.len), slice_str(text));
}
static bool take(struct reader *r, const char *text) {
    if (!looking_at(r, text)) return false;
    r->at += strlen(text);
    return true;
}
static bool give_up(struct reader *r) {
    r->is_lost = true;
    return false;
}
static struct node *lost(struct reader *r) {
    give_up(r);
    return NULL;
}
static bool has_stopped(const struct reader *r) { return r->is_lost || r->no_memory; }

static size_t len_add(size_t a, size_t b) { return a > NODE_NO_MAX - b ? NODE_NO_MAX : a + b; }
static size_t len_mul(size_t a, size_t n) {
    size_t product;
    if (a == 0 || n == 0) return 0;
    return __builtin_mul_overflow(a, n, &product) ? NODE_NO_MAX : product;
}

static struct node *new_node(struct reader *r, enum node_kind kind) {
    if (++r->n_nodes > MAX_NODES) return lost(r);
    struct node *node = ARENA_NEW(r->arena, struct node);
    if (node == NULL) {
        r->no_memory = true;
        return NULL;
    }
    node->kind = kind;
    if (kind == NODE_OPAQUE) node->max_len = NODE_NO_MAX;
    return node;
}

static struct node *new_class(struct reader *r, struct byteset set) {
    struct node *node = new_node(r, NODE_CLASS);
    if (node == NULL) return NULL;
    node->set = set;
    node->min_len = node->max_len = 1;
    return node;
}

static void append(struct node *parent, struct node *child) {
    child->prev = parent->last;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

/* --- sets of bytes --------------------------------------------------------------------------- */

static bool is_word(uint8_t c) { return byte_is_alnum(c) || c == '_'; }
static bool is_digit(uint8_t c) { return byte_is_digit(c); }
static bool is_space(uint8_t c) { return byte_is_space(c); }
static bool is_blank_wide(uint8_t c) { return c == ' ' || c == '\t' || c == 0xa0; }
static bool is_vertical(uint8_t c) { return (c >= '\n' && c <= '\r') || c == 0x85; }
static bool is_alpha(uint8_t c) { return byte_is_alpha(c); }
static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_alnum(uint8_t c) { return byte_is_alnum(c); }
static bool is_ascii(uint8_t c) { return c < 0x80; }
static bool is_blank(uint8_t c) { return byte_is_blank(c); }
static bool is_control(uint8_t c) { return c < 0x20 || c == 0x7f; }
static bool is_graph(uint8_t c) { return c > 0x20 && c < 0x7f; }
static bool is_print(uint8_t c) { return c >= 0x20 && c < 0x7f; }
static bool is_punct(uint8_t c) { return is_graph(c) && !byte_is_alnum(c); }
static bool is_hex(uint8_t c) {
    return byte_is_digit(c) || (byte_lower(c) >= 'a' && byte_lower(c) <= 'f');
}

static struct byteset set_of(bool (*holds)(uint8_t)) {
    struct byteset set = {{0}};
    for (unsigned c = 0; c < 256; c++)
        if (holds((uint8_t)c)) byteset_add(&set, (uint8_t)c);
    return set;
}

static struct byteset set_byte(uint8_t c) {
    struct byteset set = {{0}};
    byteset_add(&set, c);
    return set;
}

static struct byteset fold(struct byteset set) {
    for (uint8_t c = 'a'; c <= 'z'; c++) {
        const uint8_t upper = (uint8_t)(c - 32);
        if (byteset_has(&set, c)) byteset_add(&set, upper);
        if (byteset_has(&set, upper)) byteset_add(&set, c);
    }
    return set;
}

/* \d, \W and so on. */
static bool type_set(uint8_t letter, struct byteset *set) {
    switch (byte_lower(letter)) {
    case 'd': *set = set_of(is_digit); break;
    case 'w': *set = set_of(is_word); break;
    case 's': *set = set_of(is_space); break;
    case 'h': *set = set_of(is_blank_wide); break;
    case 'v': *set = set_of(is_vertical); break;
    default: return false;
    }
    if (is_upper(letter)) *set = byteset_complement(*set);
    return true;
}

static bool posix_set(struct slice name, bool caseless, struct byteset *set) {
    static const struct {
        const char *name;
        bool (*holds)(uint8_t);
    } sets[] = {
        {"alpha", is_alpha}, {"lower", is_lower}, {"upper", is_upper},   {"alnum", is_alnum},
        {"ascii", is_ascii}, {"blank", is_blank}, {"cntrl", is_control}, {"digit", is_digit},
        {"graph", is_graph}, {"print", is_print}, {"punct", is_punct},   {"space", is_space},
        {"word", is_word},   {"xdigit", is_hex},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (!slice_eq_str(name, sets[i].name)) continue;
        *set = set_of(sets[i].holds);
        if (caseless && (sets[i].holds == is_lower || sets[i].holds == is_upper))
            *set = set_of(is_alpha);
        return true;
    }
    return false;
}

/* --- escapes --------------------------------------------------------------------------------- */

static unsigned hex_value(uint8_t c) {
    const int value = byte_is_digit(c) ? c - '0' : byte_lower(c) - 'a' + 10;
    return (unsigned)value;
}

/* \x41, \x{41}; `at` is behind the x. */
static bool read_hex(struct reader *r, uint8_t *out) {
    unsigned value = 0;
    if (take(r, "{")) {
        size_t n = 0;
        for (; is_hex(peek(r, 0)) && value < 256; n++)
            value = value * 16 + hex_value(r->text.ptr[r->at++]);
        if (n == 0 || value > 255 || !take(r, "}")) return give_up(r);
    } else {
        for (int i = 0; i < 2 && is_hex(peek(r, 0)); i++)
            value = value * 16 + hex_value(r->text.ptr[r->at++]);
    }
    *out = (uint8_t)value;
    return true;
}

static bool read_octal(struct reader *r, size_t max, uint8_t *out) {
    unsigned value = 0;
    for (size_t i = 0; i < max && peek(r, 0) >= '0' && peek(r, 0) <= '7'; i++)
        value = value * 8 + (r->text.ptr[r->at++] - '0');
    *out = (uint8_t)value;
    return value < 256 || give_up(r);
}

/* The escapes that stand for one byte in and out of classes; `at` is behind the backslash. */
static bool read_escaped_byte(struct reader *r, uint8_t *out) {
    const uint8_t c = peek(r, 0);
    if (is_at_end(r)) return give_up(r);
    r->at++;
    switch (c) {
    case 'a': *out = 7; return true;
    case 'e': *out = 27; return true;
    case 'f': *out = '\f'; return true;
    case 'n': *out = '\n'; return true;
    case 'r': *out = '\r'; return true;
    case 't': *out = '\t'; return true;
    case 'x': return read_hex(r, out);
    case '0': return read_octal(r, 2, out);
    case 'o': {
        const bool ok = take(r, "{") && read_octal(r, 3, out) && take(r, "}");
        return ok || give_up(r);
    }
    case 'c': {
        const uint8_t key = peek(r, 0);
        if (is_at_end(r) || key < 32 || key > 126) return give_up(r);
        r->at++;
        *out = (uint8_t)((is_lower(key) ? key - 32 : key) ^ 64);
        return true;
    }
    default: break;
    }
    *out = c;
    return !byte_is_alnum(c) || give_up(r);
}

/* \1, \g{2}, \k<name>: any text, once we know where it ends. */
static struct node *read_back_reference(struct reader *r) {
    if (byte_is_digit(peek(r, 0))) {
        while (byte_is_digit(peek(r, 0))) r->at++;
        return new_node(r, NODE_OPAQUE);
    }
    r->at++; /* g or k */
    const uint8_t open = peek(r, 0);
    const uint8_t close = open == '{' ? '}' : open == '<' ? '>' : open == '\'' ? '\'' : 0;
    if (close == 0) {
        if (open == '+' || open == '-') r->at++;
        if (!byte_is_digit(peek(r, 0))) return lost(r);
        while (byte_is_digit(peek(r, 0))) r->at++;
        return new_node(r, NODE_OPAQUE);
    }
    do {
        r->at++;
        if (is_at_end(r)) return lost(r);
    } while (peek(r, 0) != close);
    r->at++;
    return new_node(r, NODE_OPAQUE);
}

/* \pL, \p{..}: one byte of some kind; `at` is behind the p. */
static bool skip_property(struct reader *r) {
    if (is_at_end(r)) return give_up(r);
    if (r->text.ptr[r->at++] != '{') return true;
    while (!is_at_end(r) && peek(r, 0) != '}') r->at++;
    return take(r, "}") || give_up(r);
}

static struct node *read_escape(struct reader *r) {
    const uint8_t c = peek(r, 0); /* behind the backslash */
    struct byteset set;
    if (type_set(c, &set)) {
        r->at++;
        return new_class(r, set);
    }
    if ((c >= '1' && c <= '9') || c == 'g' || c == 'k') return read_back_reference(r);
    r->at++;
    switch (c) {
    case 'b': return new_node(r, NODE_WORD_BORDER);
    case 'B': return new_node(r, NODE_NO_WORD_BORDER);
    case 'A': return new_node(r, NODE_START);
    case 'z':
    case 'Z':
    case 'G': return new_node(r, NODE_TRUE);
    case 'R':
    case 'X': return new_node(r, NODE_OPAQUE);
    case 'N':
        if (peek(r, 0) == '{') return lost(r);
        return new_class(r, byteset_complement(set_byte('\n')));
    case 'p':
    case 'P': return skip_property(r) ? new_class(r, byteset_all()) : NULL;
    default: break;
    }
    r->at--;
    uint8_t byte;
    if (!read_escaped_byte(r, &byte)) return NULL;
    return new_class(r, r->flags.caseless ? fold(set_byte(byte)) : set_byte(byte));
}

/* --- classes --------------------------------------------------------------------------------- */

struct member {
    bool is_byte;
    uint8_t byte;
    struct byteset set;
};

static bool read_posix(struct reader *r, struct member *member) {
    const size_t start = r->at + 2;
    size_t end = start;
    while (end < r->text.len && (is_lower(r->text.ptr[end]) || r->text.ptr[end] == '^')) end++;
    struct slice name = slice_sub(r->text, start < end ? start : end, end);
    const bool negative = name.len > 0 && name.ptr[0] == '^';
    if (negative) name = slice_sub(name, 1, name.len);
    if (!posix_set(name, r->flags.caseless, &member->set)) return give_up(r);
    if (negative) member->set = byteset_complement(member->set);
    member->is_byte = false;
    r->at = end;
    return take(r, ":]") || give_up(r);
}

static bool read_member(struct reader *r, struct member *member) {
    if (is_at_end(r)) return give_up(r);
    if (looking_at(r, "[:")) {
        /* `[:` opens a named class only if `:]` follows; otherwise it is two bytes. We do not
         * decide. */
        return read_posix(r, member);
    }
    if (looking_at(r, "[.") || looking_at(r, "[=")) return give_up(r);
    member->is_byte = true;
    if (!take(r, "\\")) {
        member->byte = r->text.ptr[r->at++];
        return true;
    }
    const uint8_t c = peek(r, 0);
    if (type_set(c, &member->set)) {
        r->at++;
        member->is_byte = false;
        return true;
    }
    if (c == 'b') {
        r->at++;
        member->byte = 8;
        return true;
    }
    return read_escaped_byte(r, &member->byte); /* lost at \1, \Q, \E, \p and the like */
}

static bool read_class_body(struct reader *r, struct byteset *set) {
    for (bool is_first = true; is_first || peek(r, 0) != ']'; is_first = false) {
        struct member from, to;
        if (!read_member(r, &from)) return false;
        const bool has_dash = peek(r, 0) == '-' && r->at + 1 < r->text.len && peek(r, 1) != ']';
        if (!from.is_byte) {
            *set = byteset_union(*set, from.set);
            /* A dash behind a class is a dash, but then `[\d-a-z]` reads in two ways. */
            if (has_dash) return give_up(r);
            continue;
        }
        if (!has_dash) {
            byteset_add(set, from.byte);
            continue;
        }
        r->at++;
        if (!read_member(r, &to)) return false;
        if (!to.is_byte || to.byte < from.byte) return give_up(r);
        byteset_add_range(set, from.byte, to.byte);
        if (peek(r, 0) == '-' && peek(r, 1) != ']') return give_up(r);
    }
    r->at++;
    return true;
}

static struct node *read_class(struct reader *r) {
    if (looking_at(r, "[[:<:]]") || looking_at(r, "[[:>:]]")) return lost(r);
    r->at++;
    const bool negative = take(r, "^");
    struct byteset set = {{0}};
    if (!read_class_body(r, &set)) return NULL;
    if (r->flags.caseless) set = fold(set);
    return new_class(r, negative ? byteset_complement(set) : set);
}

/* --- groups ---------------------------------------------------------------------------------- */

static struct node *read_group_body(struct reader *r) {
    const struct flags flags = r->flags;
    if (++r->depth > MAX_DEPTH) return lost(r);
    struct node *node = read_choice(r);
    r->depth--;
    r->flags = flags;
    if (node == NULL || !take(r, ")")) return lost(r);
    return node;
}

static struct node *read_look(struct reader *r, enum node_kind kind) {
    struct node *body = read_group_body(r);
    struct node *node = body != NULL ? new_node(r, kind) : NULL;
    if (node != NULL) append(node, body);
    return node;
}

/* `(?i)`, `(?i-s:...)`, `(?^x)`; `at` is behind the question mark. *none: it was a mere setting. */
static struct node *read_flags(struct reader *r, bool *none) {
    const struct flags outside = r->flags;
    struct flags flags = r->flags;
    bool on = true;
    if (take(r, "^")) flags = (struct flags){0};
    for (;; r->at++) {
        switch (peek(r, 0)) {
        case 'i': flags.caseless = on; continue;
        case 's': flags.dot_all = on; continue;
        case 'm': flags.multi_line = on; continue;
        case 'x':
            if (peek(r, 1) == 'x') return lost(r);
            flags.extended = on;
            continue;
        case 'n':
        case 'J':
        case 'U': continue;
        case '-':
            if (!on) return lost(r);
            on = false;
            continue;
        default: break;
        }
        break;
    }
    r->flags = flags;
    if (take(r, ")")) {
        *none = true;
        return NULL;
    }
    struct node *node = take(r, ":") ? read_group_body(r) : lost(r);
    r->flags = outside;
    return node;
}

static bool skip_name(struct reader *r, uint8_t close) {
    while (is_word(peek(r, 0))) r->at++;
    return (!is_at_end(r) && r->text.ptr[r->at++] == close) || give_up(r);
}

static struct node *read_group(struct reader *r, bool *none) {
    r->at++;
    if (peek(r, 0) == '*') return lost(r);
    if (!take(r, "?")) return read_group_body(r);
    if (take(r, ":") || take(r, ">") || take(r, "|")) return read_group_body(r);
    if (take(r, "=") || take(r, "*")) return read_look(r, NODE_AHEAD);
    if (take(r, "!")) return read_look(r, NODE_TRUE);
    if (take(r, "<=") || take(r, "<*")) return read_look(r, NODE_BEHIND);
    if (take(r, "<!")) return read_look(r, NODE_NOT_BEHIND);
    if (take(r, "P=")) return skip_name(r, ')') ? new_node(r, NODE_OPAQUE) : NULL;
    if (take(r, "P<") || take(r, "<")) return skip_name(r, '>') ? read_group_body(r) : NULL;
    if (take(r, "'")) return skip_name(r, '\'') ? read_group_body(r) : NULL;
    return read_flags(r, none);
}

/* --- sequences ------------------------------------------------------------------------------- */

/* Comments, white space in (?x), the marks of a quotation. */
static void skip_ignored(struct reader *r) {
    for (;;) {
        if (take(r, "\\E")) {
            r->in_quote = false;
        } else if (r->in_quote) {
            return;
        } else if (take(r, "\\Q")) {
            r->in_quote = true;
        } else if (looking_at(r, "(?#") || (r->flags.extended && peek(r, 0) == '#')) {
            const uint8_t end = peek(r, 0) == '#' ? '\n' : ')';
            while (!is_at_end(r) && peek(r, 0) != end) r->at++;
            if (!is_at_end(r)) r->at++;
        } else if (r->flags.extended && !is_at_end(r) && byte_is_space(peek(r, 0))) {
            r->at++;
        } else {
            return;
        }
    }
}

static bool read_number(struct reader *r, size_t *out) {
    const size_t start = r->at;
    for (*out = 0; byte_is_digit(peek(r, 0)); r->at++)
        if (*out <= UINT16_MAX) *out = *out * 10 + (r->text.ptr[r->at] - '0');
    return r->at > start;
}

/* {n}, {n,}, {n,m}. PCRE2 releases differ about {,n} and blanks: lost. Other text in braces is
 * text. */
static bool read_braces(struct reader *r, size_t *min, size_t *max) {
    const uint8_t next = peek(r, 1);
    if (!byte_is_digit(next) && next != ',' && !byte_is_blank(next)) return false;
    r->at++;
    if (!read_number(r, min)) return give_up(r);
    *max = *min;
    if (take(r, ",") && !read_number(r, max)) *max = NODE_NO_MAX;
    return (take(r, "}") && *min <= *max) || give_up(r);
}

static bool read_quantifier(struct reader *r, size_t *min, size_t *max) {
    if (r->in_quote) return false;
    *min = 0;
    *max = NODE_NO_MAX;
    switch (peek(r, 0)) {
    case '*': break;
    case '+': *min = 1; break;
    case '?': *max = 1; break;
    case '{': return read_braces(r, min, max);
    default: return false;
    }
    r->at++;
    return true;
}

/* PCRE2 takes several quantifiers behind one another; nobody writes more than two. */
static struct node *read_quantifiers(struct reader *r, struct node *node) {
    for (int n = 0;; n++) {
        size_t min, max;
        skip_ignored(r);
        if (node == NULL || !read_quantifier(r, &min, &max)) return node;
        if (n == 2) return lost(r);
        skip_ignored(r);
        const bool is_possessive = !r->in_quote && take(r, "+");
        if (!is_possessive && !r->in_quote) take(r, "?");
        if (max > BOUND && !(is_possessive && node->kind == NODE_CLASS)) r->is_unbounded = true;
        struct node *repeat = new_node(r, NODE_REPEAT);
        if (repeat == NULL) return NULL;
        append(repeat, node);
        repeat->min = min;
        repeat->max = max;
        repeat->min_len = len_mul(node->min_len, min);
        repeat->max_len = len_mul(node->max_len, max);
        node = repeat;
    }
}

static struct node *read_literal(struct reader *r) {
    const uint8_t c = r->text.ptr[r->at++];
    return new_class(r, r->flags.caseless ? fold(set_byte(c)) : set_byte(c));
}

/* One item without its quantifier. *none: it leaves no node. */
static struct node *read_atom(struct reader *r, bool *none) {
    const uint8_t c = peek(r, 0);
    if (r->in_quote) return read_literal(r);
    if (r->flags.extended && c == 0x85) return lost(r);
    switch (c) {
    case '(': return read_group(r, none);
    case '[': return read_class(r);
    case '\\': r->at++; return read_escape(r);
    case '.':
        r->at++;
        return new_class(r, r->flags.dot_all ? byteset_all() : byteset_complement(set_byte('\n')));
    case '^': r->at++; return new_node(r, r->flags.multi_line ? NODE_LINE_START : NODE_START);
    case '$': r->at++; return new_node(r, NODE_TRUE);
    case '*':
    case '+':
    case '?': return lost(r);
    case '{':
        if (byte_is_digit(peek(r, 1)) || peek(r, 1) == ',' || byte_is_blank(peek(r, 1)))
            return lost(r);
        return read_literal(r);
    default: return read_literal(r);
    }
}

static struct node *read_sequence(struct reader *r) {
    struct node *sequence = new_node(r, NODE_SEQUENCE);
    while (sequence != NULL && !has_stopped(r)) {
        skip_ignored(r);
        if (is_at_end(r) || (!r->in_quote && (peek(r, 0) == '|' || peek(r, 0) == ')'))) break;
        bool none = false;
        struct node *node = read_atom(r, &none);
        if (none) continue;
        node = read_quantifiers(r, node);
        if (node == NULL) return NULL;
        append(sequence, node);
        sequence->min_len = len_add(sequence->min_len, node->min_len);
        sequence->max_len = len_add(sequence->max_len, node->max_len);
    }
    return has_stopped(r) ? NULL : sequence;
}

static struct node *read_choice(struct reader *r) {
    struct node *choice = new_node(r, NODE_CHOICE);
    if (choice == NULL) return NULL;
    choice->min_len = NODE_NO_MAX;
    do {
        struct node *node = read_sequence(r);
        if (node == NULL) return NULL;
        append(choice, node);
        if (node->min_len < choice->min_len) choice->min_len = node->min_len;
        if (node->max_len > choice->max_len) choice->max_len = node->max_len;
    } while (!r->in_quote && take(r, "|"));
    return choice;
}

bool pattern_read(struct slice text, struct arena *arena, struct pattern *out) {
    struct reader r = {.text = text, .arena = arena};
    *out = (struct pattern){0};
    struct node *root = read_choice(&r);
    if (r.no_memory) return false;
    const bool is_understood = root != NULL && !has_stopped(&r) && is_at_end(&r);
    out->root = is_understood ? root : NULL;
    out->n_nodes = r.n_nodes;
    out->is_unbounded = r.is_unbounded || !is_understood;
    return true;
}
