/* SPDX-License-Identifier: Apache-2.0 */
/* A token is found at every offset of a chunk's border: tokens are planted, the stream is cut at
 * every byte, and what comes out is what comes out uncut. Also where the borders are our own: of
 * the groups the engine scans at once, of the batches a file is read in. */
#include "engine.h"

#include "base/buf.h"
#include "io/file.h"

#include <fcntl.h>
#include <unistd.h>

#define TOKEN "ghp_0a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H"

static struct logwash *lw, *binary;

static int load_all(void **state) {
    (void)state;
    lw = test_engine(NULL, (struct logwash_options){.redact_all = true});
    binary = test_engine(NULL, (struct logwash_options){.redact_all = true,
                                                        .format = LOGWASH_FORMAT_MSGPACK});
    return 0;
}

static int free_all(void **state) {
    (void)state;
    logwash_free(lw);
    logwash_free(binary);
    return 0;
}

static enum logwash_status wash(void *ctx, struct batch *batch, struct logwash_scratch *scratch) {
    const struct logwash_batch in = batch_input(batch);
    return logwash_wash_batch(ctx, scratch, &in, &batch->out);
}

struct stream {
    struct logwash *engine;
    struct logwash_scratch *scratch;
    struct batch batch;
    struct end *source;
    struct buf out;
};

/* Washes what has come so far. False: the stream has ended. */
static bool drink(struct stream *s) {
    for (;;) {
        batch_reset(&s->batch);
        const enum logwash_status status = s->source->ops->poll(s->source, &s->batch, 0, NULL);
        if (status == LOGWASH_AGAIN) return true;
        if (status == LOGWASH_END) return false;
        assert_int_equal(status, LOGWASH_OK);
        batch_wash(&s->batch, wash, s->engine, s->scratch);
        assert_int_equal(s->batch.status, LOGWASH_OK);
        assert_true(buf_append(&s->out, s->batch.out.data, s->batch.out.len));
    }
}

/* The text in two chunks; s->out is what came out. */
static void cut_at(struct stream *s, struct slice text, size_t cut, enum logwash_framing framing) {
    int fds[2];
    char path[32];
    char *names[] = {path};
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    s->source = file_source_new(
        &(struct file_options){.names = names, .n = 1, .framing = framing, .not_fd = -1});
    assert_non_null(s->source);
    buf_reset(&s->out);
    assert_int_equal(write(fds[1], text.ptr, cut), cut);
    assert_true(drink(s));
    assert_int_equal(write(fds[1], text.ptr + cut, text.len - cut), text.len - cut);
    close(fds[1]);
    while (drink(s)) continue;
    s->source->ops->close(s->source);
    close(fds[0]);
}

static void cut_everywhere(struct logwash *engine, struct slice text, enum logwash_framing framing,
                           size_t n_findings) {
    struct stream s = {.engine = engine, .scratch = logwash_scratch_new(engine)};
    struct buf whole;
    assert_non_null(s.scratch);
    buf_init(&s.out, 0);
    buf_init(&whole, 0);
    cut_at(&s, text, 0, framing);
    buf_slice(&whole, buf_view(&s.out));
    size_t n = 0;
    const uint8_t *end = whole.ptr + whole.len;
    for (const uint8_t *p = whole.ptr; (p = memmem(p, (size_t)(end - p), "[REDACTED:", 10)); p++)
        n++;
    if (n != n_findings)
        fail_msg("%zu of %zu found in %.*s", n, n_findings, (int)whole.len,
                 (const char *)whole.ptr);
    assert_null(memmem(whole.ptr, whole.len, "0a1B2c3D", 8));
    for (size_t cut = 1; cut < text.len; cut++) {
        cut_at(&s, text, cut, framing);
        if (!slice_eq(buf_view(&s.out), buf_view(&whole)))
            fail_msg("cut at %zu: %.*s", cut, (int)s.out.len, (const char *)s.out.ptr);
    }
    buf_fini(&whole);
    buf_fini(&s.out);
    batch_fini(&s.batch);
    logwash_scratch_free(s.scratch);
}

static void a_token_is_found_at_every_offset_of_a_chunk_border(void **state) {
    (void)state;
    static const char lines[] =
        "198.51.100.7 - ada [01/Jan/2026:00:00:00 +0000] \"GET /?t=" TOKEN " HTTP/1.1\" 200 5\r\n"
        "{\"ts\":1,\"ip\":\"2001:db8::7\",\"header\":\"Authorization: Bearer " TOKEN "\",\"n\":2}\n"
        "\n"
        "{\"log\":\"{\\\"password\\\":\\\"not-a-real-0a1B2c3D-one\\\"}\"}\n"
        "key=-----BEGIN PRIVATE KEY-----\n"
        "key=MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEA0a1B2c3D4e5F6g7H\n"
        "key=8i9J0a1B2c3D4e5F6g7H\n"
        "key=-----END PRIVATE KEY-----\n"
        "mail to ada%40corp.example, card 4111 1111 1111 1111\n"
        "the last one: " TOKEN;
    cut_everywhere(lw, slice_str(lines), LOGWASH_FRAMING_LINE, 13);
}

static void in_records_that_end_in_nul(void **state) {
    (void)state;
    static const char records[] = "one " TOKEN "\nand " TOKEN "\0"
                                  "two\0\0{\"a\":\"" TOKEN "\"}\0"
                                  "the last " TOKEN;
    cut_everywhere(lw, slice_of(records, sizeof records - 1), LOGWASH_FRAMING_NUL, 4);
}

static void in_messagepack(void **state) {
    (void)state;
    static const char objects[] = "\x82\xa3msg\xd9\x2b"
                                  "up " TOKEN "\xa1n\x01"
                                  "\x92\xcd\x01\x00\x81\xa5token\xd9\x28" TOKEN "\xd9\x28" TOKEN;
    cut_everywhere(binary, slice_of(objects, sizeof objects - 1), LOGWASH_FRAMING_MSGPACK, 3);
}

/* Tokens around `border` of the text, moved by a byte each time; read at once from a file. */
static void around(size_t border, const char *line_end) {
    char path[] = "/tmp/logwash-chunks-XXXXXX";
    char *names[] = {path};
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct stream s = {.engine = lw, .scratch = logwash_scratch_new(lw)};
    struct buf text;
    buf_init(&text, 0);
    buf_init(&s.out, 0);
    for (size_t shift = 0; shift <= sizeof TOKEN + 8; shift++) {
        buf_reset(&text);
        while (text.len + 64 + shift < border)
            buf_str(&text, "plain line of a log, nothing in it\n");
        while (text.len + shift < border) buf_byte(&text, text.len % 7 ? '.' : ' ');
        buf_printf(&text, "%s%s%s", "t=" TOKEN, line_end, "after " TOKEN "\n");
        assert_int_equal(pwrite(fd, text.ptr, text.len, 0), text.len);
        assert_int_equal(ftruncate(fd, (off_t)text.len), 0);
        s.source = file_source_new(&(struct file_options){.names = names, .n = 1, .not_fd = -1});
        buf_reset(&s.out);
        while (drink(&s)) continue;
        s.source->ops->close(s.source);
        if (memmem(s.out.ptr, s.out.len, "0a1B2c3D", 8) != NULL)
            fail_msg("a token is lost %zu bytes before byte %zu", shift, border);
    }
    buf_fini(&text);
    buf_fini(&s.out);
    batch_fini(&s.batch);
    logwash_scratch_free(s.scratch);
    close(fd);
    unlink(path);
}

static void around_the_borders_of_groups_and_batches(void **state) {
    (void)state;
    around(64 * 1024, "\n");
    around(64 * 1024, " ");
    around(BATCH_BYTES, "\n");
    around(BATCH_BYTES, " ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_found_at_every_offset_of_a_chunk_border),
        cmocka_unit_test(in_records_that_end_in_nul),
        cmocka_unit_test(in_messagepack),
        cmocka_unit_test(around_the_borders_of_groups_and_batches),
    };
    return cmocka_run_group_tests(tests, load_all, free_all);
}
