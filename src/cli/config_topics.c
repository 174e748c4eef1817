/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_topics.h"

#include "base/units.h"

enum { MAX_REGIONS = 32 };

static const struct yaml *quarantine_node(const struct config *config) {
    return yaml_get(yaml_get(config->root, "quarantine"), "topic");
}
static const struct yaml *buckets_node(const struct config *config) {
    return yaml_get(yaml_get(config->root, "retention"), "buckets");
}

/* ---- values ---- */

/* Puts the input's name into `{input}` of its output. */
static void expand_outputs(struct config_reader *r) {
    for (size_t i = 0; i < r->config->n_inputs; i++) {
        struct config_input *input = &r->config->inputs[i];
        if (!input->topic || !input->output || !strstr(input->output, "{input}")) continue;
        struct buf out;
        buf_init(&out, 0);
        const char *rest = input->output;
        for (const char *at; (at = strstr(rest, "{input}")) != NULL; rest = at + 7)
            buf_printf(&out, "%.*s%s", (int)(at - rest), rest, input->topic);
        buf_str(&out, rest);
        input->output = (const char *)arena_copy(&r->config->arena, buf_view(&out)).ptr;
        if (!input->output) r->diags->failed = true;
        buf_fini(&out);
    }
}

/* They are the engine's keys, which checks and reports them, but the Kafka end acts on them. */
static void read_retention(struct config_reader *r) {
    struct config *config = r->config;
    const struct yaml *retention = yaml_get(config->root, "retention");
    const struct yaml *header = yaml_get(yaml_get(retention, "tier_from"), "header");
    const struct yaml *expired = yaml_get(retention, "expired");
    const struct yaml *buckets = buckets_node(config);
    if (header && header->kind == YAML_SCALAR && header->text.len > 0)
        config->tier_header = (const char *)header->text.ptr;
    config->drop_expired =
        expired && expired->kind == YAML_SCALAR && slice_eq_str(expired->text, "drop");
    if (!buckets || buckets->kind != YAML_SEQ) return;
    config->buckets = ARENA_ARRAY(&config->arena, struct kafka_bucket, buckets->n + 1);
    if (!config->buckets) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < buckets->n; i++) {
        const struct yaml *bucket = buckets->items[i];
        int64_t ms;
        if (bucket->kind == YAML_SCALAR && duration_parse(bucket->text, &ms))
            config->buckets[config->n_buckets++] =
                (struct kafka_bucket){(const char *)bucket->text.ptr, ms / 1000};
    }
}

/* ---- residency ---- */

static bool check_regions(struct config_reader *r) {
    const struct config *config = r->config;
    const struct yaml *residency = yaml_get(config->root, "residency");
    const struct yaml *list = yaml_get(residency, "regions");
    const size_t errors = r->diags->n_errors;
    if (list && list->kind == YAML_SEQ && (list->n == 0 || list->n > MAX_REGIONS))
        yaml_error(list, r->diags, "`regions` must list 1 to %d regions", MAX_REGIONS);
    for (size_t i = 0; i < config->regions.n; i++) {
        char name[KAFKA_TOPIC_LEN + 1];
        const char *region = config->regions.items[i];
        if (!kafka_topic_name(region, "", NULL, NULL, name) || strchr(region, '{'))
            yaml_error(list, r->diags,
                       "a region's name has letters, digits, '.', '_' and '-', as in a topic's");
        else if (strcmp(region, KAFKA_UNKNOWN_REGION) == 0)
            yaml_error(list, r->diags, "'%s' is the region of those whose region is not known",
                       region);
        for (size_t k = 0; k < i; k++)
            if (strcmp(region, config->regions.items[k]) == 0)
                yaml_error(list, r->diags, "region '%s' stands there twice", region);
    }
    if (residency && r->use == CONFIG_FOR_SERVICE && !config->quarantine_topic &&
        !quarantine_node(config))
        yaml_error(residency, r->diags,
                   "`residency` needs `quarantine.topic`: records of no known region go there");
    return r->diags->n_errors == errors;
}

/* ---- names ---- */

static bool check_tokens(struct config_reader *r, const struct yaml *node, const char *template) {
    const size_t errors = r->diags->n_errors;
    if (strstr(template, "{region}") && r->config->regions.n == 0)
        yaml_error(node, r->diags, "`{region}` needs `residency`");
    if (strstr(template, "{ttl}") && r->config->n_buckets == 0)
        yaml_error(node, r->diags, "`{ttl}` needs `retention.buckets`");
    return r->diags->n_errors == errors;
}

static bool add_target(struct config_reader *r, struct config_target target, const char *template) {
    struct config *config = r->config;
    char name[KAFKA_TOPIC_LEN + 1];
    const char *region = config->regions.n == 0              ? NULL
                         : target.region < config->regions.n ? config->regions.items[target.region]
                                                             : KAFKA_UNKNOWN_REGION;
    const char *ttl = config->n_buckets ? config->buckets[target.bucket].name : NULL;
    if (r->use == CONFIG_TO_SHOW && strstr(template, "${")) return true;
    if (!kafka_topic_name(template, "", region, ttl, name)) {
        yaml_error(target.node, r->diags, "the topic's name is too long");
        return false;
    }
    target.topic = (const char *)arena_copy(&config->arena, slice_str(name)).ptr;
    if (!target.topic) return !(r->diags->failed = true);
    config->targets[config->n_targets++] = target;
    return true;
}

/* All that a template leads to. */
static void add_targets(struct config_reader *r, struct config_target target,
                        const char *template) {
    const struct config *config = r->config;
    const size_t n_regions = config->regions.n ? config->regions.n + target.is_quarantine : 1;
    const size_t n_buckets = !target.is_quarantine && config->n_buckets ? config->n_buckets : 1;
    if (!target.node || !check_tokens(r, target.node, template)) return;
    for (target.region = 0; target.region < n_regions; target.region++)
        for (target.bucket = 0; target.bucket < n_buckets; target.bucket++)
            if (!add_target(r, target, template)) return;
}

static void find_targets(struct config_reader *r) {
    struct config *config = r->config;
    const size_t n_max =
        (config->n_inputs + 1) * (config->regions.n + 1) * (config->n_buckets + 1) + 1;
    bool has_ttl = false;
    config->targets = ARENA_ARRAY(&config->arena, struct config_target, n_max);
    if (!config->targets) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < config->n_inputs; i++) {
        const struct config_input *input = &config->inputs[i];
        if (!input->output) continue;
        has_ttl |= strstr(input->output, "{ttl}") != NULL;
        add_targets(r, (struct config_target){.node = yaml_get(input->node, "output"), .input = i},
                    input->output);
    }
    if (config->quarantine_topic)
        add_targets(r,
                    (struct config_target){.node = quarantine_node(config),
                                           .input = config->n_inputs,
                                           .is_quarantine = true},
                    config->quarantine_topic);
    if (config->n_buckets && !has_ttl && r->use == CONFIG_FOR_SERVICE)
        yaml_error(buckets_node(config), r->diags, "`buckets` without `{ttl}` in any output");
}

/* ---- what holds between them ---- */

static void check_inputs(struct config_reader *r) {
    const struct config *config = r->config;
    for (size_t i = 0; i < config->n_inputs; i++) {
        const char *topic = config->inputs[i].topic;
        if (!topic) continue;
        const struct yaml *node = yaml_get(config->inputs[i].node, "topic");
        for (size_t k = 0; k < i; k++)
            if (config->inputs[k].topic && strcmp(config->inputs[k].topic, topic) == 0)
                yaml_error(node, r->diags, "topic '%s' is read twice", topic);
        for (size_t k = 0; k < config->n_targets; k++) {
            const struct config_target *target = &config->targets[k];
            if (strcmp(target->topic, topic) != 0) continue;
            if (target->is_quarantine)
                yaml_error(target->node, r->diags, "the quarantine topic is an input");
            else
                yaml_error(node, r->diags, "topic '%s' is read and written: records would go round",
                           topic);
            break;
        }
    }
}

static void check_pairs(struct config_reader *r) {
    const struct config *config = r->config;
    const struct yaml *told = NULL;
    for (size_t i = 1; i < config->n_targets; i++) {
        const struct config_target *a = &config->targets[i];
        for (size_t k = 0; k < i && a->node != told; k++) {
            const struct config_target *b = &config->targets[k];
            if (strcmp(a->topic, b->topic) != 0) continue;
            if (a->is_quarantine == b->is_quarantine && a->region == b->region) continue;
            told = a->node;
            if (a->is_quarantine != b->is_quarantine) {
                yaml_error(a->node, r->diags, "the quarantine topic is an output");
            } else {
                yaml_error(a->node, r->diags, "topic '%s' would get records of several regions",
                           a->topic);
                diag_hint(r->diags, "`{region}` in its name keeps them apart");
            }
        }
    }
}

void config_topics(struct config_reader *r) {
    read_retention(r);
    expand_outputs(r);
    if (r->use == CONFIG_FOR_RECORDS || check_regions(r)) find_targets(r);
    check_inputs(r);
    check_pairs(r);
}
