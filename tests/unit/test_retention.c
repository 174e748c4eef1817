/* SPDX-License-Identifier: Apache-2.0 */
#include "core/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

enum { DAY = 86400 };

struct fixture {
    struct arena arena;
    struct diags diags;
    struct diag_source source;
    struct retention table;
    bool ok;
};

static void fixture_read(struct fixture *f, const char *text) {
    arena_init(&f->arena);
    diags_init(&f->diags);
    f->source = (struct diag_source){"t.yaml", slice_str(text)};
    const struct yaml *root = yaml_parse(&f->source, &f->arena, &f->diags);
    f->ok = retention_read(yaml_get(root, "retention"), &f->table, &f->diags);
}

static void fixture_end(struct fixture *f) {
    diags_fini(&f->diags);
    arena_fini(&f->arena);
}

static const char full[] = "retention: {tiers: {hobby: 14d, pro: 30d, enterprise: 90d}, "
                           "tier_from: {header: plan}, default_tier: hobby, "
                           "sensitivity: {personal: tier, sensitive: 14d, restricted: 24h}, "
                           "count: remaining, buckets: [1h, 1d, 365d], expired: drop}";

static void ttls(void **state) {
    (void)state;
    static const struct {
        const char *config, *tier;
        unsigned sensitivity;
        int64_t ttl_sec;
    } rows[] = {
        {full, "pro", 0, 30 * DAY},
        {full, "pro", 1, 30 * DAY},
        {full, "pro", 2, 14 * DAY},
        {full, "pro", 3, DAY},
        {full, "pro", 200, DAY},
        {full, "enterprise", 1, 90 * DAY},
        {full, "hobby", 2, 14 * DAY},
        {full, "", 0, 14 * DAY},
        {full, "Pro", 0, 14 * DAY},
        {full, "pro ", 0, 14 * DAY},
        {full, "unheard of", 3, DAY},
        /* no default named: the shortest */
        {"retention: {tiers: {a: 9d, b: 3d, c: 5d}}", "", 0, 3 * DAY},
        {"retention: {tiers: {a: 9d, b: 3d, c: 5d}}", "c", 3, 5 * DAY},
        /* a tier shorter than the sensitivity's */
        {"retention: {tiers: {a: 2h}, sensitivity: {restricted: 24h}}", "a", 3, 7200},
        /* a level never outlasts a less sensitive one */
        {"retention: {tiers: {a: 90d}, sensitivity: {sensitive: 14d, restricted: 30d}}", "a", 3,
         14 * DAY},
        {"retention: {tiers: {a: 90d}, sensitivity: {personal: 1h}}", "a", 0, 90 * DAY},
        {"other: 1", "a", 3, -1},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct fixture f;
        fixture_read(&f, rows[i].config);
        assert_true(f.ok);
        const int64_t got =
            retention_ttl_sec(&f.table, rows[i].sensitivity, slice_str(rows[i].tier));
        if (got != rows[i].ttl_sec) print_error("case %zu\n", i);
        assert_int_equal(got, rows[i].ttl_sec);
        fixture_end(&f);
    }
}

static void fields(void **state) {
    (void)state;
    struct fixture f;
    fixture_read(&f, full);
    assert_int_equal(f.table.n_tiers, 3);
    assert_string_equal(f.table.tier_header, "plan");
    assert_int_equal(f.table.count, RETENTION_REMAINING);
    fixture_end(&f);
    fixture_read(&f, "retention: {tiers: {a: 1d}, count: seen}");
    assert_int_equal(f.table.count, RETENTION_SEEN);
    assert_string_equal(f.table.tier_header, "");
    fixture_end(&f);
}

/* Every problem of the section is named, in one pass, and the table stays empty. */
static void refusals(void **state) {
    (void)state;
    static const struct {
        const char *config;
        size_t n_errors;
        const char *says;
    } rows[] = {
        {"retention: 14d", 1, "must be a map"},
        {"retention: {}", 1, "has no `tiers`"},
        {"retention: {tiers: {}}", 1, "lists no tier"},
        {"retention: {tiers: [a]}", 1, "must be a map"},
        {"retention: {tiers: {a: 14}}", 1, "not a duration"},
        {"retention: {tiers: {a: 14 d}}", 1, "not a duration"},
        {"retention: {tiers: {a: 0d}}", 1, "at least one second"},
        {"retention: {tiers: {a: 999ms}}", 1, "at least one second"},
        {"retention: {tiers: {a: [1d]}}", 1, "not a duration"},
        {"retention: {tiers: {'': 1d}}", 1, "must be a name"},
        {"retention: {tiers: {hobby: 1d}, default_tier: hoby}", 1, "did you mean 'hobby'"},
        {"retention: {tiers: {hobby: 1d}, tier_from: plan}", 1, "must be a map"},
        {"retention: {tiers: {hobby: 1d}, tier_from: {}}", 1, "names no `header`"},
        {"retention: {tiers: {hobby: 1d}, count: remainin}", 1, "did you mean 'remaining'"},
        {"retention: {tiers: {hobby: 1d}, buckets: 1d}", 1, "must be a list"},
        {"retention: {tiers: {hobby: 1d}, buckets: []}", 1, "must be a list"},
        {"retention: {tiers: {hobby: 1d}, buckets: [1x]}", 1, "not a duration"},
        {"retention: {tiers: {hobby: 3d}, buckets: [2d, 1d]}", 1, "must ascend"},
        {"retention: {tiers: {hobby: 3d}, buckets: [1d, 24h]}", 1, "must ascend"},
        {"retention: {tiers: {a: 3d, b: 1d}, buckets: [2d, 3d]}", 1, "may be kept 1d, less than"},
        {"retention: {tiers: {a: 3d}, sensitivity: {restricted: 2h}, buckets: [1d]}", 1,
         "may be kept 2h, less than"},
        {"retention: {tiers: {hobby: 1d}, expired: dorp}", 1, "`keep` or `drop`"},
        {"retention: {tiers: {hobby: 1d}, sensitivity: {sensitiv: 1d}}", 1, "sensitive"},
        {"retention: {tiers: {hobby: 1d}, tier: x}", 1, "tiers"},
        {"retention: {tiers: {a: 1x, b: 2y}, count: all, expired: []}", 4, "not a duration"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct fixture f;
        fixture_read(&f, rows[i].config);
        struct buf out;
        buf_init(&out, 0);
        diags_print(&f.diags, &out);
        assert_true(buf_byte(&out, 0));
        if (f.ok || f.diags.n_errors != rows[i].n_errors || !strstr((char *)out.ptr, rows[i].says))
            print_error("case %zu: %s\n%s", i, rows[i].config, (char *)out.ptr);
        assert_false(f.ok);
        assert_int_equal(f.table.n_tiers, 0);
        assert_int_equal(f.diags.n_errors, rows[i].n_errors);
        assert_non_null(strstr((char *)out.ptr, rows[i].says));
        buf_fini(&out);
        fixture_end(&f);
    }
}

static void too_many_tiers(void **state) {
    (void)state;
    char text[2048];
    size_t len = (size_t)snprintf(text, sizeof text, "retention: {tiers: {t0: 1d");
    for (int i = 1; i <= RETENTION_MAX_TIERS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ", t%d: 1d", i);
    snprintf(text + len, sizeof text - len, "}}");
    struct fixture f;
    fixture_read(&f, text);
    assert_false(f.ok);
    assert_int_equal(f.diags.n_errors, 1);
    fixture_end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ttls),
        cmocka_unit_test(fields),
        cmocka_unit_test(refusals),
        cmocka_unit_test(too_many_tiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
