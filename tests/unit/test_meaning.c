/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of the design about keys, keywords, overlap, blocks, placeholders and validators,
 * one test each, named after it. Every case is washed with and without prefilter, and once more: a
 * second wash changes nothing. */
#include "engine.h"

static const char pack[] = "pack: t\nrules:\n" RULE(
    "t.tax", "tax_id",
    "pattern: '(?<!\\d)\\d{9}(?!\\d)'\n    keywords: [tax, vat]\n    near: 10\n"
    "    action: redact")
    RULE("t.mail", "email",
         "pattern: '(?<![\\w.])[\\w.]{1,64}@[a-z]{1,60}\\.[a-z]{2,10}'\n    action: redact")
        RULE("t.card", "credit_card",
             "pattern: '(?<!\\d)\\d(?:[ -]?\\d){12,18}'\n    validate: [luhn]\n"
             "    action: {mask: {keep_last: 4}}")
            RULE("t.host", "address", "pattern: '@corp\\.com'\n    action: redact")
                RULE("t.secret", "password", "keys: [password, api_key, '*_secret', '*_key']")
                    RULE("t.user", "username", "keys: [login]\n    action: pseudonym")
                        RULE("t.auth", "auth_header", "keys: [authorization]\n    extent: line")
                            RULE("t.poison", "jwt",
                                 "pattern: 'POISON\\w{0,9}'\n    action: {drop: record}")
                                RULE("t.tag", "mac", "pattern: 'TAG\\w{1,9}'\n    action: keep")
                                    RULE("t.runs", "iban",
                                         "pattern: 'R[a-z]{1,200}(?<value>x?)'\n"
                                         "    action: redact\n    validate: [has_digit]")
                                        RULE("t.pairs", "ssn",
                                             "pattern: 'ab[ab]'\n"
                                             "    action: redact")
                                            RULE("t.lone", "private_key",
                                                 "pattern: '^[A-Za-z0-9+/]{64}$'\n"
                                                 "    validate: [pem_body]");

#define PW   "[REDACTED:password]"
#define TAX  "[REDACTED:tax_id]"
#define MAIL "[REDACTED:email]"
#define KEY  "[REDACTED:private_key]"
#define BODY "nT7q9ZkR2vXw4LmP8sJd1YhG6fBc3KeA5uQoVtNxWzHrEiMyDgFjSbClUaOp0I+x"

#define WASH(...)                                                                                  \
    do {                                                                                           \
        static const struct wash_case cases[] = {__VA_ARGS__};                                     \
        (void)state;                                                                               \
        test_wash(pack, NULL, (struct logwash_options){0}, cases, sizeof cases / sizeof *cases,    \
                  INT64_MIN);                                                                      \
    } while (0)

/* ---- attempts and validators ---- */

static void after_a_hit_the_next_attempt_starts_at_the_end_of_its_value(void **state) {
    WASH({"ababa", "[REDACTED:ssn]ba"}, {"abaabb", "[REDACTED:ssn][REDACTED:ssn]"});
}

static void a_refusal_backtracks_to_the_next_shorter_match(void **state) {
    WASH({"card 4111111111111111 200 512", "card ************1111 200 512"});
}

static void only_then_the_next_offset_is_tried(void **state) {
    /* no match that begins at the first digit has the check digit, one at the second offset has */
    WASH({"9-4111111111111111", "9-************1111"}, {"card 4111111111111112", NULL});
}

static void at_most_64_refusals_an_attempt(void **state) {
    char in[201];
    memset(in, 'a', sizeof in - 1);
    in[0] = 'R';
    in[200] = '\0';
    (void)state;
    const struct wash_case cases[] = {{in, NULL}};
    test_wash(pack, NULL, (struct logwash_options){0}, cases, 1, INT64_MIN);
}

/* ---- keywords ---- */

static void keywords_stand_left_of_the_value_in_the_same_view(void **state) {
    WASH({"tax 123456789", "tax " TAX}, {"123456789 tax", NULL}, {"n 123456789", NULL},
         {"{\"a\":\"tax\",\"b\":\"123456789\"}", NULL},
         {"{\"a\":\"tax 123456789\"}", "{\"a\":\"tax " TAX "\"}"}, {"tax\n123456789", NULL});
}

static void or_are_its_key(void **state) {
    WASH({"{\"vat_number\":\"123456789\"}", "{\"vat_number\":\"" TAX "\"}"},
         {"{\"vat\":{\"n\":\"123456789\"}}", NULL});
}

static void near_counts_bytes_of_the_view(void **state) {
    WASH({"tax 12345678 123456789", "tax 12345678 " TAX}, {"tax 123456 78 123456789", NULL});
}

static void where_each_edit_placeholder_or_token_of_ours_counts_1(void **state) {
    WASH({"tax someone.with.a.name@example.com 123456789", "tax " MAIL " " TAX},
         {"tax [REDACTED:ipv4] 123456789", "tax [REDACTED:ipv4] " TAX},
         {"tax email_x_7d2kq4zn 123456789", "tax email_x_7d2kq4zn " TAX},
         {"tax a@corp.com abcdef 123456789", "tax " MAIL " abcdef " TAX});
}

static void a_mask_counts_its_own_length(void **state) {
    WASH({"tax 4111111111111111 123456789", "tax ************1111 123456789"});
}

static void judged_left_to_right_after_all_other_hits(void **state) {
    WASH({"tax 123456789, 123456789, 123456789", "tax " TAX ", " TAX ", " TAX});
}

/* ---- key rules ---- */

static void a_key_is_split_into_words(void **state) {
    WASH({"db_secret=a1b2", "db_secret=" PW}, {"db-secret=a1b2", "db-secret=" PW},
         {"db.secret=a1b2", "db.secret=" PW}, {"dbSecret=a1b2", "dbSecret=" PW},
         {"DBSecret=a1b2", "DBSecret=" PW},
         {"{\"db secret\":\"a1b2\"}", "{\"db secret\":\"" PW "\"}"}, {"dbsecret=a1b2", NULL});
}

static void a_plain_name_compares_the_joined_words(void **state) {
    WASH({"apiKey=a1b2", "apiKey=" PW}, {"API-KEY=a1b2", "API-KEY=" PW},
         {"apikey=a1b2", "apikey=" PW}, {"passwords=a1b2", NULL});
}

static void a_star_needs_its_words_last(void **state) {
    WASH({"my_key=a1b2", "my_key=" PW}, {"monkey=a1b2", NULL}, {"key_id=a1b2", NULL});
}

static void strings_numbers_objects_and_arrays_under_the_key_go_as_a_whole(void **state) {
    WASH({"{\"password\":\"a b, c\"}", "{\"password\":\"" PW "\"}"},
         {"{\"password\":4711}", "{\"password\":\"" PW "\"}"},
         {"{\"password\":{\"a\":[1,\"x\"]},\"b\":1}", "{\"password\":\"" PW "\",\"b\":1}"},
         {"{\"password\":[1, 2]}", "{\"password\":\"" PW "\"}"});
}

static void null_booleans_empty_strings_and_placeholder_words_stay(void **state) {
    WASH({"{\"password\":null,\"api_key\":true,\"a_secret\":\"\"}", NULL},
         {"{\"password\":\"${VAR}\",\"api_key\":\"<password>\",\"a_key\":\"***\"}", NULL},
         {"password=changeme", NULL}, {"password=null", NULL});
}

static void blanks_around_the_sign_and_either_quote_are_allowed(void **state) {
    WASH({"password = a1b2", "password = " PW}, {"password: a1b2", "password: " PW},
         {"password => a1b2", "password => " PW},
         {"\"password\" : \"a1b2\"", "\"password\" : \"" PW "\""},
         {"'password': 'a1b2'", "'password': '" PW "'"},
         {"run --password a1b2", "run --password " PW});
}

static void unquoted_the_value_ends_at_white_space_or_a_separator(void **state) {
    WASH({"password=a1b2 x", "password=" PW " x"}, {"password=a1b2\tx", "password=" PW "\tx"},
         {"password=a1b2, x", "password=" PW ", x"}, {"password=a1b2;x", "password=" PW ";x"},
         {"password=a1b2&x=1", "password=" PW "&x=1"},
         {"password=a1b2\" x", "password=" PW "\" x"});
}

static void or_at_a_closing_bracket_not_opened_inside(void **state) {
    WASH({"(password=a1b2) x", "(password=" PW ") x"}, {"[password=a1b2] x", "[password=" PW "] x"},
         {"password=a1(b)2 x", "password=" PW " x"});
}

static void it_must_not_be_a_plain_word(void **state) {
    WASH({"password: expired", NULL}, {"password is required", NULL});
}

static void the_same_grammar_runs_inside_string_values(void **state) {
    WASH({"{\"msg\":\"login password=a1b2 ok\"}", "{\"msg\":\"login password=" PW " ok\"}"},
         {"{\"msg\":\"{\\\"password\\\":\\\"a1b2\\\"}\"}",
          "{\"msg\":\"{\\\"password\\\":\\\"" PW "\\\"}\"}"});
}

static void headers_go_to_their_end(void **state) {
    WASH({"Authorization: Digest username=\"ada\", response=\"0a1b\"",
          "Authorization: [REDACTED:auth_header]"},
         {"{\"authorization\":\"Digest a=1, b=2\",\"n\":1}",
          "{\"authorization\":\"[REDACTED:auth_header]\",\"n\":1}"});
}

static void a_headers_name_is_the_key_of_its_value(void **state) {
    (void)state;
    struct logwash *lw = test_engine(pack, (struct logwash_options){0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    struct logwash_record record = {
        .len = 4, .name = "x-api_key", .name_len = 9, .is_beside = true, .time_ms = INT64_MIN};
    const struct logwash_batch batch = {
        .data = "a1b2", .len = 4, .records = &record, .n = 1, .framing = LOGWASH_FRAMING_MESSAGE};
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    assert_int_equal(out.len, strlen(PW));
    assert_memory_equal(out.data, PW, out.len);
    record.name = "x-colour!";
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    assert_memory_equal(out.data, "a1b2", 4);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* ---- overlap ---- */

static void overlapping_hits_merge_into_one_edit_over_their_union(void **state) {
    WASH({"a 4111111111111111@corp.com b", "a " MAIL " b"}, {"bob@corp.com", MAIL});
}

static void the_strongest_action_wins(void **state) {
    WASH({"login=bob@corp.com", "login=" MAIL}, {"password=4111111111111111", "password=" PW});
}

static void drop_record_is_a_verdict_and_always_wins(void **state) {
    WASH({"password=POISONED bob@corp.com", ""}, {"x POISON", ""});
}

static void keep_makes_no_edit(void **state) {
    WASH({"x TAGGED y", NULL}, {"TAGx@corp.com", MAIL});
}

struct counter {
    size_t n, mail, host;
};

static bool count(void *ctx, const struct logwash_finding *finding) {
    struct counter *counter = ctx;
    counter->n++;
    counter->mail += strcmp(finding->rule, "t.mail") == 0;
    counter->host += strcmp(finding->rule, "t.host") == 0;
    return true;
}

static void all_hits_losers_too_count(void **state) {
    (void)state;
    struct logwash *lw = test_engine(pack, (struct logwash_options){0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_record record = {.len = 12, .time_ms = INT64_MIN};
    const struct logwash_batch batch = {.data = "bob@corp.com",
                                        .len = 12,
                                        .records = &record,
                                        .n = 1,
                                        .framing = LOGWASH_FRAMING_MESSAGE};
    struct counter counter = {0};
    assert_int_equal(logwash_scan(lw, scratch, &batch, count, &counter), LOGWASH_OK);
    assert_int_equal(counter.mail, 1);
    assert_int_equal(counter.host, 1);
    assert_int_equal(counter.n, 2);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* ---- blocks ---- */

static void from_BEGIN_while_records_look_like_its_body_to_END(void **state) {
    WASH({"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEfake\n-----END EC PRIVATE "
          "KEY-----\nafter",
          KEY "\n" KEY "\n\n" KEY "\n" KEY "\nafter"},
         {"-----BEGIN EC PRIVATE KEY-----\nMIIEfake\nno body here!\nMIIEfake",
          KEY "\n" KEY "\nno body here!\nMIIEfake"});
}

static void judged_after_the_prefix_that_stood_before_BEGIN(void **state) {
    WASH({"#12 0.3 -----BEGIN PRIVATE KEY-----\n#12 0.4 MIIEfake\n#12 10.5 -----END PRIVATE "
          "KEY-----",
          "#12 0.3 " KEY "\n#12 0.4 " KEY "\n#12 10.5 " KEY});
}

static void a_rule_for_a_lone_line_of_PEM_body_covers_the_rest(void **state) {
    WASH({BODY, KEY}, {"x\n" BODY "\ny", "x\n" KEY "\ny"});
}

static void within_one_message(void **state) {
    (void)state;
    static const char text[] = "-----BEGIN PRIVATE KEY-----\nMIIEfake";
    struct logwash *lw = test_engine(pack, (struct logwash_options){0});
    struct logwash_scratch *scratch = logwash_scratch_new(lw);
    struct logwash_output out = {0};
    struct logwash_record records[] = {{.off = 0, .len = 27, .time_ms = INT64_MIN},
                                       {.off = 28, .len = 8, .time_ms = INT64_MIN}};
    struct logwash_batch batch = {.data = text, .len = sizeof text - 1, .records = records, .n = 2};
    batch.framing = LOGWASH_FRAMING_LINE;
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    assert_memory_equal(out.data + out.results[1].off, KEY, strlen(KEY));
    batch.framing = LOGWASH_FRAMING_MESSAGE;
    assert_int_equal(logwash_wash_batch(lw, scratch, &batch, &out), LOGWASH_OK);
    assert_memory_equal(out.data + out.results[1].off, "MIIEfake", 8);
    logwash_output_fini(&out);
    logwash_scratch_free(scratch);
    logwash_free(lw);
}

/* ---- ours ---- */

static void what_is_ours_is_inert_anywhere(void **state) {
    WASH({"[REDACTED:password]", NULL}, {"x[WITHHELD:record]y", NULL}, {"email_x_7d2kq4zn", NULL},
         {"[REDACTED:tax_id] 123456789", NULL});
}

static void a_key_rule_is_satisfied_only_if_the_whole_value_is_ours(void **state) {
    WASH({"password=" PW, NULL}, {"password=[REDACTED:ipv4]", NULL},
         {"password=[REDACTED:x]hunter2", "password=" PW});
}

#define T(name) cmocka_unit_test(name)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(after_a_hit_the_next_attempt_starts_at_the_end_of_its_value),
        T(a_refusal_backtracks_to_the_next_shorter_match),
        T(only_then_the_next_offset_is_tried),
        T(at_most_64_refusals_an_attempt),
        T(keywords_stand_left_of_the_value_in_the_same_view),
        T(or_are_its_key),
        T(near_counts_bytes_of_the_view),
        T(where_each_edit_placeholder_or_token_of_ours_counts_1),
        T(a_mask_counts_its_own_length),
        T(judged_left_to_right_after_all_other_hits),
        T(a_key_is_split_into_words),
        T(a_plain_name_compares_the_joined_words),
        T(a_star_needs_its_words_last),
        T(strings_numbers_objects_and_arrays_under_the_key_go_as_a_whole),
        T(null_booleans_empty_strings_and_placeholder_words_stay),
        T(blanks_around_the_sign_and_either_quote_are_allowed),
        T(unquoted_the_value_ends_at_white_space_or_a_separator),
        T(or_at_a_closing_bracket_not_opened_inside),
        T(it_must_not_be_a_plain_word),
        T(the_same_grammar_runs_inside_string_values),
        T(headers_go_to_their_end),
        T(a_headers_name_is_the_key_of_its_value),
        T(overlapping_hits_merge_into_one_edit_over_their_union),
        T(the_strongest_action_wins),
        T(drop_record_is_a_verdict_and_always_wins),
        T(keep_makes_no_edit),
        T(all_hits_losers_too_count),
        T(from_BEGIN_while_records_look_like_its_body_to_END),
        T(judged_after_the_prefix_that_stood_before_BEGIN),
        T(a_rule_for_a_lone_line_of_PEM_body_covers_the_rest),
        T(within_one_message),
        T(what_is_ours_is_inert_anywhere),
        T(a_key_rule_is_satisfied_only_if_the_whole_value_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
