/* BKS and UBER: listed with and without a password, keys unlocked, written again. For UBER also as
 * what is inside the encryption, which a fuzzer cannot reach through it. */
#include "format/bks_internal.h"

#include <stdlib.h>
#include <string.h>

#define UNLOCKED 3 /* entries; a derivation may take 10,000 rounds */

static struct ks_secret *password(void)
{
    static struct ks_secret *known;
    if (!known)
        known = ks_secret_new("changeit", 8);
    return known;
}

static struct ks_job *poor_job(void)
{
    struct ks_job *job = ks_job_new();
    for (int i = 0; i < 4; i++)
        if (ks_job_charge(job, i ? 5000000 : 4990000, NULL) != KS_OK)
            abort();
    return job;
}

static void check_slice(struct ks_slice bytes, struct ks_slice s)
{
    if (s.len && (s.data < bytes.data || s.data > bytes.data + bytes.len ||
                  s.len > (size_t)(bytes.data + bytes.len - s.data)))
        abort();
}

/* The records of a file lie side by side from where they begin. */
static void check_entries(const struct ks_store *store, struct ks_slice bytes, size_t from)
{
    const uint8_t *at = bytes.data + from;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        struct ks_buf text = KS_BUF_INIT;
        if (!e->alias || e->piece_count != 1 || e->pieces[0].raw.data != at)
            abort();
        at += e->pieces[0].raw.len;
        check_slice(bytes, e->pieces[0].raw);
        check_slice(bytes, e->alias_raw);
        check_slice(bytes, e->key);
        for (size_t c = 0; c < e->chain_len; c++)
            check_slice(bytes, ks_cert_der(&e->chain[c]));
        store->format->protection(e, &text);
        (void)store->format->refuses(e);
        ks_buf_free(&text);
    }
}

/* What was not edited is written as it was read. */
static void check_records(const struct ks_store *store, struct ks_slice bytes, size_t from)
{
    struct ks_buf out = KS_BUF_INIT;
    if (ks_bks_put_records(store, store->now, NULL, &out, NULL) != KS_OK || out.len == 0)
        abort();
    if (out.len - 1 > bytes.len - from || memcmp(out.data, bytes.data + from, out.len - 1) != 0)
        abort();
    ks_buf_wipe_free(&out);
}

static void check_store(const struct ks_store *store, struct ks_slice bytes, size_t from,
                        struct ks_job *job)
{
    struct ks_error err = {0};
    check_entries(store, bytes, from);
    check_records(store, bytes, from);
    for (size_t i = 0; i < UNLOCKED && i < ks_store_count(store); i++) {
        struct ks_unlocked out;
        (void)ks_unlock(store, ks_store_entry(store, i), password(), job, &out, &err);
    }
}

static void open_one(const struct ks_format *format, struct ks_slice data,
                     const struct ks_secret *pw)
{
    struct ks_store *store = ks_store_new("fuzz.bks", ks_blob_copy(data));
    struct ks_job *job = poor_job();
    struct ks_error err = {0};
    struct ks_bks_header header;

    store->format = format;
    enum ks_code rc = format->load(store, pw, job, &err);
    if (rc != KS_OK && !err.what[0])
        abort();
    bool whole = ks_bks_header(ks_blob_slice(store->file), &header);
    if (rc == KS_OK && store->inner)
        check_store(store, ks_blob_slice(store->inner), 0, job);
    else if (rc == KS_OK && whole)
        check_store(store, ks_blob_slice(store->file), header.len, job);
    else if (rc == KS_OK)
        abort();
    ks_job_free(job);
    ks_store_free(store);
}

/* A list of records without a header, as UBER has it inside. */
static void read_inside(struct ks_slice data)
{
    struct ks_store *store = ks_store_new("fuzz.uber", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_blob *inner = ks_blob_copy(data);
    struct ks_bks_walk walk = ks_bks_walk(ks_blob_slice(inner), 0);

    store->format = &ks_format_uber;
    store->inner = inner;
    if (ks_bks_read(store, inner, &walk, NULL, NULL) != KS_OK)
        abort();
    ks_bks_verdict(store, &walk, KS_BKS_UNCHECKED);
    if (!walk.ended && store->damage.code == KS_OK)
        abort();
    check_entries(store, ks_blob_slice(inner), 0);
    ks_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_buf text = KS_BUF_INIT;
    struct ks_slice all = ks_slice(data, size);

    if (ks_format_bks.sniff(all, size) > 0 && ks_format_uber.sniff(all, size) > 0)
        abort();
    ks_format_bks.looks(all, size, &text);
    ks_buf_free(&text);
    open_one(&ks_format_bks, all, NULL);
    open_one(&ks_format_bks, all, password());
    open_one(&ks_format_uber, all, password());
    read_inside(size > 32 ? ks_slice(data + 32, size - 32) : all);
    return 0;
}
