/* SPDX-License-Identifier: Apache-2.0 */
/* logwash topics check|create, and what check --online asks. */
#include "cli/topics.h"

#include "cli/commands.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/topics_plan.h"

#include <stdio.h>
#include <stdlib.h>

struct topics {
    const struct service *service;
    struct topic_need *needs; /* inputs first */
    size_t n;
    int64_t check_ms;
    struct kafka_admin *admin;
    size_t n_problems;
};

/* ---- what is needed ---- */

/* The shortest time a record of this input may be kept, whatever it holds; -1: nobody says. */
static int64_t shortest_sec(const struct service *service, size_t input) {
    const struct yaml *tiers = yaml_get(yaml_get(service->config.root, "retention"), "tiers");
    int64_t shortest = -1;
    for (size_t i = 0; tiers && i < tiers->n; i++)
        for (unsigned sensitivity = 0; sensitivity <= 3; sensitivity++) {
            const struct logwash_verdict verdict = {.sensitivity = (uint8_t)sensitivity};
            const struct slice tier = tiers->keys[i]->text;
            const int64_t sec = logwash_ttl_sec(service->engines[input], &verdict,
                                                (const char *)tier.ptr, tier.len);
            if (sec >= 0 && (shortest < 0 || sec < shortest)) shortest = sec;
        }
    return shortest;
}

static bool has_ttl(const struct config_input *input) {
    return strstr(input->output, "{ttl}") != NULL;
}

static void add_target(struct topics *t, const struct config_target *target) {
    const struct config *config = &t->service->config;
    struct topic_need *need = &t->needs[t->n];
    *need = (struct topic_need){.topic.name = target->topic,
                                .use = target->is_quarantine ? TOPIC_QUARANTINE : TOPIC_OUTPUT,
                                .input = target->is_quarantine ? SIZE_MAX : target->input,
                                .allow_ms = -1};
    if (target->is_quarantine) {
        need->allow_ms = config->quarantine_ms > 0 ? config->quarantine_ms : -1;
    } else if (has_ttl(&config->inputs[target->input])) {
        need->allow_ms = config->buckets[target->bucket].sec * 1000;
    } else {
        const int64_t sec = shortest_sec(t->service, target->input);
        need->allow_ms = sec < 0 ? -1 : sec * 1000;
    }
    /* Buckets and regions that the name does not tell apart lead to one topic. */
    for (size_t i = 0; i < t->n; i++)
        if (t->needs[i].use == need->use && t->needs[i].input == need->input &&
            strcmp(t->needs[i].topic.name, need->topic.name) == 0)
            return;
    t->n++;
}

static bool needs_make(struct topics *t) {
    const struct config *config = &t->service->config;
    t->needs = calloc(config->n_inputs + config->n_targets + 1, sizeof *t->needs);
    if (!t->needs) return false;
    for (size_t i = 0; i < config->n_inputs; i++) {
        const struct config_input *input = &config->inputs[i];
        const int64_t sec = shortest_sec(t->service, i);
        t->needs[t->n++] =
            (struct topic_need){.topic.name = input->topic,
                                .use = TOPIC_INPUT,
                                .input = i,
                                .allow_ms = sec < 0 ? -1 : sec * 1000,
                                .is_routed = has_ttl(input) || strstr(input->output, "{region}")};
    }
    for (size_t i = 0; i < config->n_targets; i++) add_target(t, &config->targets[i]);
    return true;
}

/* ---- what there is ---- */

static enum logwash_status describe(struct topics *t, struct logwash_error *err) {
    struct kafka_topic *topics = calloc(t->n + 1, sizeof *topics);
    if (!topics) return end_error(err, LOGWASH_MEMORY, "kafka", 0, "out of memory");
    for (size_t i = 0; i < t->n; i++) topics[i].name = t->needs[i].topic.name;
    const enum logwash_status status =
        kafka_admin_describe(t->admin, topics, t->n, &t->check_ms, err);
    for (size_t i = 0; i < t->n && status == LOGWASH_OK; i++) t->needs[i].topic = topics[i];
    free(topics);
    return status;
}

static bool is_first(const struct topics *t, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(t->needs[k].topic.name, t->needs[i].topic.name) == 0) return false;
    return true;
}

/* A topic that serves several inputs may have several needs; each problem is said once. */
static void report(struct topics *t) {
    char problems[TOPIC_PROBLEMS][TOPIC_PROBLEM_LEN], before[TOPIC_PROBLEMS][TOPIC_PROBLEM_LEN];
    for (size_t i = 0; i < t->n; i++) {
        const size_t n = topic_judge(t->needs, i, t->check_ms, problems);
        for (size_t p = 0; p < n; p++) {
            bool is_told = false;
            for (size_t k = 0; k < i && !is_told; k++) {
                if (strcmp(t->needs[k].topic.name, t->needs[i].topic.name) != 0) continue;
                const size_t m = topic_judge(t->needs, k, t->check_ms, before);
                for (size_t q = 0; q < m; q++) is_told |= strcmp(before[q], problems[p]) == 0;
            }
            if (is_told) continue;
            message("topic '%s': %s", t->needs[i].topic.name, problems[p]);
            t->n_problems++;
        }
    }
    char group[256];
    snprintf(group, sizeof group, "%s%s", t->service->config.group,
             t->service->config.mode == CONFIG_SHADOW ? KAFKA_SHADOW_SUFFIX : "");
    if (kafka_admin_group(t->admin, group)) return;
    message("group '%s': the broker does not allow it", group);
    t->n_problems++;
}

static bool show(const struct topics *t) {
    static const char *const uses[] = {"input", "output", "quarantine"};
    struct table table;
    table_init(&table, 5);
    table_row(&table, (const char *const[]){"TOPIC", "USE", "PARTITIONS", "KEPT", "ALLOWED"});
    for (size_t i = 0; i < t->n; i++) {
        const struct topic_need *need = &t->needs[i];
        const bool is_there = need->topic.state == KAFKA_TOPIC_THERE;
        char partitions[16] = "-", kept[SPAN_TEXT_LEN] = "-", allowed[SPAN_TEXT_LEN] = "-";
        if (is_there) snprintf(partitions, sizeof partitions, "%d", need->topic.n_partitions);
        if (need->topic.is_described) span_text(topic_kept_ms(&need->topic, t->check_ms), kept);
        if (need->allow_ms >= 0) span_text(need->allow_ms, allowed);
        table_row(&table, (const char *const[]){need->topic.name, uses[need->use], partitions, kept,
                                                allowed});
    }
    const bool ok = table_print(&table);
    table_fini(&table);
    return ok;
}

/* ---- making them ---- */

static enum logwash_status create(struct topics *t, bool quiet, struct logwash_error *err) {
    enum logwash_status status = LOGWASH_OK;
    for (size_t i = 0; i < t->n && status == LOGWASH_OK; i++) {
        const struct topic_need *need = &t->needs[i];
        const bool has_input =
            need->use != TOPIC_OUTPUT || t->needs[need->input].topic.state == KAFKA_TOPIC_THERE;
        struct kafka_topic fresh;
        if (need->use == TOPIC_INPUT || need->topic.state != KAFKA_TOPIC_MISSING || !has_input ||
            !is_first(t, i))
            continue;
        if (!topic_design(t->needs, t->n, i, t->check_ms, &fresh)) {
            message("topic '%s': no broker that looks so seldom can keep records so shortly",
                    need->topic.name);
            continue;
        }
        status = kafka_admin_create(t->admin, &fresh, err);
        if (status == LOGWASH_OK && !quiet)
            message("topic '%s': made, %d partitions", fresh.name, fresh.n_partitions);
    }
    return status == LOGWASH_OK ? describe(t, err) : status;
}

int topics_online(const struct service *service, const char *file, unsigned what, bool quiet) {
    const struct config *config = &service->config;
    struct topics t = {.service = service};
    struct logwash_error err = {0};
    enum logwash_status status = needs_make(&t) ? LOGWASH_OK : LOGWASH_MEMORY;
    if (status == LOGWASH_OK)
        status = kafka_admin_open(config->kafka.items, config->kafka.n, config->consumer.items,
                                  config->consumer.n, &t.admin, &err);
    if (status == LOGWASH_OK) status = describe(&t, &err);
    if (status == LOGWASH_OK && what & TOPICS_CREATE) status = create(&t, quiet, &err);
    int code = EXIT_DONE;
    if (status == LOGWASH_OK) {
        if (what & TOPICS_TABLE && !show(&t)) code = EXIT_WORLD;
        fflush(stdout);
        report(&t);
        if (t.n_problems > 0 && code == EXIT_DONE) code = EXIT_NO;
    } else {
        message("%s: %s: %s", file, err.where, err.message[0] ? err.message : "out of memory");
        code = status == LOGWASH_CONFIG ? EXIT_USAGE : EXIT_WORLD;
    }
    kafka_admin_close(t.admin);
    free(t.needs);
    return code;
}

static int run(struct invocation *inv, unsigned what) {
    struct service_source source;
    struct service service;
    const bool ok = service_load_named(&service, inv, &source);
    const int code =
        ok ? topics_online(&service, inv->set.config, what, inv->set.quiet) : EXIT_USAGE;
    service_fini(&service);
    return code;
}

int cmd_topics_check(struct invocation *inv) { return run(inv, TOPICS_TABLE); }
int cmd_topics_create(struct invocation *inv) { return run(inv, TOPICS_TABLE | TOPICS_CREATE); }
