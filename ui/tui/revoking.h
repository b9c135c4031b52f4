/*
 * Asking, from the explorer, whether certificates were revoked: a box with the URLs first, a second
 * question for addresses of private networks, then the work off the UI thread. What came is kept
 * with the keystore as long as it is open, and the doctor tells of it (tui/doctor.h).
 */
#ifndef KSX_TUI_REVOKING_H
#define KSX_TUI_REVOKING_H

#include "tui/app.h"

/* Of an entry, or of one certificate of its chain (`cert` >= 0). `e` NULL: nothing is chosen. */
void revoking_start(struct app *app, struct ui_file *f, const struct ks_entry *e, int cert);

#endif
