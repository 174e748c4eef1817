/* SPDX-License-Identifier: Apache-2.0 */
/* logwash config show: the configuration as it takes effect, and where each value came from. With
 * --policy: what is done with each class of data, and what passes by name. */
#include "cli/config_policy.h"
#include "cli/load.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <stdio.h>

struct show {
    const struct config *config;
    const struct texts *properties; /* -X */
    struct table table;
    struct buf key, from, value; /* of the row that is made */
    bool is_service;             /* the file says something of Kafka */
};

static void row(struct show *s) {
    table_cell(&s->table, buf_view(&s->key));
    table_cell(&s->table, buf_view(&s->from));
    table_cell(&s->table, buf_view(&s->value));
}

static void begin_row(struct show *s, const char *key) {
    buf_reset(&s->key);
    buf_reset(&s->from);
    buf_reset(&s->value);
    buf_str(&s->key, key);
}

static void from_place(struct show *s, const struct yaml *node) {
    const struct slice before = slice_sub(node->source->text, 0, node->off);
    size_t line = 1;
    for (size_t i = 0; i < before.len; i++) line += before.ptr[i] == '\n';
    buf_printf(&s->from, "%s:%zu", node->source->name, line);
}

static bool is_plain(const struct yaml *node) {
    if (node->text.len == 0 || byte_is_space(node->text.ptr[0])) return false;
    for (size_t i = 0; i < node->text.len; i++)
        if (!byte_is_alnum(node->text.ptr[i]) && !memchr("._/-+", node->text.ptr[i], 5))
            return false;
    return true;
}

/* The node as YAML on one line. */
static void flow(const struct yaml *node, struct buf *out) {
    const bool is_map = node->kind == YAML_MAP;
    if (node->kind == YAML_SCALAR) {
        const char *quote = is_plain(node) ? "" : "'";
        buf_str(out, quote);
        for (size_t i = 0; i < node->text.len; i++) {
            if (*quote && node->text.ptr[i] == '\'') buf_byte(out, '\'');
            buf_byte(out, node->text.ptr[i]);
        }
        buf_str(out, quote);
        return;
    }
    buf_byte(out, is_map ? '{' : '[');
    for (size_t i = 0; i < node->n; i++) {
        if (i > 0) buf_str(out, ", ");
        if (is_map) buf_slice(out, node->keys[i]->text);
        if (is_map) buf_str(out, ": ");
        flow(node->items[i], out);
    }
    buf_byte(out, is_map ? '}' : ']');
}

static bool is_map_of(const struct yaml *node, const char *prefix) {
    static const char *const flat[] = {"rules", "rules.packs", "rules.actions", "rules.set",
                                       "retention"};
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++)
        if (strcmp(prefix, flat[i]) == 0) return node->kind == YAML_MAP;
    return false;
}

/* The engine's sections: `path` is how the table knows them, `key` how this one is called. */
static void show_engine(struct show *s, const struct yaml *node, const char *path,
                        const char *key) {
    const bool is_list = node->kind == YAML_SEQ && node->n > 0 && node->items[0]->kind == YAML_MAP;
    if (!is_list && !is_map_of(node, path)) {
        begin_row(s, key);
        from_place(s, node);
        flow(node, &s->value);
        row(s);
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        char name[256], below[256];
        const char *word = is_list ? "" : (const char *)node->keys[i]->text.ptr;
        snprintf(below, sizeof below, is_list ? "%s[]%s" : "%s.%s", path, word);
        if (is_list)
            snprintf(name, sizeof name, "%s[%zu]", key, i);
        else
            snprintf(name, sizeof name, "%s.%s", key, word);
        show_engine(s, node->items[i], below, name);
    }
}

static bool is_overridden(const struct show *s, struct slice name) {
    for (size_t i = 0; s->properties && i < s->properties->n; i++) {
        const char *given = s->properties->items[i];
        if (slice_eq(name, slice_of(given, strcspn(given, "=")))) return true;
    }
    return false;
}

static void show_properties(struct show *s, const struct yaml *node, const char *key) {
    for (size_t i = 0; node && node->kind == YAML_MAP && i < node->n; i++) {
        if (is_overridden(s, node->keys[i]->text)) continue;
        begin_row(s, key);
        buf_byte(&s->key, '.');
        buf_slice(&s->key, node->keys[i]->text);
        from_place(s, node->items[i]);
        buf_str(&s->value, "…");
        row(s);
    }
}

/* A value of the service; `object` holds what was read of it. */
static void show_value(struct show *s, const struct config_key *row_of, const struct yaml *node,
                       const char *key, const void *object) {
    const char *text = NULL;
    if (row_of->type == CONFIG_TEXT || row_of->type == CONFIG_TOPIC)
        text = *(const char *const *)((const char *)object + row_of->field);
    const bool is_host = !node && strcmp(row_of->path, "service.instance") == 0;
    if (!node && !row_of->fallback && !is_host) return;
    begin_row(s, key);
    if (node)
        from_place(s, node);
    else
        buf_str(&s->from, is_host ? "host name" : "default");
    const bool is_expanded = node && text && !slice_eq_str(node->text, text);
    if (row_of->flags & KEY_HIDE)
        buf_str(&s->value, "…");
    else if (text)
        buf_str(&s->value, text);
    else if (node)
        flow(node, &s->value);
    else
        buf_str(&s->value, row_of->fallback);
    if (is_expanded && !(row_of->flags & KEY_HIDE))
        buf_printf(&s->from, ", %s", (const char *)node->text.ptr);
    row(s);
}

static void show_section(struct show *s, const struct yaml *node, const char *prefix,
                         const char *shown, const void *object);

static void show_inputs(struct show *s, const struct yaml *node) {
    for (size_t i = 0; i < s->config->n_inputs; i++) {
        char shown[32];
        snprintf(shown, sizeof shown, "inputs[%zu]", i);
        show_section(s, node->items[i], "inputs[]", shown, &s->config->inputs[i]);
    }
}

/* What an engine's section leaves open. */
static void show_defaults(struct show *s, const struct yaml *node, const char *path) {
    for (size_t i = 0; i < n_config_keys; i++) {
        const struct config_key *key = &config_table[i];
        if (config_key_is_below(key, path) && !yaml_get(node, config_key_name(key)))
            show_value(s, key, NULL, key->path, NULL);
    }
}

static void show_key(struct show *s, const struct config_key *key, const struct yaml *node,
                     const char *shown, const void *object) {
    const bool concerns_kafka = !(key->flags & KEY_RECORDS) && strncmp(key->path, "limits", 6) != 0;
    switch (key->type) {
    case CONFIG_SECTION: show_section(s, node, key->path, shown, object); return;
    case CONFIG_ITEMS:
        if (node) show_inputs(s, node);
        return;
    case CONFIG_PROPERTIES: show_properties(s, node, shown); return;
    case CONFIG_ENGINE:
        if (!node || node->kind != YAML_MAP) return;
        show_engine(s, node, strstr(key->path, "rules") ? "rules" : key->path, shown);
        show_defaults(s, node, key->path);
        return;
    case CONFIG_TEXT:
    case CONFIG_TOPIC:
    case CONFIG_CHOICE:
    case CONFIG_WORDS:
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_COUNT:
    case CONFIG_SHARE:
    case CONFIG_LIST:
    case CONFIG_ADDRESS:
    case CONFIG_ENGINE_KEY:
        if (node || s->is_service || !concerns_kafka) show_value(s, key, node, shown, object);
        return;
    }
}

static void show_section(struct show *s, const struct yaml *node, const char *prefix,
                         const char *shown, const void *object) {
    for (size_t i = 0; i < n_config_keys; i++) {
        const struct config_key *key = &config_table[i];
        char name[128];
        if (key->flags & KEY_LATER || !config_key_is_below(key, prefix)) continue;
        snprintf(name, sizeof name, "%s%s%s", shown, *shown ? "." : "", config_key_name(key));
        show_key(s, key, yaml_get(node, config_key_name(key)), name, object);
    }
}

static void show_overrides(struct show *s) {
    for (size_t i = 0; s->properties && i < s->properties->n; i++) {
        const char *given = s->properties->items[i];
        begin_row(s, "");
        buf_append(&s->key, given, strcspn(given, "="));
        buf_str(&s->from, "-X");
        buf_str(&s->value, "…");
        row(s);
    }
}

static bool show_config(const struct config *config, const char *path, enum load_origin origin,
                        const struct texts *properties) {
    static const char *const origins[] = {"--config", "$LOGWASH_CONFIG", "working directory"};
    struct show s = {.config = config, .properties = properties};
    s.is_service = yaml_get(config->root, "kafka") || config->n_inputs > 0;
    table_init(&s.table, 3);
    buf_init(&s.key, 0);
    buf_init(&s.from, 0);
    buf_init(&s.value, 0);
    begin_row(&s, "KEY");
    buf_str(&s.from, "FROM");
    buf_str(&s.value, "VALUE");
    row(&s);
    begin_row(&s, "(file)");
    buf_str(&s.from, path ? origins[origin] : "default");
    buf_str(&s.value, path ? path : "none");
    row(&s);
    show_section(&s, config->root, "", "", config);
    show_overrides(&s);
    s.table.text.failed |= s.key.failed || s.from.failed || s.value.failed;
    const bool ok = table_print(&s.table);
    table_fini(&s.table);
    buf_fini(&s.key);
    buf_fini(&s.from);
    buf_fini(&s.value);
    return ok;
}

int cmd_config_show(struct invocation *inv) {
    const struct settings *set = &inv->set;
    enum load_origin origin;
    const char *path = load_config_path(set, &origin);
    struct config config;
    struct diags diags;
    struct buf text;
    buf_init(&text, 0);
    diags_init(&diags);
    int code = path && !load_file(path, &text) ? EXIT_USAGE : 0;
    (void)config_read_for(CONFIG_TO_SHOW, &config, path ? path : "", buf_view(&text), &diags);
    if (origin == LOAD_FOUND && !set->trust) load_check_found(config.root, &diags);
    if (code == 0 && diags_has_error(&diags)) {
        struct buf said;
        buf_init(&said, 0);
        diags_print(&diags, &said);
        message_text(buf_view(&said));
        buf_fini(&said);
        code = EXIT_USAGE;
    }
    if (code == 0 && set->policy)
        code = policy_show(&config, inv);
    else if (code == 0 && !show_config(&config, path, origin, &set->properties))
        code = EXIT_WORLD;
    config_fini(&config);
    diags_fini(&diags);
    buf_fini(&text);
    return code;
}
