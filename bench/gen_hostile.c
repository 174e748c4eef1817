/* SPDX-License-Identifier: Apache-2.0 */
/* Input made to be slow: what a rule looks for stands everywhere and is never it. Records of just
 * under 1 MiB, the default limit, unless another length is asked for. */
#include "gen.h"

static size_t wanted_len(const struct gen *g) {
    return g->set.record_bytes ? g->set.record_bytes : (1u << 20) - 16;
}

/* The same text again and again. */
static void repeat(struct gen *g, const char *unit) {
    size_t len = strlen(unit), wanted = wanted_len(g);
    while (!g->out->failed && g->out->len - g->start + len <= wanted)
        buf_slice(g->out, slice_of(unit, len));
}

/* Random bytes of a set. */
static void random_of(struct gen *g, const char *set) {
    unsigned n = (unsigned)strlen(set);
    size_t wanted = wanted_len(g);
    while (!g->out->failed && g->out->len - g->start < wanted)
        buf_byte(g->out, (uint8_t)set[gen_below(g, n)]);
}

/* Beginnings of everything, none of them going on. */
static void anchors(struct gen *g) {
    static const char *const units[] = {"1.2.3.", "a@b.",   "eyJ",      "AKIA",       "ghp_",
                                        "glpat-", "xoxb-",  "sk_live_", "+1",         "::1",
                                        "://",    ":x@",    "password", "-----BEGIN", "Bearer ",
                                        "key=",   "AIza",   "npm_",     "SG.",        "dop_",
                                        "411111", "token:", "secret\"", "Cookie: ",   "0x",
                                        "00:1a:"};
    size_t wanted = wanted_len(g);
    while (!g->out->failed && g->out->len - g->start + 16 < wanted)
        buf_str(g->out, units[gen_below(g, sizeof units / sizeof *units)]);
}

/* Objects in objects, half way in and out again. */
static void deep(struct gen *g, size_t depth) {
    size_t wanted = wanted_len(g);
    buf_byte(g->out, '[');
    do {
        for (size_t i = 0; i < depth; i++) buf_str(g->out, "{\"a\":");
        buf_byte(g->out, '1');
        for (size_t i = 0; i < depth; i++) buf_byte(g->out, '}');
        buf_byte(g->out, ',');
    } while (!g->out->failed && g->out->len - g->start + 6 * depth + 8 < wanted);
    buf_str(g->out, "0]");
}

static void deep_60(struct gen *g) { deep(g, 60); }
static void deep_all(struct gen *g) { deep(g, wanted_len(g) / 6 - 8); }
static void jwt(struct gen *g) { repeat(g, "eyJ"); }
static void digits(struct gen *g) { random_of(g, "0123456789"); }
static void dots(struct gen *g) { repeat(g, "."); }
static void at(struct gen *g) { repeat(g, "@"); }
static void mails(struct gen *g) { repeat(g, "a@"); }
static void hex(struct gen *g) { random_of(g, "0123456789abcdef"); }
static void colons(struct gen *g) { repeat(g, ":"); }
static void pairs(struct gen *g) { repeat(g, "key="); }
static void numbers(struct gen *g) { repeat(g, "1.2.3."); }
static void quotes(struct gen *g) { random_of(g, "\"\\"); }
static void percents(struct gen *g) { repeat(g, "%25"); }
static void begins(struct gen *g) { repeat(g, "-----BEGIN "); }
static void base64(struct gen *g) {
    random_of(g, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

const struct gen_kind gen_hostile[] = {{"hostile-anchors", 0, anchors},
                                       {"hostile-deep-60", 0, deep_60},
                                       {"hostile-deep", 0, deep_all},
                                       {"hostile-eyj", 0, jwt},
                                       {"hostile-digits", 0, digits},
                                       {"hostile-dots", 0, dots},
                                       {"hostile-at", 0, at},
                                       {"hostile-mails", 0, mails},
                                       {"hostile-hex", 0, hex},
                                       {"hostile-colons", 0, colons},
                                       {"hostile-pairs", 0, pairs},
                                       {"hostile-numbers", 0, numbers},
                                       {"hostile-quotes", 0, quotes},
                                       {"hostile-percent", 0, percents},
                                       {"hostile-begin", 0, begins},
                                       {"hostile-base64", 0, base64},
                                       {0}};
