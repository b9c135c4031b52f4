#include "op/making.h"

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
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

/* Whether the request says what for in a way that cannot be read: the certificate is refused then,
 * and not made for something else. */
static bool has_unread(const struct ks_profile *profile)
{
    static const uint8_t oids[][3] = {{0x55, 0x1d, 15}, {0x55, 0x1d, 19}, {0x55, 0x1d, 37}};
    struct ks_slice others = ks_slice(profile->others.data, profile->others.len);
    struct ks_ext ext;

    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++)
        if (ks_ext_find(others, ks_slice(oids[i], sizeof oids[i]), &ext))
            return true;
    return false;
}

bool ks_op_profile_of_request(const struct ks_request *request, enum ks_key_alg key,
                              struct ks_profile *profile)
{
    ks_profile_drop(profile);
    *profile = (struct ks_profile){.path_len = -1};
    if (request) {
        ks_profile_read(request->exts, profile);
        ks_profile_forget_issuer(profile);
    }
    bool asks_for_ca = profile->ca;
    if (asks_for_ca) {
        profile->usage &= ~(unsigned)(KS_USAGE_KEY_CERT_SIGN | KS_USAGE_CRL_SIGN);
        profile->ca = false;
        profile->path_len = -1;
    }
    bool says = profile->usage || profile->extended || profile->oid_count || has_unread(profile);
    if (!says && (asks_for_ca || !profile->basic))
        ks_profile_from_template(profile, &ks_templates[0], key);
    return asks_for_ca;
}

enum ks_code ks_op_request_of(const struct ks_store *file, struct ks_request *out,
                              struct ks_error *err)
{
    const struct ks_entry *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(file); i++)
        if (ks_store_entry(file, i)->kind == KS_KIND_REQUEST) {
            found = ks_store_entry(file, i);
            count++;
        }
    if (count > 1) {
        ks_fail(err, KS_ERR_USAGE, "several-requests", "%.200s holds %zu requests, not one",
                file->path, count);
        return ks_fail_next(err, KS_ERR_USAGE, "put the one to sign into a file of its own");
    }
    if (found && ks_request_skim(found->key, out))
        return KS_OK;
    ks_fail(err, KS_ERR_FORMAT, "no-request",
            "%.200s holds no certificate request that can be read", file->path);
    return ks_fail_next(err, KS_ERR_FORMAT, "a request is a PKCS#10 file, PEM or DER");
}

/* ---- requests ---- */

/* As of certificates: nobody should find out later that a key is damaged. */
static enum ks_code check_signed(const struct ks_buf *made, size_t from, struct ks_error *err)
{
    struct ks_request request;

    if (ks_request_skim(ks_slice(made->data + from, made->len - from), &request) &&
        ks_request_verify(&request) == KS_VERDICT_GOOD)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "key-mismatch",
            "no request was made: the private key does not fit its own public key");
    return ks_fail_next(err, KS_ERR_REFUSED, "look for another copy of the key");
}

static enum ks_code make_request(const struct ks_ask *what, const struct ks_secret *key,
                                 struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf exts = KS_BUF_INIT, spki = KS_BUF_INIT;
    struct ks_slice none = ks_slice(NULL, 0);
    size_t from = out->len;
    enum ks_code rc = ks_private_to_spki(key, &spki, err);

    if (rc == KS_OK && what->signature)
        rc = ks_signature_check(ks_slice(spki.data, spki.len), what->signature, err);
    if (rc == KS_OK)
        rc = ks_profile_put(what->profile, none, none, ks_name_is_empty(what->subject), &exts, err);
    if (rc == KS_OK)
        rc = ks_sign_request(what->subject, ks_slice(exts.data, exts.len), what->challenge, key,
                             what->signature, out, err);
    if (rc == KS_OK)
        rc = check_signed(out, from, err);
    if (rc != KS_OK)
        out->len = from;
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

struct taken_over {
    struct ks_plan *plan;
    struct ks_slice exts; /* of the certificate */
};

/* What somebody else wants to have certified is seen before it is; but not what a field of the
 * profile tells otherwise. */
static bool remark_other(void *ctx, const struct ks_ext *ext)
{
    const struct taken_over *t = ctx;
    struct ks_buf name = KS_BUF_INIT;
    struct ks_ext made;

    if (!ks_ext_find(t->exts, ext->oid, &made) || !ks_slice_equal(made.value, ext->value))
        return true;
    ks_oid_text(ext->oid, &name);
    if (ext->critical)
        ks_plan_remark(t->plan, KS_REMARK_WARNING, "extension-copied", NULL,
                       "%.100s is taken over from the request as it is, and is critical: whoever "
                       "does not know it refuses the certificate",
                       ks_buf_text(&name));
    else
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "extension-copied", NULL,
                       "%.100s is taken over from the request as it is", ks_buf_text(&name));
    ks_buf_free(&name);
    return true;
}

static void remark_taken_over(const struct ks_profile *profile, struct ks_plan *out)
{
    struct ks_buf exts = KS_BUF_INIT;
    struct ks_slice none = ks_slice(NULL, 0);

    if (ks_profile_put(profile, none, none, false, &exts, NULL) != KS_OK)
        exts.len = 0; /* the certificate is refused */
    struct taken_over taken = {out, ks_slice(exts.data, exts.len)};
    ks_ext_each(ks_slice(profile->others.data, profile->others.len), remark_other, &taken);
    ks_buf_free(&exts);
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
    const char *why = ks_spki_java_refusal(request->spki);
    uint8_t alg = KS_KEY_UNKNOWN;
    uint16_t bits;

    if (why) {
        ks_plan_remark(out, KS_REMARK_WARNING, "java-refuses", NULL,
                       "Java refuses the certificate, and every keystore that holds it: %s", why);
        out->remarks[out->remark_count - 1].confirm = true;
    }
    (void)ks_spki_skim(request->spki, &alg, &bits, NULL);
    ks_op_judge_wanted(out, NULL, wanted, (enum ks_key_alg)alg);
    if (type)
        ks_op_judge_key_type(out, NULL, type, wanted->not_after);
    remark_taken_over(wanted->profile, out);
}
