/* SPDX-License-Identifier: Apache-2.0 */
/* How the tables of a set of shapes are made, and the tables by themselves. */
#include "detect/shape.h"

#include <stdlib.h>

#include "base/buf.h"
#include "detect/rarity.h"
#include "detect/shape_bucket.h"
#include "detect/shape_sieve.h"

/* 1 digits, 2 a-f, 3 g-z, 4 A-F, 5 G-Z, 6 to 10 . - _ : /, 11 + =, 12 quotes, 13 blanks and
 * controls, 15 @ $, 14 all else. */
const uint8_t shape_kind[128] = {
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 14, 12, 14, 15, 14, 14, 12, 14, 14, 14, 11,
    14, 7,  6,  10, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  9,  14, 14, 11, 14, 14, 15, 4,
    4,  4,  4,  4,  4,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,
    5,  5,  5,  14, 14, 14, 14, 8,  14, 2,  2,  2,  2,  2,  2,  3,  3,  3,  3,  3,  3,  3,
    3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  14, 14, 14, 14, 13,
};

/* The mask under which all bytes of the set are the same: all bits, or all but that of case; 0:
 * none. */
static uint8_t letter_mask(const struct byteset *set, uint8_t *letter) {
    const unsigned count = byteset_count(set);
    if (count == 0 || count > 2) return 0;
    size_t w = 0;
    while (set->word[w] == 0) w++;
    const uint8_t c = (uint8_t)(64 * w + (size_t)__builtin_ctzll(set->word[w]));
    *letter = c;
    if (count == 1) return 0xff;
    return byteset_has(set, c ^ 0x20) ? (uint8_t)~0x20 : 0;
}

/* How many letters the shape surely begins with, 3 to 6 or 8 (0: it is not spelled), and which. */
static size_t spelled_letters(const struct shape *shape, uint64_t *letters) {
    *letters = 0;
    size_t n = 0;
    for (uint8_t letter; n < 8 && n < shape->n; n++) {
        if (letter_mask(&shape->window[n], &letter) == 0) break;
        *letters |= (uint64_t)(letter | 0x20) << (8 * n);
    }
    if (n < 3) return 0;
    if (n == 7) n = 6;
    *letters = shape_letters_cut(*letters, n);
    return n;
}

/* Listed before spelled ones, these by letters. */
static int compare_shapes(const void *left, const void *right) {
    const struct shape *a = *(const struct shape *const *)left;
    const struct shape *b = *(const struct shape *const *)right;
    uint64_t x, y;
    const size_t n_a = spelled_letters(a, &x), n_b = spelled_letters(b, &y);
    if (n_a == 0 || n_b == 0) {
        if (n_a != n_b) return n_a == 0 ? -1 : 1;
        int order = memcmp(a->window, b->window, sizeof a->window);
        if (order == 0) order = memcmp(&a->lead, &b->lead, sizeof a->lead);
        return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
    }
    const uint64_t p = __builtin_bswap64(x), q = __builtin_bswap64(y);
    if (p != q) return p < q ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* --- the tables ------------------------------------------------------------------------------ */

/* The buckets become lanes. */
static void fill_tables(struct shape_set *set, const struct shape_bucket *buckets, size_t n,
                        const struct shape *const *shapes) {
    for (size_t b = 0; b < n; b++) {
        const struct shape_bucket *bucket = &buckets[b];
        const uint64_t bit = UINT64_C(1) << b;
        set->bucket[b] = bucket->first;
        for (size_t k = 0; k < SHAPE_LOOKS; k++)
            for (unsigned c = 0; c < 256; c++) {
                if (!byteset_has(&bucket->set[k], (uint8_t)c)) continue;
                set->look[k][c] |= bit;
                set->lane[b / 8].byte[k][shape_byte((uint8_t)c) & 127] |= (uint8_t)(1u << b % 8);
            }
        for (size_t s = bucket->first; s < bucket->first + bucket->n; s++)
            if (shapes[s]->at_start) set->at_start |= bit;
    }
    set->n_lanes = (n + 7) / 8;
}

static bool make_sieves(struct shape_set *set) {
    struct shape_can can;
    for (size_t lane = 0; lane < set->n_lanes; lane++) {
        for (size_t k = 0; k < SHAPE_LOOKS; k++)
            for (unsigned c = 0; c < 256; c++)
                can.at[k][c] = (uint8_t)(set->look[k][c] >> 8 * lane);
        if (!shape_sieve_make(&set->sieve[lane], &can)) return false;
    }
    return true;
}

/* Buckets for the first n shapes, the listed ones, which are put in order of them. */
static bool make_buckets(struct shape_set *set, const struct shape **shapes, size_t n) {
    struct shape_bucket buckets[8 * SHAPE_LANES];
    size_t n_buckets;
    if (!shape_buckets_make(shapes, n, buckets, &n_buckets)) return false;
    fill_tables(set, buckets, n_buckets, shapes);
    for (size_t b = n_buckets; b < SHAPE_BUCKETS; b++) set->bucket[b] = (uint32_t)n;
    return true;
}

/* --- the tests ------------------------------------------------------------------------------- */

/* Numbers for distinct sets. */
struct numbers {
    struct shape_set *set;
    size_t n, cap;
    uint16_t slot[1 << 12]; /* hash table, open addressing: number + 1, or 0 */
};

static bool number_of(struct numbers *numbers, const struct byteset *set, uint16_t *number) {
    const size_t mask = sizeof numbers->slot / sizeof *numbers->slot - 1;
    const uint64_t mix = (set->word[0] ^ set->word[1] * 3 ^ set->word[2] * 5 ^ set->word[3] * 7) *
                         UINT64_C(0x9e3779b97f4a7c15);
    struct byteset **sets = &numbers->set->sets;
    size_t slot = mix >> 52;
    for (; numbers->slot[slot] != 0; slot = (slot + 1) & mask) {
        *number = numbers->slot[slot] - 1;
        if (memcmp(&(*sets)[*number], set, sizeof *set) == 0) return true;
    }
    if (numbers->n == mask || !VEC_GROW(*sets, numbers->cap, numbers->n + 1)) return false;
    *number = (uint16_t)numbers->n;
    (*sets)[numbers->n++] = *set;
    numbers->slot[slot] = (uint16_t)numbers->n;
    return true;
}

static void allow(uint8_t mask[2][SHAPE_WINDOW], size_t i, uint8_t value) {
    mask[value >> 3][i] |= (uint8_t)(1u << (value & 7));
}

static bool is_allowed(uint8_t mask[2][SHAPE_WINDOW], size_t i, uint8_t value) {
    return mask[value >> 3][i] >> (value & 7) & 1;
}

/* Says whether exactly the bytes of the set pass the masks. */
static bool make_masks(struct shape_masks *masks, size_t i, const struct byteset *set) {
    for (unsigned c = 0; c < 256; c++) {
        if (!byteset_has(set, (uint8_t)c)) continue;
        allow(masks->kind, i, shape_view_of(SHAPE_BY_KIND, (uint8_t)c));
        allow(masks->low, i, shape_view_of(SHAPE_BY_LOW, (uint8_t)c));
        allow(masks->high, i, shape_view_of(SHAPE_BY_HIGH, (uint8_t)c));
    }
    bool is_exact = true;
    for (unsigned c = 0; c < 256; c++)
        is_exact &= byteset_has(set, (uint8_t)c) ||
                    !is_allowed(masks->kind, i, shape_view_of(SHAPE_BY_KIND, (uint8_t)c)) ||
                    !is_allowed(masks->low, i, shape_view_of(SHAPE_BY_LOW, (uint8_t)c)) ||
                    !is_allowed(masks->high, i, shape_view_of(SHAPE_BY_HIGH, (uint8_t)c));
    return is_exact;
}

static bool make_test(struct numbers *numbers, const struct shape *shape, struct shape_test *test) {
    enum { INEXACT, UNASKED, ASKED };
    static const uint8_t asked[SHAPE_WINDOW] = {1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0};
    const struct byteset all = byteset_all();
    uint8_t pass_of[SHAPE_WINDOW];
    *test = (struct shape_test){.id = shape->id, .n = shape->n, .at_start = shape->at_start};
    if (!number_of(numbers, &shape->lead, &test->lead)) return false;
    for (size_t i = 0; i < SHAPE_WINDOW; i++) {
        const struct byteset *set = i < shape->n ? &shape->window[i] : &all;
        uint8_t letter = 0;
        test->mask[i] = letter_mask(set, &letter);
        test->letter[i] = letter & test->mask[i];
        if (test->mask[i] != 0) test->n_letters = (uint8_t)(i + 1);
        pass_of[i] = !make_masks(&test->masks, i, set) ? INEXACT : asked[i] ? ASKED : UNASKED;
    }
    for (uint8_t pass = INEXACT; pass <= ASKED; pass++) {
        for (size_t i = 0; i < shape->n; i++) {
            if (pass_of[i] != pass || test->mask[i] != 0 ||
                memcmp(&shape->window[i], &all, sizeof all) == 0)
                continue;
            if (!number_of(numbers, &shape->window[i], &test->set[test->n_sets])) return false;
            test->at[test->n_sets++] = (uint8_t)i;
        }
        if (pass == INEXACT) test->n_inexact = test->n_sets;
    }
    return true;
}

static bool make_tests(struct shape_set *set, const struct shape *const *shapes) {
    struct numbers *numbers = (struct numbers *)calloc(1, sizeof *numbers);
    set->tests = (struct shape_test *)calloc(set->n, sizeof *set->tests);
    bool ok = numbers != NULL && set->tests != NULL;
    if (ok) numbers->set = set;
    for (size_t i = 0; ok && i < set->n; i++) ok = make_test(numbers, shapes[i], &set->tests[i]);
    free(numbers);
    return ok;
}

/* --- members --------------------------------------------------------------------------------- */

static struct byteset mark_set(const struct shape *shape, size_t mark) {
    if (mark == 0) return shape->lead;
    return mark <= shape->n ? shape->window[mark - 1] : byteset_all();
}

/* What asking each of the shapes for its own byte there tells more than the bucket's look did. */
static int mark_bits(const struct shape *const *shapes, size_t n, size_t mark) {
    static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;
    const bool is_looked_at = mark == 0 || memchr(offsets, (int)mark - 1, sizeof offsets) != NULL;
    struct byteset all = mark_set(shapes[0], mark);
    int bits = 0;
    for (size_t i = 0; i < n; i++) {
        const struct byteset set = mark_set(shapes[i], mark);
        all = byteset_union(all, set);
        bits += rarity_set_bits(&set);
    }
    return is_looked_at ? bits - (int)n * rarity_set_bits(&all) : bits;
}

static void make_members(struct shape_members *members, const struct shape *const *shapes,
                         size_t n) {
    bool taken[1 + SHAPE_WINDOW] = {false};
    for (size_t k = 0; k < SHAPE_MARKS; k++) {
        size_t best = 0;
        int most = -1;
        for (size_t mark = 0; mark <= SHAPE_WINDOW; mark++) {
            const int bits = taken[mark] ? -1 : mark_bits(shapes, n, mark);
            if (bits > most) best = mark, most = bits;
        }
        taken[best] = true;
        members->at[k] = (uint8_t)best;
        for (size_t i = 0; i < n; i++) {
            const struct byteset set = mark_set(shapes[i], best);
            const uint16_t bit =
                (uint16_t)(1u << (i < SHAPE_MEMBERS ? i : (size_t)SHAPE_MEMBERS - 1));
            for (unsigned c = 0; c < 256; c++)
                if (byteset_has(&set, (uint8_t)c)) members->can[k][c] |= bit;
        }
    }
}

/* --- letters --------------------------------------------------------------------------------- */

static struct shape_letters *letters_slot(struct shape_set *set, uint64_t letters) {
    size_t slot = shape_slot(set, letters);
    while (set->letters[slot].letters != 0 && set->letters[slot].letters != letters)
        slot = (slot + 1) & set->letters_mask;
    set->letters[slot].letters = letters;
    return &set->letters[slot];
}

/* Words of three letters; others by where they stand: where a word begins (most do, and there are
 * few such places), behind a letter, anywhere. */
static struct shape_words *words_of(struct shape_set *set, const struct shape *shape) {
    uint64_t letters;
    const bool letter = byteset_has(&shape->lead, 'e') || byteset_has(&shape->lead, 'E');
    if (spelled_letters(shape, &letters) == 3) return &set->words[3];
    return &set->words[!letter ? 0 : !byteset_has(&shape->lead, ' ') ? 1 : 2];
}

static void add_bytes(uint8_t table[128], const struct byteset *bytes) {
    for (unsigned c = 0; c < 256; c++)
        if (byteset_has(bytes, (uint8_t)c)) table[shape_byte((uint8_t)c) & 127] = 1;
}

/* The letter of the window's byte i as the vectors see it, or every one. */
static unsigned letters_at(const struct shape *shape, size_t i, uint8_t letters[128]) {
    unsigned n = 0;
    bool seen[256] = {false};
    for (unsigned c = 0; c < 256; c++) {
        const uint8_t letter = shape_byte((uint8_t)c) | 0x20;
        if ((i < shape->n && !byteset_has(&shape->window[i], (uint8_t)c)) || seen[letter]) continue;
        seen[letter] = true;
        letters[n++] = letter;
    }
    return n;
}

/* The first three letters are certain, the fourth may be any of some. */
static void add_word(struct shape_words *words, const struct shape *shape) {
    uint8_t a[128], b[128], c[128], d[128];
    letters_at(shape, 0, a);
    letters_at(shape, 1, b);
    letters_at(shape, 2, c);
    const unsigned n = letters_at(shape, 3, d);
    add_bytes(words->lead, &shape->lead);
    add_bytes(words->first, &shape->window[0]);
    words->three[c[0] >> 3 & 3][shape_pair(a[0], b[0])] |= (uint8_t)(1u << (c[0] & 7));
    for (unsigned i = 0; i < n; i++)
        words->four[d[i] >> 3 & 3][shape_pair(b[0], c[0])] |= (uint8_t)(1u << (d[i] & 7));
    words->n++;
}

static void set_bit(uint64_t *words, uint32_t bit) { words[bit / 64] |= UINT64_C(1) << (bit % 64); }

/* The fourth byte of a shape of three letters may be any of some. */
static void add_head(struct shape_set *set, bool behind, const struct shape *shape) {
    uint64_t letters;
    const size_t n = spelled_letters(shape, &letters), known = n < 4 ? 3 : n < 6 ? 4 : 6;
    const uint32_t three = (uint32_t)shape_letters_cut(letters, 3);
    for (uint32_t c = 0; c < 256; c++)
        if (shape->n == 3 || byteset_has(&shape->window[3], (uint8_t)c))
            set_bit(set->fours[behind], shape_four(three | (c | 0x20) << 24));
    set_bit(set->heads[known / 2 - 1][behind], shape_head(letters, known));
}

static bool may_stand_behind(const struct shape *shape, bool letter) {
    for (unsigned c = 0; c < 256; c++)
        if (byte_is_alpha((uint8_t)c) == letter && byteset_has(&shape->lead, (uint8_t)c))
            return true;
    return shape->at_start && !letter;
}

/* The hash table over the spelled shapes, from `first` on. */
static bool make_letters(struct shape_set *set, const struct shape *const *shapes, size_t first) {
    size_t size = 16, distinct = 0;
    uint64_t letters, before = 0;
    for (size_t i = first; i < set->n; i++, before = letters) {
        spelled_letters(shapes[i], &letters);
        distinct += letters != before;
    }
    while (size < 4 * distinct) size *= 2;
    set->letters = (struct shape_letters *)calloc(size, sizeof *set->letters);
    set->letters_mask = size - 1;
    if (set->letters == NULL) return false;
    for (size_t i = first; i < set->n; i++) {
        const size_t n = spelled_letters(shapes[i], &letters);
        struct shape_letters *slot = letters_slot(set, letters);
        if (slot->n++ == 0) slot->first = (uint32_t)i;
        if (n == 5 || n == 8)
            letters_slot(set, shape_letters_cut(letters, n == 5 ? 4 : 6))->longer |=
                (uint16_t)(1u << n);
        if (may_stand_behind(shapes[i], false)) add_head(set, false, shapes[i]);
        if (may_stand_behind(shapes[i], true)) add_head(set, true, shapes[i]);
        add_word(words_of(set, shapes[i]), shapes[i]);
    }
    return true;
}

struct shape_set *shape_set_new(const struct shape *shapes, size_t n) {
    struct shape_set *set = (struct shape_set *)calloc(1, sizeof *set);
    if (set == NULL || n == 0) return set;
    set->n = n;
    const struct shape **order = (const struct shape **)calloc(n, sizeof *order);
    bool ok = order != NULL;
    if (ok) {
        size_t listed = 0;
        for (size_t i = 0; i < n; i++) order[i] = &shapes[i];
        qsort(order, n, sizeof *order, compare_shapes);
        for (uint64_t letters; listed < n; listed++)
            if (spelled_letters(order[listed], &letters) > 0) break;
        ok = make_buckets(set, order, listed) && make_sieves(set) && make_tests(set, order) &&
             make_letters(set, order, listed);
        for (size_t b = 0; ok && b < 8 * SHAPE_LANES; b++)
            if (set->bucket[b] < set->bucket[b + 1])
                make_members(&set->members[b], order + set->bucket[b],
                             set->bucket[b + 1] - set->bucket[b]);
    }
    free(order);
    if (ok) return set;
    shape_set_free(set);
    return NULL;
}

void shape_set_free(struct shape_set *set) {
    if (set == NULL) return;
    free(set->tests);
    free(set->sets);
    free(set->letters);
    free(set);
}

/* --- finding --------------------------------------------------------------------------------- */

size_t shape_find_portable(const struct shape_set *set, uint64_t wanted, struct slice text,
                           size_t *from, struct shape_place *places, size_t cap) {
    size_t n = 0, i = *from;
    for (; i < text.len && n < cap; i++) {
        const uint64_t buckets = shape_buckets_at(set, text, i) & wanted;
        if (buckets != 0) places[n++] = (struct shape_place){(uint32_t)i, buckets};
    }
    *from = i;
    return n;
}

static uint32_t ask_portable(const struct shape_set *set, struct slice text, size_t at,
                             size_t first, uint32_t which) {
    uint32_t stand = 0;
    for (; which != 0; which &= which - 1)
        if (shape_stands(set, &set->tests[first + (size_t)__builtin_ctz(which)], text, at))
            stand |= which & -which;
    return stand;
}

shape_asker shape_ask(enum cpu_level level) {
    const shape_asker ask = level >= CPU_AVX2 ? shape_ask_avx2() : NULL;
    return ask != NULL ? ask : ask_portable;
}

shape_finder shape_find(enum cpu_level level) {
    shape_finder find = level >= CPU_AVX512 ? shape_find_avx512() : NULL;
    if (find == NULL && level >= CPU_AVX2) find = shape_find_avx2();
    return find != NULL ? find : shape_find_portable;
}
