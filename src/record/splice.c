/* SPDX-License-Identifier: Apache-2.0 */
#include "record/splice.h"
#include "base/must.h"

bool splice_edit(struct splice *s, size_t start, size_t end, struct slice with) {
    MUST(start >= s->copied && end >= start && end <= s->src.len);
    buf_append(s->dst, s->src.ptr + s->copied, start - s->copied);
    s->copied = end;
    return buf_slice(s->dst, with);
}

bool splice_finish(struct splice *s) {
    size_t rest = s->src.len - s->copied;
    if (rest > 0) buf_append(s->dst, s->src.ptr + s->copied, rest);
    s->copied = s->src.len;
    return !s->dst->failed;
}
