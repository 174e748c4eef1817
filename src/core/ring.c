/* SPDX-License-Identifier: Apache-2.0 */
/* Key rings for the command line: made, listed, rotated, destroyed, asked for pseudonyms. */
#include "base/units.h"
#include "core/engine.h"
#include "core/tools.h"

#include <stdarg.h>
#include <stdio.h>

static const char bad_id[] = "a key id is 1 to 8 characters of a-z and 0-9, and not 'x'";

static enum logwash_status refuse(struct logwash_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum logwash_status refuse(struct logwash_error *err, const char *format, ...) {
    if (err == NULL) return LOGWASH_ARGUMENT;
    *err = (struct logwash_error){.status = LOGWASH_ARGUMENT};
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return LOGWASH_ARGUMENT;
}

/* MEMORY or CONFIG: there is none, and the report says why. */
static enum logwash_status read_ring(const struct logwash_source *source, struct keyring **out,
                                     struct buf *report) {
    const struct diag_source src = {source->name, slice_of(source->data, source->len)};
    struct diags diags;
    diags_init(&diags);
    *out = keyring_read(&src, &diags);
    enum logwash_status status = *out != NULL ? LOGWASH_OK : LOGWASH_MEMORY;
    if (*out == NULL && diags_has_error(&diags)) {
        diags_print(&diags, report);
        status = LOGWASH_CONFIG;
    }
    diags_fini(&diags);
    return status;
}

enum logwash_status tools_keyring_new(const char *id, int64_t from_sec, const uint8_t key[32],
                                      struct buf *out, struct logwash_error *err) {
    if (keyring_write_new(id != NULL ? id : "k1", from_sec, key, out)) return LOGWASH_OK;
    return out->failed ? LOGWASH_MEMORY : refuse(err, "%s", bad_id);
}

static struct tools_epoch epoch_row(const char *id, int64_t from_sec, bool is_destroyed) {
    struct tools_epoch row = {.from_sec = from_sec, .is_destroyed = is_destroyed};
    memcpy(row.id, id, strlen(id) + 1);
    return row;
}

enum logwash_status tools_keyring_list(const struct logwash_source *source,
                                       struct tools_epoch out[TOOLS_MAX_EPOCHS], size_t *n,
                                       struct buf *report) {
    struct keyring *ring;
    const enum logwash_status status = read_ring(source, &ring, report);
    *n = 0;
    if (status != LOGWASH_OK) return status;
    size_t live = 0, gone = 0;
    while (live < keyring_epochs(ring) || gone < keyring_gone(ring)) {
        const struct epoch *epoch = live < keyring_epochs(ring) ? keyring_epoch(ring, live) : NULL;
        const struct gone_epoch *other =
            gone < keyring_gone(ring) ? keyring_gone_epoch(ring, gone) : NULL;
        const bool is_live = epoch != NULL && (other == NULL || epoch->from_sec < other->from_sec);
        out[(*n)++] = is_live ? epoch_row(epoch->id, epoch->from_sec, false)
                              : epoch_row(other->id, other->from_sec, true);
        if (is_live)
            live++;
        else
            gone++;
    }
    keyring_free(ring);
    return LOGWASH_OK;
}

enum logwash_status tools_keyring_rotate(const struct logwash_source *source, const char *id,
                                         int64_t from_sec, const uint8_t key[32], char used[9],
                                         struct buf *out, struct buf *report,
                                         struct logwash_error *err) {
    struct keyring *ring;
    char next[KEYRING_ID_MAX + 1], when[MOMENT_TEXT_LEN];
    enum logwash_status status = read_ring(source, &ring, report);
    if (status != LOGWASH_OK) return status;
    const struct epoch *last = keyring_epoch(ring, keyring_epochs(ring) - 1);
    keyring_next_id(ring, next);
    if (id == NULL) id = next;
    (void)moment_text(last->from_sec, when);
    if (keyring_epochs(ring) == KEYRING_MAX_EPOCHS)
        status = refuse(err, "the ring has %d epochs already", KEYRING_MAX_EPOCHS);
    else if (strcmp(id, "x") != 0 && keyring_has_id(ring, slice_str(id)))
        status = refuse(err, "the ring has an epoch '%s' already", id);
    else if (from_sec <= last->from_sec)
        status = refuse(err, "epoch '%s' begins at %s; a new one begins later", last->id, when);
    else if (!keyring_write_added(slice_of(source->data, source->len), id, from_sec, key, out))
        status = out->failed ? LOGWASH_MEMORY : refuse(err, "%s", bad_id);
    else
        snprintf(used, KEYRING_ID_MAX + 1, "%s", id);
    keyring_free(ring);
    return status;
}

enum logwash_status tools_keyring_destroy(const struct logwash_source *source, const char *id,
                                          int64_t now_sec, struct buf *out, struct buf *report,
                                          struct logwash_error *err) {
    struct keyring *ring;
    enum logwash_status status = read_ring(source, &ring, report);
    if (status != LOGWASH_OK) return status;
    size_t i = 0;
    while (i < keyring_epochs(ring) && strcmp(keyring_epoch(ring, i)->id, id) != 0) i++;
    const size_t n = keyring_epochs(ring);
    if (i == n && strcmp(id, "x") != 0 && keyring_has_id(ring, slice_str(id)))
        status = refuse(err, "epoch '%s' is destroyed already", id);
    else if (i == n)
        status = refuse(err, "the ring has no epoch '%s'", id);
    else if (i + 1 == n || keyring_epoch(ring, i + 1)->from_sec > now_sec)
        status = refuse(err, "epoch '%s' is in use until another one begins (keys rotate)", id);
    else if (!keyring_write_destroyed(slice_of(source->data, source->len), id, out))
        status = LOGWASH_MEMORY;
    keyring_free(ring);
    return status;
}

/* ---- lookup ---- */

static enum logwash_status no_class(struct logwash_error *err, const char *name) {
    const char *names[N_CLASSES];
    for (size_t c = 0; c < N_CLASSES; c++) names[c] = data_classes[c].name;
    const char *near = suggest(slice_str(name), names, N_CLASSES);
    return near != NULL ? refuse(err, "unknown class '%s'; did you mean '%s'?", name, near)
                        : refuse(err, "unknown class '%s' (logwash rules list --classes)", name);
}

enum logwash_status tools_lookup(const struct logwash_source *source, const char *class_name,
                                 struct slice value, unsigned token_length, struct buf *out,
                                 struct buf *report, struct logwash_error *err) {
    struct keyring *ring;
    const int class_id = class_find(slice_str(class_name));
    if (class_id < 0) return no_class(err, class_name);
    enum logwash_status status = read_ring(source, &ring, report);
    if (status != LOGWASH_OK) return status;
    struct pseudonymizer *pseudonyms = engine_pseudonyms(ring, token_length);
    struct pseudonym_scratch *scratch =
        pseudonyms != NULL ? pseudonym_scratch_new(pseudonyms) : NULL;
    bool ok = scratch != NULL;
    for (size_t e = 0; ok && e < keyring_epochs(ring); e++)
        ok = pseudonym_make(pseudonyms, scratch, (size_t)class_id, e, value, out) &&
             buf_byte(out, '\n');
    pseudonym_scratch_free(scratch);
    pseudonymizer_free(pseudonyms);
    keyring_free(ring);
    return ok ? LOGWASH_OK : LOGWASH_MEMORY;
}
