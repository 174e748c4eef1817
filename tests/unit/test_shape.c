/* SPDX-License-Identifier: Apache-2.0 */
/* The finders of all CPU levels against a naive search: every alignment, every length to 200, the
 * end on a guard page. */
#include "detect/shape.h"

#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

enum { MAX_LEN = 3000, MAX_PLACES = 8192, MAX_SHAPES = 200 };

static uint8_t *page_end;

static int setup(void **state) {
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) return -1;
    page_end = pages + page;
    return 0;
}

struct shapes {
    struct shape item[MAX_SHAPES];
    size_t n;
    struct shape_set *set;
};

static const char alphabet[] = "aAbBc0019.:@/- \n\"\x80\xff";

static struct byteset random_set(uint64_t *seed, unsigned share) {
    struct byteset set = {{0}};
    for (size_t i = 0; i < sizeof alphabet; i++)
        if (test_random(seed) % 8 < share) byteset_add(&set, (uint8_t)alphabet[i]);
    return test_random(seed) % 16 == 0 ? byteset_complement(set) : set;
}

/* One letter, or one of either case: what makes shapes spelled. */
static struct byteset random_letter(uint64_t *seed) {
    struct byteset set = {{0}};
    const char c = "abc01.@"[test_random(seed) % 7];
    byteset_add(&set, (uint8_t)c);
    if (c >= 'a' && test_random(seed) % 2) byteset_add(&set, (uint8_t)c ^ 0x20);
    return set;
}

static void make_shapes(struct shapes *shapes, size_t n, uint64_t *seed) {
    memset(shapes->item, 0, sizeof shapes->item);
    shapes->n = n;
    for (size_t i = 0; i < n; i++) {
        struct shape *shape = &shapes->item[i];
        shape->id = (uint32_t)i;
        shape->n = (uint8_t)(1 + test_random(seed) % SHAPE_WINDOW);
        const unsigned share = shape->n < 4 ? 3 : 6;
        const bool is_spelled = test_random(seed) % 2;
        for (size_t k = 0; k < shape->n; k++)
            shape->window[k] = is_spelled && k < 9 ? random_letter(seed) : random_set(seed, share);
        shape->lead = test_random(seed) % 2 ? byteset_all() : random_set(seed, 4);
        shape->at_start = test_random(seed) % 2;
    }
    shape_set_free(shapes->set);
    shapes->set = shape_set_new(shapes->item, n);
    assert_non_null(shapes->set);
}

static bool stands_at(const struct shape *shape, struct slice text, size_t at) {
    if (at == 0 ? !shape->at_start : !byteset_has(&shape->lead, text.ptr[at - 1])) return false;
    for (size_t k = 0; k < shape->n; k++)
        if (at + k >= text.len || !byteset_has(&shape->window[k], text.ptr[at + k])) return false;
    return true;
}

static size_t n_found, n_spelled;

/* Shape `s` of the set stands at `at`: is its place among those reported? */
static bool is_reported(const struct shape_set *set, size_t s, struct slice text, size_t at,
                        const struct shape_place *places, size_t n) {
    size_t i = 0;
    while (i < n && places[i].at != at) i++;
    if (i == n) return false;
    for (size_t b = 0; b + 1 < SHAPE_BUCKETS; b++)
        if (places[i].buckets >> b & 1 && set->bucket[b] <= s && s < set->bucket[b + 1])
            return true;
    static const uint8_t head_of[9] = {[3] = 1, [4] = 2, [5] = 2, [6] = 4, [8] = 4};
    const uint64_t letters = shape_letters_at(text, at),
                   spells = places[i].buckets >> SHAPE_SPELLED_AT;
    n_spelled += spells != 0;
    for (size_t len = 3; len <= 8; len++) {
        if ((spells & head_of[len]) == 0) continue;
        const struct shape_letters found = shape_spelled(set, shape_letters_cut(letters, len));
        if (found.first <= s && s < found.first + found.n) return true;
    }
    return false;
}

static void check(const struct shapes *shapes, struct slice text, size_t from, size_t cap) {
    static struct shape_place places[MAX_PLACES];
    const struct shape_set *set = shapes->set;
    for (enum cpu_level level = CPU_PORTABLE; level <= cpu_detect(); level++) {
        size_t n = 0, at = from;
        while (at < text.len) {
            const size_t more = shape_find(level)(set, UINT64_MAX, text, &at, places + n, cap);
            assert_true(more <= cap);
            n += more;
        }
        for (size_t i = 1; i < n; i++) assert_true(places[i - 1].at < places[i].at);
        assert_true(n == 0 || (places[0].at >= from && places[n - 1].at < text.len));
        for (at = from; at < text.len; at++)
            for (size_t s = 0; s < set->n; s++) {
                const bool stands = stands_at(&shapes->item[set->tests[s].id], text, at);
                assert_int_equal(shape_stands(set, &set->tests[s], text, at), stands);
                assert_int_equal(shape_ask(level)(set, text, at, s, 1), stands);
                if (!stands) continue;
                n_found++;
                assert_true(is_reported(set, s, text, at, places, n));
            }
    }
}

static void fill(uint8_t *dst, size_t len, uint64_t *seed) {
    const bool is_any = test_random(seed) % 8 == 0;
    for (size_t i = 0; i < len; i++) {
        const uint64_t r = test_random(seed);
        dst[i] = is_any ? (uint8_t)r : (uint8_t)alphabet[r % (sizeof alphabet - 1)];
    }
}

static void every_length_at_every_alignment(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static struct shapes shapes;
    for (size_t align = 0; align < 64; align++) {
        make_shapes(&shapes, 1 + align % 20, &seed);
        for (size_t len = 0; len <= 200; len++) {
            uint8_t *src = page_end - MAX_LEN + align;
            fill(src, len, &seed);
            check(&shapes, slice_of(src, len), 0, SHAPE_MIN_PLACES);
        }
    }
    assert_true(n_found > 10000);
    assert_true(n_spelled > 100);
}

static void ends_on_a_guard_page(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static struct shapes shapes;
    for (unsigned round = 0; round < 20; round++) {
        make_shapes(&shapes, 1 + test_random(&seed) % 20, &seed);
        for (size_t len = 0; len <= 200; len++) {
            fill(page_end - len, len, &seed);
            check(&shapes, slice_of(page_end - len, len), 0, SHAPE_MIN_PLACES);
        }
    }
}

static void from_the_middle(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static struct shapes shapes;
    for (unsigned round = 0; round < 100; round++) {
        make_shapes(&shapes, 1 + test_random(&seed) % 20, &seed);
        const size_t len = MAX_LEN - test_random(&seed) % 200;
        fill(page_end - len, len, &seed);
        check(&shapes, slice_of(page_end - len, len), test_random(&seed) % (len + 1),
              SHAPE_MIN_PLACES + test_random(&seed) % 100);
    }
}

/* More than there are buckets. */
static void many_shapes(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static struct shapes shapes;
    for (unsigned round = 0; round < 4; round++) {
        make_shapes(&shapes, MAX_SHAPES, &seed);
        fill(page_end - MAX_LEN, MAX_LEN, &seed);
        check(&shapes, slice_of(page_end - MAX_LEN, MAX_LEN), 0, 500);
    }
}

/* Every place has a shape, and none has. */
static void all_or_nothing(void **state) {
    (void)state;
    static struct shapes shapes;
    shapes = (struct shapes){.n = 1, .item[0] = {.n = 1, .at_start = true, .lead = byteset_all()}};
    byteset_add(&shapes.item[0].window[0], 'x');
    shapes.set = shape_set_new(shapes.item, 1);
    assert_non_null(shapes.set);
    memset(page_end - MAX_LEN, 'x', MAX_LEN);
    check(&shapes, slice_of(page_end - MAX_LEN, MAX_LEN), 0, SHAPE_MIN_PLACES);
    memset(page_end - MAX_LEN, 'y', MAX_LEN);
    check(&shapes, slice_of(page_end - MAX_LEN, MAX_LEN), 0, SHAPE_MIN_PLACES);
    shape_set_free(shapes.set);
}

/* Without this the comparison of levels could compare the portable finder with itself. */
static void levels_are_what_they_say(void **state) {
    (void)state;
    for (enum cpu_level level = CPU_AVX2; level <= cpu_detect(); level++)
        assert_ptr_not_equal(shape_find(level), shape_find(level - 1));
    if (cpu_detect() == CPU_AVX512) return;
    print_message("this machine has no AVX-512 VBMI: not all finders were run\n");
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_at_every_alignment),
        cmocka_unit_test(ends_on_a_guard_page),
        cmocka_unit_test(from_the_middle),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(many_shapes),
        cmocka_unit_test(levels_are_what_they_say),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
