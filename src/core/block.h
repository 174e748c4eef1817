/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: PEM private keys that span lines (RFC 7468).
 *
 * A block begins at `-----BEGIN … PRIVATE KEY` and goes on while lines look like its body (base64,
 * `Proc-Type:`, `DEK-Info:`, blank), judged behind a prefix like the one that stood before BEGIN
 * (time stamps, step numbers, docker JSON: the same but for its numbers, or as long), to END, or
 * until BLOCK_LINES lines, BLOCK_BYTES bytes or a line over BLOCK_LINE bytes. All lines of a body
 * but its last are of one length (RFC 7468 section 3), so behind a shorter one only END or a blank
 * line follows, and a shorter one that reads like a word is none.
 *
 *     2026-01-01T10:00:00Z -----BEGIN RSA PRIVATE KEY-----
 *     2026-01-01T10:00:01Z MIIEowIBAAKCAQEA…
 *     `----- prefix -----' `-- body --'
 *
 * Certificates and public keys make blocks too: their lines stay, which a rule for lone lines of
 * key material could not know.
 *
 * The state is a function of the lines before, at most BLOCK_LINES of them: a batch that begins
 * inside a block finds it again from its tail (block_resume), so workers need no order. */
#ifndef LW_CORE_BLOCK_H
#define LW_CORE_BLOCK_H

#include "base/slice.h"

enum { BLOCK_LINES = 500, BLOCK_BYTES = 60000, BLOCK_LINE = 256, BLOCK_PREFIX = 128 };

struct block {
    bool is_open;
    bool is_public;               /* a certificate or public key: its lines stay */
    bool is_at_end;               /* the last line of the body has passed */
    size_t width;                 /* bytes of the body in its first line, 0: none yet */
    size_t prefix;                /* bytes before BEGIN in its line */
    uint8_t before[BLOCK_PREFIX]; /* these bytes, if they fit */
    size_t lines, bytes;          /* since BEGIN */
};

/* The next END of a field, once it was looked for: a line may hold BEGIN many times. Zero at each
 * line's start. */
struct block_end {
    size_t at, limit;
};
/* Looks at one line that has `-----BEGIN` at `at`. True: it begins (or holds all of) a private key;
 * *hit is what goes. `limit`: where the field ends (a JSON string's end, or the line's). The block
 * is left open if END does not follow. */
bool block_begin(struct block *block, struct slice line, size_t at, size_t limit,
                 struct block_end *known, struct span *hit);
/* Does the BEGIN at `at` of the text have an END, and too little between them to be a key? Then it
 * is a text about keys. */
bool block_is_empty(struct slice text, size_t at);
/* The next line of an open block: true: *hit goes (may be empty for a blank line). False: the block
 * has ended before. */
bool block_line(struct block *block, struct slice line, struct span *hit);
/* State after the lines of `tail`. */
struct block block_resume(struct slice tail);

#endif
