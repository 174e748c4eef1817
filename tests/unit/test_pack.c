/* SPDX-License-Identifier: Apache-2.0 */
/* Good packs become rules with the right defaults. Bad ones: tests/diag, read by test_diag_files.c.
 */
#include "detect/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
    struct rule_set set;
    struct diags diags;
    struct buf printed;
};

static int setup(void **state) {
    static struct fixture f;
    rule_set_init(&f.set);
    diags_init(&f.diags);
    buf_init(&f.printed, 0);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    buf_fini(&f->printed);
    diags_fini(&f->diags);
    rule_set_fini(&f->set);
    return 0;
}

/* The diagnostics as text. */
static const char *printed(struct fixture *f) {
    buf_reset(&f->printed);
    diags_print(&f->diags, &f->printed);
    buf_byte(&f->printed, '\0');
    return (const char *)f->printed.ptr;
}

static const char full_text[] =
    "pack: payment\n"
    "description: Cards\n"
    "rules:\n"
    "  - id: payment.card\n"
    "    description: Card number\n"
    "    reference: https://example.com/card\n"
    "    class: credit_card\n"
    "    sensitivity: restricted\n"
    "    profiles: [request, strict]\n"
    "    pattern: '\\d{16}'\n"
    "    keywords: [card, pan no]\n"
    "    near: 12\n"
    "    validate: [luhn]\n"
    "    action: redact\n"
    "    mode: observe\n"
    "    examples:\n"
    "      - {in: 'card 0000000000000000', out: 'card [REDACTED:credit_card]'}\n"
    "      - {in: 'no number', same: true}\n"
    "  - id: payment.name_2-b\n"
    "    class: person_name\n"
    "    keys: [card_holder, '*_name', Full Name]\n"
    "    extent: line\n"
    "    examples:\n"
    "      - {in: 'b', same: true}\n"
    "      - {in: 'a', out: ''}\n";

static void test_full(void **state) {
    struct fixture *f = *state;
    const struct diag_source source = {"payment.yaml", slice_str(full_text)};
    if (!pack_read(&source, true, &f->set, &f->diags)) fail_msg("%s", printed(f));
    assert_int_equal(f->set.n, 2);
    const struct rule *card = &f->set.rules[0], *name = &f->set.rules[1];

    assert_true(slice_eq_str(card->id, "payment.card"));
    assert_true(slice_eq_str(card->description, "Card number"));
    assert_true(slice_eq_str(card->reference, "https://example.com/card"));
    assert_int_equal(card->class_id, CLASS_credit_card);
    assert_int_equal(card->sensitivity, SENSITIVITY_RESTRICTED);
    assert_int_equal(card->profiles, PROFILE_REQUEST | PROFILE_STRICT);
    assert_true(slice_eq_str(card->pattern, "\\d{16}"));
    assert_int_equal(card->n_keywords, 2);
    assert_true(slice_eq_str(card->keywords[1], "pan no"));
    assert_int_equal(card->near, 12);
    assert_int_equal(card->n_validate, 1);
    assert_ptr_equal(card->validate[0], validator_find(SLICE("luhn")));
    assert_int_equal(card->action.kind, ACTION_REDACT);
    assert_true(card->observe);
    assert_int_equal(card->n_keys, 0);
    assert_int_equal(card->n_examples, 2);
    assert_true(slice_eq_str(card->examples[0].out, "card [REDACTED:credit_card]"));
    assert_true(slice_eq(card->examples[1].in, card->examples[1].out));
    assert_int_equal(card->node->kind, YAML_MAP);

    assert_int_equal(name->pattern.len, 0);
    assert_int_equal(name->n_keys, 3);
    assert_true(slice_eq_str(name->keys[1], "*_name"));
    assert_int_equal(name->extent, EXTENT_LINE);
    assert_int_equal(name->examples[1].out.len, 0);
}

static void test_defaults(void **state) {
    struct fixture *f = *state;
    const struct diag_source src = {"a.yaml",
                                    SLICE("pack: a\nrules:\n"
                                          "- {id: a.b, class: credit_card, pattern: x}\n"
                                          "- {id: a.c, class: ipv4, keys: ip, validate: ipv4}\n"
                                          "- {pattern: x, class: password, id: a.d}\n")};
    if (!pack_read(&src, false, &f->set, &f->diags)) fail_msg("%s", printed(f));
    const struct rule *card = &f->set.rules[0], *ip = &f->set.rules[1], *word = &f->set.rules[2];
    assert_int_equal(card->sensitivity, SENSITIVITY_SENSITIVE);
    assert_int_equal(card->action.kind, ACTION_MASK);
    assert_int_equal(card->action.keep_last, 4);
    assert_int_equal(card->profiles, PROFILE_REQUEST | PROFILE_BUILD | PROFILE_STRICT);
    assert_int_equal(card->near, RULE_DEFAULT_NEAR);
    assert_false(card->observe);
    assert_int_equal(ip->sensitivity, SENSITIVITY_PERSONAL);
    assert_int_equal(ip->action.kind, ACTION_PSEUDONYM);
    assert_int_equal(ip->n_keys, 1);
    assert_int_equal(ip->extent, EXTENT_VALUE);
    assert_int_equal(ip->n_validate, 1);
    assert_int_equal(word->sensitivity, SENSITIVITY_RESTRICTED);
    assert_int_equal(word->action.kind, ACTION_REDACT);
}

/* Ids are unique over all packs of a set; the second file is named, and where the first one stands.
 */
static void test_unique_over_packs(void **state) {
    struct fixture *f = *state;
    const struct diag_source one = {"one.yaml", SLICE("pack: a\nrules:\n"
                                                      "- {id: a.b, class: email, pattern: x}\n")};
    const struct diag_source two = {"two.yaml", SLICE("pack: a\nrules:\n"
                                                      "- {id: a.b, class: email, pattern: x}\n"
                                                      "- {id: a.c, class: email, pattern: x}\n")};
    assert_true(pack_read(&one, false, &f->set, &f->diags));
    assert_false(pack_read(&two, false, &f->set, &f->diags));
    assert_int_equal(f->diags.n_errors, 1);
    assert_non_null(strstr(printed(f), "two.yaml:3:8: error: a rule 'a.b' is already there"));
    assert_non_null(strstr(printed(f), "the first one stands in one.yaml"));
}

/* Rules of a configuration have ids of any topic. */
static void test_rules_of_a_configuration(void **state) {
    struct fixture *f = *state;
    const struct diag_source src = {"logwash.yaml",
                                    SLICE("- {id: acme.badge, class: username, pattern: x}\n"
                                          "- {id: other.badge, class: username, pattern: x}\n")};
    struct arena arena;
    arena_init(&arena);
    const struct yaml *seq = yaml_parse(&src, &arena, &f->diags);
    assert_non_null(seq);
    assert_true(pack_read_rules(seq, false, &f->set, &f->diags));
    assert_int_equal(f->set.n, 2);
    assert_false(pack_read_rules(seq->items[0], false, &f->set, &f->diags));
    assert_non_null(strstr(printed(f), "expected a list of rules"));
    arena_fini(&arena);
}

/* An id of 64 bytes passes, one more does not. */
static void test_longest_id(void **state) {
    struct fixture *f = *state;
    for (int extra = 0; extra < 2; extra++) {
        char name[128], text[512];
        memset(name, 'n', sizeof name);
        name[RULE_MAX_ID - 2 + extra] = '\0';
        snprintf(text, sizeof text, "pack: p\nrules:\n- {id: p.%s, class: email, pattern: x}\n",
                 name);
        const struct diag_source src = {"p.yaml", slice_str(text)};
        assert_int_equal(pack_read(&src, false, &f->set, &f->diags), extra == 0);
        if (extra == 1) assert_non_null(strstr(printed(f), "is no rule id"));
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_full),
        TEST(test_defaults),
        TEST(test_unique_over_packs),
        TEST(test_rules_of_a_configuration),
        TEST(test_longest_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
