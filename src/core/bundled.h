/* SPDX-License-Identifier: Apache-2.0 */
/* The rule packs of rules/, as bytes in the library (generated at build time). */
#ifndef LW_CORE_BUNDLED_H
#define LW_CORE_BUNDLED_H

#include "logwash.h"

extern const struct logwash_source bundled_packs[]; /* n_bundled_packs of them */
extern const unsigned n_bundled_packs;

/* The image of these packs (detect/image.h); no bytes: this build has none. */
struct bundled_image {
    const void *bytes;
    size_t len;
};
struct bundled_image bundled_image(void);

#endif
