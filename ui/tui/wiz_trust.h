/* The wizard that takes certificates into a keystore as trusted ones. */
#ifndef KSX_TUI_WIZ_TRUST_H
#define KSX_TUI_WIZ_TRUST_H

#include "tui/importing.h"

/* f can be edited (edit_refused() is NULL). */
void wiz_trust_start(struct app *app, struct ui_file *f);
/* The same with what was typed or pasted elsewhere; goes on to what came of it. */
void wiz_trust_of(struct app *app, struct ui_file *f, struct importing *from);

#endif
