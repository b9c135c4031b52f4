/*
 * Writing a store so that the file is the old one or the new one, complete, whatever happens:
 *
 *   1. the file at the path is compared with what was last read or written here: if another program
 *      changed it, KS_ERR_CONFLICT, slug "disk-changed"
 *   2. a new file in the same directory, mode 0600 from birth, written and synced
 *   3. read back, opened with the password and compared entry by entry; a difference is
 *      KS_ERR_WRITE, slug "save-verify"
 *   4. owner, mode and ACL of the old file, its user attributes and SELinux label where that is
 *      allowed; the old bytes become NAME.bak (one generation, which comes back when 5 fails)
 *   5. renamed over the old file, and the directory synced
 *
 * Before 4 and before 5 step 1 is done again. A symlink is followed: the file it names is replaced,
 * in its own directory. After every failure the old file is untouched, no temporary file stays, and
 * the error says which step it was and what to do. The one exception is a directory that cannot be
 * synced when the new file is in its place already: KS_ERR_WRITE, slug "not-synced"; the store is
 * saved then, as far as ks_store_unsaved() is concerned.
 *
 * A program that is killed leaves the old file or the new one, and at most a file named
 * .NAME.ksx-XXXXXX beside it, which the next save of that file removes.
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
/* `path` NULL: the store's own. KS_ERR_WRITE when the directory cannot be written (slug
 * "permission-write", "no-directory", "read-only-fs"), or something that is no file is there
 * ("is-directory", "not-a-file"). */
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
/* On KS_OK the store's present is what is on disk, and what the store says of its file (type,
 * facts, notes, integrity, mode) is what was read back; a copy without `adopt` changes nothing of
 * it. The refusals that the over_ switches lift are KS_ERR_CONFLICT with slugs "disk-changed" (also
 * when the file is gone), "exists", "hard-links", "owner". Other failures are KS_ERR_WRITE:
 * "permission-write", "read-only-fs", "disk-full", "no-directory", "backup", "save-verify",
 * "write-error"; KS_ERR_CANCELLED; KS_ERR_REFUSED, slug "not-writable-type"; and those of
 * format->save. Bytes decide whether the file was changed: a touch is no conflict. */
KS_CHECK enum ks_code ks_save(struct ks_store *store, const struct ks_save *how, struct ks_job *job,
                              struct ks_error *err);

/* What ks_save() would refuse before it writes anything, for a dry run: nothing is written. A loose
 * file without an entry is refused as well: KS_ERR_REFUSED, slug "no-entries", as nothing would tell
 * its type. */
KS_CHECK enum ks_code ks_save_check(struct ks_store *store, const struct ks_save *how,
                                    struct ks_error *err);

/* Bytes of any kind, the same way without the reading back and without a backup: exports, reports.
 * A symlink at the path is a file that exists, and is replaced itself.
 * The new file is this user's, with this mode whatever an old one had. */
KS_CHECK enum ks_code ks_save_bytes(const char *path, struct ks_slice bytes, unsigned mode,
                                    bool over_existing, struct ks_error *err);

/* What ks_save_bytes() would refuse before it writes anything. */
KS_CHECK enum ks_code ks_save_bytes_check(const char *path, bool over_existing,
                                          struct ks_error *err);
/* Whether ks_save_bytes() to both would leave one file, however they are spelled. */
bool ks_save_same_place(const char *path, const char *other);

/* Why this file should not be changed by default, in words ("it belongs to jetty", "it is the
 * truststore of the JVM in /usr/lib/jvm/...", "you cannot write it"); NULL when it may. Static or
 * in `room`. */
const char *ks_save_discouraged(const char *path, char *room, size_t size);

#endif
