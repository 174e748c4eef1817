/* SPDX-License-Identifier: Apache-2.0 */
/* Heads, the walk and changed heads; what msgpack-c reads of generated objects is the judge. */
#include "engine.h"
#include "record/msgpack.h"
#include <msgpack.h>

#define BYTES(literal) slice_of("" literal, sizeof(literal) - 1)

struct head_case {
    struct slice bytes;
    enum mp_kind kind;
    unsigned len;
    uint32_t count;
};

static void heads_are_read(void **state) {
    (void)state;
    const struct head_case cases[] = {
        {BYTES("\x00"), MP_INT, 1, 0},
        {BYTES("\x7f"), MP_INT, 1, 0},
        {BYTES("\xe0"), MP_INT, 1, 0},
        {BYTES("\xc0"), MP_NIL, 1, 0},
        {BYTES("\xc2"), MP_BOOL, 1, 0},
        {BYTES("\xc3"), MP_BOOL, 1, 0},
        {BYTES("\xcc\x01"), MP_INT, 2, 0},
        {BYTES("\xd3\0\0\0\0\0\0\0\1"), MP_INT, 9, 0},
        {BYTES("\xca\0\0\0\0"), MP_FLOAT, 5, 0},
        {BYTES("\xcb\0\0\0\0\0\0\0\0"), MP_FLOAT, 9, 0},
        {BYTES("\xa0"), MP_STR, 1, 0},
        {BYTES("\xbf"), MP_STR, 1, 31},
        {BYTES("\xd9\x20"), MP_STR, 2, 32},
        {BYTES("\xda\x01\x00"), MP_STR, 3, 256},
        {BYTES("\xdb\x00\x01\x00\x00"), MP_STR, 5, 65536},
        {BYTES("\xc4\x05"), MP_BIN, 2, 5},
        {BYTES("\xc5\x01\x05"), MP_BIN, 3, 261},
        {BYTES("\xc6\x00\x00\x00\x05"), MP_BIN, 5, 5},
        {BYTES("\xd4\x01"), MP_EXT, 2, 1},
        {BYTES("\xd8\xff"), MP_EXT, 2, 16},
        {BYTES("\xc7\x03\x01"), MP_EXT, 3, 3},
        {BYTES("\xc8\x01\x00\x01"), MP_EXT, 4, 256},
        {BYTES("\xc9\x00\x01\x00\x00\x01"), MP_EXT, 6, 65536},
        {BYTES("\x90"), MP_ARRAY, 1, 0},
        {BYTES("\x9f"), MP_ARRAY, 1, 15},
        {BYTES("\xdc\x00\x10"), MP_ARRAY, 3, 16},
        {BYTES("\xdd\xff\xff\xff\xff"), MP_ARRAY, 5, UINT32_MAX},
        {BYTES("\x80"), MP_MAP, 1, 0},
        {BYTES("\x8f"), MP_MAP, 1, 15},
        {BYTES("\xde\x00\x10"), MP_MAP, 3, 16},
        {BYTES("\xdf\x00\x01\x00\x00"), MP_MAP, 5, 65536},
    };
    struct mp_head head;
    uint8_t out[MP_HEAD_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct head_case *c = &cases[i];
        assert_int_equal(mp_head_read(c->bytes, &head), MP_WHOLE);
        assert_int_equal(head.kind, c->kind);
        assert_int_equal(head.len, c->len);
        assert_int_equal(head.count, c->count);
        for (size_t cut = 0; cut < c->bytes.len; cut++)
            assert_int_equal(mp_head_read(slice_sub(c->bytes, 0, cut), &head), MP_MORE);
        if (c->kind < MP_STR) continue;
        assert_int_equal(mp_head_read(c->bytes, &head), MP_WHOLE);
        assert_int_equal(mp_head_write(&head, head.count, out), c->len);
        assert_memory_equal(out, c->bytes.ptr, c->len);
    }
    assert_int_equal(mp_head_read(BYTES("\xc1"), &head), MP_INVALID);
}

static void heads_grow(void **state) {
    (void)state;
    const struct {
        struct slice from;
        uint32_t count;
        struct slice want;
    } cases[] = {
        {BYTES("\xa3"), 31, BYTES("\xbf")},
        {BYTES("\xa3"), 32, BYTES("\xd9\x20")},
        {BYTES("\xa3"), 256, BYTES("\xda\x01\x00")},
        {BYTES("\xd9\x20"), 3, BYTES("\xd9\x03")}, /* a smaller count keeps the form */
        {BYTES("\xd9\xff"), 256, BYTES("\xda\x01\x00")},
        {BYTES("\xda\xff\xff"), 65536, BYTES("\xdb\x00\x01\x00\x00")},
        {BYTES("\xc4\xff"), 256, BYTES("\xc5\x01\x00")},
        {BYTES("\xc5\xff\xff"), 65536, BYTES("\xc6\x00\x01\x00\x00")},
        {BYTES("\xd6\x2a"), 5, BYTES("\xc7\x05\x2a")},
        {BYTES("\xc7\x05\x2a"), 256, BYTES("\xc8\x01\x00\x2a")},
        {BYTES("\xc8\x01\x00\x2a"), 65536, BYTES("\xc9\x00\x01\x00\x00\x2a")},
        {BYTES("\x83"), 2, BYTES("\x82")},
        {BYTES("\xde\x00\x10"), 15, BYTES("\xde\x00\x0f")},
        {BYTES("\xdf\x00\x00\x00\x10"), 15, BYTES("\xdf\x00\x00\x00\x0f")},
        {BYTES("\xdd\x00\x00\x00\x10"), 15, BYTES("\xdd\x00\x00\x00\x0f")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mp_head head;
        uint8_t out[MP_HEAD_MAX];
        assert_int_equal(mp_head_read(cases[i].from, &head), MP_WHOLE);
        assert_int_equal(mp_head_write(&head, cases[i].count, out), cases[i].want.len);
        assert_memory_equal(out, cases[i].want.ptr, cases[i].want.len);
    }
}

static void frames_cross_chunks(void **state) {
    (void)state;
    const struct slice s = BYTES("\x82\xa1\x61\xd9\x03xyz\xa1\x62\x92\x01\xc0\xa5hello\x90");
    const size_t ends[] = {13, 19, 20};
    for (size_t chunk = 1; chunk <= s.len; chunk++) {
        struct mp_frame frame = {0};
        size_t at = 0, n = 0;
        for (size_t have = chunk < s.len ? chunk : s.len; at < s.len;) {
            const enum mp_status status = mp_frame_next(&frame, slice_sub(s, 0, have), &at);
            assert_int_not_equal(status, MP_INVALID);
            if (status == MP_WHOLE)
                assert_int_equal(at, ends[n++]);
            else
                have = have + chunk < s.len ? have + chunk : s.len;
        }
        assert_int_equal(n, 3);
    }
    struct mp_frame frame = {0};
    size_t at = 0;
    assert_int_equal(mp_frame_next(&frame, BYTES("text"), &at), MP_INVALID);
}

/* ---- the walk ---- */

static void structure(void **state) {
    (void)state;
    const struct {
        struct slice bytes;
        enum msgpack_result want;
    } cases[] = {
        {BYTES("\x80"), MSGPACK_VALID},
        {BYTES("\x90"), MSGPACK_VALID},
        {BYTES("\x81\xa1\x61\x01"), MSGPACK_VALID},
        {BYTES("\xa3"
               "abc"),
         MSGPACK_VALID},
        {BYTES("\xc4\x01\x92"), MSGPACK_VALID}, /* a bin that is no run of objects */
        {BYTES("\x93\xa1t\xc4\x03\x92\x01\x80\x80"), MSGPACK_VALID},
        {BYTES(""), MSGPACK_INVALID},
        {BYTES("\x01"), MSGPACK_INVALID},
        {BYTES("\xc0"), MSGPACK_INVALID},
        {BYTES("a line of text"), MSGPACK_INVALID},
        {BYTES("\x80\x80"), MSGPACK_INVALID},
        {BYTES("\x81\xa1\x61"), MSGPACK_INVALID},
        {BYTES("\x81\xa5\x61"), MSGPACK_INVALID},
        {BYTES("\x91\xc1"), MSGPACK_INVALID},
        {BYTES("\xdd\xff\xff\xff\xff"), MSGPACK_INVALID},
        {BYTES("\xdf\xff\xff\xff\xff\x01"), MSGPACK_INVALID},
        {BYTES("\xdb\xff\xff\xff\xff"), MSGPACK_INVALID},
        {BYTES("\x91\x91\x91\x91\x90"), MSGPACK_TOO_DEEP},
        {BYTES("\x9f\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"),
         MSGPACK_TOO_MANY},
        {BYTES("\x93\xa1t\xc4\x01x\x81\xaa"
               "compressed\xa4gzip"),
         MSGPACK_COMPRESSED},
        {BYTES("\x93\xa1t\xc4\x01x\x81\xaa"
               "compressed\xa4text"),
         MSGPACK_VALID},
    };
    struct msgpack_index index;
    msgpack_init(&index);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum msgpack_result got = msgpack_build(&index, cases[i].bytes, 4, 12);
        if (got != cases[i].want) fail_msg("case %zu: %d", i, got);
    }
    msgpack_fini(&index);
}

static void depth_costs_no_stack(void **state) {
    (void)state;
    enum { DEPTH = 1 << 20 };
    uint8_t *bytes = malloc(DEPTH);
    assert_non_null(bytes);
    memset(bytes, 0x91, DEPTH);
    struct msgpack_index index;
    msgpack_init(&index);
    assert_int_equal(msgpack_build(&index, slice_of(bytes, DEPTH), 1 << 30, 1 << 30),
                     MSGPACK_TOO_DEEP);
    msgpack_fini(&index);
    free(bytes);
}

static void fields_and_keys(void **state) {
    (void)state;
    /* {"a": [1, {"b": "x"}], 5: -300} */
    const struct slice s = BYTES("\x82\xa1\x61\x92\x01\x81\xa1\x62\xa1x\x05\xd1\xfe\xd4");
    struct msgpack_index index;
    struct buf text;
    buf_init(&text, 0);
    msgpack_init(&index);
    assert_int_equal(msgpack_build(&index, s, 64, 100), MSGPACK_VALID);
    assert_int_equal(index.n, 9);
    assert_int_equal(msgpack_field_at(&index, 9), 6); /* "x" */
    assert_int_equal(msgpack_key_of(&index, 6), 5);
    assert_int_equal(msgpack_key_of(&index, 3), 1); /* an item of an array under a key */
    assert_int_equal(msgpack_key_of(&index, 1), MSGPACK_NONE);
    assert_int_equal(msgpack_key_of(&index, 8), 7);
    assert_true(msgpack_number(&index, 8, &text));
    assert_int_equal(text.len, 4);
    assert_memory_equal(text.ptr, "-300", 4);
    buf_fini(&text);
    msgpack_fini(&index);
}

/* ---- washed, against msgpack-c ---- */

struct maker {
    msgpack_packer packer;
    uint64_t seed;
};

static const char *const texts[] = {"plain", "mail alice@example.com ok", "10.1.2.3", "", "x=1"};
static const char *const names[] = {"a", "password", "message", "ip", "n"};

static void make(struct maker *m, int depth) {
    const uint64_t kind = test_random(&m->seed) % (depth > 0 ? 9 : 7);
    const char *text = texts[test_random(&m->seed) % 5];
    const size_t n = test_random(&m->seed) % 20;
    switch (kind) {
    case 0: msgpack_pack_nil(&m->packer); break;
    case 1: msgpack_pack_int64(&m->packer, (int64_t)test_random(&m->seed)); break;
    case 2: msgpack_pack_double(&m->packer, 1.5); break;
    case 3: msgpack_pack_bin_with_body(&m->packer, text, strlen(text)); break;
    case 4: msgpack_pack_ext_with_body(&m->packer, text, strlen(text), 7); break;
    case 5:
    case 6: msgpack_pack_str_with_body(&m->packer, text, strlen(text)); break;
    case 7:
        msgpack_pack_array(&m->packer, n);
        for (size_t i = 0; i < n; i++) make(m, depth - 1);
        break;
    default:
        msgpack_pack_map(&m->packer, n);
        for (size_t i = 0; i < n; i++) {
            const char *name = names[test_random(&m->seed) % 5];
            msgpack_pack_str_with_body(&m->packer, name, strlen(name));
            make(m, depth - 1);
        }
    }
}

static bool is_ours(const msgpack_object *o) {
    const bool is_ext = o->type == MSGPACK_OBJECT_EXT;
    if (!is_ext && o->type != MSGPACK_OBJECT_STR && o->type != MSGPACK_OBJECT_BIN) return false;
    const void *p = is_ext ? o->via.ext.ptr : o->via.str.ptr;
    const size_t len = is_ext ? o->via.ext.size : o->via.str.size;
    return len > 0 && memmem(p, len, "[REDACTED:", 10) != NULL;
}

static void must_match(const msgpack_object *a, const msgpack_object *b) {
    if (is_ours(b)) return;
    if (a->type != b->type) fail_msg("type %d became %d", (int)a->type, (int)b->type);
    if (a->type == MSGPACK_OBJECT_ARRAY) {
        assert_int_equal(a->via.array.size, b->via.array.size);
        for (uint32_t i = 0; i < a->via.array.size; i++)
            must_match(&a->via.array.ptr[i], &b->via.array.ptr[i]);
    } else if (a->type == MSGPACK_OBJECT_MAP) {
        assert_int_equal(a->via.map.size, b->via.map.size);
        for (uint32_t i = 0; i < a->via.map.size; i++) {
            must_match(&a->via.map.ptr[i].key, &b->via.map.ptr[i].key);
            must_match(&a->via.map.ptr[i].val, &b->via.map.ptr[i].val);
        }
    } else {
        assert_true(msgpack_object_equal(*a, *b));
    }
}

static void read_whole(const void *bytes, size_t len, msgpack_unpacked *out) {
    size_t off = 0;
    msgpack_unpacked_init(out);
    assert_int_equal(msgpack_unpack_next(out, bytes, len, &off), MSGPACK_UNPACK_SUCCESS);
    assert_int_equal(off, len);
}

static void washed_objects_read_alike(void **state) {
    (void)state;
    struct logwash *lw =
        test_engine(NULL,
                    (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK, .redact_all = true});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    struct maker m = {.seed = test_seed()};
    msgpack_sbuffer bytes;
    msgpack_sbuffer_init(&bytes);
    msgpack_packer_init(&m.packer, &bytes, msgpack_sbuffer_write);
    size_t n_changed = 0;
    for (int i = 0; i < 2000; i++) {
        msgpack_sbuffer_clear(&bytes);
        msgpack_pack_array(&m.packer, 2);
        make(&m, 3);
        make(&m, 3);
        assert_int_equal(logwash_wash(lw, scratch, bytes.data, bytes.size, &out), LOGWASH_OK);
        assert_int_not_equal(out.results[0].verdict.outcome, LOGWASH_WITHHELD);
        n_changed += out.results[0].verdict.outcome == LOGWASH_CHANGED;
        msgpack_unpacked before, after;
        read_whole(bytes.data, bytes.size, &before);
        read_whole(out.data, out.len, &after);
        must_match(&before.data, &after.data);
        assert_null(memmem(out.data, out.len, "alice@", 6));
        assert_null(memmem(out.data, out.len, "10.1.2.3", 8));
        msgpack_unpacked_destroy(&before);
        msgpack_unpacked_destroy(&after);
    }
    assert_true(n_changed > 500);
    msgpack_sbuffer_destroy(&bytes);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* ---- actions ---- */

static const char drop_pack[] =
    "pack: t\nrules:\n" RULE("t.key", "password", "keys: [secret]\n    action: drop")
        RULE("t.mail", "email", "pattern: '[a-z]{1,9}@[a-z]{1,9}'\n    action: drop");

static void dropped(void **state) {
    (void)state;
    const struct {
        struct slice in, want;
    } cases[] = {
        {BYTES("\x82\xa6secret\xa1x\xa1\x61\x01"), BYTES("\x81\xa1\x61\x01")},
        {BYTES("\x81\xa6secret\x81\xa1\x62\xa3"
               "a@b"),
         BYTES("\x80")},
        {BYTES("\x93\x01\xa3"
               "a@b\x02"),
         BYTES("\x92\x01\x02")},
        {BYTES("\xa3"
               "a@b"),
         BYTES("\xc0")},
        {BYTES("\x91\xa5"
               "a@b c"),
         BYTES("\x91\xa2 c")},
        {BYTES("\x92\xa1t\xc4\x0c\x92\x01\x81\xa6secret\xa1x"),
         BYTES("\x92\xa1t\xc4\x03\x92\x01\x80")},
    };
    struct logwash *lw =
        test_engine(drop_pack, (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(logwash_wash(lw, scratch, cases[i].in.ptr, cases[i].in.len, &out),
                         LOGWASH_OK);
        if (out.len != cases[i].want.len) fail_msg("case %zu: %zu bytes", i, out.len);
        assert_memory_equal(out.data, cases[i].want.ptr, out.len);
    }
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

static void text_is_withheld(void **state) {
    (void)state;
    struct logwash *lw =
        test_engine(NULL, (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    const char text[] = "alice@example.com";
    assert_int_equal(logwash_wash(lw, scratch, text, strlen(text), &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_WITHHELD);
    assert_string_equal(out.results[0].verdict.reason, "malformed");
    const char want[] = "\x81\xa8_logwash\xb4[WITHHELD:malformed]";
    assert_int_equal(out.len, sizeof want - 1);
    assert_memory_equal(out.data, want, out.len);
    /* a key or a header beside it is text */
    const struct logwash_record record = {.len = sizeof text - 1,
                                          .is_beside = true,
                                          .time_ms = INT64_MIN};
    const struct logwash_batch batch = {.data = text,
                                        .len = sizeof text - 1,
                                        .records = &record,
                                        .n = 1,
                                        .framing = LOGWASH_FRAMING_MESSAGE};
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    assert_int_equal(out.results[0].verdict.outcome, LOGWASH_CHANGED);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_read),
        cmocka_unit_test(heads_grow),
        cmocka_unit_test(frames_cross_chunks),
        cmocka_unit_test(structure),
        cmocka_unit_test(depth_costs_no_stack),
        cmocka_unit_test(fields_and_keys),
        cmocka_unit_test(washed_objects_read_alike),
        cmocka_unit_test(dropped),
        cmocka_unit_test(text_is_withheld),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
