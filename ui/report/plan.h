/*
 * What an edit would change, in words: the review of a wizard, the pending changes, the difference
 * of two keystores, and `--dry-run`. Values are external text, as in report/report.h.
 */
#ifndef KSX_REPORT_PLAN_H
#define KSX_REPORT_PLAN_H

#include "op/plan.h"
#include "report/report.h"

/* Remarks first, then BEFORE and AFTER of every entry that the plan touches. */
void report_plan(const struct ks_plan *plan, struct report *out);
/* The remarks alone, the gravest first; appended. */
void report_remarks(const struct ks_plan *plan, struct report *out);
/* Under a heading, the commands of other programs that would do the same; nothing when there are
 * none. report_plan() ends with those of the plan. */
void report_commands(const struct ks_commands *commands, struct report *out);
/* What `w` would write: the saved version against the present, with the labels of the steps. */
void report_pending(const struct ks_store *store, struct report *out);
/* All rows of a difference; `same` too when asked for. */
void report_diff(const struct ks_diff *diff, bool same, struct report *out);
/* "1 added, 2 changed, 5 the same"; appended. */
void report_diff_counts(const struct ks_diff *diff, struct ks_buf *out);
/* "trusted certificate, CN=..., expires 2031-04-02", "key pair, RSA 2048, chain of 3"; appended. */
void report_entry_words(const struct ks_entry *entry, struct ks_buf *out);

#endif
