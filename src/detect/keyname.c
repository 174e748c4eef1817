/* SPDX-License-Identifier: Apache-2.0 */
/* One open-addressed table over the joined words of all keys, plain and `*_x` alike.
 *
 * A name is read once from its end to its start: bytes of words go, in lower case, to the back of a
 * small buffer and into the hash, so that at each start of a word both the suffix's text and its
 * hash are ready:
 *
 *     githubAccessToken          "token"  "accesstoken"  "githubaccesstoken"
 *                  ^ 1st probe   ^ 2nd    ^ 3rd, may be a plain key too
 *
 * Before that a set of the last four bytes of all keys, five bits of each (which is letters without
 * case), turns down most names.
 *
 * The hash is FNV-1a (64 bits, Fowler, Noll and Vo), folded by a multiplication; the table's keys
 * come from rules, never from logs, so nobody can choose collisions in it. */
#include "detect/keyname.h"

#include "base/byteset.h"

#include <stdlib.h>

enum { MAX_SUFFIX_WORDS = 6, TAIL_LEN = 4, TAIL_BITS = 1 << 16 };
/* Beside a rule in index->rules: the key is one of those that are not meant. */
static const uint32_t not_meant = 1u << 31;

/* One key of one rule while the index is built. */
struct keyname_item {
    struct slice joined; /* in the index's arena */
    bool is_suffix;
    uint32_t rule; /* with not_meant */
};

/* The rules of one joined text: those with a plain key, then those with `*_x`; ranges of
 * index->rules. */
struct keyname_entry {
    struct slice joined; /* len 0: the slot is free */
    uint64_t hash;
    uint32_t exact, n_exact;
    uint32_t suffix, n_suffix;
};

struct keyname_index {
    struct keyname_entry *slots;
    size_t mask; /* number of slots - 1 */
    uint32_t *rules;
    struct byteset last;            /* last bytes of names that can match */
    uint64_t tails[TAIL_BITS / 64]; /* by tail_bit: last bytes of joined keys */
    bool has_short[TAIL_LEN];       /* by length: joined keys shorter than a tail */
    struct arena arena;
};

static const uint64_t hash_start = 0xcbf29ce484222325u, hash_prime = 0x100000001b3u;

static inline uint64_t hash_byte(uint64_t hash, uint8_t c) { return (hash ^ c) * hash_prime; }
static inline size_t hash_slot(uint64_t hash, size_t mask) {
    return (size_t)((hash * 0x9e3779b97f4a7c15u) >> 32) & mask;
}

/* Bytes of words: letters, digits and whatever is not ASCII. */
static inline bool is_word_byte(uint8_t c) { return byte_is_alnum(c) || c >= 0x80; }
static inline bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static inline bool is_lower(uint8_t c) { return (c >= 'a' && c <= 'z') || c >= 0x80; }

/* A word begins at byte `i` of `name`, which is a byte of a word. */
static inline bool starts_word(struct slice name, size_t i) {
    if (i == 0 || !is_word_byte(name.ptr[i - 1])) return true;
    if (!is_upper(name.ptr[i])) return false;
    if (!is_upper(name.ptr[i - 1])) return true; /* lower|Upper, 2|Upper */
    return i + 1 < name.len && is_lower(name.ptr[i + 1]);
}

/* ---- building ---- */

/* `key` as rules write it, without `*_`: its words joined in lower case. ptr NULL: out of memory.
 */
static struct slice join_words(struct arena *arena, struct slice key) {
    uint8_t *joined = arena_alloc(arena, key.len + 1);
    size_t len = 0;
    if (joined == NULL) return slice_of(NULL, 0);
    for (size_t i = 0; i < key.len; i++)
        if (is_word_byte(key.ptr[i])) joined[len++] = byte_lower(key.ptr[i]);
    return slice_of(joined, len);
}

static int item_compare(const void *left, const void *right) {
    const struct keyname_item *a = left, *b = right;
    const size_t shorter = a->joined.len < b->joined.len ? a->joined.len : b->joined.len;
    const int order = shorter == 0 ? 0 : memcmp(a->joined.ptr, b->joined.ptr, shorter);
    if (order != 0) return order;
    if (a->joined.len != b->joined.len) return a->joined.len < b->joined.len ? -1 : 1;
    if (a->is_suffix != b->is_suffix) return a->is_suffix ? 1 : -1;
    return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* All keys of all rules, sorted. NULL: out of memory. */
static struct keyname_item *collect(struct keyname_index *index, const struct rule_set *set,
                                    size_t *n) {
    size_t total = 0;
    for (size_t r = 0; r < set->n; r++) total += set->rules[r].n_keys;
    struct keyname_item *items = malloc(sizeof *items * (total + 1));
    if (items == NULL) return NULL;
    *n = 0;
    for (size_t r = 0; r < set->n; r++) {
        for (size_t k = 0; k < set->rules[r].n_keys; k++) {
            struct slice key = set->rules[r].keys[k];
            const bool is_not = slice_starts(key, SLICE("!"));
            if (is_not) key = slice_sub(key, 1, key.len);
            const bool is_suffix = slice_starts(key, SLICE("*_"));
            if (is_suffix) key = slice_sub(key, 2, key.len);
            const struct slice joined = join_words(&index->arena, key);
            if (joined.ptr == NULL) {
                free(items);
                return NULL;
            }
            if (joined.len == 0) continue;
            const uint32_t rule = (uint32_t)r | (is_not ? not_meant : 0);
            items[(*n)++] = (struct keyname_item){joined, is_suffix, rule};
        }
    }
    qsort(items, *n, sizeof *items, item_compare);
    return items;
}

/* The bit of a key's last `n` bytes, or of those `n` bytes as a whole key. */
static inline size_t tail_bit(const uint8_t *end, size_t n, bool is_whole) {
    uint32_t bits = (uint32_t)n << 1 | is_whole;
    for (size_t i = 1; i <= n; i++) bits = bits << 5 | (end[-(ptrdiff_t)i] & 31u);
    return bits * 0x9e3779b1u >> 16;
}

static inline bool has_tail(const struct keyname_index *index, const uint8_t *end, size_t n,
                            bool is_whole) {
    const size_t bit = tail_bit(end, n, is_whole);
    return index->tails[bit / 64] >> (bit % 64) & 1;
}

static void add_tail(struct keyname_index *index, struct slice joined, size_t n, bool is_whole) {
    const size_t bit = tail_bit(joined.ptr + joined.len, n, is_whole);
    index->tails[bit / 64] |= 1ull << (bit % 64);
}

static void add_tails(struct keyname_index *index, struct slice joined) {
    for (size_t n = 1; n <= TAIL_LEN && n <= joined.len; n++) add_tail(index, joined, n, false);
    if (joined.len >= TAIL_LEN) return;
    add_tail(index, joined, joined.len, true);
    index->has_short[joined.len] = true;
}

/* False: no key ends like these bytes, the last of a name. Its last word may be shorter than a
 * tail. Separators and digits are not judged. */
static inline bool tail_may_match(const struct keyname_index *index, struct slice name) {
    const uint8_t *end = name.ptr + name.len;
    size_t n = 0;
    while (n < TAIL_LEN && n < name.len && is_word_byte(end[-(ptrdiff_t)n - 1])) n++;
    if (n == 0 || byte_is_digit(end[-1]) || has_tail(index, end, n, false)) return true;
    for (size_t less = 1; less < n; less++)
        if (index->has_short[less] && has_tail(index, end, less, true)) return true;
    return false;
}

static void insert(struct keyname_index *index, struct keyname_entry entry) {
    entry.hash = hash_start;
    for (size_t i = entry.joined.len; i-- > 0;)
        entry.hash = hash_byte(entry.hash, entry.joined.ptr[i]);
    size_t slot = hash_slot(entry.hash, index->mask);
    while (index->slots[slot].joined.len > 0) slot = (slot + 1) & index->mask;
    index->slots[slot] = entry;
    const uint8_t last = entry.joined.ptr[entry.joined.len - 1];
    add_tails(index, entry.joined);
    byteset_add(&index->last, last);
    if (last >= 'a' && last <= 'z') byteset_add(&index->last, (uint8_t)(last - 32));
}

/* Writes the rules of the sorted items in groups of equal text. */
static void fill(struct keyname_index *index, const struct keyname_item *items, size_t n) {
    uint32_t used = 0;
    for (size_t i = 0; i < n;) {
        struct keyname_entry entry = {.joined = items[i].joined, .exact = used};
        size_t end = i;
        for (; end < n && slice_eq(items[end].joined, entry.joined); end++) {
            if (end > i && item_compare(&items[end], &items[end - 1]) == 0) continue;
            index->rules[used++] = items[end].rule;
            if (items[end].is_suffix)
                entry.n_suffix++;
            else
                entry.n_exact++;
        }
        entry.suffix = entry.exact + entry.n_exact;
        insert(index, entry);
        i = end;
    }
    if (n == 0) return;
    /* Digits and separators behind a name are looked through. */
    for (unsigned c = 0; c < 0x80; c++)
        if (!byte_is_alpha((uint8_t)c)) byteset_add(&index->last, (uint8_t)c);
}

struct keyname_index *keyname_index_new(const struct rule_set *set) {
    struct keyname_index *index = calloc(1, sizeof *index);
    if (index == NULL) return NULL;
    arena_init(&index->arena);
    size_t n = 0, n_slots = 16;
    struct keyname_item *items = collect(index, set, &n);
    if (items == NULL) goto out;
    while (n_slots < n * 4) n_slots *= 2;
    index->mask = n_slots - 1;
    index->slots = ARENA_ARRAY(&index->arena, struct keyname_entry, n_slots);
    index->rules = ARENA_ARRAY(&index->arena, uint32_t, n + 1);
    if (index->slots == NULL || index->rules == NULL) goto out;
    fill(index, items, n);
    free(items);
    return index;
out:
    free(items);
    keyname_index_free(index);
    return NULL;
}

void keyname_index_free(struct keyname_index *index) {
    if (index == NULL) return;
    arena_fini(&index->arena);
    free(index);
}

/* ---- asking ---- */

struct found {
    uint32_t *rules; /* ascending, no duplicates */
    size_t n, cap;
    uint32_t refused[16]; /* more than these are found after all */
    size_t n_refused;
};

static void found_add(struct found *found, const uint32_t *rules, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (rules[i] & not_meant) {
            if (found->n_refused < sizeof found->refused / sizeof found->refused[0])
                found->refused[found->n_refused++] = rules[i] & ~not_meant;
            continue;
        }
        size_t at = found->n;
        while (at > 0 && found->rules[at - 1] > rules[i]) at--;
        if (at > 0 && found->rules[at - 1] == rules[i]) continue;
        if (at == found->cap) return; /* the rest is larger still */
        if (found->n < found->cap) found->n++;
        memmove(found->rules + at + 1, found->rules + at, sizeof *rules * (found->n - at - 1));
        found->rules[at] = rules[i];
    }
}

/* Without those a key with `!` refused. Returns how many are left. */
static size_t found_end(struct found *found) {
    for (size_t k = 0; k < found->n_refused; k++) {
        size_t kept = 0;
        for (size_t i = 0; i < found->n; i++)
            if (found->rules[i] != found->refused[k]) found->rules[kept++] = found->rules[i];
        found->n = kept;
    }
    return found->n;
}

static const struct keyname_entry *look_up(const struct keyname_index *index, uint64_t hash,
                                           struct slice joined) {
    for (size_t slot = hash_slot(hash, index->mask);; slot = (slot + 1) & index->mask) {
        const struct keyname_entry *entry = &index->slots[slot];
        if (entry->joined.len == 0) return NULL;
        if (entry->hash == hash && slice_eq(entry->joined, joined)) return entry;
    }
}

/* Looks up the words of name[0 .. end), last word first. */
static void find_words(const struct keyname_index *index, struct slice name, size_t end,
                       struct found *found) {
    uint8_t joined[KEYNAME_MAX];
    size_t from = KEYNAME_MAX, first = 0;
    unsigned n_words = 0;
    uint64_t hash = hash_start;
    while (first < end && !is_word_byte(name.ptr[first])) first++;
    for (size_t i = end; i-- > first;) {
        if (!is_word_byte(name.ptr[i])) continue;
        joined[--from] = byte_lower(name.ptr[i]);
        hash = hash_byte(hash, joined[from]);
        if (!starts_word(name, i) || (++n_words > MAX_SUFFIX_WORDS && i != first)) continue;
        const struct keyname_entry *entry =
            look_up(index, hash, slice_of(joined + from, KEYNAME_MAX - from));
        if (entry == NULL) continue;
        if (i == first) found_add(found, index->rules + entry->exact, entry->n_exact);
        if (n_words <= MAX_SUFFIX_WORDS)
            found_add(found, index->rules + entry->suffix, entry->n_suffix);
    }
}

size_t keyname_find(const struct keyname_index *index, struct slice name, uint32_t *rules,
                    size_t cap) {
    struct found found = {.rules = rules, .cap = cap};
    if (name.len == 0 || name.len > KEYNAME_MAX || cap == 0) return 0;
    size_t end = name.len;
    while (end > 0 && !is_word_byte(name.ptr[end - 1])) end--;
    if (end == 0 || !byteset_has(&index->last, name.ptr[end - 1])) return 0;
    if (!tail_may_match(index, slice_sub(name, 0, end))) return 0;
    find_words(index, name, end, &found);
    if (!byte_is_digit(name.ptr[end - 1])) return found_end(&found);
    while (end > 0 && (byte_is_digit(name.ptr[end - 1]) || !is_word_byte(name.ptr[end - 1]))) end--;
    if (end > 0) find_words(index, name, end, &found);
    return found_end(&found);
}

bool keyname_may_end(const struct keyname_index *index, struct slice text) {
    return text.len > 0 && byteset_has(&index->last, text.ptr[text.len - 1]) &&
           tail_may_match(index, text);
}
