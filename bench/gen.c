/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a made-up log to standard output.
 *
 *     gen [--seed N] [--hits PERCENT] [--escapes PERCENT] [--record BYTES] KIND BYTES
 *
 * Without arguments: the kinds. */
#include "gen.h"
#include <stdio.h>
#include <stdlib.h>

static int usage(void) {
    fputs("usage: gen [--seed N] [--hits PERCENT] [--escapes PERCENT] [--record BYTES] KIND BYTES\n"
          "kinds:",
          stderr);
    for (const struct gen_kind *k = gen_kinds; k->name; k++) fprintf(stderr, " %s", k->name);
    for (const struct gen_kind *k = gen_hostile; k->name; k++) fprintf(stderr, " %s", k->name);
    fputc('\n', stderr);
    return 2;
}

int main(int argc, char **argv) {
    struct gen_options set = {.seed = 1, .hits = GEN_DEFAULT, .escapes = GEN_DEFAULT};
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--seed") == 0)
            set.seed = value;
        else if (strcmp(argv[i], "--hits") == 0)
            set.hits = (unsigned)value;
        else if (strcmp(argv[i], "--escapes") == 0)
            set.escapes = (unsigned)value;
        else if (strcmp(argv[i], "--record") == 0)
            set.record_bytes = value;
        else
            return usage();
    }
    const struct gen_kind *kind = i + 2 == argc ? gen_kind_find(argv[i]) : NULL;
    if (!kind) return usage();
    struct buf out;
    buf_init(&out, 0);
    bool ok = gen_fill(kind, &set, strtoull(argv[i + 1], NULL, 10), &out) &&
              fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_fini(&out);
    return ok ? 0 : 3;
}
