/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/image.h"

#include <stdlib.h>

#include "base/buf.h"

static size_t align(size_t n) { return (n + IMAGE_ALIGN - 1) & ~(size_t)(IMAGE_ALIGN - 1); }

static void set_pointers(uint8_t *moved, const uint8_t *fixed, const uint32_t *pointers, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t ref;
        memcpy(&ref, moved + pointers[i], sizeof ref);
        const size_t off = (size_t)(ref - 2) / 2;
        const uint8_t *to = ref == 0 ? NULL : ref % 2 ? fixed + off : moved + off;
        memcpy(moved + pointers[i], &to, sizeof to);
    }
}

/* What points out of the image: validators are written as their number + 1. */
static void set_outside(struct image *image, const struct diag_source *sources) {
    for (size_t i = 0; i < image->n_sources; i++) image->sources[i] = sources[i];
    for (size_t i = 0; i < image->n_rules; i++)
        for (size_t v = 0; v < image->rules[i].n_validate; v++)
            image->rules[i].validate[v] = &validators[(uintptr_t)image->rules[i].validate[v] - 1];
}

bool image_load(struct slice bytes, const struct diag_source *sources, size_t n_sources,
                struct rule_set *set) {
    struct image_head head;
    memcpy(&head, bytes.ptr, sizeof head);
    const uint8_t *moved = bytes.ptr + align(sizeof head);
    const uint8_t *pointers = moved + align(head.n_moved);
    const uint8_t *fixed = pointers + align(head.n_pointers * sizeof(uint32_t));
    uint8_t *copy = (uint8_t *)arena_alloc(&set->arena, head.n_moved);
    if (copy == NULL) return false;
    memcpy(copy, moved, head.n_moved);
    set_pointers(copy, fixed, (const uint32_t *)(const void *)pointers, head.n_pointers);
    struct image *image = (struct image *)(void *)copy;
    if (image->n_sources != n_sources || !VEC_GROW(set->rules, set->cap, image->n_rules))
        return false;
    set_outside(image, sources);
    memcpy(set->rules, image->rules, image->n_rules * sizeof *set->rules);
    set->n = image->n_rules;
    set->image = image;
    return true;
}

/* A few rules are better off with prefilters of their own. */
bool image_serves(const struct rule_set *set) {
    const struct image *image = set->image;
    if (image == NULL || set->n < image->n_placed / 2) return false;
    for (size_t i = 0; i < set->n; i++) {
        const uint32_t known = set->rules[i].known;
        if (known == 0 || image->number[known - 1] == UINT32_MAX) return false;
    }
    return true;
}

uint32_t *image_numbers(const struct rule_set *set) {
    const struct image *image = set->image;
    uint32_t *numbers = (uint32_t *)malloc(image->n_numbers * sizeof *numbers);
    if (numbers == NULL) return NULL;
    for (size_t i = 0; i < image->n_numbers; i++) numbers[i] = UINT32_MAX;
    numbers[image->n_placed] = (uint32_t)set->n;
    uint32_t keyword = (uint32_t)set->n + 1;
    for (size_t i = 0; i < set->n; i++) {
        const size_t known = set->rules[i].known - 1;
        numbers[image->number[known]] = (uint32_t)i;
        for (size_t k = 0; k < set->rules[i].n_keywords; k++)
            numbers[image->keyword[known] + k] = keyword++;
    }
    return numbers;
}
