/* Wizards that put entries into a keystore: a copy from another one, secret keys, passphrases. */
#ifndef KSX_TUI_EDIT_ENTRY_H
#define KSX_TUI_EDIT_ENTRY_H

#include "tui/app.h"

/* Copies entries (the array is taken) of `from` to another open keystore. */
void edit_copy_entries(struct app *app, struct ui_file *from, const struct ks_entry **entries,
                       size_t count);
/* f can be edited (edit_refused() is NULL) and its type holds secret keys. */
void edit_make_secret(struct app *app, struct ui_file *f);
void edit_add_secret(struct app *app, struct ui_file *f);
void edit_add_passphrase(struct app *app, struct ui_file *f);
/* Shows a stored passphrase until a key is pressed, after its password was given. */
void edit_show_passphrase(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
