/* SPDX-License-Identifier: Apache-2.0 */
/* `logwash run -c FILE`: the Kafka service. */
#include "cli/commands.h"
#include "cli/serve.h"
#include "cli/terminal.h"

#include <unistd.h>

int cmd_run(struct invocation *inv) {
    struct service_source source;
    struct service service;
    if (!service_load_named(&service, inv, &source)) return EXIT_USAGE;

    struct log log;
    log_init(&log, STDERR_FILENO, service.config.log_format == LOG_FORMAT_JSON,
             (enum log_level)service.config.log_level);
    struct stats stats = {0};
    const struct serve_options options = {
        .service = &service,
        .source = &source,
        .stop_at_end = inv->set.stop_at_end,
        .log = &log,
        .stats = &stats,
    };
    const int code = serve_exit_code(service_serve(&options, NULL));
    service_fini(&service);
    return code;
}
