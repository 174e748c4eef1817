/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration needs of its topics, and whether they are so.
 *
 * A broker deletes whole segments, each when its newest record is older than retention.ms, and
 * begins a segment when the last one is segment.ms old; it looks every so often. So a record stays
 * for retention.ms + segment.ms + that interval at most, and that must not be longer than the
 * shortest time of the records that go to the topic. */
#ifndef LW_CLI_TOPICS_PLAN_H
#define LW_CLI_TOPICS_PLAN_H

#include "io/kafka_admin.h"

#include <stdint.h>

enum topic_use { TOPIC_INPUT, TOPIC_OUTPUT, TOPIC_QUARANTINE };

struct topic_need {
    struct kafka_topic topic; /* its name, then what the cluster says of it */
    enum topic_use use;
    size_t input;     /* place of the input it belongs to in the list; of quarantine: SIZE_MAX */
    int64_t allow_ms; /* records may stay so long; -1: nobody says */
    bool is_routed;   /* of an input: its records go to several topics */
};

/* How long a record stays there at most; -1: for ever, or nobody knows. */
int64_t topic_kept_ms(const struct kafka_topic *topic, int64_t check_ms);
/* What is wrong, one sentence each, "" at the end; `needs` were described. Returns how many. */
enum { TOPIC_PROBLEMS = 6, TOPIC_PROBLEM_LEN = 192 };
size_t topic_judge(const struct topic_need *needs, size_t i, int64_t check_ms,
                   char out[TOPIC_PROBLEMS][TOPIC_PROBLEM_LEN]);
/* Partitions, times and limit of a topic that is missing. False: no times keep the promise. */
bool topic_design(const struct topic_need *needs, size_t n, size_t i, int64_t check_ms,
                  struct kafka_topic *out);
/* "14d 5m"; "for ever" below zero. */
enum { SPAN_TEXT_LEN = 64 };
void span_text(int64_t ms, char out[SPAN_TEXT_LEN]);

#endif
