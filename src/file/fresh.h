/*
 * A new file beside the one that it will replace. Its name is ks_place_prefix() and some random
 * characters, its mode 0600 from birth; it is locked as long as somebody works on it, so that
 * leftovers of a killed program can be told from work in progress.
 *
 * Functions return 0 or an errno. Interrupted calls are made again.
 */
#ifndef KSX_FILE_FRESH_H
#define KSX_FILE_FRESH_H

#include "file/place.h"

struct ks_fresh {
    const struct ks_place *place;
    char *name; /* NULL: there is no such file (any more) */
    int fd;
};

int ks_fresh_create(struct ks_fresh *f, const struct ks_place *place);
int ks_fresh_write(struct ks_fresh *f, struct ks_slice bytes);
int ks_fresh_sync(struct ks_fresh *f);
/* Whether the disk gives these bytes back, under the file's name. */
int ks_fresh_holds(const struct ks_fresh *f, struct ks_slice bytes, bool *same);
/*
 * Owner, group, mode and ACL of the place's file, and its user attributes and SELinux label as far
 * as that is allowed. What is not permitted: EPERM, unless `loosely`; then a group that is not the
 * old one gets no more than everybody has, and no ACL is copied.
 */
int ks_fresh_dress(struct ks_fresh *f, bool loosely);
int ks_fresh_set_mode(struct ks_fresh *f, unsigned mode);
/* Gives it the place's name: over the file that is there, or, where there was none, only if there
 * still is none (EEXIST). Then it is no longer `f`'s to remove. */
int ks_fresh_commit(struct ks_fresh *f);
/* Removes the file unless it was committed. False: it could not be removed. */
bool ks_fresh_drop(struct ks_fresh *f);

/* The bytes of the place's file become NAME.bak, with their owner and mode. What was NAME.bak
 * before is kept beside it until the end, where the file system can do that. */
struct ks_backup {
    struct ks_fresh f; /* name: of the former backup, when they were swapped */
    char *name;        /* NULL: nothing was done */
    bool swapped, is_first;
};
int ks_fresh_backup(struct ks_backup *b, const struct ks_place *place);
/* To be called after a ks_fresh_backup(), whatever it said; a zeroed one is fine. Without a commit
 * everything is as it was. */
void ks_fresh_backup_end(struct ks_backup *b, bool committed);
/* After a commit. File systems that cannot do it are taken to need none. */
int ks_fresh_sync_directory(const struct ks_place *place);
/* All steps for plain bytes: what is there, if anything, is replaced and not kept. */
KS_CHECK enum ks_code ks_fresh_put(struct ks_place *place, struct ks_slice bytes, unsigned mode,
                                   struct ks_error *err);
/* KS_ERR_WRITE, slug "not-synced": the new file is in its place, the directory may not be on the
 * disk. */
enum ks_code ks_fresh_not_synced(const struct ks_place *place, int number, struct ks_error *err);
/* Adds to an error what could not be removed. */
void ks_fresh_drop_after(struct ks_fresh *f, struct ks_error *err);
/* For reading, a name in the place's directory; -1 and errno otherwise. */
int ks_fresh_open_known(const struct ks_place *place, const char *name);
/* Whether an open file has exactly these bytes. */
int ks_fresh_compare(int fd, struct ks_slice bytes, bool *same);

#endif
