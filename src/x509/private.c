#include "x509/private.h"

#include "x509/der.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL computes the public half of a DSA or DH key by a modular exponentiation as wide as the
 * file says; 16,384 bits take half a second. Others are read in linear time. */
#define MAX_DECODED 65536
#define MAX_DISCRETE_LOG 8192

bool ks_private_parse(struct ks_slice in, struct ks_private *out)
{
    struct ks_tlv seq, alg, oid, octets, tlv;

    *out = (struct ks_private){0};
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq.body, KS_DER_INTEGER) ||
        !ks_der_expect(&seq.body, KS_DER_SEQUENCE, &alg) ||
        !ks_der_expect(&seq.body, KS_DER_OCTET_STRING, &octets))
        return false;
    struct ks_slice inside = alg.body;
    if (!ks_der_expect(&inside, KS_DER_OID, &oid))
        return false;
    *out = (struct ks_private){.oid = oid.body, .alg = alg.whole, .octets = octets.whole};
    out->key = octets.body;
    while (ks_der_next(&seq.body, &tlv))
        if (tlv.tag == KS_DER_CONTEXT(1) && tlv.body.len > 1)
            out->public_key = ks_slice_part(tlv.body, 1, tlv.body.len - 1);
    return true;
}

/* The fields up to the key itself as version 0: OpenSSL 3.0 fails on RFC 5958 keys, whose version
 * is 1 and which carry the public key. Wiped by the caller. */
static uint8_t *as_version_0(const struct ks_private *k, size_t *len)
{
    static const uint8_t version[] = {KS_DER_INTEGER, 1, 0};
    struct ks_buf header = KS_BUF_INIT;
    size_t body = sizeof version + k->alg.len + k->octets.len;

    ks_der_put_header(&header, KS_DER_SEQUENCE, body);
    *len = header.len + body;
    uint8_t *der = ks_alloc(*len), *at = der;
    memcpy(at, header.data, header.len);
    memcpy(at += header.len, version, sizeof version);
    memcpy(at += sizeof version, k->alg.data, k->alg.len);
    memcpy(at + k->alg.len, k->octets.data, k->octets.len);
    ks_buf_free(&header);
    return der;
}

#define OID(bytes) bytes, sizeof bytes - 1

static bool is_discrete_log(const struct ks_private *k)
{
    static const struct {
        const char *oid;
        size_t len;
    } oids[] = {
        {OID("\x2a\x86\x48\xce\x38\x04\x01")},         /* id-dsa */
        {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01")}, /* dhKeyAgreement */
        {OID("\x2a\x86\x48\xce\x3e\x02\x01")},         /* dhpublicnumber */
    };

    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++)
        if (ks_der_oid_is(k->oid, oids[i].oid, oids[i].len))
            return true;
    return false;
}

EVP_PKEY *ks_private_open(const struct ks_private *k)
{
    size_t len = 0;
    EVP_PKEY *key = NULL;

    if (k->alg.len + k->octets.len > (is_discrete_log(k) ? MAX_DISCRETE_LOG : MAX_DECODED))
        return NULL;
    uint8_t *der = as_version_0(k, &len);
    const unsigned char *at = der;
    PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);
    if (p8)
        key = EVP_PKCS82PKEY_ex(p8, ks_crypto(), NULL);
    PKCS8_PRIV_KEY_INFO_free(p8);
    ks_wipe(der, len);
    free(der);
    (void)ks_crypto_reason();
    return key;
}
