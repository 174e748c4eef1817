/* SPDX-License-Identifier: Apache-2.0 */
/* Where a clean record goes: the names of topics are templates, and every name they can lead to is
 * known, checked and opened at the start. */
#include "io/kafka_private.h"

#include "base/must.h"

#include <stdlib.h>

static const char topic_bytes[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/* ---- names ---- */

bool kafka_topic_name(const char *template, const char *input, const char *region, const char *ttl,
                      char out[KAFKA_TOPIC_LEN + 1]) {
    const struct {
        const char *token, *text;
    } tokens[] = {{"{input}", input}, {"{region}", region}, {"{ttl}", ttl}};
    size_t len = 0;
    while (*template) {
        const char *text = NULL;
        size_t n = 1;
        for (size_t i = 0; i < sizeof tokens / sizeof *tokens && !text; i++)
            if (tokens[i].text &&
                strncmp(template, tokens[i].token, strlen(tokens[i].token)) == 0) {
                text = tokens[i].text;
                n = strlen(tokens[i].token);
            }
        const size_t n_text = text ? strlen(text) : 1;
        if (len + n_text > KAFKA_TOPIC_LEN) return false;
        memcpy(out + len, text ? text : template, n_text);
        len += n_text;
        template += n;
    }
    out[len] = 0;
    return len > 0 && out[strspn(out, topic_bytes)] == 0 && strcmp(out, ".") != 0 &&
           strcmp(out, "..") != 0;
}

/* ---- options ---- */

bool routing_copy(struct routing *routing, const struct kafka_options *o) {
    routing->regions = calloc(o->n_regions + 1, sizeof *routing->regions);
    routing->buckets = calloc(o->n_buckets + 1, sizeof *routing->buckets);
    routing->region_header = o->region_header ? strdup(o->region_header) : NULL;
    routing->drop_expired = o->drop_expired;
    if (!routing->regions || !routing->buckets || (o->region_header && !routing->region_header))
        return false;
    for (size_t i = 0; i < o->n_regions; i++) {
        routing->regions[routing->n_regions++] = strdup(o->regions[i]);
        if (!routing->regions[i]) return false;
    }
    for (size_t i = 0; i < o->n_buckets; i++) {
        routing->buckets[routing->n_buckets++] =
            (struct bucket){strdup(o->buckets[i].name), o->buckets[i].sec};
        if (!routing->buckets[i].name) return false;
    }
    return true;
}

void routing_free(struct routing *routing) {
    for (size_t i = 0; i < routing->n_regions; i++) free(routing->regions[i]);
    for (size_t i = 0; i < routing->n_buckets; i++) free(routing->buckets[i].name);
    free(routing->regions);
    free(routing->buckets);
    free(routing->region_header);
    *routing = (struct routing){0};
}

static size_t at_least_one(size_t n) { return n > 0 ? n : 1; }

static enum logwash_status add(struct routes *routes, const char *template, const char *input,
                               const char *region, const char *ttl, struct logwash_error *err) {
    char name[KAFKA_TOPIC_LEN + 1];
    if (!kafka_topic_name(template, input, region, ttl, name))
        return end_error(err, LOGWASH_ARGUMENT, "kafka", 0, "'%s' can be no topic's name",
                         template);
    struct route *route = &routes->items[routes->n++];
    route->topic = strdup(name);
    return route->topic ? LOGWASH_OK : end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
}

enum logwash_status routes_make(const struct routing *routing, const char *template,
                                const char *input, bool for_quarantine, struct routes *out,
                                struct logwash_error *err) {
    const size_t n_regions = at_least_one(routing->n_regions);
    const size_t n_buckets = for_quarantine ? 1 : at_least_one(routing->n_buckets);
    enum logwash_status status = LOGWASH_OK;
    out->items = calloc(n_regions * n_buckets + 1, sizeof *out->items);
    if (!out->items) return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    for (size_t r = 0; r < n_regions; r++)
        for (size_t b = 0; b < n_buckets && status == LOGWASH_OK; b++)
            status =
                add(out, template, input, routing->n_regions ? routing->regions[r] : NULL,
                    !for_quarantine && routing->n_buckets ? routing->buckets[b].name : NULL, err);
    if (status == LOGWASH_OK && for_quarantine && routing->n_regions)
        status = add(out, template, input, KAFKA_UNKNOWN_REGION, NULL, err);
    return status;
}

static size_t region_at(const struct routing *routing, size_t i, bool is_quarantine) {
    return is_quarantine ? i : i / at_least_one(routing->n_buckets);
}

/* A topic of `a` that `b` would fill with records of another region. */
static const char *mixed(const struct routing *routing, const struct routes *a, bool a_quarantine,
                         const struct routes *b, bool b_quarantine) {
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < b->n; j++)
            if (region_at(routing, i, a_quarantine) != region_at(routing, j, b_quarantine) &&
                strcmp(a->items[i].topic, b->items[j].topic) == 0)
                return a->items[i].topic;
    return NULL;
}

enum logwash_status routes_check(const struct kafka *k, struct logwash_error *err) {
    const struct routing *routing = &k->routing;
    if (routing->n_regions == 0) return LOGWASH_OK;
    if (k->quarantine.n == 0)
        return end_error(err, LOGWASH_ARGUMENT, "kafka", 0,
                         "regions need a quarantine topic for records of no region");
    const char *topic = mixed(routing, &k->quarantine, true, &k->quarantine, true);
    for (size_t i = 0; i < k->n_inputs && !topic; i++) {
        topic = mixed(routing, &k->inputs[i].outputs, false, &k->quarantine, true);
        for (size_t j = 0; j <= i && !topic; j++)
            topic = mixed(routing, &k->inputs[i].outputs, false, &k->inputs[j].outputs, false);
    }
    return topic ? end_error(err, LOGWASH_ARGUMENT, "kafka", 0,
                             "topic '%s' would get records of several regions", topic)
                 : LOGWASH_OK;
}

void routes_free(struct routes *routes) {
    for (size_t i = 0; i < routes->n; i++) free(routes->items[i].topic);
    free(routes->items);
    *routes = (struct routes){0};
}

bool routes_open(struct routes *routes, rd_kafka_t *producer) {
    bool ok = true;
    for (size_t i = 0; i < routes->n; i++) {
        routes->items[i].rkt = rd_kafka_topic_new(producer, routes->items[i].topic, NULL);
        ok &= routes->items[i].rkt != NULL;
    }
    return ok;
}

void routes_close(struct routes *routes) {
    for (size_t i = 0; i < routes->n; i++) {
        if (routes->items[i].rkt) rd_kafka_topic_destroy(routes->items[i].rkt);
        routes->items[i].rkt = NULL;
    }
}

/* ---- choice ---- */

size_t routing_region(const struct routing *routing, struct slice value) {
    size_t i = 0;
    while (i < routing->n_regions && !slice_eq_str(value, routing->regions[i])) i++;
    return i;
}

size_t routing_bucket(const struct routing *routing, int64_t ttl_sec) {
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < routing->n_buckets; i++)
        if (routing->buckets[i].sec <= ttl_sec) best = i;
    return best;
}

struct route *routes_of(const struct kafka *k, size_t input, size_t region, size_t bucket) {
    const struct routes *routes = &k->inputs[input].outputs;
    const size_t n_buckets = at_least_one(k->routing.n_buckets);
    const size_t i = (k->routing.n_regions ? region : 0) * n_buckets +
                     (k->routing.n_buckets && bucket < n_buckets ? bucket : 0);
    MUST(i < routes->n); /* no region: quarantine */
    return &routes->items[i];
}
