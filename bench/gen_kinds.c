/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of every day: requests, audit events, system messages, builds. */
#include "gen.h"
#include <inttypes.h>
#include <stdio.h>

/* splitmix64 (Steele, Lea, Flood 2014): every seed is good. */
uint64_t gen_next(struct gen *g) {
    uint64_t z = g->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}
static bool percent(struct gen *g, unsigned share) { return gen_below(g, 100) < share; }

#define PICK(g, list) ((list)[gen_below((g), sizeof(list) / sizeof *(list))])

static const char *const names[] = {"alice", "bob",   "carol", "dave",
                                    "erin",  "frank", "grace", "heidi"};
static const char *const paths[] = {"/",           "/index.html",  "/api/v2/items",      "/health",
                                    "/docs/start", "/api/v2/cart", "/assets/app.9f2c.js"};
static const char *const agents[] = {
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.60 "
     "Safari/537.36"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "curl/8.5.0", "ELB-HealthChecker/2.0"};
static const char *const words[] = {"request", "served", "from",  "cache", "after",   "retry",
                                    "queue",   "worker", "shard", "ready", "handler", "took"};

/* An address of 198.18.0.0/15, or a host's name. */
static void address(struct gen *g, char out[32], bool hit) {
    if (hit)
        snprintf(out, 32, "198.%u.%u.%u", 18 + gen_below(g, 2), gen_below(g, 256),
                 gen_below(g, 256));
    else
        snprintf(out, 32, "host-%u", gen_below(g, 5000));
}

/* `before`, words, `after`, so that the record has the wanted length when `rest` more bytes follow.
 */
static void fill(struct gen *g, const char *before, const char *after, size_t rest) {
    const size_t wanted = g->set.record_bytes, close = strlen(after) + rest;
    if (g->out->len - g->start + strlen(before) + close + 1 >= wanted) return;
    buf_str(g->out, before);
    while (!g->out->failed && g->out->len - g->start + close + 9 < wanted)
        buf_printf(g->out, "%s ", PICK(g, words));
    while (!g->out->failed && g->out->len - g->start + close < wanted) buf_byte(g->out, 'x');
    buf_str(g->out, after);
}

static void access_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->set.hits);
    address(g, from, hit);
    const char *at = percent(g, g->set.escapes) ? "%40" : "@";
    buf_printf(g->out,
               "%s - - [%02" PRIu64 "/Nov/2026:%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64
               " +0000] \"GET %s",
               from, g->second / 86400 % 28 + 1, g->second / 3600 % 24, g->second / 60 % 60,
               g->second % 60, PICK(g, paths));
    if (hit && percent(g, 5)) buf_printf(g->out, "?mail=%s%sexample.com", PICK(g, names), at);
    fill(g, "?q=", "", 120);
    buf_printf(g->out, " HTTP/1.1\" %u %u \"-\" \"%s\"", percent(g, 95) ? 200 : 404,
               gen_below(g, 90000), PICK(g, agents));
}

static void json_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->set.hits);
    address(g, from, hit);
    buf_printf(g->out,
               "{\"time\":%" PRIu64 ",\"remote_addr\":\"%s\",\"method\":\"GET\",\"url\":"
               "\"https://shop.example.com%s?page=%u\",\"status\":%u,\"bytes\":%u,\"trace\":"
               "\"%016" PRIx64 "\",\"user_agent\":\"%s\"",
               1790000000 + g->second, from, PICK(g, paths), gen_below(g, 90),
               percent(g, 95) ? 200 : 500, gen_below(g, 90000), gen_next(g), PICK(g, agents));
    if (hit && percent(g, 10))
        buf_printf(g->out, ",\"user\":{\"mail\":\"%s%sexample.com\",\"plan\":\"pro\"}",
                   PICK(g, names), percent(g, g->set.escapes) ? "\\u0040" : "@");
    fill(g, ",\"note\":\"", "\"", 1);
    buf_byte(g->out, '}');
}

static void audit_line(struct gen *g) {
    bool hit = percent(g, g->set.hits);
    buf_printf(g->out,
               "{\"@timestamp\":%" PRIu64 ",\"action\":\"%s\",\"actor\":\"%s\",\"org\":\"acme\","
               "\"repo\":\"acme/app-%u\",\"document_id\":\"%016" PRIx64 "%016" PRIx64 "\"",
               1790000000000 + g->second * 1000, percent(g, 50) ? "git.push" : "team.add",
               PICK(g, names), gen_below(g, 40), gen_next(g), gen_next(g));
    if (hit) buf_printf(g->out, ",\"token\":\"fake-%08x-not-real\"", gen_below(g, 1u << 30));
    fill(g, ",\"note\":\"", "\"", 16);
    buf_str(g->out, ",\"public\":false}");
}

static void logfmt_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->set.hits);
    address(g, from, hit);
    buf_printf(g->out,
               "ts=2026-11-%02" PRIu64 "T%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64
               "Z level=%s msg=\"%s %s\" peer=%s dur=%u.%03ums",
               g->second / 86400 % 28 + 1, g->second / 3600 % 24, g->second / 60 % 60,
               g->second % 60, percent(g, 90) ? "info" : "warn", PICK(g, words), PICK(g, words),
               from, gen_below(g, 90), gen_below(g, 1000));
    if (hit && percent(g, 10))
        buf_printf(g->out, " user=%s mail=%s@example.com", PICK(g, names), PICK(g, names));
    fill(g, " note=\"", "\"", 0);
}

static void system_line(struct gen *g) {
    char from[32];
    bool hit = percent(g, g->set.hits);
    address(g, from, hit);
    buf_printf(g->out, "Nov %2" PRIu64 " %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " web%u ",
               g->second / 86400 % 28 + 1, g->second / 3600 % 24, g->second / 60 % 60,
               g->second % 60, gen_below(g, 20));
    if (hit)
        buf_printf(g->out, "sshd[%u]: Failed password for %s from %s port %u ssh2",
                   gen_below(g, 30000), PICK(g, names), from, gen_below(g, 60000));
    else
        buf_printf(g->out, "systemd[1]: Started Session %u of user root; took %u.%03us",
                   gen_below(g, 9000), gen_below(g, 4), gen_below(g, 1000));
    fill(g, "; ", "", 0);
}

static void build_line(struct gen *g) {
    buf_printf(g->out, "2026-11-23T%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%07uZ ",
               g->second / 3600 % 24, g->second / 60 % 60, g->second % 60, gen_below(g, 10000000));
    if (percent(g, g->set.hits))
        buf_printf(g->out, "%sexport DEPLOY_PASSWORD=fake-%08x-not-real",
                   percent(g, g->set.escapes) ? "\033[36;1m" : "", gen_below(g, 1u << 30));
    else if (percent(g, 50))
        buf_printf(g->out,
                   "npm http fetch GET 200 https://registry.example.com/package-%u %ums (cache "
                   "miss)",
                   gen_below(g, 2000), gen_below(g, 400));
    else
        buf_printf(g->out, "[%u/%u] CC src/module_%u.c -> build/%016" PRIx64 ".o",
                   gen_below(g, 900), 900u, gen_below(g, 900), gen_next(g));
    fill(g, " # ", "", 0);
}

/* Words with an address every 200 bytes, whatever the length of a record (default 120): for sweeps
 * over it. */
static void text_line(struct gen *g) {
    char from[32];
    const size_t wanted = g->set.record_bytes ? g->set.record_bytes : 120;
    while (!g->out->failed && g->out->len - g->start + 40 < wanted) {
        size_t before = g->out->len;
        if (g->since_hit >= 200) {
            address(g, from, percent(g, g->set.hits));
            buf_printf(g->out, "%s ", from);
            g->since_hit -= 200;
        } else {
            buf_printf(g->out, "%s ", PICK(g, words));
        }
        g->since_hit += g->out->len - before;
    }
    g->since_hit += wanted - (g->out->len - g->start);
    while (!g->out->failed && g->out->len - g->start < wanted) buf_byte(g->out, 'x');
}

const struct gen_kind gen_kinds[] = {{"access", 100, access_line}, {"json", 100, json_line},
                                     {"audit", 30, audit_line},    {"logfmt", 50, logfmt_line},
                                     {"system", 30, system_line},  {"build", 3, build_line},
                                     {"text", 100, text_line},     {0}};

const struct gen_kind *gen_kind_find(const char *name) {
    const struct gen_kind *const tables[] = {gen_kinds, gen_hostile};
    for (size_t t = 0; t < 2; t++)
        for (const struct gen_kind *k = tables[t]; k->name; k++)
            if (strcmp(k->name, name) == 0) return k;
    return NULL;
}

bool gen_fill(const struct gen_kind *kind, const struct gen_options *options, size_t bytes,
              struct buf *out) {
    struct gen g = {.set = *options, .state = options->seed, .out = out};
    if (g.set.hits == GEN_DEFAULT) g.set.hits = kind->hits;
    if (g.set.escapes == GEN_DEFAULT) g.set.escapes = 5;
    for (size_t begin = out->len; !out->failed && out->len - begin < bytes;) {
        g.start = out->len;
        g.second += gen_below(&g, 3);
        kind->line(&g);
        buf_byte(out, '\n');
    }
    return !out->failed;
}
