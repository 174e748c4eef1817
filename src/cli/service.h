/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a configuration file names, loaded: its values, packs, key ring, and one engine for
 * each input. `run`, `check`, `demo` and a reload all come through here.
 *
 * Lifetime: the service owns its engines and texts; service_fini gives all back. Threads: one at a
 * time. */
#ifndef LW_CLI_SERVICE_H
#define LW_CLI_SERVICE_H

#include "cli/config.h"
#include "cli/flags.h"

struct service {
    struct config config;
    struct buf text;          /* the file */
    struct logwash **engines; /* one for each input */
    size_t n_engines;
};

struct service_source {
    const char *path; /* the file, and its name in messages */
    const char *text; /* not NULL: this text instead of the file */
    const void *ring; /* not NULL: this key ring instead of keys.ring */
    size_t ring_len;
    const struct texts *properties; /* -X NAME=VALUE; may be NULL; they win over the file */
};

/* Loads; all problems of file, packs and ring go to `report` as one text, warnings too. False:
 * there were errors; nothing is held, but service_fini is allowed. */
bool service_load(struct service *service, const struct service_source *source, struct buf *report);
/* The same; what there is to say goes to stderr. */
bool service_load_shown(struct service *service, const struct service_source *source);
/* The same for what -c and -X name; *source is that. */
bool service_load_named(struct service *service, const struct invocation *inv,
                        struct service_source *source);
void service_fini(struct service *service);

#endif
