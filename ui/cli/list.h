/*
 * A keystore as lines of text: a heading and one row an entry. `ksx list` is made of them, and
 * `ksx show` uses them for the contents of a keystore.
 */
#ifndef KSX_CLI_LIST_H
#define KSX_CLI_LIST_H

#include "cli/cli.h"

/* "inbound.p12: PKCS12, 5 entries, integrity verified, 3 with findings" unless --quiet, then a row
 * for each of these entries. */
void list_entries(struct cli *cli, const struct ks_store *store, const uint32_t *index,
                  size_t count);

#endif
