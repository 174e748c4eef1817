/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const uint64_t ms_per_day = UINT64_C(86400000);
static const uint64_t max_days = 1000000;

/* Largest first. */
static const struct unit times[] = {
    {"d", UINT64_C(86400000)}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit sizes[] = {
    {"GiB", UINT64_C(1) << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {"", 1}};

enum { N_TIMES = sizeof times / sizeof *times, N_SIZES = sizeof sizes / sizeof *sizes };

/* Splits `text` into its digits (a number) and the rest. */
static bool leading_count(struct slice text, uint64_t *out, struct slice *rest) {
    uint64_t sum = 0;
    size_t i = 0;
    for (; i < text.len && byte_is_digit(text.ptr[i]); i++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.ptr[i] - '0'), &sum))
            return false;
    if (i == 0) return false;
    *out = sum;
    *rest = slice_sub(text, i, text.len);
    return true;
}

static bool scaled(struct slice text, const struct unit *units, size_t n, uint64_t *out) {
    uint64_t count;
    struct slice unit;
    if (!leading_count(text, &count, &unit)) return false;
    for (size_t i = 0; i < n; i++)
        if (slice_eq_str(unit, units[i].name))
            return !__builtin_mul_overflow(count, units[i].factor, out);
    return false;
}

bool count_parse(struct slice text, uint64_t *out) {
    struct slice rest;
    return leading_count(text, out, &rest) && rest.len == 0;
}

bool duration_parse(struct slice text, int64_t *out_ms) {
    uint64_t ms;
    if (!scaled(text, times, N_TIMES, &ms) || ms > max_days * ms_per_day) return false;
    *out_ms = (int64_t)ms;
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar: years begin in March, so that the
 * day that comes and goes is the last. */
static int64_t day_number(int64_t year, int64_t month, int64_t day) {
    const int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

bool date_parse(struct slice text, int64_t *out_sec) {
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t year, month, day;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-') return false;
    if (!count_parse(slice_sub(text, 0, 4), &year) || !count_parse(slice_sub(text, 5, 7), &month) ||
        !count_parse(slice_sub(text, 8, 10), &day) || year == 0 || month - 1 > 11)
        return false;
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day == 0 || day > lengths[month - 1] + (uint64_t)(month == 2 && is_leap)) return false;
    *out_sec = 86400 * day_number((int64_t)year, (int64_t)month, (int64_t)day);
    return true;
}

bool size_parse(struct slice text, uint64_t *out) { return scaled(text, sizes, N_SIZES, out); }

void duration_text(int64_t ms, char out[DURATION_TEXT_LEN]) {
    if (ms == 0) {
        snprintf(out, DURATION_TEXT_LEN, "0s");
        return;
    }
    size_t i = 0;
    while (ms % (int64_t)times[i].factor != 0) i++;
    snprintf(out, DURATION_TEXT_LEN, "%" PRId64 "%s", ms / (int64_t)times[i].factor, times[i].name);
}

bool moment_parse(struct slice text, int64_t *out_sec) {
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    if (text.len != sizeof shape - 1) return false;
    int part[6] = {0}, k = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (shape[i] != 'd' ? c != (uint8_t)shape[i] : !byte_is_digit(c)) return false;
        if (shape[i] == 'd')
            part[k] = part[k] * 10 + (c - '0');
        else
            k++;
    }
    struct tm tm = {.tm_year = part[0] - 1900,
                    .tm_mon = part[1] - 1,
                    .tm_mday = part[2],
                    .tm_hour = part[3],
                    .tm_min = part[4],
                    .tm_sec = part[5]};
    const struct tm asked = tm;
    *out_sec = timegm(&tm); /* moves a date that does not exist, as the 30th of February */
    return tm.tm_year == asked.tm_year && tm.tm_mon == asked.tm_mon &&
           tm.tm_mday == asked.tm_mday && tm.tm_hour == asked.tm_hour &&
           tm.tm_min == asked.tm_min && tm.tm_sec == asked.tm_sec;
}

bool moment_text(int64_t sec, char out[MOMENT_TEXT_LEN]) {
    const time_t moment = (time_t)sec;
    struct tm tm;
    out[0] = '\0';
    if (!gmtime_r(&moment, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900)
        return false;
    return strftime(out, MOMENT_TEXT_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == MOMENT_TEXT_LEN - 1;
}
