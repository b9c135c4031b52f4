#include "file/scan.h"

#include "base/alloc.h"
#include "chain/findings.h"
#include "file/input.h"
#include "file/thin.h"
#include "file/visited.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

const struct ks_scan_bounds ks_scan_usual = {
    .depth = 64,
    .names = 1000000,
    .files = 100000,
    .entries = 200000,
    .bytes = (size_t)256 << 20,
    .bundle = 50,
    .rounds = 500000000, /* some minutes */
};

struct walk {
    const struct ks_scan_options *o;
    const struct ks_scan_bounds *bounds;
    struct ks_job *job;
    struct ks_scan *out;
    struct ks_visited visited;
    struct ks_buf path; /* of what is looked at */
    size_t below;
    uint64_t dev; /* of the path that was given */
    uint64_t rounds;
    uint8_t *head; /* KS_PROBE_BYTES */
};

static bool is_over(struct walk *w)
{
    if (ks_job_stopped(w->job))
        w->out->cut |= KS_SCAN_CUT_STOPPED;
    return (w->out->cut & (KS_SCAN_CUT_STOPPED | KS_SCAN_CUT_FILES)) != 0;
}

static void pass(struct walk *w, enum ks_scan_pass why)
{
    w->out->passed[why]++;
}

/* ---- the result ---- */

/* NULL: there is no room for one more. */
static struct ks_scan_file *add_file(struct walk *w, enum ks_scan_state state)
{
    struct ks_scan *out = w->out;
    if (out->count == w->bounds->files) {
        out->cut |= KS_SCAN_CUT_FILES;
        return NULL;
    }
    if (out->count == out->cap) {
        out->cap = out->cap ? 2 * out->cap : 64;
        out->files = ks_realloc(out->files, out->cap * sizeof *out->files);
    }
    struct ks_scan_file *file = &out->files[out->count++];
    *file = (struct ks_scan_file){.path = ks_strndup(ks_buf_text(&w->path), w->path.len),
                                  .below = w->below < w->path.len ? w->below : 0,
                                  .state = state,
                                  .type = ""};
    return file;
}

static void set_why(struct ks_scan_file *file, const struct ks_error *err)
{
    file->why = ks_alloc(sizeof *file->why);
    *file->why = *err;
}

static void add_unreadable(struct walk *w, const struct stat *st, bool directory, int number)
{
    struct ks_error err = {0};
    char room[64];
    struct ks_scan_file *file = add_file(w, KS_SCAN_UNREADABLE);
    if (!file)
        return;
    file->directory = directory;
    if (directory) {
        (void)ks_fail(&err, KS_ERR_IO, "directory", "%.200s was not searched: %s",
                      ks_path_shown(file->path), ks_input_reason(number, room, sizeof room));
        (void)ks_fail_next(&err, KS_ERR_IO, "run ksx as a user who may read it");
    } else {
        (void)ks_input_refused(file->path, st, number, &err);
    }
    set_why(file, &err);
}

void ks_scan_drop(struct ks_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        ks_store_free(scan->files[i].store);
        free(scan->files[i].worst);
        free(scan->files[i].why);
        free(scan->files[i].path);
    }
    free(scan->files);
    *scan = (struct ks_scan){0};
}

size_t ks_scan_count(const struct ks_scan *scan, enum ks_scan_state state, bool directories)
{
    size_t n = 0;
    for (size_t i = 0; i < scan->count; i++)
        n += scan->files[i].state == state && scan->files[i].directory == directories;
    return n;
}

size_t ks_scan_keystores(const struct ks_scan *scan)
{
    size_t n = 0;
    for (size_t i = 0; i < scan->count; i++)
        n += scan->files[i].keystore && scan->files[i].state != KS_SCAN_UNREADABLE;
    return n;
}

size_t ks_scan_unverified(const struct ks_scan *scan)
{
    size_t n = 0;
    for (size_t i = 0; i < scan->count; i++)
        n += scan->files[i].store && scan->files[i].state == KS_SCAN_READ &&
             scan->files[i].store->integrity == KS_INTEGRITY_UNVERIFIED;
    return n;
}

/* ---- entries ---- */

/* The place of the entry that expires first; entries without a day come last. */
static uint32_t soonest(const struct ks_store *store)
{
    size_t best = 0;
    int64_t day = KS_TIME_NONE;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        int64_t expires = ks_entry_expires(ks_store_entry(store, i));
        if (expires != KS_TIME_NONE && (day == KS_TIME_NONE || expires < day)) {
            day = expires;
            best = i;
        }
    }
    return (uint32_t)best;
}

static bool is_bundle(const struct ks_store *store, size_t most)
{
    if (ks_store_count(store) <= most)
        return false;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        uint8_t kind = ks_store_entry(store, i)->kind;
        if (kind != KS_KIND_TRUSTED && kind != KS_KIND_CERT)
            return false;
    }
    return true;
}

/* As many as there is room for. */
static size_t choose(struct walk *w, const struct ks_store *store, uint32_t *index)
{
    struct ks_scan *out = w->out;
    size_t kept = 0, count = ks_store_count(store);
    for (size_t i = 0; i < count; i++) {
        size_t bytes = ks_thin_bytes(ks_store_entry(store, i));
        if (out->entries == w->bounds->entries || bytes > w->bounds->bytes - out->bytes) {
            out->cut |= KS_SCAN_CUT_ENTRIES;
            out->entries_left_out++;
            continue;
        }
        out->bytes += bytes;
        out->entries++;
        index[kept++] = (uint32_t)i;
    }
    return kept;
}

static void judge(struct ks_scan_file *file, const struct ks_store *store, const uint32_t *index,
                  size_t count)
{
    int64_t now = ks_now();
    file->worst = ks_alloc_array(count, 1);
    for (size_t i = 0; i < count; i++)
        file->worst[i] = (uint8_t)ks_worst_of_entry(store, ks_store_entry(store, index[i]), now);
}

static void keep(struct walk *w, struct ks_scan_file *file, const struct ks_store *store)
{
    size_t count = ks_store_count(store);
    uint32_t *index = ks_alloc_array(count, sizeof *index);
    file->entries = count;
    file->folded = !w->o->all && is_bundle(store, w->bounds->bundle);
    if (file->folded) {
        index[0] = soonest(store);
        w->out->entries++;
        w->out->bytes += ks_thin_bytes(ks_store_entry(store, index[0]));
        count = 1;
    } else {
        count = choose(w, store, index);
    }
    file->store = ks_thin_store(store, index, count);
    judge(file, store, index, count);
    free(index);
}

/* ---- opening ---- */

static enum ks_code open_with(struct walk *w, int fd, const struct ks_secret *password,
                              struct ks_store **out, struct ks_error *err)
{
    struct ks_job *part = ks_job_part(w->job);
    enum ks_code rc = ks_open_descriptor(fd, ks_buf_text(&w->path), password, part, out, err);
    w->rounds += ks_job_charged(part);
    ks_job_free(part);
    return rc;
}

static bool wants_password(const struct ks_store *s)
{
    return (s->format->caps & KS_CAP_PASSWORD) &&
           (s->integrity == KS_INTEGRITY_UNVERIFIED || (s->notes & KS_STORE_LOCKED_PARTS));
}

/* Puts in the place of *store, which may be NULL, what a password shows beyond it. */
static void try_passwords(struct walk *w, int fd, struct ks_store **store)
{
    for (size_t i = 0; i < w->o->password_count && !ks_job_stopped(w->job); i++) {
        struct ks_store *opened = NULL;
        if (w->rounds >= w->bounds->rounds) {
            w->out->cut |= KS_SCAN_CUT_ROUNDS;
            return;
        }
        if (open_with(w, fd, w->o->passwords[i], &opened, NULL) != KS_OK)
            continue;
        bool opens = !wants_password(opened);
        if (opens || !*store) {
            struct ks_store *swap = *store;
            *store = opened;
            opened = swap;
        }
        ks_store_free(opened);
        if (opens)
            return;
    }
}

static enum ks_scan_state state_of(enum ks_code rc)
{
    switch (rc) {
    case KS_ERR_PASSWORD:
    case KS_ERR_PASSWORD_NEEDED:
        return KS_SCAN_LOCKED;
    case KS_ERR_UNSUPPORTED:
        return KS_SCAN_UNSUPPORTED;
    case KS_ERR_IO:
        return KS_SCAN_UNREADABLE;
    default:
        return KS_SCAN_DAMAGED;
    }
}

static void fail_locked(const struct walk *w, struct ks_error *err)
{
    const char *name = ks_path_shown(ks_buf_text(&w->path));
    if (w->o->password_count)
        (void)ks_fail(err, KS_ERR_PASSWORD, "locked", "%.200s is locked: no password fits", name);
    else
        (void)ks_fail(err, KS_ERR_PASSWORD_NEEDED, "locked", "%.200s is locked", name);
    (void)ks_fail_next(err, err->code, "give its password");
}

static void take_store(struct walk *w, const struct ks_format *format, struct ks_store *store,
                       enum ks_code rc, struct ks_error *err)
{
    enum ks_scan_state state = KS_SCAN_READ;
    if (!store) {
        state = state_of(rc);
    } else if (store->damage.code != KS_OK) {
        state = KS_SCAN_DAMAGED;
        *err = store->damage;
    } else if (store->notes & KS_STORE_LOCKED_PARTS) {
        state = KS_SCAN_LOCKED;
    }
    if (state == KS_SCAN_LOCKED)
        fail_locked(w, err);
    struct ks_scan_file *file = add_file(w, state);
    if (!file)
        return;
    file->type = format->name;
    file->keystore = (format->caps & KS_CAP_STORE) != 0;
    if (state != KS_SCAN_READ)
        set_why(file, err);
    if (store)
        keep(w, file, store);
}

/* A program or a manual that mentions PEM, OpenPGP in armour, DH parameters. */
static bool holds_nothing(const struct ks_store *store)
{
    if (store->format->caps & KS_CAP_STORE || store->damage.code != KS_OK)
        return false;
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (ks_store_entry(store, i)->kind != KS_KIND_OPAQUE)
            return false;
    return true;
}

static void open_file(struct walk *w, int fd, const struct ks_format *format)
{
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    enum ks_code rc = open_with(w, fd, NULL, &store, &err);
    if (store ? wants_password(store) : state_of(rc) == KS_SCAN_LOCKED)
        try_passwords(w, fd, &store);
    if (store ? holds_nothing(store) : rc == KS_ERR_FORMAT) /* it only began like one */
        pass(w, KS_SCAN_OTHER);
    else if (!ks_job_stopped(w->job)) /* else it may not have been read to its end */
        take_store(w, format, store, rc, &err);
    ks_store_free(store);
}

/* ---- files ---- */

/* What the kernel makes up while it is read holds nothing that is kept anywhere. */
static bool is_pseudo(int fd)
{
    static const uint32_t kinds[] = {
        PROC_SUPER_MAGIC,
        SYSFS_MAGIC,
        DEVPTS_SUPER_MAGIC,
        CGROUP_SUPER_MAGIC,
        CGROUP2_SUPER_MAGIC,
        DEBUGFS_MAGIC,
        TRACEFS_MAGIC,
        SECURITYFS_MAGIC,
        BPF_FS_MAGIC,
        PSTOREFS_MAGIC,
        EFIVARFS_MAGIC,
        SELINUX_MAGIC,
        BINFMTFS_MAGIC,
        HUGETLBFS_MAGIC,
        NSFS_MAGIC,
        0x65735543u /* fusectl */,
        0x62656570u /* configfs */,
        0x19800202u /* mqueue */,
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((uint32_t)fs.f_type == kinds[i])
            return true;
    return false;
}

static void look(struct walk *w, int fd, const struct stat *st)
{
    struct ks_probe probe = {.size = (uint64_t)st->st_size};
    ssize_t len = ks_input_head(fd, w->head, KS_PROBE_BYTES);
    int number = errno;
    w->out->looked++;
    if (len < 0) {
        add_unreadable(w, st, false, number);
        return;
    }
    ks_probe_head(ks_slice(w->head, (size_t)len), &probe);
    if (probe.format && !(probe.format->caps & KS_CAP_BESIDE))
        open_file(w, fd, probe.format);
    else
        pass(w, KS_SCAN_OTHER);
    ks_wipe(w->head, (size_t)len); /* it may have been a private key */
}

static void report(struct walk *w)
{
    (void)ks_job_advance(w->job, w->out->looked);
    if (w->o->progress)
        w->o->progress(w->o->ctx, w->out);
}

/* `st` of the name; the file may be another one by now, which the descriptor tells. */
static void visit_file(struct walk *w, int at, const char *name, struct stat *st, bool link)
{
    int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (link ? 0 : O_NOFOLLOW);
    if (!ks_visited_add(&w->visited, st->st_dev, st->st_ino)) {
        pass(w, KS_SCAN_AGAIN);
        return;
    }
    int fd = openat(at, name, flags);
    if (fd < 0) {
        add_unreadable(w, st, false, errno);
        return;
    }
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))
        pass(w, KS_SCAN_SPECIAL);
    else if (link && is_pseudo(fd)) /* /etc/mtab */
        pass(w, KS_SCAN_PSEUDO);
    else
        look(w, fd, st);
    (void)close(fd);
    report(w);
}

/* ---- directories ---- */

struct name {
    char *text;
    uint8_t order; /* files, then links, so that a file goes by its own name; then directories */
};

static int by_order(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->text, y->text);
}

static uint8_t order_of(unsigned char type)
{
    return type == DT_DIR ? 2 : type == DT_LNK ? 1 : 0;
}

static struct name *names_of(struct walk *w, DIR *dir, size_t *count, int *number)
{
    struct name *names = NULL;
    size_t cap = 0;
    struct dirent *d;
    *count = 0;
    while (errno = 0, (d = readdir(dir)) && !ks_job_stopped(w->job)) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (w->out->names == w->bounds->names) {
            w->out->cut |= KS_SCAN_CUT_NAMES; /* those that were read are still looked at */
            break;
        }
        w->out->names++;
        if (*count == cap) {
            cap = cap ? 2 * cap : 32;
            names = ks_realloc(names, cap * sizeof *names);
        }
        names[(*count)++] = (struct name){ks_strdup(d->d_name), order_of(d->d_type)};
    }
    *number = d ? 0 : errno;
    if (*count)
        qsort(names, *count, sizeof *names, by_order);
    return names;
}

static void visit(struct walk *w, int at, const char *name, size_t depth);

/* Takes the descriptor over. */
static void search(struct walk *w, int fd, size_t depth)
{
    size_t count = 0, len = w->path.len;
    int number = errno;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        (void)close(fd);
        add_unreadable(w, NULL, true, number);
        return;
    }
    struct name *names = names_of(w, dir, &count, &number);
    if (number)
        add_unreadable(w, NULL, true, number);
    for (size_t i = 0; i < count; i++) {
        if (!is_over(w)) {
            if (len == 0 || w->path.data[len - 1] != '/')
                ks_buf_byte(&w->path, '/');
            ks_buf_str(&w->path, names[i].text);
            visit(w, dirfd(dir), names[i].text, depth);
            w->path.len = len;
        }
        free(names[i].text);
    }
    free(names);
    (void)closedir(dir);
}

static bool may_enter(struct walk *w, int fd, const struct stat *st)
{
    if (w->o->one_file_system && st->st_dev != w->dev)
        pass(w, KS_SCAN_ELSEWHERE);
    else if (is_pseudo(fd))
        pass(w, KS_SCAN_PSEUDO);
    else if (!ks_visited_add(&w->visited, st->st_dev, st->st_ino)) /* mounted a second time */
        pass(w, KS_SCAN_AGAIN);
    else
        return true;
    return false;
}

static void visit_directory(struct walk *w, int at, const char *name, size_t depth)
{
    struct stat st;
    if (strcmp(name, ".git") == 0) {
        pass(w, KS_SCAN_GIT);
        return;
    }
    if (depth >= w->bounds->depth) {
        pass(w, KS_SCAN_DEEP);
        return;
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        add_unreadable(w, NULL, true, errno);
        if (fd >= 0)
            (void)close(fd);
    } else if (may_enter(w, fd, &st)) {
        search(w, fd, depth + 1);
    } else {
        (void)close(fd);
    }
}

/* `depth`: of the directory that has the name. */
static void visit(struct walk *w, int at, const char *name, size_t depth)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) /* else it went meanwhile */
            add_unreadable(w, &(struct stat){0}, false, errno);
        return;
    }
    bool link = S_ISLNK(st.st_mode);
    if (link && (fstatat(at, name, &st, 0) != 0 || S_ISDIR(st.st_mode)))
        pass(w, KS_SCAN_LINKS);
    else if (S_ISDIR(st.st_mode))
        visit_directory(w, at, name, depth);
    else if (S_ISREG(st.st_mode))
        visit_file(w, at, name, &st, link);
    else
        pass(w, KS_SCAN_SPECIAL);
}

/* ---- what was given ---- */

static size_t without_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return len;
}

/* A path that was given may be a link itself: it is what is meant. */
static void visit_given(struct walk *w, const char *path)
{
    struct stat st;
    size_t len = without_slashes(path);
    ks_buf_clear(&w->path);
    ks_buf_append(&w->path, path, len);
    w->below = 0;
    if (stat(path, &st) != 0) {
        add_unreadable(w, &(struct stat){0}, false, errno);
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        if (S_ISREG(st.st_mode))
            visit_file(w, AT_FDCWD, path, &st, true);
        else
            pass(w, KS_SCAN_SPECIAL);
        return;
    }
    w->below = path[len - 1] == '/' ? len : len + 1;
    w->dev = st.st_dev;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        add_unreadable(w, NULL, true, errno);
    } else if (may_enter(w, fd, &st)) {
        search(w, fd, 0);
    } else {
        (void)close(fd);
    }
}

void ks_scan_run(const char *const *paths, size_t count, const struct ks_scan_options *options,
                 struct ks_job *job, struct ks_scan *out)
{
    struct walk w = {
        .o = options,
        .bounds = options->bounds ? options->bounds : &ks_scan_usual,
        .job = job,
        .out = out,
        .head = ks_alloc(KS_PROBE_BYTES),
    };
    *out = (struct ks_scan){0};
    ks_job_phase(job, "looking at files", 0);
    for (size_t i = 0; i < count && !is_over(&w); i++)
        visit_given(&w, paths[i]);
    (void)is_over(&w);
    ks_visited_drop(&w.visited);
    ks_buf_free(&w.path);
    free(w.head);
}
