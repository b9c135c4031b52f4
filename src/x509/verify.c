/* Signatures: the one place of x509 that builds OpenSSL objects. */
#include "x509/cert.h"

#include "x509/der.h"
#include "x509/oid.h"
#include "x509/parts.h"
#include "x509/private.h"

#include "base/crypto.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

/* What one check may cost: larger keys are left alone, whoever made them. */
enum { MAX_RSA_BITS = 16384, MAX_DSA_BITS = 10000, MAX_EC_BITS = 661, MAX_EXPONENT = 8 };

/* ---- keys ---- */

/*
 * d2i_PUBKEY takes 200 us and more because it asks every decoder of every provider. RSA and named
 * curves, nearly all there is, are built from their numbers in a few microseconds instead.
 */
static EVP_PKEY *key_from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(ks_crypto(), type, NULL);
    if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* OSSL_PARAM wants unsigned integers in the order of the host. */
static size_t to_native(struct ks_slice integer, uint8_t *out, size_t cap)
{
    while (integer.len > 0 && integer.data[0] == 0)
        integer = ks_slice(integer.data + 1, integer.len - 1);
    if (integer.len == 0 || integer.len > cap)
        return 0;
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    for (size_t i = 0; i < integer.len; i++)
        out[little ? integer.len - 1 - i : i] = integer.data[i];
    return integer.len;
}

static EVP_PKEY *rsa_key(const struct ks_spki *spki)
{
    struct ks_slice in = spki->key;
    struct ks_tlv sequence, n, e;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &sequence) ||
        !ks_der_expect(&sequence.body, KS_DER_INTEGER, &n) ||
        !ks_der_expect(&sequence.body, KS_DER_INTEGER, &e))
        return NULL;
    uint8_t modulus[MAX_RSA_BITS / 8], exponent[MAX_EXPONENT];
    size_t n_len = to_native(n.body, modulus, sizeof modulus);
    size_t e_len = to_native(e.body, exponent, sizeof exponent);
    if (n_len == 0 || e_len == 0)
        return NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, n_len),
                           OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent, e_len),
                           OSSL_PARAM_construct_end()};
    return key_from_params("RSA", params);
}

static EVP_PKEY *decoded_key(struct ks_slice spki)
{
    if (spki.len > LONG_MAX)
        return NULL;
    const uint8_t *at = spki.data;
    return d2i_PUBKEY_ex(NULL, &at, (long)spki.len, ks_crypto(), NULL);
}

static EVP_PKEY *ec_key(const struct ks_spki *spki, struct ks_slice whole)
{
    struct ks_slice params = spki->params;
    struct ks_tlv oid;
    if (!ks_der_expect(&params, KS_DER_OID, &oid))
        return decoded_key(whole);
    struct ks_buf dotted = KS_BUF_INIT;
    ks_oid_dotted(oid.body, &dotted);
    const char *curve = OBJ_nid2sn(OBJ_txt2nid(ks_buf_text(&dotted)));
    ks_buf_free(&dotted);
    OSSL_PARAM values[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)spki->key.data,
                                          spki->key.len),
        OSSL_PARAM_construct_end()};
    return key_from_params("EC", values);
}

static EVP_PKEY *raw_key(const char *type, const struct ks_spki *spki)
{
    return EVP_PKEY_new_raw_public_key_ex(ks_crypto(), type, NULL, spki->key.data, spki->key.len);
}

static EVP_PKEY *make_key(struct ks_slice whole, const struct ks_spki *spki, enum ks_key_alg alg,
                          unsigned bits)
{
    switch (alg) {
    case KS_KEY_RSA:
        return bits <= MAX_RSA_BITS ? rsa_key(spki) : NULL;
    case KS_KEY_RSA_PSS:
        return bits <= MAX_RSA_BITS ? decoded_key(whole) : NULL;
    case KS_KEY_EC:
        return bits <= MAX_EC_BITS ? ec_key(spki, whole) : NULL;
    case KS_KEY_DSA:
        return bits <= MAX_DSA_BITS ? decoded_key(whole) : NULL;
    case KS_KEY_ED25519:
        return raw_key("ED25519", spki);
    case KS_KEY_ED448:
        return raw_key("ED448", spki);
    default:
        return NULL;
    }
}

/* ---- algorithms ---- */

struct scheme {
    const char *name;   /* as ks_sig_alg_text() writes it */
    const char *digest; /* OpenSSL's name, NULL: part of the algorithm */
    enum ks_key_alg key;
};

static const struct scheme schemes[] = {
    {"SHA256withRSA", "SHA256", KS_KEY_RSA},
    {"SHA384withRSA", "SHA384", KS_KEY_RSA},
    {"SHA512withRSA", "SHA512", KS_KEY_RSA},
    {"SHA1withRSA", "SHA1", KS_KEY_RSA},
    {"SHA224withRSA", "SHA224", KS_KEY_RSA},
    {"SHA512/224withRSA", "SHA512-224", KS_KEY_RSA},
    {"SHA512/256withRSA", "SHA512-256", KS_KEY_RSA},
    {"MD5withRSA", "MD5", KS_KEY_RSA},
    {"MD4withRSA", "MD4", KS_KEY_RSA},
    {"RIPEMD160withRSA", "RIPEMD160", KS_KEY_RSA},
    {"SHA3-224withRSA", "SHA3-224", KS_KEY_RSA},
    {"SHA3-256withRSA", "SHA3-256", KS_KEY_RSA},
    {"SHA3-384withRSA", "SHA3-384", KS_KEY_RSA},
    {"SHA3-512withRSA", "SHA3-512", KS_KEY_RSA},
    {"SHA256withECDSA", "SHA256", KS_KEY_EC},
    {"SHA384withECDSA", "SHA384", KS_KEY_EC},
    {"SHA512withECDSA", "SHA512", KS_KEY_EC},
    {"SHA224withECDSA", "SHA224", KS_KEY_EC},
    {"SHA1withECDSA", "SHA1", KS_KEY_EC},
    {"SHA3-224withECDSA", "SHA3-224", KS_KEY_EC},
    {"SHA3-256withECDSA", "SHA3-256", KS_KEY_EC},
    {"SHA3-384withECDSA", "SHA3-384", KS_KEY_EC},
    {"SHA3-512withECDSA", "SHA3-512", KS_KEY_EC},
    {"SHA1withDSA", "SHA1", KS_KEY_DSA},
    {"SHA224withDSA", "SHA224", KS_KEY_DSA},
    {"SHA256withDSA", "SHA256", KS_KEY_DSA},
    {"SHA384withDSA", "SHA384", KS_KEY_DSA},
    {"SHA512withDSA", "SHA512", KS_KEY_DSA},
    {"Ed25519", NULL, KS_KEY_ED25519},
    {"Ed448", NULL, KS_KEY_ED448},
};

static const char rsa_pss[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";

static const struct scheme *find_scheme(struct ks_slice sig_alg)
{
    struct ks_buf name = KS_BUF_INIT;
    const struct scheme *found = NULL;
    ks_sig_alg_text(sig_alg, &name);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && !found; i++) {
        if (strcmp(schemes[i].name, ks_buf_text(&name)) == 0)
            found = &schemes[i];
    }
    ks_buf_free(&name);
    return found;
}

/* "SHA-512/256" of the OID table is "SHA512-256" here, one spelling for one fetched digest. */
static const EVP_MD *digest_of(struct ks_slice oid)
{
    const char *name = oid.len > 0 ? ks_oid_name(oid) : "SHA-1";
    char spelled[32];
    size_t len = 0;
    bool sha = name && strncmp(name, "SHA-", 4) == 0;
    for (size_t i = 0; name && name[i] && len + 1 < sizeof spelled; i++) {
        if (!sha || i != 3)
            spelled[len++] = name[i] == '/' ? '-' : name[i];
    }
    spelled[len] = '\0';
    return len > 0 ? ks_crypto_md(spelled) : NULL;
}

/* ---- one check ---- */

struct check {
    struct ks_slice tbs;     /* what was signed, whole TLV */
    struct ks_slice sig_alg; /* AlgorithmIdentifier, whole TLV */
    struct ks_slice params;  /* its parameters */
    struct ks_slice signature;
    bool pss;
};

static bool open_signed(struct ks_slice in, struct check *out)
{
    struct ks_tlv outer, tbs, alg, oid, signature;
    if (!ks_ber_next(&in, &outer) || outer.tag != KS_DER_SEQUENCE ||
        !ks_ber_next(&outer.body, &tbs) || tbs.tag != KS_DER_SEQUENCE ||
        !ks_ber_next(&outer.body, &alg) || alg.tag != KS_DER_SEQUENCE ||
        !ks_der_expect(&alg.body, KS_DER_OID, &oid) ||
        !ks_der_expect(&outer.body, KS_DER_BIT_STRING, &signature) || signature.body.len < 1)
        return false;
    out->tbs = tbs.whole;
    out->sig_alg = alg.whole;
    out->params = alg.body;
    out->signature = ks_slice(signature.body.data + 1, signature.body.len - 1);
    out->pss = ks_der_oid_is(oid.body, rsa_pss, sizeof rsa_pss - 1);
    return true;
}

static bool set_pss(EVP_PKEY_CTX *ctx, const struct ks_pss *pss)
{
    const EVP_MD *mgf = digest_of(pss->mgf_hash);
    return mgf && pss->salt_len <= MAX_RSA_BITS / 8 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)pss->salt_len) > 0;
}

/* Starting fails where OpenSSL lacks something; only what fails after that is a bad signature. */
static enum ks_verdict run(const struct check *check, struct ks_slice tbs, EVP_PKEY *key,
                           const EVP_MD *md, const struct ks_pss *pss)
{
    enum ks_verdict verdict = KS_VERDICT_UNKNOWN;
    EVP_PKEY_CTX *key_ctx = NULL; /* belongs to ctx */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx && EVP_DigestVerifyInit(ctx, &key_ctx, md, NULL, key) > 0 &&
        (!pss || set_pss(key_ctx, pss))) {
        int good =
            EVP_DigestVerify(ctx, check->signature.data, check->signature.len, tbs.data, tbs.len);
        verdict = good == 1 ? KS_VERDICT_GOOD : KS_VERDICT_BAD;
    }
    EVP_MD_CTX_free(ctx);
    return verdict;
}

/* A signature is made over DER. Where the bytes are not that, the signer may have meant the DER
 * that they stand for. */
static enum ks_verdict run_der(const struct check *check, EVP_PKEY *key, const EVP_MD *md,
                               const struct ks_pss *pss)
{
    enum ks_verdict verdict = run(check, check->tbs, key, md, pss);
    if (verdict != KS_VERDICT_BAD || ks_ber_is_der(check->tbs))
        return verdict;
    struct ks_buf der = KS_BUF_INIT;
    if (ks_ber_to_der(check->tbs, &der))
        verdict = run(check, ks_slice(der.data, der.len), key, md, pss);
    ks_buf_free(&der);
    return verdict;
}

static enum ks_verdict verify(const struct check *check, struct ks_slice spki)
{
    struct ks_spki parts;
    struct ks_pss pss;
    uint8_t alg;
    uint16_t bits;
    const struct scheme *scheme = check->pss ? NULL : find_scheme(check->sig_alg);
    if ((!scheme && !check->pss) || !ks_spki_open(spki, &parts) ||
        !ks_spki_skim(spki, &alg, &bits, NULL) ||
        (check->pss && !ks_pss_params(check->params, &pss)))
        return KS_VERDICT_UNKNOWN;
    bool fits = scheme ? alg == scheme->key : alg == KS_KEY_RSA || alg == KS_KEY_RSA_PSS;
    if (!fits) /* a key of another kind has not made this signature */
        return alg == KS_KEY_UNKNOWN || alg == KS_KEY_OTHER ? KS_VERDICT_UNKNOWN : KS_VERDICT_BAD;
    const EVP_MD *md = NULL;
    if (check->pss)
        md = digest_of(pss.hash);
    else if (scheme->digest)
        md = ks_crypto_md(scheme->digest);
    if (!md && (check->pss || scheme->digest))
        return KS_VERDICT_UNKNOWN;
    EVP_PKEY *key = make_key(spki, &parts, alg, bits);
    enum ks_verdict verdict =
        key ? run_der(check, key, md, check->pss ? &pss : NULL) : KS_VERDICT_UNKNOWN;
    EVP_PKEY_free(key);
    return verdict;
}

enum ks_verdict ks_signed_verify(struct ks_slice der, struct ks_slice spki)
{
    struct check check;
    if (!open_signed(der, &check))
        return KS_VERDICT_UNKNOWN;
    enum ks_verdict verdict = verify(&check, spki);
    ERR_clear_error();
    return verdict;
}

/* The algorithm inside of the signed part, which must say the same as the one outside. */
static bool inner_algorithm(struct ks_slice tbs, struct ks_slice *out)
{
    struct ks_tlv sequence, serial, alg, version;
    if (!ks_ber_next(&tbs, &sequence))
        return false;
    if (ks_der_peek(sequence.body) == KS_DER_CONTEXT_CONS(0) &&
        !ks_ber_next(&sequence.body, &version))
        return false;
    if (!ks_der_expect(&sequence.body, KS_DER_INTEGER, &serial) ||
        !ks_ber_next(&sequence.body, &alg))
        return false;
    *out = alg.whole;
    return true;
}

enum ks_verdict ks_cert_verify(const struct ks_cert *c, struct ks_slice spki)
{
    struct check check;
    struct ks_slice inner;
    if (c->flags & KS_CERT_BROKEN || !open_signed(ks_cert_der(c), &check) ||
        !inner_algorithm(check.tbs, &inner))
        return KS_VERDICT_UNKNOWN;
    if (!ks_slice_equal(inner, check.sig_alg))
        return KS_VERDICT_BAD;
    return ks_signed_verify(ks_cert_der(c), spki);
}

X509 *ks_cert_open(const struct ks_cert *cert)
{
    const unsigned char *at = cert->der;
    X509 *x = X509_new_ex(ks_crypto(), NULL);
    if (!x || !d2i_X509(&x, &at, (long)cert->len)) /* frees it on failure */
        return NULL;
    return x;
}

bool ks_cert_openssl_refuses(const struct ks_cert *cert)
{
    X509 *x = ks_cert_open(cert);
    bool refuses = !x || X509_get_extension_flags(x) & EXFLAG_INVALID;
    X509_free(x);
    ERR_clear_error();
    return refuses;
}
