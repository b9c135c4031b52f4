/*
 * How the URLs are asked that certificates name: --private, and --proxy or what the environment
 * says. Made in one place, for all subcommands that --fetch or look at --revocation.
 */
#ifndef KSX_CLI_ASKING_H
#define KSX_CLI_ASKING_H

#include "cli/cli.h"
#include "net/http.h"

/* All but the URL; borrows from `cli`. The password of --proxy-pass is read when it is first needed
 * and kept. */
KS_CHECK enum ks_code asking_how(struct cli *cli, struct ks_fetch *out, struct ks_error *err);
/* Through whom a server is asked that is named on the command line; the caller drops it. */
KS_CHECK enum ks_code asking_proxy(struct cli *cli, const char *host, struct ks_proxy *out,
                                   struct ks_error *err);
/* Tells which URL is asked, and through which proxy when the environment says so: nobody should go
 * through one without knowing. */
void asking_say(struct cli *cli, const char *url);
void asking_drop(struct cli *cli);

#endif
