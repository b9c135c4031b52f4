/* Public keys in words. */
#include "x509/cert.h"

#include "x509/der.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/crypto.h"
#include "base/text.h"

#include <string.h>

bool ks_spki_open(struct ks_slice in, struct ks_spki *out)
{
    struct ks_slice outer, alg, oid, key;
    if (!ks_ber_body(&in, KS_DER_SEQUENCE, &outer) || !ks_ber_body(&outer, KS_DER_SEQUENCE, &alg) ||
        !ks_ber_body(&alg, KS_DER_OID, &oid) || !ks_ber_body(&outer, KS_DER_BIT_STRING, &key) ||
        key.len == 0)
        return false;
    out->oid = oid;
    out->params = alg;
    out->key = ks_slice(key.data + 1, key.len - 1);
    return true;
}

void ks_spki_key_id(struct ks_slice spki, uint8_t out[static 20])
{
    struct ks_spki parts;
    if (ks_spki_open(spki, &parts))
        ks_sha1(parts.key, out);
    else
        memset(out, 0, 20);
}

/* ---- details: "name: value", one a line ---- */

static void put_field(struct ks_buf *out, const char *name)
{
    if (out->len > 0)
        ks_buf_byte(out, '\n');
    ks_buf_printf(out, "%s: ", name);
}

static void put_text(struct ks_buf *out, const char *name, const char *text)
{
    put_field(out, name);
    ks_buf_str(out, text);
}

static void put_octets(struct ks_buf *out, const char *name, struct ks_slice octets)
{
    put_field(out, name);
    ks_text_hex(octets, ':', true, out);
}

static void put_oid(struct ks_buf *out, const char *name, struct ks_slice oid)
{
    put_field(out, name);
    const char *known = ks_oid_name(oid);
    if (known)
        ks_buf_printf(out, "%s (", known);
    ks_oid_dotted(oid, out);
    if (known)
        ks_buf_byte(out, ')');
}

/* Small numbers in decimal, large ones as their octets. */
static bool put_integer(struct ks_buf *out, const char *name, struct ks_slice *in)
{
    struct ks_tlv number;
    if (!ks_der_expect(in, KS_DER_INTEGER, &number))
        return false;
    put_field(out, name);
    if (number.body.len <= 8)
        ks_der_integer_dec(number.body, out);
    else
        ks_text_hex(number.body, ':', true, out);
    return true;
}

static void put_bits(struct ks_buf *out, const char *name, unsigned bits)
{
    put_field(out, name);
    ks_buf_printf(out, "%u bits", bits);
}

static void rsa_details(const struct ks_spki *spki, unsigned bits, struct ks_buf *out)
{
    struct ks_slice key = spki->key;
    struct ks_tlv sequence, modulus;
    if (!ks_der_expect(&key, KS_DER_SEQUENCE, &sequence) ||
        !ks_der_expect(&sequence.body, KS_DER_INTEGER, &modulus))
        return;
    put_bits(out, "modulus size", bits);
    put_integer(out, "exponent", &sequence.body);
    while (modulus.body.len > 1 && modulus.body.data[0] == 0)
        modulus.body = ks_slice(modulus.body.data + 1, modulus.body.len - 1);
    put_octets(out, "modulus", modulus.body);
}

static void pss_details(const struct ks_spki *spki, struct ks_buf *out)
{
    struct ks_pss pss;
    if (spki->params.len == 0 || !ks_pss_params(spki->params, &pss))
        return;
    put_field(out, "limited to digest");
    if (pss.hash.len == 0)
        ks_buf_str(out, "SHA-1");
    else
        ks_oid_text(pss.hash, out);
    put_field(out, "salt at least");
    ks_buf_printf(out, "%llu bytes", (unsigned long long)pss.salt_len);
}

static void put_point(struct ks_buf *out, const char *name, struct ks_slice point)
{
    static const char *const forms[] = {[2] = "compressed",
                                        [3] = "compressed",
                                        [4] = "uncompressed",
                                        [6] = "hybrid",
                                        [7] = "hybrid"};
    uint8_t form = point.len > 0 ? point.data[0] : 0;
    put_octets(out, name, point);
    if (form < sizeof forms / sizeof forms[0] && forms[form])
        ks_buf_printf(out, " (%s)", forms[form]);
}

static void field_details(struct ks_slice field, struct ks_buf *out)
{
    struct ks_tlv type;
    if (!ks_der_expect(&field, KS_DER_OID, &type))
        return;
    put_oid(out, "field", type.body);
    put_integer(out, "prime", &field);
}

/* ECParameters of X9.62: version, field, curve { a, b, seed }, base, order, cofactor. */
static void explicit_details(struct ks_slice params, struct ks_buf *out)
{
    struct ks_tlv sequence, field, curve, part;
    put_text(out, "curve", "explicit parameters, not named");
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &sequence) ||
        !ks_der_skip(&sequence.body, KS_DER_INTEGER) ||
        !ks_der_expect(&sequence.body, KS_DER_SEQUENCE, &field) ||
        !ks_der_expect(&sequence.body, KS_DER_SEQUENCE, &curve))
        return;
    field_details(field.body, out);
    if (ks_der_expect(&curve.body, KS_DER_OCTET_STRING, &part))
        put_octets(out, "a", part.body);
    if (ks_der_expect(&curve.body, KS_DER_OCTET_STRING, &part))
        put_octets(out, "b", part.body);
    if (ks_der_expect(&curve.body, KS_DER_BIT_STRING, &part) && part.body.len > 0)
        put_octets(out, "seed", ks_slice(part.body.data + 1, part.body.len - 1));
    if (ks_der_expect(&sequence.body, KS_DER_OCTET_STRING, &part))
        put_point(out, "generator", part.body);
    put_integer(out, "order", &sequence.body);
    put_integer(out, "cofactor", &sequence.body);
}

static void ec_details(const struct ks_spki *spki, unsigned bits, struct ks_buf *out)
{
    struct ks_slice params = spki->params;
    struct ks_tlv oid;
    if (ks_der_peek(params) == KS_DER_SEQUENCE)
        explicit_details(params, out);
    else if (ks_der_expect(&params, KS_DER_OID, &oid))
        put_oid(out, "curve", oid.body);
    else
        put_text(out, "curve", "inherited from the issuer");
    put_bits(out, "size", bits);
    put_point(out, "point", spki->key);
}

/* DSA: p, q, g. PKCS#3: p, g. X9.42: p, g, q. */
static void group_details(const struct ks_spki *spki, enum ks_key_alg alg, unsigned bits,
                          struct ks_buf *out)
{
    struct ks_slice params = spki->params, key = spki->key;
    struct ks_tlv sequence;
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &sequence)) {
        put_text(out, "parameters", "inherited from the issuer");
    } else {
        put_bits(out, "size", bits);
        put_integer(out, "p", &sequence.body);
        if (alg == KS_KEY_DSA)
            put_integer(out, "q", &sequence.body);
        put_integer(out, "g", &sequence.body);
    }
    put_integer(out, "public value", &key);
}

static void details(const struct ks_spki *spki, enum ks_key_alg alg, unsigned bits,
                    struct ks_buf *out)
{
    put_oid(out, "algorithm", spki->oid);
    switch (alg) {
    case KS_KEY_RSA_PSS:
        pss_details(spki, out);
        rsa_details(spki, bits, out);
        break;
    case KS_KEY_RSA:
        rsa_details(spki, bits, out);
        break;
    case KS_KEY_EC:
        ec_details(spki, bits, out);
        break;
    case KS_KEY_DSA:
    case KS_KEY_DH:
        group_details(spki, alg, bits, out);
        break;
    default:
        if (bits > 0)
            put_bits(out, "size", bits);
        put_octets(out, "key", spki->key);
        break;
    }
}

void ks_spki_details(struct ks_slice spki, struct ks_buf *out)
{
    struct ks_spki parts;
    uint8_t alg;
    uint16_t bits;
    if (!ks_spki_open(spki, &parts) || !ks_spki_skim(spki, &alg, &bits, NULL)) {
        ks_buf_str(out, "(unreadable key)");
        return;
    }
    struct ks_buf text = KS_BUF_INIT;
    details(&parts, alg, bits, &text);
    ks_buf_slice(out, ks_slice(text.data, text.len));
    ks_buf_free(&text);
}
