#include "op/internal.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* ---- rename ---- */

static enum ks_code clash(const struct ks_store *store, const struct ks_entry *entry,
                          const char *alias, const struct ks_entry *other, struct ks_error *err)
{
    if (strcmp(alias, other->alias) == 0)
        ks_fail(err, KS_ERR_REFUSED, "alias-clash",
                "%.150s was not renamed: there is another entry %.150s",
                ks_alias_text(entry->alias), ks_alias_text(alias));
    else
        ks_fail(err, KS_ERR_REFUSED, "alias-clash",
                "%.150s was not renamed: %.100s and %.100s are the same name in %s",
                ks_alias_text(entry->alias), alias, other->alias, store->format->name);
    return ks_fail_next(err, KS_ERR_REFUSED, "choose another name");
}

/* Notes that spoke of the old name. */
static uint32_t notes_without_name(const struct ks_entry *e)
{
    uint32_t notes = e->notes & ~(uint32_t)(KS_NOTE_ALIAS_INVENTED | KS_NOTE_ALIAS_ENCODING |
                                            KS_NOTE_ALIAS_UPPER | KS_NOTE_JAVA_REPLACED);
    bool only_the_name = e->notes & KS_NOTE_ALIAS_ENCODING && !e->comment &&
                         !(notes & (KS_NOTE_CERT_BROKEN | KS_NOTE_CERT_TYPE));
    return only_the_name ? notes & ~(uint32_t)KS_NOTE_JAVA_FATAL : notes;
}

struct ks_entry *ks_op_entry_renamed(const struct ks_entry *e, const char *alias)
{
    struct ks_entry_draft draft = ks_entry_draft_of(e);

    free(draft.alias);
    draft.alias = ks_strdup(alias);
    draft.alias_raw = ks_slice(NULL, 0);
    draft.notes = notes_without_name(e);
    draft.edited |= KS_EDITED_ALIAS;
    return ks_entry_new(&draft);
}

/* The renamed entry, or why there can be none. */
static enum ks_code rename_entry(struct ks_list *l, const struct ks_store *store,
                                 const struct ks_entry *entry, const char *alias,
                                 struct ks_entry **out, struct ks_error *err)
{
    size_t other = ks_list_named(l, store->format, alias, entry);

    if (other != KS_NOWHERE)
        return clash(store, entry, alias, l->at[other], err);
    *out = ks_op_entry_renamed(entry, alias);
    const char *why = store->format->refuses ? store->format->refuses(*out) : NULL;
    if (!why)
        return KS_OK;
    ks_entry_unref(*out);
    ks_fail(err, KS_ERR_REFUSED, "alias", "%.200s was not renamed: %s", ks_alias_text(entry->alias),
            why);
    return ks_fail_next(err, KS_ERR_REFUSED, "choose another name, or leave it");
}

static bool has_control(const char *alias)
{
    for (; *alias; alias++)
        if ((unsigned char)*alias < 0x20 || *alias == 0x7f)
            return true;
    return false;
}

static void judge_new_name(struct ks_plan *plan, const char *typed, const char *stored)
{
    if (strcmp(stored, typed) != 0)
        ks_plan_remark(plan, KS_REMARK_NOTE, "alias-folded", stored,
                       "%.500s is stored as %.500s: Java finds nothing else in a %s", typed, stored,
                       plan->target->format->name);
    if (has_control(stored))
        ks_plan_remark(plan, KS_REMARK_WARNING, "alias-control", stored,
                       "%.500s: the name has control characters, which few programs show and "
                       "nobody can type",
                       stored);
}

static enum ks_code plan_rename(struct ks_list *l, size_t place, const char *alias,
                                const char *stored, struct ks_plan *out, struct ks_error *err)
{
    const struct ks_store *store = out->target;
    const struct ks_entry *entry = l->at[place];
    char old[KS_ALIAS_ROOM], new[KS_ALIAS_ROOM];
    char *label = ks_asprintf("renamed %s to %s", ks_alias_short(entry->alias, old),
                              ks_alias_short(stored, new));
    struct ks_entry *made = NULL;
    enum ks_code rc = KS_OK;

    if (strcmp(stored, entry->alias) == 0) {
        ks_plan_remark(out, KS_REMARK_NOTE, "alias-same", stored, "%.500s has that name already",
                       ks_alias_text(entry->alias));
    } else {
        rc = rename_entry(l, store, entry, stored, &made, err);
        if (rc == KS_OK) {
            judge_new_name(out, alias, stored);
            ks_list_replace(l, place, made);
            ks_list_unhide(l, store->format);
        }
    }
    if (rc == KS_OK)
        ks_op_finish(out, l, store->now->password, store->now->protection, label);
    if (rc == KS_OK && made)
        ks_plan_say_rename(out, entry, stored);
    free(label);
    return rc;
}

enum ks_code ks_op_rename(struct ks_store *store, const struct ks_entry *entry, const char *alias,
                          struct ks_plan *out, struct ks_error *err)
{
    size_t place = 0;
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(store->now);
    char *stored = ks_op_stored_alias(store->format, alias);
    rc = ks_op_check_text(alias, entry->alias, "renamed", err);
    if (rc == KS_OK)
        rc = ks_op_place(&l, entry, &place, err);
    if (rc == KS_OK)
        rc = plan_rename(&l, place, alias, stored, out, err);
    if (rc != KS_OK)
        ks_plan_drop(out);
    free(stored);
    ks_list_drop(&l);
    return rc;
}

/* ---- delete ---- */

/* All keys that are left: here, and in the other open stores. */
static struct ks_key_index index_keys(const struct ks_store *store, const struct ks_list *rest,
                                      struct ks_store *const *open, size_t open_count)
{
    size_t count = rest->count;

    for (size_t i = 0; i < open_count; i++)
        count += open[i]->now->count;
    struct ks_key_index ix = ks_key_index_new(count);
    ks_key_index_add(&ix, rest->at, rest->count);
    for (size_t i = 0; i < open_count; i++)
        if (open[i] != store)
            ks_key_index_add(&ix, open[i]->now->entries, open[i]->now->count);
    return ix;
}

static struct ks_key_index index_saved(const struct ks_store *store, struct ks_store *const *open,
                                       size_t open_count)
{
    size_t count = store->saved ? store->saved->count : 0;

    for (size_t i = 0; i < open_count; i++)
        count += open[i]->saved ? open[i]->saved->count : 0;
    struct ks_key_index ix = ks_key_index_new(count);
    if (store->saved)
        ks_key_index_add(&ix, store->saved->entries, store->saved->count);
    for (size_t i = 0; i < open_count; i++)
        if (open[i] != store && open[i]->saved)
            ks_key_index_add(&ix, open[i]->saved->entries, open[i]->saved->count);
    return ix;
}

const struct ks_entry **ks_op_unsaved_keys(const struct ks_store *store,
                                           struct ks_store *const *open, size_t open_count,
                                           size_t *count)
{
    const struct ks_entry **keys = ks_alloc_array(ks_store_count(store) + 1, sizeof *keys);
    struct ks_key_index saved = index_saved(store, open, open_count);

    *count = 0;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (ks_op_has_key(e) && !ks_key_index_has(&saved, e))
            keys[(*count)++] = e;
    }
    ks_key_index_drop(&saved);
    return keys;
}

bool ks_op_key_is_unsaved(const struct ks_store *store, const struct ks_entry *entry)
{
    if (store->saved == store->now || !ks_op_has_key(entry))
        return false;
    struct ks_key_index saved = index_saved(store, NULL, 0);
    bool there = ks_key_index_has(&saved, entry);
    ks_key_index_drop(&saved);
    return !there;
}

/* `known`: other keystores are open, and were looked through. */
static void remark_delete(struct ks_plan *plan, const struct ks_entry *e, bool elsewhere,
                          bool known)
{
    const char *key = e->kind == KS_KIND_KEY ? "private key" : "key";

    if (e->notes & KS_NOTE_UNREACHABLE)
        ks_plan_remark(plan, KS_REMARK_LOSS, "hidden-loss", e->alias,
                       "%.500s: everything that is stored behind it goes too",
                       ks_alias_text(e->alias));
    if (elsewhere || !ks_op_has_key(e))
        return;
    if (known)
        ks_plan_remark(plan, KS_REMARK_LOSS, "only-copy", e->alias,
                       "%.500s: this is the only copy of its %s in the open keystores",
                       ks_alias_text(e->alias), key);
    else
        ks_plan_remark(plan, KS_REMARK_WARNING, "only-copy", e->alias,
                       "%.500s: its %s has no other copy in this keystore", ks_alias_text(e->alias),
                       key);
}

static char *label_deleted(const struct ks_entry *const *entries, size_t count)
{
    char room[KS_ALIAS_ROOM];

    if (count == 1)
        return ks_asprintf("deleted %s", ks_alias_short(entries[0]->alias, room));
    return ks_asprintf("deleted %zu entries", count);
}

/* Takes all of them out in one pass; each was found before. */
static void remove_marked(struct ks_list *l, const bool *gone)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->count; i++) {
        if (gone[i])
            ks_entry_unref(l->at[i]);
        else
            l->at[kept++] = l->at[i];
    }
    l->count = kept;
}

static enum ks_code mark(const struct ks_list *l, const struct ks_entry *const *entries,
                         size_t count, bool *gone, struct ks_error *err)
{
    struct ks_index places = ks_index_new(l->count);
    enum ks_code rc = KS_OK;

    for (size_t i = 0; i < l->count; i++)
        ks_index_add(&places, ks_slice(&l->at[i], sizeof l->at[i]), i);
    for (size_t i = 0; i < count && rc == KS_OK; i++) {
        size_t place = ks_index_first(&places, ks_slice(&entries[i], sizeof entries[i]));
        if (place != KS_NOWHERE)
            gone[place] = true;
        else
            rc = ks_op_place(l, entries[i], &place, err);
    }
    ks_index_drop(&places);
    return rc;
}

enum ks_code ks_op_delete(struct ks_store *store, const struct ks_entry *const *entries,
                          size_t count, struct ks_store *const *open, size_t open_count,
                          struct ks_plan *out, struct ks_error *err)
{
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(store->now);
    bool *gone = ks_alloc_array(l.count, sizeof *gone);
    rc = mark(&l, entries, count, gone, err);
    if (rc == KS_OK) {
        remove_marked(&l, gone);
        struct ks_key_index keys = index_keys(store, &l, open, open_count);
        for (size_t i = 0; i < count; i++)
            remark_delete(out, entries[i], ks_key_index_has(&keys, entries[i]), open != NULL);
        ks_key_index_drop(&keys);
        ks_list_unhide(&l, store->format);
        char *label = label_deleted(entries, count);
        ks_op_finish(out, &l, store->now->password, store->now->protection, label);
        ks_plan_say_delete(out, entries, count);
        free(label);
    } else {
        ks_plan_drop(out);
    }
    free(gone);
    ks_list_drop(&l);
    return rc;
}
