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

static const char *refuses_key(const struct ks_cert *c)
{
    struct ks_spki spki;
    if (!ks_spki_open(ks_cert_part(c, c->spki), &spki))
        return NULL;
    switch ((enum ks_key_alg)c->key_alg) {
    case KS_KEY_RSA:
    case KS_KEY_RSA_PSS:
        return refuses_rsa(&spki, c->key_bits);
    case KS_KEY_EC:
        return refuses_ec(&spki, c);
    default:
        return NULL;
    }
}

const char *ks_cert_java_refusal(const struct ks_cert *c)
{
    if (c->flags & KS_CERT_BROKEN)
        return "it cannot be read";
    if (c->flags & KS_CERT_BAD_TIME)
        return "a validity date of it is no date";
    if (c->serial.len == 0)
        return "its serial number is empty";
    if (c->issuer.len == 2) /* SEQUENCE of nothing */
        return "its issuer has no name";
    if (c->version < 3 && c->exts.len > 0)
        return "it has extensions, but is not of version 3";
    return refuses_key(c);
}
