/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets and the replay of their corpora share.
 *
 * A target is fuzz_NAME.c; its corpus is corpus/NAME. The first byte of an input chooses among the
 * engines, the rest is the record. */
#ifndef LW_TESTS_FUZZ_H
#define LW_TESTS_FUZZ_H

#include "base/slice.h"
#include "logwash.h"

/* The target; named by libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program by a signal. No byte of the input is shown. */
_Noreturn void fuzz_fail(const char *what, size_t len);
#define FUZZ_MUST(condition, len)                                                                  \
    do {                                                                                           \
        if (!(condition)) fuzz_fail(#condition, len);                                              \
    } while (0)

enum fuzz_choice {
    FUZZ_STRICT = 4, /* all profiles */
    FUZZ_SMALL = 8,  /* the small pack */
    FUZZ_REDACT = 16,
    FUZZ_BATCH = 32, /* the input is a batch of records */
};

struct fuzz_format {
    enum logwash_format format;
    enum logwash_framing framing; /* of a batch */
    /* Is this a valid record? What was stays so. NULL: any bytes are. */
    bool (*is_valid)(struct slice rec);
    /* Is `b` what can come of washing `a`, both valid? NULL: as far as the bytes outside of
     * findings tell. */
    bool (*is_alike)(struct slice a, struct slice b);
};

/* Washes the input and checks:
 *
 *     AVX2 and portable kernels agree; so do a batch of records and its records one by one
 *     a clean record is unchanged; bytes outside of findings stay, in their order
 *     a valid record stays valid
 *     what is washed often enough does not change any more; with the small pack, washing a record
 *     once is enough that is valid or has neither escapes nor blocks (the bundled rules judge what
 *     stands beside a value, which an edit changes)
 *     results lie in the output */
void fuzz_wash(const struct fuzz_format *format, unsigned choice, struct slice input);

/* Is this one JSON text (RFC 8259; a byte order mark before it is allowed, bytes from 0x80 are not
 * looked at)? A reader apart from the engine's own. Deeper than 64: false. */
bool json_is_valid(const uint8_t *data, size_t len);

#endif
