/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up logs for benches and tests: the same seed gives the same bytes on every machine.
 *
 *     gen KIND BYTES [SEED [HITS [ESCAPES]]]      KIND: access, json, audit, system, build
 *
 * HITS: share of records, in percent, that hold something to be found (default 30; access and json
 * always hold an address when they do). ESCAPES: share of those, in percent, in which it is written
 * with escapes (default 5). Addresses and names are of the ranges reserved for documentation,
 * secrets are fakes. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gen {
    uint64_t state;
    unsigned hits, escapes; /* percent */
    uint64_t second;        /* time of the next record */
    size_t written;
};

/* splitmix64 (Steele, Lea, Flood 2014): every seed is good. */
static uint64_t next(struct gen *g) {
    uint64_t z = g->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}
static unsigned below(struct gen *g, unsigned n) { return (unsigned)(next(g) % n); }
static bool percent(struct gen *g, unsigned share) { return below(g, 100) < share; }

#define PICK(g, list) ((list)[below((g), sizeof(list) / sizeof *(list))])

static const char *const names[] = {"alice", "bob",   "carol", "dave",
                                    "erin",  "frank", "grace", "heidi"};
static const char *const paths[] = {
    "/", "/index.html", "/api/v2/items", "/assets/app.9f2c.js", "/health", "/docs/start"};
static const char *const agents[] = {"Mozilla/5.0 (X11; Linux x86_64) Chrome/124.0.6367.60",
                                     "curl/8.5.0", "ELB-HealthChecker/2.0"};

/* An address of 198.18.0.0/15; `hit` false: a version of four numbers that is none. */
static void address(struct gen *g, char out[32], bool hit) {
    if (hit)
        snprintf(out, 32, "198.%u.%u.%u", 18 + below(g, 2), below(g, 256), below(g, 256));
    else
        snprintf(out, 32, "host-%u", below(g, 5000));
}

static void access_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->hits);
    address(g, from, hit);
    const char *at = hit && percent(g, g->escapes) ? "%40" : "@";
    g->written += (size_t)printf("%s - - [%02" PRIu64 "/Nov/2026:%02" PRIu64 ":%02" PRIu64
                                 ":%02" PRIu64 " +0000] \"GET %s",
                                 from, g->second / 86400 % 28 + 1, g->second / 3600 % 24,
                                 g->second / 60 % 60, g->second % 60, PICK(g, paths));
    if (hit && percent(g, 10))
        g->written += (size_t)printf("?mail=%s%sexample.com", PICK(g, names), at);
    g->written += (size_t)printf(" HTTP/1.1\" %u %u \"-\" \"%s\"\n", percent(g, 95) ? 200 : 404,
                                 below(g, 90000), PICK(g, agents));
}

static void json_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->hits);
    address(g, from, hit);
    g->written += (size_t)
        printf("{\"time\":%" PRIu64
               ",\"remote\":\"%s\",\"method\":\"GET\",\"path\":\"%s\",\"status\":%u,\"bytes\":%u,"
               "\"trace\":\"%016" PRIx64 "\"",
               1790000000 + g->second, from, PICK(g, paths), percent(g, 95) ? 200 : 500,
               below(g, 90000), next(g));
    if (hit && percent(g, 20))
        g->written += (size_t)printf(",\"user\":{\"mail\":\"%s%sexample.com\",\"plan\":\"pro\"}",
                                     PICK(g, names), percent(g, g->escapes) ? "\\u0040" : "@");
    g->written += (size_t)printf("}\n");
}

static void audit_line(struct gen *g) {
    bool hit = percent(g, g->hits);
    g->written += (size_t)
        printf("{\"@timestamp\":%" PRIu64
               ",\"action\":\"%s\",\"actor\":\"%s\",\"org\":\"acme\",\"repo\":\"acme/app-%u\","
               "\"document_id\":\"%016" PRIx64 "%016" PRIx64 "\",\"public\":false",
               1790000000000 + g->second * 1000, percent(g, 50) ? "git.push" : "team.add",
               PICK(g, names), below(g, 40), next(g), next(g));
    if (hit) g->written += (size_t)printf(",\"token\":\"fake-%08x-not-real\"", below(g, 1u << 30));
    g->written += (size_t)printf("}\n");
}

static void system_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->hits);
    address(g, from, hit);
    g->written +=
        (size_t)printf("Nov %2" PRIu64 " %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " web%u ",
                       g->second / 86400 % 28 + 1, g->second / 3600 % 24, g->second / 60 % 60,
                       g->second % 60, below(g, 20));
    if (hit)
        g->written += (size_t)printf("sshd[%u]: Failed password for %s from %s port %u ssh2\n",
                                     below(g, 30000), PICK(g, names), from, below(g, 60000));
    else
        g->written += (size_t)printf("systemd[1]: Started Session %u of user root; took %u.%03us\n",
                                     below(g, 9000), below(g, 4), below(g, 1000));
}

static void build_line(struct gen *g) {
    g->written += (size_t)printf("2026-11-23T%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%07uZ ",
                                 g->second / 3600 % 24, g->second / 60 % 60, g->second % 60,
                                 below(g, 10000000));
    if (percent(g, g->hits / 10))
        g->written +=
            (size_t)printf("%sexport DEPLOY_PASSWORD=fake-%08x-not-real\n",
                           percent(g, g->escapes) ? "\033[36;1m" : "", below(g, 1u << 30));
    else if (percent(g, 50))
        g->written += (size_t)printf(
            "npm http fetch GET 200 https://registry.example.com/package-%u %ums (cache miss)\n",
            below(g, 2000), below(g, 400));
    else
        g->written += (size_t)printf("[%u/%u] CC src/module_%u.c -> build/%016" PRIx64 ".o\n",
                                     below(g, 900), 900u, below(g, 900), next(g));
}

static const struct kind {
    const char *name;
    void (*line)(struct gen *g);
} kinds[] = {{"access", access_line},
             {"json", json_line},
             {"audit", audit_line},
             {"system", system_line},
             {"build", build_line}};

int main(int argc, char **argv) {
    const struct kind *kind = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (argc > 1 && strcmp(argv[1], kinds[i].name) == 0) kind = &kinds[i];
    if (!kind || argc < 3) {
        fputs("usage: gen access|json|audit|system|build BYTES [SEED [HITS [ESCAPES]]]\n", stderr);
        return 2;
    }
    size_t bytes = strtoull(argv[2], NULL, 10);
    struct gen g = {.state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1,
                    .hits = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 30,
                    .escapes = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 5};
    while (g.written < bytes) {
        g.second += below(&g, 3);
        kind->line(&g);
    }
    return fflush(stdout) == 0 ? 0 : 3;
}
