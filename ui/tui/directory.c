#include "tui/directory.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MATCHES_SAID 120 /* bytes of names in a message */

/* ---- paths ---- */

char *directory_join(const char *path, const char *name)
{
    size_t len = strlen(path);
    if (strcmp(name, "..") != 0)
        return ks_asprintf("%s%s%s", path, len && path[len - 1] == '/' ? "" : "/", name);
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return ks_strdup("/");
    return ks_strndup(path, (size_t)(slash - path));
}

static const char *home(void)
{
    const char *h = getenv("HOME");
    return h && h[0] == '/' && h[1] ? h : NULL;
}

char *directory_typed(const char *path)
{
    if (path[0] == '~' && (path[1] == '/' || !path[1]) && home())
        return ks_asprintf("%s%s", home(), path + 1);
    return ks_strdup(path);
}

static char *with_base(const char *base, const char *path)
{
    char *typed = directory_typed(path);
    if (typed[0] == '/')
        return typed;
    char *whole = ks_asprintf("%s/%s", base, typed);
    free(typed);
    return whole;
}

/* By words alone: "a/../b" is "b" here even if a is a symbolic link, which is what people mean who
 * type it. */
static void put_part(struct ks_buf *out, const char *part, size_t len)
{
    if (len == 0 || (len == 1 && part[0] == '.'))
        return;
    if (len == 2 && part[0] == '.' && part[1] == '.') {
        while (out->len && out->data[out->len - 1] != '/')
            out->len--;
        out->len -= out->len > 0;
        return;
    }
    ks_buf_byte(out, '/');
    ks_buf_append(out, part, len);
}

char *directory_resolve(const char *base, const char *path)
{
    struct ks_buf out = KS_BUF_INIT;
    char *full = with_base(base, path);
    for (const char *at = full; *at;) {
        size_t len = strcspn(at, "/");
        put_part(&out, at, len);
        at += len + (at[len] == '/');
    }
    if (out.len == 0)
        ks_buf_byte(&out, '/');
    free(full);
    char *result = ks_strndup((const char *)out.data, out.len);
    ks_buf_free(&out);
    return result;
}

void directory_short(const char *path, struct ks_buf *out)
{
    const char *h = home();
    size_t len = h ? strlen(h) : 0;
    if (h && strncmp(path, h, len) == 0 && (path[len] == '/' || !path[len])) {
        ks_buf_str(out, "~");
        path += len;
    }
    ks_buf_str(out, path);
}

/* ---- completion ---- */

struct completion {
    char *typed, *dir; /* "~/tl" is typed "~/", whose directory is /home/me */
    const char *prefix;
    char **names;
    size_t count, cap;
};

static void add_name(struct completion *c, const char *name)
{
    bool hidden = name[0] == '.' && c->prefix[0] != '.';
    if (hidden || strncmp(name, c->prefix, strlen(c->prefix)) != 0 || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0)
        return;
    if (c->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->names = ks_realloc(c->names, c->cap * sizeof(char *));
    }
    c->names[c->count++] = ks_strdup(name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that begin like the last part of `path`, which must outlive the completion. */
static void completion_start(struct completion *c, const char *base, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t head = slash ? (size_t)(slash - path) + 1 : 0;
    *c = (struct completion){.typed = ks_strndup(path, head), .prefix = path + head};
    c->dir = directory_resolve(base, c->typed);
    DIR *d = opendir(c->dir);
    const struct dirent *entry;
    for (size_t n = 0; d && n < DIRECTORY_MAX && (entry = readdir(d)) != NULL; n++)
        add_name(c, entry->d_name);
    if (d)
        (void)closedir(d);
    if (c->count)
        qsort(c->names, c->count, sizeof(char *), by_name);
}

static void completion_end(struct completion *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->names[i]);
    free(c->names);
    free(c->typed);
    free(c->dir);
}

/* In order, so what the first and the last have in common all have. */
static size_t common_length(const struct completion *c)
{
    const char *first = c->names[0], *last = c->names[c->count - 1];
    size_t same = 0;
    while (first[same] && first[same] == last[same])
        same++;
    while (same > 0 && ((unsigned char)first[same] & 0xc0) == 0x80)
        same--; /* not inside of a character */
    return same;
}

static bool is_directory(const char *dir, const char *name)
{
    struct stat st;
    char *path = directory_join(dir, name);
    bool is = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    free(path);
    return is;
}

char *directory_complete(const char *base, const char *path)
{
    struct completion c;
    char *result = NULL;
    completion_start(&c, base, path);
    size_t len = c.count ? common_length(&c) : 0;
    if (c.count && (len > strlen(c.prefix) || c.count == 1)) {
        bool ends = c.count == 1 && is_directory(c.dir, c.names[0]);
        result = ks_asprintf("%s%.*s%s", c.typed, (int)len, c.names[0], ends ? "/" : "");
    }
    completion_end(&c);
    return result;
}

size_t directory_matches(const char *base, const char *path, struct ks_buf *names)
{
    struct completion c;
    completion_start(&c, base, path);
    size_t count = c.count, i = 0;
    for (; i < count && names->len < MATCHES_SAID; i++) {
        ks_buf_str(names, i ? ", " : "");
        ks_buf_str(names, c.names[i]);
        ks_buf_str(names, is_directory(c.dir, c.names[i]) ? "/" : "");
    }
    if (i < count)
        ks_buf_str(names, ", and more");
    completion_end(&c);
    return count;
}

/* ---- reading ---- */

static int by_kind_and_name(const void *x, const void *y)
{
    const struct directory_row *a = x, *b = y;
    if (a->directory != b->directory)
        return a->directory ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void fill_row(struct directory_row *row, const char *dir)
{
    struct stat st;
    char *path = directory_join(dir, row->name);
    if (stat(path, &st) == 0) {
        row->directory = S_ISDIR(st.st_mode);
        row->regular = S_ISREG(st.st_mode);
        row->size = (uint64_t)st.st_size;
        row->mtime = st.st_mtime;
        row->dev = st.st_dev;
        row->ino = st.st_ino;
    }
    free(path);
}

static struct directory_row *add_row(struct directory *d, size_t *cap, const char *name)
{
    if (d->count == *cap) {
        *cap = *cap ? *cap * 2 : 64;
        d->rows = ks_realloc(d->rows, *cap * sizeof *d->rows);
    }
    struct directory_row *row = &d->rows[d->count++];
    *row = (struct directory_row){.name = ks_strdup(name), .mtime = KS_TIME_NONE};
    return row;
}

static void read_names(struct directory *d, struct ks_job *job)
{
    size_t cap = 0;
    const struct dirent *entry;
    DIR *dir = opendir(d->path);
    if (!dir) {
        d->error = errno;
        return;
    }
    while ((entry = readdir(dir)) != NULL && ks_job_advance(job, d->count)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (d->count == DIRECTORY_MAX)
            d->beyond++;
        else
            fill_row(add_row(d, &cap, entry->d_name), d->path);
    }
    (void)closedir(dir);
}

static void note_open(struct directory *d, char *const *open_paths)
{
    struct stat st;
    for (; *open_paths; open_paths++) {
        if (stat(*open_paths, &st) != 0)
            continue;
        for (size_t i = 0; i < d->count; i++)
            if (d->rows[i].ino == st.st_ino && d->rows[i].dev == st.st_dev && d->rows[i].regular)
                d->rows[i].is_open = true;
    }
}

struct directory *directory_read(const char *path, char *const *open_paths, struct ks_job *job)
{
    struct directory *d = ks_alloc(sizeof *d);
    d->path = ks_strdup(path);
    read_names(d, job);
    if (d->count)
        qsort(d->rows, d->count, sizeof *d->rows, by_kind_and_name);
    note_open(d, open_paths);
    return d;
}

void directory_free(struct directory *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++)
        free(d->rows[i].name);
    free(d->rows);
    free(d->path);
    free(d);
}

bool directory_row_is_other(const struct directory_row *row)
{
    return row->probed && row->regular && !row->probe.format &&
           strcmp(row->probe.looks, "no key or certificate") == 0;
}
