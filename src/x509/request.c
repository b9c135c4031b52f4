#include "x509/request.h"

#include "x509/der.h"

#include "base/clock.h"

/* ---- requests ---- */

static bool next_sequence(struct ks_slice *in, struct ks_tlv *out)
{
    return ks_der_peek(*in) == KS_DER_SEQUENCE && ks_ber_next(in, out);
}

static const char challenge_password[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07";
static const char extension_request[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e";
static const char microsoft_request[] = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e";

/* The first extension request counts; a second one is an attribute like any other. */
static bool take_extensions(struct ks_slice values, struct ks_request *out)
{
    struct ks_tlv set, list;
    if (out->exts.len > 0 || !ks_ber_next(&values, &set) || set.tag != KS_DER_SET ||
        !next_sequence(&set.body, &list))
        return false;
    out->exts = list.body;
    return true;
}

static void skim_attribute(struct ks_slice attribute, struct ks_request *out)
{
    struct ks_tlv type;
    if (!ks_der_expect(&attribute, KS_DER_OID, &type)) {
        out->other_attributes++;
        return;
    }
    bool extensions = ks_der_oid_is(type.body, extension_request, sizeof extension_request - 1) ||
                      ks_der_oid_is(type.body, microsoft_request, sizeof microsoft_request - 1);
    if (ks_der_oid_is(type.body, challenge_password, sizeof challenge_password - 1))
        out->has_challenge = true;
    else if (!extensions || !take_extensions(attribute, out))
        out->other_attributes++;
}

/* CertificationRequestInfo: version 0, subject, public key, [0] attributes. */
static bool skim_request_info(struct ks_slice info, struct ks_request *out)
{
    struct ks_tlv version, subject, spki, attributes, attribute;
    if (!ks_der_expect(&info, KS_DER_INTEGER, &version) || !next_sequence(&info, &subject) ||
        !next_sequence(&info, &spki))
        return false;
    out->subject = subject.whole;
    out->spki = spki.whole;
    if (ks_der_peek(info) != KS_DER_CONTEXT_CONS(0) || !ks_ber_next(&info, &attributes))
        return true; /* some writers leave the empty set out */
    while (ks_ber_next(&attributes.body, &attribute))
        skim_attribute(attribute.body, out);
    return true;
}

bool ks_request_skim(struct ks_slice der, struct ks_request *out)
{
    *out = (struct ks_request){.der = der};
    struct ks_tlv outer, info, alg, signature;
    if (!next_sequence(&der, &outer) || !next_sequence(&outer.body, &info) ||
        !next_sequence(&outer.body, &alg) ||
        !ks_der_expect(&outer.body, KS_DER_BIT_STRING, &signature))
        return false;
    out->der = outer.whole;
    out->sig_alg = alg.whole;
    return skim_request_info(info.body, out);
}

enum ks_verdict ks_request_verify(const struct ks_request *r)
{
    return ks_signed_verify(r->der, r->spki);
}

/* ---- revocation lists ---- */

static bool is_time(uint8_t tag)
{
    return tag == KS_DER_UTC_TIME || tag == KS_DER_GENERALIZED_TIME;
}

/* Takes a time off the front if there is one; an unreadable one is KS_TIME_NONE as well. */
static int64_t take_time(struct ks_slice *in)
{
    struct ks_tlv tlv;
    int64_t at;
    if (!is_time(ks_der_peek(*in)) || !ks_der_next(in, &tlv) || !ks_der_time(&tlv, &at))
        return KS_TIME_NONE;
    return at;
}

static size_t count_elements(struct ks_slice in)
{
    struct ks_tlv entry;
    size_t count = 0;
    while (ks_ber_next(&in, &entry))
        count++;
    return count;
}

/* TBSCertList: [version] signature, issuer, thisUpdate [nextUpdate] [entries] [0] extensions */
static bool skim_list(struct ks_slice list, struct ks_crl *out)
{
    struct ks_tlv alg, issuer, entries, wrapped, extensions;
    uint64_t version = 0;
    ks_der_uint(&list, &version);
    out->version = version < UINT8_MAX ? (uint8_t)(version + 1) : UINT8_MAX;
    if (!next_sequence(&list, &alg) || !next_sequence(&list, &issuer) ||
        !is_time(ks_der_peek(list)))
        return false;
    out->said_alg = alg.whole;
    out->issuer = issuer.whole;
    out->this_update = take_time(&list);
    out->bad_end = is_time(ks_der_peek(list));
    out->next_update = take_time(&list);
    out->bad_end = out->bad_end && out->next_update == KS_TIME_NONE;
    if (next_sequence(&list, &entries)) {
        out->entries = entries.body;
        out->revoked = count_elements(entries.body);
    }
    if (ks_der_peek(list) == KS_DER_CONTEXT_CONS(0) && ks_ber_next(&list, &wrapped)) {
        if (next_sequence(&wrapped.body, &extensions))
            out->exts = extensions.body;
        out->unread = wrapped.body.len > 0 || !ks_ext_all_read(out->exts);
    }
    out->unread = out->unread || list.len > 0;
    return true;
}

bool ks_crl_skim(struct ks_slice der, struct ks_crl *out)
{
    *out = (struct ks_crl){.der = der, .this_update = KS_TIME_NONE, .next_update = KS_TIME_NONE};
    struct ks_tlv outer, list, alg, signature;
    if (!next_sequence(&der, &outer) || !next_sequence(&outer.body, &list) ||
        !next_sequence(&outer.body, &alg) ||
        !ks_der_expect(&outer.body, KS_DER_BIT_STRING, &signature))
        return false;
    out->der = outer.whole;
    out->sig_alg = alg.whole;
    return skim_list(list.body, out);
}

enum ks_verdict ks_crl_verify(const struct ks_crl *crl, struct ks_slice spki)
{
    if (!ks_slice_equal(crl->said_alg, crl->sig_alg))
        return KS_VERDICT_BAD;
    return ks_signed_verify(crl->der, spki);
}
