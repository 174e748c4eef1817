/* SPDX-License-Identifier: Apache-2.0 */
/* The packs in the folders a configuration names: `rules: {packs: {dirs: [...]}}`. */
#ifndef LW_CLI_PACKDIRS_H
#define LW_CLI_PACKDIRS_H

#include "base/yaml.h"
#include "logwash.h"

struct packs {
    struct logwash_source *items; /* freed by the caller; what they point to is in the arena */
    size_t n, cap;
};

/* Appends the packs (`*.yaml`) of the folders of the configuration `root` (may be NULL), by folder,
 * then by name. One that is a bundled pack byte for byte is there already and left out. Problems
 * are reported at the folder's node. */
void packdirs_read(const struct yaml *root, struct arena *arena, struct packs *out,
                   struct diags *diags);

#endif
