#include "chain/path.h"

#include "base/alloc.h"
#include "base/index.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 20000   /* certificates that are gone up from */
#define LOOKED_MAX 500000 /* certificates whose names are compared */

/* ---- the pool ---- */

struct row {
    struct ks_pool_cert pub;
    uint64_t subject; /* hash of the name */
    size_t key;       /* place of the first row with this public key */
};

struct ks_pool {
    struct row **at; /* each of its own, so that a row stays where it is */
    size_t count, cap;
    struct ks_index ders, subjects, keys;
};

static struct ks_slice der_of(const struct row *r)
{
    return ks_cert_der(r->pub.cert);
}

static struct ks_slice spki_of(const struct ks_cert *c)
{
    return ks_cert_part(c, c->spki);
}

static void drop_indexes(struct ks_pool *pool)
{
    ks_index_drop(&pool->ders);
    ks_index_drop(&pool->subjects);
    ks_index_drop(&pool->keys);
}

static void put_into_indexes(struct ks_pool *pool, size_t place)
{
    const struct row *r = pool->at[place];

    ks_index_add(&pool->ders, der_of(r), place);
    ks_index_add(&pool->subjects, ks_slice(&r->subject, sizeof r->subject), place);
    ks_index_add(&pool->keys, spki_of(r->pub.cert), place);
}

/* An index is for so many places: growing makes it anew, twice as large. */
static void grow(struct ks_pool *pool)
{
    pool->cap = pool->cap ? 2 * pool->cap : 64;
    pool->at = ks_realloc(pool->at, pool->cap * sizeof(struct row *));
    drop_indexes(pool);
    pool->ders = ks_index_new(pool->cap);
    pool->subjects = ks_index_new(pool->cap);
    pool->keys = ks_index_new(pool->cap);
    for (size_t i = 0; i < pool->count; i++)
        put_into_indexes(pool, i);
}

struct ks_pool *ks_pool_new(void)
{
    struct ks_pool *pool = ks_alloc(sizeof *pool);

    *pool = (struct ks_pool){0};
    grow(pool);
    return pool;
}

void ks_pool_free(struct ks_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->count; i++)
        free(pool->at[i]);
    drop_indexes(pool);
    free(pool->at);
    free(pool);
}

/* The same certificate from a better place. */
static void merge(struct row *r, const struct ks_pool_cert *cert)
{
    bool anchor = r->pub.anchor || cert->anchor;

    if (cert->rank < r->pub.rank) {
        const struct ks_cert *indexed = r->pub.cert; /* the indexes borrow its bytes */
        r->pub = *cert;
        r->pub.cert = indexed;
    }
    r->pub.anchor = anchor;
}

void ks_pool_add(struct ks_pool *pool, const struct ks_pool_cert *cert)
{
    if (cert->cert->flags & KS_CERT_BROKEN)
        return;
    size_t same = ks_index_first(&pool->ders, ks_cert_der(cert->cert));
    if (same != KS_NOWHERE) {
        merge(pool->at[same], cert);
        return;
    }
    if (pool->count == KS_POOL_MAX)
        return;
    if (pool->count == pool->cap)
        grow(pool);
    size_t place = pool->count++, key = ks_index_first(&pool->keys, spki_of(cert->cert));
    struct row *r = ks_alloc(sizeof *r);
    *r = (struct row){
        .pub = *cert,
        .subject = ks_name_hash(ks_cert_part(cert->cert, cert->cert->subject)),
        .key = key != KS_NOWHERE ? key : place,
    };
    pool->at[place] = r;
    put_into_indexes(pool, place);
}

void ks_pool_add_store(struct ks_pool *pool, const struct ks_store *store, unsigned rank)
{
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        for (size_t k = 0; k < e->chain_len; k++)
            ks_pool_add(pool, &(struct ks_pool_cert){.cert = &e->chain[k],
                                                     .store = store,
                                                     .entry = e,
                                                     .index = (int)k,
                                                     .anchor = e->kind == KS_KIND_TRUSTED,
                                                     .rank = rank});
    }
}

size_t ks_pool_count(const struct ks_pool *pool)
{
    return pool->count;
}

const struct ks_pool_cert *ks_pool_at(const struct ks_pool *pool, size_t i)
{
    return &pool->at[i]->pub;
}

/* ---- signatures, each checked once ---- */

/* A certificate and a public key: all that a signature depends on. */
struct pair {
    const struct ks_cert *child;
    size_t key;
};

struct tried {
    struct pair pair;
    enum ks_verdict verdict;
};

struct search {
    const struct ks_pool *pool;
    const struct ks_cert *leaf;
    int64_t now;
    const struct row *path[KS_PATH_MAX];
    size_t len;
    size_t unverified; /* steps of the path */
    struct tried *tried;
    size_t tries;
    struct ks_index known; /* of tried */
    size_t steps, looked;
    bool cut;
    struct ks_path *out;
    size_t max, count;
};

static enum ks_verdict verify(struct search *s, const struct ks_cert *child, size_t key,
                              const struct ks_cert *issuer)
{
    struct pair pair = {child, key};
    size_t place = ks_index_first(&s->known, ks_slice(&pair, sizeof pair));

    if (place != KS_NOWHERE)
        return s->tried[place].verdict;
    if (s->tries == KS_PATH_TRIES) {
        s->cut = true;
        return KS_VERDICT_BAD;
    }
    struct tried *t = &s->tried[s->tries];
    *t = (struct tried){pair, ks_cert_verify(child, spki_of(issuer))};
    ks_index_add(&s->known, ks_slice(&t->pair, sizeof t->pair), s->tries++);
    return t->verdict;
}

/* ---- issuers by name, the likely ones first ---- */

struct issuer {
    const struct row *row;
    unsigned score;
    size_t order;
};

static bool parts_equal(const struct ks_cert *a, struct ks_span x, const struct ks_cert *b,
                        struct ks_span y)
{
    return ks_slice_equal(ks_cert_part(a, x), ks_cert_part(b, y));
}

static bool is_named(const struct ks_cert *issuer, const struct ks_cert *child)
{
    return parts_equal(issuer, issuer->subject, child, child->issuer) ||
           ks_name_equal(ks_cert_part(issuer, issuer->subject), ks_cert_part(child, child->issuer));
}

static bool is_valid(const struct ks_cert *c, int64_t now)
{
    return !(c->flags & KS_CERT_BAD_TIME) && c->not_before <= now && now <= c->not_after;
}

/* Version 1 had no way to say so (RFC 5280 4.2.1.9). */
static bool is_ca(const struct ks_cert *c)
{
    return c->flags & KS_CERT_CA || c->version < 3;
}

static bool key_ids_differ(const struct ks_cert *issuer, const struct ks_cert *child)
{
    return issuer->ski.len && child->aki.len &&
           !parts_equal(issuer, issuer->ski, child, child->aki);
}

static unsigned score_of(const struct search *s, const struct row *r, const struct ks_cert *child)
{
    const struct ks_cert *c = r->pub.cert;
    unsigned ids = key_ids_differ(c, child) ? 0 : c->ski.len && child->aki.len ? 2 : 1;

    return ids << 3 | (unsigned)is_ca(c) << 2 | (unsigned)is_valid(c, s->now) << 1 |
           (unsigned)r->pub.anchor;
}

static int by_score(const void *a, const void *b)
{
    const struct issuer *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->row->pub.rank != y->row->pub.rank)
        return x->row->pub.rank < y->row->pub.rank ? -1 : 1;
    if (x->row->pub.cert->not_after != y->row->pub.cert->not_after)
        return x->row->pub.cert->not_after > y->row->pub.cert->not_after ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* One name and key are one CA, however many certificates it has: going through it twice is a loop.
 */
static bool is_same_ca(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(spki_of(a), spki_of(b)) &&
           ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject));
}

static bool is_on_path(const struct search *s, const struct ks_cert *c)
{
    for (size_t i = 0; i < s->len; i++)
        if (is_same_ca(s->path[i]->pub.cert, c))
            return true;
    return is_same_ca(s->leaf, c);
}

/* Those that may still be looked at, and one more, which ends the search. */
static size_t count_named(const struct search *s, struct ks_slice hash)
{
    size_t most = s->looked < LOOKED_MAX ? LOOKED_MAX - s->looked : 0, count = 0;

    for (size_t i = ks_index_first(&s->pool->subjects, hash); i != KS_NOWHERE && count <= most;
         i = ks_index_next(&s->pool->subjects, i))
        count++;
    return count;
}

/* The array is the caller's; NULL without any. */
static struct issuer *issuers_of(struct search *s, const struct ks_cert *child, size_t *count)
{
    uint64_t name = ks_name_hash(ks_cert_part(child, child->issuer));
    struct ks_slice hash = ks_slice(&name, sizeof name);
    size_t room = count_named(s, hash), n = 0;

    *count = 0;
    if (room == 0)
        return NULL;
    struct issuer *out = ks_alloc_array(room, sizeof *out);
    for (size_t i = ks_index_first(&s->pool->subjects, hash); i != KS_NOWHERE;
         i = ks_index_next(&s->pool->subjects, i)) {
        const struct row *r = s->pool->at[i];
        if (++s->looked > LOOKED_MAX) {
            s->cut = true;
            break;
        }
        if (is_named(r->pub.cert, child) && !is_on_path(s, r->pub.cert))
            out[n++] = (struct issuer){r, score_of(s, r, child), i};
    }
    qsort(out, n, sizeof *out, by_score);
    *count = n;
    return out;
}

/* ---- paths that were found ---- */

static unsigned faults_of(const struct search *s)
{
    const struct ks_cert *child = s->leaf;
    unsigned faults = (unsigned)s->unverified;

    for (size_t i = 0; i < s->len; i++) {
        const struct ks_cert *c = s->path[i]->pub.cert;
        faults += is_valid(c, s->now) ? 0 : 1;
        faults += is_ca(c) ? 0 : 1;
        faults += key_ids_differ(c, child) ? 1 : 0;
        child = c;
    }
    return faults;
}

static int by_rank(const struct ks_path *a, const struct ks_path *b)
{
    for (size_t i = 0; i < a->len && i < b->len; i++)
        if (a->at[i]->rank != b->at[i]->rank)
            return a->at[i]->rank < b->at[i]->rank ? -1 : 1;
    return 0;
}

static int compare(const struct ks_path *a, const struct ks_path *b)
{
    if (a->complete != b->complete)
        return a->complete ? -1 : 1;
    if (a->faults != b->faults)
        return a->faults < b->faults ? -1 : 1;
    if (a->anchored != b->anchored)
        return a->anchored ? -1 : 1;
    if (a->len != b->len)
        return (a->len < b->len) == a->complete ? -1 : 1;
    return by_rank(a, b);
}

/* Of equal ones the first that was found is the better: issuers were tried best first. */
static void emit(struct search *s, bool complete, bool unverified)
{
    struct ks_path p = {.len = s->len, .complete = complete, .leaf_is_root = complete && !s->len};

    for (size_t i = 0; i < s->len; i++)
        p.at[i] = &s->path[i]->pub;
    p.anchored = s->len > 0 && s->path[s->len - 1]->pub.anchor;
    p.unverified = unverified || s->unverified > 0;
    p.faults = faults_of(s) + unverified;
    size_t place = s->count;
    while (place > 0 && compare(&p, &s->out[place - 1]) < 0)
        place--;
    if (place == s->max)
        return;
    if (s->count < s->max)
        s->count++;
    memmove(&s->out[place + 1], &s->out[place], (s->count - 1 - place) * sizeof p);
    s->out[place] = p;
}

/* ---- the search ---- */

/* The key class of a certificate that is not in the pool. */
#define OWN_KEY KS_NOWHERE

static enum ks_verdict signed_itself(struct search *s, const struct ks_cert *c, size_t key)
{
    if (!(c->flags & KS_CERT_SELF_ISSUED) && !is_named(c, c))
        return KS_VERDICT_BAD;
    enum ks_verdict verdict = verify(s, c, key, c);
    if (verdict == KS_VERDICT_UNKNOWN && key_ids_differ(c, c))
        return KS_VERDICT_BAD;
    return verdict;
}

/* Where a signature cannot be checked, names and key ids must do. */
static enum ks_verdict signed_by(struct search *s, const struct ks_cert *child,
                                 const struct row *issuer)
{
    enum ks_verdict verdict = verify(s, child, issuer->key, issuer->pub.cert);

    if (verdict == KS_VERDICT_UNKNOWN && key_ids_differ(issuer->pub.cert, child))
        return KS_VERDICT_BAD;
    return verdict;
}

static bool may_go_on(struct search *s)
{
    if (s->len == KS_PATH_MAX)
        return false;
    if (++s->steps > STEPS_MAX)
        s->cut = true;
    return s->steps <= STEPS_MAX;
}

/* As deep as a path is long. */
static void climb(struct search *s, const struct ks_cert *c, size_t key)
{
    enum ks_verdict own = signed_itself(s, c, key);
    size_t count = 0;
    bool any = false;

    if (own != KS_VERDICT_BAD) {
        emit(s, true, own == KS_VERDICT_UNKNOWN);
        return;
    }
    struct issuer *issuers = may_go_on(s) ? issuers_of(s, c, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        enum ks_verdict verdict = signed_by(s, c, issuers[i].row);
        if (verdict == KS_VERDICT_BAD)
            continue;
        any = true;
        s->unverified += verdict == KS_VERDICT_UNKNOWN;
        s->path[s->len++] = issuers[i].row;
        climb(s, issuers[i].row->pub.cert, issuers[i].row->key);
        s->len--;
        s->unverified -= verdict == KS_VERDICT_UNKNOWN;
    }
    free(issuers);
    if (!any || (s->len > 0 && s->path[s->len - 1]->pub.anchor))
        emit(s, false, false);
}

size_t ks_paths(const struct ks_pool *pool, const struct ks_cert *leaf, int64_t now,
                struct ks_path *out, size_t max)
{
    struct search s = {.pool = pool, .leaf = leaf, .now = now, .out = out, .max = max};

    if (max == 0)
        return 0;
    s.tried = ks_alloc_array(KS_PATH_TRIES, sizeof *s.tried);
    s.known = ks_index_new(KS_PATH_TRIES);
    if (leaf->flags & KS_CERT_BROKEN)
        emit(&s, false, false);
    else
        climb(&s, leaf, OWN_KEY);
    for (size_t i = 0; i < s.count; i++)
        out[i].cut = s.cut;
    ks_index_drop(&s.known);
    free(s.tried);
    return s.count;
}

const struct ks_cert *ks_path_end(const struct ks_path *path, const struct ks_cert *leaf)
{
    return path->len ? path->at[path->len - 1]->cert : leaf;
}
