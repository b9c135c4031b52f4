#include "op/internal.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

bool ks_op_has_key(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD;
}

/* ---- opening ---- */

static bool is_about_the_password(enum ks_code rc)
{
    return rc == KS_ERR_PASSWORD || rc == KS_ERR_PASSWORD_NEEDED;
}

static enum ks_code attempt(struct ks_opener *o, const struct ks_entry *e,
                            struct ks_secret *password, struct ks_material *out,
                            struct ks_secret **used, struct ks_error *err)
{
    const struct ks_format *home = e->home ? e->home : o->store->format;
    enum ks_code rc = home->reveal(o->store, e, password, o->job, out, err);

    if (rc == KS_OK)
        *used = ks_secret_ref(password ? password : o->store->password);
    else
        ks_material_drop(out);
    return rc;
}

/* What was set and not yet saved protects new entries; what opens the file protects the old ones. */
static enum ks_code attempt_known(struct ks_opener *o, const struct ks_entry *e,
                                  struct ks_material *out, struct ks_secret **used,
                                  struct ks_error *err)
{
    struct ks_secret *now = o->store->now->password;
    enum ks_code rc = attempt(o, e, NULL, out, used, err);
    bool tried = ks_secret_equal(now, o->store->password) && o->store->format->caps & KS_CAP_STORE;

    if (is_about_the_password(rc) && now && !tried) /* loose keys know no password of the file */
        rc = attempt(o, e, now, out, used, err);
    if (is_about_the_password(rc) && o->given)
        rc = attempt(o, e, o->given, out, used, err);
    return rc;
}

enum ks_code ks_op_reveal(struct ks_opener *o, const struct ks_entry *e, struct ks_material *out,
                          struct ks_secret **used, struct ks_error *err)
{
    const struct ks_format *home = e->home ? e->home : o->store->format;

    *used = NULL;
    *out = (struct ks_material){0};
    if (!home->reveal)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "no-key", "the key of %.200s cannot be opened",
                       e->alias);
    enum ks_code rc = attempt_known(o, e, out, used, err);
    if (!is_about_the_password(rc) || !o->ask || !o->ask->ask)
        return rc;
    struct ks_secret *given = o->ask->ask(o->ask->ctx, o->store, e, err);
    if (!given)
        return rc;
    ks_secret_free(o->given);
    o->given = given;
    return attempt(o, e, given, out, used, err);
}

bool ks_op_is_loss(enum ks_code rc)
{
    return is_about_the_password(rc) || rc == KS_ERR_UNSUPPORTED || rc == KS_ERR_DAMAGED ||
           rc == KS_ERR_REFUSED;
}

void ks_opener_drop(struct ks_opener *o)
{
    ks_secret_free(o->given);
    o->given = NULL;
}

/* ---- protecting ---- */

enum ks_code ks_op_can_seal(const struct ks_store *into, const struct ks_version *version,
                            const struct ks_secret *password, struct ks_error *err)
{
    if (!into->format->seal)
        return ks_fail(err, KS_ERR_REFUSED, "type-loss", "the key was not stored: %s holds no keys",
                       into->format->name);
    if (password || version->password || !(into->format->caps & KS_CAP_STORE))
        return KS_OK;
    bool is_new = into->file->len == 0;
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            is_new ? "the key was not stored: %.200s has no password"
                   : "the key was not stored: the password of %.200s is not known",
            ks_op_file_name(into));
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED,
                        is_new ? "give the new keystore one" : "unlock the keystore first");
}

enum ks_code ks_op_seal(const struct ks_store *into, const struct ks_version *version,
                        const struct ks_material *material, const struct ks_secret *password,
                        struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    struct ks_secret *none = NULL;
    enum ks_code rc = ks_op_can_seal(into, version, password, err);

    *out = (struct ks_sealed){0};
    if (rc != KS_OK)
        return rc;
    if (!password)
        password = version->password;
    if (!password) /* a loose file without a password: its keys are in clear */
        password = none = ks_secret_new(NULL, 0);
    rc = into->format->seal(into, version, material, password, job, out, err);
    ks_secret_free(none);
    return rc;
}

void ks_op_judge_key_password(struct ks_plan *plan, const struct ks_entry *e,
                              const struct ks_secret *password, const struct ks_secret *store)
{
    if (!password || !store || ks_secret_equal(password, store))
        return;
    if (plan->target->format == &ks_format_pkcs12)
        ks_plan_remark(plan, KS_REMARK_WARNING, "key-password", e->alias,
                       "%.500s: its key has another password than the keystore, which keytool and "
                       "openssl do not expect of a PKCS12",
                       e->alias);
    else
        ks_plan_remark(plan, KS_REMARK_NOTE, "key-password", e->alias,
                       "%.500s: its key has a password of its own", e->alias);
}

struct ks_entry *ks_op_entry_with_key(const struct ks_entry_draft *draft,
                                      const struct ks_sealed *sealed)
{
    struct ks_entry_draft d = *draft;
    struct ks_blob **blobs = ks_alloc_array(d.blob_count + 1, sizeof(struct ks_blob *));

    for (size_t i = 0; i < d.blob_count; i++)
        blobs[i] = d.blobs[i];
    blobs[d.blob_count] = sealed->key;
    d.kind = (uint8_t)sealed->kind;
    d.key = ks_blob_slice(sealed->key);
    d.key_format = sealed->key_format;
    d.blobs = blobs;
    d.blob_count++;
    struct ks_entry *e = ks_entry_new(&d);
    ks_blob_unref(sealed->key);
    free(blobs);
    return e;
}
