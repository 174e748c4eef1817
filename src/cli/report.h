/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics from several passes over the same files as one list: each problem once, one closing
 * count.
 *
 * A problem is a line that does not begin with a blank, and the blank-led lines below it. Threads:
 * one at a time. */
#ifndef LW_CLI_REPORT_H
#define LW_CLI_REPORT_H

#include "base/buf.h"

struct report {
    char **blocks;
    size_t n, cap;
    bool failed;
};

void report_init(struct report *report);
void report_fini(struct report *report);
/* Adds the problems of a text as diags_print writes it to a struct report; those that are there
 * already are left out, closing lines (`2 errors`) too. For logwash_options.report. */
void report_add(void *report, const char *text);
/* The same, before all others. */
void report_add_first(struct report *report, const char *text);
/* Appends all, and `N errors`; nothing when empty. */
void report_print(const struct report *report, struct buf *out);

#endif
