/*
 * Export of entries into a file, and the configuration lines that use a keystore. Neither changes
 * the keystore.
 */
#ifndef KSX_TUI_WIZ_EXPORT_H
#define KSX_TUI_WIZ_EXPORT_H

#include "op/export.h"
#include "tui/edit.h"

/* Entries of one file; the array is taken. The form begins with `what`. */
void wiz_export_start(struct app *app, struct ui_file *f, const struct ks_entry **entries,
                      size_t count, enum ks_export_what what);
/* The entries of a keystore as a table in CSV (RFC 4180). */
void wiz_export_list(struct app *app, struct ui_file *f);
/* A menu of the places that can use it, and the lines for the one chosen. `entry` NULL: the
 * keystore as a whole. */
void wiz_snippet(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
