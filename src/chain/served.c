#include "chain/served.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MOST 64 /* certificates of a file that may be one chain */

struct row {
    const struct ks_cert *cert;
    uint32_t where;
    size_t at; /* keeps the order of what is at one place */
};

static bool is_pem(const struct ks_store *store)
{
    return store->type && strcmp(store->type, "PEM") == 0;
}

/* What was edited is written in one piece, and what is new at the end. */
static uint32_t place_of(const struct ks_store *store, const struct ks_entry *e, size_t cert)
{
    size_t own = e->kind == KS_KIND_KEY;
    bool moved = (e->edited & KS_EDITED_CHAIN) != 0;
    size_t piece = moved ? own : own + cert;

    if (e->piece_count == 0 || e->home != store->format)
        return UINT32_MAX;
    return e->pieces[piece < e->piece_count ? piece : e->piece_count - 1].where;
}

static int by_place(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->where != y->where)
        return x->where < y->where ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static size_t count_keys(const struct ks_store *store, size_t *certs)
{
    size_t keys = 0;

    *certs = 0;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        keys += e->kind == KS_KIND_KEY;
        *certs += e->chain_len;
    }
    return keys;
}

const struct ks_cert **ks_served(const struct ks_store *store, size_t *count)
{
    size_t most;

    *count = 0;
    if (!is_pem(store) || count_keys(store, &most) > 1 || most == 0)
        return NULL;
    struct row *rows = ks_alloc_array(most, sizeof *rows);
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        for (size_t k = 0; k < e->chain_len; k++, ++*count)
            rows[*count] = (struct row){&e->chain[k], place_of(store, e, k), *count};
    }
    qsort(rows, *count, sizeof *rows, by_place);
    const struct ks_cert **out = ks_alloc_array(*count, sizeof(struct ks_cert *));
    for (size_t i = 0; i < *count; i++)
        out[i] = rows[i].cert;
    free(rows);
    return out;
}

const struct ks_entry *ks_served_leaf(const struct ks_store *store)
{
    const struct ks_entry *leaf = NULL;
    size_t certs;

    if (!is_pem(store) || ks_store_count(store) > CHAIN_MOST || count_keys(store, &certs) > 0 ||
        certs < 2)
        return NULL;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->chain_len == 0 || e->chain[0].flags & (KS_CERT_CA | KS_CERT_SELF_ISSUED))
            continue;
        if (leaf || e->chain[0].flags & KS_CERT_BROKEN)
            return NULL; /* a collection */
        leaf = e;
    }
    return leaf;
}
