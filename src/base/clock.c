#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Atomic int64_t pinned = KS_TIME_NONE;

void ks_clock_pin(int64_t seconds)
{
    atomic_store(&pinned, seconds);
}

bool ks_clock_pinned(void)
{
    return atomic_load(&pinned) != KS_TIME_NONE;
}

int64_t ks_now(void)
{
    int64_t at = atomic_load(&pinned);
    return at == KS_TIME_NONE ? (int64_t)time(NULL) : at;
}

/* Days since 1970-01-01 of a proleptic Gregorian date of the years 0 to 9999; years are counted
 * from March so that the leap day is the last day of a year, and from 400 years before the year 0.
 */
static int64_t days_from_civil(int year, int month, int day)
{
    unsigned y = (unsigned)year + 400 - (month <= 2);
    unsigned from_march = (unsigned)(month > 2 ? month - 3 : month + 9);
    unsigned day_of_year = (153 * from_march + 2) / 5 + (unsigned)day - 1;
    unsigned days = y * 365 + y / 4 - y / 100 + y / 400 + day_of_year;
    return (int64_t)days - 146097 - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month != 2 || year % 4 != 0)
        return days[month - 1];
    return year % 100 != 0 || year % 400 == 0 ? 29 : 28;
}

bool ks_time_from_civil(int year, int month, int day, int hour, int minute, int second,
                        int64_t *out)
{
    if (second == 60)
        second = 59;
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month))
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *out = days_from_civil(year, month, day) * KS_DAY + hour * 3600 + minute * 60 + second;
    return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct ks_civil ks_time_to_civil(int64_t seconds)
{
    /* Beyond the years 0 to 9999 the nearest representable moment is shown. */
    const int64_t first = days_from_civil(0, 1, 1) * KS_DAY;
    const int64_t last = days_from_civil(9999, 12, 31) * KS_DAY + KS_DAY - 1;
    if (seconds < first)
        seconds = first;
    if (seconds > last)
        seconds = last;
    int64_t days = floor_div(seconds, KS_DAY);
    int64_t rest = seconds - days * KS_DAY;
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    struct ks_civil c = {
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .month = (int)(mp < 10 ? mp + 3 : mp - 9),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
    };
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    return c;
}

/* Digits and nothing else, where scanf() takes signs and blanks; then the character `end`, if it is
 * not '\0'. */
static bool take_digits(const char **text, size_t count, char end, int *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *out = *out * 10 + (**text - '0');
    }
    if (end && *(*text)++ != end)
        return false;
    return true;
}

bool ks_time_parse(const char *text, int64_t *out)
{
    int year, month, day, hour = 0, minute = 0, second = 0;
    if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) ||
        !take_digits(&text, 2, '\0', &day))
        return false;
    if (*text) {
        if (*text != 'T' && *text != ' ')
            return false;
        text++;
        if (!take_digits(&text, 2, ':', &hour) || !take_digits(&text, 2, ':', &minute) ||
            !take_digits(&text, 2, '\0', &second))
            return false;
        if (*text == 'Z')
            text++;
        if (*text)
            return false;
    }
    return ks_time_from_civil(year, month, day, hour, minute, second, out);
}

static char *format_time(int64_t seconds, char *out, size_t size, const char *separator,
                         const char *zone)
{
    if (seconds == KS_TIME_NONE) {
        (void)snprintf(out, size, "-");
        return out;
    }
    struct ks_civil c = ks_time_to_civil(seconds);
    char text[96];
    if (separator)
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d%s%02d:%02d:%02d%s", c.year, c.month,
                       c.day, separator, c.hour, c.minute, c.second, zone);
    else
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d", c.year, c.month, c.day);
    (void)snprintf(out, size, "%.*s", (int)size - 1, text);
    return out;
}

char *ks_time_date(int64_t seconds, char out[static 16])
{
    return format_time(seconds, out, 16, NULL, "");
}

char *ks_time_iso(int64_t seconds, char out[static 24])
{
    return format_time(seconds, out, 24, "T", "Z");
}

char *ks_time_human(int64_t seconds, char out[static 24])
{
    return format_time(seconds, out, 24, " ", "");
}

int64_t ks_days_until(int64_t end, int64_t now)
{
    /* Both are within the years 0 to 9999 or are the host's clock, so this cannot overflow. */
    return floor_div(end - now, KS_DAY);
}

int64_t ks_days_to_start(int64_t start, int64_t now)
{
    return -ks_days_until(now, start);
}

char *ks_days_words(int64_t days, char out[static 40])
{
    long long count = days < 0 ? -(long long)days : (long long)days;
    const char *unit = count == 1 ? "day" : "days";
    if (days == 0)
        (void)snprintf(out, 40, "within a day");
    else if (days < 0)
        (void)snprintf(out, 40, "%lld %s ago", count, unit);
    else
        (void)snprintf(out, 40, "in %lld %s", count, unit);
    return out;
}
