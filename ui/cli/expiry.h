/*
 * The timeline: entries by the day on which they expire, as text, as JSON and for monitoring. What
 * expiry tells of the files that it is given, and scan of those that it finds.
 */
#ifndef KSX_CLI_EXPIRY_H
#define KSX_CLI_EXPIRY_H

#include "cli/ics.h"
#include "cli/json.h"

#define TIMELINE_RANGES 5

struct timeline {
    struct expiry_row *rows;
    size_t count, cap;
    size_t in_range[TIMELINE_RANGES];
    size_t no_date;
    size_t not_judged;        /* entries that may have a date, but none that could be read */
    size_t not_judged_stores; /* keystores that hold such entries */
    size_t unjudged_rows;     /* those of them that have a row */
};

/* Adds an entry unless --within leaves it out. */
void timeline_add(const struct cli *cli, struct timeline *t, struct expiry_row row);
/* By day, with --reverse the other way round; what has no date stays last. */
void timeline_sort(const struct cli *cli, struct timeline *t);
void timeline_drop(struct timeline *t);

enum report_state timeline_state(const struct expiry_row *row);
/* Badge, state, days, date: how each line begins. */
void timeline_print_start(struct cli *cli, const struct expiry_row *row);
/* "  (certificate 1: Issuing CA)" where it is not the first that expires then. */
void timeline_print_cert(struct cli *cli, const struct expiry_row *row);
/* "12 entries: expired 1, ..." */
void timeline_print_counts(struct cli *cli, const struct timeline *t);
/* A row, and the counts by their keys. */
json_t *timeline_object(const struct expiry_row *row);
json_t *timeline_summary(const struct timeline *t);
/* For --fail: something has expired, or does within --within, or nobody can tell. */
bool timeline_has_failed(const struct cli *cli, const struct timeline *t);

#endif
