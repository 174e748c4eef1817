/* SPDX-License-Identifier: Apache-2.0 */
/* Text encodings of bytes: base64, base32, hex, percent, JSON string escapes. Pure functions. */
#ifndef LW_BASE_CODEC_H
#define LW_BASE_CODEC_H

#include "base/buf.h"

/* Appends the bytes that base64 text stands for (RFC 4648 standard and URL alphabet, padding
 * optional, no white space). False: not base64; `out` may then hold a part. */
bool base64_decode(struct slice text, struct buf *out);
/* Lower-case RFC 4648 base32 without padding: 8 characters for 5 bytes, the last group cut.
 * `n_chars` characters are written from the first bits of `bytes`; the caller gives enough bytes.
 */
void base32_encode(const uint8_t *bytes, size_t n_chars, char *out);
/* Two hex digits a byte, lower case. */
void hex_encode(struct slice bytes, char *out);
/* The value of a hex digit of either case, -1: it is none. */
int hex_value(uint8_t c);

/* One JSON string escape at p (p[0] is a backslash): its bytes in UTF-8 to out (at most 4), their
 * number to *n_out. Returns how many bytes of the source it takes (a surrogate pair takes 12), 0 if
 * it is no valid escape: the backslash then stands for itself. A lone surrogate gives U+FFFD. */
size_t json_unescape(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out);
/* The same, and what programs write into texts and no JSON holds: `\x22` (nginx, shells, C) and
 * three octal digits up to `\377`. These stand for one byte. */
size_t text_unescape(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out);
/* One character reference of XML and HTML at p (p[0] is '&'): `&quot;` `&apos;` `&lt;` `&gt;`
 * `&amp;`, `&#34;`, `&#x22;` (at most 7 digits; no control bytes but TAB, LF, CR). As above. */
size_t entity_unescape(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *n_out);
/* Appends `text` as the inside of a JSON string. Bytes that are not UTF-8 are kept as they are. */
void json_escape(struct slice text, struct buf *out);
/* One percent escape at p (p[0] is '%'): the byte to *out; true if it is one (it takes 3 bytes). */
bool percent_unescape(const uint8_t *p, const uint8_t *end, uint8_t *out);
/* An ANSI escape sequence at p (p[0] is ESC): how many bytes it takes, 0: it is none (ECMA-48: CSI
 * sequences, OSC up to BEL or ST (at most 256 bytes), two-byte escapes; none with a quote in it,
 * which bounds a value). */
size_t ansi_sequence(const uint8_t *p, const uint8_t *end);

#endif
