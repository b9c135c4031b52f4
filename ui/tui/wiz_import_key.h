/* The wizard that takes key pairs into a keystore which were made elsewhere. */
#ifndef KSX_TUI_WIZ_IMPORT_KEY_H
#define KSX_TUI_WIZ_IMPORT_KEY_H

#include "tui/importing.h"

/* f can be edited (edit_refused() is NULL). */
void wiz_import_key_start(struct app *app, struct ui_file *f);
/* The same with what was typed or pasted elsewhere; goes on to what came of it. */
void wiz_import_key_of(struct app *app, struct ui_file *f, struct importing *from);

#endif
