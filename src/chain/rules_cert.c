/* Rules about one certificate of an entry. */
#include "chain/rules.h"

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <string.h>

/* Judged as a trust anchor: Java does not look at its dates or its signature. */
static bool is_anchor(const struct ks_look *l)
{
    if (l->entry->kind == KS_KIND_TRUSTED)
        return true;
    if (l->entry->kind == KS_KIND_CERT)
        return (l->cert->flags & KS_CERT_CA) != 0;
    return l->index > 0 && (l->cert->flags & KS_CERT_SELF_ISSUED);
}

/* What a sentence about the certificate (or the entry) calls it: an alias may read like a word of
 * the sentence. */
static void name_it(const struct ks_look *l, struct ks_buf *out)
{
    if (l->index <= 0 || !l->cert || (l->cert->flags & KS_CERT_BROKEN)) {
        ks_buf_printf(out, "'%s'", l->entry->alias);
        return;
    }
    ks_buf_str(out, "'");
    ks_name_label(ks_cert_part(l->cert, l->cert->subject), out);
    ks_buf_printf(out, "' (certificate %d of the chain of '%s')", l->index, l->entry->alias);
}

static void who(const struct ks_look *l, struct ks_buf *out, const char *goes_on)
{
    name_it(l, out);
    ks_buf_str(out, goes_on);
}

static bool is_broken(const struct ks_look *l)
{
    return (l->cert->flags & KS_CERT_BROKEN) != 0;
}

/* ---- dates ---- */

static bool has_expired(const struct ks_cert *c, int64_t now)
{
    return c->not_after != KS_TIME_NONE && c->not_after < now;
}

static bool starts_later(const struct ks_cert *c, int64_t now)
{
    return c->not_before != KS_TIME_NONE && c->not_before > now;
}

static bool expires_soon(const struct ks_cert *c, int64_t now, int warn_days)
{
    return c->not_after != KS_TIME_NONE && c->not_after >= now &&
           ks_days_until(c->not_after, now) <= warn_days;
}

/* "31 days ago (2026-01-29)", "in 12 days (2026-03-13)". */
static void say_when(int64_t then, int64_t days, struct ks_buf *out)
{
    char date[24], words[40];
    ks_buf_printf(out, "%s (%s)", ks_days_words(days, words), ks_time_date(then, date));
}

enum ks_severity ks_rule_cert_expired(struct ks_look *l)
{
    if (!has_expired(l->cert, l->now))
        return KS_FINE;
    return is_anchor(l) ? KS_WARNING : KS_ERROR;
}

void ks_say_cert_expired(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " expired ");
    say_when(l->cert->not_after, ks_days_until(l->cert->not_after, l->now), out);
    if (is_anchor(l))
        ks_buf_str(out, ". Java still accepts it as an anchor; OpenSSL and curl do not. Ask its "
                        "owner for the one that replaces it.");
    else if (l->index > 0)
        ks_buf_str(out, ". Nothing that it signed will verify. Ask the CA for the certificate that "
                        "replaces it.");
    else
        ks_buf_str(out, ". Clients refuse it. Ask the CA for a renewed certificate.");
}

enum ks_severity ks_rule_cert_not_yet_valid(struct ks_look *l)
{
    if (!starts_later(l->cert, l->now))
        return KS_FINE;
    return is_anchor(l) ? KS_WARNING : KS_ERROR;
}

void ks_say_cert_not_yet_valid(const struct ks_look *l, struct ks_buf *out)
{
    char now[24];
    who(l, out, " starts ");
    say_when(l->cert->not_before, ks_days_to_start(l->cert->not_before, l->now), out);
    ks_buf_str(out, ". Until then clients refuse it.");
    if (!ks_clock_pinned())
        ks_buf_printf(out, " If that is wrong, check the clock: this host says %s UTC.",
                      ks_time_human(l->now, now));
}

enum ks_severity ks_rule_cert_expiring(struct ks_look *l)
{
    return expires_soon(l->cert, l->now, l->warn_days) ? KS_WARNING : KS_FINE;
}

void ks_say_cert_expiring(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " expires ");
    say_when(l->cert->not_after, ks_days_until(l->cert->not_after, l->now), out);
    ks_buf_str(out, l->entry->kind == KS_KIND_KEY && l->index == 0
                        ? ". Renew it before clients refuse it."
                        : ". Its owner should have one that replaces it.");
}

enum ks_severity ks_rule_cert_date_unreadable(struct ks_look *l)
{
    return l->cert->flags & KS_CERT_BAD_TIME ? KS_WARNING : KS_FINE;
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
    return is_broken(l) && !other_type ? KS_ERROR : KS_FINE;
}

void ks_say_cert_unreadable(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "Certificate %d of '%s' is no X.509 certificate that can be parsed.",
                  l->index, l->entry->alias);
    if (ks_look_is_keystore(l->store))
        ks_buf_str(out, " Java opens none of the keystore because of it.");
    ks_buf_str(out, " Its bytes are kept; look for another copy of the certificate.");
}

enum ks_severity ks_rule_weak_key(struct ks_look *l)
{
    if (is_broken(l) || !ks_cert_key_weak(l->cert))
        return KS_FINE;
    return l->entry->kind == KS_KIND_KEY ? KS_ERROR : KS_WARNING;
}

void ks_say_weak_key(const struct ks_look *l, struct ks_buf *out)
{
    bool curve = l->cert->key_alg == KS_KEY_EC;
    who(l, out, " has a key of type ");
    ks_cert_key_text(l->cert, out);
    ks_buf_printf(out,
                  ", below today's minimum of %d bits: public CAs no longer sign it and many "
                  "clients refuse it.",
                  curve ? 224 : 2048);
    if (l->index == 0 && l->entry->kind == KS_KIND_KEY)
        ks_buf_str(out, " Make a new key pair, then a request for it.");
}

/* Nobody verifies the signature of a root. */
enum ks_severity ks_rule_weak_signature(struct ks_look *l)
{
    if (is_broken(l) || (l->cert->flags & KS_CERT_SELF_ISSUED) ||
        ks_cert_digest(l->cert) == KS_DIGEST_SOUND)
        return KS_FINE;
    return l->entry->kind == KS_KIND_KEY ? KS_ERROR : KS_WARNING;
}

void ks_say_weak_signature(const struct ks_look *l, struct ks_buf *out)
{
    who(l, out, " is signed with ");
    ks_cert_signature_text(l->cert, out);
    ks_buf_str(out, ks_cert_digest(l->cert) == KS_DIGEST_SHA1
                        ? ". Java accepts it from a private CA; OpenSSL, Go and browsers refuse it."
                        : ". Java, OpenSSL, Go and browsers refuse it.");
    ks_buf_str(out, " Ask the CA to issue it again with SHA-256.");
}
