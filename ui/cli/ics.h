/*
 * The expiry timeline as a calendar, RFC 5545: one all-day event an entry, with a reminder 30 days
 * ahead. The same certificate under the same alias has the same UID, so that importing the file
 * again updates the events instead of doubling them.
 */
#ifndef KSX_CLI_ICS_H
#define KSX_CLI_ICS_H

#include "cli/cli.h"

struct ks_scan_file;
struct expiry_row {
    const struct ks_store *store;
    const struct ks_entry *entry;
    int64_t expires; /* KS_TIME_NONE: no date */
    int64_t days;
    uint32_t cert; /* which certificate of the chain expires then */
    size_t order;  /* as found in the files */
    const uint8_t *worst; /* of its findings (enum ks_severity); NULL: the quick rules say */
    const struct ks_scan_file *file; /* of a search of directories; else NULL */
    size_t folded;        /* of so many certificates it is the first to expire; 0: stands for itself */
};

/* `order` is left to the caller. */
struct expiry_row expiry_row_of(const struct ks_store *store, const struct ks_entry *e);

void ics_write(struct cli *cli, const struct expiry_row *rows, size_t count);
/* The same piece by piece. */
void ics_begin(struct cli *cli);
void ics_events(struct cli *cli, const struct expiry_row *rows, size_t count);
void ics_end(struct cli *cli);

#endif
