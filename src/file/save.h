/*
 * Writing a store so that the file is the old one or the new one, complete, whatever happens:
 *
 *   1. the file at the path is compared with what was last read or written here: if another program
 *      changed it, KS_ERR_CONFLICT, slug "disk-changed"
 *   2. a new file in the same directory, mode 0600 from birth, written and synced
 *   3. read back, opened with the password and compared entry by entry; a difference is
 *      KS_ERR_WRITE, slug "save-verify"
 *   4. owner, mode and ACL of the old file; the old bytes become NAME.bak (one generation)
 *   5. renamed over the old file, and the directory synced
 *
 * A symlink is followed: the file it names is replaced, in its own directory. After every failure
 * the old file is untouched, no temporary file stays, and the error says which step it was and
 * what to do.
 */
#ifndef KSX_FILE_SAVE_H
#define KSX_FILE_SAVE_H

#include "format/format.h"

/* What stands in the way of a save, or should be known before; nothing is written. */
struct ks_save_look {
    char *target;      /* the file that would be replaced: symlinks followed; owned */
    char *backup;      /* NAME.bak; owned; NULL: there is nothing to keep */
    bool exists;
    bool by_link;      /* the path is a symlink to `target` */
    bool changed;      /* by another program, since it was read */
    bool gone;         /* it was read from there, but is not there any more */
    unsigned links;    /* hard links; with more than one the others keep the old bytes */
    unsigned mode;     /* that the new file will have */
    bool keeps_owner;  /* false: the new file will belong to this user */
    uint64_t old_size;
    int64_t changed_at; /* mtime of the file on disk, seconds */
};
/* KS_ERR_WRITE when the directory cannot be written (slug "permission-write", "no-directory",
 * "read-only-fs"). */
KS_CHECK enum ks_code ks_save_look(const struct ks_store *store, const char *path,
                                   struct ks_save_look *out, struct ks_error *err);
void ks_save_look_drop(struct ks_save_look *look);

struct ks_save {
    const char *path; /* NULL: the store's own. Another path: save a copy as; becomes the store's
                       * path when `adopt` is set */
    bool adopt;
    bool over_changed;  /* replace what another program wrote (it goes to .bak) */
    bool over_existing; /* another path: replace the file that is there */
    bool over_links;    /* more than one hard link is fine */
    bool over_owner;    /* an owner or a mode that cannot be kept is fine */
    bool no_backup;
};
/* On KS_OK the store's present is what is on disk. The refusals that the over_ switches lift are
 * KS_ERR_CONFLICT with slugs "disk-changed", "exists", "hard-links", "owner". */
KS_CHECK enum ks_code ks_save(struct ks_store *store, const struct ks_save *how, struct ks_job *job,
                              struct ks_error *err);

/* Bytes of any kind, the same way without the reading back: exports, reports. */
KS_CHECK enum ks_code ks_save_bytes(const char *path, struct ks_slice bytes, unsigned mode,
                                    bool over_existing, struct ks_error *err);

/* Why this file should not be changed by default, in words ("it belongs to jetty", "it is the
 * truststore of the JVM in /usr/lib/jvm/...", "you cannot write it"); NULL when it may. Static or
 * in `room`. */
const char *ks_save_discouraged(const char *path, char *room, size_t size);

#endif
