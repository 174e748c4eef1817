/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/sample.h"

static const char text[] =
    "192.0.2.9 - - [17/May/2015:10:05:03 +0000] \"GET /presentations/images/search.png HTTP/1.1\" "
    "200 203023 \"http://www.example.org/presentations/\" \"Mozilla/5.0 (Macintosh; Intel Mac OS X "
    "10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36\"\n"
    "198.51.100.23 - - [17/May/2015:12:05:58 +0000] \"POST /api/v2/items?page=3&sort=-name "
    "HTTP/2.0\" 301 512 \"-\" \"curl/8.5.0\" 0.004\n"
    "Jun 14 15:16:01 combo sshd[19939]: pam_unix(sshd:auth): authentication failure; logname= "
    "uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.7\n"
    "Mar  1 06:25:09 web-03 CRON[2216]: (root) CMD (test -x /usr/sbin/anacron || run-parts)\n"
    "Mar  1 06:25:10 web-03 kernel: [ 4123.556812] eth0: renamed from veth91ab2c, link up "
    "1000Mbps\n"
    "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block "
    "blk_38865049064139660 terminating\n"
    "2024-03-01T10:00:00.123Z INFO  [main] o.s.b.w.e.tomcat.TomcatWebServer - Tomcat started on "
    "port(s): 8080 (http) with context path '/shop'\n"
    "2024-03-01 10:00:00,417 WARN org.apache.hadoop.hdfs: Slow ReadProcessor read took 30016ms "
    "(threshold=30000ms); ack: seqno: 112 reply: 0\n"
    "{\"time\":\"2024-03-01T10:00:00Z\",\"level\":\"info\",\"msg\":\"request served\",\"status\":"
    "200,\"bytes\":5123,\"duration_ms\":12.7,\"path\":\"/api/v2/items\",\"trace_id\":"
    "\"4bf92f3577b34da6a3ce929d0e0e4736\",\"pod\":\"shop-7d9c6b5f4-x2x9z\"}\n"
    "{\"version\":6,\"address\":\"192.0.2.64\",\"load_timestamp\":1445680800424,\"pid\":64857,"
    "\"ssl\":{\"handshakes\":23384,\"handshakes_failed\":4647},\"responses\":{\"1xx\":0,\"2xx\":"
    "179026,\"3xx\":12627,\"total\":196376},\"received\":64355461,\"sent\":6490717598}\n"
    "{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-03-01T10:00:00Z\",\"eventName\":"
    "\"DescribeInstances\",\"awsRegion\":\"eu-west-1\",\"eventID\":"
    "\"0c9e1d52-1b5e-4f9d-8a39-52a5bb6a8f0e\",\"readOnly\":true,\"requestParameters\":"
    "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-0abc1234def567890\"}]}}}\n"
    "2024-03-01T10:00:12.0817364Z #12 0.345 Get:1 http://deb.example.org/debian bookworm/main "
    "amd64 libc6-dev amd64 2.36-9 [1903 kB]\n"
    "2024-03-01T10:00:12.5531207Z Step 4/9 : COPY --from=build /src/target/release/app "
    "/usr/local/bin/app\n"
    "2024-03-01T10:00:13.1190027Z npm WARN deprecated har-validator@5.1.5: this library is no "
    "longer supported\n"
    "2024-03-01T10:00:14.7721198Z Downloading "
    "https://repo.example.org/maven2/org/slf4j/slf4j-api/2.0.9/slf4j-api-2.0.9.jar (64 kB at 1.2 "
    "MB/s)\n"
    "   Compiling serde_derive v1.0.197\n"
    "  CC      drivers/net/ethernet/intel/e1000/e1000_main.o\n"
    "/usr/bin/cc -O2 -g -Wall -I../include -DNDEBUG -o build/obj/net/tcp_listen.o -c "
    "src/net/tcp_listen.c\n"
    "index b43ce11..9f0c2aa 100644  @@ -12,7 +12,9 @@ static int by_start(void)\n"
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08: Pull complete\n"
    "ts=2024-03-01T10:00:00Z level=warn component=compactor msg=\"block took too long\" "
    "block=01HQW3 duration=12.4s retries=3 err=\"context deadline exceeded\"\n"
    "I0301 10:00:00.000123    7 controller.go:211] \"Reconciling\" controller=\"node\" "
    "name=\"ip-10-0-0-7\" worker count=1\n"
    "The quick brown fox jumps over the lazy dog while the operator reads what went wrong.\n"
    "Traceback (most recent call last): File \"/app/views.py\", line 42, in handle return "
    "render(request, template, context)\n";

struct slice sample_text(void) {
    return slice_of((const uint8_t *)text, sizeof text - 1);
}

size_t sample_count(const struct byteset *lead, const struct byteset *set, const uint8_t *at,
                    size_t n) {
    const size_t reach = n > 0 ? at[n - 1] : 0;
    size_t count = 0;
    for (size_t i = 1; i + reach < sizeof text - 1; i++) {
        bool stands = byteset_has(lead, (uint8_t)text[i - 1]);
        for (size_t k = 0; k < n && stands; k++)
            stands = byteset_has(&set[k], (uint8_t)text[i + at[k]]);
        count += stands;
    }
    return count;
}
