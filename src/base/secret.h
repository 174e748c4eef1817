/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for key bytes: own pages, locked where the system allows it, left out of core dumps and of
 * children, wiped when freed.
 *
 * Threads: allocation and free are safe from any thread. */
#ifndef LW_BASE_SECRET_H
#define LW_BASE_SECRET_H

#include <stddef.h>

/* `len` bytes set to zero; NULL: out of memory. */
void *secret_new(size_t len);
/* Wipes and frees; `len` as given to secret_new; NULL is allowed. */
void secret_free(void *ptr, size_t len);
/* Overwrites; the compiler may not leave it out. */
void secret_wipe(void *ptr, size_t len);
/* The process gives up core dumps and being traced (RLIMIT_CORE 0, PR_SET_DUMPABLE 0). */
void secret_harden_process(void);

#endif
