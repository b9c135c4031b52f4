/*
 * Where a path leads when something is to be written there: the directory, held open, and the name
 * in it. Symlinks of the last component are followed, to a file that need not exist; everything
 * after that goes through the directory's descriptor, so that a directory that is moved meanwhile
 * is noticed and not followed.
 *
 * Here are also the words of every failure to write: "NAME was not saved: STEP: CAUSE", and what
 * to do next.
 */
#ifndef KSX_FILE_PLACE_H
#define KSX_FILE_PLACE_H

#include "base/bytes.h"
#include "base/error.h"

#include <sys/stat.h>

struct ks_place {
    char *shown;  /* the last component of the path as it was given: what messages call it */
    char *dir;    /* canonical */
    char *name;   /* in it */
    char *target; /* dir/name */
    const char *done; /* "saved" or "written": what a failure was not */
    int fd;       /* of the directory */
    bool by_link, exists;
    struct stat st; /* of the file, when it exists */
};

/* The steps of a save, as messages name them. */
enum ks_step {
    KS_STEP_LOOK,
    KS_STEP_COMPARE,
    KS_STEP_CREATE,
    KS_STEP_WRITE,
    KS_STEP_SYNC,
    KS_STEP_REREAD,
    KS_STEP_DRESS,
    KS_STEP_BACKUP,
    KS_STEP_RENAME,
};

/* `follow` false: a symlink at the path is what would be replaced. KS_ERR_WRITE when there is no
 * such directory, or when something that is no regular file stands there. */
KS_CHECK enum ks_code ks_place_find(const char *path, bool follow, const char *done,
                                    struct ks_place *out, struct ks_error *err);
void ks_place_drop(struct ks_place *place); /* a zeroed place is fine */

/* Whether new files can be made there and take the file's place; nothing is tried. */
KS_CHECK enum ks_code ks_place_writable(const struct ks_place *place, struct ks_error *err);
/* Looks again: fills exists and st; an errno, 0 = done. ENOENT when the directory itself was
 * moved or removed; a missing file is no error. */
int ks_place_again(struct ks_place *place);

/* KS_ERR_WRITE for a step that failed with `number`. */
enum ks_code ks_place_failed(const struct ks_place *place, enum ks_step step, int number,
                             struct ks_error *err);

/* What an errno means to somebody who writes: "no space is left on the disk". */
const char *ks_place_cause(int number, char *room, size_t size);
/* KS_ERR_CONFLICT, slug "exists". */
enum ks_code ks_place_taken(const struct ks_place *place, struct ks_error *err);

/* ---- the names of new files, and those that a killed program left behind ---- */

#define KS_FRESH_RANDOM 6
/* ".NAME.ksx-", which is followed by KS_FRESH_RANDOM letters and digits. The caller's. */
char *ks_place_prefix(const struct ks_place *place);
/* Names of the file at the place that are not ours: its hard links without its .bak and without
 * what a killed save left. At least 1. */
unsigned ks_place_links(const struct ks_place *place);
/* Removes what killed saves of this file left behind; whoever is at work now is left alone. */
void ks_place_tidy(const struct ks_place *place);

#endif
