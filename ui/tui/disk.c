#include "tui/disk.h"

#include "base/alloc.h"
#include "x509/cert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void disk_look(const char *path, struct disk *out)
{
    struct stat st;
    *out = (struct disk){0};
    if (stat(path, &st) == 0)
        *out = (struct disk){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
}

enum disk_state disk_state(const char *path, const struct disk *read)
{
    struct stat st;
    if (read->ino == 0)
        return DISK_SAME; /* a pipe that is gone: nothing to compare */
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? DISK_GONE : DISK_SAME;
    bool same = st.st_dev == read->dev && st.st_ino == read->ino && st.st_size == read->size &&
                st.st_mtim.tv_sec == read->mtime.tv_sec &&
                st.st_mtim.tv_nsec == read->mtime.tv_nsec;
    return same ? DISK_SAME : DISK_CHANGED;
}

/* ---- what changed ---- */

static int by_alias(const void *a, const void *b)
{
    const struct ks_entry *x = *(const struct ks_entry *const *)a;
    const struct ks_entry *y = *(const struct ks_entry *const *)b;
    return strcmp(x->alias, y->alias);
}

static const struct ks_entry **sorted(const struct ks_store *s)
{
    size_t count = ks_store_count(s);
    const struct ks_entry **all = ks_alloc_array(count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = ks_store_entry(s, i);
    qsort(all, count, sizeof *all, by_alias);
    return all;
}

static bool same_bytes(struct ks_slice a, struct ks_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool same_entry(const struct ks_entry *a, const struct ks_entry *b)
{
    if (a->kind != b->kind || a->chain_len != b->chain_len || !same_bytes(a->key, b->key))
        return false;
    for (uint32_t i = 0; i < a->chain_len; i++)
        if (!same_bytes(ks_cert_der(&a->chain[i]), ks_cert_der(&b->chain[i])))
            return false;
    return true;
}

struct difference {
    size_t added, gone, changed;
};

static struct difference compare(const struct ks_store *before, const struct ks_store *after)
{
    struct difference d = {0, 0, 0};
    const struct ks_entry **a = sorted(before), **b = sorted(after);
    size_t i = 0, k = 0, as = ks_store_count(before), bs = ks_store_count(after);
    while (i < as || k < bs) {
        int order = i == as ? 1 : k == bs ? -1 : strcmp(a[i]->alias, b[k]->alias);
        d.gone += order < 0;
        d.added += order > 0;
        d.changed += order == 0 && !same_entry(a[i], b[k]);
        i += order <= 0;
        k += order >= 0;
    }
    free(a);
    free(b);
    return d;
}

static void add_part(struct ks_buf *out, size_t count, const char *word)
{
    if (count)
        ks_buf_printf(out, "%s%zu %s", out->len ? ", " : "", count, word);
}

char *disk_what_changed(const struct ks_store *before, const struct ks_store *after)
{
    struct difference d = compare(before, after);
    struct ks_buf parts = KS_BUF_INIT;
    size_t was = ks_store_count(before), is = ks_store_count(after);
    add_part(&parts, d.added, "new");
    add_part(&parts, d.gone, "gone");
    add_part(&parts, d.changed, "changed");
    const char *entries = was == 1 ? "entry" : "entries";
    char *words;
    if (!parts.len)
        words = ks_asprintf("%zu %s, as before", is, entries);
    else if (was == is)
        words = ks_asprintf("%zu %s as before, but %s", is, entries, ks_buf_text(&parts));
    else
        words = ks_asprintf("%zu %s before, %zu now: %s", was, entries, is, ks_buf_text(&parts));
    ks_buf_free(&parts);
    return words;
}
