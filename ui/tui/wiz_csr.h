/* The wizard that makes a certificate request (CSR) of a key pair, and writes it to a file. */
#ifndef KSX_TUI_WIZ_CSR_H
#define KSX_TUI_WIZ_CSR_H

#include "tui/app.h"

/* The entry is a private key with a certificate, of the file's store. */
void wiz_csr_start(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
