/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Kafka end share: its state, and who does what to it.
 *
 *     kafka.c         verbs of the end, steps from start to running, log
 *     kafka_conf.c    properties and the two clients
 *     kafka_topics.c  topics exist, are wide enough, take what size
 *     kafka_group.c   assigned and revoked partitions, going back, lag
 *     kafka_note.c    message -> records of a batch, and what must be remembered about it
 *     kafka_put.c     washed batch -> messages
 *     kafka_route.c   which topic a record goes to
 *     kafka_txn.c     commit, giving up, recovery
 *
 * Everything is used by the owner thread alone, except the atomics and what `lock` guards. */
#ifndef LW_IO_KAFKA_PRIVATE_H
#define LW_IO_KAFKA_PRIVATE_H

#include "io/kafka.h"
#include "io/watch.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    STEP_MS = 2000,        /* what one blocking call may take */
    MAX_COMMIT_MS = 30000, /* a longer commit counts as indefinite */
    BATCH_MESSAGES = 4096,
};

enum kafka_state {
    STATE_TOPICS, /* looking for brokers and topics */
    STATE_INIT,   /* init_transactions: what an older self left open ends here */
    STATE_SUBSCRIBE,
    STATE_RUN,
    STATE_ABORT,  /* recovery: end the transaction, or open the producer afresh */
    STATE_REINIT, /* recovery: init_transactions of the fresh producer */
    STATE_REWIND, /* recovery: consumer back to the committed offsets */
};

struct partition {
    int64_t first; /* where to go back to when nothing is committed; -1: nothing taken yet */
    int64_t taken; /* first offset not taken from the client; -1: none taken */
    int64_t next;  /* first offset not put; -1: none put */
    int64_t saved; /* first offset not committed; -1: none committed by us */
    int64_t end;   /* end of partition as seen last; -1: unknown */
    bool mine, dirty, at_end;
};

/* A topic that is written. */
struct route {
    char *topic;
    int n_partitions;      /* from the check */
    size_t max_bytes;      /* what it takes in one message; 0: unknown */
    rd_kafka_topic_t *rkt; /* at the producer */
};
struct routes {
    struct route *items; /* by region, then by bucket; of the quarantine: then the unknown region */
    size_t n;
};
struct bucket {
    char *name;
    int64_t sec;
};
struct routing { /* own copies of the options */
    char *region_header, **regions;
    size_t n_regions;
    struct bucket *buckets;
    size_t n_buckets;
    bool drop_expired;
};

struct input {
    char *topic;
    struct routes outputs;
    enum kafka_key record_key;
    char **skip_headers;
    size_t n_skip_headers;
    struct partition *partitions;
    size_t n_partitions, cap_partitions;
    int n_in; /* partitions of the topic, from the check */
};

/* A message on its way, in the order of the transaction: to find it again when its delivery failed.
 */
struct sent {
    uint32_t input;
    int32_t partition;
    int64_t offset;
};
/* A set of them, small. */
struct sent_list {
    struct sent *items;
    size_t n, cap;
};

struct properties { /* own copies */
    char **names, **values;
    size_t n;
};

struct kafka {
    struct end end; /* first */

    struct properties common, consumer_properties, producer_properties;
    char *group, *instance, *tier_header, *bootstrap;
    struct routing routing;
    struct input *inputs;
    size_t n_inputs;
    enum kafka_delivery delivery;
    bool shadow; /* nothing is written */
    struct watch watch;
    uint64_t n_withheld; /* of the batch that is put */
    unsigned commit_ms, output_headers, topic_wait_ms;
    uint64_t commit_records, commit_bytes, prefetch_bytes;
    bool stop_at_end;
    int commit_timeout_ms;
    void (*log)(void *ctx, enum kafka_level level, const char *event, const char *text);
    void *log_ctx;
    struct stats *stats;

    rd_kafka_t *consumer, *producer;
    rd_kafka_queue_t *queue;
    struct routes quarantine; /* n 0: there is none */
    size_t batch_cap;         /* the smallest limit of the output topics; 0: unknown */
    int wake_fd;              /* eventfd: readable when the consumer's queue holds something */

    enum kafka_state state;
    uint64_t epoch;
    int64_t retry_at_ns, started_ns, away_since_ns, told_ns, retry_told_ns, probe_ns, snapshot_ns,
        wake_ns;
    unsigned retry_ms;
    bool paused, closing, lost, reopen, auth_refused;
    bool fatal;
    struct logwash_error fatal_error;
    char why[384];    /* why the transaction is given up */
    unsigned aborts;  /* in a row, without a commit between them */
    char reason[256]; /* what a client complained about last */

    rd_kafka_message_t *held; /* taken, but of another input than the batch */
    size_t last_input;
    rd_kafka_topic_partition_list_t *revoked; /* waits for drain; NULL: none */

    bool open; /* something was put since the last commit */
    int64_t opened_ns;
    uint64_t open_records, open_bytes;
    struct sent_list sent;      /* of the open transaction */
    struct sent_list too_large; /* refused for their size by a broker */
    rd_kafka_resp_err_t delivery_error;
    struct buf text; /* of a header, kept for its memory */

    atomic_bool healthy, ready;
    pthread_mutex_t lock; /* lag, commits */
    struct kafka_lag *lag;
    size_t n_lag, cap_lag;
    struct kafka_commits commits;
};

static inline struct kafka *kafka_of(struct end *end) { return (struct kafka *)end; }
int64_t kafka_now_ns(void);
void kafka_say(struct kafka *k, enum kafka_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The end can't go on; the first reason stays. Returns FATAL, or the status given. */
enum logwash_status kafka_set_fatal(struct kafka *k, enum logwash_status status,
                                    struct logwash_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same for a fatal error of a client, in words for people. */
enum logwash_status kafka_client_fatal(struct kafka *k, rd_kafka_t *client,
                                       struct logwash_error *err);
/* Waits longer each time before the next step, and says why now and then. Returns AGAIN. */
enum logwash_status kafka_back_off(struct kafka *k, const char *what, const char *why);
void kafka_calm(struct kafka *k);

/* kafka_conf.c */
bool properties_copy(struct properties *out, const struct kafka_property *items, size_t n);
void properties_free(struct properties *properties);
const char *properties_get(const struct properties *properties, const char *name);
enum logwash_status consumer_open(struct kafka *k, struct logwash_error *err);
enum logwash_status producer_open(struct kafka *k, struct logwash_error *err);
void producer_close(struct kafka *k);

/* kafka_route.c */
bool routing_copy(struct routing *routing, const struct kafka_options *options);
void routing_free(struct routing *routing);
/* All topics a template can lead to. */
enum logwash_status routes_make(const struct routing *routing, const char *template,
                                const char *input, bool for_quarantine, struct routes *out,
                                struct logwash_error *err);
/* ARGUMENT: records of several regions would stand in one topic. */
enum logwash_status routes_check(const struct kafka *k, struct logwash_error *err);
void routes_free(struct routes *routes);
bool routes_open(struct routes *routes, rd_kafka_t *producer);
void routes_close(struct routes *routes);
/* Number of the region; n_regions: an unknown one. */
size_t routing_region(const struct routing *routing, struct slice value);
/* Number of the largest bucket that is not longer; SIZE_MAX: all are, or there are none. */
size_t routing_bucket(const struct routing *routing, int64_t ttl_sec);
/* `bucket` SIZE_MAX: the shortest. */
struct route *routes_of(const struct kafka *k, size_t input, size_t region, size_t bucket);

/* kafka_topics.c */
enum logwash_status topics_check(struct kafka *k, struct logwash_error *err);
/* Does a broker answer? Takes at most timeout_ms. */
bool topics_probe(struct kafka *k, int timeout_ms);

/* kafka_group.c */
void group_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                     void *opaque);
enum logwash_status group_subscribe(struct kafka *k, struct logwash_error *err);
/* Gives the revoked partitions away, if any wait. */
void group_hand_over(struct kafka *k);
/* Index of the input with that topic; SIZE_MAX: none. */
size_t group_input(struct kafka *k, const char *topic);
/* NULL: out of memory. */
struct partition *group_partition(struct kafka *k, size_t input, int32_t number);
enum logwash_status group_rewind(struct kafka *k, struct logwash_error *err);
/* Serves what waits in the consumer's queue while recovering; records are passed over, they are
 * read again. */
enum logwash_status group_skim(struct kafka *k, struct logwash_error *err);
bool group_is_at_end(const struct kafka *k);
void group_snapshot(struct kafka *k);

/* kafka_note.c */
struct note_header {
    uint32_t name_off, name_len;   /* in bytes */
    uint32_t value_off, value_len; /* skipped: in bytes */
    bool is_skipped, is_null;
};
struct note_message {
    int64_t offset, time_ms;
    int32_t partition;
    uint32_t first;            /* index of its value's record */
    uint32_t size;             /* bytes of value, key and headers as they came */
    uint32_t key_off, key_len; /* a key that passes: in bytes */
    uint32_t tier_off, tier_len;
    uint32_t region, n_regions; /* its number; headers that name one */
    uint32_t header, n_headers;
    bool has_time, has_value, has_key, has_tier;
};
struct note {
    struct note_message *messages;
    size_t n, cap;
    struct note_header *headers;
    size_t n_headers, cap_headers;
    struct buf bytes;
};
/* The batch's note, made at first use, emptied when the batch is. NULL: out of memory. */
struct note *note_of(struct batch *batch);
bool note_add(struct kafka *k, struct batch *batch, size_t input, const rd_kafka_message_t *m);
/* Sets the names of header values; after the last note_add. */
void note_names(const struct kafka *k, struct batch *batch);
void note_free(void *note);

/* kafka_put.c */
enum logwash_status put_batch(struct kafka *k, struct batch *batch, struct logwash_error *err);
/* Delivery reports; only failures are reported. */
void put_failed(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque);

/* kafka_txn.c */
enum logwash_status txn_begin(struct kafka *k, struct logwash_error *err);
enum logwash_status txn_init(struct kafka *k, struct logwash_error *err);
enum logwash_status txn_commit(struct kafka *k, int64_t deadline_ns, struct logwash_error *err);
void txn_discard(struct kafka *k);
/* One step of recovery. */
enum logwash_status txn_recover(struct kafka *k, struct logwash_error *err);
bool txn_is_due(const struct kafka *k);
/* What to do about an error object, which is destroyed. */
enum logwash_status txn_error(struct kafka *k, rd_kafka_error_t *e, const char *what,
                              struct logwash_error *err);

#endif
