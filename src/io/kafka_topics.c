/* SPDX-License-Identifier: Apache-2.0 */
/* Topics: they exist, outputs have as many partitions as their inputs, and how large a message may
 * be. A missing output topic would show itself only 30 s into the first transaction. */
#include "io/kafka_private.h"

#include <stdlib.h>

/* One topic's partitions. AGAIN: no answer or not there yet, k->reason says why. */
static enum logwash_status ask(struct kafka *k, const char *topic, int timeout_ms, int *n,
                               rd_kafka_resp_err_t *code) {
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(k->consumer, topic, NULL);
    if (!rkt) return LOGWASH_MEMORY;
    *code = rd_kafka_metadata(k->consumer, 0, rkt, &md, timeout_ms);
    *n = 0;
    if (*code == RD_KAFKA_RESP_ERR_NO_ERROR && md->topic_cnt == 1) {
        *code = md->topics[0].err;
        *n = md->topics[0].partition_cnt;
    }
    if (md) rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(rkt);
    return *code ? LOGWASH_AGAIN : LOGWASH_OK;
}

static enum logwash_status failed(struct kafka *k, const char *topic, rd_kafka_resp_err_t code,
                                  struct logwash_error *err) {
    const bool is_late = kafka_now_ns() - k->started_ns > k->topic_wait_ms * INT64_C(1000000);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
        if (k->started_ns == 0)
            k->started_ns = kafka_now_ns(); /* counts from the first answer */
        else if (is_late)
            return kafka_set_fatal(k, LOGWASH_CONFIG, err, "topic '%s' does not exist", topic);
        return kafka_back_off(k, topic, "the topic does not exist yet");
    }
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return kafka_set_fatal(k, LOGWASH_FATAL, err, "the broker does not allow topic '%s'",
                               topic);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION)
        return kafka_set_fatal(k, LOGWASH_CONFIG, err, "'%s' can be no topic's name", topic);
    if (k->auth_refused)
        return kafka_set_fatal(k, LOGWASH_FATAL, err, "authentication refused by %s: %s",
                               k->bootstrap, k->reason);
    if (k->away_since_ns == 0) k->away_since_ns = kafka_now_ns();
    atomic_store(&k->healthy, false);
    return kafka_back_off(k, k->bootstrap, k->reason[0] ? k->reason : rd_kafka_err2str(code));
}

/* ---- how large ---- */

static size_t limit_in(const rd_kafka_ConfigResource_t *resource) {
    size_t n = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), "max.message.bytes") == 0) {
            const char *value = rd_kafka_ConfigEntry_value(entries[i]);
            return value ? strtoul(value, NULL, 10) : 0;
        }
    return 0;
}

static void take_limit(struct routes *routes, const char *topic, size_t limit) {
    for (size_t i = 0; i < routes->n; i++)
        if (strcmp(routes->items[i].topic, topic) == 0) routes->items[i].max_bytes = limit;
}

static void take_limits(struct kafka *k, const rd_kafka_ConfigResource_t **all, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (rd_kafka_ConfigResource_error(all[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        const size_t limit = limit_in(all[i]);
        if (limit && (!k->batch_cap || limit < k->batch_cap)) k->batch_cap = limit;
        for (size_t t = 0; t < k->n_inputs; t++)
            take_limit(&k->inputs[t].outputs, rd_kafka_ConfigResource_name(all[i]), limit);
    }
}

/* Adds those that are not there yet. */
static size_t add_topics(rd_kafka_ConfigResource_t **topics, size_t n,
                         const struct routes *routes) {
    for (size_t i = 0; i < routes->n; i++) {
        bool is_known = false;
        for (size_t j = 0; j < n; j++)
            is_known |=
                strcmp(routes->items[i].topic, rd_kafka_ConfigResource_name(topics[j])) == 0;
        if (!is_known)
            topics[n++] =
                rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, routes->items[i].topic);
    }
    return n;
}

/* Asks what the output topics take in one batch of messages; a broker that does not say is no
 * hindrance: what is too large for it comes back later. */
static void ask_limits(struct kafka *k) {
    size_t n = 0, n_results = 0, n_all = k->quarantine.n;
    for (size_t i = 0; i < k->n_inputs; i++) n_all += k->inputs[i].outputs.n;
    rd_kafka_ConfigResource_t **topics = calloc(n_all + 1, sizeof *topics);
    if (!topics) return;
    for (size_t i = 0; i < k->n_inputs; i++) n = add_topics(topics, n, &k->inputs[i].outputs);
    n = add_topics(topics, n, &k->quarantine);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(k->producer);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(k->producer, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    char text[128];
    rd_kafka_AdminOptions_set_request_timeout(options, STEP_MS, text, sizeof text);
    rd_kafka_DescribeConfigs(k->producer, topics, n, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, STEP_MS + 500);
    if (event && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rd_kafka_ConfigResource_t **all =
            rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event),
                                                      &n_results);
        take_limits(k, all, n_results);
    }
    if (event) rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy_array(topics, n);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    free(topics);
}

/* Batches must fit the smallest limit: then a refusal for size concerns one message alone. */
static enum logwash_status learn_limits(struct kafka *k, struct logwash_error *err) {
    k->batch_cap = 0;
    ask_limits(k);
    if (!k->batch_cap || k->batch_cap >= 1024 * 1024) return LOGWASH_OK;
    producer_close(k);
    return producer_open(k, err);
}

/* ---- the check ---- */

/* `in`: the input whose records go there; NULL: the quarantine. */
static enum logwash_status check_routes(struct kafka *k, struct routes *routes,
                                        const struct input *in, struct logwash_error *err) {
    for (size_t i = 0; i < routes->n; i++) {
        struct route *route = &routes->items[i];
        rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
        if (i > 0 && strcmp(route->topic, route[-1].topic) == 0) {
            route->n_partitions = route[-1].n_partitions;
            continue;
        }
        if (ask(k, route->topic, STEP_MS, &route->n_partitions, &code) != LOGWASH_OK)
            return failed(k, route->topic, code, err);
        if (in && route->n_partitions < in->n_in)
            return kafka_set_fatal(
                k, LOGWASH_CONFIG, err,
                "topic '%s' has %d partitions, its input '%s' has %d: records keep their partition",
                route->topic, route->n_partitions, in->topic, in->n_in);
    }
    return LOGWASH_OK;
}

enum logwash_status topics_check(struct kafka *k, struct logwash_error *err) {
    rd_kafka_resp_err_t code;
    for (size_t i = 0; i < k->n_inputs; i++) {
        struct input *in = &k->inputs[i];
        enum logwash_status status = ask(k, in->topic, STEP_MS, &in->n_in, &code);
        if (status != LOGWASH_OK) return failed(k, in->topic, code, err);
        if (!k->shadow) status = check_routes(k, &in->outputs, in, err);
        if (status != LOGWASH_OK) return status;
    }
    const enum logwash_status status =
        k->shadow ? LOGWASH_OK : check_routes(k, &k->quarantine, NULL, err);
    if (status != LOGWASH_OK) return status;
    k->auth_refused = false;
    if (atomic_exchange(&k->healthy, true) == false && k->away_since_ns)
        kafka_say(k, KAFKA_LOG_INFO, "broker-back", "a broker answers at %s", k->bootstrap);
    k->away_since_ns = 0;
    return k->shadow ? LOGWASH_OK : learn_limits(k, err);
}

bool topics_probe(struct kafka *k, int timeout_ms) {
    rd_kafka_resp_err_t code;
    int n;
    return ask(k, k->inputs[0].topic, timeout_ms, &n, &code) == LOGWASH_OK;
}
