#define _GNU_SOURCE /* O_PATH */
#include "file/place.h"

#include "base/alloc.h"
#include "file/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LINKS_FOLLOWED 40    /* as many as Linux follows */
#define NAMES_LOOKED_AT 65536 /* of a directory, in search of leftovers */
#define SURELY_OLD 3600      /* seconds; where no lock tells whether somebody is at work */

/* ---- words ---- */

static const char *const steps[] = {
    [KS_STEP_LOOK] = "the file on disk cannot be examined",
    [KS_STEP_COMPARE] = "the file on disk cannot be compared with what was read",
    [KS_STEP_WRITE] = "the new file cannot be written",
    [KS_STEP_SYNC] = "the new file does not reach the disk",
    [KS_STEP_REREAD] = "the new file cannot be read back",
    [KS_STEP_DRESS] = "owner and mode cannot be given to the new file",
    [KS_STEP_RENAME] = "the new file cannot take its place",
};

static const struct reason {
    int number;
    const char *slug;
    const char *cause; /* NULL: as for reading */
    const char *advice;
} reasons[] = {
    {EACCES, "permission-write", NULL, "save it elsewhere, or as a user who may write there"},
    {EPERM, "permission-write", NULL, "save it elsewhere, or as a user who may write there"},
    {EROFS, "read-only-fs", "the file system is read-only", "save it elsewhere"},
    {ENOSPC, "disk-full", "no space is left on the disk", "free some space, or save it elsewhere"},
    {EDQUOT, "disk-full", "the disk quota is used up", "free some space, or save it elsewhere"},
    {ENOENT, "no-directory", "the directory is gone", "make it again, or save it elsewhere"},
    {ENOTDIR, "no-directory", "the directory is gone", "make it again, or save it elsewhere"},
    {ESTALE, "no-directory", "the directory is gone", "make it again, or save it elsewhere"},
    {EIO, "write-error", "the device reports an error",
     "check the disk or the network mount, or save it elsewhere"},
    {EINTR, "write-error", "it was interrupted", "try again"},
    {EFBIG, "write-error", "the file would be larger than is allowed", "save it elsewhere"},
};

static const struct reason *reason_of(int number)
{
    static const struct reason other = {0, "write-error", NULL, "save it elsewhere"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].number == number)
            return &reasons[i];
    return &other;
}

const char *ks_place_cause(int number, char *room, size_t size)
{
    const char *cause = reason_of(number)->cause;
    return cause ? cause : ks_input_reason(number, room, size);
}

static void step_words(const struct ks_place *p, enum ks_step step, char *out, size_t size)
{
    if (step == KS_STEP_CREATE)
        (void)snprintf(out, size, "the directory %.250s cannot be written", p->dir);
    else if (step == KS_STEP_BACKUP)
        (void)snprintf(out, size, "its backup %.200s.bak cannot be made", p->name);
    else
        (void)snprintf(out, size, "%s", steps[step]);
}

enum ks_code ks_place_failed(const struct ks_place *p, enum ks_step step, int number,
                             struct ks_error *err)
{
    char words[320], room[128];
    const struct reason *r = reason_of(number);
    const char *slug = step == KS_STEP_BACKUP ? "backup" : r->slug;
    step_words(p, step, words, sizeof words);
    ks_fail(err, KS_ERR_WRITE, slug, "%.200s was not %s: %s: %s", p->shown, p->done, words,
            ks_place_cause(number, room, sizeof room));
    return ks_fail_next(err, KS_ERR_WRITE, "%s; %s",
                        p->exists ? "the old file is untouched" : "nothing was changed", r->advice);
}

enum ks_code ks_place_taken(const struct ks_place *p, struct ks_error *err)
{
    ks_fail(err, KS_ERR_CONFLICT, "exists", "%.200s was not %s: there is a file of that name",
            p->shown, p->done);
    return ks_fail_next(err, KS_ERR_CONFLICT,
                        "nothing was overwritten; choose another name, or allow it to be replaced");
}

static enum ks_code fail_directory(const struct ks_place *p, const char *dir, int number,
                                   struct ks_error *err)
{
    char room[128];
    bool gone = number == ENOENT || number == ENOTDIR;
    ks_fail(err, KS_ERR_WRITE, reason_of(number)->slug, "%.200s was not %s: %s %.200s%s%s",
            p->shown, p->done, gone ? "there is no directory" : "its directory", dir,
            gone ? "" : " cannot be looked into: ",
            gone ? "" : ks_place_cause(number, room, sizeof room));
    return ks_fail_next(err, KS_ERR_WRITE, "%s",
                        gone ? "make the directory, or save it elsewhere" : "save it elsewhere");
}

static enum ks_code fail_kind(const struct ks_place *p, struct ks_error *err)
{
    const char *kind = S_ISLNK(p->st.st_mode) ? "symbolic link" : ks_input_kind(p->st.st_mode);
    ks_fail(err, KS_ERR_WRITE, S_ISDIR(p->st.st_mode) ? "is-directory" : "not-a-file",
            "%.200s was not %s: it is a %s, not a file", p->shown, p->done, kind);
    return ks_fail_next(err, KS_ERR_WRITE, "give another name");
}

/* ---- where the path leads ---- */

/* "a/b" is b in a, "b" is b in ".", "/b" is b in "/". */
static void split(const char *path, char **dir, char **name)
{
    const char *slash = strrchr(path, '/');
    *name = ks_strdup(slash ? slash + 1 : path);
    if (!slash)
        *dir = ks_strdup(".");
    else
        *dir = slash == path ? ks_strdup("/") : ks_strndup(path, (size_t)(slash - path));
}

static char *in_directory(const char *dir, const char *name)
{
    return ks_asprintf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
}

/* Where a link in `dir` leads; NULL and errno. The caller's. */
static char *link_text(int fd, const char *dir, const char *name)
{
    char text[PATH_MAX];
    ssize_t len = readlinkat(fd, name, text, sizeof text);
    if (len < 0)
        return NULL;
    if (len == 0 || (size_t)len == sizeof text) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    text[len] = '\0';
    return text[0] == '/' ? ks_strdup(text) : in_directory(dir, text);
}

/* A directory that may be written but not listed can be worked in, though not synced. */
static int open_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES)
        fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd;
}

static bool is_no_name(const char *name)
{
    return name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int look(struct ks_place *p)
{
    struct stat st;
    bool there = fstatat(p->fd, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT)
        return errno;
    p->exists = there;
    if (there)
        p->st = st;
    return 0;
}

/* One step along the links: *path becomes where it leads, and *more is set, when it is a link. */
static enum ks_code step_along(struct ks_place *p, char **path, bool follow, bool *more,
                               struct ks_error *err)
{
    char *dir;
    split(*path, &dir, &p->name);
    p->dir = realpath(dir, NULL);
    int number = p->dir ? 0 : errno;
    p->fd = p->dir ? open_directory(p->dir) : -1;
    if (p->fd < 0) {
        enum ks_code rc = fail_directory(p, dir, number ? number : errno, err);
        free(dir);
        return rc;
    }
    free(dir);
    p->target = in_directory(p->dir, p->name);
    if (is_no_name(p->name)) {
        p->st.st_mode = S_IFDIR;
        return fail_kind(p, err);
    }
    number = look(p);
    if (number)
        return ks_place_failed(p, KS_STEP_LOOK, number, err);
    *more = follow && p->exists && S_ISLNK(p->st.st_mode);
    if (!*more)
        return KS_OK;
    char *next = link_text(p->fd, p->dir, p->name);
    if (!next)
        return ks_place_failed(p, KS_STEP_LOOK, errno, err);
    free(*path);
    *path = next;
    return KS_OK;
}

static void forget_position(struct ks_place *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
    free(p->dir);
    free(p->name);
    free(p->target);
    p->dir = p->name = p->target = NULL;
}

static enum ks_code walk(struct ks_place *p, const char *from, bool follow, struct ks_error *err)
{
    char *path = ks_strdup(from);
    bool more = true;
    enum ks_code rc = KS_OK;
    for (int links = 0; rc == KS_OK && more; links++) {
        if (links > LINKS_FOLLOWED) {
            rc = ks_place_failed(p, KS_STEP_LOOK, ELOOP, err);
            break;
        }
        forget_position(p);
        p->by_link = links > 0;
        rc = step_along(p, &path, follow, &more, err);
    }
    free(path);
    return rc;
}

enum ks_code ks_place_find(const char *path, bool follow, const char *done, struct ks_place *out,
                           struct ks_error *err)
{
    *out = (struct ks_place){.fd = -1, .done = done};
    out->shown = ks_strdup(ks_path_shown(path));
    enum ks_code rc = walk(out, path, follow, err);
    if (rc == KS_OK && out->exists && !S_ISREG(out->st.st_mode) &&
        (follow || !S_ISLNK(out->st.st_mode)))
        rc = fail_kind(out, err);
    if (rc != KS_OK)
        ks_place_drop(out);
    return rc;
}

void ks_place_drop(struct ks_place *p)
{
    if (!p->shown)
        return;
    forget_position(p);
    free(p->shown);
    *p = (struct ks_place){.fd = -1};
}

int ks_place_again(struct ks_place *p)
{
    struct stat held, there;
    if (fstat(p->fd, &held) != 0 || stat(p->dir, &there) != 0)
        return errno;
    if (held.st_dev != there.st_dev || held.st_ino != there.st_ino)
        return ENOENT;
    return look(p);
}

/* ---- permission ---- */

/* In a directory like /tmp only the owner of a file may put another in its place. */
static bool sticky_forbids(const struct ks_place *p)
{
    struct stat dir;
    uid_t me = geteuid();
    return p->exists && me != 0 && fstat(p->fd, &dir) == 0 && dir.st_mode & S_ISVTX &&
           dir.st_uid != me && p->st.st_uid != me;
}

enum ks_code ks_place_writable(const struct ks_place *p, struct ks_error *err)
{
    if (faccessat(p->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return ks_place_failed(p, KS_STEP_CREATE, errno, err);
    if (sticky_forbids(p))
        return ks_place_failed(p, KS_STEP_RENAME, EPERM, err);
    return KS_OK;
}

/* ---- leftovers ---- */

char *ks_place_prefix(const struct ks_place *p)
{
    static const char tail[] = ".ksx-";
    size_t room = NAME_MAX - 1 - (sizeof tail - 1) - KS_FRESH_RANDOM, len = strlen(p->name);
    if (len > room) {
        len = room;
        while (len > 0 && ((unsigned char)p->name[len] & 0xc0) == 0x80)
            len--;
    }
    return ks_asprintf(".%.*s%s", (int)len, p->name, tail);
}

static bool is_leftover(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    if (strncmp(name, prefix, len) != 0 || strlen(name + len) != KS_FRESH_RANDOM)
        return false;
    for (const char *at = name + len; *at; at++)
        if (!(*at >= '0' && *at <= '9') && !(*at >= 'a' && *at <= 'z'))
            return false;
    return true;
}

typedef void (*leftover_fn)(const struct ks_place *p, const char *name, void *arg);

static void each_leftover(const struct ks_place *p, leftover_fn fn, void *arg)
{
    int fd = openat(p->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    char *prefix = ks_place_prefix(p);
    struct dirent *d;
    for (int seen = 0; seen < NAMES_LOOKED_AT && (d = readdir(dir)); seen++)
        if (is_leftover(d->d_name, prefix))
            fn(p, d->d_name, arg);
    free(prefix);
    (void)closedir(dir);
}

static bool is_our_file(const struct ks_place *p, const char *name)
{
    struct stat st;
    return fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_dev == p->st.st_dev && st.st_ino == p->st.st_ino;
}

static void count_ours(const struct ks_place *p, const char *name, void *arg)
{
    unsigned *ours = arg;
    *ours += is_our_file(p, name);
}

unsigned ks_place_links(const struct ks_place *p)
{
    unsigned links = (unsigned)p->st.st_nlink, ours = 0;
    if (!p->exists || links <= 1)
        return 1;
    char *backup = ks_asprintf("%s.bak", p->name);
    ours = is_our_file(p, backup);
    free(backup);
    each_leftover(p, count_ours, &ours);
    return links > ours ? links - ours : 1;
}

/* Whoever writes a file keeps it locked; the lock goes with the process. Where there are no locks,
 * age must do. */
static bool is_abandoned(int fd, const struct stat *st)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    return errno != EWOULDBLOCK && time(NULL) - st->st_ctim.tv_sec > SURELY_OLD;
}

static void remove_abandoned(const struct ks_place *p, const char *name, void *arg)
{
    struct stat st;
    (void)arg;
    int fd = openat(p->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    /* It may have been given the old file's owner already. */
    bool ours = regular && (st.st_uid == geteuid() || (p->exists && st.st_uid == p->st.st_uid));
    if (ours && is_abandoned(fd, &st))
        (void)unlinkat(p->fd, name, 0);
    (void)close(fd);
}

void ks_place_tidy(const struct ks_place *p)
{
    each_leftover(p, remove_abandoned, NULL);
}
