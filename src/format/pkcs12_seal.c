/*
 * Key material under a password, as PKCS#12 keeps it: private keys and secrets alike are an
 * EncryptedPrivateKeyInfo. A secret key has the shape of a PrivateKeyInfo with the raw bytes as its
 * key; a passphrase is one of "algorithm" pbeWithMD5AndDES-CBC (sun.security.pkcs12.PKCS12KeyStore,
 * com.sun.crypto.provider: keytool -importpass).
 */
#include "format/pkcs12_write.h"

#include "format/pbe_scheme.h"
#include "x509/der.h"

#include <stdlib.h>
#include <string.h>

const char *ks_p12_refuses(const struct ks_entry *e)
{
    bool own = e->home == &ks_format_pkcs12 && e->piece_count; /* as a PKCS#12 file had it */

    switch ((enum ks_kind)e->kind) {
    case KS_KIND_REQUEST:
        return "PKCS12 holds no certificate requests";
    case KS_KIND_PUBLIC:
        return "PKCS12 holds no public keys without a certificate";
    case KS_KIND_OPAQUE:
        return own ? NULL : "PKCS12 has no place for an item that is not understood";
    case KS_KIND_LOCKED:
        return own ? NULL : "PKCS12 has no place for contents that were not opened";
    default:
        break;
    }
    for (uint32_t i = 0; !own && i < e->chain_len; i++)
        if (e->chain[i].flags & KS_CERT_BROKEN)
            return "Java refuses a PKCS12 store with a certificate that is no X.509 certificate";
    if (strlen(e->alias) > KS_ALIAS_SHOWN)
        return "its name is longer than 64 KiB, which nothing reads from a PKCS12";
    return NULL;
}

/* ---- what to seal with ---- */

/* As the file's keys are: the first that ksx can write again. */
static struct ks_slice usual_alg(const struct ks_version *v, bool secrets)
{
    struct ks_slice alg, ciphertext;

    for (size_t i = 0; i < v->count; i++) {
        const struct ks_entry *e = v->entries[i];
        bool fits = secrets ? e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD
                            : e->kind == KS_KIND_KEY;
        if (fits && e->home == &ks_format_pkcs12 && e->key_format &&
            strcmp(e->key_format, "EncryptedPrivateKeyInfo") == 0 &&
            ks_pbe_epki_parts(e->key, &alg, &ciphertext) && ks_pbe_can_encrypt(alg))
            return alg;
    }
    return ks_slice(NULL, 0);
}

static enum ks_code choose_alg(const struct ks_store *into, const struct ks_version *version,
                               bool secret, struct ks_buf *alg, struct ks_error *err)
{
    const struct ks_version *first = ks_p12_first(into);
    struct ks_slice like;

    if (version->protection == KS_PROTECT_LEGACY)
        return ks_pbe_make(KS_PBE_LEGACY, alg, err);
    if (version->protection == KS_PROTECT_MODERN || into->file->len == 0)
        return ks_pbe_make(KS_PBE_MODERN, alg, err);
    like = usual_alg(first, secret);
    if (!like.data)
        like = usual_alg(first, !secret);
    return like.data ? ks_pbe_renew(like, alg, err) : ks_pbe_make(KS_PBE_MODERN, alg, err);
}

/* Only PKCS#12's own derivation knows two empty passwords: the file's is used. */
static enum ks_code find_empty(const struct ks_store *into, const struct ks_secret *password,
                               struct ks_slice alg, struct ks_job *job,
                               enum ks_empty_password *empty, struct ks_error *err)
{
    const struct ks_secret *first = ks_p12_first(into)->password;
    struct ks_store stand_in = {.file = into->file};
    struct p12_file f = {.store = &stand_in, .password = password, .job = job};
    struct ks_pbe_scheme scheme;
    enum ks_code rc = KS_OK;

    *empty = KS_EMPTY_BMP;
    if (!ks_secret_is_empty(password) || !first || !ks_secret_is_empty(first) ||
        into->file->len == 0 || !ks_pbe_scheme_parse(alg, &scheme) ||
        scheme.family != KS_PBE_PKCS12)
        return KS_OK;
    (void)ks_p12_blob(&f, ks_blob_ref(into->file));
    rc = ks_p12_outside(&f, err);
    if (rc == KS_OK)
        rc = ks_p12_find_empty(&f, err);
    *empty = f.empty;
    ks_p12_release(&f);
    return rc;
}

/* ---- secrets ---- */

/* SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING } */
static void put_secret(struct ks_slice oid, bool null, struct ks_slice bytes, struct ks_buf *out)
{
    struct ks_buf alg = KS_BUF_INIT, body = {.secret = true};

    ks_der_put(&alg, KS_DER_OID, oid);
    if (null)
        ks_der_put(&alg, KS_DER_NULL, ks_slice(NULL, 0));
    ks_buf_append(&body, "\x02\x01\x00", 3);
    ks_der_put(&body, KS_DER_SEQUENCE, ks_slice(alg.data, alg.len));
    ks_der_put(&body, KS_DER_OCTET_STRING, bytes);
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&alg);
    ks_buf_wipe_free(&body);
}

static enum ks_code clear_form(const struct ks_material *m, struct ks_buf *out,
                               struct ks_error *err)
{
    struct ks_buf oid = KS_BUF_INIT;
    bool null = false;

    if (m->type == KS_MATERIAL_PRIVATE) {
        ks_buf_slice(out, ks_secret_bytes(m->bytes));
        return KS_OK;
    }
    if (!ks_p12_secret_oid(m, &oid, &null)) {
        ks_buf_free(&oid);
        ks_fail(err, KS_ERR_REFUSED, "type-loss",
                "PKCS12 holds no %s keys: Java knows no identifier for the algorithm",
                m->algorithm);
        return ks_fail_next(err, KS_ERR_REFUSED, "keep it in a keystore of type JCEKS");
    }
    put_secret(ks_slice(oid.data, oid.len), null, ks_secret_bytes(m->bytes), out);
    ks_buf_free(&oid);
    return KS_OK;
}

/* ---- both ---- */

static enum ks_code seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *m, const struct ks_secret *password,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf clear = {.secret = true}, alg = KS_BUF_INIT;
    enum ks_empty_password empty = KS_EMPTY_BMP;
    bool secret = m->type != KS_MATERIAL_PRIVATE;
    enum ks_code rc = clear_form(m, &clear, err);

    if (rc == KS_OK)
        rc = choose_alg(into, version, secret, &alg, err);
    if (rc == KS_OK)
        rc = find_empty(into, password, ks_slice(alg.data, alg.len), job, &empty, err);
    if (rc == KS_OK)
        rc = ks_pbe_encrypt_epki(ks_slice(alg.data, alg.len), ks_slice(clear.data, clear.len),
                                 password, empty, job, out, err);
    ks_buf_wipe_free(&clear);
    ks_buf_free(&alg);
    return rc;
}

enum ks_code ks_p12_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    struct ks_buf epki = KS_BUF_INIT;
    struct ks_job *own = job ? NULL : ks_job_new();
    enum ks_code rc = seal(into, version, material, password, job ? job : own, &epki, err);

    ks_job_free(own);
    if (rc != KS_OK) {
        ks_buf_free(&epki);
        return rc;
    }
    size_t len = epki.len;
    *out = (struct ks_sealed){
        .kind = material->type == KS_MATERIAL_PRIVATE ? KS_KIND_KEY : KS_KIND_SECRET,
        .key_format = "EncryptedPrivateKeyInfo",
        .key = ks_blob_take((uint8_t *)ks_buf_steal(&epki), len, false),
    };
    return KS_OK;
}
