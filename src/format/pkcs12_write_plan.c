/*
 * Which bags stay, change, go and come. A bag goes when entries had it and none of the version has:
 * a deleted key takes its leaf along and those CAs that no other chain needs. What no entry ever
 * had stays.
 *
 * PKCS#12 stores no chains: certificates are shared by all that need them, and a key finds its own
 * by localKeyID and name. A new key therefore gets a leaf of its own with both, while its CAs are
 * only added when they are not there yet.
 */
#include "format/pkcs12_write.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADVANCE_EVERY 256 /* entries between two looks at the job */

/* What the entries that come are put into. */
struct coming {
    struct p12_safe *keys, *certs;
    struct ks_buf chains, trusted; /* certificates: those of keys before the others */
};

static struct ks_slice slice_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

static bool is_key_kind(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD;
}

/* ---- who has what ---- */

struct p12_item *ks_p12_item(const struct p12_writing *w, const struct ks_piece *p)
{
    if (p->where == 0 || p->where > w->safe_count || p->flags >= w->safes[p->where - 1].count)
        return NULL;
    struct p12_item *item = &w->items[w->safes[p->where - 1].first + p->flags];
    return item->known && item->raw.data == p->raw.data ? item : NULL;
}

static struct p12_item *own_item(const struct p12_writing *w, const struct ks_entry *e)
{
    return e->piece_count ? ks_p12_item(w, &e->pieces[0]) : NULL;
}

static bool has_cert(const struct ks_entry *e, struct ks_slice der)
{
    for (uint32_t i = 0; i < e->chain_len; i++)
        if (ks_slice_equal(ks_cert_der(&e->chain[i]), der))
            return true;
    return false;
}

static void use(struct p12_item *item, const struct ks_entry *e)
{
    item->users++;
    item->keys += e->kind == KS_KIND_KEY;
}

/* An entry whose bag another one has already is a copy, which gets bags of its own. */
static bool claim(struct p12_writing *w, const struct ks_entry *e)
{
    struct p12_item *own = own_item(w, e);
    struct p12_view v;

    if (!own || own->owner)
        return false;
    own->owner = e;
    own->users++;
    for (uint32_t i = 1; i < e->piece_count; i++) {
        struct p12_item *item = ks_p12_item(w, &e->pieces[i]);
        if (item &&
            (!(e->edited & KS_EDITED_CHAIN) || (ks_p12_view(item->raw, &v) && has_cert(e, v.cert))))
            use(item, e);
    }
    return true;
}

/* *coming: one flag an entry. Those that kept their name have the first claim. */
static size_t claim_all(struct p12_writing *w, bool *coming)
{
    size_t count = 0;

    for (int renamed = 0; renamed < 2; renamed++) {
        for (size_t i = 0; i < w->version->count; i++) {
            const struct ks_entry *e = w->version->entries[i];
            if (!!(e->edited & KS_EDITED_ALIAS) != renamed)
                continue;
            coming[i] = !claim(w, e);
            count += coming[i];
        }
    }
    return count;
}

/* ---- certificates that chains can refer to ---- */

static bool same_der(const struct p12_file *f, uint32_t cert, const void *key)
{
    const struct p12_writing *w = (const struct p12_writing *)(const void *)f;
    return ks_slice_equal(w->certs[cert].der, *(const struct ks_slice *)key);
}

static void know_cert(struct p12_writing *w, struct ks_slice der, uint32_t item)
{
    struct p12_slot *slot =
        ks_p12_table_put(&w->by_der, &w->file, ks_p12_hash(0, der), same_der, &der);

    if (!slot || slot->first || w->cert_count == w->cert_cap)
        return;
    w->certs[w->cert_count] = (struct p12_known_cert){der, item};
    slot->first = ++w->cert_count;
}

/* Those that stay come first, so that a chain refers to them. */
static void know_certs(struct p12_writing *w)
{
    size_t coming = 0;
    struct p12_view v;

    for (size_t i = 0; i < w->version->count; i++)
        coming += w->version->entries[i]->chain_len;
    w->cert_cap = (uint32_t)(w->item_count + coming);
    w->certs = ks_alloc_array(w->cert_cap + 1, sizeof *w->certs);
    ks_p12_table_init(&w->by_der, w->cert_cap);
    for (int used = 1; used >= 0; used--)
        for (uint32_t i = 0; i < w->item_count; i++) {
            const struct p12_item *item = &w->items[i];
            if (item->known && !item->nested && (item->users > 0) == used &&
                ks_p12_view(item->raw, &v) && v.cert.data)
                know_cert(w, v.cert, i);
        }
}

static struct p12_known_cert *known_cert(const struct p12_writing *w, struct ks_slice der)
{
    const struct p12_slot *slot =
        ks_p12_table_get(&w->by_der, &w->file, ks_p12_hash(0, der), same_der, &der);
    struct p12_known_cert *cert = slot ? &w->certs[slot->first - 1] : NULL;

    /* its bag may have been given another certificate since */
    if (cert && cert->item != P12_NONE && w->items[cert->item].change &&
        w->items[cert->item].change->value.data)
        return NULL;
    return cert;
}

static struct ks_slice cert_value(struct p12_writing *w, struct ks_slice der)
{
    struct ks_buf value = KS_BUF_INIT;
    ks_p12_put_cert(der, &value);
    return ks_p12_keep(w, &value);
}

static struct ks_slice no_bag(struct p12_view *v)
{
    *v = (struct p12_view){0};
    return ks_slice(NULL, 0);
}

/* The bag that the entry, of another store, had for this certificate; data NULL: none. */
static struct ks_slice bag_of(const struct ks_entry *e, struct ks_slice der, struct p12_view *v)
{
    for (uint32_t i = 0; e->home == &ks_format_pkcs12 && i < e->piece_count; i++)
        if (ks_p12_view(e->pieces[i].raw, v) && v->cert.data && ks_slice_equal(v->cert, der))
            return e->pieces[i].raw;
    return no_bag(v);
}

/* A certificate of a chain, that is not its leaf. */
static void need_cert(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                      struct ks_slice der)
{
    struct p12_known_cert *known = known_cert(w, der);
    struct p12_view v;

    if (known) {
        if (known->item != P12_NONE)
            use(&w->items[known->item], e);
        return;
    }
    struct ks_slice base = bag_of(e, der, &v);
    if (v.id.data) /* a key there may go by that localKeyID */
        base = no_bag(&v);
    struct p12_change change = {.unname = v.trusted, .distrust = true};
    if (!base.data)
        change.value = cert_value(w, der);
    ks_p12_rewrite(base, &change, &c->chains);
    know_cert(w, der, P12_NONE);
}

/* ---- localKeyIDs ---- */

/* Java's form, which carries the date; without a date OpenSSL's, a SHA-1. */
static struct ks_slice make_id(struct p12_writing *w, const struct ks_entry *e)
{
    struct ks_buf id = KS_BUF_INIT;
    uint8_t digest[KS_SHA1_LEN];

    if (e->created != KS_TIME_NONE) {
        ks_buf_printf(&id, "Time %lld", (long long)e->created);
    } else {
        ks_sha1(e->chain_len ? ks_cert_der(&e->chain[0]) : e->key, digest);
        ks_buf_append(&id, digest, sizeof digest);
    }
    return ks_p12_keep(w, &id);
}

static void know_id(struct p12_writing *w, struct ks_slice id)
{
    if (id.data && w->id_count < w->id_cap)
        ks_index_add(&w->ids, id, w->id_count++);
}

static void know_ids(struct p12_writing *w, size_t coming)
{
    struct p12_view v;

    w->id_cap = w->item_count + coming;
    w->ids = ks_index_new(w->id_cap);
    for (uint32_t i = 0; i < w->item_count; i++)
        if (w->items[i].known && ks_p12_view(w->items[i].raw, &v))
            know_id(w, v.id);
}

static bool is_known_id(const struct p12_writing *w, struct ks_slice id)
{
    return ks_index_first(&w->ids, id) != KS_NOWHERE;
}

/* Of an entry that comes: what it had, unless a key goes by that here (Windows numbers the keys of
 * each file from one). Data NULL: it needs none. */
static struct ks_slice coming_id(struct p12_writing *w, const struct ks_entry *e,
                                 const struct p12_view *base)
{
    struct ks_slice id = ks_slice(NULL, 0);

    if (base->id.data && !(e->edited & KS_EDITED_DATE) && !is_known_id(w, base->id))
        id = base->id;
    else if (e->kind == KS_KIND_KEY || base->id.data || e->created != KS_TIME_NONE)
        id = make_id(w, e);
    know_id(w, id);
    return id;
}

/* ---- edits ---- */

/* A key's second piece is its leaf's bag. */
static struct p12_item *old_leaf(const struct p12_writing *w, const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY && e->piece_count > 1 ? ks_p12_item(w, &e->pieces[1]) : NULL;
}

/* Of a key: the bags with its leaf that carried its name carry the new one. */
static void rename_leaf(const struct p12_writing *w, const struct ks_entry *e,
                        const struct p12_view *key)
{
    struct p12_item *leaf = old_leaf(w, e);
    struct p12_view first, v;

    if (!leaf || !ks_p12_view(leaf->raw, &first))
        return;
    for (uint32_t i = 1; i < e->piece_count; i++) {
        struct p12_item *item = ks_p12_item(w, &e->pieces[i]);
        if (item && ks_p12_view(item->raw, &v) && !v.trusted &&
            ks_slice_equal(v.cert, first.cert) && ks_p12_same_name(key, &v))
            ks_p12_change(item)->alias = e->alias;
    }
}

static void redate(struct p12_writing *w, const struct ks_entry *e, struct p12_item *own,
                   const struct p12_view *key)
{
    struct p12_item *leaf = old_leaf(w, e);
    struct p12_view v;

    if (e->created == KS_TIME_NONE || !is_key_kind(e))
        return;
    if (leaf && leaf->keys > 1) /* another key goes by that localKeyID */
        return;
    struct ks_slice id = make_id(w, e);
    ks_p12_change(own)->id = id;
    if (leaf && ks_p12_view(leaf->raw, &v) && (!key->id.data || ks_slice_equal(key->id, v.id)))
        ks_p12_change(leaf)->id = id;
}

/* Another leaf takes the place and the attributes of the old one, unless somebody else needs it. */
static void replace_leaf(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                         struct p12_item *own, const struct p12_view *key)
{
    struct p12_item *leaf = old_leaf(w, e);
    struct ks_slice der = ks_cert_der(&e->chain[0]);
    struct p12_change fresh = {.value = cert_value(w, der), .distrust = true};
    struct p12_view v = {0};

    if (leaf && ks_p12_view(leaf->raw, &v) && ks_slice_equal(v.cert, der))
        return;
    bool shared = !leaf || leaf->users > 0;
    struct ks_slice id = own->change && own->change->id.data ? own->change->id : key->id;
    if (shared || !id.data) {
        id = make_id(w, e);
        ks_p12_change(own)->id = id;
    }
    fresh.id = id;
    if (key->name_tag || (own->change && own->change->alias))
        fresh.alias = e->alias;
    if (shared) {
        ks_p12_rewrite(ks_slice(NULL, 0), &fresh, &c->chains);
        return;
    }
    use(leaf, e);
    *ks_p12_change(leaf) = fresh;
}

static enum ks_code not_one_cert(const struct ks_entry *e, struct ks_error *err)
{
    return ks_fail(err, KS_ERR_USAGE, "no-certificate", "'%.200s' has no certificate to write",
                   e->alias);
}

static enum ks_code rechain(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                            struct p12_item *own, const struct p12_view *v, struct ks_error *err)
{
    if (e->kind != KS_KIND_KEY) {
        if (e->chain_len != 1)
            return not_one_cert(e, err);
        if (own->keys) /* chains need the old one */
            ks_p12_rewrite(own->raw, &(struct p12_change){.unname = true, .distrust = true},
                           &c->chains);
        ks_p12_change(own)->value = cert_value(w, ks_cert_der(&e->chain[0]));
        return KS_OK;
    }
    if (e->chain_len)
        replace_leaf(w, c, e, own, v);
    for (uint32_t i = 1; i < e->chain_len; i++)
        need_cert(w, c, e, ks_cert_der(&e->chain[i]));
    return KS_OK;
}

static enum ks_code foreign_key(const struct ks_entry *e, struct ks_error *err)
{
    return ks_fail(err, KS_ERR_USAGE, "not-sealed",
                   "the key of '%.200s' is not in a form that PKCS#12 holds", e->alias);
}

static enum ks_code apply_edits(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                                struct ks_error *err)
{
    struct p12_item *own = own_item(w, e);
    struct ks_buf value = {.secret = true};
    struct p12_view v;

    if ((!e->edited && e->kind != KS_KIND_TRUSTED) || !ks_p12_view(own->raw, &v))
        return KS_OK;
    if (e->kind == KS_KIND_TRUSTED && v.cert.data && !v.trusted)
        ks_p12_change(own)->trust = true;
    if (e->edited & KS_EDITED_ALIAS) {
        ks_p12_change(own)->alias = e->alias;
        rename_leaf(w, e, &v);
    }
    if (e->edited & KS_EDITED_KEY) {
        if (!ks_p12_put_key(e, &value))
            return foreign_key(e, err);
        ks_p12_change(own)->value = ks_p12_keep(w, &value);
    }
    if (e->edited & KS_EDITED_DATE)
        redate(w, e, own, &v);
    if (e->edited & KS_EDITED_CHAIN)
        return rechain(w, c, e, own, &v, err);
    return KS_OK;
}

/* A trusted certificate that was deleted, while chains need it, is one that is just there. */
static void distrust_deleted(struct p12_writing *w)
{
    for (size_t i = 0; i < w->first->count; i++) {
        const struct ks_entry *e = w->first->entries[i];
        struct p12_item *item = e->kind == KS_KIND_TRUSTED ? own_item(w, e) : NULL;
        if (item && !item->owner && item->users) {
            ks_p12_change(item)->distrust = true;
            ks_p12_change(item)->unname = true;
        }
    }
}

/* ---- entries that come ---- */

static struct p12_safe *key_safe(const struct p12_writing *w)
{
    struct p12_safe *found = NULL;

    for (uint32_t i = 0; i < w->safe_count; i++) {
        struct p12_safe *s = &w->safes[i];
        if (s->contents.data && s->keys && (!found || (found->encrypted && !s->encrypted)))
            found = s;
    }
    return found;
}

static struct p12_safe *cert_safe(const struct p12_writing *w)
{
    struct p12_safe *found = NULL;

    for (uint32_t i = 0; i < w->safe_count; i++) {
        struct p12_safe *s = &w->safes[i];
        if (s->contents.data && s->certs && (!found || s->encrypted || !found->encrypted))
            found = s;
    }
    return found;
}

static bool encrypts_certs(const struct p12_writing *w)
{
    if (!w->version->password)
        return false;
    for (uint32_t i = 0; i < w->safe_count; i++)
        if (w->safes[i].encrypted)
            return true;
    return w->store->file->len == 0 || w->file.mac.data || w->protect;
}

/* As ks_alloc'd arrays grow, safes move: the keys' is made before anything points at the other. */
static void find_safes(struct p12_writing *w, struct coming *c, bool keys, bool certs)
{
    bool encrypted = encrypts_certs(w);

    if (keys && !key_safe(w))
        ks_p12_new_safe(w)->keys = true;
    if (certs && !cert_safe(w)) {
        struct p12_safe *made = ks_p12_new_safe(w);
        made->certs = true;
        made->encrypted = encrypted;
    }
    c->keys = key_safe(w);
    c->certs = cert_safe(w);
}

/* The entry's own bag in the store that it was copied from. */
static struct ks_slice base_of(const struct ks_entry *e, struct p12_view *v)
{
    if (e->home != &ks_format_pkcs12 || e->piece_count == 0 || !ks_p12_view(e->pieces[0].raw, v))
        return no_bag(v);
    return e->pieces[0].raw;
}

static const char *new_alias(const struct ks_entry *e, const struct p12_view *base)
{
    return base->name_tag && !(e->edited & KS_EDITED_ALIAS) ? NULL : e->alias;
}

static enum ks_code add_key(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                            struct ks_error *err)
{
    struct p12_view v;
    struct ks_slice base = base_of(e, &v);
    struct ks_buf value = {.secret = true};
    struct p12_change change = {.alias = new_alias(e, &v), .id = coming_id(w, e, &v)};

    if (!base.data || e->edited & KS_EDITED_KEY) {
        if (!ks_p12_put_key(e, &value))
            return foreign_key(e, err);
        change.value = ks_p12_keep(w, &value);
    }
    ks_p12_rewrite(base, &change, &c->keys->added);
    if (e->kind != KS_KIND_KEY || e->chain_len == 0)
        return KS_OK;
    struct ks_slice der = ks_cert_der(&e->chain[0]);
    base = bag_of(e, der, &v);
    struct p12_change leaf = {.alias = e->alias, .id = change.id, .distrust = true};
    if (!base.data)
        leaf.value = cert_value(w, der);
    ks_p12_rewrite(base, &leaf, &c->chains);
    know_cert(w, der, P12_NONE);
    for (uint32_t i = 1; i < e->chain_len; i++)
        need_cert(w, c, e, ks_cert_der(&e->chain[i]));
    return KS_OK;
}

/* A certificate that chains need already becomes the entry, if nothing else is said of it. */
static bool promote(struct p12_writing *w, const struct ks_entry *e, struct ks_slice der)
{
    struct p12_known_cert *known = known_cert(w, der);
    struct p12_view v;

    if (!known || known->item == P12_NONE)
        return false;
    struct p12_item *item = &w->items[known->item];
    if (item->owner || item->change || item->users == 0 || !ks_p12_view(item->raw, &v) ||
        v.id.data || v.name_tag || v.trusted)
        return false;
    item->owner = e;
    item->users++;
    ks_p12_change(item)->alias = e->alias;
    ks_p12_change(item)->trust = true;
    return true;
}

static enum ks_code add_cert(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                             struct ks_error *err)
{
    struct p12_view v;
    struct ks_slice base = base_of(e, &v);

    if (e->chain_len != 1)
        return not_one_cert(e, err);
    if (v.id.data && e->kind == KS_KIND_CERT && is_known_id(w, v.id))
        base = no_bag(&v); /* it would be taken for that key's */
    struct p12_change change = {.alias = new_alias(e, &v), .trust = e->kind == KS_KIND_TRUSTED};
    struct ks_slice der = ks_cert_der(&e->chain[0]);
    if (!base.data && e->kind == KS_KIND_TRUSTED && promote(w, e, der))
        return KS_OK;
    if (!base.data || e->edited & KS_EDITED_CHAIN)
        change.value = cert_value(w, der);
    ks_p12_rewrite(base, &change, &c->trusted);
    know_cert(w, der, P12_NONE);
    return KS_OK;
}

/* An item of another PKCS#12 file that is kept without being understood: a bag, or a whole safe. */
static enum ks_code add_opaque(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                               struct ks_error *err)
{
    static const char pkcs7[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
    const char *why = ks_p12_refuses(e);
    struct ks_slice base = e->key; /* all of it */
    struct p12_view v;

    if (why || !ks_p12_view(base, &v))
        return ks_fail(err, KS_ERR_REFUSED, "type-loss", "'%.200s' was not written: %s", e->alias,
                       why ? why : "it is nothing that PKCS#12 holds");
    if (v.oid.len < sizeof pkcs7 || memcmp(v.oid.data, pkcs7, sizeof pkcs7 - 1) != 0) {
        struct p12_change change = {.alias = e->edited & KS_EDITED_ALIAS ? e->alias : NULL};
        ks_p12_rewrite(base, &change, &c->trusted);
        return KS_OK;
    }
    size_t keys = (size_t)(c->keys - w->safes), certs = (size_t)(c->certs - w->safes);
    bool has_keys = c->keys != NULL, has_certs = c->certs != NULL;
    ks_p12_new_safe(w)->raw = base;
    c->keys = has_keys ? &w->safes[keys] : NULL;
    c->certs = has_certs ? &w->safes[certs] : NULL;
    return KS_OK;
}

static enum ks_code add_crl(struct p12_writing *w, struct coming *c, const struct ks_entry *e)
{
    struct p12_view v;
    struct ks_slice base = base_of(e, &v);
    struct ks_buf value = KS_BUF_INIT;
    struct p12_change change = {.alias = new_alias(e, &v)};

    if (!base.data) {
        ks_p12_put_crl(e->key, &value);
        change.value = ks_p12_keep(w, &value);
    }
    ks_p12_rewrite(base, &change, &c->trusted);
    return KS_OK;
}

static enum ks_code add_entry(struct p12_writing *w, struct coming *c, const struct ks_entry *e,
                              struct ks_error *err)
{
    switch ((enum ks_kind)e->kind) {
    case KS_KIND_KEY:
    case KS_KIND_SECRET:
    case KS_KIND_PASSWORD:
        return add_key(w, c, e, err);
    case KS_KIND_TRUSTED:
    case KS_KIND_CERT:
        return add_cert(w, c, e, err);
    case KS_KIND_CRL:
        return add_crl(w, c, e);
    case KS_KIND_OPAQUE:
    case KS_KIND_LOCKED:
        return add_opaque(w, c, e, err);
    case KS_KIND_REQUEST:
    case KS_KIND_PUBLIC:
        break;
    }
    return ks_fail(err, KS_ERR_REFUSED, "type-loss", "'%.200s' was not written: %s", e->alias,
                   ks_p12_refuses(e));
}

/* Keys after certificates, so that chains refer to those that are entries. */
static enum ks_code add_entries(struct p12_writing *w, struct coming *c, const bool *coming,
                                struct ks_error *err)
{
    for (int keys = 0; keys < 2; keys++) {
        for (size_t i = 0; i < w->version->count; i++) {
            const struct ks_entry *e = w->version->entries[i];
            if (!coming[i] || is_key_kind(e) != keys)
                continue;
            if (i % ADVANCE_EVERY == 0 && !ks_job_advance(w->job, i))
                return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while writing");
            enum ks_code rc = add_entry(w, c, e, err);
            if (rc != KS_OK)
                return rc;
        }
    }
    return KS_OK;
}

/* ---- all of it ---- */

static bool goes(const struct p12_writing *w)
{
    for (uint32_t i = 0; i < w->item_count; i++)
        if (w->items[i].known && w->items[i].users == 0)
            return true;
    return false;
}

static enum ks_code carry_out(struct p12_writing *w, struct coming *c, const bool *coming,
                              struct ks_error *err)
{
    for (size_t i = 0; i < w->version->count; i++) {
        if (coming[i])
            continue;
        enum ks_code rc = apply_edits(w, c, w->version->entries[i], err);
        if (rc != KS_OK)
            return rc;
    }
    enum ks_code rc = add_entries(w, c, coming, err);
    if (rc != KS_OK)
        return rc;
    distrust_deleted(w);
    if (c->certs) {
        ks_buf_slice(&c->certs->added, slice_of(&c->chains));
        ks_buf_slice(&c->certs->added, slice_of(&c->trusted));
    }
    return KS_OK;
}

static bool edits(const struct p12_writing *w, unsigned bits)
{
    for (size_t i = 0; i < w->version->count; i++)
        if (w->version->entries[i]->edited & bits)
            return true;
    return false;
}

enum ks_code ks_p12_plan(struct p12_writing *w, struct ks_error *err)
{
    struct coming c = {0};
    bool *coming = ks_alloc_array(w->version->count + 1, sizeof *coming), keys = false,
         certs = edits(w, KS_EDITED_CHAIN);
    size_t count = claim_all(w, coming);

    for (size_t i = 0; i < w->version->count; i++) {
        const struct ks_entry *e = w->version->entries[i];
        keys = keys || (coming[i] && is_key_kind(e));
        certs = certs || (coming[i] && (!is_key_kind(e) || e->chain_len));
    }
    if (count || certs)
        know_certs(w);
    if (count)
        know_ids(w, count);
    find_safes(w, &c, keys, certs);
    enum ks_code rc = carry_out(w, &c, coming, err);
    w->moved = count || goes(w) || edits(w, KS_EDITED_ALIAS | KS_EDITED_CHAIN);
    ks_buf_free(&c.chains);
    ks_buf_free(&c.trusted);
    free(coming);
    return rc;
}
