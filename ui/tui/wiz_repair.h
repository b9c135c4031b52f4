/* The wizard that repairs: one entry, or everything in a keystore that has one safe repair. */
#ifndef KSX_TUI_WIZ_REPAIR_H
#define KSX_TUI_WIZ_REPAIR_H

#include "tui/app.h"

/* f can be edited (edit_refused() is NULL). `entry` NULL: the whole keystore. */
void wiz_repair_start(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
