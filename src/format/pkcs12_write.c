/*
 * The file: what the old one was made of, and the new one.
 *
 * Safes keep their number, order and encryption. One with nothing changed in it goes out as it
 * came, without a key derivation; of the others the algorithm, its rounds and the lengths of salt
 * and IV stay. If the contents of the whole come out as they were, so does the MAC.
 */
#include "format/pkcs12_write.h"

#include "base/alloc.h"
#include "format/pbe_scheme.h"
#include "x509/der.h"

#include <stdlib.h>
#include <string.h>

#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" /* whole TLVs */
#define OID_ENCRYPTED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
#define VERSION_0 "\x02\x01\x00"
#define VERSION_3 "\x02\x01\x03"
#define NESTED 6

static struct ks_slice slice_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* ---- what the parts share ---- */

const struct ks_version *ks_p12_first(const struct ks_store *store)
{
    if (store->first)
        return store->first;
    return store->past_count ? store->past[0] : store->now;
}

struct ks_slice ks_p12_keep(struct p12_writing *w, struct ks_buf *bytes)
{
    if (w->made_count == w->made_cap) {
        w->made_cap = w->made_cap ? w->made_cap * 2 : 16;
        w->made = ks_realloc(w->made, w->made_cap * sizeof *w->made);
    }
    size_t len = bytes->len;
    struct ks_blob *blob = ks_blob_take((uint8_t *)ks_buf_steal(bytes), len, true);
    w->made[w->made_count++] = blob;
    return ks_blob_slice(blob);
}

struct p12_change *ks_p12_change(struct p12_item *item)
{
    if (!item->change)
        item->change = ks_alloc(sizeof *item->change);
    return item->change;
}

struct p12_safe *ks_p12_new_safe(struct p12_writing *w)
{
    if (w->safe_count == w->safe_cap) {
        w->safe_cap = w->safe_cap ? w->safe_cap * 2 : 8;
        w->safes = ks_realloc(w->safes, w->safe_cap * sizeof *w->safes);
    }
    struct p12_safe *safe = &w->safes[w->safe_count++];
    *safe = (struct p12_safe){.first = w->item_count, .added.secret = true};
    /* a new one is known to hold nothing yet */
    safe->contents = ks_slice("\x30\x00", 2);
    return safe;
}

void ks_p12_put_data(struct ks_slice octets, struct ks_buf *out)
{
    struct ks_buf string = {.secret = true}, body = {.secret = true};

    ks_der_put(&string, KS_DER_OCTET_STRING, octets);
    ks_buf_append(&body, OID_DATA, sizeof OID_DATA - 1);
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), slice_of(&string));
    ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
    ks_buf_wipe_free(&string);
    ks_buf_wipe_free(&body);
}

/* ---- the old file ---- */

static enum ks_code inconsistent(struct ks_error *err)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "not written: the file does not fit its own contents");
    return ks_fail_next(err, KS_ERR_DAMAGED, "open the file again");
}

/* A safeContentsBag that the reader looked into: its list of bags. */
static bool is_nested(struct ks_slice raw, unsigned depth, struct p12_view *v,
                      struct ks_slice *list)
{
    struct ks_slice value;
    struct ks_tlv outer, seq;

    if (depth >= P12_MAX_DEPTH || !ks_p12_view(raw, v) || v->type != NESTED)
        return false;
    value = v->value;
    if (!ks_der_expect(&value, KS_DER_CONTEXT_CONS(0), &outer) ||
        !ks_der_expect(&outer.body, KS_DER_SEQUENCE, &seq))
        return false;
    *list = seq.body;
    return true;
}

static void note_kind(struct p12_safe *safe, unsigned type)
{
    safe->keys = safe->keys || type == 1 || type == 2 || type == 5;
    safe->certs = safe->certs || type == 3;
}

static void add_item(struct p12_writing *w, struct p12_safe *safe, bool nested)
{
    if (w->item_count == w->item_cap) {
        w->item_cap = w->item_cap ? w->item_cap * 2 : 64;
        w->items = ks_realloc(w->items, w->item_cap * sizeof *w->items);
    }
    w->items[w->item_count++] = (struct p12_item){.nested = nested};
    safe->count++;
}

static bool outline_bags(struct p12_writing *w, struct p12_safe *safe, struct ks_slice list,
                         unsigned depth)
{
    struct ks_slice inner;
    struct ks_tlv bag;
    struct p12_view v;

    while (list.len > 0) {
        if (!ks_der_next(&list, &bag))
            return false;
        if (is_nested(bag.whole, depth, &v, &inner)) {
            if (!outline_bags(w, safe, inner, depth + 1))
                return false;
            continue;
        }
        add_item(w, safe, depth > 0);
        if (depth == 0 && ks_p12_view(bag.whole, &v))
            note_kind(safe, v.type);
    }
    return true;
}

static bool outline_contents(struct p12_writing *w, struct p12_safe *safe)
{
    struct ks_slice in = safe->contents;
    struct ks_tlv list;

    return ks_der_expect(&in, KS_DER_SEQUENCE, &list) && outline_bags(w, safe, list.body, 0);
}

/* The decrypted contents of each encrypted safe: a blob of an entry that has a piece in it. */
static void find_contents(struct p12_writing *w, const struct ks_entry *e)
{
    bool open = e->kind != KS_KIND_LOCKED;

    for (uint32_t i = 0; i < e->piece_count; i++) {
        const struct ks_piece *p = &e->pieces[i];
        if (p->where == 0 || p->where > w->safe_count)
            continue;
        struct p12_safe *safe = &w->safes[p->where - 1];
        safe->seen = true;
        for (uint32_t j = 0; open && safe->encrypted && !safe->contents.data && j < e->blob_count;
             j++)
            if (p->raw.data >= e->blobs[j]->data &&
                p->raw.data < e->blobs[j]->data + e->blobs[j]->len)
                safe->contents = ks_blob_slice(e->blobs[j]);
    }
}

static bool know_items(struct p12_writing *w, const struct ks_entry *e)
{
    for (uint32_t i = 0; i < e->piece_count; i++) {
        const struct ks_piece *p = &e->pieces[i];
        if (p->where == 0 || p->where > w->safe_count || p->flags >= w->safes[p->where - 1].count)
            return false;
        struct p12_item *item = &w->items[w->safes[p->where - 1].first + p->flags];
        item->raw = p->raw;
        item->known = true;
    }
    return true;
}

/* A ContentInfo of type data: its octets, in DER. */
static bool clear_contents(struct p12_writing *w, struct p12_safe *safe)
{
    struct ks_slice in = safe->raw;
    struct ks_tlv info, oid, wrapped, octets;
    uint32_t ignored;

    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &info) ||
        !ks_der_expect(&info.body, KS_DER_OID, &oid) ||
        !ks_slice_equal(oid.whole, ks_slice(OID_DATA, sizeof OID_DATA - 1)) ||
        !ks_der_expect(&info.body, KS_DER_CONTEXT_CONS(0), &wrapped) ||
        !ks_der_expect(&wrapped.body, KS_DER_OCTET_STRING, &octets))
        return false;
    safe->contents = ks_p12_level(&w->file, octets.body, &ignored);
    safe->rewritten = safe->contents.data != octets.body.data;
    return true;
}

static bool outline_safes(struct p12_writing *w)
{
    uint32_t blob = w->file.octets_blob;
    struct ks_slice in = ks_p12_level(&w->file, w->file.octets, &blob);
    struct ks_tlv list, info;

    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &list))
        return false;
    while (list.body.len > 0) {
        struct ks_buf joined = KS_BUF_INIT;
        struct ks_slice data;
        if (!ks_der_next(&list.body, &info))
            return false;
        struct p12_safe *safe = ks_p12_new_safe(w);
        safe->raw = info.whole;
        safe->contents = ks_slice(NULL, 0);
        if (!clear_contents(w, safe))
            safe->encrypted = ks_p12_encrypted_parts(info.whole, &safe->alg, &data, &joined);
        safe->rewritten = safe->rewritten || joined.data;
        ks_buf_free(&joined);
    }
    return true;
}

static bool outline(struct p12_writing *w)
{
    if (!outline_safes(w))
        return false;
    for (size_t i = 0; i < w->first->count; i++)
        find_contents(w, w->first->entries[i]);
    for (uint32_t i = 0; i < w->safe_count; i++) {
        struct p12_safe *safe = &w->safes[i];
        safe->first = w->item_count;
        if (safe->encrypted && !safe->seen)
            safe->contents = ks_slice("\x30\x00", 2); /* opened, and empty */
        if (!safe->contents.data)
            add_item(w, safe, false); /* closed, one item as a whole */
        else if (!outline_contents(w, safe))
            return false;
    }
    for (size_t i = 0; i < w->first->count; i++)
        if (!know_items(w, w->first->entries[i]))
            return false;
    return true;
}

/* ---- passwords ---- */

static enum ks_code needs_password(struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            "not written: the keystore's password is needed");
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "open it with its password");
}

static bool same_password(const struct ks_secret *a, const struct ks_secret *b)
{
    return a == b || (a && b && ks_secret_equal(a, b));
}

/* The closed safe opens with the old password: it was only never asked for. */
static enum ks_code opens(struct p12_writing *w, const struct p12_safe *safe, bool *yes,
                          struct ks_error *err)
{
    struct ks_slice alg, data;
    struct ks_buf joined = KS_BUF_INIT;
    struct ks_blob *plain = NULL;
    enum ks_code rc = KS_OK;

    *yes = false;
    if (ks_p12_encrypted_parts(safe->raw, &alg, &data, &joined)) {
        rc = ks_pbe_decrypt_blob(alg, data, w->first->password, KS_EMPTY_BMP, w->job, &plain, err);
        *yes = rc == KS_OK && ks_der_peek(ks_blob_slice(plain)) == KS_DER_SEQUENCE;
        ks_blob_unref(plain);
    }
    ks_buf_free(&joined);
    return rc == KS_ERR_CANCELLED ? rc : KS_OK;
}

/* Contents that nobody opened would stay under the old password. */
static enum ks_code check_closed(struct p12_writing *w, struct ks_error *err)
{
    for (uint32_t i = 0; i < w->safe_count; i++) {
        const struct p12_safe *safe = &w->safes[i];
        bool yes = !w->first->password;
        if (!safe->encrypted || safe->contents.data || !w->items[safe->first].known)
            continue;
        enum ks_code rc = w->first->password ? opens(w, safe, &yes, err) : KS_OK;
        if (rc != KS_OK)
            return rc;
        if (!yes)
            continue;
        ks_fail(err, KS_ERR_REFUSED, "locked-parts",
                "not written: encrypted contents that were not opened would keep the old password");
        return ks_fail_next(err, KS_ERR_REFUSED,
                            "open the keystore with its password, and change it then");
    }
    return KS_OK;
}

/* The file was read without a password: is it the one given since? */
static enum ks_code check_given(struct p12_writing *w, struct ks_error *err)
{
    const struct ks_blob *disk = w->store->disk;
    bool as_read = !disk || disk->data == w->store->file->data;

    if (!w->file.mac.data || w->store->integrity != KS_INTEGRITY_UNVERIFIED || !as_read)
        return KS_OK;
    if (!w->first->password)
        return w->changed_password ? needs_password(err) : KS_OK;
    w->file.password = w->first->password;
    enum ks_code rc = ks_p12_mac(&w->file, err);
    if (rc == KS_OK)
        rc = ks_p12_mac_wait(&w->file, err);
    return rc;
}

enum ks_code ks_p12_find_empty(struct p12_file *f, struct ks_error *err)
{
    struct ks_error quiet = {0};
    enum ks_code rc = KS_OK;

    f->empty = KS_EMPTY_BMP;
    if (!f->password || !ks_secret_is_empty(f->password) || f->empty_known)
        return KS_OK;
    if (f->mac.data)
        rc = ks_p12_mac(f, &quiet);
    if (rc == KS_OK && !f->empty_known)
        rc = ks_p12_walk(f, &quiet); /* the first safe that opens tells */
    if (rc == KS_ERR_CANCELLED && err)
        *err = quiet;
    return rc == KS_ERR_CANCELLED ? rc : KS_OK;
}

static enum ks_code find_empty(struct p12_writing *w, struct ks_error *err)
{
    const struct ks_secret *password = w->version->password;
    struct p12_file *f = &w->file;

    if (password && ks_secret_is_empty(password) && same_password(w->first->password, password)) {
        f->password = password;
        enum ks_code rc = ks_p12_find_empty(f, err);
        if (rc != KS_OK)
            return rc;
    }
    f->password = password;
    return KS_OK;
}

/* ---- SafeContents ---- */

static bool put_bags(const struct p12_writing *w, const struct p12_safe *safe, struct ks_slice list,
                     unsigned depth, uint32_t *index, struct ks_buf *out);

/* False when all that was in it is gone, and it with them. */
static bool put_nested(const struct p12_writing *w, const struct p12_safe *safe,
                       struct ks_slice raw, struct ks_slice inner, const struct p12_view *v,
                       unsigned depth, uint32_t *index, struct ks_buf *out)
{
    struct ks_buf bags = {.secret = true}, value = {.secret = true};
    uint32_t before = *index;
    bool any = put_bags(w, safe, inner, depth + 1, index, &bags) || *index == before;

    if (any && ks_slice_equal(slice_of(&bags), inner)) {
        ks_buf_slice(out, raw);
    } else if (any) {
        struct ks_buf seq = {.secret = true};
        struct p12_change change = {0};
        ks_der_put(&seq, KS_DER_SEQUENCE, slice_of(&bags));
        ks_buf_slice(&value, v->oid);
        ks_der_put(&value, KS_DER_CONTEXT_CONS(0), slice_of(&seq));
        change.value = slice_of(&value);
        ks_p12_rewrite(raw, &change, out);
        ks_buf_wipe_free(&seq);
    }
    ks_buf_wipe_free(&bags);
    ks_buf_wipe_free(&value);
    return any;
}

static bool put_bags(const struct p12_writing *w, const struct p12_safe *safe, struct ks_slice list,
                     unsigned depth, uint32_t *index, struct ks_buf *out)
{
    struct ks_slice inner;
    struct ks_tlv bag;
    struct p12_view v;
    bool any = false;

    while (ks_der_next(&list, &bag)) {
        if (is_nested(bag.whole, depth, &v, &inner)) {
            any = put_nested(w, safe, bag.whole, inner, &v, depth, index, out) || any;
            continue;
        }
        const struct p12_item *item = &w->items[safe->first + (*index)++];
        if (item->known && item->users == 0)
            continue;
        any = true;
        if (item->change)
            ks_p12_rewrite(bag.whole, item->change, out);
        else
            ks_buf_slice(out, bag.whole);
    }
    return any;
}

bool ks_p12_contents(const struct p12_writing *w, const struct p12_safe *safe, struct ks_buf *out)
{
    struct ks_slice in = safe->contents;
    struct ks_buf bags = {.secret = true};
    struct ks_tlv list;
    uint32_t index = 0;

    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &list))
        return false;
    bool any = put_bags(w, safe, list.body, 0, &index, &bags) || safe->added.len ||
               (safe->raw.data && safe->count == 0);
    ks_buf_slice(&bags, slice_of(&safe->added));
    if (any)
        ks_der_put(out, KS_DER_SEQUENCE, slice_of(&bags));
    ks_buf_wipe_free(&bags);
    return any;
}

static bool is_touched(const struct p12_writing *w, const struct p12_safe *safe)
{
    for (uint32_t i = 0; i < safe->count; i++) {
        const struct p12_item *item = &w->items[safe->first + i];
        if (item->change || (item->known && item->users == 0))
            return true;
    }
    return safe->added.len > 0;
}

/* ---- safes ---- */

static bool upgrades(const struct p12_writing *w)
{
    return w->protect || w->version->protection != KS_PROTECT_KEEP;
}

static enum ks_pbe_profile profile(const struct p12_writing *w)
{
    return w->version->protection == KS_PROTECT_LEGACY ? KS_PBE_LEGACY : KS_PBE_MODERN;
}

/* A new safe is encrypted as the last one that holds certificates, and then as the last of all. */
static struct ks_slice usual_alg(const struct p12_writing *w)
{
    struct ks_slice found = ks_slice(NULL, 0);
    bool certs = false;

    for (uint32_t i = 0; i < w->safe_count; i++) {
        const struct p12_safe *safe = &w->safes[i];
        if (safe->alg.data && (safe->certs || !certs) && ks_pbe_can_encrypt(safe->alg)) {
            found = safe->alg;
            certs = safe->certs;
        }
    }
    return found;
}

static enum ks_code new_alg(const struct p12_writing *w, const struct p12_safe *safe,
                            struct ks_buf *alg, struct ks_error *err)
{
    struct ks_slice like = safe->alg.data ? safe->alg : usual_alg(w);

    if (upgrades(w) || !like.data)
        return ks_pbe_make(profile(w), alg, err);
    return ks_pbe_renew(like, alg, err);
}

/* EncryptedData ::= SEQUENCE { version, SEQUENCE { data, AlgorithmIdentifier, [0] octets } } */
static void put_encrypted(struct ks_slice alg, struct ks_slice ciphertext, struct ks_buf *out)
{
    struct ks_buf info = KS_BUF_INIT, data = KS_BUF_INIT, seq = KS_BUF_INIT, body = KS_BUF_INIT;

    ks_buf_append(&info, OID_DATA, sizeof OID_DATA - 1);
    ks_buf_slice(&info, alg);
    ks_der_put(&info, KS_DER_CONTEXT(0), ciphertext);
    ks_buf_append(&data, VERSION_0, sizeof VERSION_0 - 1);
    ks_der_put(&data, KS_DER_SEQUENCE, slice_of(&info));
    ks_der_put(&seq, KS_DER_SEQUENCE, slice_of(&data));
    ks_buf_append(&body, OID_ENCRYPTED, sizeof OID_ENCRYPTED - 1);
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), slice_of(&seq));
    ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
    ks_buf_free(&info);
    ks_buf_free(&data);
    ks_buf_free(&seq);
    ks_buf_free(&body);
}

static enum ks_code encrypt_safe(struct p12_writing *w, const struct p12_safe *safe,
                                 struct ks_slice contents, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf alg = KS_BUF_INIT, ciphertext = KS_BUF_INIT;
    enum ks_code rc = w->version->password ? new_alg(w, safe, &alg, err) : needs_password(err);

    if (rc == KS_OK)
        rc = ks_pbe_encrypt(slice_of(&alg), contents, w->version->password, w->file.empty, w->job,
                            &ciphertext, err);
    if (rc == KS_OK)
        put_encrypted(slice_of(&alg), slice_of(&ciphertext), out);
    ks_buf_free(&alg);
    ks_buf_free(&ciphertext);
    return rc;
}

/* As it was; the ciphertext of what was opened in one, if it came in segments. */
static void put_old(const struct p12_safe *safe, struct ks_buf *out)
{
    struct ks_slice alg, data;
    struct ks_buf joined = KS_BUF_INIT;

    if (safe->contents.data && safe->rewritten &&
        ks_p12_encrypted_parts(safe->raw, &alg, &data, &joined))
        put_encrypted(alg, data, out);
    else
        ks_buf_slice(out, safe->raw);
    ks_buf_free(&joined);
}

static enum ks_code put_safe(struct p12_writing *w, const struct p12_safe *safe, struct ks_buf *out,
                             struct ks_error *err)
{
    bool wraps = upgrades(w) && w->version->password && safe->certs; /* also what was clear */
    bool again = safe->encrypted && (w->changed_password || upgrades(w));
    struct ks_buf contents = {.secret = true};
    enum ks_code rc = KS_OK;

    if (!ks_job_advance(w->job, 0))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while writing");
    if (!safe->contents.data) {
        if (!is_touched(w, safe))
            put_old(safe, out);
        return KS_OK;
    }
    bool kept = safe->raw.data && (safe->encrypted || !safe->rewritten);
    if (kept && !again && !wraps && !is_touched(w, safe)) {
        put_old(safe, out);
        return KS_OK;
    }
    if (!ks_p12_contents(w, safe, &contents))
        rc = KS_OK; /* nothing is left of it */
    else if (safe->encrypted || wraps)
        rc = encrypt_safe(w, safe, slice_of(&contents), out, err);
    else
        ks_p12_put_data(slice_of(&contents), out);
    ks_buf_wipe_free(&contents);
    return rc;
}

static enum ks_code put_safes(struct p12_writing *w, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf list = {.secret = true};
    enum ks_code rc = KS_OK;

    ks_job_phase(w->job, "writing the items", 0);
    for (uint32_t i = 0; i < w->safe_count && rc == KS_OK; i++)
        rc = put_safe(w, &w->safes[i], &list, err);
    if (rc == KS_OK)
        ks_der_put(out, KS_DER_SEQUENCE, slice_of(&list));
    ks_buf_wipe_free(&list);
    return rc;
}

/* ---- the file ---- */

static enum ks_code put_mac(struct p12_writing *w, struct ks_slice octets, struct ks_buf *out,
                            struct ks_error *err)
{
    bool made_here = w->store->file->len == 0;
    bool wanted = w->file.mac.data || (w->version->password && (made_here || upgrades(w)));
    enum ks_protection how = w->version->protection;

    if (!wanted)
        return KS_OK;
    if (w->file.mac.data && !upgrades(w) && !w->changed_password &&
        ks_slice_equal(octets, w->file.octets)) {
        ks_buf_slice(out, w->file.mac);
        return KS_OK;
    }
    if (!w->version->password)
        return needs_password(err);
    if (how == KS_PROTECT_KEEP && !w->file.mac.data)
        how = KS_PROTECT_MODERN;
    return ks_p12_mac_make(&w->file, how, octets, out, err);
}

static enum ks_code put_file(struct p12_writing *w, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf octets = {.secret = true}, body = {.secret = true};
    enum ks_code rc = put_safes(w, &octets, err);

    ks_buf_append(&body, VERSION_3, sizeof VERSION_3 - 1);
    if (rc == KS_OK) {
        ks_p12_put_data(slice_of(&octets), &body);
        rc = put_mac(w, slice_of(&octets), &body, err);
    }
    if (rc == KS_OK)
        ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
    if (rc == KS_OK && (octets.overflow || body.overflow || out->overflow))
        rc = ks_fail(err, KS_ERR_LIMIT, "too-large", "not written: the file would be too large");
    ks_buf_wipe_free(&octets);
    ks_buf_wipe_free(&body);
    return rc;
}

static enum ks_code damaged(struct ks_error *err)
{
    ks_fail(err, KS_ERR_REFUSED, "damaged",
            "not written: the file is damaged, and what cannot be read of it would be lost");
    return ks_fail_next(err, KS_ERR_REFUSED, "save what can be read to a new keystore");
}

static enum ks_code save(struct p12_writing *w, struct ks_buf *out, struct ks_error *err)
{
    enum ks_code rc = KS_OK;

    if (w->store->file->len) {
        if (w->store->notes & KS_STORE_DAMAGED)
            return damaged(err);
        rc = ks_p12_outside(&w->file, err);
        if (rc == KS_OK && !outline(w))
            rc = inconsistent(err);
        if (rc == KS_OK)
            rc = check_given(w, err);
        if (rc == KS_OK && w->changed_password)
            rc = check_closed(w, err);
    }
    bool open = !w->file.mac.data;
    for (uint32_t i = 0; i < w->safe_count; i++)
        open = open && !w->safes[i].encrypted;
    w->protect = w->store->file->len && open && w->changed_password && w->version->password;
    if (rc == KS_OK)
        rc = find_empty(w, err);
    if (rc == KS_OK)
        rc = ks_p12_plan(w, err);
    if (rc == KS_OK)
        rc = ks_p12_pin_keys(w, err);
    return rc == KS_OK ? put_file(w, out, err) : rc;
}

static void release(struct p12_writing *w)
{
    for (uint32_t i = 0; i < w->item_count; i++)
        free(w->items[i].change);
    for (uint32_t i = 0; i < w->safe_count; i++)
        ks_buf_wipe_free(&w->safes[i].added);
    for (size_t i = 0; i < w->made_count; i++)
        ks_blob_unref(w->made[i]);
    ks_p12_table_free(&w->by_der);
    ks_index_drop(&w->ids);
    free(w->items);
    free(w->safes);
    free(w->made);
    free(w->certs);
    ks_p12_release(&w->file);
}

enum ks_code ks_p12_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct p12_writing w = {.store = store, .version = version, .first = ks_p12_first(store)};
    struct ks_job *own = job ? NULL : ks_job_new(); /* counts the rounds of key derivation */

    w.job = job ? job : own;
    w.stand_in.file = store->file;
    w.file = (struct p12_file){.store = &w.stand_in, .job = w.job};
    (void)ks_p12_blob(&w.file, ks_blob_ref(store->file));
    w.changed_password = store->file->len && !same_password(w.first->password, version->password);
    enum ks_code rc = save(&w, out, err);
    release(&w);
    ks_job_free(own);
    return rc;
}
