/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer's side of the group: partitions come and go, the position goes back after a
 * transaction was given up, the lag is told.
 *
 * A revoked partition is not given away inside the callback: its records may be with the workers.
 * The callback keeps the list, `wants_drain` becomes true, and librdkafka (which stops fetching
 * meanwhile) waits for the unassign call that `drain` makes after the last commit. A lost partition
 * belongs to somebody else already: it goes at once and the transaction is given up. */
#include "io/kafka_private.h"

#include <stdio.h>

enum { LIST_TEXT = 400, SKIM = 1000 };

size_t group_input(struct kafka *k, const char *topic) {
    if (strcmp(k->inputs[k->last_input].topic, topic) == 0) return k->last_input;
    for (size_t i = 0; i < k->n_inputs; i++)
        if (strcmp(k->inputs[i].topic, topic) == 0) return k->last_input = i;
    return SIZE_MAX;
}

struct partition *group_partition(struct kafka *k, size_t input, int32_t number) {
    struct input *in = &k->inputs[input];
    const size_t need = (size_t)number + 1;
    if (need > in->n_partitions) {
        if (!VEC_GROW(in->partitions, in->cap_partitions, need)) return NULL;
        for (size_t i = in->n_partitions; i < need; i++)
            in->partitions[i] =
                (struct partition){.first = -1, .taken = -1, .next = -1, .saved = -1, .end = -1};
        in->n_partitions = need;
    }
    return &in->partitions[number];
}

/* ---- rebalance ---- */

static void list_text(const rd_kafka_topic_partition_list_t *list, char *text, size_t cap) {
    size_t len = 0;
    for (int i = 0; i < list->cnt && len + 1 < cap; i++) {
        const int n = snprintf(text + len, cap - len, "%s%s/%d", i ? " " : "", list->elems[i].topic,
                               list->elems[i].partition);
        len += n > 0 ? (size_t)n : 0;
    }
    if (list->cnt == 0) snprintf(text, cap, "none");
}

static void mark(struct kafka *k, const rd_kafka_topic_partition_list_t *list, bool is_mine) {
    for (int i = 0; i < list->cnt; i++) {
        const size_t input = group_input(k, list->elems[i].topic);
        struct partition *p =
            input == SIZE_MAX ? NULL : group_partition(k, input, list->elems[i].partition);
        if (p)
            *p = (struct partition){
                .first = -1, .taken = -1, .next = -1, .saved = -1, .end = -1, .mine = is_mine};
    }
}

static void give_away(struct kafka *k, rd_kafka_topic_partition_list_t *list) {
    if (k->held && rd_kafka_topic_partition_list_find(list, rd_kafka_topic_name(k->held->rkt),
                                                      k->held->partition)) {
        rd_kafka_message_destroy(k->held); /* its next owner reads it */
        k->held = NULL;
    }
    mark(k, list, false);
    if (strcmp(rd_kafka_rebalance_protocol(k->consumer), "COOPERATIVE") != 0) {
        rd_kafka_assign(k->consumer, NULL);
        return;
    }
    rd_kafka_error_t *e = rd_kafka_incremental_unassign(k->consumer, list);
    if (!e) return;
    kafka_say(k, KAFKA_LOG_WARNING, "rebalance", "unassign: %s", rd_kafka_error_string(e));
    rd_kafka_error_destroy(e);
}

static void take_over(struct kafka *k, rd_kafka_topic_partition_list_t *list) {
    mark(k, list, true);
    if (strcmp(rd_kafka_rebalance_protocol(k->consumer), "COOPERATIVE") != 0) {
        rd_kafka_assign(k->consumer, list);
        return;
    }
    rd_kafka_error_t *e = rd_kafka_incremental_assign(k->consumer, list);
    if (!e) return;
    kafka_say(k, KAFKA_LOG_WARNING, "rebalance", "assign: %s", rd_kafka_error_string(e));
    rd_kafka_error_destroy(e);
}

void group_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                     void *opaque) {
    struct kafka *k = opaque;
    char text[LIST_TEXT];
    list_text(list, text, sizeof text);
    k->snapshot_ns = 0;
    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        kafka_say(k, KAFKA_LOG_INFO, "assigned", "%s", text);
        take_over(k, list);
        return;
    }
    if (err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        kafka_say(k, KAFKA_LOG_WARNING, "rebalance", "%s", rd_kafka_err2str(err));
    const bool is_lost = rd_kafka_assignment_lost(rk);
    kafka_say(k, is_lost ? KAFKA_LOG_WARNING : KAFKA_LOG_INFO, is_lost ? "lost" : "revoked", "%s",
              text);
    if (is_lost && !k->closing && k->state == STATE_RUN) k->lost = true;
    if (is_lost || k->closing || k->state != STATE_RUN || k->revoked) {
        give_away(k, list);
        return;
    }
    k->revoked = rd_kafka_topic_partition_list_copy(list);
}

void group_hand_over(struct kafka *k) {
    if (!k->revoked) return;
    rd_kafka_topic_partition_list_t *list = k->revoked;
    k->revoked = NULL;
    give_away(k, list);
    rd_kafka_topic_partition_list_destroy(list);
}

enum logwash_status group_subscribe(struct kafka *k, struct logwash_error *err) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)k->n_inputs);
    for (size_t i = 0; i < k->n_inputs; i++)
        rd_kafka_topic_partition_list_add(list, k->inputs[i].topic, RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(k->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return kafka_set_fatal(k, LOGWASH_FATAL, err, "subscribe: %s", rd_kafka_err2str(code));
    return LOGWASH_OK;
}

/* ---- going back ---- */

/* Where the partition goes back to: what is committed; else where we began. -1: nothing was read,
 * it stays. */
static int64_t place(const struct partition *p, int64_t committed) {
    if (p->taken < 0) return -1;
    return committed >= 0 ? committed : p->first;
}

static enum logwash_status seek(struct kafka *k, rd_kafka_topic_partition_list_t *list) {
    rd_kafka_error_t *e = list->cnt ? rd_kafka_seek_partitions(k->consumer, list, STEP_MS) : NULL;
    if (e) {
        snprintf(k->reason, sizeof k->reason, "seek: %s", rd_kafka_error_string(e));
        rd_kafka_error_destroy(e);
        return LOGWASH_AGAIN;
    }
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err) {
            snprintf(k->reason, sizeof k->reason, "seek: %s", rd_kafka_err2str(list->elems[i].err));
            return LOGWASH_AGAIN;
        }
    for (int i = 0; i < list->cnt; i++) {
        struct partition *p =
            group_partition(k, group_input(k, list->elems[i].topic), list->elems[i].partition);
        const int64_t at = list->elems[i].offset;
        *p = (struct partition){
            .first = at, .taken = -1, .next = -1, .saved = at, .end = p->end, .mine = true};
    }
    return LOGWASH_OK;
}

enum logwash_status group_rewind(struct kafka *k, struct logwash_error *err) {
    (void)err;
    rd_kafka_topic_partition_list_t *list = NULL, *back;
    if (rd_kafka_assignment(k->consumer, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return LOGWASH_AGAIN;
    const rd_kafka_resp_err_t code =
        list->cnt ? rd_kafka_committed(k->consumer, list, STEP_MS) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code) {
        snprintf(k->reason, sizeof k->reason, "committed offsets: %s", rd_kafka_err2str(code));
        rd_kafka_topic_partition_list_destroy(list);
        return LOGWASH_AGAIN;
    }
    back = rd_kafka_topic_partition_list_new(list->cnt);
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &list->elems[i];
        const size_t input = group_input(k, one->topic);
        const struct partition *p =
            input == SIZE_MAX ? NULL : group_partition(k, input, one->partition);
        const int64_t at = p && p->mine ? place(p, one->offset) : -1;
        if (at >= 0)
            rd_kafka_topic_partition_list_add(back, one->topic, one->partition)->offset = at;
    }
    const enum logwash_status status = seek(k, back);
    rd_kafka_topic_partition_list_destroy(back);
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

enum logwash_status group_skim(struct kafka *k, struct logwash_error *err) {
    enum logwash_status status = LOGWASH_OK;
    rd_kafka_message_t *m;
    for (int i = 0; i < SKIM && status == LOGWASH_OK; i++) {
        if (!(m = rd_kafka_consumer_poll(k->consumer, 0))) break;
        const size_t input =
            m->rkt && !m->err ? group_input(k, rd_kafka_topic_name(m->rkt)) : SIZE_MAX;
        struct partition *p = input == SIZE_MAX ? NULL : group_partition(k, input, m->partition);
        if (p && p->mine) {
            if (p->first < 0) p->first = m->offset;
            p->taken = m->offset + 1;
        }
        if (m->err == RD_KAFKA_RESP_ERR__FATAL) status = kafka_client_fatal(k, k->consumer, err);
        rd_kafka_message_destroy(m);
    }
    return status;
}

/* ---- questions ---- */

bool group_is_at_end(const struct kafka *k) {
    for (size_t i = 0; i < k->n_inputs; i++) {
        const struct input *in = &k->inputs[i];
        if (in->n_partitions < (size_t)in->n_in) return false;
        for (size_t p = 0; p < in->n_partitions; p++)
            if (!in->partitions[p].mine || !in->partitions[p].at_end) return false;
    }
    return true;
}

static int64_t lag_of(struct kafka *k, const struct input *in, size_t number) {
    struct partition *p = &in->partitions[number];
    int64_t low, high, end = p->end;
    if (rd_kafka_get_watermark_offsets(k->consumer, in->topic, (int32_t)number, &low, &high) ==
            RD_KAFKA_RESP_ERR_NO_ERROR &&
        high > end)
        end = high;
    if (end < 0) return -1;
    /* At the end, markers of transactions may stand behind the last record. */
    if (p->at_end && p->taken == p->saved && end == p->end) return 0;
    const int64_t from = p->saved >= 0 ? p->saved : p->first;
    if (from < 0) return -1;
    return end > from ? end - from : 0;
}

void group_snapshot(struct kafka *k) {
    size_t n = 0;
    for (size_t i = 0; i < k->n_inputs; i++) n += k->inputs[i].n_partitions;
    pthread_mutex_lock(&k->lock);
    k->n_lag = 0;
    if (VEC_GROW(k->lag, k->cap_lag, n))
        for (size_t i = 0; i < k->n_inputs; i++)
            for (size_t p = 0; p < k->inputs[i].n_partitions; p++)
                if (k->inputs[i].partitions[p].mine)
                    k->lag[k->n_lag++] = (struct kafka_lag){k->inputs[i].topic, (int32_t)p,
                                                            lag_of(k, &k->inputs[i], p)};
    pthread_mutex_unlock(&k->lock);
}
