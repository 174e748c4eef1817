/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that edits make equal get numbers. */
#include "base/slice.h"
#include "engine.h"

#define MAIL "[REDACTED:email]"
static const char pack[] =
    "pack: t\nrules:\n" RULE("t.mail", "email",
                             "action: redact\n    pattern: '\\b[\\w.]++@[\\w.]++'")
        RULE("t.gone", "phone", "action: drop\n    pattern: 'tel:\\d{1,9}'");

static void wash(struct logwash *lw, struct slice in, struct slice want) {
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0}, again = {0};
    assert_int_equal(logwash_wash(lw, scratch, in.ptr, in.len, &out), LOGWASH_OK);
    if (!slice_eq(slice_of(out.data, out.len), want))
        fail_msg("\n  in   %.*s\n  want %.*s\n  got  %.*s", (int)in.len, (const char *)in.ptr,
                 (int)want.len, (const char *)want.ptr, (int)out.len, (const char *)out.data);
    assert_int_equal(logwash_wash(lw, scratch, out.data, out.len, &again), LOGWASH_OK);
    assert_true(slice_eq(slice_of(again.data, again.len), want));
    logwash_output_fini(&out);
    logwash_output_fini(&again);
    logwash_scratch_free(scratch);
}

static void json(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{\"a@x.io\":1,\"b@x.io\":2,\"c@x.io\":[3]}",
         "{\"" MAIL "\":1,\"" MAIL "#2\":2,\"" MAIL "#3\":[3]}"},
        /* every object by itself */
        {"{\"a@x.io\":{\"b@x.io\":1,\"c@x.io\":2},\"x\":[{\"a@x.io\":3}]}",
         "{\"" MAIL "\":{\"" MAIL "\":1,\"" MAIL "#2\":2},\"x\":[{\"" MAIL "\":3}]}"},
        /* keys that stay come first, however they are spelt */
        {"{\"a@x.io\":1,\"\\u005bREDACTED:email]\":2}",
         "{\"" MAIL "#2\":1,\"\\u005bREDACTED:email]\":2}"},
        {"{\"" MAIL "#2\":0,\"a@x.io\":1,\"b@x.io\":2}",
         "{\"" MAIL "#2\":0,\"" MAIL "\":1,\"" MAIL "#3\":2}"},
        /* equal ones stay equal */
        {"{\"a@x.io\":1,\"a\\u0040x.io\":2,\"b@x.io\":3,\"b@x.io\":4}",
         "{\"" MAIL "\":1,\"" MAIL "\":2,\"" MAIL "#2\":3,\"" MAIL "#2\":4}"},
        /* the number stands behind the key, not behind what was found in it */
        {"{\"to a@x.io now\":1,\"to b@x.io now\":2,\"to b@x.io\":3}",
         "{\"to " MAIL " now\":1,\"to " MAIL " now#2\":2,\"to " MAIL "\":3}"},
        {"{\"a@x.io b@x.io\\\"\":1,\"c@x.io d@x.io\\\"\":2}",
         "{\"" MAIL " " MAIL "\\\"\":1,\"" MAIL " " MAIL "\\\"#2\":2}"},
        {"{\"v\":\"a@x.io\",\"a\":1,\"w\":\"b@x.io\"}",
         "{\"v\":\"" MAIL "\",\"a\":1,\"w\":\"" MAIL "\"}"},
        {"[{\"a@x.io\":1},{\"b@x.io\":2}]", "[{\"" MAIL "\":1},{\"" MAIL "\":2}]"},
        /* a key that is dropped leaves an empty one: its member stays */
        {"{\"tel:1\":1,\"tel:2\":{\"a\":1},\"n\":2}", "{\"\":1,\"#2\":{\"a\":1},\"n\":2}"},
        {"{\"tel:1\":\"tel:2\",\"n\":2}", "{\"n\":2}"},
        {"{\"a@x.io\":\"tel:2\",\"b@x.io\":2}", "{\"" MAIL "\":2}"},
    };
    struct logwash *lw = test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_AUTO});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wash(lw, slice_str(cases[i][0]), slice_str(cases[i][1]));
    logwash_free(lw);
}

#define BYTES(literal) slice_of("" literal, sizeof(literal) - 1)

static void msgpack(void **state) {
    (void)state;
    struct logwash *lw =
        test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_MSGPACK});
    wash(lw,
         BYTES("\x83\xa6"
               "a@x.io\x01\xa6"
               "b@x.io\x81\xa6"
               "c@x.io\x02\xa1n\x03"),
         BYTES("\x83\xb0" MAIL "\x01\xb2" MAIL "#2\x81\xb0" MAIL "\x02\xa1n\x03"));
    wash(lw,
         BYTES("\x82\xa8"
               "a@x.io x\x01\xc4\x08"
               "b@x.io x\x02"),
         BYTES("\x82\xb2" MAIL " x\x01\xc4\x14" MAIL " x#2\x02"));
    logwash_free(lw);
}

/* Every key found is a member's: as many numbers as edits are allowed, in time. */
static void many(void **state) {
    (void)state;
    enum { KEYS = 9000 };
    struct logwash *lw = test_engine(pack, (struct logwash_options){.format = LOGWASH_FORMAT_AUTO});
    char *in = malloc(KEYS * 64), *want = malloc(KEYS * 64);
    size_t in_len = 0, len = 0;
    for (int i = 0; i < KEYS; i++) {
        in_len += (size_t)sprintf(in + in_len, "%c\"k%d@x.io\":1", i == 0 ? '{' : ',', i);
        len += i == 0 ? (size_t)sprintf(want, "{\"" MAIL "\":1")
                      : (size_t)sprintf(want + len, ",\"" MAIL "#%d\":1", i + 1);
    }
    in[in_len++] = want[len++] = '}';
    wash(lw, slice_of(in, in_len), slice_of(want, len));
    free(in);
    free(want);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(json), cmocka_unit_test(msgpack),
                                       cmocka_unit_test(many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
