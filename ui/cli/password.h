/*
 * Where the passwords of the subcommands come from. A password never stands on the command line:
 * argv is visible to every user of the host. A source is
 *
 *   prompt     asked on the controlling terminal, even when stdin is a pipe (the default)
 *   env:VAR    an environment variable, wiped from the environment once read
 *   file:PATH  the first line of a file; a warning if others can read it
 *   fd:N       the first line from a descriptor
 *   none       no password: list what can be listed, unverified
 */
#ifndef KSX_CLI_PASSWORD_H
#define KSX_CLI_PASSWORD_H

#include "base/error.h"
#include "base/secret.h"

enum password_kind { PASSWORD_PROMPT, PASSWORD_NONE, PASSWORD_ENV, PASSWORD_FILE, PASSWORD_FD };

/* One source; what it gave is kept, so that a descriptor is read and a variable wiped once. */
struct password_source {
    char *name; /* the file it is for; NULL = every file */
    enum password_kind kind;
    char *argument;           /* VAR, PATH, N */
    struct ks_secret *secret; /* NULL until read */
};

struct password_sources {
    struct password_source *items;
    size_t count;
};

/* "SRC" into *out; refuses a password in clear, without repeating it. */
KS_CHECK enum ks_code password_source_parse(const char *text, struct password_source *out,
                                            struct ks_error *err);
void password_source_free(struct password_source *s); /* its contents; wipes */

/* Adds what stands behind --pass: "SRC" or "NAME=SRC". */
KS_CHECK enum ks_code password_sources_add(struct password_sources *all, const char *text,
                                           struct ks_error *err);
void password_sources_free(struct password_sources *all); /* forgets all that was read as well */
/* The source for a file: its NAME is the path as given or its last part; else the one without a
 * name; else NULL, which means prompt. */
struct password_source *password_source_for(struct password_sources *all, const char *path);
/* Every NAME must be one of the files. */
KS_CHECK enum ks_code password_sources_check(const struct password_sources *all, char **files,
                                             size_t count, struct ks_error *err);

/* Reads a source of the kinds env, file and fd; *out is borrowed from it. Sources of the same kind
 * and argument share what the first of them read. *readable_by_others is set when a file's mode lets
 * group or others read it. */
KS_CHECK enum ks_code password_read(struct password_source *s, const struct ks_secret **out,
                                    bool *readable_by_others, struct ks_error *err);

/* Asks on the controlling terminal with echo off. KS_ERR_PASSWORD_NEEDED without a terminal or at
 * its end of file. `label` is printed as it is; *out is the caller's. */
KS_CHECK enum ks_code password_ask(const char *label, struct ks_secret **out,
                                   struct ks_error *err);

#endif
