/* SPDX-License-Identifier: Apache-2.0 */
/* Sample logs of our own making: templates filled by a generator with a fixed seed, the same ones
 * in every run. Names, addresses and keys are made up: documentation ranges, example domains, test
 * card numbers, counted-out tokens. */
#ifndef LW_CLI_DEMO_LOGS_H
#define LW_CLI_DEMO_LOGS_H

#include "base/buf.h"

enum demo_kind { DEMO_REQUEST, DEMO_BUILD };

/* Appends record `i` (its text only); the first n_demo_templates(kind) records are one of each
 * template. */
void demo_record(enum demo_kind kind, size_t i, struct buf *out);
size_t n_demo_templates(enum demo_kind kind);
/* Appends the Kafka key of request record `i`: who asked. */
void demo_key(size_t i, struct buf *out);
/* Plan tier of the customer of record `i`. */
const char *demo_plan(size_t i);

#endif
