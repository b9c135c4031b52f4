/*
 * Time is int64_t seconds since 1970-01-01T00:00:00Z, proleptic Gregorian, years 0 to 9999,
 * independent of time_t and of the time zone. "Now" can be pinned (--at, tests).
 */
#ifndef KSX_BASE_CLOCK_H
#define KSX_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define KS_TIME_NONE INT64_MIN /* no date known */
#define KS_DAY 86400

int64_t ks_now(void);              /* the pinned time, else the host's */
void ks_clock_pin(int64_t seconds); /* KS_TIME_NONE lets it run again */
bool ks_clock_pinned(void);

/* "2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01 12:00:00"; UTC. */
bool ks_time_parse(const char *text, int64_t *out);
/* From calendar fields; false when a field is out of range (leap seconds count as :59). */
bool ks_time_from_civil(int year, int month, int day, int hour, int minute, int second,
                        int64_t *out);
struct ks_civil {
    int year, month, day, hour, minute, second;
};
struct ks_civil ks_time_to_civil(int64_t seconds);

/* Each returns `out`. KS_TIME_NONE gives "-". */
char *ks_time_date(int64_t seconds, char out[static 16]);    /* 2026-03-01 */
char *ks_time_iso(int64_t seconds, char out[static 24]);     /* 2026-03-01T12:00:00Z */
char *ks_time_human(int64_t seconds, char out[static 24]);   /* 2026-03-01 12:00:00 */

/*
 * Whole days are rounded toward the bad side, everywhere, so that no two places count differently:
 *
 *   what ends      in 12.9 days: 12     in an hour: 0     an hour ago: -1     30.1 days ago: -31
 *   what begins    in 12.1 days: 13     in an hour: 1
 */
int64_t ks_days_until(int64_t end, int64_t now);
int64_t ks_days_to_start(int64_t start, int64_t now); /* the start is ahead */
/* "31 days ago", "1 day ago", "within a day" (0), "in 1 day", "in 12 days". Returns `out`. */
char *ks_days_words(int64_t days, char out[static 40]);

#endif
