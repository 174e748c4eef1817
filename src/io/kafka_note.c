/* SPDX-License-Identifier: Apache-2.0 */
/* Message -> records of a batch, and the note about it that `put` needs.
 *
 *     message   value | key | name value | name value | …        (headers named logwash… are left
 * out) records     0      1     2    3       4    5               a null value is an empty record,
 * a null key or header value is none A header's name is scanned as a record of its own and is the
 * name of its value. What passes untouched (a skipped header, a key by `record_key: pass`) is kept
 * in the note. */
#include "io/kafka_private.h"

#include <stdlib.h>

struct note *note_of(struct batch *batch) {
    struct note *note = batch->note;
    if (!note) {
        note = calloc(1, sizeof *note);
        if (!note) return NULL;
        batch->note = note;
    }
    if (batch->n == 0) {
        note->n = note->n_headers = 0;
        buf_reset(&note->bytes);
    }
    return note;
}

void note_free(void *p) {
    struct note *note = p;
    if (!note) return;
    free(note->messages);
    free(note->headers);
    buf_fini(&note->bytes);
    free(note);
}

static bool is_ours(const char *name) {
    return slice_eq_nocase(slice_of(name, strnlen(name, 7)), SLICE("logwash"));
}

static bool is_skipped(const struct input *in, const char *name) {
    for (size_t i = 0; i < in->n_skip_headers; i++)
        if (strcmp(in->skip_headers[i], name) == 0) return true;
    return false;
}

/* Keeps bytes in the note; false: out of memory. */
static bool keep(struct note *note, const void *bytes, size_t len, uint32_t *off,
                 uint32_t *out_len) {
    *off = (uint32_t)note->bytes.len;
    *out_len = (uint32_t)len;
    return buf_append(&note->bytes, bytes, len);
}

/* A record of the batch that is not in the form of the values: key, header. */
static bool add_beside(struct batch *batch, const void *bytes, size_t len, int64_t time_ms) {
    if (!batch_add(batch, bytes, len, time_ms)) return false;
    batch->records[batch->n - 1].is_beside = true;
    return true;
}

/* Two that differ say nothing. */
static void add_region(const struct kafka *k, struct note_message *message, struct slice value) {
    const uint32_t region = (uint32_t)routing_region(&k->routing, value);
    if (message->n_regions++ > 0 && region != message->region)
        message->region = (uint32_t)k->routing.n_regions;
    else
        message->region = region;
}

static bool add_header(const struct kafka *k, struct batch *batch, struct note *note,
                       struct note_message *message, const struct input *in, const char *name,
                       const void *value, size_t len) {
    if (k->tier_header && !message->has_tier && value && strcmp(name, k->tier_header) == 0) {
        message->has_tier = true;
        if (!keep(note, value, len, &message->tier_off, &message->tier_len)) return false;
    }
    if (k->routing.region_header && strcmp(name, k->routing.region_header) == 0)
        add_region(k, message, slice_of(value, value ? len : 0));
    message->size += (uint32_t)(strlen(name) + len);
    if (is_ours(name)) return true;
    if (!VEC_GROW(note->headers, note->cap_headers, note->n_headers + 1)) return false;
    struct note_header *header = &note->headers[note->n_headers++];
    *header = (struct note_header){.is_skipped = is_skipped(in, name), .is_null = !value};
    message->n_headers++;
    if (!keep(note, name, strlen(name), &header->name_off, &header->name_len)) return false;
    if (header->is_skipped) return keep(note, value, len, &header->value_off, &header->value_len);
    if (!add_beside(batch, name, strlen(name), message->has_time ? message->time_ms : INT64_MIN))
        return false;
    return !value ||
           add_beside(batch, value, len, message->has_time ? message->time_ms : INT64_MIN);
}

static bool add_headers(const struct kafka *k, struct batch *batch, struct note *note,
                        struct note_message *message, const struct input *in,
                        const rd_kafka_message_t *m) {
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    const char *name;
    const void *value;
    size_t len;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++)
        if (!add_header(k, batch, note, message, in, name, value, value ? len : 0)) return false;
    return true;
}

bool note_add(struct kafka *k, struct batch *batch, size_t input, const rd_kafka_message_t *m) {
    const struct input *in = &k->inputs[input];
    struct note *note = note_of(batch);
    if (!note || !VEC_GROW(note->messages, note->cap, note->n + 1)) return false;
    rd_kafka_timestamp_type_t type;
    const int64_t time_ms = rd_kafka_message_timestamp(m, &type);
    struct note_message message = {
        .offset = m->offset,
        .partition = m->partition,
        .time_ms = time_ms,
        .has_time = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && time_ms >= 0,
        .has_value = m->payload != NULL,
        .has_key = m->key != NULL,
        .first = (uint32_t)batch->n,
        .size = (uint32_t)(m->len + m->key_len),
        .header = (uint32_t)note->n_headers,
        .region = (uint32_t)k->routing.n_regions,
    };
    const int64_t at = message.has_time ? time_ms : INT64_MIN;
    batch->framing = LOGWASH_FRAMING_MESSAGE;
    batch->input = (unsigned)input;
    if (!batch_add(batch, m->payload, m->len, at)) return false;
    if (message.has_key && in->record_key == KAFKA_KEY_PASS) {
        if (!keep(note, m->key, m->key_len, &message.key_off, &message.key_len)) return false;
    } else if (message.has_key && !add_beside(batch, m->key, m->key_len, at)) {
        return false;
    }
    if (!add_headers(k, batch, note, &message, in, m)) return false;
    note->messages[note->n++] = message;
    return true;
}

void note_names(const struct kafka *k, struct batch *batch) {
    const struct note *note = batch->note;
    const bool key_is_record = k->inputs[batch->input].record_key != KAFKA_KEY_PASS;
    if (!note || note->n_headers == 0) return;
    for (size_t i = 0; i < note->n; i++) {
        const struct note_message *message = &note->messages[i];
        size_t rec = message->first + 1 + (message->has_key && key_is_record);
        for (size_t h = message->header; h < message->header + message->n_headers; h++) {
            const struct note_header *header = &note->headers[h];
            if (header->is_skipped) continue;
            rec++; /* the name itself */
            if (header->is_null) continue;
            batch->records[rec].name = (const char *)note->bytes.ptr + header->name_off;
            batch->records[rec].name_len = header->name_len;
            rec++;
        }
    }
}
