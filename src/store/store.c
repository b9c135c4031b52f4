#include "store/store.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- versions ---- */

static bool is_shown(const struct ks_entry *e)
{
    const uint32_t hidden = KS_NOTE_JAVA_NO_TRUST | KS_NOTE_JAVA_KEYBAG | KS_NOTE_JAVA_NO_KEYID |
                            KS_NOTE_JAVA_NESTED | KS_NOTE_JAVA_IGNORED;
    bool known =
        e->kind == KS_KIND_KEY || e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_SECRET;
    return known && !(e->notes & hidden);
}

struct ks_version *ks_version_new(const char *label, struct ks_entry **entries, size_t count,
                                  struct ks_secret *password, enum ks_protection protection)
{
    struct ks_version *v = ks_alloc(sizeof *v);
    v->refs = 1;
    v->label = ks_strdup(label);
    v->password = password;
    v->protection = protection;
    v->entries = entries;
    v->count = count;
    for (size_t i = 0; i < count; i++) {
        v->has_keys = v->has_keys || entries[i]->kind == KS_KIND_KEY;
        v->is_shown = v->is_shown || is_shown(entries[i]);
    }
    return v;
}

struct ks_version *ks_version_ref(struct ks_version *v)
{
    (void)__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
    return v;
}

void ks_version_unref(struct ks_version *v)
{
    if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (size_t i = 0; i < v->count; i++)
        ks_entry_unref(v->entries[i]);
    free(v->entries);
    ks_secret_free(v->password);
    free(v->label);
    free(v);
}

struct ks_entry **ks_version_entries(const struct ks_version *v, size_t more)
{
    struct ks_entry **entries = ks_alloc_array(v->count + more + 1, sizeof(struct ks_entry *));
    for (size_t i = 0; i < v->count; i++)
        entries[i] = ks_entry_ref(v->entries[i]);
    return entries;
}

static void versions_drop(struct ks_version ***list, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        ks_version_unref((*list)[i]);
    free(*list);
    *list = NULL;
    *count = 0;
}

static void versions_push(struct ks_version ***list, size_t *count, struct ks_version *v)
{
    *list = ks_realloc(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = v;
}

/* ---- life cycle ---- */

#define PATH_SHOWN 160 /* leaves room for the rest of an error */

const char *ks_path_shown(const char *path)
{
    size_t len = strlen(path);
    if (len <= PATH_SHOWN)
        return path;
    const char *slash = strchr(path + len - PATH_SHOWN - 1, '/');
    if (slash && slash[1])
        return slash + 1;
    slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

struct ks_store *ks_store_new(const char *path, struct ks_blob *file)
{
    struct ks_store *s = ks_alloc(sizeof *s);
    s->path = ks_strdup(path);
    s->type = ks_strdup("");
    s->file = file;
    s->mtime = KS_TIME_NONE;
    s->now = ks_version_new("created", NULL, 0, NULL, KS_PROTECT_KEEP);
    return s;
}

void ks_store_free(struct ks_store *s)
{
    if (!s)
        return;
    versions_drop(&s->past, &s->past_count);
    versions_drop(&s->future, &s->future_count);
    ks_version_unref(s->now);
    ks_version_unref(s->first);
    ks_version_unref(s->saved);
    ks_blob_unref(s->disk);
    ks_blob_unref(s->inner);
    for (size_t i = 0; i < s->fact_count; i++)
        free(s->facts[i].text);
    free(s->facts);
    ks_secret_free(s->password);
    ks_blob_unref(s->file);
    free(s->type);
    free(s->path);
    free(s);
}

void ks_store_set_type(struct ks_store *s, const char *type)
{
    char *copy = ks_strdup(type);
    free(s->type);
    s->type = copy;
}

void ks_store_fact(struct ks_store *s, const char *label, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    s->facts = ks_realloc(s->facts, (s->fact_count + 1) * sizeof *s->facts);
    s->facts[s->fact_count++] = (struct ks_fact){label, ks_strdup(text)};
}

/* ---- loading ---- */

void ks_loading_add(struct ks_loading *l, struct ks_entry *entry)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->entries = ks_realloc(l->entries, l->cap * sizeof *l->entries);
    }
    l->entries[l->count++] = entry;
}

void ks_loading_make(struct ks_loading *l, const struct ks_entry_draft *draft)
{
    if (!l->arena)
        l->arena = ks_arena_new();
    ks_loading_add(l, ks_entry_new_in(l->arena, draft));
}

void ks_loading_finish(struct ks_loading *l, struct ks_store *store)
{
    for (size_t i = 0; i < l->count; i++)
        l->entries[i]->home = store->format;
    ks_version_unref(store->now);
    store->now = ks_version_new("opened", l->entries, l->count, ks_secret_ref(store->password),
                                KS_PROTECT_KEEP);
    ks_version_unref(store->first);
    store->first = ks_version_ref(store->now);
    ks_version_unref(store->saved);
    store->saved = ks_version_ref(store->now);
    ks_arena_unref(l->arena);
    *l = (struct ks_loading){0};
}

void ks_loading_drop(struct ks_loading *l)
{
    for (size_t i = 0; i < l->count; i++)
        ks_entry_unref(l->entries[i]);
    free(l->entries);
    ks_arena_unref(l->arena);
    *l = (struct ks_loading){0};
}

/* ---- reading ---- */

static bool is_hidden(const struct ks_version *v, size_t i)
{
    return v->entries[i]->notes & KS_NOTE_JAVA_REPLACED;
}

static bool has_alias(const struct ks_entry *e, const char *alias, bool fold)
{
    if (!fold)
        return strcmp(e->alias, alias) == 0;
    char *folded = ks_text_fold(e->alias);
    bool same = strcmp(folded, alias) == 0;
    free(folded);
    return same;
}

static bool find_in(const struct ks_version *v, const char *alias, bool fold, size_t *index)
{
    bool found = false;

    for (size_t i = 0; i < v->count; i++) {
        if ((found && is_hidden(v, i)) || !has_alias(v->entries[i], alias, fold))
            continue;
        if (!found)
            *index = i;
        found = true;
        if (is_hidden(v, i))
            continue;
        *index = i;
        return true;
    }
    return found;
}

/* The note is of the file; entries that were changed since are written as Java reads them. */
bool ks_store_java_empty(const struct ks_store *s)
{
    return s->notes & KS_STORE_JAVA_EMPTY && (s->now == s->first || !s->now->is_shown);
}

bool ks_store_find(const struct ks_store *s, const char *alias, size_t *index)
{
    if (find_in(s->now, alias, false, index))
        return true;
    char *folded = ks_text_fold(alias);
    bool found = find_in(s->now, folded, true, index);
    free(folded);
    return found;
}

struct ks_finder ks_finder_new(const struct ks_store *s)
{
    const struct ks_version *v = s->now;
    struct ks_finder f = {.version = v,
                          .exact = ks_index_new(v->count),
                          .folded = ks_index_new(v->count),
                          .names = ks_alloc_array(v->count, sizeof *f.names)};
    for (size_t i = 0; i < v->count; i++) {
        f.names[i] = ks_text_fold(v->entries[i]->alias);
        ks_index_add(&f.exact, ks_slice_str(v->entries[i]->alias), i);
        ks_index_add(&f.folded, ks_slice_str(f.names[i]), i);
    }
    return f;
}

static bool find_with(const struct ks_finder *f, const struct ks_index *ix, const char *name,
                      size_t *index)
{
    size_t first = ks_index_first(ix, ks_slice_str(name)), i = first;

    while (i != KS_NOWHERE && is_hidden(f->version, i))
        i = ks_index_next(ix, i);
    if (first != KS_NOWHERE)
        *index = i != KS_NOWHERE ? i : first;
    return first != KS_NOWHERE;
}

bool ks_finder_find(const struct ks_finder *f, const char *alias, size_t *index)
{
    if (find_with(f, &f->exact, alias, index))
        return true;
    char *folded = ks_text_fold(alias);
    bool found = find_with(f, &f->folded, folded, index);
    free(folded);
    return found;
}

void ks_finder_drop(struct ks_finder *f)
{
    for (size_t i = 0; i < f->version->count; i++)
        free(f->names[i]);
    free(f->names);
    ks_index_drop(&f->exact);
    ks_index_drop(&f->folded);
    *f = (struct ks_finder){0};
}

/* ---- history ---- */

void ks_store_push(struct ks_store *s, struct ks_version *version)
{
    versions_drop(&s->future, &s->future_count);
    versions_push(&s->past, &s->past_count, s->now);
    s->now = version;
}

bool ks_store_undo(struct ks_store *s)
{
    if (s->past_count == 0)
        return false;
    versions_push(&s->future, &s->future_count, s->now);
    s->now = s->past[--s->past_count];
    return true;
}

bool ks_store_redo(struct ks_store *s)
{
    if (s->future_count == 0)
        return false;
    versions_push(&s->past, &s->past_count, s->now);
    s->now = s->future[--s->future_count];
    return true;
}

/* ---- what is on disk ---- */

static void learn(struct ks_version *v, struct ks_secret *password)
{
    if (v && !v->password)
        v->password = ks_secret_ref(password);
}

void ks_store_learn(struct ks_store *s, struct ks_secret *password)
{
    struct ks_secret *before = s->password;
    s->password = ks_secret_ref(password);
    ks_secret_free(before);
    learn(s->now, password);
    learn(s->saved, password);
    for (size_t i = 0; i < s->past_count; i++)
        learn(s->past[i], password);
    for (size_t i = 0; i < s->future_count; i++)
        learn(s->future[i], password);
}

bool ks_stamp_equal_but_ctime(const struct ks_stamp *a, const struct ks_stamp *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime == b->mtime &&
           a->mtime_nsec == b->mtime_nsec;
}

bool ks_stamp_equal(const struct ks_stamp *a, const struct ks_stamp *b)
{
    return ks_stamp_equal_but_ctime(a, b) && a->ctime == b->ctime && a->ctime_nsec == b->ctime_nsec;
}

void ks_store_mark_saved(struct ks_store *s, struct ks_blob *bytes, const struct ks_stamp *stamp)
{
    ks_version_unref(s->saved);
    s->saved = ks_version_ref(s->now);
    ks_secret_free(s->password);
    s->password = ks_secret_ref(s->now->password);
    ks_blob_unref(s->disk);
    s->disk = bytes;
    s->stamp = *stamp;
    s->mtime = stamp->mtime;
}

void ks_store_stand_in(struct ks_store *s, const struct ks_store *original)
{
    char *path = ks_strdup(original->path);
    free(s->path);
    s->path = path;
    s->mode = original->mode;
    s->mtime = original->mtime;
    s->stamp = original->stamp;
    ks_blob_unref(s->disk);
    s->disk = ks_blob_ref(original->disk);
    ks_version_unref(s->saved);
    s->saved = original->saved ? ks_version_ref(original->saved) : NULL;
    if (s->saved)
        versions_push(&s->past, &s->past_count, ks_version_ref(s->saved));
    free(s->now->label);
    s->now->label = ks_strdup("recovered unsaved work");
}

/* Distance of `v` from the end of a list that grows toward the present; 0 = not in it. */
static size_t distance(struct ks_version *const *list, size_t count, const struct ks_version *v)
{
    for (size_t i = count; i-- > 0;)
        if (list[i] == v)
            return count - i;
    return 0;
}

size_t ks_store_unsaved(const struct ks_store *s)
{
    if (s->saved == s->now)
        return 0;
    if (!s->saved)
        return s->past_count ? s->past_count : 1; /* what it was made for counts, not its making */
    size_t back = distance(s->past, s->past_count, s->saved);
    size_t ahead = distance(s->future, s->future_count, s->saved);
    /* saved, undone, and then changed another way: every step since the file was opened counts */
    return back ? back : ahead ? ahead : s->past_count + 1;
}
