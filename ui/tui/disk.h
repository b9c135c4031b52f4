/*
 * Whether a file on disk is still the one that was read, and what reading it again changed.
 */
#ifndef KSX_TUI_DISK_H
#define KSX_TUI_DISK_H

#include "store/store.h"

#include <sys/types.h>
#include <time.h>

struct disk { /* all 0: not known */
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};
enum disk_state { DISK_SAME, DISK_CHANGED, DISK_GONE };

void disk_look(const char *path, struct disk *out); /* before the file is read */
enum disk_state disk_state(const char *path, const struct disk *read);
/* "5 entries before, 6 now: 1 new", "5 entries, as before"; free with free(). */
char *disk_what_changed(const struct ks_store *before, const struct ks_store *after);

#endif
