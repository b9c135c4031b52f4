/* Wizards that make or change a whole keystore. */
#ifndef KSX_TUI_EDIT_STORE_H
#define KSX_TUI_EDIT_STORE_H

#include "tui/app.h"

void edit_create_store(struct app *app);
void edit_convert(struct app *app, struct ui_file *f);
/* f can be edited (edit_refused() is NULL). */
void edit_store_password(struct app *app, struct ui_file *f);
void edit_key_password(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
