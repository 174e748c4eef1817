/* SPDX-License-Identifier: Apache-2.0 */
/* The image of the bundled packs holds what their text says, and results do not depend on it. */
#include "core/bundled.h"
#include "core/engine.h"
#include "detect/image.h"
#include "test.h"

static struct logwash *load(bool from_text, const char *profiles, const char *config) {
    static const uint8_t run_key[32] = {1, 2, 3};
    const struct logwash_source source = {"logwash.yaml", config, config ? strlen(config) : 0};
    const struct logwash_options options = {.run_key = run_key,
                                            .profiles = profiles,
                                            .config = config ? &source : NULL};
    struct logwash *lw = NULL;
    struct logwash_error err;
    if (engine_load(&options, from_text, &lw, &err) != LOGWASH_OK) fail_msg("%s", err.message);
    assert_int_equal(lw->rules.image != NULL, !from_text);
    return lw;
}

static void same_text(struct slice a, struct slice b) {
    assert_true(slice_eq(a, b));
    assert_int_equal(a.ptr != NULL, b.ptr != NULL);
    if (a.ptr != NULL) assert_int_equal(a.ptr[a.len], 0);
}

static void same_texts(const struct slice *a, size_t n_a, const struct slice *b, size_t n_b) {
    assert_int_equal(n_a, n_b);
    for (size_t i = 0; i < n_a; i++) same_text(a[i], b[i]);
}

static void same_rule(const struct rule *a, const struct rule *b) {
    same_text(a->id, b->id);
    same_text(a->description, b->description);
    same_text(a->reference, b->reference);
    same_text(a->pattern, b->pattern);
    same_texts(a->keywords, a->n_keywords, b->keywords, b->n_keywords);
    same_texts(a->keys, a->n_keys, b->keys, b->n_keys);
    assert_int_equal(a->class_id, b->class_id);
    assert_int_equal(a->sensitivity, b->sensitivity);
    assert_int_equal(a->profiles, b->profiles);
    assert_int_equal(a->action.kind, b->action.kind);
    assert_int_equal(a->action.keep_first, b->action.keep_first);
    assert_int_equal(a->action.keep_last, b->action.keep_last);
    assert_int_equal(a->observe, b->observe);
    assert_int_equal(a->near, b->near);
    assert_int_equal(a->extent, b->extent);
    assert_int_equal(a->leaves_containers, b->leaves_containers);
    assert_int_equal(a->n_validate, b->n_validate);
    for (size_t v = 0; v < a->n_validate; v++)
        assert_string_equal(a->validate[v]->name, b->validate[v]->name);
    assert_int_equal(a->n_examples, b->n_examples);
    for (size_t e = 0; e < a->n_examples; e++) {
        same_text(a->examples[e].in, b->examples[e].in);
        same_text(a->examples[e].out, b->examples[e].out);
    }
    assert_int_equal(a->node->off, b->node->off);
    assert_string_equal(a->node->source->name, b->node->source->name);
    assert_true(slice_eq(a->node->source->text, b->node->source->text));
}

static void same_anchor(const struct anchor *a, const struct anchor *b) {
    assert_int_equal(a->kind, b->kind);
    same_texts(a->literals, a->n_literals, b->literals, b->n_literals);
    assert_int_equal(a->nocase, b->nocase);
    assert_int_equal(a->n_window, b->n_window);
    assert_memory_equal(a->window, b->window, sizeof a->window);
    assert_int_equal(a->back_min, b->back_min);
    assert_int_equal(a->back_max, b->back_max);
    assert_memory_equal(&a->back, &b->back, sizeof a->back);
    assert_memory_equal(&a->first, &b->first, sizeof a->first);
    assert_memory_equal(&a->before, &b->before, sizeof a->before);
    assert_int_equal(a->at_start, b->at_start);
    assert_int_equal(a->min_length, b->min_length);
    assert_int_equal(a->n_branches, b->n_branches);
    for (size_t i = 0; i < a->n_branches; i++) same_anchor(&a->branches[i], &b->branches[i]);
}

static void the_image_holds_what_the_packs_say(void **state) {
    (void)state;
    struct logwash *image = load(false, "request,build,strict", NULL);
    struct logwash *text = load(true, "request,build,strict", NULL);
    assert_true(image->rules.n > 100);
    assert_int_equal(image->rules.n, text->rules.n);
    for (size_t i = 0; i < text->rules.n; i++) {
        same_rule(&image->rules.rules[i], &text->rules.rules[i]);
        same_anchor(&image->matcher->anchor[i], &text->matcher->anchor[i]);
    }
    assert_string_equal(logwash_generation(image), logwash_generation(text));
    logwash_free(image);
    logwash_free(text);
}

struct engine {
    struct logwash *lw;
    struct logwash_scratch *scratch;
    struct logwash_output out;
};

static struct engine engine_of(struct logwash *lw) {
    return (struct engine){lw, logwash_scratch_new(lw), {0}};
}

static void engine_fini(struct engine *e) {
    logwash_output_fini(&e->out);
    logwash_scratch_free(e->scratch);
    logwash_free(e->lw);
}

static void wash(struct engine *e, struct slice in) {
    if (logwash_wash(e->lw, e->scratch, in.ptr, in.len, &e->out) != LOGWASH_OK) fail();
}

/* The examples of all rules, by themselves. */
static void same_results(const char *profiles, const char *config, bool is_served) {
    struct logwash *all = load(true, "request,build,strict", NULL);
    struct engine image = engine_of(load(false, profiles, config));
    struct engine text = engine_of(load(true, profiles, config));
    size_t n_changed = 0;
    assert_int_equal(image_serves(&image.lw->rules), is_served);
    assert_int_equal(image.lw->rules.n, text.lw->rules.n);
    for (size_t i = 0; i < all->rules.n; i++)
        for (size_t e = 0; e < all->rules.rules[i].n_examples; e++) {
            const struct slice in = all->rules.rules[i].examples[e].in;
            wash(&image, in);
            wash(&text, in);
            if (image.out.len != text.out.len ||
                memcmp(image.out.data, text.out.data, text.out.len) != 0)
                fail_msg("example %zu of %s", e + 1, all->rule_ids[i]);
            n_changed += image.out.results[0].verdict.edits > 0;
        }
    assert_in_range(n_changed, 50, 100000);
    engine_fini(&image);
    engine_fini(&text);
    logwash_free(all);
}

static void results_do_not_depend_on_it(void **state) {
    (void)state;
    same_results(NULL, NULL, true);
    same_results("request", NULL, true);
    same_results("request,build,strict", NULL, false);
}

static void it_serves_as_long_as_no_rule_comes_in(void **state) {
    (void)state;
    same_results(NULL, "rules: {packs: {disable: [network]}, actions: {email: redact}}\n", true);
    same_results(NULL,
                 "rules:\n  add:\n"
                 "    - {id: own.badge, description: a badge, class: national_id,\n"
                 "       pattern: 'ACME-\\d{6}', examples: [{in: ACME-004711, out: x},\n"
                 "       {in: ACME, same: true}]}\n",
                 false);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_image_holds_what_the_packs_say),
                                       cmocka_unit_test(results_do_not_depend_on_it),
                                       cmocka_unit_test(it_serves_as_long_as_no_rule_comes_in)};
    if (bundled_image().len == 0) return 0; /* a build for another machine */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
