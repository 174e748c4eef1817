/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the image of the bundled packs (src/detect/image.h): make_image FILE. A pack with a
 * mistake ends the build with its diagnostics. */
#include "core/bundled.h"
#include "detect/image.h"
#include "detect/matcher.h"
#include "detect/pack.h"
#include "detect/shape.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX_PACKS = 256 };

struct writer {
    struct buf moved, fixed;
    uint32_t *pointers; /* offsets in `moved` */
    size_t n_pointers, cap_pointers;
};

static _Noreturn void die(const char *why) {
    fprintf(stderr, "make_image: %s\n", why);
    exit(1);
}

/* ---- putting things there ---- */

static size_t put(struct buf *to, const void *bytes, size_t len) {
    while (to->len % IMAGE_ALIGN != 0) buf_byte(to, 0);
    const size_t off = to->len;
    buf_slice(to, slice_of(bytes, len));
    return off;
}

/* Room for n things in `moved`, in one piece. */
static size_t put_moved(struct writer *w, const void *things, size_t len) {
    return put(&w->moved, things, len);
}

static uint64_t put_fixed(struct writer *w, const void *bytes, size_t len) {
    return len > 0 ? IMAGE_REF(put(&w->fixed, bytes, len), 1) : 0;
}

/* The pointer at `at` of `moved`. */
static void point(struct writer *w, size_t at, uint64_t ref) {
    memcpy(w->moved.ptr + at, &ref, sizeof ref);
    if (!VEC_GROW(w->pointers, w->cap_pointers, w->n_pointers + 1)) die("out of memory");
    w->pointers[w->n_pointers++] = (uint32_t)at;
}

/* The bytes of a slice; a NUL stands behind them, as behind all texts of YAML. */
static void point_text(struct writer *w, size_t at, struct slice text) {
    uint64_t ref = 0;
    if (text.ptr != NULL) {
        ref = IMAGE_REF(w->fixed.len, 1);
        buf_slice(&w->fixed, text);
        buf_byte(&w->fixed, 0);
    }
    point(w, at + offsetof(struct slice, ptr), ref);
}

static void point_slices(struct writer *w, size_t at, const struct slice *slices, size_t n) {
    if (n == 0) {
        point(w, at, 0);
        return;
    }
    const size_t off = put_moved(w, slices, n * sizeof *slices);
    for (size_t i = 0; i < n; i++) point_text(w, off + i * sizeof *slices, slices[i]);
    point(w, at, IMAGE_REF(off, 0));
}

/* ---- rules ---- */

/* Of where a rule stands only its place is kept. */
static uint64_t put_node(struct writer *w, const struct yaml *node, const struct diag_source *packs,
                         size_t sources) {
    const struct yaml place = {.kind = YAML_SCALAR, .off = node->off, .len = node->len};
    const size_t off = put_moved(w, &place, sizeof place), pack = (size_t)(node->source - packs);
    point(w, off + offsetof(struct yaml, source),
          IMAGE_REF(sources + pack * sizeof(struct diag_source), 0));
    return IMAGE_REF(off, 0);
}

static void put_examples(struct writer *w, size_t at, const struct rule *rule, uint64_t node) {
    const size_t size = sizeof(struct example);
    const size_t off = put_moved(w, rule->examples, rule->n_examples * size);
    for (size_t i = 0; i < rule->n_examples; i++) {
        point_text(w, off + i * size + offsetof(struct example, in), rule->examples[i].in);
        point_text(w, off + i * size + offsetof(struct example, out), rule->examples[i].out);
        point(w, off + i * size + offsetof(struct example, node), node);
    }
    point(w, at, rule->n_examples > 0 ? IMAGE_REF(off, 0) : 0);
}

static void put_rule(struct writer *w, size_t at, const struct rule *rule, uint64_t node) {
    point_text(w, at + offsetof(struct rule, id), rule->id);
    point_text(w, at + offsetof(struct rule, description), rule->description);
    point_text(w, at + offsetof(struct rule, reference), rule->reference);
    point_text(w, at + offsetof(struct rule, pattern), rule->pattern);
    point_slices(w, at + offsetof(struct rule, keywords), rule->keywords, rule->n_keywords);
    point_slices(w, at + offsetof(struct rule, keys), rule->keys, rule->n_keys);
    point_slices(w, at + offsetof(struct rule, fields), rule->fields, rule->n_fields);
    point_slices(w, at + offsetof(struct rule, not_keys), rule->not_keys, rule->n_not_keys);
    put_examples(w, at + offsetof(struct rule, examples), rule, node);
    point(w, at + offsetof(struct rule, node), node);
    for (size_t v = 0; v < rule->n_validate; v++) {
        const uint64_t number = (uint64_t)(rule->validate[v] - validators) + 1;
        memcpy(w->moved.ptr + at + offsetof(struct rule, validate) + v * sizeof rule->validate[0],
               &number, sizeof number);
    }
}

static void put_rules(struct writer *w, size_t root, const struct rule_set *set,
                      const struct diag_source *packs) {
    const struct diag_source none[MAX_PACKS] = {{0}};
    const size_t sources = put_moved(w, none, n_bundled_packs * sizeof *none);
    const size_t rules = put_moved(w, set->rules, set->n * sizeof *set->rules);
    for (size_t i = 0; i < set->n; i++) {
        const uint64_t node = put_node(w, set->rules[i].node, packs, sources);
        const uint32_t known = (uint32_t)i + 1;
        put_rule(w, rules + i * sizeof *set->rules, &set->rules[i], node);
        memcpy(w->moved.ptr + rules + i * sizeof *set->rules + offsetof(struct rule, known), &known,
               sizeof known);
    }
    point(w, root + offsetof(struct image, sources), IMAGE_REF(sources, 0));
    point(w, root + offsetof(struct image, rules), IMAGE_REF(rules, 0));
}

/* ---- anchors and filters ---- */

static size_t put_anchors(struct writer *w, const struct anchor *anchors, size_t n) {
    const size_t size = sizeof *anchors, off = put_moved(w, anchors, n * size);
    for (size_t i = 0; i < n; i++) {
        const struct anchor *anchor = &anchors[i];
        const size_t at = off + i * size;
        point_slices(w, at + offsetof(struct anchor, literals), anchor->literals,
                     anchor->n_literals);
        const size_t branches =
            anchor->n_branches > 0 ? put_anchors(w, anchor->branches, anchor->n_branches) : 0;
        point(w, at + offsetof(struct anchor, branches),
              anchor->n_branches > 0 ? IMAGE_REF(branches, 0) : 0);
    }
    return off;
}

static size_t count_sets(const struct shape_set *shapes) {
    size_t n = 0;
    for (size_t i = 0; i < shapes->n; i++) {
        const struct shape_test *test = &shapes->tests[i];
        if (test->lead >= n) n = test->lead + 1u;
        for (size_t k = 0; k < test->n_sets; k++)
            if (test->set[k] >= n) n = test->set[k] + 1u;
    }
    return n;
}

static uint64_t put_shapes(struct writer *w, const struct shape_set *shapes) {
    const size_t off = put_moved(w, shapes, sizeof *shapes);
    const size_t n_letters = shapes->letters != NULL ? shapes->letters_mask + 1 : 0;
    point(w, off + offsetof(struct shape_set, tests),
          put_fixed(w, shapes->tests, shapes->n * sizeof *shapes->tests));
    point(w, off + offsetof(struct shape_set, sets),
          put_fixed(w, shapes->sets, count_sets(shapes) * sizeof *shapes->sets));
    point(w, off + offsetof(struct shape_set, letters),
          put_fixed(w, shapes->letters, n_letters * sizeof *shapes->letters));
    return IMAGE_REF(off, 0);
}

static void put_filter(struct writer *w, size_t at, const struct prefilter *prefilter) {
    const struct prefilter_tables tables = prefilter_tables(prefilter);
    const size_t n = tables.shapes->n;
    point(w, at + offsetof(struct prefilter_tables, shapes), put_shapes(w, tables.shapes));
    point(w, at + offsetof(struct prefilter_tables, start),
          put_fixed(w, tables.start, (n + 1) * sizeof *tables.start));
    point(w, at + offsetof(struct prefilter_tables, rules),
          put_fixed(w, tables.rules, tables.start[n] * sizeof *tables.rules));
}

/* ---- all ---- */

/* The rules of the default profiles, and what each rule is numbered among them. */
static struct rule_set usual_rules(const struct rule_set *all, struct image *image) {
    struct rule_set usual;
    rule_set_init(&usual);
    image->number = (uint32_t *)calloc(all->n + 1, sizeof *image->number);
    image->keyword = (uint32_t *)calloc(all->n + 1, sizeof *image->keyword);
    if (image->number == NULL || image->keyword == NULL ||
        !VEC_GROW(usual.rules, usual.cap, all->n))
        die("out of memory");
    uint32_t keyword = 0;
    for (size_t i = 0; i < all->n; i++) {
        image->number[i] = UINT32_MAX;
        if (!(all->rules[i].profiles & PROFILE_DEFAULT)) continue;
        image->number[i] = (uint32_t)usual.n;
        image->keyword[i] = keyword;
        keyword += (uint32_t)all->rules[i].n_keywords;
        usual.rules[usual.n++] = all->rules[i];
    }
    for (size_t i = 0; i < all->n; i++) image->keyword[i] += (uint32_t)usual.n + 1;
    image->n_placed = usual.n;
    image->n_numbers = usual.n + 1 + keyword;
    return usual;
}

static struct matcher *must_compile(const struct rule_set *set, struct diags *diags) {
    struct matcher *matcher = matcher_new(set, diags);
    struct buf text;
    if (matcher != NULL) return matcher;
    buf_init(&text, 0);
    diags_print(diags, &text);
    if (text.len > 0) fwrite(text.ptr, 1, text.len, stderr);
    die("the bundled packs have mistakes");
}

static void put_image(struct writer *w, const struct rule_set *all, const struct diag_source *packs,
                      struct diags *diags) {
    struct image image = {.n_rules = all->n, .n_sources = n_bundled_packs};
    struct rule_set usual = usual_rules(all, &image);
    struct matcher *whole = must_compile(all, diags), *part = must_compile(&usual, diags);
    const size_t root = put_moved(w, &image, sizeof image);
    put_rules(w, root, all, packs);
    const size_t anchors = put_anchors(w, whole->anchor, all->n);
    point(w, root + offsetof(struct image, anchors), IMAGE_REF(anchors, 0));
    point(w, root + offsetof(struct image, number),
          put_fixed(w, image.number, all->n * sizeof *image.number));
    point(w, root + offsetof(struct image, keyword),
          put_fixed(w, image.keyword, all->n * sizeof *image.keyword));
    put_filter(w, root + offsetof(struct image, open), part->prefilter);
    put_filter(w, root + offsetof(struct image, gated), part->gated_filter);
    matcher_free(whole);
    matcher_free(part);
    rule_set_fini(&usual);
    free(image.number);
    free(image.keyword);
}

static bool write_part(FILE *file, const void *bytes, size_t len) {
    static const uint8_t zeros[IMAGE_ALIGN];
    return fwrite(bytes, 1, len, file) == len &&
           fwrite(zeros, 1, -len % IMAGE_ALIGN, file) == -len % IMAGE_ALIGN;
}

int main(int argc, char **argv) {
    static struct diag_source packs[MAX_PACKS];
    struct rule_set all;
    struct diags diags;
    struct writer w = {.pointers = NULL};
    if (argc != 2 || n_bundled_packs > MAX_PACKS) die("usage: make_image FILE");
    rule_set_init(&all);
    diags_init(&diags);
    buf_init(&w.moved, 0);
    buf_init(&w.fixed, 0);
    for (unsigned i = 0; i < n_bundled_packs; i++) {
        packs[i] = (struct diag_source){bundled_packs[i].name,
                                        slice_of(bundled_packs[i].data, bundled_packs[i].len)};
        pack_read(&packs[i], false, &all, &diags);
    }
    put_image(&w, &all, packs, &diags);
    const struct image_head head = {w.moved.len, w.n_pointers};
    FILE *file = fopen(argv[1], "wb");
    if (file == NULL || w.moved.failed || w.fixed.failed || !write_part(file, &head, sizeof head) ||
        !write_part(file, w.moved.ptr, w.moved.len) ||
        !write_part(file, w.pointers, w.n_pointers * sizeof *w.pointers) ||
        !write_part(file, w.fixed.ptr, w.fixed.len) || fclose(file) != 0)
        die("cannot write the image");
    buf_fini(&w.moved);
    buf_fini(&w.fixed);
    free(w.pointers);
    diags_fini(&diags);
    rule_set_fini(&all);
    return 0;
}
