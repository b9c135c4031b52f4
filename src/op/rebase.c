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
    struct ks_list l; /* what becomes of theirs */
    struct ks_index names;
    bool *gone;
    size_t old;
};

/* Their entry in the place of one of mine, as both were read; KS_NOWHERE when it was removed. */
static size_t theirs_of(const struct rebase *r, const struct ks_entry *e)
{
    size_t last = KS_NOWHERE;

    for (size_t i = ks_index_first(&r->names, ks_slice_str(e->alias)); i != KS_NOWHERE;
         i = ks_index_next(&r->names, i)) {
        if (r->gone[i])
            continue;
        if (ks_entry_difference(r->l.at[i], e) == 0)
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
    d.key = mine->key;
    d.key_format = mine->key_format;
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

/* ---- one edit ---- */

static void added(struct rebase *r, const struct ks_entry *mine)
{
    size_t there = ks_list_named(&r->l, r->format, mine->alias, NULL);

    if (there != KS_NOWHERE && there < r->old && r->gone[there])
        there = KS_NOWHERE;
    if (there == KS_NOWHERE) {
        ks_list_insert(&r->l, r->l.count, detached(r, mine));
        return;
    }
    if (ks_entry_difference(r->l.at[there], mine) != 0)
        both_changed(r, mine, "it was added in the file as well; yours takes its place");
    ks_list_replace(&r->l, there, detached(r, mine));
}

static void removed(struct rebase *r, const struct ks_entry *was)
{
    size_t there = theirs_of(r, was);

    if (there == KS_NOWHERE)
        return;
    if (ks_entry_difference(r->l.at[there], was) != 0)
        both_changed(r, was, "it was changed in the file; you deleted it, and it goes");
    r->gone[there] = true;
}

/* Someone else has the new name of a renamed entry there. */
static void clear_name(struct rebase *r, size_t place, const struct ks_entry *mine)
{
    size_t other = ks_list_named(&r->l, r->format, mine->alias, r->l.at[place]);

    if (other == KS_NOWHERE || other >= r->old || r->gone[other])
        return;
    both_changed(r, mine, "an entry of this name was added in the file; yours takes its place");
    r->gone[other] = true;
}

static void changed(struct rebase *r, const struct ks_entry *was, const struct ks_entry *mine)
{
    size_t there = theirs_of(r, was);

    if (there == KS_NOWHERE) {
        both_changed(r, mine, "it was deleted in the file; you changed it, and it comes back");
        added(r, mine);
        return;
    }
    const struct ks_entry *theirs = r->l.at[there];
    bool same = ks_entry_difference(theirs, was) == 0;
    if (!same && ks_entry_difference(theirs, mine) == 0)
        return; /* the same edit on both sides */
    if (!same)
        both_changed(r, mine, "it was changed in the file as well; it becomes what it is here");
    if (strcmp(was->alias, mine->alias) != 0)
        clear_name(r, there, mine);
    bool edit = same && mine->piece_count > 0 && mine->edited;
    ks_list_replace(&r->l, there, edit ? edited_again(theirs, mine) : detached(r, mine));
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

static void replay(struct rebase *r)
{
    struct ks_diff d = ks_diff(r->mine->saved, r->mine->now, KS_DIFF_BY_ALIAS);

    for (size_t i = 0; i < d.count; i++)
        if (d.rows[i].kind == KS_DIFF_ONLY_A)
            removed(r, d.rows[i].a);
    for (size_t i = 0; i < d.count; i++)
        if (d.rows[i].kind == KS_DIFF_CHANGED && d.rows[i].what != KS_DIFF_ORDER)
            changed(r, d.rows[i].a, d.rows[i].b);
    for (size_t i = 0; i < d.count; i++)
        if (d.rows[i].kind == KS_DIFF_ONLY_B)
            added(r, d.rows[i].b);
    ks_diff_drop(&d);
}

static void finish(struct rebase *r, const struct ks_store *theirs)
{
    const struct ks_version *saved = r->mine->saved, *now = r->mine->now;
    bool other_password = !ks_secret_equal(saved->password, now->password);
    bool other_protection = saved->protection != now->protection;
    char *label = ks_asprintf("%s, on top of the changed file", now->label);

    if (other_password && !ks_secret_equal(saved->password, theirs->now->password))
        ks_plan_remark(r->plan, KS_REMARK_WARNING, "both-changed", NULL,
                       "the password was changed in the file as well; it becomes yours");
    ks_op_finish(r->plan, &r->l, other_password ? now->password : theirs->now->password,
                 other_protection ? now->protection : theirs->now->protection, label);
    free(label);
}

enum ks_code ks_op_rebase(const struct ks_store *mine, struct ks_store *theirs,
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
        .l = ks_list_of(theirs->now),
        .names = ks_index_new(theirs->now->count),
        .old = theirs->now->count,
    };
    r.gone = ks_alloc_array(r.old, sizeof *r.gone);
    for (size_t i = 0; i < r.old; i++) /* names of the version, which outlives what replaces them */
        ks_index_add(&r.names, ks_slice_str(theirs->now->entries[i]->alias), i);
    replay(&r);
    sweep(&r);
    finish(&r, theirs);
    ks_index_drop(&r.names);
    free(r.gone);
    ks_list_drop(&r.l);
    return KS_OK;
}
