#include "format/pbe_scheme.h"

#include "x509/der.h"

#include <string.h>

/* ---- tables ---- */

#define OID(bytes) bytes, sizeof bytes - 1

struct oid {
    const char *bytes;
    size_t len;
};

static bool oid_equal(struct ks_slice oid, const char *bytes, size_t len)
{
    return ks_der_oid_is(oid, bytes, len);
}

/* clang-format off */
static const struct ks_pbe_cipher rc4_128  = {"RC4",          "RC4-128",     16, 0,  true,  true};
static const struct ks_pbe_cipher rc4_40   = {"RC4-40",       "RC4-40",       5, 0,  true,  true};
static const struct ks_pbe_cipher des3     = {"DES-EDE3-CBC", "3DES-CBC",    24, 8,  false, true};
static const struct ks_pbe_cipher des2     = {"DES-EDE-CBC",  "2-key 3DES-CBC", 16, 8, false, true};
static const struct ks_pbe_cipher rc2_128  = {"RC2-CBC",      "RC2-128-CBC", 16, 8,  true,  true};
static const struct ks_pbe_cipher rc2_40   = {"RC2-40-CBC",   "RC2-40-CBC",   5, 8,  true,  true};
static const struct ks_pbe_cipher rc2_64   = {"RC2-64-CBC",   "RC2-64-CBC",   8, 8,  true,  true};
static const struct ks_pbe_cipher rc2      = {"RC2-CBC",      "RC2-CBC",      0, 8,  true,  true};
static const struct ks_pbe_cipher des      = {"DES-CBC",      "DES-CBC",      8, 8,  true,  true};
static const struct ks_pbe_cipher cast5    = {"CAST5-CBC",    "CAST5-CBC",    0, 8,  true,  false};
static const struct ks_pbe_cipher aes_ccm  = {"AES-256-CCM",  "AES-256-CCM", 32, 0,  false, false};
static const struct ks_pbe_cipher aes_kwp  = {"AES-256-WRAP-PAD", "AES-256 key wrap", 32, 0, false, false};

/* 1.2.840.113549.1.12.1.N, RFC 7292 appendix C */
static const struct ks_pbe_cipher *const pkcs12_ciphers[] = {
    NULL, &rc4_128, &rc4_40, &des3, &des2, &rc2_128, &rc2_40,
};

/* 1.2.840.113549.1.5.N, RFC 8018 A.3 */
static const struct {
    uint8_t arc;
    const char *hash;
    const struct ks_pbe_cipher *cipher;
} pkcs5_schemes[] = {
    {1, "MD2", &des}, {3, "MD5", &des}, {4, "MD2", &rc2_64}, {6, "MD5", &rc2_64},
    {10, "SHA1", &des}, {11, "SHA1", &rc2_64},
};

/* Ciphers of PBES2 whose parameter is the IV as an OCTET STRING. */
static const struct {
    struct oid oid;
    struct ks_pbe_cipher cipher;
} pbes2_ciphers[] = {
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x01\x02")}, {"AES-128-CBC", "AES-128-CBC", 16, 16, false, false}},
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x01\x16")}, {"AES-192-CBC", "AES-192-CBC", 24, 16, false, false}},
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2a")}, {"AES-256-CBC", "AES-256-CBC", 32, 16, false, false}},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x03\x07")}, {"DES-EDE3-CBC", "3DES-CBC", 24, 8, false, true}},
    {{OID("\x2b\x0e\x03\x02\x07")}, {"DES-CBC", "DES-CBC", 8, 8, true, true}},
    {{OID("\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x02")}, {"CAMELLIA-128-CBC", "Camellia-128-CBC", 16, 16, false, false}},
    {{OID("\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x03")}, {"CAMELLIA-192-CBC", "Camellia-192-CBC", 24, 16, false, false}},
    {{OID("\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x04")}, {"CAMELLIA-256-CBC", "Camellia-256-CBC", 32, 16, false, false}},
    {{OID("\x2a\x83\x1a\x8c\x9a\x6e\x01\x01\x02")}, {"ARIA-128-CBC", "ARIA-128-CBC", 16, 16, false, false}},
    {{OID("\x2a\x83\x1a\x8c\x9a\x6e\x01\x01\x07")}, {"ARIA-192-CBC", "ARIA-192-CBC", 24, 16, false, false}},
    {{OID("\x2a\x83\x1a\x8c\x9a\x6e\x01\x01\x0c")}, {"ARIA-256-CBC", "ARIA-256-CBC", 32, 16, false, false}},
    {{OID("\x2a\x83\x1a\x8c\x9a\x44\x01\x04")}, {"SEED-CBC", "SEED-CBC", 16, 16, true, false}},
    {{OID("\x2a\x81\x1c\xcf\x55\x01\x68\x02")}, {"SM4-CBC", "SM4-CBC", 16, 16, false, false}},
};

/* PRFs of PBKDF2, RFC 8018 B.1.1 and RFC 8018's successors in the NIST arc */
static const struct {
    struct oid oid;
    const char *hash;
} prfs[] = {
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x07")}, "SHA1"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x08")}, "SHA224"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x09")}, "SHA256"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x0a")}, "SHA384"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x0b")}, "SHA512"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x0c")}, "SHA512-224"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x0d")}, "SHA512-256"},
    {{OID("\x2a\x86\x48\x86\xf7\x0d\x02\x06")}, "MD5"},
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x0d")}, "SHA3-224"},
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x0e")}, "SHA3-256"},
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x0f")}, "SHA3-384"},
    {{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x10")}, "SHA3-512"},
};
/* clang-format on */

#define OID_PKCS12_PBE "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"  /* 1.2.840.113549.1.12.1 */
#define OID_PKCS5 "\x2a\x86\x48\x86\xf7\x0d\x01\x05"           /* 1.2.840.113549.1.5 */
#define OID_PBES2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"       /* .13 */
#define OID_PBKDF2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"      /* .12 */
#define OID_SCRYPT "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"      /* 1.3.6.1.4.1.11591.4.11 */
#define OID_SUN_JKS "\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01" /* 1.3.6.1.4.1.42.2.17.1.1 */
#define OID_SUN_JCEKS "\x2b\x06\x01\x04\x01\x2a\x02\x13\x01"   /* 1.3.6.1.4.1.42.2.19.1 */
#define OID_RC2_CBC "\x2a\x86\x48\x86\xf7\x0d\x03\x02"         /* 1.2.840.113549.3.2 */
#define OID_AES256_CCM "\x60\x86\x48\x01\x65\x03\x04\x01\x2f" /* 2.16.840.1.101.3.4.1.47 */
#define OID_AES256_KWP "\x60\x86\x48\x01\x65\x03\x04\x01\x30" /* .48 */
#define OID_CAST5_CBC "\x2a\x86\x48\x86\xf6\x7d\x07\x42\x0a"   /* 1.2.840.113533.7.66.10 */

/* ---- pieces ---- */

/* AlgorithmIdentifier: the OID's contents; `params` is what follows inside the SEQUENCE. */
static bool take_algorithm(struct ks_slice *in, struct ks_slice *oid, struct ks_slice *params)
{
    struct ks_slice rest = *in;
    struct ks_tlv seq, id;

    if (!ks_der_expect(&rest, KS_DER_SEQUENCE, &seq))
        return false;
    *params = seq.body;
    if (!ks_der_expect(params, KS_DER_OID, &id))
        return false;
    *oid = id.body;
    *in = rest;
    return true;
}

static bool take_octets(struct ks_slice *in, struct ks_slice *out)
{
    struct ks_tlv tlv;
    if (!ks_der_expect(in, KS_DER_OCTET_STRING, &tlv))
        return false;
    *out = tlv.body;
    return true;
}

/* SEQUENCE { salt OCTET STRING, iterations INTEGER }: PBES1 of both kinds, and Sun's MD5 scheme */
static bool take_salt_rounds(struct ks_slice params, struct ks_pbe_scheme *s)
{
    struct ks_tlv seq;
    return ks_der_expect(&params, KS_DER_SEQUENCE, &seq) && take_octets(&seq.body, &s->salt) &&
           ks_der_uint(&seq.body, &s->rounds);
}

/* ---- PBES1 ---- */

static bool parse_pkcs12(struct ks_slice params, uint8_t arc, struct ks_pbe_scheme *s)
{
    if (arc == 0 || arc >= sizeof pkcs12_ciphers / sizeof pkcs12_ciphers[0])
        return true; /* stays unknown */
    s->family = KS_PBE_PKCS12;
    s->hash = "SHA1";
    s->cipher = pkcs12_ciphers[arc];
    s->key_len = s->cipher->key_len;
    return take_salt_rounds(params, s);
}

static bool parse_pkcs5(struct ks_slice params, uint8_t arc, struct ks_pbe_scheme *s)
{
    for (size_t i = 0; i < sizeof pkcs5_schemes / sizeof pkcs5_schemes[0]; i++) {
        if (pkcs5_schemes[i].arc != arc)
            continue;
        s->family = KS_PBE_PKCS5;
        s->hash = pkcs5_schemes[i].hash;
        s->cipher = pkcs5_schemes[i].cipher;
        s->key_len = s->cipher->key_len;
        return take_salt_rounds(params, s);
    }
    return true;
}

/* ---- PBES2 ---- */

const char *ks_pbe_hmac_hash(struct ks_slice oid)
{
    for (size_t i = 0; i < sizeof prfs / sizeof prfs[0]; i++)
        if (oid_equal(oid, prfs[i].oid.bytes, prfs[i].oid.len))
            return prfs[i].hash;
    return NULL;
}

/* PBKDF2-params ::= SEQUENCE { salt CHOICE { OCTET STRING, otherSource }, iterationCount INTEGER,
 * keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier DEFAULT hmacWithSHA1 } */
static bool parse_pbkdf2(struct ks_slice params, struct ks_pbe_scheme *s)
{
    struct ks_tlv seq;
    struct ks_slice oid, ignored;

    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq) || !take_octets(&seq.body, &s->salt) ||
        !ks_der_uint(&seq.body, &s->rounds))
        return false;
    if (ks_der_peek(seq.body) == KS_DER_INTEGER && !ks_der_uint(&seq.body, &s->kdf_key_len))
        return false;
    s->kdf = KS_PBE_KDF_PBKDF2;
    s->hash = "SHA1";
    if (seq.body.len == 0)
        return true;
    if (!take_algorithm(&seq.body, &oid, &ignored))
        return false;
    s->hash = ks_pbe_hmac_hash(oid);
    if (!s->hash) {
        s->kdf = KS_PBE_KDF_UNKNOWN;
        s->kdf_oid = oid;
    }
    return true;
}

/* scrypt-params ::= SEQUENCE { salt OCTET STRING, N, r, p INTEGER, keyLength INTEGER OPTIONAL } */
static bool parse_scrypt(struct ks_slice params, struct ks_pbe_scheme *s)
{
    struct ks_tlv seq;

    s->kdf = KS_PBE_KDF_SCRYPT;
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq) || !take_octets(&seq.body, &s->salt) ||
        !ks_der_uint(&seq.body, &s->n) || !ks_der_uint(&seq.body, &s->r) ||
        !ks_der_uint(&seq.body, &s->p))
        return false;
    return seq.body.len == 0 || ks_der_uint(&seq.body, &s->kdf_key_len);
}

static bool parse_kdf(struct ks_slice *in, struct ks_pbe_scheme *s)
{
    struct ks_slice params;

    if (!take_algorithm(in, &s->kdf_oid, &params))
        return false;
    if (oid_equal(s->kdf_oid, OID(OID_PBKDF2)))
        return parse_pbkdf2(params, s);
    if (oid_equal(s->kdf_oid, OID(OID_SCRYPT)))
        return parse_scrypt(params, s);
    return true;
}

/* RFC 8018 B.2.3: the version encodes the effective bits. */
static bool rc2_bits(uint64_t version, uint16_t *bits)
{
    switch (version) {
    case 160:
        *bits = 40;
        return true;
    case 120:
        *bits = 64;
        return true;
    case 58:
        *bits = 128;
        return true;
    default:
        *bits = (uint16_t)version;
        return version >= 256 && version <= 1024;
    }
}

/* RC2-CBC-Parameter ::= SEQUENCE { version INTEGER OPTIONAL, iv OCTET STRING }; 32 bits without */
static bool parse_rc2(struct ks_slice params, struct ks_pbe_scheme *s)
{
    struct ks_tlv seq;
    uint64_t version;

    s->cipher = &rc2;
    s->rc2_bits = 32;
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq))
        return false;
    if (ks_der_peek(seq.body) == KS_DER_INTEGER &&
        (!ks_der_uint(&seq.body, &version) || !rc2_bits(version, &s->rc2_bits)))
        return false;
    s->key_len = s->rc2_bits / 8;
    return take_octets(&seq.body, &s->iv);
}

/* CAST5CBCParameters ::= SEQUENCE { iv OCTET STRING DEFAULT 0, keyLength INTEGER }, RFC 2144;
 * OpenSSL writes the IV alone and means 128 bits. */
static bool parse_cast5(struct ks_slice params, struct ks_pbe_scheme *s)
{
    static const uint8_t zero_iv[8] = {0};
    struct ks_tlv seq;
    uint64_t bits;

    s->cipher = &cast5;
    s->key_len = 16;
    if (take_octets(&params, &s->iv))
        return true;
    s->iv = ks_slice(zero_iv, sizeof zero_iv);
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq))
        return false;
    if (ks_der_peek(seq.body) == KS_DER_OCTET_STRING && !take_octets(&seq.body, &s->iv))
        return false;
    if (!ks_der_uint(&seq.body, &bits) || bits < 40 || bits > 128 || bits % 8 != 0)
        return false;
    s->key_len = (size_t)bits / 8;
    return true;
}

/* CCMParameters ::= SEQUENCE { nonce OCTET STRING (7..13), icvLen INTEGER DEFAULT 12 }, RFC 5084 */
static bool parse_ccm(struct ks_slice params, struct ks_pbe_scheme *s)
{
    struct ks_tlv seq;
    uint64_t tag_len = 12;

    s->mode = KS_PBE_CCM;
    s->cipher = &aes_ccm;
    s->key_len = aes_ccm.key_len;
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq) || !take_octets(&seq.body, &s->iv) ||
        (seq.body.len > 0 && !ks_der_uint(&seq.body, &tag_len)))
        return false;
    s->tag_len = (uint8_t)tag_len;
    return s->iv.len >= 7 && s->iv.len <= 13 && tag_len >= 4 && tag_len <= 16 && tag_len % 2 == 0;
}

static bool parse_cipher(struct ks_slice *in, struct ks_pbe_scheme *s)
{
    struct ks_slice params;

    if (!take_algorithm(in, &s->cipher_oid, &params))
        return false;
    if (oid_equal(s->cipher_oid, OID(OID_AES256_CCM)))
        return parse_ccm(params, s);
    if (oid_equal(s->cipher_oid, OID(OID_AES256_KWP))) {
        s->mode = KS_PBE_KWP;
        s->cipher = &aes_kwp;
        s->key_len = aes_kwp.key_len;
        return true; /* no parameters: the salt makes each key another */
    }
    if (oid_equal(s->cipher_oid, OID(OID_RC2_CBC)))
        return parse_rc2(params, s);
    if (oid_equal(s->cipher_oid, OID(OID_CAST5_CBC)))
        return parse_cast5(params, s);
    for (size_t i = 0; i < sizeof pbes2_ciphers / sizeof pbes2_ciphers[0]; i++) {
        if (!oid_equal(s->cipher_oid, pbes2_ciphers[i].oid.bytes, pbes2_ciphers[i].oid.len))
            continue;
        s->cipher = &pbes2_ciphers[i].cipher;
        s->key_len = s->cipher->key_len;
        return take_octets(&params, &s->iv);
    }
    return true;
}

static bool parse_pbes2(struct ks_slice params, struct ks_pbe_scheme *s)
{
    struct ks_tlv seq, oid;

    s->family = KS_PBE_PBES2;
    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq))
        return false;
    /* JDK-8202837: JDKs before 11 put the OID and the parameters once more inside. */
    if (ks_der_peek(seq.body) == KS_DER_OID) {
        ks_der_expect(&seq.body, KS_DER_OID, &oid);
        if (!oid_equal(oid.body, OID(OID_PBES2)))
            return false;
        params = seq.body;
        if (!ks_der_expect(&params, KS_DER_SEQUENCE, &seq))
            return false;
    }
    if (!parse_kdf(&seq.body, s) || !parse_cipher(&seq.body, s))
        return false;
    /* A cipher of fixed key length takes as much as it needs; only RC2 goes by the KDF's word. */
    if (s->cipher == &rc2 && s->kdf_key_len != 0) {
        if (s->kdf_key_len > 128)
            return false;
        s->key_len = (size_t)s->kdf_key_len;
    }
    return true;
}

/* ---- */

bool ks_pbe_kdf_parse(struct ks_slice alg, struct ks_pbe_scheme *out)
{
    *out = (struct ks_pbe_scheme){0};
    return parse_kdf(&alg, out);
}

bool ks_pbe_scheme_parse(struct ks_slice alg, struct ks_pbe_scheme *out)
{
    struct ks_slice params;

    *out = (struct ks_pbe_scheme){0};
    if (!take_algorithm(&alg, &out->oid, &params))
        return false;
    if (oid_equal(out->oid, OID(OID_PBES2)))
        return parse_pbes2(params, out);
    if (oid_equal(out->oid, OID(OID_SUN_JKS))) {
        out->family = KS_PBE_SUN_JKS;
        return true; /* NULL, or nothing */
    }
    if (oid_equal(out->oid, OID(OID_SUN_JCEKS))) {
        out->family = KS_PBE_SUN_JCEKS;
        out->cipher = &des3;
        out->key_len = des3.key_len;
        return take_salt_rounds(params, out);
    }
    if (out->oid.len < 2)
        return true;
    struct ks_slice parent = ks_slice_part(out->oid, 0, out->oid.len - 1);
    uint8_t arc = out->oid.data[out->oid.len - 1];
    if (oid_equal(parent, OID(OID_PKCS12_PBE)))
        return parse_pkcs12(params, arc, out);
    if (oid_equal(parent, OID(OID_PKCS5)))
        return parse_pkcs5(params, arc, out);
    return true;
}
