#include "file/jvm_process.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_FOLLOWED 40
#define COMMAND_MAX (1u << 20)
#define ENVIRON_MAX (1u << 20)
#define PROCESSES_MAX 256      /* of java */
#define NAMES_LOOKED_AT 65536  /* in /proc */

/* ---- files inside a root ---- */

static char *within(const char *root, const char *path)
{
    return ks_asprintf("%s%s", root, path);
}

/* The text of a link inside `root`; NULL when it is none. */
static char *link_at(const char *root, const char *path)
{
    char text[PATH_MAX];
    char *full = within(root, path);
    ssize_t len = readlink(full, text, sizeof text);
    free(full);
    return len > 0 && (size_t)len < sizeof text ? ks_strndup(text, (size_t)len) : NULL;
}

static bool is_there(const char *root, const char *path)
{
    struct stat st;
    char *full = within(root, path);
    bool there = lstat(full, &st) == 0;
    free(full);
    return there;
}

static void pop(char *at)
{
    char *slash = strrchr(at, '/');
    if (slash)
        *slash = '\0';
}

/* A path on its way: what was walked, and what is still to come. */
struct chase {
    const char *root;
    char at[PATH_MAX]; /* canonical; "" is the root */
    char *rest;
    size_t pos; /* in rest */
    unsigned links;
};

static bool follow(struct chase *c, char *target)
{
    if (target[0] == '/')
        c->at[0] = '\0';
    else
        pop(c->at);
    char *rest = ks_asprintf("%s/%s", target, c->rest + c->pos);
    free(target);
    free(c->rest);
    c->rest = rest;
    c->pos = 0;
    return ++c->links <= LINKS_FOLLOWED && strlen(rest) < 4 * PATH_MAX;
}

static bool step(struct chase *c, const char *name, size_t len)
{
    size_t used = strlen(c->at);
    if (used + len + 2 > sizeof c->at)
        return false;
    c->at[used] = '/';
    memcpy(c->at + used + 1, name, len);
    c->at[used + 1 + len] = '\0';
    if (!is_there(c->root, c->at))
        return false;
    char *target = link_at(c->root, c->at);
    return !target || follow(c, target);
}

char *ks_jvm_chase(const char *root, const char *path)
{
    struct chase c = {.root = root, .rest = ks_strdup(path)};
    bool fine = true;
    while (fine) {
        const char *name = c.rest + c.pos + strspn(c.rest + c.pos, "/");
        size_t len = strcspn(name, "/");
        if (len == 0)
            break;
        c.pos = (size_t)(name - c.rest) + len;
        if (len == 2 && memcmp(name, "..", 2) == 0)
            pop(c.at);
        else if (len != 1 || name[0] != '.')
            fine = step(&c, name, len);
    }
    free(c.rest);
    return fine ? ks_strdup(c.at[0] ? c.at : "/") : NULL;
}

bool ks_jvm_read(const char *root, const char *path, size_t max, struct ks_buf *out)
{
    uint8_t chunk[4096];
    struct stat st;
    ssize_t got = 0;
    char *full = within(root, path);
    int fd = open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    free(full);
    if (fd < 0)
        return false;
    bool fine = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    for (size_t len = 0; fine && len < max; len += (size_t)got) {
        size_t want = max - len < sizeof chunk ? max - len : sizeof chunk;
        got = read(fd, chunk, want);
        if (got <= 0)
            break;
        ks_buf_append(out, chunk, (size_t)got);
    }
    ks_wipe(chunk, sizeof chunk); /* command lines and environments hold passwords */
    (void)close(fd);
    return fine;
}

/* ---- one process ---- */

struct looking {
    const char *root;
    const char *cwd; /* of the process looked at; NULL when not known */
    int64_t booted;
};

static char *proc_path(long pid, const char *name)
{
    return ks_asprintf("/proc/%ld/%s", pid, name);
}

static char *proc_link(const struct looking *l, long pid, const char *name)
{
    char *path = proc_path(pid, name);
    char *text = link_at(l->root, path);
    free(path);
    return text;
}

static bool proc_read(const struct looking *l, long pid, const char *name, size_t max,
                      struct ks_buf *out)
{
    char *path = proc_path(pid, name);
    bool fine = ks_jvm_read(l->root, path, max, out);
    free(path);
    return fine;
}

static bool is_mine(const struct looking *l, long pid)
{
    struct stat st;
    char *path = ks_asprintf("%s/proc/%ld", l->root, pid);
    bool mine = stat(path, &st) == 0 && st.st_uid == geteuid();
    free(path);
    return mine;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The launcher's path; NULL when it is not java. A package upgrade leaves "java (deleted)". */
static char *java_binary(const struct looking *l, long pid, struct ks_slice command)
{
    static const char deleted[] = " (deleted)";
    char *exe = proc_link(l, pid, "exe");
    if (!exe)
        exe = ks_strndup((const char *)command.data, command.len); /* up to its NUL */
    size_t len = strlen(exe), tail = sizeof deleted - 1;
    if (len > tail && strcmp(exe + len - tail, deleted) == 0)
        exe[len - tail] = '\0';
    if (strcmp(last_part(exe), "java") == 0)
        return exe;
    free(exe);
    return NULL;
}

/* ".../bin/java" */
static char *home_of(const char *binary)
{
    char *home = ks_strdup(binary);
    pop(home);
    bool fine = home[0] == '/' && strcmp(last_part(home), "bin") == 0;
    pop(home);
    if (fine && home[0])
        return home;
    free(home);
    return NULL;
}

/* Field 22 of /proc/PID/stat, in ticks after the boot; the name before it may hold anything. */
static int64_t started(const struct looking *l, long pid)
{
    struct ks_buf text = KS_BUF_INIT;
    long long ticks = -1;
    if (l->booted != KS_TIME_NONE && proc_read(l, pid, "stat", 4096, &text)) {
        const char *at = strrchr(ks_buf_text(&text), ')');
        for (int field = 2; at && field < 22; field++)
            at = strchr(at + 1, ' ');
        if (at)
            ticks = strtoll(at, NULL, 10);
    }
    ks_buf_free(&text);
    long hz = sysconf(_SC_CLK_TCK);
    return ticks < 0 ? KS_TIME_NONE : l->booted + ticks / (hz > 0 ? hz : 100);
}

static int64_t boot_time(const char *root)
{
    struct ks_buf text = KS_BUF_INIT;
    int64_t seconds = KS_TIME_NONE;
    const char *at = ks_jvm_read(root, "/proc/stat", COMMAND_MAX, &text)
                         ? strstr(ks_buf_text(&text), "\nbtime ")
                         : NULL;
    if (at)
        seconds = strtoll(at + sizeof "\nbtime", NULL, 10);
    ks_buf_free(&text);
    return seconds;
}

static bool differs_from_mine(const struct looking *l, long pid)
{
    char *theirs = proc_link(l, pid, "ns/mnt"), *mine = link_at(l->root, "/proc/self/ns/mnt");
    char *their_root = proc_link(l, pid, "root");
    bool apart = (theirs && mine && strcmp(theirs, mine) != 0) ||
                 (their_root && strcmp(their_root, "/") != 0);
    free(theirs);
    free(mine);
    free(their_root);
    return apart;
}

/* ---- its settings ---- */

static char *absolute(const char *cwd, const char *path)
{
    if (path[0] == '/' || !cwd)
        return ks_strdup(path);
    return ks_asprintf("%s/%s", cwd, path);
}

static bool read_argfile(void *ctx, const char *name, struct ks_buf *out)
{
    const struct looking *l = ctx;
    char *path = absolute(l->cwd, name);
    bool fine = path[0] == '/' && ks_jvm_read(l->root, path, out->max, out);
    free(path);
    return fine;
}

/* The value of a variable of an environment of NUL-terminated strings. */
static struct ks_slice variable(const struct ks_buf *env, const char *name)
{
    size_t want = strlen(name);
    for (size_t at = 0; at < env->len;) {
        const uint8_t *text = env->data + at;
        const uint8_t *end = memchr(text, 0, env->len - at);
        size_t len = end ? (size_t)(end - text) : env->len - at;
        if (len > want && memcmp(text, name, want) == 0 && text[want] == '=')
            return ks_slice(text + want + 1, len - want - 1);
        at += len + 1;
    }
    return ks_slice(NULL, 0);
}

static void make_absolute(const char *cwd, char **path)
{
    if (!*path)
        return;
    char *whole = absolute(cwd, *path);
    free(*path);
    *path = whole;
}

static void read_settings(struct looking *l, long pid, struct ks_slice command,
                          struct ks_jvm_line *line)
{
    struct ks_buf env = KS_BUF_INIT;
    char *cwd = proc_link(l, pid, "cwd");
    l->cwd = cwd;
    line->argfile = read_argfile;
    line->ctx = l;
    (void)proc_read(l, pid, "environ", ENVIRON_MAX, &env);
    ks_jvm_line_vm_options(line, variable(&env, "JAVA_TOOL_OPTIONS"));
    ks_jvm_line_launcher_options(line, variable(&env, "JDK_JAVA_OPTIONS"));
    ks_jvm_line_command(line, command);
    ks_jvm_line_vm_options(line, variable(&env, "_JAVA_OPTIONS"));
    make_absolute(cwd, &line->value[KS_JVM_TRUST_STORE]);
    make_absolute(cwd, &line->value[KS_JVM_KEY_STORE]);
    ks_buf_wipe_free(&env);
    l->cwd = NULL;
    free(cwd);
}

/* ---- all of them ---- */

static bool visit(struct looking *l, long pid, ks_jvm_process_fn fn, void *ctx)
{
    struct ks_buf command = KS_BUF_INIT;
    struct ks_jvm_process p = {.pid = pid};
    char *binary = NULL;
    if (is_mine(l, pid) && proc_read(l, pid, "cmdline", COMMAND_MAX, &command) && command.len)
        binary = java_binary(l, pid, ks_slice(command.data, command.len));
    if (binary) {
        read_settings(l, pid, ks_slice(command.data, command.len), &p.line);
        p.home = p.line.value[KS_JVM_HOME] ? ks_strdup(p.line.value[KS_JVM_HOME]) : home_of(binary);
        p.started = started(l, pid);
        p.apart = differs_from_mine(l, pid);
        fn(ctx, &p);
        ks_jvm_line_drop(&p.line);
        free(p.home);
    }
    ks_buf_wipe_free(&command);
    free(binary);
    return binary != NULL;
}

static int by_number(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return x < y ? -1 : x > y;
}

static size_t all_pids(const char *root, long **out)
{
    size_t count = 0, cap = 0;
    char *path = within(root, "/proc");
    DIR *dir = opendir(path);
    struct dirent *d;
    free(path);
    *out = NULL;
    for (int seen = 0; dir && seen < NAMES_LOOKED_AT && (d = readdir(dir)); seen++) {
        char *end;
        long pid = strtol(d->d_name, &end, 10);
        if (pid <= 0 || *end)
            continue;
        if (count == cap) {
            cap = cap ? cap * 2 : 256;
            *out = ks_realloc(*out, cap * sizeof **out);
        }
        (*out)[count++] = pid;
    }
    if (dir)
        (void)closedir(dir);
    if (count)
        qsort(*out, count, sizeof **out, by_number);
    return count;
}

void ks_jvm_each_process(const char *root, ks_jvm_process_fn fn, void *ctx)
{
    struct looking l = {.root = root, .booted = boot_time(root)};
    long *pids;
    size_t count = all_pids(root, &pids), found = 0;
    for (size_t i = 0; i < count && found < PROCESSES_MAX; i++)
        found += visit(&l, pids[i], fn, ctx);
    free(pids);
}
