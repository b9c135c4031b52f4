/* Private keys: opened once, and held against certificates by their public key. */
#include "doctor/internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/keygen.h"

#include <stdlib.h>
#include <string.h>

#define OPENED_MAX 20000
#define LOOSE_MAX 2000 /* keys from elsewhere */

static void drop_opened(struct ks_opened *o)
{
    ks_secret_free(o->password);
    ks_buf_free(&o->spki);
    free(o);
}

void ks_keys_forget(struct ks_doctor *doctor)
{
    for (size_t i = 0; i < doctor->opened_count; i++)
        drop_opened(doctor->opened[i]);
    free(doctor->opened);
    if (doctor->opened_cap)
        ks_index_drop(&doctor->digests);
    doctor->opened = NULL;
    doctor->opened_count = doctor->opened_cap = 0;
}

void ks_keys_tidy(struct ks_doctor *doctor)
{
    if (doctor->opened_count > OPENED_MAX)
        ks_keys_forget(doctor);
}

static struct ks_slice digest_of(const struct ks_opened *o)
{
    return ks_slice(o->digest, sizeof o->digest);
}

static const struct ks_opened *find(const struct ks_doctor *doctor, struct ks_slice digest,
                                    const struct ks_secret *password)
{
    size_t i = doctor->opened_cap ? ks_index_first(&doctor->digests, digest) : KS_NOWHERE;

    for (; i != KS_NOWHERE; i = ks_index_next(&doctor->digests, i)) {
        const struct ks_opened *o = doctor->opened[i];
        if (o->password == password ||
            (o->password && password && ks_secret_equal(o->password, password)))
            return o;
    }
    return NULL;
}

static void remember(struct ks_doctor *doctor, struct ks_opened *o)
{
    if (doctor->opened_count == doctor->opened_cap) {
        if (doctor->opened_cap)
            ks_index_drop(&doctor->digests);
        doctor->opened_cap = doctor->opened_cap ? 2 * doctor->opened_cap : 32;
        doctor->opened =
            ks_realloc(doctor->opened, doctor->opened_cap * sizeof(struct ks_opened *));
        doctor->digests = ks_index_new(doctor->opened_cap);
        for (size_t i = 0; i < doctor->opened_count; i++)
            ks_index_add(&doctor->digests, digest_of(doctor->opened[i]), i);
    }
    doctor->opened[doctor->opened_count] = o;
    ks_index_add(&doctor->digests, digest_of(o), doctor->opened_count++);
}

static enum ks_key_state state_of(enum ks_code code, const struct ks_error *err)
{
    switch (code) {
    case KS_OK:
        return KS_KEY_FITS;
    case KS_ERR_PASSWORD:
        return strcmp(err->slug, "entry-password") == 0 ? KS_KEY_OTHER_PASSWORD : KS_KEY_UNTRIED;
    case KS_ERR_DAMAGED:
        return KS_KEY_DAMAGED;
    default:
        return KS_KEY_UNTRIED;
    }
}

/* KS_KEY_UNTRIED for keys of an algorithm whose public key cannot be computed here. */
static enum ks_key_state reveal(const struct ks_store *store, const struct ks_entry *entry,
                                struct ks_job *job, struct ks_buf *spki)
{
    const struct ks_format *home = entry->home ? entry->home : store->format;
    struct ks_material material = {0};
    struct ks_error err = {0};

    if (!home || !home->reveal)
        return KS_KEY_UNTRIED;
    enum ks_code rc = home->reveal(store, entry, NULL, job, &material, &err);
    enum ks_key_state state = state_of(rc, &err);
    bool private = rc == KS_OK && material.type == KS_MATERIAL_PRIVATE;
    if (private && ks_private_check(material.bytes, &err) != KS_OK)
        state = KS_KEY_DAMAGED;
    else if (rc == KS_OK && (!private || ks_private_to_spki(material.bytes, spki, &err) != KS_OK))
        state = KS_KEY_UNTRIED;
    ks_material_drop(&material);
    return state;
}

static const struct ks_opened *open_anew(struct ks_doctor *doctor, const struct ks_store *store,
                                         const struct ks_entry *entry, struct ks_slice digest,
                                         struct ks_job *job)
{
    struct ks_opened *o = ks_alloc(sizeof *o);

    *o = (struct ks_opened){.password = ks_secret_ref(store->password)};
    memcpy(o->digest, digest.data, sizeof o->digest);
    o->state = reveal(store, entry, job, &o->spki);
    if (ks_job_stopped(job)) {
        drop_opened(o);
        return NULL;
    }
    remember(doctor, o);
    return o;
}

/* `anew` false: only when it was opened before. */
static enum ks_key_state open_key(struct ks_doctor *doctor, const struct ks_store *store,
                                  const struct ks_entry *entry, bool anew, struct ks_job *job,
                                  struct ks_slice *spki)
{
    uint8_t bytes[32];
    struct ks_slice digest = ks_slice(bytes, sizeof bytes);

    *spki = ks_slice(NULL, 0);
    if (entry->kind != KS_KIND_KEY || entry->key.len == 0)
        return KS_KEY_UNTRIED;
    ks_sha256(entry->key, bytes);
    const struct ks_opened *o = find(doctor, digest, store->password);
    if (!o && anew)
        o = open_anew(doctor, store, entry, digest, job);
    if (o && o->state == KS_KEY_FITS)
        *spki = ks_slice(o->spki.data, o->spki.len);
    return o ? o->state : KS_KEY_UNTRIED;
}

enum ks_key_state ks_key_open(struct ks_doctor *doctor, const struct ks_store *store,
                              const struct ks_entry *entry, struct ks_job *job,
                              struct ks_slice *spki)
{
    return open_key(doctor, store, entry, true, job, spki);
}

/* ---- all keys at hand ---- */

static const struct ks_cert *first_cert(const struct ks_entry *e)
{
    bool readable = e->chain_len > 0 && !(e->chain[0].flags & KS_CERT_BROKEN);
    return readable ? &e->chain[0] : NULL;
}

struct adding {
    struct ks_doctor *doctor;
    struct ks_known_keys *keys;
    bool open;                   /* what was opened before counts, */
    const struct ks_entry *only; /* this one is opened; NULL: all are */
    struct ks_job *job;
};

static void add_key(struct adding *a, const struct ks_store *store, size_t place, bool loose)
{
    const struct ks_entry *e = ks_store_entry(store, place);
    const struct ks_cert *leaf = first_cert(e);
    struct ks_slice spki = {0};
    bool proven = a->open && ks_key_open(a->doctor, store, e, a->job, &spki) == KS_KEY_FITS;

    if (!proven && !leaf)
        return;
    a->keys->at[a->keys->count++] = (struct ks_known_key){
        .store = store,
        .entry = e,
        .place = place,
        .bits = proven ? ks_spki_key_bits(spki) : ks_cert_key_bits(leaf),
        .proven = proven,
        .loose = loose,
        .leaf = leaf,
    };
}

static size_t count_keys(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->kind == KS_KIND_KEY;
    return count;
}

static void add_keys(struct adding *a, const struct ks_store *store, bool loose, size_t most)
{
    for (size_t i = 0; i < ks_store_count(store) && a->keys->count < most; i++)
        if (ks_store_entry(store, i)->kind == KS_KIND_KEY && !ks_job_stopped(a->job))
            add_key(a, store, i, loose);
}

struct ks_known_keys *ks_known_keys_new(struct ks_doctor *doctor, const struct ks_store *store,
                                        const struct ks_context *context,
                                        const struct ks_entry *only, struct ks_job *job)
{
    struct ks_known_keys *keys = ks_alloc(sizeof *keys);
    struct adding a = {doctor, keys, context->open_keys, only, job};
    size_t own = count_keys(store), most = own + LOOSE_MAX;

    *keys = (struct ks_known_keys){.at = ks_alloc_array(most, sizeof *keys->at)};
    add_keys(&a, store, false, own);
    a.open = true; /* what was brought as a key is meant to be one */
    a.only = NULL;
    for (size_t i = 0; i < context->key_store_count; i++)
        if (context->key_stores[i] != store)
            add_keys(&a, context->key_stores[i], true, most);
    keys->bits = ks_index_new(keys->count);
    for (size_t i = 0; i < keys->count; i++)
        ks_index_add(&keys->bits, keys->at[i].bits, i);
    return keys;
}

void ks_known_keys_free(struct ks_known_keys *keys)
{
    if (!keys)
        return;
    ks_index_drop(&keys->bits);
    free(keys->at);
    free(keys);
}
