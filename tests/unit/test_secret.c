/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `body` in a child; returns its wait status. */
static int in_child(void (*body)(uint8_t *), uint8_t *ptr) {
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        body(ptr);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void read_behind(uint8_t *ptr) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    _exit(((volatile uint8_t *)ptr)[page]);
}
static void read_before(uint8_t *ptr) { _exit(((volatile uint8_t *)ptr)[-1]); }
static void read_inside(uint8_t *ptr) { _exit(((volatile uint8_t *)ptr)[5]); }

static void pages_are_zero_and_guarded(void **state) {
    (void)state;
    const size_t lens[] = {0, 1, 32, 4095, 4096, 4097, 1 << 20};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        uint8_t *ptr = secret_new(lens[i]);
        assert_non_null(ptr);
        for (size_t k = 0; k < lens[i]; k++) assert_int_equal(ptr[k], 0);
        memset(ptr, 0xee, lens[i]);
        secret_free(ptr, lens[i]);
    }
    secret_free(NULL, 32);
    assert_null(secret_new(SIZE_MAX));
    uint8_t *ptr = secret_new(32);
    assert_non_null(ptr);
    assert_true(in_child(read_behind, ptr) != 0); /* a signal, or the sanitizer's exit code */
    assert_true(in_child(read_before, ptr) != 0);
    secret_free(ptr, 32);
}

/* A child either sees zeros (MADV_WIPEONFORK) or dies of looking. */
static void children_do_not_see_it(void **state) {
    (void)state;
    uint8_t *ptr = secret_new(32);
    assert_non_null(ptr);
    memset(ptr, 77, 32);
    const int status = in_child(read_inside, ptr);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 77);
    assert_int_equal(ptr[5], 77);
    secret_free(ptr, 32);
}

/* The flags of the mapping, as the kernel reports them: dd = left out of core dumps. */
static void left_out_of_core_dumps(void **state) {
    (void)state;
    uint8_t *ptr = secret_new(32);
    assert_non_null(ptr);
    FILE *maps = fopen("/proc/self/smaps", "r");
    if (!maps) {
        print_message("no /proc here: the mapping's flags cannot be read\n");
        secret_free(ptr, 32);
        skip();
    }
    char line[512], want[32];
    snprintf(want, sizeof want, "%lx-", (unsigned long)(uintptr_t)ptr);
    bool inside = false, dont_dump = false;
    while (fgets(line, sizeof line, maps)) {
        if (strncmp(line, want, strlen(want)) == 0) inside = true;
        if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            dont_dump = strstr(line, " dd") != NULL;
            break;
        }
    }
    fclose(maps);
    assert_true(inside);
    assert_true(dont_dump);
    secret_free(ptr, 32);
}

static void wipe_overwrites(void **state) {
    (void)state;
    uint8_t bytes[40];
    memset(bytes, 1, sizeof bytes);
    secret_wipe(bytes, 39);
    secret_wipe(NULL, 0);
    for (int i = 0; i < 39; i++) assert_int_equal(bytes[i], 0);
    assert_int_equal(bytes[39], 1);
}

static void harden(uint8_t *ptr) {
    (void)ptr;
    secret_harden_process();
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) _exit(1);
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) _exit(2);
    _exit(42);
}

static void process_gives_up_dumps(void **state) {
    (void)state;
    const int status = in_child(harden, NULL);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_zero_and_guarded), cmocka_unit_test(children_do_not_see_it),
        cmocka_unit_test(left_out_of_core_dumps),     cmocka_unit_test(wipe_overwrites),
        cmocka_unit_test(process_gives_up_dumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
