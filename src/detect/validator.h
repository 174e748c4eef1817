/* SPDX-License-Identifier: Apache-2.0 */
/* Named checks of a candidate's value. Each is a pure function; each names its source (standard,
 * vendor's page) in validator.c. Rules name them in `validate:`; all named must hold. */
#ifndef LW_DETECT_VALIDATOR_H
#define LW_DETECT_VALIDATOR_H

#include "base/slice.h"

struct validator {
    const char *name;
    const char *description; /* one line for `rules list --validators` */
    bool (*accepts)(struct slice value);
};

extern const struct validator validators[];
extern const size_t n_validators;

/* NULL: no such validator. */
const struct validator *validator_find(struct slice name);

/* Text that stands for a value rather than being one: empty, `${VAR}`, `$VAR`, `%VAR%`, `{{ x }}`,
 * `<password>`,
 * `***`, `xxxx`, `changeme`, `null`, `none`, `true`, `%s`, `...`. Whole value, blanks around it
 * ignored. */
bool value_is_placeholder(struct slice value);
/* A word of plain language: letters only, all of one case or capitalised, at most 24 of them,
 * perhaps with a closing full stop or question mark (`token: expired`). */
bool value_is_word(struct slice value);
/* A sentence about a password, perhaps in a list, or the schema of one, in its place: `["is too
 * short"]`, `{"type": "string"}`. */
bool value_is_message(struct slice value);

#endif
