/* The wizard that puts a CA's reply into the key pair that it certifies. */
#ifndef KSX_TUI_WIZ_REPLY_H
#define KSX_TUI_WIZ_REPLY_H

#include "tui/importing.h"

/* f can be edited (edit_refused() is NULL). `entry`: the key pair that it is meant for; NULL, or
 * none: the one whose key it has. */
void wiz_reply_start(struct app *app, struct ui_file *f, const struct ks_entry *entry);
/* The same with what was typed elsewhere; goes on to what came of it. */
void wiz_reply_of(struct app *app, struct ui_file *f, const struct ks_entry *entry,
                  struct importing *from);
/* A keystore has a key pair that a reply could be for. */
bool wiz_reply_has_key(const struct ui_file *f);

#endif
