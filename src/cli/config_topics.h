/* SPDX-License-Identifier: Apache-2.0 */
/* Where clean records go: names of topics are templates, and what they can lead to is known before
 * anything runs. Part of config.c, split off for size. */
#ifndef LW_CLI_CONFIG_TOPICS_H
#define LW_CLI_CONFIG_TOPICS_H

#include "cli/config_values.h"

/* Takes from the engine's sections what concerns topics (buckets, expired, the tier's header), puts
 * the inputs' names into `{input}`, and checks what holds between topics: no record goes round, and
 * none of one region reaches a topic of another. Everything else of the file was read. */
void config_topics(struct config_reader *r);

#endif
