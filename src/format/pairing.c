/*
 * Which certificates belong to which key. A clear key tells its public key; for an encrypted one
 * there is the localKeyID that "openssl pkcs12" prints in front of both. Nothing is guessed from
 * the order of a file.
 */
#include "format/format.h"
#include "format/items.h"
#include "format/loose_key.h"
#include "format/pbe.h"
#include "base/alloc.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 32
#define COMPARED_MAX (64u << 20) /* bytes of names in one file: it must not cost minutes */

/* What is known of each certificate, made when the first key needs it: most files have no key. */
struct index {
    uint64_t *subjects;     /* hashes of the names */
    uint8_t (*key_ids)[20]; /* of the public keys */
    size_t compared;        /* bytes of names */
};

/* ---- from a leaf upwards ---- */

static bool is_readable(const struct ks_cert *c)
{
    return !(c->flags & KS_CERT_BROKEN);
}

static void index_subjects(struct index *x, const struct ks_items *set)
{
    if (x->subjects)
        return;
    x->subjects = ks_alloc_array(set->cert_count, sizeof *x->subjects);
    for (size_t i = 0; i < set->cert_count; i++)
        if (is_readable(&set->certs[i]))
            x->subjects[i] = ks_name_hash(ks_cert_part(&set->certs[i], set->certs[i].subject));
}

static bool contains(const struct ks_item_chain *chain, size_t cert)
{
    for (size_t i = 0; i < chain->len; i++)
        if (chain->certs[i] == cert)
            return true;
    return false;
}

/* The next certificate in the file that may have issued this one: files mostly go upwards. */
static size_t find_issuer(const struct ks_items *set, struct index *x,
                          const struct ks_item_chain *chain, size_t child)
{
    const struct ks_cert *c = &set->certs[child];
    uint64_t wanted = ks_name_hash(ks_cert_part(c, c->issuer));
    for (size_t step = 1; step < set->cert_count; step++) {
        size_t i = (child + step) % set->cert_count;
        if (x->subjects[i] != wanted || !is_readable(&set->certs[i]) || contains(chain, i))
            continue;
        x->compared += c->issuer.len;
        if (x->compared > COMPARED_MAX)
            break;
        if (ks_cert_may_issue(&set->certs[i], c))
            return i;
    }
    return set->cert_count;
}

static void climb(const struct ks_items *set, struct index *x, size_t leaf,
                  struct ks_item_chain *chain)
{
    index_subjects(x, set);
    chain->certs = ks_alloc_array(CHAIN_MAX, sizeof *chain->certs);
    size_t at = leaf;
    while (at < set->cert_count && chain->len < CHAIN_MAX) {
        chain->certs[chain->len++] = (uint32_t)at;
        if (set->certs[at].flags & KS_CERT_SELF_ISSUED)
            break;
        at = find_issuer(set, x, chain, at);
    }
}

/* ---- from a key to its leaf ---- */

static bool key_id_of(struct ks_item *key, uint8_t id[static 20])
{
    struct ks_secret *pkcs8 = NULL;
    struct ks_unlocked unlocked = {0};
    if (!ks_loose_key_pkcs8((enum ks_item_type)key->type, key->der, &pkcs8))
        return false;
    enum ks_code rc =
        ks_private_key_describe(ks_secret_bytes(pkcs8), ks_slice(NULL, 0), &unlocked, NULL);
    ks_secret_free(pkcs8);
    if (rc != KS_OK)
        return false;
    if (!key->comment)
        key->comment = ks_strdup(unlocked.algorithm);
    memcpy(id, unlocked.key_id, 20);
    return unlocked.has_key_id;
}

static void index_keys(struct index *x, const struct ks_items *set)
{
    if (x->key_ids)
        return;
    x->key_ids = ks_alloc_array(set->cert_count, sizeof *x->key_ids);
    for (size_t i = 0; i < set->cert_count; i++) {
        const struct ks_cert *c = &set->certs[i];
        if (is_readable(c))
            ks_spki_key_id(ks_cert_part(c, c->spki), x->key_ids[i]);
    }
}

static size_t leaf_by_key(const struct ks_items *set, struct index *x, struct ks_item *key)
{
    uint8_t id[20];
    size_t i = 0;
    if (!key_id_of(key, id))
        return set->cert_count;
    index_keys(x, set);
    while (i < set->cert_count &&
           (!is_readable(&set->certs[i]) || memcmp(id, x->key_ids[i], sizeof id) != 0))
        i++;
    return i;
}

static size_t leaf_by_local_id(const struct ks_items *set, const struct ks_item *key)
{
    size_t found = set->cert_count;
    for (size_t i = 0; i < set->cert_count && key->local_id.len; i++) {
        const struct ks_item *item = &set->at[set->cert_item[i]];
        if (!is_readable(&set->certs[i]) || !ks_slice_equal(item->local_id, key->local_id))
            continue;
        if (found < set->cert_count)
            return set->cert_count; /* the same id twice tells nothing */
        found = i;
    }
    return found;
}

static void note_unpaired(const struct ks_items *set, struct ks_item *key)
{
    if (set->cert_count == 0 || key->notes & KS_NOTE_KEY_CLEAR)
        key->notes |= KS_NOTE_NO_CHAIN;
}

void ks_items_pair(struct ks_items *set, struct ks_item_chain *chains)
{
    struct index x = {0};
    size_t clear = 0, keys = 0;
    for (size_t i = 0; i < set->count; i++) {
        keys += set->at[i].kind == KS_KIND_KEY;
        clear += (set->at[i].notes & KS_NOTE_KEY_CLEAR) != 0;
    }
    for (size_t i = 0; i < set->count && keys; i++) {
        struct ks_item *key = &set->at[i];
        if (ks_job_stopped(set->job))
            break;
        if (key->kind != KS_KIND_KEY)
            continue;
        size_t leaf = set->cert_count;
        if (key->notes & KS_NOTE_KEY_CLEAR && clear <= KS_ITEM_KEYS_MAX)
            leaf = leaf_by_key(set, &x, key);
        else if (keys <= KS_ITEM_KEYS_MAX)
            leaf = leaf_by_local_id(set, key);
        if (leaf == set->cert_count) {
            note_unpaired(set, key);
            continue;
        }
        climb(set, &x, leaf, &chains[i]);
        for (size_t k = 0; k < chains[i].len; k++)
            set->at[set->cert_item[chains[i].certs[k]]].absorbed = true;
    }
    free(x.subjects);
    free(x.key_ids);
}
