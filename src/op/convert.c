#include "op/internal.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define NEW_MODE 0600u

/* ---- new stores ---- */

static enum ks_protection fitting(const struct ks_format *format, enum ks_protection protection)
{
    return format->caps & KS_CAP_PROTECTION ? protection : KS_PROTECT_KEEP;
}

/* An empty store that the plan owns. */
static enum ks_code make_store(const char *path, const struct ks_format *format,
                               struct ks_secret *password, struct ks_plan *out,
                               struct ks_error *err)
{
    *out = (struct ks_plan){0};
    if (!(format->caps & KS_CAP_WRITE)) {
        ks_fail(err, KS_ERR_REFUSED, "not-writable", "no keystore was made: %s files are only read",
                format->name);
        return ks_fail_next(err, KS_ERR_REFUSED, "choose another type");
    }
    if (!password && format->caps & KS_CAP_MUST_PASSWORD) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "no keystore was made: a %s needs a password", format->name);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give one");
    }
    struct ks_store *s = ks_store_new(path, ks_blob_copy(ks_slice(NULL, 0)));
    s->format = format;
    s->mode = NEW_MODE;
    ks_store_set_type(s, format->name);
    if (password)
        ks_store_learn(s, password); /* opens the keys of the store until it is written */
    out->made = out->target = s;
    ks_op_judge_password(out, format, password);
    return KS_OK;
}

enum ks_code ks_op_create(const char *path, const struct ks_format *format,
                          struct ks_secret *password, enum ks_protection protection,
                          struct ks_plan *out, struct ks_error *err)
{
    struct ks_list none = {0};
    enum ks_code rc = make_store(path, format, password, out, err);

    if (rc == KS_OK) {
        ks_op_finish(out, &none, password, fitting(format, protection), "created");
        ks_plan_say_create(out);
    }
    return rc;
}

/* ---- convert ---- */

static bool is_dropped(const struct ks_convert *how, const struct ks_entry *e)
{
    for (size_t i = 0; i < how->drop_count; i++)
        if (how->drop[i] == e)
            return true;
    return false;
}

/* What is converted, in the order of the store. Free with free(). */
static const struct ks_entry **chosen(const struct ks_store *from, const struct ks_convert *how,
                                      size_t *count)
{
    const struct ks_entry **out = ks_alloc_array(from->now->count, sizeof(struct ks_entry *));

    *count = 0;
    for (size_t i = 0; i < from->now->count; i++)
        if (!is_dropped(how, from->now->entries[i]))
            out[(*count)++] = from->now->entries[i];
    return out;
}

static enum ks_code check_unlocked(const struct ks_store *from, struct ks_error *err)
{
    if (from->integrity != KS_INTEGRITY_UNVERIFIED || from->now->password ||
        !(from->notes & KS_STORE_LOCKED_PARTS))
        return KS_OK;
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            "%.200s was not converted: parts of it are still locked", ks_op_file_name(from));
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "unlock it first");
}

/* Nothing, or nothing protected, must not pass for the keystore that it was. */
static enum ks_code check_damage(const struct ks_store *from, const struct ks_convert *how,
                                 const struct ks_secret *password, struct ks_error *err)
{
    const char *name = ks_op_file_name(from);

    if (!(from->notes & KS_STORE_DAMAGED))
        return KS_OK;
    if (from->now->count == 0) {
        ks_fail(err, KS_ERR_DAMAGED, "damaged",
                "%.200s was not converted: it is damaged, and no entry of it can be read", name);
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of it or a backup");
    }
    if (password || !(from->format->caps & how->format->caps & KS_CAP_PASSWORD))
        return KS_OK;
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            "%.200s was not converted: it is damaged, and what its password is cannot be told",
            name);
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give the new keystore a password");
}

static enum ks_code convert_into(struct ks_plan *plan, const struct ks_store *from,
                                 const struct ks_convert *how, const struct ks_version *as,
                                 struct ks_job *job, struct ks_error *err)
{
    struct ks_list l = {0};
    size_t count;
    const struct ks_entry **entries = chosen(from, how, &count);
    struct ks_copy copy = {
        .from = from,
        .entries = entries,
        .count = count,
        .clash = KS_CLASH_RENAME,
        .passwords = how->passwords,
    };
    bool other_password = !ks_secret_equal(as->password, from->now->password);
    struct ks_transfer transfer = {
        .copy = &copy,
        .as = as,
        .reseal = other_password || as->protection != KS_PROTECT_KEEP,
        .keep_passwords = how->keep_key_passwords,
    };
    enum ks_code rc = ks_op_transfer(plan, &l, &transfer, job, err);

    if (rc == KS_OK) {
        char *label = ks_asprintf("converted from %.200s", ks_op_file_name(from));
        ks_op_finish(plan, &l, as->password, as->protection, label);
        ks_plan_say_copy(plan, from, entries, count);
        free(label);
    }
    ks_list_drop(&l);
    free(entries);
    return rc;
}

/* What is not taken along on purpose is said all the same. */
static void remark_dropped(struct ks_plan *plan, const struct ks_convert *how)
{
    for (size_t i = 0; i < how->drop_count; i++) {
        const struct ks_entry *e = how->drop[i];
        const char *why = how->format->refuses ? how->format->refuses(e) : NULL;
        ks_plan_remark(plan, KS_REMARK_NOTE, "left-out", e->alias, "%s is left out%s%s", e->alias,
                       why ? ": " : "", why ? why : "");
    }
}

enum ks_code ks_op_convert(const struct ks_store *from, const struct ks_convert *how,
                           struct ks_job *job, struct ks_plan *out, struct ks_error *err)
{
    struct ks_secret *password = how->password ? how->password : from->now->password;
    enum ks_code rc = check_unlocked(from, err);

    *out = (struct ks_plan){0};
    if (rc == KS_OK)
        rc = check_damage(from, how, password, err);
    if (rc == KS_OK)
        rc = make_store(how->path, how->format, password, out, err);
    if (rc == KS_OK) {
        struct ks_version *as = ks_version_new("", NULL, 0, ks_secret_ref(password),
                                               fitting(how->format, how->protection));
        rc = convert_into(out, from, how, as, job, err);
        ks_version_unref(as);
    }
    if (rc == KS_OK)
        remark_dropped(out, how);
    if (rc != KS_OK)
        ks_plan_drop(out);
    return rc;
}
