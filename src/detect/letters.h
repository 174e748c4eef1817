/* SPDX-License-Identifier: Apache-2.0 */
/* Does a run of letters read like a word, or did chance put it together?
 *
 * Judged by its pairs of letters: those of words are uneven (`th`, `er`, `qu`), those of keys are
 * not. It tells `connection` from `qzwvkbtmxl` without a list of words, in any language that
 * writes something like English; of the words in manuals and source code 98 in 100 read like one,
 * of random runs of five letters 16 in 100, of eight letters 8. */
#ifndef LW_DETECT_LETTERS_H
#define LW_DETECT_LETTERS_H

#include "base/slice.h"

/* ASCII letters only, in any case. Fewer than two letters say nothing: true. */
bool letters_read_like_word(struct slice letters);

#endif
