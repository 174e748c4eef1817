/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's mock cluster behind a handful of verbs. */
#include "io/kafka_private.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

struct kafka_mock {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
    int n_brokers;
};

static void quiet(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility, (void)text;
}

struct kafka_mock *kafka_mock_start(int n_brokers, struct logwash_error *err) {
    char text[256] = "out of memory";
    struct kafka_mock *mock = calloc(1, sizeof *mock);
    if (!mock) {
        end_error(err, LOGWASH_MEMORY, "mock", 0, "%s", text);
        return NULL;
    }
    mock->n_brokers = n_brokers;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    mock->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!mock->rk)
        rd_kafka_conf_destroy(conf);
    else
        mock->cluster = rd_kafka_mock_cluster_new(mock->rk, n_brokers);
    if (mock->cluster) return mock;
    end_error(err, LOGWASH_IO, "mock", 0, "no mock cluster: %s", text);
    kafka_mock_stop(mock);
    return NULL;
}

bool kafka_mock_topic(struct kafka_mock *mock, const char *topic, int n_partitions) {
    return rd_kafka_mock_topic_create(mock->cluster, topic, n_partitions, 1) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

const char *kafka_mock_bootstrap(const struct kafka_mock *mock) {
    return rd_kafka_mock_cluster_bootstraps(mock->cluster);
}

void kafka_mock_fail(struct kafka_mock *mock, int api, int code, size_t n) {
    for (size_t i = 0; i < n; i++)
        rd_kafka_mock_push_request_errors(mock->cluster, (int16_t)api, 1,
                                          (rd_kafka_resp_err_t)code);
}

void kafka_mock_power(struct kafka_mock *mock, bool up) {
    for (int id = 1; id <= mock->n_brokers; id++) {
        if (up)
            rd_kafka_mock_broker_set_up(mock->cluster, id);
        else
            rd_kafka_mock_broker_set_down(mock->cluster, id);
    }
}

void kafka_mock_stop(struct kafka_mock *mock) {
    if (!mock) return;
    if (mock->cluster) rd_kafka_mock_cluster_destroy(mock->cluster);
    if (mock->rk) rd_kafka_destroy(mock->rk);
    free(mock);
}
