/*
 * A certificate (request, CRL, public key) in full, for people: fields and extensions as lines of
 * text. Decoded on demand from the skimmed certificate's bytes; everything that RFC 5280 defines
 * and the usual private extensions are put into words, the rest is shown as an ASN.1 tree.
 */
#ifndef KSX_X509_CERT_H
#define KSX_X509_CERT_H

#include "x509/skim.h"
#include "base/error.h"

/* ---- fingerprints ---- */
/* SHA-256 as 64 lower-case hex digits; SHA-1 as 40; colon-separated upper case for reading. */
void ks_cert_sha256(const struct ks_cert *c, uint8_t out[static 32]);
void ks_cert_sha1(const struct ks_cert *c, uint8_t out[static 20]);
/* Serial as lower-case hex in whole octets, as openssl prints it ("00" for zero, "-1f" when
 * negative); appended. */
/* Of the contents octets of an INTEGER: an even number of digits; appended. */
void ks_serial_hex(struct ks_slice serial, struct ks_buf *out);
void ks_cert_serial_hex(const struct ks_cert *c, struct ks_buf *out);
/* Serial in decimal; appended. */
void ks_cert_serial_dec(const struct ks_cert *c, struct ks_buf *out);
/* Java's name of the signature algorithm ("SHA256withRSA", "SHA256withRSAandMGF1" for PSS, ...). */
void ks_cert_signature_text(const struct ks_cert *c, struct ks_buf *out);
/* The same for any AlgorithmIdentifier (whole TLV) of a signature: requests, revocation lists. */
void ks_sig_alg_text(struct ks_slice sig_alg, struct ks_buf *out);
/* subjectPublicKey BIT STRING contents digested with SHA-1: RFC 5280 4.2.1.2 method 1, what most CAs put into the SKI. */
void ks_spki_key_id(struct ks_slice spki, uint8_t out[static 20]);
/* Public key in words, one line a fact: modulus size and exponent, curve, explicit parameters. */
void ks_spki_details(struct ks_slice spki, struct ks_buf *out);

/* What verifying a signature with this key costs, roughly: how many times that of P-256 or RSA 4096,
 * which is 0.1 ms; at least 1. */
size_t ks_spki_cost(struct ks_slice spki);

/* Why Java (17) refuses a certificate, and with it the keystore that holds it; NULL when it takes it.
 * Static words that follow "a certificate that Java refuses: ". What occurs is known, not everything. */
const char *ks_cert_java_refusal(const struct ks_cert *c);
/* OpenSSL cannot decode it, or one of the extensions that it looks at: "invalid certificate". */
bool ks_cert_openssl_refuses(const struct ks_cert *c);
/* The same of a certificate for this key. */
const char *ks_spki_java_refusal(struct ks_slice spki);

/* ---- extensions ---- */
struct ks_ext {
    struct ks_slice oid;   /* contents octets */
    bool critical;
    struct ks_slice value; /* contents of the extnValue OCTET STRING */
};
/* Calls fn for each extension in file order; stops when it returns false. At most 256. `exts` is
 * the contents of the SEQUENCE OF Extension. */
void ks_ext_each(struct ks_slice exts, bool (*fn)(void *ctx, const struct ks_ext *ext), void *ctx);
/* All of it can be read: at most 256 extensions, and nothing else in them or behind. */
bool ks_ext_all_read(struct ks_slice exts);
bool ks_ext_find(struct ks_slice exts, struct ks_slice oid, struct ks_ext *out);
/* The value in words, lines separated by '\n'; true if it was understood, false if it is an ASN.1
 * dump because the OID is unknown or the value malformed. Appended. */
bool ks_ext_text(const struct ks_ext *ext, struct ks_buf *out);
/* Subject alternative names as "dns:a", "ip:192.0.2.1", "email:", "uri:", "dir:", "oid:", "other:"; one a line. */
bool ks_ext_general_names(struct ks_slice names, struct ks_buf *out);
void ks_cert_san(const struct ks_cert *c, struct ks_buf *out); /* empty without the extension */

/* Where the CA says that it publishes things (RFC 5280 4.2.2.1, 4.2.1.13): external text. */
enum ks_url_kind {
    KS_URL_ISSUER, /* the certificate of the issuer: caIssuers */
    KS_URL_OCSP,   /* the responder */
    KS_URL_CRL,    /* revocation lists: distribution points with a full name */
};
/* The URL number *at (start with 0) of that kind, in the order of the certificate, of any scheme,
 * and counts *at on; false, and nothing appended, when there are no more. At most 64 of a kind;
 * what cannot be a URL (nothing, more than 2,000 characters, a NUL in it) is passed over. */
bool ks_cert_url_next(const struct ks_cert *c, enum ks_url_kind kind, size_t *at,
                      struct ks_buf *out);

/* ---- ASN.1 ---- */
/* Indented tree of any DER/BER, at most `max_lines` lines, then "(… more)". Appended. */
void ks_asn1_dump(struct ks_slice der, size_t max_lines, struct ks_buf *out);

/* ---- PEM ---- */
void ks_pem_write(const char *label, struct ks_slice der, struct ks_buf *out);

/* ---- signatures: the one place that builds OpenSSL objects ---- */
enum ks_verdict { KS_VERDICT_UNKNOWN, KS_VERDICT_GOOD, KS_VERDICT_BAD };
/* Does the key in `spki` verify the signature on `c`? UNKNOWN: algorithm or key not supported here. */
enum ks_verdict ks_cert_verify(const struct ks_cert *c, struct ks_slice spki);
/* The same for anything of the form SEQUENCE { to be signed, AlgorithmIdentifier, BIT STRING }. */
enum ks_verdict ks_signed_verify(struct ks_slice der, struct ks_slice spki);

#endif
