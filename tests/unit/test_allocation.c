/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation, counted and made to fail: nothing is allocated per record in steady state (P7), and
 * every failed allocation ends in a status, never in a crash or in unscanned bytes.
 *
 * malloc, calloc and realloc of the whole process, its libraries included, go through this file. */
#include "engine.h"
#include <dlfcn.h>

static size_t n_allocations;
static size_t fail_at; /* number of the allocation that fails, counted from 1; 0: none */

static bool may_allocate(void) {
    n_allocations++;
    return fail_at == 0 || n_allocations != fail_at;
}

/* dlsym itself may call calloc before the real one is known. */
static char early[4096];
static size_t early_used;

#define REAL(name, type)                                                                           \
    static type real;                                                                              \
    if (real == NULL) {                                                                            \
        void *symbol = dlsym(RTLD_NEXT, name);                                                     \
        memcpy(&real, &symbol, sizeof real);                                                       \
    }

typedef void *(*malloc_function)(size_t);
typedef void *(*calloc_function)(size_t, size_t);
typedef void *(*realloc_function)(void *, size_t);
typedef void (*free_function)(void *);

/* Hidden, as the build makes them otherwise, they would be the program's alone. */
#define SEEN __attribute__((visibility("default")))

SEEN void *malloc(size_t len) {
    REAL("malloc", malloc_function)
    return may_allocate() ? real(len) : NULL;
}

SEEN void *calloc(size_t n, size_t len) {
    static bool resolving;
    if (resolving) {
        void *at = early + early_used;
        early_used += (n * len + 15) & ~(size_t)15;
        return early_used <= sizeof early ? at : NULL;
    }
    resolving = true;
    REAL("calloc", calloc_function)
    resolving = false;
    return may_allocate() ? real(n, len) : NULL;
}

SEEN void *realloc(void *ptr, size_t len) {
    REAL("realloc", realloc_function)
    return may_allocate() ? real(ptr, len) : NULL;
}

SEEN void free(void *ptr) {
    REAL("free", free_function)
    if ((char *)ptr < early || (char *)ptr >= early + sizeof early) real(ptr);
}

static const char pack[] =
    "pack: t\nrules:\n" RULE("t.ip", "ipv4",
                             "pattern: '(?<![\\d.])\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\d.])'")
        RULE("t.token", "github_token", "pattern: '\\bghp_[A-Za-z0-9]{8}\\b'\n    keywords: [key]")
            RULE("t.password", "password", "keys: [password, '*_secret']");

static const char *const lines[] = {
    "10.1.2.3 - - \"GET /?u=alice%40corp.com HTTP/1.1\" 200 password=hunter2",
    "{\"password\":{\"a\":1},\"log\":\"{\\\"my_secret\\\":\\\"x1\\\"}\",\"n\":[1,2]}",
    "nothing to see here at all",
    "my key ghp_00000000 \x1b[1mbold\x1b[0m",
};

enum { BATCH = 1000, WARM_UP = 250, BATCHES = 1000 };

/* Record i of batch b: no two hold the same address, so that a cache of values cannot help. */
static size_t write_line(char *to, unsigned b, unsigned i) {
    const char *line = lines[i % 4], *before = "", *behind = " ";
    if (line[0] == '{') {
        line++;
        before = "{\"ip\":\"";
        behind = "\",";
    }
    return (size_t)sprintf(to, "%s%u.%u.%u.%u%s%s\n", before, 10 + i % 4, b % 250, 100 + b / 250,
                           i / 4, behind, line);
}

static size_t fill(struct logwash_batch *batch, struct logwash_record *records, char *data,
                   unsigned b) {
    size_t used;
    batch->len = 0;
    for (unsigned i = 0; i < BATCH; i++) batch->len += write_line(data + batch->len, b, i);
    batch->n = logwash_frame(LOGWASH_FRAMING_LINE, data, batch->len, true, records, BATCH, &used);
    return batch->n;
}

/* The first batches make what is made once: patterns are compiled at their first attempt, buffers
 * grow. */
static void count_allocations(const char *text) {
    struct logwash *lw = test_engine(text, (struct logwash_options){.format = LOGWASH_FORMAT_AUTO});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    static struct logwash_record records[BATCH];
    static char data[BATCH * 120];
    struct logwash_batch batch = {.data = data,
                                  .records = records,
                                  .framing = LOGWASH_FRAMING_LINE};
    size_t before = 0;
    for (unsigned b = 0; b < WARM_UP + BATCHES; b++) {
        if (b == WARM_UP) before = n_allocations;
        if (fill(&batch, records, data, b) != BATCH ||
            logwash_wash_batch(lw, scratch, &batch, &out) != LOGWASH_OK)
            fail();
    }
    assert_int_equal(n_allocations - before, 0);
    assert_true(out.results[0].verdict.edits >= 2);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

static void nothing_is_allocated_per_record(void **state) {
    (void)state;
    count_allocations(pack);
}

static void nothing_is_allocated_per_record_by_the_bundled_packs(void **state) {
    (void)state;
    count_allocations(NULL);
}

/* Loads and washes while allocation number `n` fails; true if everything went well all the same. */
static bool attempt(size_t n) {
    struct logwash_source source = {"test.yaml", pack, sizeof pack - 1};
    struct logwash_options options = {.packs = &source,
                                      .n_packs = 1,
                                      .without_bundled_packs = true,
                                      .run_key = test_run_key};
    struct logwash *lw = NULL;
    struct logwash_scratch *scratch = NULL;
    struct logwash_output out = {0};
    n_allocations = 0;
    fail_at = n;
    bool ok = logwash_load(&options, &lw, NULL) == LOGWASH_OK;
    if (ok) scratch = logwash_scratch_new(lw);
    ok = ok && scratch != NULL;
    for (int i = 0; ok && i < 4; i++)
        ok = logwash_wash(lw, scratch, lines[i], strlen(lines[i]), &out) == LOGWASH_OK;
    ok = ok && n_allocations < n;
    fail_at = 0;
    if (out.len > 0 && memmem(out.data, out.len, "hunter2", 7) != NULL)
        fail_msg("allocation %zu: unwashed", n);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
    return ok;
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    size_t n = 1;
    while (n < 200000 && !attempt(n)) n += n < 2000 ? 1 : 7;
    assert_in_range(n, 100, 199999);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_allocated_per_record),
                                       cmocka_unit_test(
                                           nothing_is_allocated_per_record_by_the_bundled_packs),
                                       cmocka_unit_test(every_failed_allocation_is_a_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
