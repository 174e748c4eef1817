/* SPDX-License-Identifier: Apache-2.0 */
/* logwash scan [FILE...]: the workers scan and render, the pipeline keeps the order. */
#include "base/codec.h"
#include "cli/commands.h"
#include "cli/stream.h"

#include <unistd.h>

struct scan {
    bool json;
    atomic_bool found;
};

/* One batch (or part of one) being rendered. */
struct rendering {
    const struct scan *scan;
    const struct batch *batch;
    struct buf text;
    bool found;
};

static void render_json(struct rendering *r, const struct logwash_finding *f, uint64_t record) {
    buf_str(&r->text, "{\"file\":\"");
    json_escape(slice_str(r->batch->note), &r->text);
    buf_printf(&r->text,
               "\",\"record\":%llu,\"start\":%zu,\"end\":%zu,\"rule\":\"%s\",\"class\":\"%s\","
               "\"action\":\"%s\"}\n",
               (unsigned long long)record, f->start, f->end, f->rule, f->class_name, f->action);
}

static bool found(void *ctx, const struct logwash_finding *f) {
    struct rendering *r = ctx;
    const uint64_t record = r->batch->first_record + f->record + 1;
    r->found = true;
    if (r->scan->json)
        render_json(r, f, record);
    else
        buf_printf(&r->text, "%s:%llu:%zu: %s %s\n", (const char *)r->batch->note,
                   (unsigned long long)record, f->start + 1, f->class_name, f->rule);
    return !r->text.failed;
}

static enum logwash_status work(void *ctx, struct batch *batch, struct logwash_scratch *scratch) {
    struct scan *scan = ctx;
    const struct logwash_batch in = batch_input(batch);
    struct rendering r = {.scan = scan, .batch = batch};
    buf_init(&r.text, 0);
    enum logwash_status status = logwash_scan(batch->engine, scratch, &in, found, &r);
    if (status == LOGWASH_OK &&
        (r.text.failed || !batch_out_append(&batch->out, r.text.ptr, r.text.len)))
        status = LOGWASH_MEMORY;
    buf_fini(&r.text);
    if (r.found) atomic_store(&scan->found, true);
    return status;
}

int cmd_scan(struct invocation *inv) {
    struct scan scan = {.json = inv->set.json};
    const struct stream_options options = {.work = work, .work_ctx = &scan, .count = true};
    struct stream stream;
    int code = stream_open(&stream, inv, &options);
    if (code == 0)
        code =
            stream_run(&stream, &options, inv->args, inv->n_args, STDOUT_FILENO, "standard output");
    return stream_close(&stream, code, atomic_load(&scan.found) ? EXIT_NO : EXIT_DONE);
}
