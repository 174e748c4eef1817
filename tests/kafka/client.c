/* SPDX-License-Identifier: Apache-2.0 */
/* What the integration test needs of Kafka beside logwash itself; uses librdkafka alone, so that a
 * mistake in src/io cannot hide itself.
 *
 *   client probe HOST:PORT         does a broker answer?
 *   client topic BOOT TOPIC PARTITIONS COPIES [MAX]      creates; MAX: max.message.bytes
 *   client lines N SEED               log lines of our own making, to stdout
 *   client load BOOT TOPIC PARTITIONS FILE FROM N RATE [REGIONS]   lines FROM to FROM+N;
 *                                     RATE records a second, 0: all at once; REGIONS: letters, the
 *                                     header `region` of line i is that at i modulo their number,
 *                                     `-`: none
 *   client open BOOT TOPIC            how many records stand behind the last stable offset
 *   client check BOOT TOPIC FILE [-u] every line of FILE once, in order in its partition, with
 *                                     these bytes; -u: read uncommitted: may stand there several
 *                                     times, else as above
 *
 * Line i has the key "line-%07d" and goes to partition i / 50 modulo PARTITIONS. */
#include <errno.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_PARTITIONS = 64, RUN_OF_LINES = 50, WAIT_MS = 30000, IDLE_MS = 20000 };

static _Noreturn void die(const char *what, const char *why) {
    fprintf(stderr, "client: %s: %s\n", what, why);
    exit(1);
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void quiet(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk, (void)level, (void)facility, (void)text;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *boot, const char *const *properties) {
    char text[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    if (rd_kafka_conf_set(conf, "bootstrap.servers", boot, text, sizeof text))
        die("bootstrap", text);
    for (; *properties; properties += 2)
        if (rd_kafka_conf_set(conf, properties[0], properties[1], text, sizeof text))
            die(properties[0], text);
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (!rk) die("client", text);
    return rk;
}

/* ---- files ---- */

struct lines {
    char *text;
    struct line {
        const char *ptr;
        size_t len;
    } * at;
    size_t n;
};

static struct lines lines_read(const char *path) {
    struct lines lines = {0};
    FILE *f = fopen(path, "r");
    if (!f) die(path, strerror(errno));
    fseek(f, 0, SEEK_END);
    const size_t len = (size_t)ftell(f);
    rewind(f);
    lines.text = malloc(len + 1);
    if (!lines.text || fread(lines.text, 1, len, f) != len) die(path, "cannot be read");
    fclose(f);
    for (size_t i = 0; i < len; i++) lines.n += lines.text[i] == '\n';
    lines.at = calloc(lines.n + 1, sizeof *lines.at);
    const char *p = lines.text;
    for (size_t i = 0; i < lines.n; i++) {
        const char *end = memchr(p, '\n', len - (size_t)(p - lines.text));
        lines.at[i] = (struct line){p, (size_t)(end - p)};
        p = end + 1;
    }
    return lines;
}

static uint64_t next_random(uint64_t *seed) {
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Each line holds something to wash, so that a raw one is told from a washed one. */
static int make_lines(long n, uint64_t seed) {
    static const char *const names[] = {"mira", "tomas", "ada",  "jonas",
                                        "lena", "pavel", "noor", "yuki"};
    static const char *const paths[] = {"/api/v2/deploy", "/login", "/", "/assets/app.js",
                                        "/api/v2/teams"};
    for (long i = 0; i < n; i++) {
        const uint64_t r = next_random(&seed);
        const unsigned a = r & 255, b = (r >> 8) & 255, c = (r >> 16) & 255,
                       ms = (unsigned)(r >> 24) & 1023;
        const char *name = names[(r >> 34) & 7], *path = paths[(r >> 37) % 5];
        switch ((r >> 40) % 4) {
        case 0:
            printf("{\"level\":\"info\",\"ip\":\"10.%u.%u.%u\",\"path\":\"%s\",\"user\":{\"email\":"
                   "\"%s.%u@mail.example\"},"
                   "\"ms\":%u,\"line\":\"n%ld\"}\n",
                   a, b, c, path, name, a, ms, i);
            break;
        case 1:
            printf("192.0.%u.%u - - [02/Mar/2026:10:%02u:%02u +0000] \"GET %s HTTP/1.1\" 200 %u "
                   "\"-\" \"probe/1.0\" n%ld\n",
                   b, c, a % 60, b % 60, path, ms, i);
            break;
        case 2:
            printf("level=warn msg=\"login failed\" email=%s%u@corp.example client=203.0.113.%u "
                   "took=%ums line=n%ld\n",
                   name, b, c, ms, i);
            break;
        default:
            printf("#12 0.%03u fetching https://%s:fake-pass-%u@git.example/repo.git from "
                   "2001:db8::%x:%x n%ld\n",
                   ms, name, c, a, b, i);
            break;
        }
    }
    return 0;
}

/* ---- probe, topic, load ---- */

static int probe(const char *boot) {
    static const char *const none[] = {NULL};
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, boot, none);
    const struct rd_kafka_metadata *md = NULL;
    const int code = rd_kafka_metadata(rk, 1, NULL, &md, 1500);
    if (md) rd_kafka_metadata_destroy(md);
    rd_kafka_destroy(rk);
    return code != 0;
}

static int topic(const char *boot, const char *name, int partitions, int copies,
                 const char *max_bytes) {
    static const char *const none[] = {NULL};
    char text[256] = "";
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, boot, none);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_NewTopic_t *fresh = rd_kafka_NewTopic_new(name, partitions, copies, text, sizeof text);
    if (!fresh) die(name, text);
    if (max_bytes) rd_kafka_NewTopic_set_config(fresh, "max.message.bytes", max_bytes);
    rd_kafka_CreateTopics(rk, &fresh, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    if (!event || rd_kafka_event_error(event))
        die(name, event ? rd_kafka_event_error_string(event) : "no answer");
    size_t n;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
    if (rd_kafka_topic_result_error(results[0]))
        die(name, rd_kafka_topic_result_error_string(results[0]));
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(fresh);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return 0;
}

/* The headers of line i; NULL: none. */
static rd_kafka_headers_t *region_of(const char *regions, size_t i) {
    const char *region = regions && *regions ? regions + i % strlen(regions) : "-";
    if (*region == '-') return NULL;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    rd_kafka_header_add(headers, "region", -1, region, 1);
    return headers;
}

static int load(const char *boot, const char *name, int partitions, const char *path, size_t from,
                size_t n, long rate, const char *regions) {
    static const char *const properties[] = {"enable.idempotence", "true",   "linger.ms", "20",
                                             "batch.size",         "200000", NULL};
    const struct lines lines = lines_read(path);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, boot, properties);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, name, NULL);
    const int64_t begun = now_ms();
    if (from + n > lines.n) die(path, "has not so many lines");
    for (size_t i = from; i < from + n; i++) {
        char key[32];
        const int len = snprintf(key, sizeof key, "line-%07zu", i);
        while (rate > 0 && (int64_t)(i - from) * 1000 > (now_ms() - begun) * rate)
            rd_kafka_poll(rk, 5);
        rd_kafka_headers_t *headers = region_of(regions, i);
        for (;;) {
            rd_kafka_vu_t parts[] = {
                {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt},
                {.vtype = RD_KAFKA_VTYPE_PARTITION,
                 .u.i32 = (int32_t)(i / RUN_OF_LINES % (size_t)partitions)},
                {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
                {.vtype = RD_KAFKA_VTYPE_VALUE,
                 .u.mem = {(void *)(uintptr_t)lines.at[i].ptr, lines.at[i].len}},
                {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key, (size_t)len}},
                {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
            };
            rd_kafka_error_t *e = rd_kafka_produceva(rk, parts, headers ? 6 : 5);
            if (!e) break;
            if (rd_kafka_error_code(e) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                die(name, rd_kafka_error_string(e));
            rd_kafka_error_destroy(e);
            rd_kafka_poll(rk, 10);
        }
    }
    const rd_kafka_resp_err_t code = rd_kafka_flush(rk, 2 * WAIT_MS);
    if (code) die(name, rd_kafka_err2str(code));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}

/* ---- open, check ---- */

static int partitions_of(rd_kafka_t *rk, const char *name) {
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, name, NULL);
    const rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, rkt, &md, WAIT_MS);
    if (code || md->topic_cnt != 1 || md->topics[0].err)
        die(name, code ? rd_kafka_err2str(code) : "unknown topic");
    const int n = md->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(rkt);
    return n;
}

static int64_t ends(const char *boot, const char *name, const char *isolation) {
    const char *const properties[] = {"group.id", "client", "isolation.level", isolation, NULL};
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, boot, properties);
    int64_t sum = 0;
    const int n = partitions_of(rk, name);
    for (int p = 0; p < n; p++) {
        int64_t low, high;
        if (rd_kafka_query_watermark_offsets(rk, name, p, &low, &high, WAIT_MS))
            die(name, "no offsets");
        sum += high;
    }
    rd_kafka_destroy(rk);
    return sum;
}

static int open_records(const char *boot, const char *name) {
    const int64_t stable = ends(boot, name, "read_committed");
    printf("%" PRId64 "\n", ends(boot, name, "read_uncommitted") - stable);
    return 0;
}

/* A commit is certain before its markers stand in every partition: waits for those. */
static void settle(const char *boot, const char *name) {
    const int64_t begun = now_ms();
    while (ends(boot, name, "read_uncommitted") != ends(boot, name, "read_committed") &&
           now_ms() - begun < IDLE_MS)
        nanosleep(&(struct timespec){.tv_nsec = 100 * 1000000}, NULL);
}

struct tally {
    size_t records, duplicates, missing, disorder, wrong;
};

static void judge(const rd_kafka_message_t *m, const struct lines *want, int n_partitions,
                  unsigned char *seen, int64_t *last, bool uncommitted, struct tally *t) {
    char key[32] = "";
    char *end = key;
    t->records++;
    if (m->key && m->key_len == 12) memcpy(key, m->key, 12);
    const size_t i = strncmp(key, "line-", 5) == 0 ? strtoul(key + 5, &end, 10) : SIZE_MAX;
    if (i >= want->n || *end ||
        m->partition != (int32_t)(i / RUN_OF_LINES % (size_t)n_partitions) ||
        m->len != want->at[i].len || memcmp(m->payload, want->at[i].ptr, m->len) != 0) {
        t->wrong++;
        return;
    }
    if (seen[i]) t->duplicates++;
    seen[i] = 1;
    if (!uncommitted && (int64_t)i <= last[m->partition]) t->disorder++;
    last[m->partition] = (int64_t)i;
}

static int check(const char *boot, const char *name, const char *path, bool uncommitted) {
    const char *const properties[] = {"group.id",
                                      "client",
                                      "enable.auto.commit",
                                      "false",
                                      "enable.partition.eof",
                                      "true",
                                      "queued.min.messages",
                                      "1000000",
                                      "fetch.wait.max.ms",
                                      "50",
                                      "isolation.level",
                                      uncommitted ? "read_uncommitted" : "read_committed",
                                      NULL};
    const struct lines want = lines_read(path);
    settle(boot, name);
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, boot, properties);
    rd_kafka_poll_set_consumer(rk);
    const int n = partitions_of(rk, name);
    int64_t last[MAX_PARTITIONS], idle = now_ms();
    unsigned char *seen = calloc(want.n + 1, 1);
    struct tally t = {0};
    int left = n;
    if (n > MAX_PARTITIONS || !seen) die(name, "too many partitions");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n);
    for (int p = 0; p < n; p++) {
        last[p] = -1;
        rd_kafka_topic_partition_list_add(list, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    while (left > 0 && now_ms() - idle < IDLE_MS) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (!m) continue;
        idle = now_ms();
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            left--;
        else if (!m->err)
            judge(m, &want, n, seen, last, uncommitted, &t);
        rd_kafka_message_destroy(m);
    }
    for (size_t i = 0; i < want.n; i++) t.missing += !seen[i];
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    printf("records=%zu duplicates=%zu missing=%zu disorder=%zu wrong=%zu partitions_unread=%d\n",
           t.records, t.duplicates, t.missing, t.disorder, t.wrong, left);
    return !(t.missing == 0 && t.wrong == 0 && left == 0 &&
             (uncommitted || (t.duplicates == 0 && t.disorder == 0)));
}

int main(int argc, char **argv) {
    const char *command = argc > 2 ? argv[1] : "";
    if (strcmp(command, "probe") == 0) return probe(argv[2]);
    if (strcmp(command, "topic") == 0 && argc >= 6)
        return topic(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]), argc > 6 ? argv[6] : NULL);
    if (strcmp(command, "lines") == 0 && argc == 4)
        return make_lines(atol(argv[2]), strtoull(argv[3], NULL, 0));
    if (strcmp(command, "load") == 0 && argc >= 9)
        return load(argv[2], argv[3], atoi(argv[4]), argv[5], strtoul(argv[6], NULL, 10),
                    strtoul(argv[7], NULL, 10), atol(argv[8]), argc > 9 ? argv[9] : NULL);
    if (strcmp(command, "open") == 0 && argc == 4) return open_records(argv[2], argv[3]);
    if (strcmp(command, "count") == 0 && argc == 4) {
        printf("%" PRId64 "\n", ends(argv[2], argv[3], "read_uncommitted"));
        return 0;
    }
    if (strcmp(command, "check") == 0 && argc >= 5)
        return check(argv[2], argv[3], argv[4], argc > 5);
    fprintf(stderr, "client: wrong arguments\n");
    return 2;
}
