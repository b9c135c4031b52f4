#include "op/gather.h"

#include "base/alloc.h"
#include "base/index.h"
#include "file/open.h"
#include "op/internal.h"

#include <stdlib.h>
#include <string.h>

void ks_gather_drop(struct ks_gather *g)
{
    for (size_t i = 0; i < g->count; i++)
        ks_store_free(g->stores[i]);
    free(g->stores);
    *g = (struct ks_gather){0};
}

/* ---- sources ---- */

static enum ks_code check_room(const struct ks_gather *g, const char *name, struct ks_error *err)
{
    if (g->count < KS_GATHER_SOURCES)
        return KS_OK;
    ks_fail(err, KS_ERR_LIMIT, "too-many-files",
            "%.200s was not read: %d files are the most at once", ks_path_shown(name),
            KS_GATHER_SOURCES);
    return ks_fail_next(err, KS_ERR_LIMIT, "put the certificates into one PEM file");
}

static bool is_there(const struct ks_gather *g, const struct ks_store *store)
{
    for (size_t i = 0; i < g->count; i++)
        if (ks_slice_equal(ks_blob_slice(g->stores[i]->file), ks_blob_slice(store->file)))
            return true;
    return false;
}

/* Takes the store over. */
static void add(struct ks_gather *g, struct ks_store *store)
{
    if (is_there(g, store)) {
        ks_store_free(store);
        return;
    }
    g->stores = ks_realloc(g->stores, (g->count + 1) * sizeof(struct ks_store *));
    g->stores[g->count++] = store;
}

enum ks_code ks_gather_file(struct ks_gather *g, const char *path, const struct ks_secret *password,
                            struct ks_job *job, struct ks_error *err)
{
    struct ks_store *store = NULL;
    enum ks_code rc = check_room(g, path, err);

    if (rc == KS_OK)
        rc = ks_open(path, password, job, &store, err);
    if (rc == KS_OK)
        add(g, store);
    return rc;
}

enum ks_code ks_gather_store(struct ks_gather *g, struct ks_store *store, struct ks_error *err)
{
    enum ks_code rc = check_room(g, store->path, err);

    if (rc == KS_OK)
        add(g, store);
    else
        ks_store_free(store);
    return rc;
}

enum ks_code ks_gather_text(struct ks_gather *g, const char *name, struct ks_slice text,
                            struct ks_job *job, struct ks_error *err)
{
    struct ks_store *store = NULL;
    enum ks_code rc = check_room(g, name, err);

    if (rc == KS_OK)
        rc = ks_open_pasted(name, text, job, &store, err);
    if (rc == KS_OK)
        add(g, store);
    return rc;
}

/* ---- certificates ---- */

static size_t count_certs(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->chain_len;
    return count;
}

struct collection {
    struct ks_gathered *at;
    size_t count, broken;
    struct ks_index known; /* by the bytes */
};

static void collect(struct collection *c, const struct ks_store *store, const struct ks_entry *e,
                    size_t index)
{
    const struct ks_cert *cert = &e->chain[index];

    if (cert->flags & KS_CERT_BROKEN) {
        c->broken++;
        return;
    }
    size_t place = ks_index_first(&c->known, ks_cert_der(cert));
    if (place != KS_NOWHERE) {
        c->at[place].repeated++;
        return;
    }
    ks_index_add(&c->known, ks_cert_der(cert), c->count);
    c->at[c->count++] = (struct ks_gathered){store, e, cert, (int)index, 0};
}

struct ks_gathered *ks_gather_certs(const struct ks_gather *g, size_t *count, size_t *broken)
{
    size_t room = 0;

    for (size_t i = 0; i < g->count; i++)
        room += count_certs(g->stores[i]);
    struct collection c = {.at = ks_alloc_array(room, sizeof *c.at), .known = ks_index_new(room)};
    for (size_t i = 0; i < g->count; i++) {
        const struct ks_store *store = g->stores[i];
        for (size_t k = 0; k < ks_store_count(store); k++)
            for (size_t n = 0; n < ks_store_entry(store, k)->chain_len; n++)
                collect(&c, store, ks_store_entry(store, k), n);
    }
    ks_index_drop(&c.known);
    *count = c.count;
    if (broken)
        *broken = c.broken;
    return c.at;
}

void ks_gathered_where(const struct ks_gathered *from, struct ks_buf *out)
{
    size_t total = count_certs(from->store), number = 0;

    ks_buf_str(out, ks_op_file_name(from->store));
    if (total < 2)
        return;
    for (size_t i = 0; i < ks_store_count(from->store); i++) {
        const struct ks_entry *e = ks_store_entry(from->store, i);
        if (e == from->entry)
            break;
        number += e->chain_len;
    }
    ks_buf_printf(out, ", certificate %zu of %zu", number + (size_t)from->index + 1, total);
}
