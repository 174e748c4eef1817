/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/topics_plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SEGMENTS = 10, SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };
static const int64_t longest_segment_ms = INT64_C(7) * 86400 * SECOND_MS;

void span_text(int64_t ms, char out[SPAN_TEXT_LEN]) {
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t len = 0;
    snprintf(out, SPAN_TEXT_LEN, "%s", ms < 0 ? "for ever" : "0s");
    for (size_t i = 0; i < 5 && ms > 0; ms %= units[i++].ms)
        if (ms >= units[i].ms)
            len += (size_t)snprintf(out + len, SPAN_TEXT_LEN - len, "%s%" PRId64 "%s",
                                    len ? " " : "", ms / units[i].ms, units[i].name);
}

int64_t topic_kept_ms(const struct kafka_topic *topic, int64_t check_ms) {
    static const int64_t far = INT64_C(100) * 365 * 86400 * SECOND_MS;
    const bool is_kept = !topic->is_described || !topic->is_deleted || topic->retention_ms < 0 ||
                         topic->retention_ms > far || topic->segment_ms > far;
    return is_kept ? -1 : topic->retention_ms + topic->segment_ms + check_ms;
}

struct problems {
    char (*items)[TOPIC_PROBLEM_LEN];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct problems *problems, const char *format,
                                                      ...) {
    va_list args;
    if (problems->n == TOPIC_PROBLEMS) return;
    va_start(args, format);
    vsnprintf(problems->items[problems->n++], TOPIC_PROBLEM_LEN, format, args);
    va_end(args);
}

static void judge_time(const struct topic_need *need, int64_t check_ms, struct problems *problems) {
    const struct kafka_topic *topic = &need->topic;
    const int64_t kept = topic_kept_ms(topic, check_ms);
    char is[SPAN_TEXT_LEN], may[SPAN_TEXT_LEN], check[SPAN_TEXT_LEN];
    if (need->allow_ms < 0 || (kept >= 0 && kept <= need->allow_ms)) return;
    span_text(kept, is);
    span_text(need->allow_ms, may);
    span_text(check_ms, check);
    if (kept < 0)
        add(problems, "%s: records stay for ever, %s is allowed",
            topic->is_deleted ? "retention.ms" : "cleanup.policy", may);
    else
        add(problems, "retention.ms + segment.ms + %s: records stay %s, %s is allowed", check, is,
            may);
}

size_t topic_judge(const struct topic_need *needs, size_t i, int64_t check_ms,
                   char out[TOPIC_PROBLEMS][TOPIC_PROBLEM_LEN]) {
    const struct topic_need *need = &needs[i];
    const struct kafka_topic *topic = &need->topic,
                             *input = need->use == TOPIC_OUTPUT ? &needs[need->input].topic : NULL;
    struct problems problems = {out, 0};
    if (topic->state == KAFKA_TOPIC_MISSING) add(&problems, "it does not exist");
    if (topic->state == KAFKA_TOPIC_REFUSED) add(&problems, "the broker does not allow it");
    if (topic->state != KAFKA_TOPIC_THERE) return problems.n;
    if (input && input->state == KAFKA_TOPIC_THERE && topic->n_partitions < input->n_partitions)
        add(&problems, "it has %d partitions, its input '%s' has %d: records keep their partition",
            topic->n_partitions, input->name, input->n_partitions);
    if (!topic->is_described) {
        add(&problems, "the broker does not say how it is configured");
        return problems.n;
    }
    if (need->use == TOPIC_INPUT && topic->is_compacted && need->is_routed)
        add(&problems, "it is compacted: in topics by region or time a key's newest record would "
                       "not replace the others");
    if (need->use != TOPIC_INPUT && topic->is_append_time)
        add(&problems, "message.timestamp.type is LogAppendTime: records lose their own time");
    judge_time(need, check_ms, &problems);
    return problems.n;
}

/* A tenth of the time is lost to the segment: shorter ones would make many small files. */
static bool design_times(int64_t allow_ms, int64_t check_ms, struct kafka_topic *out) {
    if (allow_ms < 0) return true;
    const int64_t rest = allow_ms - check_ms;
    if (rest < MINUTE_MS) return false;
    out->segment_ms = rest / SEGMENTS < longest_segment_ms ? rest / SEGMENTS : longest_segment_ms;
    out->retention_ms = rest - out->segment_ms;
    return true;
}

bool topic_design(const struct topic_need *needs, size_t n, size_t i, int64_t check_ms,
                  struct kafka_topic *out) {
    *out = (struct kafka_topic){.name = needs[i].topic.name, .n_partitions = 1};
    int64_t allow_ms = -1;
    for (size_t k = 0; k < n; k++) {
        const struct topic_need *need = &needs[k];
        if (strcmp(need->topic.name, out->name) != 0) continue;
        if (need->allow_ms >= 0 && (allow_ms < 0 || need->allow_ms < allow_ms))
            allow_ms = need->allow_ms;
        if (need->use != TOPIC_OUTPUT) continue;
        const struct kafka_topic *input = &needs[need->input].topic;
        if (input->n_partitions > out->n_partitions) out->n_partitions = input->n_partitions;
        if (input->max_bytes > out->max_bytes) out->max_bytes = input->max_bytes;
    }
    return design_times(allow_ms, check_ms, out);
}
