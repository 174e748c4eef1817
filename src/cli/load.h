/* SPDX-License-Identifier: Apache-2.0 */
/* From flags to an engine: reads packs, configuration and key ring, makes the random key of a run
 * without a ring, and calls logwash_load. The library itself opens no file.
 *
 * Every failure was reported on stderr when a function here returns; the exit code is then
 * EXIT_USAGE (configuration) or EXIT_WORLD. Key bytes stand in secret pages and are wiped by
 * load_fini. */
#ifndef LW_CLI_LOAD_H
#define LW_CLI_LOAD_H

#include "base/buf.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/files.h"
#include "cli/packdirs.h"
#include "core/tools.h"
#include "logwash.h"

enum { LOAD_KEY_LEN = 32, LOAD_VALUES_MAX = 1024 * 1024 + 1 };

/* file_append and file_append_fd (standard input), with a message. */
bool load_file(const char *path, struct buf *out);
bool load_stdin(struct buf *out);
/* LOAD_KEY_LEN random bytes in secret pages; NULL: reported. */
void *load_run_key(void);
/* For logwash_options.report: writes the text to stderr. */
void load_report(void *ctx, const char *text);

struct load {
    struct logwash_options options; /* ready for logwash_load after load_init */
    size_t max_record; /* the limit that holds: --max-record, the configuration's, or the default */
    bool has_ring;
    /* what `options` points to */
    struct buf *texts; /* of the packs that flags name */
    size_t n_texts;
    struct packs packs;
    struct buf config_text, engine_text; /* the configuration, and what the engine is given of it */
    struct config grammar;
    char *ring_name;
    struct logwash_source config, ring, values;
    void *ring_bytes, *run_key, *values_bytes;
};

/* Reads what the settings name; format and framing are set to those of --input's topic, if no flag
 * says otherwise. 0, or the exit code; load_fini is needed in both cases. */
int load_init(struct load *load, struct invocation *inv);
void load_fini(struct load *load);
/* logwash_load with a message. 0, or the exit code. */
int load_engine(const struct load *load, struct logwash **out);

/* The number of the rule with this id, and what it is; SIZE_MAX: there is none (reported, with the
 * nearest). */
size_t load_find_rule(const struct logwash *lw, const char *id, struct tools_rule *out);

/* Do rules that are not bundled do what their examples say? If not, that is reported and *lw freed.
 * 0, or the exit code. */
int load_check_examples(struct logwash **lw);

/* ---- load_config.c ---- */

/* A part of load_init: the configuration. 0, or the exit code. */
int load_config(struct load *load, struct settings *set);
/* The configuration's file: --config, $LOGWASH_CONFIG, or the one found in the working directory;
 * NULL: none. */
enum load_origin { LOAD_NAMED, LOAD_VARIABLE, LOAD_FOUND };
const char *load_config_path(const struct settings *set, enum load_origin *origin);
/* Reports what a found configuration may not say: whoever can put a file into the working directory
 * must not be able to switch rules off. `root` may be NULL. */
void load_check_found(const struct yaml *root, struct diags *diags);

#endif
