#include "file/thin.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MOST (16u << 20) /* bytes of a CRL, which has its date at the beginning but no end */

/* Requests, CRLs and public keys are what they are looked at for; a private key stays behind. */
static struct ks_slice kept_item(const struct ks_entry *e)
{
    bool public = e->kind == KS_KIND_REQUEST || e->kind == KS_KIND_CRL || e->kind == KS_KIND_PUBLIC;
    return public && e->key.len <= KEPT_MOST ? e->key : (struct ks_slice){NULL, 0};
}

static size_t copied_bytes(const struct ks_entry *e)
{
    size_t size = kept_item(e).len;
    for (size_t i = 0; i < e->chain_len; i++)
        size += e->chain[i].len;
    return size;
}

size_t ks_thin_bytes(const struct ks_entry *e)
{
    return sizeof *e + e->chain_len * sizeof *e->chain + strlen(e->alias) +
           (e->comment ? strlen(e->comment) : 0) + copied_bytes(e);
}

static const uint8_t *put(uint8_t **at, const uint8_t *from, size_t len)
{
    uint8_t *to = *at;
    if (len)
        memcpy(to, from, len);
    *at += len;
    return to;
}

static struct ks_entry *thin_entry(const struct ks_entry *e)
{
    size_t size = copied_bytes(e);
    uint8_t *bytes = ks_alloc(size), *at = bytes;
    struct ks_cert *chain = ks_alloc_array(e->chain_len, sizeof *chain);
    struct ks_slice item = kept_item(e);
    struct ks_blob *blob = ks_blob_take(bytes, size, false);
    for (size_t i = 0; i < e->chain_len; i++) {
        chain[i] = e->chain[i];
        chain[i].der = put(&at, e->chain[i].der, e->chain[i].len);
    }
    struct ks_entry_draft draft = {
        .kind = e->kind,
        .notes = e->notes,
        .created = e->created,
        .alias_as_is = ks_slice_str(e->alias),
        .key = item.len ? ks_slice(put(&at, item.data, item.len), item.len) : item,
        .key_format = e->key_format,
        .chain = chain,
        .chain_len = e->chain_len,
        .blobs = &blob,
        .blob_count = 1,
        .comment = e->comment ? ks_strdup(e->comment) : NULL,
    };
    struct ks_entry *entry = ks_entry_new(&draft);
    ks_blob_unref(blob);
    free(chain);
    return entry;
}

struct ks_store *ks_thin_store(const struct ks_store *store, const uint32_t *index, size_t count)
{
    struct ks_store *thin = ks_store_new(store->path, ks_blob_copy((struct ks_slice){NULL, 0}));
    struct ks_loading loading = {0};
    thin->format = store->format;
    ks_store_set_type(thin, store->type);
    thin->mtime = store->mtime;
    thin->mode = store->mode;
    thin->integrity = store->integrity;
    thin->notes = store->notes;
    thin->damage = store->damage;
    for (size_t i = 0; i < count; i++)
        ks_loading_add(&loading, thin_entry(ks_store_entry(store, index[i])));
    ks_loading_finish(&loading, thin);
    return thin;
}
