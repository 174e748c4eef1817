/* SPDX-License-Identifier: Apache-2.0 */
/* A source line is printed through a window of bytes around the caret, so that a file of one line
 * costs a constant per message. In the window every character becomes one cell; tabs become spaces
 * up to the next multiple of four, a hidden range becomes one `…`, what a terminal could act on
 * becomes `?`. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct diag {
    enum diag_level level;
    const struct diag_source *src;
    size_t off, len;
    size_t source_rank, rank; /* order of first appearance, of the source and of the diag */
    char *message, *hint;
    char **notes;
    size_t n_notes, cap_notes;
};

struct diag_secret {
    const struct diag_source *src;
    size_t off, len;
};

enum {
    LINE_CELLS = 120,   /* a longer source line is cut around the caret */
    LINE_BEFORE = 80,   /* cells kept before the caret then */
    WINDOW_BYTES = 600, /* bytes looked at on either side of the caret */
    TAB_CELLS = 4,
    SUGGEST_MAX = 64, /* longer words get no suggestion */
};

#define ELLIPSIS "\xe2\x80\xa6"

void diags_init(struct diags *diags) { *diags = (struct diags){0}; }

void diags_fini(struct diags *diags) {
    for (size_t i = 0; i < diags->n; i++) {
        struct diag *diag = &diags->items[i];
        for (size_t k = 0; k < diag->n_notes; k++) free(diag->notes[k]);
        free(diag->notes);
        free(diag->message);
        free(diag->hint);
    }
    free(diags->items);
    free(diags->secrets);
    diags_init(diags);
}

static size_t source_rank(const struct diags *diags, const struct diag_source *src) {
    size_t next = 0;
    for (size_t i = diags->n; i > 0; i--) {
        const struct diag *diag = &diags->items[i - 1];
        if (diag->src == src) return diag->source_rank;
        if (diag->source_rank >= next) next = diag->source_rank + 1;
    }
    return next;
}

void diag_add(struct diags *diags, enum diag_level level, const struct diag_source *src, size_t off,
              size_t len, const char *format, ...) {
    char *message = NULL;
    va_list args;
    va_start(args, format);
    const int done = vasprintf(&message, format, args);
    va_end(args);
    if (done < 0 || !VEC_GROW(diags->items, diags->cap, diags->n + 1)) {
        if (done >= 0) free(message);
        diags->failed = true;
        return;
    }
    const size_t rank = source_rank(diags, src);
    diags->items[diags->n] = (struct diag){.level = level,
                                           .src = src,
                                           .off = off,
                                           .len = len,
                                           .source_rank = rank,
                                           .rank = diags->n,
                                           .message = message};
    diags->n++;
    if (level == DIAG_ERROR) diags->n_errors++;
}

void diag_hint(struct diags *diags, const char *format, ...) {
    if (diags->n == 0) return;
    struct diag *diag = &diags->items[diags->n - 1];
    char *hint = NULL;
    va_list args;
    va_start(args, format);
    const int done = vasprintf(&hint, format, args);
    va_end(args);
    if (done < 0) {
        diags->failed = true;
        return;
    }
    free(diag->hint);
    diag->hint = hint;
}

void diag_note(struct diags *diags, const char *format, ...) {
    if (diags->n == 0) return;
    struct diag *diag = &diags->items[diags->n - 1];
    char *note = NULL;
    va_list args;
    va_start(args, format);
    const int done = vasprintf(&note, format, args);
    va_end(args);
    if (done < 0 || !VEC_GROW(diag->notes, diag->cap_notes, diag->n_notes + 1)) {
        if (done >= 0) free(note);
        diags->failed = true;
        return;
    }
    diag->notes[diag->n_notes++] = note;
}

void diag_hide(struct diags *diags, const struct diag_source *src, size_t off, size_t len) {
    if (len == 0) return;
    if (!VEC_GROW(diags->secrets, diags->cap_secrets, diags->n_secrets + 1)) {
        diags->failed = true; /* diags_print then shows no source lines at all */
        return;
    }
    diags->secrets[diags->n_secrets++] = (struct diag_secret){src, off, len};
}

bool diags_has_error(const struct diags *diags) { return diags->n_errors > 0 || diags->failed; }

/* ---- printing ---- */

/* The bytes of the character at p: its length in UTF-8 if it is safe to print, else 0. */
static size_t printable(const uint8_t *p, const uint8_t *end) {
    if (*p < 0x80) return *p >= 0x20 && *p != 0x7f;
    const size_t len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    if (*p < 0xc2 || *p > 0xf4 || (size_t)(end - p) < len) return 0;
    uint32_t code = *p & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < 0xa0 || (len == 3 && code < 0x800) || (len == 4 && code < 0x10000)) return 0;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
    if (code >= 0x200b && code <= 0x200f) return 0; /* invisible, and marks of direction */
    if ((code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f)) return 0;
    return code == 0xfeff ? 0 : len;
}

static void print_text(const char *text, struct buf *out) {
    const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);
    while (p < end) {
        const size_t len = printable(p, end);
        if (len)
            buf_append(out, p, len);
        else
            buf_byte(out, '?');
        p += len ? len : 1;
    }
}

/* Where an offset stands. */
struct place {
    const struct diag_source *src;
    size_t off;   /* clamped to the text */
    size_t line;  /* from 1 */
    size_t start; /* of the line */
    size_t end;   /* of the line, without CR LF */
};

/* Moves `place` forward to `off` of the same source, or from the start of another one. */
static void place_find(struct place *place, const struct diag_source *src, size_t off) {
    const struct slice text = src->text;
    const size_t mark = slice_starts(text, SLICE("\xef\xbb\xbf")) ? 3 : 0; /* is in no column */
    if (place->src != src) *place = (struct place){.src = src, .line = 1, .start = mark};
    place->off = off < mark ? mark : off < text.len ? off : text.len;
    for (size_t at = place->start; at < place->off; at = place->start) {
        const uint8_t *lf = memchr(text.ptr + at, '\n', place->off - at);
        if (!lf) break;
        place->start = (size_t)(lf - text.ptr) + 1;
        place->line++;
    }
    const uint8_t *lf = text.len > place->start
                            ? memchr(text.ptr + place->start, '\n', text.len - place->start)
                            : NULL;
    place->end = lf ? (size_t)(lf - text.ptr) : text.len;
    if (lf && place->end > place->start && text.ptr[place->end - 1] == '\r') place->end--;
}

/* The end of the hidden range that holds `off`, or 0. */
static size_t hidden_to(const struct diags *diags, const struct diag_source *src, size_t off) {
    size_t to = 0;
    for (size_t i = 0; i < diags->n_secrets; i++) {
        const struct diag_secret *secret = &diags->secrets[i];
        if (secret->src != src || off < secret->off || off - secret->off >= secret->len) continue;
        const size_t end =
            secret->len > SIZE_MAX - secret->off ? SIZE_MAX : secret->off + secret->len;
        if (end > to) to = end;
    }
    return to;
}

/* A source line as cells, each with the bytes it is printed as. */
struct cells {
    uint8_t text[2 * WINDOW_BYTES * TAB_CELLS][4];
    uint8_t len[2 * WINDOW_BYTES * TAB_CELLS];
    size_t n;
    size_t caret, caret_end;  /* cells under the caret line */
    bool cut_left, cut_right; /* by the window */
};

static void cell_add(struct cells *cells, const void *bytes, size_t len) {
    memcpy(cells->text[cells->n], bytes, len);
    cells->len[cells->n++] = (uint8_t)len;
}

static void cells_fill(struct cells *cells, const struct diags *diags, const struct place *place,
                       size_t len) {
    const uint8_t *text = place->src->text.ptr;
    const size_t off = place->off < place->end ? place->off : place->end;
    size_t start = place->start, end = place->end;
    cells->n = cells->caret = cells->caret_end = 0;
    cells->cut_left = off - start > WINDOW_BYTES;
    cells->cut_right = end - off > WINDOW_BYTES;
    if (cells->cut_left) start = off - WINDOW_BYTES;
    if (cells->cut_right) end = off + WINDOW_BYTES;
    while (cells->cut_left && start < off && (text[start] & 0xc0) == 0x80) start++;

    for (size_t at = start; at < end;) {
        if (at <= off) cells->caret = cells->n;
        const size_t hidden = hidden_to(diags, place->src, at);
        size_t take = 1;
        if (hidden) {
            take = (hidden < end ? hidden : end) - at;
            if (!(cells->n && cells->len[cells->n - 1] == 3 &&
                  memcmp(cells->text[cells->n - 1], ELLIPSIS, 3) == 0))
                cell_add(cells, ELLIPSIS, 3);
            else if (at <= off)
                cells->caret = cells->n - 1;
        } else if (text[at] == '\t') {
            do cell_add(cells, " ", 1);
            while (cells->n % TAB_CELLS);
        } else {
            const size_t bytes = printable(text + at, text + end);
            if (bytes) take = bytes;
            cell_add(cells, bytes ? (const void *)(text + at) : "?", take);
        }
        at += take;
        if (at > off && at - off - 1 < len)
            cells->caret_end = cells->n;
        else if (at > off && cells->caret_end == 0)
            cells->caret_end = cells->n;
    }
    if (off >= end) cells->caret = cells->n;
    if (cells->caret_end <= cells->caret) cells->caret_end = cells->caret + 1;
}

static size_t decimal_digits(size_t n) {
    size_t digits = 1;
    for (; n >= 10; n /= 10) digits++;
    return digits;
}

static void print_source(const struct diags *diags, const struct diag *diag,
                         const struct place *place, struct buf *out) {
    struct cells cells;
    cells_fill(&cells, diags, place, diag->len);
    size_t first = 0, last = cells.n;
    if (cells.n > LINE_CELLS) {
        if (cells.caret > LINE_BEFORE) first = cells.caret - LINE_BEFORE;
        if (last - first > LINE_CELLS) last = first + LINE_CELLS;
        if (last - first < LINE_CELLS) first = last - LINE_CELLS;
    }
    const bool cut_left = first > 0 || cells.cut_left;
    buf_printf(out, "  %zu | %s", place->line, cut_left ? ELLIPSIS : "");
    for (size_t i = first; i < last; i++) buf_append(out, cells.text[i], cells.len[i]);
    buf_str(out, last < cells.n || cells.cut_right ? ELLIPSIS "\n" : "\n");
    buf_printf(out, "  %*s | %*s^", (int)decimal_digits(place->line), "",
               (int)(cells.caret - first + cut_left), "");
    const size_t end = cells.caret_end < last ? cells.caret_end : last;
    for (size_t i = cells.caret + 1; i < end; i++) buf_byte(out, '~');
    if (diag->hint) {
        buf_byte(out, ' ');
        print_text(diag->hint, out);
    }
    buf_byte(out, '\n');
}

static void print_diag(const struct diags *diags, const struct diag *diag, struct place *place,
                       struct buf *out) {
    size_t gutter = 2;
    if (diag->src) {
        place_find(place, diag->src, diag->off);
        print_text(diag->src->name, out);
        buf_printf(out, ":%zu:%zu: ", place->line, place->off - place->start + 1);
        gutter = decimal_digits(place->line);
    }
    buf_str(out, diag->level == DIAG_ERROR ? "error: " : "warning: ");
    print_text(diag->message, out);
    buf_byte(out, '\n');
    /* Notes stand in place of the source line, unless a hint needs it. */
    const bool with_source = diag->src && !diags->failed && (diag->hint || diag->n_notes == 0);
    if (with_source) print_source(diags, diag, place, out);
    if (diag->hint && !with_source) {
        buf_printf(out, "  %*s | ", (int)gutter, "");
        print_text(diag->hint, out);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < diag->n_notes; i++) {
        buf_printf(out, "  %*s | ", (int)gutter, "");
        print_text(diag->notes[i], out);
        buf_byte(out, '\n');
    }
}

static int diag_compare(const void *a, const void *b) {
    const struct diag *x = *(const struct diag *const *)a, *y = *(const struct diag *const *)b;
    if (x->source_rank != y->source_rank) return x->source_rank < y->source_rank ? -1 : 1;
    if (x->off != y->off) return x->off < y->off ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

void diags_print(const struct diags *diags, struct buf *out) {
    if (diags->n == 0 && !diags->failed) return;
    const struct diag **order = reallocarray(NULL, diags->n + 1, sizeof(struct diag *));
    if (!order) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < diags->n; i++) order[i] = &diags->items[i];
    qsort(order, diags->n, sizeof order[0], diag_compare);
    struct place place = {0};
    for (size_t i = 0; i < diags->n; i++) print_diag(diags, order[i], &place, out);
    free(order);
    if (diags->failed) buf_str(out, "error: out of memory, some messages were lost\n");
    const size_t errors = diags->n_errors + diags->failed, warnings = diags->n - diags->n_errors;
    if (errors) buf_printf(out, "%zu error%s", errors, errors == 1 ? "" : "s");
    if (errors && warnings) buf_str(out, ", ");
    if (warnings) buf_printf(out, "%zu warning%s", warnings, warnings == 1 ? "" : "s");
    buf_byte(out, '\n');
}

/* ---- suggestions ---- */

/* Optimal string alignment: insertions, deletions, replacements and swaps of neighbours cost 1;
 * letters compare without case. Stops counting above `max`. */
static size_t edit_distance(struct slice a, struct slice b, size_t max) {
    size_t rows[3][SUGGEST_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t k = 0; k <= b.len; k++) last[k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = i;
        size_t best = i;
        for (size_t k = 1; k <= b.len; k++) {
            const uint8_t x = byte_lower(a.ptr[i - 1]), y = byte_lower(b.ptr[k - 1]);
            size_t cost = last[k - 1] + (x != y);
            if (last[k] + 1 < cost) cost = last[k] + 1;
            if (now[k - 1] + 1 < cost) cost = now[k - 1] + 1;
            if (i > 1 && k > 1 && x == byte_lower(b.ptr[k - 2]) && byte_lower(a.ptr[i - 2]) == y &&
                before[k - 2] + 1 < cost)
                cost = before[k - 2] + 1;
            now[k] = cost;
            if (cost < best) best = cost;
        }
        if (best > max) return best;
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.len];
}

const char *suggest(struct slice word, const char *const *names, size_t n) {
    if (word.len == 0 || word.len > SUGGEST_MAX) return NULL;
    size_t best = word.len / 3 > 1 ? word.len / 3 : 1;
    const char *found = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct slice name = slice_str(names[i]);
        if (name.len > word.len + best || word.len > name.len + best || name.len > SUGGEST_MAX)
            continue;
        const size_t distance = edit_distance(word, name, best);
        if (distance < best || (distance == best && !found)) {
            best = distance;
            found = names[i];
        }
    }
    return found;
}

bool diag_suggest(struct diags *diags, struct slice word, const char *const *names, size_t n) {
    const char *near = suggest(word, names, n);
    if (near) diag_hint(diags, "did you mean '%s'?", near);
    return near != NULL;
}
