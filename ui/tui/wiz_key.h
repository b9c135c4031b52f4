/* The wizard that makes a key pair, with a certificate signed by itself or by a CA entry. */
#ifndef KSX_TUI_WIZ_KEY_H
#define KSX_TUI_WIZ_KEY_H

#include "tui/app.h"

/* f can be edited: edit_refused() is NULL. */
void wiz_key_start(struct app *app, struct ui_file *f);

#endif
