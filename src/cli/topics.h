/* SPDX-License-Identifier: Apache-2.0 */
/* The topics of a configuration at a real cluster. */
#ifndef LW_CLI_TOPICS_H
#define LW_CLI_TOPICS_H

#include "cli/service.h"

enum { TOPICS_TABLE = 1, TOPICS_CREATE = 2 }; /* bits */

/* Asks the brokers about every topic of the configuration and says on stderr what is wrong; TABLE:
 * all of them on standard output too; CREATE: missing outputs and quarantines are made before.
 * Returns the exit code: 1 if something is wrong. */
int topics_online(const struct service *service, const char *file, unsigned what, bool quiet);

#endif
