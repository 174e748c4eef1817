/* SPDX-License-Identifier: Apache-2.0 */
#include "corpus.h"
#include <stdio.h>
#include <stdlib.h>

_Noreturn void die(const char *what, const char *which) {
    fprintf(stderr, "bench: %s: %s\n", what, which);
    exit(3);
}

static void *must_alloc(size_t len) {
    void *p = malloc(len ? len : 1);
    if (!p) die("out of memory", "corpus");
    return p;
}

static uint8_t *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    if (!f) die("cannot open", path);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    if (size <= 0) die("empty", path);
    rewind(f);
    uint8_t *data = must_alloc((size_t)size + 1);
    if (fread(data, 1, (size_t)size, f) != (size_t)size) die("cannot read", path);
    fclose(f);
    *len = (size_t)size;
    if (data[*len - 1] != '\n') data[(*len)++] = '\n';
    return data;
}

static void cut(struct corpus *c) {
    size_t cap = 0;
    for (size_t i = 0; i < c->len; i++) cap += c->data[i] == '\n';
    c->records = must_alloc(cap * sizeof *c->records);
    c->batches = must_alloc((c->len / (CORPUS_BATCH / 2) + 2) * sizeof *c->batches);
    for (size_t off = 0; off < c->len;) {
        size_t left = c->len - off, len = left < CORPUS_BATCH ? left : CORPUS_BATCH, used = 0;
        const uint8_t *end = memchr(c->data + off, '\n', left);
        if (end && (size_t)(end - (c->data + off)) >= len) len = (size_t)(end - c->data) + 1 - off;
        struct logwash_record *records = c->records + c->n_records;
        size_t n = logwash_frame(LOGWASH_FRAMING_LINE, c->data + off, len, false, records,
                                 cap - c->n_records, &used);
        if (n == 0) die("no line", "corpus");
        c->batches[c->n_batches++] =
            (struct logwash_batch){.data = c->data + off, .len = used, .records = records, .n = n};
        c->n_records += n;
        off += used;
    }
}

struct corpus corpus_of_file(const char *path, size_t bytes) {
    struct corpus c = {0};
    size_t len;
    uint8_t *once = read_file(path, &len);
    size_t times = bytes / len + 1;
    if (times == 1 && len > bytes) { /* a cut at a line's end */
        while (bytes > 0 && once[bytes - 1] != '\n') bytes--;
        if (bytes > 0) len = bytes;
    }
    c.data = must_alloc(len * times);
    for (size_t i = 0; i < times; i++) memcpy(c.data + i * len, once, len);
    c.len = len * times;
    free(once);
    cut(&c);
    return c;
}

struct corpus corpus_of_kind(const char *name, const struct gen_options *options, size_t bytes) {
    const struct gen_kind *kind = gen_kind_find(name);
    struct buf text;
    if (!kind) die("no such kind of log", name);
    buf_init(&text, 0);
    if (!gen_fill(kind, options, bytes, &text)) die("out of memory", name);
    struct corpus c = {.data = text.ptr, .len = text.len};
    cut(&c);
    return c;
}

struct corpus corpus_head(const struct corpus *c, size_t bytes) {
    struct corpus head = *c;
    head.n_batches = head.n_records = head.len = 0;
    while (head.n_batches < c->n_batches &&
           (head.n_batches == 0 || head.len + c->batches[head.n_batches].len <= bytes)) {
        head.len += c->batches[head.n_batches].len;
        head.n_records += c->batches[head.n_batches++].n;
    }
    return head;
}

void corpus_free(struct corpus *c) {
    free(c->data);
    free(c->records);
    free(c->batches);
}
