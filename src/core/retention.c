/* SPDX-License-Identifier: Apache-2.0 */
#include "core/retention.h"

#include "base/units.h"

static const char *const known_keys[] = {"tiers", "tier_from", "default_tier", "sensitivity",
                                         "count", "buckets",   "expired"};
static const char *const level_names[RETENTION_LEVELS] = {"personal", "sensitive", "restricted"};

#define N(array) (sizeof(array) / sizeof *(array))

/* Checks that the node is a map and that its keys are known ones. */
static bool read_map(const struct yaml *node, const char *what, const char *const *names, size_t n,
                     struct diags *diags) {
    if (node->kind != YAML_MAP) {
        yaml_error(node, diags, "`%s` must be a map", what);
        return false;
    }
    if (n > 0) yaml_check_keys(node, names, n, diags);
    return true;
}

static bool read_ttl(const struct yaml *node, int64_t *out_sec, struct diags *diags) {
    int64_t ms;
    if (node->kind != YAML_SCALAR || !duration_parse(node->text, &ms)) {
        yaml_error(node, diags, "not a duration");
        diag_hint(diags, "a number with d, h, m or s: 14d");
        return false;
    }
    if (ms < 1000) {
        yaml_error(node, diags, "a retention is at least one second");
        return false;
    }
    *out_sec = ms / 1000;
    return true;
}

static bool read_name(const struct yaml *node, const char *what, char out[RETENTION_NAME_MAX + 1],
                      struct diags *diags) {
    if (node->kind != YAML_SCALAR || node->text.len == 0 || node->text.len > RETENTION_NAME_MAX ||
        memchr(node->text.ptr, 0, node->text.len)) {
        yaml_error(node, diags, "`%s` must be a name of 1 to %d bytes", what, RETENTION_NAME_MAX);
        return false;
    }
    memcpy(out, node->text.ptr, node->text.len);
    out[node->text.len] = 0;
    return true;
}

/* The place of the tier in the table; n_tiers: it is not listed. */
static size_t find_tier(const struct retention *retention, struct slice name) {
    size_t i = 0;
    while (i < retention->n_tiers && !slice_eq_str(name, retention->tiers[i].name)) i++;
    return i;
}

static void read_tiers(const struct yaml *node, struct retention *out, struct diags *diags) {
    if (!read_map(node, "tiers", NULL, 0, diags)) return;
    if (node->n == 0) yaml_error(node, diags, "`tiers` lists no tier");
    if (node->n > RETENTION_MAX_TIERS) {
        yaml_error(node, diags, "more than %d tiers", RETENTION_MAX_TIERS);
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        struct retention_tier *tier = &out->tiers[out->n_tiers];
        const bool named = read_name(node->keys[i], "tiers", tier->name, diags);
        if (read_ttl(node->items[i], &tier->ttl_sec, diags) && named) out->n_tiers++;
    }
}

static void read_default_tier(const struct yaml *node, struct retention *out, struct diags *diags) {
    out->default_tier = 0; /* none named: the shortest, so that no record is kept too long */
    for (size_t i = 1; i < out->n_tiers; i++)
        if (out->tiers[i].ttl_sec < out->tiers[out->default_tier].ttl_sec) out->default_tier = i;
    if (!node) return;
    const size_t found = node->kind == YAML_SCALAR ? find_tier(out, node->text) : out->n_tiers;
    if (found < out->n_tiers) {
        out->default_tier = found;
        return;
    }
    yaml_error(node, diags, "`default_tier` is none of `tiers`");
    if (node->kind != YAML_SCALAR) return;
    const char *names[RETENTION_MAX_TIERS];
    for (size_t i = 0; i < out->n_tiers; i++) names[i] = out->tiers[i].name;
    diag_suggest(diags, node->text, names, out->n_tiers);
}

static void read_tier_from(const struct yaml *node, struct retention *out, struct diags *diags) {
    static const char *const names[] = {"header"};
    if (!node || !read_map(node, "tier_from", names, N(names), diags)) return;
    const struct yaml *header = yaml_get(node, "header");
    if (header)
        (void)read_name(header, "header", out->tier_header, diags);
    else
        yaml_error(node, diags, "`tier_from` names no `header`");
}

static void read_levels(const struct yaml *node, struct retention *out, struct diags *diags) {
    for (size_t i = 0; i < RETENTION_LEVELS; i++) out->level_sec[i] = -1;
    if (!node || !read_map(node, "sensitivity", level_names, N(level_names), diags)) return;
    for (size_t i = 0; i < RETENTION_LEVELS; i++) {
        const struct yaml *level = yaml_get(node, level_names[i]);
        if (!level || (level->kind == YAML_SCALAR && slice_eq_str(level->text, "tier"))) continue;
        (void)read_ttl(level, &out->level_sec[i], diags);
    }
}

static void read_count(const struct yaml *node, struct retention *out, struct diags *diags) {
    static const char *const names[] = {"remaining", "seen"};
    out->count = RETENTION_REMAINING;
    if (!node) return;
    if (node->kind == YAML_SCALAR)
        for (size_t i = 0; i < N(names); i++)
            if (slice_eq_str(node->text, names[i])) {
                out->count = (enum retention_count)i;
                return;
            }
    yaml_error(node, diags, "`count` is `remaining` or `seen`");
    if (node->kind == YAML_SCALAR) diag_suggest(diags, node->text, names, N(names));
}

/* The shortest time any record may be kept. */
static int64_t shortest_sec(const struct retention *retention) {
    int64_t shortest = INT64_MAX;
    for (size_t i = 0; i < retention->n_tiers; i++)
        if (retention->tiers[i].ttl_sec < shortest) shortest = retention->tiers[i].ttl_sec;
    for (size_t i = 0; i < RETENTION_LEVELS; i++)
        if (retention->level_sec[i] >= 0 && retention->level_sec[i] < shortest)
            shortest = retention->level_sec[i];
    return shortest;
}

/* Whoever writes the records takes them from the configuration; here they are checked against the
 * times there are: every record has a bucket that is not longer than it may be kept. `retention`
 * NULL: the times are not known. */
static void check_buckets(const struct yaml *node, const struct retention *retention,
                          struct diags *diags) {
    if (!node) return;
    if (node->kind != YAML_SEQ || node->n == 0 || node->n > RETENTION_MAX_BUCKETS) {
        yaml_error(node, diags, "`buckets` must be a list of 1 to %d durations",
                   RETENTION_MAX_BUCKETS);
        return;
    }
    int64_t before = 0, first = 0;
    for (size_t i = 0; i < node->n; i++) {
        int64_t sec;
        if (!read_ttl(node->items[i], &sec, diags)) return;
        if (sec <= before) yaml_error(node->items[i], diags, "`buckets` must ascend");
        before = sec;
        if (i == 0) first = sec;
    }
    const int64_t shortest = retention ? shortest_sec(retention) : INT64_MAX;
    if (first <= shortest) return;
    char text[DURATION_TEXT_LEN];
    duration_text(shortest * 1000, text);
    yaml_error(node->items[0], diags, "some records may be kept %s, less than the shortest bucket",
               text);
}

static void check_expired(const struct yaml *node, struct diags *diags) {
    if (node && (node->kind != YAML_SCALAR ||
                 (!slice_eq_str(node->text, "keep") && !slice_eq_str(node->text, "drop"))))
        yaml_error(node, diags, "`expired` is `keep` or `drop`");
}

bool retention_read(const struct yaml *node, struct retention *out, struct diags *diags) {
    *out = (struct retention){0};
    if (!node) return true;
    const size_t errors = diags->n_errors;
    if (read_map(node, "retention", known_keys, N(known_keys), diags)) {
        const struct yaml *tiers = yaml_get(node, "tiers");
        const size_t before = diags->n_errors;
        if (tiers)
            read_tiers(tiers, out, diags);
        else
            yaml_error(node, diags, "`retention` has no `tiers`");
        if (diags->n_errors == before)
            read_default_tier(yaml_get(node, "default_tier"), out, diags);
        read_tier_from(yaml_get(node, "tier_from"), out, diags);
        read_levels(yaml_get(node, "sensitivity"), out, diags);
        read_count(yaml_get(node, "count"), out, diags);
        check_buckets(yaml_get(node, "buckets"), diags->n_errors == before ? out : NULL, diags);
        check_expired(yaml_get(node, "expired"), diags);
    }
    if (diags->n_errors == errors && !diags->failed) return true;
    *out = (struct retention){0};
    return false;
}

int64_t retention_ttl_sec(const struct retention *retention, unsigned sensitivity,
                          struct slice tier) {
    if (retention->n_tiers == 0) return -1;
    size_t i = find_tier(retention, tier);
    if (i == retention->n_tiers) i = retention->default_tier;
    int64_t ttl = retention->tiers[i].ttl_sec;
    const unsigned levels = sensitivity < RETENTION_LEVELS ? sensitivity : RETENTION_LEVELS;
    for (unsigned level = 0; level < levels; level++)
        if (retention->level_sec[level] >= 0 && retention->level_sec[level] < ttl)
            ttl = retention->level_sec[level];
    return ttl;
}
