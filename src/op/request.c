#include "op/making.h"

#include "x509/der.h"
#include "x509/oid.h"

/* ---- what is taken over ---- */

void ks_op_ask_of(const struct ks_entry *entry, struct ks_slice *subject,
                  struct ks_profile *profile)
{
    static const uint8_t empty[] = {KS_DER_SEQUENCE, 0};

    *subject = ks_slice(empty, sizeof empty);
    *profile = (struct ks_profile){0};
    if (entry->chain_len == 0 || entry->chain[0].flags & KS_CERT_BROKEN)
        return;
    const struct ks_cert *c = &entry->chain[0];
    *subject = ks_cert_part(c, c->subject);
    ks_profile_read(ks_cert_part(c, c->exts), profile);
    ks_profile_forget_issuer(profile);
}

void ks_op_profile_of_request(const struct ks_request *request, struct ks_profile *profile)
{
    ks_profile_read(request->exts, profile);
    ks_profile_forget_issuer(profile);
}

/* ---- requests ---- */

static enum ks_code make_request(const struct ks_ask *what, const struct ks_secret *key,
                                 struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf exts = KS_BUF_INIT, spki = KS_BUF_INIT;
    struct ks_slice none = ks_slice(NULL, 0);
    enum ks_code rc = ks_private_to_spki(key, &spki, err);

    if (rc == KS_OK && what->signature)
        rc = ks_signature_check(ks_slice(spki.data, spki.len), what->signature, err);
    if (rc == KS_OK)
        rc = ks_profile_put(what->profile, none, none, what->subject.len <= 2, &exts, err);
    if (rc == KS_OK)
        rc = ks_sign_request(what->subject, ks_slice(exts.data, exts.len), what->challenge, key,
                             what->signature, out, err);
    ks_buf_free(&exts);
    ks_buf_free(&spki);
    return rc;
}

enum ks_code ks_op_request(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_ask *what, const struct ks_key_passwords *passwords,
                           struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_opener opener = {.store = store, .ask = passwords, .job = job};
    struct ks_material material;
    struct ks_secret *used = NULL;

    if (entry->kind != KS_KIND_KEY) {
        ks_fail(err, KS_ERR_REFUSED, "no-key", "no request was made: %.150s has no private key",
                entry->alias);
        return ks_fail_next(err, KS_ERR_REFUSED, "choose a key pair");
    }
    enum ks_code rc = ks_op_reveal(&opener, entry, &material, &used, err);
    if (rc == KS_OK)
        rc = make_request(what, material.bytes, out, err);
    ks_material_drop(&material);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return rc;
}

/* ---- signing ---- */

static enum ks_code check_request(const struct ks_request *request, struct ks_error *err)
{
    switch (ks_request_verify(request)) {
    case KS_VERDICT_GOOD:
        return KS_OK;
    case KS_VERDICT_BAD:
        ks_fail(err, KS_ERR_REFUSED, "request-signature",
                "no certificate was made: the request's own signature does not fit, so it was "
                "changed or its maker has not the key");
        return ks_fail_next(err, KS_ERR_REFUSED, "ask for the request again");
    default:
        ks_fail(err, KS_ERR_REFUSED, "request-signature",
                "no certificate was made: the request's own signature cannot be checked here");
        return ks_fail_next(err, KS_ERR_REFUSED,
                            "ask for a request with a usual key and signature, such as RSA or EC");
    }
}

enum ks_code ks_op_sign(const struct ks_request *request, const struct ks_wanted *wanted,
                        struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_making m = {
        .subject = wanted->subject, .spki = request->spki, .wanted = wanted, .job = job};

    if (!wanted->signer)
        return ks_fail(err, KS_ERR_USAGE, "no-signer",
                       "no certificate was made: there is no CA to sign it");
    enum ks_code rc = ks_op_can_sign(wanted->signer->entry, err);
    if (rc == KS_OK)
        rc = check_request(request, err);
    return rc == KS_OK ? ks_op_certify(&m, out, err) : rc;
}

/* What somebody else wants to have certified is seen before it is. */
static bool remark_other(void *ctx, const struct ks_ext *ext)
{
    struct ks_buf name = KS_BUF_INIT;

    ks_oid_text(ext->oid, &name);
    if (ext->critical)
        ks_plan_remark(ctx, KS_REMARK_WARNING, "extension-copied", NULL,
                       "%.100s is taken over from the request as it is, and is critical: whoever "
                       "does not know it refuses the certificate",
                       ks_buf_text(&name));
    else
        ks_plan_remark(ctx, KS_REMARK_NOTE, "extension-copied", NULL,
                       "%.100s is taken over from the request as it is", ks_buf_text(&name));
    ks_buf_free(&name);
    return true;
}

static void remark_taken_over(const struct ks_profile *profile, struct ks_plan *out)
{
    ks_ext_each(ks_slice(profile->others.data, profile->others.len), remark_other, out);
    if (profile->repeated)
        ks_plan_remark(out, KS_REMARK_WARNING, "extension-repeated", NULL,
                       "the request has %zu extensions for a second time: only the first of a kind "
                       "is taken over",
                       profile->repeated);
}

void ks_op_sign_remarks(const struct ks_request *request, const struct ks_wanted *wanted,
                        struct ks_plan *out)
{
    const struct ks_key_type *type = ks_key_type_of(request->spki);

    ks_op_judge_wanted(out, NULL, wanted);
    if (type)
        ks_op_judge_key_type(out, NULL, type, wanted->not_after);
    remark_taken_over(wanted->profile, out);
}
