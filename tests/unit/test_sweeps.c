/* SPDX-License-Identifier: Apache-2.0 */
/* Whole ranges of values through the bundled packs: what must be found is found everywhere, what
 * looks like it never is. Lines go through in batches, so that a sweep costs what reading it costs.
 */
#include <inttypes.h>

#include "base/buf.h"
#include "engine.h"

static struct logwash *lw;
static struct logwash_scratch *scratch;

static int set_up(void **state) {
    (void)state;
    lw = test_engine(NULL, (struct logwash_options){0});
    scratch = logwash_scratch_new(lw);
    return scratch == NULL;
}

static int tear_down(void **state) {
    (void)state;
    logwash_scratch_free(scratch);
    logwash_free(lw);
    return 0;
}

/* xorshift64*: the same numbers everywhere. */
static uint64_t random_state = 0x9e3779b97f4a7c15;
static uint64_t next_random(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1d;
}

struct sweep {
    struct buf text;
    struct logwash_record *records;
    size_t n, cap;
};

/* Everything appended to the text since the last call is a record. */
static void sweep_record(struct sweep *sweep) {
    const size_t start =
        sweep->n ? sweep->records[sweep->n - 1].off + sweep->records[sweep->n - 1].len : 0;
    if (sweep->n == sweep->cap) {
        sweep->cap = sweep->cap ? sweep->cap * 2 : 1024;
        sweep->records = realloc(sweep->records, sweep->cap * sizeof *sweep->records);
        assert_non_null(sweep->records);
    }
    sweep->records[sweep->n++] = (struct logwash_record){.off = (uint32_t)start,
                                                         .len = (uint32_t)(sweep->text.len - start),
                                                         .time_ms = INT64_MIN};
}

static void sweep_free(struct sweep *sweep) {
    buf_fini(&sweep->text);
    free(sweep->records);
}

/* Findings of a class (NULL: of any), and those of the records that have one. */
struct count {
    const struct sweep *sweep;
    const char *class_name;
    size_t n, n_records, last;
};

static bool count_finding(void *ctx, const struct logwash_finding *f) {
    struct count *count = ctx;
    if (count->class_name != NULL && strcmp(f->class_name, count->class_name) != 0) return true;
    if (count->n == 0 || f->record != count->last) count->n_records++;
    if (count->n < 3) {
        const struct logwash_record *r = &count->sweep->records[f->record];
        print_message("    %s: %.*s\n", f->rule, (int)r->len,
                      (const char *)count->sweep->text.ptr + r->off);
    }
    count->last = f->record;
    count->n++;
    return true;
}

static size_t records_with(const struct sweep *sweep, const char *class_name) {
    const struct logwash_batch batch = {.data = sweep->text.ptr,
                                        .len = sweep->text.len,
                                        .records = sweep->records,
                                        .n = sweep->n,
                                        .framing = LOGWASH_FRAMING_MESSAGE};
    struct count count = {.sweep = sweep, .class_name = class_name};
    assert_int_equal(logwash_scan(lw, scratch, &batch, count_finding, &count), LOGWASH_OK);
    return count.n_records;
}

static void every_serial_of_a_social_security_number_is_found(void **state) {
    (void)state;
    struct sweep sweep = {0};
    for (unsigned serial = 1; serial <= 9999; serial++) {
        static const char *const forms[] = {"ssn 536-22-%04u given", "holder 536-22-%04u",
                                            "{\"ssn\":\"53622%04u\"}", "ssn: 536 22 %04u"};
        buf_printf(&sweep.text, forms[serial % 4], serial);
        sweep_record(&sweep);
    }
    assert_int_equal(records_with(&sweep, "ssn"), 9999);
    sweep_free(&sweep);

    struct sweep none = {0};
    for (unsigned group = 1; group <= 99; group++) {
        buf_printf(&none.text, "part 536-%02u-0000 and 000-%02u-1234, 666-%02u-1234", group, group,
                   group);
        sweep_record(&none);
    }
    assert_int_equal(records_with(&none, "ssn"), 0);
    sweep_free(&none);
}

/* One in ten of them has a right check digit. */
static void epoch_numbers_are_no_cards(void **state) {
    (void)state;
    static const char *const forms[] = {"ts=%" PRIu64 " level=info", "{\"time\":%" PRIu64 "}",
                                        "at %" PRIu64 ": done", "%" PRIu64 " GET /"};
    static const uint64_t unit[] = {1, 1000, 1000000}; /* milli-, micro-, nanoseconds */
    struct sweep sweep = {0};
    for (uint64_t i = 0; i < 100000; i++) {
        const uint64_t ms = 946684800000u + next_random() % 1200000000000u; /* 2000 to 2038 */
        buf_printf(&sweep.text, forms[i % 4], ms * unit[i % 7 < 5 ? 0 : i % 7 - 4]);
        sweep_record(&sweep);
    }
    assert_int_equal(records_with(&sweep, "credit_card"), 0);
    sweep_free(&sweep);
}

static void versions_are_no_addresses(void **state) {
    (void)state;
    static const char *const forms[] = {"Mozilla/5.0 Chrome/%s Safari/537.36",
                                        "installed v%s of it",
                                        "pkg-%s.jar",
                                        "name==%s",
                                        "version %s is out",
                                        "got \"version\":\"%s\" back",
                                        "libx.so.%s",
                                        "release=%s",
                                        "tool (version: %s)",
                                        "needs name>=%s"};
    struct sweep sweep = {0};
    for (unsigned i = 0; i < 10000; i++) {
        char version[32];
        snprintf(version, sizeof version, "%u.%u.%u.%u", (unsigned)(next_random() % 200),
                 (unsigned)(next_random() % 100), (unsigned)(next_random() % 256),
                 (unsigned)(next_random() % 256));
        buf_printf(&sweep.text, forms[i % 10], version);
        sweep_record(&sweep);
    }
    assert_int_equal(records_with(&sweep, "ipv4"), 0);
    sweep_free(&sweep);
}

static void random_hex(char *out, size_t n, const char *digits) {
    for (size_t i = 0; i < n; i++) out[i] = digits[next_random() % 16];
    out[n] = 0;
}

/* `%s` is replaced by hexadecimal digits, as many as its row says. */
static void commits_ids_and_digests_of_builds_stay(void **state) {
    (void)state;
    static const struct {
        size_t digits;
        const char *form;
    } rows[] = {
        {40, "HEAD is now at %s Fix the build"},
        {40, "Checking out %s as detached HEAD"},
        {7, "   %s..0a1b2c3  main -> origin/main"},
        {40, "commit %s"},
        {40, "[command]/usr/bin/git checkout --progress --force %s"},
        {64, "#12 exporting manifest sha256:%s 0.0s done"},
        {64, "Digest: sha256:%s"},
        {12, " ---> %s"},
        {64, "Digest-SHA256 %s  package.tar.gz"},
        {32, "%s  dist/app.tgz"},
        {128, "sha512: %s"},
        {40, "-- resolved https://registry.example/a/-/a-1.0.0.tgz#%s"},
        {64, "go.sum h1 %s ok"},
        {16, "build/obj/%s.o"},
        {32, "trace_id=%s span"},
        {40, "GITHUB_SHA=%s"},
        {40, "    revision: %s"},
        {64, "Removing intermediate container %s"},
        {64, "cache key: linux-deps-%s"},
        {40, "{\"sha\":\"%s\",\"ref\":\"refs/heads/main\"}"},
    };
    struct sweep sweep = {0};
    for (unsigned i = 0; i < 10000; i++) {
        char hex[129], uuid[37];
        random_hex(hex, rows[i % 20].digits, "0123456789abcdef");
        buf_printf(&sweep.text, rows[i % 20].form, hex);
        sweep_record(&sweep);
        random_hex(hex, 32, i % 3 ? "0123456789abcdef" : "0123456789ABCDEF");
        snprintf(uuid, sizeof uuid, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15,
                 hex + 18);
        static const char *const forms[] = {"##[debug]job id %s", "{\"request_id\":\"%s\"}",
                                            "runner %s picked up the job", "uuid=%s done",
                                            "/tmp/build-%s/out"};
        buf_printf(&sweep.text, forms[i % 5], uuid);
        sweep_record(&sweep);
    }
    assert_int_equal(records_with(&sweep, NULL), 0);
    sweep_free(&sweep);
}

/* What stands around an IPv6 address must not hide it, nor go with it. */
static void addresses_of_version_6_in_every_surrounding(void **state) {
    (void)state;
    static const char *const addresses[] = {
        "2001:db8::7",
        "2001:DB8:0:0:8:800:200C:417A",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "fe80::1ff:fe23:4567:890a",
        "2001:db8:1::",
        "::ffff:203.0.113.7",
        "64:ff9b::203.0.113.7",
        "2001:db8:1:2:3:4:203.0.113.7",
    };
    static const char *const around[][2] = {
        {"from ", " port 22"},
        {"[", "]:8443"},
        {"http://[", "]:80/x"},
        {"http://[", "]/"},
        {"via ", "%eth0 up"},
        {"via ", "%12"},
        {"net ", "/64 scope"},
        {"(", ")"},
        {"addr=", ",x"},
        {"peer ", ": refused"},
        {"\"", "\""},
        {"{\"ip\":\"", "\"}"},
        {"{\"ip\":\"[", "]:443\"}"},
        {"", ""},
        {"addr:", "#53"},
        {"at ", "."},
    };
    struct logwash_output out = {0};
    for (size_t a = 0; a < sizeof addresses / sizeof *addresses; a++) {
        for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
            char text[160], want[160];
            snprintf(text, sizeof text, "%s%s%s", around[i][0], addresses[a], around[i][1]);
            assert_int_equal(logwash_wash(lw, scratch, text, strlen(text), &out), LOGWASH_OK);
            snprintf(want, sizeof want, "%sipv6_x_", around[i][0]);
            const size_t behind = strlen(around[i][1]);
            if (out.len < strlen(want) + behind || memcmp(out.data, want, strlen(want)) != 0 ||
                memcmp(out.data + out.len - behind, around[i][1], behind) != 0 ||
                out.len != strlen(want) + 8 + behind)
                fail_msg("%s: %.*s", text, (int)out.len, (const char *)out.data);
        }
    }
    logwash_output_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_serial_of_a_social_security_number_is_found),
        cmocka_unit_test(epoch_numbers_are_no_cards),
        cmocka_unit_test(versions_are_no_addresses),
        cmocka_unit_test(commits_ids_and_digests_of_builds_stay),
        cmocka_unit_test(addresses_of_version_6_in_every_surrounding),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
