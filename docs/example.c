/* SPDX-License-Identifier: Apache-2.0 */
/* Washes a few lines with liblogwash, then lists what was found in them.
 *
 *     cc -o example example.c $(pkg-config --cflags --libs logwash) && ./example */
#include <logwash.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static bool print_finding(void *ctx, const struct logwash_finding *f) {
    const struct logwash_record *records = ctx;
    printf("record %zu, bytes %zu to %zu of %u: %s (%s), action %s\n", f->record + 1, f->start,
           f->end, records[f->record].len, f->rule, f->class_name, f->action);
    return true; /* go on */
}

static enum logwash_status wash(const struct logwash *lw, struct logwash_scratch *scratch,
                                const char *text) {
    /* The text is split into lines; a batch is those ranges of it. */
    struct logwash_record records[16];
    size_t used = 0;
    size_t n = logwash_frame(LOGWASH_FRAMING_LINE, text, strlen(text), true, records, 16, &used);
    const struct logwash_batch batch = {.data = text, .len = used, .records = records, .n = n};

    struct logwash_output out = {0};
    enum logwash_status status = logwash_wash_batch(lw, scratch, &batch, &out);
    if (status == LOGWASH_OK) {
        fwrite(out.data, 1, out.len, stdout);
        for (size_t i = 0; i < out.n; i++)
            printf("record %zu: %u edits\n", i + 1, out.results[i].verdict.edits);
        status = logwash_scan(lw, scratch, &batch, print_finding, records);
    }
    logwash_output_fini(&out);
    return status;
}

int main(void) {
    /* Pseudonyms are keyed. This key is new for each run, so tokens of two runs cannot be linked; a
     * key ring (logwash keys new) makes them stable. */
    uint8_t key[32];
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key) return 3;

    struct logwash *lw = NULL;
    struct logwash_error err = {0};
    const struct logwash_options options = {.run_key = key};
    if (logwash_load(&options, &lw, &err) != LOGWASH_OK) {
        fprintf(stderr, "example: %s\n", err.message);
        return 2;
    }
    /* One engine serves all threads; each thread has a scratch of its own. */
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    enum logwash_status status = LOGWASH_MEMORY;
    if (scratch)
        status = wash(lw, scratch,
                      "login of alice@example.com from 192.0.2.7\n"
                      "{\"user\": \"bob\", \"password\": \"not-a-real-one\"}\n"
                      "nothing to see here\n");
    logwash_scratch_free(scratch);
    logwash_free(lw);
    return status == LOGWASH_OK ? 0 : 1;
}
