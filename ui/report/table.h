/*
 * The entries of a store as a table for other programs.
 */
#ifndef KSX_REPORT_TABLE_H
#define KSX_REPORT_TABLE_H

#include "report/report.h"

/* RFC 4180 with a heading line: alias, kind, status, created, not_before, not_after, key, subject,
 * issuer, serial, sha256. Control characters of names are escaped as on the screen; appended. */
void report_table_csv(const struct ks_store *store, struct ks_buf *out);

#endif
