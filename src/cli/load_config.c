/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of standard input and files: --config, $LOGWASH_CONFIG or ./.logwash.yaml, by
 * the grammar of the service's (config.h). Used are `rules`, `retention`, `limits`, `keys.ring`
 * and, with --input, what `inputs` says of the topic. */
#include "base/units.h"
#include "cli/load.h"
#include "cli/report.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

static const char found_config[] = "./.logwash.yaml";

static void refuse_key(const struct yaml *key, struct diags *diags) {
    yaml_error(key, diags, "a configuration found in the working directory may only add rules");
    diag_hint(diags, "say --config %s or --trust if it is yours", found_config);
}

void load_check_found(const struct yaml *root, struct diags *diags) {
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

/* What `inputs` says of the topic that --input names, where no flag says otherwise. */
static void take_input(struct load *load, struct settings *set, struct diags *diags) {
    const struct config *config = &load->grammar;
    const struct config_input *input = NULL;
    for (size_t i = 0; i < config->n_inputs && !input; i++)
        if (config->inputs[i].topic && strcmp(config->inputs[i].topic, set->input) == 0)
            input = &config->inputs[i];
    if (!input) {
        const struct yaml *inputs = yaml_get(config->root, "inputs");
        yaml_error(inputs ? inputs : config->root, diags, "no input '%s'", set->input);
        return;
    }
    load->options.input = config_written_topic(input);
    if (!set->profile) load->options.profiles = tools_profiles_text(input->profiles);
    if (set->format != LOGWASH_FORMAT_AUTO) return;
    const bool is_msgpack = input->format == LOGWASH_FORMAT_MSGPACK;
    if (is_msgpack && set->framing == LOGWASH_FRAMING_LINE) set->framing = LOGWASH_FRAMING_MSGPACK;
    if (!is_msgpack || set->framing == LOGWASH_FRAMING_MSGPACK) set->format = input->format;
    load->options.format = (enum logwash_format)set->format;
}

/* All problems at once: those found so far, and those that only the engine sees. */
static void show_problems(const struct load *load, const struct diags *diags, bool ask_engine) {
    static const uint8_t no_key[LOAD_KEY_LEN];
    struct report report;
    struct buf text;
    struct logwash *lw = NULL;
    report_init(&report);
    buf_init(&text, 0);
    diags_print(diags, &text);
    if (buf_byte(&text, 0)) report_add(&report, (const char *)text.ptr);
    struct logwash_options options = load->options;
    options.run_key = no_key;
    options.report = report_add;
    options.report_ctx = &report;
    if (ask_engine && logwash_load(&options, &lw, NULL) == LOGWASH_OK) logwash_free(lw);
    buf_reset(&text);
    report_print(&report, &text);
    message_text(buf_view(&text));
    buf_fini(&text);
    report_fini(&report);
}

static int inspect(struct load *load, struct settings *set, bool was_found) {
    struct config *config = &load->grammar;
    struct diags diags;
    diags_init(&diags);
    const bool distrusts = was_found && !set->trust;
    (void)config_read_for(CONFIG_FOR_RECORDS, config, load->config.name,
                          buf_view(&load->config_text), &diags);
    if (distrusts) load_check_found(config->root, &diags);
    if (config->root && set->input) take_input(load, set, &diags);
    bool ok = true;
    if (config->is_sound) {
        uint64_t bytes = 0;
        const struct yaml *record = yaml_get(yaml_get(config->root, "limits"), "record");
        if (record && size_parse(record->text, &bytes) && bytes <= UINT32_MAX)
            load->max_record = (size_t)bytes;
        if (!distrusts) packdirs_read(config->root, &config->arena, &load->packs, &diags);
        ok = config_for_engine(config, &load->engine_text);
        load->config.data = load->engine_text.ptr;
        load->config.len = load->engine_text.len;
        load->options.config = &load->config;
        load->options.packs = load->packs.items;
        load->options.n_packs = load->packs.n;
    }
    const bool is_wrong = diags_has_error(&diags);
    if (is_wrong) show_problems(load, &diags, ok && config->is_sound && !distrusts);
    diags_fini(&diags);
    if (!ok) message("out of memory");
    return is_wrong ? EXIT_USAGE : ok ? 0 : EXIT_WORLD;
}

const char *load_config_path(const struct settings *set, enum load_origin *origin) {
    const char *path = set->config;
    *origin = LOAD_NAMED;
    if (path && *path) return path;
    path = getenv("LOGWASH_CONFIG");
    *origin = LOAD_VARIABLE;
    if (path && *path) return path;
    *origin = LOAD_FOUND;
    return access(found_config, F_OK) == 0 ? found_config : NULL;
}

int load_config(struct load *load, struct settings *set) {
    enum load_origin origin;
    const char *path = load_config_path(set, &origin);
    if (!path && !set->input) return 0;
    if (!path) {
        message("--input needs a configuration (--config)");
        return EXIT_USAGE;
    }
    if (!load_file(path, &load->config_text)) return EXIT_USAGE;
    load->config.name = path;
    return inspect(load, set, origin == LOAD_FOUND);
}
