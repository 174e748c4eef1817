/* SPDX-License-Identifier: Apache-2.0 */
/* logwash.yaml: values, defaults, substitution, reload, the bad files of tests/diag-config with
 * their expected diagnostics, and docs/configuration.md against the table. `test_config
 * --regenerate` writes both anew. */
#include "cli/config.c"
#include "cli/config_keys.c"
#include "cli/config_topics.c"
#include "cli/config_values.c"
#include "cli/files.c"
#include "core/tools.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

static bool regenerate;

struct fixture {
    struct config config;
    struct diags diags;
    bool ok;
};

static void fixture_read(struct fixture *f, const char *name, const char *text) {
    diags_init(&f->diags);
    f->ok = config_read(&f->config, name, slice_str(text), &f->diags);
}

static void fixture_end(struct fixture *f) {
    config_fini(&f->config);
    diags_fini(&f->diags);
}

/* Reads a file below the source tree, NUL-terminated; freed by the caller. */
static char *slurp(const char *path) {
    char full[512];
    snprintf(full, sizeof full, "%s/%s", SOURCE_DIR, path);
    FILE *file = fopen(full, "rb");
    if (!file) return NULL;
    char *text = calloc(1, 256 * 1024);
    assert_non_null(text);
    assert_true(fread(text, 1, 256 * 1024 - 1, file) < 256 * 1024 - 1);
    fclose(file);
    return text;
}

static void spit(const char *path, const char *text) {
    char full[512];
    snprintf(full, sizeof full, "%s/%s", SOURCE_DIR, path);
    FILE *file = fopen(full, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* The diagnostics as one text, NUL-terminated. */
static void print_diags(const struct diags *diags, struct buf *out) {
    buf_init(out, 0);
    diags_print(diags, out);
    assert_true(buf_byte(out, 0));
}

#define HEAD "version: 1\nkafka: {bootstrap.servers: 'broker.example:9092'}\n"
#define ONE  "inputs: [{topic: raw, output: clean}]\n"

static void defaults_are_set(void **state) {
    (void)state;
    struct fixture f;
    fixture_read(&f, "t.yaml", HEAD ONE);
    assert_true(f.ok);
    const struct config *c = &f.config;
    assert_int_equal(c->kafka.n, 1);
    assert_string_equal(c->group, "logwash");
    assert_true(c->instance && *c->instance);
    assert_int_equal(c->delivery, KAFKA_EXACTLY_ONCE);
    assert_int_equal(c->commit_ms, 300);
    assert_int_equal(c->commit_records, 20000);
    assert_int_equal(c->commit_bytes, 32 << 20);
    assert_int_equal(c->workers, 1);
    assert_int_equal(c->output_headers, KAFKA_HEADER_TTL | KAFKA_HEADER_CLASSES |
                                            KAFKA_HEADER_GENERATION | KAFKA_HEADER_SOURCE);
    assert_int_equal(c->n_inputs, 1);
    assert_int_equal(c->inputs[0].format, LOGWASH_FORMAT_AUTO);
    assert_int_equal(c->inputs[0].record_key, KAFKA_KEY_WASH);
    assert_string_equal(tools_profiles_text(c->inputs[0].profiles), "request,build");
    assert_null(c->quarantine_topic);
    assert_null(c->ring);
    assert_null(c->tier_header);
    assert_string_equal(c->admin_host, "127.0.0.1");
    assert_int_equal(c->admin_port, 9899);
    assert_int_equal(c->log_level, 1);
    assert_int_equal(c->log_format, LOG_FORMAT_JSON);
    fixture_end(&f);
}

static void all_values(void **state) {
    (void)state;
    setenv("LOGWASH_TEST_HOST", "node7", 1);
    struct fixture f;
    fixture_read(
        &f, "t.yaml",
        HEAD
        "consumer: {group.id: wash, auto.offset.reset: earliest}\n"
        "producer: {compression.type: lz4, transaction.timeout.ms: 30000}\n"
        "service: {instance: 'eu-${env:LOGWASH_TEST_HOST}', mode: live, delivery: at_least_once, "
        "commit: {every: 1s, records: 5, bytes: 1MiB}, workers: 2}\n"
        "limits: {record: 1MiB}\n"
        "inputs:\n"
        "  - {topic: a, format: json, profile: request, output: 'clean.{input}.v1', "
        "record_key: pass, skip_headers: [traceparent, tracestate]}\n"
        "  - {topic: b, format: text, profile: [strict, build], output: clean.b, rules: {set: "
        "{}}}\n"
        "output_headers: source\n"
        "retention: {tiers: {hobby: 14d}, tier_from: {header: plan}}\n"
        "quarantine: {topic: q}\n"
        "keys: {ring: /nonexistent/ring}\n"
        "rules: {actions: {email: redact}}\n"
        "admin: {listen: '[::1]:0', log: {level: error, format: text}}\n");
    struct buf out;
    print_diags(&f.diags, &out);
    assert_string_equal((char *)out.ptr, "");
    buf_fini(&out);
    const struct config *c = &f.config;
    assert_true(f.ok);
    assert_string_equal(c->group, "wash");
    assert_int_equal(c->consumer.n, 1);
    assert_int_equal(c->producer.n, 2);
    assert_string_equal(c->producer.items[1].name, "transaction.timeout.ms");
    assert_string_equal(c->producer.items[1].value, "30000");
    assert_string_equal(c->instance, "eu-node7");
    assert_int_equal(c->delivery, KAFKA_AT_LEAST_ONCE);
    assert_int_equal(c->commit_ms, 1000);
    assert_int_equal(c->commit_bytes, 1 << 20);
    assert_int_equal(c->workers, 2);
    assert_int_equal(c->n_inputs, 2);
    assert_string_equal(c->inputs[0].output, "clean.a.v1");
    assert_int_equal(c->inputs[0].record_key, KAFKA_KEY_PASS);
    assert_int_equal(c->inputs[0].skip_headers.n, 2);
    assert_string_equal(c->inputs[0].skip_headers.items[1], "tracestate");
    assert_int_equal(c->inputs[0].format, LOGWASH_FORMAT_JSON);
    assert_int_equal(c->inputs[1].format, LOGWASH_FORMAT_TEXT);
    assert_string_equal(tools_profiles_text(c->inputs[1].profiles), "build,strict");
    assert_int_equal(c->output_headers, KAFKA_HEADER_SOURCE);
    assert_string_equal(c->tier_header, "plan");
    assert_string_equal(c->quarantine_topic, "q");
    assert_string_equal(c->ring, "/nonexistent/ring");
    assert_string_equal(c->admin_host, "::1");
    assert_int_equal(c->admin_port, 0);
    assert_int_equal(c->log_level, 3);
    assert_int_equal(c->log_format, LOG_FORMAT_TEXT);
    fixture_end(&f);
}

static void substitution(void **state) {
    (void)state;
    char path[] = "/tmp/logwash-test-config-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    setenv("LOGWASH_TEST_A", "one", 1);
    setenv("LOGWASH_TEST_EMPTY", "", 1);
    static const struct {
        const char *file, *value, *want; /* want NULL: refused; `@` in value: the file's path */
    } rows[] = {
        {"two\n", "${file:@}", "two"},
        {"two\r\n", "${file:@}", "two"},
        {"two\n\n", "${file:@}", "two\n"},
        {"two", "a-${env:LOGWASH_TEST_A}-${file:@}-z", "a-one-two-z"},
        {"${env:LOGWASH_TEST_A}", "${file:@}", "${env:LOGWASH_TEST_A}"},
        {"", "a$b}{$$", "a$b}{$$"},
        {"", "$${env:X}", "${env:X}"},
        {"", "x${env:LOGWASH_TEST_EMPTY}", "x"},
        {"", "${env:LOGWASH_TEST_EMPTY}", NULL},
        {"", "${file:@}", NULL},
        {"", "${env:LOGWASH_TEST_NOT_SET}", NULL},
        {"", "${file:/nonexistent}", NULL},
        {"", "${vault:x}", NULL},
        {"", "${env:X", NULL},
        {"", "${}", NULL},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, rows[i].file, strlen(rows[i].file), 0), strlen(rows[i].file));
        char text[512];
        int len = snprintf(text, sizeof text, HEAD ONE "service: {instance: '");
        for (const char *c = rows[i].value; *c; c++)
            len += *c == '@' ? snprintf(text + len, sizeof text - (size_t)len, "%s", path)
                             : snprintf(text + len, sizeof text - (size_t)len, "%c", *c);
        snprintf(text + len, sizeof text - (size_t)len, "'}\n");
        struct fixture f;
        fixture_read(&f, "t.yaml", text);
        if (f.ok != (rows[i].want != NULL)) print_error("case %zu\n", i);
        assert_int_equal(f.ok, rows[i].want != NULL);
        if (rows[i].want) assert_string_equal(f.config.instance, rows[i].want);
        fixture_end(&f);
    }
    close(fd);
    unlink(path);
}

/* Standard input and files: nothing is required, what concerns Kafka alone is not read. */
static void for_records(void **state) {
    (void)state;
    static const struct {
        const char *text, *want; /* want NULL: no problem; else among what is reported */
    } rows[] = {
        {"# nothing\n", NULL},
        {"rules: {}\n", NULL},
        {"kafka: {sasl.password: '${file:/nonexistent}', enable.auto.commit: true}\n", NULL},
        {"service: {workers: many, instance: '${env:LOGWASH_TEST_NOT_SET}'}\n", NULL},
        {"inputs: [{topic: a, profile: strict}]\n", NULL},
        {"inputs: [{topic: a, profile: strcit}]\n", "did you mean 'strict'?"},
        {"inputs: [{topic: a}, {topic: a}]\n", "topic 'a' is read twice"},
        {"version: 2\n", "`version` must be 1"},
        {"receipts: {}\n", "`receipts` is not yet supported"},
        {"residency: {regions: none}\n", NULL},
        {"residency: {region: [eu]}\n", "did you mean 'regions'?"},
        {"kafka: {sasl.password: obviously-fake}\nruels: 1\n", "did you mean 'rules'?"},
        {"service: {worker: 2}\n", "did you mean 'workers'?"},
        {"rules: []\n", "`rules` must be a map"},
        {"- a\n", "`the file` must be a map"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct fixture f;
        struct buf out;
        diags_init(&f.diags);
        f.ok = config_read_for(CONFIG_FOR_RECORDS, &f.config, "t.yaml", slice_str(rows[i].text),
                               &f.diags);
        print_diags(&f.diags, &out);
        if (rows[i].want ? !strstr((char *)out.ptr, rows[i].want) : out.len > 1)
            fail_msg("case %zu: %s", i, (char *)out.ptr);
        assert_null(strstr((char *)out.ptr, "obviously-fake"));
        assert_int_equal(f.ok, rows[i].want == NULL);
        buf_fini(&out);
        fixture_end(&f);
    }
}

static void shares(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t ppm; /* 0: refused */
    } rows[] = {{"1%", 10000},     {"0.25%", 2500}, {"99.9999%", 999999},
                {"50.5%", 505000}, {"007%", 70000}, {"0.0001%", 1},
                {"0%", 0},         {"100%", 0},     {"0.00001%", 0},
                {"1", 0},          {"%", 0},        {".5%", 0},
                {"1.%", 0},        {"1.2.3%", 0},   {"-1%", 0},
                {"1 %", 0},        {"1%%", 0},      {"18446744073709551617%", 0}};
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD ONE "quarantine: {stop_above: '%s'}\n", rows[i].text);
        struct fixture f;
        fixture_read(&f, "t.yaml", text);
        if (f.ok != (rows[i].ppm != 0) || f.config.stop_above_ppm != rows[i].ppm)
            fail_msg("%s: %d %d", rows[i].text, f.ok, (int)f.config.stop_above_ppm);
        fixture_end(&f);
    }
}

/* Not exported by most shells: then it is the host's name. */
static void host_name(void **state) {
    (void)state;
    struct fixture f;
    unsetenv("HOSTNAME");
    fixture_read(&f, "t.yaml", HEAD ONE "service: {instance: '${env:HOSTNAME}'}\n");
    char name[256] = "";
    assert_int_equal(gethostname(name, sizeof name - 1), 0);
    assert_true(f.ok);
    assert_string_equal(f.config.instance, name);
    fixture_end(&f);
    setenv("HOSTNAME", "node9", 1);
    fixture_read(&f, "t.yaml", HEAD ONE "service: {instance: '${env:HOSTNAME}'}\n");
    assert_string_equal(f.config.instance, "node9");
    fixture_end(&f);
}

static void restart_keys(void **state) {
    (void)state;
    static const struct {
        const char *fresh, *key; /* key NULL: a running service takes it over */
    } rows[] = {
        {HEAD ONE, NULL},
        {HEAD "inputs: [{topic: raw, output: clean, format: json, profile: strict}]\n", NULL},
        {HEAD ONE "rules: {actions: {email: redact}}\nkeys: {ring: /r}\n", NULL},
        {HEAD ONE "retention: {tiers: {a: 1d}}\n", NULL},
        {HEAD ONE "admin: {log: {level: error}}\n", NULL},
        {HEAD ONE "quarantine: {retention: 14d}\n", NULL},
        {HEAD ONE "quarantine: {stop_above: 1%}\n", "quarantine.stop_above"},
        {HEAD ONE "quarantine: {window: 1m}\n", "quarantine.window"},
        {HEAD ONE "service: {workers: 3}\n", "service.workers"},
        {HEAD ONE "service: {mode: shadow}\n", "service.mode"},
        {HEAD ONE "service: {commit: {every: 1s}}\n", "service.commit.every"},
        {HEAD ONE "retention: {tiers: {a: 1d}, tier_from: {header: plan}}\n",
         "retention.tier_from"},
        {HEAD "inputs: [{topic: raw, output: 'clean.{ttl}'}]\n"
              "retention: {tiers: {a: 2d}, buckets: [1d]}\n",
         "retention.buckets"},
        {HEAD ONE "retention: {tiers: {a: 1d}, expired: drop}\n", "retention.expired"},
        {HEAD "inputs: [{topic: raw, output: 'clean.{region}'}]\n"
              "residency: {region_from: {header: region}, regions: [eu]}\n"
              "quarantine: {topic: 'q.{region}'}\n",
         "inputs[].output"},
        {HEAD ONE "consumer: {group.id: g}\n", "consumer"},
        {HEAD ONE "consumer: {fetch.wait.max.ms: 5}\n", "consumer"},
        {HEAD ONE "quarantine: {topic: q}\n", "quarantine.topic"},
        {HEAD ONE "admin: {listen: '127.0.0.1:1'}\n", "admin.listen"},
        {HEAD "inputs: [{topic: raw2, output: clean}]\n", "inputs[].topic"},
        {HEAD "inputs: [{topic: raw, output: clean, skip_headers: [a]}]\n",
         "inputs[].skip_headers"},
        {HEAD "inputs: [{topic: raw, output: clean}, {topic: b, output: c}]\n", "inputs"},
        {"version: 1\nkafka: {bootstrap.servers: 'other.example:9092'}\n" ONE, "kafka"},
    };
    struct fixture running;
    fixture_read(&running, "t.yaml", HEAD ONE);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct fixture f;
        fixture_read(&f, "t.yaml", rows[i].fresh);
        assert_true(f.ok);
        const char *key = config_restart_key(&running.config, &f.config);
        if (!key != !rows[i].key || (key && strcmp(key, rows[i].key) != 0))
            print_error("case %zu: %s\n", i, key ? key : "none");
        assert_true(!key == !rows[i].key && (!key || strcmp(key, rows[i].key) == 0));
        fixture_end(&f);
    }
    fixture_end(&running);
}

/* tests/diag-config/NAME.yaml gives exactly NAME.txt, and nothing that is marked as fake and
 * secret. */
static void bad_files(void **state) {
    (void)state;
    unsetenv("LOGWASH_TEST_NOT_SET");
    DIR *dir = opendir(SOURCE_DIR "/tests/diag-config");
    assert_non_null(dir);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *dot = strstr(entry->d_name, ".yaml");
        if (!dot) continue;
        n++;
        char path[300], expected_path[300];
        snprintf(path, sizeof path, "tests/diag-config/%s", entry->d_name);
        snprintf(expected_path, sizeof expected_path, "tests/diag-config/%.*s.txt",
                 (int)(dot - entry->d_name), entry->d_name);
        char *text = slurp(path);
        struct fixture f;
        fixture_read(&f, entry->d_name, text);
        assert_false(f.ok);
        struct buf out;
        print_diags(&f.diags, &out);
        if (regenerate) spit(expected_path, (char *)out.ptr);
        char *expected = slurp(expected_path);
        assert_non_null(expected);
        if (strcmp((char *)out.ptr, expected) != 0) print_error("case %s\n", entry->d_name);
        assert_string_equal((char *)out.ptr, expected);
        assert_null(strstr((char *)out.ptr, "obviously-fake"));
        buf_fini(&out);
        fixture_end(&f);
        free(text);
        free(expected);
    }
    closedir(dir);
    assert_true(n >= 9);
}

/* The engine's copy holds nothing secret, is as long, and still parses, so that its line numbers
 * are those of the file. */
static void blanked_copy(void **state) {
    (void)state;
    static const char text[] = HEAD ONE
        "rules: {actions: {email: redact}}\nconsumer: {sasl.password: \"obviously-fake: {}\"}\n"
        "producer:\n  sasl.password: |\n    obviously-fake\n    two lines\n"
        "  sasl.username: >-\n    obviously-fake\n"
        "keys: {ring: 'obviously-fake'}\nlimits: {depth: 5}\n";
    struct fixture f;
    fixture_read(&f, "t.yaml", text);
    assert_true(f.ok);
    struct buf copy;
    buf_init(&copy, 0);
    assert_true(config_for_engine(&f.config, &copy));
    assert_int_equal(copy.len, sizeof text - 1);
    assert_true(buf_byte(&copy, 0));
    assert_null(strstr((char *)copy.ptr, "obviously-fake"));
    assert_null(strstr((char *)copy.ptr, "two"));
    assert_null(strstr((char *)copy.ptr, "broker.example"));
    struct fixture again;
    fixture_read(&again, "t.yaml", (char *)copy.ptr);
    assert_true(again.config.is_sound);
    const struct yaml *limits = yaml_get(f.config.root, "limits");
    const struct yaml *limits_again = yaml_get(again.config.root, "limits");
    assert_non_null(limits_again);
    assert_int_equal(limits->off, limits_again->off);
    fixture_end(&again);
    fixture_end(&f);
    buf_fini(&copy);
}

/* No cut of a good file crashes or is silently taken as another configuration than an error or a
 * smaller file. */
static void truncated_files(void **state) {
    (void)state;
    static const char whole[] =
        HEAD "consumer: {group.id: 'obviously-fake'}\nservice: {commit: {every: 1s}}\n" ONE
             "keys:\n  ring: \"obviously-fake\"\nquarantine: {topic: q}\n";
    for (size_t len = 0; len < sizeof whole; len++) {
        char *text = calloc(1, len + 1);
        assert_non_null(text);
        memcpy(text, whole, len);
        struct fixture f;
        fixture_read(&f, "t.yaml", text);
        assert_true(f.ok || f.diags.n_errors > 0);
        struct buf out;
        print_diags(&f.diags, &out);
        if (strstr((char *)out.ptr, "obviously-fake")) print_error("cut at %zu\n", len);
        assert_null(strstr((char *)out.ptr, "obviously-fake"));
        buf_fini(&out);
        fixture_end(&f);
        free(text);
    }
}

/* Random damage: nothing crashes, what is wrong is said, and the values that are marked as secret
 * never print. */
static void damaged_files(void **state) {
    (void)state;
    static const char whole[] =
        HEAD "consumer: {sasl.password: 'obviously-fake'}\nproducer:\n  sasl.password: "
             "obviously-fake\n" ONE
             "service: {commit: {every: 1s}, workers: 2}\nretention: {tiers: {a: 1d}}\n"
             "keys: {ring: obviously-fake}\nadmin: {listen: '127.0.0.1:0'}\n";
    static const char bytes[] = "{}[]:,'\"\n #-|>&*!%@`$x0\t\xff\x00";
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        uint64_t r = seed * UINT64_C(0x9e3779b97f4a7c15);
        char *text = malloc(sizeof whole);
        assert_non_null(text);
        memcpy(text, whole, sizeof whole);
        for (int i = 0; i < 3; i++) {
            r = r * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            char *at = &text[(r >> 33) % (sizeof whole - 1)];
            *at = bytes[(r >> 20) % (sizeof bytes - 1)];
        }
        struct fixture f;
        diags_init(&f.diags);
        f.ok = config_read(&f.config, "t.yaml", slice_of(text, sizeof whole - 1), &f.diags);
        struct buf out;
        print_diags(&f.diags, &out);
        if (f.ok != (f.diags.n_errors == 0) || strstr((char *)out.ptr, "obviously-f") ||
            strstr((char *)out.ptr, "ously-fake"))
            print_error("seed %" PRIu64 "\n%s\n%s", seed, text, (char *)out.ptr);
        assert_true(f.ok == (f.diags.n_errors == 0));
        assert_null(strstr((char *)out.ptr, "obviously-f"));
        assert_null(strstr((char *)out.ptr, "ously-fake"));
        buf_fini(&out);
        fixture_end(&f);
        free(text);
    }
}

/* The part of docs/configuration.md between its two marks is what the table renders. */
static void document(void **state) {
    (void)state;
    static const char begin[] = "<!-- keys: begin -->\n", end[] = "<!-- keys: end -->";
    char *text = slurp("docs/configuration.md");
    assert_non_null(text);
    char *from = strstr(text, begin);
    assert_non_null(from);
    from += strlen(begin);
    char *to = strstr(from, end);
    assert_non_null(to);
    struct buf table;
    buf_init(&table, 0);
    config_render(&table);
    if (regenerate) {
        struct buf out;
        buf_init(&out, 0);
        buf_append(&out, text, (size_t)(from - text));
        buf_slice(&out, buf_view(&table));
        buf_str(&out, to);
        assert_true(buf_byte(&out, 0));
        spit("docs/configuration.md", (char *)out.ptr);
        buf_fini(&out);
    } else {
        if (!slice_eq(slice_of(from, (size_t)(to - from)), buf_view(&table)))
            print_error("run `test_config --regenerate`\n");
        assert_true(slice_eq(slice_of(from, (size_t)(to - from)), buf_view(&table)));
    }
    buf_fini(&table);
    free(text);
}

int main(int argc, char **argv) {
    regenerate = argc > 1 && strcmp(argv[1], "--regenerate") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_set), cmocka_unit_test(all_values),
        cmocka_unit_test(substitution),     cmocka_unit_test(restart_keys),
        cmocka_unit_test(bad_files),        cmocka_unit_test(truncated_files),
        cmocka_unit_test(blanked_copy),     cmocka_unit_test(document),
        cmocka_unit_test(damaged_files),    cmocka_unit_test(for_records),
        cmocka_unit_test(host_name),        cmocka_unit_test(shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
