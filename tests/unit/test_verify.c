/* Signatures of certificates: good, bad, and those that cannot be judged here. */
#include "x509/cert.h"
#include "x509/der.h"

#include "base/crypto.h"

#include "der_text.h"
#include "make_cert.h"

#include <openssl/rsa.h>

#define PARTS(c) ks_cert_part(&(c), (c).spki)

/* Signs with what the digest context was set up with; `pss_salt` < 0 means no PSS. */
static struct ks_blob *signed_cert(EVP_PKEY *key, const char *digest, int pss_salt, const char *mgf)
{
    X509 *cert = X509_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx;
    make_name(X509_get_subject_name(cert), "x", 0, 0, NULL);
    make_name(X509_get_issuer_name(cert), "x", 0, 0, NULL);
    make_dates(cert, &(struct make_cert){.cn = "x"});
    assert_true(X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, key));
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1));
    const EVP_MD *md = digest ? EVP_get_digestbyname(digest) : NULL;
    assert_true(EVP_DigestSignInit(ctx, &key_ctx, md, NULL, key) > 0);
    if (pss_salt >= 0)
        assert_true(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
                    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, pss_salt) > 0 &&
                    EVP_PKEY_CTX_set_rsa_mgf1_md(key_ctx, EVP_get_digestbyname(mgf)) > 0);
    assert_true(X509_sign_ctx(cert, ctx) > 0);
    struct ks_blob *der = make_der(cert);
    EVP_MD_CTX_free(ctx);
    X509_free(cert);
    return der;
}

static EVP_PKEY *dsa_key(void)
{
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    assert_true(EVP_PKEY_paramgen_init(ctx) > 0 &&
                EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) > 0 &&
                EVP_PKEY_paramgen(ctx, &params) > 0);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_keygen(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static EVP_PKEY *explicit_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("group", (char *)"P-384", 0),
                           OSSL_PARAM_construct_utf8_string("encoding", (char *)"explicit", 0),
                           OSSL_PARAM_construct_end()};
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_CTX_set_params(ctx, params) > 0 &&
                EVP_PKEY_generate(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

struct algorithm {
    EVP_PKEY *key;
    const char *digest;
    int pss_salt;
    const char *mgf;
    const char *name;
};

/* The signature's last octet, and one of the name: each alone spoils it. */
static void assert_spoiled(struct ks_blob *der, struct ks_slice spki)
{
    struct ks_cert c;
    const size_t places[] = {der->len - 1, 0};
    for (size_t i = 0; i < 2; i++) {
        uint8_t *bytes = ks_alloc(der->len);
        memcpy(bytes, der->data, der->len);
        assert_true(ks_cert_skim(ks_slice(bytes, der->len), &c));
        size_t at = places[i] ? places[i] : c.subject.off + c.subject.len - 1;
        bytes[at] ^= 1;
        assert_int_equal(ks_cert_verify(&c, spki), KS_VERDICT_BAD);
        free(bytes);
    }
}

static void signatures_of_every_algorithm_verify(void **state)
{
    (void)state;
    const struct algorithm algorithms[] = {
        {EVP_RSA_gen(1024), "SHA1", -1, NULL, "SHA1withRSA"},
        {EVP_RSA_gen(1024), "MD5", -1, NULL, "MD5withRSA"},
        {EVP_RSA_gen(1024), "SHA224", -1, NULL, "SHA224withRSA"},
        {EVP_RSA_gen(1024), "SHA256", -1, NULL, "SHA256withRSA"},
        {EVP_RSA_gen(1024), "SHA512", -1, NULL, "SHA512withRSA"},
        {EVP_RSA_gen(1024), "SHA3-256", -1, NULL, "SHA3-256withRSA"},
        {EVP_RSA_gen(1024), "SHA256", 32, "SHA256", "SHA256withRSAandMGF1"},
        {EVP_RSA_gen(1024), "SHA1", 20, "SHA1", "SHA1withRSAandMGF1"},
        {EVP_RSA_gen(1024), "SHA384", 0, "SHA1", "SHA384withRSAandMGF1 (MGF1 with SHA1)"},
        {EVP_RSA_gen(1024), "SHA512-256", 10, "SHA512-256", "SHA512/256withRSAandMGF1"},
        {EVP_EC_gen("P-256"), "SHA256", -1, NULL, "SHA256withECDSA"},
        {EVP_EC_gen("P-521"), "SHA512", -1, NULL, "SHA512withECDSA"},
        {EVP_EC_gen("brainpoolP256r1"), "SHA1", -1, NULL, "SHA1withECDSA"},
        {EVP_EC_gen("secp256k1"), "SHA3-384", -1, NULL, "SHA3-384withECDSA"},
        {explicit_key(), "SHA384", -1, NULL, "SHA384withECDSA"},
        {dsa_key(), "SHA256", -1, NULL, "SHA256withDSA"},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, -1, NULL, "Ed25519"},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL, -1, NULL, "Ed448"},
    };
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        const struct algorithm *a = &algorithms[i];
        struct ks_blob *der = signed_cert(a->key, a->digest, a->pss_salt, a->mgf);
        struct ks_cert c;
        struct ks_buf name = KS_BUF_INIT;
        assert_true(ks_cert_skim(ks_blob_slice(der), &c));
        ks_cert_signature_text(&c, &name);
        assert_string_equal(ks_buf_text(&name), a->name);
        if (ks_cert_verify(&c, PARTS(c)) != KS_VERDICT_GOOD)
            fail_msg("%s does not verify", a->name);
        assert_spoiled(der, PARTS(c));
        ks_buf_free(&name);
        ks_blob_unref(der);
        EVP_PKEY_free(a->key);
    }
}

static void another_key_does_not_verify(void **state)
{
    (void)state;
    static const char *const names[] = {"rsa1024", "p192", "ed25519", "somebody"};
    struct ks_blob *der[4];
    struct ks_cert certs[4];
    for (size_t i = 0; i < 4; i++) {
        der[i] = signed_cert(make_key(names[i]), strcmp(names[i], "ed25519") == 0 ? NULL : "SHA256",
                             -1, NULL);
        assert_true(ks_cert_skim(ks_blob_slice(der[i]), &certs[i]));
    }
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(ks_cert_verify(&certs[i], PARTS(certs[j])),
                             i == j ? KS_VERDICT_GOOD : KS_VERDICT_BAD);
    for (size_t i = 0; i < 4; i++)
        ks_blob_unref(der[i]);
}

/* ---- what cannot be judged ---- */

#define NAME "30{31{30{06=2.5.4.3 0c'x'}}}"
#define DATES "30{17'250101000000Z' 17'300101000000Z'}"
#define RSA "30{30{06=1.2.840.113549.1.1.1 05:} 03:003009020400ffffff020103}"
#define CERT(inner, outer)                                                                         \
    "30{30{a0{02:02} 02:05 30{" inner "}" NAME DATES NAME RSA "} 30{" outer                        \
    "} 03:001122334455667788}"
#define SHA256RSA "06=1.2.840.113549.1.1.11 05:"
#define PSS "06=1.2.840.113549.1.1.10 "

static void what_openssl_lacks_is_unknown_not_bad(void **state)
{
    (void)state;
    static const struct {
        const char *cert, *spki;
        enum ks_verdict want;
    } cases[] = {
        {CERT(SHA256RSA, SHA256RSA), RSA, KS_VERDICT_BAD},
        {CERT(SHA256RSA, SHA256RSA), "30{30{06=2.16.840.1.101.3.4.3.18} 03:00aa}",
         KS_VERDICT_UNKNOWN},
        {CERT(SHA256RSA, SHA256RSA), "30{30{06=1.2.3} 03:00aa}", KS_VERDICT_UNKNOWN},
        {CERT(SHA256RSA, SHA256RSA), "04:00", KS_VERDICT_UNKNOWN},
        {CERT(SHA256RSA, SHA256RSA), "30{30{06=1.2.840.113549.1.1.1 05:} 03:00ff}",
         KS_VERDICT_UNKNOWN},
        {CERT(SHA256RSA, SHA256RSA), "30{30{06=1.3.101.110} 03:00aa}", KS_VERDICT_BAD},
        {CERT("06=1.2.3", "06=1.2.3"), RSA, KS_VERDICT_UNKNOWN},
        {CERT("06=1.2.840.113549.1.1.2", "06=1.2.840.113549.1.1.2"), RSA,
         KS_VERDICT_UNKNOWN}, /* MD2 */
        {CERT(SHA256RSA, "06=1.2.840.113549.1.1.5 05:"), RSA,
         KS_VERDICT_BAD}, /* inner is another */
        {CERT(PSS "30{a3{02:02}}", PSS "30{a3{02:02}}"), RSA, KS_VERDICT_UNKNOWN},
        {CERT(PSS "30{a2{02:7fffffff}}", PSS "30{a2{02:7fffffff}}"), RSA, KS_VERDICT_UNKNOWN},
        {CERT(PSS "30{a0{30{06=1.2.3}}}", PSS "30{a0{30{06=1.2.3}}}"), RSA, KS_VERDICT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf der = der_text(cases[i].cert), spki = der_text(cases[i].spki);
        struct ks_cert c;
        assert_true(ks_cert_skim(der_slice(&der), &c));
        enum ks_verdict verdict = ks_cert_verify(&c, der_slice(&spki));
        if (verdict != cases[i].want)
            fail_msg("case %zu: %d", i, verdict);
        ks_buf_free(&der);
        ks_buf_free(&spki);
    }
}

static void a_key_beyond_all_measure_is_not_used(void **state)
{
    (void)state;
    struct ks_buf modulus = KS_BUF_INIT, numbers = KS_BUF_INIT, key = KS_BUF_INIT,
                  parts = KS_BUF_INIT, spki = KS_BUF_INIT,
                  alg = der_text("30{06=1.2.840.113549.1.1.1 05:}");
    struct ks_blob *der = signed_cert(make_key("rsa1024"), "SHA256", -1, NULL);
    struct ks_cert c;
    for (int i = 0; i < 16384 / 8 + 1; i++)
        ks_buf_byte(&modulus, 0x7f);
    ks_der_put(&numbers, KS_DER_INTEGER, der_slice(&modulus));
    ks_der_put(&numbers, KS_DER_INTEGER, der_slice(&modulus)); /* an exponent as long */
    ks_buf_byte(&key, 0);
    ks_der_put(&key, KS_DER_SEQUENCE, der_slice(&numbers));
    ks_buf_slice(&parts, der_slice(&alg));
    ks_der_put(&parts, KS_DER_BIT_STRING, der_slice(&key));
    ks_der_put(&spki, KS_DER_SEQUENCE, der_slice(&parts));
    assert_true(ks_cert_skim(ks_blob_slice(der), &c));
    assert_int_equal(ks_cert_verify(&c, der_slice(&spki)), KS_VERDICT_UNKNOWN);
    ks_buf_free(&modulus);
    ks_buf_free(&numbers);
    ks_buf_free(&key);
    ks_buf_free(&parts);
    ks_buf_free(&spki);
    ks_buf_free(&alg);
    ks_blob_unref(der);
}

/* Turns the outermost lengths of the signed part into indefinite ones: the signature was made over
 * the DER that they stand for. */
static void a_certificate_rewritten_in_ber_still_verifies(void **state)
{
    (void)state;
    struct ks_blob *der = signed_cert(make_key("somebody"), "SHA256", -1, NULL);
    struct ks_slice in = ks_blob_slice(der);
    struct ks_tlv cert, tbs;
    struct ks_buf ber = KS_BUF_INIT;
    struct ks_cert c;
    assert_true(ks_der_next(&in, &cert) && ks_der_next(&cert.body, &tbs));
    ks_buf_append(&ber, "\x30\x80\x30\x80", 4);
    ks_buf_slice(&ber, tbs.body);
    ks_buf_append(&ber, "\0\0", 2);
    ks_buf_slice(&ber, cert.body);
    ks_buf_append(&ber, "\0\0", 2);
    assert_true(ks_cert_skim(der_slice(&ber), &c));
    assert_int_equal(ks_cert_verify(&c, PARTS(c)), KS_VERDICT_GOOD);
    ks_buf_free(&ber);
    ks_blob_unref(der);
}

static void no_error_is_left_behind_in_openssl(void **state)
{
    (void)state;
    struct ks_blob *der = signed_cert(make_key("somebody"), "SHA256", -1, NULL);
    struct ks_cert c;
    assert_true(ks_cert_skim(ks_blob_slice(der), &c));
    struct ks_buf bad = der_text("30{30{06=1.2.840.10045.2.1 06=1.2.840.10045.3.1.7} 03:00040102}");
    assert_int_equal(ks_cert_verify(&c, der_slice(&bad)), KS_VERDICT_UNKNOWN);
    assert_string_equal(ks_crypto_reason(), "no reason given");
    ks_buf_free(&bad);
    ks_blob_unref(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_of_every_algorithm_verify),
        cmocka_unit_test(another_key_does_not_verify),
        cmocka_unit_test(what_openssl_lacks_is_unknown_not_bad),
        cmocka_unit_test(a_key_beyond_all_measure_is_not_used),
        cmocka_unit_test(a_certificate_rewritten_in_ber_still_verifies),
        cmocka_unit_test(no_error_is_left_behind_in_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
