/*
 * Repairs beside the chains: passwords of keys, names, trusted certificates, and what keeps Java
 * from rebuilding a chain out of a PKCS#12.
 */
#include "op/repairing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/cert.h"
#include "x509/keygen.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_OPENED 64 /* keys without a certificate that are looked at for one reply */

static bool same_subject(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject));
}

static bool is_trust(const struct ks_entry *e)
{
    return (e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_CERT) && e->chain_len == 1 &&
           !(e->chain[0].flags & KS_CERT_BROKEN);
}

/* ---- passwords of keys ---- */

static enum ks_code reseal(struct ks_repairing *r, const struct ks_entry *e, struct ks_entry **out,
                           struct ks_error *why)
{
    struct ks_opener opener = {.store = r->store, .ask = &r->what->passwords, .job = r->job};
    struct ks_material material = {0};
    struct ks_sealed sealed = {0};
    struct ks_secret *used = NULL;
    enum ks_code rc = ks_op_reveal(&opener, e, &material, &used, why);

    if (rc == KS_OK)
        rc = ks_op_seal(r->store, r->store->now, &material, NULL, r->job, &sealed, why);
    if (rc == KS_OK) {
        struct ks_entry_draft d = ks_entry_draft_of(e);
        d.edited |= KS_EDITED_KEY;
        d.notes &= ~(uint32_t)(KS_NOTE_KEY_CLEAR | KS_NOTE_JAVA_KEYBAG);
        *out = ks_op_entry_with_key(&d, &sealed);
    }
    ks_material_drop(&material);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return rc;
}

/* Whether the keystore's own password opens it. */
static enum ks_code try_own(struct ks_repairing *r, const struct ks_entry *e)
{
    struct ks_opener opener = {.store = r->store, .job = r->job};
    struct ks_material material = {0};
    struct ks_secret *used = NULL;
    enum ks_code rc = ks_op_reveal(&opener, e, &material, &used, NULL);

    ks_material_drop(&material);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return rc;
}

enum ks_code ks_repair_key_password(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_repair_now(r, place);
    struct ks_entry *made = NULL;
    struct ks_error why = {0};

    if (!r->context->open_keys || !(r->store->format->caps & KS_CAP_ENTRY_PASSWORD) ||
        !r->store->now->password)
        return KS_OK;
    enum ks_code rc = try_own(r, e);
    if (rc != KS_ERR_PASSWORD)
        return rc == KS_ERR_CANCELLED ? rc : KS_OK;
    rc = reseal(r, e, &made, &why);
    if (rc == KS_OK) {
        ks_repair_did(ks_repair_row(r, place), KS_STEP_KEY_PASSWORD,
                      "give its key the password of the keystore");
        ks_repair_make(r, place, made);
        return KS_OK;
    }
    if (rc == KS_ERR_CANCELLED) {
        if (r->err)
            *r->err = why;
        return rc;
    }
    ks_repair_row(r, place)->lacks_password = true;
    ks_repair_lacks(ks_repair_row(r, place),
                    ks_strdup("Needed: the password of its key, which is another than the "
                              "keystore's"));
    return KS_OK;
}

/* ---- names ---- */

static bool is_taken(const struct ks_repairing *r, size_t place, const char *alias)
{
    struct ks_list l = {.at = r->store->now->entries, .count = r->store->now->count};

    return ks_list_named(&l, r->store->format, alias, ks_store_entry(r->store, place)) !=
           KS_NOWHERE;
}

void ks_repair_alias(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_repair_now(r, place);

    if (!ks_repair_asked(r, place, "STORE-ALIAS-CASE") &&
        !ks_repair_asked(r, place, "ALIAS-NOT-REACHABLE"))
        return;
    char *folded = ks_text_fold(e->alias);
    if (strcmp(folded, e->alias) == 0) {
        free(folded);
        return;
    }
    if (is_taken(r, place, folded)) {
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_asprintf("Java calls it %.300s, and another entry has that name: rename "
                                    "one of them",
                                    folded));
    } else {
        struct ks_repair_row *row = ks_repair_row(r, place);
        ks_repair_did(row, KS_STEP_ALIAS, "rename %.300s to %.300s", e->alias, folded);
        free(row->alias);
        row->alias = ks_strdup(folded);
        ks_repair_make(r, place, ks_op_entry_renamed(e, folded));
    }
    free(folded);
}

/* ---- a reply whose key is elsewhere ---- */

/* Not of a CA: its key is no business of who only trusts it. */
static bool may_be_reply(const struct ks_cert *c)
{
    return !(c->flags & (KS_CERT_SELF_ISSUED | KS_CERT_CA));
}

static bool has_key_here(const struct ks_repairing *r, const struct ks_cert *c)
{
    for (size_t i = ks_census_key(r->census, ks_cert_key_bits(c)); i != KS_NOWHERE;
         i = ks_index_next(&r->census->keys, i))
        if (r->census->at[i].entry->kind == KS_KIND_KEY && r->census->at[i].index == 0)
            return true;
    return false;
}

/* Opened, and proven to be the certificate's. */
static bool open_loose(struct ks_repairing *r, const struct ks_store *s, const struct ks_entry *e,
                       struct ks_slice bits, struct ks_material *out)
{
    struct ks_opener opener = {.store = s, .ask = &r->what->passwords, .job = r->job};
    struct ks_secret *used = NULL;
    struct ks_buf spki = KS_BUF_INIT;
    bool fits = ks_op_reveal(&opener, e, out, &used, NULL) == KS_OK &&
                out->type == KS_MATERIAL_PRIVATE &&
                ks_private_to_spki(out->bytes, &spki, NULL) == KS_OK &&
                ks_slice_equal(ks_spki_key_bits(ks_slice(spki.data, spki.len)), bits);

    if (!fits)
        ks_material_drop(out);
    ks_buf_free(&spki);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return fits;
}

/* Keys whose certificate tells that they are others are not opened. */
static bool may_be_its_key(const struct ks_entry *e, struct ks_slice bits)
{
    if (e->kind != KS_KIND_KEY)
        return false;
    return !e->chain_len || e->chain[0].flags & KS_CERT_BROKEN ||
           ks_slice_equal(ks_cert_key_bits(&e->chain[0]), bits);
}

static const struct ks_store *find_loose(struct ks_repairing *r, struct ks_slice bits,
                                         struct ks_material *out)
{
    size_t opened = 0;

    for (size_t i = 0; i < r->context->key_store_count; i++) {
        const struct ks_store *s = r->context->key_stores[i];
        for (size_t k = 0; s != r->store && k < ks_store_count(s) && opened < KEYS_OPENED; k++) {
            const struct ks_entry *e = ks_store_entry(s, k);
            if (!may_be_its_key(e, bits))
                continue;
            opened++;
            if (open_loose(r, s, e, bits, out))
                return s;
        }
    }
    return NULL;
}

/* The trusted entry as a key pair: its name is what configurations know. */
static struct ks_entry *joined(const struct ks_repairing *r, const struct ks_entry *e,
                               const struct ks_sealed *sealed, const struct ks_cert *const *certs,
                               size_t count)
{
    struct ks_entry_draft d = {
        .home = r->store->format,
        .created = r->store->format->caps & KS_CAP_STORE ? ks_now() * 1000 : KS_TIME_NONE,
        .alias = ks_strdup(e->alias),
    };
    struct ks_entry *bare = ks_op_entry_with_key(&d, sealed);
    struct ks_entry *made = ks_bring_with_chain(bare, certs, count);

    ks_entry_unref(bare);
    return made;
}

static enum ks_code join(struct ks_repairing *r, size_t place, const struct ks_store *from,
                         const struct ks_material *material)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    const struct ks_cert *certs[KS_PATH_MAX + 1];
    struct ks_sealed sealed = {0};
    char *missing = NULL;
    size_t count = 0;

    if (!ks_repair_path(r, &e->chain[0], certs, &count, &missing)) {
        ks_repair_lacks(ks_repair_row(r, place), missing);
        return KS_OK;
    }
    enum ks_code rc = ks_op_seal(r->store, r->store->now, material, NULL, r->job, &sealed, r->err);
    if (rc != KS_OK)
        return rc;
    ks_repair_did(ks_repair_row(r, place), KS_STEP_JOIN_KEY,
                  "join the certificate with its private key from %.300s, as a key pair",
                  ks_op_file_name(from));
    if (r->what->leave_root && count > 1)
        count--;
    ks_repair_make(r, place, joined(r, e, &sealed, certs, count));
    r->fixes[place].key_from = from;
    ks_repair_row(r, place)->complete = true;
    ks_repair_rows_chain(r, place, certs, count, false);
    return KS_OK;
}

static bool is_keyless(const struct ks_repairing *r)
{
    return r->census->by_kind[KS_KIND_KEY] == 0;
}

/* A truststore pins certificates of servers; that a file with the key is at hand as well does not
 * make it a keystore. */
static bool may_join(const struct ks_repairing *r)
{
    enum ks_purpose purpose = r->context->purpose;

    return r->what->entry ||
           (is_keyless(r) && (purpose == KS_PURPOSE_SERVER || purpose == KS_PURPOSE_CLIENT));
}

/* M: a reply among the trusted entries whose key no key pair of the store has. */
static enum ks_code join_key(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    struct ks_material material = {0};

    if (!may_join(r) || !may_be_reply(&e->chain[0]) || has_key_here(r, &e->chain[0]))
        return KS_OK;
    const struct ks_store *from = find_loose(r, ks_cert_key_bits(&e->chain[0]), &material);
    enum ks_code rc = from ? join(r, place, from, &material) : KS_OK;
    if (!from && is_keyless(r) &&
        (ks_repair_asked(r, KS_NOWHERE, "STORE-NO-KEY") ||
         ks_repair_asked(r, place, "STORE-NO-KEY"))) {
        struct ks_buf id = KS_BUF_INIT;
        ks_bring_key_id(ks_cert_part(&e->chain[0], e->chain[0].spki), &id);
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_asprintf("Needed: the private key of this certificate (%s), from where "
                                    "its request was made; it cannot be computed",
                                    ks_buf_text(&id)));
        ks_buf_free(&id);
    }
    ks_material_drop(&material);
    return rc;
}

/* ---- what Java does not show ---- */

static void show_to_java(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_repair_now(r, place);

    if (!(e->notes & KS_NOTE_JAVA_NO_TRUST) || e->kind != KS_KIND_CERT || !is_keyless(r))
        return;
    struct ks_entry_draft d = ks_entry_draft_of(e);
    d.kind = KS_KIND_TRUSTED;
    d.notes &= ~(uint32_t)(KS_NOTE_JAVA_NO_TRUST | KS_NOTE_ALIAS_INVENTED);
    if (e->notes & KS_NOTE_ALIAS_INVENTED) {
        char *alias = ks_bring_alias(&e->chain[0]);
        free(d.alias);
        d.alias = ks_names_take(&r->names, alias);
        d.alias_raw = ks_slice(NULL, 0);
        d.edited |= KS_EDITED_ALIAS;
        free(alias);
    }
    ks_repair_did(ks_repair_row(r, place), KS_STEP_SHOW_TO_JAVA,
                  "show %.300s to Java, as a trusted certificate", d.alias);
    if (strcmp(d.alias, e->alias) != 0) {
        struct ks_repair_row *row = ks_repair_row(r, place);
        free(row->alias);
        row->alias = ks_strdup(d.alias);
    }
    ks_repair_make(r, place, ks_entry_new(&d));
}

/* ---- trusted certificates ---- */

static bool is_older(const struct ks_entry *a, const struct ks_entry *b)
{
    return a->created != KS_TIME_NONE && b->created != KS_TIME_NONE && a->created < b->created;
}

/* The one that stays of those with this certificate: the oldest, else the first. */
static const struct ks_entry *keeper_of(const struct ks_repairing *r, const struct ks_cert *c)
{
    const struct ks_entry *keeper = NULL;

    for (size_t i = ks_census_der(r->census, c); i != KS_NOWHERE;
         i = ks_index_next(&r->census->ders, i)) {
        const struct ks_entry *e = r->census->at[i].entry;
        if (e->kind == KS_KIND_TRUSTED && (!keeper || is_older(e, keeper)))
            keeper = e;
    }
    return keeper;
}

/* The finding is of one of them; which, does not matter. */
static bool is_duplicate_asked(const struct ks_repairing *r, const struct ks_cert *c)
{
    for (size_t i = ks_census_der(r->census, c); i != KS_NOWHERE;
         i = ks_index_next(&r->census->ders, i))
        if (ks_repair_asked(r, r->census->at[i].place, "TRUST-DUPLICATE"))
            return true;
    return ks_repair_asked(r, KS_NOWHERE, "TRUST-DUPLICATE");
}

static void drop_one(struct ks_repairing *r, size_t place, const struct ks_entry *keeper)
{
    struct ks_repair_row *row = ks_repair_row(r, place);

    r->fixes[place].gone = true;
    ks_repair_did(row, KS_STEP_DROP_TRUST, "drop %.300s, the same certificate as %.300s",
                  row->entry->alias, keeper->alias);
    row->before[0].was = -1;
    row->after_count = 0;
}

static bool is_other_copy(const struct ks_census_cert *row, const struct ks_entry *keeper)
{
    return row->entry->kind == KS_KIND_TRUSTED && row->entry != keeper;
}

/* Who chose the one that stays, and none that would go, means all the others. */
static bool means_others(const struct ks_repairing *r, const struct ks_entry *e,
                         const struct ks_entry *keeper)
{
    if (r->what->entry || !r->what->only || e != keeper)
        return e == keeper;
    for (size_t i = ks_census_der(r->census, &e->chain[0]); i != KS_NOWHERE;
         i = ks_index_next(&r->census->ders, i))
        if (is_other_copy(&r->census->at[i], keeper) && r->what->only[r->census->at[i].place])
            return false;
    return true;
}

/* All but the one that stays; of entries that were named those alone. */
static void drop_duplicates(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    const struct ks_cert *c = &e->chain[0];
    bool chosen = r->what->entry || r->what->only;
    size_t first = ks_census_der(r->census, c);

    if (first == KS_NOWHERE || ks_index_next(&r->census->ders, first) == KS_NOWHERE ||
        !is_duplicate_asked(r, c))
        return;
    const struct ks_entry *keeper = keeper_of(r, c);
    bool all = !chosen || means_others(r, e, keeper);
    for (size_t i = first; i != KS_NOWHERE; i = ks_index_next(&r->census->ders, i)) {
        const struct ks_census_cert *row = &r->census->at[i];
        if (is_other_copy(row, keeper) && !r->fixes[row->place].gone && (all || row->entry == e))
            drop_one(r, row->place, keeper);
    }
}

/* Signed by itself, or by CAs up to a root. */
static bool is_proven(const struct ks_repairing *r, const struct ks_cert *c)
{
    struct ks_path path;

    (void)ks_paths(r->look->pool, c, r->context->now, &path, 1);
    return path.complete && !path.unverified;
}

/* The same CA with the same key, and valid: the one that lasts longest. */
static const struct ks_cert *find_renewed(const struct ks_repairing *r, const struct ks_cert *old)
{
    const struct ks_cert *best = NULL;

    for (size_t i = ks_pool_of_key(r->look->pool, ks_cert_key_bits(old)); i != KS_NOWHERE;
         i = ks_pool_next_of_key(r->look->pool, i)) {
        const struct ks_cert *c = ks_pool_at(r->look->pool, i)->cert;
        if ((c->flags & KS_CERT_SELF_ISSUED) == (old->flags & KS_CERT_SELF_ISSUED) &&
            (!best || c->not_after > best->not_after) && same_subject(c, old) &&
            ks_cert_is_valid(c, r->context->now) && is_proven(r, c))
            best = c;
    }
    return best;
}

static bool is_trusted_here(const struct ks_repairing *r, const struct ks_cert *c)
{
    for (size_t i = ks_census_der(r->census, c); i != KS_NOWHERE;
         i = ks_index_next(&r->census->ders, i))
        if (r->census->at[i].entry->kind == KS_KIND_TRUSTED)
            return true;
    return false;
}

static void replace_expired(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_repair_now(r, place);
    const struct ks_cert *old = &e->chain[0];
    char from[16], to[16];

    if (!ks_repair_asked(r, place, "TRUST-EXPIRED"))
        return;
    const struct ks_cert *renewed = find_renewed(r, old);
    struct ks_repair_row *row = ks_repair_row(r, place);
    if (!renewed) {
        ks_repair_lacks(row, ks_strdup("Needed: the renewed certificate of this CA, for the same "
                                       "key; if nothing uses it any more, delete the entry"));
        return;
    }
    (void)ks_time_date(old->not_after, from);
    (void)ks_time_date(renewed->not_after, to);
    if (is_trusted_here(r, renewed)) {
        r->fixes[place].gone = true;
        ks_repair_did(row, KS_STEP_DROP_TRUST,
                      "drop %.300s, which expired on %s: its renewed certificate is trusted, too",
                      e->alias, from);
        row->before[0].was = -1;
        row->after_count = 0;
        return;
    }
    char *where = ks_repair_where(r, renewed);
    ks_repair_did(row, KS_STEP_DROP_TRUST,
                  "replace %.300s, which expired on %s, by the certificate until %s from %.300s",
                  e->alias, from, to, where);
    free(where);
    ks_repair_make(r, place, ks_bring_with_chain(e, &renewed, 1));
    row->before[0].was = -1;
    row->after[0] = (struct ks_repair_cert){renewed, ks_repair_source(r, renewed), -1};
}

/* ---- certificates that come ---- */

static bool is_picked(const struct ks_repairing *r, const struct ks_cert *c)
{
    for (size_t i = 0; i < r->pick_count; i++)
        if (ks_cert_same(r->picks[i].cert, c))
            return true;
    return false;
}

static const char *pick(struct ks_repairing *r, const struct ks_pool_cert *from)
{
    char *alias = ks_bring_alias(from->cert);

    if (r->pick_count == r->pick_cap) {
        r->pick_cap = r->pick_cap ? 2 * r->pick_cap : 16;
        r->picks = ks_realloc(r->picks, r->pick_cap * sizeof *r->picks);
    }
    struct ks_trust_pick *p = &r->picks[r->pick_count++];
    *p = (struct ks_trust_pick){.cert = from->cert,
                                .from = from->store,
                                .entry = from->entry,
                                .alias = ks_names_take(&r->names, alias)};
    free(alias);
    return p->alias;
}

/* A trusted issuing CA is replaced by its CA one day; the root stays. */
static void add_root(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    const struct ks_cert *certs[KS_PATH_MAX + 1];
    char *missing = NULL;
    size_t count = 0;

    if (!ks_repair_asked(r, place, "TRUST-INTERMEDIATE"))
        return;
    if (!ks_repair_path(r, &e->chain[0], certs, &count, &missing)) {
        ks_repair_lacks(ks_repair_row(r, place), missing);
        return;
    }
    const struct ks_cert *root = certs[count - 1];
    const struct ks_pool_cert *from = ks_repair_source(r, root);
    if (count < 2 || !from || is_trusted_here(r, root))
        return;
    if (!is_picked(r, root)) {
        const char *alias = pick(r, from);
        char *where = ks_repair_where(r, root);
        ks_repair_did(ks_repair_row(r, place), KS_STEP_ADD_TRUST,
                      "trust its root, from %.300s, as %.300s", where, alias);
        free(where);
    } else {
        ks_repair_did(ks_repair_row(r, place), KS_STEP_ADD_TRUST, "trust its root, too");
    }
}

enum ks_code ks_repair_trusted(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);

    if (!is_trust(e) || r->fixes[place].gone)
        return KS_OK;
    enum ks_code rc = join_key(r, place);
    if (rc != KS_OK || r->fixes[place].made)
        return rc;
    show_to_java(r, place);
    drop_duplicates(r, place);
    if (!r->fixes[place].gone)
        replace_expired(r, place);
    if (!r->fixes[place].gone)
        add_root(r, place);
    return KS_OK;
}

void ks_repair_public(struct ks_repairing *r)
{
    const struct ks_store *from = r->context->reference;
    size_t count = 0;

    if (!r->what->add_public || !from)
        return;
    for (size_t i = 0; i < ks_store_count(from); i++) {
        const struct ks_entry *e = ks_store_entry(from, i);
        for (size_t k = 0; k < e->chain_len; k++) {
            const struct ks_cert *c = &e->chain[k];
            if (c->flags & KS_CERT_BROKEN || !ks_cert_is_valid(c, r->context->now) ||
                ks_census_der(r->census, c) != KS_NOWHERE || is_picked(r, c))
                continue;
            (void)pick(r, &(struct ks_pool_cert){.cert = c, .store = from, .entry = e});
            count++;
        }
    }
    if (count)
        ks_repair_did(ks_repair_row(r, KS_NOWHERE), KS_STEP_ADD_TRUST,
                      "trust %zu public %s from %.300s", count, count == 1 ? "CA" : "CAs",
                      ks_op_file_name(from));
}

/* ---- PKCS#12: what Java takes for an issuer ---- */

/* Of the name of an issuer of the chain, and no certificate of it. */
static bool is_in_the_way(const struct ks_entry *key, const struct ks_cert *c)
{
    bool named = false;

    for (size_t i = 1; i < key->chain_len; i++) {
        if (ks_cert_same(&key->chain[i], c))
            return false;
        named = named || same_subject(&key->chain[i], c);
    }
    return named;
}

/* The same entry, whose bag comes behind those of the chains: it is one of another file. */
static struct ks_entry *moved(const struct ks_entry *e)
{
    struct ks_entry_draft d = ks_entry_draft_of(e);
    struct ks_blob **blobs = ks_alloc_array(d.blob_count + 1, sizeof(struct ks_blob *));
    struct ks_piece piece = d.pieces[0];

    for (size_t i = 0; i < d.blob_count; i++)
        blobs[i] = d.blobs[i];
    blobs[d.blob_count] = ks_blob_copy(piece.raw);
    piece.raw = ks_blob_slice(blobs[d.blob_count]);
    d.pieces = &piece;
    d.piece_count = 1;
    d.blobs = blobs;
    d.blob_count++;
    struct ks_entry *made = ks_entry_new(&d);
    ks_blob_unref(blobs[d.blob_count - 1]);
    free(blobs);
    return made;
}

bool ks_repair_rewrite(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *key = ks_repair_now(r, place);
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        const struct ks_entry *e = ks_repair_now(r, i);
        if (!is_trust(e) || r->fixes[i].gone || r->fixes[i].moved ||
            !is_in_the_way(key, &e->chain[0]))
            continue;
        count++;
        if (!r->what->entry)
            break;
        if (e->kind == KS_KIND_CERT) {
            r->fixes[i].gone = true;
            r->fixes[i].leftover_of = place;
        } else if (e->piece_count) {
            r->fixes[i].moved = moved(e);
            r->fixes[i].leftover_of = place;
        }
    }
    if (count && !r->what->entry) {
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("Java would take another certificate of the same name into its "
                                  "chain: name the entry, and what is in the way is dropped"));
        return false;
    }
    if (count)
        ks_repair_did(ks_repair_row(r, place), KS_STEP_REWRITE,
                      "write the certificates in the order in which Java finds this chain; %zu of "
                      "the same name %s out of the way",
                      count, count == 1 ? "gets" : "get");
    return count > 0;
}
