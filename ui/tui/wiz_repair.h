/* The wizard that repairs: one entry, or everything that has one safe repair, in a keystore or in
 * entries of it. */
#ifndef KSX_TUI_WIZ_REPAIR_H
#define KSX_TUI_WIZ_REPAIR_H

#include "tui/app.h"

/* f can be edited (edit_refused() is NULL). `entry` NULL: the whole keystore. */
void wiz_repair_start(struct app *app, struct ui_file *f, const struct ks_entry *entry);
/* Of several entries what has one safe repair, in one review. */
void wiz_repair_some(struct app *app, struct ui_file *f, const struct ks_entry *const *entries,
                     size_t count);

#endif
