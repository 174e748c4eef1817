/* SPDX-License-Identifier: Apache-2.0 */
/* A hit's borders at those of escapes and characters: what an edit cuts in two would spell
 * something else. */
#include "base/codec.h"
#include "core/engine.h"
#include "core/ours.h"

enum { ESCAPE_MAX = 32 }; /* bytes of an escape that are looked at */

/* The CSI sequence whose ESC stands before `at` of the view and that ends at `at` or behind; start
 * == end: there is none. */
static struct span csi_around(struct slice view, size_t at) {
    const size_t low = at > ESCAPE_MAX ? at - ESCAPE_MAX : 0;
    const uint8_t *p = memrchr(view.ptr + low, 0x1b, at - low), *end = view.ptr + view.len;
    if (p == NULL || end - p < 2 || p[1] != '[') return (struct span){at, at};
    const size_t lead = (size_t)(p - view.ptr), taken = ansi_sequence(p, end);
    return lead + taken >= at ? (struct span){lead, lead + taken} : (struct span){at, at};
}

/* The UTF-8 character that begins before `at` of the view and ends behind it; start == end: there
 * is none. */
static struct span character_around(struct slice view, size_t at) {
    const struct span none = {at, at};
    size_t start = at, end = at;
    while (end < view.len && end - at < 3 && (view.ptr[end] & 0xc0) == 0x80) end++;
    if (end == at) return none;
    while (start > 0 && at - start < 3 && (view.ptr[start] & 0xc0) == 0x80) start--;
    const uint8_t lead = view.ptr[start];
    const size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    return start + len > at && start + len <= end ? (struct span){start, start + len} : none;
}

/* The JSON escape (of any level) whose first backslash stands before `at` of the view and that
 * takes the byte at `at` along; start == end: there is none. `sure`: a quote behind backslashes
 * that escape each other is none. */
static struct span escape_around(struct slice view, size_t at, bool sure) {
    const size_t low = at > ESCAPE_MAX ? at - ESCAPE_MAX : 0;
    const uint8_t *p = memrchr(view.ptr + low, '\\', at - low), *end = view.ptr + view.len;
    if (p == NULL) return (struct span){at, at};
    uint8_t out[4];
    size_t lead = (size_t)(p - view.ptr), run = 0, n_out,
           taken = text_unescape(p, end, out, &n_out);
    while (run < lead && view.ptr[lead - run - 1] == '\\') run++;
    if (sure && run % 2 == 1 && lead + 1 == at && p + 1 < end && p[1] == '"')
        return (struct span){at, at};
    if (run % 2 == 1 && (lead + 1 != at || taken != 2))
        taken = 0; /* `\\n`: one for the next level */
    return lead + taken > at ? (struct span){lead - run, lead + taken} : (struct span){at, at};
}

/* How many bytes the CSI sequence at `at` of the view takes whose ESC is spelled as in JSON; 0:
 * there is none. */
static size_t spelled_csi(struct slice view, size_t at) {
    const struct slice lead = SLICE("\\u001b[");
    size_t i = at + lead.len;
    if (i >= view.len || !slice_eq_nocase(slice_sub(view, at, i), lead)) return 0;
    while (i < view.len && i - at < ESCAPE_MAX && view.ptr[i] >= 0x20 && view.ptr[i] < 0x40) i++;
    return i < view.len && view.ptr[i] >= 0x40 && view.ptr[i] < 0x7f ? i + 1 - at : 0;
}

/* `value` of the view without the parts of escapes at its ends: `\nalice@` begins at `alice`, and
 * what ends before the quote of `\"` ends before its backslashes. Where more than that would be
 * lost it grows to the whole escape, unless the escapes are `sure`, as in a JSON string: then what
 * they spell is seen decoded. Empty: there was nothing else. */
static struct span whole_escapes(struct slice view, struct span value, bool sure) {
    const struct span csi = csi_around(view, value.end), first_csi = csi_around(view, value.start);
    if (csi.end > csi.start && csi.start >= value.start) value.end = csi.start;
    if (first_csi.end > value.start && first_csi.end < value.end) value.start = first_csi.end;
    const size_t spelled = SLICE("\\u001b").len; /* the ESC of a sequence, in JSON */
    if (value.end - value.start > spelled && value.end < view.len && view.ptr[value.end] == '[' &&
        slice_eq_nocase(slice_sub(view, value.end - spelled, value.end), SLICE("\\u001b")))
        value.end -= spelled;
    for (size_t n; value.start < value.end && (n = spelled_csi(view, value.start)) > 0;)
        value.start += n;
    if (value.end <= value.start) return value;
    const struct span first = escape_around(view, value.start, sure);
    const struct span last = escape_around(view, value.end, sure);
    if (first.end > value.start && (sure || first.end < value.end))
        value.start = first.end > value.start + 1 && !sure ? first.start : first.end;
    if (last.end > value.end) value.end = view.ptr[value.end - 1] == '\\' ? last.start : last.end;
    return value;
}

/* Where the percent escape begins that holds `at` but does not begin there, or `at`. */
static size_t percent_before(struct slice view, size_t at) {
    uint8_t byte;
    for (size_t back = 1; back <= 2 && back <= at; back++)
        if (view.ptr[at - back] == '%' &&
            percent_unescape(view.ptr + at - back, view.ptr + view.len, &byte))
            return at - back;
    return at;
}

bool round_hit(const struct logwash_scratch *s, struct hit *hit) {
    if (hit->is_whole) return true;
    struct span view = s->rec;
    struct slice text = s->group;
    const struct view *v = NULL;
    if (hit->view > 0) {
        v = &s->views.views[hit->view - 1];
        text = buf_view(&s->views.text);
        view = v->text;
    }
    const struct slice in = slice_sub(text, view.start, view.end);
    struct span value = {hit->value.start - view.start, hit->value.end - view.start};
    value = whole_escapes(in, value, v == NULL && s->is_json);
    value.start = character_around(in, value.start).start;
    value.end = character_around(in, value.end).end;
    if (v == NULL) {
        const size_t start = percent_before(in, value.start);
        hit->is_torn = start < value.start;
        value.start = start;
    }
    value = (struct span){value.start + view.start, value.end + view.start};
    if (value.start == hit->value.start && value.end == hit->value.end) return true;
    if (value.end <= value.start) {
        trace_refused(s, hit->rule, hit->view, hit->value, TOOLS_ESCAPE, NULL);
        return false;
    }
    if (ours_is_whole(slice_sub(text, value.start, value.end), s->lw->ring)) {
        trace_refused(s, hit->rule, hit->view, value, TOOLS_OURS, NULL);
        return false;
    }
    hit->value = value;
    hit->raw = v != NULL ? view_to_raw(&s->views, v, value) : value;
    return true;
}
