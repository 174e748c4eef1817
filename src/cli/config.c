/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the YAML tree, driven by the table; a default is parsed by the same code as a
 * value, from its text in the table, with no node to report at. */
#include "cli/config.h"

#include "base/must.h"
#include "base/units.h"
#include "cli/config_topics.h"

#include <stdio.h>
#include <unistd.h>

enum { MAX_PATH = 64, MAX_KEYS = 96 };

static void read_section(struct config_reader *r, const struct yaml *node, const char *prefix,
                         void *object);

/* ---- keys ---- */

static const struct config_key *find_key(const char *prefix, struct slice name) {
    for (size_t i = 0; i < n_config_keys; i++)
        if (config_key_is_below(&config_table[i], prefix) &&
            slice_eq_str(name, config_key_name(&config_table[i])))
            return &config_table[i];
    return NULL;
}

static void unknown_key(struct config_reader *r, const struct yaml *node, const char *prefix) {
    const char *names[MAX_KEYS];
    size_t n = 0;
    for (size_t i = 0; i < n_config_keys; i++)
        if (config_key_is_below(&config_table[i], prefix))
            names[n++] = config_key_name(&config_table[i]);
    if (!config_is_name(node->text)) { /* `sasl.password:secret`, say, without the blank */
        config_hide(r, node);
        yaml_error(node, r->diags, "not a key");
        diag_hint(r->diags, "is a blank missing behind the colon?");
        return;
    }
    yaml_error(node, r->diags, "unknown key '%s'", (const char *)node->text.ptr);
    diag_suggest(r->diags, node->text, names, n);
}

static void read_items(struct config_reader *r, const struct config_key *key,
                       const struct yaml *node) {
    if (!node) return;
    if (node->kind != YAML_SEQ || node->n == 0) {
        yaml_error(node, r->diags, "`%s` must be a list with at least one item", key->path);
        return;
    }
    char prefix[MAX_PATH];
    snprintf(prefix, sizeof prefix, "%s[]", key->path);
    struct config *config = r->config;
    config->inputs = ARENA_ARRAY(&config->arena, struct config_input, node->n);
    if (!config->inputs) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        config->inputs[i].node = node->items[i];
        config->n_inputs++;
        read_section(r, node->items[i], prefix, &config->inputs[i]);
    }
}

/* `node` NULL: the default. */
static void read_value(struct config_reader *r, const struct config_key *key,
                       const struct yaml *node, void *object) {
    switch (key->type) {
    case CONFIG_SECTION: read_section(r, node, key->path, object); return;
    case CONFIG_ITEMS: read_items(r, key, node); return;
    case CONFIG_ENGINE:
        if (node && node->kind != YAML_MAP) {
            yaml_error(node, r->diags, "`%s` must be a map", config_key_name(key));
            r->config->is_sound = false;
        }
        return;
    case CONFIG_ENGINE_KEY: return;
    case CONFIG_TEXT:
    case CONFIG_TOPIC:
    case CONFIG_CHOICE:
    case CONFIG_WORDS:
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_COUNT:
    case CONFIG_SHARE:
    case CONFIG_LIST:
    case CONFIG_PROPERTIES:
    case CONFIG_ADDRESS:
        if (r->use != CONFIG_FOR_RECORDS || key->flags & KEY_RECORDS)
            config_value(r, key, node, object);
        else if (node && (key->type == CONFIG_PROPERTIES || key->flags & KEY_HIDE))
            config_hide(r, node);
        return;
    }
}

/* The pairs of `node` (NULL: none), then what the table has below `prefix` and the map has not. */
static void read_section(struct config_reader *r, const struct yaml *node, const char *prefix,
                         void *object) {
    if (node && node->kind != YAML_MAP) {
        yaml_error(node, r->diags, "`%s` must be a map", *prefix ? prefix : "the file");
        return;
    }
    bool seen[MAX_KEYS] = {false};
    MUST(n_config_keys <= MAX_KEYS);
    for (size_t i = 0; node && i < node->n; i++) {
        const struct config_key *key = find_key(prefix, node->keys[i]->text);
        if (!key) {
            config_hide(r, node->items[i]);
            unknown_key(r, node->keys[i], prefix);
            continue;
        }
        seen[key - config_table] = true;
        if (key->flags & KEY_LATER)
            yaml_error(node->keys[i], r->diags, "`%s` is not yet supported", key->path);
        else
            read_value(r, key, node->items[i], object);
    }
    for (size_t i = 0; i < n_config_keys; i++) {
        const struct config_key *key = &config_table[i];
        if (seen[i] || key->flags & KEY_LATER || !config_key_is_below(key, prefix)) continue;
        if (key->flags & KEY_REQUIRED && node && r->use == CONFIG_FOR_SERVICE)
            yaml_error(node, r->diags, "`%s` is missing", key->path);
        else
            read_value(r, key, NULL, object);
    }
}

/* ---- what holds between keys ---- */

static bool has_property(const struct config_properties *properties, const char *name) {
    for (size_t i = 0; i < properties->n; i++)
        if (strcmp(properties->items[i].name, name) == 0) return true;
    return false;
}

static void check_kafka(struct config_reader *r) {
    const struct yaml *kafka = yaml_get(r->config->root, "kafka");
    if (kafka && kafka->kind == YAML_MAP && !has_property(&r->config->kafka, "bootstrap.servers"))
        yaml_error(kafka, r->diags, "`kafka` names no `bootstrap.servers`");
}

/* What has a default that is no text of the table. */
static void defaults(struct config_reader *r) {
    struct config *config = r->config;
    if (!config->group) config->group = "logwash";
    if (config->instance) return;
    char name[256];
    if (gethostname(name, sizeof name) != 0) strcpy(name, "logwash");
    name[sizeof name - 1] = 0;
    config->instance = (const char *)arena_copy(&config->arena, slice_str(name)).ptr;
    if (!config->instance) r->diags->failed = true;
}

static const char *const secret_sections[] = {"kafka", "consumer", "producer", "keys"};
enum { N_SECRET_SECTIONS = sizeof secret_sections / sizeof *secret_sections };

/* A section whose values may be shown. An unknown one may be `kafka` misspelt. */
static bool is_open_section(struct slice name) {
    for (size_t i = 0; i < N_SECRET_SECTIONS; i++)
        if (slice_eq_str(name, secret_sections[i])) return false;
    return find_key("", name) != NULL;
}

static bool names_secrets(struct slice line) {
    for (size_t i = 0; i < N_SECRET_SECTIONS; i++)
        if (memmem(line.ptr, line.len, secret_sections[i], strlen(secret_sections[i]))) return true;
    return false;
}

/* The tree may lack what was refused, so sections are told by the lines that begin without a blank;
 * a file that begins with a flow map is hidden whole. */
static void hide_by_lines(const struct diag_source *source, struct diags *diags) {
    const struct slice text = source->text;
    size_t start = 0;
    while (start < text.len && byte_is_space(text.ptr[start])) start++;
    if (start < text.len && text.ptr[start] == '{') diag_hide(diags, source, 0, text.len);
    bool hidden = false;
    for (size_t off = 0; off < text.len;) {
        const uint8_t *newline = memchr(text.ptr + off, '\n', text.len - off);
        const size_t end = newline ? (size_t)(newline - text.ptr) : text.len;
        const struct slice line = slice_sub(text, off, end);
        if (line.len > 0 && !byte_is_space(line.ptr[0]) && line.ptr[0] != '#') {
            const uint8_t *colon = memchr(line.ptr, ':', line.len);
            const size_t len = colon ? (size_t)(colon - line.ptr) : line.len;
            hidden = !is_open_section(slice_sub(line, 0, len));
        }
        if (hidden || names_secrets(line)) diag_hide(diags, source, off, end - off);
        off = end + 1;
    }
}

bool config_read_for(enum config_use use, struct config *config, const char *name,
                     struct slice text, struct diags *diags) {
    *config = (struct config){.source = {name, text}};
    arena_init(&config->arena);
    struct config_reader r = {config, diags, use};
    const size_t errors = diags->n_errors;
    config->root = yaml_parse(&config->source, &config->arena, diags);
    if (!config->root) {
        if (diags->n_errors == errors && use != CONFIG_FOR_SERVICE) return !diags->failed;
        if (diags->n_errors == errors)
            diag_add(diags, DIAG_ERROR, &config->source, 0, 0, "the file is empty");
        else /* without a tree nobody knows what is a secret */
            diag_hide(diags, &config->source, 0, text.len);
        return false;
    }
    config->is_sound = diags->n_errors == errors && config->root->kind == YAML_MAP;
    if (!config->is_sound) hide_by_lines(&config->source, diags);
    read_section(&r, config->root, "", config);
    defaults(&r);
    config_topics(&r);
    if (use == CONFIG_FOR_SERVICE) check_kafka(&r);
    return diags->n_errors == errors && !diags->failed;
}

bool config_read(struct config *config, const char *name, struct slice text, struct diags *diags) {
    return config_read_for(CONFIG_FOR_SERVICE, config, name, text, diags);
}

/* Every scalar below the node, its quotes too, becomes x…x of the same length; lines stay. */
static void blank(const struct yaml *node, uint8_t *text) {
    for (size_t i = 0; node->kind == YAML_SCALAR && i < node->len; i++)
        if (!byte_is_space(text[node->off + i])) text[node->off + i] = 'x';
    for (size_t i = 0; i < node->n; i++) blank(node->items[i], text);
}

bool config_for_engine(const struct config *config, struct buf *out) {
    static const char *const engines[] = {"rules", "retention", "limits", "inputs"};
    const struct yaml *root = config->root;
    buf_reset(out);
    if (!buf_slice(out, config->source.text)) return false;
    for (size_t i = 0; i < root->n; i++) {
        bool is_engines = false;
        for (size_t k = 0; k < sizeof engines / sizeof *engines; k++)
            is_engines |= slice_eq_str(root->keys[i]->text, engines[k]);
        if (!is_engines) blank(root->items[i], out->ptr);
    }
    return true;
}

void config_fini(struct config *config) {
    arena_fini(&config->arena);
    *config = (struct config){0};
}

const char *config_written_topic(const struct config_input *input) {
    return (const char *)yaml_get(input->node, "topic")->text.ptr;
}

/* ---- reload ---- */

static bool texts_equal(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool properties_equal(const struct config_properties *a, const struct config_properties *b) {
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!texts_equal(a->items[i].name, b->items[i].name) ||
            !texts_equal(a->items[i].value, b->items[i].value))
            return false;
    return true;
}

static bool lists_equal(const struct config_list *a, const struct config_list *b) {
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!texts_equal(a->items[i], b->items[i])) return false;
    return true;
}

static bool buckets_equal(const struct config *a, const struct config *b) {
    if (a->n_buckets != b->n_buckets) return false;
    for (size_t i = 0; i < a->n_buckets; i++)
        if (!texts_equal(a->buckets[i].name, b->buckets[i].name)) return false;
    return true;
}

static bool values_equal(const struct config_key *key, const void *object_a, const void *object_b) {
    const char *a = (const char *)object_a + key->field, *b = (const char *)object_b + key->field;
    switch (key->type) {
    case CONFIG_TEXT:
    case CONFIG_TOPIC: return texts_equal(*(const char *const *)a, *(const char *const *)b);
    case CONFIG_CHOICE:
    case CONFIG_WORDS: return memcmp(a, b, sizeof(unsigned)) == 0;
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_COUNT:
    case CONFIG_SHARE: return memcmp(a, b, sizeof(uint64_t)) == 0;
    case CONFIG_LIST:
        return lists_equal((const struct config_list *)a, (const struct config_list *)b);
    case CONFIG_PROPERTIES:
        return properties_equal((const struct config_properties *)a,
                                (const struct config_properties *)b);
    case CONFIG_SECTION:
    case CONFIG_ITEMS:
    case CONFIG_ADDRESS:
    case CONFIG_ENGINE:
    case CONFIG_ENGINE_KEY: return true;
    }
    return true;
}

const char *config_restart_key(const struct config *running, const struct config *fresh) {
    if (running->n_inputs != fresh->n_inputs) return "inputs";
    if (!texts_equal(running->group, fresh->group)) return "consumer";
    if (!texts_equal(running->admin_host, fresh->admin_host) ||
        running->admin_port != fresh->admin_port)
        return "admin.listen";
    if (!texts_equal(running->tier_header, fresh->tier_header)) return "retention.tier_from";
    if (!buckets_equal(running, fresh)) return "retention.buckets";
    if (running->drop_expired != fresh->drop_expired) return "retention.expired";
    for (size_t k = 0; k < n_config_keys; k++) {
        const struct config_key *key = &config_table[k];
        if (key->flags & (KEY_RELOAD | KEY_LATER)) continue;
        if (!config_key_is_below(key, "inputs[]")) {
            if (!values_equal(key, running, fresh)) return key->path;
            continue;
        }
        for (size_t i = 0; i < running->n_inputs; i++)
            if (!values_equal(key, &running->inputs[i], &fresh->inputs[i])) return key->path;
    }
    return NULL;
}
