/*
 * BCFKS: listed with and without a password, keys unlocked, written again with an entry renamed.
 * What was written opens, is intact, and all other entries have their bytes.
 */
#include "base/alloc.h"
#include "format/bcfks_internal.h"

#include <stdlib.h>
#include <string.h>

#define UNLOCKED 3 /* entries */

/* With 10,000 rounds left of what may be charged to a file. */
static struct ks_job *poor_job(void)
{
    struct ks_job *job = ks_job_new();
    for (int i = 0; i < 4; i++)
        if (ks_job_charge(job, i ? 5000000 : 4990000, NULL) != KS_OK)
            abort();
    return job;
}

static void check_words(enum ks_code rc, const struct ks_error *err)
{
    if (rc != KS_OK && (err->code != rc || err->what[0] == '\0'))
        abort();
}

static struct ks_store *open_one(struct ks_slice in, const struct ks_secret *password,
                                 struct ks_secret *later)
{
    struct ks_store *store = ks_store_new("fuzz.bcfks", ks_blob_copy(in));
    struct ks_job *job = poor_job();
    struct ks_error err = {0};

    store->format = &ks_format_bcfks;
    enum ks_code rc = ks_format_bcfks.load(store, password, job, &err);
    check_words(rc, &err);
    ks_job_free(job);
    if (rc == KS_OK) {
        ks_store_learn(store, later);
        return store;
    }
    ks_store_free(store);
    return NULL;
}

/* ---- what was read ---- */

static void check_slice(const struct ks_entry *e, struct ks_slice s)
{
    const uint8_t *start = e->blobs[0]->data, *end = start + e->blobs[0]->len;
    if (s.len && (s.data < start || s.data > end || s.len > (size_t)(end - s.data)))
        abort();
}

static void check_entry(const struct ks_entry *e)
{
    struct ks_buf text = KS_BUF_INIT;

    if (!e->alias || e->piece_count != 1 || e->blob_count != 1)
        abort();
    check_slice(e, e->alias_raw);
    check_slice(e, e->key);
    check_slice(e, e->pieces[0].raw);
    for (size_t i = 0; i < e->chain_len; i++)
        check_slice(e, ks_cert_der(&e->chain[i]));
    ks_format_bcfks.protection(e, &text);
    if (ks_format_bcfks.refuses(e))
        abort(); /* it was in such a file */
    ks_buf_free(&text);
}

static void unlock_some(const struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store) && i < UNLOCKED; i++) {
        struct ks_unlocked out;
        struct ks_error err = {0};
        struct ks_job *job = poor_job();
        check_words(ks_unlock(store, ks_store_entry(store, i), NULL, job, &out, &err), &err);
        ks_job_free(job);
    }
}

/* ---- what is written ---- */

static void rename_first(struct ks_store *store)
{
    struct ks_entry **entries = ks_version_entries(store->now, 0);
    struct ks_entry_draft draft = ks_entry_draft_of(entries[0]);

    free(draft.alias);
    draft.alias = ks_strdup("renamed");
    draft.alias_raw = ks_slice(NULL, 0);
    draft.edited |= KS_EDITED_ALIAS;
    ks_entry_unref(entries[0]);
    entries[0] = ks_entry_new(&draft);
    ks_store_push(store, ks_version_new("rename", entries, store->now->count,
                                        ks_secret_ref(store->now->password), KS_PROTECT_KEEP));
}

static void compare(const struct ks_store *a, const struct ks_store *b, bool renamed)
{
    if (b->integrity != KS_INTEGRITY_VERIFIED || ks_store_count(a) != ks_store_count(b))
        abort();
    for (size_t i = 0; i < ks_store_count(a); i++) {
        const struct ks_entry *x = ks_store_entry(a, i), *y = ks_store_entry(b, i);
        if (i == 0 && renamed ? strcmp(y->alias, "renamed") != 0 || x->kind != y->kind
                              : !ks_slice_equal(x->pieces[0].raw, y->pieces[0].raw))
            abort();
    }
}

static void write_again(const struct ks_store *store, bool renamed)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_job *job = poor_job();

    enum ks_code rc = ks_format_bcfks.save(store, store->now, job, &out, &err);
    check_words(rc, &err);
    ks_job_free(job);
    if (rc == KS_OK) {
        struct ks_secret *password = store->now->password;
        struct ks_store *back = open_one(ks_slice(out.data, out.len), password, password);
        if (!back)
            abort();
        compare(store, back, renamed);
        ks_store_free(back);
    }
    ks_buf_wipe_free(&out);
}

static void use(struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store); i++)
        check_entry(ks_store_entry(store, i));
    unlock_some(store);
    write_again(store, false);
    if (ks_store_count(store) > 0) {
        rename_first(store);
        write_again(store, true);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_secret *password = ks_secret_new("changeit", 8);
    struct ks_buf looks = {.max = 4096};

    (void)ks_format_bcfks.sniff(in, size);
    ks_format_bcfks.looks(in, size, &looks);
    ks_buf_free(&looks);
    for (int given = 0; given < 2; given++) {
        struct ks_store *store = open_one(in, given ? password : NULL, password);
        if (store)
            use(store);
        ks_store_free(store);
    }
    ks_secret_free(password);
    return 0;
}
