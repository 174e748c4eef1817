/* SPDX-License-Identifier: Apache-2.0 */
/* logwash diff [FILE...]: changed records before and after. It shows raw values, on purpose, to
 * whoever asked. */
#include "base/buf.h"
#include "cli/commands.h"
#include "cli/stream.h"
#include "cli/terminal.h"

#include <unistd.h>

struct diff {
    bool color;
    atomic_bool differs;
};

static const char red[] = "\033[31m", green[] = "\033[32m", cyan[] = "\033[36m", plain[] = "\033[m";

/* One line `-…` or `+…`. Control bytes of the record would steer the terminal: with colours they
 * are shown as `?`. */
static void render_line(const struct diff *diff, char sign, struct slice bytes, struct buf *out) {
    if (diff->color) buf_str(out, sign == '-' ? red : green);
    buf_byte(out, (uint8_t)sign);
    for (size_t i = 0; diff->color && i < bytes.len; i++) {
        const uint8_t c = bytes.ptr[i];
        buf_byte(out, (c < ' ' && c != '\t' && c != '\n') || c == 127 ? '?' : c);
    }
    if (!diff->color) buf_slice(out, bytes);
    if (diff->color) buf_str(out, plain);
    buf_byte(out, '\n');
}

static void render_record(const struct diff *diff, const struct batch *batch, size_t i,
                          struct buf *out) {
    const struct logwash_result *result = &batch->out.results[i];
    const struct logwash_record *record = &batch->records[i];
    const enum logwash_outcome outcome = result->verdict.outcome;
    if (outcome == LOGWASH_CLEAN) return;
    buf_printf(out, "%s@@ %s:%llu @@%s\n", diff->color ? cyan : "", (const char *)batch->note,
               (unsigned long long)(batch->first_record + i + 1), diff->color ? plain : "");
    /* Of a record that is too long only the head was kept. */
    if (outcome != LOGWASH_WITHHELD)
        render_line(diff, '-', slice_of(batch->in.ptr + record->off, record->len), out);
    if (outcome != LOGWASH_DROPPED)
        render_line(diff, '+', slice_of(batch->out.data + result->off, result->len), out);
}

static enum logwash_status work(void *ctx, struct batch *batch, struct logwash_scratch *scratch) {
    struct diff *diff = ctx;
    const struct logwash_batch in = batch_input(batch);
    const enum logwash_status status = logwash_wash_batch(batch->engine, scratch, &in, &batch->out);
    if (status != LOGWASH_OK) return status;
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < batch->out.n; i++) render_record(diff, batch, i, &text);
    /* What goes on is the text, not the washed records. */
    batch->out.len = 0;
    const bool ok = !text.failed && batch_out_append(&batch->out, text.ptr, text.len);
    if (text.len > 0) atomic_store(&diff->differs, true);
    buf_fini(&text);
    return ok ? LOGWASH_OK : LOGWASH_MEMORY;
}

int cmd_diff(struct invocation *inv) {
    struct diff diff = {.color = terminal_color(STDOUT_FILENO, inv->set.color)};
    const struct stream_options options = {.work = work, .work_ctx = &diff, .count = true};
    struct stream stream;
    int code = stream_open(&stream, inv, &options);
    if (code == 0)
        code =
            stream_run(&stream, &options, inv->args, inv->n_args, STDOUT_FILENO, "standard output");
    return stream_close(&stream, code, atomic_load(&diff.differs) ? EXIT_NO : EXIT_DONE);
}
