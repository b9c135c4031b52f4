/*
 * PKCS#12 behind its MAC and its encryption, where damage to a whole file hardly ever gets: the
 * input is a file, then the AuthenticatedSafe of a file without MAC, then the SafeContents of one.
 * Few rounds of key derivation are left in the job, so that a large count costs nothing.
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
            (void)ks_unlock(store, ks_store_entry(store, 0), NULL, job, &unlocked,
                                          &err);
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
