/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_logs.h"

#define ALNUM "0a1B2c3D4e5F6g7H8i9J"

/* `{x}` is filled: t time, i number, 4 and 6 an address, u user, e e-mail, p path, s status, n
 * small number, c card, h phone, r request id, j token of three parts. Everything else stands for
 * itself, `{` too. */
/* clang-format off */
static const char *const request_templates[] = {
    "{\"ts\":\"{t}\",\"ip\":\"{6}\",\"method\":\"POST\",\"path\":\"/api/login\",\"status\":200,\"ms\":{n},"
        "\"body\":\"{\\\"user\\\":\\\"{e}\\\",\\\"password\\\":\\\"not-a-real-{i}-password\\\"}\",\"request\":\"{r}\"}",
    "{4} - {u} [{t}] \"GET {p}?email={u}%40example.com&page={n} HTTP/1.1\" {s} 5{n} \"-\" \"curl/8.4.0\" {r}",
    "{\"ts\":\"{t}\",\"ip\":\"{4}\",\"path\":\"{p}\",\"status\":{s},\"headers\":{\"authorization\":\"Bearer {j}\","
        "\"cookie\":\"session=" ALNUM "{i}\",\"accept\":\"*/*\"},\"request\":\"{r}\"}",
    "{\"ts\":\"{t}\",\"level\":\"warn\",\"msg\":\"payment declined\",\"card\":\"{c}\",\"amount\":4{n}.50,"
        "\"contact\":\"{h}\",\"ip\":\"{4}\",\"request\":\"{r}\"}",
    "{\"ts\":\"{t}\",\"level\":\"info\",\"ip\":\"{4}\",\"method\":\"GET\",\"path\":\"{p}\",\"status\":{s},\"ms\":{n},"
        "\"user\":\"{e}\",\"ua\":\"Mozilla/5.0 Chrome/120.0.6099.71\",\"request\":\"{r}\"}",
    "{\"ts\":\"{t}\",\"ip\":\"{4}\",\"method\":\"GET\",\"path\":\"{p}\",\"status\":{s},\"ms\":{n},\"request\":\"{r}\"}",
    "{t} edge-{n} healthcheck ok region=eu version=4.18.2.1 took={n}ms {r}",
};

static const char *const build_templates[] = {
    "{t} Cloning https://deploy:not-a-real-{i}-secret@git.example.com/acme/site-{n}.git (branch main)",
    "{t} > npm config set //registry.npmjs.org/:_authToken=npm_" ALNUM "0a1B2c3D4e5F6g7H",
    "{t} env: AWS_ACCESS_KEY_ID=AKIAA0B1C2D3E4F5G6H7 AWS_SECRET_ACCESS_KEY=" ALNUM ALNUM,
    "{t} -----BEGIN RSA PRIVATE KEY-----\n" ALNUM ALNUM ALNUM "demo\n" ALNUM ALNUM ALNUM "demo\n"
        "-----END RSA PRIVATE KEY-----",
    "{t} env: DATABASE_URL=postgres://app:not-a-real-{i}-password@db.example.com:5432/app",
    "{t} notify {e}: build {n} of site-{n} finished, preview at https://site-{n}.preview.example.com",
    "{t} added {n} packages, audited 1{n} packages in {n}s",
    "{t} \x1b[32mRoute (app)\x1b[0m /blog/[slug]  {n} kB  sha 0123456789abcdef0123456789abcdef01234567",
};
/* clang-format on */

static const char *const users[] = {"ada", "grace", "linus", "margaret", "dennis", "barbara"};
static const char *const paths[] = {"/", "/pricing", "/docs/start", "/api/projects", "/blog/hello"};
static const char *const statuses[] = {"200", "200", "200", "304", "404", "500"};
static const char *const plans[] = {"hobby", "pro", "enterprise"};

#define N(array) (sizeof(array) / sizeof *(array))

/* splitmix64 of the record's number and the field's: no state, any record by itself. */
static uint64_t noise(size_t record, size_t field) {
    uint64_t z = (record + 1) * UINT64_C(0x9e3779b97f4a7c15) + field * UINT64_C(0xd1342543de82ef95);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static const char *pick(const char *const *from, size_t n, uint64_t by) { return from[by % n]; }

static void fill(char what, size_t i, size_t field, struct buf *out) {
    static const char *const nets[] = {"192.0.2", "198.51.100", "203.0.113"};
    const uint64_t r = noise(i, field);
    /* The same people come back: who and from where hang together. */
    const size_t who = (size_t)(noise(i, 1000) % N(users));
    switch (what) {
    case 't':
        buf_printf(out, "2026-01-15T%02zu:%02zu:%02zu.%03uZ", 9 + i / 3600 % 12, i / 60 % 60,
                   i % 60, (unsigned)(r % 1000));
        break;
    case 'i': buf_printf(out, "%zu", i); break;
    case '4': buf_printf(out, "%s.%zu", nets[who % N(nets)], 10 + who * 7); break;
    case '6': buf_printf(out, "2001:db8:%zx::%zx", who + 16, who + 1); break;
    case 'u': buf_str(out, users[who]); break;
    case 'e': buf_printf(out, "%s@example.com", users[who]); break;
    case 'p': buf_str(out, pick(paths, N(paths), r)); break;
    case 's': buf_str(out, pick(statuses, N(statuses), r)); break;
    case 'n': buf_printf(out, "%u", (unsigned)(r % 90 + 10)); break;
    case 'c': buf_str(out, r & 1 ? "4111 1111 1111 1111" : "5555555555554444"); break;
    case 'h': buf_printf(out, "+1 202 555 01%02u", (unsigned)(r % 100)); break;
    case 'r': buf_printf(out, "req-%06zu", i); break;
    case 'j':
        buf_printf(out, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.%sdemo%06zu", ALNUM ALNUM, i);
        break;
    default: buf_printf(out, "{%c}", what);
    }
}

static void expand_template(const char *text, size_t i, struct buf *out) {
    size_t field = 0;
    while (*text) {
        if (text[0] == '{' && text[1] && text[1] != '"' && text[2] == '}') {
            fill(text[1], i, field++, out);
            text += 3;
        } else {
            buf_byte(out, (uint8_t)*text++);
        }
    }
}

size_t n_demo_templates(enum demo_kind kind) {
    return kind == DEMO_REQUEST ? N(request_templates) : N(build_templates);
}

void demo_record(enum demo_kind kind, size_t i, struct buf *out) {
    const size_t n = n_demo_templates(kind);
    /* After one of each, the plain last ones are the most frequent, as in life. */
    const uint64_t r = noise(i, 2000);
    const size_t which = i < n ? i : r % 3 == 0 ? (size_t)(r / 3 % n) : n - 1 - (size_t)(r / 3 % 2);
    expand_template((kind == DEMO_REQUEST ? request_templates : build_templates)[which], i, out);
}

void demo_key(size_t i, struct buf *out) { fill('e', i, 0, out); }

const char *demo_plan(size_t i) { return pick(plans, N(plans), noise(i, 1000)); }
