/*
 * What the commands that write share: opening what is to be changed, the passwords of keys and
 * those that are new, a plan that is said and carried out, a new file beside the keystore.
 *
 *   changes   rename, delete, copy, merge, passwd, create, convert; and diff
 *   make      gen, renew
 *   issue     csr, sign
 *   repair    repair
 */
#ifndef KSX_CLI_EDIT_H
#define KSX_CLI_EDIT_H

#include "cli/cli.h"
#include "cli/json.h"
#include "op/edit.h"

/* ---- the frame of every command ---- */
void edit_begin(struct cli *cli);
int edit_end(struct cli *cli); /* the exit code */

/* ---- files and entries; errors are told, and NULL is returned ---- */
/* A file that is to be changed: its type is written, its password known if that is needed. */
struct ks_store *edit_open(struct cli *cli, const char *path);
struct ks_store *edit_open_to_read(struct cli *cli, const char *path);
/* A truststore of --trust, with the password of --trust-pass. */
struct ks_store *edit_open_trust(struct cli *cli, const char *path);
/* The file of a word FILE:ALIAS, the first part that is one; the caller's. NULL: none is. */
char *edit_file_of(const char *word, const char **alias);
const struct ks_entry *edit_find(struct cli *cli, const struct ks_store *s, const char *alias);
/* The entries of these aliases, each once: *count is how many that are, too; free(). */
const struct ks_entry **edit_find_all(struct cli *cli, const struct ks_store *s,
                                      const char *const *aliases, size_t *count);

/* ---- passwords ---- */
/* A new password from its source; the caller's. NULL and an error, or NULL alone when `source` is
 * NULL and nobody is to be asked. A prompt asks twice. A source of none is refused. */
struct ks_secret *edit_new_secret(struct cli *cli, struct password_source *source, bool ask,
                                  const char *label, struct ks_error *err);

/* Passwords of keys that have one of their own: --key-pass. */
struct edit_keys {
    struct cli *cli;
    const struct ks_entry *last; /* private: whose password was tried and did not fit */
};
struct ks_key_passwords edit_key_passwords(struct edit_keys *keys);
/* The private key of an entry, which may be NULL or have none: `out` is left alone then. An error
 * without a code was told. */
KS_CHECK enum ks_code edit_open_key(struct cli *cli, const struct ks_store *s,
                                    const struct ks_entry *e, struct ks_material *out,
                                    struct ks_error *err);
/* What to do about a key that no password opened, in the words of the options. */
void edit_advise_key(const struct cli *cli, struct ks_error *err);

/* ---- plans ---- */
/* Says the plan, and does it unless it changes nothing; a dry run only looks what would stand in
 * the way. The plan is used up. */
void edit_carry_out(struct cli *cli, struct ks_plan *plan);
/* The same of a plan that was said in other words. */
void edit_carry_out_said(struct cli *cli, struct ks_plan *plan);
/* True, and told, when something would be lost that was not named. */
bool edit_refuses_losses(struct cli *cli, const struct ks_plan *plan);
/* True, and told, when something has to be agreed to and --force is not given. */
bool edit_refuses_unconfirmed(struct cli *cli, const struct ks_plan *plan);
void edit_save(struct cli *cli, struct ks_store *s, bool over_existing);

/* The two sides of a difference: versions of one store, or two stores. */
struct edit_sides {
    const struct ks_store *a, *b;
};
/* An array of the rows that differ. */
void edit_json_rows(struct cli *cli, const char *key, struct edit_sides sides,
                    const struct ks_diff *diff);

/* Member "commands": what would do the same with other programs. */
void edit_json_commands(struct cli *cli, const struct ks_commands *commands);
/* The members of a plan where there is none. */
void edit_json_no_plan(struct cli *cli, const struct ks_store *s);

json_t *edit_json_remarks(const struct ks_plan *plan);
/* For json_entry(): everything that is known without a key. */
bool edit_no_unlock(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                    struct ks_unlocked *out);

/* ---- other files ---- */
/* What can be told of the place without writing: a file that is there already, no directory. */
KS_CHECK enum ks_code edit_look_at_place(const struct cli *cli, const char *path,
                                         struct ks_error *err);
/* Writes a new file, or on a dry run looks whether it could; says nothing. */
KS_CHECK enum ks_code edit_put_file(const struct cli *cli, const char *path, struct ks_slice bytes,
                                    unsigned mode, struct ks_error *err);
/* Says that it was written, or on a dry run would be. */
void edit_say_file(struct cli *cli, const char *path, const char *what);
/* Writes a new file, an existing one with --force only, and says so; a dry run says what would be
 * written. `what` is its contents in words, "the certificate". False, and told, when it failed. */
bool edit_write_file(struct cli *cli, const char *path, struct ks_slice bytes, unsigned mode,
                     const char *what);

/* ---- -o: a file, or standard output ---- */
/* False, and told, when there is no -o, or when it or --key-output is `s` itself. */
bool edit_needs_output(struct cli *cli, const struct ks_store *s);
bool edit_on_stdout(const struct cli *cli);
void edit_write_output(struct cli *cli, struct ks_slice bytes, unsigned mode, const char *what);
/* What would do the same, unless the output is for another program. */
void edit_say_commands(struct cli *cli, const struct ks_commands *commands);

#endif
