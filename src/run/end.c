/* SPDX-License-Identifier: Apache-2.0 */
#include "run/end.h"

#include <stdarg.h>
#include <stdio.h>

enum logwash_status end_error(struct logwash_error *err, enum logwash_status status,
                              const char *where, int os_errno, const char *format, ...) {
    if (!err) return status;
    *err = (struct logwash_error){.status = status, .os_errno = os_errno};
    snprintf(err->where, sizeof err->where, "%s", where ? where : "");
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    for (char *p = err->message; *p; p++)
        if (*p == '\n' || *p == '\r') *p = ' ';
    return status;
}
