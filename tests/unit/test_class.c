/* SPDX-License-Identifier: Apache-2.0 */
/* The class table: names are found, ranks and sensitivities agree with the privacy policy's order.
 */
#include "detect/class.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_names(void **state) {
    (void)state;
    for (int i = 0; i < N_CLASSES; i++) {
        const struct slice name = slice_str(data_classes[i].name);
        assert_int_equal(class_find(name), i);
        assert_true(name.len > 0 && name.len <= 32);
        for (size_t k = 0; k < name.len; k++)
            assert_true((name.ptr[k] >= 'a' && name.ptr[k] <= 'z') || name.ptr[k] == '_' ||
                        byte_is_digit(name.ptr[k]));
    }
    assert_int_equal(class_find(SLICE("ipv4")), CLASS_ipv4);
    assert_int_equal(class_find(SLICE("IPv4")), -1);
    assert_int_equal(class_find(SLICE("ipv")), -1);
    assert_int_equal(class_find(SLICE("ipv44")), -1);
    assert_int_equal(class_find(SLICE("")), -1);
}

/* The verdict of the public header has two words of class bits. */
static void test_count(void **state) {
    (void)state;
    assert_true(N_CLASSES <= 128);
}

static void test_restricted_come_first(void **state) {
    (void)state;
    for (int i = 1; i < N_CLASSES; i++)
        assert_true(data_classes[i].sensitivity <= data_classes[i - 1].sensitivity);
    for (int i = 0; i < N_CLASSES; i++)
        assert_int_equal(data_classes[i].group == GROUP_CREDENTIAL,
                         data_classes[i].sensitivity == SENSITIVITY_RESTRICTED);
    assert_int_equal(data_classes[CLASS_credit_card].group, GROUP_CARD);
}

static void test_sensitivities(void **state) {
    (void)state;
    for (int i = 0; i < N_SENSITIVITIES; i++)
        assert_int_equal(sensitivity_find(slice_str(sensitivity_name((enum sensitivity)i))), i);
    assert_string_equal(sensitivity_name(SENSITIVITY_PERSONAL), "personal");
    assert_string_equal(sensitivity_name(SENSITIVITY_RESTRICTED), "restricted");
    assert_int_equal(sensitivity_find(SLICE("secret")), -1);
    assert_int_equal(sensitivity_find(SLICE("")), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_restricted_come_first),
        cmocka_unit_test(test_sensitivities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
