/*
 * What differs: the pending changes of a keystore (P), memory against disk, or two keystores (D).
 */
#ifndef KSX_TUI_VIEW_DIFF_H
#define KSX_TUI_VIEW_DIFF_H

#include "tui/app.h"

struct explorer;

/* P and D of the explorer. */
enum ui_next diff_command(struct app *app, struct explorer *ex, enum ui_command_id id);
/* A keystore in memory against the file that another program wrote: reads it off the UI thread. */
void diff_with_disk(struct app *app, struct ui_file *f);

/* A keystore against another store (taken over), which the title calls `what`; `closed` follows. */
void diff_stores(struct app *app, struct ui_file *f, struct ks_store *other, const char *what,
                 void (*closed)(struct ui_file *f));

#endif
