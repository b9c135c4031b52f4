/* The entries of a revocation list: RFC 5280 5.1.2.6 and 5.3. */
#include "x509/request.h"

#include "base/clock.h"
#include "x509/cert.h"
#include "x509/der.h"

static const uint8_t reason_code[] = {0x55, 0x1d, 0x15};
static const uint8_t invalidity_date[] = {0x55, 0x1d, 0x18};
static const uint8_t certificate_issuer[] = {0x55, 0x1d, 0x1d};

static int reason_of(struct ks_slice value)
{
    struct ks_tlv code;

    if (!ks_der_expect(&value, KS_DER_ENUMERATED, &code) || code.body.len != 1)
        return -1;
    return code.body.data[0] & 0x7f;
}

static bool take_extension(void *ctx, const struct ks_ext *ext)
{
    struct ks_revoked *out = ctx;

    if (ks_der_oid_is(ext->oid, reason_code, sizeof reason_code))
        out->reason = reason_of(ext->value);
    else if (ks_der_oid_is(ext->oid, certificate_issuer, sizeof certificate_issuer))
        out->other_issuer = true;
    else if (ext->critical && !ks_der_oid_is(ext->oid, invalidity_date, sizeof invalidity_date))
        out->odd = true;
    return true;
}

bool ks_crl_next(struct ks_slice *entries, struct ks_revoked *out)
{
    struct ks_tlv entry, serial, date, exts;
    struct ks_slice rest = *entries;
    *out = (struct ks_revoked){.date = KS_TIME_NONE, .reason = -1};
    if (ks_der_peek(rest) != KS_DER_SEQUENCE || !ks_ber_next(&rest, &entry) ||
        !ks_der_expect(&entry.body, KS_DER_INTEGER, &serial))
        return false; /* and what is no entry stays in front */
    *entries = rest;
    out->serial = serial.body;
    if (!ks_der_next(&entry.body, &date) || !ks_der_time(&date, &out->date))
        out->date = KS_TIME_NONE;
    if (ks_der_peek(entry.body) == KS_DER_SEQUENCE && ks_ber_next(&entry.body, &exts)) {
        ks_ext_each(exts.body, take_extension, out);
        out->unread = !ks_ext_all_read(exts.body);
    }
    out->unread = out->unread || entry.body.len > 0;
    return true;
}

/* Without the octets in front that say nothing but the sign, which the next one says as well. */
static struct ks_slice shortest(struct ks_slice n)
{
    while (n.len > 1 && n.data[0] == (n.data[1] & 0x80 ? 0xff : 0))
        n = ks_slice(n.data + 1, n.len - 1);
    return n;
}

bool ks_serial_equal(struct ks_slice a, struct ks_slice b)
{
    return ks_slice_equal(shortest(a), shortest(b));
}

bool ks_crl_lists(const struct ks_crl *crl, struct ks_slice serial, struct ks_revoked *out)
{
    struct ks_slice entries = crl->entries;
    for (size_t i = 0; i < KS_CRL_SEARCHED && ks_crl_next(&entries, out); i++) {
        if (out->other_issuer)
            return false; /* it holds for those that follow as well */
        if (ks_serial_equal(out->serial, serial))
            return true;
    }
    return false;
}

const char *ks_crl_reason(int reason)
{
    static const char *const words[] = {
        [0] = "unspecified",         [1] = "key compromise",
        [2] = "CA compromise",       [3] = "affiliation changed",
        [4] = "superseded",          [5] = "cessation of operation",
        [6] = "certificate on hold", [8] = "removed from the list",
        [9] = "privilege withdrawn", [10] = "attribute authority compromise",
    };
    bool known = reason >= 0 && (size_t)reason < sizeof words / sizeof words[0];
    return known && words[reason] ? words[reason] : reason < 0 ? "" : "unknown reason";
}
