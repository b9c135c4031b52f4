#include "chain/chain.h"

#include <string.h>

/*
 * A hostile file can claim a chain of a hundred thousand certificates, and a walk looks at every
 * pair. Java clients refuse more than 10 certificates (jdk.tls.maxCertificateChainLength), so
 * what lies behind the first 64 is only counted.
 */
#define KS_CHAIN_LOOKED 64

static bool spans_equal(const struct ks_cert *a, struct ks_span x, const struct ks_cert *b,
                        struct ks_span y)
{
    return x.len == y.len && memcmp(a->der + x.off, b->der + y.off, x.len) == 0;
}

static bool is_broken(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_BROKEN) != 0;
}

/* Comparing names costs more than comparing key ids, and nearly every certificate has those. */
static bool issues(const struct ks_cert *issuer, const struct ks_cert *subject)
{
    if (is_broken(issuer) || is_broken(subject))
        return false;
    if (issuer->ski.len && subject->aki.len &&
        !spans_equal(issuer, issuer->ski, subject, subject->aki))
        return false;
    return ks_cert_may_issue(issuer, subject);
}

/* Self-issued with a key id of another key is a CA that certifies its own new key (RFC 5280 3.2:
 * self-issued, not self-signed): the walk goes on from there. */
static bool ends_a_walk(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_SELF_ISSUED) && issues(c, c);
}

static size_t looked_at(const struct ks_entry *e)
{
    return e->chain_len < KS_CHAIN_LOOKED ? e->chain_len : KS_CHAIN_LOOKED;
}

/* The stored certificate that `of` has issued, itself apart; `count` if there is none. */
static size_t child_of(const struct ks_entry *e, size_t of, uint64_t used, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ks_cert *c = &e->chain[i];
        if (i != of && !(used >> i & 1) && !(c->flags & KS_CERT_SELF_ISSUED) &&
            issues(&e->chain[of], c))
            return i;
    }
    return count;
}

/* The certificate of the key cannot be known while the key is locked; but one that issued another
 * one of the chain is not it. */
static size_t find_leaf(const struct ks_entry *e, size_t count)
{
    const struct ks_cert *first = &e->chain[0];
    if (count < 2 || ((first->flags & KS_CERT_BASIC) && !(first->flags & KS_CERT_CA)))
        return 0;
    uint64_t used = 0;
    size_t at = 0;
    for (;;) {
        used |= (uint64_t)1 << at;
        size_t next = child_of(e, at, used, count);
        if (next == count)
            return at;
        at = next;
    }
}

static size_t issuer_of(const struct ks_entry *e, size_t of, uint64_t used, size_t count)
{
    for (size_t step = 1; step < count; step++) {
        size_t i = (of + step) % count; /* the neighbour first: that is where it belongs */
        if (!(used >> i & 1) && issues(&e->chain[i], &e->chain[of]))
            return i;
    }
    return count;
}

void ks_chain_look(const struct ks_entry *e, struct ks_chain *out)
{
    *out = (struct ks_chain){.present = e->chain_len, .ordered = true, .missing_after = -1};
    size_t count = looked_at(e);
    if (count == 0)
        return;
    size_t at = find_leaf(e, count);
    uint64_t used = 0;
    out->ordered = at == 0;
    for (;;) {
        used |= (uint64_t)1 << at;
        out->walked++;
        out->complete = ends_a_walk(&e->chain[at]);
        if (out->complete)
            break;
        size_t next = issuer_of(e, at, used, count);
        if (next == count) {
            out->missing_after = (int)at;
            break;
        }
        out->ordered = out->ordered && next > at;
        at = next;
    }
    out->extras = out->present - out->walked;
}

/* ---- the missing issuer, in this or another store ---- */

struct candidate {
    const struct ks_entry *entry;
    size_t store, cert;
    int score;
    int64_t not_after;
};

/* A key id that fits tells same-named CAs apart; a trusted entry is a better source than what
 * happens to lie in somebody's chain. */
static int score_of(const struct ks_entry *e, const struct ks_cert *c, const struct ks_cert *child)
{
    bool id_fits = c->ski.len && child->aki.len;
    return (id_fits ? 4 : 0) + ((c->flags & KS_CERT_CA) ? 2 : 0) + (e->kind == KS_KIND_TRUSTED);
}

static void consider(struct candidate *best, const struct ks_entry *e, size_t store, size_t cert,
                     const struct ks_cert *child)
{
    const struct ks_cert *c = &e->chain[cert];
    if (ks_slice_equal(ks_cert_der(c), ks_cert_der(child)) || !issues(c, child))
        return;
    int score = score_of(e, c, child);
    if (best->entry &&
        (score < best->score || (score == best->score && c->not_after <= best->not_after)))
        return;
    *best = (struct candidate){e, store, cert, score, c->not_after};
}

const struct ks_entry *ks_chain_candidate(const struct ks_cert *child,
                                          struct ks_store *const *stores, size_t count,
                                          size_t *store_index, size_t *cert_index)
{
    struct candidate best = {0};
    if (is_broken(child))
        return NULL;
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < ks_store_count(stores[s]); i++) {
            const struct ks_entry *e = ks_store_entry(stores[s], i);
            for (size_t k = 0; k < looked_at(e); k++)
                consider(&best, e, s, k, child);
        }
    }
    if (best.entry) {
        *store_index = best.store;
        *cert_index = best.cert;
    }
    return best.entry;
}
