/* Rules about the certificate of a key, and what it is used for. */
#include "chain/evidence.h"

#include "chain/refusers.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/host.h"
#include "x509/name.h"

#include <string.h>

#define NAMES_SHOWN 5
#define KEYS_ASKED 1000 /* entries that are asked whether they answer for a host */

static bool serves_tls(const struct ks_look *l)
{
    enum ks_purpose purpose = ks_look_purpose(l);
    return purpose == KS_PURPOSE_SERVER || purpose == KS_PURPOSE_CLIENT;
}

/* The certificate that is judged by what TLS asks of it; NULL: none. */
static const struct ks_cert *tls_leaf(const struct ks_look *l)
{
    const struct ks_cert *leaf = ks_look_leaf(l);
    if (!leaf || (leaf->flags & KS_CERT_BROKEN) || !serves_tls(l) || ks_look_is_ca(l, leaf))
        return NULL;
    return leaf;
}

/* ---- self-signed ---- */

/* By the signature where it was verified, else by names and key ids. */
static bool is_self_signed(const struct ks_look *l)
{
    const struct ks_chain_look *look = l->facts ? l->facts->look : NULL;
    if (look)
        return look->walk_len == 1 && look->end == KS_END_ROOT;
    return l->chain.present > 0 && l->chain.walked == 1 && l->chain.complete;
}

enum ks_severity ks_rule_self_signed(struct ks_look *l)
{
    const struct ks_cert *leaf = ks_look_leaf(l);
    if (!leaf || !is_self_signed(l) || ks_look_purpose(l) == KS_PURPOSE_TRUST)
        return KS_FINE;
    return ks_look_is_ca(l, leaf) ? KS_NOTE : KS_WARNING;
}

void ks_say_self_signed(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *leaf = ks_look_leaf(l);
    ks_put_alias(l->entry, out);
    ks_buf_str(out, " is certified by its own key only");
    if (ks_look_is_ca(l, leaf)) {
        ks_buf_str(out, ". That is right for the root of a private CA.");
        return;
    }
    ks_buf_str(out, " (");
    ks_put_fingerprint(leaf, out);
    ks_buf_str(out, "). Every client must be told to trust this very certificate, or fails with "
                    "\"PKIX path building failed\".");
    if (!ks_put_reply(l, out))
        ks_buf_str(out, " A CA's certificate for the same key mends that.");
}

/* ---- host names ---- */

/* The last attribute of a type is not needed here: a dot and no blank in the common name is what
 * tells www.example.com from "Example Signing Key". */
static bool looks_like_host(const char *text, size_t len)
{
    bool dot = memchr(text, '.', len) != NULL;
    return dot && !memchr(text, ' ', len) && !memchr(text, '@', len);
}

static bool cn_looks_like_host(struct ks_slice name)
{
    static const uint8_t cn[] = {0x55, 4, 3};
    struct ks_tlv rdns, rdn, attribute, type, value;
    if (!ks_der_expect(&name, KS_DER_SEQUENCE, &rdns))
        return false;
    struct ks_slice in = rdns.body;
    while (ks_der_expect(&in, KS_DER_SET, &rdn)) {
        struct ks_slice set = rdn.body;
        if (!ks_der_expect(&set, KS_DER_SEQUENCE, &attribute))
            continue;
        struct ks_slice pair = attribute.body;
        if (ks_der_expect(&pair, KS_DER_OID, &type) && ks_der_oid_is(type.body, cn, sizeof cn) &&
            ks_der_next(&pair, &value) &&
            looks_like_host((const char *)value.body.data, value.body.len))
            return true;
    }
    return false;
}

static bool has_extension(const struct ks_cert *c, uint8_t id)
{
    const uint8_t oid[] = {0x55, 0x1d, id};
    struct ks_ext ext;
    return c->exts.len > 0 &&
           ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid, sizeof oid), &ext);
}
enum { EXTENDED_KEY_USAGE = 0x25 };

/* Somebody says that it is a server's; or it does so itself. */
static bool is_servers(const struct ks_look *l, const struct ks_cert *leaf)
{
    if (l->facts && (l->facts->asked == KS_PURPOSE_SERVER || l->facts->host_count > 0))
        return true;
    if (leaf->flags & KS_CERT_CA)
        return false;
    if (has_extension(leaf, EXTENDED_KEY_USAGE))
        return ks_refusers_of_use(leaf, KS_PURPOSE_SERVER) != KS_CLIENT_ALL;
    return cn_looks_like_host(ks_cert_part(leaf, leaf->subject));
}

enum ks_severity ks_rule_no_san(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    if (!leaf || ks_look_purpose(l) != KS_PURPOSE_SERVER || ks_cert_names_host(leaf))
        return KS_FINE;
    return ks_when(is_servers(l, leaf), KS_ERROR);
}

void ks_say_no_san(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *leaf = ks_look_leaf(l);
    ks_buf_printf(out,
                  "The certificate of '%s' has no alternative name that is a host or an address. "
                  "Java and curl fall back to the common name, ",
                  l->entry->alias);
    ks_put_cert_name(leaf, out);
    ks_buf_str(out, "; Go, Python and browsers refuse it as a server's certificate. Ask for a new "
                    "one with dns: names.");
}

/* By the common name where no alternative name speaks against it: CERT-NO-SAN is it. */
static enum ks_severity answers_wrongly(const struct ks_cert *leaf, const char *host)
{
    return ks_when(ks_refusers_of_host(leaf, host), KS_ERROR);
}

enum ks_severity ks_rule_host_mismatch(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    if (!leaf || ks_look_purpose(l) != KS_PURPOSE_SERVER)
        return KS_FINE;
    enum ks_severity worst = KS_FINE;
    for (size_t i = 0; i < l->facts->host_count; i++) {
        enum ks_severity severity = answers_wrongly(leaf, l->facts->hosts[i]);
        worst = severity > worst ? severity : worst;
    }
    return worst;
}

/* Another key entry whose certificate does answer; NULL: none. */
static const struct ks_entry *who_answers(const struct ks_look *l, const char *host)
{
    size_t asked = 0;
    for (size_t i = 0; i < ks_store_count(l->store) && asked < KEYS_ASKED; i++) {
        const struct ks_entry *e = ks_store_entry(l->store, i);
        if (e == l->entry || e->kind != KS_KIND_KEY || e->chain_len == 0)
            continue;
        asked++;
        if (ks_cert_answers_for(&e->chain[0], host) == KS_HOST_MATCH)
            return e;
    }
    return NULL;
}

static void say_names(const struct ks_cert *leaf, struct ks_buf *out)
{
    struct ks_buf names = KS_BUF_INIT;
    ks_cert_san(leaf, &names);
    ks_put_lines(ks_buf_text(&names), NAMES_SHOWN, out);
    if (names.len == 0)
        ks_put_cert_name(leaf, out);
    ks_buf_free(&names);
}

void ks_say_host_mismatch(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *leaf = ks_look_leaf(l);
    const char *first = NULL;
    ks_put_alias(l->entry, out);
    ks_buf_str(out, " does not answer for ");
    for (size_t i = 0; i < l->facts->host_count; i++) {
        const char *host = l->facts->hosts[i];
        if (answers_wrongly(leaf, host) == KS_FINE)
            continue;
        ks_buf_printf(out, "%s%s", first ? ", " : "", host);
        first = first ? first : host;
    }
    ks_buf_str(out, ": its certificate is for ");
    say_names(leaf, out);
    bool by_cn = first && ks_cert_answers_for(leaf, first) == KS_HOST_BY_CN_JAVA;
    const struct ks_entry *other = first ? who_answers(l, first) : NULL;
    if (other)
        ks_buf_printf(out, ". The entry '%s' answers for %s.", other->alias, first);
    else
        ks_buf_printf(out, ". %s refuse it. Ask for a certificate with that name.",
                      by_cn ? "Its common name fits, which counts for Java alone: all other clients"
                            : "Clients that connect to that name");
}

enum ks_severity ks_rule_ip_as_dns(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    if (!leaf || ks_look_purpose(l) != KS_PURPOSE_SERVER)
        return KS_FINE;
    return ks_when(ks_cert_address_as_dns(leaf).data != NULL, KS_WARNING);
}

void ks_say_ip_as_dns(const struct ks_look *l, struct ks_buf *out)
{
    struct ks_slice address = ks_cert_address_as_dns(ks_look_leaf(l));
    ks_buf_printf(
        out,
        "The certificate of '%s' has the address %.*s as a name of the kind DNS. Clients "
        "compare addresses with names of the kind IP only, so it matches nothing. Ask for "
        "a new one with ip:%.*s.",
        l->entry->alias, (int)address.len, (const char *)address.data, (int)address.len,
        (const char *)address.data);
}

/* ---- usages ---- */

static void say_extension(const struct ks_cert *c, uint8_t id, struct ks_buf *out)
{
    const uint8_t oid[] = {0x55, 0x1d, id};
    struct ks_buf text = KS_BUF_INIT;
    struct ks_ext ext;
    if (ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid, sizeof oid), &ext))
        (void)ks_ext_text(&ext, &text);
    ks_put_lines(ks_buf_text(&text), NAMES_SHOWN, out);
    ks_buf_free(&text);
}

static unsigned use_refused(const struct ks_look *l, const struct ks_cert *leaf)
{
    enum ks_purpose purpose = ks_look_purpose(l);
    return ks_refusers_of_use(leaf, purpose) | ks_refusers_of_type(leaf, purpose);
}

enum ks_severity ks_rule_eku_other(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    return ks_when(leaf && use_refused(l, leaf), KS_ERROR);
}

void ks_say_eku_other(const struct ks_look *l, struct ks_buf *out)
{
    bool client = ks_look_purpose(l) == KS_PURPOSE_CLIENT;
    const struct ks_cert *leaf = ks_look_leaf(l);
    unsigned refused = ks_refusers_of_use(leaf, ks_look_purpose(l));
    ks_buf_printf(out, "The certificate of '%s' is not for %s: its ", l->entry->alias,
                  client ? "clients" : "servers");
    if (!refused) {
        ks_buf_printf(out,
                      "Netscape certificate type is another one. Java and OpenSSL refuse it, other "
                      "%s do not look at that.",
                      client ? "servers" : "clients");
        return;
    }
    ks_buf_str(out, "extended key usage is ");
    say_extension(leaf, EXTENDED_KEY_USAGE, out);
    ks_buf_printf(out, ", without %s. ", client ? "clientAuth" : "serverAuth");
    if (refused == KS_CLIENT_ALL)
        ks_buf_printf(out, "%s refuse it.", client ? "Servers" : "Clients");
    else
        ks_buf_str(out, "Java takes any usage for that; OpenSSL and what is built on it (curl, "
                        "Python) do not.");
}

enum ks_severity ks_rule_ku_no_digsig(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    unsigned bits;
    return ks_when(leaf && ks_cert_key_usage(leaf, &bits) && !(bits & 1), KS_ERROR);
}

void ks_say_ku_no_digsig(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "The key usage of '%s' is ", l->entry->alias);
    say_extension(ks_look_leaf(l), 0x0f, out);
    ks_buf_str(out, ", without digitalSignature, which TLS needs of it. ");
    bool openssl = ks_refusers_of_key_usage(ks_look_leaf(l), ks_look_purpose(l)) & KS_CLIENT_CURL;
    ks_buf_str(out,
               openssl ? "Java, OpenSSL, GnuTLS and Chromium refuse it; Go and Firefox do not mind."
                       : "Java, GnuTLS and Chromium refuse it; OpenSSL, Go and Firefox do not "
                         "mind.");
}

/* Of whom it is said, or who says so itself by its names; else a CA's certificate is a CA's. */
enum ks_severity ks_rule_ca_as_leaf(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    return ks_when(leaf && (leaf->flags & KS_CERT_CA), KS_NOTE);
}

void ks_say_ca_as_leaf(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "The certificate of '%s' is marked as a CA. Clients connect; but whoever gets "
                  "this key can issue certificates that these clients trust.",
                  l->entry->alias);
}

/* ---- type of the key ---- */

/* Of a named curve, RFC 5480 2.1.1.1. */
static struct ks_slice curve_of(const struct ks_cert *c)
{
    struct ks_slice in = ks_cert_part(c, c->spki);
    struct ks_tlv info, alg, oid, curve;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &info) ||
        !ks_der_expect(&info.body, KS_DER_SEQUENCE, &alg) ||
        !ks_der_expect(&alg.body, KS_DER_OID, &oid) ||
        !ks_der_expect(&alg.body, KS_DER_OID, &curve))
        return (struct ks_slice){NULL, 0};
    return curve.body;
}

static bool is_tls_curve(const struct ks_cert *c)
{
    static const uint8_t p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static const uint8_t p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
    static const uint8_t p521[] = {0x2b, 0x81, 0x04, 0x00, 0x23};
    struct ks_slice curve = curve_of(c);
    return ks_der_oid_is(curve, p256, sizeof p256) || ks_der_oid_is(curve, p384, sizeof p384) ||
           ks_der_oid_is(curve, p521, sizeof p521);
}

/* A key that is too short is told of as that. */
static bool is_unsupported(const struct ks_cert *c)
{
    switch ((enum ks_key_alg)c->key_alg) {
    case KS_KEY_EC:
        return !ks_cert_key_weak(c) && ((c->flags & KS_CERT_EXPLICIT_EC) || !is_tls_curve(c));
    case KS_KEY_DSA:
    case KS_KEY_DH:
    case KS_KEY_X25519:
    case KS_KEY_X448:
        return true;
    default:
        return false;
    }
}

enum ks_severity ks_rule_key_unsupported(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    return ks_when(leaf && is_unsupported(leaf), KS_ERROR);
}

void ks_say_key_unsupported(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "The key of '%s' is of type ", l->entry->alias);
    ks_cert_key_text(ks_look_leaf(l), out);
    ks_buf_str(out, ", for which Java's TLS has no signature scheme: a server with it starts and "
                    "fails at every handshake. Make a new key pair (EC P-256, RSA 3072), then a "
                    "request for it.");
}

enum ks_severity ks_rule_key_limited(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    return ks_when(leaf && (leaf->key_alg == KS_KEY_ED25519 || leaf->key_alg == KS_KEY_ED448),
                   KS_NOTE);
}

void ks_say_key_limited(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "The key of '%s' is of type ", l->entry->alias);
    ks_cert_key_text(ks_look_leaf(l), out);
    ks_buf_str(out, ". Java, curl, Go and Python connect; Chromium and Firefox do not.");
}

/* ---- public CAs ---- */

#define PUBLIC_DAYS_MAX 398 /* Baseline Requirements 6.3.2, since September 2020 */

static int64_t days_of(const struct ks_cert *c)
{
    if (c->not_before == KS_TIME_NONE || c->not_after == KS_TIME_NONE)
        return 0;
    return (c->not_after - c->not_before) / KS_DAY;
}

static bool is_public(const struct ks_facts *f, const struct ks_cert *c)
{
    return f->reference && ks_census_der(f->reference, c) != KS_NOWHERE;
}

/* The way ends at a public CA: in what is stored, or in what could be. */
static bool is_of_public_ca(const struct ks_look *l)
{
    const struct ks_chain_look *look = l->facts->look;
    for (size_t i = 1; i < look->walk_len; i++)
        if (is_public(l->facts, look->stored[look->walk[i]]))
            return true;
    for (size_t i = 0; i < look->best.len; i++)
        if (is_public(l->facts, look->best.at[i]->cert))
            return true;
    return false;
}

enum ks_severity ks_rule_long_validity(struct ks_look *l)
{
    const struct ks_cert *leaf = tls_leaf(l);
    bool long_lived = leaf && l->facts->look && days_of(leaf) > PUBLIC_DAYS_MAX;
    return ks_when(long_lived && is_of_public_ca(l), KS_NOTE);
}

void ks_say_long_validity(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "The certificate of '%s' is valid for %lld days. Browsers limit certificates of "
                  "public CAs to %d.",
                  l->entry->alias, (long long)days_of(ks_look_leaf(l)), PUBLIC_DAYS_MAX);
}
