/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_values.h"

#include "base/units.h"
#include "cli/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_TOPIC = 249, MAX_CHOICES = 16, MAX_NAME = 64 };

/* ---- ${file:…} and ${env:…} ---- */

/* A file's text without a last line end. 0, or an errno; EILSEQ: it holds a NUL. */
static int append_text(const char *path, struct buf *out) {
    const size_t start = out->len;
    const int code = file_append(path, out);
    if (code != 0) return code;
    if (out->len > start && memchr(out->ptr + start, 0, out->len - start)) return EILSEQ;
    if (out->len > start && out->ptr[out->len - 1] == '\n') out->len--;
    if (out->len > start && out->ptr[out->len - 1] == '\r') out->len--;
    return 0;
}

/* One `${…}` whose inside is `inside`; false: reported. */
static bool append_reference(struct config_reader *r, const struct yaml *node, struct slice inside,
                             struct buf *out) {
    const struct slice file = SLICE("file:"), env = SLICE("env:");
    const bool is_file = slice_starts(inside, file);
    if (!is_file && !slice_starts(inside, env)) {
        yaml_error(node, r->diags, "unknown kind of `${…}`");
        diag_hint(r->diags, "`${file:PATH}` or `${env:NAME}`; `$${` stands for `${`");
        return false;
    }
    const struct slice rest = slice_sub(inside, is_file ? file.len : env.len, inside.len);
    const struct slice copy = arena_copy(&r->config->arena, rest);
    if (!copy.ptr) return !(r->diags->failed = true);
    const char *name = (const char *)copy.ptr;
    if (r->use == CONFIG_TO_SHOW && (is_file || (!getenv(name) && strcmp(name, "HOSTNAME") != 0)))
        return buf_str(out, "${") && buf_slice(out, inside) && buf_byte(out, '}');
    if (!is_file) {
        const char *value = getenv(name);
        if (value) return buf_str(out, value);
        /* Shells set it but do not export it, service managers do not set it. */
        char host[256] = "";
        if (strcmp(name, "HOSTNAME") == 0 && gethostname(host, sizeof host - 1) == 0 && host[0])
            return buf_str(out, host);
        yaml_error(node, r->diags, "the variable %s is not set", name);
        return false;
    }
    const int code = append_text(name, out);
    if (code == 0) return true;
    yaml_error(node, r->diags, "cannot read %s: %s", name,
               code == EILSEQ ? "it holds a NUL" : file_error(code));
    return false;
}

/* Puts in what `${…}` stands for. ptr NULL: reported. */
static struct slice expand(struct config_reader *r, const struct yaml *node) {
    const struct slice text = node->text;
    if (!memmem(text.ptr, text.len, "${", 2)) return text;
    struct buf out;
    buf_init(&out, 0);
    bool ok = true;
    for (size_t i = 0; i < text.len && ok;) {
        const struct slice rest = slice_sub(text, i, text.len);
        if (slice_starts(rest, SLICE("$${"))) {
            ok = buf_str(&out, "${");
            i += 3;
        } else if (slice_starts(rest, SLICE("${"))) {
            const uint8_t *close = memchr(rest.ptr, '}', rest.len);
            if (close) {
                const size_t end = (size_t)(close - rest.ptr);
                ok = append_reference(r, node, slice_sub(rest, 2, end), &out);
                i += end + 1;
            } else {
                yaml_error(node, r->diags, "`${` without `}`");
                ok = false;
            }
        } else {
            ok = buf_byte(&out, text.ptr[i++]);
        }
    }
    if (out.failed) r->diags->failed = true;
    const struct slice done =
        ok ? arena_copy(&r->config->arena, buf_view(&out)) : (struct slice){0};
    if (ok && !done.ptr) r->diags->failed = true;
    buf_fini(&out); /* a secret may be among it, but the arena holds it as well */
    return done;
}

/* The scalar's text, expanded, NUL-terminated, not empty; NULL: reported. */
static const char *scalar_text(struct config_reader *r, const struct config_key *key,
                               const struct yaml *node) {
    if (node->kind != YAML_SCALAR) {
        yaml_error(node, r->diags, "`%s` must be one value", config_key_name(key));
        return NULL;
    }
    const struct slice text = expand(r, node);
    if (!text.ptr) return NULL;
    if (text.len == 0 || memchr(text.ptr, 0, text.len)) {
        yaml_error(node, r->diags, "`%s` %s", config_key_name(key),
                   text.len == 0 ? "is empty" : "holds a NUL");
        return NULL;
    }
    return (const char *)text.ptr;
}

/* ---- choices ---- */

/* Place of the word among `choices`, or -1: reported. */
static int choice_find(struct config_reader *r, const struct config_key *key,
                       const struct yaml *node, const char *word) {
    char room[128]; /* the table's longest is shorter, with `, ` between too */
    const char *names[MAX_CHOICES];
    size_t n = 0;
    snprintf(room, sizeof room, "%s", key->choices);
    char *save = NULL;
    for (char *name = strtok_r(room, "|", &save); name; name = strtok_r(NULL, "|", &save))
        names[n++] = name;
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, names[i]) == 0) return (int)i;
    yaml_error(node, r->diags, "`%s` cannot be '%s'", config_key_name(key), word);
    if (diag_suggest(r->diags, slice_str(word), names, n)) return -1;
    char known[sizeof room];
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", names[i]);
    diag_hint(r->diags, "%s", known);
    return -1;
}

static void words_item(struct config_reader *r, const struct config_key *key,
                       const struct yaml *node, unsigned *bits) {
    const char *word = scalar_text(r, key, node);
    const int place = word ? choice_find(r, key, node, word) : -1;
    if (place >= 0) *bits |= 1u << place;
}

static void read_words(struct config_reader *r, const struct config_key *key,
                       const struct yaml *node, unsigned *bits) {
    *bits = 0;
    if (node->kind == YAML_SEQ && node->n < key->min)
        yaml_error(node, r->diags, "`%s` is an empty list", config_key_name(key));
    if (node->kind == YAML_SEQ)
        for (size_t i = 0; i < node->n; i++) words_item(r, key, node->items[i], bits);
    else
        words_item(r, key, node, bits);
}

/* ---- numbers ---- */

static bool number_parse(const struct config_key *key, struct slice text, uint64_t *out) {
    int64_t ms;
    if (key->type == CONFIG_COUNT) return count_parse(text, out);
    if (key->type == CONFIG_SIZE) return size_parse(text, out);
    if (!duration_parse(text, &ms)) return false;
    *out = (uint64_t)ms;
    return true;
}

static void read_number(struct config_reader *r, const struct config_key *key,
                        const struct yaml *node, const char *text, uint64_t *out) {
    uint64_t value;
    if (!number_parse(key, slice_str(text), &value)) {
        yaml_error(node, r->diags, "`%s` is no %s", config_key_name(key),
                   key->type == CONFIG_COUNT  ? "number"
                   : key->type == CONFIG_SIZE ? "size"
                                              : "duration");
        if (key->type == CONFIG_SIZE) diag_hint(r->diags, "a number with B, KiB, MiB or GiB");
        if (key->type == CONFIG_DURATION)
            diag_hint(r->diags, "a number with ms, s, m, h or d: %s",
                      key->fallback ? key->fallback : "14d");
    } else if (value < key->min || value > key->max) {
        char low[DURATION_TEXT_LEN], high[DURATION_TEXT_LEN];
        duration_text((int64_t)key->min, low);
        duration_text((int64_t)key->max, high);
        if (key->type == CONFIG_DURATION)
            yaml_error(node, r->diags, "`%s` must be %s to %s", config_key_name(key), low, high);
        else if (key->min == key->max)
            yaml_error(node, r->diags, "`%s` must be %llu", config_key_name(key),
                       (unsigned long long)key->min);
        else
            yaml_error(node, r->diags, "`%s` must be %llu to %llu", config_key_name(key),
                       (unsigned long long)key->min, (unsigned long long)key->max);
    } else {
        *out = value;
    }
}

/* `1%`, `0.25%`: four digits behind the point at most. */
static void read_share(struct config_reader *r, const struct config_key *key,
                       const struct yaml *node, const char *text, uint64_t *out) {
    uint64_t ppm = 0, scale = 0; /* scale 0: no point yet */
    size_t i = 0;
    for (; byte_is_digit((uint8_t)text[i]) || (text[i] == '.' && scale == 0 && i > 0); i++) {
        if (text[i] == '.') {
            scale = 10000;
            continue;
        }
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (scale == 1 || i > 7) break; /* a fifth digit */
        scale /= 10;
        ppm = scale ? ppm + digit * scale : ppm * 10 + digit * 10000;
    }
    if (i > 0 && text[i - 1] != '.' && strcmp(text + i, "%") == 0 && ppm > 0 && ppm < 1000000) {
        *out = ppm;
        return;
    }
    yaml_error(node, r->diags, "`%s` is no share", config_key_name(key));
    diag_hint(r->diags, "more than 0%% and less than 100%%: 1%%, 0.25%%");
}

/* ---- names and addresses ---- */

static bool is_topic_byte(uint8_t c) {
    return byte_is_alnum(c) || c == '.' || c == '_' || c == '-';
}

/* Does `{word}` stand for something in this topic's name? */
static bool is_token(const struct config_key *key, const char *word, size_t len) {
    for (const char *at = key->choices; at && *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == len && strncmp(at, word, len) == 0) return true;
    return false;
}

/* What stands for `{…}` is put in later, when all of it is known. */
static bool check_topic(struct config_reader *r, const struct config_key *key,
                        const struct yaml *node, const char *name) {
    const size_t len = strlen(name);
    if (r->use == CONFIG_TO_SHOW && strstr(name, "${")) return true;
    for (size_t i = 0; i < len;) {
        const size_t word = name[i] == '{' ? strcspn(name + i + 1, "}") : 0;
        if (name[i] == '{' && name[i + 1 + word] == '}') {
            if (!is_token(key, name + i + 1, word)) {
                yaml_error(node, r->diags, "`%.*s` stands for nothing here", (int)word + 2,
                           name + i);
                return false;
            }
            i += word + 2;
        } else if (!is_topic_byte((uint8_t)name[i++])) {
            yaml_error(node, r->diags, "not a topic's name: letters, digits, '.', '_' and '-'");
            return false;
        }
    }
    if (len <= MAX_TOPIC && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) return true;
    yaml_error(node, r->diags, "not a topic's name");
    return false;
}

static void read_address(struct config_reader *r, const struct yaml *node, const char *text) {
    const char *colon = strrchr(text, ':');
    const size_t len = colon ? (size_t)(colon - text) : 0;
    const bool bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    uint64_t port;
    if (!colon || len == 0 || !count_parse(slice_str(colon + 1), &port) || port > 65535 ||
        (!bracketed && memchr(text, ':', len))) {
        yaml_error(node, r->diags, "not an address and port");
        diag_hint(r->diags, "127.0.0.1:9899 or [::1]:9899");
        return;
    }
    const struct slice host = bracketed ? slice_of(text + 1, len - 2) : slice_of(text, len);
    r->config->admin_host = (const char *)arena_copy(&r->config->arena, host).ptr;
    r->config->admin_port = port;
    if (!r->config->admin_host) r->diags->failed = true;
}

/* ---- lists and properties ---- */

static void read_list(struct config_reader *r, const struct config_key *key,
                      const struct yaml *node, struct config_list *out) {
    if (node->kind != YAML_SEQ) {
        yaml_error(node, r->diags, "`%s` must be a list", config_key_name(key));
        return;
    }
    out->items = ARENA_ARRAY(&r->config->arena, const char *, node->n + 1);
    if (!out->items) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        const char *item = scalar_text(r, key, node->items[i]);
        if (item) out->items[out->n++] = item;
    }
}

static enum kafka_side side_of(const struct config_key *key) {
    if (strcmp(key->path, "consumer") == 0) return KAFKA_CONSUMER;
    return strcmp(key->path, "producer") == 0 ? KAFKA_PRODUCER : KAFKA_BOTH;
}

bool config_is_name(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (!byte_is_alnum(text.ptr[i]) && text.ptr[i] != '.' && text.ptr[i] != '_') return false;
    return text.len > 0 && text.len <= MAX_NAME;
}

void config_hide(struct config_reader *r, const struct yaml *node) {
    if (node->kind == YAML_SCALAR) diag_hide(r->diags, node->source, node->off, node->len);
    for (size_t i = 0; i < node->n; i++) {
        if (node->kind == YAML_MAP) config_hide(r, node->keys[i]);
        config_hide(r, node->items[i]);
    }
}

static void property(struct config_reader *r, const struct config_key *key,
                     const struct yaml *name_node, const struct yaml *node,
                     struct config_properties *out) {
    config_hide(r, node);
    if (!config_is_name(name_node->text)) {
        config_hide(r, name_node);
        yaml_error(name_node, r->diags, "not a property's name");
        diag_hint(r->diags, "is a blank missing behind the colon?");
        return;
    }
    if (node->kind != YAML_SCALAR) {
        yaml_error(node, r->diags, "a property must be one value");
        return;
    }
    const struct slice value = expand(r, node);
    if (!value.ptr) return;
    const char *name = (const char *)name_node->text.ptr;
    if (side_of(key) == KAFKA_CONSUMER && strcmp(name, "group.id") == 0) {
        r->config->group = (const char *)value.ptr;
        return;
    }
    char why[256];
    if (kafka_check_property(side_of(key), name, (const char *)value.ptr, why, sizeof why))
        out->items[out->n++] = (struct kafka_property){name, (const char *)value.ptr};
    else
        yaml_error(name_node, r->diags, "%s", why);
}

static void read_properties(struct config_reader *r, const struct config_key *key,
                            const struct yaml *node, struct config_properties *out) {
    if (node->kind != YAML_MAP) {
        config_hide(r, node);
        yaml_error(node, r->diags, "`%s` must be a map of properties", key->path);
        return;
    }
    out->items = ARENA_ARRAY(&r->config->arena, struct kafka_property, node->n + 1);
    if (!out->items) {
        r->diags->failed = true;
        return;
    }
    for (size_t i = 0; i < node->n; i++) property(r, key, node->keys[i], node->items[i], out);
}

/* ---- one value ---- */

static void read_scalar(struct config_reader *r, const struct config_key *key,
                        const struct yaml *node, void *field) {
    const char *text = scalar_text(r, key, node);
    if (!text) return;
    switch (key->type) {
    case CONFIG_TEXT: *(const char **)field = text; return;
    case CONFIG_TOPIC:
        if (check_topic(r, key, node, text)) *(const char **)field = text;
        return;
    case CONFIG_CHOICE: {
        const int place = choice_find(r, key, node, text);
        if (place >= 0) *(unsigned *)field = (unsigned)place;
        return;
    }
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_COUNT: read_number(r, key, node, text, (uint64_t *)field); return;
    case CONFIG_SHARE: read_share(r, key, node, text, field); return;
    case CONFIG_ADDRESS: read_address(r, node, text); return;
    case CONFIG_SECTION:
    case CONFIG_ITEMS:
    case CONFIG_WORDS:
    case CONFIG_LIST:
    case CONFIG_PROPERTIES:
    case CONFIG_ENGINE:
    case CONFIG_ENGINE_KEY: return;
    }
}

/* A default is read from its text as if it stood in a file of its own. */
static const struct yaml *fallback_node(struct config_reader *r, const struct config_key *key) {
    struct diag_source *source = ARENA_NEW(&r->config->arena, struct diag_source);
    if (!source) {
        r->diags->failed = true;
        return NULL;
    }
    *source = (struct diag_source){"default", slice_str(key->fallback)};
    return yaml_parse(source, &r->config->arena, r->diags);
}

void config_value(struct config_reader *r, const struct config_key *key, const struct yaml *node,
                  void *object) {
    if (!node && key->fallback) node = fallback_node(r, key);
    if (!node) return;
    if (key->flags & KEY_HIDE) config_hide(r, node);
    void *field = (char *)object + key->field;
    if (key->type == CONFIG_WORDS)
        read_words(r, key, node, field);
    else if (key->type == CONFIG_LIST)
        read_list(r, key, node, field);
    else if (key->type == CONFIG_PROPERTIES)
        read_properties(r, key, node, field);
    else
        read_scalar(r, key, node, field);
}
