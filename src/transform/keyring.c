/* SPDX-License-Identifier: Apache-2.0 */
/* The file is read word by word. Before a line is judged, all of it from its first word on that is
 * not known to be harmless (the kind, a well-formed id, a well-formed time) is hidden from
 * diagnostics: a key may stand anywhere in a line that is wrong, also in a comment. */
#include "transform/keyring.h"

#include "base/codec.h"
#include "base/secret.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>

struct keyring {
    size_t n;
    struct epoch epochs[KEYRING_MAX_EPOCHS];
    size_t n_gone;
    struct gone_epoch gone[KEYRING_MAX_GONE];
    uint8_t *keys; /* secret pages, KEYRING_KEY_LEN bytes an epoch */
};

enum { KEYS_LEN = KEYRING_MAX_EPOCHS * KEYRING_KEY_LEN, LINE_WORDS = 5 };

static struct keyring *keyring_new(void) {
    struct keyring *ring = calloc(1, sizeof *ring);
    if (!ring) return NULL;
    ring->keys = secret_new(KEYS_LEN);
    if (!ring->keys) {
        free(ring);
        return NULL;
    }
    for (size_t i = 0; i < KEYRING_MAX_EPOCHS; i++)
        ring->epochs[i].key = ring->keys + i * KEYRING_KEY_LEN;
    return ring;
}

void keyring_free(struct keyring *ring) {
    if (!ring) return;
    secret_free(ring->keys, KEYS_LEN);
    free(ring);
}

static bool is_id(struct slice id) {
    if (id.len == 0 || id.len > KEYRING_ID_MAX) return false;
    for (size_t i = 0; i < id.len; i++)
        if (!byte_is_digit(id.ptr[i]) && !(id.ptr[i] >= 'a' && id.ptr[i] <= 'z')) return false;
    return true;
}

struct parser {
    const struct diag_source *src;
    struct diags *diags;
    struct keyring *ring;
    bool has_header;
    struct slice word[LINE_WORDS]; /* of this line */
    size_t n_words;                /* LINE_WORDS: that many or more */
    size_t line;                   /* offset */
    bool has_time;                 /* of an epoch before, destroyed ones too */
    int64_t last_sec;
    bool gap; /* the epochs directly before are destroyed, from gap_sec on */
    int64_t gap_sec;
};

static void complain(struct parser *p, struct slice at, const char *what) {
    const size_t off = at.ptr ? (size_t)(at.ptr - p->src->text.ptr) : p->line;
    diag_add(p->diags, DIAG_ERROR, p->src, off, at.len, "%s", what);
}

/* Splits at blanks; a word that begins with `#` ends the line. */
static void split(struct parser *p, struct slice line) {
    p->n_words = 0;
    for (size_t at = 0; at < line.len && p->n_words < LINE_WORDS;) {
        if (byte_is_blank(line.ptr[at])) {
            at++;
            continue;
        }
        if (line.ptr[at] == '#') return;
        const size_t start = at;
        while (at < line.len && !byte_is_blank(line.ptr[at])) at++;
        p->word[p->n_words++] = slice_sub(line, start, at);
    }
}

/* Hides the line but for its first words that are what they should be. */
static void hide(struct parser *p, struct slice line) {
    int64_t sec;
    size_t shown = 0;
    if (p->n_words > 0 &&
        (slice_eq_str(p->word[0], "epoch") || slice_eq_str(p->word[0], "destroyed"))) {
        shown = 1;
        if (p->n_words > 1 && is_id(p->word[1])) shown = 2;
        if (shown == 2 && p->n_words > 2 && moment_parse(p->word[2], &sec)) shown = 3;
    }
    const uint8_t *from = shown ? p->word[shown - 1].ptr + p->word[shown - 1].len : line.ptr;
    const uint8_t *end = line.ptr + line.len;
    while (from < end && byte_is_blank(*from)) from++;
    diag_hide(p->diags, p->src, (size_t)(from - p->src->text.ptr), (size_t)(end - from));
}

static bool parse_key(struct slice text, uint8_t key[KEYRING_KEY_LEN]) {
    if (text.len != 2 * KEYRING_KEY_LEN) return false;
    for (size_t i = 0; i < KEYRING_KEY_LEN; i++) {
        const int high = hex_value(text.ptr[2 * i]), low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool has_id(const struct keyring *ring, struct slice id) {
    for (size_t i = 0; i < ring->n; i++)
        if (slice_eq_str(id, ring->epochs[i].id)) return true;
    for (size_t i = 0; i < ring->n_gone; i++)
        if (slice_eq_str(id, ring->gone[i].id)) return true;
    return false;
}

/* Id and time of the line, as every epoch has them. False: reported. */
static bool parse_head(struct parser *p, int64_t *from_sec) {
    const struct slice id = p->word[1];
    const char *wrong = NULL;
    if (!is_id(id))
        wrong = "an id is 1 to 8 of a-z and 0-9";
    else if (slice_eq_str(id, "x"))
        wrong = "the id 'x' belongs to the key of one run";
    else if (has_id(p->ring, id))
        wrong = "this id stands here twice";
    if (wrong) complain(p, id, wrong);
    if (!moment_parse(p->word[2], from_sec)) {
        complain(p, p->word[2], "a time is written like 2026-01-01T00:00:00Z");
        return false;
    }
    const bool in_order = !p->has_time || *from_sec > p->last_sec;
    if (!in_order)
        complain(p, p->word[2], "epochs stand in the order of their times, oldest first");
    p->has_time = true;
    p->last_sec = *from_sec;
    return !wrong && in_order;
}

static void parse_epoch(struct parser *p) {
    struct keyring *ring = p->ring;
    if (p->n_words != 4) {
        complain(p, p->word[0], "an epoch is written 'epoch ID TIME KEY'");
        return;
    }
    if (ring->n == KEYRING_MAX_EPOCHS) {
        complain(p, p->word[0], "more than 64 epochs");
        return;
    }
    struct epoch *epoch = &ring->epochs[ring->n];
    uint8_t *key = ring->keys + ring->n * KEYRING_KEY_LEN;
    const struct slice id = p->word[1];
    bool ok = parse_head(p, &epoch->from_sec);
    if (!parse_key(p->word[3], key))
        complain(p, p->word[3], "a key is 64 hex digits"), ok = false;
    else
        for (size_t i = 0; i < ring->n; i++)
            if (memcmp(ring->epochs[i].key, key, KEYRING_KEY_LEN) == 0)
                complain(p, p->word[3], "another epoch has the same key"), ok = false;
    if (!ok) return;
    epoch->holds_sec = p->gap ? p->gap_sec : epoch->from_sec;
    p->gap = false;
    memcpy(epoch->id, id.ptr, id.len);
    epoch->id[id.len] = 0;
    ring->n++;
}

static void parse_destroyed(struct parser *p) {
    struct keyring *ring = p->ring;
    if (p->n_words != 3) {
        complain(p, p->word[0], "an epoch without its key is written 'destroyed ID TIME'");
        return;
    }
    if (ring->n_gone == KEYRING_MAX_GONE) {
        complain(p, p->word[0], "more than 1024 destroyed epochs");
        return;
    }
    struct gone_epoch *gone = &ring->gone[ring->n_gone];
    if (!parse_head(p, &gone->from_sec)) return;
    if (!p->gap) p->gap_sec = gone->from_sec;
    p->gap = true;
    memcpy(gone->id, p->word[1].ptr, p->word[1].len);
    gone->id[p->word[1].len] = 0;
    ring->n_gone++;
}

static void parse_line(struct parser *p, struct slice line) {
    split(p, line);
    hide(p, line);
    if (p->n_words == 0) return;
    const struct slice kind = p->word[0];
    if (!p->has_header) {
        p->has_header = true; /* complain once */
        if (!slice_eq_str(kind, "logwash-keyring"))
            complain(p, kind, "a key ring begins with the line 'logwash-keyring 1'");
        else if (p->n_words != 2 || !slice_eq_str(p->word[1], "1"))
            complain(p, kind, "only version 1 of the key ring is known");
        return;
    }
    if (slice_eq_str(kind, "epoch"))
        parse_epoch(p);
    else if (slice_eq_str(kind, "destroyed"))
        parse_destroyed(p);
    else if (slice_eq_str(kind, "tenant"))
        complain(p, kind, "this ring was written for a newer version of logwash");
    else
        complain(p, kind, "not a line of a key ring");
}

struct keyring *keyring_read(const struct diag_source *src, struct diags *diags) {
    struct parser p = {.src = src, .diags = diags, .ring = keyring_new()};
    if (!p.ring) {
        diags->failed = true;
        return NULL;
    }
    const size_t errors = diags->n_errors;
    const struct slice text = src->text;
    for (size_t at = 0; at < text.len;) {
        const uint8_t *lf = memchr(text.ptr + at, '\n', text.len - at);
        const size_t end = lf ? (size_t)(lf - text.ptr) : text.len;
        const size_t cr = end > at && text.ptr[end - 1] == '\r';
        p.line = at;
        parse_line(&p, slice_sub(text, at, end - cr));
        at = end + 1;
    }
    if (p.gap && p.ring->n > 0 && diags->n_errors == errors)
        diag_add(diags, DIAG_ERROR, src, text.len, 0, "the last epoch has no key");
    if (p.ring->n == 0 && diags->n_errors == errors)
        diag_add(diags, DIAG_ERROR, src, text.len, 0, "the key ring has no epoch");
    if (diags->n_errors > errors || diags->failed) {
        keyring_free(p.ring);
        return NULL;
    }
    return p.ring;
}

struct keyring *keyring_of_run(const uint8_t key[KEYRING_KEY_LEN]) {
    struct keyring *ring = keyring_new();
    if (!ring) return NULL;
    ring->n = 1;
    ring->epochs[0].id[0] = 'x';
    ring->epochs[0].from_sec = ring->epochs[0].holds_sec = INT64_MIN;
    memcpy(ring->keys, key, KEYRING_KEY_LEN);
    return ring;
}

size_t keyring_epochs(const struct keyring *ring) { return ring->n; }

const struct epoch *keyring_epoch(const struct keyring *ring, size_t i) { return &ring->epochs[i]; }

size_t keyring_gone(const struct keyring *ring) { return ring->n_gone; }

const struct gone_epoch *keyring_gone_epoch(const struct keyring *ring, size_t i) {
    return &ring->gone[i];
}

size_t keyring_at(const struct keyring *ring, int64_t time_sec) {
    size_t i = ring->n - 1;
    while (i > 0 && ring->epochs[i].holds_sec > time_sec) i--;
    return i;
}

bool keyring_has_id(const struct keyring *ring, struct slice id) {
    return slice_eq_str(id, "x") || has_id(ring, id);
}

/* ---- writing ---- */

/* Appends the line of an epoch; room for it must be there, so that no copy of the key stays behind
 * a move. */
static bool write_epoch(const char *id, int64_t from_sec, const uint8_t key[KEYRING_KEY_LEN],
                        struct buf *out) {
    char hex[2 * KEYRING_KEY_LEN], when[MOMENT_TEXT_LEN];
    if (!is_id(slice_str(id)) || strcmp(id, "x") == 0 || !moment_text(from_sec, when)) return false;
    buf_printf(out, "epoch %s %s ", id, when);
    hex_encode(slice_of(key, KEYRING_KEY_LEN), hex);
    buf_append(out, hex, sizeof hex);
    secret_wipe(hex, sizeof hex);
    return buf_byte(out, '\n');
}

enum { LINE_ROOM = 160 };

bool keyring_write_new(const char *id, int64_t from_sec, const uint8_t key[KEYRING_KEY_LEN],
                       struct buf *out) {
    const size_t before = out->len;
    if (!buf_reserve(out, LINE_ROOM) || !buf_str(out, "logwash-keyring 1\n")) return false;
    if (write_epoch(id, from_sec, key, out)) return true;
    out->len = before;
    return false;
}

bool keyring_write_added(struct slice text, const char *id, int64_t from_sec,
                         const uint8_t key[KEYRING_KEY_LEN], struct buf *out) {
    if (!buf_reserve(out, text.len + LINE_ROOM) || !buf_slice(out, text)) return false;
    if (text.len > 0 && text.ptr[text.len - 1] != '\n' && !buf_byte(out, '\n')) return false;
    return write_epoch(id, from_sec, key, out);
}

bool keyring_write_destroyed(struct slice text, const char *id, struct buf *out) {
    struct parser p = {0};
    if (!buf_reserve(out, text.len + LINE_ROOM)) return false;
    for (size_t at = 0; at < text.len;) {
        const uint8_t *lf = memchr(text.ptr + at, '\n', text.len - at);
        const size_t end = lf ? (size_t)(lf - text.ptr) + 1 : text.len;
        const size_t cr = lf && end > at + 1 && text.ptr[end - 2] == '\r';
        split(&p, slice_sub(text, at, end - (lf != NULL) - cr));
        if (p.n_words == 4 && slice_eq_str(p.word[0], "epoch") && slice_eq_str(p.word[1], id))
            buf_printf(out, "destroyed %s %.*s\n", id, (int)p.word[2].len,
                       (const char *)p.word[2].ptr);
        else
            buf_slice(out, slice_sub(text, at, end));
        at = end;
    }
    return !out->failed;
}

void keyring_next_id(const struct keyring *ring, char out[KEYRING_ID_MAX + 1]) {
    const struct slice last = slice_str(ring->epochs[ring->n - 1].id);
    size_t stem = last.len;
    while (stem > 0 && byte_is_digit(last.ptr[stem - 1])) stem--;
    unsigned long number = stem < last.len ? strtoul((const char *)last.ptr + stem, NULL, 10) : 1;
    do {
        char digits[KEYRING_ID_MAX + 2];
        number = (number + 1) % 100000000; /* 8 digits */
        const size_t len = (size_t)snprintf(digits, sizeof digits, "%lu", number);
        if (stem + len > KEYRING_ID_MAX) stem = KEYRING_ID_MAX - len;
        memcpy(out, last.ptr, stem);
        memcpy(out + stem, digits, len + 1);
    } while (has_id(ring, slice_str(out)));
}
