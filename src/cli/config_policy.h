/* SPDX-License-Identifier: Apache-2.0 */
/* `config show --policy`: the auditor's table. */
#ifndef LW_CLI_CONFIG_POLICY_H
#define LW_CLI_CONFIG_POLICY_H

#include "cli/commands.h"
#include "cli/config.h"

/* For each input of the configuration (without any: for standard input) what is done with each
 * class, how long such a record may be kept and where it goes, then what passes by name. 0, or the
 * exit code. */
int policy_show(const struct config *config, const struct invocation *inv);

#endif
