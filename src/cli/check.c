/* SPDX-License-Identifier: Apache-2.0 */
/* `logwash check -c FILE`: every problem of a configuration, its packs and its key ring. Reaches no
 * broker. */
#include "cli/commands.h"
#include "cli/service.h"
#include "cli/terminal.h"

int cmd_check(struct invocation *inv) {
    if (!inv->set.config) {
        message("check needs a configuration (-c FILE)");
        return EXIT_USAGE;
    }
    if (inv->set.online) {
        message("--online is not yet supported");
        return EXIT_USAGE;
    }
    const struct service_source source = {.path = inv->set.config,
                                          .properties = &inv->set.properties};
    struct service service;
    struct buf report;
    buf_init(&report, 0);
    const bool ok = service_load(&service, &source, &report);
    if (buf_byte(&report, 0)) message_text((const char *)report.ptr);
    buf_fini(&report);
    if (ok && !inv->set.quiet)
        for (size_t i = 0; i < service.n_engines; i++)
            message("%s: %s -> %s: %zu rules, generation %s", inv->set.config,
                    service.config.inputs[i].topic, service.config.inputs[i].output,
                    logwash_rule_count(service.engines[i]), logwash_generation(service.engines[i]));
    service_fini(&service);
    return ok ? EXIT_DONE : EXIT_USAGE;
}
