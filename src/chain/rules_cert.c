/* Rules about one certificate of an entry: what it says of itself, and where it stands. */
#include "chain/evidence.h"

#include "chain/constraints.h"
#include "chain/refusers.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/request.h"

#include <string.h>

static bool is_broken(const struct ks_look *l)
{
    return (l->cert->flags & KS_CERT_BROKEN) != 0;
}

/* What a sentence about the certificate (or the entry) calls it: an alias may read like a word of
 * the sentence. */
static void who(const struct ks_look *l, struct ks_buf *out, const char *goes_on)
{
    bool own = l->at == 0 || l->cert->flags & KS_CERT_BROKEN;
    if (own)
        ks_put_alias(l->entry, out);
    else
        ks_put_cert_name(l->cert, out);
    if (!own && l->index > 0)
        ks_buf_printf(out, " (certificate %d of the chain of '%s')", l->index, l->entry->alias);
    else if (!own)
        ks_buf_printf(out, " (in the chain of '%s')", l->entry->alias);
    ks_buf_str(out, goes_on);
}

/* ---- another way ---- */

/* The way that what is sent has around the faults of issuers; NULL: none. */
static const struct ks_around *around(const struct ks_look *l)
{
    const struct ks_chain_look *x = l->facts ? l->facts->look : NULL;
    bool issuer = l->entry->kind == KS_KIND_KEY && l->at > 0 && l->at != KS_NOWHERE;
    return issuer && x && x->around.over ? &x->around : NULL;
}

/* Of an issuer's fault: an error for as long as a client is known that stumbles. */
static enum ks_severity on_the_walk(const struct ks_look *l, bool holds)
{
    const struct ks_around *a = around(l);
    bool passable = a && !a->java_refuses && !a->openssl_refuses;
    return ks_when(holds, passable ? KS_WARNING : KS_ERROR);
}

static void say_way(const struct ks_around *a, struct ks_buf *out)
{
    ks_buf_str(out, "The chain has another way without such a fault, over ");
    ks_put_cert_name(a->over, out);
    ks_buf_str(out, " (until ");
    ks_put_date(a->over->not_after, out);
    ks_buf_str(out, ")");
    if (a->end != a->over) {
        ks_buf_str(out, " to ");
        ks_put_cert_name(a->end, out);
    }
}

static const char *who_stumbles(const struct ks_around *a)
{
    return !a->openssl_refuses ? "Java" : a->java_refuses ? "Java and OpenSSL" : "OpenSSL";
}

static void say_who_passes(const struct ks_around *a, struct ks_buf *out)
{
    if (!a->complete) {
        ks_buf_str(out, ", issued by '");
        ks_name_label(ks_cert_part(a->end, a->end->issuer), out);
        ks_buf_str(out, "': clients that trust that CA and search for a way take it. Who trusts "
                        "another root only, or follows the chain as it is sent, refuses.");
        if (a->java_refuses || a->openssl_refuses)
            ks_buf_printf(out, " Here that is %s, too.", who_stumbles(a));
        return;
    }
    ks_buf_str(out,
               ": clients that search for a way take it, and those that follow the chain as it "
               "is sent refuse (GnuTLS");
    if (a->java_refuses || a->openssl_refuses)
        ks_buf_printf(out, ", and here %s", who_stumbles(a));
    ks_buf_str(out, "). ksx repair (r) puts that way first.");
}

/* The other way, or what happens without one. */
static void say_consequence(const struct ks_look *l, const char *without, struct ks_buf *out)
{
    const struct ks_around *a = around(l);
    if (!a) {
        ks_buf_str(out, without);
        return;
    }
    say_way(a, out);
    say_who_passes(a, out);
}

/* ---- dates ---- */

static bool expired_as(const struct ks_look *l, enum ks_role role)
{
    return !is_broken(l) && ks_cert_expired(l->cert, l->now) && ks_look_role(l) == role;
}

static void say_expired(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " expired ");
    ks_put_when(l->cert->not_after, ks_days_until(l->cert->not_after, l->now), out);
}

enum ks_severity ks_rule_cert_expired(struct ks_look *l)
{
    return ks_when(expired_as(l, KS_ROLE_LEAF), KS_ERROR);
}

void ks_say_cert_expired(const struct ks_look *l, struct ks_buf *out)
{
    say_expired(l, out);
    ks_buf_str(out, ". Clients refuse it.");
    if (!ks_put_reply(l, out))
        ks_buf_str(out, " Ask the CA for a renewed certificate.");
}

enum ks_severity ks_rule_chain_expired(struct ks_look *l)
{
    return on_the_walk(l, expired_as(l, KS_ROLE_ISSUER));
}

void ks_say_chain_expired(const struct ks_look *l, struct ks_buf *out)
{
    say_expired(l, out);
    ks_buf_str(out, ". ");
    say_consequence(l, "Nothing that it signed will verify.", out);
    if (around(l))
        return;
    ks_buf_str(out, " Its CA has a certificate that replaces it, mostly for the same key (");
    ks_put_key_id(l->cert, out);
    ks_buf_str(out, ").");
}

enum ks_severity ks_rule_chain_expired_root(struct ks_look *l)
{
    return ks_when(expired_as(l, KS_ROLE_ROOT), KS_WARNING);
}

void ks_say_chain_expired_root(const struct ks_look *l, struct ks_buf *out)
{
    say_expired(l, out);
    ks_buf_str(out,
               ". Clients that have a valid root of this CA do not notice. Of those that trust "
               "this one alone Java still accepts it; OpenSSL and curl do not.");
}

enum ks_severity ks_rule_trust_expired(struct ks_look *l)
{
    return ks_when(expired_as(l, KS_ROLE_ANCHOR), KS_WARNING);
}

void ks_say_trust_expired(const struct ks_look *l, struct ks_buf *out)
{
    say_expired(l, out);
    ks_buf_str(out, ". Java still accepts it as an anchor; OpenSSL and curl do not. Ask its owner "
                    "for the one that replaces it.");
}

enum ks_severity ks_rule_cert_not_yet_valid(struct ks_look *l)
{
    if (is_broken(l) || !ks_cert_ahead(l->cert, l->now))
        return KS_FINE;
    switch (ks_look_role(l)) {
    case KS_ROLE_LEAF:
        return KS_ERROR;
    case KS_ROLE_ANCHOR:
        return KS_WARNING;
    default:
        return KS_FINE;
    }
}

static void say_starts(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " starts ");
    ks_put_when(l->cert->not_before, ks_days_to_start(l->cert->not_before, l->now), out);
}

static void say_clock(const struct ks_look *l, struct ks_buf *out)
{
    char now[24];
    if (!ks_clock_pinned())
        ks_buf_printf(out, " If that is wrong, check the clock: this host says %s UTC.",
                      ks_time_human(l->now, now));
}

void ks_say_cert_not_yet_valid(const struct ks_look *l, struct ks_buf *out)
{
    say_starts(l, out);
    ks_buf_str(out, ". Until then clients refuse it.");
    (void)ks_put_reply(l, out);
    say_clock(l, out);
}

enum ks_severity ks_rule_chain_not_yet_valid(struct ks_look *l)
{
    if (is_broken(l) || !ks_cert_ahead(l->cert, l->now))
        return KS_FINE;
    enum ks_role role = ks_look_role(l);
    return on_the_walk(l, role == KS_ROLE_ISSUER || role == KS_ROLE_ROOT);
}

void ks_say_chain_not_yet_valid(const struct ks_look *l, struct ks_buf *out)
{
    say_starts(l, out);
    ks_buf_str(out, ". ");
    say_consequence(l, "Until then clients refuse everything that it signed.", out);
    say_clock(l, out);
}

enum ks_severity ks_rule_cert_expiring(struct ks_look *l)
{
    const struct ks_cert *c = l->cert;
    bool soon = c->not_after != KS_TIME_NONE && c->not_after >= l->now &&
                ks_days_until(c->not_after, l->now) <= l->warn_days;
    return ks_when(!is_broken(l) && soon && ks_look_role(l) != KS_ROLE_NONE, KS_WARNING);
}

void ks_say_cert_expiring(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " expires ");
    ks_put_when(l->cert->not_after, ks_days_until(l->cert->not_after, l->now), out);
    ks_buf_str(out, l->entry->kind == KS_KIND_KEY && l->at == 0
                        ? ". Renew it before clients refuse it."
                        : ". Its owner should have one that replaces it.");
}

enum ks_severity ks_rule_cert_date_unreadable(struct ks_look *l)
{
    return ks_when((l->cert->flags & KS_CERT_BAD_TIME) != 0, KS_WARNING);
}

void ks_say_cert_date_unreadable(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_str(out, "A validity date of ");
    who(l, out,
        " is not a date that X.509 allows, so nobody can tell when it expires. Most "
        "programs refuse it.");
}

/* ---- contents ---- */

enum ks_severity ks_rule_cert_unreadable(struct ks_look *l)
{
    bool other_type = (l->entry->notes & KS_NOTE_CERT_TYPE) != 0;
    return ks_when(is_broken(l) && !other_type, KS_ERROR);
}

void ks_say_cert_unreadable(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "Certificate %d of '%s' is no X.509 certificate that can be parsed.",
                  l->index, l->entry->alias);
    if (ks_look_is_keystore(l->store))
        ks_buf_str(out, " Java opens none of the keystore because of it.");
    ks_buf_str(out, " Its bytes are kept; look for another copy of the certificate.");
}

static bool is_on_the_way(const struct ks_look *l)
{
    enum ks_role role = ks_look_role(l);
    return l->entry->kind == KS_KIND_KEY && role != KS_ROLE_NONE && role != KS_ROLE_ANCHOR;
}

/* Java does not look at its anchor. */
static unsigned critical_refused(const struct ks_look *l)
{
    unsigned refused = ks_refusers_of_critical(l->cert, NULL);
    return ks_look_is_root(l, l->cert) ? refused & ~(unsigned)KS_CLIENT_JAVA : refused;
}

enum ks_severity ks_rule_critical_unknown(struct ks_look *l)
{
    return on_the_walk(l, is_on_the_way(l) && critical_refused(l));
}

void ks_say_critical_unknown(const struct ks_look *l, struct ks_buf *out)
{
    unsigned refused = critical_refused(l);
    bool java = refused & KS_CLIENT_JAVA, openssl = refused & KS_CLIENT_CURL;
    struct ks_slice oid;
    (void)ks_refusers_of_critical(l->cert, &oid);
    who(l, out, " has an extension that is marked critical and that ");
    ks_buf_str(out, java && openssl ? "clients do not"
                    : java          ? "Java does not"
                                    : "not all clients");
    ks_buf_str(out, " know: ");
    ks_oid_text(oid, out);
    ks_buf_str(out, ". ");
    say_consequence(
        l, "Who does not know it has to refuse. The CA has to issue it without that extension.",
        out);
}

enum ks_severity ks_rule_malformed(struct ks_look *l)
{
    unsigned refused = is_on_the_way(l) ? ks_refusers_of_form(l->cert) : 0;
    /* JAVA-REFUSES-ITEM: no JVM gets as far as to send it */
    if (l->entry->notes & KS_NOTE_JAVA_FATAL)
        refused &= ~(unsigned)KS_CLIENT_JAVA;
    return ks_when(refused, KS_ERROR);
}

void ks_say_malformed(const struct ks_look *l, struct ks_buf *out)
{
    unsigned refused = ks_refusers_of_form(l->cert);
    const char *java = ks_cert_java_refusal(l->cert);
    who(l, out, " is not encoded as all clients want it: ");
    if (refused & KS_CLIENT_JAVA)
        ks_buf_printf(out, "Java refuses it, since %s. ",
                      java ? java : "its path length is negative");
    if (refused & KS_CLIENT_CURL)
        ks_buf_str(out, "OpenSSL, and with it curl and Python, cannot read an extension of it: "
                        "\"invalid certificate\". ");
    ks_buf_str(out, "The CA has to issue it again.");
}

/* The certificate policies of a way depend on all of it. */
enum ks_severity ks_rule_policy_unjudged(struct ks_look *l)
{
    return ks_when(is_on_the_way(l) && !is_broken(l) && !ks_look_is_root(l, l->cert) &&
                       ks_cert_asks_for_policy(l->cert),
                   KS_NOTE);
}

void ks_say_policy_unjudged(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out,
        " has rules for the certificate policies of the chain. Java refuses a chain that breaks "
        "them; curl and most others do not look. That was not judged here: ask a Java client, or "
        "openssl verify -policy_check.");
}

/* ---- keys ---- */

/* The type of such a key, not its length, is what stops a server. */
static bool is_dsa_leaf(const struct ks_look *l)
{
    return l->facts && l->at == 0 && l->cert->key_alg == KS_KEY_DSA;
}

enum ks_severity ks_rule_weak_key(struct ks_look *l)
{
    if (is_broken(l) || !ks_cert_key_weak(l->cert))
        return KS_FINE;
    enum ks_role role = ks_look_role(l);
    if (role == KS_ROLE_ANCHOR || role == KS_ROLE_NONE || is_dsa_leaf(l))
        return KS_FINE;
    return l->entry->kind == KS_KIND_KEY ? on_the_walk(l, true) : KS_WARNING;
}

static void say_key_type(const struct ks_look *l, struct ks_buf *out)
{
    bool curve = l->cert->key_alg == KS_KEY_EC;
    who(l, out, " has a key of type ");
    ks_cert_key_text(l->cert, out);
    ks_buf_printf(out, ", below today's minimum of %d bits: ", curve ? 224 : 2048);
}

void ks_say_weak_key(const struct ks_look *l, struct ks_buf *out)
{
    say_key_type(l, out);
    ks_buf_str(out, "public CAs no longer sign it, and OpenSSL and what is built on it refuse it.");
    if (around(l)) {
        ks_buf_str(out, " ");
        say_consequence(l, "", out);
    }
    if (l->at == 0 && l->entry->kind == KS_KIND_KEY)
        ks_buf_str(out, " Make a new key pair, then a request for it.");
}

/* ---- signatures ---- */

/* Nobody verifies the signature of a root. */
static enum ks_digest digest_of(const struct ks_look *l)
{
    if (is_broken(l))
        return KS_DIGEST_SOUND;
    if (l->facts && l->facts->look && l->entry->kind == KS_KIND_KEY)
        return l->faults & KS_ISSUER_MD5    ? KS_DIGEST_MD5
               : l->faults & KS_ISSUER_SHA1 ? KS_DIGEST_SHA1
                                            : KS_DIGEST_SOUND;
    return l->cert->flags & KS_CERT_SELF_ISSUED ? KS_DIGEST_SOUND : ks_cert_digest(l->cert);
}

static enum ks_severity signed_with(const struct ks_look *l, enum ks_digest digest)
{
    if (digest_of(l) != digest)
        return KS_FINE;
    enum ks_role role = ks_look_role(l);
    if (role == KS_ROLE_ANCHOR || role == KS_ROLE_NONE)
        return KS_FINE;
    return l->entry->kind == KS_KIND_KEY ? on_the_walk(l, true) : KS_WARNING;
}

static void say_signature(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " is signed with ");
    ks_cert_signature_text(l->cert, out);
}

enum ks_severity ks_rule_sig_sha1(struct ks_look *l)
{
    return signed_with(l, KS_DIGEST_SHA1);
}

void ks_say_sig_sha1(const struct ks_look *l, struct ks_buf *out)
{
    say_signature(l, out);
    ks_buf_str(out, ". Java accepts it from a private CA; OpenSSL, Go and browsers refuse it. ");
    say_consequence(l, "Ask the CA to issue it again with SHA-256.", out);
}

enum ks_severity ks_rule_sig_md5(struct ks_look *l)
{
    return signed_with(l, KS_DIGEST_MD5);
}

void ks_say_sig_md5(const struct ks_look *l, struct ks_buf *out)
{
    say_signature(l, out);
    ks_buf_str(out, ". Java, OpenSSL, Go and browsers refuse it. ");
    say_consequence(l, "Ask the CA to issue it again with SHA-256.", out);
}

/* ---- anchors ---- */

static bool signature_is_weak(const struct ks_cert *c)
{
    return !(c->flags & KS_CERT_SELF_ISSUED) && ks_cert_digest(c) != KS_DIGEST_SOUND;
}

enum ks_severity ks_rule_trust_weak(struct ks_look *l)
{
    if (is_broken(l) || ks_look_role(l) != KS_ROLE_ANCHOR)
        return KS_FINE;
    return ks_when(ks_cert_key_weak(l->cert) || signature_is_weak(l->cert), KS_WARNING);
}

void ks_say_trust_weak(const struct ks_look *l, struct ks_buf *out)
{
    if (ks_cert_key_weak(l->cert)) {
        say_key_type(l, out);
        ks_buf_str(out, "OpenSSL and what is built on it refuse what it anchors, and who breaks "
                        "the key can make certificates that are trusted here.");
        return;
    }
    say_signature(l, out);
    ks_buf_str(out, ", which can be forged, and it is no root, whose signature does not matter. "
                    "Ask its owner for a newer one.");
}

/* ---- issuers ---- */

static enum ks_severity fault(const struct ks_look *l, unsigned fault)
{
    return on_the_walk(l, is_on_the_way(l) && l->at > 0 && (l->faults & fault));
}

/* A key that is to sign certificates must be allowed to, also before it signed any. */
static bool is_asked_for_ca(const struct ks_look *l)
{
    return l->at == 0 && l->facts->asked == KS_PURPOSE_CA && l->entry->kind == KS_KIND_KEY &&
           !is_broken(l);
}

enum ks_severity ks_rule_ca_not_ca(struct ks_look *l)
{
    if (is_asked_for_ca(l))
        return ks_when(!(l->cert->flags & KS_CERT_CA), KS_ERROR);
    return fault(l, KS_ISSUER_NO_CA);
}

void ks_say_ca_not_ca(const struct ks_look *l, struct ks_buf *out)
{
    bool basic = (l->cert->flags & KS_CERT_BASIC) != 0;
    who(l, out, l->at == 0 ? " is not marked as a CA" : " issued a certificate and is no CA");
    if (l->cert->version < 3)
        ks_buf_printf(out, ": it is of version %d, which cannot say so", l->cert->version);
    else
        ks_buf_str(out, basic ? ": its basic constraints say CA:FALSE"
                              : ": it has no basic constraints");
    ks_buf_str(out, ". ");
    say_consequence(l, "Clients refuse what it signed.", out);
    ks_buf_str(out, " It needs a certificate with CA:TRUE for the same key (");
    ks_put_key_id(l->cert, out);
    ks_buf_str(out, ").");
}

enum ks_severity ks_rule_ca_no_cert_sign(struct ks_look *l)
{
    if (is_asked_for_ca(l))
        return ks_when(!ks_issuer_may_sign(l->cert), KS_ERROR);
    return fault(l, KS_ISSUER_NO_CERT_SIGN);
}

static void put_extension(const struct ks_cert *c, uint8_t id, struct ks_buf *out)
{
    const uint8_t oid[] = {0x55, 0x1d, id};
    struct ks_buf text = KS_BUF_INIT;
    struct ks_ext ext;
    if (ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid, sizeof oid), &ext))
        (void)ks_ext_text(&ext, &text);
    ks_put_lines(ks_buf_text(&text), 6, out);
    ks_buf_free(&text);
}

void ks_say_ca_no_cert_sign(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " may not sign certificates: its key usage is ");
    put_extension(l->cert, 0x0f, out);
    ks_buf_str(out, ", without keyCertSign. ");
    say_consequence(l, "Clients refuse what it signed.", out);
}

enum ks_severity ks_rule_ca_path_len(struct ks_look *l)
{
    return fault(l, KS_ISSUER_PATH_LEN);
}

void ks_say_ca_path_len(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *below[KS_PATH_MAX];
    struct ks_issuing x;
    who(l, out, " allows ");
    int most = ks_issuer_path_len(l->cert);
    ks_buf_printf(out, most == 0 ? "no CA" : most == 1 ? "one CA" : "%d CAs", most);
    ks_buf_str(out, " below itself (path length)");
    if (ks_look_issuing(l, below, &x))
        ks_buf_printf(out, ", and there %s %d", ks_issuer_cas_below(&x) == 1 ? "is" : "are",
                      ks_issuer_cas_below(&x));
    ks_buf_str(out, ". ");
    say_consequence(l, "Clients refuse the chain.", out);
}

enum ks_severity ks_rule_ca_names(struct ks_look *l)
{
    enum ks_severity severity = fault(l, KS_ISSUER_NAMES);
    bool complex = fault(l, KS_ISSUER_NAMES_COMPLEX) != KS_FINE;
    return severity != KS_FINE ? severity : ks_when(complex, KS_WARNING);
}

void ks_say_ca_names(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *below[KS_PATH_MAX];
    struct ks_issuing x;
    if (!(l->faults & KS_ISSUER_NAMES)) {
        who(l, out,
            " has so many name constraints, for so many names, that they were not all "
            "compared. Clients may give up as well.");
        return;
    }
    who(l, out, " may not issue for a name below it");
    if (ks_look_issuing(l, below, &x)) {
        ks_buf_str(out, ": ");
        ks_issuer_say_names(&x, out);
    }
    ks_buf_str(out, ". ");
    say_consequence(l, "Clients refuse the chain.", out);
}

enum ks_severity ks_rule_ca_eku(struct ks_look *l)
{
    return fault(l, KS_ISSUER_EKU);
}

void ks_say_ca_eku(const struct ks_look *l, struct ks_buf *out)
{
    bool client = ks_look_purpose(l) == KS_PURPOSE_CLIENT;
    who(l, out, client ? " may not issue for clients" : " may not issue for servers");
    ks_buf_str(out, ": its extended key usage is ");
    put_extension(l->cert, 0x25, out);
    ks_buf_str(out, ". Java does not look at that; ");
    bool all = ks_refusers_of_use(l->cert, ks_look_purpose(l)) == KS_CLIENT_ALL;
    const char *others = !all                          ? "OpenSSL (curl, Python)"
                         : ks_look_is_root(l, l->cert) ? "OpenSSL and Go"
                                                       : "OpenSSL, Go and browsers";
    ks_buf_str(out, others);
    if (!around(l)) {
        ks_buf_str(out, all ? " refuse the chain." : " refuses the chain.");
        return;
    }
    ks_buf_str(out, all ? " do. " : " does. ");
    say_consequence(l, "", out);
}

/* ---- revocation ---- */

/* Of a certificate that nothing depends on nobody needs to know it. */
static const struct ks_status *status_of(const struct ks_look *l)
{
    return l->at == KS_NOWHERE ? NULL : ks_statuses_of(l->facts->statuses, l->cert);
}

static bool is_issuer(const struct ks_look *l)
{
    return l->at > 0 || (l->entry->kind != KS_KIND_KEY && (l->cert->flags & KS_CERT_CA));
}

static bool is_revoked(const struct ks_look *l)
{
    const struct ks_status *status = status_of(l);
    return status && status->word == KS_STATUS_REVOKED;
}

static void put_revoked(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_status *status = status_of(l);
    who(l, out, " was revoked");
    if (status->revoked_at != KS_TIME_NONE) {
        ks_buf_str(out, " ");
        ks_put_date(status->revoked_at, out);
    }
    if (status->reason >= 0)
        ks_buf_printf(out, " (%s)", ks_crl_reason(status->reason));
    ks_status_source(status, out);
    ks_buf_str(out, ".");
}

enum ks_severity ks_rule_cert_revoked(struct ks_look *l)
{
    return ks_when(is_revoked(l) && !is_issuer(l), KS_ERROR);
}

void ks_say_cert_revoked(const struct ks_look *l, struct ks_buf *out)
{
    const int key_compromise = 1;
    put_revoked(l, out);
    ks_buf_str(out, " Clients that check refuse it.");
    if (l->entry->kind == KS_KIND_KEY)
        ks_buf_str(out, status_of(l)->reason == key_compromise
                            ? " Make a new key pair and a request for it: others may have this key."
                            : " Ask the CA for a new certificate.");
}

enum ks_severity ks_rule_ca_revoked(struct ks_look *l)
{
    return ks_when(is_revoked(l) && is_issuer(l), KS_ERROR);
}

void ks_say_ca_revoked(const struct ks_look *l, struct ks_buf *out)
{
    put_revoked(l, out);
    ks_buf_str(out, " Clients that check refuse all that it issued. Ask the CA which issuer took "
                    "its place, and for a certificate of that one.");
}

/* Where the certificate names nobody to ask, and where nobody was asked, nothing is amiss. */
enum ks_severity ks_rule_revocation_unknown(struct ks_look *l)
{
    const struct ks_status *status = status_of(l);
    if (!status || status->word == KS_STATUS_GOOD || status->word == KS_STATUS_REVOKED)
        return KS_FINE;
    bool answered = status->from && !status->agreement;
    return answered ? KS_WARNING : KS_NOTE;
}

void ks_say_revocation_unknown(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_status *status = status_of(l);
    char asked[24];
    ks_buf_str(out, "Nobody tells whether ");
    who(l, out, " was revoked: ");
    ks_buf_str(out, status->why ? status->why : "there was no answer");
    if (ks_status_was_asked(status))
        ks_buf_printf(out, " (asked %s)", ks_time_human(status->asked, asked));
    ks_buf_str(out, ". A client that insists on an answer refuses it.");
}
