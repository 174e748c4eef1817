/* SPDX-License-Identifier: Apache-2.0 */
/* The `rules` section of a configuration: what an installation changes about the packs. */
#ifndef LW_CORE_POLICY_H
#define LW_CORE_POLICY_H

#include "core/allow.h"

struct policy {
    struct rule_set *set;
    struct allow_list *allow; /* shows bytes of the tree */
    int64_t now_sec;
    struct diags *diags;
};

/* Applies the section of the configuration, then that of its input `input` (NULL: none). */
void policy_apply(const struct yaml *config, const char *input, const struct policy *policy);
/* The class a node names; -1: reported. */
int policy_class(const struct yaml *node, struct diags *diags);
/* Reports that the node names no rule of the set. */
void policy_no_rule(const struct yaml *node, const struct rule_set *set, struct diags *diags);

#endif
