/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "base/secret.h"
#include "base/units.h"
#include "base/yaml.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char found_config[] = "./.logwash.yaml";
enum { DEFAULT_MAX_RECORD = 1024 * 1024 };

/* Opens a file to be read whole; -1: reported. */
static int open_file(const char *path, struct stat *st) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        message("%s: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(fd, st) == 0 && !S_ISDIR(st->st_mode)) return fd;
    message("%s: %s", path, strerror(S_ISDIR(st->st_mode) ? EISDIR : errno));
    close(fd);
    return -1;
}

/* Reads to the end, at most `cap` bytes. False: reported. */
static bool read_all(int fd, const char *path, uint8_t *dst, size_t cap, size_t *len) {
    *len = 0;
    for (;;) {
        const ssize_t n = read(fd, dst + *len, cap - *len);
        if (n == 0) return true;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            message("%s: %s", path, strerror(errno));
            return false;
        }
        *len += (size_t)n;
        if (*len == cap) {
            message("%s: larger than %zu bytes", path, cap - 1);
            return false;
        }
    }
}

bool load_file(const char *path, struct buf *out) {
    struct stat st;
    const int fd = open_file(path, &st);
    if (fd < 0) return false;
    /* A pipe tells no size. */
    const bool has_size = S_ISREG(st.st_mode) && st.st_size < LOAD_FILE_MAX;
    const size_t cap = has_size ? (size_t)st.st_size + 1 : (size_t)LOAD_FILE_MAX + 1;
    size_t len = 0;
    bool ok = buf_reserve(out, cap);
    if (!ok) message("%s: out of memory", path);
    ok = ok && read_all(fd, path, out->ptr + out->len, cap, &len);
    close(fd);
    out->len += ok ? len : 0;
    return ok;
}

bool load_input(int fd, const char *name, struct buf *out) {
    for (size_t len = 0;; out->len += len) {
        if (!buf_reserve(out, 64 * 1024)) break;
        const ssize_t n = read(fd, out->ptr + out->len, out->cap - out->len);
        if (n == 0) return true;
        len = n > 0 ? (size_t)n : 0;
        if (n < 0 && errno != EINTR) {
            message("%s: %s", name, strerror(errno));
            return false;
        }
        if (out->len + len > LOAD_FILE_MAX) {
            message("%s: larger than %d bytes", name, LOAD_FILE_MAX);
            return false;
        }
    }
    message("%s: out of memory", name);
    return false;
}

void *load_ring(const char *path, size_t *len) {
    struct stat st;
    const int fd = open_file(path, &st);
    if (fd < 0) return NULL;
    void *bytes = NULL;
    if (S_ISREG(st.st_mode) && (st.st_mode & 077)) {
        message(
            "%s: others may read this key ring (mode %03o); chmod 600 it, and think about new keys",
            path, (unsigned)(st.st_mode & 0777));
    } else if (!(bytes = secret_new(LOAD_RING_MAX))) {
        message("%s: out of memory", path);
    } else if (!read_all(fd, path, bytes, LOAD_RING_MAX, len)) {
        secret_free(bytes, LOAD_RING_MAX);
        bytes = NULL;
    }
    close(fd);
    return bytes;
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
    message_text(text);
}

/* ---- configuration ---- */

static void refuse_key(const struct yaml *key, struct diags *diags) {
    yaml_error(key, diags, "a configuration found in the working directory may only add rules");
    diag_hint(diags, "say --config %s or --trust if it is yours", found_config);
}

/* Whoever can put a file into the working directory must not be able to switch rules off. */
static void check_found(const struct yaml *root, struct diags *diags) {
    if (!root || root->kind != YAML_MAP) return;
    for (size_t i = 0; i < root->n; i++) {
        const struct yaml *value = root->items[i];
        if (slice_eq_str(root->keys[i]->text, "version")) continue;
        if (!slice_eq_str(root->keys[i]->text, "rules")) {
            refuse_key(root->keys[i], diags);
            continue;
        }
        for (size_t k = 0; value->kind == YAML_MAP && k < value->n; k++)
            if (!slice_eq_str(value->keys[k]->text, "add")) refuse_key(value->keys[k], diags);
    }
}

/* The topic named by --input must be one of `inputs:`. */
static void check_input(const struct yaml *root, const char *input, struct diags *diags) {
    const struct yaml *inputs = yaml_get(root, "inputs");
    const struct yaml *topic = NULL;
    for (size_t i = 0; inputs != NULL && inputs->kind == YAML_SEQ && i < inputs->n; i++) {
        topic = yaml_get(inputs->items[i], "topic");
        if (topic != NULL && slice_eq_str(topic->text, input)) return;
    }
    yaml_error(inputs != NULL ? inputs : root, diags, "no input '%s'", input);
}

/* Looks at what the program itself must know of a configuration; the engine reads and checks the
 * rest. */
static int inspect_config(struct load *load, const struct settings *set, bool was_found) {
    const struct diag_source source = {.name = load->config.name,
                                       .text = buf_view(&load->config_text)};
    struct diags diags;
    struct arena arena;
    diags_init(&diags);
    arena_init(&arena);
    const struct yaml *root = yaml_parse(&source, &arena, &diags);
    int code = 0;
    if (root) {
        if (was_found && !set->trust) check_found(root, &diags);
        if (set->input != NULL) check_input(root, set->input, &diags);
        const struct yaml *record = yaml_get(yaml_get(root, "limits"), "record");
        uint64_t bytes = 0;
        if (record && size_parse(record->text, &bytes) && bytes <= UINT32_MAX)
            load->max_record = (size_t)bytes;
    }
    if (diags_has_error(&diags)) {
        struct buf text;
        buf_init(&text, 0);
        diags_print(&diags, &text);
        if (buf_byte(&text, '\0')) message_text((const char *)text.ptr);
        buf_fini(&text);
        code = EXIT_USAGE;
    }
    arena_fini(&arena);
    diags_fini(&diags);
    return code;
}

static int read_config(struct load *load, const struct settings *set) {
    const char *path = set->config ? set->config : getenv("LOGWASH_CONFIG");
    bool was_found = false;
    if (!path || !*path) {
        was_found = access(found_config, F_OK) == 0;
        if (!was_found && set->input == NULL) return 0;
        if (!was_found) {
            message("--input needs a configuration (--config)");
            return EXIT_USAGE;
        }
        path = found_config;
    }
    if (!load_file(path, &load->config_text)) return EXIT_USAGE;
    load->config = (struct logwash_source){path, load->config_text.ptr, load->config_text.len};
    load->options.config = &load->config;
    return inspect_config(load, set, was_found);
}

static int read_packs(struct load *load, const struct texts *files) {
    if (files->n == 0) return 0;
    load->texts = calloc(files->n, sizeof *load->texts);
    load->packs = calloc(files->n, sizeof *load->packs);
    if (!load->texts || !load->packs) {
        message("out of memory");
        return EXIT_WORLD;
    }
    bool ok = true;
    for (; load->n_texts < files->n; load->n_texts++) {
        struct buf *text = &load->texts[load->n_texts];
        buf_init(text, 0);
        ok = load_file(files->items[load->n_texts], text) && ok;
        load->packs[load->n_texts] =
            (struct logwash_source){files->items[load->n_texts], text->ptr, text->len};
    }
    load->options.packs = load->packs;
    load->options.n_packs = load->n_texts;
    return ok ? 0 : EXIT_USAGE;
}

static int read_keys(struct load *load, const struct settings *set) {
    if (!set->keyring) {
        load->run_key = load_run_key();
        load->options.run_key = load->run_key;
        return load->run_key ? 0 : EXIT_WORLD;
    }
    size_t len = 0;
    load->ring_bytes = load_ring(set->keyring, &len);
    if (!load->ring_bytes) return EXIT_USAGE;
    load->ring = (struct logwash_source){set->keyring, load->ring_bytes, len};
    load->options.keyring = &load->ring;
    load->has_ring = true;
    return 0;
}

/* `FILE` or `fd:N` of --values. */
static int read_values(struct load *load, const struct settings *set) {
    struct stat st;
    uint64_t number;
    size_t len = 0;
    if (!set->values) return 0;
    const bool is_fd = strncmp(set->values, "fd:", 3) == 0;
    if (is_fd && (!count_parse(slice_str(set->values + 3), &number) || number > INT32_MAX)) {
        message("--values: '%s' names no file descriptor", set->values);
        return EXIT_USAGE;
    }
    const int fd = is_fd ? (int)number : open_file(set->values, &st);
    if (fd < 0) return EXIT_USAGE;
    load->values_bytes = secret_new(LOAD_VALUES_MAX);
    if (!load->values_bytes) message("%s: out of memory", set->values);
    const bool ok =
        load->values_bytes && read_all(fd, set->values, load->values_bytes, LOAD_VALUES_MAX, &len);
    close(fd);
    load->values = (struct logwash_source){set->values, load->values_bytes, len};
    load->options.values = &load->values;
    return ok ? 0 : EXIT_USAGE;
}

int load_init(struct load *load, const struct settings *set) {
    *load = (struct load){.max_record = DEFAULT_MAX_RECORD};
    buf_init(&load->config_text, 0);
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
    if (code == 0) code = read_config(load, set);
    if (code == 0) code = read_keys(load, set);
    if (code == 0) code = read_values(load, set);
    if (set->max_record) load->max_record = (size_t)set->max_record;
    /* Said to the engine in any case: it and the source must judge by one number. */
    load->options.limits.record_bytes = (uint32_t)load->max_record;
    return code;
}

void load_fini(struct load *load) {
    for (size_t i = 0; i < load->n_texts; i++) buf_fini(&load->texts[i]);
    free(load->texts);
    free(load->packs);
    buf_fini(&load->config_text);
    secret_free(load->ring_bytes, LOAD_RING_MAX);
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
