#include "op/internal.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- the list ---- */

struct ks_list ks_list_of(const struct ks_version *version)
{
    return (struct ks_list){ks_version_entries(version, 0), version->count, version->count};
}

void ks_list_insert(struct ks_list *l, size_t place, struct ks_entry *entry)
{
    if (l->count == l->cap) {
        l->cap = l->cap * 2 + 16;
        l->at = ks_realloc(l->at, l->cap * sizeof(struct ks_entry *));
    }
    memmove(&l->at[place + 1], &l->at[place], (l->count - place) * sizeof(struct ks_entry *));
    l->at[place] = entry;
    l->count++;
}

void ks_list_replace(struct ks_list *l, size_t place, struct ks_entry *entry)
{
    ks_entry_unref(l->at[place]);
    l->at[place] = entry;
}

void ks_list_remove(struct ks_list *l, size_t place)
{
    ks_entry_unref(l->at[place]);
    memmove(&l->at[place], &l->at[place + 1],
            (l->count - place - 1) * sizeof(struct ks_entry *));
    l->count--;
}

size_t ks_list_end(const struct ks_list *l)
{
    size_t end = l->count;
    if (end > 0 && l->at[end - 1]->notes & KS_NOTE_UNREACHABLE)
        end--;
    return end;
}

size_t ks_list_find(const struct ks_list *l, const struct ks_entry *entry)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i] == entry)
            return i;
    return KS_NOWHERE;
}

void ks_list_drop(struct ks_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        ks_entry_unref(l->at[i]);
    free(l->at);
    *l = (struct ks_list){0};
}

/* ---- names ---- */

char *ks_op_name(const struct ks_format *format, const char *alias)
{
    return format->caps & KS_CAP_FOLDS ? ks_text_fold(alias) : ks_strdup(alias);
}

char *ks_op_stored_alias(const struct ks_format *format, const char *alias)
{
    bool folded = format == &ks_format_jks || format == &ks_format_jceks;
    return folded ? ks_text_fold(alias) : ks_strdup(alias);
}

static bool has_name(const struct ks_entry *e, const struct ks_format *format, const char *name)
{
    char *other = ks_op_name(format, e->alias);
    bool same = strcmp(other, name) == 0;
    free(other);
    return same;
}

size_t ks_list_named(const struct ks_list *l, const struct ks_format *format, const char *alias,
                     const struct ks_entry *except)
{
    char *name = ks_op_name(format, alias);
    size_t i = l->count;

    while (i > 0 && (l->at[i - 1] == except || !has_name(l->at[i - 1], format, name)))
        i--;
    free(name);
    return i > 0 ? i - 1 : KS_NOWHERE;
}

/* A copy without the note; the bytes it stands for are the same. */
static struct ks_entry *shown(const struct ks_entry *e)
{
    struct ks_entry_draft draft = ks_entry_draft_of(e);
    draft.notes &= ~(uint32_t)KS_NOTE_JAVA_REPLACED;
    return ks_entry_new(&draft);
}

static bool any_replaced(const struct ks_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i]->notes & KS_NOTE_JAVA_REPLACED)
            return true;
    return false;
}

void ks_list_unhide(struct ks_list *l, const struct ks_format *format)
{
    if (!any_replaced(l))
        return;
    struct ks_index later = ks_index_new(l->count);
    char **names = ks_alloc_array(l->count, sizeof *names);
    for (size_t i = l->count; i-- > 0;) {
        names[i] = ks_op_name(format, l->at[i]->alias);
        if (l->at[i]->notes & KS_NOTE_JAVA_REPLACED &&
            ks_index_first(&later, ks_slice_str(names[i])) == KS_NOWHERE)
            ks_list_replace(l, i, shown(l->at[i]));
        ks_index_add(&later, ks_slice_str(names[i]), i);
    }
    for (size_t i = 0; i < l->count; i++)
        free(names[i]);
    free(names);
    ks_index_drop(&later);
}

/* ---- keys in a list ---- */

static bool same_key(const struct ks_entry *a, const struct ks_entry *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->chain_len && b->chain_len)
        return ks_slice_equal(ks_cert_part(&a->chain[0], a->chain[0].spki),
                              ks_cert_part(&b->chain[0], b->chain[0].spki)) &&
               a->chain[0].spki.len > 0;
    return a->key.len > 0 && ks_slice_equal(a->key, b->key);
}

bool ks_list_has_key(struct ks_entry *const *at, size_t count, const struct ks_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (at[i] != entry && same_key(at[i], entry))
            return true;
    return false;
}
