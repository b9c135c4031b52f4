/*
 * Unsaved work that outlives the terminal: written when the connection is lost, offered when the
 * keystore is opened again.
 */
#ifndef KSX_TUI_RECOVERY_H
#define KSX_TUI_RECOVERY_H

#include "tui/app.h"

/* The terminal is gone: every keystore with unsaved changes is kept beside its file. */
void recovery_write_all(struct app *app);
/* Offers what a former session left for this file; false if there is nothing. */
bool recovery_offer(struct app *app, struct ui_file *f);
/* The file was saved: what was kept for it is no longer needed, if that is what was saved. Work
 * that was not taken up stays. */
void recovery_done(struct ui_file *f);

#endif
