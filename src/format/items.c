#include "format/items.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/loose_key.h"
#include "format/pbe.h"
#include "format/pkcs7.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life cycle ---- */

void ks_items_init(struct ks_items *set, struct ks_store *store, struct ks_job *job)
{
    *set = (struct ks_items){.store = store, .job = job};
}

void ks_items_drop(struct ks_items *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->at[i].comment);
    for (size_t i = 0; i < set->blob_count; i++)
        ks_blob_unref(set->blobs[i]);
    free(set->at);
    free(set->certs);
    free(set->cert_item);
    free(set->blobs);
    ks_items_init(set, set->store, set->job);
}

struct ks_blob *ks_items_keep(struct ks_items *set, struct ks_blob *blob)
{
    /* Grows by doubling at powers of two. */
    if ((set->blob_count & (set->blob_count - 1)) == 0)
        set->blobs = ks_realloc(set->blobs, (set->blob_count ? 2 * set->blob_count : 1) *
                                                sizeof(struct ks_blob *));
    set->blobs[set->blob_count++] = blob;
    return blob;
}

/* ---- one item ---- */

static struct ks_item *push(struct ks_items *set, enum ks_item_type type, enum ks_kind kind,
                            struct ks_slice der, const struct ks_item_from *from)
{
    if (set->count >= KS_ITEMS_MAX) {
        set->full = true;
        return NULL;
    }
    if (set->count == set->cap) {
        set->cap = set->cap ? 2 * set->cap : 16;
        set->at = ks_realloc(set->at, set->cap * sizeof *set->at);
    }
    struct ks_item *item = &set->at[set->count++];
    *item = (struct ks_item){
        .type = (uint8_t)type,
        .kind = (uint8_t)kind,
        .where = from->where,
        .cert = KS_ITEM_NO_CERT,
        .der = der,
        .raw = from->raw,
        .name = from->name,
        .local_id = from->local_id,
        .label = from->label,
        .blob = from->blob,
        .comment = from->remark ? ks_strdup(from->remark) : NULL,
    };
    set->tally.n[type]++;
    return item;
}

/* Adds words to the comment. */
static void remark(struct ks_item *item, const char *words)
{
    char *old = item->comment;
    item->comment = old ? ks_asprintf("%s; %s", old, words) : ks_strdup(words);
    free(old);
}

void ks_items_opaque(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from,
                     const char *fmt, ...)
{
    char words[256];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    struct ks_item *item = push(set, KS_ITEM_UNKNOWN, KS_KIND_OPAQUE, der, from);
    if (item)
        remark(item, words);
}

/* ---- certificates ---- */

static struct ks_item *add_cert(struct ks_items *set, struct ks_slice der,
                                const struct ks_item_from *from)
{
    struct ks_item *item = push(set, KS_ITEM_CERT, KS_KIND_CERT, der, from);
    if (!item)
        return NULL;
    if (set->cert_count == set->cert_cap) {
        set->cert_cap = set->cert_cap ? 2 * set->cert_cap : 16;
        set->certs = ks_realloc(set->certs, set->cert_cap * sizeof *set->certs);
        set->cert_item = ks_realloc(set->cert_item, set->cert_cap * sizeof *set->cert_item);
    }
    item->cert = (uint32_t)set->cert_count++;
    set->cert_item[item->cert] = (uint32_t)(set->count - 1);
    if (!ks_cert_skim(der, &set->certs[item->cert])) {
        item->notes |= KS_NOTE_CERT_BROKEN;
        remark(item, "cannot be parsed as an X.509 certificate");
        set->bad++;
    }
    return item;
}

/* OIDs of an X509_CERT_AUX list in words. */
static void aux_uses(struct ks_slice list, const char *title, struct ks_buf *out)
{
    struct ks_tlv oid;
    const char *separator = title;
    while (ks_der_expect(&list, KS_DER_OID, &oid)) {
        ks_buf_str(out, separator);
        ks_oid_text(oid.body, out);
        separator = ", ";
    }
}

/* X509_CERT_AUX ::= SEQUENCE { SEQUENCE OF OID trust OPTIONAL, [0] SEQUENCE OF OID reject OPTIONAL,
 *   UTF8String alias OPTIONAL, OCTET STRING keyid OPTIONAL, [1] other OPTIONAL }
 * (OpenSSL, crypto/x509/x_x509a.c) */
static void read_aux(struct ks_item *item, struct ks_slice aux)
{
    struct ks_tlv whole, part;
    struct ks_buf words = KS_BUF_INIT;
    if (!ks_der_expect(&aux, KS_DER_SEQUENCE, &whole))
        return;
    struct ks_slice in = whole.body;
    if (ks_der_expect(&in, KS_DER_SEQUENCE, &part))
        aux_uses(part.body, "OpenSSL trusts it for ", &words);
    if (ks_der_expect(&in, KS_DER_CONTEXT_CONS(0), &part))
        aux_uses(part.body, words.len ? ", rejects it for " : "OpenSSL rejects it for ", &words);
    if (ks_der_expect(&in, KS_DER_UTF8_STRING, &part) && part.body.len)
        item->name = part.body;
    if (words.len)
        remark(item, ks_buf_text(&words));
    ks_buf_free(&words);
}

static void add_trusted(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from)
{
    struct ks_slice rest = der;
    struct ks_tlv first;
    if (!ks_ber_next(&rest, &first)) {
        (void)add_cert(set, der, from);
        return;
    }
    struct ks_item *item = add_cert(set, first.whole, from);
    if (item)
        read_aux(item, rest);
}

static void add_crl(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from);

/* The members of a set, as certificates or as CRLs; others are kept unread. */
static void add_members(struct ks_items *set, struct ks_slice in, const struct ks_item_from *from,
                        bool crls)
{
    struct ks_part part;
    while (!set->full && ks_part_next(&in, &part)) {
        if (!part.whole) {
            set->cut = true;
            return;
        }
        if (part.tag != KS_DER_SEQUENCE)
            ks_items_opaque(set, part.raw, from,
                            crls ? "revocation information other than a CRL"
                                 : "attribute or other certificate");
        else if (crls)
            add_crl(set, part.raw, from);
        else
            (void)add_cert(set, part.raw, from);
    }
}

static void add_pkcs7(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from)
{
    struct ks_pkcs7 message;
    if (!ks_pkcs7_open(der, &message)) {
        ks_items_opaque(set, der, from, "PKCS#7 message that cannot be read");
        set->bad++;
        return;
    }
    size_t before = set->count;
    add_members(set, message.certs, from, false);
    add_members(set, message.crls, from, true);
    set->cut = set->cut || message.cut;
    if (set->count == before)
        ks_items_opaque(set, der, from, "PKCS#7 message without certificates or CRLs");
}

/* Java writes the anchor first (CertPath.getEncoded("PkiPath")); entries go leaf first. */
static void add_path(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from)
{
    struct ks_part outer;
    if (!ks_part_next(&der, &outer))
        return;
    size_t first = set->count, first_cert = set->cert_count;
    add_members(set, outer.body, from, false);
    set->cut = set->cut || !outer.whole;
    for (size_t i = first, j = set->count; i < j && i < --j; i++) {
        struct ks_item swapped = set->at[i];
        set->at[i] = set->at[j];
        set->at[j] = swapped;
    }
    for (size_t i = first; i < set->count && set->cert_count > first_cert; i++)
        if (set->at[i].cert != KS_ITEM_NO_CERT)
            set->cert_item[set->at[i].cert] = (uint32_t)i;
}

/* ---- requests, CRLs, public keys ---- */

/* These readers want DER; what came in BER is read from a copy. */
static struct ks_slice as_der(struct ks_items *set, struct ks_slice in, struct ks_item *item)
{
    struct ks_buf out = KS_BUF_INIT;
    if (ks_ber_is_der(in) || !ks_ber_to_der(in, &out)) {
        ks_buf_free(&out);
        return in;
    }
    size_t len = out.len;
    item->blob = ks_items_keep(set, ks_blob_take((uint8_t *)ks_buf_steal(&out), len, false));
    item->der = ks_blob_slice(item->blob);
    set->ber = true;
    return item->der;
}

static void add_request(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from)
{
    struct ks_request request;
    struct ks_item *item = push(set, KS_ITEM_REQUEST, KS_KIND_REQUEST, der, from);
    if (!item)
        return;
    item->key_format = "CertificationRequest";
    if (ks_request_skim(as_der(set, der, item), &request))
        return;
    item->kind = KS_KIND_OPAQUE;
    remark(item, "cannot be parsed as a certificate request");
    set->bad++;
}

static void add_crl(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from)
{
    struct ks_crl crl;
    char words[96], date[16];
    struct ks_item *item = push(set, KS_ITEM_CRL, KS_KIND_CRL, der, from);
    if (!item)
        return;
    item->key_format = "CertificateList";
    if (!ks_crl_skim(as_der(set, der, item), &crl)) {
        item->kind = KS_KIND_OPAQUE;
        remark(item, "cannot be parsed as a revocation list");
        set->bad++;
        return;
    }
    (void)snprintf(words, sizeof words, "%zu revoked, %s%s", crl.revoked,
                   crl.next_update == KS_TIME_NONE ? "no next update" : "next update ",
                   crl.next_update == KS_TIME_NONE ? "" : ks_time_date(crl.next_update, date));
    remark(item, words);
}

/* SubjectPublicKeyInfo around a PKCS#1 key, so that every public key can be described alike. */
static struct ks_blob *spki_of_rsa(struct ks_slice der)
{
    static const uint8_t rsa_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                            0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    struct ks_buf bits = KS_BUF_INIT, body = KS_BUF_INIT, spki = KS_BUF_INIT;
    ks_buf_byte(&bits, 0);
    ks_buf_slice(&bits, der);
    ks_buf_append(&body, rsa_algorithm, sizeof rsa_algorithm);
    ks_der_put(&body, KS_DER_BIT_STRING, ks_slice(bits.data, bits.len));
    ks_der_put(&spki, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    struct ks_blob *blob = ks_blob_copy(ks_slice(spki.data, spki.len));
    ks_buf_free(&bits);
    ks_buf_free(&body);
    ks_buf_free(&spki);
    return blob;
}

static void add_public(struct ks_items *set, enum ks_item_type type, struct ks_slice der,
                       const struct ks_item_from *from)
{
    struct ks_buf words = KS_BUF_INIT;
    struct ks_item *item = push(set, type, KS_KIND_PUBLIC, der, from);
    if (!item)
        return;
    item->key_format = "SubjectPublicKeyInfo";
    if (type == KS_ITEM_RSA_PUBLIC) {
        item->blob = ks_items_keep(set, spki_of_rsa(der));
        item->der = ks_blob_slice(item->blob);
    }
    ks_spki_describe(item->der, &words);
    remark(item, ks_buf_text(&words));
    ks_buf_free(&words);
}

/* ---- keys ---- */

static void add_key(struct ks_items *set, enum ks_item_type type, struct ks_slice der,
                    const struct ks_item_from *from)
{
    struct ks_slice algorithm, ciphertext;
    struct ks_item *item = push(set, type, KS_KIND_KEY, der, from);
    if (!item)
        return;
    item->key_format = ks_loose_key_format(type);
    if (type == KS_ITEM_SEALED_KEY) {
        set->weak = true; /* one round of MD5 whatever the cipher */
    } else if (type != KS_ITEM_EPKI) {
        item->notes |= KS_NOTE_KEY_CLEAR;
    } else if (ks_pbe_epki_parts(der, &algorithm, &ciphertext)) {
        bool weak = false;
        struct ks_buf ignored = KS_BUF_INIT;
        (void)ks_pbe_describe(algorithm, &ignored, &weak);
        ks_buf_free(&ignored);
        set->weak = set->weak || weak;
    }
}

static void add_parameters(struct ks_items *set, struct ks_slice der,
                           const struct ks_item_from *from)
{
    struct ks_item *item = push(set, KS_ITEM_PARAMETERS, KS_KIND_OPAQUE, der, from);
    if (item)
        remark(item, "parameters, no key");
}

static void add_pkcs7_other(struct ks_items *set, struct ks_slice der,
                            const struct ks_item_from *from)
{
    struct ks_part part, oid = {0};
    struct ks_slice in = der;
    if (ks_part_next(&in, &part))
        (void)ks_part_next(&part.body, &oid);
    const char *what = ks_pkcs7_content_type(oid.body);
    ks_items_opaque(set, der, from, "PKCS#7 %s, which carries no certificates to list",
                    what ? what : "message");
}

void ks_items_add(struct ks_items *set, enum ks_item_type type, struct ks_slice der,
                  const struct ks_item_from *from)
{
    switch (type) {
    case KS_ITEM_CERT:
        (void)add_cert(set, der, from);
        break;
    case KS_ITEM_TRUSTED_CERT:
        add_trusted(set, der, from);
        break;
    case KS_ITEM_PATH:
        add_path(set, der, from);
        break;
    case KS_ITEM_PKCS7:
        add_pkcs7(set, der, from);
        break;
    case KS_ITEM_PKCS7_OTHER:
        add_pkcs7_other(set, der, from);
        break;
    case KS_ITEM_PKCS8:
    case KS_ITEM_EPKI:
    case KS_ITEM_RSA_KEY:
    case KS_ITEM_DSA_KEY:
    case KS_ITEM_EC_KEY:
    case KS_ITEM_SEALED_KEY:
        add_key(set, type, der, from);
        break;
    case KS_ITEM_REQUEST:
        add_request(set, der, from);
        break;
    case KS_ITEM_CRL:
        add_crl(set, der, from);
        break;
    case KS_ITEM_SPKI:
    case KS_ITEM_RSA_PUBLIC:
        add_public(set, type, der, from);
        break;
    case KS_ITEM_PARAMETERS:
        add_parameters(set, der, from);
        break;
    case KS_ITEM_PKCS12:
        ks_items_opaque(set, der, from, "PKCS#12 store; ksx opens it as a file of its own");
        break;
    case KS_ITEM_UNKNOWN:
    case KS_ITEM_TYPES:
        ks_items_opaque(set, der, from, "not a structure that ksx knows");
        break;
    }
}

/* ---- finishing ---- */

#define CHAIN_MAX 34 /* certificates of one key; see ks_items_pair */

struct emission {
    struct ks_cert certs[CHAIN_MAX];
    struct ks_piece pieces[CHAIN_MAX];
    struct ks_blob *blobs[2 * CHAIN_MAX];
    size_t cert_count, piece_count, blob_count;
};

static void hold(struct emission *e, struct ks_blob *blob)
{
    for (size_t i = 0; i < e->blob_count; i++)
        if (e->blobs[i] == blob)
            return;
    if (blob)
        e->blobs[e->blob_count++] = blob;
}

static void emit_piece(struct emission *e, const struct ks_item *item)
{
    e->pieces[e->piece_count++] = (struct ks_piece){.raw = item->raw, .where = item->where};
    hold(e, item->blob);
}

static void emit_cert(struct emission *e, const struct ks_items *set, uint32_t cert)
{
    e->certs[e->cert_count++] = set->certs[cert];
    emit_piece(e, &set->at[set->cert_item[cert]]);
}

static void emit(struct ks_items *set, struct ks_item *item, const struct ks_item_chain *chain,
                 char *alias, struct ks_loading *into)
{
    struct emission e;
    e.cert_count = e.piece_count = e.blob_count = 0;
    hold(&e, set->store->file);
    if (item->cert != KS_ITEM_NO_CERT) {
        emit_cert(&e, set, item->cert);
    } else {
        emit_piece(&e, item);
        for (size_t i = 0; i < chain->len && i < CHAIN_MAX - 1; i++)
            emit_cert(&e, set, chain->certs[i]);
    }
    struct ks_entry_draft draft = {
        .kind = item->kind,
        .notes = item->notes,
        .created = KS_TIME_NONE,
        .alias = alias,
        .alias_raw = item->name,
        .key = item->cert == KS_ITEM_NO_CERT ? item->der : ks_slice(NULL, 0),
        .key_format = item->key_format,
        .pieces = e.pieces,
        .piece_count = e.piece_count,
        .chain = e.certs,
        .chain_len = e.cert_count,
        .blobs = e.blobs,
        .blob_count = e.blob_count,
        .comment = item->comment,
    };
    item->comment = NULL;
    ks_loading_make(into, &draft);
}

/* Parameters stand in front of a key that repeats them ("openssl ecparam -genkey"); they are worth
 * an entry only when the file has nothing else. */
static void skip_parameters(struct ks_items *set)
{
    size_t parameters = set->tally.n[KS_ITEM_PARAMETERS];
    if (parameters == 0 || parameters == set->count)
        return;
    for (size_t i = 0; i < set->count; i++)
        if (set->at[i].type == KS_ITEM_PARAMETERS)
            set->at[i].absorbed = true;
    set->tally.n[KS_ITEM_PARAMETERS] = 0;
    ks_store_fact(set->store, "Not listed", "parameters (%zu)", parameters);
}

static void note_store(struct ks_items *set)
{
    struct ks_store *store = set->store;
    if (set->weak)
        store->notes |= KS_STORE_WEAK;
    if (set->ber)
        store->notes |= KS_STORE_BER;
    if (set->full) {
        store->notes |= KS_STORE_DAMAGED;
        (void)ks_fail(&store->damage, KS_ERR_LIMIT, "too-many-entries",
                      "the file holds more than %u items; the rest is not listed", KS_ITEMS_MAX);
    }
    struct ks_buf words = KS_BUF_INIT;
    ks_tally_text(&set->tally, false, &words);
    ks_store_fact(store, "Contents", "%s", words.len ? ks_buf_text(&words) : "nothing");
    ks_buf_free(&words);
}

enum ks_code ks_items_finish(struct ks_items *set, struct ks_error *err)
{
    struct ks_loading loading = {0};
    struct ks_item_chain *chains = ks_alloc_array(set->count, sizeof *chains);
    char **aliases = ks_alloc_array(set->count, sizeof *aliases);
    enum ks_code rc = KS_OK;
    skip_parameters(set);
    ks_items_pair(set, chains);
    ks_items_name(set, chains, aliases);
    ks_items_note_duplicates(set, aliases);
    for (size_t i = 0; i < set->count; i++) {
        if (rc == KS_OK && (i & 1023) == 0 && !ks_job_advance(set->job, i))
            rc = ks_fail(err, KS_ERR_CANCELLED, "cancelled", "reading was stopped");
        if (rc == KS_OK && !set->at[i].absorbed)
            emit(set, &set->at[i], &chains[i], aliases[i], &loading);
        else
            free(aliases[i]);
        free(chains[i].certs);
    }
    if (rc == KS_OK) {
        note_store(set);
        ks_loading_finish(&loading, set->store);
    }
    ks_loading_drop(&loading);
    free(chains);
    free(aliases);
    ks_items_drop(set);
    return rc;
}
