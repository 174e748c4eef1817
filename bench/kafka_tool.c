/* SPDX-License-Identifier: Apache-2.0 */
/* What `bench/kafka.sh` and the demo on a real broker need beside the service:
 *
 *     kafka_tool probe HOST:PORT                            does a broker answer?
 *     kafka_tool topic BOOTSTRAP TOPIC PARTITIONS           makes a topic
 *     kafka_tool load BOOTSTRAP TOPIC PARTITIONS BYTES LOG  fills it with the lines of a file, over
 * and over; prints records and bytes kafka_tool identity BOOTSTRAP INPUT OUTPUT N          the loop
 * the service is measured against, until N records are committed
 *
 * The identity loop does what the service does without washing: same partition, key, timestamp and
 * headers, two more headers of the size the service adds, a transaction every 300 ms. */
#include "io/kafka.h"
#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COMMIT_MS = 300, TIMEOUT_MS = 30000, LOAD_RECORDS = 20000 };

_Noreturn static void die(const char *what, const char *why) {
    fprintf(stderr, "kafka_tool: %s: %s\n", what, why);
    exit(3);
}

static void must(rd_kafka_error_t *error, const char *what) {
    if (error) die(what, rd_kafka_error_string(error));
}

/* NAME, VALUE, ..., NULL */
static rd_kafka_t *client(rd_kafka_type_t type, ...) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    va_list list;
    va_start(list, type);
    for (const char *name; (name = va_arg(list, const char *));)
        if (rd_kafka_conf_set(conf, name, va_arg(list, const char *), why, sizeof why) !=
            RD_KAFKA_CONF_OK)
            die(name, why);
    va_end(list);
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk) die("cannot make a client", why);
    return rk;
}

static int64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void forward(rd_kafka_t *producer, const char *topic, const rd_kafka_message_t *m) {
    static const char ttl[] = "1209600",
                      tags[] =
                          "classes=ipv4,email generation=0123456789abcdef source=input/0/00000000";
    rd_kafka_headers_t *old = NULL, *headers;
    headers = rd_kafka_message_headers(m, &old) == RD_KAFKA_RESP_ERR_NO_ERROR
                  ? rd_kafka_headers_copy(old)
                  : rd_kafka_headers_new(2);
    rd_kafka_header_add(headers, "logwash-ttl", -1, ttl, sizeof ttl - 1);
    rd_kafka_header_add(headers, "logwash", -1, tags, sizeof tags - 1);
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = m->partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {m->key, m->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {m->payload, m->len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = rd_kafka_message_timestamp(m, NULL)},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error;
    while ((error = rd_kafka_produceva(producer, parts, sizeof parts / sizeof *parts))) {
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL) must(error, "produce");
        rd_kafka_error_destroy(error);
        rd_kafka_poll(producer, 10);
    }
}

static void commit(rd_kafka_t *consumer, rd_kafka_t *producer) {
    rd_kafka_topic_partition_list_t *offsets = NULL;
    if (rd_kafka_assignment(consumer, &offsets) != RD_KAFKA_RESP_ERR_NO_ERROR)
        die("assignment", "unknown");
    rd_kafka_position(consumer, offsets);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(consumer);
    must(rd_kafka_send_offsets_to_transaction(producer, offsets, group, TIMEOUT_MS), "offsets");
    must(rd_kafka_commit_transaction(producer, TIMEOUT_MS), "commit");
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
}

static void run(rd_kafka_t *consumer, rd_kafka_t *producer, const char *output, long n_wanted) {
    long n = 0, in_transaction = 0;
    int64_t begun = 0;
    while (n < n_wanted) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, in_transaction ? 10 : 1000);
        if (m && m->err) die("consume", rd_kafka_message_errstr(m));
        if (m) {
            if (in_transaction++ == 0) {
                must(rd_kafka_begin_transaction(producer), "begin");
                begun = now_ms();
            }
            forward(producer, output, m);
            rd_kafka_message_destroy(m);
        }
        if (in_transaction && (now_ms() - begun >= COMMIT_MS || n + in_transaction >= n_wanted)) {
            commit(consumer, producer);
            n += in_transaction;
            in_transaction = 0;
        }
        rd_kafka_poll(producer, 0);
    }
}

static int identity(char **args) {
    const char *bootstrap = args[0], *input = args[1], *output = args[2];
    char group[64];
    snprintf(group, sizeof group, "identity-%lld", (long long)time(NULL));
    rd_kafka_t *producer =
        client(RD_KAFKA_PRODUCER, "bootstrap.servers", bootstrap, "transactional.id", group,
               "linger.ms", "50", "batch.size", "1000000", "queue.buffering.max.messages",
               "1000000", (const char *)NULL);
    rd_kafka_t *consumer =
        client(RD_KAFKA_CONSUMER, "bootstrap.servers", bootstrap, "group.id", group,
               "auto.offset.reset", "earliest", "enable.auto.commit", "false", "isolation.level",
               "read_committed", "queued.min.messages", "1000000", "queued.max.messages.kbytes",
               "131072", "fetch.message.max.bytes", "4194304", (const char *)NULL);
    must(rd_kafka_init_transactions(producer, TIMEOUT_MS), "transactions");
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, input, RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(consumer, topics) != RD_KAFKA_RESP_ERR_NO_ERROR) die("subscribe", input);
    rd_kafka_topic_partition_list_destroy(topics);
    run(consumer, producer, output, strtol(args[3], NULL, 10));
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    return 0;
}

static uint8_t *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) die("cannot open", path);
    long size = ftell(f);
    uint8_t *data = malloc((size_t)size + 1);
    rewind(f);
    if (size <= 0 || !data || fread(data, 1, (size_t)size, f) != (size_t)size)
        die("cannot read, or empty", path);
    fclose(f);
    *len = (size_t)size;
    return data;
}

/* Lines of the file as records, `wanted` bytes of values in all, spread over the partitions line by
 * line. */
static int load(char **args) {
    int n_partitions = atoi(args[2]);
    size_t wanted = strtoull(args[3], NULL, 10), len, bytes = 0, n = 0, total = 0;
    uint8_t *data = read_file(args[4], &len);
    struct kafka_record *records = calloc(LOAD_RECORDS, sizeof *records);
    struct logwash_error err = {0};
    if (!records || n_partitions <= 0) die("load", "partitions or memory");
    for (size_t off = 0; bytes < wanted;) {
        const uint8_t *end = memchr(data + off, '\n', len - off);
        size_t line = end ? (size_t)(end - data) - off : len - off;
        if (line > 0) {
            records[n++] =
                (struct kafka_record){.partition = (int32_t)(total++ % (size_t)n_partitions),
                                      .value = slice_of(data + off, line)};
            bytes += line;
        }
        off = off + line + 1 >= len ? 0 : off + line + 1;
        if (n < LOAD_RECORDS && bytes < wanted) continue;
        if (kafka_load(args[0], args[1], records, n, &err) != LOGWASH_OK) die("load", err.message);
        n = 0;
    }
    printf("%zu %zu\n", total, bytes);
    free(records);
    free(data);
    return 0;
}

static int topic(char **args) {
    struct logwash_error err = {0};
    if (kafka_topic_create(args[0], args[1], atoi(args[2]), 1, &err) != LOGWASH_OK)
        die(args[1], err.message);
    return 0;
}

static int probe(char **args) { return kafka_answers(args[0], 2000) ? 0 : 3; }

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int n_args;
        int (*run)(char **args);
    } commands[] = {{"probe", 1, probe},
                    {"topic", 3, topic},
                    {"load", 5, load},
                    {"identity", 4, identity}};
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 == commands[i].n_args)
            return commands[i].run(argv + 2);
    fputs("usage: kafka_tool probe|topic|load|identity ..., see bench/kafka_tool.c\n", stderr);
    return 2;
}
