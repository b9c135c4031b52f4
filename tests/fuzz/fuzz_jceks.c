/* Java object streams: alone, and as the secret key of a JCEKS between two certificates. */
#include "format/format.h"
#include "format/javaser.h"

#include <stdlib.h>
#include <string.h>

static void check_stream(struct ks_slice in)
{
    struct ks_java_object first, second;
    size_t used, again;

    if (!ks_java_read(in, &first, &used))
        return;
    if (used > in.len || first.cut)
        abort();
    /* The end that was found is the end. */
    if (!ks_java_read(ks_slice(in.data, used), &second, &again) || again != used)
        abort();
    if (used > 0 && ks_java_read(ks_slice(in.data, used - 1), &second, &again))
        abort();
    for (size_t i = 0; i < first.field_count; i++) {
        struct ks_slice value = first.fields[i].value.bytes;
        if (value.len && (value.data < in.data || value.data + value.len > in.data + used))
            abort();
    }
}

static void put(struct ks_buf *b, const char *bytes, size_t len)
{
    ks_buf_append(b, bytes, len);
}

static struct ks_buf jceks_around(struct ks_slice stream)
{
    static const char certificate[] = "\0\0\0\2\0\1c\0\0\0\0\0\0\0\0\0\5X.509\0\0\0\2\x30\0";
    struct ks_buf b = KS_BUF_INIT;
    put(&b, "\xce\xce\xce\xce\0\0\0\2\0\0\0\3", 12);
    put(&b, certificate, sizeof certificate - 1);
    put(&b, "\0\0\0\3\0\1s\0\0\0\0\0\0\0\0", 15);
    ks_buf_slice(&b, stream);
    put(&b, certificate, sizeof certificate - 1);
    put(&b, "01234567890123456789", 20);
    return b;
}

/* Samples are whole keystores: begin with the first stream in them. */
static struct ks_slice first_stream(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 4 <= size; at++)
        if (memcmp(data + at, "\xac\xed\0\5", 4) == 0)
            return ks_slice(data + at, size - at);
    return ks_slice(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = first_stream(data, size);
    size_t used = 0;
    struct ks_java_object object;

    check_stream(in);
    bool readable = ks_java_read(in, &object, &used) && used == in.len;
    struct ks_buf b = jceks_around(in);
    struct ks_store *store = ks_store_new("fuzz.jceks", ks_blob_copy(ks_slice(b.data, b.len)));
    struct ks_error err = {0};
    store->format = &ks_format_jceks;
    if (ks_format_jceks.load(store, NULL, NULL, &err) != KS_OK)
        abort();
    size_t count = ks_store_count(store);
    if (count == 0 || (readable && (count != 3 || store->damage.code != KS_OK)))
        abort();
    for (size_t i = 0; i < count; i++) {
        struct ks_buf text = KS_BUF_INIT;
        ks_format_jceks.protection(ks_store_entry(store, i), &text);
        ks_buf_free(&text);
    }
    ks_store_free(store);
    ks_buf_free(&b);
    return 0;
}
