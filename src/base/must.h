/* SPDX-License-Identifier: Apache-2.0 */
/* A broken invariant of ours ends the program, in release builds too. The message holds file, line
 * and expression, never data. */
#ifndef LW_BASE_MUST_H
#define LW_BASE_MUST_H

#define MUST(expr) ((expr) ? (void)0 : must_fail(__FILE__, __LINE__, #expr))

_Noreturn void must_fail(const char *file, int line, const char *expr);

#endif
