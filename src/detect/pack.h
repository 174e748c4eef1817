/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rule packs (docs/rules.md) into a rule set; every problem is reported, none stops
 * the reading. */
#ifndef LW_DETECT_PACK_H
#define LW_DETECT_PACK_H

#include "detect/rule.h"

/* Appends the rules of one pack file. `src` must outlive the set. Checked: unknown keys (with
 * suggestion), id grammar `topic.name` and its prefix equal to the pack's name, unique ids, class,
 * sensitivity, profiles, exactly one of `pattern` and `keys`, validators, keywords, examples (at
 * least one that changes and one that does not, when `need_examples`). Returns false if anything
 * was reported as an error; rules with errors are then in the set as well, so that their patterns
 * can still be compiled for further diagnostics, and the set is good for nothing else. */
bool pack_read(const struct diag_source *src, bool need_examples, struct rule_set *set,
               struct diags *diags);
/* The same for a sequence of rules (`rules: add:` of a configuration); ids of any topic. */
bool pack_read_rules(const struct yaml *seq, bool need_examples, struct rule_set *set,
                     struct diags *diags);

#endif
