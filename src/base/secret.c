/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation is a mapping of its own between two pages that cannot be touched. Locking needs
 * RLIMIT_MEMLOCK and may fail; the pages then still are left out of core dumps. */
#include "base/secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static size_t in_pages(size_t len) {
    const size_t page = page_size();
    return (len + page - 1) & ~(page - 1);
}

void *secret_new(size_t len) {
    if (len > SIZE_MAX / 4) return NULL;
    const size_t guard = page_size(), inner = in_pages(len ? len : 1);
    uint8_t *map = mmap(NULL, inner + 2 * guard, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return NULL;
    uint8_t *ptr = map + guard;
    if (mprotect(ptr, inner, PROT_READ | PROT_WRITE) != 0) {
        munmap(map, inner + 2 * guard);
        return NULL;
    }
    (void)mlock(ptr, inner);
    (void)madvise(ptr, inner, MADV_DONTDUMP);
    if (madvise(ptr, inner, MADV_WIPEONFORK) != 0) (void)madvise(ptr, inner, MADV_DONTFORK);
    return ptr;
}

void secret_free(void *ptr, size_t len) {
    if (!ptr) return;
    const size_t guard = page_size(), inner = in_pages(len ? len : 1);
    secret_wipe(ptr, len);
    munmap((uint8_t *)ptr - guard, inner + 2 * guard);
}

void secret_wipe(void *ptr, size_t len) {
    if (len) explicit_bzero(ptr, len);
}

void secret_harden_process(void) {
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
