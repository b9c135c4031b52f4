/* GeneralName, RFC 5280 4.2.1.6, as "dns:a", "ip:192.0.2.1", ... */
#include "x509/cert.h"

#include "x509/der.h"
#include "x509/ext.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- addresses ---- */

static void put_ipv4(const uint8_t *a, struct ks_buf *out)
{
    ks_buf_printf(out, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
}

/* RFC 5952: lower case, the longest run of two or more zero groups (the first such) as "::". */
static void put_ipv6(const uint8_t *a, struct ks_buf *out)
{
    unsigned groups[8], best = 8, best_len = 1;
    for (unsigned i = 0; i < 8; i++)
        groups[i] = (unsigned)(a[2 * i] << 8 | a[2 * i + 1]);
    for (unsigned i = 0; i < 8; i++) {
        unsigned len = 0;
        while (i + len < 8 && groups[i + len] == 0)
            len++;
        if (len > best_len) {
            best = i;
            best_len = len;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        if (i == best) {
            ks_buf_str(out, "::");
            i += best_len - 1;
            continue;
        }
        if (i > 0 && i != best + best_len)
            ks_buf_byte(out, ':');
        ks_buf_printf(out, "%x", groups[i]);
    }
}

static void put_address(const uint8_t *a, size_t len, struct ks_buf *out)
{
    if (len == 4)
        put_ipv4(a, out);
    else
        put_ipv6(a, out);
}

/* Leading one bits of a mask; false when ones follow a zero. */
static bool prefix_length(const uint8_t *mask, size_t len, unsigned *prefix)
{
    unsigned ones = 0;
    while (ones < len * 8 && mask[ones / 8] & 0x80 >> ones % 8)
        ones++;
    for (size_t i = ones; i < len * 8; i++) {
        if (mask[i / 8] & 0x80 >> i % 8)
            return false;
    }
    *prefix = ones;
    return true;
}

/* Four or sixteen octets; twice that, with a mask, in name constraints. */
static void put_ip(struct ks_slice ip, struct ks_buf *out)
{
    unsigned prefix;
    if (ip.len == 4 || ip.len == 16) {
        put_address(ip.data, ip.len, out);
    } else if (ip.len == 8 || ip.len == 32) {
        size_t half = ip.len / 2;
        put_address(ip.data, half, out);
        ks_buf_byte(out, '/');
        if (prefix_length(ip.data + half, half, &prefix))
            ks_buf_printf(out, "%u", prefix);
        else
            put_address(ip.data + half, half, out);
    } else {
        ks_buf_printf(out, "(%zu bytes) ", ip.len);
        ks_put_hex(ip, out);
    }
}

/* ---- other names ---- */

/* KRB5PrincipalName, RFC 4556: [0] realm, [1] { [0] type, [1] SEQUENCE OF KerberosString }. */
static bool put_kerberos(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv outer, realm, name, parts, part;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &outer) ||
        !ks_der_expect(&outer.body, KS_DER_CONTEXT_CONS(0), &realm) ||
        !ks_der_next(&realm.body, &realm) ||
        !ks_der_expect(&outer.body, KS_DER_CONTEXT_CONS(1), &name) ||
        !ks_der_expect(&name.body, KS_DER_SEQUENCE, &name) ||
        !ks_der_skip(&name.body, KS_DER_CONTEXT_CONS(0)) ||
        !ks_der_expect(&name.body, KS_DER_CONTEXT_CONS(1), &parts) ||
        !ks_der_expect(&parts.body, KS_DER_SEQUENCE, &parts))
        return false;
    for (bool first = true; ks_der_next(&parts.body, &part); first = false) {
        if (!first)
            ks_buf_byte(out, '/');
        ks_put_string(&part, out);
    }
    ks_buf_byte(out, '@');
    ks_put_string(&realm, out);
    return parts.body.len == 0;
}

static bool is_printable(struct ks_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] > 0x7e)
            return false;
    }
    return s.len > 0;
}

/* Strings as they are; an octet string that holds text (Microsoft's object SID) as that text. */
static void put_other_value(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice rest = value;
    struct ks_tlv tlv;
    if (!ks_der_next(&rest, &tlv)) {
        ks_text_hex(value, '\0', false, out);
        return;
    }
    if (tlv.tag == KS_DER_OCTET_STRING && is_printable(tlv.body))
        ks_put_ia5(tlv.body, out);
    else
        ks_put_string(&tlv, out);
}

static bool put_other_name(struct ks_slice in, struct ks_buf *out)
{
    static const char kerberos[] = "\x2b\x06\x01\x05\x02\x02";
    struct ks_tlv type, value;
    if (!ks_der_expect(&in, KS_DER_OID, &type))
        return false;
    ks_oid_text(type.body, out);
    ks_buf_byte(out, '=');
    if (!ks_der_expect(&in, KS_DER_CONTEXT_CONS(0), &value))
        return false;
    if (ks_der_oid_is(type.body, kerberos, sizeof kerberos - 1))
        return put_kerberos(value.body, out);
    put_other_value(value.body, out);
    return true;
}

/* ---- general names ---- */

static bool put_text_name(const char *kind, struct ks_slice body, struct ks_buf *out)
{
    ks_buf_str(out, kind);
    ks_put_ia5(body, out);
    return true;
}

static bool put_opaque_name(const char *kind, struct ks_slice body, struct ks_buf *out)
{
    ks_buf_str(out, kind);
    ks_text_hex(body, '\0', false, out);
    return true;
}

bool ks_put_general_name(const struct ks_tlv *name, struct ks_buf *out)
{
    switch (name->tag) {
    case KS_DER_CONTEXT_CONS(0):
        ks_buf_str(out, "other:");
        return put_other_name(name->body, out);
    case KS_DER_CONTEXT(1):
        return put_text_name("email:", name->body, out);
    case KS_DER_CONTEXT(2):
        return put_text_name("dns:", name->body, out);
    case KS_DER_CONTEXT_CONS(3):
        return put_opaque_name("x400:#", name->body, out);
    case KS_DER_CONTEXT_CONS(4):
        ks_buf_str(out, "dir:");
        ks_put_name(name->body, out);
        return true;
    case KS_DER_CONTEXT_CONS(5):
        return put_opaque_name("edi:#", name->body, out);
    case KS_DER_CONTEXT(6):
        return put_text_name("uri:", name->body, out);
    case KS_DER_CONTEXT(7):
        ks_buf_str(out, "ip:");
        put_ip(name->body, out);
        return true;
    case KS_DER_CONTEXT(8):
        ks_buf_str(out, "oid:");
        ks_oid_text(name->body, out);
        return true;
    default:
        return false;
    }
}

bool ks_put_general_names(struct ks_slice names, const char *prefix, struct ks_buf *out)
{
    struct ks_tlv name;
    while (ks_der_next(&names, &name)) {
        ks_buf_str(out, prefix);
        bool good = ks_put_general_name(&name, out);
        ks_buf_byte(out, '\n');
        if (!good)
            return false;
    }
    return names.len == 0;
}

/* GeneralName has context tags only, so a SEQUENCE in front can be nothing but the list itself. */
bool ks_ext_general_names(struct ks_slice names, struct ks_buf *out)
{
    struct ks_tlv list;
    struct ks_slice rest = names;
    if (ks_der_expect(&rest, KS_DER_SEQUENCE, &list) && rest.len == 0)
        names = list.body;
    size_t start = out->len;
    bool good = ks_put_general_names(names, "", out);
    ks_ext_end_line(start, out);
    return good;
}

void ks_cert_san(const struct ks_cert *c, struct ks_buf *out)
{
    struct ks_ext ext;
    if (ks_ext_find(ks_cert_part(c, c->exts), ks_slice("\x55\x1d\x11", 3), &ext))
        ks_ext_general_names(ext.value, out);
}
