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

enum ks_code ks_op_check_text(const char *alias, const char *who, const char *done,
                              struct ks_error *err)
{
    size_t len = strlen(alias);
    int32_t cp = 0;

    for (size_t at = 0; cp >= 0 && at < len;)
        at += ks_utf8_next(alias + at, len - at, &cp);
    if (cp >= 0)
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "alias", "%.200s was not %s: the new name is not in UTF-8", who,
            done);
    return ks_fail_next(err, KS_ERR_USAGE,
                        "type it again in a terminal whose character set is UTF-8");
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

/* ---- keys in lists ---- */

struct ks_key_index ks_key_index_new(size_t count)
{
    return (struct ks_key_index){
        .at = ks_alloc_array(count, sizeof(const struct ks_entry *)),
        .spkis = ks_index_new(count),
        .keys = ks_index_new(count),
    };
}

static struct ks_slice spki_of(const struct ks_entry *e)
{
    return e->chain_len ? ks_cert_part(&e->chain[0], e->chain[0].spki) : ks_slice(NULL, 0);
}

void ks_key_index_add(struct ks_key_index *ix, struct ks_entry *const *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = entries[i];
        struct ks_slice spki = spki_of(e);
        if (!ks_op_has_key(e))
            continue;
        if (spki.len)
            ks_index_add(&ix->spkis, spki, ix->count);
        if (e->key.len)
            ks_index_add(&ix->keys, e->key, ix->count);
        ix->at[ix->count++] = e;
    }
}

static bool has_kind(const struct ks_key_index *ix, const struct ks_index *by, struct ks_slice what,
                     uint8_t kind)
{
    size_t i = what.len ? ks_index_first(by, what) : KS_NOWHERE;

    while (i != KS_NOWHERE && ix->at[i]->kind != kind)
        i = ks_index_next(by, i);
    return i != KS_NOWHERE;
}

bool ks_key_index_has(const struct ks_key_index *ix, const struct ks_entry *e)
{
    return has_kind(ix, &ix->spkis, spki_of(e), e->kind) ||
           has_kind(ix, &ix->keys, e->key, e->kind);
}

void ks_key_index_drop(struct ks_key_index *ix)
{
    free(ix->at);
    ks_index_drop(&ix->spkis);
    ks_index_drop(&ix->keys);
    *ix = (struct ks_key_index){0};
}
