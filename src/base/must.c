/* SPDX-License-Identifier: Apache-2.0 */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

void must_fail(const char *file, int line, const char *expr) {
    fprintf(stderr, "logwash: broken invariant at %s:%d: %s\n", file, line, expr);
    abort();
}
