#include "store/store.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- versions ---- */

/* Takes the array and one reference to each entry in it. */
static struct ks_version *version_new(const char *label, struct ks_entry **entries, size_t count)
{
    struct ks_version *v = ks_alloc(sizeof *v);
    v->refs = 1;
    v->label = ks_strdup(label);
    v->entries = entries;
    v->count = count;
    return v;
}

static void version_unref(struct ks_version *v)
{
    if (!v || --v->refs)
        return;
    for (size_t i = 0; i < v->count; i++)
        ks_entry_unref(v->entries[i]);
    free(v->entries);
    free(v->label);
    free(v);
}

static void versions_drop(struct ks_version ***list, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        version_unref((*list)[i]);
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

struct ks_store *ks_store_new(const char *path, struct ks_blob *file)
{
    struct ks_store *s = ks_alloc(sizeof *s);
    s->path = ks_strdup(path);
    s->type = ks_strdup("");
    s->file = file;
    s->mtime = KS_TIME_NONE;
    s->now = version_new("opened", NULL, 0);
    return s;
}

void ks_store_free(struct ks_store *s)
{
    if (!s)
        return;
    versions_drop(&s->past, &s->past_count);
    versions_drop(&s->future, &s->future_count);
    version_unref(s->now);
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

void ks_loading_finish(struct ks_loading *l, struct ks_store *store)
{
    version_unref(store->now);
    store->now = version_new("opened", l->entries, l->count);
    *l = (struct ks_loading){0};
}

void ks_loading_drop(struct ks_loading *l)
{
    for (size_t i = 0; i < l->count; i++)
        ks_entry_unref(l->entries[i]);
    free(l->entries);
    *l = (struct ks_loading){0};
}

/* ---- reading ---- */

bool ks_store_find(const struct ks_store *s, const char *alias, size_t *index)
{
    for (size_t i = 0; i < s->now->count; i++) {
        if (strcmp(s->now->entries[i]->alias, alias) == 0) {
            *index = i;
            return true;
        }
    }
    char *folded = ks_text_fold(alias);
    bool found = false;
    for (size_t i = 0; i < s->now->count && !found; i++) {
        char *other = ks_text_fold(s->now->entries[i]->alias);
        found = strcmp(folded, other) == 0;
        if (found)
            *index = i;
        free(other);
    }
    free(folded);
    return found;
}

/* ---- history ---- */

void ks_store_push(struct ks_store *s, const char *label, struct ks_entry **entries, size_t count)
{
    versions_drop(&s->future, &s->future_count);
    versions_push(&s->past, &s->past_count, s->now);
    s->now = version_new(label, entries, count);
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
