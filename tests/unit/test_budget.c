/* SPDX-License-Identifier: Apache-2.0 */
/* Rules cost what their candidates cost: how many places of everyday logs the bundled rules want
 * attempts at. A rule above the limit needs a sharper anchor: see CONTRIBUTING. */
#include <stdio.h>
#include <string.h>

#include "core/engine.h"
#include "test.h"

enum { PER_RULE = 6, ALL = 50 }; /* candidates in a KiB */

static const char log_text[] =
    "203.0.113.9 - - [17/May/2015:10:05:03 +0000] \"GET /presentations/images/kibana-search.png "
    "HTTP/1.1\" 200 203023 \"http://www.example.org/presentations/\" \"Mozilla/5.0 (Macintosh; "
    "Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 "
    "Safari/537.36\"\n"
    "Jun 14 15:16:01 combo sshd[19939]: pam_unix(sshd:auth): authentication failure; logname= "
    "uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.7\n"
    "Jun 14 15:17:41 combo systemd[1]: Started Session 31 of user root.\n"
    "2024-03-01T10:00:00.123Z INFO  [main] o.s.b.w.e.tomcat.TomcatWebServer - Tomcat started on "
    "port(s): 8080 (http) with context path '/shop'\n"
    "[ 12.345678] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n"
    "{\"time\":\"2024-03-01T10:00:00Z\",\"level\":\"info\",\"msg\":\"request served\",\"status\":"
    "200,\"bytes\":5123,\"duration_ms\":12.7,\"path\":\"/api/v2/items\",\"trace_id\":"
    "\"4bf92f3577b34da6a3ce929d0e0e4736\",\"pod\":\"shop-7d9c6b5f4-x2x9z\"}\n"
    "{\"eventVersion\":\"1.08\",\"eventName\":\"DescribeInstances\",\"awsRegion\":\"eu-west-1\","
    "\"eventID\":\"0c9e1d52-1b5e-4f9d-8a39-52a5bb6a8f0e\",\"readOnly\":true,\"requestParameters\":"
    "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-0abc1234def567890\"}]}}}\n"
    "#12 0.345 Get:1 http://deb.debian.org/debian bookworm/main amd64 libc6-dev amd64 2.36-9 "
    "[1903 kB]\n"
    "Step 4/9 : COPY --from=build /src/target/release/app /usr/local/bin/app\n"
    "npm WARN deprecated har-validator@5.1.5: this library is no longer supported\n"
    "Downloading https://repo1.maven.org/maven2/org/slf4j/slf4j-api/2.0.9/slf4j-api-2.0.9.jar\n"
    "   Compiling serde_derive v1.0.197\n"
    "/usr/bin/cc -O2 -g -Wall -I../include -DNDEBUG -o build/obj/net/tcp_listen.o -c "
    "src/net/tcp_listen.c\n"
    "--- a/src/core/find.c  b43ce11..9f0c2aa 100644  @@ -12,7 +12,9 @@ static int by_start(void)\n"
    "ts=2024-03-01T10:00:00Z level=warn component=compactor msg=\"block took too long\" "
    "block=01HQW3 duration=12.4s retries=3 err=\"context deadline exceeded\"\n"
    "The quick brown fox jumps over the lazy dog while the operator reads what went wrong.\n"
    "Traceback (most recent call last): File \"/app/views.py\", line 42, in handle return "
    "render(request, template, context)\n";

static void everyday_logs_have_few_candidates(void **state) {
    (void)state;
    static const uint8_t run_key[32];
    const struct logwash_options options = {.run_key = run_key};
    struct logwash_error error;
    struct logwash *lw;
    assert_int_equal(logwash_load(&options, &lw, &error), LOGWASH_OK);
    const struct matcher *m = lw->matcher;
    struct prefilter_scratch *scratch = prefilter_scratch_new();
    size_t *count = calloc(m->marker + 1, sizeof *count), n;
    const struct candidate *candidates;
    assert_non_null(scratch);
    assert_non_null(count);
    const struct slice text = slice_of((const uint8_t *)log_text, sizeof log_text - 1);
    assert_true(prefilter_scan(m->prefilter, scratch, text, 0, SIZE_MAX / 2, &candidates, &n));
    bool ok = n * 1024 <= ALL * text.len;
    for (size_t i = 0; i < n; i++) count[candidates[i].rule]++;
    for (size_t i = 0; i < m->marker; i++) {
        if (count[i] * 1024 <= PER_RULE * text.len) continue;
        print_message("%s: %zu in a KiB\n", lw->rule_ids[i], count[i] * 1024 / text.len);
        ok = false;
    }
    if (!ok) print_message("all rules: %zu in a KiB\n", n * 1024 / text.len);
    assert_true(ok);
    free(count);
    prefilter_scratch_free(scratch);
    logwash_free(lw);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(everyday_logs_have_few_candidates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
