#define _GNU_SOURCE /* renameat2 */
#include "file/fresh.h"

#include "base/alloc.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 16)
#define NAMES_TRIED 100
#define ACL "system.posix_acl_access"
#define VALUE_MAX 65536 /* XATTR_SIZE_MAX */
#define NAMES_MAX 65536 /* XATTR_LIST_MAX */

#define MODE_GROUP 070u
#define MODE_OTHERS 07u

/* ---- making ---- */

static void random_letters(char out[static KS_FRESH_RANDOM + 1])
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuv"; /* 32 */
    uint8_t bytes[KS_FRESH_RANDOM] = {0};
    ssize_t got = getrandom(bytes, sizeof bytes, GRND_NONBLOCK);
    /* Without luck the names are taken in turn; O_EXCL is what keeps them apart. */
    static unsigned turn;
    unsigned own = __atomic_add_fetch(&turn, 1, __ATOMIC_RELAXED) + (unsigned)getpid() * 1024;
    for (unsigned i = 0; i < KS_FRESH_RANDOM; i++) {
        unsigned value = got == (ssize_t)sizeof bytes ? bytes[i] : own >> 5 * i;
        out[i] = letters[value % 32];
    }
    out[KS_FRESH_RANDOM] = '\0';
}

static char *fresh_name(const struct ks_place *place)
{
    char letters[KS_FRESH_RANDOM + 1];
    char *prefix = ks_place_prefix(place);
    random_letters(letters);
    char *name = ks_asprintf("%s%s", prefix, letters);
    free(prefix);
    return name;
}

static int open_new(const struct ks_place *place, const char *name)
{
    int fd;
    do {
        fd = openat(place->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int ks_fresh_create(struct ks_fresh *f, const struct ks_place *place)
{
    *f = (struct ks_fresh){.place = place, .fd = -1};
    for (int i = 0; i < NAMES_TRIED; i++) {
        char *name = fresh_name(place);
        f->fd = open_new(place, name);
        if (f->fd >= 0) {
            f->name = name;
            (void)flock(f->fd, LOCK_EX | LOCK_NB);
            return 0;
        }
        int number = errno;
        free(name);
        if (number != EEXIST)
            return number;
    }
    return EEXIST;
}

/* ---- contents ---- */

int ks_fresh_write(struct ks_fresh *f, struct ks_slice bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t put = write(f->fd, bytes.data + done, bytes.len - done);
        if (put < 0 && errno != EINTR)
            return errno;
        if (put > 0)
            done += (size_t)put;
        else if (put == 0)
            return ENOSPC; /* no regular file does that while there is room */
    }
    return 0;
}

static int sync_fd(int fd)
{
    while (fsync(fd) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

int ks_fresh_sync(struct ks_fresh *f)
{
    return sync_fd(f->fd);
}

static ssize_t read_chunk(int fd, uint8_t *out)
{
    ssize_t got;
    do {
        got = read(fd, out, CHUNK);
    } while (got < 0 && errno == EINTR);
    return got;
}

int ks_fresh_compare(int fd, struct ks_slice bytes, bool *same)
{
    uint8_t *chunk = ks_alloc(CHUNK);
    size_t done = 0;
    int number = 0;
    for (*same = true; *same;) {
        ssize_t got = read_chunk(fd, chunk);
        if (got <= 0) {
            number = got < 0 ? errno : 0;
            *same = got == 0 && done == bytes.len;
            break;
        }
        *same = (size_t)got <= bytes.len - done &&
                memcmp(chunk, bytes.data + done, (size_t)got) == 0;
        done += (size_t)got;
    }
    ks_wipe(chunk, CHUNK); /* it may have been a private key */
    free(chunk);
    return number;
}

int ks_fresh_open_known(const struct ks_place *place, const char *name)
{
    int fd;
    do {
        fd = openat(place->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int ks_fresh_holds(const struct ks_fresh *f, struct ks_slice bytes, bool *same)
{
    int fd = ks_fresh_open_known(f->place, f->name);
    if (fd < 0)
        return errno;
    int number = ks_fresh_compare(fd, bytes, same);
    (void)close(fd);
    return number;
}

/* ---- owner, mode, ACL ---- */

static bool is_not_permitted(int number)
{
    return number == EPERM || number == EACCES;
}

static bool means_no_acl(int number)
{
    return number == ENODATA || number == ENOTSUP || number == ENOSYS || number == EINVAL;
}

static int change_owner(int fd, uid_t uid, gid_t gid)
{
    while (fchown(fd, uid, gid) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

static int change_mode(int fd, unsigned mode)
{
    while (fchmod(fd, (mode_t)mode) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

/* *kept: the group is the old one. */
static int copy_owner(int fd, const struct stat *old, bool loosely, bool *kept)
{
    struct stat now;
    *kept = true;
    if (fstat(fd, &now) != 0)
        return errno;
    if (now.st_uid == old->st_uid && now.st_gid == old->st_gid)
        return 0;
    int number = change_owner(fd, old->st_uid, old->st_gid);
    if (!is_not_permitted(number) || !loosely)
        return is_not_permitted(number) ? EPERM : number;
    *kept = now.st_gid == old->st_gid || change_owner(fd, (uid_t)-1, old->st_gid) == 0;
    return 0;
}

static int set_acl(int fd, const void *acl, size_t len)
{
    while (fsetxattr(fd, ACL, acl, len, 0) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

/* A directory can give its files an ACL that the old one did not have. */
static int remove_acl(int fd)
{
    if (fremovexattr(fd, ACL) == 0 || means_no_acl(errno))
        return 0;
    return errno;
}

static int copy_acl(int fd, const char *from)
{
    uint8_t *acl = ks_alloc(VALUE_MAX);
    ssize_t len = lgetxattr(from, ACL, acl, VALUE_MAX);
    int number = 0;
    if (len > 0)
        number = set_acl(fd, acl, (size_t)len);
    else if (len == 0 || means_no_acl(errno))
        number = remove_acl(fd);
    else
        number = errno;
    free(acl);
    return number;
}

static bool is_copied(const char *attribute)
{
    return strncmp(attribute, "user.", 5) == 0 || strcmp(attribute, "security.selinux") == 0;
}

static void copy_attribute(int fd, const char *from, const char *name, uint8_t *value)
{
    ssize_t len = lgetxattr(from, name, value, VALUE_MAX);
    while (len >= 0 && fsetxattr(fd, name, value, (size_t)len, 0) != 0)
        if (errno != EINTR)
            return;
}

/* Labels that somebody gave the file; as far as that is allowed. */
static void copy_attributes(int fd, const char *from)
{
    char *names = ks_alloc(NAMES_MAX + 1);
    uint8_t *value = ks_alloc(VALUE_MAX);
    ssize_t len = llistxattr(from, names, NAMES_MAX);
    for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1)
        if (is_copied(names + at))
            copy_attribute(fd, from, names + at, value);
    free(names);
    free(value);
}

static int dress(int fd, const struct ks_place *place, bool loosely)
{
    const struct stat *old = &place->st;
    unsigned mode = (unsigned)old->st_mode & 07777;
    bool kept;
    int number = copy_owner(fd, old, loosely, &kept);
    if (number)
        return number;
    if (kept) {
        number = copy_acl(fd, place->target);
        if (number && !(loosely && (is_not_permitted(number) || means_no_acl(number))))
            return is_not_permitted(number) || means_no_acl(number) ? EPERM : number;
    } else {
        mode &= ~MODE_GROUP | (mode & MODE_OTHERS) << 3;
        mode &= 0777;
        (void)remove_acl(fd);
    }
    copy_attributes(fd, place->target);
    number = change_mode(fd, mode);
    if (is_not_permitted(number))
        return loosely ? 0 : EPERM;
    return number;
}

int ks_fresh_dress(struct ks_fresh *f, bool loosely)
{
    return dress(f->fd, f->place, loosely);
}

int ks_fresh_set_mode(struct ks_fresh *f, unsigned mode)
{
    int number = remove_acl(f->fd);
    return number ? number : change_mode(f->fd, mode & 0777);
}

/* ---- taking the place ---- */

static bool is_at(const struct ks_fresh *f, const char *name)
{
    struct stat own, there;
    return fstat(f->fd, &own) == 0 &&
           fstatat(f->place->fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

/* A server can have done it and its answer been lost. */
static int renamed(struct ks_fresh *f, const char *name, int number)
{
    if (number && !is_at(f, name))
        return number;
    free(f->name);
    f->name = NULL;
    return 0;
}

static bool knows_no_flags(int number)
{
    return number == EINVAL || number == ENOSYS || number == ENOTSUP;
}

static int rename_to(struct ks_fresh *f, const char *name)
{
    int dir = f->place->fd, number = renameat(dir, f->name, dir, name) == 0 ? 0 : errno;
    return renamed(f, name, number);
}

/* Only if nothing has that name yet, where the file system can do that. */
static int rename_to_new(struct ks_fresh *f, const char *name)
{
    int dir = f->place->fd;
    int number = renameat2(dir, f->name, dir, name, RENAME_NOREPLACE) == 0 ? 0 : errno;
    return knows_no_flags(number) ? rename_to(f, name) : renamed(f, name, number);
}

static bool has_no_links(int number)
{
    return number == EPERM || number == ENOTSUP || number == ENOSYS || number == EMLINK;
}

/* link() never replaces a file, on any file system that has links. */
static int link_to(struct ks_fresh *f, const char *name)
{
    int dir = f->place->fd, number = linkat(dir, f->name, dir, name, 0) == 0 ? 0 : errno;
    if (has_no_links(number))
        return rename_to_new(f, name);
    return number && !is_at(f, name) ? number : 0;
}

int ks_fresh_commit(struct ks_fresh *f)
{
    const char *name = f->place->name;
    return f->place->exists ? rename_to(f, name) : link_to(f, name);
}

static bool removed(const struct ks_fresh *f)
{
    for (int attempt = 0; attempt < 3; attempt++)
        if (unlinkat(f->place->fd, f->name, 0) == 0 || errno == ENOENT)
            return true;
    return false;
}

bool ks_fresh_drop(struct ks_fresh *f)
{
    bool gone = !f->name || removed(f);
    if (f->fd >= 0)
        (void)close(f->fd);
    free(f->name);
    f->name = NULL;
    f->fd = -1;
    return gone;
}

int ks_fresh_sync_directory(const struct ks_place *place)
{
    int number = sync_fd(place->fd);
    return number == EINVAL || number == ENOTSUP || number == EBADF ? 0 : number;
}

/* ---- the old bytes ---- */

static int copy_bytes(int from, struct ks_fresh *f)
{
    uint8_t *chunk = ks_alloc(CHUNK);
    ssize_t got = 0;
    int number = 0;
    while (number == 0 && (got = read_chunk(from, chunk)) > 0)
        number = ks_fresh_write(f, ks_slice(chunk, (size_t)got));
    if (got < 0)
        number = errno;
    ks_wipe(chunk, CHUNK);
    free(chunk);
    return number;
}

static int make_copy(struct ks_fresh *f, const struct ks_place *place)
{
    int from = ks_fresh_open_known(place, place->name);
    if (from < 0)
        return errno;
    int number = ks_fresh_create(f, place);
    if (number == 0)
        number = copy_bytes(from, f);
    if (number == 0)
        number = dress(f->fd, place, true);
    if (number == 0)
        number = ks_fresh_sync(f);
    (void)close(from);
    return number;
}

/* The old file itself under a second name: it keeps everything, and needs no room. */
static int make_link(struct ks_fresh *f, const struct ks_place *place)
{
    *f = (struct ks_fresh){.place = place, .fd = ks_fresh_open_known(place, place->name)};
    if (f->fd >= 0)
        (void)flock(f->fd, LOCK_SH | LOCK_NB);
    for (int i = 0; i < NAMES_TRIED; i++) {
        char *name = fresh_name(place);
        if (linkat(place->fd, place->name, place->fd, name, 0) == 0) {
            f->name = name;
            return 0;
        }
        int number = errno;
        free(name);
        if (number != EEXIST)
            return number;
    }
    return EEXIST;
}

/* Two names of one file: rename() would do nothing, and leave both. */
static bool is_same_file(const struct ks_place *place, const char *name)
{
    struct stat st;
    return fstatat(place->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_dev == place->st.st_dev && st.st_ino == place->st.st_ino;
}

/* The former backup gets the random name, so that it can come back. */
static int swap_names(struct ks_backup *b)
{
    int dir = b->f.place->fd;
    int number = renameat2(dir, b->f.name, dir, b->name, RENAME_EXCHANGE) == 0 ? 0 : errno;
    return number && is_at(&b->f, b->name) ? 0 : number;
}

/* Gives the old bytes the backup's name. */
static int name_backup(struct ks_backup *b)
{
    struct stat st;
    if (fstatat(b->f.place->fd, b->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        int number = rename_to(&b->f, b->name);
        b->is_first = number == 0;
        return number;
    }
    int number = S_ISDIR(st.st_mode) ? EISDIR : swap_names(b);
    if (number == EISDIR)
        return number;
    b->swapped = number == 0;
    return knows_no_flags(number) ? rename_to(&b->f, b->name) : number;
}

int ks_fresh_backup(struct ks_backup *b, const struct ks_place *place)
{
    *b = (struct ks_backup){.f = {.place = place, .fd = -1},
                            .name = ks_asprintf("%s.bak", place->name)};
    if (is_same_file(place, b->name))
        return 0;
    int number = make_link(&b->f, place);
    if (has_no_links(number)) {
        (void)ks_fresh_drop(&b->f);
        number = make_copy(&b->f, place);
    }
    return number ? number : name_backup(b);
}

void ks_fresh_backup_end(struct ks_backup *b, bool committed)
{
    if (!b->name)
        return;
    int dir = b->f.place->fd;
    if (!committed && b->swapped && is_at(&b->f, b->name))
        (void)renameat2(dir, b->f.name, dir, b->name, RENAME_EXCHANGE);
    else if (!committed && b->is_first && is_at(&b->f, b->name))
        (void)unlinkat(dir, b->name, 0);
    (void)ks_fresh_drop(&b->f);
    free(b->name);
    *b = (struct ks_backup){0};
}

/* ---- all together ---- */

void ks_fresh_drop_after(struct ks_fresh *f, struct ks_error *err)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s", f->name ? f->name : "");
    if (ks_fresh_drop(f) || !err)
        return;
    size_t len = strlen(err->next);
    (void)snprintf(err->next + len, sizeof err->next - len,
                   "; the unfinished %.120s beside it could not be removed", name);
}

enum ks_code ks_fresh_not_synced(const struct ks_place *place, int number, struct ks_error *err)
{
    char room[128];
    ks_fail(err, KS_ERR_WRITE, "not-synced",
            "%.200s was %s, but whether the disk has it is not sure: %s", place->shown, place->done,
            ks_place_cause(number, room, sizeof room));
    return ks_fail_next(err, KS_ERR_WRITE,
                        "the new file is complete; check the disk, after a power cut the old one "
                        "may be back");
}

static enum ks_code put(struct ks_fresh *f, struct ks_place *place, struct ks_slice bytes,
                        unsigned mode, struct ks_error *err)
{
    int number = ks_fresh_create(f, place);
    if (number)
        return ks_place_failed(place, KS_STEP_CREATE, number, err);
    number = ks_fresh_write(f, bytes);
    if (number)
        return ks_place_failed(place, KS_STEP_WRITE, number, err);
    number = mode == 0600 ? 0 : ks_fresh_set_mode(f, mode);
    if (number)
        return ks_place_failed(place, KS_STEP_DRESS, number, err);
    number = ks_fresh_sync(f);
    if (number)
        return ks_place_failed(place, KS_STEP_SYNC, number, err);
    number = ks_fresh_commit(f);
    if (number == EEXIST && !place->exists)
        return ks_place_taken(place, err);
    if (number)
        return ks_place_failed(place, KS_STEP_RENAME, number, err);
    number = ks_fresh_sync_directory(place);
    return number ? ks_fresh_not_synced(place, number, err) : KS_OK;
}

enum ks_code ks_fresh_put(struct ks_place *place, struct ks_slice bytes, unsigned mode,
                          struct ks_error *err)
{
    struct ks_fresh f;
    enum ks_code rc = put(&f, place, bytes, mode, err);
    ks_fresh_drop_after(&f, rc == KS_OK ? NULL : err);
    if (rc == KS_OK)
        ks_place_tidy(place);
    return rc;
}
