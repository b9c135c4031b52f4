/* What the JDK 17 asks of one certificate: java.security.cert, sun.security.x509. */
#include "doctor/java_rules.h"

#include "chain/issuer.h"
#include "chain/refusers.h"
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
    if (ks_issuer_negative_len(c))
        return -1;
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

bool ks_java_unknown_critical(const struct ks_cert *c)
{
    return ks_refusers_of_critical(c, NULL) & KS_CLIENT_JAVA;
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

bool ks_java_leaf_fits(const struct ks_cert *leaf, bool client, struct ks_java_fault *out)
{
    enum ks_purpose purpose = client ? KS_PURPOSE_CLIENT : KS_PURPOSE_SERVER;
    if (ks_refusers_of_key_usage(leaf, purpose) & KS_CLIENT_JAVA)
        return fault(out, "CERT-KU-NO-DIGSIG", "KeyUsage does not allow digital signatures");
    if (ks_refusers_of_use(leaf, purpose) & KS_CLIENT_JAVA)
        return fault(out, "CERT-EKU-NOT-SERVER",
                     client
                         ? "Extended key usage does not permit use for TLS client authentication"
                         : "Extended key usage does not permit use for TLS server authentication");
    if (ks_refusers_of_type(leaf, purpose) & KS_CLIENT_JAVA)
        return fault(out, "CERT-EKU-NOT-SERVER",
                     client ? "Netscape cert type does not permit use for SSL client"
                            : "Netscape cert type does not permit use for SSL server");
    return true;
}
