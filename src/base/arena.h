/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once.
 *
 * Lifetime: all blocks live until arena_reset, arena_rewind to an earlier mark, or arena_fini.
 * arena_reset and arena_rewind keep the memory. Blocks are aligned to 16 bytes, poisoned when given
 * back under AddressSanitizer. Threads: one at a time. */
#ifndef LW_BASE_ARENA_H
#define LW_BASE_ARENA_H

#include "base/slice.h"

struct arena_block;
struct arena {
    struct arena_block *first, *now;
    size_t used; /* bytes of `now` handed out */
};
struct arena_mark {
    struct arena_block *block;
    size_t used;
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);
void arena_reset(struct arena *arena);

/* `len` bytes set to zero; NULL: out of memory. */
void *arena_alloc(struct arena *arena, size_t len);
/* A copy of the bytes, followed by a NUL that does not count; ptr NULL: out of memory. */
struct slice arena_copy(struct arena *arena, struct slice bytes);
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

#define ARENA_NEW(arena, type)      ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

#endif
