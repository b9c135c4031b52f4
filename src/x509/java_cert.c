/*
 * What Java's certificate factory refuses although it can be read. A keystore that holds such a
 * certificate is refused as a whole, often with "keystore password was incorrect".
 */
#include "x509/cert.h"

#include "x509/der.h"
#include "x509/parts.h"

#define RSA_MIN 512 /* sun.security.rsa.RSAKeyFactory */
#define RSA_MAX 16384
#define RSA_FREE_EXPONENT 3072 /* bits up to which an exponent may be of any length */
#define EXPONENT_MAX 8         /* octets of it above */

static struct ks_slice without_zeros(struct ks_slice digits)
{
    while (digits.len > 0 && digits.data[0] == 0)
        digits = ks_slice(digits.data + 1, digits.len - 1);
    return digits;
}

/* RSAKeyFactory.checkKeyLengths, which rounds up to whole octets, and RSAPublicKeyImpl. */
static const char *refuses_rsa(const struct ks_spki *spki, unsigned bits)
{
    struct ks_slice in = spki->key, sequence, modulus, e;
    if (!ks_ber_body(&in, KS_DER_SEQUENCE, &sequence) ||
        !ks_ber_body(&sequence, KS_DER_INTEGER, &modulus) ||
        !ks_ber_body(&sequence, KS_DER_INTEGER, &e))
        return "its RSA key cannot be read";
    struct ks_slice exponent = without_zeros(e);
    if (bits + 7 < RSA_MIN)
        return "its RSA key has less than 512 bits";
    if (bits > RSA_MAX)
        return "its RSA key has more than 16384 bits";
    if (exponent.len == 0 || (exponent.len == 1 && exponent.data[0] < 3))
        return "the exponent of its RSA key is below 3";
    if (bits > RSA_FREE_EXPONENT && exponent.len > EXPONENT_MAX)
        return "the exponent of its RSA key has more than 64 bits";
    return NULL;
}

/* sun.security.util.ECParameters takes names of curves only, ECUtil.decodePoint the plain form. */
static const char *refuses_ec(const struct ks_spki *spki, const struct ks_cert *c)
{
    if (c->flags & KS_CERT_EXPLICIT_EC)
        return "the curve of its EC key is spelled out instead of named";
    if (spki->key.len == 0 || spki->key.data[0] != 4)
        return "the point of its EC key is compressed";
    if (spki->key.len != 1 + 2 * (((size_t)c->key_bits + 7) / 8))
        return "the point of its EC key has the wrong length";
    return NULL;
}

/* XDHPublicKeyImpl, EdDSAPublicKeyImpl */
static const char *refuses_curve25519(const struct ks_spki *spki, size_t len)
{
    return spki->key.len == len ? NULL : "its public key has the wrong length";
}

static const char *refuses_dsa(const struct ks_spki *spki)
{
    struct ks_slice in = spki->key, y;
    return ks_ber_body(&in, KS_DER_INTEGER, &y) && y.len > 0 ? NULL : "its DSA key cannot be read";
}

static const char *refuses_key(const struct ks_cert *c)
{
    struct ks_spki spki;
    if (!ks_spki_open(ks_cert_part(c, c->spki), &spki))
        return "its public key is empty";
    const uint8_t unused = spki.key.data[-1]; /* bits; DerValue.getBitString */
    if (unused > 7 || (unused > 0 && spki.key.len == 0))
        return "its public key is no whole BIT STRING";
    switch ((enum ks_key_alg)c->key_alg) {
    case KS_KEY_RSA:
    case KS_KEY_RSA_PSS:
        return refuses_rsa(&spki, c->key_bits);
    case KS_KEY_EC:
        return refuses_ec(&spki, c);
    case KS_KEY_DSA:
        return refuses_dsa(&spki);
    case KS_KEY_ED25519:
    case KS_KEY_X25519:
        return refuses_curve25519(&spki, 32);
    case KS_KEY_X448:
        return refuses_curve25519(&spki, 56);
    case KS_KEY_ED448:
        return refuses_curve25519(&spki, 57);
    default:
        return NULL;
    }
}

/* ---- object identifiers ---- */

#define BAD_OID "an object identifier in it is malformed"

/* Of the first element, a SEQUENCE that begins with one: an AlgorithmIdentifier, an attribute, an
 * extension. `rest` is what follows it in there. */
static bool reads_sequence(struct ks_slice *in, struct ks_slice *oid, struct ks_slice *rest)
{
    return ks_ber_body(in, KS_DER_SEQUENCE, rest) && ks_ber_body(rest, KS_DER_OID, oid) &&
           ks_oid_sound(*oid);
}

static bool reads_name(struct ks_slice name, bool *empty)
{
    struct ks_slice rdns, set, oid, rest;
    *empty = true;
    if (!ks_ber_body(&name, KS_DER_SEQUENCE, &rdns))
        return false;
    while (ks_ber_body(&rdns, KS_DER_SET, &set)) {
        for (; set.len > 0; *empty = false)
            if (!reads_sequence(&set, &oid, &rest))
                return false;
    }
    return true;
}

/* The bytes from a part to the end of the certificate. */
static struct ks_slice from(const struct ks_cert *c, uint32_t off)
{
    return ks_slice(c->der + off, c->len - off);
}

static const char *refuses_identifiers(const struct ks_cert *c, bool *no_subject)
{
    bool no_issuer;
    struct ks_slice oid, rest, spki = ks_cert_part(c, c->spki), key;
    struct ks_slice inner = from(c, c->serial.off + c->serial.len);
    struct ks_slice outer = ks_cert_part(c, c->sig_alg);
    if (!reads_sequence(&inner, &oid, &rest) || !reads_sequence(&outer, &oid, &rest) ||
        !reads_name(ks_cert_part(c, c->issuer), &no_issuer) ||
        !reads_name(ks_cert_part(c, c->subject), no_subject) ||
        !ks_ber_body(&spki, KS_DER_SEQUENCE, &key) || !reads_sequence(&key, &oid, &rest))
        return BAD_OID;
    return no_issuer ? "its issuer has no name" : NULL;
}

/* ---- extensions ---- */

#define EXTENSIONS_COMPARED 32 /* a certificate of the field has ten */

static const char *refuses_extensions(const struct ks_cert *c)
{
    struct ks_slice seen[EXTENSIONS_COMPARED], exts = ks_cert_part(c, c->exts), oid, rest, critical;
    size_t count = 0;
    while (exts.len > 0) {
        if (!reads_sequence(&exts, &oid, &rest))
            return BAD_OID;
        if (ks_ber_body(&rest, KS_DER_BOOLEAN, &critical) && critical.len != 1)
            return "an extension of it says neither that it is critical nor that it is not";
        for (size_t i = 0; i < count; i++)
            if (ks_slice_equal(seen[i], oid))
                return "it has an extension twice";
        if (count < EXTENSIONS_COMPARED)
            seen[count++] = oid;
    }
    return NULL;
}

/* sun.security.x509.X509CertInfo.verifyCert: who has no name needs another one in an extension that
 * is critical. A certificate without any extensions is not asked, but for one of version 1. */
static const char *refuses_nameless(const struct ks_cert *c)
{
    static const uint8_t alt_names[] = {0x55, 0x1d, 0x11};
    struct ks_slice exts = ks_cert_part(c, c->exts), oid, rest, critical, value, names;
    bool has_extensions = exts.len > 0;
    if (c->version < 2)
        return "it is of version 1, and its subject has no name";
    while (exts.len > 0 && reads_sequence(&exts, &oid, &rest)) {
        if (!ks_slice_equal(oid, ks_slice(alt_names, sizeof alt_names)))
            continue;
        if (!ks_ber_body(&rest, KS_DER_BOOLEAN, &critical) || critical.len != 1 ||
            critical.data[0] == 0)
            return "its subject has no name, and its alternative names are not critical";
        if (ks_ber_body(&rest, KS_DER_OCTET_STRING, &value) &&
            ks_ber_body(&value, KS_DER_SEQUENCE, &names) && names.len > 0)
            return NULL;
        break;
    }
    return has_extensions ? "its subject has no name, and it has no alternative names" : NULL;
}

/* ---- dates: sun.security.util.DerInputBuffer.getTimeInternal ---- */

static bool take_number(struct ks_slice *in, size_t digits, unsigned *out)
{
    if (in->len < digits)
        return false;
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        if (in->data[i] < '0' || in->data[i] > '9')
            return false;
        *out = *out * 10 + in->data[i] - '0';
    }
    *in = ks_slice(in->data + digits, in->len - digits);
    return true;
}

static bool take_fraction(struct ks_slice *in)
{
    unsigned digit;
    size_t before = in->len;
    if (in->len == 0 || (in->data[0] != '.' && in->data[0] != ','))
        return true;
    *in = ks_slice(in->data + 1, in->len - 1);
    while (take_number(in, 1, &digit))
        ;
    return in->len + 1 < before;
}

static bool is_zone(struct ks_slice in)
{
    unsigned hours, minutes;
    if (in.len == 1)
        return in.data[0] == 'Z';
    if (in.len != 5 || (in.data[0] != '+' && in.data[0] != '-'))
        return false;
    in = ks_slice(in.data + 1, 4);
    return take_number(&in, 2, &hours) && take_number(&in, 2, &minutes) && hours < 24 &&
           minutes < 60;
}

/* Every month has up to 31 days there: of 2021-02-29 Java makes the first of March. */
static bool reads_time(const struct ks_tlv *tlv)
{
    bool generalized = tlv->tag == KS_DER_GENERALIZED_TIME;
    struct ks_slice in = tlv->body;
    unsigned year, month, day, hour, minute, second = 0;
    if ((!generalized && tlv->tag != KS_DER_UTC_TIME) ||
        !take_number(&in, generalized ? 4 : 2, &year) || !take_number(&in, 2, &month) ||
        !take_number(&in, 2, &day) || !take_number(&in, 2, &hour) || !take_number(&in, 2, &minute))
        return false;
    if (in.len > 2 && (!take_number(&in, 2, &second) || (generalized && !take_fraction(&in))))
        return false;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 &&
           second < 60 && is_zone(in);
}

static bool reads_validity(const struct ks_cert *c)
{
    struct ks_slice in = from(c, c->issuer.off + c->issuer.len), dates;
    struct ks_tlv first, last;
    return ks_ber_body(&in, KS_DER_SEQUENCE, &dates) && ks_ber_next(&dates, &first) &&
           ks_ber_next(&dates, &last) && reads_time(&first) && reads_time(&last);
}

/* ---- */

const char *ks_cert_java_refusal(const struct ks_cert *c)
{
    if (c->flags & KS_CERT_BROKEN)
        return "it cannot be read";
    if (!(c->flags & KS_CERT_ODD))
        return NULL;
    if (!reads_validity(c))
        return "a validity date of it is no date";
    if (c->serial.len == 0)
        return "its serial number is empty";
    bool no_subject;
    const char *why = refuses_identifiers(c, &no_subject);
    if (why)
        return why;
    if (c->version < 3 && c->exts.len > 0)
        return "it has extensions, but is not of version 3";
    why = refuses_extensions(c);
    if (!why && no_subject)
        why = refuses_nameless(c);
    return why ? why : refuses_key(c);
}

const char *ks_spki_java_refusal(struct ks_slice spki)
{
    struct ks_cert c = {.der = spki.data, .len = (uint32_t)spki.len};
    c.spki = (struct ks_span){0, c.len};
    return ks_spki_skim(spki, &c.key_alg, &c.key_bits, &c.flags) ? refuses_key(&c)
                                                                 : "its public key cannot be read";
}
