/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file as a tree whose nodes know where they stood.
 *
 * libyaml parses. Every scalar is text until its reader says otherwise. Refused with a diagnostic:
 * duplicate keys, aliases and anchors, tags, several documents, keys that are not scalars, depth
 * over YAML_MAX_DEPTH, more than YAML_MAX_NODES nodes.
 *
 * Lifetime: the tree lives in the arena given; `source` must outlive it. */
#ifndef LW_BASE_YAML_H
#define LW_BASE_YAML_H

#include "base/arena.h"
#include "base/diag.h"

enum { YAML_MAX_DEPTH = 32, YAML_MAX_NODES = 1000000 };
enum yaml_kind { YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    const struct diag_source *source;
    size_t off, len;     /* where it stands in the source, in bytes; of a map or sequence its first
                            byte, len 1 */
    struct slice text;   /* scalar: its value, escapes undone, NUL-terminated behind the end */
    bool quoted;         /* scalar: written in quotes or as a block */
    size_t n;            /* sequence: items; map: pairs */
    struct yaml **keys;  /* map: n scalars */
    struct yaml **items; /* sequence: n items; map: n values */
};

/* NULL: a syntax error, a second document or a limit (reported), or an empty file (nothing
 * reported). What else is refused is reported too but leaves a tree, so that all problems show in
 * one pass: ask diags_has_error. Of keys that stand twice the first counts. */
struct yaml *yaml_parse(const struct diag_source *source, struct arena *arena, struct diags *diags);
/* The value under `key`, or NULL; `map` may be NULL or no map. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);
/* Reports `format` at the node. */
void yaml_error(const struct yaml *node, struct diags *diags, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports each key of `map` that is not in the list, with a suggestion. */
void yaml_check_keys(const struct yaml *map, const char *const *names, size_t n,
                     struct diags *diags);

#endif
