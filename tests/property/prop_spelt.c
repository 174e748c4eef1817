/* SPDX-License-Identifier: Apache-2.0 */
/* No spelling hides anything: each example of each rule that changes, written in every way that
 * views undo, in every format. The hit must be the one of the plain text in the same place: what
 * comes out, its spelling undone, is what comes out of the plain text. It must be a valid record:
 * readers apart from the engine's own say so.
 *
 * Left out is what the rule does not find in the plain text either, in the same place: it asks
 * where its line begins or ends, or for a key or quote that stand around it in the example. What
 * asks so is left out in JSON in strings as well: the line is then that of the string without. So
 * are, in logfmt, examples with quotes: decoded, they look like those around the value. */
#include "base/codec.h"
#include "core/alone.h"
#include "engine.h"
#include "fuzz/fuzz.h"

#include <msgpack.h>

/* How the text is written: each takes the text in `in` and appends what is written to `out`, or the
 * other way round (false: it is not so written any more). */
struct spelling {
    const char *name;
    void (*write)(struct slice in, unsigned step, struct buf *out);
    bool (*undo)(struct slice in, struct buf *out);
    unsigned step;       /* every `step`th character; 1: all */
    unsigned n_levels;   /* JSON around the text, in strings */
    bool is_json_string; /* needs no more escapes in a JSON string */
};

enum place { PLACE_TEXT, PLACE_JSON, PLACE_LOGFMT, PLACE_MSGPACK, N_PLACES };
static const char *const place_names[N_PLACES] = {"text", "JSON", "logfmt", "MessagePack"};
static const char json_open[] = "{\"msg\":\"", json_close[] = "\"}";
static const char logfmt_open[] = "at=info msg=\"", logfmt_close[] = "\" n=1";

struct subject {
    struct logwash *alone;
    struct logwash_scratch *scratch;
    struct logwash_output out;
    struct buf spelt, record, level, plain, got;
    size_t n_checked, n_left, n_failed;
};

/* ---- spellings ---- */

/* How many bytes the UTF-8 character at the start of `s` takes; 1 if there is none. */
static size_t character(struct slice s, uint32_t *code) {
    const uint8_t lead = s.ptr[0];
    const size_t len = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
    *code = len == 1 ? lead : lead & (0x7fu >> len);
    if (len > s.len) return 1;
    for (size_t i = 1; i < len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80) return 1;
        *code = *code << 6 | (s.ptr[i] & 0x3f);
    }
    return len;
}

static void write_plain(struct slice in, unsigned step, struct buf *out) {
    (void)step;
    buf_slice(out, in);
}

static bool undo_plain(struct slice in, struct buf *out) { return buf_slice(out, in); }

static void write_escaped(struct slice in, unsigned step, struct buf *out) {
    uint32_t code;
    size_t n = 0;
    for (size_t at = 0, len; at < in.len; at += len) {
        const struct slice rest = slice_sub(in, at, in.len);
        len = character(rest, &code);
        if (++n % step != 0 || (len == 1 && code >= 0x80))
            json_escape(slice_sub(rest, 0, len), out);
        else if (code < 0x10000)
            buf_printf(out, n % 3 == 0 ? "\\u%04X" : "\\u%04x", (unsigned)code);
        else
            buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
                       (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
    }
}

static bool undo_escaped(struct slice in, struct buf *out) {
    for (size_t at = 0; at < in.len;) {
        uint8_t bytes[4];
        size_t n = 0, taken = 0;
        if (in.ptr[at] == '\\') taken = json_unescape(in.ptr + at, in.ptr + in.len, bytes, &n);
        if (taken > 0)
            buf_append(out, bytes, n);
        else
            buf_byte(out, in.ptr[at++]);
        at += taken;
    }
    return !out->failed;
}

static void write_percent(struct slice in, unsigned step, struct buf *out) {
    for (size_t i = 0; i < in.len; i++)
        if (i % step == 0 || in.ptr[i] == '%')
            buf_printf(out, "%%%02X", in.ptr[i]);
        else
            buf_byte(out, in.ptr[i]);
}

static bool undo_percent(struct slice in, struct buf *out) {
    for (size_t i = 0; i < in.len; i++) {
        uint8_t byte = in.ptr[i];
        if (byte == '%' && percent_unescape(in.ptr + i, in.ptr + in.len, &byte)) i += 2;
        buf_byte(out, byte);
    }
    return !out->failed;
}

static void write_coloured(struct slice in, unsigned step, struct buf *out) {
    uint32_t code;
    size_t n = 0;
    for (size_t at = 0, len; at < in.len; at += len) {
        len = character(slice_sub(in, at, in.len), &code);
        buf_slice(out, slice_sub(in, at, at + len));
        if (++n % step == 0 && in.ptr[at] != 0x1b)
            buf_str(out, n % 2 == 0 ? "\033[1;31m" : "\033[0m");
    }
}

static bool undo_coloured(struct slice in, struct buf *out) {
    for (size_t at = 0; at < in.len;) {
        const size_t taken = in.ptr[at] == 0x1b ? ansi_sequence(in.ptr + at, in.ptr + in.len) : 0;
        if (taken == 0) buf_byte(out, in.ptr[at++]);
        at += taken;
    }
    return !out->failed;
}

static const struct spelling spellings[] = {
    {"plain", write_plain, undo_plain, 1, 0, false},
    {"escaped", write_escaped, undo_escaped, 1, 0, true},
    {"half escaped", write_escaped, undo_escaped, 2, 0, true},
    {"a third escaped", write_escaped, undo_escaped, 3, 0, true},
    {"in JSON in a string", write_escaped, undo_escaped, SIZE_MAX >> 33, 1, false},
    {"in JSON in two strings", write_escaped, undo_escaped, SIZE_MAX >> 33, 2, false},
    {"escaped, in JSON in a string", write_escaped, undo_escaped, 1, 1, false},
    {"half escaped, in JSON in a string", write_escaped, undo_escaped, 2, 1, false},
    {"percent-encoded", write_percent, undo_percent, 1, 0, false},
    {"half percent-encoded", write_percent, undo_percent, 2, 0, false},
    {"coloured, each character", write_coloured, undo_coloured, 1, 0, false},
    {"coloured, each fourth character", write_coloured, undo_coloured, 4, 0, false},
};
enum { N_SPELLINGS = sizeof spellings / sizeof *spellings };

/* ---- places ---- */

static void into_level(struct buf *text, struct buf *other) {
    buf_reset(other);
    buf_str(other, json_open);
    json_escape(buf_view(text), other);
    buf_str(other, json_close);
    struct buf swap = *text;
    *text = *other;
    *other = swap;
}

static void in_quotes(struct subject *s, const char *open, const char *close, bool as_is) {
    buf_str(&s->record, open);
    if (as_is)
        buf_slice(&s->record, buf_view(&s->spelt));
    else
        json_escape(buf_view(&s->spelt), &s->record);
    buf_str(&s->record, close);
}

static void write_msgpack(struct slice text, struct buf *out) {
    buf_append(out, "\x81\xa3msg\xdb", 6);
    for (int shift = 24; shift >= 0; shift -= 8) buf_byte(out, (uint8_t)(text.len >> shift));
    buf_slice(out, text);
}

static void make_record(struct subject *s, struct slice text, const struct spelling *spelling,
                        enum place place) {
    buf_reset(&s->spelt);
    buf_reset(&s->record);
    if (spelling->n_levels > 0) buf_str(&s->spelt, json_open);
    spelling->write(text, spelling->step, &s->spelt);
    if (spelling->n_levels > 0) buf_str(&s->spelt, json_close);
    for (unsigned i = 1; i < spelling->n_levels; i++) into_level(&s->spelt, &s->level);
    switch (place) {
    case PLACE_TEXT: buf_slice(&s->record, buf_view(&s->spelt)); break;
    case PLACE_JSON: in_quotes(s, json_open, json_close, spelling->is_json_string); break;
    case PLACE_LOGFMT: in_quotes(s, logfmt_open, logfmt_close, spelling->is_json_string); break;
    case PLACE_MSGPACK: write_msgpack(buf_view(&s->spelt), &s->record); break;
    case N_PLACES: break;
    }
    assert_false(s->spelt.failed || s->record.failed || s->level.failed);
}

/* What stands between `open` and `close`, both still there; false: they are not. */
static bool between(struct slice *text, const char *open, const char *close) {
    const size_t head = strlen(open), tail = strlen(close);
    if (text->len < head + tail || memcmp(text->ptr, open, head) != 0 ||
        memcmp(text->ptr + text->len - tail, close, tail) != 0)
        return false;
    *text = slice_sub(*text, head, text->len - tail);
    return true;
}

/* A value in quotes that ends where they end. */
static bool is_quoted(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') return false;
        if (text.ptr[i] == '\\' && ++i == text.len) return false;
    }
    return true;
}

static bool undo_msgpack(struct slice rec, struct buf *out) {
    msgpack_unpacked unpacked;
    size_t off = 0;
    msgpack_unpacked_init(&unpacked);
    const bool whole = msgpack_unpack_next(&unpacked, (const char *)rec.ptr, rec.len, &off) ==
                           MSGPACK_UNPACK_SUCCESS &&
                       off == rec.len;
    const msgpack_object *o = &unpacked.data;
    const bool ok = whole && o->type == MSGPACK_OBJECT_MAP && o->via.map.size == 1 &&
                    o->via.map.ptr->val.type == MSGPACK_OBJECT_STR;
    if (ok) buf_append(out, o->via.map.ptr->val.via.str.ptr, o->via.map.ptr->val.via.str.size);
    msgpack_unpacked_destroy(&unpacked);
    return ok;
}

/* What stands at the text's place in a washed record, its spelling undone; false: it is no valid
 * record any more. */
static bool undo_record(struct subject *s, struct slice rec, const struct spelling *spelling,
                        enum place place, struct buf *out) {
    struct slice text = rec;
    buf_reset(&s->spelt);
    if (place == PLACE_JSON &&
        (!json_is_valid(rec.ptr, rec.len) || !between(&text, json_open, json_close)))
        return false;
    if (place == PLACE_LOGFMT && (!between(&text, logfmt_open, logfmt_close) || !is_quoted(text)))
        return false;
    if (place == PLACE_MSGPACK) {
        if (!undo_msgpack(rec, &s->spelt)) return false;
    } else if (place == PLACE_TEXT || spelling->is_json_string) {
        buf_slice(&s->spelt, text);
    } else {
        undo_escaped(text, &s->spelt);
    }
    text = buf_view(&s->spelt);
    for (unsigned level = spelling->n_levels; level > 0; level--) {
        if (!json_is_valid(text.ptr, text.len) || !between(&text, json_open, json_close))
            return false;
        if (level == 1) break;
        buf_reset(&s->level);
        undo_escaped(text, &s->level);
        struct buf swap = s->spelt;
        s->spelt = s->level;
        s->level = swap;
        text = buf_view(&s->spelt);
    }
    buf_reset(out);
    return spelling->undo(text, out);
}

/* ---- the test ---- */

/* A pseudonym's eight characters at `at`: text that can be read with and without its backslashes
 * has one for each. */
static bool is_token(struct slice text, size_t at) {
    return at >= 3 && at + 8 <= text.len && memcmp(text.ptr + at - 3, "_x_", 3) == 0;
}

/* Are they the same, but for punctuation that went along with a value? */
static bool is_alike(struct slice got, struct slice want) {
    size_t g = 0, w = 0;
    while (w < want.len) {
        if (is_token(got, g) && is_token(want, w)) {
            g += 8, w += 8;
        } else if (g < got.len && got.ptr[g] == want.ptr[w]) {
            g++, w++;
        } else if (byte_is_alnum(want.ptr[w])) {
            return false;
        } else {
            w++;
        }
    }
    return g == got.len;
}

static struct slice wash(struct subject *s, enum place place) {
    static const enum logwash_format formats[N_PLACES] = {[PLACE_TEXT] = LOGWASH_FORMAT_AUTO,
                                                          [PLACE_JSON] = LOGWASH_FORMAT_AUTO,
                                                          [PLACE_LOGFMT] = LOGWASH_FORMAT_AUTO,
                                                          [PLACE_MSGPACK] = LOGWASH_FORMAT_MSGPACK};
    s->alone->format = formats[place];
    assert_int_equal(logwash_wash(s->alone, s->scratch, s->record.ptr, s->record.len, &s->out),
                     LOGWASH_OK);
    return slice_of(s->out.data, s->out.len);
}

static void check(struct subject *s, const struct rule *rule, size_t example,
                  const struct spelling *spelling, enum place place) {
    make_record(s, rule->examples[example].in, spelling, place);
    const struct slice rec = wash(s, place);
    const bool is_valid = undo_record(s, rec, spelling, place, &s->got);
    s->n_checked++;
    if (is_valid && is_alike(buf_view(&s->got), buf_view(&s->plain))) return;
    s->n_failed++;
    print_error("%.*s, example %zu, %s, %s: %s\n  in   %.*s\n  out  %.*s\n  got  %.*s\n  want "
                "%.*s\n",
                (int)rule->id.len, (const char *)rule->id.ptr, example + 1, spelling->name,
                place_names[place], is_valid ? "differs" : "not valid", (int)s->record.len,
                (const char *)s->record.ptr, (int)rec.len, (const char *)rec.ptr,
                is_valid ? (int)s->got.len : 0, (const char *)s->got.ptr, (int)s->plain.len,
                (const char *)s->plain.ptr);
}

/* Washes `in` as text. */
static struct slice wash_text(struct subject *s, struct slice in) {
    s->alone->format = LOGWASH_FORMAT_TEXT;
    assert_int_equal(logwash_wash(s->alone, s->scratch, in.ptr, in.len, &s->out), LOGWASH_OK);
    return slice_of(s->out.data, s->out.len);
}

/* Does what stands around it in its line, as JSON has it, change nothing? */
static bool is_free(struct subject *s, struct slice in) {
    buf_reset(&s->plain);
    buf_slice(&s->plain, wash_text(s, in));
    buf_reset(&s->record);
    buf_str(&s->record, json_open);
    buf_slice(&s->record, in);
    buf_str(&s->record, json_close);
    struct slice within = wash_text(s, buf_view(&s->record));
    return between(&within, json_open, json_close) && is_alike(within, buf_view(&s->plain));
}

static void check_example(struct subject *s, const struct rule *rule, size_t example) {
    const struct example *x = &rule->examples[example];
    if (slice_eq(x->in, x->out)) return;
    const bool may_nest = is_free(s, x->in), has_quote = memchr(x->in.ptr, '"', x->in.len) != NULL;
    for (int place = 0; place < N_PLACES; place++) {
        make_record(s, x->in, &spellings[0], (enum place)place);
        const struct slice rec = wash(s, (enum place)place);
        if (!undo_record(s, rec, &spellings[0], (enum place)place, &s->plain) ||
            slice_eq(buf_view(&s->plain), x->in)) {
            s->n_left++;
            continue;
        }
        for (size_t i = 1; i < N_SPELLINGS; i++)
            if ((may_nest || spellings[i].n_levels == 0) && (place != PLACE_LOGFMT || !has_quote))
                check(s, rule, example, &spellings[i], (enum place)place);
            else
                s->n_left++;
    }
}

static void all_rules(void **state) {
    (void)state;
    struct subject s = {.n_checked = 0};
    struct buf *bufs[] = {&s.spelt, &s.record, &s.level, &s.plain, &s.got};
    struct logwash *all =
        test_engine(NULL, (struct logwash_options){.profiles = "request,build,strict"});
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_init(bufs[i], 0);
    for (size_t i = 0; i < all->rules.n; i++) {
        const struct rule *rule = &all->rules.rules[i];
        if (rule->n_fields > 0) continue;
        s.alone = alone_new(all, i, false);
        assert_non_null(s.alone);
        s.scratch = logwash_scratch_new(s.alone);
        assert_non_null(s.scratch);
        for (size_t e = 0; e < rule->n_examples; e++) check_example(&s, rule, e);
        logwash_scratch_free(s.scratch);
        alone_free(s.alone);
    }
    print_message("%zu records, %zu places left out\n", s.n_checked, s.n_left);
    if (s.n_failed > 0) fail_msg("%zu of %zu records", s.n_failed, s.n_checked);
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_fini(bufs[i]);
    logwash_output_fini(&s.out);
    logwash_free(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
