/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "test.h"

static void blocks_are_zero_aligned_and_apart(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    uint64_t seed = test_seed();
    for (int round = 0; round < 20; round++) {
        struct {
            uint8_t *ptr;
            size_t len;
        } block[200];
        for (size_t i = 0; i < 200; i++) {
            const size_t len = test_random(&seed) % (i % 17 == 0 ? 100000 : 300);
            uint8_t *ptr = arena_alloc(&arena, len);
            assert_non_null(ptr);
            assert_int_equal((uintptr_t)ptr % 16, 0);
            for (size_t k = 0; k < len; k++) assert_int_equal(ptr[k], 0);
            memset(ptr, (int)i + 1, len);
            block[i].ptr = ptr;
            block[i].len = len;
        }
        for (size_t i = 0; i < 200; i++)
            for (size_t k = 0; k < block[i].len; k++)
                assert_int_equal(block[i].ptr[k], (uint8_t)(i + 1));
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

static void rewind_gives_back_the_rest_only(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct arena_mark empty = arena_mark(&arena);
    const struct slice kept = arena_copy(&arena, SLICE("kept"));
    const struct arena_mark mark = arena_mark(&arena);
    const void *first = arena_alloc(&arena, 64);
    for (int i = 0; i < 50; i++) assert_non_null(arena_alloc(&arena, 5000));
    arena_rewind(&arena, mark);
    assert_ptr_equal(arena_alloc(&arena, 64), first);
    assert_true(slice_eq_str(kept, "kept"));
    assert_int_equal(kept.ptr[4], 0);
    arena_rewind(&arena, empty);
    assert_ptr_equal(arena_alloc(&arena, 5), kept.ptr);
    arena_fini(&arena);
}

/* The same work after a reset takes the same memory: nothing is allocated in steady state. */
static void reset_keeps_memory(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const void *seen[40];
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < 40; i++) {
            const void *ptr = arena_alloc(&arena, 1000 * i);
            if (round > 0) assert_ptr_equal(ptr, seen[i]);
            seen[i] = ptr;
        }
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

static void odd_requests(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_reset(&arena);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_copy(&arena, slice_of("", SIZE_MAX / 2)).ptr);
    const struct slice none = arena_copy(&arena, slice_of(NULL, 0));
    assert_non_null(none.ptr);
    assert_int_equal(none.len, 0);
    assert_non_null(arena_alloc(&arena, 0));
    arena_fini(&arena);
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zero_aligned_and_apart),
        cmocka_unit_test(rewind_gives_back_the_rest_only),
        cmocka_unit_test(reset_keeps_memory),
        cmocka_unit_test(odd_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
