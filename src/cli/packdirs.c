/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/packdirs.h"

#include "cli/files.h"
#include "core/tools.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

struct reading {
    struct arena *arena;
    struct packs *out;
    struct diags *diags;
};

static int is_pack(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot && strcmp(dot, ".yaml") == 0;
}

static void keep_pack(struct reading *r, struct slice path, struct slice text) {
    struct packs *out = r->out;
    const struct slice kept = arena_copy(r->arena, text);
    if (!path.ptr || !kept.ptr || !VEC_GROW(out->items, out->cap, out->n + 1))
        r->diags->failed = true;
    else
        out->items[out->n++] = (struct logwash_source){(const char *)path.ptr, kept.ptr, kept.len};
}

static void read_pack(struct reading *r, const struct yaml *node, const char *name) {
    struct buf path, text;
    buf_init(&path, 4096);
    buf_init(&text, 0);
    buf_printf(&path, "%s/%s", (const char *)node->text.ptr, name);
    const struct slice kept_path = arena_copy(r->arena, buf_view(&path));
    const int code = kept_path.ptr ? file_append((const char *)kept_path.ptr, &text) : ENOMEM;
    if (code != 0)
        yaml_error(node, r->diags, "cannot read the pack %s: %s", name, file_error(code));
    else if (!tools_is_bundled(buf_view(&text)))
        keep_pack(r, kept_path, buf_view(&text));
    buf_fini(&path);
    buf_fini(&text);
}

static void read_dir(struct reading *r, const struct yaml *node) {
    if (node->kind != YAML_SCALAR) {
        yaml_error(node, r->diags, "`dirs` lists folders");
        return;
    }
    struct dirent **entries = NULL;
    const int n = scandir((const char *)node->text.ptr, &entries, is_pack, alphasort);
    if (n < 0) yaml_error(node, r->diags, "cannot read the folder: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        read_pack(r, node, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

void packdirs_read(const struct yaml *root, struct arena *arena, struct packs *out,
                   struct diags *diags) {
    struct reading r = {arena, out, diags};
    const struct yaml *dirs = yaml_get(yaml_get(yaml_get(root, "rules"), "packs"), "dirs");
    if (!dirs) return;
    if (dirs->kind != YAML_SEQ) {
        yaml_error(dirs, diags, "`dirs` must be a list of folders");
        return;
    }
    for (size_t i = 0; i < dirs->n; i++) read_dir(&r, dirs->items[i]);
}
