/* SPDX-License-Identifier: Apache-2.0 */
/* The file is read word by word. Before a line is judged, all of it from its first word on that is
 * not known to be harmless (the kind, a well-formed id, a well-formed time) is hidden from
 * diagnostics: a key may stand anywhere in a line that is wrong, also in a comment. */
#include "transform/keyring.h"

#include "base/codec.h"
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct keyring {
    size_t n;
    struct epoch epochs[KEYRING_MAX_EPOCHS];
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

/* `2026-01-01T00:00:00Z`, nothing shorter or longer. */
static bool parse_time(struct slice text, int64_t *sec) {
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    if (text.len != sizeof shape - 1) return false;
    int part[6] = {0}, k = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (shape[i] != 'd' ? c != (uint8_t)shape[i] : !byte_is_digit(c)) return false;
        if (shape[i] == 'd')
            part[k] = part[k] * 10 + (c - '0');
        else
            k++;
    }
    struct tm tm = {.tm_year = part[0] - 1900,
                    .tm_mon = part[1] - 1,
                    .tm_mday = part[2],
                    .tm_hour = part[3],
                    .tm_min = part[4],
                    .tm_sec = part[5]};
    const struct tm asked = tm;
    *sec = timegm(&tm); /* moves a date that does not exist, as the 30th of February */
    return tm.tm_year == asked.tm_year && tm.tm_mon == asked.tm_mon &&
           tm.tm_mday == asked.tm_mday && tm.tm_hour == asked.tm_hour &&
           tm.tm_min == asked.tm_min && tm.tm_sec == asked.tm_sec;
}

struct parser {
    const struct diag_source *src;
    struct diags *diags;
    struct keyring *ring;
    bool has_header;
    struct slice word[LINE_WORDS]; /* of this line */
    size_t n_words;                /* LINE_WORDS: that many or more */
    size_t line;                   /* offset */
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
    if (p->n_words > 0 && slice_eq_str(p->word[0], "epoch")) {
        shown = 1;
        if (p->n_words > 1 && is_id(p->word[1])) shown = 2;
        if (shown == 2 && p->n_words > 2 && parse_time(p->word[2], &sec)) shown = 3;
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

static const struct epoch *find_id(const struct keyring *ring, struct slice id) {
    for (size_t i = 0; i < ring->n; i++)
        if (slice_eq_str(id, ring->epochs[i].id)) return &ring->epochs[i];
    return NULL;
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
    bool ok = true;
    const char *wrong = NULL;
    if (!is_id(id))
        wrong = "an id is 1 to 8 of a-z and 0-9";
    else if (slice_eq_str(id, "x"))
        wrong = "the id 'x' belongs to the key of one run";
    else if (find_id(ring, id))
        wrong = "this id stands here twice";
    if (wrong) complain(p, id, wrong), ok = false;
    if (!parse_time(p->word[2], &epoch->from_sec))
        complain(p, p->word[2], "a time is written like 2026-01-01T00:00:00Z"), ok = false;
    else if (ring->n > 0 && epoch->from_sec <= ring->epochs[ring->n - 1].from_sec)
        complain(p, p->word[2], "epochs stand in the order of their times, oldest first"),
            ok = false;
    if (!parse_key(p->word[3], key))
        complain(p, p->word[3], "a key is 64 hex digits"), ok = false;
    else
        for (size_t i = 0; i < ring->n; i++)
            if (memcmp(ring->epochs[i].key, key, KEYRING_KEY_LEN) == 0)
                complain(p, p->word[3], "another epoch has the same key"), ok = false;
    if (!ok) return;
    memcpy(epoch->id, id.ptr, id.len);
    epoch->id[id.len] = 0;
    ring->n++;
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
    else if (slice_eq_str(kind, "tenant") || slice_eq_str(kind, "destroyed"))
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
    ring->epochs[0].from_sec = INT64_MIN;
    memcpy(ring->keys, key, KEYRING_KEY_LEN);
    return ring;
}

size_t keyring_epochs(const struct keyring *ring) { return ring->n; }

const struct epoch *keyring_epoch(const struct keyring *ring, size_t i) { return &ring->epochs[i]; }

size_t keyring_at(const struct keyring *ring, int64_t time_sec) {
    size_t i = ring->n - 1;
    while (i > 0 && ring->epochs[i].from_sec > time_sec) i--;
    return i;
}

bool keyring_has_id(const struct keyring *ring, struct slice id) {
    return slice_eq_str(id, "x") || find_id(ring, id) != NULL;
}

bool keyring_write_new(const char *id, int64_t from_sec, const uint8_t key[KEYRING_KEY_LEN],
                       struct buf *out) {
    char hex[2 * KEYRING_KEY_LEN], when[32];
    const time_t from = (time_t)from_sec;
    struct tm tm;
    if (!is_id(slice_str(id)) || strcmp(id, "x") == 0) return false;
    if (!gmtime_r(&from, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900) return false;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!buf_reserve(out, 160)) return false; /* so that no copy of the key stays behind a move */
    buf_printf(out, "logwash-keyring 1\nepoch %s %s ", id, when);
    hex_encode(slice_of(key, KEYRING_KEY_LEN), hex);
    buf_append(out, hex, sizeof hex);
    secret_wipe(hex, sizeof hex);
    return buf_byte(out, '\n');
}
