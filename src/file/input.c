#include "file/input.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "file/open.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)

struct ks_stamp ks_input_stamp(const struct stat *st)
{
    return (struct ks_stamp){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .size = (uint64_t)st->st_size,
        .mtime = st->st_mtim.tv_sec,
        .mtime_nsec = st->st_mtim.tv_nsec,
        .ctime = st->st_ctim.tv_sec,
        .ctime_nsec = st->st_ctim.tv_nsec,
    };
}

/* ---- words ---- */

const char *ks_input_kind(mode_t mode)
{
    if (S_ISDIR(mode))
        return "directory";
    if (S_ISFIFO(mode))
        return "FIFO";
    if (S_ISSOCK(mode))
        return "socket";
    if (S_ISCHR(mode))
        return "character device";
    if (S_ISBLK(mode))
        return "block device";
    return S_ISREG(mode) ? NULL : "special file";
}

const char *ks_input_reason(int number, char *room, size_t size)
{
    static const struct {
        int number;
        const char *text;
    } reasons[] = {
        {EACCES, "permission denied"},
        {EPERM, "permission denied"},
        {ENOENT, "no such file"},
        {ENOTDIR, "a part of its path is no directory"},
        {ELOOP, "too many symbolic links"},
        {ENAMETOOLONG, "the name is too long"},
        {EIO, "the device reports a read error"},
        {EMFILE, "too many open files"},
        {ENFILE, "too many open files"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].number == number)
            return reasons[i].text;
    if (strerror_r(number, room, size) != 0)
        (void)snprintf(room, size, "error %d", number);
    return room;
}

const char *ks_input_user(uid_t uid, char *room, size_t size)
{
    struct passwd entry, *found = NULL;
    char text[4096];
    if (getpwuid_r(uid, &entry, text, sizeof text, &found) == 0 && found)
        (void)snprintf(room, size, "%s", found->pw_name);
    else
        (void)snprintf(room, size, "uid %lu", (unsigned long)uid);
    return room;
}

static enum ks_code no_permission(const char *path, const struct stat *st, struct ks_error *err)
{
    char owner[64], me[64];
    const char *name = ks_path_shown(path);
    if (st->st_mode == 0) {
        ks_fail(err, KS_ERR_IO, "permission-read",
                "%s was not opened: no permission to look into its directory (you are %s)", name,
                ks_input_user(geteuid(), me, sizeof me));
        return ks_fail_next(err, KS_ERR_IO,
                            "ask the directory's owner for access, or run ksx as a "
                            "user who has it");
    }
    ks_fail(err, KS_ERR_IO, "permission-read",
            "%s was not opened: no read permission (mode %04o, owner %s, you are %s)", name,
            (unsigned)st->st_mode & 07777, ks_input_user(st->st_uid, owner, sizeof owner),
            ks_input_user(geteuid(), me, sizeof me));
    if (st->st_uid == geteuid())
        return ks_fail_next(err, KS_ERR_IO, "it is yours: chmod u+r makes it readable");
    return ks_fail_next(err, KS_ERR_IO, "ask %s, or run ksx as that user", owner);
}

static enum ks_code not_regular(const char *path, const char *kind, struct ks_error *err)
{
    bool directory = strcmp(kind, "directory") == 0;
    ks_fail(err, KS_ERR_IO, directory ? "is-directory" : "not-a-file",
            "%s was not opened: it is a %s, not a file", ks_path_shown(path), kind);
    return ks_fail_next(err, KS_ERR_IO, "%s",
                        directory ? "choose a file in it" : "copy its contents into a file first");
}

enum ks_code ks_input_refused(const char *path, const struct stat *st, int number,
                              struct ks_error *err)
{
    char room[128];
    const char *kind = st->st_mode ? ks_input_kind(st->st_mode) : NULL;
    if (kind)
        return not_regular(path, kind, err);
    if (number == EACCES || number == EPERM)
        return no_permission(path, st, err);
    ks_fail(err, KS_ERR_IO, number == ENOENT ? "not-found" : "read-error", "%s was not opened: %s",
            ks_path_shown(path), ks_input_reason(number, room, sizeof room));
    return ks_fail_next(err, KS_ERR_IO, "%s",
                        number == ENOENT  ? "check the name and the directory"
                        : number == ELOOP ? "check where its symbolic links lead"
                                          : "try again");
}

/* ---- opening ---- */

int ks_input_open(const char *path, struct stat *st)
{
    memset(st, 0, sizeof *st);
    if (stat(path, st) != 0) {
        st->st_mode = 0;
        return -1;
    }
    errno = 0;
    if (!S_ISREG(st->st_mode))
        return -1;
    /* The path may lead elsewhere by now: O_NONBLOCK keeps a FIFO from blocking, fstat() tells. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    (void)close(fd);
    errno = 0;
    return -1;
}

/* ---- reading ---- */

static ssize_t read_some(int fd, uint8_t *out, size_t room)
{
    ssize_t got;
    do {
        got = read(fd, out, room);
    } while (got < 0 && errno == EINTR);
    return got;
}

ssize_t ks_input_head(int fd, uint8_t *out, size_t room)
{
    size_t len = 0;
    while (len < room) {
        ssize_t got = read_some(fd, out + len, room - len);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

enum outcome { READ_WHOLE, READ_CHANGED, READ_MADE_UP, READ_CANCELLED, READ_FAILED };

/* One byte more than expected is asked for, to see that nothing was added. */
static enum outcome read_once(int fd, const struct stat *st, struct ks_job *job, uint8_t *out)
{
    size_t size = (size_t)st->st_size, len = 0;
    while (len <= size) {
        size_t want = size + 1 - len;
        ssize_t got = read_some(fd, out + len, want < CHUNK ? want : CHUNK);
        if (got < 0)
            return READ_FAILED;
        if (got == 0)
            break;
        len += (size_t)got;
        if (!ks_job_advance(job, len))
            return READ_CANCELLED;
    }
    struct stat after;
    if (fstat(fd, &after) != 0)
        return READ_FAILED;
    struct ks_stamp before = ks_input_stamp(st), now = ks_input_stamp(&after);
    if (!ks_stamp_equal(&before, &now))
        return READ_CHANGED;
    /* Files of /proc and /sys have no size, or one that means nothing. */
    return len == size ? READ_WHOLE : READ_MADE_UP;
}

static enum ks_code fail_read(const char *path, enum outcome outcome, struct ks_error *err)
{
    char room[128];
    const char *name = ks_path_shown(path);
    if (outcome == READ_CANCELLED)
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "%s was not opened: stopped", name);
    if (outcome == READ_CHANGED) {
        ks_fail(err, KS_ERR_IO, "changing", "%s was not opened: it is being written to", name);
        return ks_fail_next(err, KS_ERR_IO, "try again when the other program is done");
    }
    if (outcome == READ_MADE_UP) {
        ks_fail(err, KS_ERR_IO, "not-a-file",
                "%s was not opened: its size is not the size of what it holds", name);
        return ks_fail_next(err, KS_ERR_IO, "copy its contents into a file first");
    }
    ks_fail(err, KS_ERR_IO, "read-error", "%s was not opened: %s", name,
            ks_input_reason(errno, room, sizeof room));
    return ks_fail_next(err, KS_ERR_IO, "check the disk or the network mount");
}

static enum ks_code check_size(const char *path, const struct stat *st, struct ks_error *err)
{
    if (st->st_size >= 0 && (uint64_t)st->st_size <= KS_FILE_MAX)
        return KS_OK;
    ks_fail(err, KS_ERR_IO, "too-large",
            "%s was not opened: it has %lld MiB, and ksx reads at most %u MiB", ks_path_shown(path),
            (long long)st->st_size / (1 << 20), KS_FILE_MAX >> 20);
    return ks_fail_next(err, KS_ERR_IO, "check that this is the file you meant");
}

enum ks_code ks_input_read(int fd, const char *path, struct stat *st, struct ks_job *job,
                           uint8_t **out, struct ks_error *err)
{
    enum outcome outcome = READ_CHANGED;
    for (int attempt = 0; attempt < 2 && outcome == READ_CHANGED; attempt++) {
        if (attempt && (lseek(fd, 0, SEEK_SET) != 0 || fstat(fd, st) != 0)) {
            outcome = READ_FAILED;
            break;
        }
        enum ks_code rc = check_size(path, st, err);
        if (rc != KS_OK)
            return rc;
        size_t room = (size_t)st->st_size + 1;
        uint8_t *data = ks_realloc(NULL, room); /* all of it is read over: zeroing would cost as much */
        ks_job_phase(job, "reading the file", (uint64_t)st->st_size);
        outcome = read_once(fd, st, job, data);
        if (outcome == READ_WHOLE) {
            *out = data;
            return KS_OK;
        }
        ks_wipe(data, room); /* it may have been a private key */
        free(data);
    }
    return fail_read(path, outcome, err);
}
