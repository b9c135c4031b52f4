/* Revocation lists: whether one proves anything about a certificate, and what. RFC 5280 5, 6.3. */
#include "net/revoking.h"

#include "base/alloc.h"
#include "chain/issuer.h"
#include "format/pem_scan.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/request.h"

#define CRL_SIGN 6 /* bit of the key usage */

/* ---- which certificates it is about ---- */

/* IssuingDistributionPoint, RFC 5280 5.2.5. */
struct scope {
    struct ks_slice point; /* DistributionPointName, whole TLV; len 0: none */
    bool users, cas, attributes, indirect;
    bool some_reasons;
};

static bool take_flag(struct ks_slice body, bool *out)
{
    *out = body.len == 1 && body.data[0] != 0;
    return body.len == 1;
}

static bool take_field(const struct ks_tlv *field, struct scope *out)
{
    switch (field->tag) {
    case KS_DER_CONTEXT_CONS(0):
        out->point = field->body;
        return field->body.len > 0;
    case KS_DER_CONTEXT(1):
        return take_flag(field->body, &out->users);
    case KS_DER_CONTEXT(2):
        return take_flag(field->body, &out->cas);
    case KS_DER_CONTEXT(3):
        out->some_reasons = true;
        return true;
    case KS_DER_CONTEXT(4):
        return take_flag(field->body, &out->indirect);
    case KS_DER_CONTEXT(5):
        return take_flag(field->body, &out->attributes);
    default:
        return false;
    }
}

static bool read_scope(struct ks_slice value, struct scope *out)
{
    struct ks_tlv list, field;
    unsigned next = 0; /* each field once, and in order */

    *out = (struct scope){.indirect = false};
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &list) || value.len > 0)
        return false;
    for (; ks_der_next(&list.body, &field); next = field.number + 1)
        if (field.number < next || !take_field(&field, out))
            return false;
    return list.body.len == 0;
}

/* The GeneralNames of a DistributionPointName; false for one that is relative to the issuer. */
static bool full_names(struct ks_slice point, struct ks_slice *names)
{
    struct ks_tlv full;

    if (!ks_der_expect(&point, KS_DER_CONTEXT_CONS(0), &full))
        return false;
    *names = full.body;
    return true;
}

static bool have_one_in_common(struct ks_slice a, struct ks_slice b)
{
    struct ks_tlv x, y;

    while (ks_der_next(&a, &x))
        for (struct ks_slice rest = b; ks_der_next(&rest, &y);)
            if (ks_slice_equal(x.whole, y.whole))
                return true;
    return false;
}

#define NAMES_BYTES 4096 /* of either side: each is compared with each */

/* 6.3.3 (b)(2)(i): a CA may cut its list in pieces, and each piece says which certificates it is
 * for by the place that those name. Else one could be given for the other. */
static bool is_named_by(const struct ks_cert *cert, struct ks_slice point)
{
    static const uint8_t points[] = {0x55, 0x1d, 0x1f};
    struct ks_slice own, names;
    struct ks_ext ext;
    struct ks_tlv list, place, name;

    if (!full_names(point, &own) || own.len > NAMES_BYTES || cert->exts.len == 0 ||
        !ks_ext_find(ks_cert_part(cert, cert->exts), ks_slice(points, sizeof points), &ext) ||
        ext.value.len > NAMES_BYTES || !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &list))
        return false;
    while (ks_der_expect(&list.body, KS_DER_SEQUENCE, &place))
        if (ks_der_expect(&place.body, KS_DER_CONTEXT_CONS(0), &name) &&
            full_names(name.body, &names) && have_one_in_common(own, names))
            return true;
    return false;
}

static const char *out_of_scope(const struct ks_revoking *r, const struct scope *scope)
{
    bool ca = (r->cert->flags & KS_CERT_CA) != 0;

    if (scope->indirect)
        return "is an indirect one, of several CAs, which is not supported here";
    if (scope->attributes)
        return "is of attribute certificates only";
    if (scope->users && ca)
        return "is not of CAs";
    if (scope->cas && !ca)
        return "is of CAs only";
    if (scope->point.len > 0 && !is_named_by(r->cert, scope->point))
        return "is a part of the CA's list, and not the one that the certificate names";
    return NULL;
}

/* ---- extensions ---- */

struct reading {
    const struct ks_revoking *r;
    struct ks_status *out;
    bool sound, scoped, some_reasons;
};

static bool take_scope(struct reading *x, struct ks_slice value)
{
    struct scope scope;
    const char *why =
        read_scope(value, &scope) ? out_of_scope(x->r, &scope) : "does not say what it is of";

    if (x->scoped) /* which of them counts? */
        why = "says twice what it is of";
    x->scoped = true;
    x->some_reasons = scope.some_reasons;
    return why ? ks_revoking_fails(x->out, "the list %s", why) : true;
}

/* What is not critical may be passed over, but for what makes it another kind of list. */
static bool take_extension(void *ctx, const struct ks_ext *ext)
{
    static const uint8_t issuing_point[] = {0x55, 0x1d, 0x1c}, delta[] = {0x55, 0x1d, 0x1b};
    static const uint8_t key_id[] = {0x55, 0x1d, 0x23}, number[] = {0x55, 0x1d, 0x14};
    struct reading *x = ctx;
    struct ks_buf name = KS_BUF_INIT;

    if (ks_der_oid_is(ext->oid, issuing_point, sizeof issuing_point)) {
        x->sound = take_scope(x, ext->value);
    } else if (ks_der_oid_is(ext->oid, delta, sizeof delta)) {
        x->sound = ks_revoking_fails(x->out, "the list has only what changed (a delta), which is "
                                             "not supported here");
    } else if (ext->critical && !ks_der_oid_is(ext->oid, key_id, sizeof key_id) &&
               !ks_der_oid_is(ext->oid, number, sizeof number)) {
        ks_oid_text(ext->oid, &name);
        x->sound = ks_revoking_fails(x->out,
                                     "the list has an extension that is critical and not known "
                                     "here: %.100s",
                                     ks_buf_text(&name));
    }
    ks_buf_free(&name);
    return x->sound;
}

/* ---- entries ---- */

static bool take_revoked(const struct ks_revoked *entry, struct ks_status *out)
{
    out->word = KS_STATUS_REVOKED;
    out->revoked_at = entry->date;
    out->reason = entry->reason;
    return true;
}

/* A list of 16 MiB has some 400,000 entries: a few milliseconds. */
static bool look_through(const struct ks_revoking *r, const struct ks_crl *crl,
                         struct ks_status *out)
{
    struct ks_slice entries = crl->entries, serial = ks_cert_part(r->cert, r->cert->serial);
    struct ks_revoked entry;

    while (ks_crl_next(&entries, &entry)) {
        if (entry.other_issuer)
            return ks_revoking_fails(out, "the list has certificates of other CAs, and does not "
                                          "say so");
        if (ks_serial_equal(entry.serial, serial))
            return take_revoked(&entry, out);
        if (entry.unread)
            return ks_revoking_fails(out, "an entry of the list cannot be read to its end");
        if (entry.odd)
            return ks_revoking_fails(out, "an entry of the list has an extension that is critical "
                                          "and not known here");
    }
    if (entries.len > 0)
        return ks_revoking_fails(out, "the entries of the list cannot be parsed");
    out->word = KS_STATUS_GOOD;
    return true;
}

/* ---- the list as a whole ---- */

static bool may_sign_lists(const struct ks_cert *issuer)
{
    unsigned bits;

    return !ks_cert_key_usage(issuer, &bits) || (bits & 1u << CRL_SIGN);
}

static bool is_of_issuer(const struct ks_revoking *r, const struct ks_crl *crl,
                         struct ks_status *out)
{
    if (!ks_name_equal(crl->issuer, ks_cert_part(r->issuer, r->issuer->subject)))
        return ks_revoking_fails(out, "the list is another CA's");
    if (!may_sign_lists(r->issuer))
        return ks_revoking_fails(out, "the issuer may not sign revocation lists (no cRLSign in its "
                                      "key usage)");
    const char *why = ks_revoking_distrust(
        ks_crl_verify(crl, ks_cert_part(r->issuer, r->issuer->spki)), crl->sig_alg);
    return why ? ks_revoking_fails(out, "the list %s", why) : true;
}

/* What was passed over may be the entries, or what makes another kind of list of it. */
static bool is_readable(const struct ks_crl *crl, struct ks_status *out)
{
    if (crl->bad_end)
        return ks_revoking_fails(out, "until when the list holds cannot be read");
    if (crl->unread)
        return ks_revoking_fails(out, "the list has something that cannot be read, and entries may "
                                      "be there");
    return true;
}

bool ks_crl_judge(const struct ks_revoking *r, struct ks_slice der, struct ks_status *out)
{
    struct ks_crl crl;
    struct reading x = {.r = r, .out = out, .sound = true};

    if (!ks_crl_skim(der, &crl))
        return ks_revoking_fails(out, "what came is no revocation list");
    if (!is_of_issuer(r, &crl, out) ||
        !ks_revoking_is_current(r->now, crl.this_update, crl.next_update, out) ||
        !is_readable(&crl, out))
        return false;
    ks_ext_each(crl.exts, take_extension, &x);
    if (!x.sound || !look_through(r, &crl, out))
        return false;
    if (out->word == KS_STATUS_GOOD && x.some_reasons)
        return ks_revoking_fails(out,
                                 "the list is of some reasons only, and the certificate is not "
                                 "on it");
    ks_revoking_remark_digest(crl.sig_alg, out);
    return true;
}

bool ks_crl_concerns(const struct ks_revoking *r, struct ks_slice der)
{
    struct ks_crl crl;

    return ks_crl_skim(der, &crl) &&
           ks_name_equal(crl.issuer, ks_cert_part(r->cert, r->cert->issuer));
}

struct ks_slice ks_crl_der(struct ks_slice answer, struct ks_buf *room)
{
    struct ks_pem_block block;
    size_t at = 0;

    if (ks_der_peek(answer) == KS_DER_SEQUENCE)
        return answer;
    while (ks_pem_next(answer, &at, &block)) {
        if (!ks_slice_equal(block.label, ks_slice_str("X509 CRL")))
            continue;
        ks_buf_reserve(room, ks_base64_room(block.body.len));
        room->len = ks_base64_decode(block.body, room->data).len;
        return ks_slice(room->data, room->len);
    }
    return ks_slice(NULL, 0);
}
