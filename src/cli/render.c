/* SPDX-License-Identifier: Apache-2.0 */
/* logwash render: for the build, not for users, and so in no list of commands. */
#include "cli/render.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

int cmd_render(struct invocation *inv) {
    static const struct {
        const char *name;
        void (*render)(struct buf *out);
    } kinds[] = {{"man", man_render},
                 {"bash", completion_bash},
                 {"zsh", completion_zsh},
                 {"fish", completion_fish}};
    for (size_t i = 0; inv->n_args == 1 && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(inv->args[0], kinds[i].name) != 0) continue;
        struct buf out;
        buf_init(&out, 0);
        kinds[i].render(&out);
        const bool failed = out.failed;
        if (!failed) fwrite(out.ptr, 1, out.len, stdout);
        buf_fini(&out);
        if (failed) message("out of memory");
        return failed ? EXIT_WORLD : EXIT_DONE;
    }
    help_usage(inv->command);
    return EXIT_USAGE;
}
