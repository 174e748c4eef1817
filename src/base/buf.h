/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes with a cap and a sticky failure: append freely, look at `failed` once.
 *
 * Lifetime: the buffer owns its bytes; pointers into it die at the next append. `buf_reset` keeps
 * the memory, so that a recycled buffer allocates nothing in steady state.
 * Threads: one at a time. */
#ifndef LW_BASE_BUF_H
#define LW_BASE_BUF_H

#include "base/slice.h"

struct buf {
    uint8_t *ptr;
    size_t len;  /* bytes in use */
    size_t cap;  /* bytes owned */
    size_t max;  /* never more than this; 0: no cap */
    bool failed; /* an append did not fit or memory ran out; sticky until reset */
};

void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf);
void buf_reset(struct buf *buf);

/* Room for at least `len` more bytes; false sets `failed`. */
bool buf_reserve(struct buf *buf, size_t len);
/* `len` new uninitialised bytes at the end, counted as in use; NULL sets `failed`. */
uint8_t *buf_extend(struct buf *buf, size_t len);
bool buf_append(struct buf *buf, const void *bytes, size_t len);
bool buf_slice(struct buf *buf, struct slice s);
bool buf_byte(struct buf *buf, uint8_t byte);
bool buf_str(struct buf *buf, const char *text);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct slice buf_view(const struct buf *buf) { return slice_of(buf->ptr, buf->len); }

/* Grows an array of `elem`-byte items so that `need` of them fit; doubles. False: out of memory,
 * the array stays as it was. Use: VEC_GROW(items, cap, n + 1). */
bool vec_grow(void **items, size_t *cap, size_t need, size_t elem);
#define VEC_GROW(items, cap, need)                                                                 \
    ((need) <= (cap) || vec_grow((void **)&(items), &(cap), (need), sizeof *(items)))

#endif
