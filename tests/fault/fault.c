/*
 * Preloaded: makes one of the calls that a save is made of fail. Counting begins with
 * fault_arm(), so that the program can open its files in peace.
 *
 *   FAULT_AT=n     the nth call, from 1
 *   FAULT_KIND     a number: that errno; "short": half of what was to be read or written;
 *                  "kill": the process dies instead of the call; "half": it dies after half of it
 *                  (after the whole call, where there are no halves)
 *   FAULT_ON       "once" (as said), "from": that call and all later ones that write,
 *                  "readonly": that call and all later ones that write or remove,
 *                  "storm": every second call that can be interrupted
 *   FAULT_LOG      a file: the names of the calls, one a line, "!" before those that failed
 *   FAULT_NO_LINKS the file system has no hard links
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What a call is: what of FAULT_ON can hit it. */
enum { READS = 0, WRITES = 1, SLOW = 2, REMOVES = 4 };

static bool armed, no_links;
static long at, count;
static int number, log_fd = -1;
static enum { ONCE, FROM, READ_ONLY, STORM } on;
static enum { FAIL, SHORT, KILL, HALF } kind;

void fault_arm(void);
void fault_arm(void)
{
    const char *n = getenv("FAULT_AT"), *k = getenv("FAULT_KIND"), *o = getenv("FAULT_ON");
    const char *log = getenv("FAULT_LOG");
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    at = n ? atol(n) : 0;
    k = k ? k : "0";
    kind = strcmp(k, "short") == 0  ? SHORT
           : strcmp(k, "kill") == 0 ? KILL
           : strcmp(k, "half") == 0 ? HALF
                                    : FAIL;
    number = atoi(k);
    o = o ? o : "once";
    on = strcmp(o, "from") == 0       ? FROM
         : strcmp(o, "readonly") == 0 ? READ_ONLY
         : strcmp(o, "storm") == 0    ? STORM
                                      : ONCE;
    no_links = getenv("FAULT_NO_LINKS") != NULL;
    armed = true;
}

static void die(void)
{
    (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static void put_log(const char *text)
{
    if (log_fd >= 0)
        (void)syscall(SYS_write, log_fd, text, strlen(text));
}

static bool is_hit(int type)
{
    if (on == STORM)
        return type & SLOW && count % 2 == 1;
    if (on == READ_ONLY)
        return count >= at && type & (WRITES | REMOVES);
    return on == FROM ? count >= at && type & WRITES : count == at;
}

/* True: the call fails, and errno says so. *half is set when it does half of its work. */
static bool fails(const char *name, int type, bool *half)
{
    *half = false;
    if (!armed)
        return false;
    count++;
    bool hit = is_hit(type);
    put_log(hit ? "!" : "");
    put_log(name);
    put_log("\n");
    if (!hit)
        return false;
    if (kind == KILL)
        die();
    *half = kind == SHORT || kind == HALF;
    errno = number;
    return kind == FAIL;
}

static size_t half_of(size_t len, bool half)
{
    return half && len > 1 ? len / 2 : len;
}

/* Half of the work is done: the end, if it is to be. */
static void after(bool half)
{
    if (half && kind == HALF)
        die();
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* A call without parts. */
#define WRAP(type, name, params, args)                                                             \
    int name params                                                                                \
    {                                                                                              \
        bool half;                                                                                 \
        if (fails(#name, type, &half))                                                             \
            return -1;                                                                             \
        int rc = REAL(name) args;                                                                  \
        after(half);                                                                               \
        return rc;                                                                                 \
    }

/* A call that moves bytes. */
#define WRAP_BYTES(type, name, params, args)                                                       \
    ssize_t name params                                                                            \
    {                                                                                              \
        bool half;                                                                                 \
        if (fails(#name, type, &half))                                                             \
            return -1;                                                                             \
        len = half_of(len, half);                                                                  \
        ssize_t rc = REAL(name) args;                                                              \
        after(half);                                                                               \
        return rc;                                                                                 \
    }

WRAP_BYTES(SLOW, read, (int fd, void *data, size_t len), (fd, data, len))
WRAP_BYTES(SLOW | WRITES, write, (int fd, const void *data, size_t len), (fd, data, len))
WRAP_BYTES(SLOW | WRITES, pwrite, (int fd, const void *data, size_t len, off_t where),
           (fd, data, len, where))
WRAP_BYTES(READS, lgetxattr, (const char *path, const char *name, void *data, size_t len),
           (path, name, data, len))

WRAP_BYTES(READS, llistxattr, (const char *path, char *names, size_t len), (path, names, len))

WRAP(SLOW | WRITES, fsync, (int fd), (fd))
WRAP(SLOW | WRITES, fdatasync, (int fd), (fd))
WRAP(WRITES, rename, (const char *a, const char *b), (a, b))
WRAP(WRITES, renameat, (int da, const char *a, int db, const char *b), (da, a, db, b))
WRAP(WRITES, renameat2, (int da, const char *a, int db, const char *b, unsigned flags),
     (da, a, db, b, flags))
WRAP(REMOVES, unlink, (const char *path), (path))
WRAP(REMOVES, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(SLOW | WRITES, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(SLOW | WRITES, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(SLOW | WRITES, fsetxattr,
     (int fd, const char *name, const void *data, size_t len, int flags),
     (fd, name, data, len, flags))
WRAP(WRITES, fremovexattr, (int fd, const char *name), (fd, name))
WRAP(READS, close, (int fd), (fd))
WRAP(READS, fstat, (int fd, struct stat *st), (fd, st))
WRAP(READS, stat, (const char *path, struct stat *st), (path, st))
WRAP(READS, lstat, (const char *path, struct stat *st), (path, st))
WRAP(READS, fstatat, (int dir, const char *path, struct stat *st, int flags),
     (dir, path, st, flags))
WRAP(READS, flock, (int fd, int how), (fd, how))

int linkat(int da, const char *a, int db, const char *b, int flags)
{
    bool half;
    if (fails("linkat", WRITES, &half))
        return -1;
    int rc = armed && no_links ? -1 : REAL(linkat)(da, a, db, b, flags);
    if (armed && no_links)
        errno = EPERM;
    after(half);
    return rc;
}

int link(const char *a, const char *b)
{
    return linkat(AT_FDCWD, a, AT_FDCWD, b, 0);
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? (mode_t)va_arg(args, unsigned) : 0;
}

int openat(int dir, const char *path, int flags, ...)
{
    bool half;
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    if (fails("openat", flags & O_CREAT ? SLOW | WRITES : SLOW, &half))
        return -1;
    int rc = REAL(openat)(dir, path, flags, mode);
    after(half);
    return rc;
}

int open(const char *path, int flags, ...)
{
    bool half;
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    if (fails("open", flags & O_CREAT ? SLOW | WRITES : READS, &half))
        return -1;
    int rc = REAL(open)(path, flags, mode);
    after(half);
    return rc;
}
