/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer is asked, not a producer: only a consumer can be kept from making topics by asking. */
#include "io/kafka_admin.h"

#include "io/kafka_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MS = 15000, TEXT = 384, DEFAULT_CHECK_MS = 300000 };

struct kafka_admin {
    rd_kafka_t *rk;
    char reason[TEXT]; /* why no broker answers */
    int32_t broker;    /* one that is there */
};

static void quiet(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility, (void)text;
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque) {
    struct kafka_admin *admin = opaque;
    (void)rk;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(admin->reason, sizeof admin->reason, "%s", reason);
}

static bool set(rd_kafka_conf_t *conf, const struct kafka_property *items, size_t n, char *why,
                size_t cap) {
    for (size_t i = 0; i < n; i++)
        if (rd_kafka_conf_set(conf, items[i].name, items[i].value, why, cap) != RD_KAFKA_CONF_OK) {
            snprintf(why, cap, "%s cannot be set", items[i].name); /* the value may be secret */
            return false;
        }
    return true;
}

enum logwash_status kafka_admin_open(const struct kafka_property *common, size_t n_common,
                                     const struct kafka_property *consumer, size_t n_consumer,
                                     struct kafka_admin **out, struct logwash_error *err) {
    static const struct kafka_property own[] = {{"allow.auto.create.topics", "false"}};
    char text[TEXT] = "";
    *out = NULL;
    struct kafka_admin *admin = calloc(1, sizeof *admin);
    if (!admin) return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, admin);
    rd_kafka_conf_set_log_cb(conf, quiet);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (set(conf, common, n_common, text, sizeof text) &&
        set(conf, consumer, n_consumer, text, sizeof text) && set(conf, own, 1, text, sizeof text))
        admin->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!admin->rk) {
        rd_kafka_conf_destroy(conf);
        free(admin);
        return end_error(err, LOGWASH_CONFIG, "kafka", 0, "%s", text);
    }
    *out = admin;
    return LOGWASH_OK;
}

void kafka_admin_close(struct kafka_admin *admin) {
    if (!admin) return;
    rd_kafka_destroy(admin->rk);
    free(admin);
}

/* ---- is it there ---- */

static enum logwash_status ask(struct kafka_admin *admin, struct kafka_topic *topic,
                               struct logwash_error *err) {
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(admin->rk, topic->name, NULL);
    if (!rkt) return end_error(err, LOGWASH_MEMORY, topic->name, 0, "out of memory");
    rd_kafka_resp_err_t code = rd_kafka_metadata(admin->rk, 0, rkt, &md, ANSWER_MS);
    rd_kafka_poll(admin->rk, 0); /* the reason, if it failed */
    rd_kafka_topic_destroy(rkt);
    if (!code && md->topic_cnt == 1) {
        code = md->topics[0].err;
        topic->n_partitions = md->topics[0].partition_cnt;
        if (md->broker_cnt > 0) admin->broker = md->brokers[0].id;
    }
    if (md) rd_kafka_metadata_destroy(md);
    topic->state = KAFKA_TOPIC_THERE;
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        topic->state = KAFKA_TOPIC_MISSING;
    else if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        topic->state = KAFKA_TOPIC_REFUSED;
    else if (code)
        return end_error(err, LOGWASH_IO, topic->name, 0, "%s",
                         admin->reason[0] ? admin->reason : rd_kafka_err2str(code));
    return LOGWASH_OK;
}

/* ---- how is it configured ---- */

static const char *value_of(const rd_kafka_ConfigResource_t *resource, const char *name) {
    size_t n = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
            return rd_kafka_ConfigEntry_value(entries[i]);
    return NULL;
}

static int64_t number_of(const rd_kafka_ConfigResource_t *resource, const char *name) {
    const char *value = value_of(resource, name);
    return value ? strtoll(value, NULL, 10) : 0;
}

static void take(struct kafka_topic *topic, const rd_kafka_ConfigResource_t *resource) {
    const char *policy = value_of(resource, "cleanup.policy");
    const char *times = value_of(resource, "message.timestamp.type");
    if (!policy || !times) return;
    topic->is_described = true;
    topic->is_compacted = strstr(policy, "compact") != NULL;
    topic->is_deleted = strstr(policy, "delete") != NULL;
    topic->is_append_time = strcmp(times, "LogAppendTime") == 0;
    topic->retention_ms = number_of(resource, "retention.ms");
    topic->segment_ms = number_of(resource, "segment.ms");
    topic->max_bytes = number_of(resource, "max.message.bytes");
}

/* NULL: no answer. */
static rd_kafka_event_t *describe(struct kafka_admin *admin, rd_kafka_ConfigResource_t **resources,
                                  size_t n) {
    char text[TEXT];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->rk);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(admin->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_AdminOptions_set_request_timeout(options, ANSWER_MS, text, sizeof text);
    rd_kafka_DescribeConfigs(admin->rk, resources, n, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ANSWER_MS + 1000);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    if (event && rd_kafka_event_error(event)) {
        rd_kafka_event_destroy(event);
        return NULL;
    }
    return event;
}

static void describe_topics(struct kafka_admin *admin, struct kafka_topic *topics, size_t n) {
    rd_kafka_ConfigResource_t **resources = calloc(n + 1, sizeof *resources);
    size_t n_asked = 0, n_results = 0;
    for (size_t i = 0; resources && i < n; i++)
        if (topics[i].state == KAFKA_TOPIC_THERE)
            resources[n_asked++] =
                rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].name);
    rd_kafka_event_t *event = n_asked ? describe(admin, resources, n_asked) : NULL;
    const rd_kafka_ConfigResource_t **all =
        event ? rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(
                                                              event),
                                                          &n_results)
              : NULL;
    for (size_t i = 0; i < n_results; i++)
        for (size_t k = 0; k < n; k++)
            if (!rd_kafka_ConfigResource_error(all[i]) &&
                strcmp(rd_kafka_ConfigResource_name(all[i]), topics[k].name) == 0)
                take(&topics[k], all[i]);
    if (event) rd_kafka_event_destroy(event);
    if (n_asked) rd_kafka_ConfigResource_destroy_array(resources, n_asked);
    free(resources);
}

/* Of one broker; they are configured alike. */
static int64_t check_interval(struct kafka_admin *admin) {
    char id[16];
    size_t n = 0;
    int64_t ms = 0;
    snprintf(id, sizeof id, "%d", admin->broker);
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, id);
    rd_kafka_event_t *event = describe(admin, &resource, 1);
    const rd_kafka_ConfigResource_t **all =
        event ? rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(
                                                              event),
                                                          &n)
              : NULL;
    if (n == 1 && !rd_kafka_ConfigResource_error(all[0]))
        ms = number_of(all[0], "log.retention.check.interval.ms");
    if (event) rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    return ms > 0 ? ms : DEFAULT_CHECK_MS;
}

enum logwash_status kafka_admin_describe(struct kafka_admin *admin, struct kafka_topic *topics,
                                         size_t n, int64_t *check_ms, struct logwash_error *err) {
    for (size_t i = 0; i < n; i++) {
        const enum logwash_status status = ask(admin, &topics[i], err);
        if (status != LOGWASH_OK) return status;
    }
    describe_topics(admin, topics, n);
    *check_ms = check_interval(admin);
    return LOGWASH_OK;
}

/* ---- the group ---- */

bool kafka_admin_group(struct kafka_admin *admin, const char *group) {
    bool is_refused = false;
    char text[TEXT];
    rd_kafka_ListConsumerGroupOffsets_t *list = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->rk);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(admin->rk, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_AdminOptions_set_request_timeout(options, ANSWER_MS, text, sizeof text);
    rd_kafka_ListConsumerGroupOffsets(admin->rk, &list, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ANSWER_MS + 1000);
    if (event) {
        size_t n = 0;
        is_refused = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
        const rd_kafka_ListConsumerGroupOffsets_result_t *result =
            rd_kafka_event_ListConsumerGroupOffsets_result(event);
        const rd_kafka_group_result_t **groups =
            result ? rd_kafka_ListConsumerGroupOffsets_result_groups(result, &n) : NULL;
        for (size_t i = 0; i < n; i++) {
            const rd_kafka_error_t *e = rd_kafka_group_result_error(groups[i]);
            is_refused |=
                e && rd_kafka_error_code(e) == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ListConsumerGroupOffsets_destroy(list);
    return !is_refused;
}

/* ---- making one ---- */

static void set_number(rd_kafka_NewTopic_t *fresh, const char *name, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    if (value > 0) rd_kafka_NewTopic_set_config(fresh, name, text);
}

static bool make(struct kafka_admin *admin, rd_kafka_NewTopic_t *fresh, char *why, size_t cap) {
    bool ok = false;
    size_t n = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->rk);
    rd_kafka_CreateTopics(admin->rk, &fresh, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * ANSWER_MS);
    snprintf(why, cap, "%s", event ? rd_kafka_event_error_string(event) : "no answer");
    if (event && !rd_kafka_event_error(event)) {
        const rd_kafka_topic_result_t **results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
        ok = n == 1 && !rd_kafka_topic_result_error(results[0]);
        if (n == 1 && !ok) snprintf(why, cap, "%s", rd_kafka_topic_result_error_string(results[0]));
    }
    if (event) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return ok;
}

enum logwash_status kafka_admin_create(struct kafka_admin *admin, const struct kafka_topic *topic,
                                       struct logwash_error *err) {
    char text[TEXT] = "";
    rd_kafka_NewTopic_t *fresh =
        rd_kafka_NewTopic_new(topic->name, topic->n_partitions, -1, text, sizeof text);
    bool ok = fresh != NULL;
    if (fresh) {
        rd_kafka_NewTopic_set_config(fresh, "cleanup.policy", "delete");
        rd_kafka_NewTopic_set_config(fresh, "message.timestamp.type", "CreateTime");
        set_number(fresh, "retention.ms", topic->retention_ms);
        set_number(fresh, "segment.ms", topic->segment_ms);
        set_number(fresh, "max.message.bytes", topic->max_bytes);
        ok = make(admin, fresh, text, sizeof text);
        rd_kafka_NewTopic_destroy(fresh);
    }
    return ok ? LOGWASH_OK : end_error(err, LOGWASH_IO, topic->name, 0, "%s", text);
}
