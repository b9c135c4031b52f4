#include "format/bcfks_internal.h"

#include "format/items.h"

/* ---- tools ---- */

/* The next element, as a whole TLV, if it has this tag and is there to its end. */
static bool take(struct ks_slice *in, uint8_t tag, struct ks_slice *out)
{
    struct ks_tlv tlv;

    if (!ks_der_expect(in, tag, &tlv))
        return false;
    *out = tlv.whole;
    return true;
}

static bool take_body(struct ks_slice *in, uint8_t tag, struct ks_slice *out)
{
    struct ks_tlv tlv;

    if (!ks_der_expect(in, tag, &tlv))
        return false;
    *out = tlv.body;
    return true;
}

/* The next element if it has this tag; *cut when its end is not there. */
static bool take_some(struct ks_slice *in, uint8_t tag, struct ks_part *out, bool *cut)
{
    if (ks_der_peek(*in) != tag || !ks_part_next(in, out))
        return false;
    if (!out->whole)
        *cut = true;
    return true;
}

struct ks_slice ks_bcfks_body(struct ks_slice tlv)
{
    struct ks_tlv whole;
    return ks_der_next(&tlv, &whole) ? whole.body : ks_slice(NULL, 0);
}

/* ---- ObjectStore ---- */

static bool open_encrypted(struct ks_slice body, struct ks_bcfks_file *out)
{
    static const uint8_t pbes2[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d};
    struct ks_part alg, oid, content;
    bool cut = false;

    if (!take_some(&body, KS_DER_SEQUENCE, &alg, &cut))
        return false;
    out->alg = alg.raw;
    if (!take_some(&alg.body, KS_DER_OID, &oid, &cut) ||
        !ks_der_oid_is(oid.body, pbes2, sizeof pbes2))
        return false;
    if (!take_some(&body, KS_DER_OCTET_STRING, &content, &cut))
        return cut || out->cut;
    out->content = content.body;
    return true;
}

static bool open_mac(struct ks_slice body, struct ks_bcfks_file *out)
{
    struct ks_pbe_scheme ignored;

    return take(&body, KS_DER_SEQUENCE, &out->check_alg) &&
           take(&body, KS_DER_SEQUENCE, &out->kdf) && ks_pbe_kdf_parse(out->kdf, &ignored) &&
           take_body(&body, KS_DER_OCTET_STRING, &out->mac);
}

static bool open_signature(struct ks_slice body, struct ks_bcfks_file *out)
{
    struct ks_slice check, certs;

    if (!take_body(&body, KS_DER_SEQUENCE, &check) ||
        !take(&check, KS_DER_SEQUENCE, &out->check_alg))
        return false;
    if (take_body(&check, KS_DER_CONTEXT_CONS(0), &certs) &&
        !take_body(&certs, KS_DER_SEQUENCE, &out->certs))
        return false;
    return take(&check, KS_DER_BIT_STRING, &out->signature);
}

static enum ks_bcfks_check open_check(struct ks_slice in, struct ks_bcfks_file *out)
{
    struct ks_part check;
    bool cut = false;

    if (in.len == 0)
        return KS_BCFKS_CUT;
    if (take_some(&in, KS_DER_SEQUENCE, &check, &cut))
        return cut ? KS_BCFKS_CUT : open_mac(check.body, out) ? KS_BCFKS_MAC : KS_BCFKS_STRANGE;
    if (take_some(&in, KS_DER_CONTEXT_CONS(0), &check, &cut))
        return cut                               ? KS_BCFKS_CUT
               : open_signature(check.body, out) ? KS_BCFKS_SIGNED
                                                 : KS_BCFKS_STRANGE;
    return KS_BCFKS_STRANGE;
}

bool ks_bcfks_open(struct ks_slice file, struct ks_bcfks_file *out)
{
    struct ks_part outer, data;
    bool outer_cut = false;

    *out = (struct ks_bcfks_file){0};
    if (!take_some(&file, KS_DER_SEQUENCE, &outer, &outer_cut) ||
        !take_some(&outer.body, KS_DER_SEQUENCE, &data, &out->cut))
        return false;
    out->data = data.raw;
    out->trailing = file;
    out->clear = ks_der_peek(data.body) == KS_DER_INTEGER;
    if (!out->clear && !open_encrypted(data.body, out))
        return false;
    out->check = open_check(outer.body, out);
    if (outer_cut && out->check == KS_BCFKS_STRANGE)
        out->check = KS_BCFKS_CUT; /* the start of something */
    return true;
}

/* ---- ObjectStoreData ---- */

bool ks_bcfks_data(struct ks_slice data, struct ks_bcfks_data *out)
{
    struct ks_part outer, objects;

    *out = (struct ks_bcfks_data){0};
    if (!take_some(&data, KS_DER_SEQUENCE, &outer, &out->cut) ||
        !take(&outer.body, KS_DER_INTEGER, &out->version) ||
        !take(&outer.body, KS_DER_SEQUENCE, &out->integrity) ||
        !take(&outer.body, KS_DER_GENERALIZED_TIME, &out->created) ||
        !take(&outer.body, KS_DER_GENERALIZED_TIME, &out->modified) ||
        !take_some(&outer.body, KS_DER_SEQUENCE, &objects, &out->cut))
        return false;
    out->objects = objects.body;
    out->comment = outer.body;
    return true;
}

bool ks_bcfks_object(struct ks_slice raw, struct ks_bcfks_object *out)
{
    struct ks_slice body;

    *out = (struct ks_bcfks_object){.raw = raw};
    if (!take_body(&raw, KS_DER_SEQUENCE, &body))
        return false;
    struct ks_slice type = body;
    if (!ks_der_uint(&type, &out->type) || !take(&body, KS_DER_INTEGER, &out->type_tlv) ||
        !take(&body, KS_DER_UTF8_STRING, &out->identifier) ||
        !take(&body, KS_DER_GENERALIZED_TIME, &out->created) ||
        !take(&body, KS_DER_GENERALIZED_TIME, &out->modified) ||
        !take(&body, KS_DER_OCTET_STRING, &out->data))
        return false;
    out->comment = body;
    return true;
}

bool ks_bcfks_key_parts(struct ks_slice data, struct ks_slice *epki, struct ks_slice *certs)
{
    struct ks_slice body;

    return take_body(&data, KS_DER_SEQUENCE, &body) && take(&body, KS_DER_SEQUENCE, epki) &&
           take_body(&body, KS_DER_SEQUENCE, certs);
}
