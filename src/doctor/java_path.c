/*
 * One path as the JDK 17 judges it: sun.security.provider.certpath, PKIXMasterCertPathValidator and
 * its checkers in their order, from the certificate below the anchor down to the leaf. Policies are
 * not looked at: ks_cert_asks_for_policy().
 */
#include "doctor/java_rules.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "chain/constraints.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

void ks_java_fault_drop(struct ks_java_fault *fault)
{
    ks_buf_free(&fault->said);
    ks_buf_free(&fault->note);
    *fault = (struct ks_java_fault)KS_JAVA_FAULT_INIT;
}

static void say_subject(const struct ks_cert *c, struct ks_buf *out)
{
    ks_name_text(ks_cert_part(c, c->subject), out);
}

static bool refuse(struct ks_java_fault *out, const char *id, const char *said)
{
    out->id = id;
    ks_buf_str(&out->said, said);
    return false;
}

/* ---- algorithms ---- */

/*
 * jdk.certpath.disabledAlgorithms of lib/security/java.security, OpenJDK 17:
 *   MD2, MD5, SHA1 jdkCA & usage TLSServer, RSA keySize < 1024, DSA keySize < 1024,
 *   EC keySize < 224
 * What jdk.tls.disabledAlgorithms has for certificates (MD5withRSA, EC keySize < 224) is part of
 * it.
 */
static const struct {
    const char *digest;
    const char *id;
    bool of_jdk_roots; /* only of servers below the JDK's own roots */
} disabled_digests[] = {
    {"MD2", "SIG-MD5", false},
    {"MD5", "SIG-MD5", false},
    {"SHA1", "SIG-SHA1", true},
};
static const struct {
    enum ks_key_alg alg;
    const char *name;
    unsigned bits;
} shortest_keys[] = {
    {KS_KEY_RSA, "RSA", 1024},
    {KS_KEY_RSA_PSS, "RSASSA-PSS", 1024},
    {KS_KEY_DSA, "DSA", 1024},
    {KS_KEY_EC, "EC", 224},
};

/* The signatures that a TLS peer of the JDK 17 announces (signature_algorithms_cert), which
 * SSLAlgorithmConstraints asks of every certificate. All of PSS. */
static const char *const tls_signatures[] = {
    "SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA", "Ed25519",       "Ed448",
    "SHA256withRSA",   "SHA384withRSA",   "SHA512withRSA",   "SHA256withDSA", "SHA224withECDSA",
    "SHA224withRSA",   "SHA224withDSA",   "SHA1withECDSA",   "SHA1withRSA",   "SHA1withDSA",
};

/* "MD5" of "MD5withRSA", and of "SHA1withRSAandMGF1" what comes before "with". */
static bool has_digest(const char *signature, const char *digest)
{
    size_t len = strlen(digest);
    return strncmp(signature, digest, len) == 0 && strncmp(signature + len, "with", 4) == 0;
}

static const char *short_key(const struct ks_cert *c)
{
    for (size_t i = 0; i < sizeof shortest_keys / sizeof shortest_keys[0]; i++)
        if (shortest_keys[i].alg == c->key_alg && c->key_bits < shortest_keys[i].bits)
            return shortest_keys[i].name;
    return NULL;
}

static bool key_long_enough(const struct ks_cert *c, struct ks_java_fault *out)
{
    const char *name = short_key(c);
    if (!name)
        return true;
    ks_buf_printf(&out->said,
                  "Algorithm constraints check failed on keysize limits: %s %u bit key used with "
                  "certificate: ",
                  name, (unsigned)c->key_bits);
    say_subject(c, &out->said);
    out->id = "KEY-WEAK";
    return false;
}

/* Of the anchor nothing but its key counts, as that which has signed. */
static bool anchor_long_enough(const struct ks_cert *anchor, const char *signature,
                               struct ks_java_fault *out)
{
    const char *name = short_key(anchor);
    if (!name)
        return true;
    ks_buf_printf(&out->said, "Algorithm constraints check failed on signature algorithm: %s",
                  signature);
    ks_buf_printf(&out->note, "the trusted key is %s with %u bits", name,
                  (unsigned)anchor->key_bits);
    out->id = "KEY-WEAK";
    return false;
}

static bool digest_enabled(const struct ks_java_path *p, const struct ks_cert *c,
                           const char *signature, struct ks_java_fault *out)
{
    for (size_t i = 0; i < sizeof disabled_digests / sizeof disabled_digests[0]; i++) {
        if (!has_digest(signature, disabled_digests[i].digest) ||
            (disabled_digests[i].of_jdk_roots && (!p->jdk_anchor || p->client)))
            continue;
        if (disabled_digests[i].of_jdk_roots) {
            ks_buf_printf(&out->said,
                          "Usage constraint TLSServer check failed: %s used with certificate: ",
                          disabled_digests[i].digest);
            say_subject(c, &out->said);
        } else {
            ks_buf_printf(&out->said,
                          "Algorithm constraints check failed on signature algorithm: %s",
                          signature);
        }
        out->id = disabled_digests[i].id;
        return false;
    }
    return true;
}

/* AlgorithmChecker of the certification path. */
static bool algorithms_enabled(const struct ks_java_path *p, size_t i, struct ks_java_fault *out)
{
    const struct ks_cert *c = p->certs[i];
    struct ks_buf signature = KS_BUF_INIT;
    bool top = i + 1 == p->count;
    ks_cert_signature_text(c, &signature);
    bool fine = digest_enabled(p, c, ks_buf_text(&signature), out) &&
                (!top || anchor_long_enough(p->anchor, ks_buf_text(&signature), out)) &&
                key_long_enough(c, out);
    ks_buf_free(&signature);
    return fine;
}

static bool announced(const char *signature)
{
    if (strstr(signature, "andMGF1") || strcmp(signature, "RSASSA-PSS") == 0)
        return true;
    for (size_t i = 0; i < sizeof tls_signatures / sizeof tls_signatures[0]; i++)
        if (strcmp(signature, tls_signatures[i]) == 0)
            return true;
    return false;
}

/* AlgorithmChecker with the constraints of the TLS connection. A key usage must allow anything. */
static bool tls_takes(const struct ks_cert *c, bool leaf, struct ks_java_fault *out)
{
    struct ks_buf signature = KS_BUF_INIT;
    unsigned usage;
    ks_cert_signature_text(c, &signature);
    bool fine = announced(ks_buf_text(&signature));
    if (!fine) {
        ks_buf_printf(&out->said, "Algorithm constraints check failed on signature algorithm: %s",
                      ks_buf_text(&signature));
        out->id = "SIG-MD5";
    }
    ks_buf_free(&signature);
    if (fine && ks_cert_key_usage(c, &usage) && !(usage & 0x7f))
        return refuse(out, leaf ? "CERT-KU-NO-DIGSIG" : "CA-NO-KEYCERTSIGN",
                      "incorrect KeyUsage extension bits");
    return fine;
}

/* ---- basic constraints ---- */

struct walk {
    const struct ks_java_path *path;
    int allowed; /* CAs that may still follow */
};

/* Of version 1 only what the anchor issued to itself is a CA. */
static int path_len(const struct ks_java_path *p, size_t i)
{
    const struct ks_cert *c = p->certs[i];
    if (c->version >= 3)
        return ks_java_basic_constraints(c);
    return i + 1 == p->count && ks_java_self_issued(c) ? INT_MAX : -1;
}

static bool basic_constraints(struct walk *w, size_t i, struct ks_java_fault *out)
{
    if (i == 0)
        return true;
    int limit = path_len(w->path, i);
    if (limit < 0)
        return refuse(out, "CA-NOT-CA",
                      "basic constraints check failed: this is not a CA certificate");
    if (!ks_java_self_issued(w->path->certs[i]) && w->allowed-- <= 0)
        return refuse(out, "CA-PATHLEN",
                      "basic constraints check failed: pathLenConstraint violated - this cert must "
                      "be the last cert in the certification path");
    if (limit < w->allowed)
        w->allowed = limit;
    return true;
}

/* ---- name constraints ---- */

static bool has_dns_name(const struct ks_cert *c)
{
    struct ks_buf names = KS_BUF_INIT;
    ks_cert_san(c, &names);
    const char *text = ks_buf_text(&names);
    bool has = strncmp(text, "dns:", 4) == 0 || strstr(text, "\ndns:");
    ks_buf_free(&names);
    return has;
}

static bool is_label(const struct ks_name_part *p)
{
    bool fine = p->value_len > 0 && isalnum((unsigned char)p->value[0]);
    for (size_t i = 0; fine && i < p->value_len; i++)
        fine = isalnum((unsigned char)p->value[i]) || p->value[i] == '-';
    return fine;
}

static bool lists_host(struct ks_slice trees, const struct ks_name_part *host, bool *any)
{
    struct ks_tlv tree, base;
    while (ks_der_expect(&trees, KS_DER_SEQUENCE, &tree)) {
        if (!ks_der_next(&tree.body, &base) || base.tag != KS_DER_CONTEXT(2))
            continue;
        *any = true;
        if (base.body.len == 0 ||
            (base.body.len == host->value_len &&
             strncasecmp((const char *)base.body.data, host->value, host->value_len) == 0))
            return true;
    }
    return false;
}

static bool takes_label(const struct ks_cert *issuer, const struct ks_name_part *host)
{
    static const uint8_t oid[] = {0x55, 0x1d, 0x1e};
    struct ks_ext ext;
    struct ks_tlv body, list;
    bool any = false;
    if (!issuer->exts.len ||
        !ks_ext_find(ks_cert_part(issuer, issuer->exts), ks_slice(oid, sizeof oid), &ext) ||
        !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &body))
        return true;
    if (ks_der_expect(&body.body, KS_DER_CONTEXT_CONS(0), &list) &&
        !lists_host(list.body, host, &any) && any)
        return false;
    return !ks_der_expect(&body.body, KS_DER_CONTEXT_CONS(1), &list) ||
           !lists_host(list.body, host, &any);
}

/* NameConstraintsExtension.verify() takes any CN that could be a DNS name for one where the
 * certificate has none, also "Issuing" of an intermediate CA. */
static bool cn_within(const struct ks_cert *issuer, const struct ks_cert *c, struct ks_buf *note)
{
    static const uint8_t cn[] = {0x55, 4, 3};
    struct ks_name_part *parts;
    size_t count = ks_name_parts(ks_cert_part(c, c->subject), &parts), i = count;
    while (i > 0 && !ks_der_oid_is(parts[i - 1].type, cn, sizeof cn))
        i--;
    bool fine =
        i == 0 || !is_label(&parts[i - 1]) || has_dns_name(c) || takes_label(issuer, &parts[i - 1]);
    if (!fine)
        ks_buf_printf(note, "Java takes the CN %.*s for a DNS name", (int)parts[i - 1].value_len,
                      parts[i - 1].value);
    ks_name_parts_free(parts, count);
    return fine;
}

/* The constraints of the anchor are not looked at. */
static bool name_constraints(const struct ks_java_path *p, size_t i, struct ks_java_fault *out)
{
    if (i > 0 && ks_java_self_issued(p->certs[i]))
        return true;
    for (size_t above = i + 1; above < p->count; above++) {
        struct ks_issuing x = {.cert = p->certs[above],
                               .below = &p->certs[i],
                               .below_count = 1,
                               .now = p->now,
                               .java = true,
                               .purpose = p->client ? KS_PURPOSE_CLIENT : KS_PURPOSE_SERVER};
        if (ks_constraints_judge(&x, &out->note) != KS_CONSTRAINTS_VIOLATED &&
            cn_within(p->certs[above], p->certs[i], &out->note))
            continue;
        return refuse(out, "CA-NAME-CONSTRAINT", "name constraints check failed");
    }
    return true;
}

/* ---- dates and signatures ---- */

static void note_date(const struct ks_cert *c, const char *verb, int64_t when, struct ks_buf *note)
{
    char date[24];
    say_subject(c, note);
    ks_buf_printf(note, " %s %s", verb, ks_time_iso(when, date));
}

const char *ks_java_validity(const struct ks_cert *c, bool leaf, int64_t now, struct ks_buf *note)
{
    if (now < c->not_before) {
        note_date(c, "is valid from", c->not_before, note);
        return leaf ? "CERT-NOT-YET-VALID" : "CHAIN-NOT-YET-VALID";
    }
    if (now > c->not_after) {
        note_date(c, "expired on", c->not_after, note);
        return leaf ? "CERT-EXPIRED" : "CHAIN-EXPIRED-INTERMEDIATE";
    }
    return NULL;
}

static bool chained(const struct ks_java_path *p, size_t i, const struct ks_cert *issuer,
                    struct ks_java_fault *out)
{
    const struct ks_cert *c = p->certs[i];
    const char *id = ks_java_validity(c, i == 0, p->now, &out->note);
    if (id)
        return refuse(out, id, "validity check failed");
    if (!ks_name_equal_java(ks_cert_part(c, c->issuer), ks_cert_part(issuer, issuer->subject)))
        return refuse(out, "CHAIN-OUT-OF-ORDER", "subject/issuer name chaining check failed");
    return true;
}

static bool key_ids_equal(const struct ks_cert *c, const struct ks_cert *issuer)
{
    return c->aki.len && issuer->ski.len &&
           ks_slice_equal(ks_cert_part(c, c->aki), ks_cert_part(issuer, issuer->ski));
}

/* SunEC of the JDK 17 computes with three curves (sun.security.ec.ECOperations). */
static bool can_verify_with(const struct ks_cert *issuer)
{
    static const char *const curves[] = {"EC P-256", "EC P-384", "EC P-521"};
    struct ks_buf text = KS_BUF_INIT;
    bool known = issuer->key_alg != KS_KEY_EC;
    if (!known)
        ks_cert_key_text(issuer, &text);
    for (size_t i = 0; !known && i < sizeof curves / sizeof curves[0]; i++)
        known = strcmp(ks_buf_text(&text), curves[i]) == 0;
    ks_buf_free(&text);
    return known;
}

static bool is_signed(const struct ks_java_path *p, size_t i, const struct ks_cert *issuer,
                      struct ks_java_fault *out)
{
    const struct ks_cert *c = p->certs[i];
    if (*p->signatures == 0)
        return refuse(out, NULL, "too many signatures to check");
    --*p->signatures;
    if (!can_verify_with(issuer)) {
        ks_buf_str(&out->note, "Java does not know the curve of the key of ");
        say_subject(issuer, &out->note);
        return refuse(out, "KEY-TYPE-UNSUPPORTED", "signature check failed");
    }
    if (ks_cert_verify(c, ks_cert_part(issuer, issuer->spki)) == KS_VERDICT_GOOD)
        return true;
    say_subject(c, &out->note);
    ks_buf_str(&out->note, " was not signed by ");
    say_subject(issuer, &out->note);
    return refuse(out,
                  key_ids_equal(c, issuer) ? "CHAIN-BROKEN-SIGNATURE"
                  : i + 1 == p->count      ? "TRUST-SAME-NAME-OTHER-KEY"
                                           : "CHAIN-WRONG-ISSUER",
                  "signature check failed");
}

/* ---- all of it ---- */

static bool certificate_holds(struct walk *w, size_t i, struct ks_java_fault *out)
{
    const struct ks_java_path *p = w->path;
    const struct ks_cert *c = p->certs[i];
    const struct ks_cert *issuer = i + 1 < p->count ? p->certs[i + 1] : p->anchor;
    if (p->built)
        return is_signed(p, i, issuer, out) && basic_constraints(w, i, out) &&
               name_constraints(p, i, out) && algorithms_enabled(p, i, out) &&
               (p->without_tls || tls_takes(c, i == 0, out));
    if (!algorithms_enabled(p, i, out))
        return false;
    if (i > 0 && !ks_java_may_sign(c))
        return refuse(out, "CA-NO-KEYCERTSIGN",
                      "CA key usage check failed: keyCertSign bit is not set");
    if (!basic_constraints(w, i, out) || !name_constraints(p, i, out) ||
        !chained(p, i, issuer, out) || !is_signed(p, i, issuer, out) ||
        !(p->without_tls || tls_takes(c, i == 0, out)))
        return false;
    return !ks_java_unknown_critical(c) ||
           refuse(out, "CERT-CRITICAL-UNKNOWN", "unrecognized critical extension(s)");
}

/* PKIXValidator.verifyTrustAnchor(): an anchor of version 3 must be a CA. */
bool ks_java_anchor_fits(const struct ks_cert *anchor, struct ks_java_fault *out)
{
    const char *why = NULL;
    if (anchor->version >= 3 && ks_java_basic_constraints(anchor) < 0)
        why = "is not a CA certificate";
    else if (anchor->version >= 3 && !ks_java_may_sign(anchor))
        why = "does not have keyCertSign bit set in KeyUsage extension";
    if (!why)
        return true;
    out->id = strncmp(why, "is", 2) == 0 ? "CA-NOT-CA" : "CA-NO-KEYCERTSIGN";
    ks_buf_str(&out->said,
               "sun.security.validator.ValidatorException: TrustAnchor with subject \"");
    say_subject(anchor, &out->said);
    ks_buf_printf(&out->said, "\" %s", why);
    return false;
}

bool ks_java_path_holds(const struct ks_java_path *path, struct ks_java_fault *fault)
{
    struct walk walk = {.path = path,
                        .allowed = path->count < INT_MAX ? (int)path->count : INT_MAX};
    for (size_t i = path->count; i > 0; i--)
        if (!certificate_holds(&walk, i - 1, fault)) {
            struct ks_buf said = KS_BUF_INIT;
            ks_buf_printf(&said, "java.security.cert.CertPathValidatorException: %s",
                          ks_buf_text(&fault->said));
            ks_buf_free(&fault->said);
            fault->said = said;
            return false;
        }
    return true;
}
