/* SPDX-License-Identifier: Apache-2.0 */
/* Words grow item by item. A class of more than MAX_CHOICES bytes or any text closes a word; then
 * it is a prefix of what stands there, which is all that is promised. */
#include "detect/words.h"

#include <stdlib.h>

#include "base/must.h"
#include "detect/rarity.h"

enum {
    MAX_CHOICES = 8,  /* bytes of a class that is spelled out; digits are too many */
    MAX_OPTIONAL = 2, /* x? and x{0,2} are spelled out */
    ENOUGH = 32,      /* words; where there are more they are not made longer */
};

static bool add_word(struct words *words, struct word *list, size_t *n, struct word word) {
    if (words->n_open + words->n_done >= ANCHOR_MAX_LITERALS) {
        words->is_full = true;
        return false;
    }
    list[(*n)++] = word;
    return true;
}

static void close_all(struct words *words) {
    if (words->n_open + words->n_done > ANCHOR_MAX_LITERALS) {
        words->is_full = true; /* as it may be already, and then nothing of this step is kept */
        return;
    }
    memcpy(words->done + words->n_done, words->open, words->n_open * sizeof *words->open);
    words->n_done += words->n_open;
    words->n_open = 0;
}

/* The bytes of a class, letters that come in both cases once. 0: not for literals. */
static size_t spell(const struct byteset *set, uint8_t out[MAX_CHOICES], bool *nocase) {
    size_t n = 0;
    for (unsigned c = 0; c < 256; c++) {
        if (!byteset_has(set, (uint8_t)c)) continue;
        if (c >= 'A' && c <= 'Z' && byteset_has(set, byte_lower((uint8_t)c))) {
            *nocase = true;
            continue;
        }
        if (n == MAX_CHOICES) return 0;
        out[n++] = (uint8_t)c;
    }
    return n;
}

static void extend_class(const struct node *node, struct words *words) {
    uint8_t bytes[MAX_CHOICES];
    bool nocase = words->nocase;
    const size_t n_bytes = spell(&node->set, bytes, &nocase);
    if (n_bytes == 0) {
        close_all(words);
        return;
    }
    words->nocase = nocase;
    const size_t n_before = words->n_open;
    if (n_before * n_bytes + words->n_done > ANCHOR_MAX_LITERALS) {
        words->is_full = true;
        return;
    }
    /* Word i becomes the words i, i + n_before, i + 2 n_before, ... */
    for (size_t b = n_bytes; b-- > 0;) {
        for (size_t i = 0; i < n_before; i++) {
            struct word word = words->open[i];
            word.byte[word.len++] = bytes[b];
            words->open[b * n_before + i] = word;
        }
    }
    const size_t n_after = n_before * n_bytes;
    words->n_open = 0;
    for (size_t i = 0; i < n_after; i++) {
        const struct word word = words->open[i];
        if (word.len < WORD_MAX)
            words->open[words->n_open++] = word;
        else
            words->done[words->n_done++] = word;
    }
}

static void extend(const struct node *node, struct words *words, struct arena *arena);

/* The open words as they are now. */
static struct word *copy_open(struct words *words, struct arena *arena) {
    struct word *copy = ARENA_ARRAY(arena, struct word, words->n_open + 1);
    if (copy == NULL)
        words->no_memory = true;
    else
        memcpy(copy, words->open, words->n_open * sizeof *copy);
    return copy;
}

static void extend_choice(const struct node *node, struct words *words, struct arena *arena) {
    const size_t n_before = words->n_open;
    const struct word *before = copy_open(words, arena);
    if (before == NULL) return;
    struct word *after = ARENA_ARRAY(arena, struct word, ANCHOR_MAX_LITERALS);
    size_t n_after = 0;
    if (after == NULL) words->no_memory = true;
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        if (words->is_full || words->no_memory) return;
        memcpy(words->open, before, n_before * sizeof *before);
        words->n_open = n_before;
        if (words->n_open + words->n_done > ANCHOR_MAX_LITERALS) words->is_full = true;
        extend(child, words, arena);
        for (size_t i = 0; i < words->n_open && !words->is_full; i++) {
            if (n_after == ANCHOR_MAX_LITERALS)
                words->is_full = true;
            else
                after[n_after++] = words->open[i];
        }
    }
    if (words->is_full || words->no_memory || n_after + words->n_done > ANCHOR_MAX_LITERALS) {
        words->is_full = true;
        return;
    }
    memcpy(words->open, after, n_after * sizeof *after);
    words->n_open = n_after;
}

static void extend_repeat(const struct node *node, struct words *words, struct arena *arena) {
    size_t n = 0;
    for (; n < node->min && n < WORD_MAX && words->n_open > 0 && !words->is_full; n++)
        extend(node->first, words, arena);
    if (n < node->min || node->max - node->min > MAX_OPTIONAL) {
        close_all(words);
        return;
    }
    for (; n < node->max && !words->is_full; n++) {
        /* With and without one more copy: the shorter words are held back while the others grow. */
        const size_t n_short = words->n_open;
        const struct word *shorter = copy_open(words, arena);
        if (shorter == NULL) return;
        extend(node->first, words, arena);
        for (size_t i = 0; i < n_short && !words->is_full; i++)
            add_word(words, words->open, &words->n_open, shorter[i]);
    }
}

static void extend(const struct node *node, struct words *words, struct arena *arena) {
    if (words->n_open == 0 || words->is_full || words->no_memory) return;
    switch (node->kind) {
    case NODE_CLASS: extend_class(node, words); return;
    case NODE_SEQUENCE:
        for (const struct node *child = node->first; child != NULL; child = child->next)
            extend(child, words, arena);
        return;
    case NODE_CHOICE: extend_choice(node, words, arena); return;
    case NODE_REPEAT: extend_repeat(node, words, arena); return;
    case NODE_OPAQUE: close_all(words); return;
    case NODE_AHEAD:
    case NODE_BEHIND:
    case NODE_NOT_BEHIND:
    case NODE_WORD_BORDER:
    case NODE_NO_WORD_BORDER:
    case NODE_START:
    case NODE_LINE_START:
    case NODE_TRUE: return;
    }
}

/* A word stands before those it begins. */
static int compare_words(const void *a, const void *b) {
    const struct word *x = (const struct word *)a, *y = (const struct word *)b;
    const int order = memcmp(x->byte, y->byte, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : x->len - y->len;
}

/* Folds and sorts them; of a word and one it begins the shorter stays. */
static void unify(struct words *words) {
    MUST(words->n_open + words->n_done <= ANCHOR_MAX_LITERALS);
    close_all(words);
    for (size_t i = 0; i < words->n_done && words->nocase; i++)
        for (size_t j = 0; j < words->done[i].len; j++)
            words->done[i].byte[j] = byte_lower(words->done[i].byte[j]);
    qsort(words->done, words->n_done, sizeof *words->done, compare_words);
    size_t n = 0;
    words->shortest = WORD_MAX;
    for (size_t i = 0; i < words->n_done; i++) {
        const struct word *word = &words->done[i], *last = &words->done[n - (n > 0)];
        if (word->len < words->shortest) words->shortest = word->len;
        if (n > 0 && word->len >= last->len && memcmp(word->byte, last->byte, last->len) == 0)
            continue;
        words->done[n++] = *word;
    }
    words->n_done = n;
}

/* One word of no bytes. The arrays are large; only what is in use is written and copied. */
static void clear(struct words *words) {
    words->open[0].len = 0;
    words->n_open = 1;
    words->n_done = 0;
    words->nocase = words->is_full = words->no_memory = false;
}

static void copy(struct words *to, const struct words *from) {
    memcpy(to->open, from->open, from->n_open * sizeof *from->open);
    memcpy(to->done, from->done, from->n_done * sizeof *from->done);
    to->n_open = from->n_open;
    to->n_done = from->n_done;
    to->nocase = from->nocase;
    to->is_full = from->is_full;
    to->no_memory = from->no_memory;
}

bool words_spell(const struct node *const *items, size_t n, struct arena *arena,
                 struct words *words) {
    const struct arena_mark mark = arena_mark(arena);
    struct words kept; /* 9 KB, of which little is touched */
    clear(words);
    for (size_t i = 0; i < n && words->n_open > 0 && words->n_open < ENOUGH; i++) {
        copy(&kept, words);
        extend(items[i], words, arena);
        if (!words->is_full) continue;
        copy(words, &kept);
        break;
    }
    const bool ok = !words->no_memory;
    if (ok) unify(words);
    arena_rewind(arena, mark);
    return ok;
}

int words_bits(const struct words *words) {
    uint64_t sum = 0; /* of chances, times 2^32 */
    for (size_t i = 0; i < words->n_done; i++) {
        const struct word *word = &words->done[i];
        int bits = 0;
        for (size_t j = 0; j < word->len; j++) {
            const uint8_t c = word->byte[j], upper = c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
            const bool is_both = words->nocase && upper != c;
            bits += rarity_bits(rarity_weight(c) + (is_both ? rarity_weight(upper) : 0), 16);
        }
        sum += bits / RARITY_BIT < 32 ? 1ull << (32 - bits / RARITY_BIT) : 1;
    }
    return rarity_bits(sum, 32);
}
