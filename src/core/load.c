/* SPDX-License-Identifier: Apache-2.0 */
/* From packs, configuration and keys to an engine. */
#include "base/digest.h"
#include "base/units.h"
#include "core/bundled.h"
#include "core/engine.h"
#include "core/policy.h"
#include "detect/image.h"
#include "detect/pack.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static enum logwash_status fail(struct logwash_error *err, enum logwash_status status,
                                const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum logwash_status fail(struct logwash_error *err, enum logwash_status status,
                                const char *format, ...) {
    if (err == NULL) return status;
    *err = (struct logwash_error){.status = status};
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

/* A copy in the engine's arena: rules show bytes of their pack. */
static const struct diag_source *keep_source(struct logwash *lw, const struct logwash_source *src) {
    struct diag_source *kept = ARENA_NEW(&lw->arena, struct diag_source);
    if (kept == NULL) return NULL;
    kept->name =
        (const char *)arena_copy(&lw->arena, slice_str(src->name != NULL ? src->name : "-")).ptr;
    kept->text = arena_copy(&lw->arena, slice_of(src->data, src->len));
    return kept->name != NULL && kept->text.ptr != NULL ? kept : NULL;
}

static bool read_packs(struct logwash *lw, const struct logwash_source *packs, size_t n,
                       bool bundled, struct diags *diags) {
    for (size_t i = 0; i < n; i++) {
        const struct diag_source *src = keep_source(lw, &packs[i]);
        if (src == NULL) return false;
        pack_read(src, !bundled, &lw->rules, diags);
    }
    return true;
}

/* From their image, if this build has one and their own text is not asked for. */
static bool read_bundled(struct logwash *lw, bool from_text, struct diags *diags) {
    const struct bundled_image image = bundled_image();
    if (from_text || image.len == 0)
        return read_packs(lw, bundled_packs, n_bundled_packs, true, diags);
    struct diag_source *sources = ARENA_ARRAY(&lw->arena, struct diag_source, n_bundled_packs);
    for (size_t i = 0; sources != NULL && i < n_bundled_packs; i++)
        sources[i] = (struct diag_source){bundled_packs[i].name,
                                          slice_of(bundled_packs[i].data, bundled_packs[i].len)};
    return sources != NULL &&
           image_load(slice_of(image.bytes, image.len), sources, n_bundled_packs, &lw->rules);
}

static void read_limit(const struct yaml *map, const char *key, bool is_size, uint64_t max,
                       uint32_t *out, struct diags *diags) {
    const struct yaml *node = yaml_get(map, key);
    uint64_t value;
    if (node == NULL || *out != 0) return; /* the caller's option is stronger */
    bool ok = node->kind == YAML_SCALAR &&
              (is_size ? size_parse(node->text, &value) : count_parse(node->text, &value));
    if (!ok || value == 0 || value > max)
        yaml_error(node, diags, "'%s' must be a %s from 1 to %llu", key,
                   is_size ? "size" : "number", (unsigned long long)max);
    else
        *out = (uint32_t)value;
}

void engine_default_limits(struct logwash_limits *limits) {
    if (limits->record_bytes == 0) limits->record_bytes = 1 << 20;
    if (limits->depth == 0) limits->depth = 64;
    if (limits->fields == 0) limits->fields = 100000;
    if (limits->edits == 0) limits->edits = 10000;
    if (limits->work_per_byte == 0) limits->work_per_byte = 256;
}

static void read_limits(struct logwash *lw, const struct yaml *map, struct diags *diags) {
    read_limit(map, "record", true, 64 << 20, &lw->limits.record_bytes, diags);
    read_limit(map, "depth", false, JSON_MAX_DEPTH, &lw->limits.depth, diags);
    read_limit(map, "fields", false, 10000000, &lw->limits.fields, diags);
    read_limit(map, "edits", false, 10000000, &lw->limits.edits, diags);
    read_limit(map, "work_per_byte", false, 1000000, &lw->limits.work_per_byte, diags);
    engine_default_limits(&lw->limits);
}

static bool read_config(struct logwash *lw, const struct logwash_options *opt,
                        struct diags *diags) {
    struct yaml *config = NULL;
    if (opt->config != NULL) {
        const struct diag_source *src = keep_source(lw, opt->config);
        if (src == NULL) return false;
        config = yaml_parse(src, &lw->arena, diags);
        if (config != NULL && config->kind != YAML_MAP) {
            yaml_error(config, diags, "a configuration is a map of sections");
            return true;
        }
    }
    const struct policy policy = {&lw->rules, &lw->allow, lw->now_sec, diags};
    policy_apply(config, opt->input, &policy);
    retention_read(yaml_get(config, "retention"), &lw->retention, diags);
    lw->limits = opt->limits;
    read_limits(lw, yaml_get(config, "limits"), diags);
    return true;
}

static void keep_profiles(struct logwash *lw, unsigned profiles) {
    size_t kept = 0;
    for (size_t i = 0; i < lw->rules.n; i++)
        if (lw->rules.rules[i].profiles & profiles) lw->rules.rules[kept++] = lw->rules.rules[i];
    lw->rules.n = kept;
}

static bool read_rules(struct logwash *lw, const struct logwash_options *opt, bool from_text,
                       struct diags *diags) {
    unsigned profiles = PROFILE_DEFAULT;
    struct slice bad;
    if (!opt->without_bundled_packs && !read_bundled(lw, from_text, diags)) return false;
    if (!read_packs(lw, opt->packs, opt->n_packs, false, diags) || !read_config(lw, opt, diags))
        return false;
    if (opt->profiles != NULL && !profiles_parse(slice_str(opt->profiles), &profiles, &bad))
        diag_add(diags, DIAG_ERROR, NULL, 0, 0, "unknown profile '%.*s' (request, build or strict)",
                 (int)bad.len, (const char *)bad.ptr);
    keep_profiles(lw, profiles);
    return allow_bind(&lw->allow, &lw->rules, &lw->arena);
}

static const char *const special_ids[N_SPECIAL] = {[SPECIAL_LIMIT] = "engine.limit",
                                                   [SPECIAL_BLOCK] = "engine.private_key",
                                                   [SPECIAL_VALUE] = "values.exact"};

static bool name_rules(struct logwash *lw) {
    for (int i = 0; i < N_SPECIAL; i++)
        lw->special[i] =
            (struct rule){.id = slice_str(special_ids[i]),
                          .class_id = i == SPECIAL_BLOCK ? CLASS_private_key : CLASS_generic_secret,
                          .sensitivity = SENSITIVITY_RESTRICTED,
                          .action = {.kind = ACTION_REDACT}};
    size_t n = lw->rules.n + N_SPECIAL;
    lw->rule_ids = ARENA_ARRAY(&lw->arena, char *, n);
    for (size_t i = 0; lw->rule_ids != NULL && i < n; i++) {
        struct slice id = arena_copy(&lw->arena, engine_rule(lw, (uint32_t)i)->id);
        if (id.ptr == NULL) return false;
        lw->rule_ids[i] = (char *)(uintptr_t)id.ptr;
    }
    return lw->rule_ids != NULL;
}

static enum pseudonym_form form_of(enum class_id id) {
    if (id == CLASS_email) return FORM_LOWER;
    if (id == CLASS_ipv4 || id == CLASS_ipv6) return FORM_IP;
    if (id == CLASS_mac) return FORM_MAC;
    bool is_number = id == CLASS_phone || id == CLASS_iban || id == CLASS_bank_account ||
                     id == CLASS_ssn || id == CLASS_tax_id || id == CLASS_national_id ||
                     id == CLASS_vehicle_id || id == CLASS_device_id || id == CLASS_credit_card;
    return is_number ? FORM_ID : FORM_BYTES;
}

struct pseudonymizer *engine_pseudonyms(const struct keyring *ring, unsigned token_length) {
    struct pseudonym_class classes[N_CLASSES];
    for (size_t c = 0; c < N_CLASSES; c++)
        classes[c] = (struct pseudonym_class){data_classes[c].name, form_of((enum class_id)c)};
    return pseudonymizer_new(ring, classes, N_CLASSES, token_length);
}

static bool read_values(struct logwash *lw, const struct logwash_options *opt,
                        struct diags *diags) {
    const struct logwash_source *src = opt->values;
    if (src == NULL) return true;
    lw->values = values_read(src->name, slice_of(src->data, src->len), diags);
    return lw->values != NULL || diags_has_error(diags);
}

static bool encrypts_addresses(const struct action *action) {
    return action->kind == ACTION_IP && action->ip_mode == IP_MODE_PREFIX;
}

/* Does an action make pseudonyms or (`ip`) encrypt addresses? */
static bool needs_key(const struct logwash *lw, bool ip) {
    for (size_t i = 0; !lw->redact_all && i < lw->rules.n; i++) {
        const struct action *action = &lw->rules.rules[i].action;
        if (ip ? encrypts_addresses(action) : action->kind == ACTION_PSEUDONYM) return true;
    }
    return false;
}

static bool read_keys(struct logwash *lw, const struct logwash_options *opt, struct diags *diags) {
    if (opt->keyring != NULL) {
        /* diagnostics look at it when they are printed; the bytes stay the caller's */
        struct diag_source *src = ARENA_NEW(&lw->arena, struct diag_source);
        if (src == NULL) return false;
        *src = (struct diag_source){opt->keyring->name,
                                    slice_of(opt->keyring->data, opt->keyring->len)};
        lw->ring = keyring_read(src, diags);
        if (lw->ring == NULL) return diags_has_error(diags);
    } else if (opt->run_key != NULL) {
        lw->ring = keyring_of_run(opt->run_key);
        if (lw->ring == NULL) return false;
    } else {
        if (needs_key(lw, false))
            diag_add(diags, DIAG_ERROR, NULL, 0, 0,
                     "pseudonyms need a key ring, and there is none");
        if (needs_key(lw, true))
            diag_add(diags, DIAG_ERROR, NULL, 0, 0,
                     "the encryption of addresses needs a key ring, and there is none");
        return true;
    }
    if (opt->token_length != 0 &&
        (opt->token_length < PSEUDONYM_MIN_CHARS || opt->token_length > PSEUDONYM_MAX_CHARS)) {
        diag_add(diags, DIAG_ERROR, NULL, 0, 0, "a token length is %d to %d characters",
                 PSEUDONYM_MIN_CHARS, PSEUDONYM_MAX_CHARS);
        return true;
    }
    lw->pseudonyms = engine_pseudonyms(lw->ring, opt->token_length);
    if (needs_key(lw, true)) lw->ip_keys = ip_keys_new(lw->ring);
    return lw->pseudonyms != NULL && (lw->ip_keys != NULL || !needs_key(lw, true));
}

/* Everything that decides about the output; of keys only the epochs' ids and times, of exact
 * secrets only how many: who reads the hash must not be able to guess them. */
static bool hash_generation(struct logwash *lw, const struct logwash_options *opt) {
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "logwash 1 %d %d %u %u %u %u %u %u ", (int)lw->format, lw->redact_all,
               opt->token_length, lw->limits.record_bytes, lw->limits.depth, lw->limits.fields,
               lw->limits.edits, lw->limits.work_per_byte);
    if (lw->values != NULL) buf_printf(&text, "values %zu ", values_count(lw->values));
    for (size_t i = 0; lw->ring != NULL && i < keyring_epochs(lw->ring); i++) {
        const struct epoch *epoch = keyring_epoch(lw->ring, i);
        buf_printf(&text, "%s %lld ", epoch->id, (long long)epoch->from_sec);
    }
    size_t n_bundled = opt->without_bundled_packs ? 0 : n_bundled_packs, n = 0;
    struct slice *slices = calloc(n_bundled + opt->n_packs + 4, sizeof *slices);
    bool ok = slices != NULL && !text.failed;
    if (ok) {
        slices[n++] = buf_view(&text);
        slices[n++] = slice_str(opt->profiles);
        slices[n++] = slice_str(opt->input);
        if (opt->config != NULL) slices[n++] = slice_of(opt->config->data, opt->config->len);
        for (size_t i = 0; i < n_bundled; i++)
            slices[n++] = slice_of(bundled_packs[i].data, bundled_packs[i].len);
        for (size_t i = 0; i < opt->n_packs; i++)
            slices[n++] = slice_of(opt->packs[i].data, opt->packs[i].len);
        uint8_t digest[DIGEST_LEN];
        ok = digest_slices(slices, n, digest);
        for (int i = 0; ok && i < ENGINE_GENERATION_LEN / 2; i++)
            snprintf(lw->generation + 2 * i, 3, "%02x", digest[i]);
    }
    free(slices);
    buf_fini(&text);
    return ok;
}

static void report(const struct diags *diags, const struct logwash_options *opt) {
    struct buf text;
    if (opt->report == NULL) return;
    buf_init(&text, 0);
    diags_print(diags, &text);
    if (buf_byte(&text, 0)) opt->report(opt->report_ctx, (const char *)text.ptr);
    buf_fini(&text);
}

static bool build(struct logwash *lw, const struct logwash_options *opt, bool from_text,
                  struct diags *diags) {
    lw->kernels = mask_kernels(opt->portable ? CPU_PORTABLE : cpu_detect());
    lw->format = opt->format;
    lw->redact_all = opt->redact_all;
    lw->without_prefilter = opt->without_prefilter;
    lw->now_sec = opt->now_sec;
    if (!read_rules(lw, opt, from_text, diags) || !read_values(lw, opt, diags) ||
        !read_keys(lw, opt, diags))
        return false;
    lw->matcher = matcher_new(&lw->rules, diags);
    if (diags_has_error(diags)) return true;
    if (opt->portable && lw->matcher != NULL) matcher_set_level(lw->matcher, CPU_PORTABLE);
    return lw->matcher != NULL && name_rules(lw) && hash_generation(lw, opt);
}

enum logwash_status logwash_load(const struct logwash_options *opt, struct logwash **out,
                                 struct logwash_error *err) {
    return engine_load(opt, false, out, err);
}

enum logwash_status engine_load(const struct logwash_options *opt, bool from_text,
                                struct logwash **out, struct logwash_error *err) {
    *out = NULL;
    struct logwash *lw = calloc(1, sizeof *lw);
    if (lw == NULL) return fail(err, LOGWASH_MEMORY, "out of memory");
    atomic_init(&lw->refs, 1);
    arena_init(&lw->arena);
    rule_set_init(&lw->rules);
    struct diags diags;
    diags_init(&diags);
    enum logwash_status status = LOGWASH_OK;
    if (!build(lw, opt, from_text, &diags)) status = fail(err, LOGWASH_MEMORY, "out of memory");
    if (diags.n > 0) report(&diags, opt);
    if (diags_has_error(&diags))
        status = fail(err, LOGWASH_CONFIG, "%zu error%s in the configuration", diags.n_errors,
                      diags.n_errors == 1 ? "" : "s");
    diags_fini(&diags);
    if (status == LOGWASH_OK)
        *out = lw;
    else
        logwash_free(lw);
    return status;
}

struct logwash *logwash_ref(struct logwash *lw) {
    atomic_fetch_add(&lw->refs, 1);
    return lw;
}

void logwash_free(struct logwash *lw) {
    if (lw == NULL || atomic_fetch_sub(&lw->refs, 1) != 1) return;
    matcher_free(lw->matcher);
    values_free(lw->values);
    allow_fini(&lw->allow);
    pseudonymizer_free(lw->pseudonyms);
    ip_keys_free(lw->ip_keys);
    keyring_free(lw->ring);
    rule_set_fini(&lw->rules);
    arena_fini(&lw->arena);
    free(lw);
}
