/*
 * Writing the records of BKS and UBER. A record that was read from the store's own file and not
 * edited goes out as it came in; of an edited one everything stays that the edit did not name: the
 * chain that a certificate may have here, names of certificate types, a key in clear. The version
 * of the file stays too: what reads only version 1 (Android up to 3) cannot read version 2.
 */
#include "format/bks_internal.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ADVANCE_EVERY 256 /* records between two looks at the job */

/* ---- numbers and strings ---- */

void ks_bks_put_u16(struct ks_buf *out, size_t v)
{
    ks_buf_byte(out, (uint8_t)(v >> 8));
    ks_buf_byte(out, (uint8_t)v);
}

void ks_bks_put_u32(struct ks_buf *out, uint32_t v)
{
    ks_bks_put_u16(out, v >> 16);
    ks_bks_put_u16(out, v & 0xffff);
}

void ks_bks_put_utf(struct ks_buf *out, struct ks_slice bytes)
{
    ks_bks_put_u16(out, bytes.len);
    ks_buf_slice(out, bytes);
}

void ks_bks_put_block(struct ks_buf *out, struct ks_slice bytes)
{
    ks_bks_put_u32(out, (uint32_t)bytes.len);
    ks_buf_slice(out, bytes);
}

/* ---- what fits ---- */

static bool alias_fits(const char *alias)
{
    struct ks_buf encoded = KS_BUF_INIT;

    if (strlen(alias) <= KS_BKS_MAX_ALIAS / 2) /* modified UTF-8 is at most half as long again */
        return true;
    ks_text_to_modified_utf8(alias, &encoded);
    bool fits = encoded.len <= KS_BKS_MAX_ALIAS;
    ks_buf_free(&encoded);
    return fits;
}

/* What was in a file of this type stays in it, whatever it is. */
static const char *refuses(const struct ks_entry *entry, const struct ks_format *format)
{
    static const char *const kinds[] = {
        [KS_KIND_CERT] = "BKS and UBER hold certificates as trusted ones or in a chain, not loose",
        [KS_KIND_REQUEST] = "BKS and UBER hold no certificate requests",
        [KS_KIND_CRL] = "BKS and UBER hold no revocation lists",
        [KS_KIND_PUBLIC] = "BKS and UBER hold no public keys without a certificate",
        [KS_KIND_OPAQUE] = "BKS and UBER hold only what ksx can read",
        [KS_KIND_LOCKED] = "it is still locked",
    };
    if (!alias_fits(entry->alias))
        return "its name is longer than 65,535 bytes, which BKS and UBER cannot hold";
    if (entry->home == format && entry->piece_count > 0)
        return NULL;
    if (entry->kind == KS_KIND_KEY && entry->chain_len == 0)
        return "BKS and UBER hold no private keys without a certificate";
    return kinds[entry->kind];
}

const char *ks_bks_refuses(const struct ks_entry *entry)
{
    return refuses(entry, &ks_format_bks);
}

const char *ks_uber_refuses(const struct ks_entry *entry)
{
    return refuses(entry, &ks_format_uber);
}

/* ---- records ---- */

/* What a record is made of; where data is NULL it is made from the entry. */
struct parts {
    uint8_t type;
    struct ks_slice alias;
    int64_t created;
    struct ks_slice chain; /* with its number of certificates */
    struct ks_slice body;
};

/* The record that the reader has read, and bounded, before. */
static bool take_apart(const struct ks_entry *e, struct parts *out)
{
    struct ks_bks_walk w = ks_bks_walk(e->pieces[0].raw, 0);
    struct ks_bks_record rec;

    if (!ks_bks_next(&w, &rec))
        return false;
    *out = (struct parts){rec.type, rec.alias, rec.created, rec.chain, rec.body};
    return true;
}

/* The one certificate of a trusted entry is its body; its chain is nobody's. */
static void overrule(struct parts *p, const struct ks_entry *e)
{
    if (e->edited & KS_EDITED_ALIAS)
        p->alias = ks_slice(NULL, 0);
    if (e->edited & KS_EDITED_DATE)
        p->created = e->created;
    if (e->edited & KS_EDITED_CHAIN && p->type == KS_BKS_CERT)
        p->body = ks_slice(NULL, 0);
    else if (e->edited & KS_EDITED_CHAIN)
        p->chain = ks_slice(NULL, 0);
    if (e->edited & KS_EDITED_KEY) {
        p->type = KS_BKS_SEALED;
        p->body = ks_slice(NULL, 0);
    }
}

static struct parts made_from(const struct ks_entry *e)
{
    return (struct parts){
        .type = e->kind == KS_KIND_TRUSTED ? KS_BKS_CERT : KS_BKS_SEALED,
        .created = e->created == KS_TIME_NONE ? ks_now() * 1000 : e->created,
    };
}

static void put_alias(struct ks_buf *out, const struct parts *p, const struct ks_entry *e)
{
    struct ks_buf encoded = KS_BUF_INIT;

    if (!p->alias.data)
        ks_text_to_modified_utf8(e->alias, &encoded);
    ks_bks_put_utf(out, p->alias.data ? p->alias : ks_slice(encoded.data, encoded.len));
    ks_buf_free(&encoded);
}

static void put_cert(struct ks_buf *out, const struct ks_cert *cert)
{
    ks_bks_put_utf(out, ks_slice_str("X.509"));
    ks_bks_put_block(out, ks_cert_der(cert));
}

static void put_chain(struct ks_buf *out, const struct parts *p, const struct ks_entry *e)
{
    if (p->chain.data) {
        ks_buf_slice(out, p->chain);
        return;
    }
    uint32_t len = p->type == KS_BKS_CERT ? 0 : e->chain_len;
    ks_bks_put_u32(out, len);
    for (uint32_t i = 0; i < len; i++)
        put_cert(out, &e->chain[i]);
}

static void put_body(struct ks_buf *out, const struct parts *p, const struct ks_entry *e)
{
    if (p->body.data)
        ks_buf_slice(out, p->body);
    else if (p->type == KS_BKS_CERT)
        put_cert(out, &e->chain[0]);
    else
        ks_bks_put_block(out, e->key);
}

static void put_record(struct ks_buf *out, const struct parts *p, const struct ks_entry *e)
{
    ks_buf_byte(out, p->type);
    put_alias(out, p, e);
    ks_bks_put_u32(out, (uint32_t)((uint64_t)p->created >> 32));
    ks_bks_put_u32(out, (uint32_t)p->created);
    put_chain(out, p, e);
    put_body(out, p, e);
}

static const char *why_not(const struct ks_store *store, const struct ks_entry *e, bool own)
{
    if (e->kind == KS_KIND_TRUSTED && e->chain_len != 1)
        return "a trusted certificate is one certificate";
    if (e->edited & KS_EDITED_KEY && !ks_bks_is_sealed(e))
        return "its new key is not protected as BKS and UBER do";
    const char *why = store->format->refuses(e);
    if (why || own || e->kind == KS_KIND_TRUSTED)
        return why;
    return ks_bks_is_sealed(e) ? NULL : "its key is not protected as BKS and UBER do";
}

static enum ks_code put_entry(const struct ks_store *store, const struct ks_entry *e,
                              struct ks_buf *out, struct ks_error *err)
{
    bool own = e->home == store->format && e->piece_count == 1;
    struct parts p;

    if (own && !e->edited) {
        ks_buf_slice(out, e->pieces[0].raw);
        return KS_OK;
    }
    const char *why = why_not(store, e, own);
    if (why) {
        ks_fail(err, KS_ERR_REFUSED, "type-loss", "not written: %.200s: %s", e->alias, why);
        return ks_fail_next(err, KS_ERR_REFUSED, "leave the entry out, or choose another type");
    }
    if (own && !take_apart(e, &p))
        return ks_fail(err, KS_ERR_DAMAGED, "damaged", "not written: the record of %.200s is cut",
                       e->alias);
    if (own)
        overrule(&p, e);
    else
        p = made_from(e);
    put_record(out, &p, e);
    return KS_OK;
}

static enum ks_code too_large(struct ks_error *err)
{
    ks_fail(err, KS_ERR_LIMIT, "limit",
            "not written: the keystore would be larger than what ksx reads");
    return ks_fail_next(err, KS_ERR_LIMIT, "spread its entries over two keystores");
}

enum ks_code ks_bks_put_records(const struct ks_store *store, const struct ks_version *version,
                                struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    ks_job_phase(job, "writing entries", version->count);
    for (size_t i = 0; i < version->count; i++) {
        enum ks_code rc = put_entry(store, version->entries[i], out, err);
        if (rc != KS_OK)
            return rc;
        if (i % ADVANCE_EVERY == 0 && !ks_job_advance(job, i))
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while writing entries");
    }
    ks_buf_byte(out, KS_BKS_END);
    return out->overflow ? too_large(err) : KS_OK;
}

/* ---- files ---- */

void ks_bks_put_header(const struct ks_bks_header *h, struct ks_buf *out)
{
    ks_bks_put_u32(out, h->version);
    ks_bks_put_block(out, h->salt);
    ks_bks_put_u32(out, h->rounds);
}

enum ks_code ks_bks_new_header(const struct ks_store *store, uint32_t version, struct ks_buf *room,
                               struct ks_bks_header *out, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(store->file);
    static const uint8_t salt[KS_BKS_SALT];
    uint32_t rounds;

    *out = (struct ks_bks_header){.version = version, .salt = ks_slice(salt, sizeof salt)};
    if (file.len > 0 && !ks_bks_header(file, out))
        return ks_fail(err, KS_ERR_DAMAGED, "damaged", "%.200s was not written: its header is cut",
                       ks_path_shown(store->path));
    ks_buf_slice(room, out->salt); /* for its length */
    enum ks_code rc = ks_bks_renew(room->data, room->len, &rounds, err);
    out->salt = ks_slice(room->data, room->len);
    /* What no reader takes cannot stay: such a file was listed without its password. */
    if (file.len == 0 || out->rounds > KS_BKS_MAX_ROUNDS)
        out->rounds = rounds;
    return rc;
}

/* Nothing secret comes from the salt of a MAC: under the same password it stays, and a file that
 * was not edited is written as it was. */
static enum ks_code choose_header(const struct ks_store *store, const struct ks_version *version,
                                  struct ks_buf *room, struct ks_bks_header *out,
                                  struct ks_error *err)
{
    if (store->file->len > 0 && store->password &&
        ks_secret_equal(store->password, version->password) &&
        ks_bks_header(ks_blob_slice(store->file), out))
        return KS_OK;
    return ks_bks_new_header(store, 2, room, out, err);
}

void ks_bks_put_trailing(const struct ks_store *store, struct ks_slice from, size_t records,
                         struct ks_buf *out)
{
    struct ks_bks_walk w = ks_bks_walk(from, records);
    struct ks_bks_record rec;

    if (!(store->notes & KS_STORE_TRAILING))
        return;
    while (ks_bks_next(&w, &rec))
        continue;
    ks_buf_slice(out, ks_slice_part(from, ks_reader_offset(&w.r) + KS_BKS_DIGEST, from.len));
}

static void put_trailing(const struct ks_store *store, struct ks_buf *out)
{
    struct ks_bks_header header;

    if (ks_bks_header(ks_blob_slice(store->file), &header))
        ks_bks_put_trailing(store, ks_blob_slice(store->file), header.len, out);
}

static enum ks_code put_file(const struct ks_store *store, const struct ks_version *version,
                             const struct ks_bks_header *header, struct ks_job *job,
                             struct ks_buf *out, struct ks_error *err)
{
    uint8_t mac[KS_BKS_DIGEST];

    ks_bks_put_header(header, out);
    size_t start = out->len;
    enum ks_code rc = ks_bks_put_records(store, version, job, out, err);
    if (rc == KS_OK)
        rc = ks_bks_mac(header, version->password, ks_slice(out->data + start, out->len - start),
                        mac, job, err);
    if (rc != KS_OK)
        return rc;
    ks_buf_append(out, mac, sizeof mac);
    put_trailing(store, out);
    return out->overflow ? too_large(err) : KS_OK;
}

enum ks_code ks_bks_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf room = KS_BUF_INIT;
    struct ks_bks_header header;

    if (!version->password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "%.200s was not written: its MAC needs the password", ks_path_shown(store->path));
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "unlock the keystore");
    }
    enum ks_code rc = choose_header(store, version, &room, &header, err);
    if (rc == KS_OK)
        rc = put_file(store, version, &header, job, out, err);
    ks_buf_free(&room);
    return rc;
}
