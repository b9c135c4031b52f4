/*
 * Most keys are joined to their certificate by localKeyID. Those without one are joined by name, or
 * by being the only key or the first of a safe, and then other items may come in between: what will
 * be written is read once, in clear, and a key that no longer finds its leaf gets a localKeyID, and
 * its leaf the same.
 */
#include "format/pkcs12_write.h"

#include "base/crypto.h"
#include "x509/der.h"

#define TRIED 64 /* keys without localKeyID; more are in no honest file */

static struct ks_slice slice_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* The bag of a key that has no localKeyID, and is given none; NULL for any other entry. */
static struct p12_item *unpinned(const struct p12_writing *w, const struct ks_entry *e)
{
    struct p12_view v;
    struct p12_item *own =
        e->kind == KS_KIND_KEY && e->piece_count ? ks_p12_item(w, &e->pieces[0]) : NULL;

    if (!own || own->owner != e || (own->change && own->change->id.data) ||
        !ks_p12_view(own->raw, &v) || v.id.data)
        return NULL;
    return own;
}

static bool any_unpinned(const struct p12_writing *w)
{
    for (size_t i = 0; i < w->version->count; i++)
        if (unpinned(w, w->version->entries[i]))
            return true;
    return false;
}

/* The file as it will be, without encryption. */
static void put_clear(const struct p12_writing *w, struct ks_buf *out)
{
    struct ks_buf list = {.secret = true}, safes = {.secret = true}, body = {.secret = true};

    for (uint32_t i = 0; i < w->safe_count; i++) {
        const struct p12_safe *safe = &w->safes[i];
        struct ks_buf contents = {.secret = true};
        if (!safe->contents.data)
            ks_buf_slice(&list, safe->raw);
        else if (ks_p12_contents(w, safe, &contents))
            ks_p12_put_data(slice_of(&contents), &list);
        ks_buf_wipe_free(&contents);
    }
    ks_der_put(&safes, KS_DER_SEQUENCE, slice_of(&list));
    ks_buf_append(&body, "\x02\x01\x03", 3);
    ks_p12_put_data(slice_of(&safes), &body);
    ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
    ks_buf_wipe_free(&list);
    ks_buf_wipe_free(&safes);
    ks_buf_wipe_free(&body);
}

static const struct ks_entry *find_key(const struct ks_version *v, struct ks_slice key)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->entries[i]->kind == KS_KIND_KEY && ks_slice_equal(v->entries[i]->key, key))
            return v->entries[i];
    return NULL;
}

static bool is_lost(const struct ks_entry *e, const struct ks_entry *read)
{
    if (!read)
        return true;
    if (read->notes & KS_NOTE_JAVA_NO_KEYID && !(e->notes & KS_NOTE_JAVA_NO_KEYID))
        return true;
    return e->chain_len && (read->chain_len == 0 || !ks_slice_equal(ks_cert_der(&e->chain[0]),
                                                                    ks_cert_der(&read->chain[0])));
}

/* The leaf's own localKeyID, or OpenSSL's: the SHA-1 of the certificate. */
static void pin(struct p12_writing *w, const struct ks_entry *e, struct p12_item *own)
{
    struct p12_item *leaf = e->piece_count > 1 ? ks_p12_item(w, &e->pieces[1]) : NULL;
    struct ks_buf id = KS_BUF_INIT;
    struct p12_view v = {0};
    uint8_t digest[KS_SHA1_LEN];

    if (leaf && ks_p12_view(leaf->raw, &v) && v.id.data) {
        ks_p12_change(own)->id = v.id;
        return;
    }
    ks_sha1(e->chain_len ? ks_cert_der(&e->chain[0]) : e->key, digest);
    ks_buf_append(&id, digest, sizeof digest);
    struct ks_slice kept = ks_p12_keep(w, &id);
    ks_p12_change(own)->id = kept;
    if (leaf)
        ks_p12_change(leaf)->id = kept;
}

enum ks_code ks_p12_pin_keys(struct p12_writing *w, struct ks_error *err)
{
    struct ks_buf clear = {.secret = true};
    unsigned tried = 0;

    if (!w->moved || !any_unpinned(w))
        return KS_OK;
    put_clear(w, &clear);
    size_t len = clear.len;
    struct ks_store *read =
        ks_store_new("", ks_blob_take((uint8_t *)ks_buf_steal(&clear), len, true));
    read->format = &ks_format_pkcs12;
    enum ks_code rc = ks_format_pkcs12.load(read, NULL, w->job, err);
    for (size_t i = 0; rc == KS_OK && i < w->version->count && tried < TRIED; i++) {
        const struct ks_entry *e = w->version->entries[i];
        struct p12_item *own = unpinned(w, e);
        tried += own != NULL;
        if (own && is_lost(e, find_key(read->now, e->key)))
            pin(w, e, own);
    }
    ks_store_free(read);
    return rc;
}
