#include "x509/skim.h"

#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/clock.h"

#include <string.h>

#define MAX_EXTENSIONS 256

static struct ks_span span_of(const struct ks_cert *c, struct ks_slice part)
{
    return (struct ks_span){(uint32_t)(part.data - c->der), (uint32_t)part.len};
}

/* The element as a whole, where it is. */
static inline bool next_whole(struct ks_cert *c, struct ks_slice *in, uint8_t tag,
                              struct ks_span *whole, struct ks_slice *body)
{
    const uint8_t *from = in->data;
    if (!ks_ber_body(in, tag, body))
        return false;
    *whole = span_of(c, ks_slice(from, (size_t)(in->data - from)));
    return true;
}

/* ---- curves ---- */

struct curve {
    const char *oid; /* contents octets */
    uint8_t oid_len;
    uint16_t bits;
    const char *name; /* NULL: as in the OID table */
};

#define SEC(n) "\x2b\x81\x04\x00" n, 5
#define X962_PRIME(n) "\x2a\x86\x48\xce\x3d\x03\x01" n, 8
#define X962_BINARY(n) "\x2a\x86\x48\xce\x3d\x03\x00" n, 8
#define BRAINPOOL(n) "\x2b\x24\x03\x03\x02\x08\x01\x01" n, 9

/* The three that nearly every certificate has come first. */
static const struct curve curves[] = {
    {X962_PRIME("\x07"), 256, "P-256"},
    {SEC("\x22"), 384, "P-384"},
    {SEC("\x23"), 521, "P-521"},
    {SEC("\x0a"), 256, NULL}, /* secp256k1 */
    {SEC("\x21"), 224, "P-224"},
    {X962_PRIME("\x01"), 192, "P-192"},
    {BRAINPOOL("\x07"), 256, NULL},
    {BRAINPOOL("\x08"), 256, NULL},
    {BRAINPOOL("\x0b"), 384, NULL},
    {BRAINPOOL("\x0c"), 384, NULL},
    {BRAINPOOL("\x0d"), 512, NULL},
    {BRAINPOOL("\x0e"), 512, NULL},
    {BRAINPOOL("\x01"), 160, NULL},
    {BRAINPOOL("\x02"), 160, NULL},
    {BRAINPOOL("\x03"), 192, NULL},
    {BRAINPOOL("\x04"), 192, NULL},
    {BRAINPOOL("\x05"), 224, NULL},
    {BRAINPOOL("\x06"), 224, NULL},
    {BRAINPOOL("\x09"), 320, NULL},
    {BRAINPOOL("\x0a"), 320, NULL},
    {X962_PRIME("\x02"), 192, NULL},
    {X962_PRIME("\x03"), 192, NULL},
    {X962_PRIME("\x04"), 239, NULL},
    {X962_PRIME("\x05"), 239, NULL},
    {X962_PRIME("\x06"), 239, NULL},
    {SEC("\x01"), 163, NULL}, /* sect163k1 */
    {SEC("\x02"), 163, NULL},
    {SEC("\x03"), 239, NULL},
    {SEC("\x04"), 113, NULL},
    {SEC("\x05"), 113, NULL},
    {SEC("\x06"), 112, NULL}, /* secp112r1 */
    {SEC("\x07"), 112, NULL},
    {SEC("\x08"), 160, NULL},
    {SEC("\x09"), 160, NULL},
    {SEC("\x0f"), 163, NULL}, /* sect163r2 */
    {SEC("\x10"), 283, NULL},
    {SEC("\x11"), 283, NULL},
    {SEC("\x16"), 131, NULL},
    {SEC("\x17"), 131, NULL},
    {SEC("\x18"), 193, NULL},
    {SEC("\x19"), 193, NULL},
    {SEC("\x1a"), 233, NULL},
    {SEC("\x1b"), 233, NULL},
    {SEC("\x1c"), 128, NULL}, /* secp128r1 */
    {SEC("\x1d"), 128, NULL},
    {SEC("\x1e"), 160, NULL},
    {SEC("\x1f"), 192, NULL},
    {SEC("\x20"), 224, NULL},
    {SEC("\x24"), 409, NULL}, /* sect409k1 */
    {SEC("\x25"), 409, NULL},
    {SEC("\x26"), 571, NULL},
    {SEC("\x27"), 571, NULL},
    {X962_BINARY("\x01"), 163, NULL},
    {X962_BINARY("\x02"), 163, NULL},
    {X962_BINARY("\x03"), 163, NULL},
    {X962_BINARY("\x04"), 176, NULL},
    {X962_BINARY("\x05"), 191, NULL},
    {X962_BINARY("\x06"), 191, NULL},
    {X962_BINARY("\x07"), 191, NULL},
    {X962_BINARY("\x0a"), 208, NULL},
    {X962_BINARY("\x0b"), 239, NULL},
    {X962_BINARY("\x0c"), 239, NULL},
    {X962_BINARY("\x0d"), 239, NULL},
    {X962_BINARY("\x10"), 272, NULL},
    {X962_BINARY("\x11"), 304, NULL},
    {X962_BINARY("\x12"), 359, NULL},
    {X962_BINARY("\x13"), 368, NULL},
    {X962_BINARY("\x14"), 431, NULL},
    {"\x2a\x81\x1c\xcf\x55\x01\x82\x2d", 8, 256, "SM2"},
    {"\x2a\x81\x7a\x01\x81\x5f\x65\x82\x00\x01", 10, 256, NULL}, /* FRP256v1 */
};

static const struct curve *find_curve(struct ks_slice oid)
{
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (ks_der_oid_is(oid, curves[i].oid, curves[i].oid_len))
            return &curves[i];
    }
    return NULL;
}

/* ---- public keys ---- */

/* Bits of a positive INTEGER's contents, at most 65535. */
static uint16_t integer_bits(struct ks_slice body)
{
    size_t at = 0;
    while (at < body.len && body.data[at] == 0)
        at++;
    if (at == body.len)
        return 0;
    size_t bits = (body.len - at) * 8;
    for (uint8_t top = body.data[at]; !(top & 0x80); top = (uint8_t)(top << 1))
        bits--;
    return bits > UINT16_MAX ? UINT16_MAX : (uint16_t)bits;
}

static uint16_t next_integer_bits(struct ks_slice *in)
{
    struct ks_slice number;
    return ks_ber_body(in, KS_DER_INTEGER, &number) ? integer_bits(number) : 0;
}

/* The first INTEGER of a SEQUENCE: p of DSA and DH parameters. */
static uint16_t first_integer_bits(struct ks_slice in)
{
    struct ks_slice sequence;
    return ks_ber_body(&in, KS_DER_SEQUENCE, &sequence) ? next_integer_bits(&sequence) : 0;
}

/* ECParameters, X9.62: version, fieldID { type, prime or { m, ... } }, ... */
static uint16_t explicit_ec_bits(struct ks_slice params)
{
    struct ks_slice sequence, field, type, binary;
    if (!ks_ber_body(&params, KS_DER_SEQUENCE, &sequence) || next_integer_bits(&sequence) == 0 ||
        !ks_ber_body(&sequence, KS_DER_SEQUENCE, &field) || !ks_ber_body(&field, KS_DER_OID, &type))
        return 0;
    if (!ks_ber_body(&field, KS_DER_SEQUENCE, &binary))
        return next_integer_bits(&field);
    uint64_t m;
    return ks_der_uint(&binary, &m) && m <= UINT16_MAX ? (uint16_t)m : 0;
}

/* From an uncompressed (04), hybrid (06, 07) or compressed (02, 03) point. */
static uint16_t point_bits(struct ks_slice point)
{
    if (point.len < 2)
        return 0;
    size_t bytes = point.data[0] <= 3 ? point.len - 1 : (point.len - 1) / 2;
    return bytes > UINT16_MAX / 8 ? UINT16_MAX : (uint16_t)(bytes * 8);
}

static uint16_t ec_bits(const struct ks_spki *spki, uint32_t *flags)
{
    struct ks_slice params = spki->params, oid;
    if (ks_der_peek(params) == KS_DER_SEQUENCE) {
        *flags |= KS_CERT_EXPLICIT_EC | KS_CERT_ODD;
        return explicit_ec_bits(params);
    }
    const struct curve *curve = NULL;
    if (ks_ber_body(&params, KS_DER_OID, &oid))
        curve = find_curve(oid);
    uint16_t bits = curve ? curve->bits : point_bits(spki->key);
    if (!curve || spki->key.len != 1 + 2 * ((bits + (size_t)7) / 8) || spki->key.data[0] != 4)
        *flags |= KS_CERT_ODD;
    return bits;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static uint16_t rsa_bits(const struct ks_spki *spki, uint32_t *flags)
{
    static const uint8_t f4[] = {1, 0, 1};
    struct ks_slice in = spki->key, sequence, exponent;
    uint16_t bits = 0;
    if (ks_ber_body(&in, KS_DER_SEQUENCE, &sequence))
        bits = next_integer_bits(&sequence);
    if (bits < 1024 || bits > 8192 || !ks_ber_body(&sequence, KS_DER_INTEGER, &exponent) ||
        !ks_slice_equal(exponent, ks_slice(f4, sizeof f4)))
        *flags |= KS_CERT_ODD;
    return bits;
}

static uint16_t key_bits(const struct ks_spki *spki, enum ks_key_alg alg, uint32_t *flags)
{
    switch (alg) {
    case KS_KEY_RSA:
    case KS_KEY_RSA_PSS:
        return rsa_bits(spki, flags);
    case KS_KEY_EC:
        return ec_bits(spki, flags);
    default:
        *flags |= KS_CERT_ODD;
    }
    switch (alg) {
    case KS_KEY_DSA:
    case KS_KEY_DH:
        return first_integer_bits(spki->params);
    case KS_KEY_ED25519:
    case KS_KEY_X25519:
        return 256;
    case KS_KEY_ED448:
    case KS_KEY_X448:
        return 448;
    default:
        return 0;
    }
}

static const struct {
    const char *oid;
    uint8_t oid_len;
    uint8_t alg;
} key_algs[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9, KS_KEY_RSA},
    {"\x2a\x86\x48\xce\x3d\x02\x01", 7, KS_KEY_EC},
    {"\x2b\x65\x70", 3, KS_KEY_ED25519},
    {"\x2b\x65\x71", 3, KS_KEY_ED448},
    {"\x2b\x65\x6e", 3, KS_KEY_X25519},
    {"\x2b\x65\x6f", 3, KS_KEY_X448},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 9, KS_KEY_RSA_PSS},
    {"\x2a\x86\x48\xce\x38\x04\x01", 7, KS_KEY_DSA},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", 9, KS_KEY_DH},
    {"\x2a\x86\x48\xce\x3e\x02\x01", 7, KS_KEY_DH}, /* X9.42 */
    {"\x55\x08\x01\x01", 4, KS_KEY_RSA},            /* X.509's own, in very old certificates */
};

static enum ks_key_alg find_key_alg(struct ks_slice oid)
{
    for (size_t i = 0; i < sizeof key_algs / sizeof key_algs[0]; i++) {
        if (ks_der_oid_is(oid, key_algs[i].oid, key_algs[i].oid_len))
            return key_algs[i].alg;
    }
    return ks_oid_name(oid) ? KS_KEY_OTHER : KS_KEY_UNKNOWN;
}

bool ks_spki_skim(struct ks_slice spki, uint8_t *alg, uint16_t *bits, uint32_t *flags)
{
    struct ks_spki parts;
    *alg = KS_KEY_UNKNOWN;
    *bits = 0;
    uint32_t found = 0;
    if (!ks_spki_open(spki, &parts)) {
        if (flags)
            *flags |= KS_CERT_ODD;
        return false;
    }
    if (parts.key.data[-1] != 0) /* bits that are not used */
        found = KS_CERT_ODD;
    *alg = (uint8_t)find_key_alg(parts.oid);
    *bits = key_bits(&parts, *alg, &found);
    if (flags)
        *flags |= found;
    return true;
}

static void describe_ec(const struct ks_spki *spki, uint16_t bits, uint32_t flags,
                        struct ks_buf *out)
{
    struct ks_slice params = spki->params, oid;
    if (flags & KS_CERT_EXPLICIT_EC) {
        ks_buf_printf(out, "EC explicit parameters %u", bits);
        return;
    }
    ks_buf_str(out, "EC ");
    if (!ks_ber_body(&params, KS_DER_OID, &oid)) {
        ks_buf_printf(out, "%u", bits);
        return;
    }
    const struct curve *curve = find_curve(oid);
    if (curve && curve->name)
        ks_buf_str(out, curve->name);
    else
        ks_oid_text(oid, out);
}

void ks_spki_describe(struct ks_slice spki, struct ks_buf *out)
{
    struct ks_spki parts;
    uint8_t alg;
    uint16_t bits;
    uint32_t flags = 0;
    if (!ks_spki_open(spki, &parts) || !ks_spki_skim(spki, &alg, &bits, &flags)) {
        ks_buf_str(out, "(unreadable key)");
        return;
    }
    if (alg == KS_KEY_EC) {
        describe_ec(&parts, bits, flags, out);
        return;
    }
    ks_oid_text(parts.oid, out);
    if (bits > 0 &&
        (alg == KS_KEY_RSA || alg == KS_KEY_RSA_PSS || alg == KS_KEY_DSA || alg == KS_KEY_DH))
        ks_buf_printf(out, bits == UINT16_MAX ? " of %u bits or more" : " %u", bits);
}

void ks_cert_key_text(const struct ks_cert *c, struct ks_buf *out)
{
    ks_spki_describe(ks_cert_part(c, c->spki), out);
}

/* ---- extensions that lists and chains need ---- */

static void skim_basic_constraints(struct ks_cert *c, struct ks_slice value)
{
    struct ks_slice sequence, ca;
    if (!ks_ber_body(&value, KS_DER_SEQUENCE, &sequence))
        return;
    c->flags |= KS_CERT_BASIC;
    if (ks_ber_body(&sequence, KS_DER_BOOLEAN, &ca) && ca.len == 1 && ca.data[0] != 0)
        c->flags |= KS_CERT_CA;
}

static void skim_subject_key_id(struct ks_cert *c, struct ks_slice value)
{
    struct ks_slice id;
    if (ks_ber_body(&value, KS_DER_OCTET_STRING, &id))
        c->ski = span_of(c, id);
}

static void skim_authority_key_id(struct ks_cert *c, struct ks_slice value)
{
    struct ks_slice sequence, id;
    if (ks_ber_body(&value, KS_DER_SEQUENCE, &sequence) &&
        ks_ber_body(&sequence, KS_DER_CONTEXT(0), &id))
        c->aki = span_of(c, id);
}

/* What was there before of 2.5.29, where nearly all extensions are, by the last component; and of
 * the others. */
struct seen {
    uint64_t standard[2];
    struct ks_slice other[8];
    size_t count;
};

/* True as well when there are too many to tell. */
static bool seen_before(struct seen *s, struct ks_slice oid, bool standard)
{
    if (standard) {
        uint64_t bit = (uint64_t)1 << (oid.data[2] & 63),
                 *bits = &s->standard[oid.data[2] >> 6 & 1];
        bool before = *bits & bit;
        *bits |= bit;
        return before;
    }
    for (size_t i = 0; i < s->count; i++)
        if (ks_slice_equal(s->other[i], oid))
            return true;
    if (s->count == sizeof s->other / sizeof s->other[0])
        return true;
    s->other[s->count++] = oid;
    return false;
}

/* BOOLEAN DEFAULT FALSE, of which the value does not matter here. */
static void skim_critical(struct ks_cert *c, struct ks_slice *ext)
{
    if (ks_der_peek(*ext) != KS_DER_BOOLEAN)
        return;
    if (ext->len >= 3 && ext->data[1] == 1) {
        *ext = ks_slice(ext->data + 3, ext->len - 3);
        return;
    }
    c->flags |= KS_CERT_ODD;
    ks_der_skip(ext, KS_DER_BOOLEAN);
}

static void skim_extension(struct ks_cert *c, struct seen *seen, struct ks_slice ext)
{
    struct ks_slice oid, value;
    if (!ks_ber_body(&ext, KS_DER_OID, &oid)) {
        c->flags |= KS_CERT_ODD;
        return;
    }
    bool standard = oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 0x1d;
    if (!ks_oid_sound(oid) || seen_before(seen, oid, standard))
        c->flags |= KS_CERT_ODD;
    skim_critical(c, &ext);
    if (!standard || !ks_ber_body(&ext, KS_DER_OCTET_STRING, &value))
        return;
    switch (oid.data[2]) {
    case 14:
        skim_subject_key_id(c, value);
        break;
    case 17:
        c->flags |= KS_CERT_ALT_NAMES;
        break;
    case 19:
        skim_basic_constraints(c, value);
        break;
    case 35:
        skim_authority_key_id(c, value);
        break;
    default:
        break;
    }
}

/* Of the optional fields at the end of the TBSCertificate only [3] matters; the unique
 * identifiers of X.509 v2, [1] and [2], are passed over. */
static void skim_extensions(struct ks_cert *c, struct ks_slice rest)
{
    struct ks_tlv field, ext;
    struct ks_slice list;
    struct seen seen;
    seen.standard[0] = seen.standard[1] = seen.count = 0;
    while (ks_ber_next(&rest, &field)) {
        if (field.tag != KS_DER_CONTEXT_CONS(3) ||
            !ks_ber_body(&field.body, KS_DER_SEQUENCE, &list))
            continue;
        c->exts = span_of(c, list);
        for (size_t i = 0; i < MAX_EXTENSIONS && ks_ber_next(&list, &ext); i++) {
            if (ext.tag == KS_DER_SEQUENCE)
                skim_extension(c, &seen, ext.body);
            else
                c->flags |= KS_CERT_ODD;
        }
        if (list.len > 0 || (c->version < 3 && c->exts.len > 0))
            c->flags |= KS_CERT_ODD;
        return;
    }
}

/* ---- the certificate ---- */

static void skim_version(struct ks_cert *c, struct ks_slice *tbs)
{
    struct ks_slice outer;
    uint64_t version;
    c->version = 1;
    if (ks_ber_body(tbs, KS_DER_CONTEXT_CONS(0), &outer) && ks_der_uint(&outer, &version) &&
        version < UINT8_MAX)
        c->version = (uint8_t)(version + 1);
}

static int64_t skim_time(struct ks_cert *c, struct ks_slice *validity)
{
    struct ks_tlv tlv;
    int64_t at;
    bool there = ks_ber_next(validity, &tlv);
    if (there && ks_der_time_usual(&tlv, &at))
        return at;
    c->flags |= KS_CERT_ODD;
    if (there && ks_der_time(&tlv, &at))
        return at;
    c->flags |= KS_CERT_BAD_TIME;
    return KS_TIME_NONE;
}

/* Whether there is something in it, and the types of what there is can be read. */
static bool is_usual_name(struct ks_slice rdns)
{
    struct ks_slice set, attribute, oid;
    bool empty = true;
    while (ks_ber_body(&rdns, KS_DER_SET, &set)) {
        for (; set.len > 0; empty = false)
            if (!ks_ber_body(&set, KS_DER_SEQUENCE, &attribute) ||
                !ks_ber_body(&attribute, KS_DER_OID, &oid) || !ks_oid_sound(oid))
                return false;
    }
    return !empty;
}

/* The algorithm of the signature is there twice, and should be the same. */
static bool is_usual_algorithm(const struct ks_cert *c, struct ks_slice inner)
{
    struct ks_slice outer = ks_cert_part(c, c->sig_alg), body, oid;
    return ks_slice_equal(inner, outer) && ks_ber_body(&outer, KS_DER_SEQUENCE, &body) &&
           ks_ber_body(&body, KS_DER_OID, &oid) && ks_oid_sound(oid);
}

static bool skim_tbs(struct ks_cert *c, struct ks_slice tbs)
{
    struct ks_slice serial, validity, body, issuer, subject;
    struct ks_span algorithm;
    skim_version(c, &tbs);
    if (!ks_ber_body(&tbs, KS_DER_INTEGER, &serial) ||
        !next_whole(c, &tbs, KS_DER_SEQUENCE, &algorithm, &body) ||
        !next_whole(c, &tbs, KS_DER_SEQUENCE, &c->issuer, &issuer) ||
        !ks_ber_body(&tbs, KS_DER_SEQUENCE, &validity) ||
        !next_whole(c, &tbs, KS_DER_SEQUENCE, &c->subject, &subject) ||
        !next_whole(c, &tbs, KS_DER_SEQUENCE, &c->spki, &body))
        return false;
    c->serial = span_of(c, serial);
    c->not_before = skim_time(c, &validity);
    c->not_after = skim_time(c, &validity);
    if (ks_slice_equal(ks_cert_part(c, c->issuer), ks_cert_part(c, c->subject)))
        c->flags |= KS_CERT_SELF_ISSUED;
    if (serial.len == 0 || !is_usual_algorithm(c, ks_cert_part(c, algorithm)) ||
        !is_usual_name(issuer) || (!(c->flags & KS_CERT_SELF_ISSUED) && !is_usual_name(subject)))
        c->flags |= KS_CERT_ODD;
    ks_spki_skim(ks_cert_part(c, c->spki), &c->key_alg, &c->key_bits, &c->flags);
    skim_extensions(c, tbs);
    return true;
}

static bool skim(struct ks_slice der, struct ks_cert *c)
{
    struct ks_slice cert, tbs, body;
    const uint8_t *from = der.data;
    if (!ks_ber_body(&der, KS_DER_SEQUENCE, &cert))
        return false;
    c->len = (uint32_t)(der.data - from);
    if (der.len > 0)
        c->flags |= KS_CERT_TRAILING;
    return ks_ber_body(&cert, KS_DER_SEQUENCE, &tbs) &&
           next_whole(c, &cert, KS_DER_SEQUENCE, &c->sig_alg, &body) &&
           ks_ber_body(&cert, KS_DER_BIT_STRING, &body) && skim_tbs(c, tbs);
}

bool ks_cert_skim(struct ks_slice der, struct ks_cert *out)
{
    uint32_t len = der.len > UINT32_MAX ? UINT32_MAX : (uint32_t)der.len;
    *out = (struct ks_cert){.der = der.data, .len = len};
    if (skim(ks_slice(der.data, len), out))
        return true;
    *out = (struct ks_cert){.der = der.data,
                            .len = len,
                            .flags = KS_CERT_BROKEN,
                            .not_before = KS_TIME_NONE,
                            .not_after = KS_TIME_NONE};
    return false;
}

bool ks_cert_may_issue(const struct ks_cert *issuer, const struct ks_cert *subject)
{
    if ((issuer->flags | subject->flags) & KS_CERT_BROKEN)
        return false;
    if (issuer->ski.len > 0 && subject->aki.len > 0 &&
        !ks_slice_equal(ks_cert_part(issuer, issuer->ski), ks_cert_part(subject, subject->aki)))
        return false;
    return ks_name_equal(ks_cert_part(issuer, issuer->subject),
                         ks_cert_part(subject, subject->issuer));
}
