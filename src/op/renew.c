#include "op/making.h"

#include "base/alloc.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/* ---- whether it can be renewed ---- */

static enum ks_code check_entry(const struct ks_entry *e, struct ks_error *err)
{
    const char *why = e->kind != KS_KIND_KEY               ? "it has no private key"
                      : e->chain_len == 0                  ? "its key has no certificate"
                      : e->chain[0].flags & KS_CERT_BROKEN ? "its certificate cannot be read"
                                                           : NULL;
    if (!why)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "no-certificate", "%.150s was not renewed: %s", e->alias, why);
    return ks_fail_next(err, KS_ERR_REFUSED, "choose a key pair that has a certificate");
}

enum ks_verdict ks_op_issued_by(const struct ks_cert *c, const struct ks_entry *signer)
{
    const struct ks_cert *ca = signer->chain_len ? &signer->chain[0] : NULL;

    if (!ca || ca->flags & KS_CERT_BROKEN ||
        !ks_name_equal(ks_cert_part(ca, ca->subject), ks_cert_part(c, c->issuer)))
        return KS_VERDICT_BAD;
    return ks_cert_verify(c, ks_cert_part(ca, ca->spki));
}

static enum ks_code check_issuer(const struct ks_renew *what, struct ks_error *err)
{
    const struct ks_entry *e = what->entry;
    const struct ks_cert *c = &e->chain[0];

    if (what->signer)
        return ks_op_can_sign(what->signer->entry, err);
    if (c->flags & KS_CERT_SELF_ISSUED &&
        ks_cert_verify(c, ks_cert_part(c, c->spki)) != KS_VERDICT_BAD)
        return KS_OK;
    struct ks_buf issuer = KS_BUF_INIT;
    ks_name_label(ks_cert_part(c, c->issuer), &issuer);
    ks_fail(err, KS_ERR_REFUSED, "signed-by-other",
            "%.150s was not renewed: its certificate is signed by %.150s, and only that can sign "
            "the next one",
            e->alias, ks_buf_text(&issuer));
    ks_buf_free(&issuer);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "make a request (CSR) for that CA and import its reply, or name the entry "
                        "of the CA as the one that signs");
}

static enum ks_code check(const struct ks_store *store, const struct ks_renew *what,
                          struct ks_error *err)
{
    enum ks_code rc = check_entry(what->entry, err);

    if (rc == KS_OK)
        rc = ks_op_dates_check(what->not_before, what->not_after, err);
    if (rc == KS_OK)
        rc = check_issuer(what, err);
    if (rc == KS_OK && what->type && what->alias)
        rc = ks_op_alias_check(store, what->alias, err);
    if (rc == KS_OK && what->alias && !what->type) {
        ks_fail(err, KS_ERR_USAGE, "alias",
                "%.150s was not renewed: another name is for a new key, and the key stays",
                what->entry->alias);
        rc = ks_fail_next(err, KS_ERR_USAGE, "ask for a new key, or leave the name out");
    }
    return rc;
}

/* ---- what the next certificate says ---- */

/* A key of another algorithm cannot do all that the former one could (RFC 4055, 5480, 8410). */
static void adapt_usage(struct ks_profile *profile, enum ks_key_alg was, enum ks_key_alg is)
{
    if (was == is)
        return;
    if (is != KS_KEY_RSA)
        profile->usage &= ~(unsigned)(KS_USAGE_KEY_ENCIPHERMENT | KS_USAGE_DATA_ENCIPHERMENT);
    if (is != KS_KEY_EC)
        profile->usage &= ~(unsigned)KS_USAGE_KEY_AGREEMENT;
}

static void profile_of(const struct ks_renew *what, struct ks_profile *profile)
{
    const struct ks_cert *c = &what->entry->chain[0];

    ks_profile_read(ks_cert_part(c, c->exts), profile);
    if (what->signer && what->signer->entry->chain_len) {
        const struct ks_cert *ca = &what->signer->entry->chain[0];
        if (!ks_name_equal(ks_cert_part(ca, ca->subject), ks_cert_part(c, c->issuer)))
            ks_profile_forget_issuer(profile);
    }
    if (what->type)
        adapt_usage(profile, (enum ks_key_alg)c->key_alg, what->type->alg);
}

/* ---- the next entry ---- */

/* New dates for the key that is there. It is opened only when it signs for itself. */
static enum ks_code renew_same_key(const struct ks_store *store, const struct ks_renew *what,
                                   struct ks_making *m, struct ks_entry **out, struct ks_error *err)
{
    struct ks_opener opener = {.store = store, .ask = &what->passwords, .job = m->job};
    struct ks_material material = {0};
    struct ks_secret *used = NULL;
    struct ks_buf cert = KS_BUF_INIT;
    enum ks_code rc = KS_OK;

    if (!what->signer)
        rc = ks_op_reveal(&opener, what->entry, &material, &used, err);
    if (rc == KS_OK) {
        m->key = material.bytes;
        m->spki = ks_cert_part(&what->entry->chain[0], what->entry->chain[0].spki);
        rc = ks_op_certify(m, &cert, err);
    }
    if (rc == KS_OK) {
        struct ks_op_chain chain = ks_op_chain_new(ks_slice(cert.data, cert.len), what->signer);
        *out = ks_op_entry_with_chain(what->entry, chain.certs, chain.count, &chain.blob, 1);
        ks_op_chain_drop(&chain);
    }
    ks_buf_free(&cert);
    ks_material_drop(&material);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return rc;
}

static enum ks_code renew_new_key(const struct ks_store *store, const struct ks_renew *what,
                                  struct ks_making *m, struct ks_entry **out, struct ks_error *err)
{
    struct ks_op_pair pair;
    struct ks_buf cert = KS_BUF_INIT;
    char *alias = what->alias ? ks_op_stored_alias(store->format, what->alias)
                              : ks_strdup(what->entry->alias);
    enum ks_code rc = ks_op_pair_make(store, alias, what->type, what->password, m->job, &pair, err);

    if (rc == KS_OK) {
        m->key = pair.pkcs8;
        m->spki = ks_slice(pair.spki.data, pair.spki.len);
        rc = ks_op_certify(m, &cert, err);
    }
    if (rc == KS_OK) {
        struct ks_op_chain chain = ks_op_chain_new(ks_slice(cert.data, cert.len), what->signer);
        rc = ks_op_pair_entry(store, alias, &pair, &chain, what->password, m->job, out, err);
        ks_op_chain_drop(&chain);
    }
    ks_buf_free(&cert);
    ks_op_pair_drop(&pair);
    free(alias);
    return rc;
}

/* ---- what is said of it ---- */

/* Other entries that still have the certificate which was replaced. */
static void judge_former_chains(struct ks_plan *plan, const struct ks_list *l,
                                const struct ks_entry *e)
{
    size_t count = 0;

    for (size_t i = 0; i < l->count; i++)
        for (uint32_t k = 1; k < l->at[i]->chain_len; k++)
            if (ks_slice_equal(ks_cert_der(&l->at[i]->chain[k]), ks_cert_der(&e->chain[0]))) {
                count++;
                break;
            }
    if (count > 0)
        ks_plan_remark(plan, KS_REMARK_NOTE, "chain-former", e->alias,
                       "%zu %s the former certificate of %.500s in the chain, and %s it", count,
                       count == 1 ? "entry has" : "entries have", e->alias,
                       count == 1 ? "keeps" : "keep");
}

/* Whoever trusts the former issuer alone refuses what another one signed. */
static void judge_issuer(struct ks_plan *plan, const struct ks_renew *what)
{
    const struct ks_cert *c = &what->entry->chain[0];
    struct ks_buf was = KS_BUF_INIT, is = KS_BUF_INIT;

    if (!what->signer || ks_op_issued_by(c, what->signer->entry) != KS_VERDICT_BAD)
        return;
    const struct ks_cert *ca = &what->signer->entry->chain[0];
    ks_name_label(ks_cert_part(c, c->issuer), &was);
    ks_name_label(ks_cert_part(ca, ca->subject), &is);
    if (ks_slice_equal(ks_slice(was.data, was.len), ks_slice(is.data, is.len)))
        ks_buf_str(&is, " with another key");
    ks_plan_remark(plan, KS_REMARK_WARNING, "issuer-changed", what->entry->alias,
                   "the issuer of %.150s changes from %.150s to %.150s: who trusts the former one "
                   "alone refuses the new certificate",
                   what->entry->alias,
                   c->flags & KS_CERT_SELF_ISSUED ? "itself" : ks_buf_text(&was), ks_buf_text(&is));
    ks_buf_free(&was);
    ks_buf_free(&is);
}

static void judge(struct ks_plan *plan, struct ks_store *store, const struct ks_renew *what,
                  const struct ks_wanted *wanted, const struct ks_entry *made)
{
    const struct ks_cert *c = &what->entry->chain[0];
    const struct ks_key_type *type =
        what->type ? what->type : ks_key_type_of(ks_cert_part(c, c->spki));

    judge_issuer(plan, what);
    ks_op_judge_wanted(plan, made->alias, wanted, (enum ks_key_alg)made->chain[0].key_alg);
    if (what->type && !what->alias)
        ks_plan_remark(plan, KS_REMARK_WARNING, "key-replaced", what->entry->alias,
                       "%.500s gets a new key: whoever pinned the former one has to be told, and "
                       "only the backup keeps it",
                       what->entry->alias);
    if (type)
        ks_op_judge_key_type(plan, made->alias, type, what->not_after);
    if (!what->type)
        return;
    ks_op_judge_password(plan, store->format, what->password);
    ks_op_judge_key_password(plan, made, what->password, store->now->password);
}

static void finish(struct ks_store *store, const struct ks_renew *what,
                   const struct ks_wanted *wanted, struct ks_entry *made, size_t place,
                   struct ks_plan *out)
{
    struct ks_list l = ks_list_of(store->now);
    char *label =
        ks_asprintf("%s %.200s", what->type ? "made a new key for" : "renewed", what->entry->alias);

    judge(out, store, what, wanted, made);
    ks_op_renew_commands(store, what, wanted, &out->commands);
    if (what->type && what->alias)
        ks_list_insert(&l, ks_list_end(&l), made);
    else
        ks_list_replace(&l, place, made);
    ks_op_align_chains(out, &l, made);
    judge_former_chains(out, &l, what->entry);
    ks_op_finish(out, &l, store->now->password, store->now->protection, label);
    free(label);
}

static enum ks_code renew(struct ks_store *store, const struct ks_renew *what, size_t place,
                          struct ks_job *job, struct ks_plan *out, struct ks_error *err)
{
    const struct ks_cert *c = &what->entry->chain[0];
    struct ks_profile profile = {0};
    struct ks_entry *made = NULL;
    struct ks_wanted wanted = {.subject = ks_cert_part(c, c->subject),
                               .profile = &profile,
                               .not_before = what->not_before,
                               .not_after = what->not_after,
                               .signer = what->signer};
    struct ks_making m = {.subject = wanted.subject, .wanted = &wanted, .job = job};

    profile_of(what, &profile);
    enum ks_code rc = what->type ? renew_new_key(store, what, &m, &made, err)
                                 : renew_same_key(store, what, &m, &made, err);
    if (rc == KS_OK)
        finish(store, what, &wanted, made, place, out);
    ks_profile_drop(&profile);
    return rc;
}

enum ks_code ks_op_renew(struct ks_store *store, const struct ks_renew *what, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    size_t place = 0;
    struct ks_renew how = *what;
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    if (how.signer && how.signer->entry == how.entry) /* a root that names itself */
        how.signer = NULL;
    struct ks_list l = ks_list_of(store->now);
    rc = ks_op_place(&l, how.entry, &place, err);
    ks_list_drop(&l);
    if (rc == KS_OK)
        rc = check(store, &how, err);
    if (rc == KS_OK)
        rc = renew(store, &how, place, job, out, err);
    if (rc != KS_OK)
        ks_plan_drop(out);
    return rc;
}
