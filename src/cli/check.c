/* SPDX-License-Identifier: Apache-2.0 */
/* `logwash check -c FILE`: every problem of a configuration, its packs and its key ring. Reaches no
 * broker without --online. */
#include "cli/commands.h"
#include "cli/service.h"
#include "cli/terminal.h"
#include "cli/topics.h"

int cmd_check(struct invocation *inv) {
    struct service_source source;
    struct service service;
    const bool ok = service_load_named(&service, inv, &source);
    if (ok && !inv->set.quiet)
        for (size_t i = 0; i < service.n_engines; i++)
            message("%s: %s -> %s: %zu rules, generation %s", inv->set.config,
                    service.config.inputs[i].topic, service.config.inputs[i].output,
                    logwash_rule_count(service.engines[i]), logwash_generation(service.engines[i]));
    int code = ok ? EXIT_DONE : EXIT_USAGE;
    if (ok && inv->set.online) code = topics_online(&service, inv->set.config, 0, inv->set.quiet);
    service_fini(&service);
    return code;
}
