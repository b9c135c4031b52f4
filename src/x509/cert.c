#include "x509/cert.h"

#include "x509/der.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- fingerprints and serial numbers ---- */

void ks_cert_sha256(const struct ks_cert *c, uint8_t out[static 32])
{
    ks_sha256(ks_cert_der(c), out);
}

void ks_cert_sha1(const struct ks_cert *c, uint8_t out[static 20])
{
    ks_sha1(ks_cert_der(c), out);
}

/* The absolute value of an INTEGER's contents, without leading zeros. Freed by the caller. */
static struct ks_slice magnitude(struct ks_slice integer, bool *negative)
{
    uint8_t *digits = ks_alloc(integer.len);
    *negative = integer.len > 0 && integer.data[0] & 0x80;
    unsigned carry = *negative;
    for (size_t i = integer.len; i-- > 0;) {
        unsigned octet = *negative ? (uint8_t)~integer.data[i] : integer.data[i];
        octet += carry;
        carry = octet >> 8;
        digits[i] = (uint8_t)octet;
    }
    size_t zeros = 0;
    while (zeros < integer.len && digits[zeros] == 0)
        zeros++;
    memmove(digits, digits + zeros, integer.len - zeros);
    return ks_slice(digits, integer.len - zeros);
}

void ks_der_integer_hex(struct ks_slice integer, struct ks_buf *out)
{
    bool negative;
    struct ks_slice digits = magnitude(integer, &negative);
    struct ks_buf hex = KS_BUF_INIT;
    ks_text_hex(digits, '\0', false, &hex);
    const char *text = ks_buf_text(&hex);
    if (negative)
        ks_buf_byte(out, '-');
    ks_buf_str(out, *text == '\0' ? "0" : *text == '0' ? text + 1 : text);
    ks_buf_free(&hex);
    free((void *)digits.data);
}

/* Beyond this a decimal number helps nobody, and converting it takes time by the square. */
#define MAX_DECIMAL_OCTETS 512

/* Divides the number in place; returns the remainder. */
static uint32_t divide(uint8_t *digits, size_t len, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < len; i++) {
        rest = rest << 8 | digits[i];
        digits[i] = (uint8_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint32_t)rest;
}

static bool is_zero(const uint8_t *digits, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (digits[i] != 0)
            return false;
    }
    return true;
}

void ks_der_integer_dec(struct ks_slice integer, struct ks_buf *out)
{
    if (integer.len > MAX_DECIMAL_OCTETS) {
        ks_buf_str(out, "0x");
        ks_der_integer_hex(integer, out);
        return;
    }
    bool negative;
    struct ks_slice number = magnitude(integer, &negative);
    uint8_t *digits = (uint8_t *)number.data;
    char text[MAX_DECIMAL_OCTETS * 5 / 2 + 16];
    size_t at = sizeof text;
    do {
        uint32_t nine = divide(digits, number.len, 1000000000);
        for (int i = 0; i < 9; i++, nine /= 10)
            text[--at] = (char)('0' + nine % 10);
    } while (!is_zero(digits, number.len));
    while (at + 1 < sizeof text && text[at] == '0')
        at++;
    if (negative)
        ks_buf_byte(out, '-');
    ks_buf_append(out, text + at, sizeof text - at);
    free(digits);
}

void ks_serial_hex(struct ks_slice serial, struct ks_buf *out)
{
    struct ks_buf hex = KS_BUF_INIT;
    ks_der_integer_hex(serial, &hex);
    const char *digits = ks_buf_text(&hex);
    if (*digits == '-') {
        ks_buf_byte(out, '-');
        digits++;
    }
    if (strlen(digits) % 2)
        ks_buf_byte(out, '0');
    ks_buf_str(out, digits);
    ks_buf_free(&hex);
}

void ks_cert_serial_hex(const struct ks_cert *c, struct ks_buf *out)
{
    ks_serial_hex(ks_cert_part(c, c->serial), out);
}

void ks_cert_serial_dec(const struct ks_cert *c, struct ks_buf *out)
{
    ks_der_integer_dec(ks_cert_part(c, c->serial), out);
}

/* ---- signature algorithms ---- */

static const char rsa_pss[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
static const char ecdsa_specified[] = "\x2a\x86\x48\xce\x3d\x04\x03";

bool ks_pss_params(struct ks_slice params, struct ks_pss *out)
{
    *out = (struct ks_pss){.salt_len = 20};
    struct ks_tlv sequence, field, alg, hash;
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &sequence))
        return params.len == 0;
    if (ks_der_expect(&sequence.body, KS_DER_CONTEXT_CONS(0), &field)) {
        if (!ks_der_expect(&field.body, KS_DER_SEQUENCE, &alg) ||
            !ks_der_expect(&alg.body, KS_DER_OID, &hash))
            return false;
        out->hash = hash.body;
    }
    if (ks_der_expect(&sequence.body, KS_DER_CONTEXT_CONS(1), &field)) {
        if (!ks_der_expect(&field.body, KS_DER_SEQUENCE, &alg) ||
            !ks_der_skip(&alg.body, KS_DER_OID) ||
            !ks_der_expect(&alg.body, KS_DER_SEQUENCE, &alg) ||
            !ks_der_expect(&alg.body, KS_DER_OID, &hash))
            return false;
        out->mgf_hash = hash.body;
    }
    if (ks_der_expect(&sequence.body, KS_DER_CONTEXT_CONS(2), &field) &&
        !ks_der_uint(&field.body, &out->salt_len))
        return false;
    uint64_t trailer = 1;
    if (ks_der_expect(&sequence.body, KS_DER_CONTEXT_CONS(3), &field) &&
        !ks_der_uint(&field.body, &trailer))
        return false;
    return trailer == 1;
}

/* Java writes SHA-256 as SHA256 inside of the names of signatures. */
static void append_hash(struct ks_slice oid, struct ks_buf *out)
{
    struct ks_buf name = KS_BUF_INIT;
    if (oid.len == 0)
        ks_buf_str(&name, "SHA-1"); /* the default of RFC 4055 */
    else
        ks_oid_text(oid, &name);
    const char *text = ks_buf_text(&name);
    if (strncmp(text, "SHA-", 4) == 0) {
        ks_buf_str(out, "SHA");
        text += 4;
    }
    ks_buf_str(out, text);
    ks_buf_free(&name);
}

static void pss_text(struct ks_slice params, struct ks_buf *out)
{
    struct ks_pss pss;
    if (!ks_pss_params(params, &pss)) {
        ks_buf_str(out, "RSASSA-PSS");
        return;
    }
    append_hash(pss.hash, out);
    ks_buf_str(out, "withRSAandMGF1");
    if (ks_slice_equal(pss.hash, pss.mgf_hash))
        return;
    ks_buf_str(out, " (MGF1 with ");
    append_hash(pss.mgf_hash, out);
    ks_buf_byte(out, ')');
}

void ks_sig_alg_text(struct ks_slice sig_alg, struct ks_buf *out)
{
    struct ks_tlv alg, oid, hash;
    if (!ks_ber_next(&sig_alg, &alg) || alg.tag != KS_DER_SEQUENCE ||
        !ks_der_expect(&alg.body, KS_DER_OID, &oid)) {
        ks_buf_str(out, "(unreadable algorithm)");
        return;
    }
    if (ks_der_oid_is(oid.body, rsa_pss, sizeof rsa_pss - 1)) {
        pss_text(alg.body, out);
    } else if (ks_der_oid_is(oid.body, ecdsa_specified, sizeof ecdsa_specified - 1) &&
               ks_der_expect(&alg.body, KS_DER_SEQUENCE, &alg) &&
               ks_der_expect(&alg.body, KS_DER_OID, &hash)) {
        append_hash(hash.body, out);
        ks_buf_str(out, "withECDSA");
    } else {
        ks_oid_text(oid.body, out);
    }
}

void ks_cert_signature_text(const struct ks_cert *c, struct ks_buf *out)
{
    ks_sig_alg_text(ks_cert_part(c, c->sig_alg), out);
}

/* ---- PEM ---- */

static void append_base64(struct ks_slice in, struct ks_buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < in.len; at += 3) {
        size_t left = in.len - at;
        uint32_t group = (uint32_t)in.data[at] << 16;
        group |= left > 1 ? (uint32_t)in.data[at + 1] << 8 : 0;
        group |= left > 2 ? in.data[at + 2] : 0;
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        left > 1 ? digits[group >> 6 & 63] : '=',
                        left > 2 ? digits[group & 63] : '='};
        ks_buf_append(out, four, sizeof four);
    }
}

/* Lines of 64 characters, RFC 7468. */
void ks_pem_write(const char *label, struct ks_slice der, struct ks_buf *out)
{
    ks_buf_printf(out, "-----BEGIN %s-----\n", label);
    for (size_t at = 0; at < der.len; at += 48) {
        append_base64(ks_slice_part(der, at, 48), out);
        ks_buf_byte(out, '\n');
    }
    ks_buf_printf(out, "-----END %s-----\n", label);
}
