/* OCSP: what a responder is asked, and whether its answer proves anything. RFC 6960. */
#include "net/revoking.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "chain/issuer.h"
#include "x509/der.h"
#include "x509/name.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

#define SIGNERS_MOST 8 /* certificates of an answer that are looked at */

/* ---- the certificate in question ---- */

/* SEQUENCE { sha-1, NULL }: the digest that every responder knows, RFC 5019 2.1.1. */
static const uint8_t sha1_algorithm[] = {0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                         0x03, 0x02, 0x1a, 0x05, 0x00};

/* CertID, RFC 6960 4.1.1. OpenSSL digests names with what the host has configured; here it is the
 * digest of base/crypto.h. */
static void put_cert_id(const struct ks_revoking *r, struct ks_buf *out)
{
    uint8_t name[KS_SHA1_LEN], key[KS_SHA1_LEN];
    struct ks_buf body = KS_BUF_INIT;

    ks_sha1(ks_cert_part(r->cert, r->cert->issuer), name);
    ks_spki_key_id(ks_cert_part(r->issuer, r->issuer->spki), key);
    ks_buf_append(&body, sha1_algorithm, sizeof sha1_algorithm);
    ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(name, sizeof name));
    ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(key, sizeof key));
    ks_der_put(&body, KS_DER_INTEGER, ks_cert_part(r->cert, r->cert->serial));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
}

static OCSP_CERTID *cert_id(const struct ks_revoking *r)
{
    struct ks_buf der = KS_BUF_INIT;

    put_cert_id(r, &der);
    const unsigned char *at = der.data;
    OCSP_CERTID *id = d2i_OCSP_CERTID(NULL, &at, (long)der.len);
    ks_buf_free(&der);
    return id;
}

/* ---- the request ---- */

static OCSP_REQUEST *request_about(const struct ks_revoking *r, const uint8_t *nonce)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = cert_id(r);
    uint8_t copy[KS_NONCE_BYTES]; /* OpenSSL wants one that it could write to */

    if (!request || !id || !OCSP_request_add0_id(request, id)) {
        OCSP_CERTID_free(id);
        OCSP_REQUEST_free(request);
        return NULL;
    }
    if (nonce)
        memcpy(copy, nonce, sizeof copy);
    if (nonce && !OCSP_request_add1_nonce(request, copy, (int)sizeof copy)) {
        OCSP_REQUEST_free(request);
        return NULL;
    }
    return request;
}

bool ks_ocsp_request(const struct ks_revoking *r, const uint8_t *nonce, struct ks_buf *out)
{
    OCSP_REQUEST *request = request_about(r, nonce);
    unsigned char *der = NULL;
    int len = request ? i2d_OCSP_REQUEST(request, &der) : 0;

    if (len > 0)
        ks_buf_append(out, der, (size_t)len);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return len > 0;
}

/* ---- the answer as a whole ---- */

/* OCSPResponseStatus, RFC 6960 4.2.1: nobody signs these. */
static const char *refusal(int status)
{
    switch (status) {
    case OCSP_RESPONSE_STATUS_MALFORMEDREQUEST:
        return "the responder calls the request malformed";
    case OCSP_RESPONSE_STATUS_INTERNALERROR:
        return "the responder has an internal error";
    case OCSP_RESPONSE_STATUS_TRYLATER:
        return "the responder says: try later";
    case OCSP_RESPONSE_STATUS_SIGREQUIRED:
        return "the responder answers signed requests only";
    case OCSP_RESPONSE_STATUS_UNAUTHORIZED:
        return "the responder does not answer for this certificate (unauthorized)";
    default:
        return "the responder refuses with a status that nobody knows";
    }
}

/* OCSPResponse { responseStatus, [0] { responseType, response } }: the bytes of the response, which
 * are what was signed. */
static bool basic_response(struct ks_slice answer, struct ks_slice *out, struct ks_status *status)
{
    static const uint8_t basic[] = {0x2b, 6, 1, 5, 5, 7, 48, 1, 1};
    struct ks_tlv outer, word, wrapped, bytes, type, octets;

    if (!ks_der_expect(&answer, KS_DER_SEQUENCE, &outer) ||
        !ks_der_expect(&outer.body, KS_DER_ENUMERATED, &word) || word.body.len != 1)
        return ks_revoking_fails(status, "what came is no OCSP answer");
    if (word.body.data[0] != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return ks_revoking_fails(status, "%s", refusal(word.body.data[0]));
    if (!ks_der_expect(&outer.body, KS_DER_CONTEXT_CONS(0), &wrapped) ||
        !ks_der_expect(&wrapped.body, KS_DER_SEQUENCE, &bytes) ||
        !ks_der_expect(&bytes.body, KS_DER_OID, &type) ||
        !ks_der_expect(&bytes.body, KS_DER_OCTET_STRING, &octets) ||
        !ks_der_oid_is(type.body, basic, sizeof basic))
        return ks_revoking_fails(status, "the OCSP answer is of an unknown type");
    *out = octets.body;
    return true;
}

/* ---- who signed it ---- */

static bool may_sign_ocsp(const struct ks_cert *c)
{
    static const uint8_t usage[] = {0x55, 0x1d, 0x25};
    static const uint8_t ocsp_signing[] = {0x2b, 6, 1, 5, 5, 7, 3, 9};
    struct ks_ext ext;
    struct ks_tlv list, oid;

    if (c->exts.len == 0 ||
        !ks_ext_find(ks_cert_part(c, c->exts), ks_slice(usage, sizeof usage), &ext) ||
        !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &list))
        return false;
    while (ks_der_expect(&list.body, KS_DER_OID, &oid))
        if (ks_der_oid_is(oid.body, ocsp_signing, sizeof ocsp_signing))
            return true;
    return false;
}

/* RFC 6960 4.2.2.2: issued by the very CA, with OCSPSigning; anyExtendedKeyUsage is not that. NULL:
 * it may answer. */
static const char *unauthorised(const struct ks_revoking *r, const struct ks_cert *signer)
{
    if (!ks_name_equal(ks_cert_part(signer, signer->issuer),
                       ks_cert_part(r->issuer, r->issuer->subject)) ||
        ks_cert_verify(signer, ks_cert_part(r->issuer, r->issuer->spki)) != KS_VERDICT_GOOD)
        return "is not of the CA that issued the certificate";
    if (ks_cert_digest(signer) == KS_DIGEST_MD5)
        return "is signed over MD5";
    if (!may_sign_ocsp(signer))
        return "may not sign OCSP answers (no OCSPSigning in its extended key usage)";
    if (signer->not_after == KS_TIME_NONE || signer->not_after < r->now)
        return "has expired";
    if (signer->not_before == KS_TIME_NONE || signer->not_before > r->now + KS_REVOKING_SKEW)
        return "is not valid yet";
    return NULL;
}

/* BasicOCSPResponse { tbsResponseData, signatureAlgorithm, ... }: the latter; empty without. */
static struct ks_slice signature_algorithm(struct ks_slice basic)
{
    struct ks_tlv outer, data, algorithm;

    if (!ks_der_expect(&basic, KS_DER_SEQUENCE, &outer) || !ks_der_next(&outer.body, &data) ||
        !ks_der_next(&outer.body, &algorithm))
        return ks_slice(NULL, 0);
    return algorithm.whole;
}

static const char *distrust(struct ks_slice basic, const struct ks_cert *signer)
{
    struct ks_slice algorithm = signature_algorithm(basic);

    if (algorithm.len == 0)
        return "is not signed";
    return ks_revoking_distrust(ks_signed_verify(basic, ks_cert_part(signer, signer->spki)),
                                algorithm);
}

/* The certificate of the answer whose key made the signature, if it is this one: false to go on. */
static bool judge_signer(const struct ks_revoking *r, struct ks_slice basic, X509 *x, bool *good,
                         struct ks_status *out)
{
    struct ks_cert signer;
    struct ks_buf name = KS_BUF_INIT;
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    bool it_is =
        len > 0 && ks_cert_skim(ks_slice(der, (size_t)len), &signer) && !distrust(basic, &signer);
    const char *why = it_is ? unauthorised(r, &signer) : NULL;

    if (why) {
        ks_name_label(ks_cert_part(&signer, signer.subject), &name);
        (void)ks_revoking_fails(out, "the answer is signed by '%.200s', which %s",
                                ks_buf_text(&name), why);
    }
    *good = it_is && !why;
    ks_buf_free(&name);
    OPENSSL_free(der);
    return it_is;
}

static bool is_signed(const struct ks_revoking *r, struct ks_slice basic,
                      const OCSP_BASICRESP *response, struct ks_status *out)
{
    const STACK_OF(X509) *certs = OCSP_resp_get0_certs(response);
    const char *why = distrust(basic, r->issuer);
    bool good = false;

    if (!why)
        return true;
    for (int i = 0; i < sk_X509_num(certs) && i < SIGNERS_MOST; i++)
        if (judge_signer(r, basic, sk_X509_value(certs, i), &good, out))
            return good;
    return ks_revoking_fails(out, "the answer %s", why);
}

/* ---- what it says ---- */

static int64_t time_of(const ASN1_GENERALIZEDTIME *time)
{
    int64_t at;
    struct ks_tlv tlv = {.tag = KS_DER_GENERALIZED_TIME};

    if (!time)
        return KS_TIME_NONE;
    tlv.body = ks_slice(ASN1_STRING_get0_data(time), (size_t)ASN1_STRING_length(time));
    return ks_der_time(&tlv, &at) ? at : KS_TIME_NONE;
}

/* A nonce that does not come back is usual: many responders sign their answers in advance. */
static bool is_for_us(const struct ks_revoking *r, OCSP_BASICRESP *response, const uint8_t *nonce,
                      struct ks_status *out)
{
    int first = OCSP_BASICRESP_get_ext_by_NID(response, NID_id_pkix_OCSP_Nonce, -1);

    if (first >= 0 && OCSP_BASICRESP_get_ext_by_NID(response, NID_id_pkix_OCSP_Nonce, first) >= 0)
        return ks_revoking_fails(out, "the answer has several nonces");
    if (!nonce || first < 0)
        return true;
    OCSP_REQUEST *request = request_about(r, nonce);
    bool ours = request && OCSP_check_nonce(request, response) > 0;
    OCSP_REQUEST_free(request);
    return ours || ks_revoking_fails(out, "the answer is to another request: its nonce is not "
                                          "ours");
}

/* RFC 6960 4.4: none of the extensions that a client need not know is critical. */
static bool is_unknown(X509_EXTENSION *ext)
{
    return X509_EXTENSION_get_critical(ext) &&
           OBJ_obj2nid(X509_EXTENSION_get_object(ext)) != NID_id_pkix_OCSP_Nonce;
}

static bool fails_by(X509_EXTENSION *ext, struct ks_status *out)
{
    char oid[100];

    (void)OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(ext), 1);
    return ks_revoking_fails(
        out, "the answer has an extension that is critical and not known here: %s", oid);
}

static bool is_known_as_a_whole(OCSP_BASICRESP *response, struct ks_status *out)
{
    for (int i = 0; i < OCSP_BASICRESP_get_ext_count(response); i++)
        if (is_unknown(OCSP_BASICRESP_get_ext(response, i)))
            return fails_by(OCSP_BASICRESP_get_ext(response, i), out);
    return true;
}

static bool is_known(OCSP_SINGLERESP *single, struct ks_status *out)
{
    for (int i = 0; i < OCSP_SINGLERESP_get_ext_count(single); i++)
        if (is_unknown(OCSP_SINGLERESP_get_ext(single, i)))
            return fails_by(OCSP_SINGLERESP_get_ext(single, i), out);
    return true;
}

static void take_word(int status, int reason, int64_t revoked_at, struct ks_status *out)
{
    free(out->why);
    out->why = NULL;
    if (status == V_OCSP_CERTSTATUS_GOOD) {
        out->word = KS_STATUS_GOOD;
    } else if (status == V_OCSP_CERTSTATUS_REVOKED) {
        out->word = KS_STATUS_REVOKED;
        out->revoked_at = revoked_at;
        out->reason = reason;
    } else {
        out->word = KS_STATUS_FOREIGN;
        out->why = ks_strdup("the responder does not know the certificate");
    }
}

static void judge_single(const struct ks_revoking *r, OCSP_SINGLERESP *single,
                         struct ks_status *out)
{
    ASN1_GENERALIZEDTIME *revoked_at = NULL, *produced = NULL, *until = NULL;
    int reason = -1;
    int status = OCSP_single_get0_status(single, &reason, &revoked_at, &produced, &until);

    if (until && time_of(until) == KS_TIME_NONE)
        (void)ks_revoking_fails(out, "a date of the answer cannot be read");
    else if (ks_revoking_is_current(r->now, time_of(produced), time_of(until), out) &&
             is_known(single, out))
        take_word(status, reason, time_of(revoked_at), out);
}

/* Who is revoked by one word of an answer is revoked; other words that differ prove nothing. */
static bool judge_all(const struct ks_revoking *r, OCSP_BASICRESP *response, OCSP_CERTID *id,
                      struct ks_status *out)
{
    enum ks_status_word first = KS_STATUS_UNKNOWN;
    bool any = false, same = true;

    for (int at = -1; (at = OCSP_resp_find(response, id, at)) >= 0; any = true) {
        judge_single(r, OCSP_resp_get0(response, at), out);
        if (out->word == KS_STATUS_REVOKED)
            return true;
        first = any ? first : out->word;
        same = same && out->word == first;
    }
    if (!any)
        return ks_revoking_fails(out, "the answer is about another certificate");
    if (!same)
        return ks_revoking_fails(out, "the answer contradicts itself about the certificate");
    return out->word != KS_STATUS_UNKNOWN;
}

static bool judge(const struct ks_revoking *r, OCSP_BASICRESP *response, OCSP_CERTID *id,
                  const uint8_t *nonce, struct ks_status *out)
{
    if (!is_known_as_a_whole(response, out) || !is_for_us(r, response, nonce, out) ||
        !judge_all(r, response, id, out))
        return false;
    if (out->word != KS_STATUS_FOREIGN && nonce &&
        OCSP_BASICRESP_get_ext_by_NID(response, NID_id_pkix_OCSP_Nonce, -1) < 0)
        ks_revoking_remark(out, "the answer has no nonce: it was signed in advance");
    return true;
}

bool ks_ocsp_judge(const struct ks_revoking *r, struct ks_slice answer, const uint8_t *nonce,
                   struct ks_status *out)
{
    struct ks_slice basic;
    OCSP_CERTID *id = NULL;
    bool done = false;

    if (!basic_response(answer, &basic, out))
        return false;
    const unsigned char *at = basic.data;
    OCSP_BASICRESP *response = d2i_OCSP_BASICRESP(NULL, &at, (long)basic.len);
    if (!response || at != basic.data + basic.len)
        (void)ks_revoking_fails(out, "the OCSP answer cannot be parsed");
    else if (is_signed(r, basic, response, out)) {
        id = cert_id(r);
        done = id ? judge(r, response, id, nonce, out)
                  : ks_revoking_fails(out, "the serial number is none that OpenSSL takes");
        if (done && out->word != KS_STATUS_FOREIGN)
            ks_revoking_remark_digest(signature_algorithm(basic), out);
    }
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(response);
    ERR_clear_error();
    return done;
}
