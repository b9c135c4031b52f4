/*
 * Keystores that come through a pipe: "-" is standard input, and a FIFO that is named (/dev/stdin,
 * <(command) of a shell) is read like it. A pipe gives its bytes only once, so they are kept for
 * as long as passwords are tried on them. The subcommands that look take them, and import for what it
 * brings in; what is written to is a file.
 */
#ifndef KSX_CLI_STREAM_H
#define KSX_CLI_STREAM_H

#include "base/error.h"
#include "base/secret.h"
#include "store/store.h"

struct cli;

struct stream {
    bool used;          /* false: the path is one for ks_open() */
    const char *name;   /* what messages call it */
    struct ks_buf data; /* wiped */
};

/* Whether the operand is a pipe for this subcommand. */
bool stream_is(const struct cli *cli, const char *path);
/* ks_open() of a path, or of the pipe that it names, which is read at the first call and kept in
 * `s`. */
KS_CHECK enum ks_code stream_open(const struct cli *cli, struct stream *s, const char *path,
                                  const struct ks_secret *password, struct ks_store **out,
                                  struct ks_error *err);
void stream_free(struct stream *s);

#endif
