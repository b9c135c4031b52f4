/* Any DER or BER as an indented tree, for what has no words of its own. */
#include "x509/cert.h"

#include "x509/der.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/clock.h"
#include "base/text.h"

#define MAX_DEPTH 64
#define MAX_HEX 32    /* octets shown of what has no other form */
#define MAX_TEXT 1024 /* octets shown of a string */

struct dump {
    struct ks_buf *out;
    size_t lines_left;
    size_t lines;
};

static const char *const universal_names[31] = {
    [1] = "BOOLEAN",
    [2] = "INTEGER",
    [3] = "BIT STRING",
    [4] = "OCTET STRING",
    [5] = "NULL",
    [6] = "OBJECT IDENTIFIER",
    [7] = "ObjectDescriptor",
    [8] = "EXTERNAL",
    [9] = "REAL",
    [10] = "ENUMERATED",
    [11] = "EMBEDDED PDV",
    [12] = "UTF8String",
    [13] = "RELATIVE-OID",
    [16] = "SEQUENCE",
    [17] = "SET",
    [18] = "NumericString",
    [19] = "PrintableString",
    [20] = "T61String",
    [21] = "VideotexString",
    [22] = "IA5String",
    [23] = "UTCTime",
    [24] = "GeneralizedTime",
    [25] = "GraphicString",
    [26] = "VisibleString",
    [27] = "GeneralString",
    [28] = "UniversalString",
    [29] = "CHARACTER STRING",
    [30] = "BMPString",
};

/* Starts a line; false when there have been enough. */
static bool start_line(struct dump *d, unsigned depth)
{
    if (d->lines_left == 0)
        return false;
    d->lines_left--;
    if (d->lines++ > 0)
        ks_buf_byte(d->out, '\n');
    for (unsigned i = 0; i < depth; i++)
        ks_buf_str(d->out, "  ");
    return true;
}

static void put_tag(struct dump *d, const struct ks_tlv *tlv)
{
    static const char *const classes[] = {"UNIVERSAL ", "APPLICATION ", "", "PRIVATE "};
    unsigned class = tlv->tag >> 6;
    if (class == 0 && tlv->number < 31 && universal_names[tlv->number])
        ks_buf_str(d->out, universal_names[tlv->number]);
    else
        ks_buf_printf(d->out, "[%s%u]", classes[class], tlv->number);
}

static void put_octets(struct dump *d, struct ks_slice body)
{
    ks_buf_printf(d->out, " (%zu B)", body.len);
    if (body.len > 0)
        ks_buf_byte(d->out, ' ');
    ks_text_hex(ks_slice_part(body, 0, MAX_HEX), ' ', true, d->out);
    if (body.len > MAX_HEX)
        ks_buf_printf(d->out, " %s", ks_text_sign(KS_SIGN_CUT));
}

static void put_number(struct dump *d, struct ks_slice body)
{
    if (body.len > MAX_HEX) {
        put_octets(d, body);
        return;
    }
    ks_buf_byte(d->out, ' ');
    ks_der_integer_dec(body, d->out);
    if (body.len > 2) {
        ks_buf_str(d->out, " (0x");
        ks_der_integer_hex(body, d->out);
        ks_buf_byte(d->out, ')');
    }
}

static void put_oid(struct dump *d, struct ks_slice body)
{
    const char *name = ks_oid_name(body);
    ks_buf_byte(d->out, ' ');
    ks_oid_dotted(body, d->out);
    if (name)
        ks_buf_printf(d->out, " %s", name);
}

static void put_time(struct dump *d, const struct ks_tlv *tlv)
{
    char iso[24];
    int64_t at;
    if (ks_der_time(tlv, &at))
        ks_buf_printf(d->out, " %s", ks_time_iso(at, iso));
    else
        put_octets(d, tlv->body);
}

/* A cut string may end inside of a character; what cannot be decoded is shown as octets too. */
static void put_string(struct dump *d, const struct ks_tlv *tlv)
{
    struct ks_tlv shown = *tlv;
    struct ks_buf text = KS_BUF_INIT;
    shown.body = ks_slice_part(tlv->body, 0, MAX_TEXT);
    bool good = ks_der_string(&shown, &text);
    ks_buf_str(d->out, " \"");
    ks_put_text(ks_slice(text.data, text.len), d->out);
    ks_buf_printf(d->out, "%s\"", tlv->body.len > MAX_TEXT ? ks_text_sign(KS_SIGN_CUT) : "");
    if (!good)
        put_octets(d, tlv->body);
    ks_buf_free(&text);
}

static void put_value(struct dump *d, const struct ks_tlv *tlv)
{
    switch (tlv->tag) {
    case KS_DER_BOOLEAN:
        if (tlv->body.len == 1)
            ks_buf_str(d->out, tlv->body.data[0] ? " true" : " false");
        else
            put_octets(d, tlv->body);
        break;
    case KS_DER_INTEGER:
    case KS_DER_ENUMERATED:
        put_number(d, tlv->body);
        break;
    case KS_DER_OID:
        put_oid(d, tlv->body);
        break;
    case KS_DER_NULL:
        if (tlv->body.len > 0)
            put_octets(d, tlv->body);
        break;
    case KS_DER_UTC_TIME:
    case KS_DER_GENERALIZED_TIME:
        put_time(d, tlv);
        break;
    case KS_DER_UTF8_STRING:
    case KS_DER_NUMERIC_STRING:
    case KS_DER_PRINTABLE_STRING:
    case KS_DER_T61_STRING:
    case KS_DER_IA5_STRING:
    case KS_DER_VISIBLE_STRING:
    case KS_DER_UNIVERSAL_STRING:
    case KS_DER_BMP_STRING:
        put_string(d, tlv);
        break;
    default:
        put_octets(d, tlv->body);
        break;
    }
}

/* Octet and bit strings often hold DER again. Short ones look like it by chance, so the element
 * has to fill the string and be well-formed all the way down. */
static bool holds_der(const struct ks_tlv *tlv, struct ks_slice *inner)
{
    *inner = tlv->body;
    if (tlv->tag == KS_DER_BIT_STRING) {
        if (inner->len == 0 || inner->data[0] != 0)
            return false;
        *inner = ks_slice(inner->data + 1, inner->len - 1);
    } else if (tlv->tag != KS_DER_OCTET_STRING) {
        return false;
    }
    struct ks_slice rest = *inner;
    struct ks_tlv first;
    if (!ks_der_next(&rest, &first) || rest.len > 0)
        return false;
    bool plausible =
        first.tag == KS_DER_SEQUENCE || first.tag == KS_DER_SET ||
        ((first.tag & 0xe0) == 0 && first.number < 31 && universal_names[first.number]);
    return plausible && ks_ber_is_der(*inner);
}

static bool dump_all(struct dump *d, struct ks_slice in, unsigned depth);

static bool dump_element(struct dump *d, const struct ks_tlv *tlv, unsigned depth)
{
    if (!start_line(d, depth))
        return false;
    put_tag(d, tlv);
    bool indefinite = tlv->body.data + tlv->body.len < tlv->whole.data + tlv->whole.len;
    if (indefinite)
        ks_buf_str(d->out, " (indefinite length)");
    struct ks_slice inner = tlv->body;
    if (tlv->tag & 0x20) {
        if (tlv->body.len == 0)
            ks_buf_str(d->out, " (empty)");
    } else if (depth < MAX_DEPTH && holds_der(tlv, &inner)) {
        ks_buf_printf(d->out, " (%zu B) holding", tlv->body.len);
    } else {
        put_value(d, tlv);
        return true;
    }
    return dump_all(d, inner, depth + 1);
}

static bool dump_all(struct dump *d, struct ks_slice in, unsigned depth)
{
    struct ks_tlv tlv;
    while (in.len > 0) {
        if (depth <= MAX_DEPTH && ks_ber_next(&in, &tlv)) {
            if (!dump_element(d, &tlv, depth))
                return false;
            continue;
        }
        if (!start_line(d, depth))
            return false;
        ks_buf_str(d->out, depth > MAX_DEPTH ? "(nested too deep)" : "(not ASN.1)");
        put_octets(d, in);
        return true;
    }
    return true;
}

void ks_asn1_dump(struct ks_slice der, size_t max_lines, struct ks_buf *out)
{
    struct dump d = {.out = out, .lines_left = max_lines};
    if (der.len == 0)
        ks_buf_str(out, "(empty)");
    else if (!dump_all(&d, der, 0))
        ks_buf_printf(out, "%s(%s more)", max_lines > 0 ? "\n" : "", ks_text_sign(KS_SIGN_CUT));
}
