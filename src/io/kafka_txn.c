/* SPDX-License-Identifier: Apache-2.0 */
/* Commit, giving up, recovery.
 *
 * A commit carries the offsets of just what was put. What can go wrong with it:
 *     fatal (fenced)     the end stops; whoever fenced us has taken over
 *     abortable          ABORT: the pipeline calls discard, the transaction is aborted, the
 * consumer goes back indefinite         nobody knows whether it was committed: the producer is
 * closed and opened afresh, and init_transactions ends the old transaction one way or the other,
 * with a new epoch, so that a request still on its way can never touch a later transaction; then
 * the committed offsets tell which way it was At least once there is no transaction: flush, look
 * for failed deliveries, commit the offsets. */
#include "io/kafka_private.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

enum { FIRST_PAUSE_MS = 50, LAST_PAUSE_MS = 5000 };
const unsigned kafka_commit_bounds_ms[KAFKA_COMMIT_BUCKETS] = {5,   10,  25,   50,   100,
                                                               250, 500, 1000, 5000, UINT_MAX};

static bool is_exact(const struct kafka *k) { return k->delivery == KAFKA_EXACTLY_ONCE; }

enum logwash_status txn_error(struct kafka *k, rd_kafka_error_t *e, const char *what,
                              struct logwash_error *err) {
    const bool is_fatal =
        rd_kafka_error_is_fatal(e) || rd_kafka_error_code(e) == RD_KAFKA_RESP_ERR__FATAL;
    const rd_kafka_resp_err_t code = rd_kafka_error_code(e);
    enum logwash_status status;
    if (is_fatal) {
        status = kafka_client_fatal(k, k->producer, err);
    } else if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        status = kafka_set_fatal(k, LOGWASH_FATAL, err, "the broker does not allow group '%s'",
                                 k->group);
    } else if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
               code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
        status = kafka_set_fatal(k, LOGWASH_CONFIG, err,
                                 "topic '%s' is gone or has fewer partitions than its input", what);
    } else {
        /* Retriable here means: it was retried until the time was up. */
        if (code == RD_KAFKA_RESP_ERR__TIMED_OUT || rd_kafka_error_is_retriable(e))
            k->reopen = true;
        status = end_error(err, LOGWASH_ABORT, what, 0, "%s: %s", rd_kafka_error_name(e),
                           rd_kafka_error_string(e));
    }
    rd_kafka_error_destroy(e);
    return status;
}

enum logwash_status txn_begin(struct kafka *k, struct logwash_error *err) {
    if (k->open) return LOGWASH_OK;
    if (is_exact(k)) {
        rd_kafka_error_t *e = rd_kafka_begin_transaction(k->producer);
        if (e) return txn_error(k, e, "begin of a transaction", err);
    }
    k->open = true;
    k->opened_ns = kafka_now_ns();
    return LOGWASH_OK;
}

bool txn_is_due(const struct kafka *k) {
    return k->open && (k->open_records >= k->commit_records || k->open_bytes >= k->commit_bytes ||
                       kafka_now_ns() - k->opened_ns >= k->commit_ms * INT64_C(1000000));
}

enum logwash_status txn_init(struct kafka *k, struct logwash_error *err) {
    if (!is_exact(k)) return LOGWASH_OK;
    rd_kafka_error_t *e = rd_kafka_init_transactions(k->producer, STEP_MS);
    if (!e) return LOGWASH_OK;
    if (rd_kafka_error_is_fatal(e)) {
        rd_kafka_error_destroy(e);
        return kafka_client_fatal(k, k->producer, err);
    }
    const bool may_retry =
        rd_kafka_error_is_retriable(e) || rd_kafka_error_code(e) == RD_KAFKA_RESP_ERR__TIMED_OUT;
    const enum logwash_status status =
        may_retry ? kafka_back_off(k, "transaction coordinator", rd_kafka_error_string(e))
                  : kafka_set_fatal(k, LOGWASH_FATAL, err, "init_transactions: %s",
                                    rd_kafka_error_string(e));
    rd_kafka_error_destroy(e);
    return status;
}

/* ---- commit ---- */

static rd_kafka_topic_partition_list_t *dirty_offsets(const struct kafka *k) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (size_t i = 0; i < k->n_inputs; i++)
        for (size_t p = 0; p < k->inputs[i].n_partitions; p++)
            if (k->inputs[i].partitions[p].dirty)
                rd_kafka_topic_partition_list_add(list, k->inputs[i].topic, (int32_t)p)->offset =
                    k->inputs[i].partitions[p].next;
    return list;
}

static int left_ms(int64_t deadline_ns) {
    const int64_t left = (deadline_ns - kafka_now_ns()) / 1000000;
    return left < 1 ? 1 : left > MAX_COMMIT_MS ? MAX_COMMIT_MS : (int)left;
}

static enum logwash_status commit_exact(struct kafka *k, rd_kafka_topic_partition_list_t *offsets,
                                        int64_t deadline_ns, struct logwash_error *err) {
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(k->consumer);
    rd_kafka_error_t *e = NULL;
    for (int step = 0; step < 2;) {
        e = step == 0 ? rd_kafka_send_offsets_to_transaction(k->producer, offsets, group,
                                                             left_ms(deadline_ns))
                      : rd_kafka_commit_transaction(k->producer, left_ms(deadline_ns));
        if (!e) {
            step++;
            continue;
        }
        const bool is_late =
            rd_kafka_error_code(e) == RD_KAFKA_RESP_ERR__TIMED_OUT || kafka_now_ns() >= deadline_ns;
        if (!rd_kafka_error_is_retriable(e) || is_late) break;
        rd_kafka_error_destroy(e);
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
    }
    rd_kafka_consumer_group_metadata_destroy(group);
    return e ? txn_error(k, e, "commit", err) : LOGWASH_OK;
}

static enum logwash_status commit_at_least(struct kafka *k,
                                           rd_kafka_topic_partition_list_t *offsets,
                                           int64_t deadline_ns, struct logwash_error *err) {
    const rd_kafka_resp_err_t flushed = rd_kafka_flush(k->producer, left_ms(deadline_ns));
    if (k->fatal) return kafka_set_fatal(k, LOGWASH_FATAL, err, "stopped");
    if (flushed || k->delivery_error) {
        k->reopen = true;
        return end_error(err, LOGWASH_ABORT, "delivery", 0, "%s",
                         rd_kafka_err2str(k->delivery_error ? k->delivery_error : flushed));
    }
    const rd_kafka_resp_err_t code = rd_kafka_commit(k->consumer, offsets, 0);
    if (code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return kafka_client_fatal(k, k->consumer, err);
    if (code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS) return LOGWASH_AGAIN;
    if (code)
        return end_error(err, LOGWASH_ABORT, "commit of offsets", 0, "%s", rd_kafka_err2str(code));
    return LOGWASH_OK;
}

static void close_books(struct kafka *k) {
    k->open = false;
    k->open_records = k->open_bytes = 0;
    k->sent.n = 0;
    k->delivery_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < k->n_inputs; i++)
        for (size_t p = 0; p < k->inputs[i].n_partitions; p++)
            k->inputs[i].partitions[p].dirty = false;
}

static void committed(struct kafka *k, int64_t took_ns) {
    for (size_t i = 0; i < k->n_inputs; i++)
        for (size_t p = 0; p < k->inputs[i].n_partitions; p++) {
            struct partition *one = &k->inputs[i].partitions[p];
            if (one->dirty) one->saved = one->first = one->next;
        }
    close_books(k);
    k->too_large.n = 0;
    k->aborts = 0;
    atomic_store(&k->healthy, true);
    const uint64_t us = (uint64_t)took_ns / 1000;
    size_t b = 0;
    while (b + 1 < KAFKA_COMMIT_BUCKETS && us > kafka_commit_bounds_ms[b] * UINT64_C(1000)) b++;
    pthread_mutex_lock(&k->lock);
    k->commits.n++;
    k->commits.sum_us += us;
    k->commits.bucket[b]++;
    pthread_mutex_unlock(&k->lock);
    if (k->stats) STATS_ADD(k->stats, commits, 1);
}

enum logwash_status txn_commit(struct kafka *k, int64_t deadline_ns, struct logwash_error *err) {
    if (!k->open) return LOGWASH_OK;
    if (k->state != STATE_RUN || k->lost || (k->revoked && rd_kafka_assignment_lost(k->consumer)))
        return end_error(err, LOGWASH_ABORT, "commit", 0,
                         "the partitions belong to another member now");
    const int64_t begun = kafka_now_ns();
    rd_kafka_topic_partition_list_t *offsets = dirty_offsets(k);
    const enum logwash_status status = is_exact(k) ? commit_exact(k, offsets, deadline_ns, err)
                                                   : commit_at_least(k, offsets, deadline_ns, err);
    rd_kafka_topic_partition_list_destroy(offsets);
    if (status == LOGWASH_OK) committed(k, kafka_now_ns() - begun);
    if (status != LOGWASH_AGAIN) return status;
    /* The group is busy with itself; the records are delivered, their offsets follow. */
    k->opened_ns = kafka_now_ns();
    k->open_records = k->open_bytes = 0;
    return LOGWASH_OK;
}

/* ---- giving up, recovery ---- */

static int pause_ms(unsigned aborts) {
    return aborts < 7 ? FIRST_PAUSE_MS << aborts : LAST_PAUSE_MS;
}

void txn_discard(struct kafka *k) {
    k->epoch++;
    atomic_store(&k->ready, false);
    if (k->held) rd_kafka_message_destroy(k->held);
    k->held = NULL;
    k->lost = false;
    group_hand_over(k);
    if (k->state == STATE_RUN) k->state = STATE_ABORT;
    /* What fails each time is not tried as fast as it can. */
    if (k->aborts++ > 0) k->retry_at_ns = kafka_now_ns() + pause_ms(k->aborts) * INT64_C(1000000);
}

static enum logwash_status end_transaction(struct kafka *k, struct logwash_error *err) {
    if (k->reopen) {
        kafka_say(k, KAFKA_LOG_WARNING, "reopened",
                  "nobody knows how the last commit ended: the producer starts afresh");
        producer_close(k);
        const enum logwash_status status = producer_open(k, err);
        if (status != LOGWASH_OK)
            return kafka_set_fatal(k, LOGWASH_FATAL, err, "the producer could not be opened again");
        k->reopen = false;
        k->state = STATE_REINIT;
        return LOGWASH_OK;
    }
    if (k->open && is_exact(k)) {
        rd_kafka_error_t *e = rd_kafka_abort_transaction(k->producer, STEP_MS);
        if (e && !rd_kafka_error_is_fatal(e)) {
            kafka_back_off(k, "abort", rd_kafka_error_string(e));
            k->reopen = true;
            rd_kafka_error_destroy(e);
            return LOGWASH_AGAIN;
        }
        if (e) return txn_error(k, e, "abort", err);
    }
    k->state = STATE_REWIND;
    return LOGWASH_OK;
}

enum logwash_status txn_recover(struct kafka *k, struct logwash_error *err) {
    enum logwash_status status = LOGWASH_OK;
    if (k->state == STATE_ABORT) status = end_transaction(k, err);
    if (status == LOGWASH_OK && k->state == STATE_REINIT) {
        status = txn_init(k, err);
        if (status == LOGWASH_OK) k->state = STATE_REWIND;
    }
    if (status != LOGWASH_OK || k->state != STATE_REWIND) return status;
    close_books(k);
    status = group_rewind(k, err);
    if (status != LOGWASH_OK) {
        status = group_skim(k, err);
        return status == LOGWASH_OK
                   ? kafka_back_off(k, "going back to the committed offsets", k->reason)
                   : status;
    }
    k->state = STATE_RUN;
    k->snapshot_ns = 0;
    atomic_store(&k->ready, true);
    kafka_calm(k);
    kafka_say(k, KAFKA_LOG_INFO, "recovered", "reading again from the committed offsets");
    return LOGWASH_OK;
}
