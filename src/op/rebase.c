/*
 * Another program wrote the file after it was read. What was edited here since then is taken as a
 * difference of two versions and made again on top of the new file. An entry that is there as it
 * was when it was read gets the edit; one that was changed on both sides becomes what it is here,
 * and that is said.
 */
#include "op/internal.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct rebase {
    struct ks_plan *plan;
    const struct ks_store *mine;
    const struct ks_format *format;
    struct ks_job *job;
    struct ks_opener opener; /* of my keys */
    struct ks_version *as;   /* what theirs is written with from now on */
    bool reseal;             /* that is another password than the one of my keys */
    struct ks_list l;        /* what becomes of theirs */
    struct ks_index aliases; /* of theirs, as they were read */
    struct ks_index names;   /* as Java compares them: places in `named` */
    struct named {
        size_t place; /* in l; its entry may have another name by now */
        char *name;
    } * named;
    size_t named_count;
    bool *gone;
    size_t old;
};

/* The entry in this place has this name, perhaps since now. */
static void know_name(struct rebase *r, size_t place, const char *alias)
{
    struct named *n = &r->named[r->named_count];
    *n = (struct named){place, ks_op_name(r->format, alias)};
    ks_index_add(&r->names, ks_slice_str(n->name), r->named_count++);
}

static bool is_gone(const struct rebase *r, size_t place)
{
    return place < r->old && r->gone[place];
}

/* The last entry with this name that stays; but not the one in the place `except`. */
static size_t place_named(const struct rebase *r, const char *alias, size_t except)
{
    char *name = ks_op_name(r->format, alias);
    size_t found = KS_NOWHERE;

    for (size_t i = ks_index_first(&r->names, ks_slice_str(name)); i != KS_NOWHERE;
         i = ks_index_next(&r->names, i)) {
        size_t place = r->named[i].place;
        char *now = ks_op_name(r->format, r->l.at[place]->alias);
        if (place != except && !is_gone(r, place) && strcmp(now, name) == 0 &&
            (found == KS_NOWHERE || place > found))
            found = place;
        free(now);
    }
    free(name);
    return found;
}

/* As both were read. A new password of the file gives its keys other bytes; the certificate tells
 * that they are the same. */
static bool is_as_read(const struct rebase *r, const struct ks_entry *theirs,
                       const struct ks_entry *was)
{
    uint32_t what = ks_entry_difference(theirs, was);

    if (r->reseal && was->chain_len)
        what &= ~(uint32_t)KS_DIFF_KEY;
    return what == 0;
}

/* Their entry in the place of one of mine, as both were read; KS_NOWHERE when it was removed. */
static size_t theirs_of(const struct rebase *r, const struct ks_entry *e)
{
    size_t last = KS_NOWHERE;

    for (size_t i = ks_index_first(&r->aliases, ks_slice_str(e->alias)); i != KS_NOWHERE;
         i = ks_index_next(&r->aliases, i)) {
        if (r->gone[i])
            continue;
        if (is_as_read(r, r->l.at[i], e))
            return i;
        last = i;
    }
    return last;
}

static void both_changed(struct rebase *r, const struct ks_entry *e, const char *what)
{
    ks_plan_remark(r->plan, KS_REMARK_WARNING, "both-changed", e->alias, "%.500s: %s", e->alias,
                   what);
}

/* ---- the entry as it is here, in their file ---- */

/* Their bytes, with what was edited here. */
static struct ks_entry *edited_again(const struct ks_entry *theirs, const struct ks_entry *mine)
{
    struct ks_entry_draft d = ks_entry_draft_of(theirs);
    size_t count = theirs->blob_count + mine->blob_count;
    struct ks_blob **blobs = ks_alloc_array(count, sizeof(struct ks_blob *));

    for (size_t i = 0; i < count; i++)
        blobs[i] = i < theirs->blob_count ? theirs->blobs[i] : mine->blobs[i - theirs->blob_count];
    free(d.alias);
    d.alias = ks_strdup(mine->alias);
    d.alias_raw = mine->edited & KS_EDITED_ALIAS ? ks_slice(NULL, 0) : theirs->alias_raw;
    d.kind = mine->kind;
    d.notes = mine->notes;
    d.created = mine->created;
    if (mine->edited & KS_EDITED_KEY) {
        d.key = mine->key;
        d.key_format = mine->key_format;
    }
    d.chain = mine->chain;
    d.chain_len = mine->chain_len;
    d.edited = (uint8_t)(theirs->edited | mine->edited);
    d.blobs = blobs;
    d.blob_count = count;
    struct ks_entry *e = ks_entry_new(&d);
    free(blobs);
    return e;
}

/* Without the pieces of a file that is no more; PEM blocks and PKCS#12 bags are the same in any. */
static struct ks_entry *detached(const struct rebase *r, const struct ks_entry *mine)
{
    struct ks_entry_draft d = ks_entry_draft_of(mine);

    if (r->format != &ks_format_pem && r->format != &ks_format_pkcs12) {
        d.edited = 0;
        d.alias_raw = ks_slice(NULL, 0);
        d.pieces = NULL;
        d.piece_count = 0;
    }
    return ks_entry_new(&d);
}

/* ---- keys of a file whose password was changed ---- */

/* The keystore's own: what is under another keeps it. */
static bool is_under_the_old(const struct rebase *r, const struct ks_secret *used)
{
    return ks_secret_equal(used, r->mine->password) ||
           ks_secret_equal(used, r->mine->now->password);
}

/* The entry with its key under the password that the file has now. Takes the entry over. */
static enum ks_code protected_anew(struct rebase *r, struct ks_entry **entry, struct ks_error *err)
{
    struct ks_entry *e = *entry;
    struct ks_material material = {0};
    struct ks_sealed sealed = {0};
    struct ks_secret *used = NULL;
    struct ks_error why = {0};

    if (!r->reseal || !ks_op_has_key(e))
        return KS_OK;
    enum ks_code rc = ks_op_reveal(&r->opener, e, &material, &used, &why);
    bool own = rc == KS_OK && !is_under_the_old(r, used);
    if (rc == KS_OK && !own)
        rc = ks_op_seal(r->plan->target, r->as, &material, NULL, r->job, &sealed, &why);
    ks_material_drop(&material);
    ks_secret_free(used);
    if (rc == KS_ERR_CANCELLED) {
        if (err)
            *err = why;
        return rc;
    }
    if (rc == KS_OK && !own) {
        struct ks_entry_draft d = ks_entry_draft_of(e);
        d.edited |= KS_EDITED_KEY;
        *entry = ks_op_entry_with_key(&d, &sealed);
        ks_entry_unref(e);
    } else {
        ks_plan_remark(r->plan, KS_REMARK_WARNING, "key-password", e->alias,
                       "%.500s: its key keeps the password that it has, which is not that of the "
                       "changed file",
                       e->alias);
    }
    return KS_OK;
}

/* ---- one edit ---- */

/* `theirs`: its key is the one of the changed file. */
static enum ks_code put(struct rebase *r, size_t place, struct ks_entry *entry /* taken */,
                        bool theirs, struct ks_error *err)
{
    enum ks_code rc = theirs ? KS_OK : protected_anew(r, &entry, err);

    if (place == KS_NOWHERE) {
        place = r->l.count;
        ks_list_insert(&r->l, place, entry);
    } else {
        ks_list_replace(&r->l, place, entry);
    }
    know_name(r, place, entry->alias);
    return rc;
}

static enum ks_code added(struct rebase *r, const struct ks_entry *mine, struct ks_error *err)
{
    size_t there = place_named(r, mine->alias, KS_NOWHERE);

    if (there != KS_NOWHERE && ks_entry_difference(r->l.at[there], mine) != 0)
        both_changed(r, mine, "it was added in the file as well; yours takes its place");
    return put(r, there, detached(r, mine), false, err);
}

static void removed(struct rebase *r, const struct ks_entry *was)
{
    size_t there = theirs_of(r, was);

    if (there == KS_NOWHERE)
        return;
    if (!is_as_read(r, r->l.at[there], was))
        both_changed(r, was, "it was changed in the file; you deleted it, and it goes");
    r->gone[there] = true;
}

/* Someone else has the new name of a renamed entry there. */
static void clear_name(struct rebase *r, size_t place, const struct ks_entry *mine)
{
    size_t other = place_named(r, mine->alias, place);

    if (other == KS_NOWHERE || other >= r->old)
        return;
    both_changed(r, mine, "an entry of this name was added in the file; yours takes its place");
    r->gone[other] = true;
}

static enum ks_code changed(struct rebase *r, const struct ks_entry *was,
                            const struct ks_entry *mine, struct ks_error *err)
{
    size_t there = theirs_of(r, was);

    if (there == KS_NOWHERE) {
        both_changed(r, mine, "it was deleted in the file; you changed it, and it comes back");
        return added(r, mine, err);
    }
    const struct ks_entry *theirs = r->l.at[there];
    bool same = is_as_read(r, theirs, was);
    if (!same && ks_entry_difference(theirs, mine) == 0)
        return KS_OK; /* the same edit on both sides */
    if (!same)
        both_changed(r, mine, "it was changed in the file as well; it becomes what it is here");
    if (strcmp(was->alias, mine->alias) != 0)
        clear_name(r, there, mine);
    bool edit = same && mine->piece_count > 0 && mine->edited;
    return put(r, there, edit ? edited_again(theirs, mine) : detached(r, mine),
               edit && !(mine->edited & KS_EDITED_KEY), err);
}

/* ---- all of them ---- */

static void sweep(struct rebase *r)
{
    size_t kept = 0, end;
    struct ks_entry *hides = NULL;

    for (size_t i = 0; i < r->l.count; i++) {
        if (i < r->old && r->gone[i])
            ks_entry_unref(r->l.at[i]);
        else if (r->l.at[i]->notes & KS_NOTE_UNREACHABLE)
            hides = r->l.at[i];
        else
            r->l.at[kept++] = r->l.at[i];
    }
    end = r->l.count = kept;
    if (hides)
        ks_list_insert(&r->l, end, hides);
}

static enum ks_code one(struct rebase *r, const struct ks_diff_row *row, enum ks_diff_kind kind,
                        struct ks_error *err)
{
    if (row->kind != kind)
        return KS_OK;
    if (kind == KS_DIFF_ONLY_A)
        removed(r, row->a);
    else if (kind == KS_DIFF_ONLY_B)
        return added(r, row->b, err);
    else if (row->what != KS_DIFF_ORDER)
        return changed(r, row->a, row->b, err);
    return KS_OK;
}

/* What goes makes room for what comes. */
static enum ks_code replay(struct rebase *r, const struct ks_diff *d, struct ks_error *err)
{
    static const enum ks_diff_kind turns[] = {KS_DIFF_ONLY_A, KS_DIFF_CHANGED, KS_DIFF_ONLY_B};
    enum ks_code rc = KS_OK;

    ks_job_phase(r->job, "making the changes again", 3 * d->count);
    for (size_t turn = 0; turn < 3; turn++)
        for (size_t i = 0; rc == KS_OK && i < d->count; i++) {
            rc = one(r, &d->rows[i], turns[turn], err);
            if (rc == KS_OK && !ks_job_advance(r->job, turn * d->count + i))
                rc = ks_fail(err, KS_ERR_CANCELLED, "cancelled",
                             "stopped while the changes were made again");
        }
    return rc;
}

/* ---- what the file is written with ---- */

static bool has_other_password(const struct ks_store *mine)
{
    return !ks_secret_equal(mine->saved->password, mine->now->password);
}

static struct ks_version *written_with(const struct ks_store *mine, const struct ks_store *theirs)
{
    const struct ks_version *saved = mine->saved, *now = mine->now;
    bool other_protection = saved->protection != now->protection;

    return ks_version_new(
        "", NULL, 0,
        ks_secret_ref(has_other_password(mine) ? now->password : theirs->now->password),
        other_protection ? now->protection : theirs->now->protection);
}

static void finish(struct rebase *r, const struct ks_store *theirs)
{
    const struct ks_version *saved = r->mine->saved, *now = r->mine->now;
    char *label = ks_asprintf("%s, on top of the changed file", now->label);

    if (has_other_password(r->mine) && !ks_secret_equal(saved->password, theirs->now->password))
        ks_plan_remark(r->plan, KS_REMARK_WARNING, "both-changed", NULL,
                       "the password was changed in the file as well; it becomes yours");
    ks_op_finish(r->plan, &r->l, r->as->password, r->as->protection, label);
    free(label);
}

/* ---- all together ---- */

static void start(struct rebase *r, const struct ks_store *theirs, size_t edits)
{
    const struct ks_version *now = r->mine->now;

    r->as = written_with(r->mine, theirs);
    r->reseal = r->format->caps & KS_CAP_PASSWORD && r->as->password && now->password &&
                !ks_secret_equal(r->as->password, now->password);
    r->l = ks_list_of(theirs->now);
    r->old = r->l.count;
    r->gone = ks_alloc_array(r->old, sizeof *r->gone);
    r->aliases = ks_index_new(r->old);
    r->names = ks_index_new(r->old + edits);
    r->named = ks_alloc_array(r->old + edits, sizeof *r->named);
    for (size_t i = 0; i < r->old; i++) { /* the version outlives what replaces its entries */
        ks_index_add(&r->aliases, ks_slice_str(theirs->now->entries[i]->alias), i);
        know_name(r, i, theirs->now->entries[i]->alias);
    }
}

static void end(struct rebase *r)
{
    for (size_t i = 0; i < r->named_count; i++)
        free(r->named[i].name);
    free(r->named);
    free(r->gone);
    ks_index_drop(&r->aliases);
    ks_index_drop(&r->names);
    ks_opener_drop(&r->opener);
    ks_version_unref(r->as);
    ks_list_drop(&r->l);
}

enum ks_code ks_op_rebase(const struct ks_store *mine, struct ks_store *theirs, struct ks_job *job,
                          struct ks_plan *out, struct ks_error *err)
{
    enum ks_code rc = ks_op_start(theirs, out, err);

    if (rc == KS_OK && (!mine->saved || mine->format != theirs->format)) {
        rc = ks_fail(err, KS_ERR_REFUSED, "other-type",
                     "the changes were not made again: %.200s is of another type now",
                     ks_op_file_name(theirs));
        ks_fail_next(err, rc, "save yours under another name");
    }
    if (rc != KS_OK) {
        ks_plan_drop(out);
        return rc;
    }
    struct rebase r = {
        .plan = out,
        .mine = mine,
        .format = theirs->format,
        .job = job,
        .opener = {.store = mine, .job = job},
    };
    struct ks_diff edits = ks_diff(mine->saved, mine->now, KS_DIFF_BY_ALIAS);
    start(&r, theirs, edits.count);
    rc = replay(&r, &edits, err);
    if (rc == KS_OK) {
        sweep(&r);
        finish(&r, theirs);
    } else {
        ks_plan_drop(out);
    }
    ks_diff_drop(&edits);
    end(&r);
    return rc;
}
