/* SPDX-License-Identifier: Apache-2.0 */
/* The portable kernels against a loop over bytes, every level against the same loop. The input ends
 * at a page that cannot be read, at every alignment and length. */
#include "base/mask.h"
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

enum { MAX_LEN = 4096, WORDS = MAX_LEN / 64, CANARY = 2 };

static uint8_t *page_end; /* the first byte behind MAX_LEN readable ones */

static int set_up(void **state) {
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), len = (MAX_LEN + page - 1) / page * page;
    uint8_t *map =
        mmap(NULL, len + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) return -1;
    page_end = map + len;
    return mprotect(page_end, page, PROT_NONE);
}

/* The definitions of mask.h, word for word. */
static void naive_any(const uint8_t *src, size_t len, const uint8_t *any, size_t n,
                      uint64_t *word) {
    memset(word, 0, mask_words(len) * 8);
    for (size_t i = 0; i < len; i++)
        for (size_t k = 0; k < n; k++)
            if (src[i] == any[k]) word[i / 64] |= 1ull << (i % 64);
}

static bool naive_quotes(const uint8_t *src, size_t len, uint64_t *quote, uint64_t *inside) {
    memset(quote, 0, mask_words(len) * 8);
    memset(inside, 0, mask_words(len) * 8);
    bool open = false;
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        const bool is_quote = src[i] == '"' && run % 2 == 0;
        run = src[i] == '\\' ? run + 1 : 0;
        if (is_quote) open = !open;
        if (is_quote) quote[i / 64] |= 1ull << (i % 64);
        if (open) inside[i / 64] |= 1ull << (i % 64);
    }
    return open;
}

static void same(const char *what, const uint64_t *got, const uint64_t *want, size_t len) {
    const size_t n = mask_words(len);
    for (size_t w = 0; w < n; w++)
        if (got[w] != want[w])
            fail_msg("%s: length %zu, word %zu: got %016llx, wanted %016llx", what, len, w,
                     (unsigned long long)got[w], (unsigned long long)want[w]);
    for (size_t w = n; w < n + CANARY; w++)
        assert_true(got[w] == 0x5a5a5a5a5a5a5a5aull); /* nothing more is written */
}

static void check(const uint8_t *src, size_t len) {
    static const uint8_t any[4] = {'"', '\\', 0x80, 0};
    uint64_t want[WORDS + CANARY], want2[WORDS + CANARY], got[WORDS + CANARY], got2[WORDS + CANARY];
    for (enum cpu_level level = CPU_PORTABLE; level <= cpu_detect(); level++) {
        const struct mask_kernels *kernels = mask_kernels(level);
        for (size_t n = 1; n <= 4; n++) {
            memset(got, 0x5a, sizeof got);
            naive_any(src, len, any, n, want);
            kernels->any(src, len, any, n, got);
            same("any", got, want, len);
        }
        memset(got, 0x5a, sizeof got);
        memset(got2, 0x5a, sizeof got2);
        const bool open = naive_quotes(src, len, want, want2);
        assert_int_equal(kernels->quotes(src, len, got, got2), open);
        same("quote", got, want, len);
        same("inside", got2, want2, len);
    }
}

static void fill(uint8_t *dst, size_t len, uint64_t *seed, unsigned kind) {
    static const char alphabet[4][9] = {"\\\\\\\\\\\\\\\"", "\\\"\\\"a\"\\a", "aaaaaa\"\\",
                                        "\0\x80\xff\"\\\xdc\xa2Z"};
    for (size_t i = 0; i < len; i++) {
        const uint64_t r = test_random(seed);
        dst[i] = kind < 4 ? (uint8_t)alphabet[kind][r % 8] : (uint8_t)r;
    }
}

static void every_length_at_every_alignment(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (size_t align = 0; align < 64; align++)
        for (size_t len = 0; len <= 200; len++) {
            uint8_t *src = page_end - MAX_LEN + align;
            fill(src, len, &seed, (unsigned)(align + len) % 5);
            check(src, len);
        }
}

static void ends_on_a_guard_page(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (unsigned kind = 0; kind < 5; kind++)
        for (size_t len = 0; len <= 200; len++) {
            fill(page_end - len, len, &seed, kind);
            check(page_end - len, len);
        }
}

/* A run of backslashes of every length to 200 at every place of a block, a quote behind it. */
static void runs_of_backslashes(void **state) {
    (void)state;
    for (size_t start = 0; start < 70; start++)
        for (size_t run = 0; run <= 200; run++) {
            const size_t len = start + run + 3;
            uint8_t *src = page_end - len;
            memset(src, start % 2 ? '"' : 'a', start);
            memset(src + start, '\\', run);
            memcpy(src + start + run, "\"\"a", 3);
            check(src, len);
        }
}

static void long_input(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 400; round++) {
        const size_t len = MAX_LEN - test_random(&seed) % 200;
        fill(page_end - len, len, &seed, (unsigned)round % 5);
        check(page_end - len, len);
    }
}

static void next_and_prev(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 2000; round++) {
        uint64_t word[4] = {0};
        const size_t len = test_random(&seed) % 256 + 1;
        for (uint64_t n = test_random(&seed) % 6; n > 0; n--) {
            const size_t at = test_random(&seed) % len;
            word[at / 64] |= 1ull << (at % 64);
        }
        for (size_t from = 0; from <= len; from++) {
            size_t next = from, prev = from;
            while (next < len && !mask_has(word, next)) next++;
            while (prev > 0 && !mask_has(word, prev - 1)) prev--;
            assert_int_equal(mask_next(word, from, len), next);
            assert_int_equal(mask_prev(word, from), prev == 0 ? SIZE_MAX : prev - 1);
        }
    }
}

/* Without this the comparison of levels could compare the portable kernels with themselves. */
static void avx2_is_what_it_says(void **state) {
    (void)state;
    if (cpu_detect() < CPU_AVX2) {
        print_message("this machine has no AVX2: the AVX2 kernels were not run\n");
        skip();
    }
    assert_ptr_not_equal(mask_kernels(CPU_AVX2), mask_kernels(CPU_PORTABLE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_at_every_alignment),
        cmocka_unit_test(ends_on_a_guard_page),
        cmocka_unit_test(runs_of_backslashes),
        cmocka_unit_test(long_input),
        cmocka_unit_test(next_and_prev),
        cmocka_unit_test(avx2_is_what_it_says),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
