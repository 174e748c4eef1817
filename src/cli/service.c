/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service.h"

#include "base/secret.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/packdirs.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "core/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What is needed while loading, and not after. */
struct loading {
    struct service *service;
    const struct service_source *source;
    struct diags diags;
    struct packs packs;
    void *ring; /* file_read_ring; NULL: none */
    size_t ring_len;
    const char *ring_name;
    struct buf engine_text; /* the configuration without its secrets */
    struct report *report;
};

/* ---- files ---- */

static bool read_config_file(struct loading *l) {
    struct buf *text = &l->service->text;
    if (l->source->text) return buf_str(text, l->source->text);
    const int code = file_append(l->source->path, text);
    if (code == 0) return true;
    diag_add(&l->diags, DIAG_ERROR, NULL, 0, 0, "%s: %s", l->source->path, file_error(code));
    return false;
}

static void read_ring(struct loading *l) {
    l->ring_name = l->service->config.ring;
    if (l->source->ring || !l->ring_name) return;
    const struct yaml *node = yaml_get(yaml_get(l->service->config.root, "keys"), "ring");
    const char *why = file_read_ring(l->ring_name, &l->ring, &l->ring_len);
    if (why) yaml_error(node, &l->diags, "key ring: %s", why);
}

/* ---- -X NAME=VALUE ---- */

static bool append_property(struct loading *l, struct config_properties *to, const char *name,
                            const char *value) {
    struct kafka_property *items =
        ARENA_ARRAY(&l->service->config.arena, struct kafka_property, to->n + 1);
    if (!items) {
        l->diags.failed = true;
        return false;
    }
    if (to->n) memcpy(items, to->items, to->n * sizeof *items);
    items[to->n] = (struct kafka_property){name, value};
    to->items = items;
    to->n++;
    return true;
}

/* Given to whichever of the two clients takes it. */
static void add_property(struct loading *l, const char *text) {
    struct config *config = &l->service->config;
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        diag_add(&l->diags, DIAG_ERROR, NULL, 0, 0, "-X takes NAME=VALUE");
        return;
    }
    const struct slice kept = arena_copy(&config->arena, slice_of(text, (size_t)(equals - text)));
    const char *name = (const char *)kept.ptr, *value = equals + 1;
    if (!name) {
        l->diags.failed = true;
        return;
    }
    if (strcmp(name, "group.id") == 0) {
        config->group = value;
        return;
    }
    char why[256], why_producer[256];
    const bool consumer = kafka_check_property(KAFKA_CONSUMER, name, value, why, sizeof why);
    const bool producer =
        kafka_check_property(KAFKA_PRODUCER, name, value, why_producer, sizeof why_producer);
    if (consumer) append_property(l, &config->consumer, name, value);
    if (producer) append_property(l, &config->producer, name, value);
    if (!consumer && !producer) diag_add(&l->diags, DIAG_ERROR, NULL, 0, 0, "-X: %s", why);
}

/* ---- engines ---- */

/* Rules of one's own do what their examples say. */
static bool check_examples(struct loading *l, const struct logwash *lw) {
    struct buf said;
    buf_init(&said, 0);
    const enum logwash_status status = tools_examples_check(lw, &said);
    if (status == LOGWASH_MEMORY || !buf_byte(&said, 0))
        l->diags.failed = true;
    else
        report_add(l->report, (const char *)said.ptr);
    buf_fini(&said);
    return status == LOGWASH_OK;
}

static bool load_engine(struct loading *l, size_t i) {
    static const uint8_t no_key[32];
    struct service *service = l->service;
    const struct config_input *input = &service->config.inputs[i];
    const char *profiles = tools_profiles_text(input->profiles);
    const struct logwash_source config = {l->source->path, l->engine_text.ptr, l->engine_text.len};
    const struct logwash_source ring = {l->ring_name ? l->ring_name : "key ring",
                                        l->source->ring ? l->source->ring : l->ring,
                                        l->source->ring ? l->source->ring_len : l->ring_len};
    struct logwash_error err = {0};
    const struct logwash_options options = {
        .packs = l->packs.items,
        .n_packs = l->packs.n,
        .config = &config,
        .input = input->topic ? config_written_topic(input) : NULL,
        .profiles = profiles[0] ? profiles : NULL,
        .keyring = ring.data ? &ring : NULL,
        /* A ring that could not be read was reported; the engine's own problems still are to be. */
        .run_key = !ring.data && service->config.ring ? no_key : NULL,
        .format = (enum logwash_format)input->format,
        .now_sec = time(NULL),
        .report = report_add,
        .report_ctx = l->report,
    };
    const enum logwash_status status = logwash_load(&options, &service->engines[i], &err);
    if (status == LOGWASH_OK) return check_examples(l, service->engines[i]);
    if (status != LOGWASH_CONFIG) l->diags.failed = true;
    return false;
}

static bool load_engines(struct loading *l) {
    struct service *service = l->service;
    const size_t n = service->config.n_inputs;
    if (!config_for_engine(&service->config, &l->engine_text)) return false;
    service->engines = calloc(n, sizeof(struct logwash *));
    if (!service->engines) return false;
    service->n_engines = n;
    bool ok = true;
    for (size_t i = 0; i < n; i++) ok &= load_engine(l, i);
    return ok;
}

static bool load_all(struct loading *l) {
    struct service *service = l->service;
    if (!read_config_file(l)) return false;
    bool ok = config_read(&service->config, l->source->path, buf_view(&service->text), &l->diags);
    if (!service->config.is_sound) return false;
    const struct texts *properties = l->source->properties;
    for (size_t i = 0; properties && i < properties->n; i++) add_property(l, properties->items[i]);
    packdirs_read(service->config.root, &service->config.arena, &l->packs, &l->diags);
    read_ring(l);
    ok &= !diags_has_error(&l->diags);
    const bool loaded = service->config.n_inputs > 0 && load_engines(l);
    return loaded && ok && !l->diags.failed;
}

bool service_load(struct service *service, const struct service_source *source,
                  struct buf *report) {
    *service = (struct service){0};
    buf_init(&service->text, 0);
    struct report blocks;
    report_init(&blocks);
    struct loading l = {.service = service, .source = source, .report = &blocks};
    diags_init(&l.diags);
    buf_init(&l.engine_text, 0);
    const bool ok = load_all(&l);
    struct buf own;
    buf_init(&own, 0);
    diags_print(&l.diags, &own);
    if (buf_byte(&own, 0)) report_add_first(&blocks, (const char *)own.ptr);
    if (!ok && (l.diags.failed || own.failed)) report_add(&blocks, "error: out of memory\n");
    report_print(&blocks, report);
    buf_fini(&own);
    report_fini(&blocks);
    buf_fini(&l.engine_text);
    diags_fini(&l.diags);
    secret_free(l.ring, FILE_RING_MAX);
    free(l.packs.items);
    if (!ok) service_fini(service);
    return ok;
}

bool service_load_shown(struct service *service, const struct service_source *source) {
    struct buf report;
    buf_init(&report, 0);
    const bool ok = service_load(service, source, &report);
    message_text(buf_view(&report));
    buf_fini(&report);
    return ok;
}

bool service_load_named(struct service *service, const struct invocation *inv,
                        struct service_source *source) {
    *source = (struct service_source){.path = inv->set.config, .properties = &inv->set.properties};
    *service = (struct service){0};
    if (source->path) return service_load_shown(service, source);
    message("%s needs a configuration (-c FILE)", inv->command->name);
    return false;
}

void service_fini(struct service *service) {
    for (size_t i = 0; i < service->n_engines; i++) logwash_free(service->engines[i]);
    free(service->engines);
    config_fini(&service->config);
    buf_fini(&service->text);
    *service = (struct service){0};
}
