/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets and the replay of their corpus share. */
#ifndef LW_TESTS_FUZZ_H
#define LW_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The target; named by libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Is this one JSON text (RFC 8259; a byte order mark before it is allowed, bytes from 0x80 are not
 * looked at)? A reader apart from the engine's own. Deeper than 64: false. */
bool json_is_valid(const uint8_t *data, size_t len);

#endif
