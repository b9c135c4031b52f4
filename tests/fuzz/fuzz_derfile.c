/* Any bytes as a file of DER values: told apart, split, paired and named. */
#include "format/format.h"
#include "format/items.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_buf words = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_unlocked unlocked;
    int bid = ks_format_der.sniff(in, size);
    if ((bid > 0) !=
        (ks_item_classify(in) != KS_ITEM_UNKNOWN && ks_item_classify(in) != KS_ITEM_PKCS12))
        abort();
    ks_format_der.looks(in, size, &words);
    ks_format_der.looks(in, size * 2 + 1, &words);
    struct ks_store *store = ks_store_new("fuzz.der", ks_blob_copy(in));
    store->format = &ks_format_der;
    enum ks_code rc = ks_format_der.load(store, NULL, NULL, &err);
    if (rc != KS_OK && err.what[0] == '\0')
        abort(); /* an error without words */
    for (size_t i = 0; i < ks_store_count(store) && i < 4; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        ks_format_der.protection(e, &words);
        (void)ks_unlock(store, e, NULL, NULL, &unlocked, &err);
    }
    ks_store_free(store);
    ks_buf_free(&words);
    return 0;
}
