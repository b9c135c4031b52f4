/* Which clients take a chain as it is sent, with a root that is at hand or with one that is not. */
#include "doctor/clients.h"

#include "chain/issuer.h"
#include "doctor/prove_internal.h"
#include "x509/name.h"

#include <stdlib.h>

#define SEARCH_STEPS 200 /* of Java's search for a way */

/* ---- a root that is at hand ---- */

static bool java_takes(const struct ks_sent *s, const struct ks_store *trust)
{
    struct ks_java_verdict v;

    ks_java_judge(NULL, s->at, s->count, trust, NULL, s->purpose == KS_PURPOSE_CLIENT, s->now, &v);
    bool takes = v.accepted;
    ks_java_verdict_drop(&v);
    return takes;
}

static bool openssl_takes(const struct ks_sent *s, const struct ks_store *trust,
                          const struct ks_cert *root)
{
    struct ks_proof_args args = {.chain = s->at,
                                 .count = s->count,
                                 .client = s->purpose == KS_PURPOSE_CLIENT,
                                 .now = s->now};
    struct ks_proving p = {.args = &args, .trust = trust, .anchors = {root}, .anchor_count = 1};
    struct ks_proof_check check = {0};

    if (ks_proving_decode(&p, &check))
        ks_prove_openssl(&p, KS_OPENSSL_CURL, &check);
    bool takes = check.state == KS_PROOF_GOOD;
    ks_proving_drop(&p);
    free(check.text);
    return takes;
}

unsigned ks_takers_with(const struct ks_sent *sent, const struct ks_cert *root)
{
    struct ks_store *trust = ks_proving_trust_in(root);
    unsigned takers = (java_takes(sent, trust) ? KS_TAKES_JAVA : 0u) |
                      (openssl_takes(sent, trust, root) ? KS_TAKES_OPENSSL : 0u);

    ks_store_free(trust);
    return takers;
}

/* ---- one that is not ---- */

static bool same_id(const struct ks_cert *a, const struct ks_cert *b)
{
    return a->aki.len == 0 || b->aki.len == 0 ||
           ks_slice_equal(ks_cert_part(a, a->aki), ks_cert_part(b, b->aki));
}

/* Issued by the same CA, as far as can be told without its key. */
static bool same_issuer(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_name_equal(ks_cert_part(a, a->issuer), ks_cert_part(b, b->issuer)) && same_id(a, b);
}

static bool issued_by_name(const struct ks_cert *child, const struct ks_cert *issuer)
{
    return ks_name_equal(ks_cert_part(issuer, issuer->subject), ks_cert_part(child, child->issuer));
}

static bool is_on(const struct ks_cert *const *way, size_t len, const struct ks_cert *c)
{
    for (size_t i = 0; i < len; i++)
        if (ks_cert_same(way[i], c))
            return true;
    return false;
}

static bool did_sign(const struct ks_sent *s, const struct ks_cert *child,
                     const struct ks_cert *issuer)
{
    return ks_signatures_edge(s->signatures, child, issuer, s->effort) != KS_VERDICT_BAD;
}

/* `passed`: the faults that do not count. */
static bool is_sound(const struct ks_sent *s, const struct ks_cert *const *way, size_t len,
                     unsigned passed)
{
    for (size_t i = 1; i < len; i++) {
        unsigned faults = ks_issuer_faults(&(struct ks_issuing){
            .cert = way[i], .below = way, .below_count = i, .now = s->now, .purpose = s->purpose});
        if (faults & ~passed || ks_cert_critical_unknown(way[i]).len)
            return false;
    }
    return true;
}

bool ks_sent_is_sound(const struct ks_sent *sent, const struct ks_cert *const *way, size_t len)
{
    return is_sound(sent, way, len, KS_ISSUER_MILD);
}

/* ---- OpenSSL: find_issuer() of x509_vfy.c ---- */

static bool is_in_time(const struct ks_sent *s, const struct ks_cert *c)
{
    return !(c->flags & KS_CERT_BAD_TIME) && c->not_before <= s->now && s->now <= c->not_after;
}

/* The first one in time, else the one that lasts longest. */
static const struct ks_cert *find_issuer(const struct ks_sent *s, const struct ks_cert *const *way,
                                         size_t len)
{
    const struct ks_cert *child = way[len - 1], *found = NULL;

    for (size_t i = 1; i < s->count; i++) {
        const struct ks_cert *c = s->at[i];
        if (c->flags & KS_CERT_BROKEN || !issued_by_name(child, c) ||
            ks_issuer_other_id(c, child) || is_on(way, len, c))
            continue;
        if (is_in_time(s, c))
            return c;
        if (!found || c->not_after > found->not_after)
            found = c;
    }
    return found;
}

size_t ks_sent_order(const struct ks_sent *sent, const struct ks_cert *below,
                     const struct ks_cert **out, bool *reached)
{
    size_t len = 0;
    const struct ks_cert *next = sent->at[0];

    *reached = false;
    while (next && len < KS_PATH_MAX && !*reached) {
        out[len++] = next;
        *reached = same_issuer(next, below);
        next = *reached || len == KS_PATH_MAX ? NULL : find_issuer(sent, out, len);
        if (next && !did_sign(sent, out[len - 1], next))
            next = NULL;
    }
    return len;
}

static bool openssl_reaches(const struct ks_sent *s, const struct ks_cert *below)
{
    const struct ks_cert *way[KS_PATH_MAX];
    bool reached;
    size_t len = ks_sent_order(s, below, way, &reached);

    return reached && ks_sent_is_sound(s, way, len);
}

/* ---- Java ---- */

/* It does not look at the extended key usage of issuers, nor at key ids in what is sent. */
static const unsigned java_passes = KS_ISSUER_MILD | KS_ISSUER_EKU | KS_ISSUER_OTHER_ID;

static bool is_in_order(const struct ks_sent *s)
{
    for (size_t i = 1; i < s->count; i++)
        if (!issued_by_name(s->at[i - 1], s->at[i]))
            return false;
    return true;
}

static bool search(const struct ks_sent *s, const struct ks_cert *below, const struct ks_cert **way,
                   size_t len, size_t *steps)
{
    if (same_issuer(way[len - 1], below) && is_sound(s, way, len, java_passes))
        return true;
    for (size_t i = 1; i < s->count && len<KS_PATH_MAX && * steps> 0; i++) {
        const struct ks_cert *c = s->at[i];
        if (c->flags & KS_CERT_BROKEN || !issued_by_name(way[len - 1], c) || is_on(way, len, c) ||
            !did_sign(s, way[len - 1], c))
            continue;
        (*steps)--;
        way[len] = c;
        if (search(s, below, way, len + 1, steps))
            return true;
    }
    return false;
}

static bool java_reaches(const struct ks_sent *s, const struct ks_cert *below)
{
    const struct ks_cert *way[KS_PATH_MAX] = {s->at[0]};
    size_t steps = SEARCH_STEPS;

    if (s->count > KS_SENT_MAX)
        return false;
    if (is_in_order(s) && same_issuer(s->at[s->count - 1], below)) {
        for (size_t i = 1; i < s->count; i++)
            if (!did_sign(s, s->at[i - 1], s->at[i]))
                return false;
        return is_sound(s, s->at, s->count, java_passes);
    }
    return search(s, below, way, 1, &steps);
}

unsigned ks_takers_above(const struct ks_sent *sent, const struct ks_cert *below)
{
    return (java_reaches(sent, below) ? KS_TAKES_JAVA : 0u) |
           (openssl_reaches(sent, below) ? KS_TAKES_OPENSSL : 0u);
}
