/* JKS and JCEKS: listed with and without a password, keys unlocked, the summary drawn up. */
#include "format/format.h"

#include <stdlib.h>
#include <string.h>

#define UNLOCKED 3 /* entries; a derivation may take 10,000 rounds */

static void check_slice(const struct ks_store *store, struct ks_slice s)
{
    const uint8_t *start = store->file->data, *end = start + store->file->len;
    if (s.len && (s.data < start || s.data > end || s.len > (size_t)(end - s.data)))
        abort();
}

static void check_entry(const struct ks_store *store, const struct ks_entry *e)
{
    struct ks_buf text = KS_BUF_INIT;

    if (!e->alias || e->piece_count != 1)
        abort();
    check_slice(store, e->alias_raw);
    check_slice(store, e->key);
    check_slice(store, e->pieces[0].raw);
    for (size_t i = 0; i < e->chain_len; i++)
        check_slice(store, ks_cert_der(&e->chain[i]));
    store->format->protection(e, &text);
    ks_buf_free(&text);
}

/* The records of an undamaged file lie side by side. */
static void check_order(const struct ks_store *store)
{
    const uint8_t *at = store->file->data + 12;
    if (store->damage.code != KS_OK)
        return;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        if (ks_store_entry(store, i)->pieces[0].raw.data != at)
            abort();
        at += ks_store_entry(store, i)->pieces[0].raw.len;
    }
}

static struct ks_job *poor_job(void)
{
    struct ks_job *job = ks_job_new();
    for (int i = 0; i < 4; i++)
        if (ks_job_charge(job, i ? 5000000 : 4990000, NULL) != KS_OK)
            abort();
    return job;
}

static void open_one(const struct ks_format *format, const uint8_t *data, size_t size,
                     const struct ks_secret *password)
{
    struct ks_store *store = ks_store_new("fuzz.jks", ks_blob_copy(ks_slice(data, size)));
    struct ks_job *job = poor_job();
    struct ks_error err = {0};

    store->format = format;
    enum ks_code rc = format->load(store, password, job, &err);
    if (rc != KS_OK && !err.what[0])
        abort();
    if (rc == KS_OK) {
        check_order(store);
        for (size_t i = 0; i < ks_store_count(store); i++)
            check_entry(store, ks_store_entry(store, i));
        for (size_t i = 0; password && i < UNLOCKED && i < ks_store_count(store); i++) {
            struct ks_unlocked out;
            (void)ks_unlock(store, ks_store_entry(store, i), password, job, &out, &err);
        }
    }
    ks_job_free(job);
    ks_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ks_secret *password;
    struct ks_buf text = KS_BUF_INIT;
    struct ks_slice all = ks_slice(data, size);

    if (!password)
        password = ks_secret_new("changeit", 8);
    const struct ks_format *format =
        ks_format_jceks.sniff(all, size) ? &ks_format_jceks : &ks_format_jks;
    format->looks(all, size, &text);
    ks_buf_free(&text);
    open_one(format, data, size, NULL);
    open_one(format, data, size, password);
    return 0;
}
