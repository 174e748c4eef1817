/* SPDX-License-Identifier: Apache-2.0 */
/* Values of logwash.yaml: text with its `${…}` put in, and text to numbers, choices and lists. Part
 * of config.c, split off for size. */
#ifndef LW_CLI_CONFIG_VALUES_H
#define LW_CLI_CONFIG_VALUES_H

#include "cli/config.h"

struct config_reader {
    struct config *config;
    struct diags *diags;
    enum config_use use;
};

/* Reads the value of `key` from `node`, or its default if `node` is NULL, into the key's field of
 * `object`. Problems are reported at the node. */
void config_value(struct config_reader *r, const struct config_key *key, const struct yaml *node,
                  void *object);

/* May the text of a key be shown? A secret glued to a key by a missing blank is no name. */
bool config_is_name(struct slice text);
/* Every key and scalar at and below the node prints as `…`. */
void config_hide(struct config_reader *r, const struct yaml *node);

#endif
