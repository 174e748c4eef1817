/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys, and its rendering for docs/configuration.md. */
#include "cli/config.h"

#define SERVICE(field) offsetof(struct config, field)
#define INPUT(field)   offsetof(struct config_input, field)

/* clang-format off */
const struct config_key config_table[] = {
    {"version", CONFIG_COUNT, KEY_REQUIRED | KEY_RECORDS, NULL, NULL, 1, 1, SERVICE(version),
     "version of this grammar; `1`"},

    {"kafka", CONFIG_PROPERTIES, KEY_REQUIRED, NULL, NULL, 0, 0, SERVICE(kafka),
     "librdkafka properties of consumer and producer; `bootstrap.servers` must be among them"},
    {"consumer", CONFIG_PROPERTIES, 0, NULL, NULL, 0, 0, SERVICE(consumer),
     "librdkafka properties of the consumer; `group.id` is `logwash` if not given"},
    {"producer", CONFIG_PROPERTIES, 0, NULL, NULL, 0, 0, SERVICE(producer), "librdkafka properties of the producer"},

    {"service", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "how this process works"},
    {"service.instance", CONFIG_TEXT, 0, NULL, NULL, 0, 0, SERVICE(instance),
     "name of this process, stable and different for each of a group; the host's name if not given"},
    {"service.mode", CONFIG_CHOICE, 0, "live", "live|shadow", 0, 0, SERVICE(mode),
     "`live`: clean records are published; `shadow`: none is, in the group `GROUP-shadow`, to watch the metrics"},
    {"service.delivery", CONFIG_CHOICE, 0, "exactly_once", "exactly_once|at_least_once", 0, 0, SERVICE(delivery),
     "transactions, or plain produce and commit"},
    {"service.commit", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "when a transaction ends: whichever comes first"},
    {"service.commit.every", CONFIG_DURATION, 0, "300ms", NULL, 10, 60000, SERVICE(commit_ms), "its age"},
    {"service.commit.records", CONFIG_COUNT, 0, "20000", NULL, 1, 10000000, SERVICE(commit_records), "its records"},
    {"service.commit.bytes", CONFIG_SIZE, 0, "32MiB", NULL, 65536, UINT64_C(1) << 30, SERVICE(commit_bytes), "its bytes"},
    {"service.workers", CONFIG_COUNT, 0, "1", NULL, 1, 256, SERVICE(workers), "threads that wash"},

    {"limits", CONFIG_SECTION, KEY_RELOAD, NULL, NULL, 0, 0, 0, "what one record may cost; past it, the record is withheld"},
    {"limits.record", CONFIG_ENGINE_KEY, KEY_RELOAD, "1MiB", NULL, 0, 0, 0, "its bytes"},
    {"limits.depth", CONFIG_ENGINE_KEY, KEY_RELOAD, "64", NULL, 0, 0, 0, "nesting of a JSON or MessagePack record"},
    {"limits.fields", CONFIG_ENGINE_KEY, KEY_RELOAD, "100000", NULL, 0, 0, 0, "objects of a MessagePack record"},
    {"limits.edits", CONFIG_ENGINE_KEY, KEY_RELOAD, "10000", NULL, 0, 0, 0, "edits"},
    {"limits.work_per_byte", CONFIG_ENGINE_KEY, KEY_RELOAD, "256", NULL, 0, 0, 0,
     "units of matching work for each byte (docs/architecture.md)"},
    {"limits.memory", CONFIG_ENGINE_KEY, KEY_LATER, NULL, NULL, 0, 0, 0, "memory of the process"},

    {"inputs", CONFIG_ITEMS, KEY_REQUIRED, NULL, NULL, 0, 0, SERVICE(inputs), "the topics to wash; a list"},
    {"inputs[].topic", CONFIG_TOPIC, KEY_REQUIRED | KEY_RECORDS, NULL, NULL, 0, 0, INPUT(topic), "where raw records are read"},
    {"inputs[].output", CONFIG_TOPIC, KEY_REQUIRED, NULL, "input|region|ttl", 0, 0, INPUT(output),
     "where clean records are written; `{input}` stands for the input's name, `{region}` for the record's region, `{ttl}` for its bucket"},
    {"inputs[].format", CONFIG_CHOICE, KEY_RELOAD | KEY_RECORDS, "auto", "auto|text|json|logfmt|msgpack", 0, 0, INPUT(format),
     "what a record is; `auto`: judged for each"},
    {"inputs[].profile", CONFIG_WORDS, KEY_RELOAD | KEY_RECORDS, "[request, build]", "request|build|strict", 1, 0, INPUT(profiles),
     "which rules apply; one or a list"},
    {"inputs[].record_key", CONFIG_CHOICE, 0, "wash", "wash|pass|quarantine", 0, 0, INPUT(record_key),
     "Kafka keys: washed, passed as they are, or a record whose key would change goes to quarantine"},
    {"inputs[].skip_headers", CONFIG_LIST, 0, NULL, NULL, 0, 0, INPUT(skip_headers), "headers passed as they are, by name"},
    {"inputs[].rules", CONFIG_ENGINE, KEY_RELOAD, NULL, NULL, 0, 0, 0, "as `rules`, for this input alone; wins over `rules`"},

    {"output_headers", CONFIG_WORDS, 0, "[ttl, classes, generation, source]", "ttl|classes|generation|source", 0, 0,
     SERVICE(output_headers), "what clean records are tagged with, in the headers `logwash-ttl` and `logwash`"},

    {"retention", CONFIG_ENGINE, KEY_RELOAD, NULL, NULL, 0, 0, 0, "how long a record may be kept; the header `logwash-ttl`"},
    {"retention.tiers", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0, "plan tiers and their time: `{hobby: 14d, pro: 30d}`"},
    {"retention.tier_from", CONFIG_ENGINE_KEY, 0, NULL, NULL, 0, 0, 0, "where a record's tier stands: `{header: plan}`"},
    {"retention.default_tier", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0,
     "tier of a record that names none or an unknown one; the shortest if not given"},
    {"retention.sensitivity", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0,
     "time of records that hold such data: `{personal: tier, sensitive: 14d, restricted: 24h}`; `tier`: the tier's own"},
    {"retention.count", CONFIG_ENGINE_KEY, KEY_RELOAD, "remaining", NULL, 0, 0, 0,
     "`remaining`: classes of which something is left in the record; `seen`: redacted ones too"},
    {"retention.buckets", CONFIG_ENGINE_KEY, 0, NULL, NULL, 0, 0, 0,
     "`[1d, 14d, 30d]`: what `{ttl}` stands for; the largest that is not longer than the record may be kept"},
    {"retention.expired", CONFIG_ENGINE_KEY, 0, "keep", NULL, 0, 0, 0,
     "what happens to records already past their time: `keep` or `drop`"},

    {"quarantine", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "where records go that cannot be washed"},
    {"quarantine.topic", CONFIG_TOPIC, 0, NULL, "region", 0, 0, SERVICE(quarantine_topic),
     "gets their metadata, never their bytes; `{region}` stands for the record's region; none: `[WITHHELD:reason]` stands in the record's place"},
    {"quarantine.public_key", CONFIG_TEXT, KEY_LATER, NULL, NULL, 0, 0, 0, "seals the record itself"},
    {"quarantine.retention", CONFIG_DURATION, KEY_RELOAD, NULL, NULL, 60000, UINT64_C(315360000000), SERVICE(quarantine_ms),
     "how long it may be kept there; `topics check` looks whether it is"},
    {"quarantine.stop_above", CONFIG_SHARE, 0, NULL, NULL, 0, 0, SERVICE(stop_above_ppm),
     "`1%`: the service stops when more than this share of the records, and at least ten, are withheld; never if not given"},
    {"quarantine.window", CONFIG_DURATION, 0, "5m", NULL, 1000, 86400000, SERVICE(stop_window_ms), "time over which it is counted"},

    {"keys", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "keys of the pseudonyms"},
    {"keys.ring", CONFIG_TEXT, KEY_RELOAD | KEY_HIDE | KEY_RECORDS, NULL, NULL, 0, 0, SERVICE(ring),
     "file made by `logwash keys new`, readable by its owner alone; needed when an action is `pseudonym`"},
    {"keys.per_tenant", CONFIG_TEXT, KEY_LATER, NULL, NULL, 0, 0, 0, "keys by workspace"},

    {"rules", CONFIG_ENGINE, KEY_RELOAD, NULL, NULL, 0, 0, 0, "changes to the bundled rules (docs/rules.md)"},
    {"rules.packs", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0,
     "`dirs`: folders of further packs (`*.yaml`); `disable`: rules or packs to leave out"},
    {"rules.actions", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0, "action by class"},
    {"rules.set", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0, "fields of a rule, by its id"},
    {"rules.allow", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0, "values that are no findings, each with its reason"},
    {"rules.add", CONFIG_ENGINE_KEY, KEY_RELOAD, NULL, NULL, 0, 0, 0, "whole rules"},

    {"residency", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "no record of one region reaches a topic of another"},
    {"residency.region_from", CONFIG_SECTION, KEY_REQUIRED, NULL, NULL, 0, 0, 0, "where a record's region stands"},
    {"residency.region_from.header", CONFIG_TEXT, KEY_REQUIRED, NULL, NULL, 0, 0, SERVICE(region_header), "in this header"},
    {"residency.regions", CONFIG_LIST, KEY_REQUIRED, NULL, NULL, 0, 0, SERVICE(regions), "the regions there are: `[eu, us]`; what `{region}` stands for"},
    {"residency.unknown", CONFIG_CHOICE, 0, NULL, "withhold", 0, 0, SERVICE(unknown_region),
     "`withhold`, the only choice: a record of no region, of another one or of several goes to quarantine, where `{region}` stands for `unknown`"},
    {"receipts", CONFIG_SECTION, KEY_LATER, NULL, NULL, 0, 0, 0, "proof of what was washed"},

    {"admin", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "metrics, health and log of the process"},
    {"admin.listen", CONFIG_ADDRESS, 0, "127.0.0.1:9899", NULL, 0, 0, 0,
     "address of `/metrics`, `/health` and `/ready`; port `0`: any free one, shown in the log"},
    {"admin.log", CONFIG_SECTION, 0, NULL, NULL, 0, 0, 0, "the log on stderr; it never holds bytes of records"},
    {"admin.log.level", CONFIG_CHOICE, KEY_RELOAD, "info", "debug|info|warn|error", 0, 0, SERVICE(log_level), "lowest level written"},
    {"admin.log.format", CONFIG_CHOICE, 0, "json", "json|text", 0, 0, SERVICE(log_format), "JSON lines, or text for people"},
};
/* clang-format on */
const size_t n_config_keys = sizeof config_table / sizeof *config_table;

bool config_key_is_below(const struct config_key *key, const char *prefix) {
    const size_t len = strlen(prefix);
    const char *name = key->path;
    if (len > 0) {
        if (strncmp(name, prefix, len) != 0 || name[len] != '.') return false;
        name += len + 1;
    }
    return strchr(name, '.') == NULL;
}

const char *config_key_name(const struct config_key *key) {
    const char *dot = strrchr(key->path, '.');
    return dot ? dot + 1 : key->path;
}

static const char *type_name(enum config_type type) {
    switch (type) {
    case CONFIG_SECTION: return "section";
    case CONFIG_ITEMS: return "list of sections";
    case CONFIG_TEXT: return "text";
    case CONFIG_TOPIC: return "topic";
    case CONFIG_CHOICE: return "one of";
    case CONFIG_WORDS: return "some of";
    case CONFIG_DURATION: return "duration";
    case CONFIG_SIZE: return "size";
    case CONFIG_COUNT: return "number";
    case CONFIG_SHARE: return "share";
    case CONFIG_LIST: return "list";
    case CONFIG_PROPERTIES: return "properties";
    case CONFIG_ADDRESS: return "HOST:PORT";
    case CONFIG_ENGINE: return "section";
    case CONFIG_ENGINE_KEY: return "";
    }
    return "";
}

/* Appends the words of `choices` that are supported. */
static void render_choices(const char *choices, struct buf *out) {
    const char *between = " ";
    for (const char *word = choices; *word;) {
        const size_t len = strcspn(word, "|");
        if (word[len - 1] != '*') {
            buf_printf(out, "%s`%.*s`", between, (int)len, word);
            between = ", ";
        }
        word += len + (word[len] == '|');
    }
}

void config_render(struct buf *out) {
    buf_str(out, "| key | value | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < n_config_keys; i++) {
        const struct config_key *key = &config_table[i];
        buf_printf(out, "| `%s` | %s", key->path,
                   key->flags & KEY_LATER ? "" : type_name(key->type));
        if (key->choices) render_choices(key->choices, out);
        if (key->fallback)
            buf_printf(out, " | `%s` | ", key->fallback);
        else
            buf_str(out, key->flags & KEY_REQUIRED ? " | required | " : " | | ");
        buf_printf(out, "%s%s%s |\n", key->flags & KEY_LATER ? "**not yet supported**: " : "",
                   key->help, key->flags & KEY_RELOAD ? " ↻" : "");
    }
}
