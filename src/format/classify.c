#include "format/items.h"
#include "format/pkcs7.h"
#include "x509/der.h"

#include <string.h>

#define MAX_PARTS 12 /* RSAPrivateKey has ten elements */

/* ---- elements, whole or cut off ---- */

/* Identifier and length; the contents may not be there. Returns their octets, 0 if malformed. */
static size_t header_of(struct ks_slice in, bool *indefinite, uint64_t *len)
{
    if (in.len < 2 || in.data[0] == 0 || (in.data[0] & 0x1f) == 0x1f)
        return 0;
    size_t count = in.data[1] & 0x7f;
    *indefinite = in.data[1] == 0x80;
    *len = in.data[1];
    if (in.data[1] < 0x80)
        return 2;
    if (count > 8 || in.len < 2 + count)
        return 0;
    *len = 0;
    for (size_t i = 0; i < count; i++)
        *len = *len << 8 | in.data[2 + i];
    return 2 + count;
}

bool ks_part_next(struct ks_slice *in, struct ks_part *out)
{
    struct ks_tlv tlv;
    if (ks_ber_next(in, &tlv)) {
        *out = (struct ks_part){tlv.tag, true, tlv.body, tlv.whole};
        return true;
    }
    bool indefinite;
    uint64_t len;
    size_t header = header_of(*in, &indefinite, &len);
    if (header == 0 || (!indefinite && len <= in->len - header))
        return false;
    struct ks_slice body = {in->data + header, in->len - header};
    *out = (struct ks_part){in->data[0], false, body, *in};
    *in = (struct ks_slice){in->data + in->len, 0};
    return true;
}

uint64_t ks_item_claims(struct ks_slice der)
{
    bool indefinite;
    uint64_t len;
    size_t header = header_of(der, &indefinite, &len);
    return header && !indefinite && len < UINT64_MAX - header ? header + len : 0;
}

/* The first elements of a constructed value. */
struct parts {
    struct ks_part at[MAX_PARTS];
    size_t count;
    bool open; /* more follows, or the value is cut off */
};

static struct parts split(const struct ks_part *whole)
{
    struct parts p = {.open = !whole->whole};
    struct ks_slice rest = whole->body;
    while (p.count < MAX_PARTS && ks_part_next(&rest, &p.at[p.count]))
        p.count++;
    p.open = p.open || rest.len > 0;
    return p;
}

static uint8_t tag_at(const struct parts *p, size_t i)
{
    return i < p->count ? p->at[i].tag : 0;
}

/* A SEQUENCE that starts with an OID: AlgorithmIdentifier and the like. */
static bool starts_with_oid(const struct parts *p, size_t i)
{
    return tag_at(p, i) == KS_DER_SEQUENCE && ks_der_peek(p->at[i].body) == KS_DER_OID;
}

static bool is_time(const struct parts *p, size_t i)
{
    return tag_at(p, i) == KS_DER_UTC_TIME || tag_at(p, i) == KS_DER_GENERALIZED_TIME;
}

/* Value of a one-octet INTEGER, else -1. */
static int small_int(const struct parts *p, size_t i)
{
    if (tag_at(p, i) != KS_DER_INTEGER || p->at[i].body.len != 1)
        return -1;
    return p->at[i].body.data[0];
}

static size_t leading_integers(const struct parts *p)
{
    size_t n = 0;
    while (tag_at(p, n) == KS_DER_INTEGER)
        n++;
    return n;
}

/* ---- SIGNED { ... }: certificate, request, CRL ---- */

static bool is_validity(const struct ks_part *part)
{
    struct parts p = split(part);
    return is_time(&p, 0);
}

static bool is_spki(const struct ks_part *part)
{
    struct parts p = split(part);
    return part->tag == KS_DER_SEQUENCE && starts_with_oid(&p, 0) &&
           tag_at(&p, 1) == KS_DER_BIT_STRING;
}

static enum ks_item_type type_of_versioned_tbs(const struct parts *p)
{
    if (starts_with_oid(p, 1) && tag_at(p, 2) == KS_DER_SEQUENCE) {
        if (is_time(p, 3))
            return KS_ITEM_CRL;
        if (tag_at(p, 3) == KS_DER_SEQUENCE && is_validity(&p->at[3]))
            return KS_ITEM_CERT; /* version 1 has no [0] version */
        return KS_ITEM_UNKNOWN;
    }
    if (tag_at(p, 1) == KS_DER_SEQUENCE && tag_at(p, 2) == KS_DER_SEQUENCE && is_spki(&p->at[2]))
        return KS_ITEM_REQUEST;
    return KS_ITEM_UNKNOWN;
}

static enum ks_item_type type_of_tbs(const struct ks_part *tbs)
{
    struct parts p = split(tbs);
    if (tag_at(&p, 0) == KS_DER_CONTEXT_CONS(0))
        return tag_at(&p, 1) == KS_DER_INTEGER && starts_with_oid(&p, 2) ? KS_ITEM_CERT
                                                                         : KS_ITEM_UNKNOWN;
    if (tag_at(&p, 0) == KS_DER_INTEGER)
        return type_of_versioned_tbs(&p);
    if (starts_with_oid(&p, 0) && tag_at(&p, 1) == KS_DER_SEQUENCE && is_time(&p, 2))
        return KS_ITEM_CRL; /* version 1 */
    return KS_ITEM_UNKNOWN;
}

/* ---- the rest ---- */

/* PKCS#5 1.2.840.113549.1.5.N, PKCS#12 1.2.840.113549.1.12.1.N, Sun 1.3.6.1.4.1.42.2.N */
static const struct {
    uint8_t len;
    uint8_t arc[9];
} encryption_arcs[] = {
    {8, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05}},
    {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01}},
    {7, {0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02}},
};

static bool is_encryption(const struct ks_part *algorithm)
{
    struct parts p = split(algorithm);
    if (tag_at(&p, 0) != KS_DER_OID)
        return false;
    struct ks_slice oid = p.at[0].body;
    for (size_t i = 0; i < sizeof encryption_arcs / sizeof encryption_arcs[0]; i++)
        if (oid.len > encryption_arcs[i].len &&
            memcmp(oid.data, encryption_arcs[i].arc, encryption_arcs[i].len) == 0)
            return true;
    return false;
}

static enum ks_item_type type_of_sequences(const struct parts *p)
{
    if (starts_with_oid(p, 0) && p->count == 2) {
        if (p->at[1].tag == KS_DER_BIT_STRING)
            return KS_ITEM_SPKI;
        if (p->at[1].tag == KS_DER_OCTET_STRING && is_encryption(&p->at[0]))
            return KS_ITEM_EPKI;
        return KS_ITEM_UNKNOWN;
    }
    bool is_signed = starts_with_oid(p, 1) && tag_at(p, 2) == KS_DER_BIT_STRING;
    if (is_signed || !p->at[0].whole) {
        enum ks_item_type type = type_of_tbs(&p->at[0]);
        if (type != KS_ITEM_UNKNOWN)
            return type;
    }
    struct parts inner = split(&p->at[0]);
    if (tag_at(&inner, 0) == KS_DER_SEQUENCE && type_of_tbs(&inner.at[0]) == KS_ITEM_CERT)
        return KS_ITEM_PATH;
    /* The file ends between the signed part and its signature. */
    return p->open && p->count < 3 ? type_of_tbs(&p->at[0]) : KS_ITEM_UNKNOWN;
}

/* Two INTEGERs are an RSA public key or Diffie-Hellman parameters, whose generator is 2 or 5. */
static bool is_rsa_public(const struct parts *p)
{
    struct ks_slice n = p->at[0].body, e = p->at[1].body;
    return n.len >= 32 && e.len > 0 && e.len <= 8 && (e.data[e.len - 1] & 1) &&
           small_int(p, 1) != 5;
}

static enum ks_item_type type_of_integers(const struct parts *p)
{
    int version = small_int(p, 0);
    size_t integers = leading_integers(p);
    if (version == 3 && starts_with_oid(p, 1))
        return KS_ITEM_PKCS12;
    if ((version == 0 || version == 1) && starts_with_oid(p, 1))
        return tag_at(p, 2) == KS_DER_OCTET_STRING ? KS_ITEM_PKCS8 : KS_ITEM_UNKNOWN;
    if (version == 1 && tag_at(p, 1) == KS_DER_OCTET_STRING)
        return KS_ITEM_EC_KEY;
    if (integers == 2 && p->count == 2 && !p->open)
        return is_rsa_public(p) ? KS_ITEM_RSA_PUBLIC : KS_ITEM_UNKNOWN;
    if (version == 0 && integers == 6 && p->count == 6 && !p->open)
        return KS_ITEM_DSA_KEY;
    if ((version == 0 || version == 1) && (integers == 9 || (integers >= 2 && p->open)))
        return p->at[1].body.len >= 32 ? KS_ITEM_RSA_KEY : KS_ITEM_UNKNOWN;
    return KS_ITEM_UNKNOWN;
}

static enum ks_item_type type_of_content_info(const struct parts *p)
{
    struct ks_slice oid = p->at[0].body;
    if (!ks_pkcs7_content_type(oid) || (tag_at(p, 1) != KS_DER_CONTEXT_CONS(0) && p->count > 1))
        return KS_ITEM_UNKNOWN;
    return oid.data[oid.len - 1] == 2 ? KS_ITEM_PKCS7 : KS_ITEM_PKCS7_OTHER;
}

enum ks_item_type ks_item_classify(struct ks_slice der)
{
    struct ks_part outer;
    if (!ks_part_next(&der, &outer) || outer.tag != KS_DER_SEQUENCE)
        return KS_ITEM_UNKNOWN;
    struct parts p = split(&outer);
    switch (tag_at(&p, 0)) {
    case KS_DER_INTEGER:
        return type_of_integers(&p);
    case KS_DER_OID:
        return type_of_content_info(&p);
    case KS_DER_SEQUENCE:
        return type_of_sequences(&p);
    default:
        return KS_ITEM_UNKNOWN;
    }
}
