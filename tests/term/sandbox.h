/*
 * A directory of its own for each test, with copies of samples to edit, and what is on disk
 * afterwards, read through the library. Names are relative to the directory.
 */
#ifndef KSX_TESTS_TERM_SANDBOX_H
#define KSX_TESTS_TERM_SANDBOX_H

#include "scenario.h"
#include "store/store.h"

/* Setup and teardown of cmocka: the directory is empty, and removed with all that is in it. */
int sandbox_make(void **state);
int sandbox_drop(void **state);

/* The path of a name in it; valid for the next seven calls. */
const char *in_box(const char *name);
void put_sample(const char *sample, const char *name); /* a file of tests/data */
/* inbound.p12 as another type, without what that cannot hold: "inbound.jks", "inbound.bks". */
void put_inbound_as(const char *type, const char *name);
void put_text(const char *name, const char *text);

/* ---- on disk ---- */
bool is_there(const char *name);
unsigned mode_of(const char *name);
bool same_bytes(const char *name, const char *other);
void keep_bytes(const char *name);                                   /* as they are now, for: */
void assert_unchanged(const char *name);                             /* those bytes */
void assert_is_backup(const char *backup);                           /* this file has those bytes */
struct ks_store *read_store(const char *name, const char *password); /* fails the test */
/* Aliases in the order of the file, separated by blanks; valid until the next call. */
const char *aliases_of(const char *name, const char *password);
/* Another program renames an entry, and saves. */
void rename_behind(const char *name, const char *password, const char *alias, const char *to);
/* Another program gives it, and all its keys, a new password. */
void passwd_behind(const char *name, const char *password, const char *to);

/* ---- other programs ---- */
/* What a program of PATH says there, both its outputs, up to 1 MiB; it must end well. Valid until
 * the next call. Where the program is not installed the test is skipped. */
const char *run_in_box(const char *const argv[]);
#define RUN(...) run_in_box((const char *const[]){__VA_ARGS__, NULL})
void assert_told(const char *text, const char *part);

/* ---- ksx ---- */
/* On files of the sandbox, with `env` on top; NULL ends the names. The working directory is it. */
struct pty *start_in_box(int rows, int cols, const char *const *env, const char *const names[]);
/* One file, unlocked with `changeit`; the cursor is on its row. */
struct pty *open_in_box(int rows, int cols, const char *name);
void assert_never_sent(struct pty *t, const char *secret);

#endif
