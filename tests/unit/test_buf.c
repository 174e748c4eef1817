/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "test.h"

static void appends_in_order(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    assert_true(buf_str(&buf, "ab"));
    assert_true(buf_byte(&buf, 'c'));
    assert_true(buf_slice(&buf, SLICE("")));
    assert_true(buf_slice(&buf, slice_of(NULL, 0)));
    assert_true(buf_printf(&buf, "%d-%s", 42, "x"));
    for (int i = 0; i < 1000; i++) assert_true(buf_append(&buf, "0123456789", 10));
    assert_int_equal(buf.len, 7 + 10000);
    assert_memory_equal(buf.ptr, "abc42-x0123", 11);
    assert_memory_equal(buf.ptr + buf.len - 10, "0123456789", 10);
    const size_t cap = buf.cap;
    buf_reset(&buf);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.cap, cap); /* memory is kept */
    buf_fini(&buf);
}

static void cap_is_kept_and_failure_sticks(void **state) {
    (void)state;
    for (size_t max = 1; max < 200; max++) {
        struct buf buf;
        buf_init(&buf, max);
        for (size_t i = 0; i < max; i++) assert_true(buf_byte(&buf, (uint8_t)i));
        assert_false(buf_byte(&buf, 'x'));
        assert_true(buf.failed);
        assert_int_equal(buf.len, max);
        assert_true(buf.cap <= max);
        assert_false(buf_append(&buf, NULL, 0));
        buf_reset(&buf);
        assert_false(buf.failed);
        assert_true(buf_printf(&buf, "%*s", (int)max, "")); /* just fits, NUL or not */
        assert_false(buf_printf(&buf, "1"));
        buf_fini(&buf);
    }
}

static void absurd_sizes_fail(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    assert_true(buf_str(&buf, "x"));
    assert_false(buf_reserve(&buf, SIZE_MAX));
    buf_reset(&buf);
    assert_null(buf_extend(&buf, SIZE_MAX / 2 + 1));
    assert_true(buf.failed);
    buf_fini(&buf);
}

static void vectors_grow(void **state) {
    (void)state;
    uint32_t *items = NULL;
    size_t cap = 0;
    for (uint32_t n = 0; n < 1000; n++) {
        assert_true(VEC_GROW(items, cap, n + 1u));
        items[n] = n;
    }
    for (uint32_t n = 0; n < 1000; n++) assert_int_equal(items[n], n);
    const uint32_t *before = items;
    assert_false(VEC_GROW(items, cap, SIZE_MAX));
    assert_false(VEC_GROW(items, cap, SIZE_MAX / 4));
    assert_ptr_equal(items, before);
    assert_int_equal(items[999], 999);
    free(items);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_in_order),
        cmocka_unit_test(cap_is_kept_and_failure_sticks),
        cmocka_unit_test(absurd_sizes_fail),
        cmocka_unit_test(vectors_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
