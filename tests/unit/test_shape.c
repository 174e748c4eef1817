/* SPDX-License-Identifier: Apache-2.0 */
/* The finders of all CPU levels against a naive search: every alignment, every length to 200, the
 * end on a guard page. */
#include "detect/shape.h"

#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

enum { MAX_LEN = 3000, MAX_PLACES = 4096 };

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

struct shape {
    struct byteset window[SHAPE_WINDOW], lead;
    size_t n;
    bool at_start;
};

struct shapes {
    struct shape item[SHAPES_A_TABLE];
    size_t n;
    struct shape_table table;
};

static const char alphabet[] = "aabc0019.:@/- \n\"\x80\xff";

static struct byteset random_set(uint64_t *seed, unsigned share) {
    struct byteset set = {{0}};
    for (size_t i = 0; i < sizeof alphabet; i++)
        if (test_random(seed) % 8 < share) byteset_add(&set, (uint8_t)alphabet[i]);
    return test_random(seed) % 16 == 0 ? byteset_complement(set) : set;
}

static void make_shapes(struct shapes *shapes, size_t n, uint64_t *seed) {
    memset(shapes, 0, sizeof *shapes);
    shapes->n = n;
    for (size_t i = 0; i < n; i++) {
        struct shape *shape = &shapes->item[i];
        shape->n = 1 + test_random(seed) % SHAPE_WINDOW;
        const unsigned share = shape->n < 4 ? 3 : 6;
        for (size_t k = 0; k < shape->n; k++) shape->window[k] = random_set(seed, share);
        shape->lead = test_random(seed) % 2 ? byteset_all() : random_set(seed, 4);
        shape->at_start = test_random(seed) % 2;
        shape_add(&shapes->table, (unsigned)i, shape->window, shape->n, shape->lead,
                  shape->at_start);
    }
    shape_finish(&shapes->table);
}

static bool stands_at(const struct shape *shape, struct slice text, size_t at) {
    if (at == 0 ? !shape->at_start : !byteset_has(&shape->lead, text.ptr[at - 1])) return false;
    for (size_t k = 0; k < shape->n; k++)
        if (at + k >= text.len || !byteset_has(&shape->window[k], text.ptr[at + k])) return false;
    return true;
}

static size_t naive(const struct shapes *shapes, struct slice text, size_t from,
                    struct shape_place *places) {
    size_t n = 0;
    for (size_t at = from; at < text.len; at++) {
        uint64_t found = 0;
        for (size_t i = 0; i < shapes->n; i++)
            if (stands_at(&shapes->item[i], text, at)) found |= UINT64_C(1) << i;
        if (found != 0) places[n++] = (struct shape_place){(uint32_t)at, found};
    }
    return n;
}

static size_t n_found;

static void check(const struct shapes *shapes, struct slice text, size_t from, size_t cap) {
    static struct shape_place want[MAX_PLACES], got[MAX_PLACES];
    const size_t n_want = naive(shapes, text, from, want);
    n_found += n_want;
    for (enum cpu_level level = CPU_PORTABLE; level <= cpu_detect(); level++) {
        size_t n = 0, at = from;
        while (at < text.len) {
            const size_t more = shape_find(level)(&shapes->table, text, &at, got + n, cap);
            assert_true(more <= cap);
            n += more;
        }
        assert_int_equal(n, n_want);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(got[i].at, want[i].at);
            assert_true(got[i].shapes == want[i].shapes);
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
        make_shapes(&shapes, align + 1, &seed);
        for (size_t len = 0; len <= 200; len++) {
            uint8_t *src = page_end - MAX_LEN + align;
            fill(src, len, &seed);
            check(&shapes, slice_of(src, len), 0, SHAPE_MIN_PLACES);
        }
    }
    assert_true(n_found > 10000);
}

static void ends_on_a_guard_page(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    static struct shapes shapes;
    for (unsigned round = 0; round < 20; round++) {
        make_shapes(&shapes, 1 + test_random(&seed) % SHAPES_A_TABLE, &seed);
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

/* Every place has a shape, and none has. */
static void all_or_nothing(void **state) {
    (void)state;
    static struct shapes shapes;
    shapes = (struct shapes){.n = 1, .item[0] = {.n = 1, .at_start = true, .lead = byteset_all()}};
    byteset_add(&shapes.item[0].window[0], 'x');
    shape_add(&shapes.table, 0, shapes.item[0].window, 1, byteset_all(), true);
    shape_finish(&shapes.table);
    memset(page_end - MAX_LEN, 'x', MAX_LEN);
    check(&shapes, slice_of(page_end - MAX_LEN, MAX_LEN), 0, SHAPE_MIN_PLACES);
    memset(page_end - MAX_LEN, 'y', MAX_LEN);
    check(&shapes, slice_of(page_end - MAX_LEN, MAX_LEN), 0, SHAPE_MIN_PLACES);
}

/* Without this the comparison of levels could compare the portable finder with itself. */
static void avx2_is_what_it_says(void **state) {
    (void)state;
    if (cpu_detect() < CPU_AVX2) {
        print_message("this machine has no AVX2: its finder was not run\n");
        skip();
    }
    assert_ptr_not_equal(shape_find(CPU_AVX2), shape_find(CPU_PORTABLE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_at_every_alignment),
        cmocka_unit_test(ends_on_a_guard_page),
        cmocka_unit_test(from_the_middle),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(avx2_is_what_it_says),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
