#include "op/internal.h"

#include "base/alloc.h"

#include <stdlib.h>

struct change {
    const struct ks_passwd *what;
    struct ks_plan *plan;
    const struct ks_store *store;
    struct ks_version *as; /* the password and the protection of the store to be */
    struct ks_opener opener;
    struct ks_job *job;
};

/* ---- what happens to a key ---- */

enum fate {
    STAYS,    /* as it is */
    FOLLOWS,  /* had the keystore's password, and gets the new one; or stays */
    JOINS,    /* gets the keystore's password, whatever it had */
    SET,      /* gets one of its own */
    UPGRADED, /* the same password, protected another way */
};

static enum fate fate_of(const struct change *c, const struct ks_entry *e)
{
    if (!ks_op_has_key(e))
        return STAYS;
    if (c->what->entry == e && c->what->entry_password)
        return SET;
    if (c->what->all_entries)
        return JOINS;
    if (c->what->store_password &&
        !ks_secret_equal(c->what->store_password, c->store->now->password))
        return FOLLOWS;
    return c->what->protection != KS_PROTECT_KEEP ? UPGRADED : STAYS;
}

/* A key that was to join the others and cannot is no use under the new password. */
static void remark_stays(struct change *c, const struct ks_entry *e, enum fate fate,
                         const char *why)
{
    ks_plan_remark(c->plan, fate == JOINS ? KS_REMARK_LOSS : KS_REMARK_WARNING,
                   fate == JOINS ? "key-locked" : "key-password", e->alias,
                   "%.500s: its key keeps the password that it has%s%s", e->alias,
                   why[0] ? ": " : "", why);
}

/* The same key under new protection. */
static struct ks_entry *resealed(const struct ks_entry *e, const struct ks_sealed *sealed)
{
    struct ks_entry_draft d = ks_entry_draft_of(e);

    d.edited |= KS_EDITED_KEY;
    d.notes &= ~(uint32_t)(KS_NOTE_KEY_CLEAR | KS_NOTE_JAVA_KEYBAG);
    return ks_op_entry_with_key(&d, sealed);
}

/* The review says whose password is no more. */
static void judge_own(struct change *c, const struct ks_entry *e, enum fate fate,
                      const struct ks_secret *used)
{
    const struct ks_store *s = c->store;

    if (fate == JOINS && used && !ks_secret_equal(used, s->password) &&
        !ks_secret_equal(used, s->now->password) && s->format->caps & KS_CAP_STORE)
        ks_plan_remark(c->plan, KS_REMARK_NOTE, "key-password", e->alias,
                       "%.500s: its key loses the password of its own, and gets the keystore's",
                       ks_alias_text(e->alias));
}

static enum ks_code reseal(struct change *c, const struct ks_entry *e, enum fate fate,
                           struct ks_entry **out, struct ks_error *err)
{
    struct ks_material material;
    struct ks_sealed sealed;
    struct ks_secret *used = NULL;
    struct ks_opener store_only = {.store = c->store, .job = c->job};
    enum ks_code rc =
        ks_op_reveal(fate == FOLLOWS ? &store_only : &c->opener, e, &material, &used, err);

    if (rc == KS_OK) {
        const struct ks_secret *password = fate == SET        ? c->what->entry_password
                                           : fate == UPGRADED ? used
                                                              : NULL;
        rc = ks_op_seal(c->store, c->as, &material, password, c->job, &sealed, err);
        if (rc == KS_OK) {
            judge_own(c, e, fate, used);
            ks_op_judge_key_password(c->plan, e, password, c->as->password);
            *out = resealed(e, &sealed);
        }
    }
    ks_material_drop(&material);
    ks_secret_free(used);
    return rc;
}

static enum ks_code change_entry(struct change *c, struct ks_list *l, size_t i,
                                 struct ks_error *err)
{
    const struct ks_entry *e = l->at[i];
    enum fate fate = fate_of(c, e);
    struct ks_entry *changed = NULL;
    struct ks_error why = {0};

    if (fate == STAYS)
        return KS_OK;
    enum ks_code rc = reseal(c, e, fate, &changed, &why);
    if (rc != KS_OK && fate == FOLLOWS && c->what->protection != KS_PROTECT_KEEP) {
        fate = UPGRADED;
        rc = reseal(c, e, fate, &changed, &why);
    }
    if (rc == KS_OK) {
        ks_list_replace(l, i, changed);
        return KS_OK;
    }
    if (fate != SET && ks_op_is_loss(rc)) {
        remark_stays(c, e, fate, fate == FOLLOWS ? "" : why.what);
        return KS_OK;
    }
    if (err)
        *err = why;
    return rc;
}

/* ---- the store ---- */

static enum ks_code check(const struct change *c, const struct ks_list *l, struct ks_error *err)
{
    const struct ks_store *s = c->store;
    size_t place;

    bool of_keys = c->what->all_entries || c->what->entry || !c->what->store_password;
    if (!(s->format->caps & KS_CAP_PASSWORD) && !of_keys) {
        ks_fail(err, KS_ERR_REFUSED, "no-password", "%.200s was not changed: a %s has no password",
                ks_op_file_name(s), s->format->name);
        return ks_fail_next(err, KS_ERR_REFUSED,
                            "set that of its keys, or convert it to a type that has one");
    }
    if (!s->now->password && s->integrity == KS_INTEGRITY_UNVERIFIED) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "the password of %.200s was not changed: the present one is not known",
                ks_op_file_name(s));
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "unlock it first");
    }
    if (!c->what->entry)
        return KS_OK;
    enum ks_code rc = ks_op_place(l, c->what->entry, &place, err);
    if (rc != KS_OK || !c->what->entry_password)
        return rc;
    if (!ks_op_has_key(c->what->entry))
        return ks_fail(err, KS_ERR_REFUSED, "no-key",
                       "the password of %.200s was not changed: it has no key",
                       c->what->entry->alias);
    if (s->format->caps & KS_CAP_ENTRY_PASSWORD)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "no-entry-password",
            "the password of %.200s was not changed: keys in a %s have the password of the file",
            c->what->entry->alias, s->format->name);
    return ks_fail_next(err, KS_ERR_REFUSED, "change the password of the file");
}

static char *label_of(const struct change *c)
{
    if (c->what->store_password)
        return ks_strdup("changed the password");
    if (c->what->entry)
        return ks_asprintf("changed the password of %.200s", c->what->entry->alias);
    return ks_strdup(c->what->all_entries ? "changed the passwords of the keys"
                                          : "changed the protection");
}

static enum ks_code change_all(struct change *c, struct ks_list *l, struct ks_error *err)
{
    enum ks_code rc = check(c, l, err);

    ks_job_phase(c->job, "protecting keys", l->count);
    for (size_t i = 0; i < l->count && rc == KS_OK; i++) {
        rc = change_entry(c, l, i, err);
        if (rc == KS_OK && !ks_job_advance(c->job, i))
            rc = ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while protecting keys");
    }
    return rc;
}

enum ks_code ks_op_passwd(struct ks_store *store, const struct ks_passwd *what, struct ks_job *job,
                          struct ks_plan *out, struct ks_error *err)
{
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(store->now);
    struct ks_secret *password = what->store_password ? what->store_password : store->now->password;
    enum ks_protection protection =
        what->protection != KS_PROTECT_KEEP && store->format->caps & KS_CAP_PROTECTION
            ? what->protection
            : store->now->protection;
    struct change c = {
        .what = what,
        .plan = out,
        .store = store,
        .as = ks_version_new("", NULL, 0, ks_secret_ref(password), protection),
        .opener = {.store = store, .ask = &what->passwords, .job = job},
        .job = job,
    };
    ks_op_judge_password(out, store->format, what->store_password);
    ks_op_judge_password(out, store->format, what->entry_password);
    rc = change_all(&c, &l, err);
    if (rc == KS_OK) {
        char *label = label_of(&c);
        ks_op_finish(out, &l, password, protection, label);
        ks_plan_say_passwd(out, what);
        free(label);
    } else {
        ks_plan_drop(out);
    }
    ks_opener_drop(&c.opener);
    ks_version_unref(c.as);
    ks_list_drop(&l);
    return rc;
}
