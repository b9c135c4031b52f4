#include "chain/issuer.h"

#include "chain/constraints.h"
#include "chain/refusers.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <string.h>

/* ---- extensions ---- */

/* Of id-ce, RFC 5280 4.2.1. */
enum { ID_KEY_USAGE = 0x0f, ID_BASIC = 0x13, ID_AUTHORITY_KEY = 0x23 };

static bool find_ext(const struct ks_cert *c, uint8_t id, struct ks_slice *value)
{
    const uint8_t oid[] = {0x55, 0x1d, id};
    struct ks_ext ext;

    if (c->exts.len == 0 || !ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid, sizeof oid), &ext))
        return false;
    *value = ext.value;
    return true;
}

bool ks_cert_key_usage(const struct ks_cert *c, unsigned *bits)
{
    struct ks_slice value;
    struct ks_tlv string;

    *bits = 0;
    if (!find_ext(c, ID_KEY_USAGE, &value))
        return false;
    if (!ks_der_expect(&value, KS_DER_BIT_STRING, &string))
        return true;
    for (size_t i = 0; i < 9 && 1 + i / 8 < string.body.len; i++)
        if (string.body.data[1 + i / 8] & (0x80 >> i % 8))
            *bits |= 1u << i;
    return true;
}

/* RFC 5280 4.2.1.12. */
bool ks_cert_allows(const struct ks_cert *c, enum ks_purpose purpose)
{
    return ks_refusers_of_use(c, purpose) == 0;
}

struct ks_slice ks_cert_critical_unknown(const struct ks_cert *c)
{
    struct ks_slice oid;
    (void)ks_refusers_of_critical(c, &oid);
    return oid;
}

/* ---- a CA ---- */

/* Version 1 had no way to say that it is a CA; OpenSSL takes its roots (check_ca, V1_ROOT), and
 * Java does not look at an anchor at all. */
bool ks_issuer_is_ca(const struct ks_cert *c, bool self_signed)
{
    return (c->flags & KS_CERT_CA) || (c->version < 3 && self_signed);
}

bool ks_issuer_may_sign(const struct ks_cert *c)
{
    unsigned bits;

    return !ks_cert_key_usage(c, &bits) || (bits & 1u << 5);
}

/* What is left of the basic constraints behind the boolean. */
static bool path_len_of(const struct ks_cert *c, struct ks_slice *out)
{
    struct ks_slice value;
    struct ks_tlv body;

    if (!(c->flags & KS_CERT_CA) || !find_ext(c, ID_BASIC, &value) ||
        !ks_der_expect(&value, KS_DER_SEQUENCE, &body))
        return false;
    (void)ks_der_skip(&body.body, KS_DER_BOOLEAN);
    *out = body.body;
    return true;
}

int ks_issuer_path_len(const struct ks_cert *c)
{
    struct ks_slice in;
    uint64_t len;

    if (!path_len_of(c, &in) || !ks_der_uint(&in, &len))
        return -1;
    return len < INT16_MAX ? (int)len : INT16_MAX;
}

bool ks_issuer_negative_len(const struct ks_cert *c)
{
    struct ks_slice in;
    struct ks_tlv number;

    return path_len_of(c, &in) && ks_der_expect(&in, KS_DER_INTEGER, &number) &&
           number.body.len > 0 && number.body.data[0] & 0x80;
}

int ks_issuer_cas_below(const struct ks_issuing *x)
{
    int count = 0;

    for (size_t i = 1; i < x->below_count; i++)
        count += !(x->below[i]->flags & KS_CERT_SELF_ISSUED);
    return count;
}

/* The names of an authorityKeyIdentifier are GeneralNames, of which one is the directory name. */
static bool names_issuer_of(struct ks_slice names, const struct ks_cert *issuer)
{
    struct ks_tlv name;

    while (ks_der_next(&names, &name))
        if (name.tag == KS_DER_CONTEXT_CONS(4) &&
            ks_name_equal(name.body, ks_cert_part(issuer, issuer->issuer)))
            return true;
    return false;
}

/* RFC 5280 4.2.1.1: both or neither are there. */
static bool names_other_serial(const struct ks_cert *issuer, const struct ks_cert *child)
{
    struct ks_slice value;
    struct ks_tlv body, names, serial;

    if (!find_ext(child, ID_AUTHORITY_KEY, &value) ||
        !ks_der_expect(&value, KS_DER_SEQUENCE, &body))
        return false;
    (void)ks_der_skip(&body.body, KS_DER_CONTEXT(0));
    if (!ks_der_expect(&body.body, KS_DER_CONTEXT_CONS(1), &names) ||
        !ks_der_expect(&body.body, KS_DER_CONTEXT(2), &serial))
        return false;
    return !ks_slice_equal(serial.body, ks_cert_part(issuer, issuer->serial)) ||
           !names_issuer_of(names.body, issuer);
}

bool ks_issuer_other_id(const struct ks_cert *issuer, const struct ks_cert *child)
{
    if (issuer->ski.len && child->aki.len &&
        !ks_slice_equal(ks_cert_part(issuer, issuer->ski), ks_cert_part(child, child->aki)))
        return true;
    return names_other_serial(issuer, child);
}

/* ---- strength ---- */

/* The minimum of today's public CAs and of OpenSSL's security level 2. */
bool ks_cert_key_weak(const struct ks_cert *c)
{
    switch ((enum ks_key_alg)c->key_alg) {
    case KS_KEY_RSA:
    case KS_KEY_RSA_PSS:
    case KS_KEY_DSA:
    case KS_KEY_DH:
        return c->key_bits > 0 && c->key_bits < 2048;
    case KS_KEY_EC:
        return c->key_bits > 0 && c->key_bits < 224;
    default:
        return false;
    }
}

/* OIDs of signatures over MD2, MD4, MD5 and SHA-1. */
static const struct {
    uint8_t len;
    uint8_t oid[10];
    bool sha1;
} broken_digests[] = {
    /* clang-format off */
    {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02}, false}, /* md2WithRSA */
    {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x03}, false}, /* md4WithRSA */
    {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04}, false}, /* md5WithRSA */
    {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05}, true},  /* sha1WithRSA */
    {5, {0x2b, 0x0e, 0x03, 0x02, 0x03}, false},                         /* md5WithRSA, OIW */
    {5, {0x2b, 0x0e, 0x03, 0x02, 0x1d}, true},                          /* sha1WithRSA, OIW */
    {5, {0x2b, 0x0e, 0x03, 0x02, 0x1b}, true},                          /* dsaWithSHA1, OIW */
    {5, {0x2b, 0x0e, 0x03, 0x02, 0x0d}, true},                          /* dsaWithSHA, OIW */
    {7, {0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03}, true},              /* dsaWithSHA1 */
    {7, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01}, true},              /* ecdsaWithSHA1 */
    /* clang-format on */
};

/* RFC 4055 3.1: the digest of RSASSA-PSS is SHA-1 unless its parameters name another one. */
static bool pss_is_sha1(struct ks_slice parameters)
{
    static const uint8_t sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
    struct ks_tlv params, tagged, hash, oid;
    if (!ks_der_expect(&parameters, KS_DER_SEQUENCE, &params))
        return false;
    struct ks_slice in = params.body;
    if (!ks_der_expect(&in, KS_DER_CONTEXT_CONS(0), &tagged))
        return true;
    in = tagged.body;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &hash))
        return false;
    in = hash.body;
    return ks_der_expect(&in, KS_DER_OID, &oid) && ks_der_oid_is(oid.body, sha1, sizeof sha1);
}

enum ks_digest ks_cert_digest(const struct ks_cert *c)
{
    return ks_sig_alg_digest(ks_cert_part(c, c->sig_alg));
}

enum ks_digest ks_sig_alg_digest(struct ks_slice in)
{
    static const uint8_t pss[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
    struct ks_tlv alg, oid;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &alg))
        return KS_DIGEST_SOUND;
    in = alg.body;
    if (!ks_der_expect(&in, KS_DER_OID, &oid))
        return KS_DIGEST_SOUND;
    for (size_t i = 0; i < sizeof broken_digests / sizeof broken_digests[0]; i++)
        if (ks_der_oid_is(oid.body, broken_digests[i].oid, broken_digests[i].len))
            return broken_digests[i].sha1 ? KS_DIGEST_SHA1 : KS_DIGEST_MD5;
    return ks_der_oid_is(oid.body, pss, sizeof pss) && pss_is_sha1(in) ? KS_DIGEST_SHA1
                                                                       : KS_DIGEST_SOUND;
}

/* ---- all of it ---- */

/* Nobody verifies the signature of a root. */
static unsigned signature_faults(const struct ks_issuing *x)
{
    if (x->self_signed)
        return 0;
    switch (ks_cert_digest(x->cert)) {
    case KS_DIGEST_SHA1:
        return KS_ISSUER_SHA1;
    case KS_DIGEST_MD5:
        return KS_ISSUER_MD5;
    default:
        return 0;
    }
}

static unsigned date_faults(const struct ks_cert *c, int64_t now)
{
    bool over = c->not_after != KS_TIME_NONE && c->not_after < now;
    bool ahead = c->not_before != KS_TIME_NONE && c->not_before > now;

    return (over ? KS_ISSUER_EXPIRED : 0u) | (ahead ? KS_ISSUER_NOT_YET_VALID : 0u);
}

static unsigned names_faults(const struct ks_issuing *x)
{
    switch (ks_constraints_judge(x, NULL)) {
    case KS_CONSTRAINTS_VIOLATED:
        return KS_ISSUER_NAMES;
    case KS_CONSTRAINTS_COMPLEX:
        return KS_ISSUER_NAMES_COMPLEX;
    default:
        return 0;
    }
}

unsigned ks_issuer_faults(const struct ks_issuing *x)
{
    const struct ks_cert *c = x->cert;
    unsigned faults = signature_faults(x);
    int path_len;

    if (x->below_count == 0)
        return faults;
    faults |= date_faults(c, x->now) | names_faults(x);
    path_len = ks_issuer_path_len(c);
    if (!ks_issuer_is_ca(c, x->self_signed))
        faults |= KS_ISSUER_NO_CA;
    if (!ks_issuer_may_sign(c))
        faults |= KS_ISSUER_NO_CERT_SIGN;
    if (path_len >= 0 && path_len < ks_issuer_cas_below(x))
        faults |= KS_ISSUER_PATH_LEN;
    if (!ks_cert_allows(c, x->purpose))
        faults |= KS_ISSUER_EKU;
    if (ks_cert_key_weak(c))
        faults |= KS_ISSUER_WEAK_KEY;
    if (ks_issuer_other_id(c, x->below[x->below_count - 1]))
        faults |= KS_ISSUER_OTHER_ID;
    return faults;
}

void ks_issuer_say_names(const struct ks_issuing *x, struct ks_buf *out)
{
    (void)ks_constraints_judge(x, out);
}

static bool is_among(const struct ks_slice *names, size_t count, struct ks_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (ks_name_equal_java(names[i], name))
            return true;
    return false;
}

bool ks_issuer_accepted(const struct ks_slice *names, size_t name_count,
                        const struct ks_cert *const *chain, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(chain[i]->flags & KS_CERT_BROKEN) &&
            is_among(names, name_count, ks_cert_part(chain[i], chain[i]->issuer)))
            return true;
    return false;
}
