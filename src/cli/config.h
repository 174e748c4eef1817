/* SPDX-License-Identifier: Apache-2.0 */
/* logwash.yaml: the configuration of the service, read into plain values.
 *
 * One table (config_keys.c) names every key of the grammar with its type, default and meaning. It
 * parses, it suggests for unknown keys, and docs/configuration.md is rendered from it. A key of the
 * grammar that this version cannot keep is refused as not yet supported, never ignored. What is
 * below `rules`, `retention` and `limits` is the engine's: here it is only checked to be a map;
 * logwash_load reads and reports it.
 *
 * `${file:PATH}` (a last line end cut) and `${env:NAME}` stand for text in every scalar outside
 * those three sections; `$${` stands for `${`. Values below `kafka`, `consumer`, `producer` and
 * `keys` never print.
 *
 * Lifetime: everything lives until config_fini; texts are NUL-terminated. Threads: one at a time.
 */
#ifndef LW_CLI_CONFIG_H
#define LW_CLI_CONFIG_H

#include "base/yaml.h"
#include "io/kafka.h"

enum config_mode { CONFIG_LIVE, CONFIG_SHADOW };
enum config_log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

struct config_properties {
    struct kafka_property *items;
    size_t n;
};
struct config_list {
    const char **items;
    size_t n;
};

struct config_input {
    const char *topic, *output; /* `{input}` put in; `{region}` and `{ttl}` stand there still */
    unsigned format;            /* enum logwash_format */
    unsigned profiles;          /* bits, as tools_profiles_text takes them */
    unsigned record_key;        /* enum kafka_key */
    struct config_list skip_headers;
    const struct yaml *node;
};

/* A topic that is written; buckets and regions by their number. */
struct config_target {
    const char *topic;
    const struct yaml *node;
    size_t input;          /* whose records go there; of the quarantine: n_inputs */
    size_t region, bucket; /* 0 without; region n_regions: of none that is known */
    bool is_quarantine;
};

struct config {
    struct config_properties kafka, consumer, producer; /* `group.id` taken out */
    const char *group;
    const char *instance;
    unsigned mode;     /* enum config_mode */
    unsigned delivery; /* enum kafka_delivery */
    int64_t commit_ms;
    uint64_t commit_records, commit_bytes;
    uint64_t workers;
    struct config_input *inputs;
    size_t n_inputs;
    unsigned output_headers;      /* enum kafka_output_header bits */
    const char *quarantine_topic; /* `{region}` in it; NULL: none */
    const char *region_header;    /* residency.region_from.header; NULL: no regions */
    struct config_list regions;
    unsigned unknown_region; /* 0: withhold */
    struct kafka_bucket *buckets;
    size_t n_buckets;
    bool drop_expired;
    uint64_t stop_above_ppm; /* 0: never */
    int64_t stop_window_ms;
    int64_t quarantine_ms;         /* quarantine.retention; 0: not said */
    struct config_target *targets; /* all that names of outputs and quarantine lead to */
    size_t n_targets;
    const char *ring;        /* path of the key ring; NULL: none */
    const char *admin_host;  /* as written before the port, without brackets */
    uint64_t admin_port;     /* 0: any free one */
    unsigned log_level;      /* debug, info, warn, error */
    unsigned log_format;     /* enum config_log_format */
    const char *tier_header; /* retention.tier_from.header; NULL: none */
    uint64_t version;

    struct diag_source source; /* the file itself; the engine reads its own sections from it */
    const struct yaml *root;
    bool is_sound; /* the file is YAML and the engine's sections are maps: logwash_load may look at
                      it */
    struct arena arena;
};

/* Reads the text of a file called `name` (both must live until config_fini). False: reported, every
 * problem of the file in one pass. In both cases config_fini gives back what was taken. */
bool config_read(struct config *config, const char *name, struct slice text, struct diags *diags);
/* The same for another use. RECORDS, standard input and files: no key is required, of what concerns
 * Kafka alone only the names of keys are looked at. SHOW: no key is required; files that
 * `${file:…}` names are not read, variables may not be set: such values stay as they are written.
 * In both an empty file is no mistake (`root` is then NULL). */
enum config_use { CONFIG_FOR_SERVICE, CONFIG_FOR_RECORDS, CONFIG_TO_SHOW };
bool config_read_for(enum config_use use, struct config *config, const char *name,
                     struct slice text, struct diags *diags);
void config_fini(struct config *config);
/* The file's text for logwash_options.config: all values but those of the engine's sections and of
 * `inputs` blanked out, every byte at its place, so that no diagnostic of the engine can show a
 * secret. Needs is_sound. False: out of memory. */
bool config_for_engine(const struct config *config, struct buf *out);
/* The topic as it stands in the file, before `${…}` was put in: how the engine knows the input. */
const char *config_written_topic(const struct config_input *input);
/* The first key that differs and that a running service cannot take over (it needs a restart);
 * NULL: none does. */
const char *config_restart_key(const struct config *running, const struct config *fresh);
/* Appends the table of keys as docs/configuration.md shows it. */
void config_render(struct buf *out);

/* ---- the table ---- */

enum config_type {
    CONFIG_SECTION,    /* a map of known keys */
    CONFIG_ITEMS,      /* a list of maps of known keys: `inputs` */
    CONFIG_TEXT,       /* const char * */
    CONFIG_TOPIC,      /* const char *, a topic's name; `choices`: what may stand in braces */
    CONFIG_CHOICE,     /* unsigned: place among `choices` */
    CONFIG_WORDS,      /* unsigned: bits of `choices`; one word or a list of them */
    CONFIG_DURATION,   /* int64_t, milliseconds */
    CONFIG_SIZE,       /* uint64_t, bytes */
    CONFIG_COUNT,      /* uint64_t */
    CONFIG_SHARE,      /* uint64_t, parts of a million: `1%` */
    CONFIG_LIST,       /* struct config_list of texts */
    CONFIG_PROPERTIES, /* struct config_properties: a map of librdkafka's names */
    CONFIG_ADDRESS,    /* HOST:PORT, to admin_host and admin_port */
    CONFIG_ENGINE,     /* read by logwash_load; only checked to be a map */
    CONFIG_ENGINE_KEY, /* below such a section: for the documents only */
};

enum { KEY_REQUIRED = 1, KEY_LATER = 2, KEY_RELOAD = 4, KEY_HIDE = 8, KEY_RECORDS = 16 };
/* RECORDS: read for standard input and files too. */

struct config_key {
    const char *path; /* `service.commit.every`, `inputs[].topic` */
    enum config_type type;
    unsigned flags;       /* KEY_ */
    const char *fallback; /* the default as one would write it; NULL: none */
    const char *choices;
    uint64_t min, max; /* DURATION, SIZE, COUNT; WORDS: fewest of a list */
    size_t field;      /* offset in struct config, or in struct config_input */
    const char *help;
};
extern const struct config_key config_table[];
extern const size_t n_config_keys;

/* Is the row's path `name` directly below `prefix` ("" for the top)? */
bool config_key_is_below(const struct config_key *key, const char *prefix);
const char *config_key_name(const struct config_key *key);

#endif
