/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "base/secret.h"
#include "base/units.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { DEFAULT_MAX_RECORD = 1024 * 1024 };

bool load_file(const char *path, struct buf *out) {
    const int code = file_append(path, out);
    if (code != 0) message("%s: %s", path, file_error(code));
    return code == 0;
}

bool load_stdin(struct buf *out) {
    const int code = file_append_fd(STDIN_FILENO, out);
    if (code != 0) message("standard input: %s", file_error(code));
    return code == 0;
}

void *load_run_key(void) {
    void *key = secret_new(LOAD_KEY_LEN);
    if (key && getrandom(key, LOAD_KEY_LEN, 0) == LOAD_KEY_LEN) return key;
    message("no random bytes: %s", strerror(errno));
    secret_free(key, LOAD_KEY_LEN);
    return NULL;
}

void load_report(void *ctx, const char *text) {
    (void)ctx;
    message_text(slice_str(text));
}

/* ---- the parts ---- */

static int read_packs(struct load *load, const struct texts *files) {
    if (files->n == 0) return 0;
    load->texts = calloc(files->n, sizeof *load->texts);
    if (!load->texts || !VEC_GROW(load->packs.items, load->packs.cap, files->n)) {
        message("out of memory");
        return EXIT_WORLD;
    }
    bool ok = true;
    for (; load->n_texts < files->n; load->n_texts++) {
        struct buf *text = &load->texts[load->n_texts];
        buf_init(text, 0);
        ok = load_file(files->items[load->n_texts], text) && ok;
        load->packs.items[load->packs.n++] =
            (struct logwash_source){files->items[load->n_texts], text->ptr, text->len};
    }
    return ok ? 0 : EXIT_USAGE;
}

/* The flag's key ring, else the configuration's. Who makes no pseudonyms can do without the latter.
 */
static int read_keys(struct load *load, const struct invocation *inv) {
    const char *path = inv->set.keyring, *name = path;
    const bool is_needed = path || inv->command->flags & (FOR_WASH | FOR_DIFF);
    char shown[4096 + 16];
    if (!path && load->grammar.ring) {
        snprintf(shown, sizeof shown, "%s: keys.ring", load->config.name);
        path = load->grammar.ring;
        name = shown;
    }
    if (!path || (!is_needed && access(path, R_OK) != 0)) {
        load->run_key = load_run_key();
        load->options.run_key = load->run_key;
        return load->run_key ? 0 : EXIT_WORLD;
    }
    size_t len = 0;
    const char *why = file_read_ring(path, &load->ring_bytes, &len);
    if (why) message("%s: %s", name, why);
    if (why && name == shown) message("--keyring FILE takes another one");
    if (why) return EXIT_USAGE;
    load->ring_name = strdup(name);
    load->ring = (struct logwash_source){load->ring_name, load->ring_bytes, len};
    load->options.keyring = &load->ring;
    load->has_ring = true;
    return 0;
}

/* `FILE` or `fd:N` of --values. */
static int read_values(struct load *load, const struct settings *set) {
    uint64_t number;
    size_t len = 0;
    if (!set->values) return 0;
    const bool is_fd = strncmp(set->values, "fd:", 3) == 0;
    if (is_fd && (!count_parse(slice_str(set->values + 3), &number) || number > INT32_MAX)) {
        message("--values: '%s' names no file descriptor", set->values);
        return EXIT_USAGE;
    }
    const int fd = is_fd ? (int)number : open(set->values, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    load->values_bytes = fd >= 0 ? secret_new(LOAD_VALUES_MAX) : NULL;
    const int code = fd < 0 ? errno
                     : !load->values_bytes
                         ? ENOMEM
                         : file_read(fd, load->values_bytes, LOAD_VALUES_MAX, &len);
    if (code != 0)
        message("%s: %s", set->values, code == EFBIG ? "larger than 1 MiB" : strerror(code));
    if (fd >= 0) close(fd);
    load->values = (struct logwash_source){set->values, load->values_bytes, len};
    load->options.values = &load->values;
    return code == 0 ? 0 : EXIT_USAGE;
}

int load_init(struct load *load, struct invocation *inv) {
    struct settings *set = &inv->set;
    *load = (struct load){.max_record = DEFAULT_MAX_RECORD};
    buf_init(&load->config_text, 0);
    buf_init(&load->engine_text, 0);
    load->options = (struct logwash_options){
        .profiles = set->profile,
        .input = set->input,
        .token_length = (unsigned)set->token_length,
        .format = (enum logwash_format)set->format,
        .redact_all = set->redact,
        .without_prefilter = set->no_prefilter,
        .portable = set->portable,
        .now_sec = (int64_t)time(NULL),
        .report = load_report,
    };
    int code = read_packs(load, &set->rules);
    load->options.packs = load->packs.items;
    load->options.n_packs = load->packs.n;
    if (code == 0) code = load_config(load, set);
    if (code == 0) code = read_keys(load, inv);
    if (code == 0) code = read_values(load, set);
    if (set->max_record) load->max_record = (size_t)set->max_record;
    /* Said to the engine in any case: it and the source must judge by one number. */
    load->options.limits.record_bytes = (uint32_t)load->max_record;
    return code;
}

void load_fini(struct load *load) {
    for (size_t i = 0; i < load->n_texts; i++) buf_fini(&load->texts[i]);
    free(load->texts);
    free(load->packs.items);
    free(load->ring_name);
    config_fini(&load->grammar);
    buf_fini(&load->config_text);
    buf_fini(&load->engine_text);
    secret_free(load->ring_bytes, FILE_RING_MAX);
    secret_free(load->run_key, LOAD_KEY_LEN);
    secret_free(load->values_bytes, LOAD_VALUES_MAX);
    *load = (struct load){0};
}

int load_engine(const struct load *load, struct logwash **out) {
    struct logwash_error err = {0};
    const enum logwash_status status = logwash_load(&load->options, out, &err);
    if (status == LOGWASH_OK) return 0;
    /* The diagnostics have been shown; what is left to say is about no place in a file. */
    if (status != LOGWASH_CONFIG || err.where[0]) message_error(&err);
    return status == LOGWASH_CONFIG || status == LOGWASH_ARGUMENT ? EXIT_USAGE : EXIT_WORLD;
}

size_t load_find_rule(const struct logwash *lw, const char *id, struct tools_rule *out) {
    size_t n = 0;
    for (; tools_rule(lw, n, out); n++)
        if (strcmp(out->id, id) == 0) return n;
    const char **ids = calloc(n + 1, sizeof *ids);
    for (size_t i = 0; ids != NULL && tools_rule(lw, i, out); i++) ids[i] = out->id;
    const char *near = ids != NULL ? suggest(slice_str(id), ids, n) : NULL;
    if (near != NULL)
        message("no rule '%s'; did you mean '%s'?", id, near);
    else
        message("no rule '%s' (logwash rules list shows them)", id);
    free(ids);
    return SIZE_MAX;
}

int load_check_examples(struct logwash **lw) {
    struct buf report;
    buf_init(&report, 0);
    const enum logwash_status status = tools_examples_check(*lw, &report);
    if (status != LOGWASH_OK) {
        logwash_free(*lw);
        *lw = NULL;
    }
    message_text(buf_view(&report));
    if (status == LOGWASH_MEMORY) message("out of memory");
    buf_fini(&report);
    return status == LOGWASH_OK ? 0 : status == LOGWASH_CONFIG ? EXIT_USAGE : EXIT_WORLD;
}
