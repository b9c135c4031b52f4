#include "format/pkcs7.h"

#include "format/items.h"
#include "x509/der.h"

#include <string.h>

/* 1.2.840.113549.1.7.N */
static const uint8_t pkcs7_arc[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
#define SIGNED_DATA 2

static const char *const content_types[] = {
    [1] = "data",           [SIGNED_DATA] = "signed data",
    [3] = "enveloped data", [4] = "signed and enveloped data",
    [5] = "digested data",  [6] = "encrypted data",
};

static unsigned content_number(struct ks_slice oid)
{
    if (oid.len != sizeof pkcs7_arc + 1 || memcmp(oid.data, pkcs7_arc, sizeof pkcs7_arc) != 0)
        return 0;
    return oid.data[sizeof pkcs7_arc];
}

const char *ks_pkcs7_content_type(struct ks_slice oid)
{
    unsigned n = content_number(oid);
    return n && n < sizeof content_types / sizeof content_types[0] ? content_types[n] : NULL;
}

/* Steps into the next element if it has this tag. */
static bool enter(struct ks_slice *in, uint8_t tag, struct ks_slice *body, bool *cut)
{
    struct ks_slice ahead = *in;
    struct ks_part part;
    if (!ks_part_next(&ahead, &part) || part.tag != tag)
        return false;
    *cut = *cut || !part.whole;
    *body = part.body;
    *in = ahead;
    return true;
}

static size_t count_parts(struct ks_slice in)
{
    struct ks_part part;
    size_t n = 0;
    while (ks_part_next(&in, &part))
        n++;
    return n;
}

/* SEQUENCE { version, SET digestAlgorithms, SEQUENCE contentInfo, [0] certificates OPTIONAL,
 *            [1] crls OPTIONAL, SET signerInfos } */
static bool open_signed_data(struct ks_slice in, struct ks_pkcs7 *out)
{
    struct ks_slice body, part;
    bool *cut = &out->cut;
    if (!enter(&in, KS_DER_SEQUENCE, &body, cut) || !enter(&body, KS_DER_INTEGER, &part, cut) ||
        !enter(&body, KS_DER_SET, &part, cut) || !enter(&body, KS_DER_SEQUENCE, &part, cut))
        return false;
    if (enter(&part, KS_DER_OID, &out->content, cut))
        out->has_content = part.len > 0;
    (void)enter(&body, KS_DER_CONTEXT_CONS(0), &out->certs, cut);
    (void)enter(&body, KS_DER_CONTEXT_CONS(1), &out->crls, cut);
    if (enter(&body, KS_DER_SET, &part, cut))
        out->signers = count_parts(part);
    return true;
}

bool ks_pkcs7_open(struct ks_slice der, struct ks_pkcs7 *out)
{
    struct ks_slice body, oid, content;
    memset(out, 0, sizeof *out);
    if (!enter(&der, KS_DER_SEQUENCE, &body, &out->cut) ||
        !enter(&body, KS_DER_OID, &oid, &out->cut) || content_number(oid) != SIGNED_DATA ||
        !enter(&body, KS_DER_CONTEXT_CONS(0), &content, &out->cut))
        return false;
    return open_signed_data(content, out);
}
