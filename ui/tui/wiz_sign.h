/* Wizards of a CA entry and of certificates that end: sign somebody's request, renew. */
#ifndef KSX_TUI_WIZ_SIGN_H
#define KSX_TUI_WIZ_SIGN_H

#include "tui/app.h"

/* Answers a request with a certificate, written to a file. ks_op_can_sign() the entry. */
void wiz_sign_start(struct app *app, struct ui_file *f, const struct ks_entry *entry);

/* Why the entry's certificate cannot be renewed here; NULL: it can. */
const char *wiz_renew_refused(struct app *app, const struct ks_entry *entry);
/* New dates for a key pair, or a new key with the same data. f can be edited. */
void wiz_renew_start(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
