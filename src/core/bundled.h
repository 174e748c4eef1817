/* SPDX-License-Identifier: Apache-2.0 */
/* The rule packs of rules/, as bytes in the library (generated at build time). */
#ifndef LW_CORE_BUNDLED_H
#define LW_CORE_BUNDLED_H

#include "logwash.h"

extern const struct logwash_source bundled_packs[]; /* n_bundled_packs of them */
extern const unsigned n_bundled_packs;

#endif
