/*
 * The proof that a chain works, or why it does not: each link, OpenSSL, Java, and a TLS handshake
 * in memory, for a host name and a truststore of somebody's choice.
 */
#ifndef KSX_TUI_WIZ_PROOF_H
#define KSX_TUI_WIZ_PROOF_H

#include "tui/app.h"

/* Of a key entry of an open file, with this chain, leaf first; the certificates must live as long
 * as the view under this one. */
void wiz_proof_start(struct app *app, struct ui_file *f, const struct ks_entry *entry,
                     const struct ks_cert *const *chain, size_t count);
/* With the chain that is stored. */
void wiz_proof_of_entry(struct app *app, struct ui_file *f, const struct ks_entry *entry);

#endif
