/* SPDX-License-Identifier: Apache-2.0 */
#include "core/block.h"
#include "test.h"

/* Runs the lines through a block the way the engine does; a line that goes is printed as `#`, else
 * as it is. */
static void wash_lines(struct block *block, const char *const *lines, size_t n, char *out,
                       size_t cap) {
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        struct slice line = slice_str(lines[i]);
        struct span hit = {0, 0};
        bool is_public = block->is_public;
        bool goes =
            block->is_open && block_line(block, line, &hit) && hit.end > hit.start && !is_public;
        const char *begin = strstr(lines[i], "-----BEGIN");
        if (!goes && begin != NULL)
            goes = block_begin(block, line, (size_t)(begin - lines[i]), line.len,
                               &(struct block_end){0}, &hit);
        len += (size_t)snprintf(out + len, cap - len, "%s\n", goes ? "#" : lines[i]);
    }
}

struct block_case {
    const char *name;
    const char *lines[10];
    const char *want;
};

static const struct block_case cases[] = {
    {"plain",
     {"a", "-----BEGIN RSA PRIVATE KEY-----", "MIIEfake+/==", "MIIE",
      "-----END RSA PRIVATE KEY-----", "b"},
     "a\n#\n#\n#\n#\nb\n"},
    {"headers and a blank line",
     {"-----BEGIN EC PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00", "",
      "MIIEfake", "-----END EC PRIVATE KEY-----"},
     "#\n#\n#\n\n#\n#\n"},
    {"behind time stamps",
     {"10:00:01 -----BEGIN PRIVATE KEY-----", "10:00:02 MIIEfake",
      "10:00:03 -----END PRIVATE KEY-----", "10:00:04 done"},
     "#\n#\n#\n10:00:04 done\n"},
    {"a prefix on the first line alone",
     {"2026-01-01T10:00:00Z key: -----BEGIN PRIVATE KEY-----", "MIIEfakeMIIEfake",
      "  AbCd0123==", "-----END PRIVATE KEY-----", "done."},
     "#\n#\n#\n#\ndone.\n"},
    {"behind steps and seconds of growing length",
     {"#9 9.87 -----BEGIN PRIVATE KEY-----", "#9 9.99 MIIEfakeMIIEfake", "#9 10.1 MIIEfakeMIIEfake",
      "#10 100.25 MIIEfake==", "#10 101.3 -----END PRIVATE KEY-----", "#10 102.0 done"},
     "#\n#\n#\n#\n#\n#10 102.0 done\n"},
    {"a word behind the body is none of it",
     {"-----BEGIN PRIVATE KEY-----", "MIIEfakeMIIEfake", "MIIEfakeMIIEfake", "Finished", "MIIE"},
     "#\n#\n#\nFinished\nMIIE\n"},
    {"behind the last line of the body only END follows",
     {"-----BEGIN PRIVATE KEY-----", "MIIEfakeMIIEfake", "MIIE", "", "Abcd0123+/==", "MIIE"},
     "#\n#\n#\n\nAbcd0123+/==\nMIIE\n"},
    {"OpenPGP",
     {"-----BEGIN PGP PRIVATE KEY BLOCK-----", "Version: Example", "", "lQOYBFfake0123+/", "lQOY",
      "=aB3d", "-----END PGP PRIVATE KEY BLOCK-----", "b"},
     "#\n#\n\n#\n#\n#\n#\nb\n"},
    {"another prefix of the same length",
     {"ab: -----BEGIN PRIVATE KEY-----", "cd: MIIEfake", "ef: -----END PRIVATE KEY-----"},
     "#\n#\n#\n"},
    {"docker JSON",
     {"{\"log\":\"-----BEGIN PRIVATE KEY-----\\n\"}", "{\"log\":\"MIIEfake\\n\"}",
      "{\"log\":\"-----END PRIVATE KEY-----\\n\"}", "{\"log\":\"x y\\n\"}"},
     "#\n#\n#\n{\"log\":\"x y\\n\"}\n"},
    {"a public key stays",
     {"-----BEGIN PUBLIC KEY-----", "MIIEfake", "-----END PUBLIC KEY-----"},
     "-----BEGIN PUBLIC KEY-----\nMIIEfake\n-----END PUBLIC KEY-----\n"},
    {"a private key behind a certificate",
     {"-----BEGIN CERTIFICATE-----", "MIIEfake", "-----END CERTIFICATE-----",
      "-----BEGIN PRIVATE KEY-----", "MIIEfake", "-----END PRIVATE KEY-----", "b"},
     "-----BEGIN CERTIFICATE-----\nMIIEfake\n-----END CERTIFICATE-----\n#\n#\n#\nb\n"},
    {"a line that is no body ends it",
     {"-----BEGIN PRIVATE KEY-----", "MIIEfake", "connection closed by peer", "MIIEfake"},
     "#\n#\nconnection closed by peer\nMIIEfake\n"},
    {"all on one line",
     {"k=-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY----- ok", "MIIEfake"},
     "#\nMIIEfake\n"},
};

static void cases_of_blocks(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        while (n < 10 && cases[i].lines[n] != NULL) n++;
        char got[1024] = "";
        struct block block = {.is_open = false};
        wash_lines(&block, cases[i].lines, n, got, sizeof got);
        if (strcmp(got, cases[i].want) != 0) fail_msg("%s:\n%s", cases[i].name, got);
    }
}

/* Cut before every line: the second part, resumed from the first as its tail, gives the same as in
 * one piece. */
static void resumed_at_every_border(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        while (n < 10 && cases[i].lines[n] != NULL) n++;
        for (size_t cut = 1; cut < n; cut++) {
            char tail[1024] = "", got[1024] = "";
            struct block block = {.is_open = false};
            wash_lines(&block, cases[i].lines, cut, got, sizeof got);
            for (size_t l = 0; l < cut; l++) {
                strcat(tail, cases[i].lines[l]);
                strcat(tail, "\n");
            }
            struct block resumed = block_resume(slice_str(tail));
            wash_lines(&resumed, cases[i].lines + cut, n - cut, got + strlen(got),
                       sizeof got - strlen(got));
            if (strcmp(got, cases[i].want) != 0)
                fail_msg("%s cut before line %zu:\n%s", cases[i].name, cut, got);
        }
    }
}

static void ends_after_its_limits(void **state) {
    (void)state;
    struct block block;
    struct span hit;
    struct slice begin = SLICE("-----BEGIN PRIVATE KEY-----");
    assert_true(block_begin(&block, begin, 0, begin.len, &(struct block_end){0}, &hit));
    size_t n = 0;
    while (n < 2 * BLOCK_LINES && block_line(&block, SLICE("MIIEfake"), &hit)) n++;
    assert_int_equal(n, BLOCK_LINES - 1);
    assert_true(block_begin(&block, begin, 0, begin.len, &(struct block_end){0}, &hit));
    char longer[BLOCK_LINE + 2];
    memset(longer, 'A', sizeof longer);
    assert_false(block_line(&block, slice_of(longer, sizeof longer), &hit));
    assert_false(block.is_open);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases_of_blocks),
                                       cmocka_unit_test(resumed_at_every_border),
                                       cmocka_unit_test(ends_after_its_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
