/*
 * PKCS#12 behind its MAC and its encryption, where damage to a whole file hardly ever gets: the
 * input is a file, then the AuthenticatedSafe of a file without MAC, then the SafeContents of one.
 * Few rounds of key derivation are left in the job, so that a large count costs nothing. What can
 * be read is written as it is, which must be as many entries when it is read again, and with an
 * edit.
 */
#include "base/alloc.h"
#include "format/format.h"
#include "x509/der.h"

#include <stdlib.h>

#define ROUNDS_LEFT 5000
#define ROUNDS_MAX 5000000 /* at a time, and four times in all */

static const uint8_t version[] = {0x02, 0x01, 0x03};
static const uint8_t data_oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                   0xf7, 0x0d, 0x01, 0x07, 0x01};

static struct ks_job *short_job(void)
{
    struct ks_job *job = ks_job_new();
    for (int i = 0; i < 3; i++)
        if (ks_job_charge(job, ROUNDS_MAX, NULL) != KS_OK)
            abort();
    if (ks_job_charge(job, ROUNDS_MAX - ROUNDS_LEFT, NULL) != KS_OK)
        abort();
    return job;
}

static void look_at(const struct ks_store *store)
{
    struct ks_buf text = {.max = 4096};
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (!e->alias || e->piece_count == 0 || e->blob_count == 0)
            abort();
        ks_buf_slice(&text, e->pieces[0].raw);
        ks_buf_slice(&text, e->key);
        ks_format_pkcs12.protection(e, &text);
        ks_buf_clear(&text);
    }
    ks_buf_free(&text);
}

/* Reasons not to write that are no faults. */
static bool may_refuse(enum ks_code code)
{
    return code == KS_ERR_REFUSED || code == KS_ERR_PASSWORD_NEEDED || code == KS_ERR_LIMIT ||
           code == KS_ERR_UNSUPPORTED;
}

static void read_back(struct ks_slice bytes, const struct ks_store *from, bool edited)
{
    struct ks_error err = {0};
    struct ks_job *job = short_job();
    struct ks_store *store = ks_store_new("again", ks_blob_copy(bytes));
    store->format = &ks_format_pkcs12;
    if (ks_format_pkcs12.load(store, from->now->password, job, &err) != KS_OK) {
        if (err.code != KS_ERR_LIMIT)
            abort();
    } else if (!edited && ks_store_count(store) != ks_store_count(from)) {
        abort();
    }
    ks_store_free(store);
    ks_job_free(job);
}

static void save(const struct ks_store *store, bool edited)
{
    struct ks_buf bytes = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_job *job = short_job();
    enum ks_code rc = ks_format_pkcs12.save(store, store->now, job, &bytes, &err);
    if (rc == KS_OK)
        read_back(ks_slice(bytes.data, bytes.len), store, edited);
    else if (!may_refuse(rc) || err.what[0] == '\0')
        abort();
    ks_buf_wipe_free(&bytes);
    ks_job_free(job);
}

/* The first entry is renamed, the last one goes. */
static void edit(struct ks_store *store)
{
    size_t count = ks_store_count(store);
    struct ks_entry **entries = ks_version_entries(store->now, 0);
    struct ks_entry_draft draft = ks_entry_draft_of(entries[0]);
    free(draft.alias);
    draft.alias = ks_strdup("renamed \xe2\x82\xac");
    draft.edited |= KS_EDITED_ALIAS;
    ks_entry_unref(entries[0]);
    entries[0] = ks_entry_new(&draft);
    if (count > 1)
        ks_entry_unref(entries[--count]);
    ks_store_push(store, ks_version_new("edited", entries, count,
                                        ks_secret_ref(store->now->password), KS_PROTECT_KEEP));
}

static void write_it(struct ks_store *store)
{
    save(store, false);
    if (ks_store_count(store) == 0)
        return;
    edit(store);
    save(store, true);
}

static void load(struct ks_slice in, const struct ks_secret *password)
{
    struct ks_error err = {0};
    struct ks_unlocked unlocked;
    struct ks_job *job = short_job();
    struct ks_store *store = ks_store_new("fuzz", ks_blob_copy(in));
    store->format = &ks_format_pkcs12;
    if (ks_format_pkcs12.load(store, password, job, &err) == KS_OK) {
        look_at(store);
        if (ks_store_count(store))
            (void)ks_unlock(store, ks_store_entry(store, 0), NULL, job, &unlocked, &err);
        write_it(store);
    } else if (err.code == KS_OK || err.what[0] == '\0') {
        abort(); /* an error without words */
    }
    ks_store_free(store);
    ks_job_free(job);
}

/* SEQUENCE { data, [0] { OCTET STRING { in } } }, after `prefix` */
static struct ks_buf content_info(struct ks_slice prefix, struct ks_slice in)
{
    struct ks_buf octets = KS_BUF_INIT, body = KS_BUF_INIT, out = KS_BUF_INIT;
    ks_der_put(&octets, KS_DER_OCTET_STRING, in);
    ks_buf_append(&body, data_oid, sizeof data_oid);
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), ks_slice(octets.data, octets.len));
    ks_buf_slice(&out, prefix);
    ks_der_put(&out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&octets);
    ks_buf_free(&body);
    return out;
}

static void load_safes(struct ks_slice safes, const struct ks_secret *password)
{
    struct ks_buf body = content_info(ks_slice(version, sizeof version), safes), pfx = KS_BUF_INIT;
    ks_der_put(&pfx, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    load(ks_slice(pfx.data, pfx.len), password);
    ks_buf_free(&body);
    ks_buf_free(&pfx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_secret *password = ks_secret_new("changeit", 8), *empty = ks_secret_new("", 0);
    struct ks_buf safe = content_info(ks_slice(NULL, 0), in), safes = KS_BUF_INIT;
    ks_der_put(&safes, KS_DER_SEQUENCE, ks_slice(safe.data, safe.len));
    load(in, NULL);
    load(in, password);
    load(in, empty);
    load_safes(in, password);
    load_safes(ks_slice(safes.data, safes.len), NULL);
    ks_buf_free(&safe);
    ks_buf_free(&safes);
    ks_secret_free(password);
    ks_secret_free(empty);
    return 0;
}
