/* One SafeBag: taken apart, changed in single places, or made. */
#include "format/pkcs12_write.h"

#include "base/text.h"
#include "x509/der.h"

#include <stdlib.h>
#include <string.h>

#define IS(oid, bytes) ks_der_oid_is(oid, bytes, sizeof bytes - 1)
#define OID_BAG "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01" /* and one arc more: 1 to 6 */
#define OID_CERT_X509 "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01"
#define OID_CRL_X509 "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x17\x01"
#define OID_FRIENDLY_NAME "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14"
#define OID_LOCAL_KEY_ID "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15"
#define OID_TRUSTED_KEY_USAGE "\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01"
/* trustedKeyUsage anyExtendedKeyUsage, as Java writes it */
#define TRUST_ATTRIBUTE                                                                            \
    "\x30\x16\x06\x0c\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01\x31\x06\x06\x04\x55\x1d\x25" \
    "\x00"

enum { BAG_KEY = 1, BAG_SHROUDED, BAG_CERT, BAG_CRL, BAG_SECRET };

static struct ks_slice view_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

static bool take(struct ks_slice *in, uint8_t tag, struct ks_slice *body)
{
    struct ks_tlv tlv;
    if (!ks_der_expect(in, tag, &tlv))
        return false;
    *body = tlv.body;
    return true;
}

/* ---- taking apart ---- */

enum attribute { OTHER, NAME, KEY_ID, TRUST };

static enum attribute attribute_of(struct ks_slice one, struct ks_slice *values)
{
    struct ks_slice body, oid;

    *values = ks_slice(NULL, 0);
    if (!take(&one, KS_DER_SEQUENCE, &body) || !take(&body, KS_DER_OID, &oid) ||
        !take(&body, KS_DER_SET, values))
        return OTHER;
    if (IS(oid, OID_FRIENDLY_NAME))
        return NAME;
    if (IS(oid, OID_LOCAL_KEY_ID))
        return KEY_ID;
    return IS(oid, OID_TRUSTED_KEY_USAGE) ? TRUST : OTHER;
}

static void view_attributes(struct ks_slice set, struct p12_view *out)
{
    struct ks_slice values;
    struct ks_tlv one, value;

    while (ks_der_next(&set, &one)) {
        switch (attribute_of(one.whole, &values)) {
        case NAME:
            if (ks_der_next(&values, &value)) {
                out->name = value.body;
                out->name_tag = value.tag;
            }
            break;
        case KEY_ID:
            (void)take(&values, KS_DER_OCTET_STRING, &out->id);
            break;
        case TRUST:
            out->trusted = true;
            break;
        case OTHER:
            break;
        }
    }
}

static void view_cert(struct ks_slice in, struct p12_view *out)
{
    struct ks_slice seq, type, wrapped, der;

    if (take(&in, KS_DER_SEQUENCE, &seq) && take(&seq, KS_DER_OID, &type) &&
        IS(type, OID_CERT_X509) && take(&seq, KS_DER_CONTEXT_CONS(0), &wrapped) &&
        take(&wrapped, KS_DER_OCTET_STRING, &der))
        out->cert = der;
}

bool ks_p12_view(struct ks_slice raw, struct p12_view *out)
{
    struct ks_slice body;
    struct ks_tlv oid, value, set;

    *out = (struct p12_view){0};
    if (!take(&raw, KS_DER_SEQUENCE, &body) || !ks_der_expect(&body, KS_DER_OID, &oid) ||
        !ks_der_expect(&body, KS_DER_CONTEXT_CONS(0), &value))
        return false;
    out->oid = oid.whole;
    out->value = value.whole;
    if (oid.body.len == sizeof OID_BAG && memcmp(oid.body.data, OID_BAG, sizeof OID_BAG - 1) == 0)
        out->type = oid.body.data[sizeof OID_BAG - 1];
    if (out->type == BAG_CERT)
        view_cert(value.body, out);
    if (ks_der_expect(&body, KS_DER_SET, &set)) {
        out->attributes = set.whole;
        view_attributes(set.body, out);
    }
    out->rest = body;
    return true;
}

static void name_text(const struct p12_view *v, struct ks_buf *out)
{
    struct ks_tlv tlv = {.tag = v->name_tag, .body = v->name, .whole = v->name};
    (void)ks_der_string(&tlv, out);
}

bool ks_p12_same_name(const struct p12_view *a, const struct p12_view *b)
{
    struct ks_buf name = KS_BUF_INIT, other = KS_BUF_INIT;

    if (!a->name_tag || !b->name_tag)
        return false;
    if (a->name_tag == b->name_tag && ks_slice_equal(a->name, b->name))
        return true;
    name_text(a, &name);
    name_text(b, &other);
    bool same = ks_p12_alias_equal(ks_buf_text(&name), ks_buf_text(&other));
    ks_buf_free(&name);
    ks_buf_free(&other);
    return same;
}

/* ---- attributes ---- */

/* SEQUENCE { OID, SET { one value } } */
static void put_attribute(const char *oid, size_t oid_len, uint8_t tag, struct ks_slice value,
                          struct ks_buf *out)
{
    struct ks_buf one = KS_BUF_INIT, body = KS_BUF_INIT;

    ks_der_put(&one, tag, value);
    ks_der_put(&body, KS_DER_OID, ks_slice(oid, oid_len));
    ks_der_put(&body, KS_DER_SET, view_of(&one));
    ks_der_put(out, KS_DER_SEQUENCE, view_of(&body));
    ks_buf_free(&one);
    ks_buf_free(&body);
}

/* A BMPString; what is beyond the BMP becomes surrogates, which Java and OpenSSL read. */
static void put_name(const char *alias, struct ks_buf *out)
{
    struct ks_buf wide = KS_BUF_INIT;
    size_t len = strlen(alias);

    for (size_t at = 0; at < len;) {
        int32_t cp;
        at += ks_utf8_next(alias + at, len - at, &cp);
        uint32_t c = cp < 0 ? 0xfffd : (uint32_t)cp;
        if (c > 0xffff) {
            uint32_t high = 0xd800 + ((c - 0x10000) >> 10);
            ks_buf_byte(&wide, (uint8_t)(high >> 8));
            ks_buf_byte(&wide, (uint8_t)high);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        ks_buf_byte(&wide, (uint8_t)(c >> 8));
        ks_buf_byte(&wide, (uint8_t)c);
    }
    put_attribute(OID_FRIENDLY_NAME, sizeof OID_FRIENDLY_NAME - 1, KS_DER_BMP_STRING,
                  view_of(&wide), out);
    ks_buf_free(&wide);
}

static void put_id(struct ks_slice id, struct ks_buf *out)
{
    put_attribute(OID_LOCAL_KEY_ID, sizeof OID_LOCAL_KEY_ID - 1, KS_DER_OCTET_STRING, id, out);
}

/* Which of the attributes that a change is about have been written. */
struct done {
    bool name, id, trust;
};

static void put_changed(struct ks_slice one, const struct p12_change *c, struct done *done,
                        struct ks_buf *out)
{
    struct ks_slice values;
    enum attribute what = attribute_of(one, &values);

    if (what == NAME && (c->alias || c->unname)) {
        if (c->alias && !done->name)
            put_name(c->alias, out);
        done->name = true;
    } else if (what == KEY_ID && c->id.data) {
        if (!done->id)
            put_id(c->id, out);
        done->id = true;
    } else if (what != TRUST || !c->distrust) {
        ks_buf_slice(out, one);
        done->trust = done->trust || what == TRUST;
    }
}

static void put_attributes(struct ks_slice set, const struct p12_change *c, struct ks_buf *out)
{
    struct ks_buf all = KS_BUF_INIT;
    struct ks_slice body = ks_slice(NULL, 0);
    struct ks_tlv one;
    struct done done = {0};
    bool had = take(&set, KS_DER_SET, &body);

    while (ks_der_next(&body, &one))
        put_changed(one.whole, c, &done, &all);
    ks_buf_slice(&all, body); /* what cannot be read stays */
    if (c->alias && !done.name)
        put_name(c->alias, &all);
    if (c->id.data && !done.id)
        put_id(c->id, &all);
    if (c->trust && !done.trust)
        ks_buf_append(&all, TRUST_ATTRIBUTE, sizeof TRUST_ATTRIBUTE - 1);
    if (had || all.len)
        ks_der_put(out, KS_DER_SET, view_of(&all));
    ks_buf_free(&all);
}

/* ---- whole bags ---- */

void ks_p12_rewrite(struct ks_slice raw, const struct p12_change *c, struct ks_buf *out)
{
    struct ks_buf body = {.secret = true};
    struct p12_view v = {0};

    if (raw.data && !ks_p12_view(raw, &v)) {
        ks_buf_slice(out, raw); /* no SafeBag: nothing in it can be changed */
        return;
    }
    if (c->value.data) {
        ks_buf_slice(&body, c->value);
    } else {
        ks_buf_slice(&body, v.oid);
        ks_buf_slice(&body, v.value);
    }
    put_attributes(v.attributes, c, &body);
    ks_buf_slice(&body, v.rest);
    ks_der_put(out, KS_DER_SEQUENCE, view_of(&body));
    ks_buf_wipe_free(&body);
}

static void put_type(unsigned type, struct ks_buf *out)
{
    uint8_t oid[sizeof OID_BAG];

    memcpy(oid, OID_BAG, sizeof OID_BAG - 1);
    oid[sizeof OID_BAG - 1] = (uint8_t)type;
    ks_der_put(out, KS_DER_OID, ks_slice(oid, sizeof oid));
}

/* [0] { SEQUENCE { OID, [0] { OCTET STRING } } }: certificates, CRLs and secrets */
static void put_typed(unsigned type, struct ks_slice oid, struct ks_slice octets,
                      struct ks_buf *out)
{
    struct ks_buf inner = {.secret = true}, body = {.secret = true}, seq = {.secret = true};

    put_type(type, out);
    ks_der_put(&inner, KS_DER_OCTET_STRING, octets);
    ks_der_put(&body, KS_DER_OID, oid);
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), view_of(&inner));
    ks_der_put(&seq, KS_DER_SEQUENCE, view_of(&body));
    ks_der_put(out, KS_DER_CONTEXT_CONS(0), view_of(&seq));
    ks_buf_wipe_free(&inner);
    ks_buf_wipe_free(&body);
    ks_buf_wipe_free(&seq);
}

void ks_p12_put_cert(struct ks_slice der, struct ks_buf *out)
{
    put_typed(BAG_CERT, ks_slice(OID_CERT_X509, sizeof OID_CERT_X509 - 1), der, out);
}

void ks_p12_put_crl(struct ks_slice der, struct ks_buf *out)
{
    put_typed(BAG_CRL, ks_slice(OID_CRL_X509, sizeof OID_CRL_X509 - 1), der, out);
}

bool ks_p12_put_key(const struct ks_entry *e, struct ks_buf *out)
{
    static const char shrouded[] = OID_BAG "\x02";
    const char *form = e->key_format ? e->key_format : "";
    bool sealed = strcmp(form, "EncryptedPrivateKeyInfo") == 0;

    if (e->kind != KS_KIND_KEY) { /* Java's form of a secret */
        if (sealed)
            put_typed(BAG_SECRET, ks_slice(shrouded, sizeof shrouded - 1), e->key, out);
        return sealed;
    }
    if (!sealed && strcmp(form, "PrivateKeyInfo") != 0)
        return false;
    put_type(sealed ? BAG_SHROUDED : BAG_KEY, out);
    ks_der_put(out, KS_DER_CONTEXT_CONS(0), e->key);
    return true;
}
