/* SPDX-License-Identifier: Apache-2.0 */
/* Which questions a sieve asks. Each one is the answer, for eight buckets, to what kind of byte
 * stands at a look, or what its low or its high half is; the ones that leave the fewest places of
 * everyday logs are taken, one after the other, as long as one saves more than it costs. */
#include "detect/shape_sieve.h"

#include <stdlib.h>

#include "detect/sample.h"

enum { QUESTIONS = SHAPE_LOOKS * SHAPE_VIEWS, PLACE_PRICE = 16 }; /* places for a question */

static struct shape_question question_of(enum shape_view view, size_t look,
                                         const struct shape_can *can) {
    static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;
    struct shape_question question = {.at = (uint16_t)(view * SHAPE_VIEW_LEN + SHAPE_VIEW_BEFORE)};
    question.at = (uint16_t)(look == 0 ? question.at - 1 : question.at + offsets[look - 1]);
    for (unsigned c = 0; c < 256; c++)
        question.can[shape_view_of(view, (uint8_t)c)] |= can->at[look][c];
    return question;
}

/* What the sample's places answer, for all questions. */
struct answers {
    struct shape_question question[QUESTIONS];
    size_t n_places;
    uint8_t *left, *answer; /* [n_places], [QUESTIONS][n_places] */
};

static void answer_all(struct answers *a, const struct shape_can *can) {
    static const uint8_t offsets[] = SHAPE_LOOK_OFFSETS;
    const uint8_t *text = sample_text().ptr + 1;
    memset(a->left, 0xff, a->n_places);
    for (size_t q = 0; q < QUESTIONS; q++) {
        const size_t look = q / SHAPE_VIEWS;
        const enum shape_view view = (enum shape_view)(q % SHAPE_VIEWS);
        const uint8_t *at = look == 0 ? text - 1 : text + offsets[look - 1];
        a->question[q] = question_of(view, look, can);
        for (size_t i = 0; i < a->n_places; i++)
            a->answer[q * a->n_places + i] = a->question[q].can[shape_view_of(view, at[i])];
    }
}

static size_t places_left(const struct answers *a, const uint8_t *answer) {
    size_t n = 0;
    for (size_t i = 0; i < a->n_places; i++) n += (a->left[i] & answer[i]) != 0;
    return n;
}

bool shape_sieve_make(struct shape_sieve *sieve, const struct shape_can *can) {
    struct answers a = {.n_places = sample_text().len - 1 - SHAPE_REACH};
    a.left = (uint8_t *)malloc((1 + QUESTIONS) * a.n_places);
    if (a.left == NULL) return false;
    a.answer = a.left + a.n_places;
    answer_all(&a, can);
    size_t left = a.n_places;
    for (sieve->n = 0; sieve->n < SHAPE_SIEVE; sieve->n++) {
        size_t best = 0, fewest = a.n_places;
        for (size_t q = 0; q < QUESTIONS; q++) {
            const size_t places = places_left(&a, a.answer + q * a.n_places);
            if (places < fewest) best = q, fewest = places;
        }
        if (left - fewest < PLACE_PRICE * a.n_places / 8192) break;
        left = fewest;
        sieve->question[sieve->n] = a.question[best];
        for (size_t i = 0; i < a.n_places; i++) a.left[i] &= a.answer[best * a.n_places + i];
    }
    free(a.left);
    return true;
}
