/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events build the tree; an explicit stack of frames holds the collections that are still
 * open.
 *
 * libyaml's marks count characters. The cursor turns them into bytes: it remembers the last pair
 * and walks from there, back or forth, so that a file costs one walk. The encoding is set to UTF-8
 * beforehand, which keeps a byte order mark among the characters that are counted. */
#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

struct frame {
    struct yaml *node;
    size_t first;     /* index of its first child in `children` */
    struct yaml *key; /* map: the key whose value comes next, or NULL */
    bool wants_value; /* map: the next node is a value (of a refused key if key is NULL) */
};

struct reader {
    const struct diag_source *source;
    struct arena *arena;
    struct diags *diags;
    struct frame frames[YAML_MAX_DEPTH];
    size_t depth, n_nodes, n_documents;
    struct yaml **children; /* of all open frames: items, or key and value in turn */
    size_t n_children, cap_children;
    struct yaml *root;
    size_t skipped;      /* bytes of a byte order mark */
    size_t chars, bytes; /* cursor */
    bool stop;           /* a problem after which nothing more can be told */
};

static size_t byte_at(struct reader *r, size_t chars) {
    const struct slice text = r->source->text;
    while (r->chars < chars && r->bytes < text.len) {
        do r->bytes++;
        while (r->bytes < text.len && (text.ptr[r->bytes] & 0xc0) == 0x80);
        r->chars++;
    }
    while (r->chars > chars) {
        do r->bytes--;
        while (r->bytes > 0 && (text.ptr[r->bytes] & 0xc0) == 0x80);
        r->chars--;
    }
    return r->bytes;
}

static void out_of_memory(struct reader *r) {
    r->diags->failed = true;
    r->stop = true;
}

static void refuse(struct reader *r, const yaml_event_t *event, const char *what) {
    const size_t off = byte_at(r, event->start_mark.index);
    diag_add(r->diags, DIAG_ERROR, r->source, off, 1, "%s", what);
}

static struct yaml *node_new(struct reader *r, const yaml_event_t *event, enum yaml_kind kind) {
    if (r->n_nodes == YAML_MAX_NODES) {
        refuse(r, event, "more than 1000000 nodes");
        r->stop = true;
        return NULL;
    }
    struct yaml *node = ARENA_NEW(r->arena, struct yaml);
    if (!node) {
        out_of_memory(r);
        return NULL;
    }
    r->n_nodes++;
    node->kind = kind;
    node->source = r->source;
    node->off = byte_at(r, event->start_mark.index);
    node->len = kind == YAML_SCALAR ? byte_at(r, event->end_mark.index) - node->off : 1;
    return node;
}

static bool push_child(struct reader *r, struct yaml *node) {
    if (!VEC_GROW(r->children, r->cap_children, r->n_children + 1)) {
        out_of_memory(r);
        return false;
    }
    r->children[r->n_children++] = node;
    return true;
}

/* Hangs a complete node into the innermost open collection. */
static void attach(struct reader *r, struct yaml *node) {
    if (r->depth == 0) {
        r->root = node;
        return;
    }
    struct frame *frame = &r->frames[r->depth - 1];
    if (frame->node->kind == YAML_SEQ) {
        push_child(r, node);
        return;
    }
    if (!frame->wants_value) {
        frame->key = node->kind == YAML_SCALAR ? node : NULL;
        if (!frame->key) yaml_error(node, r->diags, "a key must be plain text");
        frame->wants_value = true;
        return;
    }
    if (frame->key && push_child(r, frame->key)) push_child(r, node);
    frame->key = NULL;
    frame->wants_value = false;
}

static int compare_keys(const void *a, const void *b) {
    const struct yaml *x = *(struct yaml *const *)a, *y = *(struct yaml *const *)b;
    const size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
    const int order = len ? memcmp(x->text.ptr, y->text.ptr, len) : 0;
    if (order) return order;
    if (x->text.len != y->text.len) return x->text.len < y->text.len ? -1 : 1;
    return x->off < y->off ? -1 : x->off > y->off;
}

static void check_duplicates(struct reader *r, const struct yaml *map) {
    if (map->n < 2) return;
    const struct arena_mark mark = arena_mark(r->arena);
    struct yaml **sorted = ARENA_ARRAY(r->arena, struct yaml *, map->n);
    if (!sorted) {
        out_of_memory(r);
        return;
    }
    memcpy(sorted, map->keys, map->n * sizeof sorted[0]);
    qsort(sorted, map->n, sizeof sorted[0], compare_keys);
    for (size_t i = 1; i < map->n; i++)
        if (slice_eq(sorted[i - 1]->text, sorted[i]->text))
            yaml_error(sorted[i], r->diags, "the key '%.64s' stands here twice",
                       (const char *)sorted[i]->text.ptr);
    arena_rewind(r->arena, mark);
}

static void on_end(struct reader *r) {
    const struct frame *frame = &r->frames[--r->depth];
    struct yaml *node = frame->node, **from = r->children + frame->first;
    const size_t n = r->n_children - frame->first;
    const bool is_map = node->kind == YAML_MAP;
    node->n = is_map ? n / 2 : n;
    node->items = ARENA_ARRAY(r->arena, struct yaml *, node->n);
    node->keys = is_map ? ARENA_ARRAY(r->arena, struct yaml *, node->n) : NULL;
    if (!node->items || (is_map && !node->keys)) {
        out_of_memory(r);
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        node->items[i] = is_map ? from[2 * i + 1] : from[i];
        if (is_map) node->keys[i] = from[2 * i];
    }
    r->n_children = frame->first;
    if (is_map) check_duplicates(r, node);
    attach(r, node);
}

static void on_start(struct reader *r, const yaml_event_t *event, enum yaml_kind kind) {
    if (r->depth == YAML_MAX_DEPTH) {
        refuse(r, event, "nested more than 32 deep");
        r->stop = true;
        return;
    }
    struct yaml *node = node_new(r, event, kind);
    if (node) r->frames[r->depth++] = (struct frame){.node = node, .first = r->n_children};
}

static void on_scalar(struct reader *r, const yaml_event_t *event) {
    struct yaml *node = node_new(r, event, YAML_SCALAR);
    if (!node) return;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text =
        arena_copy(r->arena, slice_of(event->data.scalar.value, event->data.scalar.length));
    if (!node->text.ptr) {
        out_of_memory(r);
        return;
    }
    attach(r, node);
}

static void on_alias(struct reader *r, const yaml_event_t *event) {
    refuse(r, event, "aliases are not supported");
    struct yaml *node =
        node_new(r, event, YAML_SCALAR); /* empty, so that what follows can be read */
    if (!node) return;
    node->text = arena_copy(r->arena, SLICE(""));
    if (!node->text.ptr)
        out_of_memory(r);
    else
        attach(r, node);
}

static void refuse_marks(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                         const yaml_char_t *tag) {
    if (anchor) refuse(r, event, "anchors are not supported");
    if (tag) refuse(r, event, "tags are not supported");
}

static void on_event(struct reader *r, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    case YAML_DOCUMENT_START_EVENT:
        if (++r->n_documents > 1) {
            refuse(r, event, "a second document in the same file is not supported");
            r->stop = true;
        }
        break;
    case YAML_ALIAS_EVENT: on_alias(r, event); break;
    case YAML_SCALAR_EVENT:
        refuse_marks(r, event, event->data.scalar.anchor, event->data.scalar.tag);
        on_scalar(r, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        refuse_marks(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        on_start(r, event, YAML_SEQ);
        break;
    case YAML_MAPPING_START_EVENT:
        refuse_marks(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        on_start(r, event, YAML_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: on_end(r); break;
    }
}

/* libyaml's own error: a reader error names a byte, the others a character. */
static void on_parser_error(struct reader *r, const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR) {
        out_of_memory(r);
        return;
    }
    const size_t off = parser->error == YAML_READER_ERROR ? r->skipped + parser->problem_offset
                                                          : byte_at(r, parser->problem_mark.index);
    diag_add(r->diags, DIAG_ERROR, r->source, off, 1, "not valid YAML: %s",
             parser->problem ? parser->problem : "cannot be read");
}

struct yaml *yaml_parse(const struct diag_source *source, struct arena *arena,
                        struct diags *diags) {
    struct reader r = {.source = source, .arena = arena, .diags = diags};
    if (slice_starts(source->text, SLICE("\xef\xbb\xbf"))) r.skipped = r.bytes = 3;
    const struct slice text = slice_sub(source->text, r.skipped, source->text.len);
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        diags->failed = true;
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.len ? text.ptr : (const uint8_t *)"", text.len);
    bool complete = false;
    while (!complete && !r.stop) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            on_parser_error(&r, &parser);
            break;
        }
        on_event(&r, &event);
        complete = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    free(r.children);
    return complete ? r.root : NULL;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key) {
    if (!map || map->kind != YAML_MAP) return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (slice_eq_str(map->keys[i]->text, key)) return map->items[i];
    return NULL;
}

void yaml_error(const struct yaml *node, struct diags *diags, const char *format, ...) {
    char *message = NULL;
    va_list args;
    va_start(args, format);
    const int done = vasprintf(&message, format, args);
    va_end(args);
    if (done < 0) {
        diags->failed = true;
        return;
    }
    diag_add(diags, DIAG_ERROR, node ? node->source : NULL, node ? node->off : 0,
             node ? node->len : 0, "%s", message);
    free(message);
}

void yaml_check_keys(const struct yaml *map, const char *const *names, size_t n,
                     struct diags *diags) {
    if (!map || map->kind != YAML_MAP) return;
    for (size_t i = 0; i < map->n; i++) {
        const struct yaml *key = map->keys[i];
        bool known = false;
        for (size_t k = 0; k < n && !known; k++) known = slice_eq_str(key->text, names[k]);
        if (known) continue;
        yaml_error(key, diags, "unknown key '%.64s'", (const char *)key->text.ptr);
        diag_suggest(diags, key->text, names, n);
    }
}
