/* SPDX-License-Identifier: Apache-2.0 */
/* A few KiB of everyday logs in which nothing is to be found, made up: what a shape or rule costs
 * where it is not wanted is measured on them. Only speed hangs on it. */
#ifndef LW_DETECT_SAMPLE_H
#define LW_DETECT_SAMPLE_H

#include "base/slice.h"

struct slice sample_text(void);

#endif
