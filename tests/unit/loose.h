/*
 * Certificates, keys, requests and revocation lists made on the spot by OpenSSL, in DER and PEM,
 * for the tests of loose files. Everything is appended to buffers; a failure fails the test.
 */
#ifndef KSX_TEST_LOOSE_H
#define KSX_TEST_LOOSE_H

#include "base/bytes.h"
#include "base/secret.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

/* ---- keys ---- */

static inline EVP_PKEY *loose_ec_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static inline EVP_PKEY *loose_rsa_key(void)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    assert_non_null(key);
    return key;
}

static inline EVP_PKEY *loose_ed_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(key);
    return key;
}

/* ---- certificates ---- */

static inline void loose_set_name(X509_NAME *name, const char *cn)
{
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"Example", -1, -1, 0),
        1);
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0), 1);
}

/* Signed by `issuer_key` in the name of `issuer`; NULL: by itself. */
static inline X509 *loose_cert(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1000;
    X509 *x = X509_new();
    assert_non_null(x);
    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400 * 365));
    loose_set_name(X509_get_subject_name(x), cn);
    assert_int_equal(
        X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : X509_get_subject_name(x)),
        1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    EVP_PKEY *signer = issuer_key ? issuer_key : key;
    const EVP_MD *md = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
    assert_true(X509_sign(x, signer, md) > 0);
    return x;
}

static inline X509_REQ *loose_request(const char *cn, EVP_PKEY *key)
{
    X509_REQ *r = X509_REQ_new();
    assert_non_null(r);
    loose_set_name(X509_REQ_get_subject_name(r), cn);
    assert_int_equal(X509_REQ_set_pubkey(r, key), 1);
    assert_true(X509_REQ_sign(r, key, EVP_sha256()) > 0);
    return r;
}

static inline X509_CRL *loose_crl(X509 *issuer, EVP_PKEY *key)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *when = ASN1_TIME_new();
    assert_non_null(crl);
    assert_non_null(X509_gmtime_adj(when, 0));
    assert_int_equal(X509_CRL_set_version(crl, 1), 1);
    assert_int_equal(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(crl, when), 1);
    assert_int_equal(X509_CRL_set1_nextUpdate(crl, when), 1);
    X509_REVOKED *revoked = X509_REVOKED_new();
    assert_int_equal(X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(issuer)), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(revoked, when), 1);
    assert_int_equal(X509_CRL_add0_revoked(crl, revoked), 1);
    ASN1_TIME_free(when);
    assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    return crl;
}

/* ---- bytes ---- */

static inline void loose_drain(BIO *bio, struct ks_buf *out)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    ks_buf_append(out, data, (size_t)len);
    BIO_free(bio);
}

/* LOOSE(PEM_write_bio_X509, cert, &out): what an OpenSSL writer for a BIO writes, appended. */
#define LOOSE(writer, object, out)                                                                 \
    do {                                                                                           \
        BIO *loose_bio = BIO_new(BIO_s_mem());                                                     \
        assert_true(writer(loose_bio, object) > 0);                                                \
        loose_drain(loose_bio, out);                                                               \
    } while (0)

static inline void loose_put_cert(X509 *x, struct ks_buf *out)
{
    LOOSE(PEM_write_bio_X509, x, out);
}

/* PKCS#8, encrypted when there is a password. */
static inline void loose_put_key(EVP_PKEY *key, const char *password, struct ks_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, password ? EVP_aes_256_cbc() : NULL,
                                                   password, password ? (int)strlen(password) : 0,
                                                   NULL, NULL),
                     1);
    loose_drain(bio, out);
}

/* The structure of its own ("RSA PRIVATE KEY"), under RFC 1421 encryption when there is a cipher.
 */
static inline void loose_put_traditional(EVP_PKEY *key, const EVP_CIPHER *cipher,
                                         const char *password, struct ks_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(
        PEM_write_bio_PrivateKey_traditional(bio, key, cipher, (unsigned char *)(uintptr_t)password,
                                             password ? (int)strlen(password) : 0, NULL, NULL),
        1);
    loose_drain(bio, out);
}

/* SignedData without signers, as a CA sends a chain. */
static inline PKCS7 *loose_pkcs7(X509 *const *certs, size_t count)
{
    PKCS7 *p7 = PKCS7_new();
    assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(PKCS7_add_certificate(p7, certs[i]), 1);
    return p7;
}

static inline struct ks_slice loose_bytes(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* ---- a small PKI, made once for a test program ---- */

struct loose_pki {
    EVP_PKEY *root_key, *leaf_key, *other_key, *rsa_key;
    X509 *root, *leaf, *other; /* leaf is signed by root, other by itself */
};

static inline struct loose_pki *loose_pki_new(void)
{
    struct loose_pki *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->root_key = loose_ec_key();
    p->leaf_key = loose_ec_key();
    p->other_key = loose_ec_key();
    p->rsa_key = loose_rsa_key();
    p->root = loose_cert("Test Root", p->root_key, NULL, NULL);
    p->leaf = loose_cert("leaf.example", p->leaf_key, p->root, p->root_key);
    p->other = loose_cert("other.example", p->other_key, NULL, NULL);
    return p;
}

static inline void loose_pki_free(struct loose_pki *p)
{
    EVP_PKEY_free(p->root_key);
    EVP_PKEY_free(p->leaf_key);
    EVP_PKEY_free(p->other_key);
    EVP_PKEY_free(p->rsa_key);
    X509_free(p->root);
    X509_free(p->leaf);
    X509_free(p->other);
    free(p);
}

/* Group fixtures: *state is the PKI. */
static inline int loose_setup(void **state)
{
    *state = loose_pki_new();
    return 0;
}

static inline int loose_teardown(void **state)
{
    loose_pki_free(*state);
    return 0;
}

#endif
