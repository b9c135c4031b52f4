/*
 * A directory as the open box shows it: names with size and date, directories first. Reading it
 * and looking into its files runs on a worker, so neither a slow disk nor ten thousand files hold
 * up a key.
 */
#ifndef KSX_TUI_DIRECTORY_H
#define KSX_TUI_DIRECTORY_H

#include "file/open.h"

#include <sys/types.h>

#define DIRECTORY_MAX 50000 /* names; what is beyond is counted, not shown */

struct directory_row {
    char *name; /* external text, without "/" */
    struct ks_probe probe;
    uint64_t size;
    int64_t mtime; /* KS_TIME_NONE if not known */
    dev_t dev;
    ino_t ino;
    bool directory, regular;
    bool probed;  /* `probe` is filled */
    bool is_open; /* one of the files that are open */
    bool marked;
};
struct directory {
    char *path; /* absolute */
    struct directory_row *rows;
    size_t count, beyond;
    int error; /* errno when it could not be read */
};

/* Reads names and sizes, sorts them; `open_paths` ends with NULL. Looks into no file. */
struct directory *directory_read(const char *path, char *const *open_paths, struct ks_job *job);
void directory_free(struct directory *d); /* NULL is fine */
/* What somebody typed as a path: "~/app.p12" is in the home directory. Free with free(). */
char *directory_typed(const char *path);
/* A path of a name in it; free with free(). "..": the parent. */
char *directory_join(const char *path, const char *name);
/* Absolute, without "." and "..", and with a leading "~/" replaced; relative ones start at `base`. */
char *directory_resolve(const char *base, const char *path);
/* The longest text that all names beginning with the last part of `path` have in common; NULL if that
 * is nothing more than what is there. A directory's name gets its "/". */
char *directory_complete(const char *base, const char *path);
/* The names that begin like the last part of `path`, joined by commas, as many as a message holds.
 * Appended; returns how many there are. */
size_t directory_matches(const char *base, const char *path, struct ks_buf *names);
/* For people: the home directory as "~". Appended. */
void directory_short(const char *path, struct ks_buf *out);
/* True for a regular file in which there is no key and no certificate. */
bool directory_row_is_other(const struct directory_row *row);

#endif
