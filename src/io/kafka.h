/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka end: a member of a consumer group and a producer in one object, source and sink at
 * once.
 *
 * Exactly once: a transaction holds what was put and the offsets of just that
 * (send_offsets_to_transaction); it is committed every so many ms, records or bytes. Given up
 * (`discard`), the consumer goes back to the committed offsets and the epoch moves on, so that
 * batches of before are dropped. After an indefinite error (a time-out of a commit) the producer is
 * closed and opened afresh, which ends the old transaction one way or the other before anything is
 * read again. At least once: offsets are committed after everything before them was delivered.
 *
 *     start -> topics checked -> init_transactions -> subscribed -> running <-> recovering
 *
 * None of these steps blocks for more than two seconds at a time: `poll` and `tick` take one step
 * and come back, with a back-off while no broker answers. A revoked partition makes `wants_drain`
 * true; it is handed over in `drain`, after its last records were committed.
 *
 * Records a message puts into a batch, in this order: value, key (unless it passes), then name and
 * value of each header that is neither skipped nor named `logwash…` (those are removed).
 *
 * Headers added to a clean record (`output_headers`):
 *
 *     logwash-ttl: DECIMAL        seconds the record may be kept; absent without `retention`
 *     logwash: FIELD *(";" FIELD) those that were asked for, in this order:
 *         classes=[NAME *("," NAME)]     what was found in value, key and headers, by class number
 *         generation=HEX16               of rules, configuration and key ids
 *         source=TOPIC/PARTITION/OFFSET
 *
 * A record that is withheld goes to the quarantine topic, in the same transaction, without key and
 * with no byte of its own:
 *
 *     {"topic","partition","offset","timestamp","reason","generation","bytes"}
 *
 * Lifetime: what the options point at must live until kafka_open returns, `log_ctx` and `stats`
 * until close. Threads: the verbs are called by the pipeline's owner thread; kafka_is_healthy,
 * kafka_is_ready, kafka_lag and kafka_commits by any thread. No message holds record bytes. */
#ifndef LW_IO_KAFKA_H
#define LW_IO_KAFKA_H

#include "run/end.h"
#include "run/stats.h"

struct kafka_property { /* of librdkafka, passed through unless it would break a promise */
    const char *name, *value;
};
enum kafka_side { KAFKA_BOTH, KAFKA_CONSUMER, KAFKA_PRODUCER };

#define KAFKA_SHADOW_SUFFIX "-shadow"
enum kafka_delivery { KAFKA_EXACTLY_ONCE, KAFKA_AT_LEAST_ONCE };
enum kafka_key {
    KAFKA_KEY_WASH,
    KAFKA_KEY_PASS,       /* the key leaves as it came */
    KAFKA_KEY_QUARANTINE, /* a record whose key holds a finding goes to quarantine */
};
enum kafka_output_header { /* bits */
                           KAFKA_HEADER_TTL = 1,
                           KAFKA_HEADER_CLASSES = 2,
                           KAFKA_HEADER_GENERATION = 4,
                           KAFKA_HEADER_SOURCE = 8,
};
enum kafka_level { KAFKA_LOG_DEBUG, KAFKA_LOG_INFO, KAFKA_LOG_WARNING, KAFKA_LOG_ERROR };

struct kafka_input { /* its index is batch->input */
    const char *topic;
    const char *output; /* topic name; in it `{input}` stands for the input's, `{region}` for the
                         * record's region, `{ttl}` for its bucket */
    enum kafka_key record_key;
    const char *const *skip_headers; /* names of headers that pass as they are */
    size_t n_skip_headers;
};

enum { KAFKA_TOPIC_LEN = 249 };
#define KAFKA_UNKNOWN_REGION "unknown" /* in the quarantine's name */
struct kafka_bucket {                  /* of retention: topics that keep their records so long */
    const char *name;
    int64_t sec;
};

struct kafka_options {
    /* bootstrap.servers and what else both clients get; then what one of them gets */
    const struct kafka_property *common, *consumer, *producer;
    size_t n_common, n_consumer, n_producer;
    const char *group;    /* group.id */
    const char *instance; /* group.instance.id, and part of transactional.id: unique in the group,
                           * stable over restarts. NULL: no static member; at least once only */
    const struct kafka_input *inputs;
    size_t n_inputs;
    enum kafka_delivery delivery;
    bool shadow; /* nothing is written and no topic of the outputs is asked for; in a group of its
                  * own, named with KAFKA_SHADOW_SUFFIX; offsets are committed at least once */
    unsigned commit_ms;           /* 0: 300 */
    uint64_t commit_records;      /* 0: 20,000 */
    uint64_t commit_bytes;        /* bytes put; 0: 32 MiB */
    unsigned output_headers;      /* bits of enum kafka_output_header */
    const char *tier_header;      /* its raw value is the tier of logwash_ttl_sec; NULL: none */
    const char *quarantine_topic; /* `{region}` as above, or KAFKA_UNKNOWN_REGION; NULL: a withheld
                                   * record stays in its place as `[WITHHELD:reason]` */
    /* A record's region is the value of this header; one of another region than these, of none or
     * of several is withheld with the reason "region", which needs a quarantine. NULL: no regions.
     */
    const char *region_header;
    const char *const *regions;
    size_t n_regions;
    /* The largest bucket that is not longer than the time the record may be kept is its own.
     * Ascending. */
    const struct kafka_bucket *buckets;
    size_t n_buckets;
    uint64_t stop_above_ppm; /* stops when of a million records more are withheld; 0: never */
    int64_t stop_window_ms;  /* over this time */
    bool drop_expired;       /* a record is dropped whose time is over already */
    uint64_t prefetch_bytes; /* what the client reads ahead at most; 0: 64 MiB */
    unsigned topic_wait_ms;  /* how long a missing topic may take to appear; 0: 5 s */
    bool stop_at_end; /* poll returns END when all partitions are ours and read to their end: for
                         tests */
    /* event: a short fixed name ("assigned", "aborted"); text: one line. Called by the owner
     * thread. NULL: silent */
    void (*log)(void *ctx, enum kafka_level level, const char *event, const char *text);
    void *log_ctx;
    struct stats *stats; /* commits and quarantined are counted here; NULL: nowhere */
};

/* Makes both clients; reaches no broker yet (the first polls do, which return AGAIN until all is
 * well). ARGUMENT, CONFIG: a property or option is refused, err says which and why. From poll:
 * CONFIG when a topic is missing or an output topic has fewer partitions than its input; FATAL when
 * fenced, or refused by the broker. */
LOGWASH_USE enum logwash_status kafka_open(const struct kafka_options *options, struct end **out,
                                           struct logwash_error *err);
/* The topic that a template leads to; NULL: that token means nothing. False: no topic's name. */
bool kafka_topic_name(const char *template, const char *input, const char *region, const char *ttl,
                      char out[KAFKA_TOPIC_LEN + 1]);
/* Whether the property may be set, with librdkafka's own judgement of name and value; false: why,
 * in `why`. */
bool kafka_check_property(enum kafka_side side, const char *name, const char *value, char *why,
                          size_t cap);

/* False while no broker answers. */
bool kafka_is_healthy(const struct end *end);
/* True when subscribed and not recovering. */
bool kafka_is_ready(const struct end *end);

struct kafka_lag {
    const char *topic; /* lives as long as the end */
    int32_t partition;
    int64_t lag; /* records between the last one committed and the end; -1: not known yet */
};
/* At most `cap` of the assigned partitions; returns how many there are. */
size_t kafka_lag(const struct end *end, struct kafka_lag *out, size_t cap);

enum { KAFKA_COMMIT_BUCKETS = 10 };
extern const unsigned
    kafka_commit_bounds_ms[KAFKA_COMMIT_BUCKETS]; /* upper bounds; the last: UINT_MAX */
struct kafka_commits {
    uint64_t n;                            /* commits measured */
    uint64_t sum_us;                       /* time they took */
    uint64_t bucket[KAFKA_COMMIT_BUCKETS]; /* each counted once, in the first bucket it fits */
};
struct kafka_commits kafka_commits(const struct end *end);

/* ---- for the demo and the tests: a broker in this process, a loader, a reader ---- */

struct kafka_header {
    const char *name;
    struct slice value; /* ptr NULL: null */
};
struct kafka_record {
    int32_t partition;
    int64_t offset;          /* from the reader */
    int64_t time_ms;         /* 0 when loading: now; -1 from the reader: none */
    struct slice key, value; /* ptr NULL: null */
    const struct kafka_header *headers;
    size_t n_headers;
};

/* librdkafka's mock cluster: keeps about 5 MB a partition, and no transactional promise. */
struct kafka_mock;
struct kafka_mock *kafka_mock_start(int n_brokers, struct logwash_error *err);
bool kafka_mock_topic(struct kafka_mock *mock, const char *topic, int n_partitions);
const char *kafka_mock_bootstrap(const struct kafka_mock *mock);
/* The next `n` answers to requests of that kind (Kafka's API number) carry the error (Kafka's
 * code). */
void kafka_mock_fail(struct kafka_mock *mock, int api, int code, size_t n);
/* Takes all brokers away, or brings them back. */
void kafka_mock_power(struct kafka_mock *mock, bool up);
void kafka_mock_stop(struct kafka_mock *mock);

/* Writes `n` records and waits until they are there. IO, MEMORY. */
LOGWASH_USE enum logwash_status kafka_load(const char *bootstrap, const char *topic,
                                           const struct kafka_record *records, size_t n,
                                           struct logwash_error *err);

/* A topic on a real broker; the mock cluster has kafka_mock_topic. IO: refused, or there already.
 */
LOGWASH_USE enum logwash_status kafka_topic_create(const char *bootstrap, const char *topic,
                                                   int n_partitions, int n_copies,
                                                   struct logwash_error *err);
/* Does a broker answer within timeout_ms? */
bool kafka_answers(const char *bootstrap, int timeout_ms);

/* Reads all partitions of a topic from the beginning, in no group. */
struct kafka_reader;
LOGWASH_USE enum logwash_status kafka_reader_open(const char *bootstrap, const char *topic,
                                                  bool uncommitted, struct kafka_reader **out,
                                                  struct logwash_error *err);
/* The record lives until the next call. AGAIN: nothing within timeout_ms. END: every partition was
 * at its end; a later call may find more. */
LOGWASH_USE enum logwash_status kafka_reader_next(struct kafka_reader *reader, int timeout_ms,
                                                  struct kafka_record *record,
                                                  struct logwash_error *err);
void kafka_reader_close(struct kafka_reader *reader);

#endif
