/*
 * OCSP answers and revocation lists made on the spot, right ones and wrong ones, as a CA (or
 * somebody else) would sign them. Times are relative to MAKE_NOW.
 */
#ifndef KSX_TEST_MAKE_STATUS_H
#define KSX_TEST_MAKE_STATUS_H

#include "make_cert.h"

#include <openssl/ocsp.h>

static inline X509 *make_x509(struct ks_slice der)
{
    const unsigned char *at = der.data;
    X509 *x = d2i_X509(NULL, &at, (long)der.len);
    assert_non_null(x);
    return x;
}

/* ---- OCSP ---- */

struct make_answer {
    const struct ks_cert *cert, *issuer; /* whom it is about */
    int refused;                         /* OCSPResponseStatus: nothing else is in the answer */
    int status, reason;      /* V_OCSP_CERTSTATUS_...; of a revoked one the reason, -1: none */
    int64_t revoked;         /* when, in seconds since 1970 */
    int64_t made, until;     /* seconds from MAKE_NOW; until 0: it does not say */
    struct ks_slice request; /* whose nonce is given back; data NULL: none is */
    bool other_nonce;        /* another one than the request's, first */
    bool odd, odd_single;    /* an extension is critical and unknown: of all, of the word */
    const struct make_answer *also; /* says something more: cert to until count */
    EVP_PKEY *key;                  /* that signs */
    const struct ks_cert *signer;   /* its certificate */
    bool with_signer;               /* sent with the answer */
    const char *digest;             /* "SHA256" */
};

static inline OCSP_CERTID *make_cert_id(const struct ks_cert *cert, const struct ks_cert *issuer)
{
    X509 *c = make_x509(ks_cert_der(cert)), *i = make_x509(ks_cert_der(issuer));
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), c, i);
    X509_free(c);
    X509_free(i);
    assert_non_null(id);
    return id;
}

static inline void make_single(OCSP_BASICRESP *response, const struct make_answer *m)
{
    OCSP_CERTID *id = make_cert_id(m->cert, m->issuer);
    ASN1_TIME *made = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(MAKE_NOW + m->made));
    ASN1_TIME *until =
        m->until ? ASN1_GENERALIZEDTIME_set(NULL, (time_t)(MAKE_NOW + m->until)) : NULL;
    ASN1_TIME *revoked = ASN1_GENERALIZEDTIME_set(NULL, (time_t)m->revoked);
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(response, id, m->status, m->reason, revoked, made, until);
    X509_EXTENSION *odd = X509V3_EXT_nconf_nid(NULL, NULL, NID_netscape_comment, "critical,odd");
    assert_true(single && odd);
    assert_true(!m->odd_single || OCSP_SINGLERESP_add_ext(single, odd, -1));
    assert_true(!m->odd || OCSP_BASICRESP_add_ext(response, odd, -1));
    X509_EXTENSION_free(odd);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(made);
    ASN1_TIME_free(until);
    ASN1_TIME_free(revoked);
}

static inline void make_nonce(OCSP_BASICRESP *response, const struct make_answer *m)
{
    const unsigned char *at = m->request.data;
    unsigned char other[32] = {1, 2, 3};
    if (m->other_nonce) {
        assert_true(OCSP_basic_add1_nonce(response, other, sizeof other));
    }
    if (at) {
        OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)m->request.len);
        assert_true(request && OCSP_copy_nonce(response, request) > 0);
        OCSP_REQUEST_free(request);
    }
}

/* The caller's: ks_buf_free(). */
static inline struct ks_buf make_answer(const struct make_answer *m)
{
    OCSP_BASICRESP *basic = m->refused ? NULL : OCSP_BASICRESP_new();
    unsigned char *der = NULL;
    struct ks_buf out = KS_BUF_INIT;
    if (basic) {
        X509 *signer = make_x509(ks_cert_der(m->signer));
        make_single(basic, m);
        if (m->also)
            make_single(basic, m->also);
        make_nonce(basic, m);
        assert_true(OCSP_basic_sign(basic, signer, m->key,
                                    EVP_get_digestbyname(m->digest ? m->digest : "SHA256"), NULL,
                                    m->with_signer ? 0 : OCSP_NOCERTS));
        X509_free(signer);
    }
    OCSP_RESPONSE *answer = OCSP_response_create(m->refused, basic);
    int len = i2d_OCSP_RESPONSE(answer, &der);
    assert_true(len > 0);
    ks_buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(answer);
    OCSP_BASICRESP_free(basic);
    return out;
}

/* ---- lists ---- */

struct make_list {
    const char *issuer; /* common name, and whose key signs unless `key` says other */
    EVP_PKEY *key;
    long revoked;        /* a serial number; 0: none */
    int reason;          /* -1: none */
    bool other_issuer;   /* the entry says that it is of another CA */
    bool odd_entry;      /* an extension of the entry is critical and unknown */
    size_t others;       /* further entries in front, with serial numbers from 1,000,000 on */
    int64_t made, until; /* as above */
    const char *point;   /* issuingDistributionPoint: "critical,fullname:URI:http://..." */
    bool delta, unknown;
    const char *digest;
};

static inline void make_entry_ext(X509_REVOKED *entry, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, NULL, nid, value);
    assert_true(ext && X509_REVOKED_add_ext(entry, ext, -1));
    X509_EXTENSION_free(ext);
}

static inline void make_revoked(X509_CRL *crl, long serial, const struct make_list *m, bool named)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *date = ASN1_TIME_set(NULL, (time_t)make_time("2026-02-03"));
    assert_true(ASN1_INTEGER_set(number, serial) && X509_REVOKED_set_serialNumber(entry, number) &&
                X509_REVOKED_set_revocationDate(entry, date));
    if (named && m->reason >= 0) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        assert_true(ASN1_ENUMERATED_set(reason, m->reason) &&
                    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0));
        ASN1_ENUMERATED_free(reason);
    }
    if (named && m->other_issuer)
        make_entry_ext(entry, NID_certificate_issuer, "critical,DER:3003860178"); /* URI "x" */
    if (named && m->odd_entry)
        make_entry_ext(entry, NID_netscape_comment, "critical,odd");
    assert_true(X509_CRL_add0_revoked(crl, entry));
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(date);
}

static inline void make_list_ext(X509_CRL *crl, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, crl, 0);
    X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    assert_true(ext && X509_CRL_add_ext(crl, ext, -1));
    X509_EXTENSION_free(ext);
}

static inline void make_list_dates(X509_CRL *crl, const struct make_list *m)
{
    ASN1_TIME *made = ASN1_TIME_set(NULL, (time_t)(MAKE_NOW + m->made));
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(MAKE_NOW + m->until));
    assert_true(X509_CRL_set1_lastUpdate(crl, made));
    assert_true(m->until == 0 || X509_CRL_set1_nextUpdate(crl, until));
    ASN1_TIME_free(made);
    ASN1_TIME_free(until);
}

static inline struct ks_blob *make_list(const struct make_list *m)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *issuer = X509_NAME_new();
    unsigned char *der = NULL;
    make_name(issuer, m->issuer, 0, 0, NULL);
    assert_true(X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
                X509_CRL_set_issuer_name(crl, issuer));
    make_list_dates(crl, m);
    for (size_t i = 0; i < m->others; i++)
        make_revoked(crl, 1000000 + (long)i, m, false);
    if (m->revoked)
        make_revoked(crl, m->revoked, m, true);
    if (m->point)
        make_list_ext(crl, NID_issuing_distribution_point, m->point);
    if (m->delta)
        make_list_ext(crl, NID_delta_crl, "critical,DER:020101");
    if (m->unknown)
        make_list_ext(crl, NID_netscape_comment, "critical,odd");
    assert_true(X509_CRL_sign(crl, m->key ? m->key : make_key(m->issuer),
                              EVP_get_digestbyname(m->digest ? m->digest : "SHA256")));
    int len = i2d_X509_CRL(crl, &der);
    assert_true(len > 0);
    struct ks_blob *blob = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    X509_NAME_free(issuer);
    X509_CRL_free(crl);
    return blob;
}

#endif
