/* SPDX-License-Identifier: Apache-2.0 */
/* Overriding without forking: the sentences of the design about `actions`, `set`, the input's own
 * `rules`, `disable`, `mode: observe`, tag-only rules and the generation, one test each. */
#include "detect/class.h"
#include "engine.h"

static const char pack[] = "pack: t\nrules:\n" RULE("t.one", "email", "pattern: 'ONE\\d'")
    RULE("t.two", "email", "pattern: 'TWO\\d'")
        RULE("t.card", "credit_card", "pattern: 'CARD\\d{4,9}'\n    action: redact")
            RULE("t.key", "password", "keys: [password, '*_secret']")
                RULE("t.near", "ssn",
                     "pattern: '(?<!\\d)\\d{9}(?!\\d)'\n    keywords: [ssn]\n    near: 12\n"
                     "    action: redact")
                    RULE("t.long", "iban", "pattern: 'CARD\\d{4,9} ONE\\d'\n    action: redact");

#define RETENTION                                                                                  \
    "retention: {tiers: {pro: 30d}, sensitivity: {sensitive: 14d, restricted: 24h}, count: "
#define DAY (24 * 60 * 60)

struct fixture {
    struct logwash *lw;
    struct logwash_scratch *scratch;
    struct logwash_output out;
};

static void begin(struct fixture *f, const char *config, const char *input) {
    const struct logwash_source source = {"c.yaml", config, strlen(config)};
    *f = (struct fixture){0};
    f->lw = test_engine(pack, (struct logwash_options){.config = &source,
                                                       .input = input,
                                                       .now_sec = 1800000000});
    f->scratch = logwash_scratch_new(f->lw);
    assert_non_null(f->scratch);
}

static void end(struct fixture *f) {
    logwash_output_fini(&f->out);
    logwash_scratch_free(f->scratch);
    logwash_free(f->lw);
}

static const struct logwash_verdict *wash(struct fixture *f, const char *in, const char *want) {
    assert_int_equal(logwash_wash(f->lw, f->scratch, in, strlen(in), &f->out), LOGWASH_OK);
    if (f->out.len != strlen(want) || memcmp(f->out.data, want, f->out.len) != 0)
        fail_msg("\n  in   %s\n  want %s\n  got  %.*s", in, want, (int)f->out.len,
                 (const char *)f->out.data);
    return &f->out.results[0].verdict;
}

/* Washes one text by a configuration of its own. */
static void washes(const char *config, const char *input, const char *in, const char *want) {
    struct fixture f;
    begin(&f, config, input);
    wash(&f, in, want);
    end(&f);
}

static bool has_class(const uint64_t bits[2], enum class_id id) {
    return bits[id / 64] >> id % 64 & 1;
}

/* ---- order ---- */

#define ACTIONS "  actions: {email: redact}\n"
#define SET     "  set: {t.one: {action: drop}}\n"
#define INPUTS                                                                                     \
    "inputs:\n"                                                                                    \
    "  - {topic: a, rules: {actions: {email: {mask: {keep_last: 1}}}}}\n"                          \
    "  - {topic: b, rules: {set: {t.one: {action: keep}}}}\n"

static void actions_are_stronger_than_the_pack(void **state) {
    (void)state;
    washes("rules:\n" ACTIONS, NULL, "CARD1234 ONE1", "[REDACTED:iban]");
    washes("rules:\n" ACTIONS, NULL, "ONE1 TWO1", "[REDACTED:email] [REDACTED:email]");
    washes("rules: {actions: {credit_card: {mask: {keep_last: 2}}}}", NULL, "CARD1234", "******34");
}

static void set_is_stronger_than_actions(void **state) {
    (void)state;
    washes("rules:\n" ACTIONS SET, NULL, "ONE1 TWO1", " [REDACTED:email]");
    /* ... in whatever order they stand */
    washes("rules:\n" SET ACTIONS, NULL, "ONE1 TWO1", " [REDACTED:email]");
}

static void the_rules_of_an_input_are_the_strongest(void **state) {
    (void)state;
    washes("rules:\n" ACTIONS SET INPUTS, NULL, "ONE1 TWO1", " [REDACTED:email]");
    washes("rules:\n" ACTIONS SET INPUTS, "a", "ONE1 TWO1", "***1 ***1");
    washes("rules:\n" ACTIONS SET INPUTS, "b", "ONE1 TWO1", "ONE1 [REDACTED:email]");
    washes("rules:\n" ACTIONS SET INPUTS, "c", "ONE1 TWO1", " [REDACTED:email]");
}

static void disable_names_rules_and_packs(void **state) {
    (void)state;
    washes("rules: {packs: {disable: [t.card, t.long]}}", NULL, "CARD1234 password=a1b2c3d4",
           "CARD1234 password=[REDACTED:password]");
    washes("rules: {packs: {disable: [t]}}", NULL, "CARD1234 ONE1 password=a1b2c3d4",
           "CARD1234 ONE1 password=a1b2c3d4");
    /* what is added is no part of a pack that goes, though its name may begin alike */
    washes("rules: {packs: {disable: [t]}, add: [{id: te.x, description: d, class: iban, pattern: "
           "'CARD\\d', action: redact, examples: [{in: a, out: b}, {in: c, same: true}]}]}",
           NULL, "CARD1234", "[REDACTED:iban]234");
    washes("inputs: [{topic: a, rules: {packs: {disable: [t]}}}]", "a", "CARD1234", "CARD1234");
    washes("inputs: [{topic: a, rules: {packs: {disable: [t]}}}]", NULL, "CARD1234",
           "[REDACTED:credit_card]");
}

static void set_changes_profiles(void **state) {
    (void)state;
    static const char config[] = "rules: {set: {t.card: {profiles: [strict]}}}";
    washes(config, NULL, "CARD1234", "CARD1234");
}

static void allow_and_add_of_one_input(void **state) {
    (void)state;
    static const char config[] =
        "inputs:\n"
        "  - topic: a\n"
        "    rules:\n"
        "      allow: [{value: CARD1234, class: credit_card, reason: test card}]\n"
        "      add: [{id: a.x, description: d, class: iban, pattern: 'EXTRA', action: redact, "
        "examples: [{in: a, out: b}, {in: c, same: true}]}]\n"
        "  - {topic: b}\n";
    washes(config, "a", "CARD1234 CARD1235 EXTRA",
           "CARD1234 [REDACTED:credit_card] [REDACTED:iban]");
    washes(config, "b", "CARD1234 EXTRA", "[REDACTED:credit_card] EXTRA");
}

/* ---- mode: observe ---- */

#define OBSERVED(id, count) "rules: {set: {" id ": {mode: observe}}}\n" RETENTION count "}\n"

static void an_observed_rule_is_counted_edits_nothing_changes_no_ttl(void **state) {
    (void)state;
    static const char *const counts[] = {OBSERVED("t.card", "remaining"),
                                         OBSERVED("t.card", "seen")};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        begin(&f, counts[i], NULL);
        const struct logwash_verdict *v = wash(&f, "CARD1234", "CARD1234");
        assert_int_equal(v->outcome, LOGWASH_CLEAN);
        assert_int_equal(v->hits, 1);
        assert_int_equal(v->edits, 0);
        assert_int_equal(v->sensitivity, 0);
        assert_false(has_class(v->classes, CLASS_credit_card));
        assert_false(has_class(v->remaining, CLASS_credit_card));
        assert_int_equal(f.out.class_hits[CLASS_credit_card], 1);
        assert_int_equal(logwash_ttl_sec(f.lw, v, "pro", 3), 30 * DAY);
        end(&f);
    }
}

/* Neither do its hits lend keywords, values or strength to others. */
static void an_observed_rule_leaves_others_as_if_it_were_not_there(void **state) {
    (void)state;
    static const struct {
        const char *id, *in;
    } cases[] = {
        {"t.long", "x CARD1234 ONE1 y"},
        {"t.card", "password=CARD123456 ssn CARD123456 123456789 {\"password\":\"CARD123456\"}"},
        {"t.key", "password=a1b2c3d4 and a1b2c3d4; {\"password\": {\"a\": \"ONE1 TWO2\"}}"},
        {"t.near", "password=123456789 ssn 987654321 x_secret: 'ssn 123123123'"},
        {"t.one", "ssn ONE1 ONE1 123456789 CARD1234 ONE1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char observed[128], disabled[128];
        snprintf(observed, sizeof observed, "rules: {set: {%s: {mode: observe}}}", cases[i].id);
        snprintf(disabled, sizeof disabled, "rules: {packs: {disable: [%s]}}", cases[i].id);
        struct fixture a, b;
        begin(&a, observed, NULL);
        begin(&b, disabled, NULL);
        assert_int_equal(logwash_wash(b.lw, b.scratch, cases[i].in, strlen(cases[i].in), &b.out),
                         LOGWASH_OK);
        char want[256];
        snprintf(want, sizeof want, "%.*s", (int)b.out.len, (const char *)b.out.data);
        const struct logwash_verdict *v = wash(&a, cases[i].in, want);
        assert_int_equal(v->edits, b.out.results[0].verdict.edits);
        assert_int_equal(v->classes[0], b.out.results[0].verdict.classes[0]);
        if (v->hits <= b.out.results[0].verdict.hits) fail_msg("%s: no hit", cases[i].id);
        end(&a);
        end(&b);
    }
}

static void an_observed_rule_drops_no_record(void **state) {
    (void)state;
    washes("rules: {set: {t.one: {action: {drop: record}, mode: observe}}}", NULL, "ONE1", "ONE1");
    washes("rules: {set: {t.one: {action: {drop: record}}}}", NULL, "ONE1", "");
}

static void an_observed_rule_at_a_limit_withholds_nothing(void **state) {
    (void)state;
#define SLOW                                                                                       \
    "rules: {add: [{id: s.low, description: d, class: jwt, pattern: 'k(?:a|aa|aaa|aaaa){1,200}!'," \
    " action: redact, mode: %s, examples: [{in: a, out: b}, {in: c, same: true}]}]}\n"             \
    "limits: {work_per_byte: 1000}\n"
    char line[200] = "k", config[512];
    memset(line + 1, 'a', 180);
    snprintf(config, sizeof config, SLOW, "live");
    washes(config, NULL, line, "[REDACTED:limit]");
    snprintf(config, sizeof config, SLOW, "observe");
    washes(config, NULL, line, line);
}

struct seen {
    char text[256];
};

static bool note(void *ctx, const struct logwash_finding *finding) {
    struct seen *seen = ctx;
    const size_t len = strlen(seen->text);
    snprintf(seen->text + len, sizeof seen->text - len, "%s:%s ", finding->rule, finding->action);
    return true;
}

static void scan_says_observe(void **state) {
    (void)state;
    static const char in[] = "CARD1234 TWO1";
    struct fixture f;
    struct seen seen = {""};
    struct logwash_record record = {.len = sizeof in - 1, .time_ms = INT64_MIN};
    begin(&f, "rules: {set: {t.card: {mode: observe}, t.two: {action: keep}}}", NULL);
    const struct logwash_batch batch = {.data = in,
                                        .len = sizeof in - 1,
                                        .records = &record,
                                        .n = 1,
                                        .framing = LOGWASH_FRAMING_LINE};
    assert_int_equal(logwash_scan(f.lw, f.scratch, &batch, note, &seen), LOGWASH_OK);
    assert_string_equal(seen.text, "t.card:observe t.two:keep ");
    end(&f);
}

static void live_ends_what_observe_began(void **state) {
    (void)state;
    static const char config[] = "rules: {set: {t.card: {mode: observe}}}\n"
                                 "inputs: [{topic: a, rules: {set: {t.card: {mode: live}}}}]\n";
    washes(config, NULL, "CARD1234", "CARD1234");
    washes(config, "a", "CARD1234", "[REDACTED:credit_card]");
}

/* ---- action keep ---- */

static void a_tag_only_rule_raises_the_retention_class_without_changing_bytes(void **state) {
    (void)state;
    static const char *const counts[] = {"rules: {set: {t.card: {action: keep}}}\n" RETENTION
                                         "remaining}\n",
                                         "rules: {set: {t.card: {action: keep}}}\n" RETENTION
                                         "seen}\n"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        begin(&f, counts[i], NULL);
        const struct logwash_verdict *v = wash(&f, "CARD1234", "CARD1234");
        assert_int_equal(v->outcome, LOGWASH_CLEAN);
        assert_int_equal(v->edits, 0);
        assert_true(has_class(v->classes, CLASS_credit_card));
        assert_true(has_class(v->remaining, CLASS_credit_card));
        assert_int_equal(logwash_ttl_sec(f.lw, v, "pro", 3), 14 * DAY);
        v = wash(&f, "nothing", "nothing");
        assert_int_equal(logwash_ttl_sec(f.lw, v, "pro", 3), 30 * DAY);
        end(&f);
    }
}

static void a_tag_is_counted_beside_the_edits_of_others(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, "rules: {set: {t.card: {action: keep}}}\n" RETENTION "remaining}\n", NULL);
    /* where another rule edits the same bytes */
    const struct logwash_verdict *v = wash(&f, "CARD1234 ONE1", "[REDACTED:iban]");
    assert_true(has_class(v->classes, CLASS_credit_card));
    assert_int_equal(logwash_ttl_sec(f.lw, v, "pro", 3), 14 * DAY);
    /* a value under a key goes as a whole though a tag stands in it */
    v = wash(&f, "password=CARD123456", "password=[REDACTED:password]");
    assert_true(has_class(v->classes, CLASS_credit_card) && has_class(v->classes, CLASS_password));
    end(&f);
}

static void a_key_rule_and_one_with_keywords_can_be_tags(void **state) {
    (void)state;
    struct fixture f;
    begin(&f,
          "rules: {set: {t.key: {action: keep}, t.near: {action: keep}}}\n" RETENTION
          "remaining}\n",
          NULL);
    const struct logwash_verdict *v = wash(&f, "{\"password\":{\"a\":[1]},\"b\":\"ssn 123456789\"}",
                                           "{\"password\":{\"a\":[1]},\"b\":\"ssn 123456789\"}");
    assert_true(has_class(v->remaining, CLASS_password) && has_class(v->remaining, CLASS_ssn));
    assert_int_equal(logwash_ttl_sec(f.lw, v, "pro", 3), DAY);
    end(&f);
}

/* `keep` is no redaction: `--redact` leaves it alone. */
static void redact_all_leaves_tags(void **state) {
    (void)state;
    static const char config[] = "rules: {set: {t.card: {action: keep}}}";
    const struct logwash_source source = {"c.yaml", config, sizeof config - 1};
    struct logwash *lw =
        test_engine(pack, (struct logwash_options){.config = &source, .redact_all = true});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    assert_int_equal(logwash_wash(lw, scratch, "CARD1234 ONE", 12, &out), LOGWASH_OK);
    assert_memory_equal(out.data, "CARD1234 ONE", 12);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* ---- generation ---- */

static void generation_of(struct logwash_options options, const char *config, char out[17]) {
    const struct logwash_source source = {"c.yaml", config, strlen(config)};
    if (*config) options.config = &source;
    struct logwash *lw = test_engine(pack, options);
    assert_int_equal(strlen(logwash_generation(lw)), 16);
    strcpy(out, logwash_generation(lw));
    logwash_free(lw);
}

static void every_override_is_in_the_generation(void **state) {
    (void)state;
#define ADDED(what)                                                                                \
    "rules: {add: [{id: a.b, class: iban, " what                                                   \
    ", examples: [{in: a, out: b}, {in: c, same: true}]}]}"
    static const char *const configs[] = {
        "",
        "rules: {packs: {disable: [t.one]}}",
        "rules: {packs: {disable: [t.two]}}",
        "rules: {actions: {email: redact}}",
        "rules: {actions: {email: drop}}",
        "rules: {actions: {credit_card: {mask: {keep_last: 4}}}}",
        "rules: {actions: {credit_card: {mask: {keep_last: 3}}}}",
        "rules: {actions: {ipv4: {ip: {truncate: [24, 48]}}}}",
        "rules: {actions: {ipv4: {ip: {truncate: [24, 48], keep: [private]}}}}",
        "rules: {actions: {ipv4: {ip: {truncate: [24, 48], keep: [shared]}}}}",
        "rules: {set: {t.one: {action: redact}}}",
        "rules: {set: {t.one: {mode: observe}}}",
        "rules: {set: {t.one: {profiles: [build]}}}",
        "rules: {allow: [{value: ONE1, class: email, reason: a}]}",
        "rules: {allow: [{value: ONE1, class: email, reason: a, until: 2099-01-01}]}",
        "rules: {allow: [{value: ONE1, rule: t.one, reason: a}]}",
        "rules: {allow: [{regex: ONE1, class: email, reason: a}]}",
        "rules: {allow: [{field: a, class: email, reason: a}]}",
        "rules: {allow: [{cidr: 10.0.0.0/8, reason: a}]}",
        ADDED("description: d, pattern: ABC"),
        ADDED("description: d, pattern: ABD"),
        ADDED("description: d, pattern: ABC, mode: observe"),
        ADDED("description: d, keys: [abc]"),
        "inputs: [{topic: a, rules: {set: {t.one: {action: redact}}}}]",
        "retention: {tiers: {a: 1d}}",
        "retention: {tiers: {a: 2d}}",
        "limits: {edits: 5}",
        "limits: {depth: 5}",
        "limits: {fields: 5}",
        "limits: {record: 5KiB}",
        "limits: {work_per_byte: 5}",
    };
    enum { N = sizeof configs / sizeof *configs };
    static char generations[N][17];
    char again[17];
    for (size_t i = 0; i < N; i++) {
        generation_of((struct logwash_options){.now_sec = 1800000000}, configs[i], generations[i]);
        generation_of((struct logwash_options){.now_sec = 1900000000}, configs[i], again);
        assert_string_equal(generations[i], again);
        for (size_t k = 0; k < i; k++)
            if (strcmp(generations[i], generations[k]) == 0)
                fail_msg("the same generation:\n  %s\n  %s", configs[k], configs[i]);
    }
}

static void every_option_is_in_the_generation(void **state) {
    (void)state;
    static const char config[] = "inputs: [{topic: a}, {topic: b}]";
    static const struct logwash_source values = {"values", "obviously-fake\n", 15};
    static const char keys[] = "logwash-keyring 1\nepoch k7 2026-01-01T00:00:00Z "
                               "0101010101010101010101010101010101010101010101010101010101010101\n";
    static const struct logwash_source ring = {"ring", keys, sizeof keys - 1};
    const struct logwash_options options[] = {
        {.format = LOGWASH_FORMAT_AUTO},
        {.input = "a"},
        {.input = "b"},
        {.profiles = "strict"},
        {.profiles = "build"},
        {.format = LOGWASH_FORMAT_TEXT},
        {.redact_all = true},
        {.token_length = 20},
        {.values = &values},
        {.keyring = &ring},
        {.limits.edits = 1000},
    };
    enum { N = sizeof options / sizeof *options };
    char generations[N][17];
    for (size_t i = 0; i < N; i++) {
        generation_of(options[i], config, generations[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(generations[i], generations[k]) == 0)
                fail_msg("options %zu and %zu have the same generation", k, i);
    }
    /* what changes no output is not in it */
    char other[17];
    generation_of((struct logwash_options){.without_prefilter = true, .portable = true}, config,
                  other);
    assert_string_equal(other, generations[0]);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(actions_are_stronger_than_the_pack),
        T(set_is_stronger_than_actions),
        T(the_rules_of_an_input_are_the_strongest),
        T(disable_names_rules_and_packs),
        T(set_changes_profiles),
        T(allow_and_add_of_one_input),
        T(an_observed_rule_is_counted_edits_nothing_changes_no_ttl),
        T(an_observed_rule_leaves_others_as_if_it_were_not_there),
        T(an_observed_rule_drops_no_record),
        T(an_observed_rule_at_a_limit_withholds_nothing),
        T(scan_says_observe),
        T(live_ends_what_observe_began),
        T(a_tag_only_rule_raises_the_retention_class_without_changing_bytes),
        T(a_tag_is_counted_beside_the_edits_of_others),
        T(a_key_rule_and_one_with_keywords_can_be_tags),
        T(redact_all_leaves_tags),
        T(every_override_is_in_the_generation),
        T(every_option_is_in_the_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
