/* Any text as a PEM file: scanned, decoded, paired and named. Encrypted keys stay closed. */
#include "format/format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_buf words = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_unlocked unlocked;
    (void)ks_format_pem.sniff(in, size);
    ks_format_pem.looks(in, size, &words);
    ks_format_pem.looks(in, size * 2 + 1, &words);
    struct ks_store *store = ks_store_new("fuzz.pem", ks_blob_copy(in));
    store->format = &ks_format_pem;
    enum ks_code rc = ks_format_pem.load(store, NULL, NULL, &err);
    if (rc != KS_OK && err.what[0] == '\0')
        abort(); /* an error without words */
    for (size_t i = 0; i < ks_store_count(store) && i < 4; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (store->format->protection)
            store->format->protection(e, &words);
        if (store->format->reveal)
            (void)ks_unlock(store, e, NULL, NULL, &unlocked, &err);
    }
    ks_store_free(store);
    ks_buf_free(&words);
    return 0;
}
