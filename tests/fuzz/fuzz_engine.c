/* SPDX-License-Identifier: Apache-2.0 */
/* The engine on any bytes; its format is the first byte's lowest two bits. */
#include "fuzz.h"

static bool is_json(struct slice rec) { return json_is_valid(rec.ptr, rec.len); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const enum logwash_format format = (enum logwash_format)(data[0] % 4 % 3);
    fuzz_wash(&(struct fuzz_format){.format = format,
                                    .framing = LOGWASH_FRAMING_LINE,
                                    .is_valid = format != LOGWASH_FORMAT_TEXT ? is_json : NULL},
              data[0], slice_of(data + 1, size - 1));
    return 0;
}
