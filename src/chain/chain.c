#include "chain/chain.h"

#include "x509/name.h"

#include <string.h>

/*
 * A hostile file can claim a chain of a hundred thousand certificates, and a walk looks at every
 * pair. Java clients refuse more than 10 certificates (jdk.tls.maxCertificateChainLength), so
 * what lies behind the first 64 is only counted.
 */
#define KS_CHAIN_LOOKED 64
#define WORTH_HASHING 8 /* certificates: most chains have three, compared at once */

/* Bytes of names that the search for an issuer compares by meaning, which takes a tenth of a
 * second; names that are the same bytes, as issuers write them, cost nothing. */
#define COMPARED_MAX ((size_t)16 << 20)

static bool spans_equal(const struct ks_cert *a, struct ks_span x, const struct ks_cert *b,
                        struct ks_span y)
{
    return x.len == y.len && memcmp(a->der + x.off, b->der + y.off, x.len) == 0;
}

static bool is_broken(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_BROKEN) != 0;
}

static bool other_key(const struct ks_cert *issuer, const struct ks_cert *subject)
{
    return issuer->ski.len && subject->aki.len &&
           !spans_equal(issuer, issuer->ski, subject, subject->aki);
}

/* Comparing names costs more than comparing key ids, and nearly every certificate has those. */
static bool issues(const struct ks_cert *issuer, const struct ks_cert *subject)
{
    if (is_broken(issuer) || is_broken(subject))
        return false;
    if (other_key(issuer, subject))
        return false;
    return ks_cert_may_issue(issuer, subject);
}

/* Self-issued with a key id of another key is a CA that certifies its own new key (RFC 5280 3.2:
 * self-issued, not self-signed): the walk goes on from there. */
static bool ends_a_walk(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_SELF_ISSUED) && issues(c, c);
}

/* The names of a long chain, so that comparing each with each costs no more than looking at each. */
struct looking {
    const struct ks_entry *entry;
    size_t count;
    bool hashed;
    uint64_t subjects[KS_CHAIN_LOOKED], issuers[KS_CHAIN_LOOKED];
};

static size_t looked_at(const struct ks_entry *e)
{
    return e->chain_len < KS_CHAIN_LOOKED ? e->chain_len : KS_CHAIN_LOOKED;
}

static void begin(struct looking *l, const struct ks_entry *e)
{
    l->entry = e;
    l->count = looked_at(e);
    l->hashed = l->count > WORTH_HASHING;
    for (size_t i = 0; i < l->count && l->hashed; i++) {
        const struct ks_cert *c = &e->chain[i];
        if (is_broken(c))
            continue;
        l->subjects[i] = ks_name_hash(ks_cert_part(c, c->subject));
        l->issuers[i] = ks_name_hash(ks_cert_part(c, c->issuer));
    }
}

static bool links(const struct looking *l, size_t issuer, size_t subject)
{
    if (l->hashed && l->subjects[issuer] != l->issuers[subject])
        return false;
    return issues(&l->entry->chain[issuer], &l->entry->chain[subject]);
}

/* The stored certificate that `of` has issued, itself apart; the count if there is none. */
static size_t child_of(const struct looking *l, size_t of, uint64_t used)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct ks_cert *c = &l->entry->chain[i];
        if (i != of && !(used >> i & 1) && !(c->flags & KS_CERT_SELF_ISSUED) && links(l, of, i))
            return i;
    }
    return l->count;
}

/* The certificate of the key cannot be known while the key is locked; but one that issued another
 * one of the chain is not it. */
static size_t find_leaf(const struct looking *l)
{
    const struct ks_cert *first = &l->entry->chain[0];
    if (l->count < 2 || ((first->flags & KS_CERT_BASIC) && !(first->flags & KS_CERT_CA)))
        return 0;
    uint64_t used = 0;
    size_t at = 0;
    for (;;) {
        used |= (uint64_t)1 << at;
        size_t next = child_of(l, at, used);
        if (next == l->count)
            return at;
        at = next;
    }
}

static size_t issuer_of(const struct looking *l, size_t of, uint64_t used)
{
    for (size_t step = 1; step < l->count; step++) {
        size_t i = (of + step) % l->count; /* the neighbour first: that is where it belongs */
        if (!(used >> i & 1) && links(l, i, of))
            return i;
    }
    return l->count;
}

void ks_chain_look(const struct ks_entry *e, struct ks_chain *out)
{
    *out = (struct ks_chain){.present = e->chain_len, .ordered = true, .missing_after = -1};
    struct looking l;
    if (e->chain_len == 0)
        return;
    begin(&l, e);
    size_t at = find_leaf(&l);
    uint64_t used = 0;
    out->ordered = at == 0;
    for (;;) {
        used |= (uint64_t)1 << at;
        out->walked++;
        out->complete = ends_a_walk(&e->chain[at]);
        if (out->complete)
            break;
        size_t next = issuer_of(&l, at, used);
        if (next == l.count) {
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
    size_t compared;
};

/* A key id that fits tells same-named CAs apart; a trusted entry is a better source than what
 * happens to lie in somebody's chain. */
static int score_of(const struct ks_entry *e, const struct ks_cert *c, const struct ks_cert *child)
{
    bool id_fits = c->ski.len && child->aki.len;
    return (id_fits ? 4 : 0) + ((c->flags & KS_CERT_CA) ? 2 : 0) + (e->kind == KS_KIND_TRUSTED);
}

static bool worth_comparing(struct candidate *best, const struct ks_cert *c,
                            const struct ks_cert *child)
{
    if (is_broken(c) || other_key(c, child))
        return false;
    if (spans_equal(c, c->subject, child, child->issuer))
        return true;
    best->compared += c->subject.len;
    return best->compared < COMPARED_MAX;
}

static void consider(struct candidate *best, const struct ks_entry *e, size_t store, size_t cert,
                     const struct ks_cert *child)
{
    const struct ks_cert *c = &e->chain[cert];
    if (ks_slice_equal(ks_cert_der(c), ks_cert_der(child)) || !worth_comparing(best, c, child) ||
        !issues(c, child))
        return;
    int score = score_of(e, c, child);
    if (best->entry &&
        (score < best->score || (score == best->score && c->not_after <= best->not_after)))
        return;
    *best = (struct candidate){e, store, cert, score, c->not_after, best->compared};
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
