/* SPDX-License-Identifier: Apache-2.0 */
/* The glob algorithm with one place to go back to: behind the last `**` seen, one step later each
 * time. */
#include "base/keypath.h"
#include "base/codec.h"

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_ITEM, TOKEN_ONE, TOKEN_ANY };

struct token {
    enum token_kind kind;
    struct slice name;
};

/* The token at *at, and *at behind it and behind the dot that follows. */
static struct token next_token(struct slice pattern, size_t *at) {
    struct token token = {.kind = TOKEN_END};
    if (*at >= pattern.len) return token;
    size_t end = *at;
    if (pattern.ptr[end] == '[') {
        token.kind = TOKEN_ITEM;
        end += 2;
    } else {
        while (end < pattern.len && pattern.ptr[end] != '.' && pattern.ptr[end] != '[') end++;
        token.name = slice_sub(pattern, *at, end);
        token.kind = slice_eq(token.name, SLICE("*"))    ? TOKEN_ONE
                     : slice_eq(token.name, SLICE("**")) ? TOKEN_ANY
                                                         : TOKEN_NAME;
    }
    if (end < pattern.len && pattern.ptr[end] == '.') end++;
    *at = end;
    return token;
}

const char *keypath_problem(struct slice pattern) {
    if (pattern.len == 0) return "the path is empty";
    for (size_t at = 0; at < pattern.len;) {
        const size_t start = at;
        if (pattern.ptr[at] == '[') {
            if (at + 1 >= pattern.len || pattern.ptr[at + 1] != ']')
                return "'[' can only stand in '[]', any item of an array";
            at += 2;
        } else {
            while (at < pattern.len && memchr(".[", pattern.ptr[at], 2) == NULL) at++;
            const struct slice name = slice_sub(pattern, start, at);
            if (name.len == 0) return "a step of the path is empty";
            if (memchr(name.ptr, ']', name.len) != NULL) return "']' without '['";
            if (memchr(name.ptr, '*', name.len) != NULL && !slice_eq(name, SLICE("*")) &&
                !slice_eq(name, SLICE("**")))
                return "'*' and '**' stand for whole steps";
        }
        if (at == pattern.len || pattern.ptr[at] == '[') continue;
        if (pattern.ptr[at] != '.') return "behind '[]' a '.' or another '[]' is expected";
        if (++at == pattern.len || pattern.ptr[at] == '[') return "a step of the path is empty";
    }
    return NULL;
}

/* A place in a path: a step, and in its key, behind a dot of it. */
struct place {
    size_t step, at;
};

/* One byte of the key, or one escape undone; returns the bytes taken. */
static size_t key_byte(const struct keypath_step *step, size_t at, uint8_t out[4], size_t *n) {
    const uint8_t *p = step->key.ptr + at;
    if (step->is_escaped && *p == '\\') {
        const size_t taken = json_unescape(p, step->key.ptr + step->key.len, out, n);
        if (taken > 0) return taken;
    }
    out[0] = *p;
    *n = 1;
    return 1;
}

/* Moves on by one step. True: it has the name `want` (NULL: any). */
static bool take_step(struct keypath path, struct place *place, const struct slice *want) {
    const struct keypath_step *step = &path.steps[place->step];
    size_t at = place->at, same = 0;
    bool fits = want == NULL || !step->is_item;
    bool is_dot = false;
    while (at < step->key.len && !is_dot) {
        uint8_t out[4];
        size_t n;
        at += key_byte(step, at, out, &n);
        is_dot = n == 1 && out[0] == '.';
        if (is_dot || want == NULL) continue;
        fits = fits && n <= want->len - same && memcmp(want->ptr + same, out, n) == 0;
        if (fits) same += n;
    }
    place->at = is_dot ? at : 0;
    if (!is_dot) place->step++;
    return fits && (want == NULL || same == want->len);
}

static bool token_fits(const struct token *token, struct keypath path, struct place *place) {
    if (place->step >= path.n) return false;
    const struct keypath_step *step = &path.steps[place->step];
    switch (token->kind) {
    case TOKEN_END:
    case TOKEN_ANY: return false;
    case TOKEN_NAME: return take_step(path, place, &token->name);
    case TOKEN_ITEM: return take_step(path, place, NULL) && step->is_item;
    case TOKEN_ONE: return take_step(path, place, NULL);
    }
    return false;
}

bool keypath_match(struct slice pattern, struct keypath path) {
    struct place place = {0, 0}, again = {0, 0};
    size_t at = 0, again_at = 0;
    bool can_go_back = false;
    for (;;) {
        size_t next = at;
        const struct token token = next_token(pattern, &next);
        if (token.kind == TOKEN_ANY) {
            if (next >= pattern.len) return true;
            can_go_back = true;
            again = place;
            again_at = at = next;
            continue;
        }
        if (token.kind == TOKEN_END && place.step >= path.n) return true;
        if (token_fits(&token, path, &place)) {
            at = next;
            continue;
        }
        if (!can_go_back || again.step >= path.n) return false;
        take_step(path, &again, NULL);
        place = again;
        at = again_at;
    }
}
