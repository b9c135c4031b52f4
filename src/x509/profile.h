/*
 * A profile is what a certificate or a request says beyond its subject and key: for whom it is
 * (alternative names) and what it may be used for. It is made from a template, or read back from
 * the extensions of a certificate or request, edited, and put into extensions again.
 * Extensions that a profile has no field for are kept as they are in `others`.
 */
#ifndef KSX_X509_PROFILE_H
#define KSX_X509_PROFILE_H

#include "base/error.h"
#include "x509/cert.h"

/* Key usage, RFC 5280 4.2.1.3: bit i of `usage` is row i. */
struct ks_usage_word {
    const char *name;    /* "digitalSignature"; of extended usages "serverAuth" */
    const char *keytool; /* the same in its -ext option */
    const char *oid;     /* dotted; extended usages only */
};
extern const struct ks_usage_word ks_key_usages[];      /* 9 rows, in the order of the bits */
extern const struct ks_usage_word ks_extended_usages[]; /* name NULL ends; at most 32 rows */
#define KS_KEY_USAGE_COUNT 9
enum { /* of `usage` */
    KS_USAGE_DIGITAL_SIGNATURE = 1 << 0,
    KS_USAGE_NON_REPUDIATION = 1 << 1,
    KS_USAGE_KEY_ENCIPHERMENT = 1 << 2,
    KS_USAGE_DATA_ENCIPHERMENT = 1 << 3,
    KS_USAGE_KEY_AGREEMENT = 1 << 4,
    KS_USAGE_KEY_CERT_SIGN = 1 << 5,
    KS_USAGE_CRL_SIGN = 1 << 6,
    KS_USAGE_ENCIPHER_ONLY = 1 << 7,
    KS_USAGE_DECIPHER_ONLY = 1 << 8,
};
enum { /* of `extended` */
    KS_EXTENDED_SERVER = 1 << 0,
    KS_EXTENDED_CLIENT = 1 << 1,
    KS_EXTENDED_CODE = 1 << 2,
    KS_EXTENDED_EMAIL = 1 << 3,
    KS_EXTENDED_TIME_STAMPING = 1 << 4,
    KS_EXTENDED_OCSP = 1 << 5,
    KS_EXTENDED_ANY = 1 << 6,
};
#define KS_EXTENDED_OIDS_MAX 64

struct ks_profile {
    unsigned usage;    /* 0: no key usage extension */
    unsigned extended; /* bits of the rows of ks_extended_usages */
    char **oids;       /* further extended usages, dotted; owned */
    size_t oid_count;
    bool basic;        /* basicConstraints are there */
    bool ca;
    int path_len;      /* of a CA; -1: no limit */
    char **names;      /* alternative names, lines of x509/alt_names.h; owned */
    size_t name_count;
    struct ks_buf others; /* whole Extension TLVs that nothing above tells; without key identifiers,
                           * which belong to the key and the issuer, and without what the logs of
                           * Certificate Transparency said of one certificate */
    size_t repeated; /* extensions that came again and are not kept: only the first of a kind counts */
};
void ks_profile_drop(struct ks_profile *profile); /* a zeroed one is fine */
void ks_profile_copy(const struct ks_profile *from, struct ks_profile *to);

/* ---- templates ---- */
struct ks_template {
    const char *word;  /* "server", "client", "server+client", "code", "ca", "none": for --use */
    const char *label; /* "TLS server" */
    unsigned usage, extended;
    bool basic, ca;
    int path_len;
};
extern const struct ks_template ks_templates[]; /* word NULL ends; the first is the default */
const struct ks_template *ks_template_named(const char *word); /* NULL: none */
/* Sets everything but the names and others. A key that cannot encipher (EC, EdDSA, PSS) has no
 * keyEncipherment. */
void ks_profile_from_template(struct ks_profile *profile, const struct ks_template *from,
                              enum ks_key_alg key);
/* How many settings differ from the template's; 0: none. */
size_t ks_profile_changes(const struct ks_profile *profile, const struct ks_template *from,
                          enum ks_key_alg key);

/* ---- to and from extensions ---- */
/* `exts` as in ks_ext_each(). What is malformed goes to `others`. *out is written anew. */
void ks_profile_read(struct ks_slice exts, struct ks_profile *out);
/* Takes out of `others` what an issuer says of itself: where its list of revocations and its
 * certificate are, its policies, its other names. Nobody asks for these in a request. */
void ks_profile_forget_issuer(struct ks_profile *profile);
/* Appends Extension TLVs (the contents of Extensions); an extension of `others` that a field tells as
 * well is left out. KS_ERR_REFUSED, slug "extension-unread": one that no field tells though there
 * is one for it, or that is no Extension. `spki`: a subject key identifier of it
 * (RFC 5280 4.2.1.2 method 1); data NULL: none, as in a request. `issuer_key_id`: the authority key
 * identifier; len 0: none. Alternative names are critical when `subject_empty` (RFC 5280 4.2.1.6). */
KS_CHECK enum ks_code ks_profile_put(const struct ks_profile *profile, struct ks_slice spki,
                                     struct ks_slice issuer_key_id, bool subject_empty,
                                     struct ks_buf *out, struct ks_error *err);
/* "serverAuth" or a dotted OID, added; KS_ERR_USAGE, slug "usage". */
KS_CHECK enum ks_code ks_profile_add_extended(struct ks_profile *profile, const char *word,
                                              struct ks_error *err);
/* A name (a line), added unless it is there; KS_ERR_USAGE of ks_alt_name_check(). */
KS_CHECK enum ks_code ks_profile_add_name(struct ks_profile *profile, const char *line,
                                          struct ks_error *err);
/* A dotted OID that can be encoded; KS_ERR_USAGE, slug "oid". */
KS_CHECK enum ks_code ks_oid_check(const char *dotted, struct ks_error *err);
/* In words for reviews: "digitalSignature, keyEncipherment", one fact a line
 * with its label in front ("Names", "Key usage", "Extended", "CA", "Also"): `each` is called with both. */
void ks_profile_words(const struct ks_profile *profile,
                      void (*each)(void *ctx, const char *label, const char *text), void *ctx);

#endif
