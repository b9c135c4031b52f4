/*
 * A certificate as lists need it. OpenSSL 3.0 takes about 250 us to build an X509 object, nearly
 * all of it for the public key; one pass over the DER that only notes where things are takes less
 * than a microsecond. So every certificate of a store is skimmed when the store is opened, and
 * decoded in full (x509/cert.h) only when somebody looks at it.
 *
 * A skimmed certificate borrows its bytes: whoever keeps a struct ks_cert keeps the blob.
 */
#ifndef KSX_X509_SKIM_H
#define KSX_X509_SKIM_H

#include "base/bytes.h"

enum ks_key_alg {
    KS_KEY_UNKNOWN,
    KS_KEY_RSA,
    KS_KEY_RSA_PSS,
    KS_KEY_EC,
    KS_KEY_DSA,
    KS_KEY_DH,
    KS_KEY_ED25519,
    KS_KEY_ED448,
    KS_KEY_X25519,
    KS_KEY_X448,
    KS_KEY_OTHER, /* named in the OID table, but nothing that OpenSSL 3.0 computes with */
};

/* Offsets into the certificate's own bytes. */
struct ks_span {
    uint32_t off, len;
};

enum {
    KS_CERT_BROKEN = 1,       /* not an X.509 certificate: only der/len are set */
    KS_CERT_SELF_ISSUED = 2,  /* subject and issuer are equal byte for byte */
    KS_CERT_CA = 4,           /* basicConstraints CA:TRUE */
    KS_CERT_BASIC = 8,        /* basicConstraints present */
    KS_CERT_EXPLICIT_EC = 16, /* EC key with explicit parameters instead of a named curve */
    KS_CERT_BAD_TIME = 32,    /* a validity date could not be read: KS_TIME_NONE */
    KS_CERT_TRAILING = 64,    /* bytes after the certificate */
    KS_CERT_ALT_NAMES = 128,  /* a subjectAltName extension is there */
    KS_CERT_ODD = 256,        /* not in all of the shape that nearly every certificate has, which
                               * Java takes: ks_cert_java_refusal() has to look closer */
};

struct ks_cert {
    const uint8_t *der;
    uint32_t len;
    uint8_t version; /* 1, 2, 3 */
    uint8_t key_alg; /* enum ks_key_alg */
    uint16_t key_bits;
    uint32_t flags;
    int64_t not_before, not_after;
    struct ks_span serial;  /* contents octets of the INTEGER */
    struct ks_span issuer;  /* Name, whole TLV */
    struct ks_span subject; /* Name, whole TLV */
    struct ks_span spki;    /* SubjectPublicKeyInfo, whole TLV */
    struct ks_span sig_alg; /* outer AlgorithmIdentifier, whole TLV */
    struct ks_span exts;    /* contents of the SEQUENCE OF Extension; len 0 = none */
    struct ks_span ski;     /* subjectKeyIdentifier octets */
    struct ks_span aki;     /* keyIdentifier of authorityKeyIdentifier */
};

static inline struct ks_slice ks_cert_part(const struct ks_cert *c, struct ks_span s)
{
    return (struct ks_slice){c->der + s.off, s.len};
}
static inline struct ks_slice ks_cert_der(const struct ks_cert *c)
{
    return (struct ks_slice){c->der, c->len};
}
/* Byte for byte. */
static inline bool ks_cert_same(const struct ks_cert *a, const struct ks_cert *b)
{
    return a == b || ks_slice_equal(ks_cert_der(a), ks_cert_der(b));
}

/* It can be read, and its dates include `now`. */
static inline bool ks_cert_is_valid(const struct ks_cert *c, int64_t now)
{
    return !(c->flags & (KS_CERT_BROKEN | KS_CERT_BAD_TIME)) && c->not_before <= now &&
           now <= c->not_after;
}

/* Fills *out from DER (BER certificates exist and are taken too). On a false return *out is a
 * broken certificate that still holds its bytes. */
bool ks_cert_skim(struct ks_slice der, struct ks_cert *out);

/* True when `issuer` may have issued `subject` by name and key ids (no signature checked):
 * names equal (RFC 5280 7.1: ignoring case and runs of spaces), and key ids equal if both are there. */
bool ks_cert_may_issue(const struct ks_cert *issuer, const struct ks_cert *subject);

/* Key algorithm, size and curve of a SubjectPublicKeyInfo: "RSA 2048", "EC P-256", "Ed25519",
 * "EC explicit parameters 256", or the OID; appended. */
void ks_spki_describe(struct ks_slice spki, struct ks_buf *out);
void ks_cert_key_text(const struct ks_cert *c, struct ks_buf *out);
/* Fills algorithm and size only; used by the skim and by private keys. */
bool ks_spki_skim(struct ks_slice spki, uint8_t *alg, uint16_t *bits, uint32_t *flags);

#endif
