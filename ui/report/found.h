/*
 * What a search of directories found, in words.
 */
#ifndef KSX_REPORT_FOUND_H
#define KSX_REPORT_FOUND_H

#include "file/scan.h"
#include "report/report.h"

/* "read", "locked", "damaged", "unreadable", "unsupported": the JSON words. */
const char *found_state_word(enum ks_scan_state state);
/* The state of a file's row where it has no entries. */
enum report_state found_row_state(enum ks_scan_state state);
/* "412 files looked at, 31 keystores, 3 locked, 1 unreadable, 2 directories without permission";
 * appended. */
void found_counts(const struct ks_scan *scan, struct ks_buf *out);
/* "3 symlinks to directories, 2 FIFOs, sockets or devices"; nothing where nothing was; appended. */
void found_passed(const struct ks_scan *scan, struct ks_buf *out);
/* JSON's word of what was passed over. */
const char *found_pass_word(enum ks_scan_pass why);
/* Why it does not have everything, a sentence each: calls `say` with those that hold, and the
 * JSON's word. */
void found_cut(const struct ks_scan *scan,
               void (*say)(void *ctx, const char *word, const char *sentence), void *ctx);
/* False: an entry that the line of its locked or damaged file stands for. */
bool found_has_row(const struct ks_scan_file *file, const struct ks_entry *entry);
/* "142 certificates, the first: ALIAS" of a file that is folded, else the alias; appended. */
void found_alias(const struct ks_scan_file *file, const struct ks_entry *entry, struct ks_buf *out);
/* Its path, below the directory that was given where there is but one; borrowed. */
const char *found_path(const struct ks_scan_file *file, bool in_full);

#endif
