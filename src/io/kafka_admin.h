/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a Kafka cluster about topics, and making them. A client of its own that is no member
 * of any group, reads and writes no record and makes no topic by asking.
 *
 * Threads: one at a time; each call waits for its answers, 15 s at most for a silent broker. */
#ifndef LW_IO_KAFKA_ADMIN_H
#define LW_IO_KAFKA_ADMIN_H

#include "io/kafka.h"

enum kafka_topic_state { KAFKA_TOPIC_THERE, KAFKA_TOPIC_MISSING, KAFKA_TOPIC_REFUSED };

struct kafka_topic {
    const char *name; /* asked for */
    enum kafka_topic_state state;
    int n_partitions;
    bool is_described;                /* false: the broker does not say what follows */
    bool is_compacted, is_deleted;    /* by cleanup.policy */
    bool is_append_time;              /* records get the broker's time instead of their own */
    int64_t retention_ms, segment_ms; /* negative: for ever */
    int64_t max_bytes;                /* max.message.bytes */
};

struct kafka_admin;
/* Reaches no broker yet. CONFIG, MEMORY. */
LOGWASH_USE enum logwash_status kafka_admin_open(const struct kafka_property *common,
                                                 size_t n_common,
                                                 const struct kafka_property *consumer,
                                                 size_t n_consumer, struct kafka_admin **out,
                                                 struct logwash_error *err);
/* Fills in what the cluster says about each. *check_ms: how often brokers look for records to
 * delete. IO: no broker answers, err says why. */
LOGWASH_USE enum logwash_status kafka_admin_describe(struct kafka_admin *admin,
                                                     struct kafka_topic *topics, size_t n,
                                                     int64_t *check_ms, struct logwash_error *err);
/* May the group be used? False: the broker says no. An error that says neither counts as yes. */
bool kafka_admin_group(struct kafka_admin *admin, const char *group);
/* Makes the topic with its name, partitions, retention_ms, segment_ms and max_bytes (0: the
 * broker's default of these three). IO: err says why. */
LOGWASH_USE enum logwash_status kafka_admin_create(struct kafka_admin *admin,
                                                   const struct kafka_topic *topic,
                                                   struct logwash_error *err);
void kafka_admin_close(struct kafka_admin *admin); /* NULL: nothing */

#endif
