#include "chain/pool.h"

#include "base/alloc.h"
#include "chain/facts.h"
#include "x509/name.h"

#include <stdlib.h>

static struct ks_slice der_of(const struct ks_pool_row *r)
{
    return ks_cert_der(r->pub.cert);
}

static void drop_indexes(struct ks_pool *pool)
{
    ks_index_drop(&pool->ders);
    ks_index_drop(&pool->subjects);
    ks_index_drop(&pool->keys);
}

static void put_into_indexes(struct ks_pool *pool, size_t place)
{
    const struct ks_pool_row *r = pool->at[place];

    ks_index_add(&pool->ders, der_of(r), place);
    ks_index_add(&pool->subjects, ks_slice(&r->subject, sizeof r->subject), place);
    ks_index_add(&pool->keys, ks_cert_key_bits(r->pub.cert), place);
}

/* An index is for so many places: growing makes it anew. */
static void grow(struct ks_pool *pool, size_t cap)
{
    pool->cap = cap;
    pool->at = ks_realloc(pool->at, pool->cap * sizeof(struct ks_pool_row *));
    drop_indexes(pool);
    pool->ders = ks_index_new(pool->cap);
    pool->subjects = ks_index_new(pool->cap);
    pool->keys = ks_index_new(pool->cap);
    for (size_t i = 0; i < pool->count; i++)
        put_into_indexes(pool, i);
}

/* Room for so many more, so that a large store is indexed once. */
static void reserve(struct ks_pool *pool, size_t more)
{
    size_t wanted = pool->count + more, cap = pool->cap ? pool->cap : 64;

    while (cap < wanted && cap < KS_POOL_MAX)
        cap *= 2;
    if (cap > pool->cap)
        grow(pool, cap);
}

struct ks_pool *ks_pool_new(void)
{
    struct ks_pool *pool = ks_alloc(sizeof *pool);

    *pool = (struct ks_pool){0};
    reserve(pool, 0);
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
static void merge(struct ks_pool_row *r, const struct ks_pool_cert *cert)
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
    reserve(pool, 1);
    size_t place = pool->count++;
    struct ks_pool_row *r = ks_alloc(sizeof *r);
    *r = (struct ks_pool_row){
        .pub = *cert,
        .subject = ks_name_hash(ks_cert_part(cert->cert, cert->cert->subject)),
    };
    pool->at[place] = r;
    put_into_indexes(pool, place);
}

void ks_pool_add_store(struct ks_pool *pool, const struct ks_store *store, unsigned rank)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->chain_len;
    reserve(pool, count);
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

size_t ks_pool_of_key(const struct ks_pool *pool, struct ks_slice bits)
{
    return ks_index_first(&pool->keys, bits);
}

size_t ks_pool_next_of_key(const struct ks_pool *pool, size_t i)
{
    return ks_index_next(&pool->keys, i);
}

size_t ks_pool_of_name(const struct ks_pool *pool, struct ks_slice name)
{
    uint64_t hash = ks_name_hash(name);
    return ks_index_first(&pool->subjects, ks_slice(&hash, sizeof hash));
}

size_t ks_pool_next_of_name(const struct ks_pool *pool, size_t i)
{
    return ks_index_next(&pool->subjects, i);
}
