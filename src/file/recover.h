/*
 * Unsaved work that outlives the terminal: when the connection is lost, each changed store is
 * written beside its file as .NAME.ksx-recover (mode 0600, same type, its own password), and the
 * next start offers it. None is made of a store without a password that holds private keys.
 */
#ifndef KSX_FILE_RECOVER_H
#define KSX_FILE_RECOVER_H

#include "format/format.h"

/* KS_OK also when there was nothing to write (*path stays NULL). *path is the caller's. */
KS_CHECK enum ks_code ks_recover_write(const struct ks_store *store, char **path,
                                       struct ks_error *err);
/* The recovery file of a keystore, if there is one and it is this user's own regular file; NULL
 * otherwise. *stamp: which file that is. The caller's. */
char *ks_recover_find(const char *keystore, struct ks_stamp *stamp);
/* ks_open() of what was found. KS_ERR_CONFLICT, slug "recovery-changed", when another file has its
 * name by now: whoever may write the directory can put one there. */
KS_CHECK enum ks_code ks_recover_open(const char *path, const struct ks_stamp *found,
                                      const struct ks_secret *password, struct ks_job *job,
                                      struct ks_store **out, struct ks_error *err);
/* Removes it. */
KS_CHECK enum ks_code ks_recover_remove(const char *keystore, struct ks_error *err);

#endif
