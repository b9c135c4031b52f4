#include "chain/signatures.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/index.h"
#include "chain/issuer.h"
#include "x509/name.h"

#include <stdlib.h>

/* Some 30 MiB; who has asked for more has moved on to other stores. */
#define KNOWN_MAX ((size_t)1 << 18)
#define DIGESTED_AT_ONCE 8192    /* octets, in the time that a look-up takes */
#define DIGESTED_MEANWHILE 65536 /* while a signature of P-256 is verified */

struct known {
    uint8_t key[2 * KS_SHA256_LEN]; /* digests of the certificate and of the public key */
    uint8_t verdict;
};

struct ks_signatures {
    struct known **at; /* each of its own: the index borrows the keys */
    size_t count, cap;
    struct ks_index index;
};

struct ks_signatures *ks_signatures_new(void)
{
    struct ks_signatures *s = ks_alloc(sizeof *s);

    *s = (struct ks_signatures){0};
    return s;
}

static void forget(struct ks_signatures *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->at[i]);
    free(s->at);
    ks_index_drop(&s->index);
    *s = (struct ks_signatures){0};
}

void ks_signatures_free(struct ks_signatures *s)
{
    if (!s)
        return;
    forget(s);
    free(s);
}

static struct ks_slice key_of(const struct known *k)
{
    return ks_slice(k->key, sizeof k->key);
}

static void grow(struct ks_signatures *s)
{
    if (s->cap)
        ks_index_drop(&s->index);
    s->cap = s->cap ? 2 * s->cap : 256;
    s->at = ks_realloc(s->at, s->cap * sizeof(struct known *));
    s->index = ks_index_new(s->cap);
    for (size_t i = 0; i < s->count; i++)
        ks_index_add(&s->index, key_of(s->at[i]), i);
}

static void remember(struct ks_signatures *s, const struct known *known)
{
    if (s->count == KNOWN_MAX)
        forget(s);
    if (s->count == s->cap)
        grow(s);
    struct known *k = ks_alloc(sizeof *k);
    *k = *known;
    s->at[s->count] = k;
    ks_index_add(&s->index, key_of(k), s->count++);
}

/* All of both is digested for a question, and of the certificate for its signature. */
static size_t asking_cost(const struct ks_cert *child, struct ks_slice spki)
{
    return 1 + (child->len + spki.len) / DIGESTED_AT_ONCE;
}

static size_t signature_cost(const struct ks_cert *child, struct ks_slice spki)
{
    return ks_spki_cost(spki) + child->len / DIGESTED_MEANWHILE;
}

enum ks_verdict ks_signatures_verify(struct ks_signatures *s, const struct ks_cert *child,
                                     struct ks_slice spki, struct ks_effort *effort)
{
    struct known k;

    size_t cost = asking_cost(child, spki);
    if (effort->asks < cost) {
        effort->asks = 0; /* who asks again gets no further */
        effort->cut = true;
        return KS_VERDICT_BAD;
    }
    effort->asks -= cost;
    ks_sha256(ks_cert_der(child), k.key);
    ks_sha256(spki, k.key + KS_SHA256_LEN);
    size_t place = s->count ? ks_index_first(&s->index, key_of(&k)) : KS_NOWHERE;
    if (place != KS_NOWHERE)
        return (enum ks_verdict)s->at[place]->verdict;
    cost = signature_cost(child, spki);
    if (effort->left < cost) {
        effort->cut = true;
        return KS_VERDICT_BAD;
    }
    effort->left -= cost;
    k.verdict = (uint8_t)ks_cert_verify(child, spki);
    remember(s, &k);
    return (enum ks_verdict)k.verdict;
}

static bool is_named(const struct ks_cert *issuer, const struct ks_cert *child)
{
    struct ks_slice subject = ks_cert_part(issuer, issuer->subject);
    struct ks_slice wanted = ks_cert_part(child, child->issuer);

    return ks_slice_equal(subject, wanted) || ks_name_equal(subject, wanted);
}

enum ks_verdict ks_signatures_edge(struct ks_signatures *s, const struct ks_cert *child,
                                   const struct ks_cert *issuer, struct ks_effort *effort)
{
    if ((child->flags | issuer->flags) & KS_CERT_BROKEN || !is_named(issuer, child))
        return KS_VERDICT_BAD;
    enum ks_verdict verdict =
        ks_signatures_verify(s, child, ks_cert_part(issuer, issuer->spki), effort);
    if (verdict == KS_VERDICT_UNKNOWN && ks_issuer_other_id(issuer, child))
        return KS_VERDICT_BAD;
    return verdict;
}
