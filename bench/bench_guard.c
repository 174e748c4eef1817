/* SPDX-License-Identifier: Apache-2.0 */
/* Counted work for bench/guard: loads the rules of a pack, then washes a small made-up log of each
 * kind, each part as one dump of callgrind (valgrind --tool=callgrind --instr-atstart=no). Counts
 * of instructions do not depend on what else the machine does; with a pack of their own they do not
 * depend on the bundled rules either.
 *
 *     bench_guard PACK */
#include "corpus.h"
#include "report.h"
#include <stdlib.h>
#include <valgrind/callgrind.h>

enum { GUARD_BYTES = 64 * 1024 };

/* Prints a hash of what was washed and of what came out: counts mean something for these alone. */
static void guard_kind(const struct logwash *lw, const char *kind) {
    const struct gen_options options = {.seed = 9, .hits = GEN_DEFAULT, .escapes = GEN_DEFAULT};
    struct corpus c = corpus_of_kind(kind, &options, GUARD_BYTES);
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    if (!scratch) die("out of memory", kind);
    for (int pass = 0; pass < 3; pass++) { /* the first ones make machine code and grow buffers */
        if (pass == 2) CALLGRIND_START_INSTRUMENTATION;
        if (pass == 2) CALLGRIND_ZERO_STATS;
        if (logwash_wash_batch(lw, scratch, c.batches, &out) != LOGWASH_OK)
            die("wash failed", kind);
    }
    CALLGRIND_DUMP_STATS_AT(kind);
    CALLGRIND_STOP_INSTRUMENTATION;
    printf("%s %zu %016llx\n", kind, c.batches[0].len,
           (unsigned long long)measure_checksum(0, c.batches[0].data, c.batches[0].len));
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    corpus_free(&c);
}

static struct logwash *guard_load(const char *path) {
    static const uint8_t key[32] = "a key for benches, not a secret";
    struct corpus text = corpus_of_file(path, 0);
    const struct logwash_source pack = {path, text.data, text.len};
    const struct logwash_options options = {.run_key = key,
                                            .packs = &pack,
                                            .n_packs = 1,
                                            .without_bundled_packs = true};
    struct logwash *lw = NULL;
    struct logwash_error err = {0};
    CALLGRIND_START_INSTRUMENTATION;
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) die("cannot load the rules", err.message);
    CALLGRIND_DUMP_STATS_AT("load");
    CALLGRIND_STOP_INSTRUMENTATION;
    printf("load %zu %016llx\n", text.len,
           (unsigned long long)measure_checksum(0, text.data, text.len));
    corpus_free(&text);
    return lw;
}

int main(int argc, char **argv) {
    if (argc != 2) die("usage: bench_guard PACK", "");
    struct logwash *lw = guard_load(argv[1]);
    for (const struct gen_kind *k = gen_kinds; k->name; k++) guard_kind(lw, k->name);
    logwash_free(lw);
    return 0;
}
