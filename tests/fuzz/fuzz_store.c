/*
 * Any file as ksx opens it: detection, words for the file listing, loading with a password and
 * without, and everything that a list shows of the entries. Keys are unlocked with the passwords
 * of the samples.
 */
#include "base/alloc.h"
#include "chain/findings.h"
#include "format/format.h"

#include <stdlib.h>
#include <string.h>

#define UNLOCKS 4 /* entries whose key is decrypted; each may cost a key derivation */

static void show_entry(const struct ks_store *store, const struct ks_entry *e, struct ks_buf *out)
{
    struct ks_findings found = {0};
    ks_buf_str(out, e->alias);
    ks_buf_slice(out, e->alias_raw);
    ks_buf_slice(out, e->key);
    for (uint32_t i = 0; i < e->piece_count; i++)
        ks_buf_slice(out, e->pieces[i].raw);
    for (uint32_t i = 0; i < e->chain_len; i++)
        ks_cert_key_text(&e->chain[i], out);
    if (store->format->protection)
        store->format->protection(e, out);
    ks_find_entry(store, e, 0, &found);
    if (ks_worst_of_entry(store, e, 0) > KS_ERROR)
        abort();
    ks_findings_free(&found);
    ks_buf_clear(out);
}

static void unlock_some(const struct ks_store *store, const struct ks_secret *password)
{
    size_t done = 0;
    struct ks_error err = {0};
    struct ks_unlocked unlocked;
    for (size_t i = 0; i < ks_store_count(store) && done < UNLOCKS; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (!store->format->reveal || e->key.len == 0)
            continue;
        if (ks_unlock(store, e, password, NULL, &unlocked, &err) != KS_OK &&
            err.what[0] == '\0')
            abort(); /* an error without words */
        done++;
    }
}

static void load(const struct ks_format *format, struct ks_slice in,
                 const struct ks_secret *password)
{
    struct ks_error err = {0};
    struct ks_buf text = {.max = 1 << 20};
    struct ks_findings found = {0};
    struct ks_store *store = ks_store_new("fuzz", ks_blob_copy(in));
    store->format = format;
    if (format->load(store, password, NULL, &err) == KS_OK) {
        for (size_t i = 0; i < ks_store_count(store); i++)
            show_entry(store, ks_store_entry(store, i), &text);
        ks_find_store(store, 0, &found);
        ks_findings_free(&found);
        if (password)
            unlock_some(store, password);
    } else if (err.code == KS_OK || err.what[0] == '\0') {
        abort(); /* an error without words */
    }
    ks_buf_free(&text);
    ks_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_buf looks = {.max = 4096};
    const struct ks_format *format = ks_format_detect(ks_slice_part(in, 0, 64 << 10), size);
    if (!format)
        return 0;
    if (format->looks)
        format->looks(ks_slice_part(in, 0, 64 << 10), size, &looks);
    ks_buf_free(&looks);
    struct ks_secret *password = ks_secret_new("changeit", 8);
    load(format, in, NULL);
    load(format, in, password);
    ks_secret_free(password);
    return 0;
}
