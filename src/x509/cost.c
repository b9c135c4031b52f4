/* What verifying a signature takes: a hostile file chooses its keys for that. */
#include "x509/cert.h"

#include "x509/der.h"
#include "x509/parts.h"
#include "x509/skim.h"

#define RSA_UNIT 28 /* log2 of bits x bits of the modulus x bits of the exponent: RSA 4096, F4 */
#define EC_UNIT 24  /* log2 of the cube of a curve's bits: P-256; P-384 is 3, P-521 is 8 */
#define DSA_ORDER 256 /* bits of the exponents */

static size_t bits_of(struct ks_slice number)
{
    while (number.len > 0 && number.data[0] == 0)
        number = ks_slice(number.data + 1, number.len - 1);
    return number.len > UINT16_MAX / 8 ? UINT16_MAX : 8 * number.len;
}

/* Beyond RSAPublicKey there is nothing to compute with. */
static size_t exponent_bits(struct ks_slice key)
{
    struct ks_slice sequence, modulus, exponent;

    if (!ks_ber_body(&key, KS_DER_SEQUENCE, &sequence) ||
        !ks_ber_body(&sequence, KS_DER_INTEGER, &modulus) ||
        !ks_ber_body(&sequence, KS_DER_INTEGER, &exponent))
        return 0;
    return bits_of(exponent);
}

size_t ks_spki_cost(struct ks_slice spki)
{
    struct ks_spki parts;
    uint8_t alg;
    uint16_t bits = 0;
    uint64_t cost = 0;

    if (!ks_spki_open(spki, &parts) || !ks_spki_skim(spki, &alg, &bits, NULL))
        return 1;
    const uint64_t square = (uint64_t)bits * bits;
    if (alg == KS_KEY_RSA || alg == KS_KEY_RSA_PSS)
        cost = square * exponent_bits(parts.key) >> RSA_UNIT;
    else if (alg == KS_KEY_DSA)
        cost = square * DSA_ORDER >> RSA_UNIT;
    else if (alg == KS_KEY_EC || alg == KS_KEY_ED448)
        cost = square * bits >> EC_UNIT;
    return cost > 1 ? (size_t)cost : 1;
}
