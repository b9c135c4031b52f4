/* Rules about what a keystore trusts, each certificate among all others. */
#include "chain/evidence.h"

#include "x509/cert.h"
#include "x509/name.h"

#include <string.h>

#define LOOKED_MAX 64 /* certificates of one name that are compared */

/* NULL: no trusted entry, or nothing that can be read. */
static const struct ks_cert *trusted(const struct ks_look *l)
{
    const struct ks_entry *e = l->entry;
    if (e->kind != KS_KIND_TRUSTED || e->chain_len == 0 || (e->chain[0].flags & KS_CERT_BROKEN))
        return NULL;
    return &e->chain[0];
}

static bool is_trusted(const struct ks_census_cert *row)
{
    return row->entry->kind == KS_KIND_TRUSTED;
}

static bool is_self_issued(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_SELF_ISSUED) != 0;
}

/* Version 1 had no way to say that it is a CA. */
static bool is_ca(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_CA) || (c->version < 3 && is_self_issued(c));
}

/* ---- several of one ---- */

/* The trusted entry that has the same certificate, and comes first. */
static const struct ks_entry *first_copy(const struct ks_look *l)
{
    const struct ks_census *c = l->facts->store;
    const struct ks_cert *cert = trusted(l);
    size_t looked = 0;
    if (!cert)
        return NULL;
    for (size_t i = ks_census_der(c, cert); i != KS_NOWHERE && looked < LOOKED_MAX;
         i = ks_index_next(&c->ders, i), looked++) {
        if (c->at[i].entry == l->entry)
            return NULL;
        if (is_trusted(&c->at[i]))
            return c->at[i].entry;
    }
    return NULL;
}

enum ks_severity ks_rule_trust_duplicate(struct ks_look *l)
{
    return ks_when(first_copy(l) != NULL, KS_WARNING);
}

void ks_say_trust_duplicate(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_entry *other = first_copy(l);
    if (!other)
        return;
    ks_put_alias(l->entry, out);
    ks_buf_str(out, " is the same certificate as ");
    ks_put_alias(other, out);
    ks_buf_str(out, " (");
    ks_put_fingerprint(&l->entry->chain[0], out);
    ks_buf_str(out, "). Who removes one of them still trusts the other.");
}

/* An earlier trusted entry of the same name with another key. */
static const struct ks_census_cert *namesake(const struct ks_look *l)
{
    const struct ks_census *c = l->facts->store;
    const struct ks_cert *cert = trusted(l);
    size_t looked = 0;
    if (!cert)
        return NULL;
    struct ks_slice name = ks_cert_part(cert, cert->subject), key = ks_cert_key_bits(cert);
    for (size_t i = ks_census_subject(c, cert); i != KS_NOWHERE && looked < LOOKED_MAX;
         i = ks_index_next(&c->subjects, i), looked++) {
        const struct ks_census_cert *row = &c->at[i];
        if (row->entry == l->entry)
            return NULL;
        if (is_trusted(row) && !ks_slice_equal(ks_cert_key_bits(row->cert), key) &&
            ks_name_equal(ks_cert_part(row->cert, row->cert->subject), name))
            return row;
    }
    return NULL;
}

enum ks_severity ks_rule_trust_namesake(struct ks_look *l)
{
    return ks_when(namesake(l) != NULL, KS_WARNING);
}

static void say_which(const struct ks_entry *e, const struct ks_cert *c, struct ks_buf *out)
{
    ks_put_alias(e, out);
    ks_buf_str(out, " (");
    ks_put_key_id(c, out);
    ks_buf_str(out, ", until ");
    ks_put_date(c->not_after, out);
    ks_buf_str(out, ")");
}

void ks_say_trust_namesake(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_census_cert *other = namesake(l);
    if (!other)
        return;
    say_which(l->entry, &l->entry->chain[0], out);
    ks_buf_str(out, " and ");
    say_which(other->entry, other->cert, out);
    ks_buf_str(out, " have the name ");
    ks_put_cert_name(other->cert, out);
    ks_buf_str(out, " and different keys. Both together are fine; a client that has only the wrong "
                    "one fails with \"signature check failed\".");
}

/* ---- what it is ---- */

static bool trusts_issuer_of(const struct ks_look *l, const struct ks_cert *cert)
{
    const struct ks_census *c = l->facts->store;
    size_t looked = 0;
    for (size_t i = ks_census_issuer(c, cert); i != KS_NOWHERE && looked < LOOKED_MAX;
         i = ks_index_next(&c->subjects, i), looked++)
        if (is_trusted(&c->at[i]) && ks_cert_may_issue(c->at[i].cert, cert))
            return true;
    return false;
}

enum ks_severity ks_rule_trust_intermediate(struct ks_look *l)
{
    const struct ks_cert *cert = trusted(l);
    if (!cert || !is_ca(cert) || is_self_issued(cert) || l->facts->store->by_kind[KS_KIND_KEY] > 0)
        return KS_FINE;
    return ks_when(!trusts_issuer_of(l, cert), KS_WARNING);
}

void ks_say_trust_intermediate(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *cert = &l->entry->chain[0];
    ks_put_alias(l->entry, out);
    ks_buf_str(out, " is an intermediate CA, and its issuer '");
    ks_name_label(ks_cert_part(cert, cert->issuer), out);
    ks_buf_str(out,
               "' is not trusted here. Java, curl and Go accept that until the CA replaces the "
               "intermediate (this one ends ");
    ks_put_date(cert->not_after, out);
    ks_buf_str(out, "); openssl s_client says \"unable to get issuer certificate\".");
}

enum ks_severity ks_rule_trust_not_ca(struct ks_look *l)
{
    const struct ks_cert *cert = trusted(l);
    return ks_when(cert && !is_ca(cert), KS_NOTE);
}

void ks_say_trust_not_ca(const struct ks_look *l, struct ks_buf *out)
{
    ks_put_alias(l->entry, out);
    ks_buf_str(out,
               " is no CA. Java accepts exactly this certificate, even after it has expired (");
    ks_put_date(l->entry->chain[0].not_after, out);
    ks_buf_str(out, "); when the server renews it, the new one must be trusted as well.");
}

/* ---- a trust store as a whole ---- */

#define BUNDLE_MIN 20 /* fewer trusted certificates are no bundle of public CAs */
#define MISSING_MAX 20
#define EXPIRED_PERCENT 5

static size_t trusted_count(const struct ks_look *l)
{
    return l->facts->store->by_kind[KS_KIND_TRUSTED];
}

static bool is_trust_store(const struct ks_look *l)
{
    if (trusted_count(l) == 0 || !ks_look_is_keystore(l->store))
        return false;
    return l->facts->asked == KS_PURPOSE_TRUST || l->facts->store->by_kind[KS_KIND_KEY] == 0;
}

/* How many of the public CAs are trusted here. A root that was renewed for the same key counts. */
static size_t shared(const struct ks_look *l)
{
    const struct ks_census *public = l->facts->reference, *c = l->facts->store;
    size_t count = 0;
    for (size_t i = 0; i < public->count; i++)
        count += ks_census_key(c, ks_cert_key_bits(public->at[i].cert)) != KS_NOWHERE;
    return count;
}

/* Asked for, as a truststore: of a server's keystore nobody expects that it trusts somebody. */
static bool is_to_trust(const struct ks_look *l)
{
    const size_t *kinds = l->facts->store->by_kind;
    if (l->facts->asked == KS_PURPOSE_AUTO)
        return kinds[KS_KIND_TRUSTED] > 0 || kinds[KS_KIND_KEY] == 0;
    return l->facts->asked == KS_PURPOSE_TRUST;
}

enum ks_severity ks_rule_cannot_anchor(struct ks_look *l)
{
    return ks_when(l->facts->peer_trust == KS_PEER_STRANGE && is_to_trust(l), KS_ERROR);
}

void ks_say_cannot_anchor(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *end = l->facts->peer_end;
    ks_buf_printf(out, "Nothing that is trusted here is on a path of what %s sent",
                  l->facts->peer->name);
    ks_buf_str(out, ", which ends at ");
    ks_put_cert_name(end, out);
    if (is_self_issued(end)) {
        ks_buf_str(out, ", a root (");
        ks_put_fingerprint(end, out);
        ks_buf_str(out, ")");
    } else {
        ks_buf_str(out, ", issued by '");
        ks_name_label(ks_cert_part(end, end->issuer), out);
        ks_buf_str(out, "'");
    }
    ks_buf_str(out, ". Java clients with this truststore fail with \"PKIX path building failed\".");
}

enum ks_severity ks_rule_no_public_cas(struct ks_look *l)
{
    bool asked = l->facts->reference && l->facts->reference->count > 0;
    return ks_when(asked && is_trust_store(l) && shared(l) == 0, KS_WARNING);
}

void ks_say_no_public_cas(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_census *public = l->facts->reference;
    ks_buf_printf(
        out,
        "None of the %zu public CAs of %s is trusted here. A JVM that is given this trust "
        "store does not use its own cacerts, so connections to public hosts fail with "
        "\"PKIX path building failed\".",
        public->count, ks_path_shown(public->store->path));
}

static size_t expired(const struct ks_look *l)
{
    const struct ks_census *c = l->facts->store;
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        count += is_trusted(&c->at[i]) && ks_cert_expired(c->at[i].cert, l->now);
    return count;
}

/* Of those that have most of them: others never meant to. */
static size_t missing(const struct ks_look *l)
{
    if (!l->facts->reference)
        return 0;
    size_t all = l->facts->reference->count, here = shared(l);
    return 2 * here >= all ? all - here : 0;
}

enum ks_severity ks_rule_bundle_old(struct ks_look *l)
{
    size_t count = trusted_count(l);
    if (!is_trust_store(l) || count < BUNDLE_MIN)
        return KS_FINE;
    return ks_when(100 * expired(l) > EXPIRED_PERCENT * count || missing(l) > MISSING_MAX, KS_NOTE);
}

void ks_say_bundle_old(const struct ks_look *l, struct ks_buf *out)
{
    size_t lacks = missing(l);
    ks_buf_printf(out, "Of %zu trusted certificates %zu have expired", trusted_count(l),
                  expired(l));
    if (lacks > 0)
        ks_buf_printf(out, ", and %zu public CAs of %s are missing", lacks,
                      ks_path_shown(l->facts->reference->store->path));
    ks_buf_str(out, ". Hosts with certificates of newer CAs are refused. Take the CAs of a current "
                    "JVM.");
}
