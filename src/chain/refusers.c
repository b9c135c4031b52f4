#include "chain/refusers.h"

#include "chain/evidence.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/host.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

struct oid {
    uint8_t len, bytes[10];
};

static bool is_oid(struct ks_slice oid, const struct oid *o)
{
    return ks_der_oid_is(oid, o->bytes, o->len);
}

static bool find_ext(const struct ks_cert *c, const struct oid *oid, struct ks_slice *value)
{
    struct ks_ext ext;
    if (c->flags & KS_CERT_BROKEN || c->exts.len == 0 ||
        !ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid->bytes, oid->len), &ext))
        return false;
    *value = ext.value;
    return true;
}

#define ID_CE(id)                                                                                  \
    {                                                                                              \
        3,                                                                                         \
        {                                                                                          \
            0x55, 0x1d, id                                                                         \
        }                                                                                          \
    }
/* clang-format off */
static const struct oid extended_usage = ID_CE(0x25);
static const struct oid policy_mappings = ID_CE(0x21);
static const struct oid policy_constraints = ID_CE(0x24);
static const struct oid netscape_type = {9, {0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x01}};
/* clang-format on */

/* ---- critical extensions ---- */

#define JAVA_AND_OPENSSL (KS_CLIENT_JAVA | KS_CLIENT_OPENSSL)

/* Who is known to refuse them; what is not listed here nobody processes. */
static const struct {
    struct oid oid;
    unsigned refused;
} extensions[] = {
    /* clang-format off */
    {ID_CE(0x0f), 0}, /* keyUsage */
    {ID_CE(0x11), 0}, /* subjectAltName */
    {ID_CE(0x13), 0}, /* basicConstraints */
    {ID_CE(0x1e), 0}, /* nameConstraints */
    {ID_CE(0x20), 0}, /* certificatePolicies */
    {ID_CE(0x21), 0}, /* policyMappings */
    {ID_CE(0x24), 0}, /* policyConstraints */
    {ID_CE(0x25), 0}, /* extKeyUsage */
    {ID_CE(0x36), 0}, /* inhibitAnyPolicy */
    {ID_CE(0x1f), KS_CLIENT_JAVA},   /* cRLDistributionPoints */
    {ID_CE(0x0e), JAVA_AND_OPENSSL}, /* subjectKeyIdentifier */
    {ID_CE(0x23), JAVA_AND_OPENSSL}, /* authorityKeyIdentifier */
    {ID_CE(0x12), JAVA_AND_OPENSSL}, /* issuerAltName */
    {{9, {0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x01}}, KS_CLIENT_JAVA}, /* nsCertType */
    {{9, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05}}, KS_CLIENT_JAVA}, /* OCSP noCheck */
    {{8, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01}}, JAVA_AND_OPENSSL}, /* authorityInfoAccess */
    {{8, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x07}}, KS_CLIENT_JAVA}, /* ipAddrBlocks */
    {{8, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x08}}, KS_CLIENT_JAVA}, /* autonomousSysIds */
    /* clang-format on */
};

struct unknown {
    struct ks_slice first;
    unsigned refused;
};

static bool note_critical(void *ctx, const struct ks_ext *ext)
{
    struct unknown *u = ctx;
    unsigned refused = KS_CLIENT_ALL;
    if (!ext->critical)
        return true;
    for (size_t i = 0; i < COUNT(extensions); i++)
        if (is_oid(ext->oid, &extensions[i].oid))
            refused = extensions[i].refused;
    if (refused & ~u->refused)
        u->first = ext->oid;
    u->refused |= refused;
    return true;
}

unsigned ks_refusers_of_critical(const struct ks_cert *c, struct ks_slice *oid)
{
    struct unknown u = {{NULL, 0}, 0};
    if (!(c->flags & KS_CERT_BROKEN) && c->exts.len > 0)
        ks_ext_each(ks_cert_part(c, c->exts), note_critical, &u);
    if (oid)
        *oid = u.first;
    return u.refused;
}

/* ---- usages ---- */

/* Who takes no such usage for the purpose; AUTO: for any. */
static const struct {
    struct oid oid;
    enum ks_purpose purpose;
    unsigned refused;
} usages[] = {
    /* clang-format off */
    {{8, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01}}, KS_PURPOSE_SERVER, 0}, /* serverAuth */
    {{8, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02}}, KS_PURPOSE_CLIENT, 0}, /* clientAuth */
    {{4, {0x55, 0x1d, 0x25, 0x00}}, KS_PURPOSE_AUTO, KS_CLIENT_OPENSSL}, /* any */
    /* Server Gated Cryptography, of Microsoft and of Netscape */
    {{10, {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x03}}, KS_PURPOSE_SERVER, 0},
    {{9, {0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x04, 0x01}}, KS_PURPOSE_SERVER, 0},
    /* clang-format on */
};

static unsigned refusers_of_usage(struct ks_slice oid, enum ks_purpose purpose)
{
    for (size_t i = 0; i < COUNT(usages); i++)
        if ((usages[i].purpose == KS_PURPOSE_AUTO || usages[i].purpose == purpose) &&
            is_oid(oid, &usages[i].oid))
            return usages[i].refused;
    return KS_CLIENT_ALL;
}

unsigned ks_refusers_of_use(const struct ks_cert *c, enum ks_purpose purpose)
{
    struct ks_slice value;
    struct ks_tlv list, oid;
    unsigned refused = KS_CLIENT_ALL;
    if ((purpose != KS_PURPOSE_SERVER && purpose != KS_PURPOSE_CLIENT) ||
        !find_ext(c, &extended_usage, &value))
        return 0;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &list))
        return KS_CLIENT_ALL;
    while (ks_der_expect(&list.body, KS_DER_OID, &oid))
        refused &= refusers_of_usage(oid.body, purpose);
    return refused;
}

/* Bit 0 is a client, bit 1 a server. */
unsigned ks_refusers_of_type(const struct ks_cert *c, enum ks_purpose purpose)
{
    uint8_t wanted = purpose == KS_PURPOSE_CLIENT ? 0x80 : 0x40;
    struct ks_slice value;
    struct ks_tlv bits;
    if ((purpose != KS_PURPOSE_SERVER && purpose != KS_PURPOSE_CLIENT) ||
        !find_ext(c, &netscape_type, &value))
        return 0;
    bool fits = ks_der_expect(&value, KS_DER_BIT_STRING, &bits) && bits.body.len >= 2 &&
                bits.body.data[1] & wanted;
    return fits ? 0 : JAVA_AND_OPENSSL;
}

/* OpenSSL wants one of digitalSignature (0), keyAgreement (4) and, of servers, keyEncipherment (2).
 */
unsigned ks_refusers_of_key_usage(const struct ks_cert *c, enum ks_purpose purpose)
{
    unsigned bits, enough = purpose == KS_PURPOSE_CLIENT ? 0x11 : 0x15;
    if (!ks_cert_key_usage(c, &bits) || bits & 1)
        return 0;
    return KS_CLIENT_JAVA | KS_CLIENT_GNUTLS | KS_CLIENT_CHROMIUM |
           (bits & enough ? 0u : KS_CLIENT_OPENSSL);
}

/* ---- names ---- */

unsigned ks_refusers_of_host(const struct ks_cert *c, const char *host)
{
    switch (ks_cert_answers_for(c, host)) {
    case KS_HOST_OTHER:
    case KS_HOST_NO_NAMES:
        return KS_CLIENT_ALL;
    case KS_HOST_BY_CN_JAVA:
        return KS_CLIENT_ALL & ~(unsigned)KS_CLIENT_JAVA;
    default:
        return 0;
    }
}

/* ---- encodings ---- */

unsigned ks_refusers_of_form(const struct ks_cert *c)
{
    unsigned refused = 0;
    if (c->flags & KS_CERT_BROKEN)
        return 0; /* CERT-UNREADABLE */
    if (ks_cert_java_refusal(c) || ks_issuer_negative_len(c))
        refused |= KS_CLIENT_JAVA;
    return refused | (ks_cert_openssl_refuses(c) ? KS_CLIENT_OPENSSL : 0u);
}

/* What inhibits policies refuses nothing by itself. What cannot be read counts as well. */
bool ks_cert_asks_for_policy(const struct ks_cert *c)
{
    struct ks_slice value;
    struct ks_tlv body;
    if (find_ext(c, &policy_mappings, &value))
        return true;
    if (!find_ext(c, &policy_constraints, &value))
        return false;
    return !ks_der_expect(&value, KS_DER_SEQUENCE, &body) ||
           ks_der_skip(&body.body, KS_DER_CONTEXT(0));
}

/* ---- findings ---- */

bool ks_look_is_root(const struct ks_look *l, const struct ks_cert *c)
{
    const struct ks_chain_look *x = l->facts ? l->facts->look : NULL;
    return x && l->entry->kind == KS_KIND_KEY && x->end == KS_END_ROOT && x->walk_len > 1 &&
           ks_cert_same(x->stored[x->walk[x->walk_len - 1]], c);
}

static unsigned of_critical(const struct ks_look *l, const struct ks_cert *c)
{
    (void)l;
    return ks_refusers_of_critical(c, NULL);
}

static unsigned of_leaf_use(const struct ks_look *l, const struct ks_cert *c)
{
    return ks_refusers_of_use(c, ks_look_purpose(l)) | ks_refusers_of_type(c, ks_look_purpose(l));
}

static unsigned of_key_usage(const struct ks_look *l, const struct ks_cert *c)
{
    return ks_refusers_of_key_usage(c, ks_look_purpose(l));
}

static unsigned of_hosts(const struct ks_look *l, const struct ks_cert *c)
{
    unsigned refused = 0;
    for (size_t i = 0; i < l->facts->host_count; i++)
        refused |= ks_refusers_of_host(c, l->facts->hosts[i]);
    return refused;
}

static unsigned of_form(const struct ks_look *l, const struct ks_cert *c)
{
    (void)l;
    return ks_refusers_of_form(c);
}

static unsigned of_issuers_use(const struct ks_look *l, const struct ks_cert *c)
{
    unsigned looks_at_roots = KS_CLIENT_OPENSSL | KS_CLIENT_GO;
    return ks_refusers_of_use(c, ks_look_purpose(l)) &
           (ks_look_is_root(l, c) ? looks_at_roots : KS_CLIENT_ALL);
}

static unsigned of_all(const struct ks_look *l, const struct ks_cert *c)
{
    (void)l;
    (void)c;
    return KS_CLIENT_ALL;
}

/* `root`: it is found on roots as well, and Java does not look there. */
static const struct {
    const char *id;
    unsigned (*refused)(const struct ks_look *l, const struct ks_cert *c);
    bool leaf, root;
} by_contents[] = {
    {"CERT-CRITICAL-UNKNOWN", of_critical, false, true},
    {"CERT-EKU-NOT-SERVER", of_leaf_use, true, false},
    {"CERT-KU-NO-DIGSIG", of_key_usage, true, false},
    {"CERT-HOST-MISMATCH", of_hosts, true, false},
    {"CERT-MALFORMED", of_form, false, false},
    {"CA-EKU", of_issuers_use, false, true},
    {"CA-PATHLEN", of_all, false, true},
    {"CA-NAME-CONSTRAINT", of_all, false, true},
    {"CHAIN-NOT-YET-VALID", of_all, false, true},
};

unsigned ks_refusers_of_finding(const struct ks_look *l, const struct ks_finding *f, unsigned usual)
{
    for (size_t i = 0; i < COUNT(by_contents); i++) {
        if (strcmp(f->id, by_contents[i].id) != 0)
            continue;
        const struct ks_cert *c = by_contents[i].leaf ? ks_look_leaf(l)
                                  : f->cert >= 0 && l->entry->chain_len > 0
                                      ? &l->entry->chain[f->cert]
                                      : NULL;
        if (!c)
            return usual;
        if (by_contents[i].root && ks_look_is_root(l, c))
            usual &= ~(unsigned)KS_CLIENT_JAVA;
        return by_contents[i].refused == of_key_usage ? of_key_usage(l, c)
                                                      : usual & by_contents[i].refused(l, c);
    }
    return usual;
}
