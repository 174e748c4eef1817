/* SPDX-License-Identifier: Apache-2.0 */
/* The flag table's own check, and the ways to write a flag. Messages go to stderr and are the CLI
 * cases' business. */
#include "test.h"

#include "cli/flags.c"
#include "cli/help.c"
#include "cli/terminal.c"

const struct command command_table[] = {
    {"", "[FILE...]", "wash", FOR_WASH, NULL, NULL},
    {"scan", "[FILE...]", "scan", FOR_SCAN, NULL, NULL},
    {"keys new", "", "keys", FOR_KEYS_NEW, NULL, NULL},
    {"run", "", "run", FOR_RUN, NULL, NULL},
};
const size_t n_commands = 4;

enum { WASH, SCAN, KEYS_NEW, RUN };

/* Parses words separated by blanks (`_` stands for an empty word). */
static bool parse(int command, const char *line, struct invocation *inv) {
    static char text[256];
    static char *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        if (strcmp(word, "_") == 0) word[0] = '\0';
        argv[argc++] = word;
    }
    *inv = (struct invocation){.command = &command_table[command]};
    return flags_parse(inv, argc, argv);
}

static void good_lines(void **state) {
    (void)state;
    struct invocation inv;
    static const char *const jobs[] = {"-j4", "-j 4", "--jobs 4", "--jobs=4", "-qj4", "-qzj 4"};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        if (!parse(WASH, jobs[i], &inv)) print_error("case '%s'\n", jobs[i]);
        assert_int_equal(inv.set.jobs, 4);
        flags_fini(&inv);
    }
    assert_true(parse(WASH, "a -q b --redact c", &inv));
    assert_int_equal(inv.n_args, 3);
    assert_string_equal(inv.args[2], "c");
    assert_true(inv.set.quiet && inv.set.redact);

    assert_true(parse(WASH, "-- -q --unknown", &inv));
    assert_int_equal(inv.n_args, 2);
    assert_false(inv.set.quiet);

    assert_true(parse(WASH, "- -z", &inv));
    assert_string_equal(inv.args[0], "-");
    assert_int_equal(inv.set.framing, LOGWASH_FRAMING_NUL);

    assert_true(parse(WASH, "-r a --rules b --rules=c=d --max-record 1MiB --format json", &inv));
    assert_int_equal(inv.set.rules.n, 3);
    assert_string_equal(inv.set.rules.items[2], "c=d");
    assert_int_equal(inv.set.max_record, 1 << 20);
    assert_int_equal(inv.set.format, LOGWASH_FORMAT_JSON);
    flags_fini(&inv);

    assert_true(parse(RUN, "-c x -X a=b -Xc=d", &inv));
    assert_int_equal(inv.set.properties.n, 2);
    assert_string_equal(inv.set.properties.items[1], "c=d");
    flags_fini(&inv);

    assert_true(parse(KEYS_NEW, "extra -h", &inv)); /* help wins */
}

static void bad_lines(void **state) {
    (void)state;
    static const struct {
        int command;
        const char *line;
    } rows[] = {
        {WASH, "--jbos 4"},
        {WASH, "--jobs"},
        {WASH, "-j"},
        {WASH, "--jobs=0"},
        {WASH, "--jobs=257"},
        {WASH, "--jobs=two"},
        {WASH, "--jobs=-1"},
        {WASH, "--jobs= "},
        {WASH, "--redact=yes"},
        {WASH, "--format=xml"},
        {WASH, "--format=tex"},
        {WASH, "--format=text|json"},
        {WASH, "-Q"},
        {WASH, "-qQ"},
        {WASH, "--json"},
        {SCAN, "--in-place"},
        {WASH, "--token-length 7"},
        {WASH, "--token-length 53"},
        {WASH, "--keyring _"},
        {KEYS_NEW, "extra"},
        {WASH, "--max-record 2GiB"},
        {WASH, "--=x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct invocation inv;
        const bool ok = parse(rows[i].command, rows[i].line, &inv);
        if (ok) print_error("accepted '%s'\n", rows[i].line);
        assert_false(ok);
        flags_fini(&inv);
    }
}

/* Every row can be reached, says what it does, and writes a field of its own. */
static void table_is_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < n_flags; i++) {
        const struct flag *f = &flag_table[i];
        assert_true(f->name[0] || f->letter);
        assert_true(f->commands != 0 && f->help[0]);
        assert_true((f->kind == FLAG_SWITCH) == (f->value == NULL));
        assert_true((f->kind == FLAG_CHOICE) == (f->choices != NULL));
        if (f->kind == FLAG_NUMBER) assert_true(f->max > f->min);
        for (const char *p = f->name; *p; p++) assert_true((*p >= 'a' && *p <= 'z') || *p == '-');
        for (size_t k = 0; k < i; k++) {
            const struct flag *g = &flag_table[k];
            const bool same_name = f->name[0] && strcmp(f->name, g->name) == 0;
            assert_int_equal(f->field == g->field, same_name); /* one flag, told in two ways */
            if (!(f->commands & g->commands)) continue;
            assert_true(!f->letter || f->letter != g->letter);
            assert_false(same_name);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
