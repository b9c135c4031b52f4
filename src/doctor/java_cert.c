/* What the JDK 17 asks of one certificate: java.security.cert, sun.security.x509. */
#include "doctor/java_rules.h"

#include "chain/issuer.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <limits.h>
#include <string.h>

/* ---- extensions ---- */

bool ks_java_self_issued(const struct ks_cert *c)
{
    return c->flags & KS_CERT_SELF_ISSUED ||
           ks_name_equal_java(ks_cert_part(c, c->issuer), ks_cert_part(c, c->subject));
}

int ks_java_basic_constraints(const struct ks_cert *c)
{
    if (!(c->flags & KS_CERT_CA))
        return -1;
    int limit = ks_issuer_path_len(c);
    return limit < 0 ? INT_MAX : limit;
}

bool ks_java_may_sign(const struct ks_cert *c)
{
    return ks_issuer_may_sign(c);
}

static bool find(const struct ks_cert *c, uint8_t id, struct ks_ext *out)
{
    const uint8_t oid[] = {0x55, 0x1d, id};
    return c->exts.len && ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid, sizeof oid), out);
}

/* What the checkers of PKIXMasterCertPathValidator take off the list: KeyChecker,
 * ConstraintsChecker, PolicyChecker. By the last octet under 2.5.29. */
static bool note_unknown(void *ctx, const struct ks_ext *ext)
{
    static const uint8_t known[] = {15, 17, 19, 30, 32, 33, 36, 37, 54};
    bool *unknown = ctx;
    if (ext->critical &&
        !(ext->oid.len == 3 && ext->oid.data[0] == 0x55 && ext->oid.data[1] == 0x1d &&
          memchr(known, ext->oid.data[2], sizeof known)))
        *unknown = true;
    return !*unknown;
}

bool ks_java_unknown_critical(const struct ks_cert *c)
{
    bool unknown = false;
    if (c->exts.len)
        ks_ext_each(ks_cert_part(c, c->exts), note_unknown, &unknown);
    return unknown;
}

/* What cannot be read counts as well. */
bool ks_java_asks_for_policy(const struct ks_cert *c)
{
    enum { POLICY_MAPPINGS = 33, POLICY_CONSTRAINTS = 36 };
    struct ks_ext ext;
    struct ks_tlv body;
    if (find(c, POLICY_MAPPINGS, &ext))
        return true;
    if (!find(c, POLICY_CONSTRAINTS, &ext))
        return false;
    return !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &body) ||
           ks_der_skip(&body.body, KS_DER_CONTEXT(0));
}

/* authorityCertSerialNumber [2] of the authority key identifier. */
static bool wanted_serial(const struct ks_cert *child, struct ks_slice *out)
{
    struct ks_ext ext;
    struct ks_tlv sequence, part;
    if (!find(child, 35, &ext) || !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &sequence))
        return false;
    while (ks_der_next(&sequence.body, &part))
        if (part.tag == KS_DER_CONTEXT(2)) {
            *out = part.body;
            return true;
        }
    return false;
}

static struct ks_slice without_zeros(struct ks_slice s)
{
    while (s.len > 1 && s.data[0] == 0)
        s = ks_slice(s.data + 1, s.len - 1);
    return s;
}

/* The serial number counts for version 3 alone: a root may have been made anew. */
bool ks_java_key_id_fits(const struct ks_cert *issuer, const struct ks_cert *child)
{
    struct ks_slice serial;
    if (child->aki.len && issuer->ski.len &&
        !ks_slice_equal(ks_cert_part(child, child->aki), ks_cert_part(issuer, issuer->ski)))
        return false;
    return issuer->version < 3 || !wanted_serial(child, &serial) ||
           ks_slice_equal(without_zeros(serial),
                          without_zeros(ks_cert_part(issuer, issuer->serial)));
}

/* Arrays.hashCode(byte[]) */
uint32_t ks_java_hash(const struct ks_cert *c)
{
    uint32_t h = 1;
    for (size_t i = 0; i < c->len; i++)
        h = 31u * h + (uint32_t)(c->der[i] < 0x80 ? c->der[i] : c->der[i] - 0x100);
    return h;
}

/* ---- the end of the chain ---- */

static bool fault(struct ks_java_fault *out, const char *id, const char *said)
{
    out->id = id;
    ks_buf_str(&out->said, said);
    return false;
}

/* Beside serverAuth and any: the Server Gated Cryptography of Microsoft and Netscape, whose OIDs
 * EndEntityChecker still takes. */

static bool has_purpose(struct ks_slice value, bool client)
{
    static const char server[] = "\x2b\x06\x01\x05\x05\x07\x03\x01";
    static const char of_client[] = "\x2b\x06\x01\x05\x05\x07\x03\x02";
    static const char any[] = "\x55\x1d\x25\x00";
    static const char microsoft[] = "\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x03";
    static const char netscape[] = "\x60\x86\x48\x01\x86\xf8\x42\x04\x01";
    struct ks_tlv list, oid;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &list))
        return false;
    while (ks_der_expect(&list.body, KS_DER_OID, &oid)) {
        struct ks_slice o = oid.body;
        if (ks_der_oid_is(o, any, sizeof any - 1) ||
            (client ? ks_der_oid_is(o, of_client, sizeof of_client - 1)
                    : ks_der_oid_is(o, server, sizeof server - 1) ||
                          ks_der_oid_is(o, microsoft, sizeof microsoft - 1) ||
                          ks_der_oid_is(o, netscape, sizeof netscape - 1)))
            return true;
    }
    return false;
}

/* Netscape's certificate type: bit 0 is a client, bit 1 a server. */
static bool netscape_type_fits(const struct ks_cert *leaf, bool client)
{
    static const char oid[] = "\x60\x86\x48\x01\x86\xf8\x42\x01\x01";
    struct ks_ext ext;
    struct ks_tlv bits;
    if (!leaf->exts.len ||
        !ks_ext_find(ks_cert_part(leaf, leaf->exts), ks_slice(oid, sizeof oid - 1), &ext))
        return true;
    return ks_der_expect(&ext.value, KS_DER_BIT_STRING, &bits) && bits.body.len >= 2 &&
           bits.body.data[1] & (client ? 0x80 : 0x40);
}

bool ks_java_leaf_fits(const struct ks_cert *leaf, bool client, struct ks_java_fault *out)
{
    unsigned usage;
    struct ks_ext ext;
    if (ks_cert_key_usage(leaf, &usage) && !(usage & 1))
        return fault(out, "CERT-KU-NO-DIGSIG", "KeyUsage does not allow digital signatures");
    if (find(leaf, 37, &ext) && !has_purpose(ext.value, client))
        return fault(out, "CERT-EKU-NOT-SERVER",
                     client
                         ? "Extended key usage does not permit use for TLS client authentication"
                         : "Extended key usage does not permit use for TLS server authentication");
    if (!netscape_type_fits(leaf, client))
        return fault(out, "CERT-EKU-NOT-SERVER",
                     client ? "Netscape cert type does not permit use for SSL client"
                            : "Netscape cert type does not permit use for SSL server");
    return true;
}
