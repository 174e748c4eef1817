/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of blocks; `now` is the one handed out from, those behind it are empty and wait for
 * reuse. */
#include "base/arena.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define POISON(ptr, len)   ASAN_POISON_MEMORY_REGION((ptr), (len))
#define UNPOISON(ptr, len) ASAN_UNPOISON_MEMORY_REGION((ptr), (len))
enum { ARENA_GAP = 16 }; /* poisoned bytes between objects */
#else
#define POISON(ptr, len)   ((void)(ptr), (void)(len))
#define UNPOISON(ptr, len) ((void)(ptr), (void)(len))
enum { ARENA_GAP = 0 };
#endif

enum { ARENA_ALIGN = 16, ARENA_FIRST = 4096, ARENA_LARGEST_STEP = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t cap;
    _Alignas(ARENA_ALIGN) uint8_t bytes[];
};

void arena_init(struct arena *arena) { *arena = (struct arena){0}; }

void arena_fini(struct arena *arena) {
    for (struct arena_block *block = arena->first, *next; block; block = next) {
        next = block->next;
        UNPOISON(block->bytes, block->cap);
        free(block);
    }
    arena_init(arena);
}

void arena_reset(struct arena *arena) { arena_rewind(arena, (struct arena_mark){0}); }

struct arena_mark arena_mark(const struct arena *arena) {
    return (struct arena_mark){arena->now, arena->used};
}

void arena_rewind(struct arena *arena, struct arena_mark mark) {
    if (!arena->first) return;
    arena->now = mark.block ? mark.block : arena->first;
    arena->used = mark.block ? mark.used : 0;
    POISON(arena->now->bytes + arena->used, arena->now->cap - arena->used);
    for (struct arena_block *block = arena->now->next; block; block = block->next)
        POISON(block->bytes, block->cap);
}

/* Makes the block behind `now` one with room for `len` bytes: a waiting one if any fits, else a new
 * one. */
static bool arena_next(struct arena *arena, size_t len) {
    struct arena_block **link = arena->now ? &arena->now->next : &arena->first;
    struct arena_block **from = link;
    while (*from && (*from)->cap < len) from = &(*from)->next;
    struct arena_block *block = *from;
    if (block) {
        *from = block->next;
    } else {
        size_t cap = arena->now ? arena->now->cap * 2 : ARENA_FIRST;
        if (cap > ARENA_LARGEST_STEP) cap = ARENA_LARGEST_STEP;
        if (cap < len) cap = len;
        block = malloc(sizeof *block + cap);
        if (!block) return false;
        block->cap = cap;
        POISON(block->bytes, cap);
    }
    block->next = *link;
    *link = block;
    arena->now = block;
    arena->used = 0;
    return true;
}

void *arena_alloc(struct arena *arena, size_t len) {
    if (len > SIZE_MAX / 4) return NULL;
    const size_t take = (len + ARENA_GAP + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if ((!arena->now || take > arena->now->cap - arena->used) && !arena_next(arena, take))
        return NULL;
    uint8_t *ptr = arena->now->bytes + arena->used;
    arena->used += take;
    UNPOISON(ptr, len);
    return memset(ptr, 0, len);
}

struct slice arena_copy(struct arena *arena, struct slice bytes) {
    uint8_t *ptr = bytes.len < SIZE_MAX / 4 ? arena_alloc(arena, bytes.len + 1) : NULL;
    if (!ptr) return (struct slice){NULL, 0};
    if (bytes.len) memcpy(ptr, bytes.ptr, bytes.len);
    return (struct slice){ptr, bytes.len};
}
