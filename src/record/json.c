/* SPDX-License-Identifier: Apache-2.0 */
/* A token walk that jumps over strings by the quote mask: one step a token, no recursion. */
#include "record/json.h"
#include "base/buf.h"
#include <stdlib.h>

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static bool is_scalar(uint8_t c) { return byte_is_alnum(c) || c == '-' || c == '+' || c == '.'; }

void json_init(struct json_index *index) { *index = (struct json_index){.quote = NULL}; }

void json_fini(struct json_index *index) {
    free(index->quote);
    free(index->inside);
    free(index->members);
}

/* Offset of the first byte that is neither byte order mark nor blank. */
static size_t first_byte(struct slice rec) {
    size_t at = rec.len >= 3 && memcmp(rec.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < rec.len && is_blank(rec.ptr[at])) at++;
    return at;
}

bool json_begins(struct slice rec) {
    size_t at = first_byte(rec);
    return at < rec.len && (rec.ptr[at] == '{' || rec.ptr[at] == '[');
}

bool json_is_likely(struct slice rec) {
    size_t at = first_byte(rec);
    if (at >= rec.len) return false;
    size_t tail = rec.len;
    while (tail > at && is_blank(rec.ptr[tail - 1])) tail--;
    uint8_t lead = rec.ptr[at], last = rec.ptr[tail - 1];
    if (lead == '{') return last == '}';
    if (lead == '[') return last == ']';
    if (lead == '"') return last == '"' && tail - at >= 2;
    /* a lone scalar: a number or a word, nothing else on the line */
    if (!(lead == '-' || byte_is_digit(lead) || lead == 't' || lead == 'f' || lead == 'n'))
        return false;
    for (size_t i = at; i < tail; i++)
        if (!is_scalar(rec.ptr[i])) return false;
    return true;
}

bool json_is_scalar_record(const struct json_index *index) { return !json_begins(index->rec); }

size_t json_number_end(struct slice rec, size_t at) {
    size_t p = at, digits;
    if (p < rec.len && rec.ptr[p] == '-') p++;
    if (p < rec.len && rec.ptr[p] == '0') {
        p++;
    } else {
        for (digits = p; p < rec.len && byte_is_digit(rec.ptr[p]);) p++;
        if (p == digits) return at;
    }
    if (p < rec.len && rec.ptr[p] == '.') {
        for (digits = ++p; p < rec.len && byte_is_digit(rec.ptr[p]);) p++;
        if (p == digits) return at;
    }
    if (p < rec.len && (rec.ptr[p] | 0x20) == 'e') {
        p++;
        if (p < rec.len && (rec.ptr[p] == '+' || rec.ptr[p] == '-')) p++;
        for (digits = p; p < rec.len && byte_is_digit(rec.ptr[p]);) p++;
        if (p == digits) return at;
    }
    return p;
}

static size_t scalar_end(struct slice rec, size_t at) {
    if (slice_starts(slice_sub(rec, at, rec.len), SLICE("true"))) return at + 4;
    if (slice_starts(slice_sub(rec, at, rec.len), SLICE("null"))) return at + 4;
    if (slice_starts(slice_sub(rec, at, rec.len), SLICE("false"))) return at + 5;
    return json_number_end(rec, at);
}

/* What the grammar allows next. */
enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END, NOTHING };

struct walk {
    struct json_index *index;
    size_t at, depth, max_depth;
    enum expect expect;
    uint64_t is_object[JSON_MAX_DEPTH / 64];
    uint32_t key_start, key_end;
};

static bool in_object(const struct walk *w) {
    return w->depth > 0 && (w->is_object[(w->depth - 1) / 64] >> ((w->depth - 1) % 64) & 1);
}

static void after_value(struct walk *w) { w->expect = w->depth == 0 ? NOTHING : COMMA_OR_END; }

static enum json_result open_container(struct walk *w, bool object) {
    if (w->expect != VALUE && w->expect != VALUE_OR_END) return JSON_INVALID;
    if (w->depth >= w->max_depth) return JSON_TOO_DEEP;
    uint64_t bit = 1ull << (w->depth % 64), *word = &w->is_object[w->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    w->depth++;
    w->expect = object ? KEY_OR_END : VALUE_OR_END;
    w->at++;
    return JSON_VALID;
}

static enum json_result close_container(struct walk *w, bool object) {
    bool may_end = w->expect == COMMA_OR_END || w->expect == (object ? KEY_OR_END : VALUE_OR_END);
    if (!may_end || w->depth == 0 || in_object(w) != object) return JSON_INVALID;
    w->depth--;
    w->at++;
    after_value(w);
    return JSON_VALID;
}

static enum json_result take_string(struct walk *w) {
    struct json_index *x = w->index;
    size_t close = mask_next(x->quote, w->at + 1, x->rec.len);
    if (close >= x->rec.len) return JSON_INVALID;
    if (w->expect == KEY || w->expect == KEY_OR_END) {
        w->key_start = (uint32_t)w->at + 1;
        w->key_end = (uint32_t)close;
        w->expect = COLON;
    } else if (w->expect == VALUE || w->expect == VALUE_OR_END) {
        after_value(w);
    } else {
        return JSON_INVALID;
    }
    w->at = close + 1;
    return JSON_VALID;
}

static enum json_result take_colon(struct walk *w) {
    struct json_index *x = w->index;
    if (w->expect != COLON) return JSON_INVALID;
    for (w->at++; w->at < x->rec.len && is_blank(x->rec.ptr[w->at]);) w->at++;
    if (!VEC_GROW(x->members, x->cap_members, x->n_members + 1)) return JSON_NO_MEMORY;
    x->members[x->n_members++] = (struct json_member){w->key_start, w->key_end, (uint32_t)w->at};
    w->expect = VALUE;
    return JSON_VALID;
}

static enum json_result take_comma(struct walk *w) {
    if (w->expect != COMMA_OR_END) return JSON_INVALID;
    w->expect = in_object(w) ? KEY : VALUE;
    w->at++;
    return JSON_VALID;
}

static enum json_result take_scalar(struct walk *w) {
    if (w->expect != VALUE && w->expect != VALUE_OR_END) return JSON_INVALID;
    size_t end = scalar_end(w->index->rec, w->at);
    if (end == w->at) return JSON_INVALID;
    if (end < w->index->rec.len && is_scalar(w->index->rec.ptr[end])) return JSON_INVALID;
    w->at = end;
    after_value(w);
    return JSON_VALID;
}

static enum json_result take_token(struct walk *w) {
    uint8_t c = w->index->rec.ptr[w->at];
    switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\r': w->at++; return JSON_VALID;
    case '"': return take_string(w);
    case ',': return take_comma(w);
    case ':': return take_colon(w);
    case '{': return open_container(w, true);
    case '[': return open_container(w, false);
    case '}': return close_container(w, true);
    case ']': return close_container(w, false);
    default: return take_scalar(w);
    }
}

enum json_result json_build(struct json_index *index, const struct mask_kernels *kernels,
                            struct slice rec, size_t max_depth) {
    index->rec = rec;
    index->n_members = 0;
    if (!VEC_GROW(index->quote, index->cap_words, mask_words(rec.len)) ||
        !VEC_GROW(index->inside, index->cap_inside, mask_words(rec.len)))
        return JSON_NO_MEMORY;
    if (kernels->quotes(rec.ptr, rec.len, index->quote, index->inside)) return JSON_INVALID;
    struct walk w = {.index = index,
                     .at = first_byte(rec),
                     .expect = VALUE,
                     .max_depth = max_depth < JSON_MAX_DEPTH ? max_depth : JSON_MAX_DEPTH};
    while (w.at < rec.len) {
        enum json_result result = take_token(&w);
        if (result != JSON_VALID) return result;
    }
    return w.expect == NOTHING ? JSON_VALID : JSON_INVALID;
}

bool json_is_inside(const struct json_index *index, size_t off) {
    return mask_has(index->inside, off);
}

bool json_in_key(const struct json_index *index, size_t off) {
    const struct json_member *members = index->members;
    size_t low = 0, high = index->n_members;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (members[mid].key_end <= off)
            low = mid + 1;
        else
            high = mid;
    }
    return low < index->n_members && members[low].key_start <= off;
}

bool json_view_at(const struct json_index *index, size_t off, struct span *view) {
    struct slice rec = index->rec;
    if (mask_has(index->inside, off)) {
        if (mask_has(index->quote, off)) return false; /* the opening quote itself */
        view->start = mask_prev(index->quote, off) + 1;
        view->end = mask_next(index->quote, off, rec.len);
        return true;
    }
    if (!is_scalar(rec.ptr[off])) return false;
    for (view->start = off; view->start > 0 && is_scalar(rec.ptr[view->start - 1]);) view->start--;
    for (view->end = off + 1; view->end < rec.len && is_scalar(rec.ptr[view->end]);) view->end++;
    return true;
}

/* End of the container that opens at `at`. */
static size_t container_end(const struct json_index *index, size_t at) {
    size_t depth = 0;
    while (at < index->rec.len) {
        uint8_t c = index->rec.ptr[at];
        if (c == '"')
            at = mask_next(index->quote, at + 1, index->rec.len);
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        at++;
        if (depth == 0) break;
    }
    return at;
}

enum json_kind json_value(const struct json_index *index, size_t at, struct span *value) {
    uint8_t c = index->rec.ptr[at];
    value->start = at;
    if (c == '"') {
        value->end = mask_next(index->quote, at + 1, index->rec.len) + 1;
        return JSON_STRING;
    }
    if (c == '{' || c == '[') {
        value->end = container_end(index, at);
        return c == '{' ? JSON_OBJECT : JSON_ARRAY;
    }
    value->end = scalar_end(index->rec, at);
    return byte_is_alpha(c) ? JSON_WORD : JSON_NUMBER;
}

enum { MAX_ITEMS = 4096 }; /* bytes of an array whose items are known by its key */

/* Is there a structural closing bracket or brace in [from, to)? The walk is short: items of one
 * array. */
static bool closes_between(const struct json_index *index, size_t from, size_t to) {
    if (to - from > MAX_ITEMS) return true;
    for (size_t i = from; i < to; i++)
        if ((index->rec.ptr[i] == ']' || index->rec.ptr[i] == '}') && !mask_has(index->inside, i))
            return true;
    return false;
}

bool json_key_of(const struct json_index *index, size_t view_start, struct span *key) {
    size_t low = 0, high = index->n_members;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (index->members[mid].value <= view_start)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0) return false;
    const struct json_member *m = &index->members[low - 1];
    bool is_value =
        m->value == view_start || (m->value + 1 == view_start && index->rec.ptr[m->value] == '"');
    bool is_item = index->rec.ptr[m->value] == '[' && !closes_between(index, m->value, view_start);
    *key = (struct span){m->key_start, m->key_end};
    return is_value || is_item;
}

/* json_reach of a member's key. */
static size_t key_reach(const struct json_index *index, const struct json_member *member) {
    struct span value;
    if (index->rec.ptr[member->value] == '[') return index->rec.len;
    if (index->rec.ptr[member->value] == '{') return member->key_end;
    json_value(index, member->value, &value);
    return value.end;
}

size_t json_reach(const struct json_index *index, size_t view_start) {
    struct span view = {view_start, index->rec.len};
    size_t low = 0, high = index->n_members;
    json_view_at(index, view_start, &view);
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (index->members[mid].key_start < view_start)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == index->n_members || index->members[low].key_start != view_start) return view.end;
    return key_reach(index, &index->members[low]);
}

/* The key of the leaf whose text begins at `start`, by the last member that was passed. */
static struct span passed_key(const struct json_index *index, const struct json_cursor *cursor,
                              size_t start) {
    if (cursor->n_passed == 0) return (struct span){start, start};
    const struct json_member *m = &index->members[cursor->n_passed - 1];
    const uint8_t lead = index->rec.ptr[m->value];
    const bool is_value = m->value == start || (m->value + 1 == start && lead == '"');
    const bool is_item = lead == '[' && !cursor->is_closed && start - m->value <= MAX_ITEMS;
    return is_value || is_item ? (struct span){m->key_start, m->key_end}
                               : (struct span){start, start};
}

bool json_next_leaf(const struct json_index *index, struct json_cursor *cursor,
                    struct json_leaf *leaf) {
    const struct slice rec = index->rec;
    for (; cursor->at < rec.len; cursor->at++) {
        const uint8_t c = rec.ptr[cursor->at];
        if (c == ']' || c == '}') cursor->is_closed = true;
        if (c == '"' || is_scalar(c)) break;
    }
    if (cursor->at >= rec.len) return false;
    const size_t start = cursor->at;
    *leaf = (struct json_leaf){.is_string = rec.ptr[start] == '"'};
    if (leaf->is_string) /* perhaps an empty one, which is no view */
        leaf->text = (struct span){start + 1, mask_next(index->quote, start + 1, rec.len)};
    else
        json_view_at(index, start, &leaf->text);
    leaf->key = passed_key(index, cursor, leaf->text.start);
    leaf->reach = leaf->text.end;
    cursor->at = leaf->text.end + leaf->is_string;
    leaf->is_key = leaf->is_string && cursor->n_passed < index->n_members &&
                   index->members[cursor->n_passed].key_start == leaf->text.start;
    if (leaf->is_key) {
        leaf->reach = key_reach(index, &index->members[cursor->n_passed++]);
        cursor->is_closed = false;
    }
    return true;
}

/* Start of the element whose value starts at `value`: its key's quote in an object. */
static size_t element_start(const struct json_index *index, size_t value) {
    size_t low = 0, high = index->n_members;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (index->members[mid].value < value)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < index->n_members && index->members[low].value == value)
        return index->members[low].key_start - 1;
    return value;
}

struct span json_cut(const struct json_index *index, struct span value, size_t *prev_end,
                     bool *kept_before) {
    struct slice rec = index->rec;
    struct span cut = {element_start(index, value.start), value.end};
    size_t before = cut.start, after = cut.end;
    while (before > 0 && is_blank(rec.ptr[before - 1])) before--;
    while (after < rec.len && is_blank(rec.ptr[after])) after++;
    bool has_comma_before = before > 0 && rec.ptr[before - 1] == ',';
    bool kept = false;
    if (has_comma_before) {
        size_t left = before - 1;
        while (left > 0 && is_blank(rec.ptr[left - 1])) left--;
        kept = !(*prev_end != 0 && left == *prev_end) || *kept_before;
    }
    if (kept)
        cut.start = before - 1;
    else if (after < rec.len && rec.ptr[after] == ',')
        cut.end = after + 1;
    *prev_end = value.end;
    *kept_before = kept;
    return cut;
}
